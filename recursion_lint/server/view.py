"""A run as an editor shows it: diagnostics by document, each with its finding."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from lsprotocol import types

from recursion_lint.model.findings import Finding, Severity, Span
from recursion_lint.model.report import Problem
from recursion_lint.report import wording
from recursion_lint.run.discovery import shortest
from recursion_lint.run.session import Checked
from recursion_lint.server.documents import Document, uri_of
from recursion_lint.server.positions import Lines, Position, Shift
from recursion_lint.version import page_of

SOURCE = "recursion-lint"
UNREADABLE = "unreadable"
"""The code of what is said of a file that is no YAML or JSON."""
MOST_HOPS = 50
_LEVELS: dict[Severity, types.DiagnosticSeverity] = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "info": types.DiagnosticSeverity.Information,
}
_CODE = (
    ".py",
    ".js",
    ".mjs",
    ".cjs",
    ".jsx",
    ".ts",
    ".mts",
    ".cts",
    ".tsx",
    ".java",
    ".kt",
    ".go",
    ".cs",
    ".rb",
)
"""The endings of files whose lines end as an editor's do; all others are taken for YAML or JSON."""


class Client(NamedTuple):
    """What an editor can take."""

    encoding: str = "utf-16"
    related: bool = True
    versions: bool = True
    markdown: bool = True


class Shown(NamedTuple):
    """A diagnostic, and the finding that it tells; ``None`` for what is said of a file that cannot be read.

    ``hops`` are the lines that make it, in templates and in the handlers' code, whether or not the editor takes them.
    """

    diagnostic: types.Diagnostic
    finding: Finding | None = None
    hops: tuple[types.DiagnosticRelatedInformation, ...] = ()


class View:
    """What one run in ``folder`` comes to for an editor that has ``documents`` open."""

    def __init__(self, folder: str, checked: Checked, documents: Sequence[Document], client: Client) -> None:
        self.checked = checked
        self.client = client
        self._folder = folder
        self._open = {shortest(one.path): one for one in documents}
        self._lines: dict[str, Lines] = {}
        self._shifts: dict[str, Shift] = {}
        for path, one in self._open.items():
            text = checked.texts.get(path, one.text)
            if text != one.text:
                self._shifts[path] = Shift(text, one.text)

    @cached_property
    def shown(self) -> dict[str, list[Shown]]:
        """The diagnostics of each document, open or not, by its address."""
        found: dict[str, list[Shown]] = {}
        for finding in self.checked.findings:
            place = self.range_of(finding.span)
            if place is not None:
                hops = tuple(self._hops(finding))
                diagnostic = self._diagnostic(finding, place, hops)
                found.setdefault(self.uri(finding.span.file), []).append(Shown(diagnostic, finding, hops))
        for problem in self.checked.problems:
            found.setdefault(self.uri(problem.file), []).insert(0, Shown(self._unreadable(problem)))
        return found

    def uri(self, file: str) -> str:
        """The address of a file as the run names it."""
        document = self._open.get(os.path.normpath(file))
        if document is not None:
            return document.uri
        return uri_of(os.path.normpath(os.path.join(self._folder, file)))

    def version(self, file: str) -> int | None:
        """The version of an open document; ``None`` for what is not open."""
        document = self._open.get(os.path.normpath(file))
        return document.version if document is not None else None

    def text(self, file: str) -> str | None:
        """The text that spans in ``file`` point into; ``None`` for what is no file."""
        return self.checked.found.texts(os.path.normpath(file))

    def is_current(self, file: str) -> bool:
        """Is what the run has read of a file what the editor shows?"""
        return file not in self._shifts

    def lines(self, file: str) -> Lines:
        """The lines of the text that spans in ``file`` point into."""
        if file not in self._lines:
            text = self.text(file) or ""
            self._lines[file] = Lines(text, self.client.encoding, not file.endswith(_CODE))
        return self._lines[file]

    def range_of(self, span: Span) -> types.Range | None:
        """The first line of a span; ``None`` where that line of a text that cannot be read now has changed."""
        start, end = self.lines(span.file).first_line_of(span)
        if span.file not in self._shifts:
            return range_between(start, end)
        line = self._shifts[span.file].line(start.line)
        if line is None:
            return None
        return range_between(start._replace(line=line), end._replace(line=line))

    def _diagnostic(
        self, finding: Finding, place: types.Range, hops: Sequence[types.DiagnosticRelatedInformation]
    ) -> types.Diagnostic:
        page = page_of(finding.rule)
        return types.Diagnostic(
            range=place,
            message="\n".join(message_lines(finding)),
            severity=_LEVELS[finding.severity],
            code=finding.rule,
            code_description=types.CodeDescription(page) if page else None,
            source=SOURCE,
            related_information=list(hops) if self.client.related else None,
            data={"fingerprint": finding.fingerprint},
        )

    def _hops(self, finding: Finding) -> Iterator[types.DiagnosticRelatedInformation]:
        for span, label in wording.lines_of(finding.hops)[:MOST_HOPS]:
            place = self.range_of(span) if span.file and self.text(span.file) is not None else None
            if place is not None:
                location = types.Location(self.uri(span.file), place)
                yield types.DiagnosticRelatedInformation(location, label)

    def _unreadable(self, problem: Problem) -> types.Diagnostic:
        document = self._open.get(problem.file)
        text = document.text if document is not None else self.text(problem.file) or ""
        start, end = Lines(text, self.client.encoding).whole_line(max(problem.line, 1))
        told = wording.one_line(problem.message)
        if not self.is_current(problem.file):
            told += "; loops are told as of when it could last be read"
        return types.Diagnostic(
            range=range_between(start, end),
            message=f"not checked: {told}",
            severity=types.DiagnosticSeverity.Error,
            code=UNREADABLE,
            source=SOURCE,
        )


def message_lines(finding: Finding) -> Iterator[str]:
    """What a diagnostic says: the finding, how sure it is, the loop, the grounds, what would stop it and its cost."""
    yield f"{wording.sentence(finding)} ({finding.confidence})"
    if finding.hops:
        yield wording.loop_path(finding)
    if finding.because:
        yield f"because: {wording.one_line('; '.join(finding.because[:2]))}"
    if finding.guards:
        yield f"against: {wording.one_line(finding.guards[0])}"
    runtime = wording.detection_line(finding)
    if runtime:
        yield runtime + wording.price_clause(finding)


def range_between(start: Position, end: Position) -> types.Range:
    return types.Range(types.Position(*start), types.Position(*end))


def overlap(one: types.Range, other: types.Range) -> bool:
    """Do two ranges have a place in common? Their ends count."""
    return _key(one.start) <= _key(other.end) and _key(other.start) <= _key(one.end)


def _key(position: types.Position) -> tuple[int, int]:
    return position.line, position.character
