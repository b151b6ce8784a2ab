"""Amazon SNS: topics and their subscriptions.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-filtering.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from recursion_lint.model.facts import Accepts, Endpoint, Trigger
from recursion_lint.model.path_conditions import Requires
from recursion_lint.model.spans import Note
from recursion_lint.services.declaration import CdkGrants, Price, SecondChannel, Service, TaskTarget
from recursion_lint.services.reading import UNDELIVERED, Fact, Reading, json_map
from recursion_lint.template.resource_types import ResourceKind
from recursion_lint.template.template import Resource
from recursion_lint.template.yaml.files import SourceError
from recursion_lint.template.yaml.nodes import Node

ATTRIBUTES = "FilterPolicy"
BODY = "MessageBody"
"""Under which key of a pattern a filter policy stands: by what of a message it is about."""
_SCOPES = {"MessageAttributes": ATTRIBUTES, "MessageBody": BODY}
_PROTOCOLS = {"lambda": "lambda", "sqs": "sqs", "firehose": "firehose"}


def read_topic(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::SNS::Topic``: the topic and its inline subscriptions, which have no filter policy."""
    resolver = reading.resolver
    topic = reading.endpoint(resource)
    needed = resolver.resource_requires(resource)
    yield reading.declared(resource, topic)
    for entry, more in resolver.items(resource.get("Subscription"), needed):
        yield from _subscription(reading, topic, entry, more, (), entry)


def read_subscription(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::SNS::Subscription``."""
    needed = reading.resolver.resource_requires(resource)
    content: tuple[Any, ...] = ()
    if resource.get("FilterPolicy") is not None:
        try:
            content = ({_scope(reading, resource): reading.document(resource.get("FilterPolicy"))},)
        except SourceError as problem:
            yield Note(resource.span, f"a filter policy could not be read: {problem.message}")
    for topic, more in reading.endpoints(resource.get("TopicArn"), "sns", needed):
        at = Node("scalar", "", resource.span)
        yield from _subscription(reading, topic, resource.properties, more, content, at)


def _scope(reading: Reading, resource: Resource) -> str:
    """What the filter policy is about: the message's attributes, unless ``FilterPolicyScope`` says otherwise.

    https://docs.aws.amazon.com/sns/latest/dg/sns-message-filtering-scope.html
    """
    node = resource.get("FilterPolicyScope")
    if node is None:
        return ATTRIBUTES
    return _SCOPES.get(reading.resolver.literal(node) or "", "the filter policy")


def _subscription(
    reading: Reading, topic: Endpoint, entry: Node, requires: Requires, content: tuple[Any, ...], at: Node
) -> Iterator[Trigger]:
    yield from _undelivered(reading, topic, entry, requires, content)
    service = _PROTOCOLS.get(reading.resolver.literal(entry.get("Protocol")) or "")
    if service is None:
        return
    for consumer, needed in reading.endpoints(entry.get("Endpoint"), service, requires):
        yield Trigger(
            topic,
            consumer,
            "{target} is subscribed to {source}",
            at.span,
            "trigger" if service == "lambda" else "forward",
            Accepts(content=content),
            requires=needed,
            qualifier=reading.qualifier(entry.get("Endpoint")),
        )


def written(site: Any, reading: Any) -> Any:
    """What a call in a handler's code puts there, as filters see it."""
    from recursion_lint.services.code_documents import message

    return message(site, reading, ATTRIBUTES, BODY)


def _undelivered(
    reading: Reading, topic: Endpoint, entry: Node, requires: Requires, content: tuple[Any, ...]
) -> Iterator[Trigger]:
    """What cannot be delivered to an endpoint goes to the dead-letter queue of the subscription.

    https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html
    """
    for found, needed in reading.resolver.branches(entry.get("RedrivePolicy"), requires):
        target = json_map(reading, found).get("deadLetterTargetArn")
        for queue, more in reading.endpoints(target, "sqs", needed):
            yield Trigger(
                topic,
                queue,
                "messages of {source} that cannot be delivered go to {target}",
                (target or found).span,
                "redrive",
                Accepts(content=content, undecided=UNDELIVERED),
                delivery="service",
                evidence="assumed",
                requires=more,
                reshaped=True,
            )


SERVICE = Service(
    name="sns",
    rule="sns-loop",
    kinds=(
        ResourceKind(
            "AWS::SNS::Topic", "sns", "sns:@:{}", "TopicName", "arn", {"TopicArn": "arn", "TopicName": "name"}
        ),
    ),
    writes={"Publish": frozenset()},
    readers={"AWS::SNS::Topic": read_topic, "AWS::SNS::Subscription": read_subscription},
    tasks={
        "publish": TaskTarget(("TopicArn", "TargetArn"), "publishes to"),
        "publishBatch": TaskTarget(("TopicArn",), "publishes to"),
    },
    shape="topic",
    sender=r"(^|\.)TopicArn$",
    written=written,
    body=BODY,
    verb="publish to",
    filtered_by="policy",
    content_filter="filter-policy",
    guarded_by="topic",
    reading=("sns:Get*", "sns:List*"),
    second=SecondChannel(
        "AWS::SNS::Topic",
        "topic",
        "arn",
        "TopicName",
        "OUTPUT_TOPIC_ARN",
        "1 invocation per message; what wants the results must subscribe to the second topic",
        first_in_first_out="FifoTopic",
    ),
    detected=True,
    address_is_for_sending=True,
    carries=True,
    precedence=4,
    price=Price(
        "https://aws.amazon.com/sns/pricing/",
        event=(5e-7, 5e-7),
        waits=(0.05, 0.5),
        most=30_000,  # https://docs.aws.amazon.com/general/latest/gr/sns.html
    ),
    cdk=CdkGrants("grantPublish"),
)
