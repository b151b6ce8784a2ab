"""The patterns of .gitignore and of the setting ``exclude``: does one of them name a path?

Each is matched level by level, and each level piece by piece, so that no pattern takes longer than its length times
that of the path. https://git-scm.com/docs/gitignore#_pattern_format
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

_ANY_LEVELS = "**"


class IgnorePatterns:
    """Patterns in the order of their lines: of those that match a path the last one counts."""

    def __init__(self, patterns: Sequence[_Pattern]) -> None:
        self._patterns = patterns

    @classmethod
    def from_lines(cls, lines: Iterable[str]) -> IgnorePatterns:
        """Read the lines of a file; comments and what is no pattern name nothing."""
        return cls([pattern for line in lines if (pattern := _read(line)) is not None])

    def match_file(self, path: str) -> bool:
        """Is a path, relative to where the patterns hold, named by them? A folder's path ends with a slash."""
        levels = path.replace("\\", "/").split("/") if "\\" in path else path.split("/")
        folder = levels[-1] == ""
        if folder:
            levels.pop()
        for pattern in reversed(self._patterns):
            if pattern.matches(levels, folder):
                return not pattern.negated
        return False


class _Pattern(NamedTuple):
    """A pattern's levels, each an expression or, for any number of levels, ``None``."""

    levels: tuple[re.Pattern[str] | None, ...]
    negated: bool
    folders_only: bool

    def matches(self, levels: Sequence[str], folder: bool) -> bool:
        """Does the pattern name the path, or a folder that it lies in?"""
        at = self._closed({0})
        for number, level in enumerate(levels, 1):
            at = self._closed(
                {
                    here if wanted is None else here + 1
                    for here in at
                    if (wanted := self.levels[here]) is None or wanted.match(level)
                }
            )
            if len(self.levels) in at:
                if number < len(levels) or folder or not self.folders_only:
                    return True
                at.discard(len(self.levels))
            if not at:
                return False
        return False

    def _closed(self, at: set[int]) -> set[int]:
        """The places reached, with those behind a ``**`` that stands for no level."""
        for here in sorted(at):
            while here < len(self.levels) and self.levels[here] is None:
                here += 1
                at.add(here)
        return at


def _read(line: str) -> _Pattern | None:
    text = line.rstrip("\r\n")
    while text.endswith(" ") and not text.endswith("\\ "):
        text = text[:-1]
    if not text or text.startswith("#"):
        return None
    negated = text.startswith("!")
    text = text[negated:]
    folders_only = text.endswith("/")
    text = text.rstrip("/") if folders_only else text
    levels = text.removeprefix("/").split("/")
    if not text or "" in levels:
        return None
    if "/" not in text:
        levels.insert(0, _ANY_LEVELS)
    if levels[-1] == _ANY_LEVELS:
        levels[-1] = "*"  # whatever lies in it: at least one level more
    try:
        return _Pattern(tuple(map(_level, levels)), negated, folders_only)
    except re.error:
        return None


def _level(text: str) -> re.Pattern[str] | None:
    """One level of a pattern. Each piece between two stars is taken where it comes first: none need be tried again."""
    if text == _ANY_LEVELS:
        return None
    first, *others = _pieces(text)
    last = others.pop() if others else None
    middle = "".join(f"(?=(.*?{piece}))\\{at}" for at, piece in enumerate(others, 1))
    return re.compile(first + middle + (rf".*{last}\Z" if last is not None else r"\Z"), re.DOTALL)


def _pieces(text: str) -> list[str]:
    """What stands between the stars of a level, as expressions of one letter each; stars in a row count as one."""
    found = [""]
    at = 0
    while at < len(text):
        letter = text[at]
        at += 1
        if letter == "*":
            if at == 1 or text[at - 2] != "*" or found[-1]:
                found.append("")
        elif letter == "?":
            found[-1] += "."
        elif letter == "[" and (end := text.find("]", at + 1 + (text[at : at + 1] in ("!", "^")))) > 0:
            found[-1] += _letters(text[at:end])
            at = end + 1
        else:
            if letter == "\\" and at < len(text):
                letter = text[at]
                at += 1
            found[-1] += re.escape(letter)
    return found


def _letters(inside: str) -> str:
    """The expression of one of the letters of ``[…]``."""
    negated = inside[:1] in ("!", "^")
    escaped = re.sub(r"[\\\[\]^&~|]", lambda found: "\\" + found[0], inside[negated:])
    return f"[{'^' if negated else ''}{escaped}]"
