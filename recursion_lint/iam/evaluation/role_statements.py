"""The statements on each role, as far as what the templates show of the role decides them.

Policy variables are filled in. A statement whose condition cannot hold for the role is none of it; what surely holds is
no condition any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from recursion_lint.iam.evaluation.conditions import left_of
from recursion_lint.iam.evaluation.policy_variables import filled
from recursion_lint.iam.evaluation.request_context import of_role
from recursion_lint.model.facts import Role, Statement
from recursion_lint.model.text import Text


class RoleStatements:
    """``by_role`` are the statements as they were read; each role's are looked at when they are asked for."""

    def __init__(self, by_role: Mapping[object, tuple[Statement, ...]], roles: Iterable[Role]) -> None:
        self._by_role = by_role
        self._roles: dict[Text, tuple[Role, ...]] = {}
        for role in roles:
            self._roles[role.name] = (*self._roles.get(role.name, ()), role)
        self._known: dict[Text, tuple[Statement, ...]] = {}

    def of(self, role: Text) -> tuple[Statement, ...]:
        """The statements on a role."""
        known = self._known.get(role)
        if known is None:
            known = self._known[role] = tuple(self._decided(role))
        return known

    def _decided(self, role: Text) -> Iterator[Statement]:
        declared = self._roles.get(role, ())
        for statement in self._by_role.get(role, ()):
            left = left_of(statement.condition, lambda key: of_role(key, role, declared))
            if left is not None:
                yield filled(statement, declared)._replace(condition=left)
