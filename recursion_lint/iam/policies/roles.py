"""Roles and what is put on them → facts: inline policies, attached policies, SAM's ``Policies``.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html
"""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.iam.policies.managed import boundaries, named
from recursion_lint.iam.policies.predefined_statements import of_policy_template
from recursion_lint.iam.policies.statements import document
from recursion_lint.iam.policies.trust import read_trust
from recursion_lint.model.path_conditions import Requires
from recursion_lint.model.text import Text
from recursion_lint.services.naming import endpoint_of
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.template.template import Resource


def read_role(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::IAM::Role``: who may have it, inline policies, managed policy ARNs, and the permissions boundary."""
    role = reading.resolver.name_of(resource)
    needed = reading.resolver.resource_requires(resource)
    yield read_trust(reading, resource, role, needed)
    yield from on_role(reading, resource, role, needed)


def on_role(reading: Reading, resource: Resource, role: Text, needed: Requires) -> Iterator[Fact]:
    """What the properties of a role put on it: inline and managed policies, and the permissions boundary."""
    for policy, more in reading.resolver.items(resource.get("Policies"), needed):
        yield from document(reading, policy.get("PolicyDocument"), role, resource.id, more)
    yield from named(reading, resource.get("ManagedPolicyArns"), role, needed)
    boundary = resource.get("PermissionsBoundary")
    if boundary is not None:
        yield from boundaries(reading, boundary, role, needed)


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
            yield from named(reading, item, role, more)
        elif item.get("Statement") is not None:
            yield from document(reading, item, role, resource.id, more)
        else:
            for name, span, arguments in item.entries():
                yield from of_policy_template(reading, name, span, arguments, role, more)
