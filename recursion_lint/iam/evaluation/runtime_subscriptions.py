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
from recursion_lint.model.text import ANY, Text, has_wildcard, render
from recursion_lint.services.naming import endpoint_of

MAX_REACHED = 100
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
            span = _puts_filters(statement)
            if span is None:
                continue
            given = (
                endpoint_of(one.value, "?") for one in mentions.get(endpoint, ()) if split_arn(one.value)
            )
            found = [one for one in dict.fromkeys(given) if one.service in _DESTINATIONS]
            yield Note(span, _told(endpoint, found, triggers, declared))
            break


def _puts_filters(statement: Statement) -> Span | None:
    """Where a statement allows it on groups that it does not name; everything to everybody says nothing."""
    if statement.effect != "Allow" or statement.managed:
        return None
    if statement.resources and not any(_open(pattern) for pattern, _ in statement.resources):
        return None
    spans = dict(zip(statement.actions, statement.spans, strict=False))
    meant = (
        action
        for action in statement.actions
        if action != "*" and matches_action(action, "logs", "PutSubscriptionFilter")
    )
    action = next(meant, None)
    return spans.get(action, statement.span) if action is not None else None


def _open(pattern: Text) -> bool:
    return pattern == (ANY,) or has_wildcard(endpoint_of(pattern, "logs").name)


def _told(
    actor: Endpoint,
    found: list[Endpoint],
    triggers: Sequence[Trigger],
    declared: Mapping[Endpoint, Declared],
) -> str:
    functions = [one for one in _pipeline(found, triggers) if one.service == "lambda" and one != actor]
    groups = [f"/aws/lambda/{render(one.name)}" for one in (*functions, actor) if one.service == "lambda"]
    where = ", ".join(_label(one, declared) for one in found) or "what no template names"
    left_out = f"; its code must leave out the groups of that pipeline: {', '.join(groups)}" if groups else ""
    return (
        f"{_label(actor, declared)} may subscribe any log group to {where} when it runs"
        f" (logs:PutSubscriptionFilter); that was not followed{left_out}"
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
