"""A role of its own, for what shares that of others and has rights by it that close a loop.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
"""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.assessment.evidence.variables import points_to
from recursion_lint.graph.cycle_search import Step
from recursion_lint.model.facts import Endpoint
from recursion_lint.remedies.accepting import suppress
from recursion_lint.remedies.case import Case, Offer
from recursion_lint.remedies.channels import as_sub, outward
from recursion_lint.remedies.intent import hands_on, makes_it
from recursion_lint.remedies.narrow_grant import permission, verb
from recursion_lint.remedies.needs import own_need
from recursion_lint.remedies.triggering_keys import trigger_keys
from recursion_lint.remedies.unpolled import receives
from recursion_lint.remedies.unread_code import does_it, the_code
from recursion_lint.services.registry import declared


def own_role(case: Case, step: Step) -> Iterator[Offer]:
    """A role of its own, where the actor shares that of those who need the permission, and seems not to itself."""
    sharers = case.sharers(step)
    if step.write is None or not sharers or own_need(case, step):
        return
    if not _needs_it_not(case, step) and not _for_a_sharer(case, step):
        if _writes_somewhere(case, step):
            yield from _elsewhere_alone(case, step, sharers)
        return
    actor = case.label(step.write.actor)
    given = permission(step) or f"the permission to {verb(step)} it"
    if step.write.channel != step.write.actor:
        given += f" on {case.label(step.write.channel)}"
    needing = _needing(case, step, sharers)
    if needing:
        yield _for_one(case, step, needing, given, len(sharers))
        return
    left = [given, *_received(case, step.write.actor), *_managed(case, step)]
    others = _others(sharers)
    kept = "".join(f" (also the right to send there: {why})" for why in _declared(case, step.write.actor))
    yield Offer(
        "own-role",
        _title(case, step, " and ".join(left)),
        case.hop(step.write),
        f"nothing changes where it is accepted; a role of its own is one more to keep, named beside the old one (which "
        f"{others} keep{'s' * (len(sharers) < 2)}) wherever that is trusted or granted to",
        f"the new role has what else {actor} needs{kept}; name it in {actor}, not that which it shares with {others}, "
        "and beside that one wherever a bucket policy, another account, a variable or code names that; or "
        f"{suppress(case, 'what shows that it does not')}",
        "manual",
        first=True,
    )


def _needing(case: Case, step: Step, sharers: tuple[str, ...]) -> str:
    """The one of several who share the role that a variable leads to the channel; empty for none or more."""
    if step.write is None or len(sharers) < 2:
        return ""
    named = [end for end in case.graph.declared if case.label(end) in sharers]
    told = [end for end in named if any(points_to(one, step.write.channel) for one in case.mentions(end))]
    return case.label(told[0]) if len(told) == 1 else ""


def _for_one(case: Case, step: Step, needing: str, given: str, others: int) -> Offer:
    """The permission in a role for the one who needs it: all others lose it, and every loop through them ends."""
    actor = case.label(step.write.actor if step.write is not None else step.end.trigger.consumer)
    return Offer(
        "own-role",
        f"Give {needing}, the only one that is told of {case.label(step.end.trigger.channel)}, a role of its own with "
        f"{given}, and take that from the role which {actor} and {others} others share",
        case.hop(step.write) if step.write is not None else None,
        f"no cost where none but {needing} does it; a role more, named beside the old one wherever that is trusted",
        f"move the statement to the new role, with what else {needing} needs",
        "manual",
        first=True,
    )


def _title(case: Case, step: Step, left: str) -> str:
    """Whether it does it at all is asked first: a new role is more work than to accept what is not done."""
    does = does_it(case, step)
    if step.write is not None and declared(step.write.actor.service).runs_handler:
        who, most = the_code(case, step), "accept the finding with what bounds its rounds"
        return f"If {who} never {does}, give it a role of its own, without {left}; if it does, {most}"
    actor = case.label(step.write.actor) if step.write is not None else ""
    return f"Accept the finding if {actor} never {does}, or give it a role of its own, without {left}"


def _others(sharers: tuple[str, ...]) -> str:
    return " and ".join(sharers) if len(sharers) < 3 else f"{sharers[0]} and {len(sharers) - 1} others"


def _elsewhere_alone(case: Case, step: Step, sharers: tuple[str, ...]) -> Iterator[Offer]:
    """For code that writes to a bucket that only the event tells: no keys but those that trigger matter."""
    keys = as_sub(trigger_keys(step) or ())
    if step.write is None or not keys or not step.specific:
        return
    bucket, at = case.label(step.write.channel), case.call_place(step)
    given, others = permission(step) or "the write", _others(sharers)
    yield Offer(
        "accept-bounded",
        f"Accept the finding if the key that {case.editors.short(at)} writes is never like {keys}; else deny {given} "
        f"on {bucket} at {keys} to the role",
        case.hop(step.write),
        f"nothing changes where it is accepted; a Deny holds for {others} too",
        f"{suppress(case, 'the keys that it writes')}; else add a Deny of {given} at {keys} to the role, if none who "
        "shares it writes such keys",
        "manual",
        first=True,
    )


def _writes_somewhere(case: Case, step: Step) -> bool:
    """Does the code make such a call, though it is not known where it leads?"""
    said = case.said(step)
    return said is not None and said.verdict == "may" and (said.site is not None or said.named is not None)


def _received(case: Case, actor: Endpoint) -> Iterator[str]:
    """The rights to poll what else leads back to the actor, which no mapping of it needs."""
    for step in case.cycle:
        trigger = step.end.trigger
        if trigger.consumer == actor and receives(trigger):
            yield f"sqs:ReceiveMessage on {case.label(trigger.channel)}"


def _managed(case: Case, step: Step) -> Iterator[str]:
    """The managed policies that allow the write as well, which a new role may not have either."""
    if step.write is None:
        return
    held = case.graph.grants.writes(step.write.actor)
    names = (one.label for write, one in held if write.channel == step.write.channel and one.managed)
    yield from dict.fromkeys(names)


def _declared(case: Case, actor: Endpoint) -> Iterator[str]:
    """Where the actor sends by its role whatever its code does, in words: its dead-letter queue, its destinations."""
    for facts in case.graph.facts:
        for write in facts.writes:
            if write.actor == actor and write.kind in ("destination", "redrive"):
                source, target = case.label(write.actor), case.label(write.channel)
                told = write.reason.replace("{source}", source).replace("{target}", target)
                yield told


def _needs_it_not(case: Case, step: Step) -> bool:
    """Is the actor what others start, or a function that no variable and no code leads to the channel?"""
    if step.write is None:
        return False
    if not declared(step.write.actor.service).runs_handler:
        return hands_on(case, step)
    if _writes_somewhere(case, step):
        # Without the permission the call would fail where it is meant to write.
        return False
    told = outward(case, step.write.actor, step.write.channel)
    return step.specific and not told and not makes_it(case, step) and not hands_on(case, step)


def _for_a_sharer(case: Case, step: Step) -> bool:
    """May a role start one of those who share it, which no variable and no code of this one leads to?"""
    if step.write is None or makes_it(case, step) or not declared(step.write.actor.service).runs_handler:
        return False
    channel = step.write.channel
    named = any(points_to(one, channel) for one in case.mentions(step.write.actor))
    return channel != step.write.actor and case.label(channel) in case.sharers(step) and not named
