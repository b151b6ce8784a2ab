"""What a call writes, part by part, as whoever receives it reads it."""

import json
from collections.abc import Iterable

from recursion_lint.code.calls import CallSite, EventPath, Literal, ObjectValue, Pure, Value
from recursion_lint.code.deciding import UNTOLD
from recursion_lint.code.evaluation.recording import read
from recursion_lint.code.sdk_calls import operation
from recursion_lint.code.values import ABSENT, NOTHING, either, lifted, options


def content(written: CallSite, role: str) -> Value | None:
    """What a call writes in a role: ``None`` where it surely leaves it out, ``UNTOLD`` where it has no such role."""
    known = {name for name, _ in operation(written.operation).content}
    return written.value(role) if role in known else UNTOLD


def walked(value: Value | None, path: tuple[str, ...]) -> Value:
    """What stands at a path of something written, where ``json`` reads a text that ``json`` has made."""
    if value is None:
        return NOTHING
    if value is UNTOLD:
        return UNTOLD
    if len(options(value)) > 1:
        return either(walked(option, path) for option in options(value))
    if value == ABSENT:
        return NOTHING
    if path[:1] == ("json",):
        if isinstance(value, Pure) and value.name == "json":
            return walked(value.arguments[0], path[1:])
        if isinstance(value, Literal):
            return _read_as_json(value, path[1:])
        return EventPath((*value.path, *path)) if isinstance(value, EventPath) else UNTOLD
    if not path:
        return value
    if isinstance(value, EventPath):
        return EventPath((*value.path, *path))
    if isinstance(value, (ObjectValue, Literal)):
        found = read(value, path[:1])
        return walked(found, path[1:]) if found is not None else NOTHING
    return UNTOLD


def _read_as_json(text: Literal, path: tuple[str, ...]) -> Value:
    """What stands at a path of a constant text that is read as JSON."""
    try:
        return walked(lifted(json.loads(str(text.value))), path)
    except (ValueError, RecursionError):
        return UNTOLD


def alternatives(names: Iterable[str]) -> Value:
    """One of several names; ``UNTOLD`` where one of them, or all, cannot be told."""
    found = tuple(names)
    return either(map(Literal, found)) if found and all(found) else UNTOLD
