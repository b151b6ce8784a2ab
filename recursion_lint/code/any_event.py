"""Which conditions each event of a trigger passes: they ask what kind of event it is, and end no loop.

This is for choosing what is worth telling, not for a proof: of a list, what its elements have in common counts.
"""

from __future__ import annotations

from recursion_lint.code.calls import EventPath, Guard, ListValue, Literal, Pure, Value
from recursion_lint.code.deciding import decide, equal
from recursion_lint.code.settings import Known, with_known

_DEEPEST = 14


def of_any_event(guard: Guard, known: Known) -> bool:
    """Does a condition hold for every event, as far as ``known`` says what all of them have?"""
    if guard.on_error or not _asks_the_event(guard.test):
        return False
    found = decide(with_known(guard.test, known))
    if found is None:
        found = _form(guard.test, known)
    return found is guard.holds


def _asks_the_event(test: Value, depth: int = 0) -> bool:
    if isinstance(test, EventPath):
        return True
    parts = test.arguments if isinstance(test, Pure) else test.items if isinstance(test, ListValue) else ()
    return depth < _DEEPEST and any(_asks_the_event(part, depth + 1) for part in parts)


def _form(test: Value, known: Known, depth: int = 0) -> bool | None:
    """A test by what all events have; ``None`` where it depends on more."""
    if isinstance(test, EventPath):
        return True if not test.path or known.present(test.path) else None
    if not isinstance(test, Pure) or depth > _DEEPEST:
        return decide(test)
    parts = test.arguments
    if test.name in ("and", "all", "or", "any"):
        answers = [_form(part, known, depth + 1) for part in parts]
        settles = test.name in ("or", "any")
        return settles if settles in answers else None if None in answers else not settles
    if test.name in ("not", "bool"):
        inside = _form(parts[0], known, depth + 1)
        return inside if inside is None else inside is (test.name == "bool")
    if test.name == "isinstance":
        return _form(parts[0], known, depth + 1)
    if test.name in ("in", "contains", "has") and len(parts) == 2:
        whole, part = parts if test.name != "in" else parts[::-1]
        return _holds_element(whole, part, known)
    return decide(with_known(test, known))


def _holds_element(whole: Value, part: Value, known: Known) -> bool | None:
    if not isinstance(whole, ListValue) or not isinstance(part, Literal):
        return None
    return True if any(equal(with_known(item, known), part) for item in whole.items) else None
