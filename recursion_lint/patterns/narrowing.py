"""What is known of an event once a pattern let it through.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Union

from recursion_lint.model.text import Text, as_text, has_wildcard
from recursion_lint.patterns.entries import parse
from recursion_lint.patterns.events import UNKNOWN, Doc, Glob, OneOf, Unknown, Value
from recursion_lint.patterns.operators import (
    Equal,
    Exists,
    Operator,
    OtherNumber,
    Pattern,
    Range,
    Words,
    show,
)
from recursion_lint.patterns.strings import Among

NAMES = ("source", "detail-type")
"""Fields that every event has, and that hold a string: of an array each filter may mean another element.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
"""
_MOST = 32

_Some = Union[Text, Glob, Among]


def narrowed(document: Doc, pattern: Mapping[str, Any]) -> Doc | None:
    """``document`` as far as ``pattern`` lets it through; ``None`` where it surely does not.

    ``pattern`` is one choice of a pattern (``patterns.fields``); one whose choices are entangled tells nothing.
    """
    if not plain(pattern):
        return document
    fields = dict(document.fields)
    for name in NAMES:
        leaf = pattern.get(name)
        if isinstance(leaf, list) and leaf:
            kept = _kept(fields.get(name, UNKNOWN), [parse(entry) for entry in leaf])
            if kept is None:
                return None
            fields[name] = kept
    return Doc(fields, document.open)


def plain(pattern: Mapping[str, Any]) -> bool:
    """Does each key of ``pattern`` stand for a field of its own? A dotted one may be a path."""
    return not any(not isinstance(key, str) or key == "$or" or "." in key for key in pattern)


def _kept(value: Value, operators: list[Operator]) -> Value | None:
    """The strings of ``value`` that some of ``operators`` let through; ``None`` for no string."""
    alternatives = value.alternatives if isinstance(value, OneOf) else (value,)
    found: list[_Some] = []
    for alternative in alternatives:
        for operator in operators:
            for some in _through(alternative, operator):
                if isinstance(some, Unknown):
                    return UNKNOWN
                if some not in found:
                    found.append(some)
    if len(found) > _MOST:
        return UNKNOWN
    return (found[0] if len(found) == 1 else OneOf(tuple(found))) if found else None


def strings(leaf: Any) -> tuple[_Some, ...] | None:
    """The strings that a leaf list lets through, as alternatives; ``None`` where it may let other values through."""
    if not isinstance(leaf, list) or not leaf or len(leaf) > _MOST:
        return None
    operators = [parse(entry) for entry in leaf]
    if not all(isinstance(one, Words) and one.required and not one.excluded for one in operators):
        return None
    return tuple(_alone(one) for one in operators if isinstance(one, Words))


def _through(value: Any, operator: Operator) -> Iterator[_Some | Unknown]:
    """What of ``value``, a string, ``operator`` lets through."""
    if isinstance(operator, (Equal, Range)) or (isinstance(operator, Exists) and not operator.present):
        return
    word = as_text(value)
    if word is None and not isinstance(value, (Glob, Among)):
        yield _alone(operator) if value is UNKNOWN and isinstance(operator, Words) else UNKNOWN
        return
    known: _Some = value if word is None else word
    if isinstance(operator, (Exists, OtherNumber)):
        yield known
        return
    if not isinstance(operator, Words):
        yield UNKNOWN
        return
    verdict = known.test(operator) if isinstance(known, Among) else operator.test(_text(known))
    if verdict == "matches":
        yield known
    elif verdict == "unknown":
        yield _both(known, operator)


def _alone(operator: Words) -> _Some:
    """The strings that ``operator`` lets through."""
    only = operator.required[0] if len(operator.required) == 1 and not operator.excluded else None
    if only is None or operator.fold or only.tight is None or only.tight != only.wide:
        return Among((operator,))
    return Glob(only.wide) if has_wildcard(only.wide) else only.wide


def _both(known: _Some, operator: Words) -> _Some:
    alone = _alone(operator)
    if isinstance(known, Among):
        return Among((*known.parts, operator))
    own = Words((Pattern(_text(known), _text(known)),), (), show(_text(known)))
    # Strings of the operator that are all known ones: the operator alone says it.
    if not isinstance(alone, Among) and own.test(_text(alone)) == "matches":
        return alone
    return Among((own, operator))


def _text(known: Text | Glob) -> Text:
    return known.value if isinstance(known, Glob) else known
