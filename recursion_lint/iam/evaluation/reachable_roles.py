"""The declared roles that a statement is about, and the ways by which an actor comes by them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from recursion_lint.iam.actions import matches_action
from recursion_lint.model.arns import set_apart, split_arn
from recursion_lint.model.facts import Role, Statement
from recursion_lint.model.path_conditions import Requires
from recursion_lint.model.text import ANY, Text, has_wildcard, text
from recursion_lint.patterns.keys import covers, decide
from recursion_lint.services.naming import endpoint_of

Condition = Mapping[str, Mapping[str, tuple[Text, ...]]]


class Declared(NamedTuple):
    """The roles of a run: by name, by the outermost stack that they belong to, and by the roles that they trust."""

    by_name: Mapping[Text, Sequence[Role]]
    by_stack: Mapping[str, Sequence[Role]]
    trusting: Mapping[Text, Sequence[Role]]


class Way(NamedTuple):
    """How an actor comes by a role: in words, under which conditions, and whether by name."""

    words: str
    requires: Requires
    condition: Condition
    broad: bool
    passed: bool = False
    writes: tuple[str, ...] = ()


def declared(roles: Iterable[tuple[Role, str]]) -> Declared:
    """The roles of a run, each with the outermost stack that it belongs to."""
    by_name: dict[Text, list[Role]] = {}
    by_stack: dict[str, list[Role]] = {}
    trusting: dict[Text, list[Role]] = {}
    for role, stack in roles:
        by_name.setdefault(role.name, []).append(role)
        by_stack.setdefault(stack, []).append(role)
        for name in dict.fromkeys(trust.name for trust in role.trusts if trust.kind == "role"):
            trusting.setdefault(name, []).append(role)
    return Declared(by_name, by_stack, trusting)


def both(first: Condition, second: Condition) -> Condition:
    """Two conditions as one."""
    if not first or not second:
        return first or second
    found = {operator: dict(keys) for operator, keys in first.items()}
    for operator, keys in second.items():
        found.setdefault(operator, {}).update(keys)
    return found


def meant(statement: Statement, roles: Declared, stack: str) -> Iterator[tuple[Role, Requires, bool]]:
    """The roles that a statement is about, what each needs, and whether it is not named."""
    for pattern, needed in statement.resources:
        for role, broad in _reached(pattern, roles, stack):
            yield role, needed, broad
    if statement.not_resources and not statement.resources:
        for role in roles.by_stack.get(stack, ()):
            if not any(_covered(pattern, role) for pattern in statement.not_resources):
                yield role, frozenset(), True


def _reached(pattern: Text, roles: Declared, stack: str) -> Iterator[tuple[Role, bool]]:
    arn = split_arn(pattern)
    if arn is not None and arn.service not in (("iam",), (ANY,)):
        return
    near = roles.by_stack.get(stack, ())
    if arn is None or not has_wildcard(arn.resource):
        anywhere = arn is not None and has_wildcard(arn.account)
        for role in roles.by_name.get(endpoint_of(pattern, "iam").name, ()):
            yield role, bool(set_apart(pattern)) or (anywhere and role not in near)
        return
    for role in near:
        if decide([arn.resource, _resource(role)]).verdict != "disjoint":
            yield role, True


def _resource(role: Role) -> Text:
    return text(["role", *role.path, *role.name])


def _covered(pattern: Text, role: Role) -> bool:
    arn = split_arn(pattern)
    return arn is not None and arn.service in (("iam",), (ANY,)) and covers([arn.resource], _resource(role))


def denied(own: Iterable[Statement], service: str, action: str, role: Role) -> bool:
    """Is an action on a role certainly denied?"""
    return any(
        statement.effect == "Deny"
        and not statement.condition
        and not statement.requires
        and allows(statement.actions, statement.not_actions, service, action)
        and any(not needed and _covered(pattern, role) for pattern, needed in statement.resources)
        for statement in own
    )


def allows(actions: Iterable[str], not_actions: Sequence[str], service: str, action: str) -> bool:
    """Is an action among those that a statement is about?"""
    if not_actions:
        return not any(matches_action(pattern, service, action) for pattern in not_actions)
    return any(matches_action(pattern, service, action) for pattern in actions)
