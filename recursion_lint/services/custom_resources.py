"""Custom resources that wire events: those whose properties are what their handlers hand to the API.

What a handler does is code, so resources are known by the shape of their properties, whatever name follows
``Custom::``. The shapes are a bucket's ``NotificationConfiguration`` and two of the Serverless Framework.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources.html
"""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.model.facts import Declared, Endpoint
from recursion_lint.services.reading import Fact, Reading, Service
from recursion_lint.template.template import CUSTOM_RESOURCE, Resource
from recursion_lint.template.yaml.files import SourceError
from recursion_lint.template.yaml.nodes import Node, mapping, scalar, sequence

_PUT_NOTIFICATIONS = "putbucketnotificationconfiguration"


def read_custom_resource(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::CloudFormation::CustomResource`` and ``Custom::…``."""
    resource = as_called(reading, resource)
    if resource.get("NotificationConfiguration") is not None:
        from recursion_lint.services.s3.buckets import read_custom_notifications

        yield from read_custom_notifications(reading, resource)
    elif resource.get("BucketConfigs") is not None or resource.get("BucketConfig") is not None:
        yield from _read_existing(reading, resource)
    elif resource.get("EventBridgeConfig") is not None:
        yield from _read_event_bridge(reading, resource)


def as_called(reading: Reading, resource: Resource) -> Resource:
    """``Custom::AWS`` of the CDK with the parameters of the call that it makes; other resources as they are.

    ``Create`` holds the call, as JSON or (in the CDK's first version) as a map.
    https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.custom_resources.AwsCustomResource.html
    """
    call = reading.resolver.one(resource.get("Create")) if resource.declared_type == "Custom::AWS" else None
    if call is not None and (call.kind == "scalar" or call.intrinsic is not None):
        held = reading.resolver.text(call) or ()
        if not any(isinstance(part, str) and _PUT_NOTIFICATIONS in part.lower() for part in held):
            return resource
        try:
            call = reading.embedded(held, call)
        except SourceError:
            return resource
    action = call.get("action") if call is not None else None
    if call is None or action is None or (action.text or "").lower() != _PUT_NOTIFICATIONS:
        return resource
    return resource._replace(properties=call.get("parameters") or mapping([], call.span))


def _read_existing(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``Custom::S3`` of the Serverless Framework: what an event with ``existing: true`` adds to a bucket.

    ``BucketConfigs`` are ``{Event, Rules: [{Prefix: …}, {Suffix: …}]}``; the first versions had one ``BucketConfig``.
    https://www.serverless.com/framework/docs/providers/aws/events/s3
    """
    from recursion_lint.services.s3.buckets import customised, notifications

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
    from recursion_lint.services.eventbridge.rules import read_rule

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
