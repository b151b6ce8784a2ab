"""Custom resources that wire events: those whose properties are what their handlers hand to the API.

What a handler does is code, so resources are known by the shape of their properties, whatever name follows
``Custom::``. The shapes are a bucket's ``NotificationConfiguration`` and two of the Serverless Framework.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources.html
"""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.model.facts import Declared, Endpoint
from recursion_lint.services.declaration import Service
from recursion_lint.services.eventbridge.rules import read_rule
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.services.s3.notifications import (
    as_called,
    customised,
    notifications,
    read_custom_notifications,
)
from recursion_lint.template.template import CUSTOM_RESOURCE, Resource
from recursion_lint.template.yaml.nodes import Node, mapping, scalar, sequence


def read_custom_resource(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::CloudFormation::CustomResource`` and ``Custom::…``."""
    resource = as_called(reading, resource)
    if resource.get("NotificationConfiguration") is not None:
        yield from read_custom_notifications(reading, resource)
    elif resource.get("BucketConfigs") is not None or resource.get("BucketConfig") is not None:
        yield from _read_existing(reading, resource)
    elif resource.get("EventBridgeConfig") is not None:
        yield from _read_event_bridge(reading, resource)


def _read_existing(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``Custom::S3`` of the Serverless Framework: what an event with ``existing: true`` adds to a bucket.

    ``BucketConfigs`` are ``{Event, Rules: [{Prefix: …}, {Suffix: …}]}``; the first versions had one ``BucketConfig``.
    https://www.serverless.com/framework/docs/providers/aws/events/s3
    """
    function = resource.get("FunctionName")
    given = resource.get("BucketConfigs") or resource.get("BucketConfig")
    for bucket, needed in customised(reading, resource, reading.resolver.resource_requires(resource)):
        for entry, more in reading.resolver.items(given, needed):
            if function is not None:
                yield from notifications(reading, bucket, _spelt_out(reading, entry, function), more)


def _spelt_out(reading: Reading, entry: Node, function: Node) -> Node:
    """One of ``BucketConfigs`` as the handler of the resource hands it to S3."""
    rules = [
        mapping([("Name", scalar(name.lower(), rule.span)), ("Value", value)], rule.span)
        for rule in reading.resolver.elements(entry.get("Rules"))
        for name, value in rule.items()[:1]
    ]
    entries = [("LambdaFunctionArn", function)]
    entries += [(name, node) for name in ("Event", "Events") if (node := entry.get(name)) is not None]
    filtered = mapping([("FilterRules", sequence(rules, entry.span))], entry.span)
    entries.append(("Filter", mapping([("Key", filtered)], entry.span)))
    configuration = sequence([mapping(entries, entry.span)], entry.span)
    return mapping([("LambdaFunctionConfigurations", configuration)], entry.span)


def _read_event_bridge(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``Custom::EventBridge`` of the Serverless Framework before version 3: a rule with a function as its target.

    https://www.serverless.com/framework/docs/providers/aws/events/event-bridge
    """
    name = resource.get("FunctionName")
    config = reading.resolver.one(resource.get("EventBridgeConfig"))
    if name is None or config is None:
        return
    names = {"Pattern": "EventPattern", "EventBus": "EventBusName", "State": "State"}
    entries = [(names[key], node) for key, node in config.items() if key in names]
    kept = [(key, node) for key, node in config.items() if key in ("Input", "InputPath", "InputTransformer")]
    target = mapping([("Arn", _function_arn(name)), *kept], config.span)
    entries.append(("Targets", sequence([target], config.span)))
    rule = Endpoint("custom", (resource.id,))
    yield Declared(rule, resource.id, resource.declared_type, resource.span, ())  # its type, for the report
    yield from read_rule(reading, resource._replace(properties=mapping(entries, config.span)))


def _function_arn(name: Node) -> Node:
    """The ARN that the handler makes of the name of a function."""
    parts = [scalar("arn:aws:lambda:::function", name.span), name]
    return mapping(
        [("Fn::Join", sequence([scalar(":", name.span), sequence(parts, name.span)], name.span))], name.span
    )


SERVICE = Service(name="custom", rule="", readers={CUSTOM_RESOURCE: read_custom_resource})
