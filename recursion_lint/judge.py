"""Cycles → findings: how sure we are, how bad it is, what holds it back.

The ladder is the design's: a loop is as certain as its weakest hop; guards lower it, corroboration raises it,
safety nets and AWS's own protection are named and change nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from recursion_lint.corroboration import Witnessed, witnesses
from recursion_lint.facts import Endpoint, Trigger, Write
from recursion_lint.findings import (
    Confidence,
    CycleNode,
    Finding,
    FindingHop,
    RuntimeProtection,
    Severity,
    Span,
    Witness,
)
from recursion_lint.graph import NOWHERE, EventGraph
from recursion_lint.loops import Cycle, Step
from recursion_lint.services.registry import by_name

PROTECTED = frozenset({"lambda", "sqs", "sns", "s3"})
"""Loops through these services alone are stopped by Lambda after about 16 rounds.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
"""
_LADDER: tuple[Confidence, ...] = ("certain", "likely", "possible", "weak")


def judge(cycle: Cycle, graph: EventGraph) -> Finding:
    """The finding for one cycle, without remedies."""
    said = [(step, word) for step in cycle for word in witnesses(graph, step)]
    guards = _guards(cycle)
    confidence = _confidence(cycle, [word for _, word in said])
    severity = _severity(confidence, cycle, [word for _, word in said])
    nodes, hops = _story(cycle, graph)
    allowed = [actor for actor in _actors(cycle, graph) if actor.loop_allowed is not None]
    nets = _safety_nets(cycle, graph)
    rule = rule_of(cycle)
    because = tuple(dict.fromkeys(word.sentence for _, word in said))
    primary = hops[0].span
    if allowed and severity != "info" and _bounded(nets):
        severity = "info"
    return Finding(
        rule=rule,
        code="",
        severity=severity,
        confidence=confidence,
        message=_message(cycle, graph, confidence),
        span=primary,
        cycle=nodes,
        hops=hops,
        because=because,
        witness=_witness(cycle),
        guards=guards,
        safety_nets=nets,
        runtime_protection=_protection(cycle, bool(allowed)),
        fingerprint=fingerprint(rule, nodes),
    )


def _confidence(cycle: Cycle, said: Iterable[Witnessed]) -> Confidence:
    level = max(_LADDER.index(_step_confidence(step)) for step in cycle)
    lowering = any(word.direction == "lowers" for word in said) and not any(w.direction == "raises" for w in said)
    if lowering:
        level = min(level + 1, len(_LADDER) - 1)
    return _LADDER[level]


def _step_confidence(step: Step) -> Confidence:
    if step.meeting.extent == "unknown":
        return "weak"
    if step.evidence == "broad":
        return "weak"
    if step.evidence in ("declared", "defined"):
        return "certain" if step.end.trigger.evidence == "declared" else "likely"
    if step.evidence == "assumed":
        return "likely"
    if step.statement is not None and step.statement.condition:
        return "weak" if step.meeting.extent != "all" else "possible"
    return "likely" if step.meeting.extent == "all" else "possible"


def _severity(confidence: Confidence, cycle: Cycle, said: Iterable[Witnessed]) -> Severity:
    if confidence == "certain":
        return "error"
    if confidence == "weak":
        return "info"
    if confidence == "likely" and any(word.direction == "raises" for word in said):
        return "error"
    return "warning"


def _guards(cycle: Cycle) -> tuple[str, ...]:
    found = [step.meeting.guard for step in cycle] + [guard for step in cycle for guard in step.end.trigger.guards]
    return tuple(dict.fromkeys(guard for guard in found if guard))


def _actors(cycle: Cycle, graph: EventGraph) -> list:  # type: ignore[type-arg]
    found = (graph.actors.get(step.end.trigger.consumer) for step in cycle)
    return [actor for actor in found if actor is not None]


def _safety_nets(cycle: Cycle, graph: EventGraph) -> tuple[str, ...]:
    ends = [end for step in cycle for end in (step.end.trigger.channel, step.end.trigger.consumer)]
    known = (graph.declared.get(end) for end in ends)
    return tuple(dict.fromkeys(bound for item in known if item is not None for bound in item.bounds))


def _bounded(nets: tuple[str, ...]) -> bool:
    return any("maxReceiveCount" in net or "reserved concurrency" in net for net in nets)


def _protection(cycle: Cycle, allowed: bool) -> RuntimeProtection:
    services = {end.service for step in cycle for end in (step.end.trigger.channel, step.end.trigger.consumer)}
    through_function = any(step.end.trigger.consumer.service == "lambda" for step in cycle)
    if not services <= PROTECTED or not through_function or any(step.end.trigger.via for step in cycle):
        return "none"
    return "off" if allowed else "stops"


def _story(cycle: Cycle, graph: EventGraph) -> tuple[tuple[CycleNode, ...], tuple[FindingHop, ...]]:
    """The cycle's resources and hops in order, starting at the channel of the first trigger."""
    ordered = (*cycle[-1:], *cycle[:-1])
    nodes: list[CycleNode] = []
    hops: list[FindingHop] = []
    for at, step in enumerate(ordered):
        trigger = step.end.trigger
        channel, consumer = trigger.channel, trigger.consumer
        onward = cycle[at]
        if not step.end.implicit:
            if not nodes or nodes[-1].resource != graph.label(channel):
                nodes.append(_node(graph, channel))
            nodes += [CycleNode(name, _type_of(graph, name), trigger.span.file, trigger.span.line) for name in trigger.via]
            hops.append(_hop(graph, trigger, channel, consumer))
        nodes.append(_node(graph, consumer))
        if onward.write is not None:
            hops.append(_hop(graph, onward.write, consumer, onward.write.channel))
    if len(nodes) > 1 and nodes[0].resource == nodes[-1].resource:
        nodes.pop()
    unique = tuple(node for at, node in enumerate(nodes) if at == 0 or node.resource != nodes[at - 1].resource)
    return unique, tuple(hops)


def _type_of(graph: EventGraph, name: str) -> str:
    return next((item.type for item in graph.declared.values() if item.id == name), "AWS::Events::Rule")


def _node(graph: EventGraph, endpoint: Endpoint) -> CycleNode:
    known = graph.declared.get(endpoint)
    if known is None:
        return CycleNode(graph.label(endpoint), endpoint.service, "", 0)
    return CycleNode(known.id, known.type, known.span.file, known.span.line)


def _hop(graph: EventGraph, fact: Trigger | Write, source: Endpoint, target: Endpoint) -> FindingHop:
    names = {"source": graph.label(source), "target": graph.label(target)}
    return FindingHop(
        names["source"], names["target"], fact.kind, fact.evidence, _filled(fact.reason, names), _shown(fact.span)
    )


def _shown(span: Span) -> Span:
    return span if span is not NOWHERE else NOWHERE


def _filled(reason: str, names: dict[str, str]) -> str:
    return reason.replace("{source}", names["source"]).replace("{target}", names["target"])


def _witness(cycle: Cycle) -> Witness | None:
    for step in cycle:
        if step.meeting.event is not None:
            return Witness(step.meeting.event, step.meeting.key)
    return None


_ORDER = ("s3", "sqs", "sns", "dynamodb", "kinesis", "firehose", "events", "logs", "iot", "states", "lambda")


def rule_of(cycle: Cycle) -> str:
    """The rule of the channel at which the first remedy breaks the loop: the channel that the last write reaches.

    An invocation of a function or a state machine counts only where there is no other channel.
    """
    channels = [step.end.trigger.channel.service for step in cycle if step.write is not None and not step.end.implicit]
    channels += [step.end.trigger.channel.service for step in cycle if not step.end.implicit]
    channels += [step.end.trigger.channel.service for step in cycle]
    service = by_name().get(channels[0])
    return service.rule if service is not None and service.rule else "other-loop"


def _message(cycle: Cycle, graph: EventGraph, confidence: Confidence) -> str:
    last = next((step for step in cycle if step.write is not None), cycle[0])
    actor = graph.label(last.write.actor if last.write is not None else last.start.trigger.consumer)
    channel = graph.label(last.end.trigger.channel)
    verb = "re-triggers itself" if confidence == "certain" else "may re-trigger itself"
    if last.end.implicit and actor == channel:
        return f"{actor} {'invokes' if confidence == 'certain' else 'may invoke'} itself"
    others = len({step.end.trigger.consumer for step in cycle})
    return f"{actor} {verb} through {channel}" + (f" and {others - 1} more" if others > 1 else "")


def fingerprint(rule: str, nodes: Iterable[CycleNode]) -> str:
    """Stable over edits that move lines: rule, file names and logical ids only."""
    parts = [rule, *(f"{node.file}:{node.resource}" for node in nodes)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
