"""IAM statements → the writes that they allow: which role may put which events on which channel.

Policy evaluation: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, Literal

from recursion_lint.arns import endpoint_of, resource_forms, split_arn
from recursion_lint.facts import Actor, Endpoint, Produces, Statement, Write
from recursion_lint.patterns.keys import covers, decide
from recursion_lint.resolve import Requires
from recursion_lint.services.registry import by_name
from recursion_lint.values import ANY, Symbol, Text, has_wildcard

Breadth = Literal["granted", "broad"]


class Grants:
    """What each actor may write, worked out when asked for, once per actor."""

    def __init__(
        self,
        by_role: Mapping[object, tuple[Statement, ...]],
        actors: Mapping[Endpoint, Actor],
        channels: Mapping[Endpoint, Any],
    ) -> None:
        self._by_role = by_role
        self._actors = actors
        self._channels: dict[str, list[Endpoint]] = {}
        for endpoint in channels:
            self._channels.setdefault(endpoint.service, []).append(endpoint)
        self._known = frozenset(channels)
        self._writes: dict[Endpoint, tuple[tuple[Write, Statement], ...]] = {}

    def statements(self, endpoint: Endpoint) -> Iterator[tuple[Statement, Requires]]:
        """The statements on the roles of an actor, and what each needs to hold."""
        actor = self._actors.get(endpoint)
        for role, requires in actor.roles if actor is not None else ():
            for statement in self._by_role.get(role, ()):
                yield statement, requires | statement.requires

    def writes(self, endpoint: Endpoint) -> tuple[tuple[Write, Statement], ...]:
        """The writes that an actor's role allows on channels that trigger something."""
        known = self._writes.get(endpoint)
        if known is None:
            actor = self._actors.get(endpoint)
            known = tuple(self._allowed(endpoint)) if actor is not None and not actor.defined else ()
            self._writes[endpoint] = known
        return known

    def _allowed(self, endpoint: Endpoint) -> Iterator[tuple[Write, Statement]]:
        statements = list(self.statements(endpoint))
        denials = [statement for statement, _ in statements if statement.effect == "Deny" and not statement.condition]
        for statement, requires in statements:
            if statement.effect != "Allow":
                continue
            for service, actions in relevant_actions(statement.actions, statement.not_actions).items():
                for channel, patterns, evidence in self._reached(statement, service):
                    write = self._write(endpoint, channel, statement, service, actions, patterns, denials)
                    if write is not None:
                        yield replace(write, evidence=evidence, requires=requires), statement

    def _reached(self, statement: Statement, service: str) -> Iterator[tuple[Endpoint, tuple[Text, ...], Breadth]]:
        """The channels of a service that a statement's resources reach: by look-up where a name is given, else by trying all."""
        patterns = [pattern for pattern, _ in statement.resources]
        if not patterns and statement.not_resources:
            for channel in self._channels.get(service, ()):
                if not any(covers([pattern], form) for pattern in _resources(statement.not_resources) for form in resource_forms(channel)):
                    yield channel, (), "broad"
            return
        found: dict[Endpoint, tuple[list[Text], Breadth]] = {}
        for pattern in patterns:
            for channel, resource, evidence in self._matches(pattern, service):
                known = found.setdefault(channel, ([], evidence))
                known[0].append(resource)
                if evidence == "granted":
                    found[channel] = (known[0], evidence)
        for channel, (resources, evidence) in found.items():
            yield channel, tuple(resources), evidence

    def _matches(self, pattern: Text, service: str) -> Iterator[tuple[Endpoint, Text, Breadth]]:
        arn = split_arn(pattern)
        if arn is None:
            for channel in (endpoint_of(pattern, service), Endpoint("?", pattern)):
                if channel in self._known:
                    yield channel, (ANY,), "granted"
            return
        if len(arn.service) != 1 or arn.service[0] not in (service, ANY):
            return
        named = endpoint_of(pattern, service)
        if not has_wildcard(named.name):
            if named in self._known and _reaches(arn.resource, named):
                yield named, arn.resource, "granted"
            return
        for channel in self._channels.get(service, ()):
            if _reaches(arn.resource, channel):
                yield channel, arn.resource, self._breadth(named.name, channel)

    def _breadth(self, name: Text, channel: Endpoint) -> Breadth:
        """``granted`` for a pattern that singles ``channel`` out, ``broad`` for one that merely includes it.

        ``proc*`` names ``proc`` where there is such a resource, and then reaches ``processor`` only by accident.
        """
        at = next(at for at, part in enumerate(name) if isinstance(part, Symbol) and part.wild)
        lead = name[:at]
        telling = [part for part in lead if not (isinstance(part, Symbol) and part.name == "AWS::StackName")]
        if not any(isinstance(part, Symbol) or re.search(r"\w", part) for part in telling):
            return "broad"
        meant = Endpoint(channel.service, lead)
        return "broad" if meant in self._known and meant != channel else "granted"

    def _write(
        self,
        actor: Endpoint,
        channel: Endpoint,
        statement: Statement,
        service: str,
        actions: frozenset[str],
        patterns: tuple[Text, ...],
        denials: list[Statement],
    ) -> Write | None:
        table = by_name()[service].writes
        excluded: list[Text] = []
        allowed = set(actions)
        for denial in denials:
            denied = relevant_actions(denial.actions, denial.not_actions).get(service, frozenset())
            if not denied & allowed:
                continue
            resources = _resources(tuple(pattern for pattern, _ in denial.resources))
            if any(covers([resource], form) for resource in resources for form in resource_forms(channel)):
                allowed -= denied
            elif denied >= allowed:
                excluded += resources
        if not allowed:
            return None
        events = frozenset().union(*(table[action] for action in allowed)) or None
        first = min(allowed)
        return Write(
            actor,
            channel,
            f"{{source}} may {_verb(service, first)} {{target}} ({statement.label}: {service}:{first})",
            statement.span,
            "write",
            Produces(events, patterns if service == "s3" else (), tuple(excluded), _document(statement)),
        )


def _reaches(resource: Text, channel: Endpoint) -> bool:
    return any(decide([resource, form]).verdict == "overlaps" for form in resource_forms(channel))


def _resources(patterns: tuple[Text, ...]) -> list[Text]:
    arns = (split_arn(pattern) for pattern in patterns)
    return [arn.resource for arn in arns if arn is not None]


@lru_cache(maxsize=4096)
def relevant_actions(actions: tuple[str, ...], not_actions: tuple[str, ...]) -> Mapping[str, frozenset[str]]:
    """Service → the writing actions that action patterns allow; nothing for a statement that only reads."""
    found: dict[str, frozenset[str]] = {}
    for name, service in by_name().items():
        if not service.writes:
            continue
        wanted = frozenset(
            action
            for action in service.writes
            if (any(_matches_action(pattern, name, action) for pattern in actions))
            or (not_actions and not any(_matches_action(pattern, name, action) for pattern in not_actions))
        )
        if wanted:
            found[name] = wanted
    return found


def _matches_action(pattern: str, service: str, action: str) -> bool:
    if pattern == "*":
        return True
    head, _, rest = pattern.lower().partition(":")
    if head != service and "*" not in head:
        return False
    if "*" not in pattern and "?" not in pattern:
        return rest == action.lower()
    return _action_pattern(pattern.lower()).fullmatch(f"{service}:{action.lower()}") is not None


@lru_cache(maxsize=1024)
def _action_pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."))


def _document(statement: Statement) -> Any:
    """What ``events:source`` and ``events:detail-type`` conditions say about the events of PutEvents."""
    return statement.condition or None


_VERBS = {
    "sqs": "send to",
    "sns": "publish to",
    "lambda": "invoke",
    "events": "put events on",
    "states": "start",
    "kinesis": "put records on",
    "firehose": "put records on",
}


def _verb(service: str, action: str) -> str:
    if service == "s3" and action.startswith("Delete"):
        return "delete from"
    return _VERBS.get(service, "write to")
