"""Which writes the actions of a policy statement mean, where each stands, and what it is called."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from recursion_lint.iam.actions import matches_action
from recursion_lint.model.facts import Statement
from recursion_lint.model.findings import Span
from recursion_lint.services.registry import by_name


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


def action_span(statement: Statement, service: str, action: str) -> Span:
    """The line of the action that allows a write, where actions stand one by one."""
    prefix = by_name()[service].prefix or service
    for pattern, span in zip(statement.actions, statement.spans, strict=False):
        if matches_action(pattern, prefix, action):
            return span
    return statement.span


_VERBS = {
    "sqs": "send to",
    "sns": "publish to",
    "lambda": "invoke",
    "events": "put events on",
    "states": "start",
    "iot": "publish to",
    "ses": "send what becomes",
    "kafka": "put records on",
    "cognito-idp": "change users of",
    "codecommit": "push to",
    "codepipeline": "start",
    "codebuild": "start",
    "glue": "start",
    "ecs": "run",
    "batch": "submit a job to",
    "kinesis": "put records on",
    "firehose": "put records on",
}


def verb(service: str, action: str) -> str:
    """What an action does to its channel, in words: ``send to``."""
    if service == "s3" and action.startswith("Delete"):
        return "delete from"
    return _VERBS.get(service, "write to")
