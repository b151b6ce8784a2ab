"""The values that parameters may have: by ``AllowedValues``, and by what the ``Rules`` of the template assert.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from recursion_lint.template.template import Template
from recursion_lint.template.yaml.nodes import Node

MAX_DEPTH = 20


def allowed_values(template: Template) -> Mapping[str, tuple[str, ...]]:
    """Parameter → its allowed values, for those that cannot have any value.

    A rule without a ``RuleCondition`` holds always; what it asserts otherwise than by ``Fn::Equals`` and
    ``Fn::Contains`` of one parameter and plain values is not looked at.
    """
    found: dict[str, tuple[str, ...]] = {}
    for name, parameter in template.section("Parameters").items():
        values = _plain(parameter.get("AllowedValues"))
        if values:
            found[name] = values
    for _, rule in template.section("Rules").items():
        if rule.get("RuleCondition") is None:
            for name, values in _asserted(rule.get("Assertions")):
                both = tuple(value for value in found.get(name, values) if value in values)
                found[name] = both or values
    return found


def _plain(node: Node | None) -> tuple[str, ...] | None:
    """The strings of a list; ``None`` for what is none, or has something else in it."""
    if node is None or node.kind != "list":
        return None
    values = [item.text for item in node.elements()]
    return tuple(value for value in values if value is not None) if None not in values else None


def _asserted(node: Node | None) -> Iterator[tuple[str, tuple[str, ...]]]:
    for assertion in node.elements() if node is not None else ():
        yield from _told(assertion.get("Assert"), 0)


def _told(node: Node | None, depth: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The parameters that an assertion names, with the values that it leaves them."""
    call = node.intrinsic if node is not None and depth < MAX_DEPTH else None
    parts = call[1].elements() if call is not None else []
    if call is None:
        return
    if call[0] == "Fn::And":
        for part in parts:
            yield from _told(part, depth + 1)
    elif call[0] == "Fn::Contains" and len(parts) == 2:
        name, values = _parameter(parts[1]), _plain(parts[0])
        if name and values:
            yield name, values
    elif call[0] == "Fn::Equals" and len(parts) == 2:
        for one, other in (parts, parts[::-1]):
            name = _parameter(one)
            if name and other.text is not None:
                yield name, (other.text,)


def _parameter(node: Node) -> str | None:
    call = node.intrinsic
    return call[1].text if call is not None and call[0] == "Ref" else None
