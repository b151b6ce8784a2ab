"""What the events of a trigger always and never hold: code that is made for other events fails on it before it writes.

The forms of the events: https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html
"""

from recursion_lint.code.calls import Alternatives, CallSite, EventPath, Literal, Pure, Value
from recursion_lint.code.values import NOTHING, inner

_RECORDS = {
    "dynamodb": frozenset({"dynamodb"}),
    "kinesis": frozenset({"kinesis"}),
    "s3": frozenset({"s3", "requestParameters", "responseElements"}),
    "sns": frozenset({"Sns"}),
    "sqs": frozenset({"attributes", "body", "messageAttributes"}),
}
_ALL_RECORDS = frozenset().union(*_RECORDS.values())
_OF_CALLS = frozenset(
    {"headers", "multiValueHeaders", "multiValueQueryStringParameters", "pathParameters"}
    | {"queryStringParameters", "requestContext", "stageVariables"}
)
_ONLY_OF_CALLS = (_OF_CALLS - {"headers"}) | {"httpMethod", "rawPath"}
_BUS = OF_A_RULE = "events"
_ENVELOPES = frozenset({_BUS, "logs"})
"""What comes from a bus has a form of its own, and log lines come packed in ``awslogs``."""
_FALLS_BACK = frozenset({"or", "??", "||", "when", "get"})
_DEEPEST = 14

_RECORD = ("Records", "[]")
_SOURCE = {"sns": "EventSource"}
_IMAGES = ("NewImage", "OldImage")
_SHOWN = {
    "KEYS_ONLY": (),
    "NEW_IMAGE": ("NewImage",),
    "OLD_IMAGE": ("OldImage",),
    "NEW_AND_OLD_IMAGES": _IMAGES,
}


def always(path: tuple[str, ...], service: str, view: str) -> Value | None:
    """What stands at ``path`` of every event of a trigger of ``service``; ``None`` where that is not told.

    ``view`` is what the records of a table's stream show, in the words of ``StreamViewType``, empty where unknown:
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_StreamSpecification.html
    """
    if service not in _RECORDS and service not in _ENVELOPES:
        return None
    if path[:1] and path[0] in _ONLY_OF_CALLS:
        return NOTHING
    if service in _ENVELOPES:
        return None
    if path == (*_RECORD, _SOURCE.get(service, "eventSource")):
        return Literal(f"aws:{service}")
    if service != "dynamodb" or path[:2] != _RECORD or len(path) < 3:
        return None
    if path[2] in (*_IMAGES, "Keys"):
        return NOTHING  # they stand one level below
    image = path[3] if path[2] == "dynamodb" and len(path) > 3 else ""
    return NOTHING if image in _IMAGES and image not in _SHOWN.get(view, _IMAGES) else None


def present(path: tuple[str, ...], service: str) -> bool | None:
    """Does every event of a trigger of ``service`` have something at ``path``? ``None`` where that is not told.

    ``service`` is ``events`` for what a rule gives.
    """
    if service == _BUS:
        return True if path in _OF_A_BUS else None
    if service not in _RECORDS:
        return None
    if not path:
        return True
    if path == _RECORD[:1] or (path[:2] == _RECORD and path[2:] in _HELD[service]):
        return True
    return None


_OF_A_BUS = ((), ("source",), ("detail-type",))
_HELD = {
    "dynamodb": (("dynamodb",), ("dynamodb", "Keys"), ("eventName",)),
    "kinesis": (("kinesis",), ("kinesis", "data")),
    "s3": (("s3",), ("s3", "object"), ("s3", "bucket"), ("eventName",)),
    "sns": (("Sns",), ("Sns", "Message")),
    "sqs": (("body",),),
}


def missing(site: CallSite, service: str, kind: str) -> str:
    """The part of an event that a call needs and that the events of ``service`` never have; empty where there is none.

    ``kind`` is that of the trigger: a ``rule`` gives what happens in a bucket, too, the form of a bus.
    Only parts that the events of other services or calls of an API have count, as a handler may get the event in a form
    of its own; and only what is read below them: that fails, while the part itself may be nothing and be written so.
    """
    if kind not in ("rule", "trigger"):
        return ""
    form = _BUS if kind == "rule" else service
    values = (site.target, site.key, *(value for _, value in site.content))
    found = next((found for value in values if value is not None and (found := _of(value, form))), "")
    if found or form not in (_BUS, *_RECORDS):
        return found
    tests = (guard.test for guard in site.guards if not guard.on_error)
    return next((of_list for value in (*values, *tests) if (of_list := _of_list(value))), "")


def _of_list(value: Value | None, depth: int = 0) -> str:
    """A part of an element of the event itself, which is an object: its elements are names, and have no parts."""
    if value is None or depth > _DEEPEST:
        return ""
    if isinstance(value, EventPath):
        told = len(value.path) > 1 and value.path[0] == "[]" and value.path[1] != "[]"
        return ".".join(value.path[:2]) if told else ""
    return next((found for part in inner(value) if (found := _of_list(part, depth + 1))), "")


def _of(value: Value, service: str, depth: int = 0) -> str:
    if depth > _DEEPEST:
        return ""
    if isinstance(value, EventPath):
        return _of_path(value.path, service)
    found = [_of(part, service, depth + 1) for part in inner(value)]
    if isinstance(value, Alternatives) or (isinstance(value, Pure) and value.name in _FALLS_BACK):
        return found[0] if found and all(found) else ""
    return next((one for one in found if one), "")


def _of_path(path: tuple[str, ...], service: str) -> str:
    if len(path) < 2:
        return ""
    if service == _BUS:
        return path[0] if path[0] in _OF_CALLS or path[0] == "Records" else ""
    if service not in _RECORDS:
        return ""
    if path[0] == "detail" or path[0] in _OF_CALLS:
        return path[0]
    foreign = len(path) > 3 and path[:2] == ("Records", "[]") and path[2] in _ALL_RECORDS - _RECORDS[service]
    return path[2] if foreign else ""
