"""S3 object events that reach an EventBridge rule: those that S3 sends itself, and those that CloudTrail records.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from recursion_lint.model.arns import split_arn
from recursion_lint.model.facts import Accepts, Endpoint, KeyRule
from recursion_lint.model.levels import EvidenceName
from recursion_lint.model.text import ANY, Text, has_wildcard, split_text, text
from recursion_lint.patterns.fields import Path, exact, field, may_match, strings, without
from recursion_lint.patterns.keys import decide
from recursion_lint.services.naming import endpoint_of
from recursion_lint.services.reading import Reading
from recursion_lint.services.s3.notifications import configured


class Source(NamedTuple):
    """What a rule really listens to: a channel, what of its events passes, and words for a person."""

    channel: Endpoint
    accepts: Accepts
    words: str
    evidence: EvidenceName = "declared"


TRAIL = "AWS API Call via CloudTrail"
ENVELOPE: tuple[Path, ...] = (
    *((name,) for name in ("version", "id", "account", "time", "region", "source", "detail-type")),
    *(("detail", name) for name in ("eventSource", "eventType", "eventVersion", "eventCategory", "readOnly")),
    *(("detail", name) for name in ("managementEvent", "awsRegion", "recipientAccountId")),
)
"""Fields that are the same in all events of a kind: no filter on them tells one writer from another."""


def settled(pattern: Mapping[str, Any]) -> list[Path]:
    """The fields whose filter keeps no loop from closing: ``ENVELOPE``, and "only calls that did not fail"."""
    failures = [("detail", name) for name in ("errorCode", "errorMessage")]
    return [*ENVELOPE, *(path for path in failures if field(pattern, *path) == [{"exists": False}])]


def recorded(pattern: Mapping[str, Any]) -> bool:
    """Is ``pattern`` about calls that CloudTrail records?"""
    return any(field(pattern, "detail", name) is not None for name in ("eventSource", "eventName"))


_CREATED = {"Put": "PutObject", "Post": "POST Object", "Copy": "CopyObject"}
_OBJECT_EVENTS: Mapping[str, Mapping[str, Any]] = {
    **{
        f"s3:ObjectCreated:{name}": {"detail-type": "Object Created", "detail": {"reason": reason}}
        for name, reason in {**_CREATED, "CompleteMultipartUpload": "CompleteMultipartUpload"}.items()
    },
    "s3:ObjectRemoved:Delete": {
        "detail-type": "Object Deleted",
        "detail": {"reason": "DeleteObject", "deletion-type": "Permanently Deleted"},
    },
    "s3:ObjectRemoved:DeleteMarkerCreated": {
        "detail-type": "Object Deleted",
        "detail": {"reason": "DeleteObject", "deletion-type": "Delete Marker Created"},
    },
    "s3:LifecycleExpiration:Delete": {
        "detail-type": "Object Deleted",
        "detail": {"reason": "Lifecycle Expiration", "deletion-type": "Permanently Deleted"},
    },
    "s3:ObjectRestore:Post": {"detail-type": "Object Restore Initiated"},
    "s3:ObjectRestore:Completed": {"detail-type": "Object Restore Completed"},
    "s3:ObjectRestore:Delete": {"detail-type": "Object Restore Expired"},
    "s3:ObjectTagging:Put": {"detail-type": "Object Tags Added"},
    "s3:ObjectTagging:Delete": {"detail-type": "Object Tags Deleted"},
    "s3:ObjectAcl:Put": {"detail-type": "Object ACL Updated"},
}
_REMOVED = frozenset({"s3:ObjectRemoved:Delete", "s3:ObjectRemoved:DeleteMarkerCreated"})
RECORDED_CALLS: Mapping[str, frozenset[str]] = {
    "PutObject": frozenset({"s3:ObjectCreated:Put"}),
    "PostObject": frozenset({"s3:ObjectCreated:Post"}),
    "CopyObject": frozenset({"s3:ObjectCreated:Copy"}),
    "CompleteMultipartUpload": frozenset({"s3:ObjectCreated:CompleteMultipartUpload"}),
    "DeleteObject": _REMOVED,
    "DeleteObjects": _REMOVED,
    "PutObjectTagging": frozenset({"s3:ObjectTagging:Put"}),
    "DeleteObjectTagging": frozenset({"s3:ObjectTagging:Delete"}),
    "PutObjectAcl": frozenset({"s3:ObjectAcl:Put"}),
    "RestoreObject": frozenset({"s3:ObjectRestore:Post"}),
}
"""Calls on objects that a trail with data events records, and the notification that S3 sends for each."""


class _Fields(NamedTuple):
    """Where the two kinds of event hold the bucket's name and the object's key."""

    bucket: Path
    key: Path
    settled: tuple[Path, ...]


_OWN = _Fields(
    ("detail", "bucket", "name"),
    ("detail", "object", "key"),
    (("detail", "reason"), ("detail", "deletion-type")),
)
_RECORDED = _Fields(
    ("detail", "requestParameters", "bucketName"),
    ("detail", "requestParameters", "key"),
    (("detail", "eventName"),),
)


def sources(reading: Reading, pattern: Mapping[str, Any]) -> Iterator[Source]:
    """The buckets whose object events ``pattern`` lets through (a pattern without ``$or``)."""
    if recorded(pattern):
        yield from _recorded(reading, pattern)
        return
    own = frozenset(
        event
        for event, fields in _OBJECT_EVENTS.items()
        if may_match(pattern, {"source": "aws.s3", **fields})
    )
    if own:
        yield from _of_buckets(reading, pattern, own, _OWN)


def _recorded(reading: Reading, pattern: Mapping[str, Any]) -> Iterator[Source]:
    envelope = {"source": "aws.s3", "detail-type": TRAIL}
    calls = [
        events
        for name, events in RECORDED_CALLS.items()
        if may_match(pattern, {**envelope, "detail": {"eventSource": "s3.amazonaws.com", "eventName": name}})
    ]
    if calls:
        yield from _of_buckets(reading, pattern, frozenset[str]().union(*calls), _RECORDED)


def _of_buckets(
    reading: Reading, pattern: Mapping[str, Any], events: frozenset[str], fields: _Fields
) -> Iterator[Source]:
    keys = _keys(field(pattern, *fields.key))
    done = [*settled(pattern), *fields.settled, *([fields.key] if keys is not None else [])]
    names = field(pattern, *fields.bucket)
    resources = field(pattern, "resources")
    meant = _listed(reading, field(pattern, *_LISTED)) if fields is _RECORDED else {}
    if names is None and meant:
        buckets = [(bucket, True) for bucket in meant]
    elif names is None and resources is not None:
        buckets = list(_matching(reading, resources, arns=True, own=fields is _OWN))
    else:
        buckets = list(_matching(reading, names, arns=False, own=fields is _OWN))
    for bucket, sure in buckets:
        if meant and bucket not in meant:
            continue  # what is listed is about another bucket
        decided = [fields.bucket, ("resources",)] if sure else []
        if bucket in meant:
            decided += [_LISTED, *_kinds_listed(pattern)]
        left = without(pattern, [*done, *decided])
        yield Source(
            bucket,
            Accepts(events, _both_rules(meant.get(bucket, ()), keys or ()), (left,) if left else ()),
            "object events of {source}" if fields is _OWN else "recorded calls on objects of {source}",
        )


_LISTED: Path = ("detail", "resources", "ARN")
"""Where CloudTrail lists what a call is about: of one on an object, the object and its bucket.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""


def _listed(reading: Reading, leaf: Any) -> Mapping[Endpoint, tuple[KeyRule, ...]]:
    """The buckets whose ARN, or an ARN of whose objects, a filter lets through, with the keys of these objects.

    None where that cannot be told: a list of ARNs passes an exclusion as soon as one of them does.
    """
    pairs = strings(leaf) if leaf is not None else None
    if pairs is None or any(excluded for _, excluded in pairs):
        return {}
    declared = [reading.endpoint(resource) for resource in reading.of_type("AWS::S3::Bucket")]
    found: dict[Endpoint, tuple[KeyRule, ...] | None] = {}
    for arn in (split_arn(pattern) for required, _ in pairs for pattern in required):
        if arn is None or arn.service not in (("s3",), (ANY,)):
            return {}
        name, *key = split_text(arn.resource, "/", 1)
        if key and has_wildcard(name):
            return {}
        for bucket in declared if has_wildcard(name) else [Endpoint("s3", name)]:
            known = found.get(bucket, ())
            if key and known is not None:
                found[bucket] = (*known, ((key[0],), ()))
            elif not key and decide([name, bucket.name]).verdict != "disjoint":
                found[bucket] = None
    return {bucket: rules or () for bucket, rules in found.items()}


def _kinds_listed(pattern: Mapping[str, Any]) -> list[Path]:
    """The field of the kind of what is listed, where its filter lets objects or buckets through."""
    kinds = (*_LISTED[:2], "type")
    words = exact(field(pattern, *kinds)) or []
    return [kinds] if ("AWS::S3::Object",) in words or ("AWS::S3::Bucket",) in words else []


def _both_rules(left: tuple[KeyRule, ...], right: tuple[KeyRule, ...]) -> tuple[KeyRule, ...]:
    """The keys that satisfy one rule of each; no rules are all keys."""
    if not left or not right:
        return left or right
    return tuple(((*one, *other), (*no, *nor)) for one, no in left for other, nor in right)


def _keys(leaf: Any) -> tuple[KeyRule, ...] | None:
    """The key rules of a filter on the object's key; ``None`` for one that cannot be said so."""
    if leaf is None:
        return ()
    pairs = strings(leaf)
    return (
        None if pairs is None else tuple((tuple(required), tuple(excluded)) for required, excluded in pairs)
    )


def _matching(reading: Reading, leaf: Any, arns: bool, own: bool) -> Iterator[tuple[Endpoint, bool]]:
    """The buckets that a filter on names or ARNs lets through, and whether it surely does.

    ``own``: events that S3 itself sends, which a bucket of this template does only when it says so.
    """
    declared = {
        reading.endpoint(resource): reading.resolver.arn_of(resource)
        for resource in reading.of_type("AWS::S3::Bucket")
    }
    switched = _switched_on(reading) if own and declared else declared
    on = {bucket: arn for bucket, arn in declared.items() if bucket in switched}
    words = exact(leaf)
    if words is not None:
        named = [endpoint_of(word, "s3") if arns else Endpoint("s3", word) for word in words]
        yield from (
            (bucket, True) for bucket in dict.fromkeys(named) if bucket in on or bucket not in declared
        )
        return
    pairs = strings(leaf)
    for bucket, arn in on.items():
        verdicts = {
            _verdict(arn if arns else bucket.name, required, excluded) for required, excluded in pairs or ()
        }
        if pairs is None or verdicts != {"disjoint"}:
            yield bucket, "overlaps" in verdicts


def _verdict(value: Text, required: list[Text], excluded: list[Text]) -> str:
    return decide((text(value), *required), tuple(excluded)).verdict


def _switched_on(reading: Reading) -> set[Endpoint]:
    """The buckets that send their events to EventBridge."""
    resolver = reading.resolver
    found: set[Endpoint] = set()
    for bucket, configuration in configured(reading):
        switch = resolver.one(configuration, "EventBridgeConfiguration")
        if switch is not None and resolver.boolean(switch.get("EventBridgeEnabled")) is not False:
            found.add(bucket)
    return found
