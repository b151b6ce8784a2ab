"""Steps over a hub that a role permits and the code surely does not take: told before loops are looked for.

Where hundreds of functions may write to one bus, each to the rules of all others, the loops that are only permitted
hide those that are made: a search lists the first hundred. What the code of these functions was found to write is known
where facts are linked, so the steps that it does not take are left out there, and only there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from recursion_lint.assessment.evidence.code_verdicts import writes_there
from recursion_lint.assessment.evidence.handler_code import ToldCode
from recursion_lint.graph.event_graph import EventGraph, Vertex
from recursion_lint.graph.matching import Meeting, meet
from recursion_lint.graph.paths import Step
from recursion_lint.model.facts import Endpoint, Write
from recursion_lint.model.findings import Note
from recursion_lint.model.text import Text, literal
from recursion_lint.services.registry import declared

FEW = 50
"""A channel that no more write to, or that starts no more, is no hub, also where only some of them are looked at."""


def is_hub(listeners: int, writers: int) -> bool:
    """Is a channel with so many ``listeners`` and ``writers`` a hub?"""
    return min(listeners, writers) > FEW


def hubs_of(graph: EventGraph) -> frozenset[Endpoint]:
    """The hubs among the channels of a graph."""
    large = {channel: len(listed) for channel, listed in graph.by_channel.items() if len(listed) > FEW}
    if not large:
        return frozenset()
    writers = Counter(
        channel
        for consumer in {vertex.trigger.consumer for vertex in graph.vertices}
        for channel in {write.channel for write, _ in graph.grants.selective(consumer)}
        if channel in large
    )
    return frozenset(channel for channel, listeners in large.items() if is_hub(listeners, writers[channel]))


class HubSteps:
    """The steps that are not taken, by the numbers of the triggers at their ends: a container for the search."""

    def __init__(self, graph: EventGraph, code: ToldCode, denied: Iterable[tuple[int, int]] = ()) -> None:
        self._graph = graph
        self._code = code.among(graph.facts)
        self.hubs = hubs_of(graph) | frozenset(filter(code.is_hub, graph.by_channel))
        self._denied = frozenset(denied)
        self._written: dict[tuple[Endpoint, Endpoint], tuple[Write, ...] | None] = {}
        self._reached: dict[tuple[Endpoint, Endpoint], frozenset[int] | None] = {}
        self._listeners: dict[Endpoint, _Listeners] = {}

    def besides(self, denied: Iterable[tuple[int, int]]) -> HubSteps:
        """The same with further steps that are not taken."""
        found = HubSteps(self._graph, self._code, denied)
        found._written, found._reached, found._listeners = self._written, self._reached, self._listeners
        return found

    def __bool__(self) -> bool:
        return bool(self.hubs or self._denied)

    def __contains__(self, step: object) -> bool:
        if step in self._denied:
            return True
        number, at = step if isinstance(step, tuple) else (-1, -1)
        end = self._graph.vertices[at]
        if end.trigger.channel not in self.hubs:
            return False
        reached = self._reached_from(self._graph.vertices[number], end)
        return reached is not None and at not in reached

    def _reached_from(self, start: Vertex, end: Vertex) -> frozenset[int] | None:
        """The triggers of a hub that take what a function writes there; ``None`` where that is not known."""
        asked = start.trigger.consumer, end.trigger.channel
        if asked not in self._reached:
            writes = self._writes(start, end)
            self._reached[asked] = None if writes is None else frozenset(self._arrivals(writes, asked[1]))
        return self._reached[asked]

    def _arrivals(self, writes: Iterable[Write], channel: Endpoint) -> Iterator[int]:
        if channel not in self._listeners:
            self._listeners[channel] = _Listeners(self._graph.by_channel[channel])
        for write in writes:
            for vertex in self._listeners[channel].near(write):
                if meet(write, vertex.trigger) is not None:
                    yield vertex.number

    def notes(self) -> Iterator[Note]:
        """What is said of hubs."""
        for channel in sorted(self.hubs, key=repr):
            if any(there == channel and written is not None for (_, there), written in self._written.items()):
                listed = self._graph.by_channel[channel]
                yield Note(
                    listed[0].trigger.span,
                    f"{self._graph.label(channel)} starts {len(listed)} consumers: steps over it that the code of a "
                    "function surely does not take were left out, though its role permits them",
                )

    def _writes(self, start: Vertex, end: Vertex) -> tuple[Write, ...] | None:
        """What the consumer of a trigger writes to the channel of another one; ``None`` where that is not known."""
        actor, channel = start.trigger.consumer, end.trigger.channel
        asked = actor, channel
        if asked not in self._written:
            self._written[asked] = (
                self._worked_out(start, end) if declared(actor.service).runs_handler else None
            )
        return self._written[asked]

    def _worked_out(self, start: Vertex, end: Vertex) -> tuple[Write, ...] | None:
        actor, channel = start.trigger.consumer, end.trigger.channel
        found: list[Write] = []
        for write, statement in self._graph.grants.selective(actor):
            if write.channel != channel:
                continue
            if statement.through is not None and statement.through.passed:
                return None  # a service acts by that role, not the code
            step = Step(start, end, write, statement, Meeting("unknown"))
            made = writes_there(self._graph, step, self._code.of(actor))
            if made is None:
                return None
            found += made
        return tuple(found)


class _Listeners:
    """The triggers of a hub, to be found by a plain field of what is written: most rules list the sources they want."""

    def __init__(self, vertices: Iterable[Vertex]) -> None:
        self._all = tuple(vertices)
        told = {
            (name, value)
            for one in self._all
            for name in _plain_fields(one)
            for each in one.trigger.accepts.content
            for value in each[name]
        }
        named = Counter(name for name, _ in told)  # the field that tells most of them apart
        self._field = max(sorted(named), key=named.__getitem__, default="")
        self._by_value: dict[Any, list[Vertex]] = {}
        self._others: list[Vertex] = []
        for one in self._all:
            if self._field not in _plain_fields(one):
                self._others.append(one)
                continue
            for value in dict.fromkeys(
                value for each in one.trigger.accepts.content for value in each[self._field]
            ):
                self._by_value.setdefault(value, []).append(one)

    def near(self, write: Write) -> Iterable[Vertex]:
        """The triggers that may take what is written."""
        fields = getattr(write.produces.document, "fields", None) or {}
        value = fields.get(self._field)
        return (*self._by_value.get(value, ()), *self._others) if _plain(value) else self._all


def _plain_fields(vertex: Vertex) -> frozenset[str]:
    """The fields for which all patterns of a trigger list plain texts."""
    found: frozenset[str] | None = None
    for pattern in vertex.trigger.accepts.content:
        plain = frozenset(
            name
            for name, wanted in (pattern.items() if isinstance(pattern, dict) else ())
            if isinstance(wanted, list) and all(map(_plain, wanted))
        )
        found = plain if found is None else found & plain
    return found or frozenset()


def _plain(value: Any) -> bool:
    text: Text = value if isinstance(value, tuple) and type(value) is tuple else ()
    return bool(text) and literal(text) is not None
