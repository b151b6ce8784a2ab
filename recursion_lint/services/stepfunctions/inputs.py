"""Where what an execution was started with comes out again: in the event of a function that a task invokes.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from recursion_lint.model.facts import Echo
from recursion_lint.template.references import Resolver
from recursion_lint.template.yaml.nodes import Node

_NAMES = r"((?:\.[A-Za-z_]\w*)*)"
_OWN = (re.compile(rf"\${_NAMES}"), re.compile(rf"\{{%\s*\$states\.input{_NAMES}\s*%\}}"))
"""What a state is given, in either language."""
_FIRST = (
    re.compile(rf"\$\$\.Execution\.Input{_NAMES}"),
    re.compile(rf"\{{%\s*\$states\.context\.Execution\.Input{_NAMES}\s*%\}}"),
)
"""What the execution was started with, wherever it stands."""
_KEEPING = {"Choice": frozenset[str](), "Wait": frozenset[str](), "Pass": frozenset({"Result", "ResultPath"})}
"""The types of states that hand on what they are given, and the fields by which they do not."""
_FILTERS = ("InputPath", "OutputPath", "Parameters", "Arguments", "Output", "Assign")
_DEEPEST = 5


def untouched(definition: Node) -> frozenset[str]:
    """The states of a definition, by name, that are given what the execution was started with, on every way."""
    start, inside = definition.get("StartAt"), definition.get("States")
    if start is None or not start.text or inside is None or inside.kind != "map":
        return frozenset()
    given = {name: node for name, node in inside.items() if node.kind == "map" and node.intrinsic is None}
    before: dict[str, set[str]] = {}
    for name, node in given.items():
        for target in targets(node):
            before.setdefault(target, set()).add(name)
    found = {start.text, *before} & given.keys()
    while True:
        kept = {name for name in found if keeps(given[name])}
        left = {name for name in found if before.get(name, set()) <= kept}
        if left == found:
            return frozenset(found)
        found = left


def keeps(state: Node) -> bool:
    """Does a state hand on what it is given?"""
    kind = state.get("Type")
    changing = _KEEPING.get(kind.text or "") if kind is not None else None
    return changing is not None and not any(state.get(name) is not None for name in (*_FILTERS, *changing))


def targets(state: Node) -> Iterator[str]:
    """The states that follow one, also where a rule of it or an error says so."""
    holders = [state]
    for name in ("Choices", "Catch"):
        rules = state.get(name)
        holders += rules.elements() if rules is not None and rules.kind == "list" else []
    for holder in holders:
        for name in ("Next", "Default"):
            target = holder.get(name)
            if target is not None and target.text:
                yield target.text


def echoes(resolver: Resolver, payload: Node | None, whole: Node | None, given: bool) -> tuple[Echo, ...]:
    """The parts of an event that the input of the execution gives, with where they stand in that.

    ``payload`` is what the event is made of, ``whole`` the path that gives all of it; ``given``: the state itself is
    given the input as it was.
    """
    if whole is not None:
        return tuple(_echo(resolver, (), whole, given))
    return tuple(_within(resolver, (), payload, given)) if payload is not None else ()


def _within(resolver: Resolver, path: tuple[str, ...], node: Node, given: bool) -> Iterator[Echo]:
    found = resolver.one(node)
    if found is None or len(path) > _DEEPEST:
        return
    if found.kind != "map" or found.intrinsic is not None:
        yield from _echo(resolver, path, found, given, jsonata=True)
        return
    for name, child in found.items():
        if name.endswith(".$"):
            yield from _echo(resolver, (*path, name.removesuffix(".$")), child, given)
        else:
            yield from _within(resolver, (*path, name), child, given)


def _echo(
    resolver: Resolver, path: tuple[str, ...], node: Node, given: bool, jsonata: bool = False
) -> Iterator[Echo]:
    value = resolver.literal(node) if node.kind == "scalar" else None
    forms = ((_OWN, given), (_FIRST, True))
    for patterns, known in forms:
        found = patterns[int(jsonata)].fullmatch(value.strip()) if known and isinstance(value, str) else None
        if found is not None:
            yield path, tuple(filter(None, found[1].split(".")))


def filtered(state: Node) -> bool:
    """Does a state take only a part of what it is given?"""
    path = state.get("InputPath")
    return path is not None and path.text != "$"
