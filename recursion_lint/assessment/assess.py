"""Facts → findings: link, find the loops, judge them, run the other rules, sort the worst first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from recursion_lint.assessment.ruleset import Rules
from recursion_lint.graph.cycle_search import Cycle, find, find_broad
from recursion_lint.graph.event_graph import EventGraph, link
from recursion_lint.model.facts import Facts
from recursion_lint.model.levels import confidence_rank, severity_rank
from recursion_lint.model.spans import Note
from recursion_lint.services.registry import declared
from recursion_lint.template.yaml.files import SourceError

if TYPE_CHECKING:
    from recursion_lint.assessment.evidence.code_reader import CodeReader
    from recursion_lint.assessment.evidence.handler_code import ToldCode
    from recursion_lint.assessment.evidence.hub_steps import HubSteps
    from recursion_lint.model.findings import Finding

ReadText = Callable[[str], str]
"""The text of a file; raises ``SourceError``."""


class Assessment(NamedTuple):
    """The findings of a graph, worst first, without remedies; ``cycles`` are the loops by their fingerprints.

    ``reader`` has read the code of the functions on them, if there was any to be read. ``work`` is what the search for
    loops took, in steps that were looked at.
    """

    graph: EventGraph
    findings: tuple[Finding, ...]
    cycles: Mapping[str, Cycle]
    notes: tuple[Note, ...]
    reader: CodeReader | None = None
    work: int = 0


def assess(
    facts: Sequence[Facts],
    rules: Rules,
    read_text: ReadText | None = None,
    before: CodeReader | None = None,
    code: ToldCode | None = None,
) -> Assessment:
    """Judge everything that ``facts`` say, by ``rules``, and the code of the functions on loops, read by ``read_text``.

    Without it no code is read. What the reader of an earlier assessment, ``before``, has read is taken from there.
    Where ``code`` is told, no file is opened for it.
    """
    graph = link(facts)
    if not graph.vertices:
        return Assessment(graph, (), {}, ())
    hubs = _hubs(graph, code)
    found = find(graph, hubs) if hubs else find(graph)
    findings: list[Finding] = []
    cycles: dict[str, Cycle] = {}
    work = found.work
    notes: list[Note] = [*graph.notes]
    reader = _reader(graph, found.cycles, read_text or (_no_file if code else None), before, code)
    if found.cycles:
        from recursion_lint.assessment.causes import by_cause

        judged = _Judged(graph, reader, hubs)
        for cycle in found.cycles:
            judged.add(cycle)
        judged.look_further()
        work += judged.work
        cycles = judged.cycles
        findings += by_cause(judged.findings, cycles, graph)
    notes += hubs.notes() if hubs is not None else ()
    if found.told:
        span = findings[0].span if findings else graph.vertices[0].trigger.span
        notes += [Note(span, told) for told in found.told]
    findings += _checked(graph, found.cycles, rules)
    told = tuple(sorted(with_codes(findings, rules), key=in_order))
    return Assessment(graph, told, cycles, tuple(notes), reader, work)


class _Judged:
    """The findings on cycles by their fingerprints: of several events round the same resources, the worst counts."""

    def __init__(self, graph: EventGraph, reader: CodeReader | None, hubs: HubSteps | None = None) -> None:
        self.graph = graph
        self.hubs = hubs
        self.reader = reader
        self.findings: dict[str, Finding] = {}
        self.cycles: dict[str, Cycle] = {}
        self.denied: set[tuple[int, int]] = set()
        self.work = 0

    def add(self, cycle: Cycle, above_info: bool = False) -> None:
        """Judge a cycle, and note the steps that the code does not take. ``above_info``: keep nothing less.

        What hangs on a role that no template shows is kept where the code closes it.
        """
        from recursion_lint.assessment.judge import judge

        for step in cycle if self.reader is not None else ():
            said = self.reader.said(step, cycle) if self.reader is not None else None
            if said is not None and said.lowers:
                self.denied.add((step.start.number, step.end.number))
        finding = judge(cycle, self.graph, self.reader)
        if finding.severity == "info" and (above_info or _unseen(cycle)):
            return
        known = self.findings.get(finding.fingerprint)
        if known is None or _rank(finding) < _rank(known):
            self.cycles[finding.fingerprint] = cycle
            self.findings[finding.fingerprint] = finding

    def look_further(self) -> None:
        """Of a broad statement one loop was judged; where the code denies it, another one may be real."""
        for _ in range(MAX_FURTHER):
            before = len(self.denied)
            if not before:
                return
            denied = frozenset(self.denied)
            found = find_broad(self.graph, self.hubs.besides(denied) if self.hubs else denied)
            self.work += found.work
            for cycle in found.cycles:
                self.add(cycle, above_info=True)
            if len(self.denied) == before or self.work > MAX_FURTHER_WORK:
                return


MAX_FURTHER = 8
"""How often loops of broad statements are looked for again without the steps that the code does not take."""
MAX_FURTHER_WORK = 1_000_000
"""So many steps are looked at for that; after more the search that is under way is the last one."""


def _unseen(cycle: Cycle) -> bool:
    """Does a cycle hang on what a role may allow that no template shows? Of those only code tells."""
    return any(step.statement is not None and step.statement.unseen for step in cycle)


def _rank(finding: Finding) -> tuple[int, int]:
    return severity_rank(finding.severity), confidence_rank(finding.confidence)


def _hubs(graph: EventGraph, code: ToldCode | None) -> HubSteps | None:
    """The steps over hubs that the code, where it is told, does not take."""
    if code is None:
        return None
    from recursion_lint.assessment.evidence.hub_steps import HubSteps

    return HubSteps(graph, code)


def _no_file(path: str) -> str:
    """No file is opened."""
    raise SourceError("is not at hand")


def _reader(
    graph: EventGraph,
    cycles: Iterable[Cycle],
    read_text: ReadText | None,
    before: CodeReader | None,
    code: ToldCode | None,
) -> CodeReader | None:
    """Whoever reads the code of functions; ``None`` where no loop hangs on any, and no bucket waits for one."""
    asked = any(one.circular for one in graph.facts) or any(
        step.statement is not None
        and step.write is not None
        and declared(step.write.actor.service).runs_handler
        for cycle in cycles
        for step in cycle
    )
    if read_text is None or not asked:
        return None
    from recursion_lint.assessment.evidence.code_reader import CodeReader

    return CodeReader(graph, read_text, before, code)


def _checked(graph: EventGraph, cycles: Sequence[Cycle], rules: Rules) -> Iterator[Finding]:
    """The findings of the rules that look for something other than a loop."""
    for rule in rules.checking_rules(bool(cycles)):
        if rule.check is not None:
            yield from rule.check(graph, cycles)


def with_codes(findings: Iterable[Finding], rules: Rules) -> tuple[Finding, ...]:
    """``findings`` with the codes of their rules."""
    return tuple(finding._replace(code=rules.rule_named(finding.rule).code) for finding in findings)


def in_order(finding: Finding) -> tuple[object, ...]:
    """Sort key: worst first, then by place."""
    span = finding.span
    return severity_rank(finding.severity), span.file, span.line, span.column, finding.rule, finding.message
