"""Which writes the actions of a policy statement mean, where each stands, and what it is called."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from recursion_lint.iam.actions import matches_action
from recursion_lint.services.registry import by_name, declared


@lru_cache(maxsize=4096)
def relevant_actions(
    actions: tuple[str, ...], not_actions: tuple[str, ...], services: tuple[str, ...]
) -> Mapping[str, frozenset[str]]:
    """Service → the writing actions that action patterns allow; nothing for a statement that only reads.

    Only ``services`` are looked at: each that is loads a module.
    """
    found: dict[str, frozenset[str]] = {}
    by_head: dict[str, list[str]] = {}
    for pattern in actions:
        by_head.setdefault(pattern.lower().partition(":")[0], []).append(pattern)
    wild = [pattern for head, patterns in by_head.items() if "*" in head for pattern in patterns]
    for name in services:
        service = by_name()[name]
        prefix = service.prefix or name
        near = [*by_head.get(prefix, ()), *wild]
        if not near and not not_actions:
            continue
        wanted = frozenset(
            action
            for action in service.writes
            if (any(matches_action(pattern, prefix, action) for pattern in near))
            or (not_actions and not any(matches_action(pattern, prefix, action) for pattern in not_actions))
        )
        if wanted:
            found[name] = wanted
    return found


def verb(service: str, action: str) -> str:
    """What an action does to its channel, in words: ``send to``."""
    known = declared(service)
    return "delete from" if known.keyed and action.startswith("Delete") else known.verb
