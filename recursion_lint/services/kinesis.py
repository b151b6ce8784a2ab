"""Amazon Kinesis Data Streams: streams and their enhanced fan-out consumers.

A stream is read by event source mappings (``event_source_mapping``), by Firehose and by pipes.
https://docs.aws.amazon.com/streams/latest/dev/building-enhanced-consumers-api.html
"""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.model.arns import split_arn
from recursion_lint.model.text import Symbol, Text, text
from recursion_lint.services.declaration import (
    ArnForm,
    CdkGrants,
    Price,
    SecondChannel,
    Service,
    TaskTarget,
    WayOut,
)
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.template.references import Resolver
from recursion_lint.template.resource_types import ResourceKind
from recursion_lint.template.template import Resource


def read_stream(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::Kinesis::Stream``: the stream."""
    yield reading.declared(resource)


def consumer_arn(resolver: Resolver, resource: Resource) -> Text | None:
    """The ARN of a consumer, which is its stream's ARN with the consumer's name and creation time behind it.

    A stream that is known by an opaque value only (a parameter) stands for its consumers: what is said of
    one is said of the other.
    """
    stream = resolver.text(resource.get("StreamARN"))
    if not stream or split_arn(stream) is None:
        return stream
    name = resolver.text(resource.get("ConsumerName")) or (_own(resolver, resource, "name"),)
    return text([*stream, "/consumer/", *name, ":", _own(resolver, resource, "timestamp")])


def _own(resolver: Resolver, resource: Resource, what: str) -> Symbol:
    return Symbol("random", f"{resource.id}.{what}", resolver.template.scope)


_STREAM = ResourceKind(
    "AWS::Kinesis::Stream", "kinesis", "kinesis:@:stream/{}", "Name", "name", {"Arn": "arn"}
)
_CONSUMER = ResourceKind(
    "AWS::Kinesis::StreamConsumer", "kinesis", "", None, "arn", {"ConsumerARN": "arn"}, derive=consumer_arn
)

SERVICE = Service(
    name="kinesis",
    rule="kinesis-loop",
    kinds=(_STREAM, _CONSUMER),
    writes={"PutRecord": frozenset(), "PutRecords": frozenset()},
    readers={"AWS::Kinesis::Stream": read_stream},
    tasks={
        "putRecord": TaskTarget(("StreamName", "StreamARN"), "puts records on"),
        "putRecords": TaskTarget(("StreamName", "StreamARN"), "puts records on"),
    },
    arn=ArnForm("stream/", "/"),
    sender=r"(^|\.)eventSourceA(RN|rn)$",
    body="data",
    verb="put records on",
    unit="record",
    polled_by_arn=True,
    read_too=True,
    reading=("kinesis:Get*", "kinesis:List*", "kinesis:Describe*", "kinesis:SubscribeToShard"),
    second=SecondChannel(
        "AWS::Kinesis::Stream",
        "stream",
        "name",
        "",
        "OUTPUT_STREAM",
        "1 invocation per record; a second stream costs by the hour",
        properties=(("StreamModeDetails", {"StreamMode": "ON_DEMAND"}),),
    ),
    way_out=WayOut(
        "other-stream",
        "Put what {actor} writes on another stream",
        "name another stream, or count the rounds in the record and stop",
    ),
    address_is_for_sending=True,
    carries=True,
    precedence=6,
    price=Price(
        "https://aws.amazon.com/kinesis/data-streams/pricing/",
        event=(1.4e-8, 8e-8),  # 25 KB by shards, 1 KB on demand
        waits=(0.2, 1.5),
        most=4_000,  # https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html
        batch=100,
        lanes=4,
    ),
    cdk=CdkGrants("grantWrite", "grantRead", "grantReadWrite"),
)
