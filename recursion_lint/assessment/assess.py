"""Facts → findings: link, find the loops, judge them, run the other rules, sort the worst first."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from recursion_lint.assessment.ruleset import Rules
from recursion_lint.graph.cycle_search import Cycle, find
from recursion_lint.graph.event_graph import EventGraph, link
from recursion_lint.model.facts import Facts
from recursion_lint.model.findings import Finding, Note, confidence_rank, severity_rank


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
    notes: list[Note] = [*graph.notes]
    if found.cycles:
        from recursion_lint.assessment.causes import by_cause
        from recursion_lint.assessment.judge import judge

        judged: dict[str, Finding] = {}
        for cycle in found.cycles:
            finding = judge(cycle, graph)
            known = judged.get(finding.fingerprint)
            # Several events lead round the same resources: the surest of them counts.
            if known is None or _surer(finding, known):
                cycles[finding.fingerprint] = cycle
                judged[finding.fingerprint] = finding
        findings += by_cause(judged, cycles)
    if found.truncated:
        span = findings[0].span if findings else graph.vertices[0].trigger.span
        notes.append(Note(span, found.truncated))
    findings += _checked(graph, found.cycles, rules)
    return Assessment(graph, tuple(sorted(with_codes(findings, rules), key=in_order)), cycles, tuple(notes))


def _surer(one: Finding, other: Finding) -> bool:
    return _sureness(one) < _sureness(other)


def _sureness(finding: Finding) -> tuple[int, int]:
    return confidence_rank(finding.confidence), severity_rank(finding.severity)


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
    return severity_rank(finding.severity), span.file, span.line, span.column, finding.rule, finding.message
