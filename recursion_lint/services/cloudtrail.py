"""AWS CloudTrail: trails that record object-level requests, and the bucket that they deliver their log files to.

``cloudtrail-data`` is the channel of the recorded requests to a bucket. Only the buckets that trails deliver to
are looked at: a trail that records one of those records its own work, or another trail's.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
"""

from collections.abc import Iterator
from typing import NamedTuple

from recursion_lint.model.facts import Declared, Endpoint, Trigger, Write
from recursion_lint.model.findings import Note, Span
from recursion_lint.model.path_conditions import ALWAYS, Requires
from recursion_lint.model.text import ANY, Text, literal, render, split_text, text
from recursion_lint.patterns.keys import covers, decide, starts_with
from recursion_lint.services.reading import Fact, Reading, Service
from recursion_lint.services.s3.log_delivery import UNSAID, may_deliver
from recursion_lint.template.resource_types import ResourceKind
from recursion_lint.template.template import Resource
from recursion_lint.template.yaml.nodes import Node

_DATA = "cloudtrail-data"
_TRAIL = "AWS::CloudTrail::Trail"
# The request that a delivery of a log file is, in the fields of an advanced event selector.
_DELIVERY = {
    "eventCategory": "Data",
    "resources.type": "AWS::S3::Object",
    "readOnly": "false",
    "eventName": "PutObject",
    "eventSource": "s3.amazonaws.com",
    "eventType": "AwsApiCall",
}


class _Files(NamedTuple):
    """Where a trail delivers: the bucket, and the pattern of ``bucket/key`` of its log files."""

    bucket: Endpoint
    objects: Text
    requires: Requires


class _Recorded(NamedTuple):
    """A selector that takes the deliveries to a bucket. ``named``: it names the bucket, or all buckets."""

    span: Span
    named: bool
    requires: Requires


def read_trail(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::CloudTrail::Trail``: what it delivers, and which deliveries it records; ``IsLogging: false`` is none."""
    resolver = reading.resolver
    if resolver.boolean(resource.get("IsLogging")) is False:
        return
    trail = reading.endpoint(resource)
    needed = resolver.resource_requires(resource)
    yield Declared(
        trail, resource.id, resource.declared_type, resource.span, resolver.arn_of(resource), needed
    )
    node = resource.get("S3BucketName")
    for files in _files(reading, resource):
        if node is not None:
            words = "{source} delivers its log files to {target}"
            channel = Endpoint(_DATA, files.bucket.name)
            delivered = Write(trail, channel, words, node.span, "deliver", requires=files.requires)
            if not may_deliver(reading, files.bucket.name, "cloudtrail.amazonaws.com"):
                delivered = delivered._replace(reason=words + UNSAID, evidence="assumed")
            yield delivered
    for other in reading.of_type(_TRAIL):
        for files in _files(reading, other):
            yield from _recording(reading, resource, trail, files)


def _recording(reading: Reading, resource: Resource, trail: Endpoint, files: _Files) -> Iterator[Fact]:
    """The trigger from a log bucket to a trail that records what is written to it."""
    needed = reading.resolver.resource_requires(resource)
    bucket = Endpoint(_DATA, files.bucket.name)
    for fact in (*_basic(reading, resource, files, needed), *_advanced(reading, resource, files, needed)):
        if isinstance(fact, Note):
            yield fact
            continue
        owner = _bucket(reading, files.bucket)
        if owner is not None:
            arn = reading.resolver.arn_of(owner)
            requires = reading.resolver.resource_requires(owner)
            yield Declared(bucket, owner.id, owner.declared_type, owner.span, arn, requires)
        yield Trigger(
            bucket,
            trail,
            "{target} records the writes to {source}",
            fact.span,
            "record",
            delivery="service",
            # All buckets are those of the account, which a bucket from elsewhere need not be in.
            evidence="declared" if fact.named or owner is not None else "assumed",
            requires=fact.requires,
        )


def _bucket(reading: Reading, endpoint: Endpoint) -> Resource | None:
    buckets = reading.of_type("AWS::S3::Bucket")
    return next((bucket for bucket in buckets if reading.endpoint(bucket) == endpoint), None)


def _files(reading: Reading, resource: Resource) -> Iterator[_Files]:
    """``prefix/AWSLogs/…`` in the trail's bucket."""
    needed = reading.resolver.resource_requires(resource)
    prefix = reading.resolver.text(resource.get("S3KeyPrefix")) or ()
    for bucket, more in reading.endpoints(resource.get("S3BucketName"), "s3", needed):
        folder = text([*prefix, "/"]) if prefix else ()
        yield _Files(bucket, text([*bucket.name, "/", *folder, "AWSLogs/", ANY]), more)


def _basic(
    reading: Reading, resource: Resource, files: _Files, needed: Requires
) -> Iterator[_Recorded | Note]:
    """``EventSelectors``: a data resource is the beginning of an object's ARN; ``arn:aws:s3`` is all of them."""
    resolver = reading.resolver
    for selector, more in resolver.items(resource.get("EventSelectors"), needed):
        if resolver.literal(selector.get("ReadWriteType")) == "ReadOnly":
            continue
        for data, also in resolver.items(selector.get("DataResources"), more):
            if resolver.literal(data.get("Type")) != "AWS::S3::Object":
                continue
            for value, span, requires in _values(reading, data.get("Values"), also):
                start = _object_start(value)
                if start is not None and _overlap(start, files):
                    yield _Recorded(span, bool(start), requires)


def _advanced(
    reading: Reading, resource: Resource, files: _Files, needed: Requires
) -> Iterator[_Recorded | Note]:
    """``AdvancedEventSelectors``: all field selectors of one must take the delivery."""
    for selector, more in reading.resolver.items(resource.get("AdvancedEventSelectors"), needed):
        fields = [field for field, _ in reading.resolver.items(selector.get("FieldSelectors"), more)]
        names = [reading.resolver.literal(field.get("Field")) for field in fields]
        if "resources.type" not in names:
            continue
        taken = [_takes(reading, name, field, files) for name, field in zip(names, fields, strict=True)]
        if False in taken:
            continue
        if None in taken:
            field = fields[taken.index(None)]
            yield Note(field.span, f"whether {resource.id} records its own log files could not be decided")
            continue
        named = any(field.get("StartsWith") is not None for field in fields)
        yield _Recorded(fields[names.index("resources.type")].span, named, more)


def _takes(reading: Reading, name: str | None, field: Node, files: _Files) -> bool | None:
    """Does a field selector take the delivery of a log file? ``None`` where that cannot be said."""
    operators = {
        key: [value for value, _, _ in _values(reading, node, ALWAYS)] for key, node in field.items()
    }
    operators.pop("Field", None)
    if name == "resources.ARN":
        return _takes_object(operators, files)
    if name not in _DELIVERY:
        return None
    return all(_plain(key, values, _DELIVERY[name]) for key, values in operators.items())


def _plain(operator: str, values: list[Text], actual: str) -> bool:
    wanted = [literal(value) or render(value) for value in values]
    hits = {
        "Equals": actual in wanted,
        "StartsWith": actual.startswith(tuple(wanted)),
        "EndsWith": actual.endswith(tuple(wanted)),
    }
    positive = operator.removeprefix("Not")
    return hits.get(positive, True) is (positive == operator)


def _takes_object(operators: dict[str, list[Text]], files: _Files) -> bool | None:
    """``resources.ARN``: an excluded beginning that covers all log files ends the loop; an exact name is one object."""
    answer: bool | None = True
    for operator, values in operators.items():
        starts = [start for start in map(_object_start, values) if start is not None]
        if operator == "StartsWith" and not any(_overlap(start, files) for start in starts):
            return False
        if operator == "NotStartsWith" and any(
            covers([starts_with(start)], files.objects) for start in starts
        ):
            return False
        if operator in ("Equals", "EndsWith"):
            return False if operator == "Equals" else None
        if operator in ("NotEquals", "NotEndsWith") and any(_overlap(start, files) for start in starts):
            answer = None
    return answer


def _overlap(start: Text, files: _Files) -> bool:
    return decide([starts_with(start), files.objects]).verdict == "overlaps"


def _object_start(value: Text) -> Text | None:
    """``arn:aws:s3:::bucket/in`` → ``bucket/in``; the ARN of all of S3 → nothing; ``None`` for another service."""
    fields = split_text(value, ":", 5)
    if len(fields) < 3 or fields[2] != ("s3",):
        return None
    return fields[5] if len(fields) == 6 else ()


def _values(reading: Reading, node: Node | None, needed: Requires) -> Iterator[tuple[Text, Span, Requires]]:
    for item, more in reading.resolver.items(node, needed):
        for value, also in reading.resolver.texts(item, more):
            yield value, item.span, also


SERVICE = Service(
    name=_DATA,
    rule="cloudtrail-loop",
    kinds=(ResourceKind(_TRAIL, "cloudtrail", "cloudtrail:@:trail/{}", "TrailName", "name", {"Arn": "arn"}),),
    readers={_TRAIL: read_trail},
)
