"""Resource policies that name a role: a queue, a topic, a bucket, a bus or a function says itself who may write to it.

Those that deny are read next door (``denials``). Within an account such a grant is enough; the role needs none of its
own. Service principals are about triggers, which are declared elsewhere; a principal for everybody or for a whole
account names no role.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from recursion_lint.iam.policies.statements import grant, statement_nodes
from recursion_lint.model.arns import split_arn
from recursion_lint.model.facts import Policy, Statement
from recursion_lint.model.findings import Note
from recursion_lint.model.path_conditions import Alternatives, Requires, under
from recursion_lint.model.text import ANY, Text, strip_prefix
from recursion_lint.services.declaration import Service
from recursion_lint.services.naming import endpoint_of
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.template.resource_types import ACCOUNT, arn_text
from recursion_lint.template.template import Resource
from recursion_lint.template.yaml.nodes import Node


class _Policy(NamedTuple):
    """The property that says what a policy is attached to, that with its document, and the type of the former."""

    attached_to: str
    document: str
    type: str


_POLICIES = {
    "AWS::SQS::QueuePolicy": _Policy("Queues", "PolicyDocument", "AWS::SQS::Queue"),
    "AWS::SQS::QueueInlinePolicy": _Policy("Queue", "PolicyDocument", "AWS::SQS::Queue"),
    "AWS::SNS::TopicPolicy": _Policy("Topics", "PolicyDocument", "AWS::SNS::Topic"),
    "AWS::SNS::TopicInlinePolicy": _Policy("TopicArn", "PolicyDocument", "AWS::SNS::Topic"),
    "AWS::S3::BucketPolicy": _Policy("Bucket", "PolicyDocument", "AWS::S3::Bucket"),
    "AWS::S3::AccessPoint": _Policy("Bucket", "Policy", "AWS::S3::Bucket"),
    "AWS::Events::EventBusPolicy": _Policy("EventBusName", "", "AWS::Events::EventBus"),
}


def read_policy(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """A policy resource: its statements that name roles of this account, as grants to those roles."""
    place = _POLICIES[resource.type]
    needed = reading.resolver.resource_requires(resource)
    node = resource.get(place.document) if place.document else resource.properties
    kind = reading.resolver.kinds[place.type]
    own = tuple(
        (arn_text(kind.arn, endpoint.name), more)
        for endpoint, more in reading.endpoints(resource.get(place.attached_to), kind.service, needed)
    )
    for statement, more in statement_nodes(reading, node, needed):
        if isinstance(statement, Note):
            yield statement
            continue
        if reading.resolver.literal(statement.get("Effect")) == "Deny":
            # What is denied through an access point may still be written past it.
            if resource.type != "AWS::S3::AccessPoint":
                from recursion_lint.iam.policies.resource_policy_denials import refusals

                owner = resource.get(place.attached_to)
                yield from refusals(reading, statement, owner, kind.service, resource.id, more)
            continue
        read = partial(_granted, reading, statement, own, resource.id, more)
        yield from reading.facts(read, more, statement.span)


def _granted(
    reading: Reading, statement: Node, own: Alternatives, label: str, requires: Requires
) -> Iterator[Fact]:
    """What a statement grants to the roles that it names, and to everybody."""
    for role in _roles(reading, reading.resolver.below(statement.get("Principal"), "AWS")):
        for allowed in grant(reading, statement, role, label, requires):
            if isinstance(allowed, Statement):
                allowed = allowed._replace(resources=_attached(allowed, own, requires))
            yield allowed
    if _open_to_all(reading, statement):
        granted = (
            one for one in grant(reading, statement, (), label, requires) if isinstance(one, Statement)
        )
        attached = (one._replace(resources=_attached(one, own, requires)) for one in granted)
        yield Policy((ANY,), tuple(one for one in attached if one.effect == "Allow"))


def _open_to_all(reading: Reading, statement: Node) -> bool:
    """Is a statement about everybody, or about sessions of a role? No permissions boundary limits what it grants."""
    if statement.get("NotPrincipal") is not None:
        return True
    principal = reading.resolver.one(statement.get("Principal"))
    return principal is not None and any(map(_is_open, reading.strings(principal.get("AWS") or principal)))


def _is_open(principal: Text) -> bool:
    arn = split_arn(principal)
    return principal == ("*",) or (arn is not None and arn.service == ("sts",))


def _attached(statement: Statement, own: Alternatives, needed: Requires) -> Alternatives:
    """The resources that a statement is about: ``*`` means those that the policy is attached to."""
    if all(pattern != (ANY,) for pattern, _ in statement.resources):
        return statement.resources
    return under(own, needed)


def _roles(reading: Reading, principals: Node | None) -> Iterator[Text]:
    """The names of the roles of this account among the principals."""
    for value in reading.strings(principals):
        arn = split_arn(value)
        if arn is not None and arn.account == (ACCOUNT,) and strip_prefix(arn.resource, "role/"):
            yield endpoint_of(value, "iam").name


def read_permission(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::Lambda::Permission`` for a role, which may invoke the function, or for everybody."""
    needed = reading.resolver.resource_requires(resource)
    action = reading.resolver.literal(resource.get("Action"))
    principal = resource.get("Principal")
    roles = list(_roles(reading, principal)) if action is not None else []
    # What is open to whoever knows a function's URL is no right of a role.
    by_url = any(resource.get(key) is not None for key in ("FunctionUrlAuthType", "InvokedViaFunctionUrl"))
    open_to_all = action is not None and not by_url and reading.resolver.literal(principal) == "*"
    if not roles and not open_to_all:
        return
    kind = reading.resolver.kinds["AWS::Lambda::Function"]
    for function, more in reading.endpoints(resource.get("FunctionName"), "lambda", needed):
        on = ((arn_text(kind.arn, function.name), more),)
        allowed = Statement((), "Allow", (action or "",), (), on, (), {}, resource.span, resource.id, more)
        yield from (allowed._replace(role=role) for role in roles)
        if open_to_all:
            yield Policy((ANY,), (allowed,))


SERVICE = Service(
    name="resource-policy",
    rule="",
    readers={**dict.fromkeys(_POLICIES, read_policy), "AWS::Lambda::Permission": read_permission},
)
