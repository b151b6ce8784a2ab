"""Loops whose way out is not a grant: destinations, definitions, log subscriptions, IoT rules. Mostly words."""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.graph.cycle_search import Step
from recursion_lint.model.facts import LOG_DELIVERY
from recursion_lint.remedies.case import Case, Change, Offer
from recursion_lint.remedies.own_permission import role_of
from recursion_lint.services.eventbridge import recorded_calls
from recursion_lint.services.reading import UNDELIVERED
from recursion_lint.services.registry import declared
from recursion_lint.template.yaml.edits import EditError
from recursion_lint.template.yaml.nodes import Node

_HOLDERS = (
    "OnSuccess",
    "OnFailure",
    "DestinationConfig",
    "EventInvokeConfig",
    "DeadLetterConfig",
    "DeadLetterQueue",
)
_ISSUER = "detail.userIdentity.sessionContext.sessionIssuer"
ALL_BUT_ONE = '{"$or": [{"userName": [{"anything-but": ["ROLE NAME"]}]}, {"userName": [{"exists": false}]}]}'
"""The callers that are not one role, those included who have none."""
_BLANK = '"ROLE NAME"'
_COST = "no cost; the definition or the code changes"


def declared_write(case: Case, step: Step) -> Iterator[Offer]:
    """A destination or a dead-letter queue that leads back: taken away."""
    if step.write is None or step.statement is not None:
        return
    actor, channel = case.label(step.write.actor), case.label(step.write.channel)
    if step.write.kind in ("destination", "redrive"):
        yield Offer(
            "drop-destination",
            f"Stop sending the outcome of {actor} to {channel}",
            case.hop(step.write),
            f"what {actor} returns no longer reaches {channel}: name another destination if somebody waits for it",
            f"name another destination for {actor}, one that starts nothing on the loop",
            "unsafe",
            lambda: _dropped(case, step),
        )


def _dropped(case: Case, step: Step) -> tuple[Change, ...]:
    """Delete the smallest entry that is no longer anything without the destination."""
    if step.write is None:
        raise EditError("nothing is written here")
    editor, trail = case.locate(step.write.span)
    for key in _HOLDERS:
        if key not in trail.path:
            continue
        at = trail.path.index(key)
        holder: Node = trail.parents[at]
        if len(editor.entries(holder)) > 1:
            return (Change(editor.file, editor.remove_entry(holder, key)),)
    raise EditError("the destination is all that its resource holds")


def redrive(case: Case, step: Step) -> Iterator[Offer]:
    """A dead-letter queue on the loop: taken from the queue, so that what fails does not go round."""
    trigger = step.end.trigger
    if trigger.kind != "redrive":
        return
    queue, dead = case.label(trigger.channel), case.label(trigger.consumer)
    if trigger.accepts.undecided == UNDELIVERED:
        title = f"Do not keep in {dead} what cannot be delivered"
        cost = "what cannot be delivered is lost: name a dead-letter queue outside the loop"
        advice = f"name another dead-letter queue where {dead} is named, or leave it out"
    else:
        title = f"Do not move what fails in {queue} to {dead}"
        cost = "what fails is received again until it expires: name a dead-letter queue outside the loop"
        advice = f"name another queue in the RedrivePolicy of {queue}, or leave it out"
    yield Offer(
        "drop-redrive",
        title,
        case.hop(trigger),
        cost,
        advice,
        "unsafe",
        lambda: _without_redrive(case, step),
    )


def _without_redrive(case: Case, step: Step) -> tuple[Change, ...]:
    editor, trail = case.locate(step.end.trigger.span)
    key = next((key for key in ("RedrivePolicy", "DeadLetterConfig") if key in trail.path), None)
    if key is None:
        raise EditError("the redrive is not written here")
    at = trail.path.index(key)
    holder = trail.parents[at]
    if len(editor.entries(holder)) > 1:
        return (Change(editor.file, editor.remove_entry(holder, key)),)
    return (Change(editor.file, editor.remove_entry(trail.parents[at - 1], str(trail.path[at - 1]))),)


def log_elsewhere(case: Case, step: Step) -> Iterator[Offer]:
    """Access logs that start what writes to the bucket that they are about."""
    if step.write is None or step.write.kind != LOG_DELIVERY:
        return
    bucket, logs = case.label(step.write.actor), case.label(step.write.channel)
    yield Offer(
        "log-elsewhere",
        f"Deliver the access logs of {bucket} where they start nothing, instead of to {logs}",
        case.hop(step.write),
        "what reads those logs must look there",
        f"name another DestinationBucketName in the LoggingConfiguration of {bucket}, or a LogFilePrefix that starts "
        "nothing",
        "manual",
    )


def other_callers(case: Case, step: Step) -> Iterator[Offer]:
    """A rule on API calls that leaves out the calls of the actor itself, whose work they may well be.

    IAM users and root have no ``sessionIssuer``, and ``anything-but`` does not match a field that is not there:
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
    """
    if (
        step.write is None
        or step.statement is None
        or step.write.channel.service != recorded_calls.SERVICE.name
    ):
        return
    actor = case.label(step.write.actor)
    yield Offer(
        "exclude-caller",
        f"Leave the calls of {actor} itself out of the rule",
        case.hop(step.end.trigger),
        f"1 invocation per call; the rule must know the role of {actor} by its name; calls of IAM users and of root, "
        "which have no role, start it as before",
        f"match {_ISSUER}: {ALL_BUT_ONE.replace(_BLANK, _role_name(case, step))}",
        "manual",
    )


def _role_name(case: Case, step: Step) -> str:
    """The name of the actor's role as its template refers to it; a blank to fill in where it is not declared there."""
    place = case.place(step.write.actor) if step.write is not None else None
    try:
        role = str(role_of(place).argument) if place is not None else ""
    except EditError:
        role = ""
    if not role or place is None:
        return _BLANK
    return f'{{"Ref": "{role}"}}' if place.editor.text.lstrip().startswith("{") else f"!Ref {role}"


def words(case: Case) -> Iterator[Offer]:
    """What a person can do where only a definition or code can end the loop."""
    rule = case.finding.rule
    # First the service that the loop is named after: on others it only passes through.
    for step in sorted(case.cycle, key=lambda one: declared(one.end.trigger.channel.service).rule != rule):
        fact = step.write or step.end.trigger
        found = declared(step.end.trigger.channel.service).way_out
        if found is not None:
            actor = case.label(step.write.actor if step.write is not None else step.end.trigger.consumer)
            breaks = case.hop(step.end.trigger if found.of_trigger else fact)
            said = case.said(step) if step.write is not None else None
            there = said is not None and said.verdict == "elsewhere"
            told = found.narrowed if there and found.narrowed is not None else (found.title, found.steps)
            title, steps = (text.replace("{actor}", actor) for text in told)
            yield Offer(found.id, title, breaks, _COST, steps, "manual")
            return
    if case.finding.hops:
        yield _anywhere(case)


def _anywhere(case: Case) -> Offer:
    """The last hop of a loop that nothing else is known about."""
    hop = case.finding.hops[-1]
    return Offer(
        "break-the-hop",
        f"Lead {hop.source} elsewhere than to {hop.target}",
        len(case.finding.hops),
        _COST,
        f"where it says that {hop.reason}: name another target",
        "manual",
        last_resort=True,
    )
