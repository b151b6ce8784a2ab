"""Event source mappings: Lambda polls a queue, a stream or a topic and invokes a function.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from recursion_lint.facts import Trigger, Write
from recursion_lint.nodes import Node
from recursion_lint.services.filters import accepted, filters
from recursion_lint.services.reading import Fact, Reading, Service
from recursion_lint.template import Resource


def read_mapping(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::Lambda::EventSourceMapping``; ``Enabled: false`` is no trigger."""
    resolver = reading.resolver
    if resolver.boolean(resource.get("Enabled")) is False:
        return
    patterns, notes = filters(reading, resource.get("FilterCriteria"))
    yield from notes
    topics = tuple(
        topic for item, _ in resolver.items(resource.get("Topics")) if (topic := resolver.text(item))
    )
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
                accepted(service, patterns)._replace(topics=topics),
                "poll",
                requires=also,
            )
            yield from _on_failure(reading, resource, source, function)


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


SERVICE = Service(name="mapping", rule="", readers={"AWS::Lambda::EventSourceMapping": read_mapping})
