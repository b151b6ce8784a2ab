"""Managed policies and the roles that have them, or are bounded by them, over a whole run → statements on roles.

A policy is known by its name: in an account there is one of a name, whatever its path.
https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from recursion_lint.iam.evaluation.policy_variables import anything
from recursion_lint.model.facts import Allowed, Attachment, Boundary, Facts, Policy, Statement
from recursion_lint.model.path_conditions import Requires
from recursion_lint.model.spans import Note
from recursion_lint.model.text import ANY, Text, render


def with_policies(facts: tuple[Facts, ...]) -> tuple[Facts, ...]:
    """The facts with the statements of managed policies on the roles that have them, and notes of unknown policies."""
    attached, bounded = any(one.attachments for one in facts), any(one.boundaries for one in facts)
    if not attached and not bounded:
        return facts
    known = _Policies(facts)
    if attached:
        facts = tuple(_attached(found, known) for found in facts)
    return tuple(_bounded(facts, known)) if bounded else facts


class _Policies:
    """The policies of a run by name; those of the same outermost stack come before namesakes elsewhere."""

    def __init__(self, facts: tuple[Facts, ...]) -> None:
        self._near: dict[tuple[str, Text], list[Policy]] = {}
        self._far: dict[Text, list[Policy]] = {}
        self._open: dict[str, list[Statement]] = {}
        for found in facts:
            for policy in found.policies:
                if policy.name == (ANY,):
                    self._open.setdefault(found.root, []).extend(policy.statements)
                    continue
                for namesakes in (
                    self._near.setdefault((found.root, policy.name), []),
                    self._far.setdefault(policy.name, []),
                ):
                    if policy not in namesakes:
                        namesakes.append(policy)

    def open_to_all(self, root: str) -> tuple[Statement, ...]:
        """What resource policies of a stack allow to everybody, whatever limits a role."""
        return tuple(self._open.get(root, ()))

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


class _Limit(NamedTuple):
    """What the boundary of a role allows, where ``requires`` holds."""

    within: tuple[Allowed, ...]
    requires: Requires


def _bounded(facts: tuple[Facts, ...], known: _Policies) -> Iterator[Facts]:
    """The facts with what the boundaries of roles deny, and with the limits of what the roles are granted."""
    choices: dict[tuple[str, Text], list[tuple[Boundary, Policy | None]]] = {}
    for found in facts:
        for one in found.boundaries:
            choices.setdefault((found.root, one.role), []).append((one, _meant(one, known, found.root)))
    limits = {place: _limit(chosen, known.open_to_all(place[0])) for place, chosen in choices.items()}
    for found in facts:
        denied = (
            denial._replace(role=one.role, requires=denial.requires | one.requires)
            for one in found.boundaries
            for policy in (_meant(one, known, found.root),)
            for denial in (policy.statements if policy is not None else ())
            if denial.effect == "Deny"
        )
        statements = (_limited(one, limits.get((found.root, one.role))) for one in found.statements)
        yield found._replace(statements=(*statements, *denied))


def _meant(boundary: Boundary, known: _Policies, root: str) -> Policy | None:
    """The policy that a boundary is; ``None`` where that cannot be told for sure."""
    if boundary.statements is not None:
        return Policy(boundary.policy, boundary.statements)
    found = known.named(boundary.policy, root)
    return found[0] if len(found) == 1 else None


def _limit(chosen: list[tuple[Boundary, Policy | None]], open_to_all: tuple[Statement, ...]) -> _Limit | None:
    """What any of the policies allows that a boundary may be; ``None`` where one of them is not known."""
    if any(policy is None or not policy.complete for _, policy in chosen):
        return None
    stated = (one for _, policy in chosen if policy is not None for one in policy.statements)
    within = tuple(
        Allowed(one.actions, one.not_actions, tuple(anything(pattern) for pattern, _ in one.resources))
        for one in (*stated, *open_to_all)
        if one.effect == "Allow"
    )
    return _Limit(within, frozenset.intersection(*(boundary.requires for boundary, _ in chosen)))


def _limited(statement: Statement, limit: _Limit | None) -> Statement:
    """A statement with the boundary of its role, where the role has it whenever the statement holds."""
    if limit is None or statement.effect != "Allow" or not limit.requires <= statement.requires:
        return statement
    return statement._replace(within=limit.within)
