"""Filter criteria of event source mappings and pipes: which records of a stream or a queue they let through.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-filtering.html
"""

from __future__ import annotations

from typing import Any

from recursion_lint.facts import Accepts
from recursion_lint.findings import Note
from recursion_lint.nodes import Node
from recursion_lint.services.reading import Reading
from recursion_lint.source import SourceError
from recursion_lint.values import literal

_STREAM_EVENTS = frozenset({"INSERT", "MODIFY", "REMOVE"})


def filters(reading: Reading, criteria: Node | None) -> tuple[list[Any], list[Note]]:
    """The patterns of ``FilterCriteria``, ``None`` for each that could not be read, and notes on those."""
    patterns: list[Any] = []
    notes: list[Note] = []
    for entry, _ in reading.resolver.items(reading.resolver.one(criteria, "Filters")):
        try:
            patterns.append(reading.document(entry.get("Pattern")))
        except SourceError as problem:
            notes.append(Note(entry.span, f"a filter could not be read: {problem.message}"))
            patterns.append(None)
    return patterns, notes


def accepted(service: str, patterns: list[Any]) -> Accepts:
    """What the filters on a source of ``service`` let through: a record passes that matches one of them.

    DocumentDB ignores filters; a stream filter on ``eventName`` alone is decided by event types.
    """
    known = [pattern for pattern in patterns if isinstance(pattern, dict) and pattern]
    if len(known) < len(patterns) or not known or service in ("rds", "docdb"):
        return Accepts()
    if service == "dynamodb":
        names: set[str] = set()
        for pattern in known:
            wanted = pattern.get("eventName")
            plain = (
                {literal(name) for name in wanted if isinstance(name, tuple)}
                if isinstance(wanted, list)
                else None
            )
            if plain is None or not isinstance(wanted, list) or len(plain) != len(wanted):
                names |= _STREAM_EVENTS
            else:
                names |= {name for name in plain if name}
        rest = tuple(
            {key: value for key, value in pattern.items() if key != "eventName"} for pattern in known
        )
        return Accepts(frozenset(names), content=rest if all(rest) else ())
    return Accepts(content=tuple(known))
