"""Safety nets for a loop that is accepted: a dead-letter queue, reserved concurrency, an alarm. They end nothing.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from recursion_lint.graph.cycle_search import Step
from recursion_lint.remedies.case import Case, Change, Offer, Place
from recursion_lint.services import sqs
from recursion_lint.template.yaml.edits import EditError
from recursion_lint.template.yaml.emitter import Value, get_att, ref
from recursion_lint.template.yaml.nodes import walk

RESERVED = 5
RECEIVES = 5
_FUNCTIONS = ("AWS::Lambda::Function", "AWS::Serverless::Function")


def safety_nets(case: Case) -> Iterator[Offer]:
    """What is missing of a dead-letter queue, a reserved concurrency and an alarm, as one change."""
    functions = functions_of(case)
    if not functions:
        return
    named = " and ".join(place.id for place in functions)
    stops = case.finding.runtime_protection == "stops"
    metric = "RecursiveInvocationsDropped" if stops else "ConcurrentExecutions"
    if not is_unbounded(functions) and not _endless(case) and _is_watched(functions[0], metric):
        return
    yield Offer(
        "safety-nets",
        f"Bound what a loop through {named} can cost",
        None,
        f"does not end the loop; reserved concurrency {RESERVED} is taken from the account's pool and throttles peaks",
        listed(["reserve concurrency", f"alarm on {metric}", *dead_letters_told(case)]),
        "unsafe",
        lambda: (*bounds(case, functions), *_alarm(functions[0], metric)),
    )


def functions_of(case: Case) -> list[Place]:
    """The functions on the loop that are declared in a template."""
    ends = [step.end.trigger.consumer for step in case.cycle]
    places = (case.place(end) for end in dict.fromkeys(ends))
    return [place for place in places if place is not None and place.type in _FUNCTIONS and place.properties]


def bounds(case: Case, functions: list[Place]) -> tuple[Change, ...]:
    """Reserved concurrency for one function of the loop, and a dead-letter queue for each queue that has none."""
    changes: list[Change] = []
    if is_unbounded(functions):
        first = functions[0]
        if first.properties is None:
            raise EditError("the function has no properties")
        changes += first.change(
            first.editor.put(first.properties, ("ReservedConcurrentExecutions",), RESERVED)
        )
    for place in _endless(case):
        changes += _dead_letters(place)
    return tuple(changes)


def is_unbounded(functions: list[Place]) -> bool:
    """Has no function of the loop a reserved concurrency?"""
    name = "ReservedConcurrentExecutions"
    return not any(
        place.body.get("Properties", name) or place.editor.root.get("Globals", "Function", name)
        for place in functions
    )


def _endless(case: Case) -> list[Place]:
    """The queues of the loop without a dead-letter queue, where one would take no more than what fails.

    Where the function answers for each message, one that it returns may only have to wait.
    """
    waiting = {step.end.trigger.channel for step in case.cycle if reports_failures(case, step)}
    queues = dict.fromkeys(step.end.trigger.channel for step in case.cycle)
    places = [case.place(end) for end in queues if end not in waiting]
    return [
        place
        for place in places
        if place is not None
        and place.type == "AWS::SQS::Queue"
        and place.body.get("Properties", "RedrivePolicy") is None
    ]


def reports_failures(case: Case, step: Step) -> bool:
    """Does the mapping that starts the function take an answer for each message (``ReportBatchItemFailures``)?

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
    """
    try:
        _, trail = case.locate(step.end.trigger.span)
    except EditError:
        return False
    around = (trail.node, *reversed(trail.parents))
    found = (
        given
        for node in around
        for given in (node.get("FunctionResponseTypes"), node.get("Properties", "FunctionResponseTypes"))
    )
    types = next((given for given in found if given is not None), None)
    return types is not None and not (types.kind == "list" and not types.elements())


def dead_letters_told(case: Case) -> list[str]:
    """The dead-letter queues of ``bounds`` in words; none where all queues take an answer for each message."""
    queued = [step for step in case.cycle if step.end.trigger.channel.service == sqs.SERVICE.name]
    if all(reports_failures(case, step) for step in queued):
        return []
    if not _endless(case) and all(case.place(step.end.trigger.channel) is not None for step in queued):
        return []
    return [f"give a queue that starts the function a dead-letter queue with maxReceiveCount {RECEIVES}"]


def listed(steps: list[str]) -> str:
    """``a``, ``a, and b``, ``a, b, and c``."""
    *first, last = steps
    return ", and ".join([", ".join(first), last]) if first else last


def _dead_letters(place: Place) -> tuple[Change, ...]:
    name = _free(place, f"{place.id}DeadLetters")
    fifo = place.body.get("Properties", "FifoQueue")
    body: Mapping[str, Value] = {"Type": "AWS::SQS::Queue"}
    if fifo is not None and fifo.boolean:
        body = {**body, "Properties": {"FifoQueue": True}}
    policy: Value = {"deadLetterTargetArn": get_att(name, "Arn"), "maxReceiveCount": RECEIVES}
    edit = place.editor.put(place.body, ("Properties", "RedrivePolicy"), policy)
    return place.change(edit, place.editor.add_resource(name, body))


def _alarm(place: Place, metric: str) -> tuple[Change, ...]:
    if _is_watched(place, metric):
        return ()
    dropped = metric == "RecursiveInvocationsDropped"
    properties: dict[str, Value] = {
        "Namespace": "AWS/Lambda",
        "MetricName": metric,
        "Dimensions": [{"Name": "FunctionName", "Value": ref(place.id)}],
        "Statistic": "Sum" if dropped else "Maximum",
        "Period": 60,
        "EvaluationPeriods": 1 if dropped else 5,
        "Threshold": 0 if dropped else RESERVED,
        "ComparisonOperator": "GreaterThanThreshold" if dropped else "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
    }
    name = _free(place, f"{place.id}LoopAlarm")
    alarm: dict[str, Value] = {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}
    return place.change(place.editor.add_resource(name, alarm))


def _is_watched(place: Place, metric: str) -> bool:
    """Does the template have an alarm on this metric of the function?"""
    resources = place.editor.root.get("Resources")
    for _, body in resources.items() if resources is not None else ():
        kind, name = body.get("Type"), body.get("Properties", "MetricName")
        dimensions = body.get("Properties", "Dimensions")
        alarm = kind is not None and kind.text == "AWS::CloudWatch::Alarm"
        if alarm and name is not None and name.text == metric and dimensions is not None:
            calls = [call for node in walk(dimensions, 100) if (call := node.intrinsic) is not None]
            if any(call[0] == "Ref" and call[1].text == place.id for call in calls):
                return True
    return False


def _free(place: Place, name: str) -> str:
    resources = place.editor.root.get("Resources")
    taken = {key for key, _ in resources.items()} if resources is not None else set()
    return next(found for at in range(1, 100) if (found := name + (str(at) if at > 1 else "")) not in taken)
