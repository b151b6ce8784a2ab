"""The parts of an event pattern: its fields, its choices, what is left of it when some fields are dealt with.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from recursion_lint.model.text import Text, as_text, literal

Path = tuple[str, ...]
MAX_CHOICES = 16


class _Entangled(Exception):
    """The choices of a pattern cannot be written out: too many, or two of them about one field."""


def choices(pattern: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """``pattern`` with each ``$or`` written out, one pattern a choice; itself where that cannot be done."""
    try:
        return list(_written_out(pattern))
    except _Entangled:
        return [pattern]


def _written_out(pattern: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [{}]
    for key, part in pattern.items():
        options: list[dict[str, Any]] = [{key: part}]
        if key == "$or" and isinstance(part, list):
            options = [one for branch in part if isinstance(branch, Mapping) for one in _written_out(branch)]
        elif isinstance(part, Mapping):
            options = [{key: one} for one in _written_out(part)]
        found = [_both(left, right) for left in found for right in options]
        if len(found) > MAX_CHOICES:
            raise _Entangled
    return found


def _both(left: Mapping[str, Any], right: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(left)
    for key, part in right.items():
        known = merged.get(key)
        if known is None:
            merged[key] = part
        elif isinstance(known, Mapping) and isinstance(part, Mapping):
            merged[key] = _both(known, part)
        else:
            raise _Entangled
    return merged


def field(pattern: Mapping[str, Any], *path: str) -> Any:
    """What ``pattern`` asks of the field at ``path``; ``None`` where it asks nothing."""
    part: Any = pattern
    for key in path:
        part = part.get(key) if isinstance(part, Mapping) else None
    return part


def without(pattern: Mapping[str, Any], paths: Iterable[Path]) -> dict[str, Any]:
    """``pattern`` without the fields at ``paths``, and without the objects that this empties."""
    gone = set(paths)
    left: dict[str, Any] = {}
    for key, part in pattern.items():
        if (key,) in gone:
            continue
        if isinstance(part, Mapping) and part:
            inner = without(part, [path[1:] for path in gone if path[0] == key])
            if inner:
                left[key] = inner
        else:
            left[key] = part
    return left


def exact(leaf: Any) -> list[Text] | None:
    """The strings of a leaf list that names its values one by one; ``None`` for any other."""
    if not isinstance(leaf, list):
        return None
    words = [as_text(entry) for entry in leaf]
    return [word for word in words if word is not None] if words and None not in words else None


def may_match(pattern: Mapping[str, Any], fields: Mapping[str, Any]) -> bool:
    """May an event with these ``fields`` (nested maps, and any others) match ``pattern``?"""
    # Most patterns name their source and detail type, and most questions are about others.
    # Under $or another part may stand for the same field, and the later one counts.
    if "$or" not in pattern and any(_names_others(pattern.get(key), part) for key, part in fields.items()):
        return False
    from recursion_lint.patterns.events import Doc, overlap

    def described(fields: Mapping[str, Any]) -> Doc:
        inner = {key: described(part) if isinstance(part, Mapping) else part for key, part in fields.items()}
        return Doc(inner, open=True)

    return overlap(pattern, described(fields)).verdict != "disjoint"


def _names_others(leaf: Any, value: Any) -> bool:
    """Does a leaf list name its values, and ``value`` not?"""
    if not isinstance(value, str) or not isinstance(leaf, list):
        return False
    words = [literal(word) for word in exact(leaf) or ()]
    return bool(words) and None not in words and value not in words


def strings(leaf: Any) -> list[tuple[list[Text], list[Text]]] | None:
    """``string_constraints`` of a leaf list; every string where there is no filter."""
    if leaf is None:
        return [([], [])]
    from recursion_lint.patterns.entries import string_constraints

    return string_constraints(leaf)
