"""API calls that CloudTrail records: a rule on them, and the IAM actions that allow the same calls.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from recursion_lint.model.facts import Accepts, Endpoint
from recursion_lint.model.text import Text, literal, render
from recursion_lint.patterns.fields import exact, field, may_match, without
from recursion_lint.services.declaration import Price, Service
from recursion_lint.services.s3.object_events import RECORDED_CALLS, TRAIL, Source, recorded, settled

# Services whose IAM prefix differs from the host name that CloudTrail gives.
_PREFIXES = {
    "monitoring": "cloudwatch",
    "tagging": "tag",
    "email": "ses",
    "models.lex": "lex",
    "streams.dynamodb": "dynamodb",
    "appstream2": "appstream",
    "mobileanalytics": "mobileanalytics",
    "data.jobs.iot": "iot",
    "iotdata": "iot",
    "networkmanager": "networkmanager",
}
# Calls that another action allows than their name says.
_ACTIONS: Mapping[str, Mapping[str, str]] = {
    "s3": {
        "DeleteObjects": "DeleteObject",
        "CopyObject": "PutObject",
        "PostObject": "PutObject",
        "CreateMultipartUpload": "PutObject",
        "UploadPart": "PutObject",
        "UploadPartCopy": "PutObject",
        "CompleteMultipartUpload": "PutObject",
        "PutBucketEncryption": "PutEncryptionConfiguration",
        "DeleteBucketEncryption": "PutEncryptionConfiguration",
        "PutBucketLifecycle": "PutLifecycleConfiguration",
        "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
        "DeleteBucketLifecycle": "PutLifecycleConfiguration",
        "PutBucketReplication": "PutReplicationConfiguration",
        "DeleteBucketReplication": "PutReplicationConfiguration",
        "PutBucketNotificationConfiguration": "PutBucketNotification",
        "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
        "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
        "PutBucketPublicAccessBlock": "PutBucketPublicAccessBlock",
        "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
        "DeleteBucketPublicAccessBlock": "PutBucketPublicAccessBlock",
        "DeleteBucketCors": "PutBucketCORS",
        "DeleteBucketTagging": "PutBucketTagging",
    },
    "lambda": {"Invoke": "InvokeFunction"},
}
_READS = ("Get", "List", "Describe")


def action_of(prefix: str, event: str) -> str:
    """The IAM action (without prefix) that allows the call which CloudTrail names ``event``.

    Lambda's names end in the version of its API: ``UpdateFunctionCode20150331v2``.
    """
    if prefix == "lambda":
        event = re.sub(r"_?20\d{6}(v\d+)?$", "", event)
    return _ACTIONS.get(prefix, {}).get(event, event)


def reads(event: str) -> bool:
    """Is the call read-only? Rules do not see those unless they ask for them.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail-management.html
    """
    return event.startswith(_READS)


def sources(pattern: Mapping[str, Any], read_only: bool) -> Iterator[Source]:
    """The API calls that ``pattern`` (without ``$or``) lets through; ``read_only`` ones only where the rule asks."""
    asked = exact(field(pattern, "detail-type")) or []
    if not may_match(pattern, {"detail-type": TRAIL}) or not (recorded(pattern) or (TRAIL,) in asked):
        return
    names = exact(field(pattern, "detail", "eventName"))
    events = [name for name in map(literal, names or ()) if name and (read_only or not reads(name))]
    if names and not events and all(literal(name) is not None for name in names):
        return
    every = names is None or len(events) < len([name for name in names if not reads(literal(name) or "")])
    done = [*settled(pattern), *([] if names is None and every else [("detail", "eventName")])]
    left = without(pattern, done)
    for prefix in _prefixes(pattern):
        # Calls on objects reach the rule as events of their bucket.
        here = frozenset(event for event in events if prefix != "s3" or event not in RECORDED_CALLS)
        if here or every:
            yield Source(
                Endpoint("api-call", (prefix,)),
                Accepts(None if every else here, content=(left,) if left else ()),
                "recorded API calls to {source}",
            )


def _prefixes(pattern: Mapping[str, Any]) -> list[str]:
    """The IAM prefixes of the services whose calls a pattern names."""
    hosts = [_host(word, ".amazonaws.com") for word in exact(field(pattern, "detail", "eventSource")) or ()]
    hosts = hosts or [_host(word, "aws.") for word in exact(field(pattern, "source")) or ()]
    return list(dict.fromkeys(_PREFIXES.get(host, host) for host in hosts if host))


def _host(word: Text, ending: str) -> str:
    plain = literal(word) or ""
    return plain.removesuffix(ending) if ending.startswith(".") else plain.removeprefix(ending)


def api_label(name: Text) -> str:
    """``s3`` → ``s3 API``."""
    return f"{render(name)} API"


SERVICE = Service(
    name="api-call",
    product="calls that CloudTrail records",
    rule="api-call-loop",
    shared=True,
    filtered_by="rule",
    verb="call",
    unit="call",
    label=api_label,
    price=Price(
        "https://aws.amazon.com/cloudwatch/pricing/",
        event=(0.0, 1e-5),  # most calls cost nothing, one of CloudWatch a hundredth of a cent
        waits=(1.0, 60.0),
        most=10_000,  # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
    ),
)
