"""Action patterns of IAM statements against actions, and what actions are called.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
"""

from __future__ import annotations

import re
from functools import lru_cache

from recursion_lint.model.facts import Statement
from recursion_lint.model.spans import Span


def matches_action(pattern: str, service: str, action: str) -> bool:
    """Does an action pattern (``s3:Put*``, any case) cover ``action`` of the service with that IAM prefix?"""
    if pattern == "*":
        return True
    head, _, rest = pattern.lower().partition(":")
    if head != service and "*" not in head:
        return False
    if "*" not in pattern and "?" not in pattern:
        return rest == action.lower()
    if "*" not in head and "?" not in pattern and pattern.find("*") == len(pattern) - 1:
        return action.lower().startswith(rest[:-1])
    return _compiled(pattern.lower()).fullmatch(f"{service}:{action.lower()}") is not None


@lru_cache(maxsize=4096)
def allowed_of(
    actions: tuple[str, ...], not_actions: tuple[str, ...], service: str, wanted: tuple[str, ...]
) -> tuple[str, ...]:
    """Which of the ``wanted`` actions of a service a statement with these action patterns covers.

    Runs ask this of the same few lists for every channel.
    """
    if not_actions:
        return tuple(
            action
            for action in wanted
            if not any(matches_action(pattern, service, action) for pattern in not_actions)
        )
    near = [pattern for pattern in actions if may_be_of(pattern, service)]
    return tuple(
        action for action in wanted if any(matches_action(pattern, service, action) for pattern in near)
    )


def may_be_of(pattern: str, service: str) -> bool:
    """Can an action pattern cover any action of the service with that IAM prefix?"""
    head = pattern.partition(":")[0].lower()
    return head == service or "*" in head


def action_span(statement: Statement, service: str, action: str) -> Span:
    """Where the action that allows ``action`` stands, where the actions of a statement stand one by one."""
    for pattern, span in zip(statement.actions, statement.spans, strict=False):
        if matches_action(pattern, service, action):
            return span
    return statement.span


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    # Its expressions do not backtrack from one star into another, which "*a*a*a" would make endless.
    from fnmatch import translate

    return re.compile(translate(pattern.replace("[", "[[]")))
