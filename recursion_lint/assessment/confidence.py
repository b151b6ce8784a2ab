"""How sure a loop is: each hop on its own, then the weakest of them, then what holds the loop as a whole back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from recursion_lint.assessment.evidence.corroboration import Witnessed
from recursion_lint.graph.cycle_search import Cycle, Step
from recursion_lint.graph.event_graph import EventGraph
from recursion_lint.iam.evaluation.recorded_calls import decided_condition
from recursion_lint.model.findings import CONFIDENCES, Confidence, confidence_rank
from recursion_lint.model.text import render
from recursion_lint.services.registry import declared


class Weighed(NamedTuple):
    """A step of a loop with what witnesses say of it. What is said of one hop counts for no other."""

    step: Step
    said: tuple[Witnessed, ...]

    @property
    def corroborated(self) -> bool:
        """Does a witness speak for the hop?"""
        return any(word.direction == "raises" for word in self.said)

    @property
    def contradicted(self) -> bool:
        """Do witnesses speak against the hop, and none for it?"""
        return bool(self.said) and not self.corroborated


def confidence_of(loop: Sequence[Weighed], held_back: bool) -> Confidence:
    """The confidence in a loop: its weakest hop's, a rung lower where the loop as a whole is ``held_back``."""
    weakest = max((hop_confidence(hop) for hop in loop), key=confidence_rank)
    return lower(weakest) if held_back else weakest


def hop_confidence(hop: Weighed) -> Confidence:
    """The confidence in one hop: a rung lower for a filter that proves nothing, and for what speaks against it."""
    found = _by_evidence(hop.step)
    if found == "weak" and hop.corroborated and _picked(hop.step):
        found = "possible"
    if hop.step.end.trigger.guards or hop.step.meeting.guard or hop.step.guard:
        found = lower(found)
    return lower(found) if hop.contradicted else found


def _picked(step: Step) -> bool:
    """Is the grant broad only in that it is for all actions of the service, on the channel that it names?

    Then a variable or code that speaks of sending tells which of the actions it is for.
    """
    return step.meeting.extent != "unknown" and step.write is not None and step.write.whole_service


def lower(confidence: Confidence) -> Confidence:
    """A rung down, if there is one."""
    return CONFIDENCES[min(confidence_rank(confidence) + 1, len(CONFIDENCES) - 1)]


def _by_evidence(step: Step) -> Confidence:
    if step.meeting.extent == "unknown" or step.evidence == "broad":
        return "weak"
    if step.evidence in ("declared", "defined"):
        if step.meeting.extent == "some":
            return "possible"
        return "certain" if step.end.trigger.evidence == "declared" else "likely"
    if (
        step.statement is not None
        and step.write is not None
        and step.write.kind != "task"
        and declared(step.write.actor.service).by_definition
    ):
        return "weak"  # its definition was not seen: what it may do says little of what it does
    if step.statement is not None and not decided_condition(step.statement):
        return "weak" if step.meeting.extent != "all" else "possible"
    return "likely" if step.meeting.extent == "all" else "possible"


def guards_of(cycle: Cycle, graph: EventGraph, settled: Callable[[Step], bool]) -> tuple[str, ...]:
    """What may hold an event back on its way round and proves nothing, in words, the loop's own last.

    Whether a write is accepted is no question where the code has ``settled`` what a step writes.
    """
    found = [step.meeting.guard for step in cycle if not settled(step)]
    found += [step.guard for step in cycle]
    found += [guard for step in cycle for guard in step.end.trigger.guards]
    return tuple(dict.fromkeys((*filter(None, found), *holding_back(cycle, graph))))


def holding_back(cycle: Cycle, graph: EventGraph) -> tuple[str, ...]:
    """What holds a loop as a whole back, in words."""
    return tuple(filter(None, (_seen_table(cycle), _guess(cycle, graph))))


def _seen_table(cycle: Cycle) -> str | None:
    """A table between a bucket and its writer: putting the same item again changes nothing, so no record follows.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
    """
    channels = [declared(step.end.trigger.channel.service) for step in cycle if not step.end.implicit]
    if any(one.keyed for one in channels) and any(one.only_changes for one in channels):
        return "a table's stream passes on only changes: an item put again as it was starts nothing"
    return None


def _guess(cycle: Cycle, graph: EventGraph) -> str | None:
    """What holds a cycle through several templates together by the end of a name alone."""
    guessed = graph.guessed
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
