"""Take the write away: a read-only grant, or an explicit Deny where the grant is too broad to narrow.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.graph.cycle_search import Step
from recursion_lint.iam.actions import matches_action
from recursion_lint.iam.evaluation.action_matching import relevant_actions
from recursion_lint.model.facts import Endpoint
from recursion_lint.model.text import ANY, Text, literal, parameter_of
from recursion_lint.remedies import grant
from recursion_lint.remedies.case import Case, Change, Offer, Place
from recursion_lint.remedies.channels import as_sub, is_inward, outward
from recursion_lint.remedies.own_permission import is_for_its_code_alone, role_of
from recursion_lint.remedies.triggering_keys import loop_patterns
from recursion_lint.services.declaration import Service
from recursion_lint.services.eventbridge import recorded_calls
from recursion_lint.services.naming import endpoint_of
from recursion_lint.services.registry import by_name, declared
from recursion_lint.template.yaml.edits import EditError, Editor
from recursion_lint.template.yaml.emitter import Value, get_att, ref, sub


def read_only(case: Case, step: Step) -> Iterator[Offer]:
    """The grant without its writes."""
    if step.write is None or not step.specific:
        return
    channel = case.label(step.write.channel)
    kind = declared(step.write.channel.service)
    keeps_reads = kind.read_too and grant.keeps_reads(case, step)
    holder = case.holder(step)
    actions = permission(step)
    given = f"{actions} on {channel}" if actions else f"to {act(case, step)}"
    title = f"Remove the permission {given} from {holder}"
    unused = unneeded(case, step)
    whole = "" if unused or not keeps_reads else grant.whole_service(case, step)
    wild = "" if keeps_reads else wildcard(step)
    if wild and (unused or not allows_more(step, wild)):
        given, wild = f"{wild} on {channel}", ""
        title = f"Remove the permission {given} from {holder}"
    leave = f"leave {given if actions else 'the permission ' + given} out of the policy of {holder}"
    yield Offer(
        "read-only-grant" if keeps_reads else "drop-grant",
        (f"Narrow {whole} of {holder} on {channel} to what starts nothing there" if whole else "")
        or (f"Let {holder} have the actions that it calls on {channel}, not {wild}" if wild else "")
        or (f"Give {holder} read-only access to {channel}" if keeps_reads else title),
        case.hop(step.write),
        _price(case, step, unused)
        + (f"; of {whole} what reads, deletes or marks stays: add what else its code calls" if whole else ""),
        f"list in place of {wild} what the code of {holder} calls, but not {given}" if wild else leave,
        "safe" if unused or _only_elsewhere(case, step) else "unsafe",
        lambda: grant.changes(
            _held(case, step), grant.cut_everywhere if writes_nowhere(case, step) else grant.cut
        ),
        late=_called_somewhere(case, step),
    )


def _held(case: Case, step: Step) -> list[grant.Grant]:
    """What grants the write. Who has seen that unread code only reads keeps nothing else of a policy template."""
    found = grant.grants(case, step)
    if not is_unread(case, step):
        return found
    return [one._replace(uncalled=frozenset) if one.statement.label in grant.READS else one for one in found]


def _called_somewhere(case: Case, step: Step) -> bool:
    """Does the code make such a call, perhaps elsewhere? Then it may need the permission."""
    said = case.said(step)
    return said is not None and said.verdict == "may" and said.site is not None


def nowhere(case: Case, step: Step) -> Iterator[Offer]:
    """A broad grant without its writes, where the code makes no such call on any channel."""
    use, given = case.permission_use(step), permission(step)
    if step.write is None or step.specific or use is None or use.needed:
        return
    if not given or not writes_nowhere(case, step):
        return
    holder = case.holder(step)
    yield Offer(
        "drop-grant",
        f"Remove the permission {given} from {holder}",
        case.hop(step.write),
        _price(case, step, True),
        f"leave {given} out of the policy of {holder}",
        "safe",
        lambda: grant.changes(grant.grants(case, step), grant.cut_everywhere),
        only_as_diff=True,
    )


def _price(case: Case, step: Step, unused: bool) -> str:
    """What it costs to take the permission away, with what the code does where that is known."""
    use = case.permission_use(step)
    if step.write is None:
        return ""
    service = declared(step.write.service)
    known = use.in_words(service.prefix or service.name) if use is not None else ""
    if unused:
        return f"none: {known}"
    kind, actor = declared(step.write.channel.service), case.label(step.write.actor)
    told = f"1 invocation per {kind.unit}; right where {actor} need not {act(case, step)}{shared(case, step)}"
    return f"{told}; {known}" if known else told


def unneeded(case: Case, step: Step) -> bool:
    """Can the function's code surely do without what would be taken away, and is nothing else served by it?"""
    return _spared(case, step, frozenset())


def writes_nowhere(case: Case, step: Step) -> bool:
    """Does the code surely make no such call on any channel, so that the permission is good for nothing?"""
    use = case.permission_use(step)
    return use is not None and not use.targets and unneeded(case, step)


def only_under(case: Case, step: Step) -> bool:
    """Are the keys that the code writes all that it needs to be allowed there, besides what it reads?"""
    keys = case.written_keys(step)
    return keys is not None and _spared(case, step, keys.actions)


def _spared(case: Case, step: Step, left: frozenset[str]) -> bool:
    """Does nothing need what ``cut`` takes away, but for the actions that are ``left`` to the function?"""
    use = case.permission_use(step)
    if use is None or step.write is None or not is_for_its_code_alone(case, step):
        return False
    service = declared(step.write.channel.service)
    try:
        taken = [action for found in grant.grants(case, step) for action in grant.taken(found)]
    except EditError:
        return False
    polled = () if service.keyed else service.reading
    by_lambda = any(
        matches_action(one, *action.split(":", 1)) for one in polled for action in taken if ":" in action
    )
    return bool(taken) and not by_lambda and use.spares([action for action in taken if action not in left])


def permission(step: Step) -> str:
    """The granted actions that close the loop, for a title: ``sqs:SendMessage``, ``s3:PutObject and 2 more``.

    Empty where no one action is known to.
    """
    try:
        found = _forbidden(step)
    except EditError:
        return ""
    names = [str(name) for name in found] if isinstance(found, list) else [str(found)]
    if len(names) <= 2:
        return " and ".join(names)
    return f"{names[0]} and {len(names) - 1} more"


def wildcard(step: Step) -> str:
    """The pattern by which a statement allows what closes the loop, where it names none of that: ``lambda:*``.

    Of what is not written nothing can be removed: the actions that are needed are listed in its place.
    """
    given = permission(step)
    service = by_name().get(step.write.service) if step.write is not None else None
    if not given or service is None or step.statement is None or step.statement.managed:
        return ""
    allowing = [
        one
        for one in step.statement.actions
        if relevant_actions((one,), (), (service.name,)).get(service.name)
    ]
    patterns = [one for one in allowing if "*" in one or "?" in one]
    return patterns[0] if patterns and len(patterns) == len(allowing) else ""


def allows_more(step: Step, pattern: str) -> bool:
    """May a ``wildcard`` allow what closes no loop as well? Then it is not removed but replaced."""
    name, closing = pattern.partition(":")[2], _forbidden(step)
    service = by_name().get(step.write.service) if step.write is not None else None
    if not name or name.startswith("*") or service is None:
        return True
    allowed = relevant_actions((pattern,), (), (service.name,)).get(service.name, ())
    return len(allowed) > (len(closing) if isinstance(closing, list) else 1)


def in_use(case: Case, step: Step) -> bool:
    """Does the code need the permission on the channel, for what it writes there and nothing of the loop listens to?"""
    said = case.said(step)
    if said is None or said.verdict not in ("elsewhere", "stops-itself", "on-error"):
        return False
    try:
        found = _forbidden(step)
    except EditError:
        return False
    return bool(case.used_there(step, [str(one) for one in (found if isinstance(found, list) else [found])]))


def shared(case: Case, step: Step) -> str:
    """A warning for a role that others use too."""
    others = case.sharers(step)
    if not others:
        return ""
    named = ", ".join(others[:3]) + (" and others" if len(others) > 3 else "")
    return (
        f"; {named} shares the role and loses the permission too"
        if len(others) == 1
        else f"; {named} share the role and lose the permission too"
    )


def _only_elsewhere(case: Case, step: Step) -> bool:
    """Does the template show that the actor writes elsewhere: a variable for its output, and the right to write there?

    Only a grant that can do nothing but write is then taken away safely: others also let the actor delete or read.
    """
    if step.write is None or case.sharers(step) or grant.keeps_reads(case, step):
        return False
    said = case.said(step)
    if said is not None and said.verdict not in ("never", "elsewhere", "may", "unread"):
        return False
    actor, channel = step.write.actor, step.write.channel
    if not step.specific or outward(case, actor, channel):
        return False
    for mention in case.mentions(actor):
        named = endpoint_of(mention.value, channel.service)
        known = named != channel and named.service == channel.service and named in case.graph.declared
        if known and not is_inward(mention.name) and named in case.graph.grants.named(actor, named.service):
            return True
    return False


def verb(step: Step) -> str:
    """What the write of ``step`` is called."""
    return declared(step.write.service if step.write is not None else "").verb


def act(case: Case, step: Step) -> str:
    """What the write of ``step`` does, in words: ``send to Jobs``, ``call s3:PutBucketPolicy``."""
    return act_on(step, case.label(step.end.trigger.channel))


def act_on(step: Step, channel: str) -> str:
    """``act`` with the channel by a name."""
    if step.write is not None and step.write.channel == step.write.actor:
        return f"{verb(step)} itself"
    if step.write is None or step.write.channel.service != recorded_calls.SERVICE.name:
        return f"{verb(step)} {channel}"
    prefix = literal(step.write.channel.name) or ""
    actions = sorted({recorded_calls.action_of(prefix, name) for name in step.write.produces.events or ()})
    return f"call {' and '.join(f'{prefix}:{name}' for name in actions) or f'any {prefix} action'}"


# --- an explicit Deny --------------------------------------------------------------------------------


def deny_what_triggers(case: Case, step: Step) -> Iterator[Offer]:
    """The Deny for the keys that start the trigger alone, where the code writes under some test: its own keys stay."""
    said, keys = case.said(step), loop_patterns(case, step)
    told = said is not None and said.verdict in ("conditional", "may")
    if keys and case.finding.severity != "info" and (told or is_unread(case, step)):
        yield from (
            offer._replace(id="deny-trigger-keys", only_as_diff=False, first=not told)
            for offer in deny(case, step, (keys,))
        )


def is_unread(case: Case, step: Step) -> bool:
    """Was the code not found, not read to its end, or not at all? Where it writes is not known then, nor any key."""
    said = case.said(step)
    return said is None or said.verdict == "unread"


def deny(case: Case, step: Step, denied: tuple[tuple[Text, ...], ...] | None = None) -> Iterator[Offer]:
    """A statement that forbids what closes the loop, whatever else the role allows."""
    if step.write is None or step.statement is None:
        return
    write, statement = step.write, step.statement
    actor, channel = case.label(write.actor), case.label(write.channel)
    for keys in denied if denied is not None else dict.fromkeys((loop_patterns(case, step), ())):
        if not keys and in_use(case, step):
            continue
        at = " and ".join(as_sub(one) or "" for one in keys) or "the keys that trigger it"
        where = f"{channel} at {at}" if keys else channel
        yield Offer(
            "explicit-deny",
            f"Deny {permission(step) or verb(step)} on {where} to {actor}, whatever else allows it",
            case.hop(write),
            f"holds against every other policy of the role, {statement.label} included" + shared(case, step),
            f"add a Deny statement for {channel} to the role of {actor}",
            "unsafe",
            lambda keys=keys: _denied(case, step, keys),  # type: ignore[misc]
            only_as_diff=True,
        )


def _denied(case: Case, step: Step, keys: tuple[Text, ...]) -> tuple[Change, ...]:
    if step.write is None or step.statement is None:
        raise EditError("nothing is granted here")
    write = step.write
    place = case.place(write.actor)
    if place is None:
        raise EditError("the actor is not in the template")
    named = [_resource(case, step, one, place.editor) for one in keys or ((),)]
    circular, resource = any(found for _, found in named), named[0][0]
    if len(named) > 1:
        resource = [one for one, _ in named]
    denial: Value = {"Effect": "Deny", "Action": _forbidden(step), "Resource": resource}
    own = place.type == "AWS::Serverless::Function" and place.body.get("Properties", "Role") is None
    policies = place.body.get("Properties", "Policies")
    if own and not circular and policies is not None and policies.kind == "list" and policies.elements():
        return place.change(place.editor.add_item(policies, {"Statement": [denial]}))
    name = _free(place, f"{place.id}Denial")
    body: dict[str, Value] = {
        "Type": "AWS::IAM::Policy",
        "Properties": {
            "PolicyName": sub("${AWS::StackName}-" + name),
            "PolicyDocument": {"Version": "2012-10-17", "Statement": [denial]},
            "Roles": [role_of(place)],
        },
    }
    return place.change(place.editor.add_resource(name, body))


def _forbidden(step: Step) -> Value:
    """The granted actions that produce what the trigger takes."""
    service = by_name().get(step.write.service) if step.write is not None else None
    if service is None:
        raise EditError("the service of the channel is known only at deployment")
    accepted = step.end.trigger.accepts.events
    statement, on = step.statement, (service.name,)
    allowed = relevant_actions(statement.actions, statement.not_actions, on) if statement else {}
    found = [
        name
        for name, events in service.writes.items()
        if name in allowed.get(service.name, ()) and (not events or accepted is None or events & accepted)
    ]
    if not found:
        raise EditError("no action is known to close the loop")
    prefix = service.prefix or service.name
    names: list[Value] = [f"{prefix}:{name}" for name in found]
    return names[0] if len(names) == 1 else names


def _resource(case: Case, step: Step, keys: Text, editor: Editor) -> tuple[Value, bool]:
    """The resource of the Deny in a template, and whether a policy inside the function would make a circular reference.

    Of a bucket that another template declares the statement that allows the write tells how it is named here.
    """
    channel, service = step.end.trigger.channel, ""
    if step.write is not None:
        channel, service = step.write.channel, step.write.service
    if declared(channel.service).keyed:
        return _objects(case, step, channel, keys, editor)
    place = case.place(channel)
    if channel.service == "?" and declared(service).polled_by_arn:
        parameter = parameter_of(channel.name)
        if parameter is None:
            raise EditError("the channel is not in the template")
        return ref(parameter.name), False
    kind = declared(channel.service)
    if place is None:
        arn = as_sub(channel.name)
        if arn is None or kind.second is None:
            raise EditError("the channel is not in the template")
        return sub(_arn_form(kind) + arn), False
    if kind.second is not None and kind.second.ref == "arn":
        return ref(place.id), place.body.get("Properties", "Subscription") is not None
    if kind.arn.qualified:
        return [get_att(place.id, "Arn"), sub("${" + place.id + ".Arn}:*")], True
    if kind.runs and any(one.type == place.type and one.ref == "arn" for one in kind.kinds):
        return ref(place.id), True
    return get_att(place.id, "Arn"), False


def _objects(case: Case, step: Step, bucket: Endpoint, keys: Text, editor: Editor) -> tuple[Value, bool]:
    """``_resource`` of objects."""
    pattern, place, name = as_sub(keys or (ANY,)), case.place(bucket), as_sub(bucket.name)
    if pattern is None:
        raise EditError("the keys are not known")
    if place is not None and place.editor is not editor:
        return grant.objects(grant.grants(case, step)[0], pattern), False
    if name is not None:
        return sub("arn:${AWS::Partition}:s3:::" + name + "/" + pattern), False
    if place is None:
        raise EditError("the bucket is not in the template")
    return sub("${" + place.id + ".Arn}/" + pattern), True


def _arn_form(kind: Service) -> str:
    return f"arn:${{AWS::Partition}}:{kind.name}:${{AWS::Region}}:${{AWS::AccountId}}:{kind.arn.prefix}"


def _free(place: Place, name: str) -> str:
    resources = place.editor.root.get("Resources")
    taken = {key for key, _ in resources.items()} if resources is not None else set()
    return next(found for at in range(1, 100) if (found := name + (str(at) if at > 1 else "")) not in taken)
