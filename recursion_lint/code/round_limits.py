"""A maximum that the code compares its rounds to: by name, by number, as a time; where, and what it is set to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from recursion_lint.code.calls import Guard

_ROUNDS = r"(?:invocation|round|hop|depth|level|attempt|retr|iteration|spawn|recurs|generation|rerun|loop|continuation)"
_LIMIT = rf"\b(?:\w+\.)*(\w*(?:max|limit)\w*{_ROUNDS}\w*|\w*{_ROUNDS}\w*(?:max|limit)\w*)\b(?:\(\))?"
_NAMED = re.compile(_LIMIT, re.IGNORECASE)
_HELD = re.compile(rf"(?:(?<=[\s)])[<>]=?\s*{_LIMIT}|{_LIMIT}\s*[<>]=?(?![<>]))", re.IGNORECASE)
_COUNTER = (
    r"(?<![\w.])([\w.\[\]'\"?!]{0,60}?"
    r"(?:lambda|invocation|execution|spawn|continuation|rerun|round|hop|recurs)_?\w{0,40})(?:\(\))?"
)
"""What counts rounds by its name, where it is compared to a number."""
_COUNTED = re.compile(rf"{_COUNTER}(?:\s*\+\s*1)?\s*[<>]=?\s*(\d+)\b(?!\.)", re.IGNORECASE)
_TIMED = re.compile(
    r"[<>]=?\s*(?:[\w.]*\()*[\w.]*(?:timeout|deadline|max_?age|max_?duration)"
    r"|(?:timeout|deadline|max_?age|max_?duration)\w*\s*[<>]",
    re.IGNORECASE,
)
_COMPARED = re.compile(
    r"(?<![\w.])([A-Za-z_][\w.]{0,80})(?:\(\))?\)?(?:\s*\+\s*1)?\s*[<>]=?|[<>]=?\s*([A-Za-z_][\w.]*)"
)
_OPERANDS = re.compile(r"\s+and\s+|\s+or\s+|\s*&&\s*|\s*\|\|\s*")
_AGAIN_HERE = re.compile(r"^[\s})]*(?:while|for|until|do)\b")
_REMARKS = ("#", "//", "*", "/*")
_LONGEST = 1000
"""Of a longer line, of minified code, no place would tell a reader anything."""
_LAZY = re.compile(r"\blazy\s*=\s*[\[(]")
_LAZILY = (("slack_bolt", "Slack Bolt"),)


class Held(NamedTuple):
    """Where a maximum of rounds is compared, and by which name, or which number; lines count from 1."""

    name: str
    file: str
    line: int
    most: int | None = None


def compares_rounds(condition: str) -> bool:
    """Is something compared to a maximum of rounds by its name?"""
    return _HELD.search(condition) is not None


def compares_time(condition: str) -> bool:
    """Is a time compared to how long the work may last?"""
    return _TIMED.search(condition) is not None


def _counted_to(text: str) -> int | None:
    """The number that something which counts rounds by its name is compared to; one round is a look at the first."""
    found = _COUNTED.search(text)
    return int(found[2]) if found is not None and int(found[2]) > 1 else None


def cited(condition: str) -> str:
    """The part of a condition that ends the loop, where one compares rounds: the others say which work it is."""
    parts = _OPERANDS.split(condition)
    for fits in (_HELD.search, _counted_to, _TIMED.search):
        found = next((part for part in parts if fits(part)), "")
        if found:
            return found.replace("not (", "").strip(" ()") if found.count("(") != found.count(")") else found
    return condition


def held_rounds(texts: Sequence[tuple[str, str]]) -> Held | None:
    """Where the texts of a handler (file, text) compare how many rounds there were; ``None`` where they do not.

    What is counted must travel from round to round: a loop that tries a call again counts from a number of its own.
    """
    for file, text in texts:
        for number, line in enumerate(text.splitlines(), 1):
            if len(line) > _LONGEST or _AGAIN_HERE.match(line) or line.lstrip().startswith(_REMARKS):
                continue
            found = _HELD.search(line)
            if found is not None and _travels(line, texts):
                return Held(next(name for name in found.groups() if name), file, number)
            most, counted = _counted_to(line), _COUNTED.search(line)
            if most is not None and counted is not None and _travels(line, texts):
                return Held(" ".join(counted[0].split()), file, number, most)
    return None


def _travels(line: str, texts: Sequence[tuple[str, str]]) -> bool:
    """Is what the line compares to a maximum a field of something, so that it may come with the event?"""
    for found in _COMPARED.finditer(line):
        told = (found[1] or found[2] or "").rpartition(".")[2]
        name = re.escape(told.replace("get", "", 1) if told.startswith("get") else told)
        if not told or _NAMED.fullmatch(told) is not None:
            continue
        field = re.compile(
            rf"[\"']{name}[\"']|(?<!this)(?<!self)\.{name}\b(?!\s*\()|\b{name}\??\s*:\s|\bget{name}\(",
            re.IGNORECASE,
        )
        begun = re.compile(rf"\b{name}\s*(?::\s*\w+\s*)?=\s*-?\d")
        if any(field.search(text) for _, text in texts) and not any(begun.search(text) for _, text in texts):
            return True
    return False


def limit_name(condition: str) -> str:
    """The name of the maximum that a condition compares; empty for none."""
    found = _HELD.search(condition)
    return next((name for name in found.groups() if name), "") if found is not None else ""


def counted_to(condition: str) -> int | None:
    """The number of rounds that a condition itself names; ``None`` for one that names none."""
    return _counted_to(condition)


def names_a_maximum(name: str) -> bool:
    """Is ``name`` that of a maximum of rounds?"""
    return _NAMED.fullmatch(name) is not None and "retr" not in name.lower()


def same_name(first: str, second: str) -> bool:
    """``maxInvocations`` and ``MAX_INVOCATIONS`` are one."""
    return first.replace("_", "").lower() == second.replace("_", "").lower()


def limit_value(name: str, texts: Sequence[tuple[str, str]]) -> int | None:
    """The number that a maximum is set to in the texts of a handler, or its default there; ``None`` where none is."""
    for _, text in texts:
        for line in text.splitlines():
            left, equals, right = line.partition("=")
            named = _NAMED.search(left)
            if not equals or right.startswith("=") or named is None or not same_name(named[1], name):
                continue
            numbers = re.findall(r"(?<![\w.])\d[\d_]*(?![\w.]|\s*\*)", right)
            if numbers:
                return int(numbers[-1].replace("_", ""))
    return None


def invoked_by_library(texts: Sequence[tuple[str, str]]) -> tuple[str, str, int] | None:
    """The library that invokes the function itself for its lazy listeners, with the file and the line of one.

    Slack Bolt for Python does that, once for each listener: https://tools.slack.dev/bolt-python/concepts/lazy-listeners
    """
    for file, text in texts:
        found = _LAZY.search(text)
        for module, library in _LAZILY if found is not None else ():
            if found is not None and re.search(rf"\b{module}\b", text):
                return library, file, text.count("\n", 0, found.start()) + 1
    return None


def as_written(guards: Iterable[Guard]) -> tuple[str, ...]:
    """Conditions as they stand in the code."""
    found = (
        f"not ({guard.text})" if not guard.holds else guard.text for guard in guards if not guard.on_error
    )
    return tuple(dict.fromkeys(word for word in found if word))
