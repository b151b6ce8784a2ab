"""Cycles → findings: how sure we are, how bad it is, what holds it back.

The ladder is the design's: a loop is as certain as its weakest hop; guards lower it, corroboration raises it,
safety nets and AWS's own protection are named and change nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from recursion_lint.assessment.evidence.corroboration import Witnessed, witnesses
from recursion_lint.graph.cycle_search import Cycle, Step
from recursion_lint.graph.event_graph import EventGraph
from recursion_lint.iam.evaluation.recorded_calls import decided_condition
from recursion_lint.model.facts import LOG_DELIVERY, Endpoint, Trigger, Write
from recursion_lint.model.findings import (
    Confidence,
    CycleNode,
    EvidenceName,
    Finding,
    FindingHop,
    HopCode,
    RuntimeProtection,
    Severity,
    Witness,
    fingerprint,
)
from recursion_lint.model.text import render
from recursion_lint.services.awslambda.functions import BY_URL
from recursion_lint.services.registry import by_name

if TYPE_CHECKING:
    from recursion_lint.assessment.evidence.code_reader import CodeReader
    from recursion_lint.assessment.evidence.code_verdicts import Said

PROTECTED = frozenset({"lambda", "sqs", "sns", "s3"})
"""Loops through these services alone are stopped by Lambda after about 16 rounds.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
"""
_LADDER: tuple[Confidence, ...] = ("certain", "likely", "possible", "weak")


def judge(cycle: Cycle, graph: EventGraph, reader: CodeReader | None = None) -> Finding:
    """The finding for one cycle, without remedies; ``reader`` tells what the code of its functions does."""
    coded = _coded(cycle, reader)
    said = [
        (step, word)
        for step in cycle
        for word in witnesses(graph, step, coded.settled(step))
        if word.direction == "lowers" or not coded.partly(step)
    ]
    guess = _guess(cycle, graph)
    guards = (*_guards(cycle, coded), *([guess] if guess else []), *coded.guards)
    confidence = _confidence(cycle, [word for _, word in said], guess is not None)
    severity = _severity(confidence, [word for _, word in said])
    severity, confidence = coded.judged(cycle, severity, confidence, guess is None)
    nodes, hops = _story(cycle, graph, coded)
    allowed = [actor for actor in _actors(cycle, graph) if actor.loop_allowed is not None]
    nets = _safety_nets(cycle, graph)
    rule = rule_of(cycle)
    because = tuple(dict.fromkeys((*coded.sentences, *(word.sentence for _, word in said))))
    primary = hops[0].span
    if allowed and bounded(nets):
        severity = "info"
    return Finding(
        rule=rule,
        code="",
        severity=severity,
        confidence=confidence,
        message=_message(cycle, graph, hops, confidence),
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


class _Coded(NamedTuple):
    """The words of the code on the steps of a cycle, by the step's place."""

    words: tuple[tuple[Step, Said], ...] = ()
    shown: tuple[HopCode, ...] = ()
    sentences: tuple[str, ...] = ()

    def settled(self, step: Step) -> bool:
        """Does the code itself say whether a step is taken? Then no other witness is asked."""
        return any(one is step and said.verdict not in ("unread", "may") for one, said in self.words)

    def partly(self, step: Step) -> bool:
        """Was the code read, though not to the end? What it may use a variable for is not known then."""
        return any(one is step and said.verdict == "unread" and said.read for one, said in self.words)

    def of(self, step: Step) -> HopCode | None:
        """What the hop of a step shows."""
        found = (shown for (one, _), shown in zip(self.words, self.shown, strict=True) if one is step)
        return next(found, None)

    @property
    def guards(self) -> tuple[str, ...]:
        """The code's own conditions before the calls that lead on."""
        kept = (said for _, said in self.words if said.verdict in ("conditional", "stops-itself"))
        return tuple(
            dict.fromkeys(f"the code writes only if {guard}" for said in kept for guard in said.guards)
        )

    def judged(
        self, cycle: Cycle, severity: Severity, confidence: Confidence, known: bool
    ) -> tuple[Severity, Confidence]:
        """Severity and confidence with the code in mind. ``known``: no name of the loop is a guess."""
        if not self.words:
            return severity, confidence
        from recursion_lint.assessment.evidence.code_reader import severity_with_code

        by_step = {id(step): said for step, said in self.words}
        granted = [step for step in cycle if step.statement is not None]
        others = [step for step in cycle if step.statement is None]
        closed = known and _seen_table(cycle) is None
        closed = closed and all(_step_confidence(step) in ("certain", "likely") for step in others)
        closed = closed and not any(step.end.trigger.guards for step in granted)
        found = severity_with_code(severity, [by_step.get(id(step)) for step in granted], closed)
        raised = {"error": "likely", "warning": "possible", "info": "weak"}
        if found == severity:
            return severity, confidence
        return found, raised[found]  # type: ignore[return-value]


def _coded(cycle: Cycle, reader: CodeReader | None) -> _Coded:
    if reader is None:
        return _Coded()
    words = tuple((step, said) for step in cycle if (said := reader.said(step, cycle)) is not None)
    sentences = (reader.sentence(step, said) for step, said in words)
    return _Coded(
        words,
        tuple(reader.hop_code(step, said) for step, said in words),
        tuple(sentence for sentence in sentences if sentence),
    )


def _confidence(cycle: Cycle, said: Iterable[Witnessed], guessed: bool = False) -> Confidence:
    level = max(_LADDER.index(_step_confidence(step)) for step in cycle)
    if _seen_table(cycle) is not None or guessed:
        level = min(level + 1, len(_LADDER) - 1)
    lowering = any(word.direction == "lowers" for word in said) and not any(
        w.direction == "raises" for w in said
    )
    if lowering:
        level = min(level + 1, len(_LADDER) - 1)
    return _LADDER[level]


def _step_confidence(step: Step) -> Confidence:
    """The ladder for one hop, a rung lower where something that cannot be proved holds the event back."""
    level = _LADDER.index(_unguarded(step))
    if step.end.trigger.guards or step.meeting.guard:
        level = min(level + 1, len(_LADDER) - 1)
    return _LADDER[level]


def _unguarded(step: Step) -> Confidence:
    if step.meeting.extent == "unknown" or step.evidence == "broad":
        return "weak"
    if step.evidence in ("declared", "defined"):
        if step.meeting.extent == "some":
            return "possible"
        return "certain" if step.end.trigger.evidence == "declared" else "likely"
    if step.statement is not None and step.write is not None and step.write.actor.service == "states":
        return "weak"  # its definition was not seen: what it may do says little of what it does
    if step.statement is not None and not decided_condition(step.statement):
        return "weak" if step.meeting.extent != "all" else "possible"
    return "likely" if step.meeting.extent == "all" else "possible"


def _severity(confidence: Confidence, said: Iterable[Witnessed]) -> Severity:
    if confidence == "certain":
        return "error"
    if confidence == "weak":
        return "info"
    if confidence == "likely" and any(word.direction == "raises" for word in said):
        return "error"
    return "warning"


def _guards(cycle: Cycle, coded: _Coded) -> tuple[str, ...]:
    """What holds the loop back. Whether a write is accepted is no question where the code tells what it writes."""
    found = [step.meeting.guard for step in cycle if not coded.settled(step)] + [
        guard for step in cycle for guard in step.end.trigger.guards
    ]
    return tuple(dict.fromkeys(guard for guard in (*found, _seen_table(cycle)) if guard))


def _seen_table(cycle: Cycle) -> str | None:
    """A table between a bucket and its writer: putting the same item again changes nothing, so no record follows.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
    """
    channels = {step.end.trigger.channel.service for step in cycle if not step.end.implicit}
    return (
        "a table's stream passes on only changes: an item put again as it was starts nothing"
        if {
            "s3",
            "dynamodb",
        }
        <= channels
        else None
    )


def _guess(cycle: Cycle, graph: EventGraph) -> str | None:
    """What holds a cycle through several templates together by the end of a name alone."""
    guessed = {name: asked for found in graph.facts for name, asked in found.guessed.items()}
    if not guessed or len({step.end.trigger.span.file for step in cycle} | _written_in(cycle)) < 2:
        return None
    for step in cycle:
        for endpoint in (step.end.trigger.channel, step.end.trigger.consumer):
            if endpoint.name in guessed:
                return (
                    f"that {render(guessed[endpoint.name])} is {graph.label(endpoint)} "
                    "is told by the end of the name alone"
                )
    return None


def _written_in(cycle: Cycle) -> set[str]:
    return {step.write.span.file for step in cycle if step.write is not None}


def _actors(cycle: Cycle, graph: EventGraph) -> list:  # type: ignore[type-arg]
    found = (graph.actors.get(step.end.trigger.consumer) for step in cycle)
    return [actor for actor in found if actor is not None]


def _safety_nets(cycle: Cycle, graph: EventGraph) -> tuple[str, ...]:
    """What bounds the loop from outside. A redrive that is a part of the loop bounds nothing."""
    redriven = {step.end.trigger.channel for step in cycle if step.end.trigger.kind == "redrive"}
    ends = [end for step in cycle for end in (step.end.trigger.channel, step.end.trigger.consumer)]
    known = (graph.declared.get(end) for end in ends if end not in redriven)
    return tuple(dict.fromkeys(bound for item in known if item is not None for bound in item.bounds))


def bounded(nets: tuple[str, ...]) -> bool:
    """Do the safety nets end a loop, rather than only tell of it?"""
    return any("maxReceiveCount" in net or "reserved concurrency" in net for net in nets)


def _protection(cycle: Cycle, allowed: bool) -> RuntimeProtection:
    services = {name for step in cycle for name in (_service(step), step.end.trigger.consumer.service)}
    through_function = any(step.end.trigger.consumer.service == "lambda" for step in cycle)
    through_rule = any(step.end.trigger.via or step.end.trigger.kind == "rule" for step in cycle)
    by_url = any(step.write is not None and step.write.produces.events == BY_URL for step in cycle)
    passed = any(
        step.statement is not None and step.statement.through is not None and step.statement.through.passed
        for step in cycle
    )
    if not services <= PROTECTED or by_url or passed or not through_function or through_rule:
        return "none"
    return "off" if allowed else "stops"


def _service(step: Step) -> str:
    """The service of the channel that a step leads to."""
    return step.write.service if step.write is not None else step.end.trigger.channel.service


def _story(
    cycle: Cycle, graph: EventGraph, coded: _Coded
) -> tuple[tuple[CycleNode, ...], tuple[FindingHop, ...]]:
    """The cycle's resources and hops in order, starting at the channel of the first trigger.

    From one end of a resource to its other one (a bucket and the requests that it logs) is no hop.
    """
    ordered = (*cycle[-1:], *cycle[:-1])
    nodes: list[CycleNode] = []
    hops: list[FindingHop] = []
    for at, step in enumerate(ordered):
        trigger = step.end.trigger
        channel, consumer = trigger.channel, trigger.consumer
        onward = cycle[at]
        if not step.end.implicit:
            nodes += _nodes(graph, channel)
            nodes += [
                CycleNode(name, _type_of(graph, name), trigger.span.file, trigger.span.line)
                for name in trigger.via
            ]
            if len(cycle) == 1 or _nodes(graph, channel) != _nodes(graph, consumer):
                hops.append(_hop(graph, trigger, channel, consumer))
        nodes += _nodes(graph, consumer)
        if onward.write is not None:
            hop = _hop(graph, onward.write, consumer, onward.write.channel)
            hops.append(_with_code(hop, coded.of(onward)))
    return tuple(dict.fromkeys(nodes)), tuple(hops)


def _type_of(graph: EventGraph, name: str) -> str:
    return next((item.type for item in graph.declared.values() if item.id == name), "AWS::Events::Rule")


def _nodes(graph: EventGraph, endpoint: Endpoint) -> list[CycleNode]:
    """An endpoint on the cycle, after the nested stacks that it is in."""
    known = graph.declared.get(endpoint)
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
    """A hop that the code surely makes is no mere grant."""
    if code is None:
        return hop
    evidence: EvidenceName = "coded" if code.verdict == "writes-back" else hop.evidence
    return hop._replace(code=code, evidence=evidence)


def _filled(reason: str, names: dict[str, str]) -> str:
    return reason.replace("{source}", names["source"]).replace("{target}", names["target"])


def _witness(cycle: Cycle) -> Witness | None:
    for step in sorted(cycle, key=lambda one: one.meeting.key is None):
        if step.meeting.event is not None and not step.end.implicit:
            return Witness(step.meeting.event, step.meeting.key)
    return None


_ORDER = ("logs", "s3", "sqs", "sns", "dynamodb", "kinesis", "firehose", "events", "iot", "states", "lambda")


def rule_of(cycle: Cycle) -> str:
    """The rule of the channel at which the first remedy breaks the loop: one that a write of the loop reaches.

    Where there are several, the first of ``_ORDER``; an invocation counts only where there is no other channel.
    """
    written = [step for step in cycle if step.write is not None and not step.end.implicit]
    channels = [_service(step) for step in written or cycle]
    service = by_name().get(
        min(channels, key=lambda name: (_ORDER.index(name) if name in _ORDER else len(_ORDER), name))
    )
    return service.rule if service is not None and service.rule else "other-loop"


def _message(cycle: Cycle, graph: EventGraph, hops: tuple[FindingHop, ...], confidence: Confidence) -> str:
    """The line that a tired engineer reads: who, whether it is sure, through what."""
    step = _closing(cycle)
    certain = confidence == "certain"
    actor = graph.label(step.write.actor if step.write is not None else step.start.trigger.consumer)
    channel = graph.label(step.end.trigger.channel)
    if actor == channel and len(hops) == 1:
        calls = _CALLS.get(step.end.trigger.channel.service, ("starts", "may start"))
        return f"{actor} {calls[0 if certain else 1]} itself"
    verb = "re-triggers itself" if certain else "may re-trigger itself"
    if step.write is None and not any(one.end.trigger.consumer in graph.actors for one in cycle):
        verb = "feeds itself"
    names = list(dict.fromkeys(name for hop in hops for name in (hop.source, hop.target)))
    at = names.index(channel)
    between = [name for name in names[at:] + names[:at] if name != actor]
    shown = between if len(between) <= 4 else [*between[:3], f"{len(between) - 3} more"]
    return f"{actor} {verb} through {' → '.join(shown)}" if shown else f"{actor} {verb}"


_CALLS = {
    "lambda": ("invokes", "may invoke"),
    "states": ("starts", "may start"),
    "s3-log": ("logs to", "logs to"),
}


def _closing(cycle: Cycle) -> Step:
    """The step whose write a remedy would break first: onto a channel rather than a call."""
    writes = [step for step in cycle if step.write is not None and step.write.kind != LOG_DELIVERY]
    return next((step for step in writes if not step.end.implicit), (writes or list(cycle))[0])
