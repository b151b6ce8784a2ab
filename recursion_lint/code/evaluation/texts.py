"""Methods of texts, and of parts of the event and of results."""

import re

from recursion_lint.code.calls import (
    CallResult,
    Concatenation,
    EventPath,
    ListValue,
    Literal,
    Pure,
    Unknown,
    Value,
)
from recursion_lint.code.evaluation.elements import elements
from recursion_lint.code.evaluation.frames import Arguments
from recursion_lint.code.evaluation.heap import Items, Mark, Record, V, join
from recursion_lint.code.evaluation.machine import Machine
from recursion_lint.code.evaluation.sdk_clients import call_by_name
from recursion_lint.code.syntax.tree import At
from recursion_lint.code.values import ABSENT, NOTHING, concatenated

_PURE = {
    "replace": "replace", "replaceAll": "replace", "split": "split", "rsplit": "rsplit", "lower": "lower",
    "upper": "upper",
    "toLowerCase": "lower", "toUpperCase": "upper", "substring": "substring", "substr": "substring",
    "slice": "substring",
    "partition": "partition", "rpartition": "rpartition", "title": "title", "capitalize": "title", "zfill": "pad",
    "padStart": "pad", "padEnd": "pad", "at": "item", "charAt": "item", "isoformat": "date", "strftime": "date",
    "toISOString": "date", "hexdigest": "digest", "removesuffix": "removesuffix", "removeprefix": "removeprefix",
    "normalize": "normalize", "sub": "sub", "format": "format", "digest": "digest",
}  # fmt: skip

SAME = frozenset(
    {"promise", "finally", "read", "__enter__", "__aenter__", "getvalue", "transformToString", "transformToByteArray",
     "valueOf", "toJSON", "toString", "strip", "trim", "trimEnd", "trimStart", "lstrip", "rstrip", "encode", "decode",
     "text", "iter_lines", "readlines", "splitlines", "asMutable", "copy", "paginate", "all", "wait", "then_by"}
)  # fmt: skip
_STRIPS = frozenset({"strip", "lstrip", "rstrip"})
"""With an argument they take away whatever letters of it stand at an end; and ``search`` of JavaScript gives a place,
which counts as false where it is the first."""
TESTS_BY_NAME = {
    "startswith": "startswith", "startsWith": "startswith", "endswith": "endswith", "endsWith": "endswith",
    "includes": "contains", "__contains__": "contains", "indexOf": "index", "find": "index", "index": "index",
    "lastIndexOf": "last_index", "rfind": "last_index", "rindex": "last_index", "search": "search",
    "match": "match", "fullmatch": "match", "test": "test", "isdigit": "isdigit", "has": "has",
    "hasOwnProperty": "has", "has_key": "has", "count": "count",
}  # fmt: skip
_FOLD = {
    "lower": "lower", "upper": "upper", "toLowerCase": "lower", "toUpperCase": "upper", "strip": "strip",
    "trim": "strip", "lstrip": "lstrip", "trimStart": "lstrip", "rstrip": "rstrip", "trimEnd": "rstrip",
    "replace": "replace", "split": "split", "startswith": "startswith", "endswith": "endswith",
    "startsWith": "startswith",
    "endsWith": "endswith", "removesuffix": "removesuffix", "removeprefix": "removeprefix", "title": "title",
}  # fmt: skip


_FIELD = re.compile(r"\{(\w*)([^{}]*)\}")


def call_text(m: Machine, receiver: Value, name: str, arguments: Arguments, at: At) -> V:
    given = tuple(m.freeze(value) for value in arguments.positional)
    decoded = name in ("replace", "replaceAll") and _is_key(receiver) and _decodes(given)
    if name == "search" and not m.python:
        return Unknown(name, m.sources(receiver))
    if name in _STRIPS and given:
        return Pure(name, (m.freeze(receiver), *given))
    if name in TESTS_BY_NAME:
        return Pure(TESTS_BY_NAME[name], (m.freeze(receiver), *given))
    if name == "format" and isinstance(receiver, Literal) and isinstance(receiver.value, str):
        return _formatted(m, receiver.value, arguments)
    if name == "join" and arguments.positional:
        return joined(m, elements(m, arguments.positional[0]), receiver)
    if name == "concat":
        return concatenated((receiver, *given))
    if name in _PURE and not decoded:
        limits = tuple(m.freeze(value) for value in arguments.named.values()) if "split" in name else ()
        return Pure(_PURE[name], (m.freeze(receiver), *given, *limits))
    if name in SAME or decoded:
        return receiver
    if name in ("keys", "values") and isinstance(receiver, (EventPath, CallResult)):
        return m.sequence((Unknown("field", m.sources(receiver)),), False)
    if name in _CHANGES and isinstance(receiver, (EventPath, CallResult)):
        return _changed(m, receiver, name, arguments, at)
    m.escape_values(arguments.every(), at)
    by_name = call_by_name(m, name, arguments, at)
    if by_name is not None and not isinstance(receiver, (Literal, Concatenation)):
        return by_name
    return Unknown(name, m.sources(receiver) | m.sources_of(arguments.every()))


def _is_key(receiver: Value) -> bool:
    """Is it the key of an object as its event gives it?"""
    return isinstance(receiver, EventPath) and receiver.path[-1:] == ("key",)


def _decodes(given: tuple[Value, ...]) -> bool:
    """``replace("+", " ")`` only takes back how the event encodes a key."""
    if len(given) < 2 or given[1] != Literal(" "):
        return False
    pattern = given[0].arguments[0] if isinstance(given[0], Pure) and given[0].name == "regex" else given[0]
    return pattern in (Literal("+"), Literal("\\+"), Literal("%20"))


_CHANGES = frozenset(
    {"update", "pop", "setdefault", "append", "push", "clear", "popitem", "__setitem__", "__delitem__"}
)


def _changed(m: Machine, receiver: EventPath | CallResult, name: str, arguments: Arguments, at: At) -> V:
    """A part of the event, or of a result, is changed in place."""
    from recursion_lint.code.evaluation.elements import put

    first = arguments.positional[0] if arguments.positional else NOTHING
    if isinstance(receiver, EventPath) and _loses_track(name, first, arguments):
        m.gap(f"what {name} changes of the event is not known", at)
    if name == "update":
        fields = dict(arguments.named)
        if isinstance(first, Record):
            fields.update({str(key): value for key, value in first.cell.items() if not isinstance(key, Mark)})
        for key, value in fields.items():
            put(m, receiver, key, value)
    elif name in ("pop", "setdefault") and isinstance(first, Literal):
        old = m.field(receiver, str(first.value), at)
        new = join((old, arguments.get(1, "default") or NOTHING)) if name == "setdefault" else ABSENT
        put(m, receiver, str(first.value), new)
        return old
    return NOTHING


def _loses_track(name: str, first: V, arguments: Arguments) -> bool:
    """Does a change in place leave open which fields of a part of the event are others now?"""
    if name == "update":
        return bool(arguments.positional) and not isinstance(first, Record)
    if name == "pop":
        return bool(arguments.positional) and not isinstance(first, Literal)
    return name in ("clear", "popitem", "__setitem__", "__delitem__")


def folded(receiver: Value, name: str, given: tuple[V, ...]) -> Value | None:
    """The result where everything is a literal."""
    if not isinstance(receiver, Literal) or not isinstance(receiver.value, str) or name not in _FOLD:
        return None
    plain = [value.value for value in given if isinstance(value, Literal)]
    if len(plain) != len(given) or not all(isinstance(value, (str, int)) for value in plain):
        return None
    try:
        result = getattr(receiver.value, _FOLD[name])(*plain)
    except (TypeError, ValueError):
        return None
    if isinstance(result, list):
        return ListValue(tuple(Literal(part) for part in result[:60]), len(result) <= 60)
    return Literal(result)


def _formatted(m: Machine, template: str, arguments: Arguments) -> Value:
    parts: list[Value] = []
    place = end = 0
    for found in _FIELD.finditer(template):
        parts.append(Literal(template[end : found.start()]))
        end, name = found.end(), found.group(1)
        number = int(name) if name.isdigit() else place
        place += 0 if name else 1
        value = arguments.named.get(name) if name and not name.isdigit() else arguments.get(number, "")
        if value is None or found.group(2):  # what follows a name picks a part, or says how it is written
            sources = m.sources(value) if value is not None else frozenset()
            parts.append(Unknown("a field of a format", sources))
        else:
            parts.append(m.freeze(value))
    return concatenated([*parts, Literal(template[end:])])


def joined(m: Machine, items: Items, separator: V) -> V:
    between = m.freeze(separator) if separator != NOTHING else Literal(",")
    if not items.exact:
        return Unknown("joined elements", m.sources_of(items.values) | m.sources(between))
    parts: list[Value] = []
    for place, value in enumerate(items.values):
        parts += [between] if place else []
        parts.append(m.freeze(value))
    return concatenated(parts)
