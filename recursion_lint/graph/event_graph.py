"""Facts of all templates → the event graph: nodes, triggers and the writes that reach them.

Linking is by name: an ARN, a name, a queue URL that render the same symbolic text are the same thing.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from recursion_lint.graph.addressed import Addressed
from recursion_lint.iam.evaluation.effective_permissions import Grants
from recursion_lint.iam.evaluation.identity_statements import Held
from recursion_lint.iam.evaluation.naming_heuristics import assumed_actors
from recursion_lint.iam.evaluation.unseen_roles import unseen_roles
from recursion_lint.model.facts import (
    Actor,
    Declared,
    Endpoint,
    Facts,
    Mention,
    Role,
    Statement,
    Trigger,
    Write,
)
from recursion_lint.model.loops import CycleNode
from recursion_lint.model.path_conditions import ALWAYS, Requires
from recursion_lint.model.spans import Note, Span
from recursion_lint.model.text import Text, render
from recursion_lint.services.naming import kind_told
from recursion_lint.services.registry import declared as of_service

if TYPE_CHECKING:
    from recursion_lint.iam.evaluation.resource_policy_denies import Refusals

NOWHERE = Span("", 1, 1, 1, 1)


class Vertex(NamedTuple):
    """A trigger as a point of the graph, with the resources at its two ends.

    ``implicit`` ones are the invocation of a function or the start of a state machine by whoever may do so.
    ``root`` is the outermost stack that the trigger belongs to.
    """

    number: int
    trigger: Trigger
    implicit: bool = False
    root: str = ""


class EventGraph(NamedTuple):
    """Everything that loops are looked for in. Frozen after linking."""

    vertices: tuple[Vertex, ...]
    by_channel: Mapping[Endpoint, tuple[Vertex, ...]]
    writes: Mapping[Endpoint, tuple[Write, ...]]
    declared: Mapping[Endpoint, Declared]
    actors: Mapping[Endpoint, Actor]
    by_role: Mapping[object, tuple[Endpoint, ...]]
    mentions: Mapping[Endpoint, tuple[Mention, ...]]
    grants: Grants
    conditions: Mapping[str, Mapping[str, tuple[object, ...]]]
    facts: tuple[Facts, ...]
    addressed: Addressed
    types: Mapping[str, str]
    """The types of what is declared, by logical ids: of several with one id the first."""
    guessed: Mapping[Text, Text]
    """The names that were told by their ends alone, by what they were taken for."""
    notes: tuple[Note, ...] = ()
    defaults: Mapping[str, Mapping[str, str]] = {}
    variants: Mapping[Endpoint, Mapping[str, Declared]] = {}
    """What several files declare under one name, by file: variants of a template, say."""

    def label(self, endpoint: Endpoint) -> str:
        """The logical id of an endpoint, or the name that the template gives to something outside."""
        known = self.declared.get(endpoint)
        return known.label if known is not None else external_label(endpoint)

    def declared_near(self, endpoint: Endpoint, file: str) -> Declared | None:
        """The declaration of an endpoint: the one in ``file`` where there are several."""
        return self.variants.get(endpoint, {}).get(file) or self.declared.get(endpoint)

    def node(self, endpoint: Endpoint) -> CycleNode:
        """An endpoint as a finding lists it: where it is declared, if it is."""
        known = self.declared.get(endpoint)
        if known is None:
            return CycleNode(self.label(endpoint), endpoint.service, "", 0)
        return CycleNode(known.id, known.type, known.span.file, known.span.line)

    def requires(self, endpoint: Endpoint) -> Requires:
        known = self.declared.get(endpoint)
        return known.requires if known is not None else ALWAYS


def external_label(endpoint: Endpoint) -> str:
    """``${QueueArn}`` → ``QueueArn``: a parameter is named as the template names it."""
    name = endpoint.name
    label = of_service(endpoint.service).label
    if label is not None:
        return label(name)
    if len(name) == 1 and not isinstance(name[0], str):
        return name[0].name
    return render(name) or endpoint.service


def link(all_facts: Iterable[Facts]) -> EventGraph:
    """Link the facts of one run into a graph."""
    facts = tuple(all_facts)
    if any(found.attachments or found.boundaries for found in facts):
        from recursion_lint.iam.evaluation.policy_attachments import with_policies

        facts = with_policies(facts)
    facts = _with_assumed_actors(facts)
    declared, variants = _declared(facts)
    actors = _actors(facts)
    families = _families(facts)
    roles = [(role, found.root) for found in facts for role in found.roles]
    statements = _statements(facts)
    held = Held(statements, actors, roles, families)
    live = list(_live_triggers(facts, actors))
    live += _replicated(facts, live, declared)
    live += _polled_by_code(facts, live, actors, held)
    # The search prefers what is numbered first: that must not hang on where a template writes what.
    live.sort(key=_whatever_the_place)
    vertices = _vertices(facts, live, declared, families)
    by_channel: dict[Endpoint, list[Vertex]] = {}
    for vertex in vertices:
        by_channel.setdefault(vertex.trigger.channel, []).append(vertex)
    channels = {endpoint: tuple(found) for endpoint, found in by_channel.items()}
    mentions = _mentions(facts)
    unseen = unseen_roles(facts, declared, {trigger.consumer for trigger, _ in live})
    if unseen.statements:
        held = Held(statements, actors, roles, families, unseen.statements)
    grants = Grants(held, actors, families, channels, declared, _refusals(facts, roles))
    return EventGraph(
        vertices=vertices,
        by_channel=channels,
        writes=_grouped(write for found in facts for write in found.writes),
        declared=declared,
        actors=actors,
        by_role=_sharing(actors.values()),
        mentions=mentions,
        grants=grants,
        conditions={found.scope: found.conditions or {} for found in facts},
        facts=facts,
        addressed=Addressed(mentions),
        types={item.id: item.type for item in reversed(declared.values())},
        guessed={name: asked for found in facts for name, asked in found.guessed.items()},
        notes=(*unseen.notes, *_subscribed_later(facts, actors, grants, mentions, live, declared)),
        defaults={found.scope: found.defaults for found in facts},
        variants=variants,
    )


def _declared(
    facts: Iterable[Facts],
) -> tuple[dict[Endpoint, Declared], dict[Endpoint, dict[str, Declared]]]:
    """What is declared, the first of several under one name; and those of several files, by file."""
    declared: dict[Endpoint, Declared] = {}
    variants: dict[Endpoint, dict[str, Declared]] = {}
    for found in facts:
        for item in found.declared:
            first = declared.setdefault(item.endpoint, item)
            if item.span.file != first.span.file:
                variants.setdefault(item.endpoint, {}).setdefault(item.span.file, item)
    return declared, variants


def _replicated(
    facts: tuple[Facts, ...], live: list[tuple[Trigger, str]], declared: dict[Endpoint, Declared]
) -> list[tuple[Trigger, str]]:
    """What the replicas that S3 makes trigger. The places that they are in are added to ``declared``."""
    if not any(found.replications for found in facts):
        return []
    from recursion_lint.graph.replication import replicas

    triggers: list[tuple[Trigger, str]] = []
    for copies in replicas(facts, live, declared):
        declared[copies.place.endpoint] = copies.place
        triggers += copies.triggers
    return triggers


def _polled_by_code(
    facts: tuple[Facts, ...],
    live: list[tuple[Trigger, str]],
    actors: Mapping[Endpoint, Actor],
    held: Held,
) -> list[tuple[Trigger, str]]:
    """The dead-letter queues that nothing polls but, perhaps, code."""
    if not (any(trigger.kind == "redrive" for trigger, _ in live) or any(found.writes for found in facts)):
        return []
    from recursion_lint.iam.evaluation.polled_by_code import polled_by_code

    return list(polled_by_code(facts, live, actors, held))


def _vertices(
    facts: Iterable[Facts],
    live: Iterable[tuple[Trigger, str]],
    declared: Mapping[Endpoint, Declared],
    families: Mapping[Endpoint, frozenset[str]],
) -> tuple[Vertex, ...]:
    """The triggers, numbered, and after them those that only whoever invokes or starts something makes."""
    vertices = [Vertex(at, trigger, root=root) for at, (trigger, root) in enumerate(live)]
    for endpoint in sorted(_runners(facts), key=repr):
        implicit = Trigger(
            endpoint, endpoint, "{source} runs", _span(declared, endpoint), "invoke", delivery="sync"
        )
        for root in sorted(families.get(endpoint, ("",)))[:1]:
            vertices.append(Vertex(len(vertices), implicit, implicit=True, root=root))
    return tuple(vertices)


def _subscribed_later(
    facts: Iterable[Facts],
    actors: Mapping[Endpoint, Actor],
    grants: Grants,
    mentions: Mapping[Endpoint, tuple[Mention, ...]],
    live: list[tuple[Trigger, str]],
    declared: Mapping[Endpoint, Declared],
) -> tuple[Note, ...]:
    """The notes about subscriptions that functions make, where any role may make them."""
    actions = (action for found in facts for one in found.statements for action in one.actions)
    if not any(action.lower().startswith(("logs:put", "logs:*")) for action in actions):
        return ()
    from recursion_lint.iam.evaluation.runtime_subscriptions import subscribers

    triggers = [trigger for trigger, _ in live]
    return tuple(subscribers(actors, grants, mentions, triggers, declared))


def _with_assumed_actors(facts: tuple[Facts, ...]) -> tuple[Facts, ...]:
    """The facts with an actor for each function from outside whose role can be told by its name alone."""
    known = {actor.endpoint for found in facts for actor in found.actors}
    return tuple(
        found._replace(actors=(*found.actors, *assumed)) if assumed else found
        for found in facts
        for assumed in ([actor for actor in assumed_actors(found) if actor.endpoint not in known],)
    )


def _actors(facts: Iterable[Facts]) -> dict[Endpoint, Actor]:
    """The actors by what they are. One that several variants of a template declare has the roles of all of them."""
    known: dict[Endpoint, Actor] = {}
    for found in facts:
        for actor in found.actors:
            first = known.get(actor.endpoint)
            roles = tuple(dict.fromkeys((*first.roles, *actor.roles))) if first is not None else actor.roles
            known[actor.endpoint] = actor._replace(roles=roles)
    return known


def _live_triggers(facts: Iterable[Facts], actors: Mapping[Endpoint, Actor]) -> Iterator[tuple[Trigger, str]]:
    """The triggers whose consumer is not switched off by a reserved concurrency of 0, with their outermost stacks."""
    for found in facts:
        for trigger in found.triggers:
            actor = actors.get(trigger.consumer)
            if actor is None or actor.concurrency != "0":
                yield trigger, found.root


def _whatever_the_place(found: tuple[Trigger, str]) -> tuple[object, ...]:
    """Sort key: a trigger by what it is, and only among equal ones by where it stands."""
    trigger, root = found
    return root, repr(trigger.channel), repr(trigger.consumer), trigger.kind, trigger.via, trigger.span


def _runners(facts: Iterable[Facts]) -> Iterator[Endpoint]:
    seen: set[Endpoint] = set()
    for found in facts:
        ends = [item.endpoint for item in found.declared]
        ends += [trigger.consumer for trigger in found.triggers] + [write.channel for write in found.writes]
        for endpoint in ends:
            if endpoint not in seen and of_service(endpoint.service).runs and not kind_told(endpoint):
                seen.add(endpoint)
                yield endpoint


def _span(declared: Mapping[Endpoint, Declared], endpoint: Endpoint) -> Span:
    known = declared.get(endpoint)
    return known.span if known is not None else NOWHERE


def _families(facts: Iterable[Facts]) -> Mapping[Endpoint, frozenset[str]]:
    """Endpoint → the outermost stacks of those who say something about it."""
    families: dict[Endpoint, set[str]] = {}
    for found in facts:
        for endpoint in (
            *(item.endpoint for item in found.declared),
            *(item.endpoint for item in found.actors),
        ):
            families.setdefault(endpoint, set()).add(found.root)
        for trigger in found.triggers:
            families.setdefault(trigger.channel, set()).add(found.root)
    return {endpoint: frozenset(roots) for endpoint, roots in families.items()}


def _refusals(facts: Iterable[Facts], roles: Iterable[tuple[Role, str]]) -> "Refusals | None":
    """The denials of resource policies, which few templates have."""
    found = [(refusal, one.root) for one in facts for refusal in one.refusals]
    if not found:
        return None
    from recursion_lint.iam.evaluation.resource_policy_denies import Refusals

    return Refusals(found, roles)


def _grouped(writes: Iterable[Write]) -> Mapping[Endpoint, tuple[Write, ...]]:
    found: dict[Endpoint, list[Write]] = {}
    for write in writes:
        found.setdefault(write.actor, []).append(write)
    return {actor: tuple(items) for actor, items in found.items()}


def _sharing(actors: Iterable[Actor]) -> Mapping[object, tuple[Endpoint, ...]]:
    """Role → the actors that have it."""
    found: dict[object, dict[Endpoint, None]] = {}
    for actor in actors:
        for role, _ in actor.roles:
            found.setdefault(role, {})[actor.endpoint] = None
    return {role: tuple(endpoints) for role, endpoints in found.items()}


def _mentions(facts: Iterable[Facts]) -> Mapping[Endpoint, tuple[Mention, ...]]:
    found: dict[Endpoint, list[Mention]] = {}
    for one in facts:
        for mention in one.mentions:
            found.setdefault(mention.actor, []).append(mention)
    return {actor: tuple(items) for actor, items in found.items()}


def _statements(facts: Iterable[Facts]) -> Mapping[object, tuple[Statement, ...]]:
    found: dict[object, list[Statement]] = {}
    for one in facts:
        for statement in one.statements:
            found.setdefault(statement.role, []).append(statement)
    return {role: tuple(items) for role, items in found.items()}
