"""Requests that a trail records: reads and writes of objects, invocations of functions, calls to the account.

Whoever is started by what a trail delivers, and makes requests that it records, has it deliver again.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/send-cloudtrail-events-to-cloudwatch-logs.html
"""

from collections.abc import Iterator

from recursion_lint.model.facts import Accepts, Endpoint, Trigger, Write
from recursion_lint.model.path_conditions import Requires
from recursion_lint.model.spans import Note, Span
from recursion_lint.model.text import ANY, Text, split_text, text
from recursion_lint.services.cloudtrail.selectors import READ, WRITE, Objects, advanced, basic, values
from recursion_lint.services.naming import endpoint_of
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.template.template import Resource

CHANNEL = "cloudtrail-data"
DELIVERY, READS, WRITES, INVOCATIONS = "delivery", "read", "write", "invocation"
MANAGEMENT = Endpoint(CHANNEL, ("management events",))
"""Calls that are no data events, which every trail records unless it says otherwise."""


def recorded_requests(reading: Reading, resource: Resource, trail: Endpoint) -> Iterator[Fact]:
    """What a trail records of others' requests, and the log group that it sends everything to."""
    yield from _of_objects(reading, resource, trail)
    yield from _of_functions(reading, resource, trail)
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
                if isinstance(one, Note):
                    continue
                if owner is not None:
                    yield reading.declared(owner, channel)
                yield Trigger(
                    channel,
                    trail,
                    f"{{target}} records the {words} {{source}}",
                    one.span,
                    "record",
                    Accepts(frozenset({kind})),
                    delivery="service",
                    evidence="declared" if one.named or owner is not None else "assumed",
                    requires=one.requires,
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


def _data_values(reading: Reading, resource: Resource, kind: str) -> Iterator[tuple[Text, Span, Requires]]:
    """The values of the data resources of a type, of selectors that record writes."""
    resolver = reading.resolver
    for selector, more in resolver.items(
        resource.get("EventSelectors"), resolver.resource_requires(resource)
    ):
        for data, also in resolver.items(selector.get("DataResources"), more):
            if resolver.literal(data.get("Type")) == kind:
                yield from values(reading, data.get("Values"), also)


def _of_functions(reading: Reading, resource: Resource, trail: Endpoint) -> Iterator[Fact]:
    """Each invocation of a function that a trail records is a request that nobody but the function can help."""
    taken = [
        *_data_values(reading, resource, "AWS::Lambda::Function"),
        *_advanced_functions(reading, resource),
    ]
    if not taken:
        return
    for function in reading.of_type("AWS::Lambda::Function"):
        invoked = reading.endpoint(function)
        for value, span, requires in taken:
            if not _names(value, invoked):
                continue
            channel = Endpoint(CHANNEL, text(["function:", *invoked.name]))
            yield reading.declared(function, channel)
            words = "every invocation of {source} is recorded"
            yield Write(invoked, channel, words, span, "log", evidence="assumed", requires=requires)
            yield Trigger(
                channel,
                trail,
                "{target} records the invocations of {source}",
                span,
                "record",
                delivery="service",
                requires=requires,
            )
            break


def _advanced_functions(reading: Reading, resource: Resource) -> Iterator[tuple[Text, Span, Requires]]:
    """The functions of advanced selectors: those of ``resources.ARN``, or all (an ARN that says no more)."""
    resolver = reading.resolver
    needed = resolver.resource_requires(resource)
    for selector, more in resolver.items(resource.get("AdvancedEventSelectors"), needed):
        fields = {
            resolver.literal(field.get("Field")): field
            for field in resolver.elements(selector.get("FieldSelectors"))
        }
        kind = fields.get("resources.type")
        kinds = [resolver.literal(word) for word in resolver.elements(kind.get("Equals"))] if kind else []
        if "AWS::Lambda::Function" not in kinds or kind is None:
            continue
        named = fields.get("resources.ARN")
        if named is None:
            yield ("arn:aws:lambda",), kind.span, more
        else:
            yield from values(reading, named.get("Equals") or named.get("StartsWith"), more)


def _names(value: Text, function: Endpoint) -> bool:
    """Is a data resource the function, or all of them (``arn:aws:lambda``)?"""
    fields = split_text(value, ":", 5)
    if len(fields) < 3 or fields[2] != ("lambda",):
        return False
    return len(fields) < 6 or endpoint_of(value, "lambda") == function
