"""A loop told to a person: its resources and hops in order, its rule, an example event, the line that sums it up."""

from __future__ import annotations

from collections.abc import Callable

from recursion_lint.assessment.runtime_protection import channel_service
from recursion_lint.graph.cycle_search import Cycle, Step
from recursion_lint.graph.event_graph import EventGraph
from recursion_lint.model.facts import LOG_DELIVERY, Endpoint, Trigger, Write
from recursion_lint.model.findings import Confidence, CycleNode, EvidenceName, FindingHop, HopCode, Witness
from recursion_lint.services.registry import declared


def story(
    cycle: Cycle, graph: EventGraph, code: Callable[[Step], HopCode | None]
) -> tuple[list[CycleNode], tuple[FindingHop, ...]]:
    """The cycle's resources (as often as it passes them) and hops in order, from the channel of the first trigger.

    ``code`` tells what a function's code says of a step. A hop that it surely makes is no mere grant.
    From one end of a resource to its other one (a bucket and the requests that it logs) is no hop.
    """
    ordered = (*cycle[-1:], *cycle[:-1])
    nodes: list[CycleNode] = []
    hops: list[FindingHop] = []
    for at, step in enumerate(ordered):
        trigger = step.end.trigger
        channel, consumer, file = trigger.channel, trigger.consumer, trigger.span.file
        onward = cycle[at]
        if not step.end.implicit:
            nodes += _nodes(graph, channel, file)
            nodes += [
                CycleNode(name, _type_of(graph, name), trigger.span.file, trigger.span.line)
                for name in trigger.via
            ]
            if len(cycle) == 1 or _nodes(graph, channel, file) != _nodes(graph, consumer, file):
                hops.append(_hop(graph, trigger, channel, consumer))
        nodes += _nodes(graph, consumer, file)
        if onward.write is not None:
            hop = _hop(graph, onward.write, consumer, onward.write.channel)
            hops.append(_with_code(hop, code(onward)))
    return nodes, tuple(hops)


def _type_of(graph: EventGraph, name: str) -> str:
    return graph.types.get(name, "AWS::Events::Rule")


def _nodes(graph: EventGraph, endpoint: Endpoint, file: str) -> list[CycleNode]:
    """An endpoint on the cycle as ``file`` declares it, if it does, after the nested stacks that it is in."""
    known = graph.declared_near(endpoint, file)
    if known is None:
        return [CycleNode(graph.label(endpoint), endpoint.service, "", 0)]
    at = (known.span.file, known.span.line)
    stacks = [CycleNode(stack, "AWS::CloudFormation::Stack", *at) for stack in known.stack]
    return [*stacks, CycleNode(known.id, known.type, *at)]


def _hop(graph: EventGraph, fact: Trigger | Write, source: Endpoint, target: Endpoint) -> FindingHop:
    names = {"source": graph.label(source), "target": graph.label(target)}
    return FindingHop(
        names["source"],
        names["target"],
        fact.kind,
        fact.evidence,
        _filled(fact.reason, names),
        fact.span,
    )


def _with_code(hop: FindingHop, code: HopCode | None) -> FindingHop:
    if code is None:
        return hop
    evidence: EvidenceName = "coded" if code.verdict == "writes-back" else hop.evidence
    return hop._replace(code=code, evidence=evidence)


def _filled(reason: str, names: dict[str, str]) -> str:
    return reason.replace("{source}", names["source"]).replace("{target}", names["target"])


def example(cycle: Cycle) -> Witness | None:
    for step in sorted(cycle, key=lambda one: one.meeting.key is None):
        named = declared(step.end.trigger.channel.service).names_events
        if step.meeting.event is not None and named and not step.end.implicit:
            return Witness(step.meeting.event, step.meeting.key)
    return None


def rule_of(cycle: Cycle) -> str:
    """The rule of the channel at which the first remedy breaks the loop: one that a write of the loop reaches.

    Where there are several, the one that takes precedence; an invocation counts only where there is no other channel.
    """
    written = [step for step in cycle if step.write is not None and not step.end.implicit]
    channels = [channel_service(step) for step in written or cycle]
    first = min(channels, key=lambda name: (declared(name).precedence, name))
    return declared(first).rule or "other-loop"


def message(cycle: Cycle, graph: EventGraph, hops: tuple[FindingHop, ...], confidence: Confidence) -> str:
    """The line that a tired engineer reads: who, whether it is sure, through what."""
    step = _closing(cycle)
    certain = confidence == "certain"
    actor = graph.label(step.write.actor if step.write is not None else step.start.trigger.consumer)
    channel = graph.label(step.end.trigger.channel)
    if actor == channel and len(hops) == 1:
        calls = declared(step.end.trigger.channel.service).itself
        return f"{actor} {calls[0 if certain else 1]} itself"
    verb = "re-triggers itself" if certain else "may re-trigger itself"
    if step.write is None and not any(one.end.trigger.consumer in graph.actors for one in cycle):
        verb = "feeds itself"
    names = list(dict.fromkeys(name for hop in hops for name in (hop.source, hop.target)))
    at = names.index(channel)
    between = [name for name in names[at:] + names[:at] if name != actor]
    shown = between if len(between) <= 4 else [*between[:3], f"{len(between) - 3} more"]
    return f"{actor} {verb} through {' → '.join(shown)}" if shown else f"{actor} {verb}"


def _closing(cycle: Cycle) -> Step:
    """The step whose write a remedy would break first: onto a channel rather than a call."""
    writes = [step for step in cycle if step.write is not None and step.write.kind != LOG_DELIVERY]
    return next((step for step in writes if not step.end.implicit), (writes or list(cycle))[0])
