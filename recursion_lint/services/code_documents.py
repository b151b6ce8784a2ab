"""What a call in a handler's code puts on a channel, as a document that filters are compared with.

A ``Reading`` of values gives what is known of each; what the code leaves open stays open.
"""

from __future__ import annotations

from typing import Protocol

from recursion_lint.code.calls import CallSite, Concatenation, Literal, ObjectValue, Value
from recursion_lint.code.update_expressions import assigned
from recursion_lint.code.values import options
from recursion_lint.patterns.events import UNKNOWN, Doc
from recursion_lint.patterns.events import Value as Known

_TYPES = frozenset({"N", "BOOL", "M", "L", "SS", "NS", "B", "BS", "NULL"})


class ValueReading(Protocol):
    """What is known of the values in a handler's code."""

    def known(self, value: Value | None) -> Known:
        """A value as a partly known document."""

    def held(self, value: Value | None) -> Known:
        """What a JSON text holds."""

    @property
    def names(self) -> tuple[str, ...]:
        """The attributes of the key of the table that is written to; none where they are not known."""


def event(site: CallSite, reading: ValueReading) -> Doc:
    """The event of an entry of PutEvents.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html
    """
    return Doc(
        {
            "source": reading.known(site.value("source")),
            "detail-type": reading.known(site.value("detail_type")),
            "detail": reading.held(site.value("detail")),
        },
        open=True,
    )


def message(site: CallSite, reading: ValueReading, of_attributes: str, of_body: str) -> Doc:
    """A message of a topic as filter policies see it, by the keys that these have; one without attributes has none.

    https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html
    """
    fields: dict[str, Known] = {}
    attributes = _attributes(site.value("attributes"), reading)
    if attributes is not None:
        fields[of_attributes] = attributes
    body = reading.held(site.value("body")) if site.value("structure") is None else UNKNOWN
    if isinstance(body, Doc):
        fields[of_body] = body
    return Doc(fields, open=True)


def queued(site: CallSite, reading: ValueReading) -> Doc | None:
    """A message of a queue as a filter sees it: JSON in the body is looked into.

    https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html
    """
    body = reading.held(site.value("body"))
    return Doc({"body": body}, open=True) if body is not UNKNOWN else None


def record(site: CallSite, reading: ValueReading) -> Doc | None:
    """The stream record of a put or an update: a put leaves the item and nothing else. Calls by key tell the key.

    The key is a part of the item, in both images, and that of an item that is put stands in it.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_StreamRecord.html
    """
    name = site.operation.rpartition(".")[2]
    keys = _image(site.key, reading)
    image = _updated(site, reading) if name == "UpdateItem" else None
    if image is not None or name == "UpdateItem":
        image = _with_key(image, keys)
    if name == "PutItem":
        image = _image(site.value("item"), reading)
        keys = _key_of(image, reading.names)
    fields: dict[str, Known] = {"Keys": keys} if keys is not None else {}
    fields |= {"NewImage": image} if image is not None else {}
    return Doc({"dynamodb": Doc(fields, open=True)}, open=True) if fields else None


def _with_key(image: Doc | None, keys: Doc | None) -> Doc | None:
    """An image with the attributes of the item's key, which no update changes."""
    if keys is None or keys.open:
        return image
    return Doc({**(image.fields if image is not None else {}), **keys.fields}, open=True)


def _key_of(image: Doc | None, names: tuple[str, ...]) -> Doc | None:
    """The key of an item that is put, where all of it is told."""
    if image is None or not names or not set(names) <= image.fields.keys():
        return None
    return Doc({name: image.fields[name] for name in names})


def _attributes(value: Value | None, reading: ValueReading) -> Doc | None:
    """Attributes of type ``String`` by name; others are not looked into."""
    if value is None or value == Literal(None):
        return Doc({})
    if not isinstance(value, ObjectValue) or value.open or value.rest is not None:
        return None
    fields: dict[str, Known] = {}
    for key, attribute in value.fields:
        plain = isinstance(attribute, ObjectValue) and attribute.get("DataType") == Literal("String")
        text = attribute.get("StringValue") if isinstance(attribute, ObjectValue) else None
        fields[key] = reading.known(text) if plain else UNKNOWN
    return Doc(fields)


def _image(item: Value | None, reading: ValueReading) -> Doc | None:
    if not isinstance(item, ObjectValue):
        return None
    fields = {name: _typed(value, reading) for name, value in item.fields}
    return Doc(fields, item.open or item.rest is not None)


def _typed(value: Value, reading: ValueReading) -> Known:
    """An attribute with its type: told in the low-level API, worked out by the document clients."""
    if isinstance(value, ObjectValue) and len(value.fields) == 1 and not value.open and value.rest is None:
        ((kind, inner),) = value.fields
        if kind == "S":
            return Doc({"S": reading.known(inner)})
        if kind in _TYPES:
            return UNKNOWN
    texts = all(
        isinstance(one, Concatenation) or (isinstance(one, Literal) and isinstance(one.value, str))
        for one in options(value)
    )
    return Doc({"S": reading.known(value)}) if texts else UNKNOWN


def _updated(site: CallSite, reading: ValueReading) -> Doc | None:
    """The attributes that a plain ``SET name = :value`` names are known, all others are open."""
    expression, values, names = (site.value(role) for role in ("update", "values", "names"))
    if not isinstance(expression, Literal) or not isinstance(values, ObjectValue):
        return None
    return Doc(
        {name: _typed(value, reading) for name, value in assigned(expression, values, names)}, open=True
    )
