"""What the template tells of the items that a call writes: their keys, and whether the event is about one of them."""

from __future__ import annotations

from collections.abc import Sequence

from recursion_lint.assessment.evidence.code_values import Around
from recursion_lint.code.calls import CallSite
from recursion_lint.code.item_changes import kinds_of_change, may_be_deletion, may_delete, with_change
from recursion_lint.services.registry import declared


def table_keys(place: Around) -> tuple[str, ...]:
    """The attributes of the key of the table that a step writes to; none where they are not known."""
    known = place.graph.declared_near(place.channel, place.step.end.trigger.span.file)
    return known.keys if known is not None else ()


def accepted_changes(place: Around) -> frozenset[str] | None:
    """The kinds of change of items that the trigger behind a step takes; ``None`` for all, or for another channel."""
    return kinds_of_change(place.step.end.trigger.accepts.events)


def as_told(sites: Sequence[CallSite], all_calls: Sequence[CallSite], place: Around) -> list[CallSite]:
    """The calls with the one kind of change that they make, where that is known.

    ``all_calls`` are those of the whole code: where one of them may delete an item, nothing is said.
    """
    service, names = place.channel.service, table_keys(place)
    if not names or declared(service).guarded_by != "item":
        return list(sites)
    if any(may_delete(one) for one in all_calls if one.operation.partition(".")[0] == service):
        return list(sites)
    start = place.step.start.trigger
    itself = start.channel == place.channel and start.kind == "trigger" and not start.reshaped
    removed = may_be_deletion(start.accepts.events)
    return [with_change(site, names, itself, removed) for site in sites]
