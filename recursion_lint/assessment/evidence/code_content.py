"""What a call in a handler's code puts on its channel: keys, event types and content, as far as the code tells.

A grant's ``Produces`` is all that is allowed; this is what is done. What the code leaves open stays open.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import takewhile

from recursion_lint.assessment.evidence.code_values import Around, is_event_key, texts
from recursion_lint.code.calls import (
    Alternatives,
    CallSite,
    Concatenation,
    ListValue,
    Literal,
    ObjectValue,
    Pure,
    Value,
)
from recursion_lint.code.sdk_calls import operation
from recursion_lint.model.facts import KeyRule, Produces
from recursion_lint.model.text import ANY, Text, has_wildcard, text
from recursion_lint.patterns.events import UNKNOWN, Doc, Glob, Items, OneOf
from recursion_lint.patterns.events import Value as Known
from recursion_lint.services.sns import ATTRIBUTES, BODY

_DEEPEST = 30
_SET = re.compile(r"(?<![#:\w])(SET|REMOVE|ADD|DELETE)\s", re.IGNORECASE)


def produced(site: CallSite, place: Around) -> Produces:
    """What one call puts on the channel of a step; the grant's word stands where the code says nothing."""
    granted = place.step.write.produces if place.step.write is not None else Produces()
    events = frozenset(site.events) or granted.events
    if place.channel.service == "s3":
        return granted._replace(events=events, keys=_object_keys(site, place, granted))
    document = _DOCUMENTS.get(place.channel.service)
    found = document(site, place) if document is not None else None
    return granted._replace(events=events, document=found if found is not None else granted.document)


# --- object keys -----------------------------------------------------------------------------------------------


def _object_keys(site: CallSite, place: Around, granted: Produces) -> tuple[Text, ...]:
    """Patterns of ``bucket/key``. The event's own key is whatever its trigger lets through."""
    bucket = text([*place.channel.name, "/"])
    keys = [key for option in _options(site.key) for key in _keys(option, place)]
    if operation(site.operation).effect == "delegated":
        keys = _of_job(site, keys)
    if not keys or (ANY,) in keys:
        return granted.keys
    return tuple(dict.fromkeys(text([*bucket, *key]) for key in keys))


def _of_job(site: CallSite, keys: list[Text]) -> list[Text]:
    """A service appends names of its own. Transcribe takes a key that does not end with a slash as it is, and without
    one writes ``<job>.json`` at the root.

    https://docs.aws.amazon.com/transcribe/latest/APIReference/API_StartTranscriptionJob.html
    """
    if site.operation != "transcribe.StartTranscriptionJob":
        return [text([*key, ANY]) for key in keys]
    if site.key is None:
        return [(ANY, ".json")]
    plain = [isinstance(key[-1], str) and not key[-1].endswith("/") for key in keys]
    return [key if whole else text([*key, ANY]) for key, whole in zip(keys, plain, strict=True)]


def _options(value: Value | None) -> tuple[Value | None, ...]:
    return value.options if isinstance(value, Alternatives) else (value,)


def _keys(value: Value | None, place: Around) -> Iterator[Text]:
    parts = value.parts if isinstance(value, Concatenation) else (value,)
    at_begin, at_end = _ends(_rule(place))
    found: list[Text] = [()]
    for at, part in enumerate(parts):
        if is_event_key(part):
            head = at_begin if at == 0 else (ANY,)
            tail = at_end if at == len(parts) - 1 else (ANY,)
            options: tuple[Text, ...] = (head,) if at == 0 else (tail,)
        elif _is_name(part) and place.channel.service == "s3":
            options = ((ANY,),)
        else:
            options = texts(part, place)
        found = [text([*one, *option]) for one in found for option in options][:64]
    yield from found


def _rule(place: Around) -> KeyRule | None:
    """The one rule that keys of the trigger that starts the function obey; ``None`` where it is another service."""
    trigger = place.step.start.trigger
    known = trigger.channel.service == "s3" and len(trigger.accepts.keys) == 1
    return trigger.accepts.keys[0] if known else None


def _ends(rule: KeyRule | None) -> tuple[Text, Text]:
    """What the trigger's keys begin with and end with, as patterns."""
    begin: Text = (ANY,)
    end: Text = (ANY,)
    for pattern in rule[0] if rule is not None else ():
        if pattern and pattern[-1] == ANY and not has_wildcard(pattern[:-1]):
            begin = pattern
        elif pattern and pattern[0] == ANY and not has_wildcard(pattern[1:]):
            end = pattern
    return begin, end


def same_key(site: CallSite) -> bool:
    """Does the call write the object that the event is about?"""
    return is_event_key(site.key)


def _is_name(value: Value | None) -> bool:
    """Is it one component of a path, which has no slash in it?"""
    if not isinstance(value, Pure):
        return False
    if value.name in ("basename", "file_name", "path_name"):
        return True
    whole = value.arguments[0] if value.arguments else None
    if value.name not in ("item", "element", "index") or not isinstance(whole, Pure) or whole.name != "split":
        return False
    return len(whole.arguments) == 2 and whole.arguments[1] == Literal("/")


def below_another_folder(site: CallSite, place: Around) -> bool:
    """Is the key a bare file name, where every rule of the trigger asks for a prefix with a slash?"""
    options = _options(site.key)
    names = all(_is_name(option) or _starts_with_name(option) for option in options)
    rules = place.step.end.trigger.accepts.keys
    return names and bool(rules) and all(any(map(_in_folder, rule[0])) for rule in rules)


def _starts_with_name(value: Value | None) -> bool:
    """A file's name with letters around it, none of them a slash."""
    if not isinstance(value, Concatenation):
        return False
    return all(
        _is_name(part) or (isinstance(part, Literal) and "/" not in str(part.value)) for part in value.parts
    )


def _in_folder(pattern: Text) -> bool:
    fixed = tuple(takewhile(lambda part: isinstance(part, str), pattern))
    return bool(fixed) and "/" in str(fixed[0])


# --- documents ---------------------------------------------------------------------------------------------------


def _known(value: Value | None, place: Around, depth: int = 0) -> Known:
    """A value as a partly known document."""
    if depth > _DEEPEST or value is None:
        return UNKNOWN
    if isinstance(value, Literal) and not isinstance(value.value, str):
        return value.value
    if isinstance(value, ObjectValue):
        fields = {name: _known(inner, place, depth + 1) for name, inner in value.fields}
        return Doc(fields, value.open or value.rest is not None)
    if isinstance(value, ListValue):
        items = tuple(_known(item, place, depth + 1) for item in value.items)
        return Items(items) if value.exact else UNKNOWN
    leaves = tuple(_leaf(found) for found in texts(value, place))
    if len(leaves) == 1:
        return leaves[0]
    plain = tuple(leaf for leaf in leaves if isinstance(leaf, (tuple, Glob)))
    return OneOf(plain) if len(plain) == len(leaves) else UNKNOWN


def _leaf(value: Text) -> Known:
    if value == (ANY,):
        return UNKNOWN
    return Glob(value) if has_wildcard(value) else value


def _held(value: Value | None, place: Around) -> Known:
    """What a JSON text holds; an object that is to become one is taken as it is."""
    if isinstance(value, Pure) and value.name == "json" and value.arguments:
        return _known(value.arguments[0], place)
    if isinstance(value, Literal) and isinstance(value.value, str):
        try:
            return _parsed(json.loads(value.value))
        except (ValueError, RecursionError):
            return (value.value,)
    return UNKNOWN


def _parsed(value: object) -> Known:
    if isinstance(value, dict):
        return Doc({str(key): _parsed(inner) for key, inner in value.items()})
    if isinstance(value, list):
        return Items(tuple(map(_parsed, value)))
    return (value,) if isinstance(value, str) else value  # type: ignore[return-value]


def _event(site: CallSite, place: Around) -> Doc:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html"""
    return Doc(
        {
            "source": _known(site.value("source"), place),
            "detail-type": _known(site.value("detail_type"), place),
            "detail": _held(site.value("detail"), place),
        },
        open=True,
    )


def _message(site: CallSite, place: Around) -> Doc:
    """A message of SNS as filter policies see it; one without attributes has none."""
    fields: dict[str, Known] = {}
    attributes = _attributes(site.value("attributes"), place, "StringValue")
    if attributes is not None:
        fields[ATTRIBUTES] = attributes
    body = _held(site.value("body"), place)
    if isinstance(body, Doc):
        fields[BODY] = body
    return Doc(fields, open=True)


def _queued(site: CallSite, place: Around) -> Doc | None:
    """A message of SQS as a filter sees it: JSON in the body is looked into.

    https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html
    """
    body = _held(site.value("body"), place)
    return Doc({"body": body}, open=True) if body is not UNKNOWN else None


def _attributes(value: Value | None, place: Around, name: str) -> Doc | None:
    """Attributes of type ``String`` by name; others are not looked into."""
    if value is None or value == Literal(None):
        return Doc({})
    if not isinstance(value, ObjectValue) or value.open or value.rest is not None:
        return None
    fields: dict[str, Known] = {}
    for key, attribute in value.fields:
        known = UNKNOWN
        if isinstance(attribute, ObjectValue) and attribute.get("DataType") == Literal("String"):
            known = _known(attribute.get(name), place)  # type: ignore[assignment]
        fields[key] = known
    return Doc(fields)


def _record(site: CallSite, place: Around) -> Doc | None:
    """The stream record of a put or an update: a put leaves the item and nothing else.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_StreamRecord.html
    """
    if site.operation == "dynamodb.PutItem":
        image = _image(site.value("item"), place)
    elif site.operation == "dynamodb.UpdateItem":
        image = _updated(site, place)
    else:
        return None
    return Doc({"dynamodb": Doc({"NewImage": image}, open=True)}, open=True) if image is not None else None


def _image(item: Value | None, place: Around) -> Doc | None:
    if not isinstance(item, ObjectValue):
        return None
    fields = {name: _typed(value, place) for name, value in item.fields}
    return Doc(fields, item.open or item.rest is not None)


def _typed(value: Value, place: Around) -> Known:
    """An attribute with its type: told in the low-level API, worked out by the document clients."""
    if isinstance(value, ObjectValue) and len(value.fields) == 1 and not value.open and value.rest is None:
        ((kind, inner),) = value.fields
        if kind == "S":
            return Doc({"S": _known(inner, place)})
        if kind in ("N", "BOOL", "M", "L", "SS", "NS", "B", "NULL"):
            return UNKNOWN
    if isinstance(value, Literal) and isinstance(value.value, str):
        return Doc({"S": _known(value, place)})
    return UNKNOWN


def _updated(site: CallSite, place: Around) -> Doc | None:
    """The attributes that a plain ``SET name = :value`` names are known, all others are open."""
    expression, values, names = (site.value(role) for role in ("update", "values", "names"))
    if not isinstance(expression, Literal) or not isinstance(values, ObjectValue):
        return None
    fields: dict[str, Known] = {}
    for name, value in _assigned(str(expression.value)):
        attribute = _attribute_name(name, names)
        given = values.get(value)
        if attribute is not None and given is not None:
            fields[attribute] = _typed(given, place)
    return Doc(fields, open=True)


def _assigned(expression: str) -> Iterator[tuple[str, str]]:
    """``SET a = :x, b = b + :y REMOVE c`` → ``("a", ":x")``."""
    pieces = _SET.split(expression)
    for clause, actions in zip(pieces[1::2], pieces[2::2], strict=True):
        if clause.upper() == "SET":
            for action in actions.split(","):
                found = re.fullmatch(r"\s*(#?\w+)\s*=\s*(:\w+)\s*", action)
                if found is not None:
                    yield found[1], found[2]


def _attribute_name(name: str, names: Value | None) -> str | None:
    if not name.startswith("#"):
        return name
    given = names.get(name) if isinstance(names, ObjectValue) else None
    return str(given.value) if isinstance(given, Literal) else None


_DOCUMENTS: Mapping[str, Callable[[CallSite, Around], Doc | None]] = {
    "events": _event,
    "sns": _message,
    "sqs": _queued,
    "dynamodb": _record,
}
