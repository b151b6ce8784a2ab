"""A consumer that puts messages back on its own queue, and is told to: the loop is meant, or SQS can deliver again.

A second queue, which nobody polls, would end the work with the loop: what polls a queue and is given its address as
no other place means it.
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from recursion_lint.assessment.coded import guard_in_words
from recursion_lint.code.round_limits import compares_time
from recursion_lint.graph.cycle_search import Step
from recursion_lint.remedies import narrow_grant, second_channel
from recursion_lint.remedies.allow_loop import allow_loop
from recursion_lint.remedies.bounded import accepted, bare_condition, perhaps_bounded, rounds_meant
from recursion_lint.remedies.case import Case, Offer
from recursion_lint.remedies.channels import is_outward, outward
from recursion_lint.remedies.intent import makes_it
from recursion_lint.remedies.safety_nets import reports_failures
from recursion_lint.services import sqs
from recursion_lint.services.registry import declared

if TYPE_CHECKING:
    from recursion_lint.assessment.evidence.said import Said

_NO_LONGER = "Lambda no longer stops it after about 16 rounds"
_LATER = "for a longer wait start a Step Functions Wait state or an EventBridge Scheduler schedule"


def requeued(case: Case) -> Step | None:
    """The step that puts messages back on the queue that its writer polls, as it is told to; ``None`` for others.

    A variable that is named after where results go, code that sends whatever happens, and another queue that the
    function may use speak for a mistake.
    """
    if len(case.cycle) != 1 or any(hop.evidence == "coded" for hop in case.finding.hops):
        return None
    step = case.cycle[0]
    write, trigger = step.write, step.end.trigger
    if write is None or write.channel.service != sqs.SERVICE.name:
        return None
    if not declared(write.actor.service).runs_handler:
        return None
    if (write.channel, write.actor) != (trigger.channel, trigger.consumer):
        return None
    told = outward(case, write.actor, write.channel)
    if not told or any(is_outward(mention.name) for mention in told):
        return None
    return step if next(second_channel.existing(case, step), None) is None else None


def requeue(case: Case, step: Step) -> Iterator[Offer]:
    """That it is meant first; nothing that ends it is applied unasked, since that would end the work as well."""
    if case.finding.severity != "info":
        said = case.said(step)
        if makes_it(case, step) and case.finding.runtime_protection == "off":
            yield from accepted(case, lambda _, one: one is step)
        elif makes_it(case, step) and said is not None and _few_rounds(case, step, said):
            # Whether Lambda has to be told is known as well as what ends it.
            yield from accepted(case, lambda _, one: one is step)
        elif makes_it(case, step) and said is not None:
            for offer in allow_loop(case):
                cost = (
                    f"{_NO_LONGER}: what ends it is that {guard_in_words(said.ends)}"
                    if said.ends
                    else f"{_NO_LONGER}: it is bounded by the conditions before {case.call_place(step)} alone"
                    if said.guards
                    else offer.trade_off
                )
                title = offer.title + (f": {bare_condition(said.ends)}" if said.ends else "")
                yield offer._replace(first=True, trade_off=cost, title=title)
        else:
            # Code that is not shown to go on for long keeps Lambda's protection.
            yield perhaps_bounded(case, step)
    yield from _redeliver(case, step)
    for offer in narrow_grant.read_only(case, step):
        yield offer._replace(applicability="manual", make=tuple)


def _few_rounds(case: Case, step: Step, said: Said) -> bool:
    """Do tests let the message go on, none of which is about the time that it lasts, or is a maximum known?"""
    if said.verdict not in ("conditional", "stops-itself") or not said.guards:
        return False
    return rounds_meant(case, step, said) is not None or not any(map(compares_time, said.guards))


def _redeliver(case: Case, step: Step) -> Iterator[Offer]:
    if step.write is None:
        return
    actor, queue = case.label(step.write.actor), case.label(step.write.channel)
    switched = (
        "which the mapping has switched on"
        if reports_failures(case, step)
        else "and set FunctionResponseTypes: [ReportBatchItemFailures] on the mapping"
    )
    yield Offer(
        "redeliver",
        f"Let {queue} deliver a message again instead of sending it anew",
        case.hop(step.write),
        "1 invocation more per delivery, after the visibility timeout; the message stays as it was sent, and a "
        "dead-letter queue takes it after maxReceiveCount deliveries",
        f"let {actor} return the id of the message in batchItemFailures, {switched}, and take from it the right to "
        f"send to {queue}; {_LATER}",
        "manual",
    )
