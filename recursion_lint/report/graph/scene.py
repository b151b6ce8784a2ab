"""The event graph → what is drawn: resources, the edges between them, the loops along those edges."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from recursion_lint.graph.cycle_search import Cycle
from recursion_lint.graph.event_graph import EventGraph
from recursion_lint.model.facts import Endpoint, Trigger, Write
from recursion_lint.model.findings import SEVERITIES, EvidenceName, Finding, Severity, Span
from recursion_lint.model.text import render
from recursion_lint.report.wording import is_loop, one_line, worst_first


@dataclass(frozen=True)
class Node:
    """A resource, or something outside the templates: then ``file`` is empty, ``line`` 0 and ``type`` the service."""

    id: str
    label: str
    type: str
    service: str
    file: str
    line: int
    loops: tuple[int, ...]

    @property
    def kind(self) -> str:
        """``AWS::SQS::Queue`` → ``SQS Queue``, for a person."""
        if self.file:
            return " ".join(self.type.split("::")[1:]) or self.type
        return "external" if self.service == "unknown" else f"external {self.service}"


@dataclass(frozen=True)
class Edge:
    """Events go from the node ``source`` to the node ``target``; ``loops`` are the numbers of loops along it.

    ``acts``: the source acts on the target. Otherwise the target is started by the source or listens to it.
    """

    id: str
    source: str
    target: str
    kind: str
    evidence: EvidenceName
    reason: str
    via: tuple[str, ...]
    span: Span
    loops: tuple[int, ...]
    acts: bool = False


@dataclass(frozen=True)
class Loop:
    """A finding with the edges of its hops, in order. Numbers start at 1, the worst first."""

    number: int
    finding: Finding
    edges: tuple[str, ...]
    nodes: tuple[str, ...]


@dataclass(frozen=True)
class Scene:
    """All that is drawn, in an order that depends on the templates alone."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    loops: tuple[Loop, ...]

    def severity(self, loops: Iterable[int]) -> Severity | None:
        """The worst severity among loops, ``None`` without any."""
        found = [self.loops[number - 1].finding.severity for number in loops]
        return min(found, key=SEVERITIES.index, default=None)


class Picture(NamedTuple):
    """A scene with the texts of the files that it points into."""

    scene: Scene
    texts: Callable[[str], str | None]


class _End(NamedTuple):
    """Where an edge starts or ends. The fields make the order of nodes: by place, what is outside last."""

    outside: bool
    file: str
    line: int
    label: str
    type: str
    service: str
    name: str


class _Line(NamedTuple):
    """An edge before it has an identity; ``via`` and ``evidence`` do not tell two lines apart."""

    source: _End
    target: _End
    kind: str
    span: Span
    reason: str


_Hop = tuple[str, str, str, Span]
"""What a finding tells of a line: the labels of its ends, its kind and its place."""


class _Drawn(NamedTuple):
    evidence: EvidenceName
    via: tuple[str, ...]
    acts: bool


def arranged(graph: EventGraph, findings: Iterable[Finding], cycles: Mapping[str, Cycle]) -> Scene:
    """The scene of ``graph``; resources without an edge are left out, and steps inside one resource.

    A finding is a loop of the scene if its hops go round.
    """
    ends = _Ends(graph)
    lines: dict[_Line, _Drawn] = {}
    for fact in _facts(graph):
        line = ends.line(fact)
        if line.source != line.target or _start(fact) == _finish(fact):
            lines.setdefault(line, _Drawn(fact.evidence, _via(fact), isinstance(fact, Write)))
    shared = _by_hop(lines)
    looped: list[tuple[Finding, list[_Line]]] = []
    for finding in worst_first(findings):
        if is_loop(finding):
            own = [ends.line(fact) for fact in _along(cycles.get(finding.fingerprint, ()))]
            along = _matched(finding, {**shared, **_by_hop(own)} if own else shared)
            for hop, line in zip(finding.hops, along, strict=True):
                lines.setdefault(line, _Drawn(hop.evidence, (), hop.kind == "write"))
            looped.append((finding, along))
    return _numbered(lines, looped)


def pictured(
    graph: EventGraph,
    findings: Iterable[Finding],
    cycles: Mapping[str, Cycle],
    texts: Callable[[str], str | None],
) -> Picture:
    """The scene of ``graph``, with what gives the texts of its files."""
    return Picture(arranged(graph, findings, cycles), texts)


def _facts(graph: EventGraph) -> Iterator[Trigger | Write]:
    for vertex in graph.vertices:
        if not vertex.implicit:
            yield vertex.trigger
    for writes in graph.writes.values():
        yield from writes
    for actor in graph.actors:
        for write, _ in graph.grants.writes(actor):
            yield write


def _along(cycle: Cycle) -> Iterator[Trigger | Write]:
    """The facts that a cycle is made of."""
    for step in cycle:
        if not step.end.implicit:
            yield step.end.trigger
        if step.write is not None:
            yield step.write


def _via(fact: Trigger | Write) -> tuple[str, ...]:
    return tuple(map(one_line, fact.via)) if isinstance(fact, Trigger) else ()


def _start(fact: Trigger | Write) -> Endpoint:
    return fact.channel if isinstance(fact, Trigger) else fact.actor


def _finish(fact: Trigger | Write) -> Endpoint:
    return fact.consumer if isinstance(fact, Trigger) else fact.channel


class _Ends:
    """Endpoints as ends of lines: what one resource is to several services is one end, of its plainest service."""

    def __init__(self, graph: EventGraph) -> None:
        self._graph = graph
        self._services: dict[tuple[str, Span], str] = {}
        others = ((name, one) for name, by_file in graph.variants.items() for one in by_file.values())
        for endpoint, known in (*graph.declared.items(), *others):
            key = (known.label, known.span)
            names = (self._services.get(key, endpoint.service), endpoint.service)
            self._services[key] = min(names, key=lambda name: (len(name), name))

    def line(self, fact: Trigger | Write) -> _Line:
        file = fact.span.file
        source, target = self._end(_start(fact), file), self._end(_finish(fact), file)
        reason = fact.reason.replace("{source}", source.label).replace("{target}", target.label)
        return _Line(source, target, fact.kind, fact.span, one_line(reason))

    def _end(self, endpoint: Endpoint, file: str) -> _End:
        """What several files declare under one name is, for a fact in one of them, the one there."""
        known = self._graph.declared_near(endpoint, file)
        label = one_line(known.label if known is not None else self._graph.label(endpoint))
        if known is None:
            service = "unknown" if endpoint.service == "?" else endpoint.service
            return _End(True, "", 0, label, service, service, render(endpoint.name))
        service = self._services[known.label, known.span]
        return _End(False, known.span.file, known.span.line, label, one_line(known.type), service, "")


def _by_hop(lines: Iterable[_Line]) -> dict[_Hop, _Line]:
    found: dict[_Hop, _Line] = {}
    for line in lines:
        found.setdefault((line.source.label, line.target.label, line.kind, line.span), line)
    return found


def _matched(finding: Finding, known: Mapping[_Hop, _Line]) -> list[_Line]:
    """A line for each hop of a finding: the one with its names and place, else a new one.

    Names and place do not tell two instances of a nested stack apart: ``known`` has the finding's own lines where
    there are any.
    """
    ends: dict[str, _End] | None = None
    found: list[_Line] = []
    for hop in finding.hops:
        source, target = one_line(hop.source), one_line(hop.target)
        line_of_hop = known.get((source, target, hop.kind, hop.span))
        if line_of_hop is None:
            ends = ends or _ends_by_name(finding, known.values())
            line_of_hop = _Line(
                _named(ends, source), _named(ends, target), hop.kind, hop.span, one_line(hop.reason)
            )
        found.append(line_of_hop)
    return found


def _ends_by_name(finding: Finding, lines: Iterable[_Line]) -> dict[str, _End]:
    """The ends that the names of a finding mean: those on lines where they are declared at the same place."""
    ends: dict[str, _End] = {}
    for node in finding.cycle:
        label = one_line(node.resource)
        service = node.type.split("::")[1].lower() if node.type.count("::") > 1 else node.type
        ends.setdefault(label, _End(not node.file, node.file, node.line, label, node.type, service, ""))
    for line in lines:
        ends.update(
            {end.label: end for end in (line.source, line.target) if _same_place(ends.get(end.label), end)}
        )
    return ends


def _same_place(one: _End | None, other: _End) -> bool:
    return one is not None and (one.file, one.line) == (other.file, other.line)


def _named(ends: Mapping[str, _End], label: str) -> _End:
    return ends.get(label) or _End(True, "", 0, label, "unknown", "unknown", "")


def _numbered(lines: Mapping[_Line, _Drawn], looped: Iterable[tuple[Finding, list[_Line]]]) -> Scene:
    order = sorted(lines)
    ends = sorted({end for line in order for end in (line.source, line.target)})
    names = {end: f"n{at}" for at, end in enumerate(ends, 1)}
    ids = {line: f"e{at}" for at, line in enumerate(order, 1)}
    loops: list[Loop] = []
    through: dict[str, list[int]] = {}
    for number, (finding, along) in enumerate(looped, 1):
        edges = tuple(ids[line] for line in along)
        nodes = tuple(dict.fromkeys(names[end] for line in along for end in (line.source, line.target)))
        loops.append(Loop(number, finding, edges, nodes))
        for part in dict.fromkeys((*edges, *nodes)):
            through.setdefault(part, []).append(number)
    return Scene(
        tuple(
            Node(
                names[end],
                end.label,
                end.type,
                end.service,
                end.file,
                end.line,
                tuple(through.get(names[end], ())),
            )
            for end in ends
        ),
        tuple(
            Edge(
                ids[line],
                names[line.source],
                names[line.target],
                line.kind,
                lines[line].evidence,
                line.reason,
                lines[line].via,
                line.span,
                tuple(through.get(ids[line], ())),
                lines[line].acts,
            )
            for line in order
        ),
        tuple(loops),
    )
