"""What a table's stream says of an item that a call has written.

The images of a record hold every attribute under its type, unless the code has them unmarshalled.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_StreamRecord.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from recursion_lint.code.calls import (
    UNMARSHALLED,
    CallSite,
    Concatenation,
    Environment,
    EventPath,
    Literal,
    ObjectValue,
    Pure,
    Value,
)
from recursion_lint.code.carried_values import alternatives, walked
from recursion_lint.code.deciding import UNTOLD
from recursion_lint.code.update_expressions import assigned
from recursion_lint.code.values import NOTHING, either, options

_IMAGES = ("Keys", "NewImage", "OldImage")
_PUTS = frozenset({"dynamodb.PutItem", "dynamodb.BatchWriteItem", "dynamodb.TransactWriteItems"})
_TYPES = frozenset({"S", "N", "BOOL", "B", "M", "L", "NULL", "SS", "NS", "BS"})
_TEXT_OF = {"S": "S", "N": "S", "BOOL": "BOOL"}
"""The type that a part of an image has where it is written again: a number is a text there."""
_NUMBER = re.compile(r"^-?\d{1,15}$")
_NULL = ObjectValue((("NULL", Literal(True)),))


def of_stream(path: tuple[str, ...], written: CallSite) -> Value:
    """A part of the record that follows a call, in terms of the round before; ``UNTOLD`` where that is not known."""
    if path[-1:] == ("eventName",):
        return alternatives(written.events)
    if path[-1:] in (("eventSourceARN",), ("eventSource",), ("awsRegion",)):
        return EventPath(path)
    part = next((name for name in _IMAGES if name in path), None)
    if part == "OldImage" and not deletes(written):
        return UNTOLD
    if part == "NewImage" and deletes(written):
        return NOTHING
    if part == "Keys" and _is_whole_key(_key(written)):
        return EventPath(path)
    item = _item(written)
    if part is None or not isinstance(item, ObjectValue):
        return UNTOLD
    rest = path[path.index(part) + 1 :]
    if rest in ((), (UNMARSHALLED,)):
        # Which of a put item's attributes are its key only the table knows.
        return item if part == "NewImage" else UNTOLD
    if part != "NewImage" and item.get(next(name for name in rest if name != UNMARSHALLED)) is None:
        return UNTOLD
    return _of_map(item, rest)


def _item(written: CallSite) -> Value | None:
    """What is known of the item after a write: all of one that is put, of another its key and what is set."""
    item, key = written.value("item"), _key(written)
    if key is None:
        return item if written.operation in _PUTS else None
    if item is not None or not isinstance(key, ObjectValue):
        return None
    fields = dict(assigned(*(written.value(role) for role in ("update", "values", "names"))))
    # An update leaves the other attributes as they were.
    return ObjectValue(tuple({**fields, **dict(key.fields)}.items()), True)


def _key(site: CallSite) -> Value | None:
    """The key that a call gives."""
    return site.key if site.key is not None else site.value("key")


# The items of a table -------------------------------------------------------------------------------------------------


def deletes(site: CallSite) -> bool:
    """Does a call do nothing but delete items of a table? What is not there any more makes no record.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteItem.html
    """
    return site.events == ("REMOVE",)


def inserts(site: CallSite) -> bool:
    """Does a call do nothing but make items that are not there yet?"""
    return site.events == ("INSERT",)


def written_key(site: CallSite, names: Sequence[str] = ()) -> Value | None:
    """The key of the one item that a call writes, its parts without types; ``None`` where it is not known.

    ``names`` are the attributes of the table's key: of an item that is put they alone tell it.
    """
    key = _key(site)
    if key is None and names:
        item = site.value("item")
        parts = [(name, item.get(name)) for name in names] if isinstance(item, ObjectValue) else []
        known = tuple((name, part) for name, part in parts if part is not None)
        key = ObjectValue(known) if known and len(known) == len(names) else None
    if _is_whole_key(key):
        return key
    if not isinstance(key, ObjectValue) or key.open or key.rest is not None or key.computed:
        return None
    return ObjectValue(tuple((name, _untyped(part)) for name, part in key.fields))


def _untyped(value: Value) -> Value:
    return value.fields[0][1] if _is_typed(value) and isinstance(value, ObjectValue) else value


def _is_whole_key(key: Value | None) -> bool:
    """Is it the key of the event's own record as it is?"""
    return isinstance(key, EventPath) and key.path[-1:] == ("Keys",)


# Attributes and their types -------------------------------------------------------------------------------------------


def _of_map(item: ObjectValue, path: tuple[str, ...]) -> Value:
    """What stands at a path below an image, or below an attribute that is a map."""
    plain = path[0] == UNMARSHALLED
    name, rest = (path[1], path[2:]) if plain else (path[0], path[1:])
    if item.get(name) == NOTHING:
        return NOTHING if plain else walked(_NULL, rest)
    value = walked(item, (name,))
    return _plain(value, rest) if plain else _attribute(value, rest)


def _attribute(value: Value, rest: tuple[str, ...]) -> Value:
    """An attribute of an item: in the event it stands under its type and no other, and numbers are texts there."""
    if len(options(value)) > 1:
        return either(_attribute(option, rest) for option in options(value))
    if value == NOTHING:
        return NOTHING
    if rest[:1] == (UNMARSHALLED,):
        return _plain(value, rest[1:])
    typed = value if _is_typed(value) else _with_type(value)
    if not isinstance(typed, ObjectValue) or rest[:1] == ("[]",):
        return UNTOLD
    ((kind, inner),) = typed.fields
    if not rest:
        return typed
    if rest[0] != kind:
        return NOTHING
    if kind == "M" and isinstance(inner, ObjectValue):
        return _of_map(inner, rest[1:]) if rest[1:] else UNTOLD
    return walked(inner, rest[1:])


def _is_typed(value: Value) -> bool:
    """Does the code itself write a type before the value?"""
    if not isinstance(value, ObjectValue) or value.open or value.rest is not None or value.computed:
        return False
    return len(value.fields) == 1 and value.fields[0][0] in _TYPES


def _with_type(value: Value) -> Value:
    """A value that the library gives a type, with it; ``UNTOLD`` where the value does not tell which."""
    kind, inner = "", value
    if isinstance(value, Literal):
        kind = {bool: "BOOL", int: "N", str: "S"}.get(type(value.value), "")
        inner = Literal(str(value.value)) if kind == "N" else value
    elif isinstance(value, (Concatenation, Environment)) or (
        isinstance(value, Pure) and value.name == "json"
    ):
        kind = "S"
    elif isinstance(value, ObjectValue):
        kind = "M"
    elif isinstance(value, EventPath) and set(_IMAGES) & set(value.path) and UNMARSHALLED not in value.path:
        kind = _TEXT_OF.get(value.path[-1], "")
    return ObjectValue(((kind, inner),)) if kind else UNTOLD


def _plain(value: Value, rest: tuple[str, ...]) -> Value:
    """An attribute without its type, as unmarshalling gives it back."""
    if len(options(value)) > 1:
        return either(_plain(option, rest) for option in options(value))
    if not _is_typed(value) or not isinstance(value, ObjectValue):
        return walked(value, rest)
    ((kind, inner),) = value.fields
    if kind in ("S", "BOOL"):
        return walked(inner, rest)
    if kind == "N" and isinstance(inner, Literal) and _NUMBER.match(str(inner.value)) and not rest:
        return Literal(int(str(inner.value)))
    if kind == "M" and isinstance(inner, ObjectValue) and rest:
        return _of_map(inner, (UNMARSHALLED, *rest))
    return NOTHING if kind == "NULL" else UNTOLD
