"""Event source mappings: Lambda polls a queue, a stream or a topic and invokes a function.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html
"""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.model.facts import Endpoint, Produces, Trigger, Write
from recursion_lint.model.path_conditions import Requires
from recursion_lint.model.text import render, strip_prefix
from recursion_lint.services.awslambda.destinations import failed_batch
from recursion_lint.services.awslambda.filter_criteria import accepted, filters
from recursion_lint.services.declaration import Service
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.services.switches import switched
from recursion_lint.template.template import Resource

_BY_EVENT = {"SQS": ("sqs",), "DynamoDB": ("dynamodb",), "Kinesis": ("kinesis",), "MSK": ("kafka",)}
"""SAM's event types, and what they poll as far as IAM lets anybody write to it."""


def read_mapping(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::Lambda::EventSourceMapping``: what it polls triggers its function."""
    resolver = reading.resolver
    patterns, notes = filters(reading, resource.get("FilterCriteria"))
    yield from notes
    topics = tuple(
        topic for item in resolver.elements(resource.get("Topics")) if (topic := resolver.text(item))
    )
    needed = resolver.resource_requires(resource)
    batch = reading.number(resource.get("BatchSize"))
    at_once = reading.number(
        resolver.one_below(resource.get("ScalingConfig"), "MaximumConcurrency")
        or resource.get("ParallelizationFactor")
    )
    for running, switch in switched(reading, resource, "Enabled", "mapping", needed):
        for source, more in (
            *reading.endpoints(resource.get("EventSourceArn"), "?", running),
            *_self_managed(reading, resource, running),
        ):
            for function, also in reading.endpoints(resource.get("FunctionName"), "lambda", more):
                yield Trigger(
                    source,
                    function,
                    "{source} triggers {target}",
                    resource.span,
                    "trigger",
                    accepted(source.service, patterns)._replace(topics=topics),
                    "poll",
                    requires=also,
                    polls=_polled(resource),
                    switch=switch,
                    batch=batch,
                    at_once=at_once,
                )
                yield from _on_failure(reading, resource, source, function, also)


def _self_managed(
    reading: Reading, resource: Resource, requires: Requires
) -> Iterator[tuple[Endpoint, Requires]]:
    """A Kafka cluster of one's own is known by its first server. IAM lets nobody write to it, but Lambda may.

    https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html
    """
    below = reading.resolver.one_below
    servers = reading.strings(
        below(resource.get("SelfManagedEventSource"), "Endpoints", "KafkaBootstrapServers")
    )
    if servers and servers[0]:
        yield Endpoint("self-managed-kafka", servers[0]), requires


def _polled(resource: Resource) -> tuple[str, ...]:
    """The services that the source may be of, by the properties that each asks for."""
    event = resource.get("EventType")
    if event is not None:
        return _BY_EVENT.get(event.text or "", ())
    if resource.get("Topics") is not None:
        return ("kafka",)
    if resource.get("Queues") is not None or resource.get("DocumentDBEventSourceConfig") is not None:
        return ()
    return ("dynamodb", "kinesis") if resource.get("StartingPosition") is not None else ("sqs",)


def _on_failure(
    reading: Reading, resource: Resource, source: Endpoint, function: Endpoint, requires: Requires
) -> Iterator[Write]:
    node = reading.resolver.one_below(resource.get("DestinationConfig"), "OnFailure", "Destination")
    topic = strip_prefix(reading.resolver.text(node) or (), "kafka://")
    if topic and node is not None:
        yield Write(
            function,
            source,
            f"records from the mapping that fail in {{source}} go to the topic {render(topic)}",
            node.span,
            "destination",
            Produces(topics=(topic,)),
            only_after="poll",
            requires=requires,
        )
        return
    for target, more in reading.endpoints(node, "?", requires):
        if node is not None and target.service != "?":
            yield Write(
                function,
                target,
                "batches from the mapping that fail in {source} go to {target}",
                node.span,
                "destination",
                failed_batch(target) if target.service == "s3" else Produces(),
                only_after="poll",
                requires=more,
            )


SERVICE = Service(name="mapping", rule="", readers={"AWS::Lambda::EventSourceMapping": read_mapping})
