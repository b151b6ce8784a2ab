"""EventBridge Pipes: a source is polled, filtered, perhaps enriched, and passed to a target.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes.html
"""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.model.facts import Endpoint, Produces, Trigger, Write
from recursion_lint.model.path_conditions import Requires
from recursion_lint.model.spans import Span
from recursion_lint.model.text import text
from recursion_lint.services.awslambda.filter_criteria import accepted, filters
from recursion_lint.services.declaration import ArnForm, Price, Service
from recursion_lint.services.eventbridge.rules import consumers
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.services.switches import switched
from recursion_lint.template.resource_types import ResourceKind
from recursion_lint.template.template import Resource

_PARAMETERS = {
    "DynamoDBStreamParameters": ("dynamodb",),
    "KinesisStreamParameters": ("kinesis",),
    "ManagedStreamingKafkaParameters": ("kafka",),
    "SelfManagedKafkaParameters": (),
    "ActiveMQBrokerParameters": (),
    "RabbitMQBrokerParameters": (),
}
"""What the parameters of a source say of it; a queue needs none."""
_SOURCES = {"sqs": "aws:sqs", "dynamodb": "aws:dynamodb", "kinesis": "aws:kinesis"}


def read_pipe(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::Pipes::Pipe``: its source triggers it, it writes to its target."""
    resolver = reading.resolver
    pipe, needed = reading.endpoint(resource), resolver.resource_requires(resource)
    yield reading.declared(resource, pipe)
    patterns, notes = filters(reading, resolver.one_below(resource.get("SourceParameters"), "FilterCriteria"))
    yield from notes
    sources = [
        (source, more, switch)
        for running, switch in switched(reading, resource, "DesiredState", "pipe", needed, "STOPPED")
        for source, more in reading.endpoints(resource.get("Source"), "?", running)
    ]
    for source, more, switch in sources:
        yield Trigger(
            source,
            pipe,
            "{source} is polled by the pipe {target}",
            _span(resource, "Source"),
            accepts=accepted(source.service, patterns),
            delivery="poll",
            requires=more,
            polls=_polled(reading, resource),
            switch=switch,
        )
    yield from _failed(reading, resource, pipe, needed)
    yield from _enriched(reading, resource, pipe, needed)
    origins = {_SOURCES.get(source.service, "") for source, *_ in sources}
    yield from _passed_on(reading, resource, pipe, origins.pop() if len(origins) == 1 else "", needed)


def _polled(reading: Reading, resource: Resource) -> tuple[str, ...]:
    """The services that the source may be of."""
    given = reading.resolver.one(resource.get("SourceParameters"))
    found = (
        _PARAMETERS[key] for key, _ in (given.items() if given is not None else ()) if key in _PARAMETERS
    )
    return next(found, ("sqs",))


def _failed(reading: Reading, resource: Resource, pipe: Endpoint, requires: Requires) -> Iterator[Write]:
    """Records of a stream that a pipe fails on go to its dead-letter queue or topic.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-dead-letter-queue.html
    """
    given = resource.get("SourceParameters")
    for key, parameters in given.items() if given is not None else ():
        node = (
            reading.resolver.one_below(parameters, "DeadLetterConfig", "Arn") if key in _PARAMETERS else None
        )
        for target, more in reading.endpoints(node, "?", requires):
            if node is not None and target.service != "?":
                words = "records that fail in {source} go to {target}"
                yield Write(pipe, target, words, node.span, "destination", requires=more)


def _enriched(reading: Reading, resource: Resource, pipe: Endpoint, requires: Requires) -> Iterator[Write]:
    """The enrichment is called, and its answer goes on to the target."""
    for target, more in reading.endpoints(resource.get("Enrichment"), "?", requires):
        yield Write(
            pipe,
            target,
            "{source} has its events enriched by {target}",
            _span(resource, "Enrichment"),
            requires=more,
        )


def _passed_on(
    reading: Reading, resource: Resource, pipe: Endpoint, origin: str, requires: Requires
) -> Iterator[Write]:
    parameters = reading.resolver.one(resource.get("TargetParameters")) or resource.properties
    for target, more in consumers(reading, resource.get("Target"), parameters, "EcsTaskParameters", requires):
        produces = Produces()
        if target.service == "events":
            produces = Produces(document=_stamped(reading, resource, pipe, origin))
        yield Write(
            pipe,
            target,
            "{source} passes what it reads on to {target}",
            _span(resource, "Target"),
            "forward",
            produces,
            requires=more,
        )


def _stamped(reading: Reading, resource: Resource, pipe: Endpoint, origin: str) -> object:
    """The source, the detail type and the detail that a pipe gives to its events; ``$.…`` paths are not known.

    https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_PipeTargetEventBridgeEventBusParameters.html
    """
    from recursion_lint.patterns.events import Doc, Value
    from recursion_lint.services.eventbridge.input_templates import templated

    below, targets = reading.resolver.one_below, resource.get("TargetParameters")
    given = reading.resolver.one(targets, "EventBridgeEventBusParameters")
    fields: dict[str, Value] = {}
    detail = templated(reading, below(targets, "InputTemplate"))
    if detail is not None:
        fields["detail"] = detail
    for name, key, default in (
        ("source", "Source", text(["Pipe ", *pipe.name])),
        ("detail-type", "DetailType", (f"Event from {origin}",) if origin else None),
    ):
        node = given.get(key) if given is not None else None
        value = reading.resolver.text(node) if node is not None else default
        if value and not (isinstance(value[0], str) and value[0].startswith("$")):
            fields[name] = value
    return Doc(fields, open=True)


def _span(resource: Resource, key: str) -> Span:
    node = resource.get(key)
    return node.span if node is not None else resource.span


SERVICE = Service(
    name="pipes",
    rule="other-loop",
    kinds=(ResourceKind("AWS::Pipes::Pipe", "pipes", "pipes:@:pipe/{}", "Name", "name", {"Arn": "arn"}),),
    readers={"AWS::Pipes::Pipe": read_pipe},
    arn=ArnForm("pipe/", "/"),
    price=Price(
        "https://aws.amazon.com/eventbridge/pricing/",
        run=(4e-7, 4e-7),
        waits=(0.1, 0.5),
    ),
)
