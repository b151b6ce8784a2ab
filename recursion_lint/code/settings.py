"""What is known before a handler runs: a call as it is made with it, and whether it is made at all.

That is what the template gives to environment variables, and what every event of the handler's trigger has in common.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from recursion_lint.code.applying import applied
from recursion_lint.code.calls import (
    Alternatives,
    CallSite,
    Concatenation,
    Environment,
    EventPath,
    Guard,
    ListValue,
    Literal,
    ObjectValue,
    Pure,
    Value,
)
from recursion_lint.code.deciding import UNTOLD, decide
from recursion_lint.code.values import NOTHING, TESTS, concatenated, either, fallen_back, inner

Settings = Mapping[str, Value]
"""By the name of a variable, the value that it has whenever the code runs."""
_DEEPEST = 14
_GIVEN = ("AWS_", "LAMBDA_", "_HANDLER", "_X_AMZN", "TZ", "PATH", "HOME", "LANG", "NODE_", "PYTHON")
"""How variables begin that Lambda sets itself."""
_TRUTHS = frozenset({"not", "and", "or", "any", "all", "bool"})
_COMPARES = TESTS - _TRUTHS
_LOOKS_INTO = frozenset({"in", "not in", "has", "contains"})
_IS_NOT = {"is": False, "==": False, "is not": True, "!=": True}
_SIZES = frozenset({"len", "length"})


class Known:
    """What is known of variables and events, and what was worked out by it: the conditions of calls share their parts.

    ``events`` gives what stands at a path of every event that starts the code, or ``None``; ``present`` whether every
    event has something there. ``told`` are the variables that are set, where all are told: others are what the code
    takes in their place, or nothing.
    """

    def __init__(
        self,
        variables: Settings,
        events: Callable[[tuple[str, ...]], Value | None] = lambda path: None,
        present: Callable[[tuple[str, ...]], bool | None] = lambda path: None,
        told: Collection[str] | None = None,
    ) -> None:
        self.variables = variables
        self.events = events
        self.present = present
        self.told = told
        # By identity, as large values are equal to few others; the value is kept, so that no other takes its place.
        self._settled: dict[tuple[int, int], tuple[Value, Value]] = {}

    def settled(self, value: Value, depth: int) -> Value:
        """``value`` with what is known, worked out once: itself where it depends on nothing of it."""
        key = id(value), depth
        if key not in self._settled:
            self._settled[key] = value, _settled_anew(value, self, depth)
        return self._settled[key][1]


def with_settings(site: CallSite, known: Known) -> CallSite:
    """The call with what is known in its conditions, its key and what it writes. Its target stays."""
    return site._replace(
        key=_settled(site.key, known) if site.key is not None else None,
        content=tuple((role, _settled(value, known)) for role, value in site.content),
        guards=tuple(
            guard if guard.on_error else guard._replace(test=with_known(guard.test, known))
            for guard in site.guards
        ),
    )


def switched_off(site: CallSite, known: Known) -> tuple[Guard, ...]:
    """The conditions that keep the call from being made by what is known, whatever else the event is."""
    found = []
    for guard in site.guards:
        if guard.on_error:
            continue
        settled = with_known(guard.test, known)
        if settled is not guard.test and decide(settled) is (not guard.holds):
            found.append(guard)
    return tuple(found)


def with_known(test: Value, known: Known, depth: int = 0) -> Value:
    """A test with what is known: what every event has counts as true, and a list of it is not empty."""
    if _is_there(test, known) or _is_counted(test, known):
        return Literal(True)
    return _settled(test, known, depth)


def _is_there(value: Value, known: Known) -> bool:
    return isinstance(value, EventPath) and known.present(value.path) is True


def _is_counted(value: Value, known: Known) -> bool:
    return isinstance(value, Pure) and value.name in _SIZES and _is_there(value.arguments[0], known)


def _settled(value: Value, known: Known, depth: int = 0) -> Value:
    return known.settled(value, depth)


def _settled_anew(value: Value, known: Known, depth: int) -> Value:
    if isinstance(value, Environment):
        if known.told is None or value.name in known.told or value.name.startswith(_GIVEN):
            return known.variables.get(value.name, value)
        return value.default if value.default is not None else NOTHING
    if isinstance(value, EventPath):
        told = known.events(value.path)
        return value if told is None else told
    if depth > _DEEPEST:
        return value
    before = inner(value)
    asked = with_known if isinstance(value, Pure) and value.name in _TRUTHS else _settled
    after = tuple(asked(part, known, depth + 1) for part in before)
    if isinstance(value, Pure):
        has = _has(value, known) if value.name in _LOOKS_INTO else _more_than_nothing(value, known)
        if has is not None:
            return has
    if all(one is other for one, other in zip(before, after, strict=True)):
        return value
    if isinstance(value, Concatenation):
        return concatenated(after)
    if isinstance(value, Alternatives):
        return fallen_back(after, decide(after[0])) if value.fallback else either(after)
    if isinstance(value, ListValue):
        return ListValue(after, value.exact)
    if isinstance(value, Pure):
        return _worked_out(value, after, known)
    return _record(value, after) if isinstance(value, ObjectValue) else value


def _worked_out(value: Pure, arguments: tuple[Value, ...], known: Known) -> Value:
    """A function of what is now known. What an event and the template compare to is not told where that is open."""
    found = applied(value.name, arguments)
    found = Pure(value.name, arguments) if found is UNTOLD else found
    if value.name not in _COMPARES or decide(found) is not None:
        return found
    return UNTOLD if any(_told_by_event(part, known) for part in value.arguments) else found


def _told_by_event(value: Value, known: Known, depth: int = 0) -> bool:
    if isinstance(value, EventPath):
        return known.events(value.path) is not None
    return depth < _DEEPEST and any(_told_by_event(part, known, depth + 1) for part in inner(value))


def _has(value: Pure, known: Known) -> Value | None:
    """Whether a part of the event has a field; ``None`` where that is not known."""
    if len(value.arguments) != 2:
        return None
    whole, name = value.arguments if value.name in ("has", "contains") else value.arguments[::-1]
    if not isinstance(whole, EventPath) or not isinstance(name, Literal):
        return None
    path = (*whole.path, str(name.value))
    found = known.events(path)
    has = known.present(path) if found is None else found != NOTHING
    return None if has is None else Literal(has is (value.name != "not in"))


def _more_than_nothing(value: Pure, known: Known) -> Value | None:
    """What every event has is not nothing, and has one element at least; ``None`` where nothing of that is asked."""
    if len(value.arguments) != 2:
        return None
    first, second = value.arguments
    if value.name in _IS_NOT and NOTHING in (first, second):
        there = any(_is_there(one, known) for one in (first, second))
        return Literal(_IS_NOT[value.name]) if there else None
    if not isinstance(second, Literal) or not _is_counted(first, known):
        return None
    if not isinstance(second.value, int):
        return None
    # Of what has one element or more all sizes from 1 are possible: only where they agree it is told.
    sizes = {max(1, second.value + more) for more in (-1, 0, 1)}
    answers = {decide(applied(value.name, (Literal(size), second))) for size in sizes}
    answer = answers.pop() if len(answers) == 1 else None
    return None if answer is None else Literal(answer)


def _record(value: ObjectValue, parts: tuple[Value, ...]) -> ObjectValue:
    fields = tuple((name, part) for (name, _), part in zip(value.fields, parts, strict=False))
    return ObjectValue(fields, value.open, value.rest, value.computed)
