"""Applying remedies: which diffs go together, what the texts are after them, and writing the files."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby, islice, product
from typing import NamedTuple

from recursion_lint.model.findings import SEVERITIES, Finding, Remedy, severity_rank
from recursion_lint.template.yaml.edits import Edit, EditError, apply_edits, offsets, unified
from recursion_lint.template.yaml.files import replace_files

Texts = Callable[[str], "str | None"]
MOST_ROUNDS = 50
"""Beyond one for each finding: a round ends findings and adds none as severe, so only a mistake gets here."""
MOST_TRIES = 3
"""Remedies for one finding: each leaves a lesser one or none."""


class Choice(NamedTuple):
    """A remedy of a finding; ``reason`` says why it was not applied."""

    finding: Finding
    remedy: Remedy
    reason: str = ""


def _as_it_is(finding: Finding) -> Finding:
    return finding


class Linted(NamedTuple):
    """Findings, worst first, and what gives one its remedies: to verify them all takes long, to find the next not."""

    findings: Sequence[Finding]
    advised: Callable[[Finding], Finding] = _as_it_is


class Plan(NamedTuple):
    """What applying remedies comes to: new texts by file, and what was and was not applied.

    ``given_up`` are files for which no further remedies were sought, as that takes too long. ``before`` are the texts
    that ``texts`` were made from.
    """

    texts: Mapping[str, str]
    applied: tuple[Choice, ...] = ()
    skipped: tuple[Choice, ...] = ()
    given_up: tuple[str, ...] = ()
    before: Mapping[str, str] = {}

    def diff(self, before: Texts) -> str:
        """All changes as one patch, to be applied in the current folder."""
        return "".join(
            unified(_from_here(file), before(file) or "", text) for file, text in sorted(self.texts.items())
        )

    def write(self) -> None:
        """Replace the files, all or none. Raises ``SourceError``."""
        replace_files(self.texts, self.before)


def _from_here(file: str) -> str:
    """The file's name for a patch: ``git apply`` takes no absolute one."""
    if not os.path.isabs(file):
        return file
    here = os.path.realpath(".")
    name = os.path.realpath(file)
    return os.path.relpath(name, here) if name.startswith(os.path.join(here, "")) else file


def choose(finding: Finding, unsafe: bool) -> Remedy | None:
    """The first remedy of a finding that may be applied: a safe one, or an unsafe one where that is allowed."""
    return finding.applied(unsafe)


def plan(findings: Sequence[Finding], texts: Texts, unsafe: bool = False) -> Plan:
    """Apply one remedy for each finding where they go together. One that touches lines of another is skipped."""
    taken: dict[str, list[Edit]] = {}
    applied: list[Choice] = []
    skipped: list[Choice] = []
    for finding in findings:
        remedy = choose(finding, unsafe)
        if remedy is None:
            continue
        try:
            for file, edits in _edits(remedy, texts).items():
                _together(taken.get(file, []), edits)
        except EditError as problem:
            skipped.append(Choice(finding, remedy, str(problem)))
            continue
        for file, edits in _edits(remedy, texts).items():
            known = taken.setdefault(file, [])
            known += [edit for edit in edits if edit not in known]
        applied.append(Choice(finding, remedy))
    edited = {file: apply_edits(texts(file) or "", edits) for file, edits in taken.items()}
    return Plan(edited, tuple(applied), tuple(skipped))


def settle(
    linted: Linted, texts: Texts, again: Callable[[Mapping[str, str]], Linted], unsafe: bool = False
) -> Plan:
    """Apply remedies round by round, each to the text that the rounds before have left, until none is left to apply.

    ``again`` lints the templates with some texts exchanged. Settling a second time changes nothing. A round takes
    findings that share no file; where that many at once come to something else than each alone, fewer. One that had
    nothing to apply is asked again when the others are through.
    """
    edited: dict[str, str] = {}
    applied: list[Choice] = []
    skipped: list[Choice] = []
    tried: dict[str, int] = {}
    barren: dict[str, int] = {}
    size = most = MOST_ROUNDS + len(linted.findings)
    for _ in range(most):
        usable = [one for one in linted.findings if tried.get(one.fingerprint, 0) < MOST_TRIES]
        fresh = [one for one in usable if one.fingerprint not in barren]
        stale = [one for one in usable if barren.get(one.fingerprint, len(applied)) < len(applied)]
        batch: list[Finding] = []
        for some in (fresh, stale):
            batch = batch or list(islice(_apart(some, linted, unsafe, barren, len(applied)), size))
        if not batch:
            break
        found = plan(batch, lambda file: edited[file] if file in edited else texts(file), unsafe)
        skipped += found.skipped
        tried.update({choice.finding.fingerprint: MOST_TRIES for choice in found.skipped})
        if not found.applied:
            continue
        after = again({**edited, **found.texts})
        if len(found.applied) > 1 and not _hold(linted.findings, after.findings, found.applied):
            size = max(1, len(found.applied) // 2)
            continue
        size *= 2
        edited.update(found.texts)
        applied += found.applied
        for choice in found.applied:
            tried[choice.finding.fingerprint] = tried.get(choice.finding.fingerprint, 0) + 1
        linted = after
    return Plan(edited, tuple(applied), tuple(skipped))


def _apart(
    findings: Sequence[Finding], linted: Linted, unsafe: bool, barren: dict[str, int], done: int
) -> Iterator[Finding]:
    """The findings that have a remedy to apply and share no file with one before them, advised.

    Those that have none go to ``barren``, with the number of remedies ``done`` by then.
    """
    taken: set[str] = set()
    for finding in findings:
        files = finding.files
        if not files & taken:
            finding = linted.advised(finding)
            if choose(finding, unsafe) is None:
                barren[finding.fingerprint] = done
                continue
            yield finding
        taken |= files


def _hold(before: Sequence[Finding], after: Sequence[Finding], applied: Sequence[Choice]) -> bool:
    """Is every finding that was remedied gone or a lesser one, and has none come or become worse?"""
    known = {one.fingerprint: severity_rank(one.severity) for one in before}
    ended = {choice.finding.fingerprint for choice in applied}
    return all(
        severity_rank(one.severity)
        >= known.get(one.fingerprint, len(SEVERITIES)) + (one.fingerprint in ended)
        for one in after
    )


def _edits(remedy: Remedy, texts: Texts) -> dict[str, list[Edit]]:
    """The edits of a remedy, by file. Raises ``EditError`` for a remedy that is not of these texts."""
    found: dict[str, list[Edit]] = {}
    for file, edits in groupby(remedy.edits, lambda edit: edit.span.file):
        text = texts(file)
        if text is None:
            raise EditError(f"{file} is not at hand")
        found[file] = offsets(text, edits)
    return found


def _together(taken: Sequence[Edit], edits: Sequence[Edit]) -> None:
    """Raise ``EditError`` where an edit touches what another one has changed; the same edit twice is one edit."""
    for one, other in product(taken, edits):
        if one != other and one.start <= other.end and other.start <= one.end:
            raise EditError("another remedy changes the same lines")
