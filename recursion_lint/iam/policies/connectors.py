"""``AWS::Serverless::Connector`` → what its permissions grant.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/reference-sam-connector.html
"""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.iam.policies import predefined as catalog
from recursion_lint.iam.policies.predefined_statements import filled_in
from recursion_lint.model.path_conditions import Alternatives, Requires, sure
from recursion_lint.model.spans import Note
from recursion_lint.model.text import Text
from recursion_lint.services.naming import endpoint_of
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.services.s3.notifications import permitted
from recursion_lint.template.template import Resource
from recursion_lint.template.yaml.nodes import Node

_RAW = {
    "AWS::Serverless::Function": "AWS::Lambda::Function",
    "AWS::Serverless::StateMachine": "AWS::StepFunctions::StateMachine",
    "AWS::Serverless::SimpleTable": "AWS::DynamoDB::Table",
}
"""A connector may name what is elsewhere by the type that SAM gives it."""
_NOTIFIED = ("AWS::S3::Bucket", "AWS::Lambda::Function")


def read_connector(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::Serverless::Connector``: what its permissions grant to the role of one side."""
    needed = reading.resolver.resource_requires(resource)
    for category, more in reading.resolver.items(resource.get("Permissions"), needed):
        for destination, also in reading.resolver.items(resource.get("Destination"), more):
            yield from _connection(reading, resource, destination, category.text or "", also)


def _connection(
    reading: Reading, resource: Resource, destination: Node, category: str, needed: Requires
) -> Iterator[Fact]:
    source = resource.get("Source") or resource.properties
    ends = {"Source": _end(reading, source), "Destination": _end(reading, destination)}
    found = catalog.connector(ends["Source"][0], ends["Destination"][0], category)
    if found is None:
        if category == "Write" and (ends["Source"][0], ends["Destination"][0]) == _NOTIFIED:
            bucket, function = (endpoint_of(arn, "?") for _, arn, _ in ends.values())
            yield from permitted(reading, bucket, function, resource.span, needed)
        return
    role_end, role_node = ("Source", source) if found.role == "source" else ("Destination", destination)
    role = _role_of_end(reading, role_node, ends["Destination"][1])
    if not role:
        yield Note(
            resource.span,
            f"the role of the connector's {role_end.lower()} cannot be told; its grants were not seen",
        )
        return
    values: dict[str, Alternatives] = {}
    for end, (_, arn, name) in ends.items():
        values[f"{end}.Arn"], values[f"{end}.Name"] = sure(arn), sure(name)
    for raw in found.statements:
        yield filled_in(raw, role, resource.span, f"the connector's {category} permission", needed, values)


def _role_of_end(reading: Reading, end: Node, destination: Text) -> Text | None:
    """The role by which one side of a connector acts; that of a rule is its target's."""
    named = reading.resolver.text(end.get("RoleName"))
    owner = reading.template.resources.get(_logical_id(end))
    if named or owner is None:
        return named
    given = owner.get("Role") or owner.get("RoleArn") or owner.get("ServiceRoleArn")
    for target in reading.resolver.elements(owner.get("Targets")):
        if given is None and reading.resolver.text(target.get("Arn")) == destination:
            given = target.get("RoleArn")
    return endpoint_of(reading.resolver.text(given) or (), "iam").name


def _logical_id(node: Node) -> str:
    found = node.get("Id")
    return (found.text or "") if found is not None else ""


def _end(reading: Reading, node: Node) -> tuple[str, Text, Text]:
    """One side of a connector: its type after the transform, its ARN, its name."""
    resource = reading.template.resources.get(_logical_id(node))
    if resource is not None:
        return resource.type, reading.resolver.arn_of(resource), reading.resolver.name_of(resource)
    kind = node.get("Type")
    name = (kind.text or "") if kind is not None else ""
    arn = reading.resolver.text(node.get("Arn")) or ()
    return _RAW.get(name, name), arn, endpoint_of(arn, "").name
