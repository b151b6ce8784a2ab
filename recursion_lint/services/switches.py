"""What switches a trigger on and off: ``Enabled`` of a mapping, ``State`` of a rule, ``RuleDisabled`` of an IoT rule.

What is switched off today can be switched on by hand; a template whose conditions or allowed values say that it is off
has decided that, and there is no trigger.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from recursion_lint.model.facts import Switch
from recursion_lint.model.path_conditions import Requires
from recursion_lint.model.text import Text, literal, parameter_of
from recursion_lint.services.reading import Reading
from recursion_lint.template.template import Resource
from recursion_lint.template.yaml.nodes import Node

_NO = frozenset({"false", "no", "off"})
YES = frozenset({"true", "yes", "on"})
"""The words of a property that switches its trigger off, such as ``RuleDisabled``."""


class _Position(NamedTuple):
    """What one branch of the property says. ``never``: the template leaves no way to switch it on."""

    says: Literal["on", "off", "never"]
    requires: Requires
    switch: Switch | None = None


def switched(
    reading: Reading, resource: Resource, key: str, noun: str, needed: Requires, *off: str
) -> Iterator[tuple[Requires, Switch | None]]:
    """Under what the trigger that ``resource`` is runs, or could: what must hold, and what must be done for it.

    ``key`` is the property, ``noun`` what a person calls such a resource, ``off`` the words that switch it off beside
    ``false``. Nothing where it is off for good.
    """
    words = _NO | {word.lower() for word in off}
    yield from switched_by(reading, resource, (key, resource.get(key)), noun, needed, words)


def switched_by(
    reading: Reading,
    resource: Resource,
    given: tuple[str, Node | None],
    noun: str,
    needed: Requires,
    words: frozenset[str] = _NO,
) -> Iterator[tuple[Requires, Switch | None]]:
    """``switched`` by a property of any depth, ``given`` with its name; ``words`` are all that switch it off."""
    key, node = given
    if node is None:
        yield needed, None
        return
    resolver = reading.resolver
    # All branches count, also those that do not hold on the way that is being read.
    found = resolver.apart(
        lambda: [_position(reading, branch, words, more) for branch, more in resolver.branches(node, needed)]
    )
    running = [(one.requires, one.switch) for one in found if one.says == "on"]
    if running:
        yield from running
    elif not found:
        yield needed, None
    elif all(one.says == "off" for one in found):
        value = resolver.constant(node) or "off"
        named = f"the {noun} {'' if resource.declared_type else 'of '}{resource.id}"
        yield needed, Switch(f"{named} is switched on ({key}: {value}, line {node.span.line})", "off")


def _position(reading: Reading, branch: Node, off: frozenset[str], needed: Requires) -> _Position:
    value = reading.resolver.text(branch) or ()
    if branch.kind == "scalar" and branch.boolean is not None and str(branch.boolean).lower() in off:
        return _Position("off", needed)
    call = branch.intrinsic
    allowed = reading.resolver.allowed(call[1].text or "") if call is not None and call[0] == "Ref" else ()
    if allowed and all(one.lower() in off for one in allowed):
        return _Position("never", needed)
    plain = literal(value)
    if plain is not None:
        return _Position("off" if plain.lower() in off else "on", needed)
    return _of_parameter(reading, value, off, needed)


def _of_parameter(reading: Reading, value: Text, off: frozenset[str], needed: Requires) -> _Position:
    """A parameter's default, and the values that it may have, tell whether the trigger runs unless somebody asks."""
    parameter = parameter_of(value)
    here = parameter is not None and parameter.scope == reading.template.scope
    declared = reading.template.section("Parameters").get(parameter.name) if parameter and here else None
    if parameter is None or declared is None:
        return _Position("on", needed)
    values = reading.resolver.allowed(parameter.name)
    given = declared.get("Default")
    default = given.text if given is not None else None
    if default is None:
        return _Position("on", needed)
    stands = default.lower() in off
    on = next((one for one in values if one.lower() not in off), "")
    words = f"{parameter.name} is {on}" if on else f"{parameter.name} is {'not ' if stands else ''}{default}"
    switch = Switch(f"{words} (default: {default})", "off by default" if stands else "on by default")
    return _Position("on", needed, switch)
