"""Filters on the content of events: FilterPolicy, FilterCriteria, and the source of events with a condition on it.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
"""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.graph.cycle_search import Step
from recursion_lint.remedies import grant
from recursion_lint.remedies.case import Case, Change, Offer
from recursion_lint.remedies.channels import as_sub
from recursion_lint.remedies.narrow_grant import in_use
from recursion_lint.remedies.written_items import events_handled, sources, written_pattern
from recursion_lint.services.registry import declared
from recursion_lint.template.yaml.edits import EditError
from recursion_lint.template.yaml.emitter import Value, get_att, sub
from recursion_lint.template.yaml.nodes import Node

_INSERTED = frozenset({"INSERT"})
_INSERTS = '{"eventName": ["INSERT"]}'


def content_filter(case: Case, step: Step) -> Iterator[Offer]:
    """What the channel's kind of filter can do."""
    if step.write is None:
        return
    kind = declared(step.write.channel.service).content_filter
    if kind == "filter-policy" and not step.end.trigger.accepts.content:
        yield _filter_policy(case, step)
    elif kind == "filter-criteria" and events_handled(case, step) == _INSERTED:
        # What keeps the work offers the same filter, but where it is only an info.
        if case.finding.severity == "info" or '"eventName"' not in written_pattern(case, step):
            yield _inserts_only(case, step)
    elif kind == "event-source":
        yield from _own_source(case, step)


def _filter_policy(case: Case, step: Step) -> Offer:
    trigger = step.end.trigger
    actor = case.label(step.write.actor) if step.write is not None else ""
    return Offer(
        "filter-policy",
        f"Let {case.label(trigger.consumer)} take only what {actor} does not send to {case.label(trigger.channel)}",
        case.hop(trigger),
        f"1 invocation per message; holds as long as {actor} never sets the attribute, which a template cannot show; "
        "a change of the policy takes up to 15 minutes",
        "give the subscription FilterPolicy: {stage: [raw]}, and let the first publisher set the attribute stage: raw",
        "manual",
    )


def _inserts_only(case: Case, step: Step) -> Offer:
    trigger = step.end.trigger
    return Offer(
        "inserts-only",
        f"Let {case.label(trigger.consumer)} take only new items from the stream of {case.label(trigger.channel)}",
        case.hop(trigger),
        "1 invocation per new item: the code acts on no other change; provable where no grant can "
        "insert an item: PutItem, UpdateItem and BatchWriteItem can",
        f"give the event source the filter {_INSERTS}, and write with a condition that the item is there already",
        "unsafe",
        lambda: with_filter(case, step, _INSERTS),
    )


def with_filter(case: Case, step: Step, pattern: str) -> tuple[Change, ...]:
    """A filter for the mapping of a stream that has none yet. Raises ``EditError`` where it cannot be written."""
    editor, trail = case.locate(step.end.trigger.span)
    found = trail.node.get("Properties")
    if found is None or (found.get("Stream") is None and found.get("EventSourceArn") is None):
        raise EditError("the event source is not written here")
    if found.get("FilterCriteria") is not None:
        raise EditError("the event source has a filter")
    criteria: Value = {"Filters": [{"Pattern": pattern}]}
    return (Change(editor.file, editor.put(found, ("FilterCriteria",), criteria)),)


def _own_source(case: Case, step: Step) -> Iterator[Offer]:
    """A condition on the source: that which the code gives its events already, where it needs the permission."""
    if step.write is None:
        return
    actor, hop = case.label(step.write.actor), case.hop(step.write)
    if in_use(case, step):
        told = sources(case, step)
        if told and not case.sharers(step):
            named = " or ".join(told)
            yield Offer(
                "own-source",
                f"Let {actor} put only events with the source {named}, as its code does",
                hop,
                "none: its code puts no other events",
                f"add the condition events:source = {named} to the grant",
                "unsafe",
                lambda: _with_source(case, step, told[0] if len(told) == 1 else list(told)),
                only_as_diff=True,
            )
        return
    source = f"{actor.lower()}.output"
    yield Offer(
        "own-source",
        f"Let {actor} put only events with the source {source}",
        hop,
        "1 invocation per event; provable where the rule's pattern names its sources; the handler must set the source",
        f"add the condition events:source = {source} to the grant, and put events with that Source",
        "unsafe",
        lambda: _with_source(case, step, source),
    )


def _with_source(case: Case, step: Step, source: Value) -> tuple[Change, ...]:
    condition: Value = {"StringEquals": {"events:source": source}}
    changes: list[Change] = []
    for found in grant.grants(case, step):
        editor, trail = found.editor, found.trail
        if found.kind == "inline":
            _only_puts(trail.node)
            changes.append(Change(editor.file, editor.put(trail.node, ("Condition",), condition)))
            continue
        policies, index = trail.parents[-2], trail.path[-2]
        if found.statement.label != "EventBridgePutEventsPolicy" or not isinstance(index, int):
            raise EditError("the policy template grants more")
        statement: Value = {
            "Effect": "Allow",
            "Action": "events:PutEvents",
            "Resource": _bus_arn(case, step),
            "Condition": condition,
        }
        changes.append(Change(editor.file, editor.swap_item(policies, index, {"Statement": [statement]})))
    return tuple(changes)


def _only_puts(statement: Node) -> None:
    actions = statement.get("Action")
    texts = [item.text for item in actions.each()] if actions is not None else []
    if texts != ["events:PutEvents"] or statement.get("Condition") is not None:
        raise EditError("the statement allows more than PutEvents")


def _bus_arn(case: Case, step: Step) -> Value:
    if step.write is None:
        raise EditError("nothing is granted here")
    place = case.place(step.write.channel)
    if place is not None:
        return get_att(place.id, "Arn")
    name = as_sub(step.write.channel.name)
    if name is None:
        raise EditError("the bus is not in the template")
    return sub("arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/" + name)
