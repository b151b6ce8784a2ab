"""What the items and events that code writes have in common: the filter or condition by which they start nothing.

https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-filtering.html
"""

from __future__ import annotations

import json

from recursion_lint.code.calls import CallSite, Literal, ObjectValue, Value
from recursion_lint.code.carried_values import content
from recursion_lint.code.handled_events import EVENTS, events_written_on, handled_events
from recursion_lint.code.sdk_calls import operation
from recursion_lint.graph.cycle_search import Step
from recursion_lint.remedies.case import Case

_PUTS = "PutItem"
_REMOVED = frozenset({"REMOVE"})
_STATES = ("status", "state", "stage", "phase", "type", "kind", "source", "origin")


def written_pattern(case: Case, step: Step) -> str:
    """A pattern that no item written by the call of ``step`` matches, but every other; empty where none is known.

    Keys stand in every record, also of what is removed. ``anything-but`` does not match an attribute that is not there,
    so that is an alternative. Kinds of change are left out only where the code acts on none of them.
    """
    said = case.said(step)
    site = said.site if said is not None else None
    by_key = _own_key(case, step, site) if site is not None else ""
    if by_key:
        return by_key
    made = {event for one in (said.calls if said is not None else ()) for event in one.events}
    if step.write is not None and step.write.produces.events == _REMOVED:
        made = set(_REMOVED)
    needed = events_handled(case, step) if made else frozenset()
    if needed and not needed & made:
        return json.dumps({"eventName": sorted(needed)})
    if made == _REMOVED:
        return ""
    # The service is also what the part of a record is called that holds the images of an item.
    service = step.end.trigger.channel.service
    item = content(site, "item") if site is not None and site.operation == f"{service}.{_PUTS}" else None
    if not isinstance(item, ObjectValue) or item.computed or item.rest is not None:
        return ""
    constant = {name: text for name, value in item.fields if (text := _constant(value))}
    name = next((state for state in _STATES if state in constant), "")
    if not name:
        return ""

    def on(test: object) -> object:
        return {service: {"NewImage": {name: {"S": [test]}}}}

    return json.dumps({"$or": [on({"anything-but": [constant[name]]}), on({"exists": False})]})


def events_handled(case: Case, step: Step) -> frozenset[str]:
    """All kinds of change that the consumer's code acts on; none where it does not show that it needs no others."""
    if case.reader is None or step.write is None or step.write.actor != step.end.trigger.consumer:
        return frozenset()
    named = handled_events(case.reader.texts(step))
    if named is not None:
        return named
    written = events_written_on(case.reader.sites(step))
    return written if written < EVENTS else frozenset()


def _own_key(case: Case, step: Step, site: CallSite) -> str:
    """All keys but the one that the call always writes, where the table has that attribute in its key."""
    service = step.end.trigger.channel.service
    written = site.key if site.key is not None else content(site, "item")
    if not isinstance(written, ObjectValue) or written.computed or written.rest is not None:
        return ""
    keys = table_keys(case, step)
    for name, value in written.fields:
        constant = _constant(value) if name in keys else ""
        if constant:
            return json.dumps({service: {"Keys": {name: {"S": [{"anything-but": [constant]}]}}}})
    return ""


def sources(case: Case, step: Step) -> tuple[str, ...]:
    """The sources of all events that the code puts, on whatever bus; none where one is known only when it runs."""
    if case.reader is None or step.write is None:
        return ()
    sites = [one for one in case.reader.sites(step) if operation(one.operation).channel == step.write.service]
    told = {_constant(value) if (value := one.value("source")) is not None else "" for one in sites}
    return () if "" in told else tuple(sorted(told))


def table_keys(case: Case, step: Step) -> tuple[str, ...]:
    """The attributes of the table's key, as its template declares them."""
    place = case.place(step.end.trigger.channel)
    properties = place.properties if place is not None else None
    if properties is None:
        return ()
    single = properties.get("PrimaryKey", "Name")
    schema = properties.get("KeySchema")
    named = [one.get("AttributeName") for one in schema.elements()] if schema is not None else [single]
    return tuple(one.text for one in named if one is not None and one.text)


def _constant(value: Value) -> str:
    """The text that an attribute always has, with its type beside it or without; empty for any other."""
    if isinstance(value, ObjectValue) and len(value.fields) == 1 and value.fields[0][0] == "S":
        value = value.fields[0][1]
    return value.value if isinstance(value, Literal) and isinstance(value.value, str) else ""
