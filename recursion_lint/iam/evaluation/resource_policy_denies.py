"""Denials of resource policies → those that certainly hold for a role, and what of its events they leave.

For a role ``aws:PrincipalArn`` is the ARN of the role, whatever the session is called.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
A denial that may not hold takes nothing away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from recursion_lint.iam.evaluation.conditions import Known, decided, has_variable
from recursion_lint.iam.evaluation.request_context import of_actor, of_role
from recursion_lint.iam.policies.trust import ANYBODY
from recursion_lint.model.arns import split_arn
from recursion_lint.model.facts import Endpoint, Refusal, Role, Statement, Trust
from recursion_lint.model.path_conditions import Requires
from recursion_lint.model.text import ANY, Symbol, Text, glob, has_wildcard, literal, split_text, text
from recursion_lint.patterns.keys import covers, decide
from recursion_lint.template.resource_types import ACCOUNT, REGION

_POSITIVE = frozenset({"ArnEquals", "ArnLike", "StringEquals", "StringLike"})
_NEGATIVE = frozenset({"ArnNotEquals", "ArnNotLike", "StringNotEquals", "StringNotLike"})
_Condition = Mapping[str, Mapping[str, tuple[Text, ...]]]


class Caller(NamedTuple):
    """Who writes: by the name of a role, as it is declared if it is, and whether in the stack of the policy.

    ``actor`` is whose code it is, where it writes by a role of its own.
    """

    role: Text
    declared: tuple[Role, ...]
    near: bool
    actor: Endpoint | None


class Refusals:
    """The denials of a run's resource policies, each with the outermost stack that it belongs to."""

    def __init__(self, found: Iterable[tuple[Refusal, str]], roles: Iterable[tuple[Role, str]]) -> None:
        self._by_channel: dict[Endpoint, list[tuple[Refusal, Requires, str]]] = {}
        for refusal, stack in found:
            for channel, needed in refusal.channels:
                self._by_channel.setdefault(channel, []).append((refusal, needed, stack))
        self._roles: dict[Text, tuple[Role, ...]] = {}
        for role, _ in roles:
            self._roles[role.name] = (*self._roles.get(role.name, ()), role)

    def of(
        self, channel: Endpoint, role: Text, stack: str, actor: Endpoint | None
    ) -> list[tuple[Statement, Requires]]:
        """The denials on ``channel`` that certainly hold for a role of ``stack``, and what each needs.

        ``actor`` is who writes by the role, where it is its own.

        What is left of their conditions is about the events that they deny.
        """
        found: list[tuple[Statement, Requires]] = []
        for refusal, needed, where in self._by_channel.get(channel, ()):
            caller = Caller(role, self._roles.get(role, ()), stack == where, actor)
            if any(_is_meant(trust, caller) for trust in refusal.to) and not any(
                _may_be(trust, caller) for trust in refusal.but
            ):
                condition = _left(refusal.statement.condition, caller)
                if condition is not None:
                    statement = refusal.statement._replace(role=role, condition=condition)
                    found.append((statement, needed | statement.requires))
        return found


def _is_meant(principal: Trust, caller: Caller) -> bool:
    """Is a caller certainly among those that a principal stands for?"""
    if principal.kind == "role":
        known = all(role.path != (ANY,) for role in caller.declared)
        return principal.sure and principal.name == caller.role and known
    return principal.name == ANYBODY or (principal.name == (ACCOUNT,) and caller.near)


def _may_be(principal: Trust, caller: Caller) -> bool:
    """May a caller be a principal that a denial leaves out? An account stands for its root user, which no role is."""
    if principal.kind == "account":
        return not principal.sure or principal.name == ANYBODY
    return decide([principal.name, caller.role]).verdict != "disjoint"


def _left(condition: _Condition, caller: Caller) -> _Condition | None:
    """What of a condition is not about the caller; ``None`` where the caller may not be meant."""
    left: dict[str, Mapping[str, tuple[Text, ...]]] = {}
    for operator, keys in condition.items():
        for key, values in keys.items():
            name = key.lower()
            if name.startswith("events:"):
                if left:
                    return None  # of a source and a type together neither is denied by itself
                left[operator] = {name: values}
            elif name == "aws:principalarn":
                if not _holds(operator.removesuffix("IfExists"), values, caller):
                    return None
            elif decided(operator, name, values, lambda asked: _carried(asked, caller)) is not True:
                return None
    return left


def _carried(key: str, caller: Caller) -> Known | None:
    known = of_role(key, caller.role, caller.declared)
    return of_actor(caller.actor, key) if known is None else known


def _holds(operator: str, values: tuple[Text, ...], caller: Caller) -> bool:
    if any(has_variable(value) for value in values) or not values:
        return False
    if operator in _POSITIVE:
        exact = operator == "StringEquals"
        whole = [
            value for value in values if operator.startswith("String") or len(split_text(value, ":", 5)) == 6
        ]
        return any(_certainly_is(value if exact else glob(value), caller) for value in whole)
    return operator in _NEGATIVE and all(_certainly_is_not(glob(value), caller) for value in values)


def _forms(role: Role) -> tuple[Text, ...]:
    """How the resource of a role's ARN may read: ``GetAtt`` gives the path, but is read here without it."""
    plain = text(["role/", *role.name])
    return (plain,) if role.path == ("/",) else (plain, text(["role", *role.path, *role.name]))


def _certainly_is(value: Text, caller: Caller) -> bool:
    arn = split_arn(value)
    if arn is None:
        return value == caller.role and not has_wildcard(value)
    here = arn.account == (ANY,) or (arn.account == (ACCOUNT,) and caller.near)
    if arn.service not in (("iam",), (ANY,)) or arn.region not in ((), (ANY,), (REGION,)) or not here:
        return False
    return bool(caller.declared) and all(
        covers([arn.resource], form) for role in caller.declared for form in _forms(role)
    )


def _certainly_is_not(value: Text, caller: Caller) -> bool:
    arn = split_arn(value)
    if arn is None:
        return literal(value) is not None
    if arn.service != ("iam",) or not caller.declared or any(role.path == (ANY,) for role in caller.declared):
        return False
    return all(
        decide([arn.resource, form]).verdict == "disjoint" or _named_otherwise(arn.resource, role)
        for role in caller.declared
        for form in _forms(role)
    )


def _named_otherwise(resource: Text, role: Role) -> bool:
    """Does a name end otherwise than a generated one: ``STACK-LOGICALID-RANDOM``, the last two without hyphens?

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html
    """
    generated = len(role.name) == 3 and isinstance(role.name[2], Symbol) and role.name[2].kind == "random"
    tail = resource[-1] if resource else ""
    pieces = tail.split("-") if isinstance(tail, str) else []
    if not generated or len(pieces) < 3:
        return False
    return not role.id.startswith(pieces[-2])  # a long logical id is cut short
