"""Calls, and the events of AWS services that they cause: who makes the call, and what is known of the event.

The channel of such an event is the account's: ``service-event`` with the name of the event. Work of a declared
resource (a project, a job) has the resource's own channel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from recursion_lint.model.arns import split_arn
from recursion_lint.model.facts import Endpoint, Produces, Write
from recursion_lint.model.levels import EvidenceName
from recursion_lint.model.path_conditions import Requires
from recursion_lint.model.spans import Span
from recursion_lint.model.text import (
    ANY,
    Text,
    glob,
    has_wildcard,
    literal,
    render,
    split_text,
    strip_prefix,
    text,
)
from recursion_lint.patterns.events import Doc, Glob, Items, OneOf, Value
from recursion_lint.services.naming import endpoint_of, unrevised
from recursion_lint.services.reading import Reading
from recursion_lint.services.registry import by_name, declared, telling
from recursion_lint.services.service_event import Said, ServiceEvent

CHANNEL = "service-event"


_DEEP = ("parameter/", "repository/", "alarm:")
"""How ARNs begin whose names may have slashes in them: ``/shop/stage``, ``shop/cart``."""


@cache
def events_of(source: str) -> tuple[ServiceEvent, ...]:
    """The events of a source (``aws.athena``)."""
    service = source.removeprefix("aws.")
    if service in telling():
        return by_name()[service].events
    from recursion_lint.services.eventbridge.event_catalogue import EVENTS

    return tuple(event for event in EVENTS if event.source == source)


@cache
def all_events() -> tuple[ServiceEvent, ...]:
    """Every event of the table; loads the modules of all services that have some."""
    from recursion_lint.services.eventbridge.event_catalogue import EVENTS

    return (*(event for service in telling() for event in events_of(f"aws.{service}")), *EVENTS)


@cache
def _by_call() -> Mapping[str, tuple[tuple[ServiceEvent, str], ...]]:
    found: dict[str, list[tuple[ServiceEvent, str]]] = {}
    for event in all_events():
        for call in event.calls:
            found.setdefault(call.lower(), []).append((event, call))
    return {call: tuple(events) for call, events in found.items()}


def channel_of(event: ServiceEvent) -> Endpoint:
    """The channel of an event of the account, whatever resource it is about."""
    return Endpoint(CHANNEL, (event.name,))


def event_at(channel: Endpoint) -> ServiceEvent | None:
    """The event whose channel this is."""
    name = literal(channel.name) or ""
    return next((event for event in events_of(name.partition(": ")[0]) if event.name == name), None)


def service_at(channel: Endpoint) -> str:
    """The service whose events a channel of the account carries, if it has a declaration."""
    service = (literal(channel.name) or "").partition(": ")[0].removeprefix("aws.")
    return service if service in telling() else CHANNEL


def event_label(name: Text) -> str:
    """``aws.athena: Athena Query State Change`` → the detail type alone."""
    return render(name).partition(": ")[2]


def said_of(event: ServiceEvent, said: Said, names: Sequence[Text] | None) -> Doc:
    """What is known of an event after a call: what it says then, and which resources it may be about.

    ``names`` are the resources' names or ARNs, wildcards read; ``None`` where they are not known.
    """
    fields: dict[str, Any] = {"source": (event.source,)}
    if event.types:
        fields["detail-type"] = OneOf(tuple((name,) for name in event.types))
    detail: dict[str, Any] = {}
    for path, values in event.usual.items():
        if path not in said:
            _put(detail, path, OneOf((*((value,) for value in values), Glob((ANY,)))))
    for path, values in said.items():
        _put(detail, path, OneOf(tuple((value,) for value in values)))
    for path, form in event.names.items():
        value = _named(event, form, names)
        if value is None:
            continue
        if path == "resources":
            fields[path] = Items((value,), open=False)
        else:
            _put(detail, path.removeprefix("detail."), value)
    fields["detail"] = _open(detail)
    return Doc(fields, open=True)


def _put(detail: dict[str, Any], path: str, value: Value) -> None:
    *groups, last = path.split(".")
    for group in groups:
        detail = detail.setdefault(group, {})
    detail[last] = value


def _open(fields: Mapping[str, Any]) -> Doc:
    return Doc(
        {key: _open(part) if isinstance(part, dict) else part for key, part in fields.items()}, open=True
    )


def _named(event: ServiceEvent, form: str, names: Sequence[Text] | None) -> Value | None:
    """The field that names the resource, as one of ``names``; ``None`` where one of them does not tell."""
    found: list[Text | Glob] = []
    for given in names or ():
        value = _as(event, form, given)
        if not value or value == (ANY,):
            return None
        found.append(Glob(value) if has_wildcard(value) else value)
    return OneOf(tuple(found)) if found else None


def _as(event: ServiceEvent, form: str, given: Text) -> Text | None:
    """A name or an ARN as a field of the event gives it; ``None`` where it cannot."""
    arn = split_arn(given)
    if form == "arn":
        return given if arn is not None and strip_prefix(arn.resource, event.arn) is not None else None
    name = given if arn is None else _name_in(event, arn.resource)
    if form != "path" or not name:
        return name
    plain = strip_prefix(name, "/") or name
    deep = any(isinstance(part, str) and "/" in part for part in plain)
    return text(["/", *plain]) if deep else plain if not has_wildcard(plain) else None


def _name_in(event: ServiceEvent, resource: Text) -> Text | None:
    """``workgroup/primary`` → ``primary``: the name stands before a revision or what belongs to the resource."""
    name = strip_prefix(resource, event.arn) if event.arn else resource
    if event.arn.startswith("autoScalingGroup"):
        fields = split_text(resource, ":autoScalingGroupName/", 1)
        name = fields[1] if len(fields) == 2 else None
    if name is None or event.arn in _DEEP:
        return name
    return split_text(split_text(name, ":", 1)[0], "/", 1)[0]


def caused(
    reading: Reading,
    actor: Endpoint,
    call: str,
    named: Callable[[str], Sequence[Text]],
    reason: str,
    span: Span,
    requires: Requires,
    evidence: EvidenceName = "defined",
) -> Iterator[Write]:
    """The events that ``call`` (``athena:startQueryExecution``, in any case) causes, made by ``actor``.

    ``named`` tells the resources that a parameter of the call names, as far as they are known. The work of a
    resource that the template declares has a channel of its own already.
    """
    for event, name in _by_call().get(call.lower(), ()):
        names = named(event.argument) if event.argument else ()
        if event.types_of and names and all(_declared(reading, event, one) for one in names):
            continue
        told = bool(names) and not any(map(has_wildcard, names))
        document = said_of(event, event.calls[name], names if told else None)
        produces = Produces(document=document)
        yield Write(actor, channel_of(event), reason, span, "task", produces, evidence, requires=requires)


def _declared(reading: Reading, event: ServiceEvent, name: Text) -> bool:
    meant = unrevised(endpoint_of(name, event.service))
    return any(
        endpoint_of(reading.resolver.name_of(resource), event.service) == meant
        for resource in reading.of_type(*event.types_of)
    )


_UNDECLARED = {
    "redshift": "redshift-data:ExecuteStatement",
    "redshift-serverless": "redshift-data:ExecuteStatement",
    "sagemaker": "sagemaker:StartPipelineExecution",
}
"""The call that starts a target of a service that has no declaration."""

_BUILT_IN = {
    "target/create-snapshot": "ec2:CreateSnapshot",
    "target/reboot-instance": "",
    "target/stop-instance": "ec2:StopInstances",
    "target/terminate-instance": "ec2:TerminateInstances",
}
"""Targets that EventBridge itself works off: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html"""


def built_in(consumer: Endpoint) -> bool:
    """Is it a call that EventBridge itself makes, rather than a bus?"""
    return bool(consumer.name) and consumer.name[0] in _BUILT_IN


def caused_by_target(
    reading: Reading, consumer: Endpoint, given: Iterable[Text], span: Span, requires: Requires
) -> Iterator[Write]:
    """The events that a rule's target causes when it is started; ``given`` is how the rule names it."""
    first = consumer.name[0] if consumer.name and isinstance(consumer.name[0], str) else ""
    if consumer.service == "events":
        call = _BUILT_IN.get(first, "")
    else:
        starts = declared(consumer.service).as_target.items()
        known = (action for start, action in starts if first.startswith(start))
        call = next(known, _UNDECLARED.get(consumer.service, ""))
    if call:
        names = tuple(given) if consumer.service != "events" else ()
        reason = f"the start of {{source}} ({call}) causes {{target}} events"
        yield from caused(reading, consumer, call, lambda _: names, reason, span, requires, "declared")


def names_meant(event: ServiceEvent, patterns: Iterable[Text]) -> tuple[Text, ...] | None:
    """The resources of a policy statement as the event may name them; ``None`` where it is not told which."""
    found: list[Text] = []
    for pattern in patterns:
        arn = split_arn(pattern)
        if (
            arn is None
            or arn.resource == (ANY,)
            or (event.arn and strip_prefix(arn.resource, event.arn[:16]) is None)
        ):
            return None
        found.append(glob(pattern))
    return tuple(found) or None


def resource_named(event: ServiceEvent, pattern: Text) -> Endpoint:
    """The resource that an ARN of a policy statement names."""
    return endpoint_of(pattern, event.service)
