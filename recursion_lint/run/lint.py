"""The public interface: ``lint(paths, config) -> Report``. The command line is one caller of it."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, Union

from recursion_lint import rules
from recursion_lint.assessment.assess import Assessment, assess, in_order, with_codes
from recursion_lint.assessment.copies import merged
from recursion_lint.config import Config, misnamed
from recursion_lint.graph.event_graph import EventGraph
from recursion_lint.model.facts import Facts
from recursion_lint.model.findings import Finding, Report, Summary
from recursion_lint.model.suppressions import Suppression
from recursion_lint.run.collect import STDIN, Intake, collect
from recursion_lint.template.yaml.files import SourceError, read_text

if TYPE_CHECKING:
    from networkx import MultiDiGraph

    from recursion_lint.remedies.apply import Plan
    from recursion_lint.run.advise import Adviser, System


Paths = Union[str, "os.PathLike[str]", Iterable[Union[str, "os.PathLike[str]"]]]


def lint(
    paths: Paths,
    config: Config = Config(),
    *,
    stdin: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Lint the templates at ``paths`` as one system.

    ``paths`` is a file, a folder, or several of them, as strings or ``Path``s; ``-`` is the text ``stdin``. Files that
    cannot be read are ``problems`` of the report; nothing is raised for bad input. ``progress`` is called after each
    file with the number of files read so far and in all. Raises ``TypeError`` for paths that are none, and what
    reading a baseline raises (``SourceError``, ``BaselineError``).

    >>> from recursion_lint import Config, lint
    >>> report = lint("fixtures/sqs-loop/wrong-variable/template.yaml", Config(select=("sqs-loop",)))
    >>> [(finding.rule, finding.severity) for finding in report.findings]
    [('sqs-loop', 'error')]
    """
    return _found(_each(paths), config, stdin, {}, progress).report()


def _each(paths: Paths) -> tuple[str, ...]:
    """A single path is one path, not its letters."""
    if isinstance(paths, (str, os.PathLike)):
        return (os.fspath(paths),)
    return tuple(os.fspath(path) for path in paths)


def remedied(
    paths: Sequence[str],
    config: Config = Config(),
    *,
    stdin: str | None = None,
) -> "tuple[Report, Plan]":
    """The report on ``paths``, and what applying its remedies comes to: new texts, not yet written.

    Safe remedies, or with ``config.unsafe_fixes`` the first of each finding that a template alone can hold; one by
    one, each linted before the next is chosen. The report names remedies only where none was applied.
    """
    from recursion_lint.remedies.apply import Linted, settle

    spent: Counter[System] = Counter()
    given_up: dict[str, None] = {}

    def linted(found: _Found) -> Linted:
        adviser = found.adviser(spent)

        def advised(finding: Finding) -> Finding:
            if adviser.within_budget(finding):
                return adviser.advised(finding)
            given_up[finding.span.file] = None
            return finding

        return Linted(found.findings, advised)

    first = _found(paths, config, stdin, {})
    plan = settle(
        linted(first),
        first.texts,
        lambda edited: linted(_found(paths, config, stdin, edited)),
        config.unsafe_fixes,
    )
    return first.report(advised=not plan.texts), plan._replace(given_up=tuple(given_up))


def _as_networkx(assessment: Assessment, findings: Sequence[Finding]) -> "MultiDiGraph[str]":
    from recursion_lint.report.graph.networkx_graph import as_networkx
    from recursion_lint.report.graph.scene import arranged

    return as_networkx(arranged(assessment.graph, findings, assessment.cycles))


class _Found(NamedTuple):
    """What a run found, without remedies."""

    config: Config
    intake: Intake
    assessment: Assessment
    findings: tuple[Finding, ...]
    suppressed: tuple[tuple[Finding, str], ...]
    baselined: int
    texts: "_Texts"
    edited: Mapping[str, str]
    started: float

    def adviser(self, spent: "Counter[System]") -> "Adviser":
        from recursion_lint.run.advise import Adviser

        return Adviser(self.assessment, self.intake, self.config, self.texts, self.edited, spent)

    def report(self, advised: bool = True) -> Report:
        """The report; its findings have their remedies if they are to be ``advised`` on."""
        findings = merged(self.findings)
        notes = (
            *self.intake.notes,
            *(note for facts in self.assessment.graph.facts for note in facts.notes),
            *self.assessment.notes,
        )
        if findings and advised:
            findings, unverified = self.adviser(Counter()).report(findings)
            notes = (*notes, *unverified)
        files = sorted({file for finding in findings for file in finding.files})
        return Report(
            findings,
            tuple(dict.fromkeys(notes)),
            self.intake.problems,
            _summary(self.assessment.graph, findings, len(self.suppressed), self.baselined),
            {file: text for file in files if (text := self.texts(file)) is not None},
            time.perf_counter() - self.started,
            self.suppressed,
            partial(_as_networkx, self.assessment, self.findings),
        )


def _found(
    paths: Sequence[str],
    config: Config,
    stdin: str | None,
    edited: Mapping[str, str],
    progress: Callable[[int, int], None] | None = None,
) -> _Found:
    """Lint with ``edited`` in place of some files."""
    started = time.perf_counter()
    intake = collect(paths, config, {**({STDIN: stdin or ""} if "-" in paths else {}), **edited}, progress)
    facts = intake.all_facts()
    assessment = assess(facts, rules, read_text if config.code else None)
    accepted = _accepted(_configured(assessment.findings, config), facts, config)
    return _Found(config, intake, assessment, *accepted, _Texts(stdin, edited), edited, started)


def draw(
    paths: Sequence[str],
    config: Config = Config(),
    format: str = "mermaid",
    *,
    stdin: str | None = None,
) -> str:
    """Draw who triggers whom at ``paths``, loops marked: as ``mermaid``, ``dot``, ``html`` or ``json``."""
    from recursion_lint.report.graph import drawn

    facts = collect(paths, config, {STDIN: stdin or ""} if "-" in paths else {}).all_facts()
    found = assess(facts, rules, read_text if config.code else None)
    texts = _Texts(stdin)
    return drawn(found.graph, _configured(found.findings, config), found.cycles, format, texts)


class _Texts:
    """The texts of files that findings point into, read again when asked for: most runs need none."""

    def __init__(self, stdin: str | None, edited: Mapping[str, str] = {}) -> None:
        self._known: dict[str, str | None] = {STDIN: stdin, "": None, **edited}

    def __call__(self, file: str) -> str | None:
        if file not in self._known:
            try:
                self._known[file] = read_text(file)
            except SourceError:
                self._known[file] = None
        return self._known[file]


def _configured(findings: Sequence[Finding], config: Config) -> tuple[Finding, ...]:
    """The findings that the configuration asks for, at the severities that it gives."""
    kept: list[Finding] = []
    for finding in findings:
        level = config.severity.get(finding.rule)
        if (
            level == "off"
            or finding.rule in config.ignore
            or (config.select and finding.rule not in config.select)
        ):
            continue
        if any(
            finding.rule in rules and _within(finding.span.file, glob, config)
            for glob, rules in config.per_path
        ):
            continue
        kept.append(finding if level is None else finding._replace(severity=level))
    return tuple(kept)


def _within(file: str, glob: str, config: Config) -> bool:
    from recursion_lint.run.discovery import matches

    return matches(file, (glob,), config.root)


def _accepted(
    findings: tuple[Finding, ...], facts: Sequence[Facts], config: Config
) -> tuple[tuple[Finding, ...], tuple[tuple[Finding, str], ...], int]:
    """What is left after suppressions and the baseline; what was suppressed, and how many the baseline took."""
    suppressed: tuple[tuple[Finding, str], ...] = ()
    in_handlers = _in_handlers(findings, {one.file for one in facts})
    if in_handlers or any(one.suppressions for one in facts):
        from datetime import date

        from recursion_lint.assessment.suppress import apply

        accepted = apply(
            findings, facts, config.require_reason, date.today().isoformat(), misnamed, in_handlers
        )
        suppressed = accepted.suppressed
        complaints = _configured(with_codes(accepted.complaints, rules), config)
        findings = tuple(sorted((*accepted.kept, *complaints), key=in_order))
    if config.baseline is None:
        return findings, suppressed, 0
    from recursion_lint.assessment.baseline import left

    kept, stale = left(findings, config.baseline, read_text(config.baseline))
    remaining = tuple(sorted((*kept, *_configured(with_codes(stale, rules), config)), key=in_order))
    return remaining, suppressed, len(findings) - len(kept)


def _in_handlers(findings: Sequence[Finding], templates: Set[str]) -> tuple[Suppression, ...]:
    """The suppressions in the files of handlers whose calls findings show."""
    spans = (hop.code.span for finding in findings for hop in finding.hops if hop.code is not None)
    files = sorted({span.file for span in spans if span is not None} - templates)
    if not files:
        return ()
    from recursion_lint.template.suppressions import in_code

    found: list[Suppression] = []
    for file in files:
        with suppress(SourceError):
            found += in_code(read_text(file), file)
    return tuple(found)


def _summary(graph: EventGraph, findings: Sequence[Finding], suppressed: int, baselined: int) -> Summary:
    facts = graph.facts
    levels = [finding.severity for finding in findings]
    return Summary(
        templates=len({found.file for found in facts}),
        resources=sum(found.resources for found in facts),
        triggers=sum(len(found.triggers) for found in facts),
        writes=sum(len(one.writes) + sum(map(graph.grants.grants_a_write, one.statements)) for one in facts),
        error=levels.count("error"),
        warning=levels.count("warning"),
        info=levels.count("info"),
        suppressed=suppressed,
        baselined=baselined,
    )
