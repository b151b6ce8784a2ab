"""A key prefix for what comes in, another one for what goes out: provable with the grant narrowed to the latter.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
"""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.graph.cycle_search import Step
from recursion_lint.model.facts import REPLICATION
from recursion_lint.model.text import ANY, render
from recursion_lint.remedies import grant
from recursion_lint.remedies.case import Case, Change, Offer
from recursion_lint.remedies.channels import with_tail
from recursion_lint.services.registry import declared
from recursion_lint.services.s3.notifications import is_notification
from recursion_lint.template.yaml.edits import EditError
from recursion_lint.template.yaml.nodes import Node

_COST = "the same bucket, another key, no metadata: 1 invocation per object"


def key_filter(case: Case, step: Step) -> Iterator[Offer]:
    """The trigger takes one prefix, the grant allows another."""
    if step.write is None or not declared(step.write.channel.service).keyed:
        return
    actor, bucket = case.label(step.write.actor), case.label(step.write.channel)
    prefix = _prefix(step)
    taken = prefix if prefix is not None else "input/"
    out = "output/" if not taken.startswith("output") else "processed/"
    narrowed = f"let {actor} write under {out} only"
    copied = step.end.trigger.kind == REPLICATION
    verb, place = "Trigger on", "notification's filter"
    if copied:
        verb, place = "Replicate only", "replication rule's filter"
    elif not is_notification(step.end.trigger):
        place = "rule's event pattern"
    title = f"Let {actor} write only under {out} in {bucket}, away from {taken}"
    if prefix is None:
        title = f"{verb} {taken} in {bucket}, and {narrowed}"
    yield Offer(
        "key-filter",
        title,
        case.hop(step.write),
        f"{_COST}; the handler must write keys under {out}"
        + ("" if prefix is not None else f", uploads must go to {taken}"),
        ("" if prefix is not None else f"add the prefix {taken} to the {place}; ") + narrowed,
        "unsafe",
        lambda: _filtered(case, step, None if prefix is not None else taken, out),
    )


def _prefix(step: Step) -> str | None:
    """The prefix that the trigger has already."""
    rules = step.end.trigger.accepts.keys
    required = rules[0][0] if len(rules) == 1 else ()
    return next((render(rule[:-1]) for rule in required if rule[:1] != (ANY,)), None)


def _filtered(case: Case, step: Step, prefix: str | None, out: str) -> tuple[Change, ...]:
    tail = "/" + out.rstrip("/")
    aim = grant.Aim(
        lambda node: with_tail(node, "", tail),
        lambda old, node: with_tail(node, old, tail + "/*") if old else with_tail(node, "", ""),
    )
    found = grant.grants(case, step)
    changes = grant.changes(found, lambda one: grant.turn(one, aim))
    return (*changes, *(_with_prefix(case, step, prefix) if prefix is not None else ()))


def _with_prefix(case: Case, step: Step, prefix: str) -> tuple[Change, ...]:
    """The prefix rule added to the trigger's filter, wherever that is written."""
    editor, trail = case.locate(step.end.trigger.span)
    entry = trail.node.get("Properties") if trail.node.get("Properties") is not None else trail.node
    if entry is None or (entry.get("Bucket") is None and not any(entry.get(name) for name in _TARGETS)):
        raise EditError("the notification is not written here")
    path = (
        ("Filter", "S3Key", "Rules")
        if entry.get("LambdaFunctionArn") is None
        else ("Filter", "Key", "FilterRules")
    )
    rules = entry.get(*path)
    rule = {"Name": "prefix", "Value": prefix}
    if rules is None:
        return (Change(editor.file, editor.put(entry, path, [rule])),)
    if any(
        (name := item.get("Name")) is None or (name.text or "").lower() == "prefix"
        for item in rules.elements()
    ):
        raise EditError("the filter has a prefix")
    return (Change(editor.file, editor.add_item(rules, rule)),)


_TARGETS = ("Function", "LambdaFunctionArn", "Queue", "QueueArn", "Topic", "TopicArn")


def created_only(case: Case, step: Step) -> Iterator[Offer]:
    """For a loop of tags: a trigger on new objects does not hear them."""
    events = step.end.trigger.accepts.events
    if step.write is None or not declared(step.write.channel.service).keyed or not events:
        return
    if not any(name.startswith("s3:ObjectTagging") for name in events) or any(
        "ObjectCreated" in name for name in events
    ):
        return
    bucket = case.label(step.write.channel)
    yield Offer(
        "created-only",
        f"Trigger on ObjectCreated instead of ObjectTagging in {bucket}",
        case.hop(step.end.trigger),
        "1 invocation per object; changes of tags made by others no longer start the function",
        "set the notification's event to s3:ObjectCreated:*",
        "unsafe",
        lambda: _created(case, step),
    )


def _created(case: Case, step: Step) -> tuple[Change, ...]:
    editor, trail = case.locate(step.end.trigger.span)
    entry: Node = trail.node.get("Properties") or trail.node
    for key in ("Events", "Event"):
        found = entry.get(key)
        if found is not None:
            return (Change(editor.file, editor.put(entry, (key,), "s3:ObjectCreated:*")),)
    raise EditError("the notification is not written here")
