"""S3 access points: doors to a bucket with ARNs of their own, for the same actions on the same objects.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html
"""

from __future__ import annotations

from recursion_lint.model.arns import split_arn
from recursion_lint.model.path_conditions import Requires
from recursion_lint.model.spans import Note, Span
from recursion_lint.model.text import Text, render, split_text, strip_prefix, text
from recursion_lint.services.declaration import Service
from recursion_lint.services.naming import endpoint_of
from recursion_lint.services.reading import Reading
from recursion_lint.template.resource_types import ResourceKind, arn_text

_TYPE = "AWS::S3::AccessPoint"
Resources = list[tuple[Text, Requires]]


def in_buckets(reading: Reading, resources: Resources, span: Span) -> tuple[Resources, list[Note]]:
    """The resources of a statement with objects behind access points as objects of their buckets.

    Notes tell of access points that the template does not declare: they may lead to any bucket.
    """
    found: Resources = []
    notes: list[Note] = []
    for pattern, needed in resources:
        door, key = _object(pattern)
        bucket = _behind(reading, door) if door else None
        if bucket is not None:
            pattern = arn_text("s3:::{}", text([*bucket, "/", *key]))
        elif door:
            notes.append(
                Note(
                    span,
                    f"the bucket behind the access point {render(door)} is not known; "
                    "what may be written through it was not seen",
                )
            )
        found.append((pattern, needed))
    return found, notes


def _object(pattern: Text) -> tuple[Text, Text]:
    """The access point and the key in ``…:accesspoint/DOOR/object/KEY``; empty for other patterns."""
    arn = split_arn(pattern)
    named = strip_prefix(arn.resource, "accesspoint/") if arn is not None else None
    fields = split_text(named, "/", 2) if named is not None else []
    return (fields[0], fields[2]) if len(fields) == 3 and fields[1] == ("object",) else ((), ())


def _behind(reading: Reading, door: Text) -> Text | None:
    for resource in reading.of_type(_TYPE):
        if reading.resolver.name_of(resource) == door:
            return endpoint_of(reading.resolver.text(resource.get("Bucket")) or (), "s3").name or None
    return None


SERVICE = Service(
    name="s3-access-point",
    rule="",
    kinds=(
        ResourceKind(
            _TYPE, "s3", "s3:@:accesspoint/{}", "Name", "name", {"Arn": "arn", "Name": "name"}, lowercase=True
        ),
    ),
)
