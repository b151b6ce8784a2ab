"""Where what a call writes is found again in the event that follows.

The forms of the events: https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html
"""

import json
import re
from collections.abc import Callable

from recursion_lint.code.calls import CallResult, CallSite, EventPath, Literal, ObjectValue, Pure, Value
from recursion_lint.code.deciding import UNTOLD
from recursion_lint.code.recording import read
from recursion_lint.code.sdk_calls import operation
from recursion_lint.code.update_expressions import assigned
from recursion_lint.code.values import ABSENT, NOTHING, either, inner, lifted, options

_ENVELOPES = (
    ("Records", "[]", "body", "json"),
    ("Records", "[]", "body"),
    ("Records", "[]", "Sns", "Message", "json"),
)
_NOT_ENCODED = re.compile(r"^[A-Za-z0-9_.*/-]*$")
_DETAIL_TYPES = {"ObjectCreated": "Object Created", "ObjectRemoved": "Object Deleted"}
_OF_OBJECTS = frozenset({"HeadObject", "GetObject", "Object.Get", "ObjectSummary.Get"})
_BY_KEY = frozenset({"dynamodb.UpdateItem", "dynamodb.DeleteItem"})
_TYPES = frozenset({"S", "N", "BOOL", "B", "M", "L", "NULL", "SS", "NS", "BS"})


def comeback(value: EventPath, written: CallSite, channel: str) -> Value:
    """A part of the event that follows a call, in terms of the round before; ``UNTOLD`` where that is not known."""
    run = _BY_CHANNEL.get(channel)
    return run(value.path, written) if run is not None else UNTOLD


def content(written: CallSite, role: str) -> Value | None:
    """What a call writes in a role: ``None`` where it surely leaves it out, ``UNTOLD`` where it has no such role."""
    known = {name for name, _ in operation(written.operation).content}
    return written.value(role) if role in known else UNTOLD


def walked(value: Value | None, path: tuple[str, ...]) -> Value:
    """What stands at a path of something written, where ``json`` reads a text that ``json`` has made."""
    if value is None:
        return NOTHING
    if value is UNTOLD:
        return UNTOLD
    if len(options(value)) > 1:
        return either(walked(option, path) for option in options(value))
    if value == ABSENT:
        return NOTHING
    if path[:1] == ("json",):
        if isinstance(value, Pure) and value.name == "json":
            return walked(value.arguments[0], path[1:])
        if isinstance(value, Literal):
            return _read_as_json(value, path[1:])
        return EventPath((*value.path, *path)) if isinstance(value, EventPath) else UNTOLD
    if not path:
        return value
    if isinstance(value, EventPath):
        return EventPath((*value.path, *path))
    if isinstance(value, (ObjectValue, Literal)):
        found = read(value, path[:1])
        return walked(found, path[1:]) if found is not None else NOTHING
    return UNTOLD


def _read_as_json(text: Literal, path: tuple[str, ...]) -> Value:
    """What stands at a path of a constant text that is read as JSON."""
    try:
        return walked(lifted(json.loads(str(text.value))), path)
    except (ValueError, RecursionError):
        return UNTOLD


def _of_s3(path: tuple[str, ...], written: CallSite) -> Value:
    if path[-2:] == ("object", "key"):
        return written.key if written.key is not None and _is_plain(written.key) else UNTOLD
    if path[-2:] in (("bucket", "name"), ("bucket", "arn")) or path[-1:] == ("awsRegion",):
        return EventPath(path)
    if path[-1:] == ("eventName",):
        return _alternatives([name.removeprefix("s3:") for name in written.events])
    if path[-1:] == ("detail-type",):
        return _alternatives(
            [_DETAIL_TYPES.get(name.removeprefix("s3:").split(":")[0], "") for name in written.events]
        )
    return UNTOLD


def _alternatives(names: list[str]) -> Value:
    return either(Literal(name) for name in names) if names and all(names) else UNTOLD


def _is_plain(key: Value) -> bool:
    """Does a key stand in the event as it was written, also where the event encodes it?"""
    if isinstance(key, Literal):
        return bool(_NOT_ENCODED.match(str(key.value)))
    return all(_is_plain(part) for part in inner(key))


def metadata_comeback(value: CallResult, written: CallSite) -> Value:
    """The metadata of the event's own object, in the round after it was written. Its names come back in lower case."""
    key = value.parameters.get("Key") if value.parameters is not None else None
    own = isinstance(key, EventPath) and key.path[-2:] == ("object", "key")
    if (
        value.service != "s3"
        or value.operation not in _OF_OBJECTS
        or value.path[:1] != ("Metadata",)
        or not own
    ):
        return UNTOLD
    if written.operation == "s3.CopyObject" and written.value("metadata_directive") != Literal("REPLACE"):
        return UNTOLD
    found = content(written, "metadata")
    if isinstance(found, ObjectValue) and found.rest is None and not found.computed:
        found = ObjectValue(tuple((name.lower(), part) for name, part in found.fields), found.open)
    elif found is not None:
        return UNTOLD
    return walked(found if found is not None else ObjectValue(()), value.path[1:])


def _of_sqs(path: tuple[str, ...], written: CallSite) -> Value:
    if path[:3] == ("Records", "[]", "body"):
        return walked(content(written, "body"), path[3:])
    if path[:3] == ("Records", "[]", "messageAttributes"):
        names = tuple(
            {"stringValue": "StringValue", "dataType": "DataType"}.get(name, name) for name in path[3:]
        )
        return walked(content(written, "attributes"), names)
    return EventPath(path) if path[-1:] in (("eventSourceARN",), ("eventSource",), ("awsRegion",)) else UNTOLD


def _of_sns(path: tuple[str, ...], written: CallSite) -> Value:
    for before in (("Records", "[]", "Sns"), ("Records", "[]", "body", "json")):
        if path[: len(before)] != before:
            continue
        part, rest = path[len(before) : len(before) + 1], path[len(before) + 1 :]
        if part == ("Message",):
            return walked(content(written, "body"), rest)
        if part == ("Subject",):
            return walked(content(written, "subject"), rest)
        if part == ("MessageAttributes",):
            names = tuple({"Value": "StringValue", "Type": "DataType"}.get(name, name) for name in rest)
            return walked(content(written, "attributes"), names)
        if part == ("TopicArn",):
            return EventPath(path)
    return UNTOLD


def _of_events(path: tuple[str, ...], written: CallSite) -> Value:
    for before in _ENVELOPES:
        if path[: len(before)] == before:
            path = path[len(before) :]
            break
    roles = {"source": "source", "detail-type": "detail_type"}
    if len(path) == 1 and path[0] in roles:
        return walked(content(written, roles[path[0]]), ())
    if path[:1] == ("detail",):
        return walked(content(written, "detail"), ("json", *path[1:]))
    return UNTOLD


def _of_lambda(path: tuple[str, ...], written: CallSite) -> Value:
    return walked(content(written, "payload"), ("json", *path))


def _of_kinesis(path: tuple[str, ...], written: CallSite) -> Value:
    if path[:4] == ("Records", "[]", "kinesis", "data"):
        return walked(content(written, "body"), path[4:])
    return UNTOLD


def _of_dynamodb(path: tuple[str, ...], written: CallSite) -> Value:
    if path[-1:] == ("eventName",):
        return _alternatives(list(written.events))
    if path[-1:] in (("eventSourceARN",), ("eventSource",), ("awsRegion",)):
        return EventPath(path)
    part = next((name for name in ("Keys", "NewImage") if name in path), None)
    if part == "NewImage" and written.operation == "dynamodb.DeleteItem":
        return NOTHING
    item = _item(written)
    if part is None or not isinstance(item, ObjectValue):
        return UNTOLD
    rest = path[path.index(part) + 1 :]
    if not rest:
        # Which of a put item's attributes are its key only the table knows.
        return item if part == "NewImage" and written.operation == "dynamodb.PutItem" else UNTOLD
    if part == "Keys" and item.get(rest[0]) is None:
        return UNTOLD
    return _attribute(walked(item, rest[:1]), rest[1:])


def _item(written: CallSite) -> Value | None:
    """What is known of the item after a write: all of one that is put, of another its key and what is set."""
    if written.operation == "dynamodb.PutItem":
        return content(written, "item")
    if written.operation not in _BY_KEY or not isinstance(written.key, ObjectValue):
        return None
    fields = dict(written.key.fields)
    if written.operation == "dynamodb.UpdateItem":
        fields = {
            **dict(assigned(*(written.value(role) for role in ("update", "values", "names")))),
            **fields,
        }
    # An update leaves the other attributes as they were.
    return ObjectValue(tuple(fields.items()), True)


def _attribute(value: Value, rest: tuple[str, ...]) -> Value:
    """An attribute of an item: in the event it stands under its type, and numbers are texts there."""
    if len(options(value)) > 1:
        return either(_attribute(option, rest) for option in options(value))
    typed = isinstance(value, ObjectValue) and len(value.fields) == 1 and value.fields[0][0] in _TYPES
    if typed and isinstance(value, ObjectValue):
        return walked(value, rest) if rest else walked(value, (value.fields[0][0],))
    if not rest or value == NOTHING:
        return value
    if rest == ("N",) and isinstance(value, Literal):
        return Literal(str(value.value))
    return value if rest in (("S",), ("BOOL",)) and isinstance(value, Literal) else UNTOLD


_BY_CHANNEL: dict[str, Callable[[tuple[str, ...], CallSite], Value]] = {
    "s3": _of_s3,
    "sqs": _of_sqs,
    "sns": _of_sns,
    "events": _of_events,
    "lambda": _of_lambda,
    "kinesis": _of_kinesis,
    "dynamodb": _of_dynamodb,
}
