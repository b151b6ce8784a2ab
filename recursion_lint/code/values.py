"""Working with frozen values: putting texts together, joining branches, what they were made of, their truth."""

from collections.abc import Iterable, Sequence

from recursion_lint.code.calls import (
    MOST_ALTERNATIVES,
    Alternatives,
    CallResult,
    Concatenation,
    ContextPath,
    Environment,
    EventPath,
    ListValue,
    Literal,
    ObjectValue,
    Pure,
    Unknown,
    Value,
)

NOTHING = Literal(None)
ABSENT = Unknown("absent")  # stands in a field that is not there (any more), or perhaps not there
EVENT, CONTEXT, ENVIRONMENT = (frozenset({word}) for word in ("event", "context", "environment"))
TESTS = frozenset(
    {
        "==",
        "!=",
        "<",
        ">",
        "<=",
        ">=",
        "in",
        "not in",
        "is",
        "is not",
        "has",
        "not",
        "and",
        "or",
        "startswith",
        "endswith",
        "matches",
        "isinstance",
        "instanceof",
        "any",
        "all",
        "bool",
        "isdigit",
    }
)
_DEEPEST = 12


def concatenated(parts: Iterable[Value]) -> Value:
    """Texts one after the other; neighbouring literals become one, and empty ones are left out."""
    found: list[Value] = []
    for part in _flat(parts):
        if isinstance(part, Literal):
            text = as_text(part)
            if found and isinstance(found[-1], Literal):
                found[-1] = Literal(f"{found[-1].value}{text}")
            elif text:
                found.append(Literal(text))
        else:
            found.append(part)
    if len(found) == 1 and isinstance(found[0], Literal):
        return found[0]
    return Concatenation(tuple(found)) if found else Literal("")


def _flat(parts: Iterable[Value]) -> Iterable[Value]:
    for part in parts:
        if isinstance(part, Concatenation):
            yield from part.parts
        else:
            yield part


def as_text(value: Literal) -> str:
    """A literal as it stands in a text."""
    return str(value.value)


def options(value: Value) -> tuple[Value, ...]:
    """The alternatives that a value is, or the value itself."""
    return value.options if isinstance(value, Alternatives) else (value,)


def either(values: Iterable[Value]) -> Value:
    """One or the other; more than can be kept apart are unknown."""
    found: list[Value] = []
    for value in values:
        found.extend(option for option in options(value) if option not in found)
    if len(found) > MOST_ALTERNATIVES:
        return Unknown("many values", frozenset().union(*(made_of(value) for value in found)))
    if not found:
        return Unknown("no value")
    return found[0] if len(found) == 1 else Alternatives(tuple(found))


def defaulted(first: Value, second: Value) -> Value:
    """A value, or another one where that is nothing: of a part of the event, that is kept in mind."""
    if (
        isinstance(first, EventPath)
        and isinstance(second, (Literal, Concatenation, Environment))
        and second != NOTHING
    ):
        return Alternatives((first, second), True)
    return either((first, second))


def fallen_back(both: Sequence[Value], found: bool | None) -> Value:
    """Which of two values it is, where the first is known to be ``found`` or not."""
    first, second = both
    if found is None or (not found and first != NOTHING):
        return either(both)
    return first if found else second


def made_of(value: Value, depth: int = 0) -> frozenset[str]:
    """Where a value comes from: ``event``, ``environment``, ``context``, ``error``, ``sdk:<service>.<operation>``."""
    known = _MADE_OF.get(type(value))
    if known is not None:
        return known
    if isinstance(value, CallResult):
        return frozenset((f"sdk:{value.service}.{value.operation}",))
    if isinstance(value, Unknown):
        return value.made_of
    if depth > _DEEPEST:
        return _UNKNOWN
    known = getattr(value, "origin", None)
    if known is None:
        found: set[str] = set()
        for part in inner(value):
            more = made_of(part, depth + 1)
            if more:
                found |= more
        known = frozenset(found)
        if (
            depth == 0 or getattr(value, "weight", _DEEPEST) < _DEEPEST - depth
        ):  # deeper down less is looked at
            object.__setattr__(value, "origin", known)
    return known


_NOWHERE: frozenset[str] = frozenset()
_UNKNOWN = frozenset({"unknown"})
_MADE_OF: dict[type, frozenset[str]] = {
    Literal: _NOWHERE,
    EventPath: EVENT,
    Environment: ENVIRONMENT,
    ContextPath: CONTEXT,
}


def inner(value: Value) -> tuple[Value, ...]:
    """The values that a value directly consists of."""
    if isinstance(value, Concatenation):
        return value.parts
    if isinstance(value, Pure):
        return value.arguments
    if isinstance(value, Alternatives):
        return value.options
    if isinstance(value, ListValue):
        return value.items
    if isinstance(value, ObjectValue):
        named = tuple(part for _, part in value.fields) + tuple(
            part for pair in value.computed for part in pair
        )
        return named if value.rest is None else (*named, value.rest)
    return ()


def is_test(value: Value) -> bool:
    """Is it a truth value, decided or not?"""
    if isinstance(value, Literal):
        return isinstance(value.value, bool) or value.value is None
    if isinstance(value, Pure):
        return value.name in TESTS or (value.name == "when" and all(is_test(x) for x in value.arguments[1:]))
    return isinstance(value, CallResult) and value.path == ("exception",)


def negated(test: Value) -> Value:
    """The opposite of a test."""
    if isinstance(test, Literal):
        return Literal(not test.value)
    if isinstance(test, Pure) and test.name == "not":
        return test.arguments[0]
    return Pure("not", (test,))


def truth(value: Value) -> bool | None:
    """Whether a value counts as true in both languages; ``None`` where that is not decided."""
    if isinstance(value, Literal):
        return bool(value.value)
    if isinstance(value, Pure) and value.name == "not":
        found = truth(value.arguments[0])
        return None if found is None else not found
    if isinstance(value, Concatenation):
        return True if any(isinstance(part, Literal) for part in value.parts) else None
    if isinstance(value, Alternatives):
        answers = {truth(option) for option in value.options}
        return answers.pop() if len(answers) == 1 else None
    return None


def capped(value: Value, heaviest: int) -> Value:
    """A value, or what it was made of where it is too large to be worked with."""
    if getattr(value, "weight", 1) <= heaviest:
        return value
    return Unknown("large value", made_of(value))


def lifted(data: object, depth: int = 0) -> Value:
    """What a JSON file holds, as a value."""
    if data is None or isinstance(data, (str, int, float, bool)):
        return Literal(data)
    if depth > _DEEPEST:
        return Unknown("deep data")
    if isinstance(data, dict):
        fields = tuple((str(key), lifted(part, depth + 1)) for key, part in list(data.items())[:200])
        return ObjectValue(fields, open=len(data) > len(fields))
    if isinstance(data, list):
        return ListValue(tuple(lifted(part, depth + 1) for part in data[:60]), exact=len(data) <= 60)
    return Unknown("data")
