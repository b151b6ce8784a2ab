"""What is known of an event is carried on: through the rules, the buckets and the topics that pass it on.

A step is first judged by the two triggers at its ends. Along a path more is known: what was written, and
everything that let it through.
"""

from collections.abc import Sequence
from typing import NamedTuple

from recursion_lint.graph.event_graph import Vertex
from recursion_lint.graph.matching import Meeting, meet_any, passed_on
from recursion_lint.model.facts import Produces, Statement, Write
from recursion_lint.model.levels import EvidenceName, evidence_rank

HANDS_ON = ("bus", "forward")
"""The kinds of triggers whose consumers pass the event on."""


class Step(NamedTuple):
    """From trigger ``start`` to trigger ``end``. ``write`` is ``None`` where the channel is the consumer itself."""

    start: Vertex
    end: Vertex
    write: Write | None
    statement: Statement | None
    meeting: Meeting

    @property
    def evidence(self) -> EvidenceName:
        return self.write.evidence if self.write is not None else "declared"

    @property
    def guard(self) -> str:
        """On what condition the write is made, in words."""
        return self.write.guard if self.write is not None else ""

    @property
    def specific(self) -> bool:
        """Does the step name what it reaches? Broad grants do not, but for those of all actions on a channel."""
        return self.evidence != "broad" or (self.write is not None and self.write.whole_service)


_EXTENT_RANK = {"all": 0, "some": 1, "unknown": 2}


def strength(step: Step) -> tuple[object, ...]:
    """Sort key: what runs today, the best evidence, the widest overlap, which trigger, where the write is."""
    at = step.write.span[:3] if step.write is not None else ()
    elsewhere = step.write is not None and step.write.span.file != step.start.trigger.span.file
    guarded = step.meeting.guard is not None or bool(step.guard)
    switch = step.end.trigger.switch
    off = switch is not None and switch.state == "off"
    sure = evidence_rank(step.evidence), _EXTENT_RANK[step.meeting.extent], guarded
    return off, *sure, elsewhere, step.end.number, at


Cycle = tuple[Step, ...]


def hands_on(step: Step) -> bool:
    """Does it depend on what was written further up whether the event gets through a step?"""
    return (
        step.write is None and step.start.trigger.kind in HANDS_ON and bool(step.end.trigger.accepts.content)
    )


def carried(steps: Cycle) -> Cycle | None:
    """A path or a cycle with each step judged by all that is known there; ``None`` when nothing gets through.

    A path may begin in the middle of one: then nothing is known of what arrives at its begin.
    """
    if not any(map(hands_on, steps)):
        return steps
    first = 0
    if steps[-1].end.number == steps[0].start.number:
        first = next((at for at, step in enumerate(steps) if step.write is not None), 0)
    arriving: Sequence[Produces] = (Produces(),)
    found: list[Step] = []
    for step in (*steps[first:], *steps[:first]):
        if step.write is not None:
            arriving = (step.write.produces,)
            found.append(step)
            continue
        arriving = passed_on(arriving, step.start.trigger)
        meeting = meet_any(arriving, step.end.trigger)
        if meeting is None:
            return None
        found.append(step._replace(meeting=meeting))
    return (*found[len(found) - first :], *found[: len(found) - first])


def since_written(path: Cycle) -> tuple[int, ...] | None:
    """What tells two paths to one trigger apart that bring different events there; ``None`` for what starts anew."""
    if path[-1].end.trigger.kind not in HANDS_ON:
        return None
    run: list[int] = []
    for step in reversed(path):
        run.append(step.end.number)
        if step.write is not None:
            return (*run, id(step.write))
    return tuple(run)
