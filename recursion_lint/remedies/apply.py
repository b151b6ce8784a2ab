"""Applying remedies: which diffs go together, what the texts are after them, and writing the files."""

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from recursion_lint.findings import Finding, Remedy
from recursion_lint.remedies.edit import Edit, EditError, apply_edits, unified
from recursion_lint.source import replace_files

Texts = Callable[[str], "str | None"]
Again = Callable[[Mapping[str, str]], Sequence[Finding]]
MAX_ROUNDS = 50
"""Each round ends one finding and adds none as severe, so only a mistake in a remedy gets here."""


class Choice(NamedTuple):
    """A remedy of a finding; ``reason`` says why it was not applied."""

    finding: Finding
    remedy: Remedy
    reason: str = ""


class Plan(NamedTuple):
    """What applying remedies comes to: new texts by file, and what was and was not applied."""

    texts: Mapping[str, str]
    applied: tuple[Choice, ...] = ()
    skipped: tuple[Choice, ...] = ()

    def diff(self, before: Texts) -> str:
        """All changes as one patch."""
        return "".join(unified(file, before(file) or "", text) for file, text in sorted(self.texts.items()))

    def write(self) -> None:
        """Replace the files, all or none. Raises ``SourceError``."""
        replace_files(self.texts)


def choose(finding: Finding, unsafe: bool) -> Remedy | None:
    """The first remedy of a finding that may be applied: a safe one, or an unsafe one where that is allowed."""
    allowed = ("safe", "unsafe") if unsafe else ("safe",)
    return next(
        (one for one in finding.remedies if one.diff and one.applicability in allowed and one.breaks), None
    )


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


def settle(findings: Sequence[Finding], texts: Texts, again: Again, unsafe: bool = False) -> Plan:
    """Apply remedies one by one, each to the text that the one before has left, until none is left to apply.

    ``again`` lints the templates with some texts exchanged, and advises. Settling a second time changes nothing.
    """
    edited: dict[str, str] = {}
    applied: list[Choice] = []
    for _ in range(MAX_ROUNDS):
        next_one = next((one for one in findings if choose(one, unsafe) is not None), None)
        if next_one is None:
            break
        found = plan([next_one], lambda file: edited.get(file) or texts(file), unsafe)
        if not found.applied:
            return Plan(edited, tuple(applied), found.skipped)
        edited.update(found.texts)
        applied += found.applied
        findings = again(edited)
    return Plan(edited, tuple(applied))


def _edits(remedy: Remedy, texts: Texts) -> dict[str, list[Edit]]:
    """The edits of a diff, by file. Raises ``EditError`` for a diff that is not of these texts."""
    found: dict[str, list[Edit]] = {}
    edits: list[Edit] = []
    starts, at, old, new, before = [0], 0, 0, 0, ""
    for line in (remedy.diff or "").split("\n"):
        mark = line[:1]
        if line.startswith("@@ ") and not (old or new):
            (first, old), (_, new) = (_range(word) for word in line.split(" ")[1:3])
            at = first - (old > 0)  # a hunk without old lines names the line before it
        elif line.startswith("+++ b/") and not (old or new):
            file = line[6:].partition("\t")[0]
            text = texts(file)
            if text is None:
                raise EditError(f"{file} is not at hand")
            starts = [0, *(place + 1 for place, letter in enumerate(text) if letter == "\n"), len(text)]
            edits = found.setdefault(file, [])
        elif mark == "\\" and before == "+":
            edits[-1] = edits[-1]._replace(text=edits[-1].text[:-1])
        elif mark in (" ", "-", "+") and (old or new):
            _take(edits, mark, line[1:] + "\n", starts, at)
            at, old, new = at + (mark != "+"), old - (mark != "+"), new - (mark != "-")
        before = mark
    return found


def _range(word: str) -> tuple[int, int]:
    first, _, count = word[1:].partition(",")
    return int(first), int(count or "1")


def _take(edits: list[Edit], mark: str, body: str, starts: Sequence[int], at: int) -> None:
    """One line of a hunk: neighbouring changes are one edit."""
    if mark == " ":
        return
    if at >= len(starts) - (mark == "-"):
        raise EditError("the text has changed")
    here = starts[at]
    end = starts[at + 1] if mark == "-" else here
    text = body if mark == "+" else ""
    if edits and edits[-1].end == here:
        edits[-1] = edits[-1]._replace(end=end, text=edits[-1].text + text)
    else:
        edits.append(Edit(here, end, text))


def _together(taken: Sequence[Edit], edits: Sequence[Edit]) -> None:
    """Raise ``EditError`` where an edit touches what another one has changed; the same edit twice is one edit."""
    for one, other in product(taken, edits):
        if one != other and one.start <= other.end and other.start <= one.end:
            raise EditError("another remedy changes the same lines")
