"""Event selectors of a trail: which requests it records.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from recursion_lint.model.facts import Endpoint
from recursion_lint.model.path_conditions import Requires
from recursion_lint.model.spans import Note, Span
from recursion_lint.model.text import Text, literal, render, split_text
from recursion_lint.patterns.keys import covers, decide, starts_with
from recursion_lint.services.reading import Reading
from recursion_lint.template.template import Resource
from recursion_lint.template.yaml.nodes import Node

WRITE = {
    "eventCategory": "Data",
    "resources.type": "AWS::S3::Object",
    "readOnly": "false",
    "eventName": "PutObject",
    "eventSource": "s3.amazonaws.com",
    "eventType": "AwsApiCall",
}
"""The request that a delivery of a log file is, in the fields of an advanced event selector."""


_OTHERS = {"false": "ReadOnly", "true": "WriteOnly"}
READ = {**WRITE, "readOnly": "true", "eventName": "GetObject"}
INVOCATION = {
    **WRITE,
    "resources.type": "AWS::Lambda::Function",
    "eventName": "Invoke",
    "eventSource": "lambda.amazonaws.com",
}
"""The record of an invocation says that it is no read.

https://docs.aws.amazon.com/lambda/latest/dg/logging-using-cloudtrail.html
"""
_ITEM = {"resources.type": "AWS::DynamoDB::Table", "eventSource": "dynamodb.amazonaws.com"}
ITEM_READ = {**READ, **_ITEM, "eventName": "GetItem"}
ITEM_WRITE = {**WRITE, **_ITEM, "eventName": "PutItem"}


class Objects(NamedTuple):
    """Objects that are written (or read): the bucket, the pattern of ``bucket/key``, and the request that does it."""

    bucket: Endpoint
    objects: Text
    requires: Requires
    request: Mapping[str, str] = WRITE


class Recorded(NamedTuple):
    """A selector that takes the deliveries to a bucket. ``named``: it names the bucket, or all buckets."""

    span: Span
    named: bool
    requires: Requires


def basic(
    reading: Reading, resource: Resource, files: Objects, needed: Requires
) -> Iterator[Recorded | Note]:
    """``EventSelectors``: a data resource is the beginning of an object's ARN; ``arn:aws:s3`` is all of them."""
    resolver = reading.resolver
    for selector, more in resolver.items(resource.get("EventSelectors"), needed):
        if resolver.literal(selector.get("ReadWriteType")) == _OTHERS[files.request["readOnly"]]:
            continue
        for data, also in resolver.items(selector.get("DataResources"), more):
            if resolver.literal(data.get("Type")) != "AWS::S3::Object":
                continue
            for value, span, requires in values(reading, data.get("Values"), also):
                start = _object_start(value)
                if start is not None and _overlap(start, files):
                    yield Recorded(span, bool(start), requires)


def advanced(
    reading: Reading, resource: Resource, files: Objects, needed: Requires
) -> Iterator[Recorded | Note]:
    """``AdvancedEventSelectors``: all field selectors of one must take the delivery."""
    for selector, more in reading.resolver.items(resource.get("AdvancedEventSelectors"), needed):
        fields = reading.resolver.elements(selector.get("FieldSelectors"))
        names = [reading.resolver.literal(field.get("Field")) for field in fields]
        if "resources.type" not in names:
            continue
        taken = [_takes(reading, name, field, files) for name, field in zip(names, fields, strict=True)]
        if False in taken:
            continue
        if None in taken:
            field = fields[taken.index(None)]
            yield Note(field.span, f"whether {resource.id} records its own log files could not be decided")
            continue
        named = any(field.get("StartsWith") is not None for field in fields)
        yield Recorded(fields[names.index("resources.type")].span, named, more)


def _takes(reading: Reading, name: str | None, field: Node, files: Objects) -> bool | None:
    """Does a field selector take the delivery of a log file? ``None`` where that cannot be said."""
    operators = {key: reading.strings(node) for key, node in field.items()}
    operators.pop("Field", None)
    if name == "resources.ARN":
        return _takes_object(operators, files)
    return takes(operators, name, files.request)


def takes(operators: Mapping[str, list[Text]], name: str | None, request: Mapping[str, str]) -> bool | None:
    """Do the operators on the field ``name`` take ``request``? ``None`` for a field that is not known of it."""
    actual = request.get(name or "")
    if actual is None:
        return None
    return all(_plain(key, wanted, actual) for key, wanted in operators.items())


def _plain(operator: str, values: list[Text], actual: str) -> bool:
    wanted = [literal(value) or render(value) for value in values]
    hits = {
        "Equals": actual in wanted,
        "StartsWith": actual.startswith(tuple(wanted)),
        "EndsWith": actual.endswith(tuple(wanted)),
    }
    positive = operator.removeprefix("Not")
    return hits.get(positive, True) is (positive == operator)


def _takes_object(operators: dict[str, list[Text]], files: Objects) -> bool | None:
    """``resources.ARN``: an excluded beginning that covers all log files ends the loop; an exact name is one object."""
    answer: bool | None = True
    for operator, values in operators.items():
        starts = [start for start in map(_object_start, values) if start is not None]
        if operator == "StartsWith" and not any(_overlap(start, files) for start in starts):
            return False
        if operator == "NotStartsWith" and any(
            covers([starts_with(start)], files.objects) for start in starts
        ):
            return False
        if operator in ("Equals", "EndsWith"):
            return False if operator == "Equals" else None
        if operator in ("NotEquals", "NotEndsWith") and any(_overlap(start, files) for start in starts):
            answer = None
    return answer


def _overlap(start: Text, files: Objects) -> bool:
    return decide([starts_with(start), files.objects]).verdict == "overlaps"


def _object_start(value: Text) -> Text | None:
    """``arn:aws:s3:::bucket/in`` → ``bucket/in``; the ARN of all of S3 → nothing; ``None`` for another service."""
    fields = split_text(value, ":", 5)
    if len(fields) < 3 or fields[2] != ("s3",):
        return None
    return fields[5] if len(fields) == 6 else ()


def values(reading: Reading, node: Node | None, needed: Requires) -> Iterator[tuple[Text, Span, Requires]]:
    """The texts of a list, each with its place and what it needs."""
    for item, more in reading.resolver.items(node, needed):
        for value, also in reading.resolver.texts(item, more):
            yield value, item.span, also
