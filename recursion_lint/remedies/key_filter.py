"""A key prefix for what comes in, another one for what goes out: provable with the grant narrowed to the latter.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
"""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.graph.cycle_search import Step
from recursion_lint.model.facts import REPLICATION, Trigger
from recursion_lint.model.text import ANY, Text, render
from recursion_lint.patterns.keys import decide
from recursion_lint.remedies import grant, narrow_grant
from recursion_lint.remedies.case import Case, Change, Offer
from recursion_lint.remedies.channels import with_tail
from recursion_lint.services.registry import declared
from recursion_lint.services.s3.notifications import CREATED, is_notification
from recursion_lint.template.conditions import compatible
from recursion_lint.template.yaml.edits import EditError
from recursion_lint.template.yaml.emitter import Value
from recursion_lint.template.yaml.nodes import Node

_COST = "the same bucket, another key, no metadata: 1 invocation per object"


def key_filter(case: Case, step: Step) -> Iterator[Offer]:
    """The trigger takes one prefix, the grant allows another: that under which the code writes, where it says so."""
    if step.write is None or not declared(step.write.channel.service).keyed:
        return
    actor, bucket = case.label(step.write.actor), case.label(step.write.channel)
    yield from _by_extension(case, step)
    prefix = _prefix(step)
    taken = prefix if prefix is not None else "input/"
    keys = case.written_keys(step)
    begin = keys.begin if keys is not None else ""
    if prefix is not None and not begin and narrow_grant.is_unread(case, step):
        return  # where the code writes is not known: a folder that is made up would be wrong
    out = begin or ("output/" if not taken.startswith("output") else "processed/")
    narrowed = f"let {actor} write under {out} only"
    copied = step.end.trigger.kind == REPLICATION
    verb, place = "Trigger on", "notification's filter"
    if copied:
        verb, place = "Replicate only", "replication rule's filter"
    elif not is_notification(step.end.trigger):
        place = "rule's event pattern"
    title = f"Let {actor} write only under {out} in {bucket}, away from {taken}"
    if prefix is None:
        title = f"{verb} {taken} in {bucket}, and {narrowed}"
    keeps = "its code writes there already" if begin else f"the handler must write keys under {out}"
    safe = prefix is not None and bool(begin) and narrow_grant.only_under(case, step)
    yield Offer(
        "key-filter",
        title,
        case.hop(step.write),
        "none: its code writes there only"
        if safe
        else f"{_COST}; {keeps}" + ("" if prefix is not None else f", uploads must go to {taken}"),
        ("" if prefix is not None else f"add the prefix {taken} to the {place}; ") + narrowed,
        "safe" if safe else "unsafe",
        lambda: _filtered(case, step, None if prefix is not None else taken, out),
    )


def _by_extension(case: Case, step: Step) -> Iterator[Offer]:
    """The grant for the extension that all keys of the code have, where the trigger's filter takes no such keys."""
    keys = case.written_keys(step)
    if step.write is None or keys is None or keys.begin or case.permission_use(step) is None:
        return
    actor, bucket = case.label(step.write.actor), case.label(step.write.channel)
    safe = narrow_grant.only_under(case, step)
    yield Offer(
        "key-filter",
        f"Let {actor} write only keys that end with {keys.end} in {bucket}",
        case.hop(step.write),
        "none: its code writes such keys only",
        f"let {actor} write *{keys.end} only",
        "safe" if safe else "unsafe",
        lambda: turned(case, step, f"/*{keys.end}", None),
        only_as_diff=True,
    )


def _prefix(step: Step) -> str | None:
    """The prefix that the trigger has already."""
    rules = step.end.trigger.accepts.keys
    required = rules[0][0] if len(rules) == 1 else ()
    return next((render(rule[:-1]) for rule in required if rule[:1] != (ANY,)), None)


def _filtered(case: Case, step: Step, prefix: str | None, out: str) -> tuple[Change, ...]:
    """The grant turned to the keys that begin with ``out``, the trigger to those that begin with ``prefix``."""
    folder = "/" + out.rstrip("/") if out.endswith("/") else None
    changes = turned(case, step, f"/{out}*", folder)
    return (*changes, *(_with_prefix(case, step, prefix) if prefix is not None else ()))


def turned(case: Case, step: Step, keys: str, folder: str | None) -> tuple[Change, ...]:
    """The grant for some keys only. A policy template adds ``/*`` to the bucket's name: it takes a folder, no more."""

    def argument(node: Node | None) -> Value:
        if folder is None:
            raise EditError("a policy template can name a folder only")
        return with_tail(node, "", folder)

    aim = grant.Aim(
        argument, lambda old, node: with_tail(node, old, keys) if old else with_tail(node, "", "")
    )
    return grant.changes(grant.grants(case, step), lambda one: grant.turn(one, aim))


def _with_prefix(case: Case, step: Step, prefix: str) -> tuple[Change, ...]:
    """The prefix rule added to the trigger's filter, wherever that is written."""
    editor, trail = case.locate(step.end.trigger.span)
    entry = trail.node.get("Properties") if trail.node.get("Properties") is not None else trail.node
    if entry is None or (entry.get("Bucket") is None and not any(entry.get(name) for name in _TARGETS)):
        raise EditError("the notification is not written here")
    path = (
        ("Filter", "S3Key", "Rules")
        if entry.get("LambdaFunctionArn") is None
        else ("Filter", "Key", "FilterRules")
    )
    rules = entry.get(*path)
    rule = {"Name": "prefix", "Value": prefix}
    if rules is None:
        return (Change(editor.file, editor.put(entry, path, [rule])),)
    if any(
        (name := item.get("Name")) is None or (name.text or "").lower() == "prefix"
        for item in rules.elements()
    ):
        raise EditError("the filter has a prefix")
    return (Change(editor.file, editor.add_item(rules, rule)),)


_TARGETS = ("Function", "LambdaFunctionArn", "Queue", "QueueArn", "Topic", "TopicArn")


def created_only(case: Case, step: Step) -> Iterator[Offer]:
    """For a loop of tags: a trigger on new objects does not hear them."""
    events = step.end.trigger.accepts.events
    if step.write is None or not declared(step.write.channel.service).keyed or not events:
        return
    if not any(name.startswith(_TAGS) for name in events) or any("ObjectCreated" in name for name in events):
        return
    bucket = case.label(step.write.channel)
    heard = hears_created(case, step.end.trigger)
    if heard is None:
        return
    title = f"Trigger on ObjectCreated instead of ObjectTagging in {bucket}"
    cost, steps = "1 invocation per object", "set the notification's event to s3:ObjectCreated:*"
    if heard:
        target = case.label(step.end.trigger.consumer)
        title = f"Take the ObjectTagging notification away from {bucket}: {target} is notified of ObjectCreated already"
        steps = "leave out the notification of s3:ObjectTagging; S3 refuses a second one of s3:ObjectCreated"
    yield Offer(
        "created-only",
        title,
        case.hop(step.end.trigger),
        f"{cost}; changes of tags made by others no longer start the function",
        steps,
        "unsafe",
        lambda: _taken_away(case, step) if heard else _created(case, step),
    )


def hears_created(case: Case, trigger: Trigger) -> bool | None:
    """Is the target notified of new objects already? ``None`` where another notification leaves no room for that.

    S3 refuses two configurations of one bucket that share an event type and a key.
    """
    for vertex in case.graph.by_channel.get(trigger.channel, ()):
        other = vertex.trigger
        together = other.requires | trigger.requires
        if (
            not is_notification(other)
            or other.span.file != trigger.span.file
            or (other.span, other.consumer) == (trigger.span, trigger.consumer)
            or not (other.accepts.events or frozenset()) & CREATED
            or not compatible(together, case.graph.conditions)
            or decide([*_rules(other), *_rules(trigger)] or [(ANY,)]).verdict == "disjoint"
        ):
            continue
        covers = set(_rules(other)) <= set(_rules(trigger)) and other.requires <= trigger.requires
        return True if other.consumer == trigger.consumer and covers else None
    return False


def _rules(trigger: Trigger) -> tuple[Text, ...]:
    return trigger.accepts.keys[0][0] if trigger.accepts.keys else ()


def _taken_away(case: Case, step: Step) -> tuple[Change, ...]:
    """The notification deleted; of one that is for more than tags, the tags."""
    editor, trail = case.locate(step.end.trigger.span)
    entry: Node = trail.node.get("Properties") or trail.node
    others = [name for name in _event_names(entry) if not name.startswith(_TAGS)]
    if others:
        key = "Events" if entry.get("Events") is not None else "Event"
        return (Change(editor.file, editor.put(entry, (key,), list(others))),)
    for at, holder in zip(reversed(trail.path), reversed(trail.parents), strict=False):
        if isinstance(at, int):
            if len(holder.elements()) > 1:
                return (Change(editor.file, editor.remove_item(holder, at)),)
        elif len(editor.entries(holder)) > 1:
            return (Change(editor.file, editor.remove_entry(holder, at)),)
        if at in ("NotificationConfiguration", "Events"):
            break
    raise EditError("the notification is all that there is")


def _created(case: Case, step: Step) -> tuple[Change, ...]:
    editor, trail = case.locate(step.end.trigger.span)
    entry: Node = trail.node.get("Properties") or trail.node
    others = [name for name in _event_names(entry) if not name.startswith(_TAGS)]
    for key in ("Events", "Event"):
        if entry.get(key) is not None:
            created: Value = ["s3:ObjectCreated:*", *others] if others else "s3:ObjectCreated:*"
            return (Change(editor.file, editor.put(entry, (key,), created)),)
    raise EditError("the notification is not written here")


def _event_names(entry: Node) -> list[str]:
    """The events of a notification as they are written. Raises ``EditError`` where one is not."""
    given = entry.get("Events") or entry.get("Event")
    nodes = [] if given is None else given.elements() if given.kind == "list" else [given]
    names = [node.text for node in nodes if node.text is not None]
    if len(names) < len(nodes):
        raise EditError("the events are not written here")
    return names


_TAGS = "s3:ObjectTagging"
