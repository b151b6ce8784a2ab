"""The event graph → its cycles: peeled, then bounded, deduplicated, in a fixed order.

A cycle is a ring of steps. A step leads from one trigger to the next: the first trigger's consumer writes to
(or is) the channel of the second.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from recursion_lint.conditions import compatible
from recursion_lint.facts import Statement, Write
from recursion_lint.findings import EvidenceName, Span
from recursion_lint.graph import EventGraph, Vertex
from recursion_lint.overlap import Meeting, meet
from recursion_lint.resolve import Requirement

MAX_LENGTH = 8
MAX_CYCLES = 100
MAX_RINGS = 1_000
MAX_STEPS = 20_000


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
    def specific(self) -> bool:
        """Does the step name what it reaches? Broad grants do not."""
        return self.evidence != "broad"


Cycle = tuple[Step, ...]


class Found(NamedTuple):
    """The cycles of a graph; ``truncated`` says how the search was cut short, if it was."""

    cycles: tuple[Cycle, ...]
    truncated: str | None = None


def find(graph: EventGraph) -> Found:
    """All elementary cycles over specific steps, and for each broad statement the shortest cycle that it closes."""
    steps = _Steps(graph)
    specific, truncated = _elementary(graph, steps)
    broad = _through_broad(graph, steps)
    return Found((*specific, *broad), truncated)


class _Steps:
    """The steps out of each vertex, worked out once: the best one for each pair and evidence class."""

    def __init__(self, graph: EventGraph) -> None:
        self.graph = graph
        self.known: dict[int, tuple[Step, ...]] = {}

    def out(self, vertex: Vertex) -> tuple[Step, ...]:
        found = self.known.get(vertex.number)
        if found is None:
            found = tuple(self._from(vertex))
            self.known[vertex.number] = found
        return found

    def _from(self, vertex: Vertex) -> Iterator[Step]:
        consumer = vertex.trigger.consumer
        for end in self.graph.by_channel.get(consumer, ()):
            if vertex.trigger.kind == end.trigger.kind == "bus":
                continue  # a classic bus does not pass on what another bus sent it
            if not (vertex.implicit and end.implicit):
                meeting = meet(None, end.trigger, vertex.trigger)
                if meeting is not None and not end.implicit:
                    yield Step(vertex, end, None, None, meeting)
        for write in self.graph.writes.get(consumer, ()):
            if write.only_after in (None, vertex.trigger.delivery) or (
                vertex.implicit and write.only_after == "async"
            ):
                yield from self._to(vertex, write, None)
        for write, statement in self.graph.grants.writes(consumer):
            yield from self._to(vertex, write, statement)

    def _to(self, vertex: Vertex, write: Write, statement: Statement | None) -> Iterator[Step]:
        for end in self.graph.by_channel.get(write.channel, ()):
            if write.evidence == "broad" and end.root != self.graph.grants.root_of(write.actor):
                continue  # templates of one run need not share an account: ``*`` stays in its own
            meeting = meet(write, end.trigger)
            if meeting is not None:
                yield Step(vertex, end, write, statement, meeting)


def _elementary(graph: EventGraph, steps: _Steps) -> tuple[list[Cycle], str | None]:
    """Elementary cycles over the specific steps: at most ``MAX_LENGTH`` long, ``MAX_CYCLES`` in a component."""
    edges: dict[tuple[int, int], list[Step]] = {}
    for vertex in graph.vertices:
        for step in steps.out(vertex):
            if step.specific:
                edges.setdefault((step.start.number, step.end.number), []).append(step)
    core = peel(edges)
    if not core:
        return [], None
    ahead: dict[int, list[int]] = {}
    for start, end in sorted(edges):
        if start in core and end in core:
            ahead.setdefault(start, []).append(end)
    cycles: list[Cycle] = []
    truncated = None
    for component in _components(ahead):
        before = len(cycles)
        for at, ring in enumerate(rings({vertex: ahead[vertex] for vertex in component}, MAX_LENGTH)):
            if len(cycles) - before >= MAX_CYCLES or at >= MAX_RINGS:
                truncated = (
                    f"only {len(cycles) - before} of the loops through {len(component)} triggers are listed"
                )
                break
            chosen = _choose(ring, edges, graph)
            if chosen is not None and _simple(chosen):
                cycles.append(_from_first(chosen))
    return cycles, truncated


def _components(ahead: Mapping[int, Sequence[int]]) -> list[list[int]]:
    """The parts of a graph that hang together, whatever the direction, in the order of their least vertices."""
    beside: dict[int, set[int]] = {vertex: set() for vertex in ahead}
    for start, ends in ahead.items():
        for end in ends:
            beside[start].add(end)
            beside.setdefault(end, set()).add(start)
    left = set(ahead)
    found: list[list[int]] = []
    for vertex in sorted(ahead):
        if vertex in left:
            part = [vertex]
            left.discard(vertex)
            for one in part:
                more = beside[one] & left
                left -= more
                part += sorted(more)
            found.append(sorted(part))
    return found


def rings(ahead: Mapping[int, Sequence[int]], longest: int) -> Iterator[list[int]]:
    """The elementary cycles of a graph with at most ``longest`` vertices, each from its least vertex, in order.

    A path is followed only as long as it can be back in time, so that dense graphs give their first cycles at once.
    """
    behind: dict[int, list[int]] = {}
    for start, ends in ahead.items():
        for end in ends:
            behind.setdefault(end, []).append(start)
    for least in sorted(ahead):
        back = _steps_back(least, behind, longest)
        path, choices = [least], [iter(ahead[least])]
        on_path = {least}
        while choices:
            for vertex in choices[-1]:
                if vertex == least:
                    yield list(path)
                elif vertex not in on_path and len(path) + back.get(vertex, longest) <= longest:
                    path.append(vertex)
                    on_path.add(vertex)
                    choices.append(iter(ahead.get(vertex, ())))
                    break
            else:
                choices.pop()
                on_path.discard(path.pop())


def _steps_back(goal: int, behind: Mapping[int, Sequence[int]], longest: int) -> dict[int, int]:
    """How many steps lead from each vertex to ``goal`` through vertices greater than it."""
    steps = {goal: 0}
    queue = [goal]
    for vertex in queue:
        for before in behind.get(vertex, ()):
            if before > goal and before not in steps and steps[vertex] < longest:
                steps[before] = steps[vertex] + 1
                queue.append(before)
    return steps


def peel(edges: Iterable[tuple[int, int]]) -> set[int]:
    """The vertices left when those without a way in or a way out are taken away, again and again."""
    ahead: dict[int, set[int]] = {}
    behind: dict[int, set[int]] = {}
    for start, end in edges:
        ahead.setdefault(start, set()).add(end)
        behind.setdefault(end, set()).add(start)
    left = set(ahead) & set(behind)
    gone = list((set(ahead) | set(behind)) - left)
    while gone:
        vertex = gone.pop()
        for near, far in ((ahead, behind), (behind, ahead)):
            for other in near.get(vertex, ()):
                far[other].discard(vertex)
                if not far[other] and other in left:
                    left.discard(other)
                    gone.append(other)
    return left


def _simple(cycle: Cycle) -> bool:
    """Does the cycle pass each consumer once? One that does not is made of shorter ones."""
    consumers = [step.end.trigger.consumer for step in cycle]
    return len(set(consumers)) == len(consumers)


def _choose(ring: list[int], edges: Mapping[tuple[int, int], list[Step]], graph: EventGraph) -> Cycle | None:
    """The strongest steps around a ring whose conditions can hold together; ``None`` when none can."""
    choices = [sorted(edges[pair], key=strength) for pair in zip(ring, [*ring[1:], ring[0]], strict=True)]
    best = tuple(options[0] for options in choices)
    if holds_together(best, graph):
        return best
    from itertools import islice, product

    return next((cycle for cycle in islice(product(*choices), 64) if holds_together(cycle, graph)), None)


_EVIDENCE_RANK = {"declared": 0, "defined": 1, "granted": 2, "assumed": 3, "broad": 4}
_EXTENT_RANK = {"all": 0, "some": 1, "unknown": 2}


def strength(step: Step) -> tuple[object, ...]:
    """Sort key: the best evidence first, then the widest overlap, then the places of the write and the trigger."""
    at = step.write.span[:3] if step.write is not None else ()
    return _EVIDENCE_RANK[step.evidence], _EXTENT_RANK[step.meeting.extent], at, _place(step.end)


def holds_together(cycle: Cycle, graph: EventGraph) -> bool:
    """Can all conditions that the parts of a cycle need hold at once?"""
    needed: set[Requirement] = set()
    for step in cycle:
        needed |= step.end.trigger.requires | graph.requires(step.end.trigger.channel)
        needed |= graph.requires(step.end.trigger.consumer)
        if step.write is not None:
            needed |= step.write.requires
    return not needed or compatible(needed, graph.conditions)


def _through_broad(graph: EventGraph, steps: _Steps) -> list[Cycle]:
    """For each broad statement, one cycle that it closes: the shortest, through a declared trigger if it can.

    A statement on a shared role counts once. Its further cycles add nothing that narrowing it would not end as well.
    """
    edges = [(step.start.number, step.end.number) for vertex in graph.vertices for step in steps.out(vertex)]
    core = peel(edges)
    best: dict[tuple[Span, str], tuple[tuple[object, ...], Cycle]] = {}
    for vertex in graph.vertices:
        if vertex.number not in core:
            continue
        for step in steps.out(vertex):
            if step.specific or step.statement is None or step.end.number not in core:
                continue
            back = _shortest_back(step, steps, core)
            if back is None or not holds_together((step, *back), graph):
                continue
            cycle = _from_first((step, *back))
            key = (step.statement.span, step.statement.label)
            rank = (
                sum(1 for part in cycle if part.end.implicit),
                len(cycle),
                *(_place(part.end) for part in cycle),
            )
            if key not in best or rank < best[key][0]:
                best[key] = (rank, cycle)
    return [cycle for _, cycle in best.values()]


def _from_first(cycle: Cycle) -> Cycle:
    """``cycle`` from the trigger that stands first, in whatever order the files were read."""
    at = min(range(len(cycle)), key=lambda index: _place(cycle[index].start))
    return cycle[at:] + cycle[:at]


def _place(vertex: Vertex) -> tuple[bool, str, int, int, int]:
    span = vertex.trigger.span
    return vertex.implicit, span.file, span.line, span.column, vertex.number


def _shortest_back(step: Step, steps: _Steps, core: set[int]) -> Cycle | None:
    """The fewest steps from the end of ``step`` to its start, specific ones preferred."""
    goal = step.start.number
    if step.end.number == goal:
        return ()
    came: dict[int, Step | None] = {step.end.number: None}
    queue = [step.end]
    for vertex in queue:
        for onward in sorted(steps.out(vertex), key=strength):
            index = onward.end.number
            if index in came or index not in core:
                continue
            came[index] = onward
            if index == goal:
                path = [onward]
                while (before := came[path[0].start.number]) is not None:
                    path.insert(0, before)
                return tuple(path) if len(path) < MAX_LENGTH else None
            queue.append(onward.end)
            if len(came) > MAX_STEPS:
                return None
    return None
