"""Event source mappings: Lambda polls a queue, a stream or a topic and invokes a function.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from recursion_lint.facts import Accepts, Trigger, Write
from recursion_lint.findings import Note
from recursion_lint.services.reading import Fact, Reading, Service
from recursion_lint.source import Node, SourceError
from recursion_lint.template import Resource
from recursion_lint.values import literal

_STREAM_EVENTS = frozenset({"INSERT", "MODIFY", "REMOVE"})


def read_mapping(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::Lambda::EventSourceMapping``; ``Enabled: false`` is no trigger."""
    resolver = reading.resolver
    if resolver.boolean(resource.get("Enabled")) is False:
        return
    patterns: list[Any] = []
    criteria = resolver.one(resource.get("FilterCriteria"), "Filters")
    for entry, _ in resolver.items(criteria):
        try:
            patterns.append(reading.document(entry.get("Pattern")))
        except SourceError as problem:
            yield Note(entry.span, f"a filter could not be read: {problem.message}")
            patterns.append(None)
    needed = resolver.resource_requires(resource)
    for source, more in reading.endpoints(resource.get("EventSourceArn"), "?", needed):
        service = source.service
        for function, also in reading.endpoints(resource.get("FunctionName"), "lambda", more):
            yield Trigger(
                source,
                function,
                "{source} triggers {target}",
                resource.span,
                "trigger",
                _accepts(service, patterns),
                "poll",
                requires=also,
            )
            yield from _on_failure(reading, resource, source, function)


def _accepts(service: str, patterns: list[Any]) -> Accepts:
    """DocumentDB ignores filters; a stream filter on ``eventName`` alone is decided by event types."""
    known = [pattern for pattern in patterns if isinstance(pattern, dict) and pattern]
    if len(known) < len(patterns) or not known or service in ("rds", "docdb"):
        return Accepts()
    if service == "dynamodb":
        names: set[str] = set()
        for pattern in known:
            wanted = pattern.get("eventName")
            plain = {literal(name) for name in wanted if isinstance(name, tuple)} if isinstance(wanted, list) else None
            if plain is None or len(plain) != len(wanted):
                names |= _STREAM_EVENTS
            else:
                names |= {name for name in plain if name}
        rest = tuple({key: value for key, value in pattern.items() if key != "eventName"} for pattern in known)
        return Accepts(frozenset(names), content=rest if all(rest) else ())
    return Accepts(content=tuple(known))


def _on_failure(reading: Reading, resource: Resource, source: Any, function: Any) -> Iterator[Write]:
    node: Node | None = resource.get("DestinationConfig", "OnFailure", "Destination")
    for target, more in reading.endpoints(node, "?", frozenset()):
        if node is not None and target.service != "?":
            yield Write(
                function,
                target,
                "batches from the mapping that fail in {source} go to {target}",
                node.span,
                "destination",
                only_after="poll",
                requires=more,
            )


SERVICE = Service(
    name="mapping", rule="", readers={"AWS::Lambda::EventSourceMapping": read_mapping}
)
