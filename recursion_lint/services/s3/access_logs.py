"""Server access logs of Amazon S3: a bucket whose requests are written down in a bucket.

A delivery of logs is itself a request to the bucket that gets them, and is logged there if that bucket logs.
``s3-log`` is the channel of a bucket's logged requests.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
"""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.model.facts import LOG_DELIVERY, Endpoint, Produces, Trigger, Write
from recursion_lint.model.path_conditions import Requirement, Requires
from recursion_lint.model.spans import Span
from recursion_lint.model.text import ANY, text
from recursion_lint.services.declaration import Service
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.services.s3.log_delivery import UNSAID, may_deliver
from recursion_lint.template.references import Resolver
from recursion_lint.template.template import Resource
from recursion_lint.template.yaml.nodes import Node

_LOGS = "s3-log"


def read_logging(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``LoggingConfiguration`` of ``AWS::S3::Bucket``: the bucket that its access logs go to."""
    resolver = reading.resolver
    needed = resolver.resource_requires(resource)
    if resource.get("LoggingConfiguration") is None:
        return
    requests = Endpoint(_LOGS, reading.endpoint(resource).name)
    yield reading.declared(resource, requests)
    for configuration, more in resolver.branches(resource.get("LoggingConfiguration"), needed):
        given = configuration.get("DestinationBucketName")
        for target, also in reading.endpoints(given, "s3", more):
            if given is not None:
                consumer = Endpoint(_LOGS, target.name)
                words = f"{{source}} delivers its access logs to {'itself' if consumer == requests else '{target}'}"
                yield _delivery(reading, requests, consumer, words, given.span, also)
                if consumer != requests:
                    yield from _log_objects(reading, configuration, requests, target, given.span, also)
        # Without a destination the logs stay in the bucket that they are about.
        at = configuration.key_span("LogFilePrefix")
        for also in (
            _left_out(resolver, given, more) if configuration.get("LogFilePrefix") is not None else ()
        ):
            itself = "{source} delivers its access logs to itself: no DestinationBucketName is given"
            yield _delivery(reading, requests, requests, itself, at, also)


def _delivery(
    reading: Reading, source: Endpoint, target: Endpoint, words: str, span: Span, needed: Requires
) -> Trigger:
    """The delivery as it is declared; only assumed where nothing in the template lets S3 write to the bucket."""
    delivered = Trigger(source, target, words, span, LOG_DELIVERY, delivery="service", requires=needed)
    if may_deliver(reading, target.name, "logging.s3.amazonaws.com"):
        return delivered
    return delivered._replace(reason=words + UNSAID, evidence="assumed")


def _log_objects(
    reading: Reading,
    configuration: Node,
    requests: Endpoint,
    target: Endpoint,
    span: Span,
    needed: Requires,
) -> Iterator[Fact]:
    """A write to a bucket is a request like others: what is logged of it is a new object in the bucket of the logs.

    What reads those objects must not write to a bucket that logs there.
    """
    bucket = Endpoint("s3", requests.name)
    yield Trigger(bucket, requests, "requests to {source} are logged", span, LOG_DELIVERY, requires=needed)
    prefix = reading.resolver.text(configuration.get("LogFilePrefix")) or ()
    yield Write(
        requests,
        target,
        "{source} delivers its access logs to {target}",
        span,
        LOG_DELIVERY,
        Produces(frozenset({"s3:ObjectCreated:Put"}), (text([*target.name, "/", *prefix, ANY]),)),
        requires=needed,
    )


def _left_out(resolver: Resolver, node: Node | None, needed: Requires, depth: int = 0) -> Iterator[Requires]:
    """What must hold for ``node`` to be absent: nothing more, or the ``Fn::If`` branches that are ``AWS::NoValue``."""
    if node is None or node.null:
        yield needed
        return
    name, argument = node.intrinsic or ("", node)
    if name == "Ref" and argument.text == "AWS::NoValue":
        yield needed
    parts = argument.elements()
    if name != "Fn::If" or len(parts) != 3 or parts[0].text is None or depth > 20:
        return
    for part, holds in ((parts[1], True), (parts[2], False)):
        if Requirement(resolver.template.scope, parts[0].text, not holds) not in needed:
            more = needed | {Requirement(resolver.template.scope, parts[0].text, holds)}
            yield from _left_out(resolver, part, more, depth + 1)


SERVICE = Service(
    name=_LOGS,
    product="access logs of S3",
    rule="s3-access-log-loop",
    readers={"AWS::S3::Bucket": read_logging},
    itself=("logs to", "logs to"),
)
