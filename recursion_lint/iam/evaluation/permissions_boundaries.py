"""Permissions boundaries: what a role may do at most, whatever its policies grant.

An action is allowed only if a statement of the boundary allows it too. Grants of a resource policy to the role are
limited in the same way; those to its sessions, or to everybody, are not. A statement with a condition, or with
resources that cannot be told, is taken to allow what it may allow.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
"""

from functools import lru_cache

from recursion_lint.iam.actions import matches_action
from recursion_lint.model.arns import split_arn
from recursion_lint.model.facts import Allowed, Statement
from recursion_lint.model.path_conditions import ALWAYS, Requires
from recursion_lint.model.spans import Span
from recursion_lint.model.text import ANY, Text
from recursion_lint.services.registry import by_name

_NOWHERE = Span("", 1, 1, 1, 1)


@lru_cache(maxsize=1024)
def beyond(within: tuple[Allowed, ...], service: str) -> tuple[tuple[Statement, Requires], ...]:
    """What a boundary leaves out of the writes on a service, as denials: of all, or of all but some resources."""
    prefix = by_name()[service].prefix or service
    found: dict[tuple[Text, ...], list[str]] = {}
    for action in by_name()[service].writes:
        resources = _allowed_on(within, service, prefix, action)
        if resources is not None:
            found.setdefault(resources, []).append(f"{prefix}:{action}")
    return tuple((_denial(tuple(actions), resources), ALWAYS) for resources, actions in found.items())


def allows_call(within: tuple[Allowed, ...], prefix: str, action: str | None) -> bool:
    """May a boundary allow an API call; any of the service, where no ``action`` is named?"""
    if action is None:
        return any(_allows_some(one, prefix) for one in within)
    return any(_allows(one, prefix, action) for one in within)


def _allowed_on(
    within: tuple[Allowed, ...], service: str, prefix: str, action: str
) -> tuple[Text, ...] | None:
    """The resources on which an action is allowed; ``None`` for all."""
    found: dict[Text, None] = {}
    for one in within:
        if not _allows(one, prefix, action):
            continue
        if not one.resources:
            return None
        for pattern in one.resources:
            arn = split_arn(pattern)
            if arn is None:
                return None
            if len(arn.service) == 1 and isinstance(arn.service[0], str) and arn.service[0] != service:
                continue
            if arn.resource == (ANY,):
                return None
            found[pattern] = None
    return tuple(found)


def _allows(one: Allowed, prefix: str, action: str) -> bool:
    if one.not_actions:
        return not any(matches_action(pattern, prefix, action) for pattern in one.not_actions)
    return any(_untold(pattern) or matches_action(pattern, prefix, action) for pattern in one.actions)


def _allows_some(one: Allowed, prefix: str) -> bool:
    """May a statement allow any action of a service at all?"""
    heads = (pattern.lower().partition(":")[0] for pattern in one.actions)
    return bool(one.not_actions) or any(
        head == prefix or "*" in head or "?" in head or _untold(head) for head in heads
    )


def _untold(action: str) -> bool:
    """Is a part of an action a parameter's value?"""
    return "${" in action


def _denial(actions: tuple[str, ...], spared: tuple[Text, ...]) -> Statement:
    everything = () if spared else (((ANY,), ALWAYS),)
    return Statement((), "Deny", actions, (), everything, spared, {}, _NOWHERE, "")
