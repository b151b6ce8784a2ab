"""Replication of Amazon S3: the buckets that new objects of a bucket are copied to.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-s3-bucket-replicationrule.html
"""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.model.facts import Endpoint, Replication
from recursion_lint.model.path_conditions import Requires
from recursion_lint.services.declaration import Service
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.services.s3.notifications import CREATED
from recursion_lint.template.template import Resource
from recursion_lint.template.yaml.nodes import Node


def read_replication(
    reading: Reading, resource: Resource, bucket: Endpoint, requires: Requires
) -> Iterator[Fact]:
    """``ReplicationConfiguration`` of ``AWS::S3::Bucket``: one fact for each rule that is enabled.

    A rule has its prefix in a ``Filter``, in the ``And`` of one, or (the first version of rules) beside it. What it
    does to deletions and to changes of tags is left out: by default S3 does nothing of it.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-what-is-isnot-replicated.html
    """
    resolver = reading.resolver
    for configuration, needed in resolver.branches(resource.get("ReplicationConfiguration"), requires):
        for rule, more in resolver.items(configuration.get("Rules"), needed):
            given = resolver.one_below(rule.get("Destination"), "Bucket")
            if given is None or resolver.literal(rule.get("Status")) == "Disabled":
                continue
            tagged = (
                f"the tags that the replication of {resource.id} asks for" if _tags(reading, rule) else ""
            )
            for target, also in reading.endpoints(given, "s3", more):
                for prefix, last in resolver.texts(_prefix(reading, rule), also) or (((), also),):
                    yield Replication(bucket, target, CREATED, rule.span, prefix, tagged, last)


def _prefix(reading: Reading, rule: Node) -> Node | None:
    below, given = reading.resolver.one_below, rule.get("Filter")
    return below(given, "Prefix") or below(given, "And", "Prefix") or rule.get("Prefix")


def _tags(reading: Reading, rule: Node) -> bool:
    paths = (("TagFilter",), ("And", "TagFilters"))
    return any(reading.resolver.one(rule.get("Filter"), *path) is not None for path in paths)


SERVICE = Service(name="s3-replica", rule="s3-loop", product="replication of S3")
