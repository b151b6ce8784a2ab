"""Trust policies of roles: the accounts, the roles and the services that may have a role.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.iam.actions import matches_action
from recursion_lint.iam.policies.statements import Condition, condition_of
from recursion_lint.model.arns import set_apart, split_arn
from recursion_lint.model.facts import Role, Trust
from recursion_lint.model.path_conditions import Requires
from recursion_lint.model.text import Text, literal, parameter_of, render, split_text, strip_prefix, undecided
from recursion_lint.services.reading import Reading
from recursion_lint.template.resource_types import ACCOUNT
from recursion_lint.template.template import Resource
from recursion_lint.template.yaml.nodes import Node

ANYBODY: Text = ("*",)
_HARMLESS = frozenset({"aws:sourceaccount", "aws:sourcearn", "sts:externalid"})
"""Keys that keep strangers out: who is meant passes them.

https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
"""


def read_trust(reading: Reading, resource: Resource, name: Text, requires: Requires) -> Role:
    """A role and who may have it."""
    trusts = tuple(_trusts(reading, resource.get("AssumeRolePolicyDocument"), requires))
    tags = tuple(_tags(reading, resource.get("Tags")))
    return Role(name, resource.id, _path(reading, resource), trusts, requires, tags)


def _tags(reading: Reading, node: Node | None) -> Iterator[tuple[str, Text]]:
    """The tags of a list of keys and values, or of a map (SAM), but for those that stand under a condition."""
    pairs: list[tuple[Node | str, Node | None]] = []
    for item, needed in reading.resolver.items(node):
        if not needed and item.get("Key") is not None:
            pairs.append((item.get("Key") or "", item.get("Value")))
        elif not needed:
            pairs += item.items()
    for given, value in pairs:
        key = given if isinstance(given, str) else reading.resolver.literal(given)
        found = reading.resolver.text(value)
        if key and found is not None and not undecided(found):
            yield key, found


def _path(reading: Reading, resource: Resource) -> Text:
    """What stands between ``role`` and the name in the ARN."""
    return reading.resolver.text(resource.get("Path")) or ("/",)


def _trusts(reading: Reading, node: Node | None, requires: Requires) -> Iterator[Trust]:
    for document, needed in reading.resolver.branches(node, requires):
        for statement, more in reading.resolver.items(document.get("Statement"), needed):
            if reading.resolver.literal(statement.get("Effect")) == "Allow" and _assumes(reading, statement):
                condition = _told(reading, statement.get("Condition"))
                for trust, also in _principals(reading, statement.get("Principal"), more):
                    yield trust._replace(condition=condition, requires=also)


def _assumes(reading: Reading, statement: Node) -> bool:
    actions = reading.strings(statement.get("Action"))
    return any(matches_action(render(value), "sts", "AssumeRole") for value in actions)


def _told(reading: Reading, node: Node | None) -> Condition:
    """A condition without the keys that only keep strangers out."""
    if node is None:
        return {}
    found = {
        operator: {key: values for key, values in keys.items() if key.lower() not in _HARMLESS}
        for operator, keys in condition_of(reading, node).items()
    }
    return {operator: keys for operator, keys in found.items() if keys}


def _principals(reading: Reading, node: Node | None, requires: Requires) -> Iterator[tuple[Trust, Requires]]:
    for found, needed in reading.resolver.branches(node, requires):
        if found.text == "*":
            yield Trust("account", ANYBODY), needed
        for service, more in _values(reading, found.get("Service"), needed):
            yield Trust("service", service), more
        for principal, more in _values(reading, found.get("AWS"), needed):
            yield account_or_role(principal), more


def _values(reading: Reading, node: Node | None, requires: Requires) -> Iterator[tuple[Text, Requires]]:
    for item, needed in reading.resolver.items(node, requires):
        yield from reading.resolver.texts(item, needed)


def account_or_role(principal: Text) -> Trust:
    """What a principal under ``AWS`` names: everybody, an account (by its number or as ``root``), a role.

    A parameter may be either, so it is taken for an account, unsurely.
    """
    if principal == ANYBODY:
        return Trust("account", ANYBODY)
    arn = split_arn(principal)
    if arn is None:
        plain = literal(principal)
        own = principal == (ACCOUNT,) or (plain is not None and plain.isdigit())
        return Trust("account", principal, sure=own) if own or parameter_of(principal) else _role(principal)
    if arn.resource == ("root",):
        return Trust("account", arn.account, sure=not set_apart(principal))
    session = strip_prefix(arn.resource, "assumed-role/")
    if session is not None:
        return _role(split_text(session, "/")[0])._replace(sure=not set_apart(principal))
    name = strip_prefix(arn.resource, "role/")
    return _role(split_text(name, "/")[-1] if name is not None else principal)._replace(
        sure=not set_apart(principal)
    )


def _role(name: Text) -> Trust:
    return Trust("role", name)
