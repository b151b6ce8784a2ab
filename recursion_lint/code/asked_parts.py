"""What a condition asks for: a change, what is left of what was read, one of many; and what it depends on."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from recursion_lint.code.calls import (
    Alternatives,
    CallResult,
    CallSite,
    EventPath,
    Guard,
    ListValue,
    Literal,
    ObjectValue,
    Pure,
    Unknown,
    Value,
)
from recursion_lint.code.values import inner, made_of

_DEEPEST = 14
LOGIC = ("not", "and", "or", "bool", "any", "all")
_LENGTHS = ("len", "length")
_ORDERS = ("<", ">", "<=", ">=", "==", "!=")
_LISTS = ("query", "scan", "listobjects", "listobjectsv2", "receivemessage", "batchgetitem")
_FOUND = (("Items",), ("Contents",), ("Messages",), ("Count",), ("KeyCount",))
_REFUSED = "is refused"
OF_A_BATCH = re.compile(
    r"(?:\.(?:length|size\(\))|\blen\([^)]*\)|\b\w*count\w*)\s*(?:>=?|!={1,2})\s*[01]\b"
    r"|^\s*(?:i|j|k|n|idx|index)\s*<=?\s*[\w.]+(?:\(\))?\s*$"
    r"|[=<]=*\s*(?:\w+\.)*(?:length|size\(\))\s*$",
    re.IGNORECASE,
)
"""How many there are of what this round has got: the next one has its own."""


def parts(value: Value, depth: int = 0) -> Iterable[Value]:
    yield value
    if depth < _DEEPEST:
        for part in inner(value):
            yield from parts(part, depth + 1)


def asks_for_a_change(guard: Guard) -> bool:
    """Does the condition compare an attribute in both images, so that only a change of it passes?"""
    seen = {part.path for part in parts(guard.test) if isinstance(part, EventPath)}
    new = {path[path.index("NewImage") + 1 :] for path in seen if "NewImage" in path}
    return any(path[path.index("OldImage") + 1 :] in new - {()} for path in seen if "OldImage" in path)


def depended_on(test: Value, depth: int = 0) -> Iterable[Value]:
    """The parts that a test depends on: whether a list or an object is empty, its elements do not say."""
    if isinstance(test, (ListValue, ObjectValue)):
        return
    if (_is_logic(test) and depth < _DEEPEST) or isinstance(test, Alternatives):
        for part in inner(test):
            yield from depended_on(part, depth + 1)
    else:
        yield from parts(test)


def _is_logic(test: Value) -> bool:
    """Is a test true by the truth or by the length of its parts?"""
    if not isinstance(test, Pure):
        return False
    ordered = test.name in _ORDERS and any(map(_is_length, test.arguments))
    return ordered or test.name in LOGIC or test.name in _LENGTHS


def _is_length(value: Value) -> bool:
    return isinstance(value, Pure) and value.name in _LENGTHS


def runs_out(guard: Guard, changed: Collection[str]) -> bool:
    """Does the condition ask whether anything is left of what was read, in a service whose state the code changes?"""
    if guard.on_error or _REFUSED in guard.text:
        return False
    read = {source.removeprefix("sdk:") for source in made_of(guard.test) if source.startswith("sdk:")}
    lists = any(one.partition(".")[0] in changed and one.rpartition(".")[2].lower() in _LISTS for one in read)
    return lists and any(map(_is_rest, _truths(guard.test)))


def _truths(test: Value, depth: int = 0) -> Iterable[Value]:
    """The values whose truth or whose length makes a test true."""
    if (_is_logic(test) and depth < _DEEPEST) or isinstance(test, Alternatives):
        for part in inner(test):
            yield from _truths(part, depth + 1)
    else:
        yield test


def _is_rest(value: Value) -> bool:
    """Is it what a read has found, as a list?"""
    if isinstance(value, CallResult):
        return value.path[-1:] in _FOUND
    return isinstance(value, ListValue) and any(one.startswith("sdk:") for one in made_of(value))


def skips_a_part(guard: Guard, written: CallSite) -> bool:
    """Does the condition stand in a loop over something else than records? It leaves one of many out."""
    for before in written.guards[: written.guards.index(guard)]:
        counts = isinstance(before.test, Pure) and before.test.name in _ORDERS and before.holds
        if counts and OF_A_BATCH.search(before.text) is not None:
            lengths = [part for part in parts(before.test) if isinstance(part, EventPath)]
            if not any(part.path[-1:] == ("Records",) for part in lengths):
                return True
    return False


def of_this_round(guard: Guard) -> bool:
    """Does the condition compare settings with what this round has counted itself? The next one counts anew."""
    made = made_of(guard.test)
    if guard.on_error or not made <= {"environment"}:
        return False
    found = list(parts(guard.test))
    # What takes nothing may be the time.
    asked = any(isinstance(part, Pure) and not part.arguments for part in found)
    return not asked and any(isinstance(part, Alternatives) for part in found)


def read_went_well(guard: Guard) -> bool:
    """Is it that a read was not refused? What a round has written the next one can read."""
    return not guard.on_error and not guard.holds and guard.text.endswith(_REFUSED)


def told_by(calls: Iterable[CallSite]) -> frozenset[str] | None:
    """The names and the texts in what calls write; ``None`` where some of that may hold any names."""
    found: set[str] = set()
    for value in (value for call in calls for _, value in call.content):
        if _may_hold_more(value):
            return None
        for part in parts(value):
            if isinstance(part, ObjectValue):
                found.update(name for name, _ in part.fields)
            elif isinstance(part, Literal) and isinstance(part.value, str):
                found.add(part.value)
    return frozenset(found)


def _may_hold_more(value: Value, depth: int = 0) -> bool:
    if isinstance(value, Unknown) or depth > _DEEPEST:
        return True
    if isinstance(value, ObjectValue):
        return bool(value.computed) or (value.rest is not None and _may_hold_more(value.rest, depth + 1))
    return isinstance(value, Pure) and any(_may_hold_more(one, depth + 1) for one in value.arguments)


def never_set(guard: Guard, told: Collection[str]) -> bool:
    """Does only a mark in what comes hold the write back which nothing that is ``told`` sets?"""
    test, holds = guard.test, guard.holds
    while isinstance(test, Pure) and test.name == "not" and len(test.arguments) == 1:
        test, holds = test.arguments[0], not holds
    if guard.on_error or not isinstance(test, Pure) or test.name not in ("==", "!="):
        return False
    if (test.name == "==") == holds:
        return False
    fields = [part.path[-1] for part in test.arguments if isinstance(part, EventPath) and part.path]
    texts = [
        part.value for part in test.arguments if isinstance(part, Literal) and isinstance(part.value, str)
    ]
    return len(fields) == len(texts) == 1 and not {*fields, *texts} & set(told)
