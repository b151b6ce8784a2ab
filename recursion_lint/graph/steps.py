"""The steps out of each trigger: where its consumer writes to, as declared, as defined or as its role allows."""

from collections import Counter
from collections.abc import Container, Hashable, Iterable, Iterator, Mapping
from typing import NamedTuple

from recursion_lint.graph.event_graph import EventGraph, Vertex
from recursion_lint.graph.matching import Meeting, meet, meet_by_events
from recursion_lint.graph.paths import HANDS_ON, Step, strength
from recursion_lint.model.facts import LOG_DELIVERY, Endpoint, Statement, Trigger, Write
from recursion_lint.model.spans import Span
from recursion_lint.model.text import Text, literal
from recursion_lint.patterns.decisions import may_hold
from recursion_lint.services.registry import declared
from recursion_lint.template.conditions import Questions

MAX_MEETINGS = 20_000
"""So many pairs of a write and a trigger on one channel are compared by their filters; of more only the events are."""

Arrivals = Mapping[int, tuple[Vertex, Meeting]]
"""The triggers that let something through, by their numbers."""


class Way(NamedTuple):
    """A write of a consumer, or none where its channel forwards what it got, and where that arrives."""

    write: Write | None
    statement: Statement | None
    arrivals: Arrivals

    @property
    def specific(self) -> bool:
        """Does the way name what it reaches? Broad grants do not, but for those of all actions on a channel."""
        return self.write is None or self.write.evidence != "broad" or self.write.whole_service


class Steps:
    """The steps out of each vertex, worked out once for all vertices that nothing tells apart.

    Those of one consumer lead to each other as they lead to themselves: steps between them are left out, for a loop
    that passes a consumer twice is made of shorter ones. ``without``: granted steps that are left out as well, by the
    numbers of the triggers at their ends.
    """

    def __init__(self, graph: EventGraph, without: Container[tuple[int, int]] = frozenset()) -> None:
        self.graph = graph
        self.without = without
        self.kinds = {vertex.number: _kind(vertex) for vertex in graph.vertices}
        self.known: dict[int, tuple[Step, ...]] = {}
        self.narrow: dict[Hashable, tuple[Way, ...]] = {}
        self.leading: dict[Endpoint, bool] = {}
        self.tried = 0
        self.looked = 0
        # Writes that nothing tells apart arrive at the same; each is known by its identity, and so kept.
        self.arriving: dict[Hashable, Arrivals] = {}
        self.told: dict[int, tuple[Write, tuple[Hashable, ...]]] = {}
        self.questions = Questions(graph.conditions)
        self.crowded = self._crowded()

    def out(self, vertex: Vertex) -> tuple[Step, ...]:
        """The steps out of a vertex, strongest first."""
        found = self.known.get(vertex.number)
        if found is None:
            granted = self.graph.grants.writes(vertex.trigger.consumer)
            ways = (*self._declared(vertex), *self._granted(granted))
            found = self.known[vertex.number] = tuple(sorted(self._steps(vertex, ways), key=strength))
        return found

    def ways(self, vertex: Vertex) -> tuple[Way, ...]:
        """The ways out of a vertex but for those by statements on ``*`` alone, which lead everywhere.

        They are the same for vertices of one kind (``kinds``); which of the steps are there ``leads`` tells.
        """
        kind = self.kinds[vertex.number]
        found = self.narrow.get(kind)
        if found is None:
            granted = self.graph.grants.selective(vertex.trigger.consumer)
            found = self.narrow[kind] = (*self._declared(vertex), *self._granted(granted))
        return found

    def between(self, start: Vertex, end: Vertex) -> list[Step]:
        """The specific steps from one vertex to another."""
        return [
            Step(start, *way.arrivals[end.number][:1], way.write, way.statement, way.arrivals[end.number][1])
            for way in self.ways(start)
            if way.specific and end.number in way.arrivals and self.leads(start, end.number, way.statement)
        ]

    def swept(self, vertex: Vertex) -> Iterator[Step]:
        """The steps by statements on ``*`` alone from a vertex to itself."""
        allowed = self.graph.grants.swept(vertex.trigger.consumer, vertex.trigger.channel)
        for write, statement in allowed:
            if self.leads(vertex, vertex.number, statement):
                arrived = self._arrived(write, statement, vertex)
                if arrived is not None:
                    yield Step(vertex, vertex, write, statement, arrived)

    def leads(self, start: Vertex, end: int, statement: Statement | None) -> bool:
        """Is the step to one of the arrivals of a way there for this vertex?"""
        number = start.number
        if number != end and self.kinds[number] == self.kinds[end]:
            return False
        return statement is None or (number, end) not in self.without

    def leads_on(self, vertex: Vertex) -> bool:
        """May anything follow what the consumer of a vertex gets? Most of a hub's spokes end there."""
        consumer = vertex.trigger.consumer
        known = self.leading.get(consumer)
        if known is None:
            graph = self.graph
            known = self.leading[consumer] = (
                consumer in graph.writes
                or any(not end.implicit for end in graph.by_channel.get(consumer, ()))
                or bool(graph.grants.sweeping(consumer))
                or bool(graph.grants.selective(consumer))
            )
        return known

    def _steps(self, vertex: Vertex, ways: Iterable[Way]) -> Iterator[Step]:
        for way in ways:
            for number, (end, meeting) in way.arrivals.items():
                if self.leads(vertex, number, way.statement):
                    yield Step(vertex, end, way.write, way.statement, meeting)

    def _declared(self, vertex: Vertex) -> Iterator[Way]:
        consumer = vertex.trigger.consumer
        forwarded: dict[int, tuple[Vertex, Meeting]] = {}
        for end in self.graph.by_channel.get(consumer, ()):
            if vertex.trigger.kind == end.trigger.kind == "bus":
                continue  # a classic bus does not pass on what another bus sent it
            if not end.implicit and self.leads_on(end):
                meeting = meet(None, end.trigger, vertex.trigger)
                if meeting is not None:
                    forwarded[end.number] = end, meeting
        if forwarded:
            yield Way(None, None, forwarded)
        for write in self.graph.writes.get(consumer, ()):
            after = write.only_after in (None, vertex.trigger.delivery) or (
                vertex.implicit and write.only_after == "async"
            )
            after = after and not _another(vertex.trigger.qualifier, write.only_as)
            if after and _may_come_to(write, vertex.trigger):
                yield Way(write, None, self._arrivals(write, None))

    def _granted(self, writes: Iterable[tuple[Write, Statement]]) -> Iterator[Way]:
        seen: set[Hashable] = set()
        for write, statement in sorted(writes, key=_place) if self.crowded else writes:
            way = Way(write, statement, self._arrivals(write, statement))
            if write.channel in self.crowded:
                # Of those that nothing tells apart but their places the first is as good as all.
                same = id(way.arrivals), write.evidence, write.whole_service, write.requires
                if same in seen and not any(end.trigger.kind in HANDS_ON for end, _ in way.arrivals.values()):
                    continue
                seen.add(same)
            yield way

    def _arrivals(self, write: Write, statement: Statement | None) -> Arrivals:
        told = self._told_apart(write)
        if write.channel in self.crowded:
            told = (*told[:-1], write.produces.events)
        key = told, statement is None
        found = self.arriving.get(key)
        if found is None:
            each = (
                (end, self._arrived(write, statement, end))
                for end in self.graph.by_channel.get(write.channel, ())
            )
            found = {end.number: (end, meeting) for end, meeting in each if meeting is not None}
            self.arriving[key] = found
        return found

    def _arrived(self, write: Write, statement: Statement | None, end: Vertex) -> Meeting | None:
        """How a trigger takes what is written; ``None`` where it does not, or nothing could follow."""
        if write.evidence == "broad" and end.root != self.graph.grants.root_of(write.actor):
            return None  # templates of one run need not share an account: ``*`` stays in its own
        if not self.leads_on(end) or (statement and self.for_destination(write, end.trigger)):
            return None
        if write.kind == end.trigger.kind == LOG_DELIVERY:
            return None  # a ring of log deliveries is a loop of the channel s3-log already
        return (meet_by_events if write.channel in self.crowded else meet)(write, end.trigger)

    def _told_apart(self, write: Write) -> tuple[Hashable, ...]:
        """What decides where a write arrives, whoever writes."""
        known = self.told.get(id(write))
        if known is None:
            root = self.graph.grants.root_of(write.actor) if write.evidence == "broad" else None
            only = declared(write.channel.service).for_destination is not None
            actor = write.actor if only and write.actor in self.graph.writes else None
            produces = write.produces
            plain = produces._replace(document=repr(produces.document), passed=(repr(produces.passed),))
            key = write.channel, write.kind, root, actor, plain
            known = self.told[id(write)] = write, key
        return known[1]

    def _crowded(self) -> frozenset[Endpoint]:
        """The channels with more pairs of a write and a trigger than are compared by their filters."""
        filtered = Counter(
            vertex.trigger.channel for vertex in self.graph.vertices if _has_filter(vertex.trigger)
        )
        consumers = {vertex.trigger.consumer for vertex in self.graph.vertices}
        written: dict[Endpoint, set[Hashable]] = {}
        for consumer in consumers if any(map((1).__lt__, filtered.values())) else ():
            granted = (write for write, _ in self.graph.grants.selective(consumer))
            for write in (*self.graph.writes.get(consumer, ()), *granted):
                if filtered[write.channel] > 1:
                    written.setdefault(write.channel, set()).add(self._told_apart(write))
        return frozenset(
            channel for channel, keys in written.items() if len(keys) * filtered[channel] > MAX_MEETINGS
        )

    def for_destination(self, granted: Write, trigger: Trigger) -> bool:
        """Is a grant only what a declared destination of its actor needs, as far as ``trigger`` goes?"""
        only = declared(granted.channel.service).for_destination
        return only is not None and only(granted, trigger, self.graph.writes.get(granted.actor, ()))


def _kind(vertex: Vertex) -> Hashable:
    """What decides which steps lead on from a vertex: what starts its consumer, and how."""
    trigger = vertex.trigger
    if trigger.kind in HANDS_ON:
        return vertex.number  # what gets on depends on what this very trigger lets through
    return trigger.consumer, trigger.delivery, trigger.qualifier, vertex.implicit, repr(trigger.gives)


def _may_come_to(write: Write, started: Trigger) -> bool:
    """May the actor come to a write for what started it?"""
    if not write.only_if or not started.gives:
        return True
    return any(may_hold(conditions, started.gives) for conditions in write.only_if)


def _place(granted: tuple[Write, Statement]) -> Span:
    return granted[0].span


def _has_filter(trigger: Trigger) -> bool:
    return bool(trigger.accepts.keys or trigger.accepts.content or trigger.accepts.topics)


def _another(started: Text | None, writes: Text | None) -> bool:
    """Is what was started surely another alias or version of a function than the one that writes?"""
    if started is None or writes is None or started == writes:
        return False
    # Two symbols, or a symbol and a name, may be the same alias.
    return not started or not writes or None not in (literal(started), literal(writes))
