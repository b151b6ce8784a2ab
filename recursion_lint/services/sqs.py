"""Amazon SQS: queues and their redrive.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from recursion_lint.model.facts import Trigger
from recursion_lint.model.text import literal, render
from recursion_lint.services.declaration import ArnForm, CdkGrants, Price, SecondChannel, Service, TaskTarget
from recursion_lint.services.reading import Fact, Reading, json_map
from recursion_lint.template.resource_types import ResourceKind
from recursion_lint.template.template import Resource


def read_queue(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::SQS::Queue``: the queue; its dead-letter queue gets what is received too often."""
    resolver = reading.resolver
    queue = reading.endpoint(resource)
    needed = resolver.resource_requires(resource)
    bounds: tuple[str, ...] = ()
    for found, more in resolver.branches(resource.get("RedrivePolicy"), needed):
        policy = json_map(reading, found)
        target = policy.get("deadLetterTargetArn")
        if target is None:
            continue
        count = resolver.text(policy.get("maxReceiveCount")) or ()
        bounds = (
            f"{resource.id} has a dead-letter queue (maxReceiveCount {literal(count) or render(count)})",
        )
        for consumer, also in reading.endpoints(target, "sqs", more):
            yield Trigger(
                queue,
                consumer,
                "messages that fail in {source} move to its dead-letter queue {target}",
                target.span,
                "redrive",
                delivery="service",
                requires=also,
            )
    yield reading.declared(resource, queue, bounds)


def written(site: Any, reading: Any) -> Any:
    """What a call in a handler's code puts there, as filters see it."""
    from recursion_lint.services.code_documents import queued

    return queued(site, reading)


SERVICE = Service(
    name="sqs",
    rule="sqs-loop",
    kinds=(
        ResourceKind(
            "AWS::SQS::Queue",
            "sqs",
            "sqs:@:{}",
            "QueueName",
            "url",
            {"Arn": "arn", "QueueName": "name", "QueueUrl": "url"},
        ),
    ),
    writes={"SendMessage": frozenset()},
    readers={"AWS::SQS::Queue": read_queue},
    tasks={
        "sendMessage": TaskTarget(("QueueUrl",), "sends to"),
        "sendMessageBatch": TaskTarget(("QueueUrl",), "sends to"),
    },
    arn=ArnForm(url=True),
    shape="queue",
    sender=r"(^|\.)eventSourceA(RN|rn)$",
    written=written,
    body="body",
    verb="send to",
    polled_by_arn=True,
    guarded_by="queue",
    reading=("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:Get*"),
    second=SecondChannel(
        "AWS::SQS::Queue",
        "queue",
        "url",
        "QueueName",
        "OUTPUT_QUEUE_URL",
        "1 invocation per message; what consumes the results must poll the second queue",
        first_in_first_out="FifoQueue",
    ),
    detected=True,
    address_is_for_sending=True,
    carries=True,
    precedence=3,
    price=Price(
        "https://aws.amazon.com/sqs/pricing/",
        event=(4e-7, 5e-7),
        receipt=8e-7,  # to receive and to delete
        waits=(0.05, 1.0),
        batch=10,
    ),
    cdk=CdkGrants("grantSendMessages", "grantConsumeMessages"),
)
