"""What a loop costs an hour, from the list prices that services declare: a range, never a figure.

The least is one event that goes round as slowly as it may, the most are as many as the concurrency and the quotas let
through. docs/cost.md tells the model, and holds it against incidents that others have told of.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from recursion_lint.assessment.runtime_protection import channel_service
from recursion_lint.graph.cycle_search import Cycle, Step
from recursion_lint.graph.event_graph import EventGraph
from recursion_lint.model.facts import Endpoint
from recursion_lint.model.findings import Cost, Finding
from recursion_lint.services.declaration import Price
from recursion_lint.services.registry import declared

HOUR = 3600
CONCURRENCY = 1_000
"""An account's concurrency in a region unless it was raised; new accounts begin with less.

https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""
ROUNDS = 16
"""So many rounds Lambda's recursive loop detection lets a chain go.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
"""
MOST_DIGITS = 6
RUNS = (0.1, 1.0)
"""Seconds that a handler is taken to run, unless its timeout is shorter."""
MEMORY = 128
"""Megabytes of a function that says nothing.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html
"""


class Stage(NamedTuple):
    """One step of a round: the price of its channel, that of its consumer if it does something, and what goes through.

    ``gigabytes`` is a function's memory (0: it is none), ``timeout`` its longest run in seconds. ``lanes`` batches of
    ``batch`` events are dealt with side by side; 0: there is no such limit.
    """

    channel: Price
    consumer: Price | None = None
    gigabytes: float = 0.0
    timeout: float = math.inf
    batch: int = 1
    lanes: int = 0

    def runs(self, seconds: float) -> float:
        """How long its handler runs, if it has one, where handlers run for ``seconds``."""
        return min(seconds, self.timeout) if self.gigabytes else 0.0

    def dollars(self, seconds: float, dear: bool, batch: int = 1) -> float:
        """What an event costs here, ``batch`` at once, in runs of ``seconds``: the ``dear`` estimate or not."""
        run = 0.0
        if self.consumer is not None:
            run = self.consumer.run[dear] + self.runs(seconds) * self.gigabytes * self.consumer.gb_second
        return self.channel.event[dear] + (self.channel.receipt + run) / batch

    def most(self, seconds: float) -> float:
        """So many events a second go through."""
        at_once = self.lanes * self.batch / self.runs(seconds) if self.lanes and self.gigabytes else math.inf
        quotas = (price.most for price in (self.channel, self.consumer) if price is not None)
        return min(at_once, *(most for most in quotas if most is not None), math.inf)


def stages(cycle: Cycle, graph: EventGraph) -> tuple[Stage, ...] | None:
    """The steps of a round; ``None`` where the price of one is not known."""
    consumers = {step.end.trigger.consumer for step in cycle}
    free = [one for one in consumers if declared(one.service).runs_handler and not _reserved(one, graph)]
    share = max(CONCURRENCY // max(len(free), 1), 1)
    onward = (*cycle[1:], *cycle[:1])
    found = [_stage(step, after, graph, share) for step, after in zip(cycle, onward, strict=True)]
    return tuple(one for one in found if one is not None) if None not in found else None


def _stage(step: Step, onward: Step, graph: EventGraph, share: int) -> Stage | None:
    """The stage of a step; ``share`` is what a function without a reserved concurrency has of the account's."""
    trigger = step.end.trigger
    channel, service = declared(channel_service(step)).price, declared(trigger.consumer.service)
    if channel is None:
        return None
    polled = trigger.delivery == "poll"
    lanes = (channel.lanes or 1) * (trigger.at_once or 1) if channel.lanes or trigger.at_once else 0
    stage = (
        Stage(channel, batch=max(trigger.batch or channel.batch, 1), lanes=lanes)
        if polled
        else Stage(channel)
    )
    if onward.write is None and not service.runs:
        return stage  # the consumer is the next channel, which has its price there
    if service.price is None:
        return None
    if not service.runs_handler:
        return stage._replace(consumer=service.price)
    actor, own = graph.actors.get(trigger.consumer), _reserved(trigger.consumer, graph) or share
    return stage._replace(
        consumer=service.price,
        gigabytes=((actor.memory if actor is not None else None) or MEMORY) / 1024,
        timeout=float((actor.timeout if actor is not None else None) or math.inf),
        lanes=min(stage.lanes or own, own),
    )


def _reserved(function: Endpoint, graph: EventGraph) -> int:
    """The reserved concurrency of a function, 0 where it has none."""
    actor = graph.actors.get(function)
    given = actor.concurrency if actor is not None else None
    return int(given) if given is not None and given.isdecimal() and len(given) < MOST_DIGITS else 0


def around(stages: Sequence[Stage], seconds: float, dear: bool, full: bool = False) -> float:
    """What one event costs that goes round once, in dollars: alone, or in ``full`` batches."""
    return sum(stage.dollars(seconds, dear, stage.batch if full else 1) for stage in stages)


def fastest(stages: Sequence[Stage], seconds: float) -> float:
    """So many events go round in a second, at most, where handlers run for ``seconds``."""
    return min((stage.most(seconds) for stage in stages), default=math.inf)


def bounds(stages: Sequence[Stage], multiplies: bool = False) -> tuple[float, float] | None:
    """Dollars an hour, at least and at most; ``None`` where nothing limits how many events go round.

    At least one event goes round, but for a loop that ``multiplies`` them: that one soon takes all there is.
    """
    rates = {seconds: fastest(stages, seconds) for seconds in RUNS}
    if math.inf in rates.values():
        return None
    if multiplies:
        least = min(rate * around(stages, seconds, False, True) for seconds, rate in rates.items())
    else:
        least = min(around(stages, seconds, False) / _slowest(stages, seconds) for seconds in RUNS)
    most = max(rate * around(stages, seconds, True, True) for seconds, rate in rates.items())
    return min(least, most) * HOUR, most * HOUR


def _slowest(stages: Sequence[Stage], seconds: float) -> float:
    """So many seconds one event may take to go round."""
    return sum(stage.channel.waits[1] + stage.runs(seconds) for stage in stages)


def stopped(stages: Sequence[Stage]) -> tuple[float, float]:
    """Dollars an hour of a loop that Lambda stops: for one new event an hour, and for one each second."""
    return around(stages, RUNS[0], False) * ROUNDS, around(stages, RUNS[1], True) * ROUNDS * HOUR


def priced(finding: Finding, cycle: Cycle, graph: EventGraph, several: frozenset[Endpoint]) -> Finding:
    """``finding`` with what its loop costs; without where nothing is known, or where the code does not make it.

    Of ``several`` channels each event goes round several loops.
    """
    if any(hop.code is not None and hop.code.verdict in _NOT_MADE for hop in finding.hops):
        return finding
    round_ = stages(cycle, graph)
    if not round_:
        return finding
    if finding.runtime_protection == "stops":
        least, most = stopped(round_)
        assumes = f"from one new event an hour to one a second, each stopped after {ROUNDS} rounds"
    else:
        multiplies = any(step.end.trigger.channel in several for step in cycle)
        found = bounds(round_, multiplies)
        if found is None:
            return finding
        least, most = found
        assumes = _assumed(round_, multiplies)
    return finding._replace(cost=Cost(rounded(least), rounded(most), f"{_LISTED}; {assumes}"))


_NOT_MADE = ("elsewhere", "never", "stops-itself")
"""Verdicts on code that makes no loop."""
_LISTED = "list prices of us-east-1 without free tiers"


def _assumed(stages: Sequence[Stage], multiplies: bool) -> str:
    """What the range rests on, in words."""
    if multiplies:
        least = "a round makes more events than came, so that all that can run soon does"
    else:
        least = "from one event that goes round"
    functions = [stage for stage in stages if stage.gigabytes]
    if not functions:
        return least if multiplies else f"{least} to as many as the quotas let through"
    lanes, memory = min(stage.lanes for stage in functions), max(stage.gigabytes for stage in functions)
    runs = f"{RUNS[0]:g} to {RUNS[1]:g} s with {memory * 1024:g} MB"
    most = f"{lanes:,} invocation{'' if lanes == 1 else 's'} at once, of {runs} each"
    return f"{least}: {most}" if multiplies else f"{least} to {most}"


def rounded(dollars: float) -> float:
    """To one significant figure: more is not known."""
    return float(f"{dollars:.0e}") if dollars else 0.0


def multiplying(cycles: Iterable[Cycle]) -> frozenset[Endpoint]:
    """The channels whose events go round several of ``cycles`` each: what is read from a queue goes to one consumer."""
    ends: dict[tuple[object, ...], set[int]] = {}
    for step in (step for cycle in cycles for step in cycle if not step.end.implicit):
        trigger, accepts = step.end.trigger, step.end.trigger.accepts
        price = declared(trigger.channel.service).price
        shared_out = trigger.delivery == "poll" and (price is None or not price.lanes)
        if not (shared_out or accepts.content or accepts.topics or accepts.undecided):
            ends.setdefault((trigger.channel, accepts.events, accepts.keys), set()).add(step.end.number)
    return frozenset(
        place[0] for place, numbers in ends.items() if len(numbers) > 1 and isinstance(place[0], Endpoint)
    )
