"""Events by which AWS services tell how their own work goes: which of them a rule listens to.

A rule on the end of a state machine's execution is met by whatever starts the state machine. The work of a resource
that the template declares, or that the pattern names, is the channel of that resource; any other work is a channel of
the account (``caused_events``). Names of events:
https://docs.aws.amazon.com/eventbridge/latest/ref/welcome.html
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from recursion_lint.model.facts import Accepts, Endpoint
from recursion_lint.model.text import Text, literal
from recursion_lint.patterns.fields import Path, exact, field, may_match, strings, without
from recursion_lint.patterns.keys import covers, decide
from recursion_lint.services.eventbridge.caused_events import all_events, channel_of, events_of
from recursion_lint.services.naming import endpoint_of
from recursion_lint.services.reading import Reading
from recursion_lint.services.s3.object_events import TRAIL, Source, recorded, settled
from recursion_lint.services.service_event import ServiceEvent
from recursion_lint.template.sam_nodes import chosen_refs
from recursion_lint.template.template import Resource

_MACHINE = "AWS::StepFunctions::StateMachine"
_ALL_COME_TO = ("STARTED", "RUNNING", "IN_PROGRESS", "STOPPED", "SUCCEEDED")


def sources(reading: Reading, pattern: Mapping[str, Any]) -> Iterator[Source]:
    """Whose work ``pattern`` (without ``$or``) listens to: named resources, all of the template, all of the account.

    A pattern that names neither a source nor a detail type is about events of somebody's own making.
    """
    if field(pattern, "source") is None and field(pattern, "detail-type") is None:
        return
    for event in _near(pattern):
        if _lets_through(pattern, event):
            spelled = False
            if event.types_of:
                spelled = _words(pattern, event) is not None
                yield from _of(reading, pattern, event)
            if not spelled:
                left = without(pattern, [*settled(pattern), ("source",), ("detail-type",)])
                accepts = Accepts(content=(left,) if left else ())
                yield Source(channel_of(event), accepts, "{source} events", "assumed")


def _near(pattern: Mapping[str, Any]) -> Iterable[ServiceEvent]:
    """The events of the sources that a pattern names; all of them where it names none."""
    words = [literal(word) for word in exact(field(pattern, "source")) or ()]
    if not words or None in words:
        return all_events()
    return [event for word in words for event in events_of(word or "")]


def _lets_through(pattern: Mapping[str, Any], event: ServiceEvent) -> bool:
    if not event.types:
        asked = exact(field(pattern, "detail-type"))
        return field(pattern, "source") is not None and not recorded(pattern) and asked != [(TRAIL,)]
    if not any(may_match(pattern, {"source": event.source, "detail-type": name}) for name in event.types):
        return False
    return field(pattern, "detail-type") is not None or _about(pattern, event)


def _about(pattern: Mapping[str, Any], event: ServiceEvent) -> bool:
    """May a pattern that tells no detail type be about this event, by the fields that it asks for?"""
    asked = field(pattern, "detail")
    known = {path.partition(".")[0] for said in (event.usual, *event.calls.values()) for path in said}
    known |= {path.split(".")[1] for path in event.names if path.startswith("detail.")}
    return not isinstance(asked, Mapping) or not known or not known.isdisjoint(asked)


def _of(reading: Reading, pattern: Mapping[str, Any], event: ServiceEvent) -> Iterator[Source]:
    operation: Path = ("detail", event.operation) if event.operation else ()
    done = [*settled(pattern), ("resources",), *([operation] if operation else [])]
    for endpoint, sure in _named(reading, pattern, event):
        left = without(pattern, [*done, _named_by(event)] if sure else done)
        yield Source(
            endpoint,
            Accepts(_operations(pattern, event, operation), content=_telling(left)),
            "change events of {source}",
            "assumed",
        )


def _named_by(event: ServiceEvent) -> Path:
    return tuple(next(iter(event.names)).split("."))


def _telling(left: Mapping[str, Any]) -> tuple[Any, ...]:
    """What is left of a pattern, without a filter on the outcome that lets through what all work passes or comes to."""
    common = [
        ("detail", name)
        for name in ("status", "lastStatus", "state", "build-status")
        if any(may_match({"status": field(left, "detail", name)}, {"status": word}) for word in _ALL_COME_TO)
    ]
    rest = without(left, common)
    return (rest,) if rest else ()


def _operations(pattern: Mapping[str, Any], event: ServiceEvent, operation: Path) -> frozenset[str] | None:
    """The event types of a resource's channel that a filter on the operation lets through."""
    if not operation or field(pattern, *operation) is None:
        return None
    every = {word for said in event.calls.values() for word in said.get(event.operation, ())}
    return frozenset(word for word in every if may_match(pattern, {"detail": {event.operation: word}}))


def _words(pattern: Mapping[str, Any], event: ServiceEvent) -> list[Any] | None:
    """The names or ARNs that a pattern spells out."""
    leaf = field(pattern, *_named_by(event))
    if leaf is None and event.service in ("states", "codepipeline", "ssm"):
        return exact(field(pattern, "resources"))
    return exact(leaf)


def _named(
    reading: Reading, pattern: Mapping[str, Any], event: ServiceEvent
) -> Iterator[tuple[Endpoint, bool]]:
    words = _words(pattern, event)
    silent = _silent(reading) if event.service == "states" else frozenset()
    if words is not None:
        named = (endpoint_of(word, event.service) for word in words)
        yield from ((endpoint, True) for endpoint in named if endpoint not in silent)
        return
    pairs = strings(field(pattern, *_named_by(event)))
    for resource in reading.of_type(*event.types_of):
        endpoint = endpoint_of(reading.resolver.name_of(resource), event.service)
        if endpoint in silent:
            continue
        value = _value(reading, resource, event)
        verdicts = {_verdict(value, required, excluded) for required, excluded in pairs or ()}
        if pairs is None or verdicts != {"disjoint"}:
            yield endpoint, "overlaps" in verdicts


def _verdict(value: Text, required: Sequence[Text], excluded: Sequence[Text]) -> str:
    """A name that a filter excludes in the very words of the template is disjoint, whatever it will be."""
    if any(covers([one], value) for one in excluded):
        return "disjoint"
    return decide((value, *required), tuple(excluded)).verdict


def _value(reading: Reading, resource: Resource, event: ServiceEvent) -> Text:
    """What the event calls a declared resource: its name, or what ``Ref`` gives where that is its ARN."""
    if next(iter(event.names.values())) != "arn":
        return reading.resolver.name_of(resource)
    return reading.resolver.reference(resource.id)


def _silent(reading: Reading) -> frozenset[Endpoint]:
    """The state machines of Express workflows, which send no events.

    https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
    """
    machines = [(resource, reading.endpoint(resource)) for resource in reading.of_type(_MACHINE)]
    loud = {endpoint for resource, endpoint in machines if not _express(reading, resource)}
    return frozenset(endpoint for _, endpoint in machines) - loud


def _express(reading: Reading, resource: Resource) -> bool:
    """Is it an Express workflow in every branch? Without a type it would be a Standard one."""
    node = resource.get("StateMachineType")
    if node is None or "AWS::NoValue" in chosen_refs(node):
        return False
    return reading.resolver.constant(node) == "EXPRESS"
