"""What the tasks of a state machine put into the event of a function that they invoke."""

from __future__ import annotations

from collections.abc import Iterable

from recursion_lint.model.facts import Facts, Write
from recursion_lint.model.text import ANY, Text
from recursion_lint.patterns.events import Doc, Glob, Items, Value

_UNKNOWN: tuple[Text, ...] = ((ANY,),)


def inputs_of(facts: Iterable[Facts], write: Write, path: tuple[str, ...]) -> tuple[Text, ...]:
    """What may stand at ``path`` of the event, ``ANY`` where that is not known.

    ``write`` is how one task invokes the function; others of the same state machine may do so as well.
    """
    if write.kind != "task":
        return _UNKNOWN
    found = [text for task in tasks_like(facts, write) for text in _at(task.produces.document, path)]
    return tuple(dict.fromkeys(found)) or _UNKNOWN


def tasks_like(facts: Iterable[Facts], write: Write) -> list[Write]:
    """All ways in which tasks of the same state machine invoke the same function."""
    return [
        other
        for one in facts
        for other in one.writes
        if other.kind == "task" and other.actor == write.actor and other.channel == write.channel
    ]


def _at(value: Value | None, path: tuple[str, ...]) -> tuple[Text, ...]:
    """The texts at a path of a partly known document."""
    if not path:
        if isinstance(value, Glob):
            return (value.value,)
        return (value,) if isinstance(value, tuple) else _UNKNOWN
    if isinstance(value, Doc):
        return _at(value.fields.get(path[0]), path[1:])
    if isinstance(value, Items) and path[0] == "[]" and not value.open and not value.perhaps:
        return tuple(text for one in value.values for text in _at(one, path[1:])) or _UNKNOWN
    return _UNKNOWN
