"""What a condition on an event makes of every event that a pattern lets through.

A condition is ``{"path": ["detail", "state"], "entry": …}``, with the entry of a pattern's leaf list, one of
``{"and": […]}``, ``{"or": […]}`` and ``{"not": …}`` over others, or ``{}`` for one that cannot be read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from recursion_lint.model.text import as_text, literal
from recursion_lint.patterns.events import Doc, overlap
from recursion_lint.patterns.fields import field
from recursion_lint.patterns.narrowing import NAMES, strings

_FIELD = "value"
_DEEPEST = 12


def decided(condition: Any, pattern: Any, depth: int = 0) -> bool | None:
    """How ``condition`` turns out for all events that ``pattern`` lets through; ``None`` where that is not known."""
    if not isinstance(condition, Mapping) or depth > _DEEPEST:
        return None
    if "not" in condition:
        found = decided(condition["not"], pattern, depth + 1)
        return None if found is None else not found
    for joined, stops in (("and", False), ("or", True)):
        if joined in condition:
            each = [decided(one, pattern, depth + 1) for one in condition[joined]]
            return stops if stops in each else None if None in each else not stops
    return _asked(condition, pattern) if "path" in condition else None


def may_hold(conditions: Iterable[Any], patterns: Iterable[Any]) -> bool:
    """May an event that one of ``patterns`` lets through meet all ``conditions``? Without patterns any event may."""
    asked, given = tuple(conditions), tuple(patterns)
    return not given or any(all(decided(one, pattern) is not False for one in asked) for pattern in given)


def _asked(condition: Mapping[str, Any], pattern: Any) -> bool | None:
    path = tuple(condition["path"])
    known = strings(field(pattern, *path))
    if known is None:
        return None
    wanted = {_FIELD: [condition["entry"]]}
    verdicts = {overlap(wanted, Doc({_FIELD: one})).verdict for one in known}
    if verdicts == {"disjoint"}:
        return False
    # A pattern takes an array for one of its elements, and a comparison of strings fails for an array.
    plain = (len(path) == 1 and path[0] in NAMES) or all(
        map(told_by_aws, strings(field(pattern, "source")) or ("",))
    )
    return True if verdicts == {"matches"} and plain else None


def told_by_aws(source: Any) -> bool:
    """Is it the source of AWS's own events, whose fields are documented? A partner's are not."""
    word = literal(as_text(source) or ())
    return word is not None and word.startswith("aws.") and not word.startswith("aws.partner")
