"""Who else reads what a loop writes into a bucket: led to another bucket, the results are there no more for them."""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.graph.cycle_search import Step
from recursion_lint.iam.actions import matches_action
from recursion_lint.model.facts import Endpoint, Statement
from recursion_lint.model.text import render
from recursion_lint.remedies.case import Case
from recursion_lint.services.naming import channel_named
from recursion_lint.services.registry import declared

_NAMED = 3


def readers(case: Case, step: Step) -> tuple[str, ...]:
    """The labels of those in the bucket's template who may read its objects by name, or are told of other keys in it.

    Not the writer itself, nor who is started by what comes in: that is what the loop is about.
    """
    write = step.write
    if write is None or not declared(write.channel.service).keyed:
        return ()
    left = {write.actor, *_started(case, step)}
    found = [end for end in (*_told(case, step), *_allowed(case, write.channel)) if end not in left]
    return tuple(dict.fromkeys(map(case.label, sorted(found, key=case.label))))


def in_words(found: tuple[str, ...], channel: str) -> str:
    """``A, B and 2 more take what is written from Photos``."""
    named, more = found[:_NAMED], len(found) - _NAMED
    last = f"{more} more" if more > 0 else named[-1]
    rest = named if more > 0 else named[:-1]
    who = f"{', '.join(rest)} and {last}" if rest else last
    return f"{who} take{'s' * (len(found) == 1)} what is written from {channel}"


def _started(case: Case, step: Step) -> Iterator[Endpoint]:
    """What new objects start: the consumers from the bucket on, to the first one that runs code."""
    at = next((number for number, one in enumerate(case.cycle) if one is step), 0)
    for one in (*case.cycle[at:], *case.cycle[:at]):
        consumer = one.end.trigger.consumer
        yield consumer
        if declared(consumer.service).runs_handler:
            return


def _told(case: Case, step: Step) -> Iterator[Endpoint]:
    """Whoever else is notified of what may be written."""
    on_loop = {one.end.trigger.consumer for one in case.cycle}
    for vertex in case.graph.by_channel.get(step.end.trigger.channel, ()):
        trigger = vertex.trigger
        heard = trigger.accepts.of(step.write.produces.events) if step.write is not None else None
        if trigger.consumer not in on_loop and heard != frozenset():
            yield trigger.consumer


def _allowed(case: Case, bucket: Endpoint) -> Iterator[Endpoint]:
    """The actors of the bucket's template that a statement allows to read its objects by name."""
    known = case.declared(bucket)
    for actor in case.graph.actors if known is not None else ():
        own = case.declared(actor)
        if own is None or known is None or own.span.file != known.span.file:
            continue
        if any(_reads(statement, bucket) for statement, _ in case.graph.grants.statements(actor)):
            yield actor


def _reads(statement: Statement, bucket: Endpoint) -> bool:
    if statement.effect != "Allow" or not any(
        matches_action(one, *action.split(":", 1))
        for one in declared(bucket.service).reading
        for action in statement.actions
        if ":" in action
    ):
        return False
    return any(
        channel_named(pattern, bucket.service) == bucket and "/" in render(pattern)
        for pattern, _ in statement.resources
    )
