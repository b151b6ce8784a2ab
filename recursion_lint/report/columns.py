"""Text measured in the columns of a terminal: tabs, wide characters, long lines."""

from typing import NamedTuple

from recursion_lint.report.paint import WIDTH
from recursion_lint.report.wording import printable

TAB = 4
ELLIPSIS = "…"


def display_width(text: str) -> int:
    """How many columns ``text`` takes (it holds no tab)."""
    return len(text) if text.isascii() else sum(_letter_width(letter) for letter in text)


def _letter_width(letter: str) -> int:
    if letter.isascii():
        return 1
    import unicodedata

    if unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def shortened(text: str, width: int) -> str:
    """``text`` as far as it fits into ``width`` columns, with an ellipsis where it does not."""
    if display_width(text) <= width:
        return text
    kept = 0
    for at, letter in enumerate(text):
        kept += _letter_width(letter)
        if kept > width - 1:
            return text[:at].rstrip() + "…"
    return text


def shortened_front(text: str, width: int) -> str:
    """The end of ``text`` that fits into ``width`` columns (at least 12), behind an ellipsis where that is not all."""
    width = max(width, 12)
    return text if display_width(text) <= width else "…" + shortened(text[::-1], width).rstrip("…")[::-1]


def wrap(text: str, width: int) -> list[str]:
    """``text`` in lines of at most ``width`` columns, broken at blanks only: a path or a name stays whole."""
    lines: list[str] = []
    used = 0
    for word in text.split(" "):
        size = display_width(word)
        if lines and used + 1 + size <= width:
            lines[-1] += " " + word
            used += 1 + size
        else:
            lines.append(word)
            used = size
    return lines


def fitted(text: str, width: int) -> list[str]:
    """``text`` in lines for a terminal of ``width`` columns, to be indented by 4 from the second on.

    One line where it fits, and where nobody's terminal is written to (``WIDTH``): programs read whole lines.
    """
    return [text] if width == WIDTH or display_width(text) <= width else wrap(text, width - 4)


class Window(NamedTuple):
    """The part of a source line that is shown. ``offsets[i]`` is the column of the letter ``start + i``."""

    text: str
    start: int
    offsets: tuple[int, ...]

    @property
    def stop(self) -> int:
        return self.start + len(self.offsets) - 1

    def column(self, index: int) -> int:
        """The display column (from 0) of the letter ``index`` of the line, held inside the window."""
        return self.offsets[min(max(index, self.start), self.stop) - self.start]


def window(line: str, begin: int, end: int, room: int) -> Window:
    """``line`` cut to ``room`` columns around the letters ``begin`` to ``end``; work is bounded by ``room``."""
    needed = min(end, begin + room // 2, len(line))
    from_start = _layout(line, 0, room)
    if needed <= from_start.stop:
        return from_start
    return _layout(line, max(0, begin - room // 3), room)


def _layout(line: str, start: int, room: int) -> Window:
    if not start and len(line) <= room and line.isascii() and line.isprintable():
        return Window(line, 0, tuple(range(len(line) + 1)))
    pieces = [ELLIPSIS] if start else []
    offsets = [len(pieces)]
    index = start
    while index < len(line):
        shown, size = _cell(line[index], offsets[-1])
        if offsets[-1] + size > room:
            break
        pieces.append(shown)
        offsets.append(offsets[-1] + size)
        index += 1
    if index < len(line):
        while len(offsets) > 1 and offsets[-1] > room - 1:
            offsets.pop()
            pieces.pop()
        pieces.append(ELLIPSIS)
    return Window("".join(pieces), start, tuple(offsets))


def _cell(letter: str, column: int) -> tuple[str, int]:
    if letter == "\t":
        size = TAB - column % TAB
        return " " * size, size
    shown = printable(letter)
    return shown, _letter_width(shown)
