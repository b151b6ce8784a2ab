"""Steps over a hub that a role permits and the code surely does not take: told before loops are looked for.

Where hundreds of functions may write to one bus, each to the rules of all others, the loops that are only permitted
hide those that are made: a search lists the first hundred. What the code of these functions was found to write is known
where facts are linked, so the steps that it does not take are left out there, and only there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from recursion_lint.assessment.evidence.code_verdicts import writes_there
from recursion_lint.assessment.evidence.handler_code import ToldCode
from recursion_lint.graph.event_graph import EventGraph, Vertex
from recursion_lint.graph.matching import Meeting, meet
from recursion_lint.graph.paths import Step
from recursion_lint.model.facts import Endpoint, Trigger, Write
from recursion_lint.model.findings import Note
from recursion_lint.model.text import Text, literal
from recursion_lint.services.registry import declared

HUB = 50
"""A channel that starts more consumers is a hub."""


class HubSteps:
    """The steps that are not taken, by the numbers of the triggers at their ends: a container for the search."""

    def __init__(self, graph: EventGraph, code: ToldCode, denied: Iterable[tuple[int, int]] = ()) -> None:
        self._graph = graph
        self._code = code.among(graph.facts)
        self._hubs = {channel for channel, listed in graph.by_channel.items() if len(listed) > HUB}
        self._denied = frozenset(denied)
        self._written: dict[tuple[Endpoint, Endpoint], tuple[Write, ...] | None] = {}

    def besides(self, denied: Iterable[tuple[int, int]]) -> HubSteps:
        """The same with further steps that are not taken."""
        found = HubSteps(self._graph, self._code, denied)
        found._written, found._code = self._written, self._code
        return found

    def __bool__(self) -> bool:
        return bool(self._hubs or self._denied)

    def __contains__(self, step: object) -> bool:
        if step in self._denied:
            return True
        number, at = step if isinstance(step, tuple) else (-1, -1)
        end = self._graph.vertices[at]
        if end.trigger.channel not in self._hubs:
            return False
        start = self._graph.vertices[number]
        writes = self._writes(start, end)
        return writes is not None and not any(_arrives(write, end.trigger) for write in writes)

    def notes(self) -> Iterator[Note]:
        """What is said of hubs."""
        for channel in sorted(self._hubs, key=repr):
            if any(there == channel and written is not None for (_, there), written in self._written.items()):
                listed = self._graph.by_channel[channel]
                yield Note(
                    listed[0].trigger.span,
                    f"{self._graph.label(channel)} starts {len(listed)} consumers: steps over it that the code of a "
                    "function surely does not take were left out, though its role permits them",
                )

    def _writes(self, start: Vertex, end: Vertex) -> tuple[Write, ...] | None:
        """What the consumer of a trigger writes to the channel of another one; ``None`` where that is not known."""
        actor, channel = start.trigger.consumer, end.trigger.channel
        asked = actor, channel
        if asked not in self._written:
            self._written[asked] = (
                self._worked_out(start, end) if declared(actor.service).runs_handler else None
            )
        return self._written[asked]

    def _worked_out(self, start: Vertex, end: Vertex) -> tuple[Write, ...] | None:
        actor, channel = start.trigger.consumer, end.trigger.channel
        found: list[Write] = []
        for write, statement in self._graph.grants.selective(actor):
            if write.channel != channel:
                continue
            if statement.through is not None and statement.through.passed:
                return None  # a service acts by that role, not the code
            step = Step(start, end, write, statement, Meeting("unknown"))
            made = writes_there(self._graph, step, self._code.of(actor))
            if made is None:
                return None
            found += made
        return tuple(found)


def _arrives(write: Write, trigger: Trigger) -> bool:
    """Is what is written accepted? Most of it is not, by a plain field such as the source."""
    fields = getattr(write.produces.document, "fields", None)
    patterns = trigger.accepts.content
    if fields and patterns and all(_apart(pattern, fields) for pattern in patterns):
        return False
    return meet(write, trigger) is not None


def _apart(pattern: Any, fields: dict[str, Any]) -> bool:
    """Does a pattern list plain texts for a field that is another plain text?"""
    if not isinstance(pattern, dict):
        return False
    return any(
        name in fields
        and isinstance(wanted, list)
        and _plain(fields[name])
        and all(map(_plain, wanted))
        and fields[name] not in wanted
        for name, wanted in pattern.items()
    )


def _plain(value: Any) -> bool:
    text: Text = value if isinstance(value, tuple) and type(value) is tuple else ()
    return bool(text) and literal(text) is not None
