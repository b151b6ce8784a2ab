"""What a bus or a bucket gets as the destination of a function.

Its source is always ``lambda``, its ``resources`` are the ARNs of the bus and of the function, qualified.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from __future__ import annotations

from recursion_lint.model.arns import split_arn
from recursion_lint.model.facts import Endpoint, Produces
from recursion_lint.model.text import ANY, Symbol, Text, one_of, strip_prefix, text
from recursion_lint.patterns.events import UNKNOWN, Doc, Glob, Items, Value
from recursion_lint.services.reading import Reading
from recursion_lint.template.resource_types import arn_text
from recursion_lint.template.template import Resource

_LATEST: Text = ("$LATEST",)
_HEX = one_of("0123456789abcdef")


def outcome(reading: Reading, config: Resource, function: Endpoint, bus: Endpoint, succeeded: bool) -> Doc:
    """What ``config``, an ``AWS::Lambda::EventInvokeConfig``, sends ``bus`` of a successful or a failed invocation."""
    arn = _arn(reading, config, function)
    qualifier = reading.resolver.text(config.get("Qualifier"))
    request: dict[str, Value] = {"functionArn": UNKNOWN if arn is None else _invoked(arn, qualifier)}
    if succeeded:
        request["condition"] = ("Success",)
    return Doc(
        {
            "source": ("lambda",),
            "detail-type": (f"Lambda Function Invocation Result - {'Success' if succeeded else 'Failure'}",),
            "resources": Items((), open=True) if arn is None else _resources(bus, arn, qualifier),
            "detail": Doc({"requestContext": Doc(request, open=True)}, open=True),
        },
        open=True,
    )


def _arn(reading: Reading, config: Resource, function: Endpoint) -> Text | None:
    """The function's ARN without a qualifier; ``None`` where it cannot be told from what a template gives.

    A parameter alone may be a name or an ARN, unless it is what the template calls a function by.
    """
    for resource in reading.of_type("AWS::Lambda::Function"):
        if reading.endpoint(resource) == function:
            return reading.resolver.arn_of(resource)
    given = reading.resolver.text(config.get("FunctionName")) or ()
    if split_arn(given) is not None or not function.name or not _plain(function.name):
        return None
    return arn_text("lambda:@:function:{}", function.name)


def _plain(name: Text) -> bool:
    """Is it a name for certain? A symbol that it begins with may hold the beginning of an ARN."""
    return not isinstance(name[0], Symbol)


def _invoked(arn: Text, qualifier: Text | None) -> Text | Glob:
    if qualifier == _LATEST:
        return text([*arn, ":$LATEST"])
    return Glob(text([*arn, ":", ANY]))


def _resources(bus: Endpoint, arn: Text, qualifier: Text | None) -> Items:
    """The ARNs of the event. Whether an alias stands there by its name or by its version AWS does not say."""
    kind = "" if strip_prefix(bus.name, "event-busv2/") is not None else "event-bus/"
    at = arn_text("events:@:{}", text([kind, *bus.name]))
    if qualifier == _LATEST:
        return Items((at, text([*arn, ":$LATEST"])), perhaps=(arn,))
    named = () if qualifier is None else (text([*arn, ":", *qualifier]),)
    return Items((at, *named), perhaps=(arn, Glob(text([*arn, ":", ANY]))))


def failure_record(bucket: Endpoint, function: Endpoint) -> Produces:
    """The object that a bucket gets of a failed asynchronous invocation.

    Its key is ``aws/lambda/async/<function>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<random UUID>``: no extension.
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    plain = bool(function.name) and _plain(function.name)
    folder = ["/aws/lambda/async/", *(function.name if plain else (ANY,)), "/", ANY, "-", *[_HEX] * 12]
    return Produces(frozenset({"s3:ObjectCreated:Put"}), (text([*bucket.name, *folder]),))


def failed_batch(bucket: Endpoint) -> Produces:
    """The object that a bucket gets of a batch that a mapping gave up: ``aws/lambda/<mapping>/…``.

    https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
    """
    return Produces(frozenset({"s3:ObjectCreated:Put"}), (text([*bucket.name, "/aws/lambda/", ANY]),))
