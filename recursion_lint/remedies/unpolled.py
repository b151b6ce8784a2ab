"""A right to poll a queue that nothing polls: without it the loop has no trigger, whatever is sent there.

A dead-letter queue is read by whom an event source mapping or the code lets read it, and moved back by a redrive task.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from recursion_lint.assessment.evidence.variables import points_to
from recursion_lint.model.facts import Trigger
from recursion_lint.remedies.case import Case, Change, Offer
from recursion_lint.remedies.role_users import role_users
from recursion_lint.template.yaml.edits import EditError

_RECEIVES = re.compile(r"receive_?message", re.IGNORECASE)


def receives(trigger: Trigger) -> bool:
    """Is the trigger a permission to receive messages alone, with no mapping behind it?"""
    return trigger.delivery == "poll" and trigger.evidence == "assumed"


def unpolled(case: Case) -> Iterator[Offer]:
    """The right taken away, where no mapping needs it and nothing shows that the code receives messages itself."""
    if case.finding.severity == "info":
        return
    for step in case.cycle:
        trigger = step.end.trigger
        others = _users(case, trigger)
        if not receives(trigger) or others is None or not _left_over(case, trigger):
            continue
        consumer, queue = case.label(trigger.consumer), case.label(trigger.channel)
        if others:
            yield _from_the_role(case, trigger, others)
            continue
        yield Offer(
            "drop-receive",
            f"Remove sqs:ReceiveMessage on {queue} from {consumer}: no event source mapping of it polls {queue}",
            case.hop(trigger),
            f"no cost where the code of {consumer} does not receive messages of {queue} itself; a redrive task needs "
            "no right of a function",
            f"leave sqs:ReceiveMessage on {queue} out of the policy of {consumer}; where its code receives messages "
            "itself, accept the finding with what it does with them",
            "unsafe",
            lambda trigger=trigger: _without(case, trigger),  # type: ignore[misc]
            first=True,
        )


def _left_over(case: Case, trigger: Trigger) -> bool:
    """Is the queue where Lambda sends what the consumer fails at, or was its code read, and does none of it receive?

    Who is told of another queue, or only has the right to read one, may be there to read it.
    """
    if any(points_to(one, trigger.channel) for one in case.mentions(trigger.consumer)):
        return False
    own = (step for step in case.cycle if step.write is not None and step.write.actor == trigger.consumer)
    texts = [found for step in own if case.reader is not None for found in case.reader.texts(step)]
    if texts:
        return not any(_RECEIVES.search(text) for _, text in texts)
    declared = (write for facts in case.graph.facts for write in facts.writes)
    return any(write.actor == trigger.consumer and write.channel == trigger.channel for write in declared)


def _from_the_role(case: Case, trigger: Trigger, others: tuple[str, ...]) -> Offer:
    """The same for a role that several have: none of them is seen to poll the queue."""
    consumer, queue = case.label(trigger.consumer), case.label(trigger.channel)
    return Offer(
        "drop-receive",
        f"Remove sqs:ReceiveMessage on {queue} from the role of {consumer}: no event source mapping polls {queue}",
        case.hop(trigger),
        f"no cost where neither {consumer} nor who shares its role ({', '.join(others[:3])}"
        f"{' and others' if len(others) > 3 else ''}) receives its messages by code",
        f"take {queue} out of what sqs:ReceiveMessage is allowed on, and keep the right to send there; where code "
        "receives messages itself, accept the finding with what it does with them",
        "manual",
        first=True,
    )


def _users(case: Case, trigger: Trigger) -> tuple[str, ...] | None:
    """Who else runs under the consumer's role; ``None`` where that is not known, or one may poll the queue."""
    place = case.place(trigger.consumer)
    if place is None:
        return None
    others = role_users(case.editors.roles(place.editor.file), place.id)
    if not others:
        return ()
    polled = any(
        one.trigger.evidence != "assumed" and one.trigger.delivery == "poll"
        for one in case.graph.by_channel.get(trigger.channel, ())
    )
    ends = [end for end in case.graph.declared if case.label(end).rpartition("/")[2] in others]
    told = any(points_to(one, trigger.channel) for end in ends for one in case.mentions(end))
    return None if polled or told else others


def _without(case: Case, trigger: Trigger) -> tuple[Change, ...]:
    editor, trail = case.locate(trigger.span)
    index = trail.path[-1]
    if not isinstance(index, int) or len(trail.parents[-1].elements()) < 2:
        raise EditError("the action does not stand in a list with others")
    resources = trail.parents[-2].get("Resource") if len(trail.parents) > 1 else None
    if resources is None or len(resources.each()) > 1:
        raise EditError("the statement is for other queues as well")
    return (Change(editor.file, editor.remove_item(trail.parents[-1], index)),)
