"""The public interface: ``lint(paths, config) -> Report``. The command line is one caller of it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from recursion_lint.assess import Assessment, assess, in_order, with_codes
from recursion_lint.config import Config
from recursion_lint.facts import Facts
from recursion_lint.findings import Finding, Report, Summary
from recursion_lint.graph import EventGraph
from recursion_lint.intake import STDIN, Intake, collect, exported, reread
from recursion_lint.source import SourceError, read_text

if TYPE_CHECKING:
    from recursion_lint.remedies.apply import Plan

MAX_ADVISED_HOPS = 50
"""Nobody weighs the remedies of each hop of a loop longer than this; any one hop breaks it."""

MAX_IN_FILE = 30
"""Of more findings in one file none is verified: each would lint the file again several times."""

Relint = Callable[[Mapping[str, str]], Sequence[Finding]]


def lint(
    paths: Sequence[str],
    config: Config = Config(),
    *,
    stdin: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Lint the templates at ``paths`` (files, folders; ``-`` is the text ``stdin``) as one system.

    Files that cannot be read are ``problems`` of the report; nothing is raised for bad input.
    ``progress`` is called after each file with the number of files read so far and in all.
    """
    return _lint(paths, config, stdin, {}, progress)


def remedied(
    paths: Sequence[str],
    config: Config = Config(),
    *,
    stdin: str | None = None,
) -> tuple[Report, Plan]:
    """The report on ``paths``, and what applying its remedies comes to: new texts, not yet written.

    Safe remedies, or with ``config.unsafe_fixes`` the first of each finding that a template alone can hold; one by
    one, each linted before the next is chosen.
    """
    from recursion_lint.remedies.apply import settle

    report = _lint(paths, config, stdin, {})
    texts = _Texts(stdin)
    return report, settle(
        report.findings,
        texts,
        lambda edited: _lint(paths, config, stdin, edited).findings,
        config.unsafe_fixes,
    )


def _lint(
    paths: Sequence[str],
    config: Config,
    stdin: str | None,
    edited: Mapping[str, str],
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Lint with ``edited`` in place of some files."""
    started = time.perf_counter()
    intake = collect(paths, config, {**({STDIN: stdin or ""} if "-" in paths else {}), **edited}, progress)
    facts = intake.all_facts()
    found = assess(facts)
    notes = (*intake.notes, *(note for one in facts for note in one.notes), *found.notes)
    findings, suppressed, baselined = _accepted(_configured(found.findings, config), facts, config)
    texts = _Texts(stdin, edited)
    if findings:
        findings = _advised(findings, found, intake, config, texts, edited)
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
    paths: Sequence[str],
    config: Config = Config(),
    format: str = "mermaid",
    *,
    stdin: str | None = None,
) -> str:
    """Draw who triggers whom at ``paths``, loops marked: as ``mermaid``, ``dot``, ``html`` or ``json``."""
    from recursion_lint.drawing import drawn

    facts = collect(paths, config, {STDIN: stdin or ""} if "-" in paths else {}).all_facts()
    found = assess(facts)
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
    findings: tuple[Finding, ...],
    found: Assessment,
    intake: Intake,
    config: Config,
    texts: _Texts,
    before: Mapping[str, str],
) -> tuple[Finding, ...]:
    """The findings with their remedies, each diff checked by linting the edited text again.

    ``before`` are texts that stand in place of files already.
    """
    from recursion_lint.remedies import advise

    rooms: dict[frozenset[str], Relint] = {}

    def relint_of(finding: Finding) -> Relint:
        """Lints the templates that the finding runs through; what lies elsewhere does not change with them."""
        files = _files([finding]) | {node.file for node in finding.cycle}
        roots = frozenset(
            root for root, group in intake.facts.items() if any(one.file in files for one in group)
        )
        if roots not in rooms:
            near = intake._replace(facts={root: intake.facts[root] for root in sorted(roots)})

            def relint(changed: Mapping[str, str]) -> Sequence[Finding]:
                edited = {**before, **changed}
                groups = {
                    root: reread(root, config, edited, imports)
                    if changed.keys() & {one.file for one in group}
                    else group
                    for root, group in near.facts.items()
                }
                return assess(near._replace(facts=groups).all_facts()).findings

            rooms[roots] = relint
        return rooms[roots]

    in_file = Counter(finding.span.file for finding in findings)
    imports = exported(intake.facts)
    brief = 0 < config.advise_at_most < len(findings)
    return tuple(
        finding
        if (brief and finding.severity == "info") or len(finding.hops) > MAX_ADVISED_HOPS
        else finding._replace(
            remedies=advise(
                found.cycles.get(finding.fingerprint),
                finding,
                found.graph,
                texts,
                None if brief or in_file[finding.span.file] > MAX_IN_FILE else relint_of(finding),
            )
        )
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
