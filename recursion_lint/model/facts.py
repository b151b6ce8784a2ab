"""What one template says about events: serialisable facts, each with its span.

A trigger says that a channel's events start a consumer; a write says that an actor puts events on a
channel; a statement says what a role may do (``permissions``). Linking (``graph``) makes hops of them.
"""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from recursion_lint.model.levels import EvidenceName
from recursion_lint.model.loops import CycleNode, FindingHop
from recursion_lint.model.path_conditions import ALWAYS, Alternatives, Requires
from recursion_lint.model.permissions import Allowed as Allowed
from recursion_lint.model.permissions import Attachment as Attachment
from recursion_lint.model.permissions import Boundary as Boundary
from recursion_lint.model.permissions import Policy as Policy
from recursion_lint.model.permissions import Role as Role
from recursion_lint.model.permissions import Statement as Statement
from recursion_lint.model.permissions import Through as Through
from recursion_lint.model.permissions import Trust as Trust
from recursion_lint.model.spans import Note, Span
from recursion_lint.model.suppressions import Suppression
from recursion_lint.model.text import Text

Delivery = Literal["async", "poll", "sync", "service"]
"""How a consumer is started: only ``async`` invocations of a function have destinations and a dead-letter queue."""


class Endpoint(NamedTuple):
    """Something that events go to or come from: a service and a physical name (symbolic)."""

    service: str
    name: Text


KeyRule = tuple[tuple[Text, ...], tuple[Text, ...]]
"""Patterns that an S3 key must match, and patterns that it must not match."""


LOG_DELIVERY = "access-log"
"""The kind of a hop by which S3 delivers what it logged of the requests to a bucket."""

REPLICATION = "replication"
"""The kind of a hop by which S3 copies new objects to another bucket."""


class Accepts(NamedTuple):
    """What a trigger lets through; ``None`` and ``()`` mean everything.

    ``keys`` are alternatives of key rules. ``content`` are alternatives of patterns in EventBridge syntax.
    ``topics`` are alternatives of MQTT topic filters, or of Kafka topics. ``undecided`` is a further filter that
    a template cannot decide, in words.
    """

    events: frozenset[str] | None = None
    keys: tuple[KeyRule, ...] = ()
    content: tuple[Any, ...] = ()
    topics: tuple[Text, ...] = ()
    undecided: str = ""

    def of(self, produced: frozenset[str] | None) -> frozenset[str] | None:
        """The event types that are let through of those that are produced."""
        if produced is None or self.events is None:
            return produced if self.events is None else self.events
        return produced & self.events


class Seldom(NamedTuple):
    """Event types that come of a write only by exception, and when, in words."""

    events: frozenset[str]
    words: str


class Produces(NamedTuple):
    """What a write puts on its channel; ``None`` and ``()`` mean anything.

    ``keys`` are patterns of the whole object resource (``bucket/key``), ``excluded`` those that a Deny takes away.
    ``document`` describes the event's content where it is known (``patterns.events``). ``topics`` are patterns of
    MQTT or Kafka topics. ``passes`` are filters (``Accepts.undecided``) that what is written is known to pass.
    ``apart`` is the account or region that it is written in, where that may be another than the channel's.
    ``passed`` are event patterns that it came through. ``seldom`` are those of the events that are no rule.
    ``by_aws``: an event that a service of AWS told, whatever bus it is passed on to.
    """

    events: frozenset[str] | None = None
    keys: tuple[Text, ...] = ()
    excluded: tuple[Text, ...] = ()
    document: Any = None
    topics: tuple[Text, ...] = ()
    passes: tuple[str, ...] = ()
    apart: Text = ()
    passed: tuple[Any, ...] = ()
    seldom: Seldom | None = None
    by_aws: bool = False


class Declared(NamedTuple):
    """A resource that carries or handles events. ``arn`` is its ARN; ``bounds`` are its safety nets, in words.

    ``stack`` holds the logical ids of the nested stacks around it. ``view`` says which images of what has changed its
    events show, in the words of the template, and nothing where that is not told. ``keys`` are the names of the
    attributes by which its items are told apart.
    """

    endpoint: Endpoint
    id: str
    type: str
    span: Span
    arn: Text
    requires: Requires = ALWAYS
    bounds: tuple[str, ...] = ()
    stack: tuple[str, ...] = ()
    view: str = ""
    keys: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The logical id, behind those of the nested stacks around it."""
        return "/".join((*self.stack, self.id))


class Switch(NamedTuple):
    """What must be so for a trigger to run, in words, and whether it is as the template stands."""

    words: str
    state: Literal["off", "off by default", "on by default"]


class Trigger(NamedTuple):
    """``channel`` starts ``consumer``. ``via`` are logical ids that stand between them (a rule, a subscription).

    ``polls`` are the services that the channel may be of where a parameter alone names it: what polls it tells.
    ``reshaped``: what the consumer gets is made of the event, not the event itself. ``switch`` is set where the
    trigger runs only once something is switched on, or while a parameter says so. ``qualifier`` is the alias or version
    of a function that is started, nothing for the function itself, ``None`` where that is not known. ``batch`` events
    are handed over at once, ``at_once`` batches side by side (of a stream, for each shard), where a template says so.
    ``gives`` are event patterns, one of which all that the consumer gets surely fits; none where nothing is known.
    """

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
    polls: tuple[str, ...] = ()
    reshaped: bool = False
    switch: Switch | None = None
    qualifier: Text | None = None
    batch: int | None = None
    at_once: int | None = None
    gives: tuple[Any, ...] = ()


Echo = tuple[tuple[str, ...], tuple[str, ...]]
"""A path in what is written, and the path where the same stands in what started the actor."""


class Write(NamedTuple):
    """``actor`` puts events on ``channel``, as declared or defined.

    ``only_after`` restricts how it was started; a call counts as ``sync`` and as ``async``, so neither is right for
    what no call starts.
    ``granted_on`` is the service that a grant speaks of: it tells what a channel is that a parameter alone names.
    ``whole_service``: what makes a grant on the named channel broad is that it is for all actions of the service.
    ``only_as`` is the alias or version of a function that writes, nothing for the function itself, ``None`` for all.
    ``guard`` says in words on what condition it writes, where that is seen and not decided. ``echoes`` are the parts of
    what started the actor that it writes again. ``only_if``: it writes only where one of these sets of conditions holds
    for what started the actor (``patterns.decisions``).
    """

    actor: Endpoint
    channel: Endpoint
    reason: str
    span: Span
    kind: str = "write"
    produces: Produces = Produces()
    evidence: EvidenceName = "declared"
    only_after: Delivery | None = None
    requires: Requires = ALWAYS
    granted_on: str = ""
    whole_service: bool = False
    only_as: Text | None = None
    guard: str = ""
    echoes: tuple[Echo, ...] = ()
    only_if: tuple[tuple[Any, ...], ...] = ()

    @property
    def service(self) -> str:
        """The service of the channel."""
        return self.granted_on if self.channel.service == "?" and self.granted_on else self.channel.service


class Replication(NamedTuple):
    """S3 copies new objects of the bucket ``source``, those under ``prefix``, to the bucket ``target``.

    ``events`` are those of a new object, original or replica. ``undecided`` is a further filter that a template
    cannot decide, in words.
    """

    source: Endpoint
    target: Endpoint
    events: frozenset[str]
    span: Span
    prefix: Text = ()
    undecided: str = ""
    requires: Requires = ALWAYS


class Refusal(NamedTuple):
    """A statement of a resource policy that denies: on which channels, and to whom (accounts and roles).

    ``but`` are left out of those to whom. Its condition speaks only of the caller's role, and of the source or the type
    of events.
    """

    statement: Statement
    channels: tuple[tuple[Endpoint, Requires], ...]
    to: tuple[Trust, ...]
    but: tuple[Trust, ...] = ()


class Undirected(NamedTuple):
    """A task of a definition that learns its target when it runs: its actor's permissions tell where it may write.

    ``service`` is that of the channel, ``actions`` are those of IAM that the task uses. ``produces`` is what it puts
    there; a key stands behind any bucket. ``guard`` says in words on what condition it runs.
    """

    name: str
    service: str
    actions: frozenset[str]
    produces: Produces
    requires: Requires = ALWAYS
    guard: str = ""


class Actor(NamedTuple):
    """Something that runs code or a definition under a role. ``defined``: its definition tells what it does.

    ``undirected``: but for where these tasks write.

    ``assumed``: that the role is its own can only be told by the names of parameters. ``memory`` is in megabytes, and
    it runs for ``timeout`` seconds at most, where a template says so.
    """

    endpoint: Endpoint
    roles: tuple[tuple[Text, Requires], ...]
    defined: bool = False
    loop_allowed: Span | None = None
    concurrency: str | None = None
    assumed: bool = False
    memory: int | None = None
    timeout: int | None = None
    undirected: tuple[Undirected, ...] = ()


class Mention(NamedTuple):
    """A value given to an actor in the environment variable ``name``, which may name a channel."""

    actor: Endpoint
    name: str
    value: Text
    span: Span
    requires: Requires = ALWAYS


class HandlerSource(NamedTuple):
    """Where a template says that a function's code is; no file was opened for it.

    ``file`` is the template and ``where`` a path relative to its folder: of the code, of an image's build context, or
    the key of what lies in S3, or the name of an image that has no ``dockerfile``. ``inline`` is code that stands in
    the template, at ``code``. ``build``, ``entry_points`` and ``binary`` are what ``sam build`` is told; ``dockerfile``
    and ``command`` are an image's. ``layers`` are the layers' references or ARNs. ``requires`` is what must hold for
    all that to be so.
    """

    function: Endpoint
    id: str
    file: str
    runtime: str
    handler: str
    kind: Literal["inline", "local", "asset", "image", "elsewhere"]
    where: str
    code: Span
    inline: Text = ()
    build: str = ""
    entry_points: tuple[str, ...] = ()
    binary: str = ""
    dockerfile: str = ""
    command: str = ""
    layers: tuple[Text, ...] = ()
    requires: Requires = ALWAYS


class LayerContent(NamedTuple):
    """The folder of a layer, by a path relative to the folder of the template ``file``; ``layer`` is its reference."""

    layer: Text
    file: str
    where: str


class CircularReference(NamedTuple):
    """A bucket that cannot be created before its notification's target, nor that target before the bucket.

    ``hops`` lead from the bucket through the resources that refer to each other, back to the bucket.
    """

    nodes: tuple[CycleNode, ...]
    hops: tuple[FindingHop, ...]
    requires: Requires = ALWAYS


class Facts(NamedTuple):
    """All facts of one stack. ``conditions`` maps a condition to its expression (see ``conditions``).

    ``root`` is the file of the outermost stack: stacks with the same root are deployed together. ``exports`` are
    the values that it exports by name, ``imports`` the names that it asks for, and ``guessed`` those of them that are
    told by their ends alone, by the name or the ARN that they were taken for. ``parameters`` are the names of those
    that it declares, ``defaults`` the defaults of those that nobody gives a value. A ``headless`` file has resources
    and no header; ``merged`` are the files that were read together with it.
    """

    file: str
    scope: str
    root: str
    declared: tuple[Declared, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    writes: tuple[Write, ...] = ()
    statements: tuple[Statement, ...] = ()
    actors: tuple[Actor, ...] = ()
    mentions: tuple[Mention, ...] = ()
    circular: tuple[CircularReference, ...] = ()
    conditions: Mapping[str, Any] = {}
    notes: tuple[Note, ...] = ()
    resources: int = 0
    suppressions: tuple[Suppression, ...] = ()
    exports: Mapping[Text, Alternatives] = {}
    imports: frozenset[Text] = frozenset()
    replications: tuple[Replication, ...] = ()
    policies: tuple[Policy, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    boundaries: tuple[Boundary, ...] = ()
    roles: tuple[Role, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    guessed: Mapping[Text, Text] = {}
    defaults: Mapping[str, str] = {}
    sources: tuple[HandlerSource, ...] = ()
    layers: tuple[LayerContent, ...] = ()
    parameters: frozenset[str] = frozenset()
    headless: bool = False
    merged: tuple[str, ...] = ()

    @property
    def files(self) -> tuple[str, ...]:
        """The files that hold the stack's template: one, but for fragments that were read together."""
        return self.file, *self.merged
