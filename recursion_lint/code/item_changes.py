"""Which kind of change a call makes: of the event's item, of always the same one, or of one that is not there yet.

What is there is changed by a write, and not inserted; what must not be there is inserted, and not changed. Who deletes
the item in the meantime lets it be inserted once more: that makes one round for each such deletion.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
"""

from __future__ import annotations

from collections.abc import Sequence

from recursion_lint.code.calls import UNMARSHALLED, CallSite, EventPath, Literal, ObjectValue, Value
from recursion_lint.code.record_images import refuses
from recursion_lint.code.stream_records import written_key
from recursion_lint.code.update_expressions import must_be_missing
from recursion_lint.code.values import NOTHING

_INSERTED, _CHANGED, _REMOVED = "INSERT", "MODIFY", "REMOVE"
_RECORD = ("Records", "[]", "dynamodb")
_KEYS, _IMAGE = "Keys", "NewImage"
_TYPED = 2
"""An attribute and its type."""


def may_delete(site: CallSite) -> bool:
    """Is a deletion among the changes that a call may make?"""
    return _REMOVED in site.events


def may_be_deletion(accepted: frozenset[str] | None) -> bool:
    """May the event be a deletion, where ``accepted`` are the kinds of change that the trigger takes?"""
    return accepted is None or _REMOVED in accepted


def kinds_of_change(accepted: frozenset[str] | None) -> frozenset[str] | None:
    """The kinds of change of items that a trigger takes; ``None`` for all, and for events of another kind."""
    known = accepted is not None and accepted <= {_INSERTED, _CHANGED, _REMOVED}
    return accepted if known else None


def with_change(site: CallSite, names: Sequence[str], itself: bool, removed: bool) -> CallSite:
    """The call with the one kind of change that it makes, where that is known.

    ``names`` are the attributes of the table's key. ``itself``: the event comes from the stream of the table that is
    written to, and ``removed``: it may be a deletion. Nothing may delete items but who else uses the table.
    """
    if not {_INSERTED, _CHANGED} >= set(site.events) or not site.events:
        return site
    if must_be_missing(site.value("condition")) & set(names):
        return site._replace(events=(_INSERTED,))
    key = written_key(site, names)
    there = _is_the_same(key, names) or (itself and _is_of_event(key, site, names, removed))
    return site._replace(events=(_CHANGED,)) if there else site


def _is_the_same(key: Value | None, names: Sequence[str]) -> bool:
    """Is it one and the same item in every round? From the second on it is there."""
    if not isinstance(key, ObjectValue) or {name for name, _ in key.fields} != set(names):
        return False
    return all(isinstance(part, Literal) and part != NOTHING for _, part in key.fields)


def _is_of_event(key: Value | None, site: CallSite, names: Sequence[str], removed: bool) -> bool:
    """Is the item of the event there, and is it the one that is written? ``removed``: the event may be a deletion."""
    if isinstance(key, ObjectValue):
        parts = [part for name, part in key.fields if name in names and _is_of_record(part, name)]
        if len(parts) != len(names) or len(key.fields) != len(names):
            return False
    elif isinstance(key, EventPath) and key.path == (*_RECORD, _KEYS):
        parts = [key]
    else:
        return False
    if not removed or any(refuses(guard, _REMOVED) for guard in site.guards if not guard.on_error):
        return True
    # What is removed has no new image.
    return any(isinstance(part, EventPath) and _IMAGE in part.path for part in parts)


def _is_of_record(value: Value, name: str) -> bool:
    """Is it the attribute ``name`` of the record's item, with its type beside it or without?"""
    if not isinstance(value, EventPath) or value.path[: len(_RECORD)] != _RECORD:
        return False
    image, *rest = value.path[len(_RECORD) :] or ("",)
    rest = [part for part in rest if part != UNMARSHALLED]
    return image in (_KEYS, _IMAGE) and rest[:1] == [name] and len(rest) <= _TYPED
