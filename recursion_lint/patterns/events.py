"""May an event that can be produced match an event pattern?

The pattern language is that of EventBridge, which SNS filter policies on the message body and the filter
criteria of Lambda and Pipes share. A pattern is parsed JSON in which any string may be a symbolic ``Text``.
The event is only partly known: ``Doc`` says which fields are known, what is known of them, and whether there
may be others.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from enum import Enum
from typing import Any, Literal, NamedTuple, Union

from recursion_lint.model.described import Described
from recursion_lint.model.text import Symbol, Text, as_text
from recursion_lint.patterns.entries import parse, string_constraints
from recursion_lint.patterns.operators import (
    Exists,
    Operator,
    Scalar,
    Undecided,
    Verdict,
    all_of,
    any_of,
    join,
    show,
)
from recursion_lint.patterns.strings import Among

__all__ = ["UNKNOWN", "Doc", "Glob", "Items", "Match", "OneOf", "Produced", "overlap", "string_constraints"]

_DEEPEST = 60
_LARGEST = 20_000
# A field of these names under $or makes AWS read "$or" as the name of a field: EventBridge's own matcher,
# https://github.com/aws/event-ruler, keeps them for itself.
_RESERVED = frozenset(
    (
        *("exactly", "prefix", "suffix", "wildcard", "anything-but", "numeric", "cidr", "exists"),
        *("equals-ignore-case", "not-equals-ignore-case", "not-wildcard", "regex", "=", "<", "<=", ">", ">="),
        *("date-after", "date-on-or-after", "date-before", "date-on-or-before", "in-date-range"),
        *("ip-address-in-range", "ip-address-not-in-range"),
    )
)


class Glob(Described):
    """Any string that fits the key pattern ``value`` (``ANY`` and ``ONE`` are its wildcards)."""

    __slots__ = ("value",)

    def __init__(self, value: Text) -> None:
        self.value = value


class OneOf(Described):
    """One of these values, as the writer likes."""

    __slots__ = ("alternatives",)

    def __init__(self, alternatives: tuple[Scalar | Text | Glob | Among, ...]) -> None:
        self.alternatives = alternatives


class Unknown(Enum):
    """``UNKNOWN``: any value at all, or none."""

    UNKNOWN = "unknown"


UNKNOWN: Literal[Unknown.UNKNOWN] = Unknown.UNKNOWN

Leaf = Union[Scalar, Text, Glob, Among, OneOf, Unknown]


class Items(Described):
    """An array: these elements, maybe some of those in ``perhaps`` and, when ``open``, maybe any others."""

    __slots__ = ("open", "perhaps", "values")

    def __init__(
        self, values: tuple[Value, ...], open: bool = False, perhaps: tuple[Value, ...] = ()
    ) -> None:
        self.values = values
        self.open = open
        self.perhaps = perhaps


class Doc(Described):
    """An object: these fields and, when ``open``, perhaps others of any value."""

    __slots__ = ("fields", "open")

    def __init__(self, fields: Mapping[str, Value], open: bool = False) -> None:
        self.fields = fields
        self.open = open


Value = Union[Leaf, Items, Doc]
Produced = Doc


class Match(NamedTuple):
    """What ``overlap`` found, and the field that decided it.

    ``disjoint`` is a proof: no event that fits the description matches. ``matches``: every constraint is
    satisfied by what the description fixes, for some alternative of each ``OneOf``; a ``Glob`` satisfies one
    only with all its strings. ``unknown``: neither.
    """

    verdict: Verdict
    reason: str


class _Absent(Enum):
    ABSENT = "no such field"


_ABSENT = _Absent.ABSENT
_NOTHING = Doc({})


def overlap(pattern: Any, produced: Produced) -> Match:
    """Whether an event that fits ``produced`` may match ``pattern``, parsed JSON; an empty one matches all.

    Never raises: what is malformed cannot be decided.
    """
    if not isinstance(pattern, Mapping) or _oversized(pattern):
        return Match("unknown", "the pattern cannot be read")
    if not pattern:
        return Match("matches", "the pattern accepts every event")
    return _object(pattern, produced, ())


def _object(pattern: Mapping[Any, Any], doc: Doc, path: tuple[str, ...]) -> Match:
    if not pattern:
        return _undecided(path)
    repeated = _repeated(pattern)
    results: list[Match] = []
    for key, part in pattern.items():
        if not isinstance(key, str) or key in repeated:
            results.append(_undecided((*path, str(key))))
        elif key == "$or":
            results.append(_either(part, doc, path))
        else:
            results.append(_field(key, part, doc, path))
    verdict = all_of(result.verdict for result in results)
    if verdict == "matches":
        torn = _torn(pattern, doc)
        if torn is not None:
            return _undecided((*path, torn))
        return Match(verdict, "; ".join(result.reason for result in results))
    return next(result for result in results if result.verdict == verdict)


def _either(branches: Any, doc: Doc, path: tuple[str, ...]) -> Match:
    if not isinstance(branches, list) or len(branches) < 2 or not all(map(_is_branch, branches)):
        return _undecided((*path, "$or"))
    return _best([_object(branch, doc, path) for branch in branches])


def _is_branch(branch: Any) -> bool:
    return isinstance(branch, Mapping) and bool(branch) and _RESERVED.isdisjoint(branch)


def _field(key: str, part: Any, doc: Doc, path: tuple[str, ...]) -> Match:
    path = (*path, key)
    if any(_dotted(key, name) for name in doc.fields if name != key):
        return _undecided(path)
    value: Value | _Absent = doc.fields.get(key, UNKNOWN if doc.open else _ABSENT)
    if isinstance(part, Mapping):
        return _inner(part, value, path)
    if isinstance(part, list) and part:
        return _leaf(part, value, path)
    return _undecided(path)


def _dotted(key: str, name: str) -> bool:
    """Whether AWS, which joins names with dots, may take one name for a path through the other."""
    return name.startswith(key + ".") or key.startswith(name + ".")


def _leaf(entries: list[Any], value: Value | _Absent, path: tuple[str, ...]) -> Match:
    operators = [parse(entry) for entry in entries]
    verdict = any_of(_test(operator, value) for operator in operators)
    name = ".".join(path)
    if verdict == "unknown" and (
        value is UNKNOWN or any(isinstance(known, Undecided) for known in operators)
    ):
        return _undecided(path)
    sides = f"produced {_show(value)}, accepted {join(operator.shown for operator in operators)}"
    return Match(
        verdict, f"{name} cannot be decided: {sides}" if verdict == "unknown" else f"{name}: {sides}"
    )


def _test(operator: Operator, value: Value | _Absent) -> Verdict:
    if isinstance(operator, Undecided) or value is UNKNOWN:
        return "unknown"
    if isinstance(value, _Absent):
        return "matches" if isinstance(operator, Exists) and not operator.present else "disjoint"
    if isinstance(value, Doc):
        # exists looks at leaves only: an object counts as absent, but not everybody relies on it.
        return _of_object(operator)
    if isinstance(value, Items):
        return _test_items(operator, value)
    if isinstance(value, OneOf):
        return any_of(_test(operator, alternative) for alternative in value.alternatives)
    if isinstance(value, Among):
        return value.test(operator)
    return operator.test(value.value if isinstance(value, Glob) else value)


def _of_object(operator: Operator) -> Verdict:
    if isinstance(operator, Exists):
        return "unknown" if operator.present else "matches"
    return "disjoint"


def _test_items(operator: Operator, items: Items) -> Verdict:
    elements, more = _flat(items)
    if isinstance(operator, Exists):
        if any(not isinstance(element, (Doc, Unknown)) for element in elements):
            return "matches" if operator.present else "disjoint"
        return "unknown"
    verdicts = [_test(operator, element) for element in elements]
    maybe = more or any(_test(operator, element) != "disjoint" for element in items.perhaps)
    return any_of([*verdicts, "unknown"] if maybe else verdicts)


def _flat(items: Items) -> tuple[list[Value], bool]:
    """The elements, those of inner arrays too (AWS sees no difference), and whether there may be others."""
    elements: list[Value] = []
    more = items.open
    for value in items.values:
        if isinstance(value, Items):
            inner, inner_more = _flat(value)
            elements += inner
            more = more or inner_more or bool(value.perhaps)
        else:
            elements.append(value)
    return elements, more


def _inner(part: Mapping[Any, Any], value: Value | _Absent, path: tuple[str, ...]) -> Match:
    """A pattern for an object against ``value``."""
    if isinstance(value, Doc):
        return _object(part, value, path)
    if value is UNKNOWN:
        return _object(part, Doc({}, open=True), path)
    if isinstance(value, Items):
        return _inner_items(part, value, path)
    if isinstance(value, OneOf) and value.alternatives:
        return _best([_inner(part, alternative, path) for alternative in value.alternatives])
    if isinstance(value, OneOf):
        return Match("disjoint", f"{'.'.join(path)}: nothing is produced")
    word = value.value if isinstance(value, Glob) else as_text(value)
    if isinstance(value, Among) or (word is not None and _may_be_json(word)):
        return _undecided(path)  # Lambda and Pipes read a string as JSON where the pattern has an object
    return _object(part, _NOTHING, path)


def _inner_items(part: Mapping[Any, Any], items: Items, path: tuple[str, ...]) -> Match:
    elements, more = _flat(items)
    more = more or bool(items.perhaps)
    results = [_inner(part, element, path) for element in elements]
    if more or not results:
        results.append(_inner(part, UNKNOWN if more else _ABSENT, path))
    best = _best(results)
    if elements and best.verdict == "matches" and _wants_absence(part):
        # All constraints must hold in one element, but AWS looks for a missing field in all of them.
        return _undecided(path)
    return best


def _may_be_json(word: Text) -> bool:
    for part in word:
        if isinstance(part, Symbol):
            return True
        if part.strip():
            return part.lstrip()[0] in "{["
    return False


def _wants_absence(part: Any) -> bool:
    if isinstance(part, Mapping):
        return part.get("exists") is False or any(map(_wants_absence, part.values()))
    return isinstance(part, list) and any(map(_wants_absence, part))


def _best(results: list[Match]) -> Match:
    verdict = any_of(result.verdict for result in results)
    reasons = list(dict.fromkeys(result.reason for result in results if result.verdict == verdict))
    return Match(verdict, "; ".join(reasons[:4]) if verdict == "disjoint" else reasons[0])


def _undecided(path: tuple[str, ...]) -> Match:
    return Match("unknown", f"{'.'.join(path)} cannot be decided")


def _repeated(pattern: Mapping[Any, Any]) -> set[str]:
    """The keys that constrain a path which another key constrains too: the last one in the text wins."""
    paths = {key: _paths({key: part}) for key, part in pattern.items() if isinstance(key, str)}
    times = Counter(path for group in paths.values() for path in group)
    return {key for key, group in paths.items() if any(times[path] > 1 for path in group)}


def _torn(pattern: Mapping[Any, Any], doc: Doc) -> str | None:
    """A key both under ``$or`` and beside it that holds an array: one element must satisfy both parts."""
    if "$or" not in pattern:
        return None
    under = {path.partition(".")[0] for path in _paths({"$or": pattern["$or"]})}
    return next((key for key in pattern if key in under and _has_array(doc.fields.get(key))), None)


def _has_array(value: Value) -> bool:
    return isinstance(value, Items) or (
        isinstance(value, Doc) and any(map(_has_array, value.fields.values()))
    )


def _paths(pattern: Any) -> set[str]:
    """The dotted paths of the leaf lists in ``pattern``."""
    found: set[str] = set()
    for key, part in pattern.items():
        if key == "$or" and isinstance(part, list):
            found.update(path for branch in part if isinstance(branch, Mapping) for path in _paths(branch))
        elif isinstance(part, Mapping):
            found.update(f"{key}.{path}" for path in _paths(part))
        else:
            found.add(str(key))
    return found


def _oversized(pattern: Any) -> bool:
    """Whether ``pattern`` is no pattern anybody wrote: YAML aliases can nest without end."""
    waiting = [(pattern, 0)]
    seen = 0
    while waiting:
        part, depth = waiting.pop()
        inner = part.values() if isinstance(part, Mapping) else part if isinstance(part, list) else ()
        seen += 1
        if depth > _DEEPEST or seen > _LARGEST:
            return True
        waiting += [(value, depth + 1) for value in inner]
    return False


def _show(value: Value | _Absent) -> str:
    if isinstance(value, _Absent):
        return value.value
    if isinstance(value, Unknown):
        return "anything"
    if isinstance(value, Doc):
        return "an object"
    if isinstance(value, Items):
        more = ["..."] if value.open or value.perhaps or value.values[4:] else []
        return f"[{', '.join([*map(_show, value.values[:4]), *more])}]"
    if isinstance(value, OneOf):
        return join(map(_show, value.alternatives))
    if isinstance(value, Among):
        return value.shown
    return show(value.value if isinstance(value, Glob) else value)
