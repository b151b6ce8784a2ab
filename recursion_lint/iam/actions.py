"""Action patterns of IAM statements against actions, and what actions are called.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
"""

from __future__ import annotations

import re
from functools import lru_cache

from recursion_lint.model.facts import Statement
from recursion_lint.model.findings import Span


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
