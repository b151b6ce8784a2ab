"""Ways out that let the work go on: a counter, a filter that leaves own changes out, a test that is there already.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-filtering.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ConditionExpressions.html
"""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.code.round_limits import compares_time
from recursion_lint.graph.cycle_search import Step
from recursion_lint.remedies import second_channel
from recursion_lint.remedies.accepting import suppress
from recursion_lint.remedies.allow_loop import allow_loop
from recursion_lint.remedies.bounded import accepted, decided, perhaps_bounded
from recursion_lint.remedies.case import Case, Offer
from recursion_lint.remedies.channels import outward
from recursion_lint.remedies.code_guard import rounds
from recursion_lint.remedies.content_filter import with_filter
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
from recursion_lint.remedies.needs import declared_need
from recursion_lint.remedies.own_role import own_role
from recursion_lint.remedies.too_broad import named_targets, others_policies
from recursion_lint.remedies.triggering_keys import trigger_keys
from recursion_lint.remedies.unread_code import the_code, without
from recursion_lint.remedies.written_items import events_handled, table_keys, written_pattern
from recursion_lint.services.registry import declared
from recursion_lint.template.yaml.edits import EditError

_INSERTED = frozenset({"INSERT"})


def carry_on(case: Case) -> Iterator[Offer]:
    """What keeps the work and ends the loop, where the write is what the function is for."""
    if case.finding.severity == "info":
        return
    closing = [step for step in case.cycle if step.write is not None and step.statement is not None]
    if any(case.permission_use(step) is not None for step in closing):
        return
    for step in closing:
        yield from own_role(case, step)
    kept = [step for step in case.cycle if keeps_state(case, step)]
    yield from (_own_changes(case, step) for step in kept if _only_new(step))
    # What acts on no change like its own need not be started by that.
    apart = [one for one in kept if not _only_new(one) and '"eventName"' in written_pattern(case, one)]
    yield from (offer for offer in (_own_changes(case, one) for one in apart) if offer.first)
    yield from (_new_items(case, step) for step in kept if _acts_on_new_items(case, step))
    bounded = list(accepted(case, _told_apart))
    yield from bounded
    for step in kept:
        if not _only_new(step):
            offer = _own_changes(case, step)
            if not offer.first and not bounded:
                ending = list(decided(case))
                yield from ending or [_taken_up(case, step)]
            yield offer
    for step in closing[-1:]:
        yield from _spread(case, step)
        if _passes_on(case, step):
            yield from _sent_on(case, step, closing)
        elif not step.specific:
            yield from _unused(case, step)


def _sent_on(case: Case, step: Step, closing: list[Step]) -> Iterator[Offer]:
    """For work that is handed on: a counter only where the code sends on purpose, and nothing bounds it.

    A permission that nobody is known to use goes first, then what bounds the rounds already.
    """
    taken = [*others_policies(case, closing), *named_targets(case, closing)]
    yield from taken
    tested = tests_first(case, step)
    if tested and _lasts(case, step) and len(case.cycle) == 1 and not hands_on(case, step):
        before = case.editors.short(case.call_place(step))
        for offer in allow_loop(case):
            yield offer._replace(first=True, title=f"{offer.title} (see the conditions before {before})")
    bounded = list(accepted(case, lambda _, one: one in closing))
    yield from bounded
    unread = next((one for one in closing if not makes_it(case, one)), None)
    if unread is not None:
        yield perhaps_bounded(case, unread)
    yield rounds(case, step)._replace(first=not (tested and bounded) and unread is None)


def _lasts(case: Case, step: Step) -> bool:
    """Is it about time how long the work goes on, so that it may need more rounds than Lambda lets through?"""
    said = case.said(step)
    return said is not None and any(map(compares_time, said.guards))


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


def _spread(case: Case, step: Step) -> Iterator[Offer]:
    """A function that publishes its work to itself: right where what a message starts publishes none."""
    said = case.said(step)
    if step.write is None or not fans_out(case, step) or (said is not None and said.verdict == "writes-back"):
        return
    topic = case.label(step.write.channel)
    yield Offer(
        "accept-bounded",
        f"Accept the finding if {the_code(case, step)} spreads its work over {topic}, and publishes nothing more for a "
        "message of it",
        case.hop(step.write),
        "nothing changes: one round for each message that it publishes",
        f"{suppress(case, 'what tells a message from the first start')}; else count the rounds in the message",
        "manual",
        first=True,
    )


def _told_apart(case: Case, step: Step) -> bool:
    """May the test in the code tell what it writes itself from what it has to act on?"""
    said = case.said(step)
    if said is None or not tests_first(case, step) or results(case, step) or not _tests_what_came(case, step):
        return False
    if said.partly and trigger_keys(step):
        # What it writes has other keys, as a rule: to deny those that trigger is sure.
        return False
    if not said.ends and said.partly and (keys := case.written_keys(step)) is not None and keys.begin:
        # Where no test is known to end it, a filter on other keys than those that it writes surely does.
        return False
    # A condition of the write itself holds for what was written before as well: it tests no round.
    return not all("only if " in guard for guard in said.guards)


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
    keys = table_keys(case, step)
    if _only_new(step):
        return Offer(
            "existing-items",
            f"Let {actor} update only items that exist in {table}: the stream's filter takes INSERT alone",
            case.hop(step.write) if step.write is not None else None,
            "no cost: an update of an item that is missing fails instead of inserting it",
            f"add ConditionExpression: attribute_exists({keys[0] if keys else 'the partition key'}) to the UpdateItem "
            + (f"call at {case.call_place(step)}" if case.call_place(step) else f"calls of {actor}"),
            "manual",
            first=True,
        )
    place, pattern = _filter_place(case, step), written_pattern(case, step)
    on = f"{keys[-1]} in dynamodb.Keys" if keys else "a key (dynamodb.Keys)"
    title = (
        f"Filter the stream of {table} on {on}: one that only the items have which {consumer} has to act on"
    )
    by_kind = '"eventName"' in pattern and not place
    if pattern:
        own = "it" if actor == consumer else actor
        title = f"Filter the stream of {table} (FilterCriteria): {consumer} takes all but what {own} writes itself"
        if '"eventName"' in pattern:
            kinds = " and ".join(sorted(events_handled(case, step)))
            title = f"Filter the stream for {kinds} (FilterCriteria), all that {consumer} acts on"
    if place:
        title = (
            f"Extend the filter of {consumer} ({place}): what {actor} writes last to {table} must not pass it"
        )
    return Offer(
        "stream-filter",
        title,
        case.hop(trigger),
        f"no cost: filtered records invoke nothing; what {actor} writes last must not pass the filter",
        f"take the pattern {pattern}"
        if pattern
        else "add FilterCriteria to the event source; keys are in every record, but NewImage in none of REMOVE, and a "
        f"filter on eventName keeps from {consumer} all changes of the other kinds: take these only where its code "
        "needs no others",
        "unsafe" if by_kind else "manual",
        (lambda: with_filter(case, step, pattern)) if by_kind else tuple,
        # What nobody can tell apart, or has been told apart as it is meant to be, no filter is known for.
        first=not place and (bool(pattern) or (makes_it(case, step) and not tests_first(case, step))),
    )


def _acts_on_new_items(case: Case, step: Step) -> bool:
    """Does the code act on new items alone, and does it make none but by updates of what is missing?"""
    said = case.said(step)
    if said is None or said.verdict != "conditional" or _only_new(step) or _filter_place(case, step):
        return False
    return (
        bool(said.calls)
        and events_handled(case, step) == _INSERTED
        and all(one.operation.endswith("UpdateItem") and set(one.events) > _INSERTED for one in said.calls)
    )


def _new_items(case: Case, step: Step) -> Offer:
    """The code's own test as a filter, and updates that make no item."""
    trigger, keys = step.end.trigger, table_keys(case, step)
    consumer, call = case.label(trigger.consumer), case.call_place(step)
    return Offer(
        "stream-filter",
        f"Filter the stream for INSERT (FilterCriteria), all that {consumer} acts on, and let it update only items "
        "that exist",
        case.hop(trigger),
        "no cost: filtered records invoke nothing; an update of an item that is missing fails instead of inserting it",
        'take the pattern {"eventName": ["INSERT"]}, and add ConditionExpression: attribute_exists('
        f"{keys[0] if keys else 'the partition key'}) to the UpdateItem call"
        + (f" at {call}" if call else f"s of {consumer}"),
        "manual",
        first=True,
    )


def _taken_up(case: Case, step: Step) -> Offer:
    """A loop through a table whose states are handed on by design: each change may have to be taken up."""
    table, consumer = case.label(step.end.trigger.channel), case.label(step.end.trigger.consumer)
    actor = case.label(step.write.actor) if step.write is not None else consumer
    place = _filter_place(case, step)
    otherwise = f"extend its filter ({place})" if place else "filter the stream on a key (dynamodb.Keys)"
    unread = step.statement is not None and not makes_it(case, step) and not declared_need(case, step)
    unread = unread and step.write is not None and declared(step.write.actor.service).runs_handler
    writes = "it writes" if actor == consumer and not unread else f"{actor} writes"
    left = ""
    if unread:
        left = f"If {the_code(case, step)} never writes to {table}, {without(case, step)}; else a"
    return Offer(
        "accept-bounded",
        f"{left or 'A'}ccept the finding if {consumer} must take up what {writes} to {table}, and that ends; else "
        f"{otherwise}"
        if not unread
        else f"{left}ccept the finding if what it writes ends, or {otherwise}",
        case.hop(step.write) if step.write is not None else None,
        "no cost where the permission is not used; else what ends the loop is the state of the items"
        if unread
        else "nothing changes: what ends the loop is the state of the items",
        f"{suppress(case, 'the state that ends it')}; otherwise name in the filter the key of the items that "
        "start the work",
        "manual",
        first=True,
    )


def _filter_place(case: Case, step: Step) -> str:
    """``file:line`` of the filter that the stream's mapping has; empty for none."""
    try:
        editor, trail = case.locate(step.end.trigger.span)
    except EditError:
        return ""
    for node in (trail.node, *reversed(trail.parents)):
        found = node.get("FilterCriteria") or node.get("Properties", "FilterCriteria")
        if found is not None:
            return case.editors.short(f"{editor.file}:{found.span.line}")
    return ""


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
