"""Managed policies that templates declare: what they say, and which roles have them. ``attachments`` links the two.

A role names a managed policy by its ARN, which may be written out, passed on by a stack, or made of its name and path.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html
"""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.iam.policies import predefined as catalog
from recursion_lint.iam.policies.predefined_statements import of_aws
from recursion_lint.iam.policies.statements import grant, statement_nodes
from recursion_lint.model.arns import split_arn
from recursion_lint.model.facts import Attachment, Boundary, Policy, Statement
from recursion_lint.model.path_conditions import Requires
from recursion_lint.model.spans import Note, Span
from recursion_lint.model.text import ANY, Symbol, Text, render, split_text, strip_prefix
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.template.template import Resource
from recursion_lint.template.yaml.nodes import Node

_MADE = ("attribute", "random")
"""The kinds of symbols that stand for what is made with the stack."""


def read_managed_policy(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::IAM::ManagedPolicy``: what it says, the roles that it names, notes of what is not understood."""
    needed = reading.resolver.resource_requires(resource)
    name = reading.resolver.name_of(resource)
    statements: list[Statement] = []
    whole, cut = True, len(reading.resolver.cut)
    for node, more in statement_nodes(reading, resource.get("PolicyDocument"), needed):
        found = [node] if isinstance(node, Note) else list(grant(reading, node, (), resource.id, more))
        granted = [one for one in found if isinstance(one, Statement)]
        yield from (one for one in found if isinstance(one, Note))
        statements += granted
        whole = whole and bool(granted) and len(granted) == len(found)
    whole = whole and bool(statements) and len(reading.resolver.cut) == cut
    yield Policy(name, tuple(statements), whole)
    for role, more in reading.endpoints(resource.get("Roles"), "iam", needed):
        yield Attachment(role.name, name, name, resource.span, more)


def named(reading: Reading, node: Node | None, role: Text, requires: Requires) -> Iterator[Fact]:
    """Managed policies by name or ARN: AWS's own from the catalogue, those of templates to be linked by name."""
    for item, needed in reading.resolver.items(node, requires):
        for value, more in reading.resolver.texts(item, needed):
            known = of_aws(value, role, item.span, more)
            if known is None:
                yield _attached(role, value, item.span, more)
            else:
                yield from known


def _attached(role: Text, value: Text, span: Span, requires: Requires) -> Attachment:
    """A policy that is none of AWS's own, on a role."""
    return Attachment(role, _name(value), value, span, requires)


def _name(value: Text) -> Text:
    """The name at the end of a policy's ARN, behind its path; nothing for another ARN. A reference is its own name."""
    arn = split_arn(value)
    if arn is None and any(isinstance(part, Symbol) and part.kind in _MADE for part in value):
        return value
    path = strip_prefix(arn.resource, "policy/") if arn is not None and arn.account != ("aws",) else None
    return split_text(path, "/")[-1] if path else ()


def boundaries(reading: Reading, node: Node, role: Text, requires: Requires) -> Iterator[Boundary]:
    """The policies that a role's permissions boundary may be; AWS's own as what the catalogue says of them.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
    """
    cut = len(reading.resolver.cut)
    for branch, needed in reading.resolver.branches(node, requires, absent=True):
        values = reading.resolver.texts(branch, needed)
        if not values:
            yield Boundary(role, requires=needed)
        for value, more in values:
            statements = _of_aws(value, role, node.span, more)
            yield Boundary(role, _name(value), statements, more)
    if len(reading.resolver.cut) > cut:
        yield Boundary(role, requires=requires)


def _of_aws(value: Text, role: Text, span: Span, requires: Requires) -> tuple[Statement, ...] | None:
    """What AWS's own policy allows, with all actions of which the catalogue says nothing; ``None`` for others.

    The catalogue leaves out policies that are meant for boundaries or for service-linked roles alone.
    """
    left_out = ":policy/aws-service-role/" in render(value)
    known = None if left_out else of_aws(value, role, span, requires)
    if known is None:
        return None
    unrecorded = tuple(sorted(catalog.recorded_actions()))
    rest = Statement(role, "Allow", (), unrecorded, (((ANY,), requires),), (), {}, span, "", requires)
    return (*known, rest)
