"""What else needs the permission that closes a loop: a remedy that took it away would break that instead.

A destination or a dead-letter queue is reached by the role, whatever the code does; and a grant on a pattern of names
may be the only one on a channel that a variable names.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from recursion_lint.assessment.evidence.variables import elsewhere
from recursion_lint.graph.cycle_search import Step
from recursion_lint.iam.evaluation.action_matching import relevant_actions
from recursion_lint.iam.evaluation.resource_matching import Channels
from recursion_lint.model.facts import Endpoint, Mention, Statement
from recursion_lint.remedies import grant
from recursion_lint.remedies.accepting import suppress
from recursion_lint.remedies.case import Case, Change, Offer
from recursion_lint.remedies.channels import Target, is_inward, is_outward
from recursion_lint.remedies.narrow_grant import is_unread, permission, verb, writes_nowhere
from recursion_lint.remedies.unread_code import TAKEN_AWAY, statement_place, the_code, uses
from recursion_lint.services.naming import channel_named
from recursion_lint.services.registry import declared
from recursion_lint.template.yaml.edits import Edit, EditError

MOVED = ("second-", "use-other-", "two-buckets", "key-filter", "own-source")
"""What the ids of the remedies begin with that take a permission from the channel and put it elsewhere."""


class Elsewhere(NamedTuple):
    """Another channel that the same grant alone lets the actor write to, and the variable that names it."""

    channel: Endpoint
    mention: Mention


def declared_need(case: Case, step: Step) -> str:
    """Why the role must keep the permission whatever the code does, in words; empty where nothing declares so."""
    if step.write is None or step.statement is None:
        return ""
    return _declared(case, step, {step.write.actor, *case.graph.by_role.get(step.statement.role, ())})


def own_need(case: Case, step: Step) -> str:
    """``declared_need`` of the actor itself, whatever role it gets."""
    return _declared(case, step, {step.write.actor}) if step.write is not None else ""


def _declared(case: Case, step: Step, users: set[Endpoint]) -> str:
    if step.write is None:
        return ""
    for facts in case.graph.facts:
        for write in facts.writes:
            if write.actor in users and write.channel == step.write.channel:
                source, target = case.label(write.actor), case.label(write.channel)
                return write.reason.replace("{source}", source).replace("{target}", target)
    return ""


def elsewhere_needed(case: Case, step: Step) -> tuple[Elsewhere, ...]:
    """The channels that variables name to the actor, and that it may write to by the grant of the loop alone."""
    if step.write is None or step.statement is None:
        return ()
    write, cut = step.write, case.statements(step)
    held = [one for one, _ in case.graph.grants.statements(write.actor) if one.effect == "Allow"]
    spans = {one.span for one in cut}
    found: dict[Endpoint, Elsewhere] = {}
    for mention in case.mentions(write.actor):
        other = elsewhere(case.graph, mention, write.channel)
        if other is None or other in found or is_inward(mention.name):
            continue
        allow = [one for one in held if _lets_write(case, one, write.actor, other)]
        if allow and all(one.span in spans for one in allow):
            found[other] = Elsewhere(other, mention)
    return tuple(found.values())


def _lets_write(case: Case, statement: Statement, actor: Endpoint, channel: Endpoint) -> bool:
    if not relevant_actions(statement.actions, statement.not_actions, (channel.service,)):
        return False
    family = case.graph.grants.root_of(actor)
    known = Channels([channel], {channel: frozenset([family])}, (channel.service,), {})
    return any(True for _ in known.reached(statement, channel.service, family))


def beyond(case: Case, step: Step) -> bool:
    """May what grants the write reach other channels as well, so that a remedy takes these away too?"""
    write = step.write
    return write is not None and any(
        channel_named(pattern, write.service) != write.channel
        for statement in case.statements(step)
        for pattern, _ in statement.resources
    )


def heeding(case: Case, step: Step, offers: Iterable[Offer]) -> Iterator[Offer]:
    """The offers that leave alone what else needs the permission, and before them what narrows it to that."""
    why, others = declared_need(case, step), elsewhere_needed(case, step)
    if why:
        yield from _kept(case, step, why, offers)
    elif others and not writes_nowhere(case, step):
        yield from _narrowed(case, step, others, offers)
    elif _part_of_it_used(case, step):
        yield from (offer for offer in offers if offer.id not in TAKEN_AWAY)
    else:
        use = case.permission_use(step)
        shared = bool(case.sharers(step))
        risky = step.specific and beyond(case, step) and not (use is not None and not use.targets)
        for offer in offers:
            takes = offer.id in ("drop-grant", "read-only-grant")
            if shared and offer.id.startswith(MOVED):
                # Its other users would write where nobody sends them.
                yield offer._replace(applicability="manual", make=tuple)
            else:
                yield offer._replace(applicability="manual") if risky and takes else offer


def _part_of_it_used(case: Case, step: Step) -> bool:
    """Is the channel that of all an account's topics, and does the code publish to some? Then it needs the right."""
    said = case.said(step)
    hub = step.write is not None and declared(step.write.channel.service).published is not None
    return hub and said is not None and said.site is not None


def _kept(case: Case, step: Step, why: str, offers: Iterable[Offer]) -> Iterator[Offer]:
    """No remedy takes away what a destination needs; whether the code sends there besides is for a person to say."""
    if step.write is None:
        return
    said = case.said(step)
    actor, channel = case.label(step.write.actor), case.label(step.write.channel)
    given = permission(step) or "the permission"
    if said is None or said.verdict not in ("writes-back", "conditional", "stops-itself"):
        yield Offer(
            "accept-bounded",
            f"Keep {given}, and accept the finding if the code of {actor} does not {verb(step)} {channel}",
            case.hop(step.write),
            f"nothing changes: {why}, and its role needs {given} for that",
            suppress(case, f"that {why}"),
            "manual",
            first=True,
        )
    for offer in offers:
        if offer.id in TAKEN_AWAY:
            continue
        if offer.id.startswith(MOVED):
            told = f"{offer.trade_off}; {why}, so {given} on {channel} must stay"
            yield offer._replace(applicability="manual", make=tuple, trade_off=told)
        else:
            yield offer


def _narrowed(
    case: Case, step: Step, others: tuple[Elsewhere, ...], offers: Iterable[Offer]
) -> Iterator[Offer]:
    """The grant on what is written alone; none that would take that away as well."""
    if step.write is None:
        return
    kind, actor = declared(step.write.channel.service).second, case.label(step.write.actor)
    # The variants of a channel under conditions have one name.
    names = " and ".join(dict.fromkeys(case.label(one.channel) for one in others))
    told = " and ".join(dict.fromkeys(one.mention.name for one in others))
    given = permission(step) or "the permission"
    yield Offer(
        f"use-other-{kind.noun.replace(' ', '-')}" if kind is not None else "drop-grant",
        _alone_in_words(case, step, others, names),
        case.hop(step.write),
        f"no cost where {actor} writes nowhere else; it may read what it could before",
        f"split the statement: {given} on {names} alone, as {told} names it; what only reads stays as it is",
        "unsafe",
        lambda: _alone(case, step, others),
        first=True,
    )
    for offer in offers:
        if offer.id in ("drop-grant", "read-only-grant"):
            cost = f"{offer.trade_off}; {actor} may write to {names} by this permission alone"
            yield offer._replace(applicability="manual", make=tuple, trade_off=cost, late=True)
        elif not offer.id.startswith(MOVED):
            yield offer


def _alone_in_words(case: Case, step: Step, others: tuple[Elsewhere, ...], names: str) -> str:
    """The title; of code that was not read it is asked whether it writes there alone, or at all."""
    given, place = permission(step) or "the write", statement_place(case, step).strip(" ()")
    channel, at = case.label(step.end.trigger.channel), f" ({place}; reading stays)" if place else ""
    if not is_unread(case, step):
        actor = case.label(step.write.actor) if step.write is not None else ""
        return f"Allow {actor} {given} on {names} alone, not on {channel} as well{at}"
    meant = any(is_outward(one.mention.name) for one in others)
    return (
        f"If {the_code(case, step)} {uses(step, names)} only, allow it there alone, not on {channel}{at}"
        + ("" if meant else "; if nowhere, remove it")
    )


def _alone(case: Case, step: Step, others: tuple[Elsewhere, ...]) -> tuple[Change, ...]:
    if step.write is None or len(others) != 1 or case.sharers(step):
        raise EditError("more than one channel or function needs the permission")
    place, owner = case.place(others[0].channel), case.place(step.write.actor)
    found = grant.grants(case, step)
    editors = [owner.editor if owner is not None else None, *(one.editor for one in found)]
    if place is None or any(editor is not place.editor for editor in editors):
        raise EditError("the grant is in another template")
    target = Target(place.id, others[0].channel.service)
    aim = grant.Aim(lambda _: target.name, lambda tail, _: target.arn_with(tail))
    return grant.changes(found, lambda one: _narrow(one, aim))


def _narrow(one: grant.Grant, aim: grant.Aim) -> list[Edit]:
    """A pattern turned to what is meant; of a statement that names several channels the others stay."""
    try:
        return grant.narrow(one, aim)
    except EditError:
        return grant.cut(one)
