"""Loops of one cause → one finding: what one change ends is told once, by its shortest loop."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from recursion_lint.assessment.cost import multiplying, priced
from recursion_lint.graph.cycle_search import Cycle
from recursion_lint.graph.event_graph import EventGraph
from recursion_lint.model.facts import Endpoint
from recursion_lint.model.findings import Finding, Span, severity_rank
from recursion_lint.model.loops import CycleNode
from recursion_lint.template.nested_stacks import STACK

MAX_ALSO = 5
"""Loops of a finding that are named beside the first one."""

_Grant = tuple[Span, Endpoint]
"""A statement, and the channel that it lets somebody write to."""


class _Cause(NamedTuple):
    """What closes a loop: the grants that it needs, and all places that make it, none where a call has no trigger.

    ``calls`` is the one statement of a loop that is made of calls alone: a shared role lets all call all.
    """

    rule: str
    grants: frozenset[_Grant]
    places: tuple[Span, ...]
    calls: Span | None

    def ends(self, other: _Cause) -> bool:
        """Would what ends this loop end the other one too?

        So it is where the other needs all grants that this one needs, or where both are made in the same places all
        around (a table, and the one that stands in for it under a condition).
        """
        if self.rule != other.rule:
            return False
        needs = bool(self.grants) and self.grants <= other.grants
        alike = bool(self.places) and self.places == other.places
        return needs or alike or (self.calls is not None and self.calls == other.calls)


def by_cause(
    judged: Mapping[str, Finding], cycles: Mapping[str, Cycle], graph: EventGraph
) -> Iterator[Finding]:
    """One finding for the loops of one cause: the shortest of the worst, with the others in its ``also``.

    Of those that one statement lets call each other it is the one that names the most. The first two arguments go by
    fingerprint. A loop is never put under one that is less severe. With each is what it costs.
    """
    groups: list[tuple[_Cause, list[Finding]]] = []
    near: dict[object, list[int]] = {}
    causes = {name: _cause(finding, cycles[name]) for name, finding in judged.items()}
    for finding in sorted(judged.values(), key=lambda one: _order(one, causes[one.fingerprint])):
        cause = causes[finding.fingerprint]
        marks = [mark for mark in (*cause.grants, cause.places, cause.calls) if mark]
        known = {at for mark in marks for at in near.get(mark, ())}
        at = min((at for at in known if groups[at][0].ends(cause)), default=None)
        if at is not None:
            groups[at][1].append(finding)
            continue
        for mark in marks:
            near.setdefault(mark, []).append(len(groups))
        groups.append((cause, [finding]))
    several = multiplying(cycles[one.fingerprint] for one in judged.values() if one.severity == "error")
    for _, (first, *others) in groups:
        different = (other for other in others if _as_declared(other) != _as_declared(first))
        members = tuple(tuple(node.resource for node in other.cycle) for other in different)
        told = first._replace(also=(*first.also, *_named(others)), members=members)
        yield priced(told, cycles[told.fingerprint], graph, several)


def _as_declared(finding: Finding) -> tuple[frozenset[CycleNode], int]:
    """What a loop passes, and through how many stacks: a nested template that is deployed twice declares it once."""
    stacks = {node for node in finding.cycle if node.type == STACK}
    return frozenset(finding.cycle) - stacks, len(stacks)


def _order(finding: Finding, cause: _Cause) -> tuple[object, ...]:
    length = len(set(finding.cycle)) * (-1 if cause.calls is not None else 1)
    # Names before places: which loop stands for the others must not hang on where a template writes what.
    # Nor does it hang on where the ring is entered.
    names = [(node.resource, node.file) for node in finding.cycle]
    around = min((names[at:] + names[:at] for at in range(len(names))), default=names)
    return severity_rank(finding.severity), length, around, finding.span


def _cause(finding: Finding, cycle: Cycle) -> _Cause:
    granted = [step for step in cycle if step.statement is not None]
    grants = frozenset((step.statement.span, step.end.trigger.channel) for step in granted if step.statement)
    called = any(step.end.implicit for step in cycle)
    statements = {span for span, _ in grants}
    alone = len(statements) == 1 and all(step.end.implicit and step.statement is not None for step in cycle)
    places = () if called else tuple(hop.span for hop in finding.hops)
    return _Cause(finding.rule, grants, places, min(statements) if alone else None)


def _named(others: list[Finding]) -> Iterable[str]:
    yield from (" → ".join(node.resource for node in other.cycle) for other in others[:MAX_ALSO])
    if len(others) > MAX_ALSO:
        yield f"{len(others) - MAX_ALSO} more loops of the same cause"
