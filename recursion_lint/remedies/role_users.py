"""Which resources of a template run under the role of one of them, as their properties name it.

A pipeline, a rule or a job that has the role of a function loses what the function's policy loses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from recursion_lint.template.yaml.nodes import Node, walk

_ATTACHED = ("AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::IAM::ManagedPolicy", "AWS::IAM::Role")
_ROLE = ("Role", "RoleArn", "RoleARN", "roleArn")
_FIRST_NAME = re.compile(r"\$\{([A-Za-z0-9]+)(?:\.[A-Za-z]+)?\}")


def roles_of(root: Node) -> Mapping[str, frozenset[str]]:
    """Resource → the roles beside it that its properties name, both by logical id; without policies and roles."""
    section = root.get("Resources")
    resources = dict(section.items()) if section is not None else {}
    found: dict[str, frozenset[str]] = {}
    for name, body in resources.items():
        kind = body.get("Type")
        if kind is None or kind.text in _ATTACHED:
            continue
        roles = frozenset(_named_roles(body.get("Properties")))
        if not roles and kind.text == "AWS::Serverless::Function":
            roles = frozenset([f"{name}Role"])
        if roles:
            found[name] = roles
    return found


def role_users(roles: Mapping[str, frozenset[str]], own: str) -> tuple[str, ...]:
    """The logical ids of the others that run under a role of the resource ``own``, sorted."""
    mine = roles.get(own, frozenset())
    return tuple(sorted(name for name, named in roles.items() if name != own and named & mine))


def _named_roles(properties: Node | None) -> Iterator[str]:
    """The logical ids that properties name as a role, however deep: ``RoleArn``, ``ServiceRole``."""
    for node in walk(properties) if properties is not None else ():
        for key, child in node.items() if node.kind == "map" else ():
            if key.endswith(_ROLE) and (found := _referred(child)):
                yield found


def _referred(node: Node) -> str:
    """The logical id that an expression takes its value from; empty for any other."""
    call = node.intrinsic
    if call is None:
        return ""
    name, argument = call
    if name == "Ref":
        return argument.text or ""
    if name == "Fn::GetAtt":
        first = argument.elements()[0].text if argument.elements() else argument.text
        return (first or "").partition(".")[0]
    found = _FIRST_NAME.search(argument.text or "") if name == "Fn::Sub" else None
    return found[1] if found is not None else ""
