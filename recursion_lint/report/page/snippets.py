"""Spans → the lines around them, each place copied once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from recursion_lint.model.findings import Span
from recursion_lint.report.snippet import source_lines
from recursion_lint.report.wording import printable

Texts = Callable[[str], "str | None"]
"""The text of a file, ``None`` where it cannot be had."""
_CONTEXT = 2
_MAX_LINES = 12
_MAX_COLUMNS = 220


class Snippets:
    """The places that a page shows; ``rows`` holds the lines of each, at the number that ``at`` gave."""

    def __init__(self, texts: Texts) -> None:
        self.rows: list[list[Any]] = []
        self._texts = texts
        self._known: dict[Span, int] = {}
        self._lines: dict[str, Sequence[str]] = {}

    def at(self, span: Span) -> int | None:
        """The number of the lines of ``span``; ``None`` where there is nothing to show."""
        if not span.file or span.line < 1:
            return None
        if span not in self._known:
            if span.file not in self._lines:
                self._lines[span.file] = source_lines(self._texts(span.file) or "")
            self._known[span] = len(self.rows)
            self.rows.append(snippet(self._lines[span.file], span))
        return self._known[span]


def snippet(lines: Sequence[str], span: Span) -> list[Any]:
    """The lines of a span and two on each side: ``[number, text, begin, end]``, the marked letters 0-based.

    ``begin`` is -1 on a line without a mark. Of a span of many lines the first are kept, of a long line the part
    around the mark.
    """
    last = span.end_line if span.end_column > 1 else span.end_line - 1
    shown_last = min(max(last, span.line), span.line + _MAX_LINES - 1)
    found: list[Any] = []
    for number in range(max(span.line - _CONTEXT, 1), min(shown_last + _CONTEXT, len(lines)) + 1):
        line = printable(lines[number - 1].expandtabs(1)).rstrip()
        begin, end = -1, -1
        if span.line <= number <= last or number == span.line:
            begin = span.column - 1 if number == span.line else len(line) - len(line.lstrip())
            end = span.end_column - 1 if number == span.end_line else len(line)
        found.append([number, *_cut(line, begin, end)])
    while found and not found[-1][1] and found[-1][2] < 0:
        found.pop()
    return found


def _cut(line: str, begin: int, end: int) -> tuple[str, int, int]:
    begin, end = min(begin, len(line)), min(end, len(line))
    if len(line) <= _MAX_COLUMNS:
        return line, begin, end
    first = max(begin - _MAX_COLUMNS // 3, 0)
    part = line[first : first + _MAX_COLUMNS]
    lead = "…" if first else ""
    tail = "…" if first + _MAX_COLUMNS < len(line) else ""
    if begin < 0:
        return lead + part + tail, -1, -1
    move = len(lead) - first
    return lead + part + tail, begin + move, min(end + move, len(lead + part))
