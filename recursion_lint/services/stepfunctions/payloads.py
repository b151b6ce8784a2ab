"""What a task puts into an event: its payload template as a partly known document.

A constant is known; what the state computes when it runs is ``UNKNOWN``, or a ``Glob`` where a part of it is known.
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from recursion_lint.code.update_expressions import set_actions
from recursion_lint.model.text import ANY, Text, has_wildcard, literal
from recursion_lint.patterns.events import UNKNOWN, Doc, Glob, Items, Value
from recursion_lint.services.reading import Reading
from recursion_lint.services.stepfunctions.states_language import constant, evaluated, path_value
from recursion_lint.template.resource_types import ACCOUNT, REGION
from recursion_lint.template.yaml.files import SourceError
from recursion_lint.template.yaml.nodes import Node

_BUDGET = 2_000


class Payloads:
    """Reads payload templates. At most ``_BUDGET`` nodes of each are looked at; the rest is ``UNKNOWN``."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self._left = 0

    def value(self, node: Node | None) -> Value:
        """The document that a payload template describes."""
        self._left = _BUDGET
        return UNKNOWN if node is None else self._value(node)

    def _value(self, node: Node) -> Value:
        self._left -= 1
        found = self.reading.resolver.one(node)
        if found is None or self._left < 0:
            return UNKNOWN
        if found.kind == "map" and found.intrinsic is None:
            return Doc({key.removesuffix(".$"): self._field(key, child) for key, child in found.items()})
        if found.kind == "list":
            return Items(tuple(self._value(child) for child in self.reading.resolver.elements(found)))
        return self._leaf(found)

    def _field(self, key: str, node: Node) -> Value:
        if not key.endswith(".$"):
            return self._value(node)
        found = self.reading.resolver.text(node)
        return UNKNOWN if found is None else known(path_value(found))

    def _leaf(self, node: Node) -> Value:
        if node.kind == "scalar":
            plain = self.reading.document(node, 1)
            return known(evaluated(plain)) if isinstance(plain, tuple) else plain
        value = self.reading.resolver.text(node)
        return UNKNOWN if value is None else known(evaluated(value))

    def event(self, entry: Node) -> Doc:
        """The event that EventBridge makes of an entry of PutEvents.

        Step Functions appends ARNs of its own to ``Resources``.
        https://docs.aws.amazon.com/step-functions/latest/dg/connect-eventbridge.html
        """
        return Doc(
            {
                "version": ("0",),
                "id": UNKNOWN,
                "source": self._named(entry, "Source"),
                "detail-type": self._named(entry, "DetailType"),
                "account": (ACCOUNT,),
                "region": (REGION,),
                "time": UNKNOWN,
                "resources": Items((), open=True),
                "detail": self.held(entry.get("Detail")),
            }
        )

    def _named(self, entry: Node, name: str) -> Value:
        value = constant(self.reading.resolver, entry, name)
        return UNKNOWN if value is None else known(value)

    def held(self, node: Node | None) -> Value:
        """The document that a payload is: an object, or a string that holds one."""
        found = self.value(node)
        if not isinstance(found, tuple) or node is None:
            return found
        try:
            return _of_json(self.reading.json_text(found, node))
        except SourceError:
            return UNKNOWN

    def put_item(self, arguments: Node) -> Doc:
        """The stream record of PutItem: the new image is the item, nothing else."""
        item = self.value(arguments.get("Item"))
        return _record(Doc(_attributes(item)) if isinstance(item, Doc) else UNKNOWN)

    def update_item(self, arguments: Node) -> Doc:
        """The stream record of UpdateItem: the attributes that a plain ``SET name = :value`` names are known.

        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
        """
        values = self.value(arguments.get("ExpressionAttributeValues"))
        key = self.value(arguments.get("Key"))
        expression = self.value(arguments.get("UpdateExpression"))
        names = self.value(arguments.get("ExpressionAttributeNames"))
        image: dict[str, Value] = dict(_attributes(key)) if isinstance(key, Doc) else {}
        if isinstance(values, Doc) and isinstance(expression, tuple):
            known_values = _attributes(values)
            for name, value in set_actions(literal(expression) or ""):
                attribute = _attribute_name(name, names)
                if attribute is not None:
                    image[attribute] = known_values.get(value, UNKNOWN)
        return _record(Doc(image, open=True))

    def body(self, arguments: Node) -> Doc | None:
        """The message that SendMessage puts on a queue."""
        body = arguments.get("MessageBody")
        return Doc({"body": self.value(body)}, open=True) if body is not None else None


def known(value: Text) -> Value:
    """Text with wildcards → what may be produced; ``ANY`` alone may be no string at all."""
    if value == (ANY,):
        return UNKNOWN
    return Glob(value) if has_wildcard(value) else value


def _of_json(value: Any) -> Value:
    if isinstance(value, dict):
        return Doc({key: _of_json(child) for key, child in value.items()})
    if isinstance(value, list):
        return Items(tuple(_of_json(child) for child in value))
    return value  # type: ignore[no-any-return]


def _record(image: Value) -> Doc:
    return Doc({"dynamodb": Doc({"NewImage": image}, open=True)}, open=True)


def _attributes(item: Doc) -> Mapping[str, Value]:
    return {name: _attribute(value) for name, value in item.fields.items()}


def _attribute(value: Value) -> Value:
    """A typed value as a stream record shows it: strings and whole numbers are told, other types are not."""
    if not isinstance(value, Doc) or len(value.fields) != 1:
        return UNKNOWN
    ((kind, inner),) = value.fields.items()
    if kind == "S" and not isinstance(inner, (Doc, Items)):
        return Doc({"S": inner})
    if kind == "N":
        number = literal(inner) if isinstance(inner, tuple) else None
        plain = number is not None and re.fullmatch(r"0|-?[1-9]\d*", number) is not None
        return Doc({"N": inner if plain else UNKNOWN})
    return UNKNOWN


def _attribute_name(name: str, names: Value) -> str | None:
    if not name.startswith("#"):
        return name
    given = names.fields.get(name) if isinstance(names, Doc) else None
    return literal(given) if isinstance(given, tuple) else None
