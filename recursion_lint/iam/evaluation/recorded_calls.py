"""IAM statements → the recorded API calls that they allow, for rules that CloudTrail's events trigger.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from recursion_lint.iam.actions import action_span, matches_action
from recursion_lint.iam.evaluation.conditions import OF_EVENTS
from recursion_lint.model.facts import Allowed, Endpoint, Produces, Statement, Write
from recursion_lint.model.spans import Span
from recursion_lint.model.text import ANY, Text, has_wildcard, literal, text
from recursion_lint.patterns.events import Doc, Glob, OneOf
from recursion_lint.services.eventbridge.recorded_calls import action_of, reads
from recursion_lint.services.naming import endpoint_of
from recursion_lint.services.registry import by_name
from recursion_lint.template.resource_types import arn_text

_LOGGING = frozenset({"CreateLogGroup", "CreateLogStream"})
_FOR_LOGGING = frozenset(f"logs:{name}".lower() for name in _LOGGING)


class _Calls(NamedTuple):
    """The calls that a statement allows: by name (``None``: all of the service), and whether it spells them out."""

    names: frozenset[str] | None
    spelled: bool


def call_writes(
    actor: Endpoint,
    statement: Statement,
    channel: Endpoint,
    wanted: frozenset[str] | None,
    denials: Iterable[Statement],
    held: Iterable[Statement] = (),
) -> Write | None:
    """The ``wanted`` calls on ``channel`` that ``statement`` allows; ``None`` wants any that changes something.

    ``held`` are all statements of the actor, which tell what this one is for.
    """
    prefix = literal(channel.name) or ""
    calls = _named(statement, prefix, wanted) if wanted is not None else _any(statement, prefix)
    logging = _logging(statement, actor, prefix, calls, held)
    if calls is not None and calls.names is not None:
        denied = {name for name in calls.names if any(denies(denial, prefix, name) for denial in denials)}
        denied |= _once(statement, prefix)
        calls = _Calls(calls.names - denied, calls.spelled)
    if calls is not None and statement.within is not None:
        calls = _bounded(calls, prefix, statement.within)
    if calls is None or calls.names == frozenset():
        return None
    through = f" {statement.through.words}" if statement.through is not None else ""
    shown = f"{prefix}:{min(calls.names)}" if calls.names else f"any {prefix} action"
    return Write(
        actor,
        channel,
        f"{{source}} may call {shown}{through} ({statement.label})",
        _span(statement, prefix, calls),
        "write",
        Produces(calls.names, document=_document(statement, calls)),
        "granted" if calls.spelled and not statement.managed and not logging else "broad",
    )


def _span(statement: Statement, prefix: str, calls: _Calls) -> Span:
    """The line of the action that allows the call which is told of."""
    return (
        action_span(statement, prefix, action_of(prefix, min(calls.names))) if calls.names else statement.span
    )


def _logging(
    statement: Statement, actor: Endpoint, prefix: str, calls: _Calls | None, held: Iterable[Statement]
) -> bool:
    """Is the right to create log groups that of every function, which makes its own one at its first invocation?

    The role that the console makes has it in a statement of its own, beside that of the right to write to the group.
    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
    """
    if prefix != "logs" or actor.service != "lambda" or calls is None or calls.names is None:
        return False
    if not calls.names <= _LOGGING:
        return False
    if _covered(statement.actions, prefix, "PutLogEvents"):
        return True
    alone = all(action.lower() in _FOR_LOGGING for action in statement.actions)
    others = [one for one in held if one != statement and one.effect == "Allow"] if alone else []
    beside = [one for one in others if _covered(one.actions, prefix, "PutLogEvents")]
    # AWS's policies that let a function log have the right to create its group already.
    return bool(beside) and not any(
        one.managed or _covered(one.actions, prefix, "CreateLogGroup") for one in beside
    )


def _once(statement: Statement, prefix: str) -> frozenset[str]:
    """The calls that a statement allows once and no more: each log group that it names can be made only once."""
    groups = (
        [endpoint_of(pattern, prefix).name for pattern, _ in statement.resources] if prefix == "logs" else []
    )
    return frozenset({"CreateLogGroup"} if groups and not any(map(has_wildcard, groups)) else ())


def _bounded(calls: _Calls, prefix: str, within: tuple[Allowed, ...]) -> _Calls | None:
    """The calls that a permissions boundary may allow as well."""
    from recursion_lint.iam.evaluation.permissions_boundaries import allows_call

    if calls.names is None:
        return calls if allows_call(within, prefix, None) else None
    left = (name for name in calls.names if allows_call(within, prefix, action_of(prefix, name)))
    return _Calls(frozenset(left), calls.spelled)


def _named(statement: Statement, prefix: str, wanted: frozenset[str]) -> _Calls | None:
    """The wanted calls that are allowed; those spelled out count alone where there are any."""
    if statement.not_actions:
        allowed = {
            name for name in wanted if not _covered(statement.not_actions, prefix, action_of(prefix, name))
        }
        return _Calls(frozenset(allowed), False)
    actions = {action.lower() for action in statement.actions}
    spelled = frozenset(name for name in wanted if f"{prefix}:{action_of(prefix, name)}".lower() in actions)
    if spelled:
        return _Calls(spelled, True)
    allowed = {name for name in wanted if _covered(statement.actions, prefix, action_of(prefix, name))}
    return _Calls(frozenset(allowed), False) if allowed else None


def _any(statement: Statement, prefix: str) -> _Calls | None:
    """Any call that is no read and no event of its own: CloudTrail records messages and items only when told to."""
    service = by_name().get(prefix)
    data = (
        {action.lower() for action in service.writes} if service is not None and prefix != "states" else set()
    )
    names: set[str] = set()
    for pattern in statement.actions:
        head, _, name = pattern.partition(":")
        wild = "*" in pattern or "?" in pattern
        if pattern == "*" or (head.lower() == prefix and wild and not reads(name)):
            return _Calls(None, False)
        if head.lower() == prefix and not wild and not reads(name) and name.lower() not in data:
            names.add(name)
    if statement.not_actions:
        return None if f"{prefix}:*" in statement.not_actions else _Calls(None, False)
    return _Calls(frozenset(names), True) if names else None


def _covered(patterns: Iterable[str], prefix: str, action: str) -> bool:
    return any(matches_action(pattern, prefix, action) for pattern in patterns)


def denies(denial: Statement, prefix: str, name: str) -> bool:
    """Is a call denied whatever it is about?"""
    action = action_of(prefix, name)
    everything = any(pattern == (ANY,) for pattern, _ in denial.resources)
    listed = _covered(denial.actions, prefix, action)
    return everything and (
        listed or (bool(denial.not_actions) and not _covered(denial.not_actions, prefix, action))
    )


def _document(statement: Statement, calls: _Calls) -> Doc:
    """What the event says of its caller and of the call."""
    detail: dict[str, Any] = {"userIdentity": _caller(statement.role)}
    if calls.names:
        detail["eventName"] = OneOf(tuple((name,) for name in sorted(calls.names)))
    return Doc({"detail": Doc(detail, open=True)}, open=True)


def by_caller(statement: Statement) -> Doc:
    """What a recorded call says of its caller: the role whose statement allows it."""
    return Doc({"detail": Doc({"userIdentity": _caller(statement.role)}, open=True)}, open=True)


def _caller(role: Text) -> Doc:
    """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html"""
    issuer = Doc({"type": ("Role",), "userName": role, "arn": arn_text("iam:@:role/{}", role)}, open=True)
    identity: dict[str, Any] = {
        "type": ("AssumedRole",),
        "arn": Glob(text([*arn_text("sts:@:assumed-role/{}/", role), ANY])),
        "sessionContext": Doc({"sessionIssuer": issuer}, open=True),
    }
    return Doc(identity, open=True)


def decided_condition(statement: Statement) -> bool:
    """Is all of the statement's condition told by its document (or is there none)?"""
    return all(key.lower() in OF_EVENTS for keys in statement.condition.values() for key in keys)
