"""What is done about a loop at run time: Lambda's recursive loop detection, and the template's own safety nets."""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.graph.cycle_search import Cycle, Step
from recursion_lint.graph.event_graph import EventGraph
from recursion_lint.model.findings import RuntimeProtection
from recursion_lint.services.awslambda.functions import BY_URL
from recursion_lint.services.registry import declared


def safety_nets(cycle: Cycle, graph: EventGraph) -> tuple[str, ...]:
    """What caps the loop's speed or takes its failures, in words. A redrive that is a part of the loop does neither.

    None of it ends a loop whose handler succeeds and sends a new message: that one is received for the first time.
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
    """
    redriven = {step.end.trigger.channel for step in cycle if step.end.trigger.kind == "redrive"}
    ends = [end for step in cycle for end in (step.end.trigger.channel, step.end.trigger.consumer)]
    known = (graph.declared.get(end) for end in ends if end not in redriven)
    return tuple(dict.fromkeys(bound for item in known if item is not None for bound in item.bounds))


def protection(cycle: Cycle, graph: EventGraph) -> RuntimeProtection:
    """Does Lambda's recursive loop detection stop the loop: ``off`` where a function on it switches that off.

    It stops those through certain services alone, after about 16 rounds.
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
    """
    if next(unfollowed(cycle), None) is not None:
        return "none"
    consumers = (graph.actors.get(step.end.trigger.consumer) for step in cycle)
    allowed = any(actor is not None and actor.loop_allowed is not None for actor in consumers)
    return "off" if allowed else "stops"


def unfollowed(cycle: Cycle) -> Iterator[str]:
    """Why Lambda does not follow a loop, in words; nothing where it does."""
    services = {name for step in cycle for name in (channel_service(step), step.end.trigger.consumer.service)}
    through_rule = any(step.end.trigger.via or step.end.trigger.kind == "rule" for step in cycle)
    by_url = any(step.write is not None and step.write.produces.events == BY_URL for step in cycle)
    passed = any(
        step.statement is not None and step.statement.through is not None and step.statement.through.passed
        for step in cycle
    )
    by_code = any(
        step.end.trigger.delivery == "poll" and step.end.trigger.evidence == "assumed" for step in cycle
    )
    names = {product(name) for name in services if not declared(name).detected} | (
        {_RULES} if through_rule else set()
    )
    # A part of a service has no name of its own: the service stands beside it.
    for name in sorted(names - {""}) or sorted(names and {_UNNAMED}):
        yield f"it does not follow {name}"
    if by_url:
        yield "it does not follow calls of a function's URL"
    if by_code:
        yield "code polls the queue, not Lambda"
    if passed:
        yield "a service writes by a role that is passed to it"
    if not through_function(cycle):
        yield "no function is part of the loop"


def through_function(cycle: Cycle) -> bool:
    """Does a Lambda function take part in a loop, so that its detection could have a say?"""
    return any(declared(step.end.trigger.consumer.service).runs_handler for step in cycle)


def product(service: str) -> str:
    """A service as AWS calls it: ``DynamoDB``; nothing where it is only known by a parameter, or as a part of one."""
    told = declared(service)
    return told.product or (told.kinds[0].type.split("::")[1] if told.kinds else "")


_UNNAMED = "what the template does not name"
_RULES = "EventBridge"
"""What the product is called whose rules pass events on, whatever service they are of."""


def channel_service(step: Step) -> str:
    """The service of the channel that a step leads to, or the one whose work it tells of."""
    tells_of = declared(step.end.trigger.channel.service).tells_of
    if tells_of is not None:
        return tells_of(step.end.trigger.channel)
    return step.write.service if step.write is not None else step.end.trigger.channel.service
