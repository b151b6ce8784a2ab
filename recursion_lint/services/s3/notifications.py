"""Notifications of Amazon S3 buckets to functions, queues and topics, wherever a template shows them.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from recursion_lint.model.facts import Accepts, Endpoint, KeyRule, Trigger
from recursion_lint.model.path_conditions import Requires
from recursion_lint.model.spans import Span
from recursion_lint.model.text import Text, glob, has_wildcard, render, text
from recursion_lint.patterns.keys import ends_with, starts_with
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.template.template import CUSTOM_RESOURCE, NOTIFICATIONS, Resource
from recursion_lint.template.yaml.files import SourceError
from recursion_lint.template.yaml.nodes import Node, mapping

_FAMILIES = {
    "ObjectCreated": ("Put", "Post", "Copy", "CompleteMultipartUpload"),
    "ObjectRemoved": ("Delete", "DeleteMarkerCreated"),
    "ObjectRestore": ("Post", "Completed", "Delete"),
    "ObjectTagging": ("Put", "Delete"),
    "ObjectAnnotation": ("Put", "Delete"),
    "ObjectAcl": ("Put",),
    "ObjectRetention": ("Put",),
    "LifecycleExpiration": ("Delete", "DeleteMarkerCreated"),
}
CREATED = frozenset(f"s3:ObjectCreated:{name}" for name in _FAMILIES["ObjectCreated"])
_DESTINATIONS = (
    ("LambdaConfigurations", "Function", "lambda"),
    ("LambdaFunctionConfigurations", "LambdaFunctionArn", "lambda"),
    ("QueueConfigurations", "Queue", "sqs"),
    ("QueueConfigurations", "QueueArn", "sqs"),
    ("TopicConfigurations", "Topic", "sns"),
    ("TopicConfigurations", "TopicArn", "sns"),
)


_PUT_NOTIFICATIONS = "putbucketnotificationconfiguration"


def event_types(pattern: str) -> frozenset[str]:
    """``s3:ObjectCreated:*`` → the event types it stands for; a plain type is itself."""
    head, _, last = pattern.rpartition(":")
    if last != "*":
        return frozenset({pattern})
    family = head.removeprefix("s3:")
    return frozenset(f"{head}:{name}" for name in _FAMILIES.get(family, ())) or frozenset({pattern})


def read_custom_notifications(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``Custom::S3BucketNotifications`` of the CDK (and SAM's S3 events): API-style names, one per bucket."""
    resolver = reading.resolver
    needed = resolver.resource_requires(resource)
    for bucket, more in customised(reading, resource, needed):
        for configuration, also in resolver.branches(resource.get("NotificationConfiguration"), more):
            yield from notifications(reading, bucket, configuration, also, _sam_span(resource))


def customised(
    reading: Reading, resource: Resource, requires: Requires
) -> Iterator[tuple[Endpoint, Requires]]:
    """The bucket that a custom resource configures; ``BucketName`` is the CDK's word, others have their own."""
    return reading.endpoints(_bucket_given(resource), "s3", requires)


def _bucket_given(resource: Resource) -> Node | None:
    names = (resource.get(name) for name in ("BucketName", "Bucket", "S3Bucket"))
    return next((node for node in names if node is not None), None)


def _sam_span(resource: Resource) -> Node | None:
    """SAM writes one notification for one event, whose key is where a person looks."""
    return None if resource.declared_type else Node("scalar", "", resource.span)


def notifications(
    reading: Reading, bucket: Endpoint, configuration: Node, requires: Requires, at: Node | None = None
) -> Iterator[Fact]:
    """The triggers of a notification configuration, in CloudFormation's or the API's spelling."""
    resolver = reading.resolver
    for section, key, service in _DESTINATIONS:
        for entry, needed in resolver.items(configuration.get(section), requires):
            if entry.get(key) is not None:
                yield from reading.facts(
                    partial(_notified, reading, bucket, entry, key, service, needed, (at or entry).span),
                    needed,
                    entry.span,
                )


def _notified(
    reading: Reading, bucket: Endpoint, entry: Node, key: str, service: str, requires: Requires, span: Span
) -> Iterator[Trigger]:
    accepts = Accepts(_events(reading, entry), _keys(reading, entry))
    verb = "trigger" if service == "lambda" else "go to"
    for consumer, more in reading.endpoints(entry.get(key), service, requires):
        yield Trigger(
            bucket,
            consumer,
            f"{_described(accepts)} in {{source}} {verb} {{target}}",
            span,
            "trigger" if service == "lambda" else "forward",
            accepts,
            requires=more,
            qualifier=reading.qualifier(entry.get(key)),
        )


def is_notification(trigger: Trigger) -> bool:
    """Does the trigger come from a bucket's own notification configuration, not from a rule or a log delivery?"""
    own = trigger.channel.service == "s3" and trigger.consumer.service in {
        service for _, _, service in _DESTINATIONS
    }
    return own and trigger.kind in ("trigger", "forward") and not trigger.via


def _events(reading: Reading, entry: Node) -> frozenset[str] | None:
    names = [
        reading.resolver.literal(item)
        for item in reading.resolver.elements(entry.get("Events") or entry.get("Event"))
    ]
    if not names or None in names:
        return None
    return frozenset().union(*(event_types(name) for name in names if name))


def _keys(reading: Reading, entry: Node) -> tuple[KeyRule, ...]:
    """The key rule of a filter; prefix and suffix are literal: ``*`` is no wildcard.

    A space is to be written ``+`` and other special characters percent-encoded. Not all who write a filter know:
    what can be read both ways lets both through.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
    """
    below, given = reading.resolver.one_below, entry.get("Filter")
    rules = below(given, "S3Key", "Rules") or below(given, "Key", "FilterRules")
    written: list[Text] = []
    meant: list[Text] = []
    for rule in reading.resolver.elements(rules):
        name = (reading.resolver.literal(rule.get("Name")) or "").lower()
        value = reading.resolver.text(rule.get("Value"))
        if value and name in ("prefix", "suffix"):
            pattern = starts_with if name == "prefix" else ends_with
            written.append(pattern(value))
            meant.append(pattern(_decoded(value)))
    return tuple(
        (tuple(required), ()) for required in dict.fromkeys((tuple(written), tuple(meant))) if required
    )


def _decoded(value: Text) -> Text:
    """The part of a key that a filter's value stands for, if it is encoded like a URL."""
    if not any("+" in part or "%" in part for part in value if isinstance(part, str)):
        return value
    from urllib.parse import unquote_plus  # few filters need it

    return text(unquote_plus(part) if isinstance(part, str) else part for part in value)


def _described(accepts: Accepts) -> str:
    """``new objects under in/ that end in .txt``: what a configuration lets through, in words."""
    kinds = {name.removeprefix("s3:").partition(":")[0] for name in accepts.events or ()}
    what = {"ObjectCreated": "new objects", "ObjectRemoved": "deletions", "ObjectTagging": "tag changes"}
    words = " and ".join(sorted(what.get(kind, f"{kind} events") for kind in kinds)) or "objects"
    for rule in accepts.keys[0][0] if accepts.keys else ():
        shown = render(rule)
        words += f" ending in {shown[1:]}" if shown.startswith("*") else f" under {shown[:-1]}"
    return words


def read_permission(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::Lambda::Permission`` for S3: the only trace of a notification that is configured outside the template."""
    resolver = reading.resolver
    needed = resolver.resource_requires(resource)
    if resolver.literal(resource.get("Principal")) != "s3.amazonaws.com":
        return
    for bucket, more in reading.endpoints(resource.get("SourceArn"), "s3", needed):
        for function, also in reading.endpoints(resource.get("FunctionName"), "lambda", more):
            yield from permitted(reading, bucket, function, resource.span, also)


def permitted(
    reading: Reading, bucket: Endpoint, function: Endpoint, span: Span, requires: Requires
) -> Iterator[Trigger]:
    """What a permission for a bucket to invoke a function tells, where the template shows no notification of it."""
    notified = any(known == bucket for known, _ in configured(reading)) or _existing(
        reading, bucket, function
    )
    if notified or bucket.service != "s3" or has_wildcard(glob(bucket.name)):
        return
    yield Trigger(
        bucket,
        function,
        "{source} may invoke {target}",
        span,
        accepts=Accepts(undecided="the notification that the permission is for is not in the template"),
        evidence="assumed",
        requires=requires,
    )


def configured(reading: Reading) -> Iterator[tuple[Endpoint, Node]]:
    """The buckets whose notifications the template shows, with the node of their configuration."""
    for resource in reading.of_type("AWS::S3::Bucket", NOTIFICATIONS, CUSTOM_RESOURCE):
        if resource.type == CUSTOM_RESOURCE:
            resource = as_called(reading, resource)
        configuration = resource.get("NotificationConfiguration")
        if configuration is None:
            continue
        if resource.type == "AWS::S3::Bucket":
            yield reading.endpoint(resource), configuration
        else:
            for bucket in reading.named(_bucket_given(resource), "s3"):
                yield bucket, configuration


def _existing(reading: Reading, bucket: Endpoint, function: Endpoint) -> bool:
    """Does a resource like ``Custom::S3`` show this one notification? The bucket may have others."""
    return any(
        bucket in reading.named(_bucket_given(resource), "s3")
        and function in reading.named(resource.get("FunctionName"), "lambda")
        for resource in reading.of_type(CUSTOM_RESOURCE)
        if resource.get("BucketConfigs") is not None or resource.get("BucketConfig") is not None
    )


def as_called(reading: Reading, resource: Resource) -> Resource:
    """``Custom::AWS`` of the CDK with the parameters of the call that it makes; other resources as they are.

    ``Create`` holds the call, as JSON or (in the CDK's first version) as a map.
    https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.custom_resources.AwsCustomResource.html
    """
    call = reading.resolver.one(resource.get("Create")) if resource.declared_type == "Custom::AWS" else None
    if call is not None and (call.kind == "scalar" or call.intrinsic is not None):
        held = reading.resolver.text(call) or ()
        if not any(isinstance(part, str) and _PUT_NOTIFICATIONS in part.lower() for part in held):
            return resource
        try:
            call = reading.embedded(held, call)
        except SourceError:
            return resource
    action = call.get("action") if call is not None else None
    if call is None or action is None or (action.text or "").lower() != _PUT_NOTIFICATIONS:
        return resource
    return resource._replace(properties=call.get("parameters") or mapping([], call.span))
