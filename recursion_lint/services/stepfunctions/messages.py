"""What a message says to the filter policies of SNS: its attributes and its body, as far as a definition fixes them.

https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
"""

from __future__ import annotations

import json

from recursion_lint.model.text import Text, has_wildcard, literal
from recursion_lint.patterns.events import UNKNOWN, Doc, Glob, Items, Value
from recursion_lint.services.sns import ATTRIBUTES, BODY
from recursion_lint.services.stepfunctions.payloads import Payloads
from recursion_lint.services.stepfunctions.states_language import constant
from recursion_lint.template.references import Resolver
from recursion_lint.template.yaml.nodes import Node


def published(payloads: Payloads, arguments: Node) -> Doc:
    """The message that a ``Publish`` task with these ``arguments`` puts on its topic.

    One without ``MessageAttributes`` has none. Of a message with a structure of its own nothing is known.
    https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html
    """
    if arguments.kind != "map" or arguments.intrinsic is not None:
        return Doc({}, open=True)
    given = {key for key, _ in arguments.items()}
    if any(key.startswith("MessageStructure") for key in given):
        return Doc({}, open=True)
    fields: dict[str, Value] = {}
    if "MessageAttributes.$" not in given:
        fields[ATTRIBUTES] = _attributes(payloads.reading.resolver, arguments)
    body = payloads.held(arguments.get("Message"))
    if isinstance(body, Doc):
        fields[BODY] = body
    return Doc(fields, open=True)


def _attributes(resolver: Resolver, arguments: Node) -> Value:
    given = resolver.one(arguments.get("MessageAttributes"))
    if given is None:
        return Doc({})
    if given.kind != "map" or given.intrinsic is not None:
        return UNKNOWN
    fields: dict[str, Value] = {}
    for key, node in given.items():
        if "${" in key:  # the template computes it
            return UNKNOWN
        fields[key.removesuffix(".$")] = (
            UNKNOWN if key.endswith(".$") else _attribute(resolver, resolver.one(node))
        )
    return Doc(fields)


def _attribute(resolver: Resolver, node: Node | None) -> Value:
    """An attribute by its data type: only strings, numbers and arrays of strings are looked at.

    https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
    """
    if node is None or node.kind != "map" or node.intrinsic is not None:
        return UNKNOWN
    kind, value = constant(resolver, node, "DataType"), constant(resolver, node, "StringValue")
    read = {"String": _string, "Number": _number, "String.Array": _array}.get(literal(kind or ()) or "")
    return UNKNOWN if read is None or value is None else read(value)


def _string(value: Text) -> Value:
    return Glob(value) if has_wildcard(value) else value


def _number(value: Text) -> Value:
    word = literal(value) or ""
    try:
        return int(word) if word.lstrip("-").isdigit() else float(word)
    except ValueError:
        return UNKNOWN


def _array(value: Text) -> Value:
    """``["a", "b"]`` is an array; what the state puts in when it runs is not known."""
    try:
        found = json.loads(literal(value) or "")
    except ValueError:
        return UNKNOWN
    if not isinstance(found, list) or any(isinstance(one, (list, dict)) for one in found):
        return UNKNOWN
    return Items(tuple((one,) if isinstance(one, str) else one for one in found))
