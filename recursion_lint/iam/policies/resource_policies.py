"""Resource policies that name a role: what says itself who may write to it (a queue, a bus, a table, a function).

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
from recursion_lint.model.facts import Endpoint, Policy, Statement
from recursion_lint.model.path_conditions import Alternatives, Requires, under
from recursion_lint.model.spans import Note
from recursion_lint.model.text import ANY, Text, strip_prefix
from recursion_lint.services.naming import endpoint_of
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.template.resource_types import ACCOUNT, arn_text
from recursion_lint.template.template import Resource
from recursion_lint.template.yaml.nodes import Node


class _Place(NamedTuple):
    """Where a policy is: what it is attached to (``""``: the resource itself), its document, the type of the former."""

    attached_to: str
    document: tuple[str, ...]
    type: str


_POLICIES = {
    "AWS::SQS::QueuePolicy": _Place("Queues", ("PolicyDocument",), "AWS::SQS::Queue"),
    "AWS::SQS::QueueInlinePolicy": _Place("Queue", ("PolicyDocument",), "AWS::SQS::Queue"),
    "AWS::SNS::TopicPolicy": _Place("Topics", ("PolicyDocument",), "AWS::SNS::Topic"),
    "AWS::SNS::TopicInlinePolicy": _Place("TopicArn", ("PolicyDocument",), "AWS::SNS::Topic"),
    "AWS::S3::BucketPolicy": _Place("Bucket", ("PolicyDocument",), "AWS::S3::Bucket"),
    "AWS::S3::AccessPoint": _Place("Bucket", ("Policy",), "AWS::S3::Bucket"),
    "AWS::Events::EventBusPolicy": _Place("EventBusName", (), "AWS::Events::EventBus"),
    "AWS::Events::EventBus": _Place("", ("Policy",), "AWS::Events::EventBus"),
    "AWS::Kinesis::ResourcePolicy": _Place("ResourceArn", ("ResourcePolicy",), "AWS::Kinesis::Stream"),
    "AWS::DynamoDB::Table": _Place("", ("ResourcePolicy", "PolicyDocument"), "AWS::DynamoDB::Table"),
    "AWS::DynamoDB::GlobalTable": _Place(
        "", ("ResourcePolicy", "PolicyDocument"), "AWS::DynamoDB::GlobalTable"
    ),
}


def read_policy(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """A resource policy: its statements that name roles of this account, as grants to those roles."""
    place = _POLICIES[resource.type]
    kind = reading.resolver.kinds[place.type]
    needed = reading.resolver.resource_requires(resource)
    documents = list(_documents(reading, resource, place))
    channels = tuple(_attached_to(reading, resource, place, needed)) if documents else ()
    own = tuple((arn_text(kind.arn, endpoint.name), more) for endpoint, more in channels)
    for document in documents:
        for statement, more in statement_nodes(reading, document, needed):
            if isinstance(statement, Note):
                yield statement
            elif reading.resolver.literal(statement.get("Effect")) == "Deny":
                # What is denied through an access point may still be written past it.
                if resource.type != "AWS::S3::AccessPoint":
                    from recursion_lint.iam.policies.resource_policy_denials import refusals

                    yield from refusals(reading, statement, channels, resource.id, more)
            else:
                read = partial(_granted, reading, statement, own, resource.id, more)
                yield from reading.facts(read, more, statement.span)


def _documents(reading: Reading, resource: Resource, place: _Place) -> Iterator[Node]:
    """The policy documents of a resource; a global table has one for each replica."""
    holders = [resource.properties]
    if resource.type == "AWS::DynamoDB::GlobalTable":
        holders = reading.resolver.elements(resource.get("Replicas"))
    below = reading.resolver.one_below
    found = (below(holder, *place.document) if place.document else holder for holder in holders)
    yield from (document for document in found if document is not None)


def _attached_to(
    reading: Reading, resource: Resource, place: _Place, requires: Requires
) -> Iterator[tuple[Endpoint, Requires]]:
    if not place.attached_to:
        yield reading.endpoint(resource), requires
    else:
        service = reading.resolver.kinds[place.type].service
        yield from reading.endpoints(resource.get(place.attached_to), service, requires)


def _granted(
    reading: Reading, statement: Node, own: Alternatives, label: str, requires: Requires
) -> Iterator[Fact]:
    """What a statement grants to the roles that it names, and to everybody."""
    named = [reading.resolver.one_below(statement.get("Principal"), "AWS"), *_callers(reading, statement)]
    for role in dict.fromkeys(role for node in named for role in _roles(reading, node)):
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


def _callers(reading: Reading, statement: Node) -> Iterator[Node]:
    """The ARNs of callers that the condition of a statement for everybody asks for."""
    principal = reading.resolver.one(statement.get("Principal"))
    everybody = reading.resolver.one(principal, "AWS") or principal
    if everybody is None or everybody.text != "*":
        return
    condition = reading.resolver.one(statement.get("Condition"))
    for operator in ("ArnEquals", "ArnLike", "StringEquals", "StringLike"):
        asked = condition.get(operator) if condition is not None else None
        for key, values in asked.items() if asked is not None else ():
            if key.lower() == "aws:principalarn":
                yield values


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
