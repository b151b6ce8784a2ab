"""The statements that an actor holds: those on its own roles, and those of roles that it may use besides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from recursion_lint.iam.actions import matches_action
from recursion_lint.iam.evaluation.conditions import left_of
from recursion_lint.iam.evaluation.request_context import of_actor
from recursion_lint.iam.evaluation.role_statements import RoleStatements
from recursion_lint.model.facts import Actor, Endpoint, Role, Statement
from recursion_lint.model.path_conditions import Requires
from recursion_lint.model.text import Text

if TYPE_CHECKING:
    from recursion_lint.iam.evaluation.reachable_roles import Declared

Holding = tuple[Statement, Requires]
"""A statement, and what must hold for the actor to have it."""


class Held:
    """What each actor holds. ``roles`` are those that templates declare, each with its outermost stack; ``unseen`` is
    what roles of elsewhere may allow."""

    def __init__(
        self,
        by_role: Mapping[object, tuple[Statement, ...]],
        actors: Mapping[Endpoint, Actor],
        roles: Sequence[tuple[Role, str]],
        families: Mapping[Endpoint, frozenset[str]],
        unseen: Mapping[Endpoint, tuple[Holding, ...]] = MappingProxyType({}),
    ) -> None:
        self._unseen = unseen
        self._on_roles = RoleStatements(by_role, (role for role, _ in roles))
        self._actors = actors
        self._roles = roles
        self._families = families
        self._trusted = {trust.name for role, _ in roles for trust in role.trusts if trust.kind == "role"}
        self._declared: Declared | None = None
        self._borrowing: dict[Text, bool] = {}
        self._lent: dict[Endpoint, tuple[Holding, ...]] = {}

    def statements(self, endpoint: Endpoint) -> Iterator[Holding]:
        """The statements of an actor, and what each needs to hold."""
        actor = self._actors.get(endpoint)
        if actor is None:
            return
        for role, requires in actor.roles:
            for statement in self._on_roles.of(role):
                left = statement.condition and left_of(statement.condition, partial(of_actor, endpoint))
                if left is not None:
                    own = statement if left == statement.condition else statement._replace(condition=left)
                    yield own, requires | statement.requires
        known = self._lent.get(endpoint)
        if known is None:
            known = self._lent[endpoint] = tuple(self._lent_to(actor))
        yield from known
        yield from self._unseen.get(endpoint, ())

    def root_of(self, endpoint: Endpoint) -> str:
        """The outermost stack of an actor (the first, where templates of one run use a name twice)."""
        return min(self._families.get(endpoint, ("",)))

    def _lent_to(self, actor: Actor) -> Iterator[Holding]:
        if not self._roles or not any(self._borrows(role) for role, _ in actor.roles):
            return
        from recursion_lint.iam.evaluation.reachable_roles import declared
        from recursion_lint.iam.evaluation.role_chaining import lent

        if self._declared is None:
            self._declared = declared(self._roles)
        yield from lent(actor.roles, self._on_roles.of, self._declared, self.root_of(actor.endpoint))

    def _borrows(self, role: Text) -> bool:
        """May whoever has a role come by others?"""
        known = self._borrowing.get(role)
        if known is None:
            known = self._borrowing[role] = role in self._trusted or any(
                statement.effect == "Allow" and _hands_on(statement) for statement in self._on_roles.of(role)
            )
        return known


def _hands_on(statement: Statement) -> bool:
    """May a statement allow to assume or to pass roles?"""
    if statement.not_actions:
        return True
    return any(
        matches_action(pattern, "sts", "AssumeRole") or matches_action(pattern, "iam", "PassRole")
        for pattern in statement.actions
        if pattern[:3].lower() in ("sts", "iam") or "*" in pattern.partition(":")[0]
    )
