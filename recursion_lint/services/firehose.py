"""Amazon Data Firehose: what feeds a delivery stream, its transform function, the objects that it delivers.

A stream has two ends here. ``firehose`` is where records are put; ``firehose-delivery`` is where they leave.
A stream that reads from Kinesis refuses ``PutRecord``, so nothing leads into its first end.
https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html
https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html
"""

from collections.abc import Iterator
from typing import NamedTuple

from recursion_lint.model.facts import Endpoint, Produces, Trigger, Write
from recursion_lint.model.levels import EvidenceName
from recursion_lint.model.path_conditions import Requires
from recursion_lint.model.text import ANY, ONE, Part, Symbol, Text, render, text
from recursion_lint.services.declaration import ArnForm, CdkGrants, Price, Service, TaskTarget, WayOut
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.template.resource_types import ResourceKind
from recursion_lint.template.template import Resource
from recursion_lint.template.yaml.nodes import Node

# Without an expression in the prefix Firehose adds folders for the hour: 2026/11/21/02/.
_DATE_FOLDERS: Text = ("20", ONE, ONE, "/", ANY)
_OBJECT_PUT = frozenset({"s3:ObjectCreated:Put"})
_SOURCES = (
    ("KinesisStreamSourceConfiguration", "KinesisStreamARN"),
    ("MSKSourceConfiguration", "MSKClusterARN"),
)
# Destinations whose bucket gets all records; those of the others get what could not be delivered.
_ALL_RECORDS = (
    "S3DestinationConfiguration",
    "ExtendedS3DestinationConfiguration",
    "RedshiftDestinationConfiguration",
)


class _Delivery(NamedTuple):
    """One place that a destination writes objects to. ``evidence`` is ``assumed`` for what only failures do."""

    configuration: Node
    evidence: EvidenceName
    requires: Requires


def read_delivery_stream(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::KinesisFirehose::DeliveryStream``: its source, its transform function, its buckets, its error log."""
    resolver = reading.resolver
    stream = reading.endpoint(resource)
    delivery = Endpoint("firehose-delivery", stream.name)
    needed = resolver.resource_requires(resource)
    for end in (stream, delivery):
        yield reading.declared(resource, end)
    sources = list(_sources(reading, resource, delivery, needed))
    yield from sources
    fed = bool(sources)
    writes: list[Write] = []
    for name, node in resource.properties.items():
        if name.endswith("DestinationConfiguration"):
            for configuration, more in resolver.branches(node, needed):
                yield from _transforms(reading, delivery if fed else stream, configuration, more)
                writes += _writes(reading, delivery, name, configuration, more)
    if writes and not fed:
        words = "{source} delivers what is put on it"
        yield Trigger(stream, delivery, words, resource.span, "forward", delivery="service", requires=needed)
    yield from writes


def _sources(reading: Reading, resource: Resource, delivery: Endpoint, needed: Requires) -> Iterator[Trigger]:
    """The stream or the topics that a delivery stream reads from, if records are not put on it."""
    for section, key in _SOURCES:
        for configuration, more in reading.resolver.branches(resource.get(section), needed):
            source = configuration.get(key)
            for channel, also in reading.endpoints(source, "?", more):
                if source is not None:
                    words = "{target} reads from {source}"
                    yield Trigger(channel, delivery, words, source.span, "forward", requires=also)


def _transforms(
    reading: Reading, channel: Endpoint, configuration: Node, needed: Requires
) -> Iterator[Trigger]:
    """The functions that Firehose calls with the records on their way; ``Enabled: false`` calls none."""
    resolver = reading.resolver
    for processing, more in resolver.branches(configuration.get("ProcessingConfiguration"), needed):
        if resolver.boolean(processing.get("Enabled")) is False:
            continue
        for processor, also in resolver.items(processing.get("Processors"), more):
            for parameter, requires in resolver.items(processor.get("Parameters"), also):
                value = parameter.get("ParameterValue")
                if value is None or resolver.literal(parameter.get("ParameterName")) != "LambdaArn":
                    continue
                for function, needs in reading.endpoints(value, "lambda", requires):
                    yield Trigger(
                        channel,
                        function,
                        "{source} has its records transformed by {target}",
                        value.span,
                        delivery="sync",
                        requires=needs,
                    )


def _writes(
    reading: Reading, delivery: Endpoint, name: str, configuration: Node, needed: Requires
) -> Iterator[Write]:
    """The objects that a destination writes, and the log group of its errors."""
    for found in _deliveries(reading, name, configuration, needed):
        yield from _objects(reading, delivery, found)
        yield from _error_log(reading, delivery, found.configuration, found.requires)
    if configuration.get("BucketARN") is None:
        yield from _error_log(reading, delivery, configuration, needed)


def _deliveries(reading: Reading, name: str, configuration: Node, needed: Requires) -> Iterator[_Delivery]:
    """The S3 parts of a destination: itself, the bucket on the way or for failures, the backup."""
    resolver = reading.resolver
    mode = resolver.literal(configuration.get("S3BackupMode")) or ""
    if configuration.get("BucketARN") is not None:
        yield _Delivery(configuration, "declared", needed)
    every = name in _ALL_RECORDS or mode.startswith("All")
    for part, more in resolver.branches(configuration.get("S3Configuration"), needed):
        yield _Delivery(part, "declared" if every else "assumed", more)
    if mode == "Enabled":
        for part, more in resolver.branches(configuration.get("S3BackupConfiguration"), needed):
            yield _Delivery(part, "declared", more)


def _objects(reading: Reading, delivery: Endpoint, found: _Delivery) -> Iterator[Write]:
    resolver = reading.resolver
    arn = found.configuration.get("BucketARN")
    if arn is None:
        return
    prefix = resolver.text(found.configuration.get("Prefix")) or ()
    ending = resolver.text(found.configuration.get("FileExtension")) or ()
    errors = resolver.text(found.configuration.get("ErrorOutputPrefix")) or ()
    kinds: list[tuple[Text, str, EvidenceName]] = [
        (text([*object_keys(prefix), *ending]), f"delivers objects{_under(prefix)} to", found.evidence)
    ]
    if errors:
        kinds.append((object_keys(errors), f"delivers failed records{_under(errors)} to", "assumed"))
    for bucket, more in reading.endpoints(arn, "s3", found.requires):
        for keys, words, evidence in kinds:
            yield Write(
                delivery,
                bucket,
                f"{{source}} {words} {{target}}",
                arn.span,
                "deliver",
                Produces(_OBJECT_PUT, (text([*bucket.name, "/", *keys]),)),
                evidence,
                requires=more,
            )


def object_keys(prefix: Text) -> Text:
    """The pattern of the keys under a prefix: up to its first ``!{expression}``, else with folders for the hour."""
    parts: list[Part] = []
    for part in prefix:
        if isinstance(part, str) and "!{" in part:
            return text([*parts, part.partition("!{")[0], ANY])
        parts.append(part)
    # A prefix that is not written out here may hold an expression.
    known = not any(isinstance(part, Symbol) for part in prefix)
    return text([*prefix, *(_DATE_FOLDERS if known else (ANY,))])


def _under(prefix: Text) -> str:
    return f" under {render(prefix)}" if prefix else ""


def _error_log(
    reading: Reading, delivery: Endpoint, configuration: Node, needed: Requires
) -> Iterator[Write]:
    """``CloudWatchLoggingOptions``: the log group of delivery errors."""
    options = reading.resolver.one(configuration.get("CloudWatchLoggingOptions"))
    name = options.get("LogGroupName") if options is not None else None
    if options is None or name is None or reading.resolver.boolean(options.get("Enabled")) is not True:
        return
    for group, more in reading.endpoints(name, "logs", needed):
        reason = "delivery errors of {source} are logged to {target}"
        yield Write(delivery, group, reason, name.span, "log", evidence="assumed", requires=more)


_KIND = ResourceKind(
    "AWS::KinesisFirehose::DeliveryStream",
    "firehose",
    "firehose:@:deliverystream/{}",
    "DeliveryStreamName",
    "name",
    {"Arn": "arn"},
)

SERVICE = Service(
    name="firehose",
    sender=r"(^|\.)deliveryStreamArn$",
    product="Firehose",
    rule="firehose-loop",
    kinds=(_KIND,),
    writes={"PutRecord": frozenset(), "PutRecordBatch": frozenset()},
    readers={"AWS::KinesisFirehose::DeliveryStream": read_delivery_stream},
    tasks={
        "putRecord": TaskTarget(("DeliveryStreamName",), "puts records on"),
        "putRecordBatch": TaskTarget(("DeliveryStreamName",), "puts records on"),
    },
    arn=ArnForm("deliverystream/", "/"),
    way_out=WayOut(
        "return-records",
        "Return records from {actor} instead of putting them on the stream again",
        "a transformation returns the records that it was given; put what is new on another stream",
    ),
    verb="put records on",
    carries=True,
    precedence=7,
    price=Price(
        "https://aws.amazon.com/firehose/pricing/",
        event=(1.4e-7, 1.4e-7),  # 5 KB
        waits=(60.0, 300.0),
        most=2_000,  # https://docs.aws.amazon.com/firehose/latest/dev/limits.html
    ),
    cdk=CdkGrants("grantPutRecords"),
)
