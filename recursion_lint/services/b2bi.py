"""AWS B2B Data Interchange: trading capabilities, which transform the documents that reach a folder of a bucket.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-b2bi-capability.html
https://docs.aws.amazon.com/b2bi/latest/userguide/transform-variations.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from recursion_lint.model.facts import Accepts, Endpoint, Produces, Trigger, Write
from recursion_lint.model.path_conditions import Requires
from recursion_lint.model.text import ANY, text
from recursion_lint.services.declaration import ArnForm, Output, Service
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.services.s3.folders import folder
from recursion_lint.services.s3.notifications import event_types
from recursion_lint.template.resource_types import ResourceKind
from recursion_lint.template.template import Resource
from recursion_lint.template.yaml.nodes import Node

_CAPABILITY = "AWS::B2BI::Capability"
_CREATED = event_types("s3:ObjectCreated:*")


class _Direction(NamedTuple):
    """What a capability takes, and what it makes of it: each is a filter that only the other's documents pass."""

    takes: str
    makes: str


_X12 = "only X12 documents are transformed"
_DATA = "only JSON and XML documents are transformed"
_DIRECTIONS = {"INBOUND": _Direction(_X12, _DATA), "OUTBOUND": _Direction(_DATA, _X12)}
_UNKNOWN = _Direction("only documents of one format are transformed", "")


def read_capability(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::B2BI::Capability``: where it takes its documents, and where it puts what it makes of them.

    https://docs.aws.amazon.com/b2bi/latest/APIReference/API_EdiConfiguration.html
    """
    resolver = reading.resolver
    capability, needed = reading.endpoint(resource), resolver.resource_requires(resource)
    yield reading.declared(resource, capability)
    for edi, more in reading.all_below(resource.properties, ["Configuration", "Edi"], needed):
        direction = _DIRECTIONS.get(resolver.literal(edi.get("CapabilityDirection")) or "", _UNKNOWN)
        yield from _taken(reading, capability, edi, direction.takes, more)
        yield from _made(reading, capability, edi, (direction.makes,), more)


def _taken(
    reading: Reading, capability: Endpoint, edi: Node, undecided: str, requires: Requires
) -> Iterator[Trigger]:
    """Below the folder are those of the trading partners.

    https://docs.aws.amazon.com/b2bi/latest/userguide/transform-inbound-variations.html
    """
    for place, more in reading.all_below(edi, ["InputLocation"], requires):
        keys = text([*folder(reading.resolver.text(place.get("Key")) or ()), ANY])
        accepts = Accepts(_CREATED, (((keys,), ()),), undecided=undecided)
        for bucket, also in reading.endpoints(place.get("BucketName"), "s3", more):
            words = "documents that reach {source} are transformed by {target}"
            yield Trigger(bucket, capability, words, place.span, accepts=accepts, requires=also)


def _made(
    reading: Reading, capability: Endpoint, edi: Node, passes: tuple[str, ...], requires: Requires
) -> Iterator[Write]:
    for place, more in reading.all_below(edi, ["OutputLocation"], requires):
        key = folder(reading.resolver.text(place.get("Key")) or ())
        for bucket, also in reading.endpoints(place.get("BucketName"), "s3", more):
            put = Produces(_CREATED, (text([*bucket.name, "/", *key, ANY]),), passes=passes)
            words = "{source} writes what it makes of them to {target}"
            yield Write(capability, bucket, words, place.span, "write", put, requires=also)


SERVICE = Service(
    name="b2bi",
    rule="other-loop",
    kinds=(
        ResourceKind(
            _CAPABILITY,
            "b2bi",
            "b2bi:@:capability/{}",
            attributes={"CapabilityArn": "arn", "CapabilityId": "name"},
        ),
    ),
    readers={_CAPABILITY: read_capability},
    # https://docs.aws.amazon.com/b2bi/latest/APIReference/API_StartTransformerJob.html
    outputs={"startTransformerJob": (Output("OutputLocation.BucketName", "OutputLocation.Key"),)},
    arn=ArnForm("capability/"),
)
