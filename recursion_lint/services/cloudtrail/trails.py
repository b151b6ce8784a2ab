"""AWS CloudTrail: trails that record object-level requests, and the bucket that they deliver their log files to.

``cloudtrail-data`` is the channel of the recorded requests to a bucket. Only the buckets that trails deliver to
are looked at: a trail that records one of those records its own work, or another trail's.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
"""

from collections.abc import Iterator

from recursion_lint.model.facts import Accepts, Endpoint, Produces, Trigger, Write
from recursion_lint.model.spans import Note
from recursion_lint.model.text import ANY, text
from recursion_lint.services.cloudtrail.requests import DELIVERY, recorded_requests
from recursion_lint.services.cloudtrail.selectors import Objects, advanced, basic
from recursion_lint.services.declaration import Service
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.services.s3.log_delivery import UNSAID, may_deliver
from recursion_lint.template.resource_types import ResourceKind
from recursion_lint.template.template import Resource

_DATA = "cloudtrail-data"
_TRAIL = "AWS::CloudTrail::Trail"


def read_trail(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::CloudTrail::Trail``: what it delivers, and which deliveries it records; ``IsLogging: false`` is none."""
    resolver = reading.resolver
    if resolver.boolean(resource.get("IsLogging")) is False:
        return
    trail = reading.endpoint(resource)
    yield reading.declared(resource, trail)
    node = resource.get("S3BucketName")
    for files in _files(reading, resource):
        if node is not None:
            words = "{source} delivers its log files to {target}"
            channel = Endpoint(_DATA, files.bucket.name)
            delivered = Produces(frozenset({DELIVERY}))
            put = Produces(frozenset({"s3:ObjectCreated:Put"}), (files.objects,))
            said = may_deliver(reading, files.bucket.name, "cloudtrail.amazonaws.com")
            for to, what in ((channel, delivered), (files.bucket, put)):
                yield Write(
                    trail,
                    to,
                    words if said else words + UNSAID,
                    node.span,
                    "deliver",
                    what,
                    "declared" if said else "assumed",
                    requires=files.requires,
                )
    yield from recorded_requests(reading, resource, trail)
    for other in reading.of_type(_TRAIL):
        for files in _files(reading, other):
            yield from _recording(reading, resource, trail, files)


def _recording(reading: Reading, resource: Resource, trail: Endpoint, files: Objects) -> Iterator[Fact]:
    """The trigger from a log bucket to a trail that records what is written to it."""
    needed = reading.resolver.resource_requires(resource)
    bucket = Endpoint(_DATA, files.bucket.name)
    for fact in (*basic(reading, resource, files, needed), *advanced(reading, resource, files, needed)):
        if isinstance(fact, Note):
            yield fact
            continue
        owner = _bucket(reading, files.bucket)
        if owner is not None:
            yield reading.declared(owner, bucket)
        yield Trigger(
            bucket,
            trail,
            "{target} records the writes to {source}",
            fact.span,
            "record",
            Accepts(frozenset({DELIVERY})),
            delivery="service",
            # All buckets are those of the account, which a bucket from elsewhere need not be in.
            evidence="declared" if fact.named or owner is not None else "assumed",
            requires=fact.requires,
        )


def _bucket(reading: Reading, endpoint: Endpoint) -> Resource | None:
    buckets = reading.of_type("AWS::S3::Bucket")
    return next((bucket for bucket in buckets if reading.endpoint(bucket) == endpoint), None)


def _files(reading: Reading, resource: Resource) -> Iterator[Objects]:
    """``prefix/AWSLogs/…`` in the trail's bucket."""
    needed = reading.resolver.resource_requires(resource)
    prefix = reading.resolver.text(resource.get("S3KeyPrefix")) or ()
    for bucket, more in reading.endpoints(resource.get("S3BucketName"), "s3", needed):
        folder = text([*prefix, "/"]) if prefix else ()
        yield Objects(bucket, text([*bucket.name, "/", *folder, "AWSLogs/", ANY]), more)


SERVICE = Service(
    name=_DATA,
    product="CloudTrail",
    rule="cloudtrail-loop",
    kinds=(ResourceKind(_TRAIL, "cloudtrail", "cloudtrail:@:trail/{}", "TrailName", "name", {"Arn": "arn"}),),
    readers={_TRAIL: read_trail},
    names_events=False,
    precedence=0,
    verb="make recorded requests to",
)
