"""Denials in resource policies → ``Refusal`` facts: what a queue, a topic, a bucket or a bus refuses, and to whom.

An explicit denial wins over every grant, so only what is certain is read: a statement whose principals, actions and
conditions stand there plainly, and whose conditions are about the caller's role or about the events themselves.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.iam.policies.statements import grant
from recursion_lint.iam.policies.trust import ANYBODY, account_or_role
from recursion_lint.model.arns import split_arn
from recursion_lint.model.facts import Endpoint, Refusal, Statement, Trust
from recursion_lint.model.path_conditions import Requires
from recursion_lint.model.text import Text, strip_prefix, undecided
from recursion_lint.services.reading import Reading
from recursion_lint.template.resource_types import ACCOUNT
from recursion_lint.template.yaml.nodes import Node

DECIDED = frozenset({"aws:principalarn", "events:source", "events:detail-type", "lambda:sourcefunctionarn"})
"""Condition keys that can be decided for a role and its function, or for what it puts. So can the tags of a role."""


def refusals(
    reading: Reading,
    node: Node,
    channels: tuple[tuple[Endpoint, Requires], ...],
    label: str,
    requires: Requires,
) -> Iterator[Refusal]:
    """What a statement that denies refuses on ``channels``; nothing where something about it is uncertain."""
    spared = _spared(reading, node.get("NotPrincipal"))
    to = _principals(reading, node.get("Principal")) if spared is None else (Trust("account", ANYBODY),)
    if to is None or not channels or not _decided(reading, node.get("Condition")):
        return
    named = ("Action", "NotAction", "NotResource")
    if any(_plain(reading, node.get(key)) is None for key in named if node.get(key) is not None):
        return
    for statement in grant(reading, node, (), label, requires):
        if isinstance(statement, Statement):
            yield Refusal(statement, channels, to, spared or ())


def _plain(reading: Reading, node: Node | None) -> list[Text] | None:
    """The values of a list, or of the one that stands for it; ``None`` where one of them cannot be told."""
    found = reading.strings(node)
    return found if all(found) and not undecided(*found) else None


def _principals(reading: Reading, node: Node | None) -> tuple[Trust, ...] | None:
    """The accounts and roles that are refused; ``None`` where that cannot be told, or where there are none."""
    if node is None:
        return None
    if node.text == "*":
        return (Trust("account", ANYBODY),)
    if node.kind != "map" or node.intrinsic is not None:
        return None
    found = [value for value in _plain(reading, node.get("AWS")) or () if _of_this_account(value)]
    return tuple(map(account_or_role, found)) or None


def _spared(reading: Reading, node: Node | None) -> tuple[Trust, ...] | None:
    """Whom ``NotPrincipal`` leaves out of a denial; ``None`` where there is none, or it cannot be told.

    An account that is left out is nobody but its root user; services are no roles.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
    """
    if node is None or node.kind != "map" or node.intrinsic is not None:
        return None
    named = _plain(reading, node.get("AWS"))
    return None if named is None else tuple(map(account_or_role, named))


def _of_this_account(principal: Text) -> bool:
    """Is a principal everybody, the stack's own account, or a role of it? A session is no role."""
    arn = split_arn(principal)
    if arn is None:
        return True
    return arn.account == (ACCOUNT,) and strip_prefix(arn.resource, "assumed-role/") is None


def _decided(reading: Reading, node: Node | None) -> bool:
    """Is a condition written out, with nothing in it but keys that can be decided?"""
    if node is None:
        return True
    if node.kind != "map" or node.intrinsic is not None or not node.items():
        return False
    for _, keys in node.items():
        if keys.kind != "map" or keys.intrinsic is not None or not keys.items():
            return False
        for key, values in keys.items():
            known = key.lower() in DECIDED or key.lower().startswith("aws:principaltag/")
            if not known or not _plain(reading, values):
                return False
    return True
