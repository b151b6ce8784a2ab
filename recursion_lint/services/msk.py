"""Amazon MSK: clusters whose topics Lambda polls (``event_source_mapping`` reads the triggers).

Amazon MQ and DocumentDB have no IAM actions that write messages or documents, so that nothing can be said of them.
https://docs.aws.amazon.com/msk/latest/developerguide/iam-access-control.html
"""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.model.text import ANY, Text, has_wildcard, split_text, strip_prefix
from recursion_lint.services.declaration import ArnForm, Price, Service
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.template.resource_types import ResourceKind
from recursion_lint.template.template import Resource


def read_cluster(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::MSK::Cluster`` and ``ServerlessCluster``."""
    yield reading.declared(resource)


def granted_topics(patterns: tuple[Text, ...], actions: frozenset[str]) -> tuple[Text, ...]:
    """The topic in ``topic/CLUSTER/UUID/TOPIC``; any where a wildcard before it may reach it."""
    found: list[Text] = []
    for pattern in patterns:
        named = strip_prefix(pattern, "topic/")
        fields = split_text(named, "/", 2) if named is not None else []
        found.append(fields[2] if len(fields) == 3 and not has_wildcard(fields[0]) else (ANY,))
    return tuple(found)


_KINDS = tuple(
    ResourceKind(kind, "kafka", "kafka:@:cluster/{}", "ClusterName", "arn", {"Arn": "arn"})
    for kind in ("AWS::MSK::Cluster", "AWS::MSK::ServerlessCluster")
)

SERVICE = Service(
    name="kafka",
    rule="other-loop",
    kinds=_KINDS,
    writes={"WriteData": frozenset()},
    readers={kind.type: read_cluster for kind in _KINDS},
    prefix="kafka-cluster",
    topics=granted_topics,
    arn=ArnForm("cluster/", "/", also=("topic/",), granted=("topic/{}/*",)),
    verb="put records on",
    price=Price(
        "https://aws.amazon.com/msk/pricing/",  # by the hour, whatever is written
        waits=(0.1, 1.0),
        batch=100,
        lanes=3,
    ),
)
