"""Dead-letter queues that nothing is seen to poll, and whose code may: who has the right to receive their messages.

A function on a schedule that sends failed messages back has no event source mapping, only that right.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from recursion_lint.iam.actions import matches_action
from recursion_lint.iam.evaluation.identity_statements import Held
from recursion_lint.model.facts import Actor, Endpoint, Facts, Statement, Trigger
from recursion_lint.model.path_conditions import Requires
from recursion_lint.model.spans import Span
from recursion_lint.services.naming import channel_named

_GUARD = "that its code polls the queue is told by the right to receive alone"


def polled_by_code(
    facts: Iterable[Facts], live: Iterable[tuple[Trigger, str]], actors: Mapping[Endpoint, Actor], held: Held
) -> Iterator[tuple[Trigger, str]]:
    """The triggers by which actors may poll dead-letter queues, each with the outermost stack of the actor."""
    queues = _dead_letters(facts, live)
    if not queues:
        return
    for endpoint, actor in actors.items():
        if actor.defined or actor.concurrency == "0":
            continue
        found: dict[Endpoint, Trigger] = {}
        for statement, requires in held.statements(endpoint):
            for queue, needed in _received(statement, queues):
                found.setdefault(queue, _trigger(queue, endpoint, statement, requires | needed))
        root = held.root_of(endpoint)
        yield from ((trigger, root) for trigger in found.values())


def _dead_letters(facts: Iterable[Facts], live: Iterable[tuple[Trigger, str]]) -> set[Endpoint]:
    """The queues that get what fails, without those that something polls."""
    dead: set[Endpoint] = set()
    polled: set[Endpoint] = set()
    for trigger, _ in live:
        if trigger.kind == "redrive":
            dead.add(trigger.consumer)
        elif trigger.delivery == "poll":
            polled.add(trigger.channel)
    for found in facts:
        dead.update(write.channel for write in found.writes if write.kind == "destination")
    return {queue for queue in dead - polled if queue.service == "sqs"}


def _received(statement: Statement, queues: set[Endpoint]) -> Iterator[tuple[Endpoint, Requires]]:
    """The queues that a statement names and lets messages be received of."""
    if statement.effect != "Allow":
        return
    if any(matches_action(action, "sqs", "ReceiveMessage") for action in statement.actions):
        for pattern, needed in statement.resources:
            queue = channel_named(pattern, "sqs")
            if queue in queues:
                yield queue, needed


def _trigger(queue: Endpoint, actor: Endpoint, statement: Statement, requires: Requires) -> Trigger:
    return Trigger(
        queue,
        actor,
        "{target} may receive messages of {source}",
        _span(statement),
        "trigger",
        delivery="poll",
        evidence="assumed",
        guards=(_GUARD,),
        requires=requires,
    )


def _span(statement: Statement) -> Span:
    named = zip(statement.actions, statement.spans, strict=False)
    found = (span for action, span in named if matches_action(action, "sqs", "ReceiveMessage"))
    return next(found, statement.span)
