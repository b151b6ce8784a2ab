"""How a report is set: ANSI colours and links, or none, and the columns of a terminal."""

from typing import NamedTuple

WIDTH = 100
"""Columns, where nobody says how many there are."""
_CODES = {
    "error": "1;31",
    "warning": "1;33",
    "info": "1;34",
    "bold": "1",
    "frame": "34",
    "second": "36",
    "help": "1;32",
    "dim": "2",
}


class Paint(NamedTuple):
    """Paints words when ``color``, and makes links of them when ``links``; the same words otherwise."""

    color: bool
    links: bool = False

    def __call__(self, text: str, tone: str) -> str:
        if not self.color or not text:
            return text
        return f"\x1b[{_CODES[tone]}m{text}\x1b[0m"

    def link(self, text: str, address: str) -> str:
        """``text`` as a link where a terminal shows them and there is an ``address``.

        https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda
        """
        return f"\x1b]8;;{address}\x1b\\{text}\x1b]8;;\x1b\\" if self.links and address else text
