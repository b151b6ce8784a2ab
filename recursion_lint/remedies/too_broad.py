"""A permission that reaches further than it is known to be used: the loop stands in what nobody shows to need.

A pattern of names reaches functions that were never meant; a policy that several roles hold gives each of them all.
https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from recursion_lint.assessment.evidence.variables import points_to
from recursion_lint.graph.cycle_search import Step
from recursion_lint.model.arns import split_arn
from recursion_lint.model.text import Symbol, Text, render
from recursion_lint.remedies.case import Case, Change, Offer
from recursion_lint.remedies.intent import makes_it
from recursion_lint.remedies.narrow_grant import permission, verb
from recursion_lint.remedies.own_permission import role_of
from recursion_lint.template.yaml.edits import EditError
from recursion_lint.template.yaml.nodes import Node

_POLICIES = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")


def named_targets(case: Case, closing: Sequence[Step]) -> Iterator[Offer]:
    """The names of what is really invoked or written in place of a pattern, for the first step by such a pattern."""
    for step in closing:
        pattern = _pattern(case, step)
        if step.write is None or step.statement is None or not pattern or _is_used(case, step):
            continue
        actor, channel = case.label(step.write.actor), case.label(step.write.channel)
        channel = "itself" if channel == actor else channel
        given = permission(step) or "the permission"
        known = _known_targets(case, step)
        others = f" (here {' and '.join(known)})" if known else ""
        yield Offer(
            "name-targets",
            f"Name in {given} what {actor} really {verb(step)}s{others}, instead of {pattern}, which reaches {channel}",
            case.hop(step.write),
            f"no cost: no variable and no code that was read shows that {actor} {verb(step)}s {channel}",
            f"put the ARNs that {actor} needs in the place of {pattern} at {step.statement.span.file}:"
            f"{step.statement.span.line}, without that of {case.label(step.write.channel)}",
            "manual",
            first=True,
        )
        return


def _pattern(case: Case, step: Step) -> str:
    """The name with a wildcard by which a statement reaches the channel; empty where it is named, if by a prefix."""
    if step.statement is None or step.write is None:
        return ""
    place = case.place(step.write.channel)
    for resource, _ in step.statement.resources:
        arn = split_arn(resource)
        name = _unqualified(arn.resource) if arn is not None else ()
        told = render(name)
        # A generated name begins with the stack's name and the logical id: that much means this one alone.
        meant = place is not None and place.id in told
        meant = meant or told.rstrip("*").endswith(render(step.write.channel.name))
        if any(_wild(part) for part in name) and not meant:
            return told
    return ""


def _unqualified(name: Text) -> Text:
    """The name of a function without ``:*``, any version or alias of it."""
    last = name[-2] if len(name) > 1 and _wild(name[-1]) else ""
    if isinstance(last, str) and last.endswith(":"):
        return name[:-1]
    return name


def _wild(part: str | Symbol) -> bool:
    return not isinstance(part, str) and part.wild


def _is_used(case: Case, step: Step) -> bool:
    """Does the code make the write, or does a variable name the channel?"""
    if step.write is None or makes_it(case, step):
        return True
    return any(points_to(one, step.write.channel) for one in case.mentions(step.write.actor))


def _known_targets(case: Case, step: Step) -> list[str]:
    """The others of the kind that variables name to the actor."""
    if step.write is None:
        return []
    actor, service = step.write.actor, step.write.channel.service
    ends = (end for end in case.graph.declared if end.service == service and end != step.write.channel)
    mentions = list(case.mentions(actor))
    return [case.label(end) for end in ends if any(points_to(one, end) for one in mentions)][:3]


def others_policies(case: Case, closing: Sequence[Step]) -> Iterator[Offer]:
    """A policy for others that the actor's role holds as well: the role is taken out of ``Roles``."""
    for step in closing:
        if step.write is None or step.statement is None or _is_used(case, step):
            continue
        place, held = case.place(step.write.actor), case.place_at_statement(step.statement.span)
        if place is None or held is None or held.type not in _POLICIES:
            continue
        try:
            role = str(role_of(place).argument)
        except EditError:
            continue
        roles = held.body.get("Properties", "Roles")
        items = roles.elements() if roles is not None and roles.kind == "list" else []
        own = [at for at, item in enumerate(items) if _refers_to(item, role)]
        if roles is None or len(own) != 1 or len(items) < 2:
            continue
        actor, channel = case.label(step.write.actor), case.label(step.write.channel)
        channel = "itself" if channel == actor else channel
        more = len(_statements(held.body))
        yield Offer(
            "leave-policy",
            f"Take {role} out of the Roles of {held.id}: nothing shows that {actor} {verb(step)}s {channel}",
            case.hop(step.write),
            "no cost: the other roles keep the policy"
            if more < 2
            else f"{role} loses the other statements of {held.id} too: give it those that {actor} needs",
            f"delete the entry {role} from Roles of {held.id}",
            "manual" if more > 1 else "unsafe",
            lambda step=step: _without_role(case, step),  # type: ignore[misc]
            first=True,
        )
        return


def _without_role(case: Case, step: Step) -> tuple[Change, ...]:
    if step.write is None or step.statement is None:
        raise EditError("nothing is granted here")
    place, held = case.place(step.write.actor), case.place_at_statement(step.statement.span)
    roles = held.body.get("Properties", "Roles") if held is not None else None
    if place is None or held is None or roles is None:
        raise EditError("the policy has no roles")
    role = str(role_of(place).argument)
    own = next(at for at, item in enumerate(roles.elements()) if _refers_to(item, role))
    return held.change(held.editor.remove_item(roles, own))


def _refers_to(item: Node, role: str) -> bool:
    call = item.intrinsic
    return call is not None and call[0] == "Ref" and call[1].text == role


def _statements(body: Node) -> list[Node]:
    found = body.get("Properties", "PolicyDocument", "Statement")
    return [] if found is None else found.each()
