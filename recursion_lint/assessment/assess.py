"""Facts → findings: link, find the loops, judge them, run the other rules, sort the worst first."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from recursion_lint.assessment.ruleset import Rules
from recursion_lint.graph.cycle_search import Cycle, find
from recursion_lint.graph.event_graph import EventGraph, link
from recursion_lint.model.facts import Facts
from recursion_lint.model.findings import Confidence, Finding, Note, Severity

CONFIDENCES: tuple[Confidence, ...] = ("certain", "likely", "possible", "weak")
WORST: dict[Severity, int] = {"error": 0, "warning": 1, "info": 2}


class Assessment(NamedTuple):
    """The findings of a graph, worst first, without remedies; ``cycles`` are the loops by their fingerprints."""

    graph: EventGraph
    findings: tuple[Finding, ...]
    cycles: Mapping[str, Cycle]
    notes: tuple[Note, ...]


def assess(facts: Sequence[Facts], rules: Rules) -> Assessment:
    """Judge everything that ``facts`` say, by ``rules``."""
    graph = link(facts)
    if not graph.vertices:
        return Assessment(graph, (), {}, ())
    found = find(graph)
    findings: list[Finding] = []
    cycles: dict[str, Cycle] = {}
    notes: list[Note] = []
    if found.cycles:
        from recursion_lint.assessment.judge import judge

        judged: dict[str, Finding] = {}
        for cycle in found.cycles:
            finding = judge(cycle, graph)
            known = judged.get(finding.fingerprint)
            # Several events lead round the same resources: the surest of them counts.
            if known is None or _surer(finding, known):
                cycles[finding.fingerprint] = cycle
                judged[finding.fingerprint] = finding
        findings += _by_cause(judged, cycles)
    if found.truncated:
        span = findings[0].span if findings else graph.vertices[0].trigger.span
        notes.append(Note(span, found.truncated))
    findings += _checked(graph, found.cycles, rules)
    return Assessment(graph, tuple(sorted(with_codes(findings, rules), key=in_order)), cycles, tuple(notes))


MAX_ALSO = 5


def _by_cause(judged: Mapping[str, Finding], cycles: Mapping[str, Cycle]) -> Iterator[Finding]:
    """One finding for the loops of one cause: closed by one and the same statement (a shared role, a queue beside a
    queue), or made in the same places all around (a table and the one that stands in for it under a condition).

    It is the loop that names the most resources of the surest ones; the others are named in its ``also``.
    """
    causes: dict[object, list[Finding]] = {}
    for name, finding in judged.items():
        granted = {step.statement.span for step in cycles[name] if step.statement is not None}
        places = granted if len(granted) == 1 else (hop.span for hop in finding.hops)
        cause = (finding.rule, *places)
        causes.setdefault(cause, []).append(finding)
    for group in causes.values():
        first, *others = sorted(
            group, key=lambda one: (WORST[one.severity], -len(set(one.cycle)), one.span, one.cycle)
        )
        if not others:
            yield first
            continue
        shown = [" → ".join(node.resource for node in other.cycle) for other in others[:MAX_ALSO]]
        more = [f"{len(others) - MAX_ALSO} more loops of the same cause"] if len(others) > MAX_ALSO else []
        members = tuple(tuple(node.resource for node in other.cycle) for other in others)
        yield first._replace(also=(*first.also, *shown, *more), members=members)


def _surer(one: Finding, other: Finding) -> bool:
    return (CONFIDENCES.index(one.confidence), WORST[one.severity]) < (
        CONFIDENCES.index(other.confidence),
        WORST[other.severity],
    )


def _checked(graph: EventGraph, cycles: Sequence[Cycle], rules: Rules) -> Iterator[Finding]:
    """The findings of the rules that look for something other than a loop."""
    for rule in rules.checking_rules(bool(cycles)):
        if rule.check is not None:
            yield from rule.check(graph, cycles)


def with_codes(findings: Iterable[Finding], rules: Rules) -> tuple[Finding, ...]:
    """``findings`` with the codes of their rules."""
    return tuple(finding._replace(code=rules.rule_named(finding.rule).code) for finding in findings)


def in_order(finding: Finding) -> tuple[object, ...]:
    """Sort key: worst first, then by place."""
    span = finding.span
    return WORST[finding.severity], span.file, span.line, span.column, finding.rule, finding.message
