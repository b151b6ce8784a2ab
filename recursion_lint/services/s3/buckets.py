"""Amazon S3: bucket notifications to functions, queues and topics; object-level actions.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
"""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.model.facts import Produces, Trigger
from recursion_lint.services.declaration import ArnForm, CdkGrants, Price, SecondChannel, Service
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.services.s3.notifications import (
    CREATED,
    is_notification,
    notifications,
    read_custom_notifications,
    read_permission,
)
from recursion_lint.services.s3.replication import read_replication
from recursion_lint.template.resource_types import ResourceKind
from recursion_lint.template.template import NOTIFICATIONS, Resource

_REMOVED = frozenset({"s3:ObjectRemoved:Delete", "s3:ObjectRemoved:DeleteMarkerCreated"})

# What an action on an object fires; PutBucket*, PutLifecycleConfiguration and reads fire nothing at once.
# No API call needs ReplicateObject or ReplicateDelete: only S3 itself replicates.
WRITES = {
    "PutObject": CREATED,
    "DeleteObject": _REMOVED,
    "DeleteObjectVersion": frozenset({"s3:ObjectRemoved:Delete"}),
    "PutObjectTagging": frozenset({"s3:ObjectTagging:Put"}),
    "PutObjectVersionTagging": frozenset({"s3:ObjectTagging:Put"}),
    "DeleteObjectTagging": frozenset({"s3:ObjectTagging:Delete"}),
    "DeleteObjectVersionTagging": frozenset({"s3:ObjectTagging:Delete"}),
    "PutObjectAcl": frozenset({"s3:ObjectAcl:Put"}),
    "PutObjectVersionAcl": frozenset({"s3:ObjectAcl:Put"}),
    "RestoreObject": frozenset(
        {"s3:ObjectRestore:Post", "s3:ObjectRestore:Completed", "s3:ObjectRestore:Delete"}
    ),
    "PutObjectRetention": frozenset({"s3:ObjectRetention:Put"}),
    "PutObjectAnnotation": frozenset({"s3:ObjectAnnotation:Put"}),
    "PutObjectVersionAnnotation": frozenset({"s3:ObjectAnnotation:Put"}),
    "DeleteObjectAnnotation": frozenset({"s3:ObjectAnnotation:Delete"}),
    "DeleteObjectVersionAnnotation": frozenset({"s3:ObjectAnnotation:Delete"}),
}


def read_bucket(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::S3::Bucket``: the bucket, its ``NotificationConfiguration`` and its ``ReplicationConfiguration``."""
    resolver = reading.resolver
    endpoint = reading.endpoint(resource)
    needed = resolver.resource_requires(resource)
    yield reading.declared(resource, endpoint)
    for configuration, more in resolver.branches(resource.get("NotificationConfiguration"), needed):
        yield from notifications(reading, endpoint, configuration, more)
    if resource.get("ReplicationConfiguration") is not None:
        yield from read_replication(reading, resource, endpoint, needed)


def notified(arriving: Produces, trigger: Trigger) -> Iterator[Produces]:
    """What a trigger of a bucket hands on of what arrives."""
    if not is_notification(trigger):
        yield Produces()
        return
    # The language of events is loaded only where a loop goes on behind a queue or a topic.
    from recursion_lint.services.s3.forwarding import notification

    yield from notification(arriving, trigger)


SERVICE = Service(
    name="s3",
    rule="s3-loop",
    kinds=(
        ResourceKind(
            "AWS::S3::Bucket", "s3", "s3:::{}", "BucketName", "name", {"Arn": "arn"}, lowercase=True
        ),
    ),
    writes=WRITES,
    readers={
        "AWS::S3::Bucket": read_bucket,
        NOTIFICATIONS: read_custom_notifications,
        "AWS::Lambda::Permission": read_permission,
    },
    arn=ArnForm("", "/", granted=("{}/*",), scheme="s3://"),
    keyed=True,
    sender=r"(^|\.)(s3\.bucket\.(name|arn)|detail\.bucket\.name|requestParameters\.bucketName)$",
    event_key=r"(^|\.)(s3\.object\.key|detail\.object\.key|requestParameters\.key)$",
    shape="store",
    filtered_by="rule",
    hands_on=notified,
    unit="object",
    read_too=True,
    reading=("s3:Get*", "s3:List*"),
    second=SecondChannel(
        "AWS::S3::Bucket",
        "bucket",
        "name",
        "",
        "OUTPUT_BUCKET",
        "another bucket, the same key, no metadata: 1 invocation per object; what reads the results must look there",
        remedy="two-buckets",
    ),
    detected=True,
    precedence=2,
    price=Price(
        "https://aws.amazon.com/s3/pricing/",
        event=(5e-6, 5.8e-6),  # a PUT, and at most a GET and a HEAD
        waits=(0.3, 3.0),
        most=3_500,  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html
    ),
    cdk=CdkGrants("grantWrite", "grantRead", "grantReadWrite", put="grantPut"),
)
