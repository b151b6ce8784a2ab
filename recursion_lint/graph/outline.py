"""Which triggers lead to which: plain numbers for the search, made without a step for each pair."""

from collections.abc import Callable, Hashable, Iterator, Sequence

from recursion_lint.graph.elementary_cycles import peel
from recursion_lint.graph.event_graph import EventGraph, Vertex
from recursion_lint.graph.steps import Steps, Way

MAX_EDGES, MIN_ENDS = 2_000_000, 100
"""Steps between triggers that loops over specific steps are sought in: so many, or at least so many from each."""


def leading(graph: EventGraph, steps: Steps) -> tuple[dict[int, list[int]], str | None]:
    """Where the specific steps of each vertex lead that a loop may pass, and what was left out of that."""
    core = peel(outline(graph, steps, lambda way: way.specific))
    found: dict[int, list[int]] = {}
    room = MAX_EDGES // max(sum(number >= 0 for number in core), 1)
    ends: dict[frozenset[int], list[int]] = {}
    others: dict[tuple[frozenset[int], Hashable], list[int]] = {}
    truncated = None
    for vertex in graph.vertices:
        if vertex.number not in core:
            continue
        ways = [way for way in steps.ways(vertex) if way.specific]
        shared = frozenset(id(way.arrivals) for way in ways)
        if shared not in ends:
            ends[shared] = sorted({end for way in ways for end in way.arrivals} & core)
        apart = shared, steps.kinds[vertex.number]
        if apart not in others:
            others[apart] = [end for end in ends[shared] if steps.kinds[end] != apart[1]]
        found[vertex.number] = _led(vertex, ways, others[apart], steps)
        if len(found[vertex.number]) > max(room, MIN_ENDS):
            itself = [vertex.number] if vertex.number in found[vertex.number] else []
            found[vertex.number] = list(dict.fromkeys(itself + found[vertex.number][: max(room, MIN_ENDS)]))
            truncated = "loops may be missed: there are more steps between triggers than are looked at"
    return found, truncated


def _led(vertex: Vertex, ways: Sequence[Way], others: list[int], steps: Steps) -> list[int]:
    """Those of ``others`` that a vertex leads to, and itself if it does."""
    number = vertex.number
    led = sorted([*others, number]) if any(number in way.arrivals for way in ways) else others
    if not steps.without:
        return led
    return [
        end
        for end in led
        if any(end in way.arrivals and steps.leads(vertex, end, way.statement) for way in ways)
    ]


def outline(
    graph: EventGraph, steps: Steps, which: Callable[[Way], bool] = lambda way: True
) -> Iterator[tuple[int, int]]:
    """The steps of ``which`` ways through points, below 0, for what vertices have in common."""
    points: dict[Hashable, int] = {}

    def point(of: Hashable) -> tuple[int, bool]:
        known = points.get(of)
        if known is None:
            points[of] = -1 - len(points)
        return points[of], known is None

    for vertex in graph.vertices:
        kind, new = point(("kind", steps.kinds[vertex.number]))
        yield vertex.number, kind
        for way in filter(which, steps.ways(vertex)) if new else ():
            arrivals, unseen = point(("arrivals", id(way.arrivals)))
            yield kind, arrivals
            if unseen:
                yield from ((arrivals, end) for end in way.arrivals)
        if graph.grants.sweeping(vertex.trigger.consumer):
            yield vertex.number, point(("stack", graph.grants.root_of(vertex.trigger.consumer)))[0]
    for vertex in graph.vertices:
        if ("stack", vertex.root) in points:
            yield points["stack", vertex.root], vertex.number
