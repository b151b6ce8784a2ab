"""Ways out that let the work go on: a counter, a filter that leaves own changes out, a test that is there already.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-filtering.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ConditionExpressions.html
"""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.graph.cycle_search import Step
from recursion_lint.remedies import second_channel
from recursion_lint.remedies.allow_loop import allow_loop
from recursion_lint.remedies.case import Case, Offer
from recursion_lint.remedies.channels import outward
from recursion_lint.remedies.code_guard import rounds
from recursion_lint.remedies.intent import (
    by_accident,
    fans_out,
    hands_on,
    keeps_state,
    makes_it,
    only_messages,
    results,
    tests_first,
)
from recursion_lint.remedies.narrow_grant import permission, verb
from recursion_lint.remedies.needs import own_need
from recursion_lint.services.registry import declared

_INSERTED = frozenset({"INSERT"})


def carry_on(case: Case) -> Iterator[Offer]:
    """What keeps the work and ends the loop, where the write is what the function is for."""
    if case.finding.severity == "info":
        return
    closing = [step for step in case.cycle if step.write is not None and step.statement is not None]
    if any(case.permission_use(step) is not None for step in closing):
        return
    for step in closing:
        yield from _own_role(case, step)
    kept = [step for step in case.cycle if keeps_state(case, step)]
    yield from (_own_changes(case, step) for step in kept if _only_new(step))
    yield from _accepted(case)
    yield from (_own_changes(case, step) for step in kept if not _only_new(step))
    for step in closing[-1:]:
        yield from _spread(case, step)
        if _passes_on(case, step):
            if tests_first(case, step) and len(case.cycle) == 1 and not hands_on(case, step):
                yield from (offer._replace(first=True) for offer in allow_loop(case))
            yield rounds(case, step)._replace(first=True)
        elif not step.specific:
            yield from _unused(case, step)


def _passes_on(case: Case, step: Step) -> bool:
    """Does the closing write pass work on: to itself, round a ring, or to what no variable calls a result?"""
    if step.write is None or not only_messages(case) or results(case, step):
        return False
    if hands_on(case, step) or tests_first(case, step) or fans_out(case, step):
        return declared(step.write.actor.service).runs_handler
    if not step.specific or by_accident(case, step):
        return False
    return len(case.cycle) > 1 or (
        bool(outward(case, step.write.actor, step.write.channel))
        and not makes_it(case, step)
        and next(second_channel.existing(case, step), None) is None
    )


def _own_role(case: Case, step: Step) -> Iterator[Offer]:
    """A role of its own, where the actor shares that of those who need the permission, and seems not to itself."""
    sharers = case.sharers(step)
    if step.write is None or not sharers or not _needs_it_not(case, step) or own_need(case, step):
        return
    actor, given = case.label(step.write.actor), permission(step) or f"the permission to {verb(step)} it"
    if step.write.channel != step.write.actor:
        given += f" on {case.label(step.write.channel)}"
    others = " and ".join(sharers) if len(sharers) < 3 else f"{sharers[0]} and {len(sharers) - 1} others"
    keep = "keep" if len(sharers) > 1 else "keeps"
    yield Offer(
        "own-role",
        f"Give {actor} a role of its own, without {given}",
        case.hop(step.write),
        f"no cost: {others} {keep} {given}, and {actor} gets a second role",
        f"declare a role with what {actor} needs, and name it in {actor} instead of the one that it shares with "
        + others,
        "manual",
        first=True,
    )


def _needs_it_not(case: Case, step: Step) -> bool:
    """Is the actor what others start, or a function that no variable and no code leads to the channel?"""
    if step.write is None:
        return False
    if not declared(step.write.actor.service).runs_handler:
        return hands_on(case, step)
    told = outward(case, step.write.actor, step.write.channel)
    return step.specific and not told and not makes_it(case, step) and not hands_on(case, step)


def _spread(case: Case, step: Step) -> Iterator[Offer]:
    """A function that publishes its work to itself: right where what a message starts publishes none."""
    said = case.said(step)
    if step.write is None or not fans_out(case, step) or (said is not None and said.verdict == "writes-back"):
        return
    actor, topic = case.label(step.write.actor), case.label(step.write.channel)
    yield Offer(
        "accept-bounded",
        f"Accept the finding if {actor} spreads its work over {topic}, and publishes nothing for a message of it",
        case.hop(step.write),
        "nothing changes: one round for each message that it publishes",
        f"suppress it with # recursion-lint: ignore[{case.finding.rule}] -- and what tells a message from the first "
        "start as the reason; else count the rounds in the message",
        "manual",
        first=True,
    )


def _accepted(case: Case) -> Iterator[Offer]:
    """A test in the code that may be what ends the loop: looked at, and the finding accepted with it as the reason."""
    for step in case.cycle:
        said = case.said(step)
        if step.write is None or said is None or said.site is None or not said.guards:
            continue
        if not tests_first(case, step) or results(case, step) or not _tests_what_came(case, step):
            continue
        # A condition of the write itself holds for what was written before as well: it tests no round.
        if all("only if " in guard for guard in said.guards):
            continue
        place = case.call_place(step)
        again = "count the rounds instead"
        if case.finding.runtime_protection == "stops":
            again += "; set RecursiveLoop: Allow where more than about 16 rounds are meant"
        yield Offer(
            "accept-bounded",
            f"Accept the finding if the test before {place} ends the loop",
            case.hop(step.write),
            "nothing changes: as long as the test stands, the work is done again only where it is meant",
            f"suppress it with # recursion-lint: ignore[{case.finding.rule}] -- and the test as the reason; where the "
            f"test lets each round through, {again}",
            "manual",
            first=True,
        )
        return


def _tests_what_came(case: Case, step: Step) -> bool:
    """Is what starts the actor an item, an object or its own call, which the test can tell from what it writes?"""
    if hands_on(case, step):
        return True
    if step.write is None:
        return False
    heard = [one.end.trigger for one in case.cycle if one.end.trigger.consumer == step.write.actor]
    kinds = [declared(trigger.channel.service) for trigger in heard]
    return any(kind.guarded_by == "item" or (kind.keyed and len(case.cycle) == 1) for kind in kinds)


def _own_changes(case: Case, step: Step) -> Offer:
    """A filter on the stream, so that not every change of the loop starts it again."""
    trigger = step.end.trigger
    table, consumer = case.label(trigger.channel), case.label(trigger.consumer)
    actor = case.label(step.write.actor) if step.write is not None else consumer
    if _only_new(step):
        return Offer(
            "existing-items",
            f"Let {actor} update only items that exist in {table}: the stream's filter takes INSERT alone",
            case.hop(step.write) if step.write is not None else None,
            "no cost: an update of an item that is missing fails instead of inserting it",
            f"add ConditionExpression: attribute_exists(the partition key) to the UpdateItem calls of {actor}",
            "manual",
            first=True,
        )
    return Offer(
        "stream-filter",
        f"Filter the stream of {table} (FilterCriteria): {consumer} takes only the changes that it has to act on",
        case.hop(trigger),
        f"no cost: filtered records invoke nothing; what {actor} writes last must not pass the filter",
        "name the eventName, or the value of an attribute in dynamodb.NewImage, that starts the work and that "
        f"{actor} does not write last",
        "manual",
        first=True,
    )


def _only_new(step: Step) -> bool:
    return step.end.trigger.accepts.events == _INSERTED


def _unused(case: Case, step: Step) -> Iterator[Offer]:
    """The one other bucket that nothing uses, for code that writes back by a broad grant; a queue must be polled."""
    if step.write is None or not makes_it(case, step) or tests_first(case, step):
        return
    kind = declared(step.write.channel.service).second
    said = case.said(step)
    spare = list(second_channel.unnamed(case, step.write.actor, step.write.channel))
    keyed = declared(step.write.channel.service).keyed
    if kind is None or not keyed or len(spare) != 1 or said is None or said.site is None:
        return
    actor, other, given = case.label(step.write.actor), case.label(spare[0]), permission(step)
    yield Offer(
        f"use-other-{kind.noun.replace(' ', '-')}",
        f"Let {actor} {verb(step)} {other}, which nothing uses yet, instead of {case.label(step.write.channel)}",
        case.hop(step.write),
        kind.price,
        f"name {other} in {case.call_place(step)}, and allow {given or 'the write'} on {other} alone",
        "manual",
        first=True,
    )
