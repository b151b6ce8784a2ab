"""What the triggers of all channels listen to: which services a grant may concern, which calls, and whose.

A channel comes with its vertices, whose triggers tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from recursion_lint.model.facts import Endpoint
from recursion_lint.patterns.fields import field
from recursion_lint.services.registry import by_name


def polled_services(channels: Mapping[Endpoint, Any]) -> Mapping[Endpoint, frozenset[str]]:
    """Of which services the channels may be that a parameter alone names: what polls them tells."""
    return {
        channel: frozenset(service for vertex in vertices for service in vertex.trigger.polls)
        for channel, vertices in channels.items()
        if channel.service == "?"
    }


def present_services(
    channels: Iterable[Endpoint], polled: Mapping[Endpoint, frozenset[str]]
) -> tuple[str, ...]:
    """The services of the channels; a channel known by a parameter alone may be of any that is polled."""
    present = {endpoint.service for endpoint in channels}.union(*polled.values())
    if "?" in present:
        present |= {"sqs", "dynamodb", "kinesis"}
    return tuple(name for name in by_name() if name in present)


def listened_calls(channels: Mapping[Endpoint, Any]) -> tuple[tuple[Endpoint, frozenset[str] | None], ...]:
    """The API calls that rules listen to: per service those named, and ``None`` where a rule takes all."""
    found: dict[tuple[Endpoint, bool], frozenset[str]] = {}
    for channel, vertices in channels.items():
        for vertex in vertices if channel.service == "api-call" else ():
            events = vertex.trigger.accepts.events
            key = (channel, events is None)
            found[key] = found.get(key, frozenset()) | (events or frozenset())
    return tuple((channel, None if every else names) for (channel, every), names in found.items())


def known_by_caller(channels: Mapping[Endpoint, Any]) -> frozenset[Endpoint]:
    """The channels with a trigger that asks who made a recorded call."""
    return frozenset(
        channel
        for channel, vertices in channels.items()
        for vertex in vertices
        for pattern in vertex.trigger.accepts.content
        if field(pattern, "detail", "userIdentity") is not None
    )
