"""Paths as the libraries put them together, where keys of objects are made with them: with slashes, as on Linux."""

from __future__ import annotations

import re
from collections.abc import Sequence

from recursion_lint.code.calls import Concatenation, Literal, Unknown, Value
from recursion_lint.code.values import concatenated, made_of

_TO_CHANGE = re.compile(r"(?:^|/)\.{1,2}(?:/|$)|//")


def joined(values: Sequence[Value]) -> Value:
    """``os.path.join``: what stands before a part that begins with a slash is dropped.

    https://docs.python.org/3/library/os.path.html#os.path.join
    """
    parts: list[Value] = []
    for value in values:
        before = concatenated(parts)
        if isinstance(value, Literal) and str(value.value).startswith("/"):
            parts = []
        elif parts and not _ends_with_slash(before) and before != Literal(""):
            parts.append(Literal("/"))
        parts.append(value)
    return concatenated(parts)


def _ends_with_slash(value: Value) -> bool:
    last = value.parts[-1] if isinstance(value, Concatenation) else value
    return isinstance(last, Literal) and str(last.value).endswith("/")


def normalised(value: Value) -> Value:
    """``path.normalize`` and ``os.path.normpath``: no steps up, no empty steps. Above what is not known lies anything.

    https://nodejs.org/api/path.html#pathnormalizepath
    """
    parts = value.parts if isinstance(value, Concatenation) else (value,)
    if not any(isinstance(part, Literal) and _TO_CHANGE.search(str(part.value)) for part in parts):
        return value
    steps = _steps(parts)
    kept: list[list[Value]] = []
    above: list[Value] = []
    for step in steps:
        word = _word(step)
        if word == ".." and kept and _word(kept[-1]) is None:
            kept, above = [], [Unknown("a folder above", made_of(value))]
        elif word == ".." and kept and _word(kept[-1]) != "..":
            kept.pop()
        elif word not in ("", ".") and not (word == ".." and above):
            kept.append(step)
    found: list[Value] = [Literal("/")] if not steps[0] and not above else []
    for step in kept:
        found += [*step, Literal("/")]
    if kept and steps[-1]:
        found.pop()
    return concatenated((*above, *found))


def _steps(parts: Sequence[Value]) -> list[list[Value]]:
    """What stands between the slashes of a path."""
    steps: list[list[Value]] = [[]]
    for part in parts:
        if not isinstance(part, Literal):
            steps[-1].append(part)
            continue
        first, *rest = str(part.value).split("/")
        steps[-1] += [Literal(first)] if first else []
        steps += [[Literal(step)] if step else [] for step in rest]
    return steps


def _word(step: Sequence[Value]) -> str | None:
    """A step as it is written; ``None`` where a part of it is not known."""
    known = [str(part.value) for part in step if isinstance(part, Literal)]
    return "".join(known) if len(known) == len(step) else None


def resolved(values: Sequence[Value]) -> Value:
    """``path.resolve``: an absolute path, below the folder that the code runs in where no part is one."""
    path = normalised(joined(values))
    first = path.parts[0] if isinstance(path, Concatenation) else path
    if isinstance(first, Literal) and str(first.value).startswith("/"):
        return path
    return concatenated((Unknown("the working folder", made_of(path)), Literal("/"), path))
