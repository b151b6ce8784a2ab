"""Symbols of one repository that others give a value: exports, and stored parameters.

In one run a template is read again with what others export. Facts are no text: here the value is put in place of the
symbol, and what is named by it is named anew. An export that depends on conditions of its stack, so that it is one of
several values, stays unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from recursion_lint.graph.cross_stack import Exports
from recursion_lint.model.arns import split_arn
from recursion_lint.model.facts import Endpoint, Facts
from recursion_lint.model.text import Symbol, Text, literal, render, strip_prefix, substitute
from recursion_lint.services.naming import endpoint_of
from recursion_lint.template.references import stored_as

Bindings = Mapping[Symbol, Text]
MAX_CHAIN = 3
"""So often what is exported may itself be imported from elsewhere."""


def with_imports(stacks: Sequence[Facts]) -> list[Facts]:
    """The facts of all repositories, those that import what another exports with its value. The order stays."""
    found = list(stacks)
    if not any(one.exports for one in found) or not any(one.imports for one in found):
        return found
    for _ in range(MAX_CHAIN):
        groups: dict[str, tuple[Facts, ...]] = {}
        for one in found:
            groups[one.root] = (*groups.get(one.root, ()), one)
        exports = Exports(groups)
        changed = False
        imported = {root: exports.imported(group) for root, group in groups.items()}
        for at, one in enumerate(found):
            values = {name: told[0][0] for name, told in imported[one.root].values.items() if len(told) == 1}
            bindings = dict(_bindings(one, values))
            if bindings:
                guessed = _guessed(imported[one.root].guessed, values)
                new = _bound(one, bindings)
                found[at] = new._replace(guessed={**new.guessed, **guessed})
                changed = changed or new != one
        if not changed:
            break
    return found


def _guessed(names: frozenset[Text], values: Mapping[Text, Text]) -> dict[Text, Text]:
    """The names that were told by their ends alone, by what they were taken for."""
    told = {values[name]: name for name in names if name in values}
    return {**told, **{endpoint_of(value, "").name: name for value, name in told.items()}}


def _bindings(facts: Facts, values: Mapping[Text, Text]) -> Iterator[tuple[Symbol, Text]]:
    """The symbols of a stack that stand for what is exported under these names."""
    for asked in sorted(facts.imports, key=repr):
        value = values.get(asked)
        if value is None:
            continue
        if asked[:1] != stored_as(())[:1]:
            yield Symbol("import", render(asked), "" if literal(asked) is not None else facts.scope), value
            continue
        name = render(strip_prefix(asked[1:], "/") or asked[1:])
        spelled = re.compile(rf"resolve:ssm:/?{re.escape(name)}(:\d+)?")
        for symbol in dict.fromkeys(_symbols(facts)):
            if symbol.kind == "dynamic" and spelled.fullmatch(symbol.name):
                yield symbol, value
        for parameter, default in facts.defaults.items():
            if "/" in default and stored_as((default,)) == asked:
                yield Symbol("parameter", parameter, facts.scope), value


def _symbols(value: Any) -> Iterator[Symbol]:
    """All symbols in a value."""
    if type(value) is Symbol:
        yield value
    elif isinstance(value, (tuple, frozenset)):
        for one in value:
            yield from _symbols(one)
    elif isinstance(value, dict):
        yield from _symbols(tuple(value.items()))


def _bound(value: Any, bindings: Bindings) -> Any:
    """A value with all texts in it bound, and its endpoints named anew."""
    kind = type(value)
    if kind is Endpoint:
        return _renamed(value, bindings)
    if kind is tuple:
        if any(one in bindings for one in value if type(one) is Symbol):
            return substitute(value, bindings)
        parts = [_bound(one, bindings) for one in value]
        return value if all(map(_same, parts, value)) else tuple(parts)
    if isinstance(value, tuple):
        if kind is Symbol:
            return value
        parts = [_bound(one, bindings) for one in value]
        return value if all(map(_same, parts, value)) else kind(*parts)
    if kind is dict:
        return {_bound(name, bindings): _bound(one, bindings) for name, one in value.items()}
    if kind is frozenset:
        return frozenset(_bound(one, bindings) for one in value)
    return value


def _same(one: object, other: object) -> bool:
    return one is other


def _renamed(endpoint: Endpoint, bindings: Bindings) -> Endpoint:
    name = substitute(endpoint.name, bindings)
    if name == endpoint.name:
        return endpoint
    service = "" if endpoint.service == "?" else endpoint.service
    first = name[0] if name else ""
    if split_arn(name) is not None or (isinstance(first, str) and first.startswith("https://")):
        found = endpoint_of(name, service)
        return found if found.service else endpoint._replace(name=name)
    return endpoint._replace(name=name)
