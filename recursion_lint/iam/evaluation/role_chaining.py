"""Roles that an actor has besides its own: those that it may assume, and those that it may pass to a service.

To assume a role of the same account, either the role trusts the account and the caller is allowed ``sts:AssumeRole``,
or the role trusts the caller by name. Nobody assumes a role that trusts only services.
https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from recursion_lint.iam.evaluation.passed_roles import delivered, passed
from recursion_lint.iam.evaluation.reachable_roles import Declared, Way, allows, both, denied, meant
from recursion_lint.model.facts import Role, Statement, Through
from recursion_lint.model.path_conditions import Requires
from recursion_lint.model.text import ANY, Text

MAX_CHAIN = 3
"""No more roles are assumed one by another."""

Held = tuple[Statement, Requires]
"""A statement, and what must hold for the actor to have it."""


def lent(
    own: Iterable[tuple[Text, Requires]],
    statements_on: Callable[[Text], tuple[Statement, ...]],
    roles: Declared,
    stack: str,
) -> Iterator[Held]:
    """The statements of other roles that serve an actor with its ``own`` roles, of the outermost stack ``stack``.

    ``statements_on`` gives those on a role by its name.
    """
    queue = [(name, Way("", requires, {}, False), 0) for name, requires in own]
    seen: dict[Text, list[Way]] = {name: [way] for name, way, _ in queue}
    for name, so_far, depth in queue:
        statements = statements_on(name)
        for role, way in _surest_first(_ways(name, statements, roles, stack)):
            whole = _joined(so_far, way)
            if any(not known.passed and _no_worse(known, whole) for known in seen.get(role.name, ())):
                continue
            yield from _served(statements_on(role.name), whole, role.id)
            if not whole.passed:
                seen.setdefault(role.name, []).append(whole)
                if depth + 1 < MAX_CHAIN:
                    queue.append((role.name, whole, depth + 1))


def _surest_first(ways: Iterable[tuple[Role, Way]]) -> list[tuple[Role, Way]]:
    """Of several ways to one role, those that do not need all that a surer one needs."""
    kept: list[tuple[Role, Way]] = []
    for role, way in sorted(ways, key=lambda found: (found[1].broad, bool(found[1].condition))):
        if not any(
            role.name == other.name and way.passed == known.passed and _no_worse(known, way)
            for other, known in kept
        ):
            kept.append((role, way))
    return kept


def _no_worse(known: Way, way: Way) -> bool:
    return (
        known.requires <= way.requires
        and known.broad <= way.broad
        and not (known.condition and not way.condition)
    )


def _joined(first: Way, second: Way) -> Way:
    words = f"{first.words} and {second.words}" if first.words else second.words
    condition = both(first.condition, second.condition)
    return Way(
        words,
        first.requires | second.requires,
        condition,
        first.broad or second.broad,
        second.passed,
        second.writes,
    )


def _served(statements: Iterable[Statement], way: Way, holder: str) -> Iterator[Held]:
    """The statements of a role as they serve whoever comes by it: all of them, or what a job delivers by it."""
    through = Through(way.words, holder, way.broad, way.passed)
    for statement in statements:
        needed = way.requires | statement.requires
        if statement.effect == "Deny":
            yield statement, needed
            continue
        found = delivered(statement, way.writes) if way.passed else statement
        if found is not None:
            yield found._replace(through=through, condition=both(found.condition, way.condition)), needed


def _ways(name: Text, own: Sequence[Statement], roles: Declared, stack: str) -> Iterator[tuple[Role, Way]]:
    for role in roles.trusting.get(name, ()):
        for trust in role.trusts:
            if trust.kind == "role" and trust.name == name and not denied(own, "sts", "AssumeRole", role):
                words = f"by assuming {role.id}"
                yield role, Way(words, trust.requires, trust.condition, not trust.sure)
    for statement in own:
        if statement.effect == "Allow" and not _everything(statement):
            if allows(statement.actions, statement.not_actions, "sts", "AssumeRole"):
                yield from _assumed(statement, own, roles, stack)
            if allows(statement.actions, statement.not_actions, "iam", "PassRole"):
                yield from passed(statement, own, roles, stack)


def _everything(statement: Statement) -> bool:
    """Is everything allowed? Then nothing is gained by another role."""
    return "*" in statement.actions and any(pattern == (ANY,) for pattern, _ in statement.resources)


def _assumed(
    statement: Statement, own: Sequence[Statement], roles: Declared, stack: str
) -> Iterator[tuple[Role, Way]]:
    for role, needed, broad in meant(statement, roles, stack):
        for trust in role.trusts:
            if trust.kind == "account" and not denied(own, "sts", "AssumeRole", role):
                yield (
                    role,
                    Way(
                        f"by assuming {role.id}",
                        statement.requires | needed | trust.requires,
                        both(statement.condition, trust.condition),
                        broad or not trust.sure,
                    ),
                )
