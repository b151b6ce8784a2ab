"""Managed policies and the roles that have them, over all templates of a run → statements on roles.

A policy is known by its name: in an account there is one of a name, whatever its path.
https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html
"""

from collections.abc import Iterable

from recursion_lint.facts import Attachment, Facts, Policy, Statement
from recursion_lint.findings import Note
from recursion_lint.values import Text, render


def with_policies(facts: tuple[Facts, ...]) -> tuple[Facts, ...]:
    """The facts with the statements of managed policies on the roles that have them, and notes of unknown policies."""
    if not any(found.attachments for found in facts):
        return facts
    known = _Policies(facts)
    return tuple(_attached(found, known) for found in facts)


class _Policies:
    """The policies of a run by name; those of the same outermost stack come before namesakes elsewhere."""

    def __init__(self, facts: tuple[Facts, ...]) -> None:
        self._near: dict[tuple[str, Text], list[Policy]] = {}
        self._far: dict[Text, list[Policy]] = {}
        for found in facts:
            for policy in found.policies:
                for namesakes in (
                    self._near.setdefault((found.root, policy.name), []),
                    self._far.setdefault(policy.name, []),
                ):
                    if policy not in namesakes:
                        namesakes.append(policy)

    def named(self, name: Text, root: str) -> list[Policy]:
        """The policies that a name may mean to a stack."""
        return self._near.get((root, name)) or self._far.get(name, [])


def _attached(found: Facts, known: _Policies) -> Facts:
    if not found.attachments:
        return found
    statements: list[Statement] = []
    notes: list[Note] = []
    for attachment in _once(found.attachments):
        policies = known.named(attachment.policy, found.root)
        if not policies:
            given = render(attachment.given)
            words = f"the managed policy {given} is not known; what it grants was not seen"
            notes.append(Note(attachment.span, words))
        statements += (
            one._replace(role=attachment.role, requires=one.requires | attachment.requires)
            for policy in policies
            for one in policy.statements
        )
    return found._replace(statements=(*found.statements, *statements), notes=(*found.notes, *notes))


def _once(attachments: Iterable[Attachment]) -> list[Attachment]:
    """The attachments without those that say no more than another: role and policy may name each other."""
    found: list[Attachment] = []
    for one in attachments:
        if not any(_says(other, one) for other in found):
            found = [*(other for other in found if not _says(one, other)), one]
    return found


def _says(one: Attachment, other: Attachment) -> bool:
    same = (one.role, one.policy) == (other.role, other.policy)
    return same and bool(one.policy) and one.requires <= other.requires
