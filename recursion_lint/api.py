"""The public interface: ``lint(paths, config) -> Report``. The command line is one caller of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from recursion_lint.assess import Assessment, assess, in_order, with_codes
from recursion_lint.config import Config
from recursion_lint.facts import Facts
from recursion_lint.findings import Finding, Note, Report, Summary
from recursion_lint.graph import EventGraph
from recursion_lint.intake import STDIN, Intake, collect, exported, reread
from recursion_lint.source import SourceError, read_text

ADVISE = False
Relint = Callable[[Mapping[str, str]], Sequence[Finding]]


def lint(
    paths: Sequence[str],
    config: Config = Config(),  # noqa: B008
    *,
    stdin: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Lint the templates at ``paths`` (files, folders; ``-`` is the text ``stdin``) as one system.

    Files that cannot be read are ``problems`` of the report; nothing is raised for bad input.
    ``progress`` is called after each file with the number of files read so far and in all.
    """
    started = time.perf_counter()
    intake = collect(paths, config, stdin, progress)
    facts = intake.all_facts()
    found = assess(facts)
    notes = (*intake.notes, *(note for one in facts for note in one.notes), *found.notes)
    findings, suppressed, baselined = _accepted(_configured(found.findings, config), facts, config)
    texts = _Texts(stdin)
    if findings:
        findings = _advised(findings, found, intake, config, texts) if ADVISE else findings
    return Report(
        findings,
        tuple(dict.fromkeys(notes)),
        intake.problems,
        _summary(found.graph, findings, len(suppressed), baselined),
        {file: text for file in _files(findings) if (text := texts(file)) is not None},
        time.perf_counter() - started,
        suppressed,
    )


def draw(
    paths: Sequence[str], config: Config = Config(), format: str = "mermaid", *, stdin: str | None = None  # noqa: B008
) -> str:
    """Draw who triggers whom at ``paths``, loops marked: as ``mermaid``, ``dot``, ``html`` or ``json``."""
    from recursion_lint.drawing import drawn

    facts = collect(paths, config, stdin).all_facts()
    found = assess(facts)
    texts = _Texts(stdin)
    return drawn(found.graph, _configured(found.findings, config), found.cycles, format, texts)


class _Texts:
    """The texts of files that findings point into, read again when asked for: most runs need none."""

    def __init__(self, stdin: str | None) -> None:
        self._known: dict[str, str | None] = {STDIN: stdin, "": None}

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
        if level == "off" or finding.rule in config.ignore or (config.select and finding.rule not in config.select):
            continue
        if any(finding.rule in rules and _within(finding.span.file, glob, config) for glob, rules in config.per_path):
            continue
        kept.append(finding if level is None else finding._replace(severity=level))
    return tuple(kept)


def _within(file: str, glob: str, config: Config) -> bool:
    from recursion_lint.discovery import matches

    return matches(file, (glob,), config.root)


def _accepted(
    findings: tuple[Finding, ...], facts: Sequence[Facts], config: Config
) -> tuple[tuple[Finding, ...], tuple[tuple[Finding, str], ...], int]:
    """What is left after suppressions and the baseline; what was suppressed, and how many the baseline took."""
    suppressed: tuple[tuple[Finding, str], ...] = ()
    if any(one.suppressions for one in facts):
        from datetime import date

        from recursion_lint.suppress import apply

        accepted = apply(findings, facts, config.require_reason, date.today().isoformat())
        suppressed = accepted.suppressed
        findings = tuple(sorted((*accepted.kept, *_configured(accepted.complaints, config)), key=in_order))
    if config.baseline is None:
        return findings, suppressed, 0
    from recursion_lint.baseline import left

    kept, stale = left(findings, config.baseline, read_text(config.baseline))
    remaining = tuple(sorted((*kept, *_configured(with_codes(stale), config)), key=in_order))
    return remaining, suppressed, len(findings) - len(kept)


def _advised(
    findings: tuple[Finding, ...], found: Assessment, intake: Intake, config: Config, texts: _Texts
) -> tuple[Finding, ...]:
    """The findings with their remedies, each diff checked by linting the edited text again."""
    from recursion_lint.remedies import advise

    def relint(edited: Mapping[str, str]) -> Sequence[Finding]:
        groups = dict(intake.facts)
        for root, group in intake.facts.items():
            if edited.keys() & {one.file for one in group}:
                groups[root] = reread(root, config, edited, exported(intake.facts))
        return assess(intake._replace(facts=groups).all_facts()).findings

    return tuple(
        finding._replace(remedies=advise(found.cycles.get(finding.fingerprint), finding, found.graph, texts, relint))
        for finding in findings
    )


def _files(findings: Sequence[Finding]) -> set[str]:
    return {span.file for finding in findings for span in (finding.span, *(hop.span for hop in finding.hops))}


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
