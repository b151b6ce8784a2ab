"""Where what a call writes is found again in the event that follows.

The forms of the events: https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html
"""

import re
from collections.abc import Callable

from recursion_lint.code.calls import CallResult, CallSite, EventPath, Literal, ObjectValue, Value
from recursion_lint.code.carried_values import alternatives, content, walked
from recursion_lint.code.deciding import UNTOLD
from recursion_lint.code.message_attributes import IN_NOTICES, IN_QUEUES, received
from recursion_lint.code.stream_records import of_stream
from recursion_lint.code.values import NOTHING, inner

_ENVELOPES = (
    ("Records", "[]", "body", "json"),
    ("Records", "[]", "body"),
    ("Records", "[]", "Sns", "Message", "json"),
)
_NOT_ENCODED = re.compile(r"^[A-Za-z0-9_.*/-]*$")
_DETAIL_TYPES = {"ObjectCreated": "Object Created", "ObjectRemoved": "Object Deleted"}
_OF_OBJECTS = frozenset({"HeadObject", "GetObject", "Object.Get", "ObjectSummary.Get"})


def comeback(value: EventPath, written: CallSite, channel: str) -> Value:
    """A part of the event that follows a call, in terms of the round before; ``UNTOLD`` where that is not known."""
    run = _BY_CHANNEL.get(channel)
    return run(value.path, written) if run is not None else UNTOLD


def _of_s3(path: tuple[str, ...], written: CallSite) -> Value:
    if path[-2:] == ("object", "key"):
        return written.key if written.key is not None and _is_plain(written.key) else UNTOLD
    if path[-2:] in (("bucket", "name"), ("bucket", "arn")) or path[-1:] == ("awsRegion",):
        return EventPath(path)
    if path[-1:] == ("eventName",):
        return alternatives([name.removeprefix("s3:") for name in written.events])
    if path[-1:] == ("detail-type",):
        return alternatives(
            [_DETAIL_TYPES.get(name.removeprefix("s3:").split(":")[0], "") for name in written.events]
        )
    return UNTOLD


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
    if isinstance(found, ObjectValue) and not found.computed:
        # What is added to a copy of the old metadata stands before it.
        named = tuple((name.lower(), part) for name, part in found.fields)
        found = ObjectValue(named, found.open or found.rest is not None)
    elif found is not None:
        return UNTOLD
    return walked(found if found is not None else ObjectValue(()), value.path[1:])


def _of_sqs(path: tuple[str, ...], written: CallSite) -> Value:
    if path[:3] == ("Records", "[]", "body"):
        return walked(content(written, "body"), path[3:])
    if path[:3] == ("Records", "[]", "messageAttributes"):
        return walked(received(content(written, "attributes"), IN_QUEUES), path[3:])
    return EventPath(path) if path[-1:] in (("eventSourceARN",), ("eventSource",), ("awsRegion",)) else UNTOLD


def _of_sns(path: tuple[str, ...], written: CallSite) -> Value:
    for before in (("Records", "[]", "Sns"), ("Records", "[]", "body", "json")):
        if path[: len(before)] != before:
            continue
        part, rest = path[len(before) : len(before) + 1], path[len(before) + 1 :]
        if part == ("Message",):
            return walked(_message(written), rest)
        if part == ("Subject",):
            return walked(content(written, "subject"), rest)
        if part == ("MessageAttributes",):
            return walked(received(content(written, "attributes"), IN_NOTICES), rest)
        if part == ("TopicArn",):
            return EventPath(path)
    return UNTOLD


def _message(written: CallSite) -> Value | None:
    """What subscribers get: of a message with a structure the text that is meant for all of them.

    https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
    """
    body = content(written, "body")
    structure = written.value("structure")
    if structure is None:
        return body
    if structure != Literal("json"):
        return UNTOLD
    own = [walked(body, ("json", protocol)) for protocol in ("lambda", "sqs")]
    return walked(body, ("json", "default")) if own == [NOTHING, NOTHING] else UNTOLD


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


_BY_CHANNEL: dict[str, Callable[[tuple[str, ...], CallSite], Value]] = {
    "s3": _of_s3,
    "sqs": _of_sqs,
    "sns": _of_sns,
    "events": _of_events,
    "lambda": _of_lambda,
    "kinesis": _of_kinesis,
    "dynamodb": of_stream,
}
