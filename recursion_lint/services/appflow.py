"""Amazon AppFlow: flows, which move records to their destination when they are started, or as their schedule says.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-appflow-flow.html
"""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.model.facts import Accepts, Delivery, Endpoint, Produces, Switch, Trigger, Write
from recursion_lint.model.path_conditions import Requires
from recursion_lint.model.text import ANY, Text, literal, text
from recursion_lint.services.declaration import ArnForm, Service, TaskTarget
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.services.s3.folders import folder
from recursion_lint.services.s3.notifications import event_types
from recursion_lint.services.service_event import ServiceEvent, calls
from recursion_lint.services.switches import switched
from recursion_lint.template.resource_types import ResourceKind
from recursion_lint.template.template import Resource
from recursion_lint.template.yaml.nodes import Node

_FLOW = "AWS::AppFlow::Flow"
_CREATED = event_types("s3:ObjectCreated:*")
_DESTINATION = ["DestinationFlowConfigList", "*", "DestinationConnectorProperties"]
_SOURCE = ["SourceFlowConfig", "SourceConnectorProperties", "S3"]

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-appflow-flow-destinationconnectorproperties.html
_BUCKETS = {
    "S3": "BucketName",
    "Upsolver": "BucketName",
    "Redshift": "IntermediateBucketName",
    "Snowflake": "IntermediateBucketName",
}
"""Destinations that get their records as objects of a bucket → the property that names it."""

_STARTED_BY: dict[str, Delivery] = {"Scheduled": "poll", "Event": "service"}
"""``StartFlow`` runs a flow on demand; others it only activates.

https://docs.aws.amazon.com/appflow/1.0/APIReference/API_StartFlow.html
"""


def read_flow(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::AppFlow::Flow``: where it puts what it moves, and the bucket that it reads as its schedule says."""
    resolver = reading.resolver
    flow, needed = reading.endpoint(resource), resolver.resource_requires(resource)
    yield reading.declared(resource, flow)
    for node, more in reading.all_below(resource.properties, ["TriggerConfig", "TriggerType"], needed):
        kind = literal(resolver.text(node) or ()) or ""
        for properties, also in reading.all_below(resource.properties, _DESTINATION, more):
            yield from _put(reading, flow, properties, _STARTED_BY.get(kind), also)
        if kind == "Scheduled":
            yield from _read_on_schedule(reading, flow, resource, more)


def _put(
    reading: Reading, flow: Endpoint, properties: Node, after: Delivery | None, requires: Requires
) -> Iterator[Write]:
    """What a destination gets, of a flow that runs only when it was started as ``after`` says."""
    for kind, key in _BUCKETS.items():
        for place, more in reading.all_below(properties, [kind], requires):
            for bucket, also in reading.endpoints(place.get(key), "s3", more):
                put = Produces(_CREATED, (text([*bucket.name, "/", *_folder(reading, place), ANY]),))
                words = "{source} writes to {target}"
                yield Write(flow, bucket, words, place.span, "write", put, only_after=after, requires=also)
    yield from _sent(reading, flow, properties, after, requires)


def _sent(
    reading: Reading, flow: Endpoint, properties: Node, after: Delivery | None, requires: Requires
) -> Iterator[Write]:
    """Events of a partner event source, whose name its event bus has too.

    https://docs.aws.amazon.com/appflow/latest/userguide/EventBridge.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-events-eventbus.html
    """
    for node, more in reading.all_below(properties, ["EventBridge", "Object"], requires):
        for bus, also in reading.endpoints(node, "events", more):
            words = "{source} sends events to {target}"
            yield Write(flow, bus, words, node.span, only_after=after, requires=also)


def _folder(reading: Reading, place: Node) -> Text:
    """A prefix is a folder: https://docs.aws.amazon.com/appflow/latest/userguide/s3.html"""
    return folder(reading.resolver.text(place.get("BucketPrefix")) or ())


def _read_on_schedule(
    reading: Reading, flow: Endpoint, resource: Resource, requires: Requires
) -> Iterator[Trigger]:
    """Every run moves what is new in the source, or all of it.

    https://docs.aws.amazon.com/appflow/latest/userguide/flow-triggers.html
    """
    for place, more in reading.all_below(resource.properties, _SOURCE, requires):
        accepts = Accepts(_CREATED, (((text([*_folder(reading, place), ANY]),), ()),))
        for bucket, also in reading.endpoints(place.get("BucketName"), "s3", more):
            for last, switch in _activated(reading, resource, also):
                yield Trigger(
                    bucket,
                    flow,
                    "what is new in {source} is moved by the next run of {target}",
                    place.span,
                    accepts=accepts,
                    delivery="poll",
                    requires=last,
                    switch=switch,
                )


def _activated(
    reading: Reading, resource: Resource, requires: Requires
) -> Iterator[tuple[Requires, Switch | None]]:
    """Without ``FlowStatus`` a flow with a schedule is a draft, which somebody has to activate."""
    if resource.get("FlowStatus") is None:
        yield requires, Switch(f"the flow {resource.id} is activated (it has no FlowStatus)", "off")
    else:
        yield from switched(reading, resource, "FlowStatus", "flow", requires, "Suspended", "Draft")


# https://docs.aws.amazon.com/appflow/latest/userguide/flow-notifications.html
_RUNS = ServiceEvent(
    "aws.appflow",
    ("AppFlow Start Flow Run Report", "AppFlow End Flow Run Report"),
    calls("appflow", "StartFlow"),
    {"status": ("Execution Successful",)},
    {"detail.flow-name": "name"},
    "flow/",
    "FlowName",
    "appflow",
    (_FLOW,),
)

SERVICE = Service(
    name="appflow",
    rule="other-loop",
    kinds=(ResourceKind(_FLOW, "appflow", "appflow:@:flow/{}", "FlowName", "name", {"FlowArn": "arn"}),),
    writes={"StartFlow": frozenset()},
    readers={_FLOW: read_flow},
    tasks={"startFlow": TaskTarget(("FlowName",), "starts")},
    events=(_RUNS,),
    arn=ArnForm("flow/"),
    runs=True,
    verb="start",
    unit="run",
)
