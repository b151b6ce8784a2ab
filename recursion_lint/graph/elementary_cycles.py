"""Rings of a plain directed graph: the parts that hold some, the elementary cycles, what is on none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence


class Effort:
    """The vertices that a search may look at, and those that it did; it ends when there were enough."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.spent = 0

    def spend(self, vertices: int) -> bool:
        """Count what is looked at; ``False`` when there was enough of that."""
        self.spent += vertices
        return self.spent <= self.most


PLENTY = 10**9


def rings(
    ahead: Mapping[int, Sequence[int]],
    longest: int,
    kind: Callable[[int], object] = int,
    effort: Effort | None = None,
) -> Iterator[list[int]]:
    """The elementary cycles of a graph with at most ``longest`` vertices, shortest first, each from its least vertex.

    A ring passes each ``kind`` of vertex once. Whoever takes only some of them takes the ones that are told easily.
    Those that ``effort`` does not suffice for are missing.
    """
    effort = effort or Effort(PLENTY)
    behind: dict[int, list[int]] = {}
    for start, ends in ahead.items():
        for end in ends:
            behind.setdefault(end, []).append(start)
    for length in range(1, longest + 1):
        for least in sorted(ahead):
            yield from _rings_from(least, ahead, behind, length, kind, effort)


def _rings_from(
    least: int,
    ahead: Mapping[int, Sequence[int]],
    behind: Mapping[int, Sequence[int]],
    length: int,
    kind: Callable[[int], object],
    effort: Effort,
) -> Iterator[list[int]]:
    """The rings of ``length`` vertices from their least one; a path is followed only while it can be back in time."""
    back = _steps_back(least, behind, length, kind, effort)
    path, choices = [least], [iter(ahead[least])]
    on_path = {kind(least)}
    while choices and effort.spend(1):
        for vertex in choices[-1]:
            effort.spent += 1
            if vertex == least:
                if len(path) == length:
                    yield list(path)
            elif len(path) + back.get(vertex, length) <= length and kind(vertex) not in on_path:
                path.append(vertex)
                on_path.add(kind(vertex))
                choices.append(iter(ahead[vertex]))
                break
        else:
            choices.pop()
            on_path.discard(kind(path.pop()))


def long_rings(
    ahead: Mapping[int, Sequence[int]], longest: int, effort: Effort | None = None
) -> Iterator[list[int]]:
    """For each strongly connected part without a ring of ``longest`` or less: the shortest through its least vertex."""
    for part in strong_parts(ahead):
        if len(part) > longest:
            inside = {vertex: [end for end in ahead[vertex] if end in part] for vertex in sorted(part)}
            if next(rings(inside, longest, effort=effort), None) is None:
                yield _shortest_ring(min(part), inside)


def _shortest_ring(least: int, ahead: Mapping[int, Sequence[int]]) -> list[int]:
    came: dict[int, int] = {}
    queue = [least]
    for vertex in queue:
        for end in ahead[vertex]:
            if end not in came:
                came[end] = vertex
                queue.append(end)
    ring = [came[least]]
    while ring[-1] != least:
        ring.append(came[ring[-1]])
    return ring[::-1]


def strong_parts(ahead: Mapping[int, Sequence[int]]) -> list[set[int]]:
    """The strongly connected parts that hold a ring, in the order of their least vertices (Kosaraju's way)."""
    left = set(ahead)
    behind: dict[int, list[int]] = {}
    for start, ends in ahead.items():
        for end in ends:
            behind.setdefault(end, []).append(start)
    parts: list[set[int]] = []
    for first in reversed(_by_finish(ahead)):
        if first in left:
            left.discard(first)
            part = [first]
            for vertex in part:
                more = [start for start in dict.fromkeys(behind.get(vertex, ())) if start in left]
                left.difference_update(more)
                part += more
            parts.append(set(part))
    ringed = (part for part in parts if len(part) > 1 or min(part) in ahead[min(part)])
    return sorted(ringed, key=min)


def _by_finish(ahead: Mapping[int, Sequence[int]]) -> list[int]:
    """The vertices in the order in which a search in depth leaves them."""
    order: list[int] = []
    seen: set[int] = set()
    for first in sorted(ahead):
        stack = [] if first in seen else [(first, iter(ahead[first]))]
        seen.add(first)
        while stack:
            vertex, ends = stack[-1]
            end = next((end for end in ends if end not in seen), None)
            if end is None:
                order.append(vertex)
                stack.pop()
            else:
                seen.add(end)
                stack.append((end, iter(ahead.get(end, ()))))
    return order


def _steps_back(
    goal: int,
    behind: Mapping[int, Sequence[int]],
    longest: int,
    kind: Callable[[int], object],
    effort: Effort,
) -> dict[int, int]:
    """How many steps lead from each vertex to ``goal`` through vertices greater than it and of other kinds."""
    steps = {goal: 0}
    queue = [goal]
    for vertex in queue:
        if steps[vertex] >= longest or not effort.spend(len(behind.get(vertex, ()))):
            break
        for before in behind.get(vertex, ()):
            if before <= goal or before in steps:
                continue
            if kind(before) != kind(goal):
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
