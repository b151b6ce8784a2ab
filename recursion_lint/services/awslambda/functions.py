"""AWS Lambda: functions, aliases, versions, asynchronous destinations and dead-letter queues.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
"""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.model.facts import Actor, Endpoint, Mention, Produces, Write
from recursion_lint.model.path_conditions import Requires
from recursion_lint.model.text import Symbol, Text, text
from recursion_lint.services.awslambda.handler_sources import LAYERS, handler_source, read_layer
from recursion_lint.services.declaration import ArnForm, CdkGrants, Price, Service, TaskTarget
from recursion_lint.services.naming import endpoint_of
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.template.references import Resolver
from recursion_lint.template.resource_types import ResourceKind, arn_text
from recursion_lint.template.template import Resource
from recursion_lint.template.yaml.nodes import Node


def read_function(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::Lambda::Function``: the function, its role, dead-letter queue, environment and code."""
    resolver = reading.resolver
    function = reading.endpoint(resource)
    needed = resolver.resource_requires(resource)
    concurrency = resolver.constant(resource.get("ReservedConcurrentExecutions"))
    bounds = () if concurrency is None else (f"{resource.id} has reserved concurrency {concurrency}",)
    yield reading.declared(resource, function, bounds)
    allowed = resource.get("RecursiveLoop")
    yield Actor(
        function,
        _roles(reading, resource.get("Role"), needed),
        loop_allowed=allowed.span if allowed is not None and resolver.constant(allowed) == "Allow" else None,
        concurrency=concurrency,
        memory=reading.number(resource.get("MemorySize")),
        timeout=reading.number(resource.get("Timeout")),
    )
    yield from _destination(
        reading,
        function,
        resolver.one_below(resource.get("DeadLetterConfig"), "TargetArn"),
        "dead-letter queue",
        needed,
    )
    variables = resolver.one(resource.get("Environment"), "Variables")
    for name, span, node in variables.entries() if variables is not None else ():
        for value, more in resolver.texts(node, needed):
            yield Mention(function, name, value, span, more)
    yield handler_source(reading, resource, function)


def _roles(reading: Reading, node: Node | None, needed: Requires) -> tuple[tuple[Text, Requires], ...]:
    return tuple((role.name, more) for role, more in reading.endpoints(node, "iam", needed))


def read_invoke_config(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::Lambda::EventInvokeConfig``: where the outcome of an asynchronous invocation goes."""
    needed = reading.resolver.resource_requires(resource)
    qualifier = _qualifier(reading, resource)
    for function, more in reading.endpoints(resource.get("FunctionName"), "lambda", needed):
        for name, words in (("OnSuccess", "on-success destination"), ("OnFailure", "on-failure destination")):
            node = reading.resolver.one_below(resource.get("DestinationConfig"), name, "Destination")
            for write in _destination(reading, function, node, words, more):
                if write.channel.service == "events":
                    from recursion_lint.services.awslambda.destinations import outcome

                    event = outcome(reading, resource, function, write.channel, name == "OnSuccess")
                    write = write._replace(produces=Produces(document=event))
                elif write.channel.service == "s3":
                    from recursion_lint.services.awslambda.destinations import failure_record

                    write = write._replace(produces=failure_record(write.channel, function))
                yield write._replace(only_as=qualifier)


def _qualifier(reading: Reading, config: Resource) -> Text | None:
    """The alias or version whose invocations a configuration is about, nothing for those of the function itself.

    The events of SAM start the alias that SAM publishes, whatever their text names: of those it is not told.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-eventinvokeconfig.html
    """
    if reading.template.serverless:
        return None
    value = reading.resolver.text(config.get("Qualifier"))
    return () if value == ("$LATEST",) else value


def _destination(
    reading: Reading, function: Endpoint, node: Node | None, words: str, requires: Requires
) -> Iterator[Write]:
    for target, more in reading.endpoints(node, "?", requires):
        if node is not None and target.service != "?":
            yield Write(
                function,
                target,
                f"{{target}} is the {words} of {{source}}",
                node.span,
                "destination",
                only_after="async",
                requires=more,
            )


def qualified(resolver: Resolver, resource: Resource) -> Text | None:
    """The ARN of an alias or a version: its function's, with a qualifier."""
    given = resolver.text(resource.get("FunctionName"))
    if given is None:
        return None
    name = resolver.text(resource.get("Name")) or (Symbol("random", resource.id, resolver.template.scope),)
    return text([*arn_text("lambda:@:function:{}", endpoint_of(given, "lambda").name), ":", *name])


_FUNCTION = {"Arn": "arn"}
_INVOKED = frozenset({"lambda:Invoke"})
BY_URL = frozenset({"lambda:InvokeFunctionUrl"})
"""A call of a function's URL carries no lineage that Lambda would follow."""

SERVICE = Service(
    name="lambda",
    rule="lambda-loop",
    kinds=(
        ResourceKind(
            "AWS::Lambda::Function", "lambda", "lambda:@:function:{}", "FunctionName", "name", _FUNCTION
        ),
        ResourceKind("AWS::Lambda::Alias", "lambda", "", None, "arn", {"AliasArn": "arn"}, derive=qualified),
        ResourceKind(
            "AWS::Lambda::Version", "lambda", "", None, "arn", {"FunctionArn": "arn"}, derive=qualified
        ),
    ),
    writes={"InvokeFunction": _INVOKED, "InvokeAsync": _INVOKED, "InvokeFunctionUrl": BY_URL},
    readers={
        "AWS::Lambda::Function": read_function,
        "AWS::Lambda::EventInvokeConfig": read_invoke_config,
        **dict.fromkeys(LAYERS, read_layer),
    },
    tasks={
        "invoke": TaskTarget(("FunctionName",), "invokes"),
        "invokeAsync": TaskTarget(("FunctionName",), "invokes"),
    },
    arn=ArnForm("function:", ":", granted=("function:{}", "function:{}:*"), qualified=True),
    runs=True,
    guarded_by="call",
    runs_handler=True,
    shape="function",
    verb="invoke",
    unit="call",
    detected=True,
    address_is_for_sending=True,
    precedence=11,
    itself=("invokes", "may invoke"),
    price=Price(
        "https://aws.amazon.com/lambda/pricing/",
        run=(2e-7, 2e-7),
        gb_second=1.66667e-5,
        waits=(0.01, 0.1),
    ),
    cdk=CdkGrants("grantInvoke"),
)
