"""What one template says about events: serialisable facts, each with its span.

A trigger says that a channel's events start a consumer; a write says that an actor puts events on a
channel; a statement says what a role may do. Linking (``graph``) makes hops of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from recursion_lint.findings import EvidenceName, Note, Span
from recursion_lint.resolve import ALWAYS, Requires
from recursion_lint.values import Text

Delivery = Literal["async", "poll", "sync", "service"]
"""How a consumer is started: only ``async`` invocations of a function have destinations and a dead-letter queue."""


class Endpoint(NamedTuple):
    """Something that events go to or come from: a service and a physical name (symbolic)."""

    service: str
    name: Text


KeyRule = tuple[tuple[Text, ...], tuple[Text, ...]]
"""Patterns that an S3 key must match, and patterns that it must not match."""


class Accepts(NamedTuple):
    """What a trigger lets through; ``None`` and ``()`` mean everything.

    ``keys`` are alternatives of key rules. ``content`` are alternatives of patterns in EventBridge syntax.
    """

    events: frozenset[str] | None = None
    keys: tuple[KeyRule, ...] = ()
    content: tuple[Any, ...] = ()


class Produces(NamedTuple):
    """What a write puts on its channel; ``None`` and ``()`` mean anything.

    ``keys`` are patterns of the whole object resource (``bucket/key``), ``excluded`` those that a Deny takes away.
    ``document`` describes the event's content where it is known (``patterns.events``).
    """

    events: frozenset[str] | None = None
    keys: tuple[Text, ...] = ()
    excluded: tuple[Text, ...] = ()
    document: Any = None


@dataclass(frozen=True)
class Declared:
    """A resource that carries or handles events. ``arn`` is its ARN; ``bounds`` are its safety nets, in words."""

    endpoint: Endpoint
    id: str
    type: str
    span: Span
    arn: Text
    requires: Requires = ALWAYS
    bounds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trigger:
    """``channel`` starts ``consumer``. ``via`` are logical ids that stand between them (a rule, a subscription)."""

    channel: Endpoint
    consumer: Endpoint
    reason: str
    span: Span
    kind: str = "trigger"
    accepts: Accepts = Accepts()
    delivery: Delivery = "async"
    evidence: EvidenceName = "declared"
    via: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()
    requires: Requires = ALWAYS


@dataclass(frozen=True)
class Write:
    """``actor`` puts events on ``channel`` by declaration or definition. ``only_after`` restricts how it was started."""

    actor: Endpoint
    channel: Endpoint
    reason: str
    span: Span
    kind: str = "write"
    produces: Produces = Produces()
    evidence: EvidenceName = "declared"
    only_after: Delivery | None = None
    requires: Requires = ALWAYS


@dataclass(frozen=True)
class Statement:
    """An IAM statement on a role. ``resources`` and ``not_resources`` are patterns with wildcards read."""

    role: Text
    effect: str
    actions: tuple[str, ...]
    not_actions: tuple[str, ...]
    resources: tuple[tuple[Text, Requires], ...]
    not_resources: tuple[Text, ...]
    condition: Mapping[str, Mapping[str, tuple[Text, ...]]]
    span: Span
    label: str
    requires: Requires = ALWAYS
    managed: bool = False


@dataclass(frozen=True)
class Actor:
    """Something that runs code or a definition under a role. ``defined``: its definition tells what it does."""

    endpoint: Endpoint
    roles: tuple[tuple[Text, Requires], ...]
    defined: bool = False
    loop_allowed: Span | None = None
    concurrency: str | None = None


@dataclass(frozen=True)
class Mention:
    """A value given to an actor (an environment variable, a substitution, inline code) that may name a channel."""

    actor: Endpoint
    where: str
    name: str
    value: Text
    span: Span
    requires: Requires = ALWAYS


@dataclass(frozen=True)
class Facts:
    """All facts of one template. ``conditions`` maps a condition to its expression (see ``conditions``)."""

    file: str
    scope: str
    declared: tuple[Declared, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    writes: tuple[Write, ...] = ()
    statements: tuple[Statement, ...] = ()
    actors: tuple[Actor, ...] = ()
    mentions: tuple[Mention, ...] = ()
    conditions: Mapping[str, Any] = None  # type: ignore[assignment]
    notes: tuple[Note, ...] = ()
    resources: int = 0
