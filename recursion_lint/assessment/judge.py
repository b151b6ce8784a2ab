"""Cycles → findings: how sure, how bad, what holds it back. What each part says is worked out next door.

A loop is as certain as its weakest hop; guards lower a hop, corroboration raises the hop that it is about. Safety nets
and AWS's own protection are named and change nothing: they end no loop whose handler sends new messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from recursion_lint.assessment.coded import coded
from recursion_lint.assessment.confidence import Weighed, confidence_of, guards_of, holding_back
from recursion_lint.assessment.evidence.collect import witnesses
from recursion_lint.assessment.narrative import example, message, rule_of, story
from recursion_lint.assessment.only_where import Needs, needs
from recursion_lint.assessment.runtime_protection import protection, safety_nets, through_function
from recursion_lint.graph.cycle_search import Cycle
from recursion_lint.graph.event_graph import EventGraph
from recursion_lint.model.findings import Confidence, Finding, Severity, fingerprint, lesser

if TYPE_CHECKING:
    from recursion_lint.assessment.evidence.code_reader import CodeReader


def judge(cycle: Cycle, graph: EventGraph, reader: CodeReader | None = None) -> Finding:
    """The finding for one cycle, without remedies; ``reader`` tells what the code of its functions does."""
    code = coded(cycle, reader)
    loop = tuple(Weighed(step, tuple(code.heard(step, witnesses(graph, step)))) for step in cycle)
    held_back = bool(holding_back(cycle, graph))
    confidence = confidence_of(loop, held_back)
    severity, confidence = code.judged(loop, severity_of(confidence, loop), confidence, held_back)
    needed = needs(cycle, graph)
    nodes, hops = story(cycle, graph, code.of)
    rule = rule_of(cycle)
    return Finding(
        rule=rule,
        code="",
        severity=capped(severity, needed),
        confidence=confidence,
        message=message(cycle, graph, hops, confidence),
        span=hops[0].span,
        cycle=tuple(dict.fromkeys(nodes)),
        hops=hops,
        because=tuple(
            dict.fromkeys((*code.sentences, *(word.sentence for hop in loop for word in hop.said)))
        ),
        witness=example(cycle),
        guards=(*guards_of(cycle, graph, code.settled), *code.guards),
        safety_nets=safety_nets(cycle, graph),
        runtime_protection=protection(cycle, graph),
        fingerprint=fingerprint(rule, nodes),
        only_where=needed.words,
        through_function=through_function(cycle),
    )


_SEVERITY: dict[Confidence, Severity] = {
    "certain": "error",
    "likely": "warning",
    "possible": "warning",
    "weak": "info",
}


def severity_of(confidence: Confidence, loop: Sequence[Weighed]) -> Severity:
    """By confidence; a likely loop is an error where every granted hop is corroborated."""
    granted = [hop for hop in loop if hop.step.statement is not None]
    if confidence == "likely" and granted and all(hop.corroborated for hop in granted):
        return "error"
    return _SEVERITY[confidence]


def capped(severity: Severity, needed: Needs) -> Severity:
    """At most info for what somebody must switch on first, at most a warning for what the defaults switch off."""
    if needed.off:
        return "info"
    return severity if needed.by_default else lesser(severity, "warning")
