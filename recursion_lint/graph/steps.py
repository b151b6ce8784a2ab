"""The steps out of each trigger: where its consumer writes to, as declared, as defined or as its role allows."""

from collections.abc import Iterable, Iterator

from recursion_lint.graph.event_graph import EventGraph, Vertex
from recursion_lint.graph.matching import Meeting, meet
from recursion_lint.graph.paths import Step
from recursion_lint.model.facts import LOG_DELIVERY, Endpoint, Statement, Trigger, Write
from recursion_lint.model.text import Text, literal
from recursion_lint.services.registry import declared


class Steps:
    """The steps out of each vertex, worked out once: the best one for each pair and evidence class.

    ``without``: granted steps that are left out, by the numbers of the triggers at their ends.
    """

    def __init__(self, graph: EventGraph, without: frozenset[tuple[int, int]] = frozenset()) -> None:
        self.graph = graph
        self.without = without
        self.known: dict[int, tuple[Step, ...]] = {}
        self.narrow: dict[int, tuple[Step, ...]] = {}
        self.leading: dict[Endpoint, bool] = {}
        self.tried = 0
        # By the write's identity, which is kept with the answer: to hash a large filter takes as long as to ask.
        self.met: dict[tuple[int, int], tuple[Write, Meeting | None]] = {}

    def out(self, vertex: Vertex) -> tuple[Step, ...]:
        found = self.known.get(vertex.number)
        if found is None:
            granted = self.graph.grants.writes(vertex.trigger.consumer)
            found = (*self._declared(vertex), *self._granted(vertex, granted))
            self.known[vertex.number] = found
        return found

    def selective(self, vertex: Vertex) -> tuple[Step, ...]:
        """The steps out of a vertex but for those by statements on ``*`` alone, which lead everywhere."""
        found = self.narrow.get(vertex.number)
        if found is None:
            granted = self.graph.grants.selective(vertex.trigger.consumer)
            found = (*self._declared(vertex), *self._granted(vertex, granted))
            self.narrow[vertex.number] = found
        return found

    def swept(self, vertex: Vertex) -> Iterator[Step]:
        """The steps by statements on ``*`` alone from a vertex to itself."""
        allowed = self.graph.grants.swept(vertex.trigger.consumer, vertex.trigger.channel)
        for write, statement in allowed:
            yield from self._to(vertex, write, statement, (vertex,))

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

    def _declared(self, vertex: Vertex) -> Iterator[Step]:
        consumer = vertex.trigger.consumer
        for end in self.graph.by_channel.get(consumer, ()):
            if vertex.trigger.kind == end.trigger.kind == "bus":
                continue  # a classic bus does not pass on what another bus sent it
            if not end.implicit and self.leads_on(end):
                meeting = meet(None, end.trigger, vertex.trigger)
                if meeting is not None:
                    yield Step(vertex, end, None, None, meeting)
        for write in self.graph.writes.get(consumer, ()):
            after = write.only_after in (None, vertex.trigger.delivery) or (
                vertex.implicit and write.only_after == "async"
            )
            if after and not _another(vertex.trigger.qualifier, write.only_as):
                yield from self._to(vertex, write, None)

    def _granted(self, vertex: Vertex, writes: Iterable[tuple[Write, Statement]]) -> Iterator[Step]:
        for write, statement in writes:
            yield from self._to(vertex, write, statement)

    def _to(
        self, vertex: Vertex, write: Write, statement: Statement | None, ends: Iterable[Vertex] | None = None
    ) -> Iterator[Step]:
        for end in self.graph.by_channel.get(write.channel, ()) if ends is None else ends:
            if write.evidence == "broad" and end.root != self.graph.grants.root_of(write.actor):
                continue  # templates of one run need not share an account: ``*`` stays in its own
            if statement and (vertex.number, end.number) in self.without:
                continue
            if not self.leads_on(end) or (statement and self.for_destination(write, end.trigger)):
                continue
            if write.kind == end.trigger.kind == LOG_DELIVERY:
                continue  # a ring of log deliveries is a loop of the channel s3-log already
            asked = (id(write), end.number)
            if asked not in self.met:
                self.met[asked] = write, meet(write, end.trigger)
            meeting = self.met[asked][1]
            if meeting is not None:
                yield Step(vertex, end, write, statement, meeting)

    def for_destination(self, granted: Write, trigger: Trigger) -> bool:
        """Is a grant only what a declared destination of its actor needs, as far as ``trigger`` goes?"""
        only = declared(granted.channel.service).for_destination
        return only is not None and only(granted, trigger, self.graph.writes.get(granted.actor, ()))


def _another(started: Text | None, writes: Text | None) -> bool:
    """Is what was started surely another alias or version of a function than the one that writes?"""
    if started is None or writes is None or started == writes:
        return False
    # Two symbols, or a symbol and a name, may be the same alias.
    return not started or not writes or None not in (literal(started), literal(writes))
