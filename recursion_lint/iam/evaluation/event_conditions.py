"""Conditions on the source and the type of events: what of the events of ``PutEvents`` statements let through.

A batch may hold several events. What is content with one of them (``ForAnyValue`` where something is allowed,
``ForAllValues`` where it is denied) proves nothing about the others.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Union

from recursion_lint.iam.evaluation.conditions import (
    OF_EVENTS,
    Condition,
    has_variable,
    negated,
    plain_operator,
)
from recursion_lint.iam.evaluation.explicit_denies import Scope, without
from recursion_lint.model.facts import Statement, Write
from recursion_lint.model.text import Text, as_text, either_case, glob, has_wildcard, render, text
from recursion_lint.patterns.events import Doc, Glob, OneOf
from recursion_lint.patterns.operators import Pattern, Words, join
from recursion_lint.patterns.strings import Among

Leaf = Union[Text, Glob, Among, OneOf]


def _any_case(value: Text) -> Text:
    return text(
        piece for part in value for piece in (map(either_case, part) if isinstance(part, str) else (part,))
    )


_READERS: Mapping[str, Callable[[Text], Text]] = {
    "Equals": lambda value: value,
    "EqualsIgnoreCase": _any_case,
    "Like": glob,
}


def allowed_events(statement: Statement) -> Doc | None:
    """What a statement that allows ``PutEvents`` says about the events; ``None`` for nothing."""
    fields: dict[str, OneOf | Among] = {}
    for field, values, others in _told(statement.condition, "ForAnyValue"):
        left = _but_for(fields.get(field), values) if others else _among(fields.get(field), values)
        fields[field] = left if left is not None else OneOf(())
    return Doc(fields, open=True) if fields else None


def but_for(write: Write, denials: Iterable[Statement]) -> Write | None:
    """A write of events without the sources and types that are denied; ``None`` where none are left."""
    whole: Scope = ((), ())
    barring = [denial for denial in denials if without(whole, denial, write.channel, "") is None]
    if write.channel.service != "events" or not barring:
        return write
    left = undenied_events(write.produces.document, barring)
    return write._replace(produces=write.produces._replace(document=left)) if left is not None else None


def undenied_events(document: Doc | None, denials: Iterable[Statement]) -> Doc | None:
    """What denials of sources or of types leave of the events that ``document`` describes; ``None`` for nothing."""
    fields: dict[str, Any] = dict(document.fields) if document is not None else {}
    for denial in denials:
        for field, values, others in _told(denial.condition, "ForAllValues"):
            left = _among(fields.get(field), values) if others else _but_for(fields.get(field), values)
            if left is None:
                return None
            fields[field] = left
    return Doc(fields, open=True)


def _told(condition: Condition, proves_nothing: str) -> Iterator[tuple[str, list[Text], bool]]:
    """What a condition tells of the fields of events: the values, and whether it is about all others than these."""
    for operator, keys in condition.items():
        group, plain, _ = plain_operator(operator)
        for key, values in keys.items():
            known = key.lower() in OF_EVENTS and not any(map(has_variable, values))
            reader = _READERS.get(plain.removeprefix("StringNot").removeprefix("String"))
            if known and group != proves_nothing and reader is not None:
                read = [reader(one) for one in values]
                yield key.lower().removeprefix("events:"), read, negated(plain)


def _among(leaf: OneOf | Among | None, values: list[Text]) -> OneOf | None:
    """The values of a field that match one of ``values``; ``None`` for none."""
    if leaf is None:
        return OneOf(tuple(Glob(value) if has_wildcard(value) else value for value in values))
    found: list[Any] = []
    for one in _alternatives(leaf):
        known = _as_among(one)
        verdicts = {value: known.test(_spelled(value)) for value in values}
        if "matches" in verdicts.values():
            found.append(one)
            continue
        possible = [value for value, verdict in verdicts.items() if verdict != "disjoint"]
        found += [Among((*known.parts, _spelled(value))) for value in possible]
    return OneOf(tuple(found)) if found else None


def _but_for(leaf: OneOf | Among | None, barred: list[Text]) -> OneOf | Among | None:
    """The values of a field that match none of ``barred``; ``None`` for none."""
    if leaf is None:
        return Among((_all_but(barred),))
    found: list[Any] = []
    for one in _alternatives(leaf):
        verdict = _as_among(one).test(_all_but(barred))
        if verdict == "matches":
            found.append(one)
        elif verdict == "unknown":
            found.append(Among((*_as_among(one).parts, _all_but(barred))))
    return OneOf(tuple(found)) if found else None


def _alternatives(leaf: OneOf | Among) -> tuple[Any, ...]:
    return leaf.alternatives if isinstance(leaf, OneOf) else (leaf,)


def _as_among(one: Any) -> Among:
    if isinstance(one, Among):
        return one
    return Among((_spelled(one.value if isinstance(one, Glob) else as_text(one) or ()),))


def _spelled(value: Text) -> Words:
    """The strings that a value or a pattern stands for."""
    return Words((Pattern(value, value),), (), render(value))


def _all_but(values: list[Text]) -> Words:
    """The strings that match none of some values or patterns."""
    shown = "anything but " + join(render(value) for value in values)
    return Words((), tuple(Pattern(value, value) for value in values), shown)
