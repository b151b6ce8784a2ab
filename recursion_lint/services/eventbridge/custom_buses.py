"""EventBridge custom event buses (``AWS::EventsV2``): buses and subscribers.

AWS tries to stop an event that passes the same bus twice, "do not rely on" it.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-custom-bus-target-bus.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from recursion_lint.model.facts import Accepts, Trigger
from recursion_lint.model.spans import Note
from recursion_lint.model.text import Symbol, Text, text
from recursion_lint.services.declaration import Service
from recursion_lint.services.eventbridge.rules import consumers, kind_of, pattern_of
from recursion_lint.services.naming import endpoint_of
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.services.switches import switched
from recursion_lint.template.references import Resolver
from recursion_lint.template.resource_types import ResourceKind, arn_text
from recursion_lint.template.template import Resource


def _arn(resolver: Resolver, resource: Resource) -> Text:
    """``arn:…:event-busv2/NAME/ID``: the id is AWS's."""
    made = Symbol("random", f"{resource.id}.Id", resolver.template.scope)
    return arn_text("events:@:event-busv2/{}", text([*resolver.name_of(resource), "/", made]))


def read_bus(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::EventsV2::EventBus``, which is known by its ARN everywhere."""
    arn = reading.resolver.arn_of(resource)
    yield reading.declared(resource, endpoint_of(arn, "events"))


def read_subscriber(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::EventsV2::Subscriber``: an event that matches all its filters goes to its target."""
    resolver = reading.resolver
    wanted: dict[str, Any] = {}
    for entry in resolver.elements(resolver.one_below(resource.get("FilterConfiguration"), "Filters")):
        node = entry.get("Pattern")
        pattern = pattern_of(reading, node) if node is not None else {}
        if isinstance(pattern, Note):
            yield pattern
            return
        if pattern:
            scope = resolver.literal(entry.get("Scope")) or "DATA"
            wanted[scope if scope not in wanted else f"{scope} {len(wanted) + 1}"] = pattern
    invoke = resolver.one(resource.get("InvokeConfiguration"))
    if invoke is None:
        return
    always = resolver.resource_requires(resource)
    buses = (
        (bus, more, switch)
        for running, switch in switched(reading, resource, "State", "subscriber", always, "STOPPED")
        for bus, more in reading.endpoints(resource.get("EventBusArn"), "events", running)
    )
    for bus, more, switch in buses:
        for consumer, also in consumers(reading, invoke.get("TargetArn"), invoke, "EcsParameters", more):
            kind = kind_of(consumer)
            verb = "trigger" if kind == "rule" else "go to"
            yield Trigger(
                bus,
                consumer,
                f"events on {{source}} {verb} {{target}} by the subscriber {resource.id}",
                resource.span,
                "forward" if kind == "bus" else kind,
                Accepts(content=(wanted,) if wanted else ()),
                via=(resource.id,),
                requires=also,
                switch=switch,
            )


def read_source(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::EventsV2::EventSource``: events of AWS services that are put on a bus are not followed."""
    yield Note(
        resource.span, f"the events of AWS services that {resource.id} puts on a bus were not followed"
    )


SERVICE = Service(
    name="eventsv2",
    product="EventBridge",
    rule="eventbridge-loop",
    kinds=(
        ResourceKind(
            "AWS::EventsV2::EventBus",
            "events",
            "",
            "Name",
            "arn",
            {"EventBusArn": "arn", "Arn": "arn"},
            derive=_arn,
        ),
    ),
    readers={
        "AWS::EventsV2::EventBus": read_bus,
        "AWS::EventsV2::Subscriber": read_subscriber,
        "AWS::EventsV2::EventSource": read_source,
    },
)
