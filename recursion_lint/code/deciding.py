"""Is a test true, false, or not to be told? Over values of which some parts are known: how a text begins or ends."""

import re

from recursion_lint.code.calls import (
    Alternatives,
    Concatenation,
    Environment,
    ListValue,
    Literal,
    ObjectValue,
    Pure,
    Unknown,
    Value,
)
from recursion_lint.code.fixed_texts import (
    TEMPLATE,
    bordered,
    equal_texts,
    holds_text,
    is_text,
)
from recursion_lint.code.values import ABSENT, NOTHING, options

UNTOLD = Unknown("not told", frozenset({"unknown"}))
_PLAIN = re.compile(r"^(\^?)((?:[\w\s/:=,;<>@#%&~\"'!-]|\\[^\w\s]|\\/)*)(\$?)$")
_ORDER = {"<": "__lt__", ">": "__gt__", "<=": "__le__", ">=": "__ge__"}
_FOUND = {
    (">", -1): True,
    (">=", 0): True,
    ("!=", -1): True,
    ("<", 0): False,
    ("<=", -1): False,
    ("==", -1): False,
}


def decide(test: Value) -> bool | None:
    """Whether a value counts as true; ``None`` where that cannot be told."""
    if isinstance(test, Literal):
        return bool(test.value)
    if isinstance(test, Alternatives):
        return _agreed([decide(option) for option in test.options])
    if isinstance(test, ObjectValue):
        return True if any(ABSENT not in options(part) for _, part in test.fields) else None
    if isinstance(test, ListValue):
        return True if test.items and test.exact else None
    if isinstance(test, Concatenation):
        return True if any(isinstance(part, Literal) for part in test.parts) else None
    if not isinstance(test, Pure):
        return None
    if test.decided is None:
        test.decided = (_decide_pure(test),)
    return test.decided[0]


def _agreed(answers: list[bool | None]) -> bool | None:
    return answers[0] if len(set(answers)) == 1 else None


def _decide_pure(test: Pure) -> bool | None:
    name, arguments = test.name, test.arguments
    if name == "not":
        return _not(decide(arguments[0]))
    if name in ("and", "all"):
        return _all([decide(one) for one in arguments])
    if name in ("or", "any"):
        return _not(_all([_not(decide(one)) for one in arguments]))
    if name == "when":
        chosen = decide(arguments[0])
        if chosen is None:
            return _agreed([decide(one) for one in arguments[1:]])
        return decide(arguments[1 if chosen else 2])
    if name == "bool" and arguments:
        return decide(arguments[0])
    return _decide_pair(name, arguments[0], arguments[1]) if len(arguments) == 2 else None


def _not(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


def _all(answers: list[bool | None]) -> bool | None:
    if False in answers:
        return False
    return None if None in answers else True


def _decide_pair(name: str, first: Value, second: Value) -> bool | None:
    if len(options(first)) > 1 or len(options(second)) > 1:
        return _agreed([_decide_pair(name, one, two) for one in options(first) for two in options(second)])
    if isinstance(first, Pure) and first.name == "index" and isinstance(second, Literal):
        return _decide_position(name, first, second)
    if name in ("==", "is"):
        return equal(first, second)
    if name in ("!=", "is not"):
        return _not(equal(first, second))
    if name == "in":
        return contains(second, first)
    if name == "not in":
        return _not(contains(second, first))
    if name in ("has", "contains"):
        return contains(first, second)
    if name in ("startswith", "endswith"):
        return _borders(name, first, second)
    if name in ("search", "match"):
        return _matches(first, second)
    if name == "test":
        return _matches(second, first)
    return _ordered(name, first, second) if name in _ORDER else None


def _decide_position(name: str, position: Pure, number: Literal) -> bool | None:
    """``text.indexOf(part) > -1``: is the part there? ``=== 0``: does the text begin with it?"""
    if len(position.arguments) != 2:
        return None
    text, part = position.arguments
    if number.value == 0 and name in ("==", "!="):
        begins = _borders("startswith", text, part)
        return begins if name == "==" else _not(begins)
    if (name, number.value) in _FOUND:
        found = contains(text, part)
        return found if _FOUND[name, number.value] else _not(found)  # type: ignore[index]
    return None


def equal(first: Value, second: Value) -> bool | None:
    """Are two values the same? Texts that begin or end in another way are not."""
    if isinstance(first, Literal) and isinstance(second, Literal):
        same_kind = type(first.value) is type(second.value) or None in (first.value, second.value)
        return first.value == second.value if same_kind else _other_number(first, second)
    if _is_object_and_scalar(first, second) or _is_object_and_scalar(second, first):
        return False
    structured = (Concatenation, ObjectValue, ListValue)
    if NOTHING in (first, second) and any(
        isinstance(one, structured) or _is_given(one) for one in (first, second)
    ):
        return False
    return equal_texts(first, second) if is_text(first) and is_text(second) else None


def _is_object_and_scalar(first: Value, second: Value) -> bool:
    return isinstance(first, ObjectValue) and isinstance(second, Literal) and second != NOTHING


def _is_given(value: Value) -> bool:
    return isinstance(value, Environment) and value.name.startswith(TEMPLATE)


def _other_number(first: Literal, second: Literal) -> bool | None:
    """``False`` for a number and a text of another one: no language takes them for the same, whatever it converts."""
    if isinstance(first.value, bool) or isinstance(second.value, bool):
        return None
    one, two = _as_number(first.value), _as_number(second.value)
    return False if one is not None and two is not None and one != two else None


def contains(whole: Value, part: Value) -> bool | None:
    """Is ``part`` a field, an element or a part of the text ``whole``?"""
    if isinstance(whole, ListValue):
        answers = [equal(item, part) for item in whole.items]
        if True in answers and whole.exact:
            return True
        return False if all(answer is False for answer in answers) else None
    if not isinstance(part, Literal):
        return holds_text(whole, part) if is_text(whole) and is_text(part) else None
    if isinstance(whole, ObjectValue):
        return _has_field(whole, str(part.value))
    if isinstance(whole, Literal):
        if whole.value is None:
            return False
        return (
            part.value in whole.value
            if isinstance(whole.value, str) and isinstance(part.value, str)
            else None
        )
    if isinstance(whole, Concatenation) and isinstance(part.value, str):
        known = any(isinstance(one, Literal) and part.value in str(one.value) for one in whole.parts)
        return True if known else None
    return None


def _has_field(whole: ObjectValue, name: str) -> bool | None:
    found = whole.get(name)
    if found is not None:
        absent = [option == ABSENT for option in options(found)]
        if any(absent):
            return False if all(absent) and whole.rest is None else None
        return True
    if whole.rest is not None:
        return contains(whole.rest, Literal(name)) if isinstance(whole.rest, ObjectValue) else None
    return None if whole.open or whole.computed else False


def _borders(name: str, text: Value, border: Value) -> bool | None:
    wanted = border.items if isinstance(border, ListValue) and border.exact else (border,)
    answers = [_border(name == "startswith", text, one) for one in wanted]
    return _not(_all([_not(answer) for answer in answers]))


def _border(at_start: bool, text: Value, border: Value) -> bool | None:
    if not is_text(border) or not is_text(text):
        return None
    return bordered(text, border, at_start)


def _matches(text: Value, expression: Value) -> bool | None:
    """Does a regular expression match? Only those that are plain text with borders are decided."""
    found = plain_pattern(expression)
    if found is None:
        return None
    plain, begins, stops = Literal(found[0]), found[1], found[2]
    if begins and stops:
        return equal(text, plain)
    return _border(begins, text, plain) if begins or stops else contains(text, plain)


def plain_pattern(expression: Value) -> tuple[str, bool, bool] | None:
    """The text that a regular expression stands for, and whether it begins and ends there; ``None`` for others."""
    if (
        isinstance(expression, Pure)
        and expression.name == "regex"
        and isinstance(expression.arguments[0], Literal)
    ):
        flags = expression.arguments[1] if len(expression.arguments) > 1 else Literal("")
        pattern = str(expression.arguments[0].value)
    elif isinstance(expression, Literal) and isinstance(expression.value, str):
        flags, pattern = Literal(""), expression.value
    else:
        return None
    found = _PLAIN.match(pattern) if len(pattern) <= 200 else None
    if found is None or not isinstance(flags, Literal) or "i" in str(flags.value):
        return None
    return found.group(2).replace("\\", ""), bool(found.group(1)), bool(found.group(3))


def _ordered(name: str, first: Value, second: Value) -> bool | None:
    if isinstance(first, Pure) and first.name in ("len", "length") and isinstance(second, Literal):
        return _sized(name, first.arguments[0], second)
    if not isinstance(first, Literal) or not isinstance(second, Literal):
        return None
    one, two = _as_number(first.value), _as_number(second.value)
    if one is None or two is None or (isinstance(first.value, str) and isinstance(second.value, str)):
        return None
    return bool(getattr(one, _ORDER[name])(two))


def _sized(name: str, whole: Value, number: Literal) -> bool | None:
    """A text that is split has one part at least."""
    if not isinstance(whole, Pure) or whole.name not in ("split", "rsplit"):
        return None
    return True if (name, number.value) in ((">=", 1), (">", 0), (">=", 0)) else None


def _as_number(value: object) -> float | None:
    """A number, also one in a text: JavaScript compares it so, and Python nothing else."""
    if isinstance(value, str) and not re.fullmatch(r"-?\d{1,15}(\.\d{1,15})?", value):
        return None
    return float(value) if isinstance(value, (int, float, str)) else None
