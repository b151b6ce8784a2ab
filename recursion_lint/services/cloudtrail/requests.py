"""Requests that a trail records: reads and writes of objects, invocations of functions, calls to the account.

Whoever is started by what a trail delivers, and makes requests that it records, has it deliver again.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/send-cloudtrail-events-to-cloudwatch-logs.html
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from recursion_lint.model.facts import Accepts, Endpoint, Trigger, Write
from recursion_lint.model.path_conditions import Requires
from recursion_lint.model.spans import Note, Span
from recursion_lint.model.text import ANY, Text, split_text, text
from recursion_lint.patterns.keys import covers, starts_with
from recursion_lint.services.cloudtrail.selectors import (
    INVOCATION,
    ITEM_READ,
    ITEM_WRITE,
    READ,
    WRITE,
    Objects,
    Recorded,
    advanced,
    basic,
    takes,
    values,
)
from recursion_lint.services.naming import endpoint_of
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.template.template import Resource

CHANNEL = "cloudtrail-data"
DELIVERY, READS, WRITES = "delivery", "read", "write"
OF_FUNCTIONS, OF_TABLES = "function:", "table/"
"""What comes before the name in the ARN of a function and of a table, and in the channel of their requests."""
MANAGEMENT = Endpoint(CHANNEL, ("management events",))
"""Calls that are no data events, which every trail records unless it says otherwise."""
UNDECIDED = "the trail's event selectors"


def recorded_requests(reading: Reading, resource: Resource, trail: Endpoint) -> Iterator[Fact]:
    """What a trail records of others' requests, and the log group that it sends everything to."""
    yield from _of_objects(reading, resource, trail)
    yield from _of_functions(reading, resource, trail)
    yield from _of_tables(reading, resource, trail)
    needed = reading.resolver.resource_requires(resource)
    node = resource.get("CloudWatchLogsLogGroupArn")
    for group, more in reading.endpoints(node, "logs", needed):
        if node is None:
            continue
        words = "{source} sends what it records to {target}"
        yield Write(trail, group, words, node.span, "log", requires=more)
        kinds = _management(reading, resource)
        if kinds:
            yield Trigger(
                MANAGEMENT,
                group,
                f"{resource.id} sends {{source}} to {{target}}",
                node.span,
                "forward",
                Accepts(kinds),
                delivery="service",
                requires=more,
            )


def _management(reading: Reading, resource: Resource) -> frozenset[str]:
    """Which calls to the account a trail records: reads, writes."""
    resolver = reading.resolver
    if resource.get("AdvancedEventSelectors") is not None:
        selectors = resolver.elements(resource.get("AdvancedEventSelectors"))
        categories = {
            resolver.literal(word)
            for selector in selectors
            for field in resolver.elements(selector.get("FieldSelectors"))
            if resolver.literal(field.get("Field")) == "eventCategory"
            for word in resolver.elements(field.get("Equals"))
        }
        return frozenset({READS, WRITES}) if "Management" in categories else frozenset()
    found: set[str] = set()
    selectors = resolver.elements(resource.get("EventSelectors"))
    for selector in selectors:
        if resolver.boolean(selector.get("IncludeManagementEvents")) is not False:
            kind = resolver.literal(selector.get("ReadWriteType"))
            found |= {"ReadOnly": {READS}, "WriteOnly": {WRITES}}.get(kind or "", {READS, WRITES})
    return frozenset(found) if selectors else frozenset({READS, WRITES})


def _of_objects(reading: Reading, resource: Resource, trail: Endpoint) -> Iterator[Fact]:
    needed = reading.resolver.resource_requires(resource)
    for bucket, owner in _buckets(reading, resource).items():
        objects = text([*bucket.name, "/", ANY])
        channel = Endpoint(CHANNEL, bucket.name)
        for kind, request, words in ((READS, READ, "reads of"), (WRITES, WRITE, "writes to")):
            asked = Objects(bucket, objects, needed, request)
            found = (*basic(reading, resource, asked, needed), *advanced(reading, resource, asked, needed))
            for one in found:
                undecided = "" if isinstance(one, Recorded) else UNDECIDED
                if owner is not None:
                    yield reading.declared(owner, channel)
                yield Trigger(
                    channel,
                    trail,
                    f"{{target}} records the {words} {{source}}",
                    one.span,
                    "record",
                    Accepts(frozenset({kind}), undecided=undecided),
                    delivery="service",
                    evidence="assumed" if isinstance(one, Note) or not (one.named or owner) else "declared",
                    requires=needed if isinstance(one, Note) else one.requires,
                )


def _buckets(reading: Reading, resource: Resource) -> dict[Endpoint, Resource | None]:
    """The buckets of the template, and those that the trail delivers to or names, with where they are declared."""
    found: dict[Endpoint, Resource | None] = {
        reading.endpoint(bucket): bucket for bucket in reading.of_type("AWS::S3::Bucket")
    }
    for bucket in reading.named(resource.get("S3BucketName"), "s3"):
        found.setdefault(bucket, None)
    for value, _, _ in _data_values(reading, resource, "AWS::S3::Object"):
        fields = split_text(value, ":", 5)
        name = split_text(fields[5], "/", 1)[0] if len(fields) == 6 else ()
        if name:
            found.setdefault(Endpoint("s3", name), None)
    return found


def _data_values(
    reading: Reading, resource: Resource, kind: str, but_for: str = ""
) -> Iterator[tuple[Text, Span, Requires]]:
    """The values of the data resources of a type, but for those of selectors with one ``ReadWriteType``."""
    resolver = reading.resolver
    for selector, more in resolver.items(
        resource.get("EventSelectors"), resolver.resource_requires(resource)
    ):
        others = but_for and resolver.literal(selector.get("ReadWriteType")) == but_for
        for data, also in resolver.items(None if others else selector.get("DataResources"), more):
            if resolver.literal(data.get("Type")) == kind:
                yield from values(reading, data.get("Values"), also)


def _of_functions(reading: Reading, resource: Resource, trail: Endpoint) -> Iterator[Fact]:
    """Each invocation of a function that a trail records is a request that nobody but the function can help."""
    taken = _taken(reading, resource, INVOCATION)
    for function in reading.of_type("AWS::Lambda::Function") if taken else ():
        invoked = reading.endpoint(function)
        one = next((one for one in taken if _records(one, invoked, OF_FUNCTIONS)), None)
        if one is None:
            continue
        channel = Endpoint(CHANNEL, text([OF_FUNCTIONS, *invoked.name]))
        yield reading.declared(function, channel)
        words = "every invocation of {source} is recorded"
        yield Write(invoked, channel, words, one.span, "log", evidence="assumed", requires=one.requires)
        yield _recording(channel, trail, "invocations of", one, Accepts())


def _of_tables(reading: Reading, resource: Resource, trail: Endpoint) -> Iterator[Fact]:
    """Reads and writes of the items of tables.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/logging-using-cloudtrail.html
    """
    for kind, request, words in ((READS, ITEM_READ, "reads of"), (WRITES, ITEM_WRITE, "writes to")):
        taken = _taken(reading, resource, request)
        for table in reading.of_type("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable") if taken else ():
            asked = reading.endpoint(table)
            for one in taken:
                if _records(one, asked, OF_TABLES):
                    channel = Endpoint(CHANNEL, text([OF_TABLES, *asked.name]))
                    yield reading.declared(table, channel)
                    yield _recording(channel, trail, words, one, Accepts(frozenset({kind})))
                    break


class Taken(NamedTuple):
    """What a selector takes the requests to: by operator on its ARN, all of its kind where there is none."""

    span: Span
    requires: Requires
    by_arn: Mapping[str, tuple[Text, ...]] = {}
    undecided: bool = False


def _recording(channel: Endpoint, trail: Endpoint, words: str, one: Taken, accepts: Accepts) -> Trigger:
    return Trigger(
        channel,
        trail,
        f"{{target}} records the {words} {{source}}",
        one.span,
        "record",
        accepts._replace(undecided=UNDECIDED if one.undecided else ""),
        delivery="service",
        requires=one.requires,
    )


def _taken(reading: Reading, resource: Resource, request: Mapping[str, str]) -> list[Taken]:
    """What the selectors of a trail say of requests like ``request``, but for those that never take one."""
    others = "WriteOnly" if request["readOnly"] == "true" else "ReadOnly"
    found = []
    for value, span, requires in _data_values(reading, resource, request["resources.type"], others):
        every = len(split_text(value, ":", 5)) < 6
        found.append(Taken(span, requires, {} if every else {"Equals": (value,)}))
    resolver = reading.resolver
    needed = resolver.resource_requires(resource)
    for selector, more in resolver.items(resource.get("AdvancedEventSelectors"), needed):
        fields: dict[str, dict[str, list[Text]]] = {}
        spans: dict[str, Span] = {}
        for field in resolver.elements(selector.get("FieldSelectors")):
            name = resolver.literal(field.get("Field")) or ""
            operators = {key: reading.strings(node) for key, node in field.items() if key != "Field"}
            fields[name], spans[name] = operators, field.span
        named = fields.pop("resources.ARN", {})
        taken = [takes(operators, name, request) for name, operators in fields.items()]
        if "resources.type" in fields and False not in taken:
            by_arn = {key: tuple(values) for key, values in named.items()}
            found.append(Taken(spans["resources.type"], more, by_arn, undecided=None in taken))
    return found


def _records(one: Taken, asked: Endpoint, kind: str) -> bool:
    """Does a selector take the requests to ``asked``? ``kind`` is what comes before its name in its ARN."""
    for operator, wanted in one.by_arn.items():
        positive = operator.removeprefix("Not")
        hit = any(
            _begins(value, asked, kind)
            if positive == "StartsWith"
            else endpoint_of(value, asked.service) == asked
            for value in wanted
        )
        if hit is not (positive == operator):
            return False
    return True


def _begins(value: Text, asked: Endpoint, kind: str) -> bool:
    """Does the ARN of ``asked`` begin with ``value``? Partition, region and account are those of its stack."""
    fields = split_text(value, ":", 5)
    if len(fields) < 6:
        return len(fields) < 3 or fields[2] == (asked.service,)
    return covers([starts_with(fields[5])], text([kind, *asked.name]))
