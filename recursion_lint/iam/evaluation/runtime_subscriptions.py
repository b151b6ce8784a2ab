"""Functions that may subscribe log groups while they run: where that leads, and which groups they had better leave out.

No template shows such a subscription. The groups of the pipeline that it feeds make it a loop.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Subscriptions-recursion-prevention.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from recursion_lint.iam.actions import matches_action
from recursion_lint.iam.evaluation.effective_permissions import Grants
from recursion_lint.model.arns import split_arn
from recursion_lint.model.facts import Actor, Declared, Endpoint, Mention, Statement, Trigger
from recursion_lint.model.spans import Note, Span
from recursion_lint.model.text import ANY, Text, has_wildcard, render, text
from recursion_lint.patterns.keys import verdict
from recursion_lint.services.naming import endpoint_of

MAX_REACHED = 100
_CALLS = ("PutSubscriptionFilter", "PutAccountPolicy")
"""A policy of the account subscribes all of its groups at once."""
_DESTINATIONS = ("firehose", "kinesis", "lambda", "logs")


def subscribers(
    actors: Mapping[Endpoint, Actor],
    grants: Grants,
    mentions: Mapping[Endpoint, Sequence[Mention]],
    triggers: Sequence[Trigger],
    declared: Mapping[Endpoint, Declared],
) -> Iterator[Note]:
    """A note for each function that may put subscription filters on log groups that it does not name."""
    for endpoint, actor in actors.items():
        if actor.defined or endpoint.service not in ("lambda", "ecs", "batch", "codebuild"):
            continue
        for statement, _ in grants.statements(endpoint):
            found_at = _puts_filters(statement)
            if found_at is None:
                continue
            span, call = found_at
            given = (
                endpoint_of(one.value, "?") for one in mentions.get(endpoint, ()) if split_arn(one.value)
            )
            found = [one for one in dict.fromkeys(given) if one.service in _DESTINATIONS]
            groups = _own_groups(endpoint, found, triggers)
            met = [group for group in groups if _meets(statement, group)]
            if met or not groups:
                yield Note(span, _told(endpoint, call, found, met, declared))
                break


def _puts_filters(statement: Statement) -> tuple[Span, str] | None:
    """Where a statement allows it on groups that it does not name, and the call; all of AWS to all says nothing."""
    if statement.effect != "Allow" or statement.managed:
        return None
    if statement.resources and not any(_open(pattern) for pattern, _ in statement.resources):
        return None
    spans = dict(zip(statement.actions, statement.spans, strict=False))
    for action in statement.actions:
        for call in _CALLS if action != "*" else ():
            if matches_action(action, "logs", call):
                return spans.get(action, statement.span), call
    return None


def _open(pattern: Text) -> bool:
    return pattern == (ANY,) or has_wildcard(endpoint_of(pattern, "logs").name)


def _own_groups(actor: Endpoint, found: list[Endpoint], triggers: Sequence[Trigger]) -> list[Text]:
    """The log groups of the functions that the destinations lead to, and of the actor itself."""
    functions = [one for one in (*_pipeline(found, triggers), actor) if one.service == "lambda"]
    return [text(["/aws/lambda/", *one.name]) for one in dict.fromkeys(functions)]


def _meets(statement: Statement, group: Text) -> bool:
    """May a statement be about ``group``?"""
    named = [endpoint_of(pattern, "logs").name for pattern, _ in statement.resources if pattern != (ANY,)]
    if len(named) < len(statement.resources) or not named:
        return True
    return any(verdict([name, group]) != "disjoint" for name in named)


def _told(
    actor: Endpoint, call: str, found: list[Endpoint], met: list[Text], declared: Mapping[Endpoint, Declared]
) -> str:
    groups = [render(group) for group in met]
    where = ", ".join(_label(one, declared) for one in found) or "what no template names"
    left_out = f"; its code must leave out the groups of that pipeline: {', '.join(groups)}" if groups else ""
    return (
        f"{_label(actor, declared)} may subscribe any log group to {where} when it runs"
        f" (logs:{call}); that was not followed{left_out}"
    )


def _pipeline(found: list[Endpoint], triggers: Sequence[Trigger]) -> list[Endpoint]:
    """What the destinations lead to by triggers alone."""
    onward: dict[Endpoint, list[Endpoint]] = {}
    for trigger in triggers:
        onward.setdefault(trigger.channel, []).append(trigger.consumer)
    queue = list(found)
    for endpoint in queue:
        new = [one for one in onward.get(endpoint, ()) if one not in queue]
        queue += new[: MAX_REACHED - len(queue)] if len(queue) < MAX_REACHED else []
    return queue


def _label(endpoint: Endpoint, declared: Mapping[Endpoint, Declared]) -> str:
    known = declared.get(endpoint)
    return known.label if known is not None else render(endpoint.name)
