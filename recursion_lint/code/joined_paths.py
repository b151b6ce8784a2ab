"""Paths as the libraries put them together, where keys of objects are made with them: with slashes, as on Linux."""

from __future__ import annotations

import re
from collections.abc import Sequence

from recursion_lint.code.calls import Concatenation, Literal, Unknown, Value
from recursion_lint.code.values import concatenated, made_of

_TO_CHANGE = re.compile(r"(?:^|/)\.{1,2}(?:/|$)|//")
_MARKED = re.compile("(\0\\d+\0)")


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
    text = "".join(
        str(part.value) if isinstance(part, Literal) else f"\0{at}\0" for at, part in enumerate(parts)
    )
    steps: list[str] = []
    above: list[Value] = []
    for step in text.split("/"):
        if step == ".." and steps and "\0" in steps[-1]:
            steps, above = [], [Unknown("a folder above", made_of(value))]
        elif step == ".." and steps and steps[-1] != "..":
            steps.pop()
        elif step not in ("", ".") and not (step == ".." and above):
            steps.append(step)
    rooted = "/" if text.startswith("/") and not above else ""
    made = rooted + "/".join(steps) + ("/" if text.endswith("/") and steps else "")
    found = (
        parts[int(one.strip("\0"))] if one.startswith("\0") else Literal(one)
        for one in _MARKED.split(made)
        if one
    )
    return concatenated((*above, *found))


def resolved(values: Sequence[Value]) -> Value:
    """``path.resolve``: an absolute path, below the folder that the code runs in where no part is one."""
    path = normalised(joined(values))
    first = path.parts[0] if isinstance(path, Concatenation) else path
    if isinstance(first, Literal) and str(first.value).startswith("/"):
        return path
    return concatenated((Unknown("the working folder", made_of(path)), Literal("/"), path))
