"""Filter criteria of event source mappings and pipes: which records of a stream or a queue they let through.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-filtering.html
"""

from __future__ import annotations

from typing import Any

from recursion_lint.model.facts import Accepts
from recursion_lint.model.spans import Note
from recursion_lint.patterns.fields import may_match, without
from recursion_lint.services.reading import Reading
from recursion_lint.template.yaml.files import SourceError
from recursion_lint.template.yaml.nodes import Node

_STREAM_EVENTS = frozenset({"INSERT", "MODIFY", "REMOVE"})


def filters(reading: Reading, criteria: Node | None) -> tuple[list[Any], list[Note]]:
    """The patterns of ``FilterCriteria``, ``None`` for each that could not be read, and notes on those."""
    patterns: list[Any] = []
    notes: list[Note] = []
    for entry in reading.resolver.elements(reading.resolver.one(criteria, "Filters")):
        try:
            patterns.append(reading.document(entry.get("Pattern")))
        except SourceError as problem:
            notes.append(Note(entry.span, f"a filter could not be read: {problem.message}"))
            patterns.append(None)
    return patterns, notes


def accepted(service: str, patterns: list[Any]) -> Accepts:
    """What the filters on a source of ``service`` let through: a record passes that matches one of them.

    DocumentDB ignores filters; what a stream filter asks of ``eventName`` is decided by event types.
    """
    known = [pattern for pattern in patterns if isinstance(pattern, dict) and pattern]
    if len(known) < len(patterns) or not known or service in ("rds", "docdb"):
        return Accepts()
    if service == "dynamodb":
        return _of_stream([one for one in map(_by_somebody, known) if one is not None])
    return Accepts(content=tuple(known))


def _by_somebody(pattern: dict[str, Any]) -> dict[str, Any] | None:
    """What ``pattern`` asks of the record of an API call; ``None`` where it takes only what expired.

    The record of an item whose time to live was over says in ``userIdentity`` that DynamoDB itself deleted it.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html
    """
    wanted = pattern.get("userIdentity")
    if not isinstance(wanted, dict):
        return pattern
    from recursion_lint.patterns.events import Doc, overlap

    verdict = overlap({"userIdentity": wanted}, Doc({"userIdentity": Doc({})})).verdict
    if verdict == "disjoint":
        return None
    return without(pattern, [("userIdentity",)]) if verdict == "matches" else pattern


def _of_stream(patterns: list[dict[str, Any]]) -> Accepts:
    """Filters as the events that they let through, and what they ask besides."""
    names = {
        name
        for name in _STREAM_EVENTS
        if any(may_match(pattern, {"eventName": name}) for pattern in patterns)
    }
    rest = tuple(without(pattern, [("eventName",)]) for pattern in patterns)
    return Accepts(frozenset(names), content=rest if all(rest) else ())
