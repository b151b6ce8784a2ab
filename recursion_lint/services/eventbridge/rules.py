"""Amazon EventBridge: buses, and the rules that pass their events to targets.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rules.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from recursion_lint.model.facts import Accepts, Endpoint, Produces, Trigger
from recursion_lint.model.path_conditions import Requires
from recursion_lint.model.spans import Note
from recursion_lint.model.text import literal
from recursion_lint.patterns.fields import Path, choices, exact, field, may_match, without
from recursion_lint.patterns.keys import verdict
from recursion_lint.services.declaration import ArnForm, CdkGrants, Price, SecondChannel, Service, WayOut
from recursion_lint.services.eventbridge import recorded_calls as api_calls
from recursion_lint.services.eventbridge import service_events
from recursion_lint.services.eventbridge.caused_events import built_in, caused_by_target
from recursion_lint.services.eventbridge.given_inputs import given_to
from recursion_lint.services.eventbridge.outcomes import for_destination
from recursion_lint.services.reading import UNDELIVERED, Fact, Reading
from recursion_lint.services.registry import declared
from recursion_lint.services.s3 import object_events
from recursion_lint.services.s3.object_events import Source
from recursion_lint.services.switches import switched
from recursion_lint.template.resource_types import ACCOUNT, REGION, ResourceKind
from recursion_lint.template.template import Resource
from recursion_lint.template.yaml.files import SourceError
from recursion_lint.template.yaml.nodes import Node

DEFAULT = Endpoint("events", ("default",))
_ALL_CALLS = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
_INPUTS = ("Input", "InputPath", "InputTransformer")


def read_bus(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::Events::EventBus``."""
    yield reading.declared(resource)


def read_rule(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::Events::Rule``: what its pattern lets through goes to each target.

    A rule that has only a schedule is started by no event.
    """
    resolver = reading.resolver
    node = resolver.one(resource.get("EventPattern"))
    state = resolver.constant(resource.get("State"))
    if node is None:
        return
    pattern = pattern_of(reading, node)
    if isinstance(pattern, Note):
        yield pattern
        return
    needed = resolver.resource_requires(resource)
    for running, switch in switched(reading, resource, "State", "rule", needed, "DISABLED"):
        for bus, more in buses(reading, resource.get("EventBusName"), running):
            found = list(_sources(reading, bus, pattern, state == _ALL_CALLS))
            for target, also in resolver.items(resource.get("Targets"), more):
                reshaped = any(target.get(key) is not None for key in _INPUTS)
                qualifier = reading.qualifier(target.get("Arn"))
                for consumer, last in consumers(reading, target.get("Arn"), target, "EcsParameters", also):
                    gives = given_to(reading, consumer, target, pattern)
                    for source in found:
                        trigger = _trigger(resource, source, consumer, last)._replace(gives=gives)
                        yield trigger._replace(reshaped=reshaped, switch=switch, qualifier=qualifier)
                    given = tuple(dict(resolver.texts(_started(target), also)))
                    yield from caused_by_target(reading, consumer, given, resource.span, last)
                letters = resolver.one_below(target.get("DeadLetterConfig"), "Arn")
                for queue, last in reading.endpoints(letters, "sqs", also):
                    for source in found:
                        yield _undelivered(resource, source, target, queue, last)._replace(switch=switch)


def pattern_of(reading: Reading, node: Node) -> Mapping[str, Any] | Note:
    """An event pattern, given as an object or as JSON; a note for what cannot be read."""
    try:
        pattern = reading.document(node)
    except SourceError as problem:
        return Note(node.span, f"an event pattern could not be read: {problem.message}")
    if not isinstance(pattern, Mapping):
        return Note(node.span, "an event pattern is not known; what its rule is triggered by was not seen")
    return pattern


def buses(reading: Reading, node: Node | None, requires: Requires) -> Iterator[tuple[Endpoint, Requires]]:
    """The buses that a value names, by name or ARN; without a value it is the default bus."""
    found = list(reading.endpoints(node, "events", requires))
    yield from found or [(DEFAULT, requires)]


def consumers(
    reading: Reading, node: Node | None, target: Node, task: str, requires: Requires
) -> Iterator[tuple[Endpoint, Requires]]:
    """What a target starts: of a cluster or a job queue it is the task or the job that its parameters name.

    ``task`` is the name of the parameters for ECS.
    """
    for path, service in ((task, "ecs"), ("BatchParameters", "batch"), ("BatchJobParameters", "batch")):
        below, given = reading.resolver.one_below, target.get(path)
        definition = below(given, "TaskDefinitionArn") or below(given, "JobDefinition")
        if definition is not None:
            yield from reading.endpoints(definition, service, requires)
            return
    for endpoint, needed in reading.endpoints(node, "?", requires):
        first = endpoint.name[0] if endpoint.name else ""
        if not (
            endpoint.service == "events" and isinstance(first, str) and first.startswith("api-destination/")
        ):
            yield endpoint, needed


def _started(target: Node) -> Node | None:
    """What a target starts: the task or the job that its parameters name, else what its ARN says."""
    given = target.get("EcsParameters", "TaskDefinitionArn") or target.get("BatchParameters", "JobDefinition")
    return given or target.get("Arn")


def kind_of(consumer: Endpoint) -> str:
    """``rule`` for what is started, ``forward`` for what carries the event on, ``bus`` for another bus.

    A classic bus does not pass on an event that came from another bus.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-bus-to-bus.html
    """
    if consumer.service == "events" and not built_in(consumer):
        return "forward" if second_version(consumer) else "bus"
    return "forward" if declared(consumer.service).carries else "rule"


def second_version(bus: Endpoint) -> bool:
    """Is it a bus of ``AWS::EventsV2``? It is known by its ARN."""
    return bool(bus.name) and isinstance(bus.name[0], str) and bus.name[0].startswith("event-busv2/")


def _sources(
    reading: Reading, bus: Endpoint, pattern: Mapping[str, Any], read_only: bool
) -> Iterator[Source]:
    """What a rule on ``bus`` listens to: the events put there and, on the default bus, those of AWS services."""
    served: list[Source] = []
    if bus == DEFAULT or _may_be_default(reading, bus):
        for choice in choices(pattern):
            if not _hears_aws(reading, bus, choice):
                continue
            served += object_events.sources(reading, choice)
            served += api_calls.sources(choice, read_only)
            served += service_events.sources(reading, choice)
            if may_match(choice, {"source": "aws.codecommit"}):
                from recursion_lint.services.eventbridge import repository_events

                served += repository_events.sources(reading, choice)
    yield from (source for at, source in enumerate(served) if source not in served[:at])
    if not served or not _only_of_aws(pattern):
        left = without(pattern, _own_place(pattern))
        yield Source(bus, Accepts(content=(left,) if left or not pattern else ()), "events on {source}")


def _own_place(pattern: Mapping[str, Any]) -> list[Path]:
    """The filters on the stack's own account or region, which all that it puts on a bus of its own passes.

    https://docs.aws.amazon.com/eventbridge/latest/ref/events-structure.html
    """
    own = {"account": (ACCOUNT,), "region": (REGION,)}
    return [(name,) for name, place in own.items() if place in (exact(field(pattern, name)) or ())]


def _may_be_default(reading: Reading, bus: Endpoint) -> bool:
    """AWS services put their events on the default bus alone; a parameter may name it, if its default does not differ.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus.html
    """
    named = reading.default_of(bus.name) or literal(bus.name)
    if named is not None:
        return named.rpartition("/")[2] == literal(DEFAULT.name)
    if verdict((bus.name, DEFAULT.name)) == "disjoint":
        return False
    return all(reading.endpoint(resource) != bus for resource in reading.of_type("AWS::Events::EventBus"))


def _hears_aws(reading: Reading, bus: Endpoint, choice: Mapping[str, Any]) -> bool:
    """May a pattern be about events of AWS services?

    On a bus that only a deployment tells it must say so; anywhere a parameter does whose default is no source of AWS.
    """
    given = field(choice, "source")
    if given is None or of_aws_alone(choice):
        return True
    defaults = [reading.default_of(word) for word in exact(given) or ()]
    others = bool(defaults) and all(word is not None and not word.startswith("aws.") for word in defaults)
    return not others and (bus == DEFAULT or exact(given) is None)


def _only_of_aws(pattern: Mapping[str, Any]) -> bool:
    names = exact(field(pattern, "source"))
    return bool(names) and all((literal(name) or "").startswith("aws.") for name in names or ())


def _trigger(resource: Resource, source: Source, consumer: Endpoint, requires: Requires) -> Trigger:
    kind = kind_of(consumer)
    added_by_sam = not resource.declared_type
    verb = "trigger" if kind == "rule" else "go to"
    through = "" if added_by_sam else f" by the rule {resource.id}"
    return Trigger(
        source.channel,
        consumer,
        f"{source.words} that match the pattern {verb} {{target}}{through}",
        resource.span,
        kind,
        source.accepts,
        evidence=source.evidence,
        via=() if added_by_sam else (resource.id,),
        requires=requires,
    )


def put_on(arriving: Produces, trigger: Trigger) -> Iterator[Produces]:
    """What a trigger of a bus hands on of what arrives."""
    if second_version(trigger.channel) or trigger.reshaped:
        yield Produces()
        return
    # The language of events is loaded only where a loop goes on behind the rule.
    from recursion_lint.services.eventbridge.forwarding import matched

    yield from matched(arriving, trigger)


def of_aws_alone(pattern: Any) -> bool:
    """A pattern that takes only sources beginning with ``aws.``, which nobody but AWS can put.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
    """
    sources = pattern.get("source") if isinstance(pattern, dict) else None
    return isinstance(sources, list) and bool(sources) and all(map(_of_aws, sources))


def _of_aws(source: Any) -> bool:
    if isinstance(source, dict):
        source = source.get("prefix")
    word = literal(source) if isinstance(source, tuple) else None
    return word is not None and word.startswith("aws.")


def written(site: Any, reading: Any) -> Any:
    """What a call in a handler's code puts there, as filters see it."""
    from recursion_lint.services.code_documents import event

    return event(site, reading)


def _undelivered(
    resource: Resource, source: Source, target: Node, queue: Endpoint, requires: Requires
) -> Trigger:
    """What a rule cannot deliver to a target goes to the target's dead-letter queue.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
    """
    at = target.get("DeadLetterConfig") or target
    by = f" by the rule {resource.id}" if resource.declared_type else ""
    return Trigger(
        source.channel,
        queue,
        f"{source.words} that cannot be delivered{by} go to {{target}}",
        at.span,
        "redrive",
        source.accepts._replace(undecided=source.accepts.undecided or UNDELIVERED),
        delivery="service",
        evidence="assumed",
        via=(resource.id,) if resource.declared_type else (),
        requires=requires,
        reshaped=True,
    )


SERVICE = Service(
    name="events",
    product="EventBridge",
    rule="eventbridge-loop",
    kinds=(
        ResourceKind(
            "AWS::Events::EventBus",
            "events",
            "events:@:event-bus/{}",
            "Name",
            "name",
            {"Arn": "arn", "Name": "name"},
        ),
        ResourceKind("AWS::Events::Rule", "events", "events:@:rule/{}", "Name", "name", {"Arn": "arn"}),
    ),
    writes={"PutEvents": frozenset(), "PutRawEvents": frozenset()},
    acts_on={"PutRawEvents": "event-busv2/"},
    readers={"AWS::Events::EventBus": read_bus, "AWS::Events::Rule": read_rule},
    arn=ArnForm("event-bus/", kind="event-busv2/"),
    shape="bus",
    unnamed="default",
    written=written,
    filtered_by="rule",
    content_filter="event-source",
    hands_on=put_on,
    only_aws_puts=of_aws_alone,
    for_destination=for_destination,
    verb="put events on",
    unit="event",
    second=SecondChannel(
        "AWS::Events::EventBus",
        "event bus",
        "name",
        "",
        "OUTPUT_BUS",
        "1 invocation per event; rules for the results move to the second bus",
        properties=(("Name", "${AWS::StackName}-output"),),
    ),
    way_out=WayOut(
        "narrow-pattern",
        "Narrow the rule to events that {actor} does not cause",
        "let it match another source, detail-type or detail than the events of {actor} have",
        of_trigger=True,
    ),
    precedence=8,
    price=Price(
        "https://aws.amazon.com/eventbridge/pricing/",
        event=(0.0, 1e-6),  # AWS's own events cost nothing
        waits=(0.2, 1.0),
        most=10_000,  # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
    ),
    cdk=CdkGrants("grantPutEventsTo"),
)
