"""What the expressions of DynamoDB's calls say.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html
"""

import re
from collections.abc import Iterator

from recursion_lint.code.calls import Literal, ObjectValue, Value

_CLAUSE = re.compile(r"(?<![#:\w])(SET|REMOVE|ADD|DELETE)\s", re.IGNORECASE)
_HOLDS_FOR_AN_ITEM = re.compile(r"\battribute_exists\s*\(|(?<![\w.#])#?[\w.]+\s*=\s*:\w+", re.IGNORECASE)
_MISSING = re.compile(r"\s*attribute_not_exists\s*\(\s*(\w+)\s*\)\s*")
_AND = re.compile(r"\band\b", re.IGNORECASE)
_PERHAPS_NOT = re.compile(r"\b(?:or|not)\b", re.IGNORECASE)


def set_actions(expression: str) -> Iterator[tuple[str, str]]:
    """The plain actions of an update expression: ``SET a = :x, b = b + :y REMOVE c`` → ``("a", ":x")``."""
    pieces = _CLAUSE.split(expression)
    for clause, actions in zip(pieces[1::2], pieces[2::2], strict=True):
        if clause.upper() == "SET":
            for action in actions.split(","):
                found = re.fullmatch(r"\s*(#?\w+)\s*=\s*(:\w+)\s*", action)
                if found is not None:
                    yield found[1], found[2]


def assigned(
    expression: Value | None, values: Value | None, names: Value | None
) -> Iterator[tuple[str, Value]]:
    """The attributes that ``SET name = :value`` of an ``UpdateExpression`` gives a value, with that value.

    ``values`` and ``names`` are the ``ExpressionAttributeValues`` and ``ExpressionAttributeNames``.
    """
    if isinstance(expression, Literal) and isinstance(values, ObjectValue):
        for name, value in set_actions(str(expression.value)):
            attribute, given = _attribute_name(name, names), values.get(value)
            if attribute is not None and given is not None:
                yield attribute, given


def needs_an_item(condition: Value | None) -> bool:
    """Does a ``ConditionExpression`` surely fail where there is no item yet? A missing attribute equals nothing.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ConditionExpressions.html
    """
    text = str(condition.value) if isinstance(condition, Literal) else ""
    return bool(_HOLDS_FOR_AN_ITEM.search(text)) and not _PERHAPS_NOT.search(text)


def must_be_missing(condition: Value | None) -> frozenset[str]:
    """The attributes without which alone a ``ConditionExpression`` holds, by their own names."""
    text = str(condition.value) if isinstance(condition, Literal) else ""
    parts = _AND.split(text) if "attribute_not_exists" in text and not _PERHAPS_NOT.search(text) else ()
    found = (_MISSING.fullmatch(part) for part in parts)
    return frozenset(one[1] for one in found if one is not None)


def _attribute_name(name: str, names: Value | None) -> str | None:
    if not name.startswith("#"):
        return name
    given = names.get(name) if isinstance(names, ObjectValue) else None
    return str(given.value) if isinstance(given, Literal) else None
