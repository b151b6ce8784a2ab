"""Amazon SES: receipt rules, which hand inbound mail to functions, topics and buckets.

https://docs.aws.amazon.com/ses/latest/dg/receiving-email-receipt-rules.html
"""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.model.facts import Accepts, Endpoint, Produces, Trigger, Write
from recursion_lint.model.path_conditions import Requires
from recursion_lint.model.text import Symbol, render, text
from recursion_lint.services.declaration import Service
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.template.resource_types import ResourceKind
from recursion_lint.template.template import Resource
from recursion_lint.template.yaml.nodes import Node

MAIL = Endpoint("ses", ("inbound mail",))
"""Who receives a mail is in the mail: all receipt rules of an account and region stand behind one channel."""

_SENDING = (
    "SendEmail",
    "SendRawEmail",
    "SendBulkEmail",
    "SendTemplatedEmail",
    "SendBulkTemplatedEmail",
    "SendCustomVerificationEmail",
)


def read_receipt_rule(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::SES::ReceiptRule``; ``Enabled: false`` is no trigger."""
    resolver = reading.resolver
    rule = resolver.one(resource.get("Rule"))
    if rule is None or resolver.boolean(rule.get("Enabled")) is False:
        return
    here, needed = reading.endpoint(resource), resolver.resource_requires(resource)
    yield reading.declared(resource, here)
    accepts = Accepts(undecided=_undecided(reading, resource.id, rule))
    for action, more in resolver.items(rule.get("Actions"), needed):
        for kind, body in action.items():
            span = body.span
            for function, also in reading.endpoints(body.get("FunctionArn"), "lambda", more):
                reason = f"mail that {resource.id} takes starts {{target}}"
                yield Trigger(
                    MAIL, function, reason, span, "trigger", accepts, via=(resource.id,), requires=also
                )
            # Every action may tell a topic; that of SNSAction carries the mail itself.
            for topic, also in reading.endpoints(body.get("TopicArn"), "sns", more):
                reason = f"mail that {resource.id} takes goes to {{target}}"
                yield Trigger(
                    MAIL, topic, reason, span, "forward", accepts, via=(resource.id,), requires=also
                )
            if kind == "S3Action":
                yield Trigger(
                    MAIL, here, "inbound mail starts {target}", span, accepts=accepts, requires=more
                )
                yield from _stored(reading, here, body, more)


def _undecided(reading: Reading, name: str, rule: Node) -> str:
    shown = [render(address) for address in reading.strings(rule.get("Recipients")) if address]
    whom = (
        " or ".join(shown[:3]) + (" and others" if len(shown) > 3 else "") if shown else "a verified domain"
    )
    return f"whether the mail goes to an address that {name} takes ({whom}) cannot be told"


def _stored(reading: Reading, rule: Endpoint, body: Node, requires: Requires) -> Iterator[Write]:
    """``S3Action``: each mail is an object named after its message id, below the prefix."""
    prefix = reading.resolver.text(body.get("ObjectKeyPrefix")) or ()
    for bucket, more in reading.endpoints(body.get("BucketName"), "s3", requires):
        key = text([*bucket.name, "/", *prefix, Symbol("unknown", "message id", render(rule.name))])
        put = Produces(frozenset({"s3:ObjectCreated:Put"}), (key,))
        yield Write(rule, bucket, "{source} stores mail in {target}", body.span, "write", put, requires=more)


SERVICE = Service(
    name="ses",
    rule="other-loop",
    kinds=(ResourceKind("AWS::SES::ReceiptRule", "ses", "ses:@:receipt-rule/{}", "Rule.Name"),),
    writes={action: frozenset() for action in _SENDING},
    readers={"AWS::SES::ReceiptRule": read_receipt_rule},
    shared=True,
    verb="send what becomes",
)
