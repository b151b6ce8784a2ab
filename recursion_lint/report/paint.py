"""ANSI colours, or none."""

from typing import NamedTuple

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
    """Paints words when ``color``; the same words otherwise."""

    color: bool

    def __call__(self, text: str, tone: str) -> str:
        if not self.color or not text:
            return text
        return f"\x1b[{_CODES[tone]}m{text}\x1b[0m"
