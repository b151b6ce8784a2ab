"""Policy documents, policy templates, managed policies and connectors → ``Statement`` facts on roles.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache, partial

from recursion_lint.iam.policies import predefined as catalog
from recursion_lint.iam.policies.trust import read_trust
from recursion_lint.model.facts import Statement
from recursion_lint.model.findings import Note, Span
from recursion_lint.model.path_conditions import ALWAYS, Alternatives, Requires, product, sure
from recursion_lint.model.text import Part, Symbol, Text, glob, literal, render, text, undecided
from recursion_lint.services.declaration import ArnForm, Service
from recursion_lint.services.naming import endpoint_of
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.services.s3.notifications import permitted
from recursion_lint.template.resource_types import ACCOUNT, PARTITION, REGION, ResourceKind
from recursion_lint.template.template import Resource
from recursion_lint.template.yaml.files import SourceError
from recursion_lint.template.yaml.nodes import Node

_PSEUDO = {
    "AWS::Partition": PARTITION,
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
    "AWS::URLSuffix": Symbol("pseudo", "AWS::URLSuffix"),
}
_RAW = {
    "AWS::Serverless::Function": "AWS::Lambda::Function",
    "AWS::Serverless::StateMachine": "AWS::StepFunctions::StateMachine",
    "AWS::Serverless::SimpleTable": "AWS::DynamoDB::Table",
}
"""A connector may name what is elsewhere by the type that SAM gives it."""
_NOTIFIED = ("AWS::S3::Bucket", "AWS::Lambda::Function")
Condition = Mapping[str, Mapping[str, tuple[Text, ...]]]


def read_role(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::IAM::Role``: who may have it, inline policies, managed policy ARNs, and the permissions boundary."""
    role = reading.resolver.name_of(resource)
    needed = reading.resolver.resource_requires(resource)
    yield read_trust(reading, resource, role, needed)
    for policy, more in reading.resolver.items(resource.get("Policies"), needed):
        yield from document(reading, policy.get("PolicyDocument"), role, resource.id, more)
    yield from _managed(reading, resource.get("ManagedPolicyArns"), role, needed)
    boundary = resource.get("PermissionsBoundary")
    if boundary is not None:
        from recursion_lint.iam.policies.managed import boundaries

        yield from boundaries(reading, boundary, role, needed)


def read_managed_policy(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::IAM::ManagedPolicy``: what it says, and the roles that it names."""
    from recursion_lint.iam.policies.managed import declared

    yield from declared(reading, resource)


def read_attached(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::IAM::Policy`` and ``RolePolicy``: a document attached to roles by their names."""
    needed = reading.resolver.resource_requires(resource)
    roles = resource.get("RoleName") if resource.type == "AWS::IAM::RolePolicy" else resource.get("Roles")
    for role, more in reading.endpoints(roles, "iam", needed):
        yield from document(reading, resource.get("PolicyDocument"), role.name, resource.id, more)


def read_sam_policies(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """SAM ``Policies``: managed names and ARNs, documents, policy templates, each possibly under ``Fn::If``."""
    role = endpoint_of(reading.resolver.text(resource.get("Role")) or (), "iam").name
    needed = reading.resolver.resource_requires(resource)
    for item, more in reading.resolver.items(resource.get("Policies"), needed):
        if item.kind == "scalar" or item.intrinsic is not None:
            yield from _managed(reading, item, role, more)
        elif item.get("Statement") is not None:
            yield from document(reading, item, role, resource.id, more)
        else:
            for name, span, arguments in item.entries():
                yield from _policy_template(reading, name, span, arguments, role, more)


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
        yield _from_raw(raw, role, resource.span, f"the connector's {category} permission", needed, values)


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


def document(
    reading: Reading, node: Node | None, role: Text, label: str, requires: Requires
) -> Iterator[Fact]:
    """The statements of a policy document, as grants to ``role``."""
    for statement, needed in statement_nodes(reading, node, requires):
        if isinstance(statement, Note):
            yield statement
        else:
            yield from reading.facts(
                partial(grant, reading, statement, role, label, needed), needed, statement.span
            )


def statement_nodes(
    reading: Reading, node: Node | None, requires: Requires
) -> Iterator[tuple[Node | Note, Requires]]:
    """The statements of a policy document, given as a map or as a JSON string, and what each needs to hold."""
    for found, needed in reading.resolver.branches(node, requires):
        if found.kind == "scalar" or (
            found.intrinsic is not None and found.intrinsic[0] in ("Fn::Sub", "Fn::Join")
        ):
            try:
                found = reading.embedded(reading.resolver.text(found) or (), found)
            except SourceError as problem:
                yield Note(found.span, f"a policy document could not be read: {problem.message}"), needed
                continue
        yield from reading.resolver.items(found.get("Statement"), needed)


def grant(
    reading: Reading, node: Node, role: Text, label: str, requires: Requires
) -> Iterator[Statement | Note]:
    """What one statement allows to ``role``, or denies it."""
    effect = reading.resolver.literal(node.get("Effect")) or "Allow"
    named = reading.resolver.elements(node.get("Action"))
    given, others = reading.strings(node.get("Action")), reading.strings(node.get("NotAction"))
    if not given and not others:
        return
    excluded = tuple(map(glob, reading.strings(node.get("NotResource"))))
    if effect == "Deny" and undecided(*others, *excluded):
        return  # it may deny less than what is not named here
    actions, not_actions = tuple(map(render, given)), tuple(map(render, others))
    resources = [
        (glob(value), needed)
        for item, more in reading.resolver.items(node.get("Resource"), requires)
        for value, needed in reading.resolver.texts(item, more)
    ]
    shown = node.get("Action") or node.get("NotAction") or node
    # What is denied through an access point may still be written past it.
    if effect == "Allow" and any(_of_access_point(value) for value, _ in resources):
        from recursion_lint.services.s3.access_points import in_buckets

        resources, notes = in_buckets(reading, resources, node.span)
        yield from notes
    yield Statement(
        role,
        effect,
        actions,
        not_actions,
        tuple(resources),
        excluded,
        condition_of(reading, node.get("Condition")),
        _first_line(shown),
        label,
        requires,
        spans=tuple(item.span for item in named) if len(named) == len(actions) else (),
    )


def _of_access_point(value: Text) -> bool:
    return any(isinstance(part, str) and ":accesspoint/" in part for part in value)


def _first_line(node: Node) -> Span:
    first = node.elements()[0] if node.elements() else node
    return first.span


def condition_of(reading: Reading, node: Node | None) -> Condition:
    """``Condition`` as operator → key → values; ill-formed parts are left out."""
    found = reading.resolver.one(node)
    condition: dict[str, dict[str, tuple[Text, ...]]] = {}
    for operator, given in found.items() if found is not None else ():
        keys = reading.resolver.one(given)
        for key, values in keys.items() if keys is not None else ():
            condition.setdefault(operator, {})[key] = tuple(reading.strings(values))
    return condition


def _managed(reading: Reading, node: Node | None, role: Text, requires: Requires) -> Iterator[Fact]:
    """Managed policies by name or ARN: AWS's own from the catalogue, those of templates to be linked by name."""
    for item, needed in reading.resolver.items(node, requires):
        for value, more in reading.resolver.texts(item, needed):
            known = of_aws(value, role, item.span, more)
            if known is None:
                from recursion_lint.iam.policies.managed import attached

                yield attached(role, value, item.span, more)
            else:
                yield from known


def of_aws(value: Text, role: Text, span: Span, requires: Requires) -> list[Statement] | None:
    """What an AWS managed policy grants, by its ARN or name; ``None`` where the catalogue has none such."""
    name = _policy_name(value)
    raw = catalog.managed_policy(name) if name is not None else None
    if raw is None:
        return None
    label = str(name).rpartition("/")[2]
    return [_from_raw(one, role, span, label, requires, {}, managed=True) for one in raw]


def _policy_name(value: Text) -> str | None:
    """The ARN or name of an AWS managed policy, whatever the partition is written as."""
    plain = literal(value)
    if plain is not None:
        return plain
    tail = value[-1]
    if isinstance(tail, str) and ":iam::aws:policy/" in tail:
        return "arn:aws" + tail[tail.index(":iam::aws:policy/") :]
    return None


def _policy_template(
    reading: Reading, name: str, span: Span, arguments: Node, role: Text, requires: Requires
) -> Iterator[Fact]:
    found = catalog.policy_template(name)
    if found is None:
        yield Note(span, f"{name} is not a SAM policy template; what it grants was not seen")
        return
    values = {parameter: reading.resolver.texts(arguments.get(parameter)) for parameter in found.parameters}
    for raw in found.statements:
        yield _from_raw(raw, role, span, name, requires, values)


def _from_raw(
    raw: catalog.RawStatement,
    role: Text,
    span: Span,
    label: str,
    requires: Requires,
    values: Mapping[str, Alternatives],
    managed: bool = False,
) -> Statement:
    """A statement of the catalogue with its placeholders filled in."""
    condition: Condition = {"Undecided": {"": ()}} if raw.condition else {}
    return Statement(
        role,
        raw.effect,
        raw.actions,
        raw.not_actions,
        tuple(
            (glob(value), needed) for resource in raw.resources for value, needed in _filled(resource, values)
        ),
        tuple(glob(value) for resource in raw.not_resources for value, _ in _filled(resource, values)),
        condition,
        span,
        label,
        requires,
        managed,
    )


def _filled(resource: str, values: Mapping[str, Alternatives]) -> Alternatives:
    """``arn:${AWS::Partition}:s3:::{BucketName}/*`` or ``%{Destination.Arn}`` → what it may be, as symbolic text.

    A value that is chosen by ``Fn::If`` makes a resource for each branch.
    """
    found: list[tuple[list[Part], Requires]] = [([], ALWAYS)]
    for parameter, otherwise in _pieces(resource):
        argument = values.get(parameter)
        if argument:
            found = product(found, argument)
            continue
        for parts, _ in found:
            parts.append(otherwise)
    return tuple((text(parts), needed) for parts, needed in found)


@lru_cache(maxsize=1024)
def _pieces(resource: str) -> tuple[tuple[str, Part], ...]:
    """A resource of the catalogue: the parameters that it asks for (``""`` for none), and what stands there else."""
    pieces: list[tuple[str, Part]] = []
    for piece in re.split(r"(\$\{[^}]*\}|%?\{[^}]*\})", resource):
        if piece.startswith("${"):
            pieces.append(("", _PSEUDO.get(piece[2:-1], Symbol("unknown", piece))))
        elif piece.startswith(("{", "%{")):
            pieces.append((piece.lstrip("%")[1:-1], Symbol("unknown", piece)))
        elif piece:
            pieces.append(("", piece))
    return tuple(pieces)


_READERS = {
    "AWS::IAM::Role": read_role,
    "AWS::IAM::Policy": read_attached,
    "AWS::IAM::RolePolicy": read_attached,
    "AWS::IAM::ManagedPolicy": read_managed_policy,
    "AWS::Serverless::Policies": read_sam_policies,
    "AWS::Serverless::Connector": read_connector,
}

SERVICE = Service(
    name="iam",
    rule="",
    kinds=(
        ResourceKind(
            "AWS::IAM::Role", "iam", "iam:@:role/{}", "RoleName", "name", {"Arn": "arn", "RoleId": "name"}
        ),
        ResourceKind(
            "AWS::IAM::ManagedPolicy",
            "iam",
            "iam:@:policy/{}",
            "ManagedPolicyName",
            "arn",
            {"PolicyArn": "arn"},
        ),
    ),
    readers=_READERS,
    arn=ArnForm("role/", within=True),
)
