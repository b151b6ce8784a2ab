"""Which findings are told: what settings, suppressions and the baseline leave of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence, Set
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from recursion_lint import rules
from recursion_lint.assessment.assess import in_order, with_codes
from recursion_lint.config import Config, ConfigError, misnamed
from recursion_lint.model.facts import Facts
from recursion_lint.model.levels import confidence_rank, severity_rank
from recursion_lint.model.spans import Note
from recursion_lint.model.suppressions import Suppression
from recursion_lint.run.collect import Intake
from recursion_lint.run.discovery import matches
from recursion_lint.template.yaml.files import SourceError, read_text

if TYPE_CHECKING:
    from recursion_lint.model.findings import Finding


def configured(findings: Sequence[Finding], config: Config) -> tuple[Finding, ...]:
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
    return matches(file, (glob,), config.root)


class Accepted(NamedTuple):
    """What is left to tell; what was suppressed; how many the baseline took, and how many are below what is told."""

    findings: tuple[Finding, ...]
    suppressed: tuple[tuple[Finding, str], ...] = ()
    baselined: int = 0
    notes: tuple[Note, ...] = ()
    hidden: int = 0
    unchanged: int = 0


def without_suppressed(
    findings: tuple[Finding, ...],
    facts: Sequence[Facts],
    config: Config,
    in_handlers: tuple[Suppression, ...] | None = None,
) -> Accepted:
    """The findings that no suppression accepts, with those that suppressions themselves give rise to.

    ``in_handlers`` are the suppressions in the code of functions; without them they are looked for in its files.
    """
    if config.no_ignores:
        return Accepted(findings)
    if in_handlers is None:
        in_handlers = _in_handlers(findings, {file for one in facts for file in one.files})
    if not in_handlers and not any(one.suppressions for one in facts):
        return Accepted(findings)
    from datetime import date

    from recursion_lint.assessment.suppress import apply

    today = date.today().isoformat()
    accepted = apply(findings, facts, config.require_reason, today, misnamed, in_handlers)
    complaints = configured(with_codes(accepted.complaints, rules), config)
    left = tuple(sorted((*accepted.kept, *complaints), key=in_order))
    return Accepted(left, accepted.suppressed, notes=accepted.notes)


def text_of_baseline(config: Config) -> str | None:
    """The text of the baseline, if there is to be one. Raises ``ConfigError``."""
    if config.baseline is None:
        return None
    from recursion_lint.assessment.baseline import BaselineError, parse

    try:
        text = read_text(config.baseline)
        parse(text)
    except SourceError as error:
        raise ConfigError(f"the baseline {config.baseline} cannot be used: {error.message}") from None
    except BaselineError as error:
        raise ConfigError(f"the baseline {config.baseline} cannot be used: {error}") from None
    return text


def without_baselined(
    accepted: Accepted,
    found: Sequence[Finding],
    text: str,
    config: Config,
    in_view: Callable[[str], bool],
) -> Accepted:
    """What is left when a baseline has taken out what it knows. ``found`` is all that there is."""
    from recursion_lint.assessment.baseline import left

    remains = left(accepted.findings, found, config.baseline or "", text, in_view)
    stale = configured(with_codes(remains.stale, rules), config)
    return Accepted(
        tuple(sorted((*remains.findings, *stale), key=in_order)),
        accepted.suppressed,
        len(accepted.findings) - len(remains.findings),
        (*accepted.notes, *remains.notes),
    )


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


class InView:
    """Does a run know what becomes of a file: was it read, or is it gone from a folder that was searched?"""

    def __init__(self, intake: Intake) -> None:
        self._read = {file for group in intake.facts.values() for one in group for file in one.files}
        self._folders = [os.path.abspath(folder) for folder in intake.ground.folders]

    def __call__(self, file: str) -> bool:
        if file in self._read:
            return True
        path = os.path.abspath(file)
        within = any(path.startswith(os.path.join(folder, "")) for folder in self._folders)
        return within and not os.path.lexists(path)


def worth_telling(accepted: Accepted, config: Config) -> Accepted:
    """What is left above the levels that are asked for; the others are counted."""
    told = tuple(
        one
        for one in accepted.findings
        if severity_rank(one.severity) <= severity_rank(config.min_severity)
        and confidence_rank(one.confidence) <= confidence_rank(config.min_confidence)
    )
    return accepted._replace(findings=told, hidden=len(accepted.findings) - len(told))


def of_changed_files(accepted: Accepted, config: Config, near: str, given: Collection[str]) -> Accepted:
    """What touches a file that has changed, with the code that was read for it. Raises ``ConfigError``.

    ``near`` is a path in the repository, ``given`` are files whose text was given.
    """
    if not config.changed_since:
        return accepted
    from recursion_lint.run.changed_files import Changes

    changes = Changes(config.changed_since, near, given)
    touched = {at: _touched(finding) for at, finding in enumerate(accepted.findings)}
    changes.look_at(frozenset().union(*touched.values()))
    told = tuple(one for at, one in enumerate(accepted.findings) if changes.touch(touched[at]))
    return accepted._replace(findings=told, unchanged=len(accepted.findings) - len(told))


def _touched(finding: Finding) -> frozenset[str]:
    read = (file for hop in finding.hops if hop.code is not None for file in hop.code.read)
    return finding.files | frozenset(read)
