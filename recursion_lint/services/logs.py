"""Amazon CloudWatch Logs: log groups, subscriptions of one group or of all, and who writes to a group.

A write is a fact where it is sure to happen and somebody listens: a function logs each invocation, a state machine its
executions. A permission to log (``logs:PutLogEvents``) is on nearly every role and says nothing, unless it names a
group that no AWS service logs to by itself.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Subscriptions.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Subscriptions-recursion-prevention.html
"""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from recursion_lint.model.facts import Accepts, Endpoint, Trigger, Write
from recursion_lint.model.path_conditions import Requires
from recursion_lint.model.spans import Note, Span
from recursion_lint.model.text import Text, literal, render, text
from recursion_lint.services.declaration import ArnForm, CdkGrants, Output, Price, Service, TaskTarget, WayOut
from recursion_lint.services.log_drivers import WORKERS, worker_logs
from recursion_lint.services.naming import endpoint_of
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.template.resource_types import ResourceKind
from recursion_lint.template.template import Resource
from recursion_lint.template.yaml.files import SourceError
from recursion_lint.template.yaml.nodes import Node


class _Subscription(NamedTuple):
    """What a subscription filter or an account policy says. ``words`` tell what delivers to its target."""

    target: Endpoint
    words: str
    pattern: Text
    span: Span


def read_log_group(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::Logs::LogGroup``: the group."""
    yield reading.declared(resource)


def read_subscription(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::Logs::SubscriptionFilter``: one log group → a function, a stream, a destination."""
    needed = reading.resolver.resource_requires(resource)
    pattern = reading.resolver.text(resource.get("FilterPattern")) or ()
    for group, more in reading.endpoints(resource.get("LogGroupName"), "logs", needed):
        for target, also in reading.endpoints(resource.get("DestinationArn"), "?", more):
            words = "{target} is subscribed to {source}"
            found = _Subscription(target, words, pattern, resource.span)
            yield from _subscribed(group, found, also)
        yield from _logged(reading, {group})


def read_destination(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::Logs::Destination``: where subscriptions of other accounts lead."""
    resolver = reading.resolver
    arn = resolver.arn_of(resource)
    destination = endpoint_of(arn, "logs")
    needed = resolver.resource_requires(resource)
    yield reading.declared(resource, destination)
    node = resource.get("TargetArn")
    for target, more in reading.endpoints(node, "?", needed):
        if node is not None:
            yield Trigger(
                destination, target, "{source} hands on to {target}", node.span, "forward", requires=more
            )


def read_account_policy(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::Logs::AccountPolicy``: every log group of the account and region, but those that it names, → one target.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-accountpolicy.html
    """
    resolver = reading.resolver
    if resolver.literal(resource.get("PolicyType")) not in (None, "SUBSCRIPTION_FILTER_POLICY"):
        return
    try:
        policy = reading.document(resource.get("PolicyDocument"))
        excluded = _excluded(reading, resource.get("SelectionCriteria"))
    except SourceError as problem:
        yield Note(resource.span, f"{resource.id} could not be read: {problem.message}")
        return
    given = policy.get("DestinationArn") if isinstance(policy, dict) else None
    if not isinstance(given, tuple) or not given:
        return
    words = f"{resource.id} subscribes {{target}} to every log group, {{source}} too"
    pattern = policy.get("FilterPattern")
    target = endpoint_of(given, "?")
    found = _Subscription(target, words, pattern if isinstance(pattern, tuple) else (), resource.span)
    needed = resolver.resource_requires(resource)
    groups = {
        group: more
        for group, more in _groups(reading).items()
        if group.name not in excluded and not _reserved(group, target)
    }
    for group, more in groups.items():
        yield from _subscribed(group, found, needed | more)
    yield from _logged(reading, groups)


def _subscribed(group: Endpoint, found: _Subscription, needed: Requires) -> Iterator[Fact]:
    """The trigger of a subscription. A function's own group cannot be subscribed to it: AWS refuses that."""
    if _reserved(group, found.target):
        message = f"AWS refuses to subscribe a function to its own log group, {render(group.name)}"
        yield Note(found.span, message)
        return
    function = found.target.service == "lambda"
    yield Trigger(
        group,
        found.target,
        found.words,
        found.span,
        "trigger" if function else "forward",
        Accepts(undecided=_undecided(found.pattern)),
        "async" if function else "service",
        requires=needed,
    )


def _undecided(pattern: Text) -> str:
    """A filter pattern is matched with log lines, of which a template says nothing."""
    return f"the filter pattern {render(pattern)!r}" if _filters(pattern) else ""


def _filters(pattern: Text) -> bool:
    """An empty pattern matches every log event."""
    return bool((literal(pattern) or "").strip()) if literal(pattern) is not None else True


def _excluded(reading: Reading, node: Node | None) -> frozenset[Text]:
    """The names in ``LogGroupName NOT IN ["a", "b"]``, the only criteria there are for subscriptions.

    Raises ``SourceError`` for other criteria.
    """
    found = reading.resolver.one(node)
    criteria = reading.resolver.text(found) if found is not None else None
    if found is None or not criteria:
        return frozenset()
    first = criteria[0] if isinstance(criteria[0], str) else ""
    head, bracket, rest = first.partition("[")
    if head.split() != ["LogGroupName", "NOT", "IN"] or not bracket:
        raise SourceError(f"the selection criteria {render(criteria)!r} are not understood", found.span.line)
    names = reading.json_text(text([bracket, rest, *criteria[1:]]), found)
    return (
        frozenset(name for name in names if isinstance(name, tuple))
        if isinstance(names, list)
        else frozenset()
    )


def _reserved(group: Endpoint, target: Endpoint) -> bool:
    return target.service == "lambda" and group == _own_group(target)


def _own_group(function: Endpoint) -> Endpoint:
    return Endpoint("logs", text(["/aws/lambda/", *function.name]))


def _groups(reading: Reading) -> dict[Endpoint, Requires]:
    """The log groups that the template makes: the declared ones and those that its functions log to."""
    found: dict[Endpoint, Requires] = {}
    for resource in reading.of_type("AWS::Logs::LogGroup"):
        found[reading.endpoint(resource)] = reading.resolver.resource_requires(resource)
    for function in reading.of_type("AWS::Lambda::Function"):
        for group, needed in _logs_of(reading, function):
            found.setdefault(group, needed)
    for _, group, _, needed in worker_logs(reading):
        found.setdefault(group, needed)
    return found


def _logs_of(reading: Reading, function: Resource) -> Iterator[tuple[Endpoint, Requires]]:
    """The log group of a function: the one of its ``LoggingConfig``, else the one named after it.

    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html
    """
    needed = reading.resolver.resource_requires(function)
    given = tuple(
        reading.endpoints(
            reading.resolver.one_below(function.get("LoggingConfig"), "LogGroup"), "logs", needed
        )
    )
    yield from given or ((_own_group(reading.endpoint(function)), needed),)


def _logged(reading: Reading, groups: Collection[Endpoint]) -> Iterator[Write]:
    """Who logs to ``groups``. Read from the subscription: a group that nobody is subscribed to carries nothing on."""
    yield from _function_logs(reading, groups)
    if not reading.has_type(*WORKERS):
        return
    for resource, group, span, needed in worker_logs(reading):
        if group in groups:
            words = "every run of {source} logs to {target}"
            yield Write(
                reading.endpoint(resource), group, words, span, "log", evidence="assumed", requires=needed
            )


def _function_logs(reading: Reading, groups: Collection[Endpoint]) -> Iterator[Write]:
    for function in reading.of_type("AWS::Lambda::Function"):
        for group, needed in _logs_of(reading, function):
            if group in groups:
                yield Write(
                    reading.endpoint(function),
                    group,
                    "every invocation of {source} logs to {target}",
                    function.span,
                    "log",
                    evidence="assumed",
                    requires=needed,
                )


def read_state_machine_log(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``LoggingConfiguration`` of ``AWS::StepFunctions::StateMachine``: the log group of its executions.

    https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
    """
    resolver = reading.resolver
    configuration = resolver.one(resource.get("LoggingConfiguration"))
    if (
        resource.type not in resolver.kinds
        or configuration is None
        or resolver.literal(configuration.get("Level")) in (None, "OFF")
    ):
        return
    needed = resolver.resource_requires(resource)
    for entry, more in resolver.items(configuration.get("Destinations"), needed):
        arn = resolver.one_below(entry, "CloudWatchLogsLogGroup", "LogGroupArn")
        for group, also in reading.endpoints(arn, "logs", more):
            if arn is not None:
                words = "executions of {source} are logged to {target}"
                yield Write(reading.endpoint(resource), group, words, arn.span, "log", requires=also)


def _of_an_application(name: Text) -> bool:
    """Is a log group one that code writes to? Those under ``/aws/`` are what services log to by themselves."""
    return not str(name[0] if name else "").startswith("/aws/")


_GROUP = ResourceKind(
    "AWS::Logs::LogGroup", "logs", "logs:@:log-group:{}", "LogGroupName", "name", {"Arn": "arn+:*"}
)
_DESTINATION = ResourceKind(
    "AWS::Logs::Destination", "logs", "logs:@:destination:{}", "DestinationName", "name", {"Arn": "arn"}
)

SERVICE = Service(
    name="logs",
    product="CloudWatch Logs",
    rule="logs-loop",
    kinds=(_GROUP, _DESTINATION),
    writes={"PutLogEvents": frozenset()},
    only_if_named=_of_an_application,
    readers={
        "AWS::Logs::LogGroup": read_log_group,
        "AWS::Logs::SubscriptionFilter": read_subscription,
        "AWS::Logs::Destination": read_destination,
        "AWS::Logs::AccountPolicy": read_account_policy,
        "AWS::StepFunctions::StateMachine": read_state_machine_log,
    },
    tasks={"putLogEvents": TaskTarget(("LogGroupName",), "writes to")},
    # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateExportTask.html
    outputs={"createExportTask": (Output("Destination", "DestinationPrefix", default="exportedlogs"),)},
    arn=ArnForm("log-group:", ":", granted=("log-group:{}:*",)),
    sender=r"(^|\.)logGroup$",
    way_out=WayOut(
        "exclude-log-group",
        "Leave the log group of {actor} out of the subscription",
        "take the subscription filter off that group, narrow its FilterPattern, or exclude the group from an account "
        "policy with SelectionCriteria: 'LogGroupName NOT IN [\"NAME\"]'; or let {actor} log to a group that nothing "
        "subscribes to",
        of_trigger=True,
    ),
    carries=True,
    precedence=1,
    price=Price(
        "https://aws.amazon.com/cloudwatch/pricing/",
        event=(1e-7, 5e-6),  # 200 bytes to 10 KB
        waits=(1.0, 10.0),
    ),
    cdk=CdkGrants("grantWrite"),
)
