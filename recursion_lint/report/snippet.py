"""Source lines with numbered underlines below them."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from recursion_lint.report.columns import Window, display_width, shortened, window, wrap
from recursion_lint.report.paint import Paint

# Up to this many unlabelled lines between two shown ones are shown too, instead of "...".
_BRIDGE = 1
_MIN_LABEL = 32


class Marker(NamedTuple):
    """One underline: 1-based ``line`` and ``column``; ``end`` is exclusive, ``None`` to the end of the line."""

    line: int
    column: int
    end: int | None
    primary: bool
    labels: tuple[str, ...] = ()


class Frame(NamedTuple):
    """How snippets are drawn: columns for line numbers, columns in all, colours, the tone of primary marks."""

    gutter: int
    width: int
    paint: Paint
    tone: str

    @property
    def room(self) -> int:
        return max(40, self.width - self.gutter - 3)

    def row(self, content: str = "", number: int | None = None) -> str:
        """One line behind the gutter, with its number if it is a source line."""
        margin = " " * self.gutter if number is None else str(number).rjust(self.gutter)
        bar = self.paint(f"{margin} |", "frame")
        return f"{bar} {content}" if content else bar


@lru_cache(maxsize=1)  # the findings of a file stand together
def source_lines(text: str) -> tuple[str, ...]:
    """The lines as YAML counts them: ``splitlines`` would also break at form feeds and the like."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    for line_break in ("\r", "\x85", "\u2028", "\u2029"):
        text = text.replace(line_break, "\n")
    return tuple(text.split("\n"))


def draw(lines: Sequence[str], markers: Sequence[Marker], context: set[int], frame: Frame) -> Iterator[str]:
    """The snippet: each marked line with its underlines, the ``context`` lines, ``...`` where lines are left out."""
    marked: dict[int, list[Marker]] = {}
    for marker in sorted(markers, key=lambda m: (m.line, m.column, m.end or 0, m.labels)):
        marked.setdefault(marker.line, []).append(marker)
    yield frame.row()
    previous: int | None = None
    for number in _bridged(sorted(marked.keys() | context)):
        if previous is not None and number > previous + 1:
            yield frame.paint("...", "frame")
        previous = number
        yield from _line(lines[number - 1], number, marked.get(number, []), frame)


def underlined(line: str, marker: Marker, frame: Frame) -> Iterator[str]:
    """One source line with its number, and the underline with its label below it on one line."""
    begin, end = _letters(line, marker)
    shown = window(line, begin, end, frame.room)
    yield frame.row(shown.text.rstrip(), marker.line)
    left = shown.column(begin)
    marks = ("^" if marker.primary else "-") * max(shown.column(end) - left, 1)
    label = " ".join(marker.labels)
    beside = left + len(marks) + 1
    if frame.room - beside < display_width(label):
        marks, beside = marks[:1], left + 2
    indent = min(left, max(frame.room - _MIN_LABEL - 2, 0)) if frame.room - beside < _MIN_LABEL else left
    text = f"{marks} {shortened(label, max(frame.room - indent - len(marks) - 1, _MIN_LABEL))}"
    yield frame.row(" " * indent + frame.paint(text, frame.tone if marker.primary else "second"))


def _bridged(numbers: Sequence[int]) -> Iterator[int]:
    previous: int | None = None
    for number in numbers:
        if previous is not None and number - previous - 1 <= _BRIDGE:
            yield from range(previous + 1, number)
        yield number
        previous = number


def _line(line: str, number: int, markers: Sequence[Marker], frame: Frame) -> Iterator[str]:
    if not markers:
        shown = window(line, 0, 1, frame.room)
        yield frame.row(shown.text.rstrip(), number)
        return
    for shown, group in _windows(line, markers, frame.room):
        yield frame.row(shown.text.rstrip(), number)
        for marker in group:
            yield from _underline(line, shown, marker, frame)


def _windows(line: str, markers: Sequence[Marker], room: int) -> list[tuple[Window, list[Marker]]]:
    """One view of the line if it holds all markers; a line of 100 KB is shown once for each far-off marker."""
    views: list[tuple[Window, list[Marker]]] = []
    for marker in markers:
        begin, end = _letters(line, marker)
        if views and min(end, begin + room // 2) <= views[-1][0].stop:
            views[-1][1].append(marker)
        else:
            views.append((window(line, begin, end, room), [marker]))
    return views


def _letters(line: str, marker: Marker) -> tuple[int, int]:
    """The marked letters as a 0-based half-open range of at least one, inside the line."""
    size = len(line.rstrip())
    begin = min(max(marker.column - 1, 0), max(size - 1, 0))
    # What goes on below a key underlines the key, not its colon.
    end = len(line.rstrip().removesuffix(":")) if marker.end is None else min(marker.end - 1, size)
    return begin, max(end, begin + 1)


def _underline(line: str, shown: Window, marker: Marker, frame: Frame) -> Iterator[str]:
    begin, end = _letters(line, marker)
    left = shown.column(begin)
    marks = ("^" if marker.primary else "-") * max(shown.column(end) - left, 1)
    tone = frame.tone if marker.primary else "second"
    rows = list(_labels(marker.labels, left, len(marks), frame.room))
    first = marks
    if rows and rows[0][0] == left + len(marks) + 1:
        first = f"{marks} {rows.pop(0)[1]}"
    yield frame.row(" " * left + frame.paint(first, tone))
    for indent, text in rows:
        yield frame.row(" " * indent + frame.paint(text, tone))


def _labels(labels: Sequence[str], left: int, marks: int, room: int) -> Iterator[tuple[int, str]]:
    """Each row of label text with its indent: beside the underline, or below it where too little room is left."""
    if not labels:
        return
    beside = left + marks + 1
    longest = max(display_width(label) for label in labels)
    fits = room - beside >= min(longest, _MIN_LABEL)
    below = left if room - left >= _MIN_LABEL else max(room - 2 * _MIN_LABEL, 0)
    indent = beside if fits else below
    for label in labels:
        mark = display_width(label.split(" ", 1)[0]) + 1
        for at, text in enumerate(wrap(label, max(room - indent - mark, _MIN_LABEL - mark))):
            yield indent + (mark if at else 0), text
