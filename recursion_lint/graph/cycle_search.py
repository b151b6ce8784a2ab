"""The event graph → its cycles: peeled, then bounded, deduplicated, in a fixed order.

A cycle is a ring of steps. A step leads from one trigger to the next: the first trigger's consumer writes to
(or is) the channel of the second.
"""

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any, NamedTuple

from recursion_lint.graph.elementary_cycles import components, long_rings, peel, rings
from recursion_lint.graph.event_graph import EventGraph, Vertex
from recursion_lint.graph.paths import Cycle as Cycle
from recursion_lint.graph.paths import Step as Step
from recursion_lint.graph.paths import carried, hands_on, since_written
from recursion_lint.graph.steps import Steps
from recursion_lint.model.facts import Statement
from recursion_lint.model.findings import Span, evidence_rank
from recursion_lint.model.path_conditions import ALWAYS, Requirement, Requires
from recursion_lint.model.text import render
from recursion_lint.template.conditions import compatible

MAX_LENGTH = 8
MAX_CYCLES = 100
MAX_RINGS = 1_000
MAX_CHOICES = 1_000
MAX_TRIED = 5_000
"""So many ways around that depend on conditions are tried in one run, for all loops together."""
MAX_STEPS = 20_000


class Found(NamedTuple):
    """The cycles of a graph; ``truncated`` says how the search was cut short, if it was."""

    cycles: tuple[Cycle, ...]
    truncated: str | None = None


class _GaveUp(Exception):
    """There are more ways around a loop than are tried; the message is for the user."""

    def __init__(self, step: Step) -> None:
        consumer = render(step.end.trigger.consumer.name)
        super().__init__(
            f"a loop through {consumer} may be missed: too many ways around it depend on conditions"
        )


def find(graph: EventGraph) -> Found:
    """All elementary cycles over specific steps, and for each broad statement the shortest cycle that it closes."""
    steps = Steps(graph)
    specific, truncated = _elementary(graph, steps)
    broad, given_up = _through_broad(graph, steps)
    return Found(tuple(carried(cycle) or cycle for cycle in (*specific, *broad)), truncated or given_up)


def find_broad(graph: EventGraph, without: frozenset[tuple[int, int]]) -> tuple[Cycle, ...]:
    """For each broad statement the shortest cycle that it closes ``without`` steps between these triggers."""
    broad, _ = _through_broad(graph, Steps(graph, without))
    return tuple(carried(cycle) or cycle for cycle in broad)


def _elementary(graph: EventGraph, steps: Steps) -> tuple[list[Cycle], str | None]:
    """Elementary cycles over the specific steps: at most ``MAX_LENGTH`` long, ``MAX_CYCLES`` in a component."""
    edges: dict[tuple[int, int], list[Step]] = {}
    for vertex in graph.vertices:
        for step in steps.selective(vertex):
            if step.specific:
                edges.setdefault((step.start.number, step.end.number), []).append(step)
    core = peel(edges)
    if not core:
        return [], None
    ahead: dict[int, list[int]] = {}
    for start, end in sorted(edges):
        if start in core and end in core:
            ahead.setdefault(start, []).append(end)
    # A ring that passes a consumer twice is made of shorter ones, of which there would soon be too many.
    consumer = {vertex.number: vertex.trigger.consumer for vertex in graph.vertices}
    cycles: list[Cycle] = []
    truncated = None
    for component in components(ahead):
        before = len(cycles)
        inside = {vertex: ahead[vertex] for vertex in component}
        for at, ring in enumerate(
            chain(rings(inside, MAX_LENGTH, consumer.__getitem__), long_rings(inside, MAX_LENGTH))
        ):
            if len(cycles) - before >= MAX_CYCLES or at >= MAX_RINGS:
                truncated = (
                    f"only {len(cycles) - before} of the loops through {len(component)} triggers are listed"
                )
                break
            try:
                chosen = _choose(ring, edges, graph)
            except _GaveUp as short:
                truncated = str(short)
                continue
            if chosen is not None and _simple(chosen):
                cycles.append(_from_first(chosen))
    return cycles, truncated


def _simple(cycle: Cycle) -> bool:
    """Does the cycle pass each consumer once? One that does not is made of shorter ones."""
    consumers = [step.end.trigger.consumer for step in cycle]
    return len(set(consumers)) == len(consumers)


def _choose(ring: list[int], edges: Mapping[tuple[int, int], list[Step]], graph: EventGraph) -> Cycle | None:
    """The strongest steps around a ring whose conditions can hold together; ``None`` when none can.

    Raises ``_GaveUp``.
    """
    around = [edges[pair] for pair in zip(ring, [*ring[1:], ring[0]], strict=True)]
    choices = [
        _ways(steps, any(map(hands_on, after)))
        for steps, after in zip(around, [*around[1:], around[0]], strict=True)
    ]
    best = tuple(options[0] for options in choices)
    if holds_together(best, graph):
        return best
    chosen: list[Step] = []
    left = [iter(choices[0])]
    for _ in range(MAX_CHOICES):
        step = next(left[-1], None)
        if step is None:
            left.pop()
            if not chosen:
                return None
            chosen.pop()
        elif holds_together((*chosen, step), graph):
            chosen.append(step)
            if len(chosen) == len(choices):
                return tuple(chosen)
            left.append(iter(choices[len(chosen)]))
    raise _GaveUp(best[0])


def _ways(steps: Iterable[Step], each: bool = False) -> list[Step]:
    """Of the steps between two triggers, strongest first, those that do not need all that a stronger one needs.

    ``each``: all of them, for what each brings may be handed on.
    """
    ways: list[Step] = []
    for step in sorted(steps, key=strength):
        if each or not any(_needed(known) <= _needed(step) for known in ways):
            ways.append(step)
    return ways


def _needed(step: Step) -> Requires:
    return step.write.requires if step.write is not None else ALWAYS


_EXTENT_RANK = {"all": 0, "some": 1, "unknown": 2}


def strength(step: Step) -> tuple[object, ...]:
    """Sort key: what runs today, the best evidence, the widest overlap, which trigger, where the write is."""
    at = step.write.span[:3] if step.write is not None else ()
    elsewhere = step.write is not None and step.write.span.file != step.start.trigger.span.file
    guarded = step.meeting.guard is not None
    switch = step.end.trigger.switch
    off = switch is not None and switch.state == "off"
    sure = evidence_rank(step.evidence), _EXTENT_RANK[step.meeting.extent], guarded
    return off, *sure, elsewhere, step.end.number, at


def holds_together(cycle: Cycle, graph: EventGraph) -> bool:
    """Can all conditions that the parts of a cycle need hold at once, and does something get through all of them?"""
    needed = _together(cycle, graph)
    return (not needed or compatible(needed, graph.conditions)) and carried(cycle) is not None


def _together(cycle: Cycle, graph: EventGraph) -> Requires:
    needed: set[Requirement] = set()
    for step in cycle:
        needed |= step.end.trigger.requires | graph.requires(step.end.trigger.channel)
        needed |= graph.requires(step.end.trigger.consumer) | _needed(step)
    return frozenset(needed)


def _through_broad(graph: EventGraph, steps: Steps) -> tuple[list[Cycle], str | None]:
    """For each broad statement, one cycle that it closes: the shortest, through a declared trigger if it can.

    A statement on a shared role counts once. Its further cycles add nothing that narrowing it would not end as well.
    """
    best: dict[_Key, _Ranked] = {}
    for vertex in graph.vertices:
        for step in steps.swept(vertex):
            _keep(best, (step,), graph)
    core = _broad_core(graph, steps)
    given_up = None
    for vertex in graph.vertices:
        if vertex.number not in core or _settled(vertex, graph, best):
            continue
        for step in steps.out(vertex):
            if step.specific or step.statement is None or step.end.number not in core:
                continue
            if not _cannot_beat(step, best.get(_key(step.statement))):
                try:
                    back = _way_back(step, steps, core, graph)
                except _GaveUp as short:
                    given_up = str(short)
                    continue
                if back is not None:
                    _keep(best, (step, *back), graph)
    found = [cycle for _, cycle in best.values()]
    return sorted(found, key=lambda cycle: [_place(step.end) for step in cycle]), given_up


_Key = tuple[Span, str]
_Ranked = tuple[tuple[Any, ...], Cycle]


def _key(statement: Statement) -> _Key:
    return statement.span, statement.label


def _keep(best: dict[_Key, _Ranked], closed: Cycle, graph: EventGraph) -> None:
    """Keep a cycle that begins with a step of a broad statement if it is the best of that statement."""
    statement = closed[0].statement
    if statement is None or not holds_together(closed, graph):
        return
    cycle = _from_first(closed)
    passed = [part.end.number for part in cycle]
    entered = passed.index(min(passed))
    rank = (sum(1 for part in cycle if part.end.implicit), len(cycle), passed[entered:] + passed[:entered])
    if _key(statement) not in best or rank < best[_key(statement)][0]:
        best[_key(statement)] = (rank, cycle)


def _settled(vertex: Vertex, graph: EventGraph, best: Mapping[_Key, _Ranked]) -> bool:
    """Is every cycle of two steps or more from a vertex worse than what is known? Then its steps are not worked out."""
    grants, consumer = graph.grants, vertex.trigger.consumer
    if any(write.evidence == "broad" for write, _ in grants.selective(consumer)):
        return False
    known = [best.get(_key(statement)) for statement, _ in grants.sweeping(consumer)]
    return all(one is not None and one[0][:2] < (int(vertex.implicit), 2) for one in known)


def _cannot_beat(step: Step, known: _Ranked | None) -> bool:
    """Is every cycle through a step worse than the best one known for its statement?"""
    if known is None:
        return False
    ends = {step.start.number: step.start.implicit, step.end.number: step.end.implicit}
    return known[0][:2] < (sum(ends.values()), len(ends))


def _broad_core(graph: EventGraph, steps: Steps) -> set[int]:
    """The vertices that a cycle may pass. A statement on ``*`` is one point between its actors and their stack."""
    edges: list[tuple[int, int]] = []
    hubs: dict[str, int] = {}
    for vertex in graph.vertices:
        edges += [(vertex.number, step.end.number) for step in steps.selective(vertex)]
        if graph.grants.sweeping(vertex.trigger.consumer):
            root = graph.grants.root_of(vertex.trigger.consumer)
            edges.append((vertex.number, hubs.setdefault(root, -1 - len(hubs))))
    edges += [(hubs[vertex.root], vertex.number) for vertex in graph.vertices if vertex.root in hubs]
    return peel(edges)


def _from_first(cycle: Cycle) -> Cycle:
    """``cycle`` from the trigger that stands first, in whatever order the files were read."""
    at = min(range(len(cycle)), key=lambda index: _place(cycle[index].start))
    return cycle[at:] + cycle[:at]


def _place(vertex: Vertex) -> tuple[bool, str, int, int, int]:
    span = vertex.trigger.span
    return vertex.implicit, span.file, span.line, span.column, vertex.number


def _way_back(step: Step, steps: Steps, core: set[int], graph: EventGraph) -> Cycle | None:
    """The fewest steps from the end of ``step`` to its start that can all be there at once. Raises ``_GaveUp``."""
    back = _shortest_back(step, steps, core)
    if back is None or holds_together((step, *back), graph):
        return back
    return _shortest_fitting(step, steps, core, graph)


def _shortest_back(step: Step, steps: Steps, core: set[int]) -> Cycle | None:
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
                raise _GaveUp(step)
    return None


def _shortest_fitting(step: Step, steps: Steps, core: set[int], graph: EventGraph) -> Cycle | None:
    """The fewest steps back where the way at hand needs what cannot hold at once: what each way needs is told apart."""
    queue: list[Cycle] = [(step,)]
    seen: set[tuple[object, ...]] = set()
    for path in queue:
        for onward in sorted(steps.out(path[-1].end), key=strength):
            longer = (*path, onward)
            steps.tried += 1
            if steps.tried > MAX_TRIED:
                raise _GaveUp(step)
            state = onward.end.number, _together(longer, graph), since_written(longer)
            if onward.end.number not in core or state in seen or not holds_together(longer, graph):
                continue
            if onward.end.number == step.start.number:
                return longer[1:]
            seen.add(state)
            if len(longer) < MAX_LENGTH:
                queue.append(longer)
        if len(seen) > MAX_CHOICES:
            raise _GaveUp(step)
    return None
