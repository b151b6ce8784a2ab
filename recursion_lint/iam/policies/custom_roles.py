"""Roles and policies that custom resources make: read by their shape, where they have that of AWS's own resources.

What a handler makes of the properties is code, so such a grant is a rung less certain than others.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from recursion_lint.iam.policies.roles import on_role
from recursion_lint.iam.policies.statements import document
from recursion_lint.iam.policies.trust import read_trust
from recursion_lint.model.facts import Actor, Attachment, Declared, Policy, Statement
from recursion_lint.model.spans import Note
from recursion_lint.model.text import Symbol, Text
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.template.template import CUSTOM_RESOURCE, Resource

_OF_A_ROLE = ("AssumeRolePolicyDocument", "Policies", "ManagedPolicyArns")
_ARNS = ("Arn", "PolicyArn", "ManagedPolicyArn")
"""What the handlers of policies call the ARN that they return."""


def read_custom_policy(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """A custom resource with the ``PolicyDocument`` of a policy, which roles may have by any name that it returns."""
    given = resource.get("PolicyDocument")
    if given is None or resource.get("AssumeRolePolicyDocument") is not None:
        return
    needed = reading.resolver.resource_requires(resource)
    statements: list[Statement] = []
    for fact in document(reading, given, (), resource.id, needed):
        if isinstance(fact, Statement):
            statements.append(_less_certain(fact))
    own = reading.resolver.name_of(resource)
    returned = (value for name in _ARNS for value in dict(reading.resolver.attributes(resource.id, name)))
    for name in dict.fromkeys((own, *returned)):
        yield Policy(name, tuple(statements), complete=False)
    for role, more in reading.endpoints(resource.get("Roles") or resource.get("RoleName"), "iam", needed):
        yield Attachment(role.name, own, own, resource.span, more)


def roles_made_elsewhere(
    reading: Reading, actors: Iterable[Actor], declared: Iterable[Declared]
) -> Iterator[Fact]:
    """What is to be said of the roles of ``actors`` that custom resources make, each with a note."""
    labels = {item.endpoint: item.id for item in declared}
    seen: set[Text] = set()
    for actor in actors:
        for role, _ in actor.roles:
            resource = _maker(reading, role)
            if resource is None or role in seen:
                continue
            seen.add(role)
            shaped = any(resource.get(key) is not None for key in _OF_A_ROLE)
            if shaped:
                yield from _read(reading, resource, role)
            what = "was read by its properties" if shaped else "was not seen"
            whose = labels.get(actor.endpoint, "a function")
            words = f"the role of {whose} is made by {_kind(resource)} {resource.id}; what it grants {what}"
            yield Note(resource.span, words)


def _kind(resource: Resource) -> str:
    custom = resource.declared_type.startswith(("Custom::", CUSTOM_RESOURCE))
    return "the custom resource" if custom else f"the {resource.declared_type}"


def _maker(reading: Reading, role: Text) -> Resource | None:
    """The custom resource whose attribute or reference a role is named by."""
    last = role[-1] if role else ""
    if not isinstance(last, Symbol) or last.kind not in ("attribute", "random"):
        return None
    if last.kind == "attribute" and len(role) > 1:
        return None
    resource = reading.template.resources.get(last.name.partition(".")[0])
    return resource if resource is not None and resource.type == CUSTOM_RESOURCE else None


def _read(reading: Reading, resource: Resource, role: Text) -> Iterator[Fact]:
    needed = reading.resolver.resource_requires(resource)
    yield read_trust(reading, resource, role, needed)
    for fact in on_role(reading, resource, role, needed):
        yield _less_certain(fact) if isinstance(fact, Statement) else fact


def _less_certain(statement: Statement) -> Statement:
    """A statement that may read otherwise than it is written."""
    return statement._replace(condition={**statement.condition, "Undecided": {"": ()}})
