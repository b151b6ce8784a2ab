"""Places as this linter counts them (letters, lines of YAML) and as an editor does (code units, lines of an editor)."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import NamedTuple

from recursion_lint.model.findings import Span
from recursion_lint.template.yaml.document import BREAK

_EDITOR_BREAK = re.compile("\r\n|[\n\r]")
"""https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/#textDocuments"""


class Position(NamedTuple):
    """A place in a document, counted from 0: a line, and code units of the encoding that was agreed on."""

    line: int
    character: int


class Lines:
    """The lines of a text. Those of a template end where YAML says so, which is at more letters than in an editor."""

    def __init__(self, text: str, encoding: str = "utf-16", yaml: bool = True) -> None:
        self._text = text
        self._encoding = encoding
        self._editor = _starts(text, _EDITOR_BREAK)
        self._own = _starts(text, BREAK) if yaml else self._editor

    def position(self, offset: int) -> Position:
        """Where the letter at ``offset`` stands."""
        offset = min(max(offset, 0), len(self._text))
        line = bisect_right(self._editor, offset) - 1
        return Position(line, _units(self._text[self._editor[line] : offset], self._encoding))

    def first_line_of(self, span: Span) -> tuple[Position, Position]:
        """Where a span begins, and where it ends on its first line; what lies outside of the text is at its edge."""
        start = self._offset(span.line, span.column)
        end = self._offset(span.end_line, span.end_column)
        last = self._end_of_line(span.line)
        end = min(end, last) if end > start else last
        return self.position(start), self.position(end)

    def whole_line(self, line: int) -> tuple[Position, Position]:
        """The line, counted from 1, without the blanks before it."""
        start = self._offset(line, 1)
        end = self._end_of_line(line)
        lead = len(self._text[start:end]) - len(self._text[start:end].lstrip())
        return self.position(start + lead), self.position(end)

    def _offset(self, line: int, column: int) -> int:
        if line > len(self._own):
            return len(self._text)
        start = self._own[max(line, 1) - 1]
        return min(start + max(column, 1) - 1, len(self._text))

    def _end_of_line(self, line: int) -> int:
        start = self._offset(line, 1)
        end = self._own[max(line, 1)] if max(line, 1) < len(self._own) else len(self._text)
        return start + len(self._text[start:end].rstrip("\r\n\x85\u2028\u2029"))


class Shift:
    """What became of the lines of an old text in a new one: those before and after all changes are still there."""

    def __init__(self, old: str, new: str) -> None:
        before, after = _EDITOR_BREAK.split(old), _EDITOR_BREAK.split(new)
        most = min(len(before), len(after))
        self._same = next((at for at in range(most) if before[at] != after[at]), most)
        rest = most - self._same
        self._rest = next((at for at in range(rest) if before[-1 - at] != after[-1 - at]), rest)
        self._lines = len(before)
        self._moved = len(after) - len(before)

    def line(self, line: int) -> int | None:
        """Where a line of the old text, counted from 0, is in the new one; ``None`` where it has changed."""
        if line < self._same:
            return line
        return line + self._moved if line >= self._lines - self._rest else None


def _starts(text: str, end: re.Pattern[str]) -> list[int]:
    return [0, *(found.end() for found in end.finditer(text))]


def _units(text: str, encoding: str) -> int:
    if text.isascii() or encoding == "utf-32":
        return len(text)
    if encoding == "utf-8":
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
