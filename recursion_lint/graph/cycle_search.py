"""The event graph → its cycles: peeled, then bounded, deduplicated, in a fixed order.

A cycle is a ring of steps. A step leads from one trigger to the next: the first trigger's consumer writes to
(or is) the channel of the second.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, NamedTuple

from recursion_lint.graph.elementary_cycles import Effort, long_rings, peel, rings, strong_parts
from recursion_lint.graph.event_graph import EventGraph, Vertex
from recursion_lint.graph.outline import leading, outline
from recursion_lint.graph.paths import Cycle as Cycle
from recursion_lint.graph.paths import Step as Step
from recursion_lint.graph.paths import carried, hands_on, since_written
from recursion_lint.graph.paths import strength as strength
from recursion_lint.graph.steps import MAX_MEETINGS, Steps
from recursion_lint.model.facts import Statement
from recursion_lint.model.path_conditions import ALWAYS, Requirement, Requires
from recursion_lint.model.spans import Span
from recursion_lint.model.text import render

MAX_LENGTH = 8
MAX_CYCLES = 100
MAX_RINGS = 1_000
MAX_CHOICES = 1_000
MAX_TRIED = 5_000
"""So many ways around that depend on conditions are tried in one run, for all loops together."""
FOR_A_WAY = 100
"""To try one way around takes as long as to look at so many steps."""
MAX_STEPS = 20_000
MAX_LOOKED = 2_000_000
"""So many steps are looked at in one search, for all loops together."""


UNDECIDED = (
    "there are too many ways that the conditions may be: some of them may exclude a loop that is reported"
)


class Found(NamedTuple):
    """The cycles of a graph; ``told`` says how the search was cut short, if it was.

    ``work`` is what the search took, in steps that were looked at.
    """

    cycles: tuple[Cycle, ...]
    told: tuple[str, ...] = ()
    work: int = 0

    @property
    def truncated(self) -> str | None:
        """The first of what is ``told``."""
        return next(iter(self.told), None)


class _GaveUp(Exception):
    """There are more ways around a loop than are tried; the message is for the user."""

    def __init__(self, step: Step) -> None:
        consumer = render(step.end.trigger.consumer.name)
        super().__init__(
            f"a loop through {consumer} may be missed: too many ways around it depend on conditions"
        )


def find(graph: EventGraph, without: Container[tuple[int, int]] = frozenset()) -> Found:
    """All elementary cycles over specific steps, and for each broad statement the shortest cycle that it closes.

    ``without``: granted steps between these triggers are left out.
    """
    steps = Steps(graph, without)
    specific, truncated = _elementary(graph, steps)
    broad, given_up = _through_broad(graph, steps)
    undecided = UNDECIDED if steps.questions.given_up else None
    cycles = tuple(carried(cycle) or cycle for cycle in (*specific, *broad))
    told = (truncated, given_up, undecided, *_crowded(graph, steps))
    return Found(cycles, tuple(dict.fromkeys(one for one in told if one)), _work(steps))


def find_broad(graph: EventGraph, without: Container[tuple[int, int]]) -> Found:
    """For each broad statement the shortest cycle that it closes ``without`` steps between these triggers."""
    steps = Steps(graph, without)
    broad, given_up = _through_broad(graph, steps)
    told = (given_up,) if given_up else ()
    return Found(tuple(carried(cycle) or cycle for cycle in broad), told, _work(steps))


def _crowded(graph: EventGraph, steps: Steps) -> Iterator[str]:
    for channel in sorted(steps.crowded, key=repr):
        yield (
            f"more than {MAX_MEETINGS:,} pairs of a write and a filter meet on {graph.label(channel)}: "
            "its filters were not looked at"
        )


def _work(steps: Steps) -> int:
    return steps.looked + steps.tried * FOR_A_WAY + steps.questions.spent


def _elementary(graph: EventGraph, steps: Steps) -> tuple[list[Cycle], str | None]:
    """Elementary cycles over the specific steps: at most ``MAX_LENGTH`` long, ``MAX_CYCLES`` in a component."""
    ahead, truncated = leading(graph, steps)
    # A ring that passes a consumer twice is made of shorter ones, of which there would soon be too many.
    consumer = {vertex.number: vertex.trigger.consumer for vertex in graph.vertices}
    cycles: list[Cycle] = []
    effort = Effort(MAX_LOOKED)
    for component in strong_parts(ahead):
        before, spent = len(cycles), effort.spent
        inside = {vertex: [end for end in ahead[vertex] if end in component] for vertex in sorted(component)}
        found = (
            rings(inside, MAX_LENGTH, consumer.__getitem__, effort),
            long_rings(inside, MAX_LENGTH, effort),
        )
        for at, ring in enumerate(chain(*found)):
            if len(cycles) - before >= MAX_CYCLES or at >= MAX_RINGS:
                truncated = (
                    f"only {len(cycles) - before} of the loops through {len(component)} triggers are listed"
                )
                break
            try:
                chosen = _choose(ring, steps)
            except _GaveUp as short:
                truncated = str(short)
                continue
            if chosen is not None and _simple(chosen):
                cycles.append(_from_first(chosen))
        steps.looked += effort.spent - spent
        if effort.spent > effort.most:
            truncated = (
                f"loops through {len(component)} triggers may be missed: there are too many ways to look at"
            )
    return cycles, truncated


def _simple(cycle: Cycle) -> bool:
    """Does the cycle pass each consumer once? One that does not is made of shorter ones."""
    consumers = [step.end.trigger.consumer for step in cycle]
    return len(set(consumers)) == len(consumers)


def _choose(ring: list[int], steps: Steps) -> Cycle | None:
    """The strongest steps around a ring whose conditions can hold together; ``None`` when none can.

    Raises ``_GaveUp``.
    """
    vertices = steps.graph.vertices
    around = [
        steps.between(vertices[one], vertices[other])
        for one, other in zip(ring, [*ring[1:], ring[0]], strict=True)
    ]
    choices = [
        _ways(each, any(map(hands_on, after)))
        for each, after in zip(around, [*around[1:], around[0]], strict=True)
    ]
    best = tuple(options[0] for options in choices)
    if holds_together(best, steps):
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
        elif holds_together((*chosen, step), steps):
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


def holds_together(cycle: Cycle, steps: Steps) -> bool:
    """Can all conditions that the parts of a cycle need hold at once, and does something get through all of them?"""
    needed = _together(cycle, steps.graph)
    return (not needed or steps.questions.compatible(needed)) and carried(cycle) is not None


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
            _keep(best, (step,), steps)
    core = peel(outline(graph, steps))
    given_up = None
    for vertex in graph.vertices:
        if vertex.number not in core or _settled(vertex, graph, best):
            continue
        for step in steps.out(vertex):
            if step.specific or step.statement is None or step.end.number not in core:
                continue
            if not _cannot_beat(step, best.get(_key(step.statement))):
                try:
                    back = _way_back(step, steps, core)
                except _GaveUp as short:
                    given_up = str(short)
                    continue
                if back is not None:
                    _keep(best, (step, *back), steps)
    found = [cycle for _, cycle in best.values()]
    return sorted(found, key=lambda cycle: [_place(step.end) for step in cycle]), given_up


_Key = tuple[Span, str, object]
_Ranked = tuple[tuple[Any, ...], Cycle]


def _key(statement: Statement) -> _Key:
    # A policy that an anchor puts on several roles stands in one place.
    return statement.span, statement.label, statement.role


def _keep(best: dict[_Key, _Ranked], closed: Cycle, steps: Steps) -> None:
    """Keep a cycle that begins with a step of a broad statement if it is the best of that statement."""
    statement = closed[0].statement
    if statement is None or not holds_together(closed, steps):
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


def _from_first(cycle: Cycle) -> Cycle:
    """``cycle`` from the trigger that stands first, in whatever order the files were read."""
    at = min(range(len(cycle)), key=lambda index: _place(cycle[index].start))
    return cycle[at:] + cycle[:at]


def _place(vertex: Vertex) -> tuple[bool, str, int, int, int]:
    span = vertex.trigger.span
    return vertex.implicit, span.file, span.line, span.column, vertex.number


def _way_back(step: Step, steps: Steps, core: set[int]) -> Cycle | None:
    """The fewest steps from the end of ``step`` to its start that can all be there at once. Raises ``_GaveUp``."""
    back = _shortest_back(step, steps, core)
    if back is None or holds_together((step, *back), steps):
        return back
    return _shortest_fitting(step, steps, core)


def _shortest_back(step: Step, steps: Steps, core: set[int]) -> Cycle | None:
    """The fewest steps from the end of ``step`` to its start, specific ones preferred."""
    goal = step.start.number
    if step.end.number == goal:
        return ()
    came: dict[int, Step | None] = {step.end.number: None}
    queue = [step.end]
    for vertex in queue:
        onwards = steps.out(vertex)
        steps.looked += len(onwards)
        if steps.looked > MAX_LOOKED:
            raise _GaveUp(step)
        for onward in onwards:
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


def _shortest_fitting(step: Step, steps: Steps, core: set[int]) -> Cycle | None:
    """The fewest steps back where the way at hand needs what cannot hold at once: what each way needs is told apart."""
    queue: list[Cycle] = [(step,)]
    seen: set[tuple[object, ...]] = set()
    for path in queue:
        for onward in steps.out(path[-1].end):
            longer = (*path, onward)
            steps.tried += 1
            if steps.tried > MAX_TRIED:
                raise _GaveUp(step)
            state = onward.end.number, _together(longer, steps.graph), since_written(longer)
            if onward.end.number not in core or state in seen or not holds_together(longer, steps):
                continue
            if onward.end.number == step.start.number:
                return longer[1:]
            seen.add(state)
            if len(longer) < MAX_LENGTH:
                queue.append(longer)
        if len(seen) > MAX_CHOICES:
            raise _GaveUp(step)
    return None
