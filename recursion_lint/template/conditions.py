"""Can these conditions of a template hold together?

A condition's expression is kept as nested tuples: ``("and", …)``, ``("or", …)``, ``("not", x)``, ``("is", name)``,
``("equals", text, text, allowed)``, where ``allowed`` are the symbols that may have certain values only, with those. It
is decided by trying the values that the expressions compare with.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-conditions.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any

from recursion_lint.model.path_conditions import Requirement
from recursion_lint.model.text import Part, Symbol, Text, literal, substitute
from recursion_lint.template.references import Resolver
from recursion_lint.template.yaml.nodes import Node

MAX_CASES = 4096
_OTHER = Symbol("other", "any other value")
"""A value that no expression compares with."""
Expression = tuple[Any, ...]


def expressions(resolver: Resolver) -> Mapping[str, Expression]:
    """The expressions of a template's ``Conditions``, and of those that the keys of its mappings imply."""
    found = {
        name: _expression(node, resolver, 0) for name, node in resolver.template.section("Conditions").items()
    }
    for name, (key, values) in resolver.implied.items():
        each = [_equals(key, (value,), resolver) for value in values]
        found[name] = each[0] if len(each) == 1 else ("or", *each)
    return found


def _equals(left: Text, right: Text, resolver: Resolver) -> Expression:
    """Parameters with allowed values bring those along."""
    given = ((part, resolver.allowed(part.name)) for part in (*left, *right) if isinstance(part, Symbol))
    allowed = tuple(
        (symbol, values)
        for symbol, values in given
        if values and symbol == Symbol("parameter", symbol.name, resolver.template.scope)
    )
    return ("equals", left, right, allowed)


def _expression(node: Node, resolver: Resolver, depth: int) -> Expression:
    call = node.intrinsic
    if call is None or depth > 30:
        return ("?",)
    name, argument = call
    if name in ("Fn::And", "Fn::Or"):
        return (name[4:].lower(), *(_expression(part, resolver, depth + 1) for part in argument.elements()))
    if name == "Fn::Not":
        part = argument.elements()[0] if argument.elements() else argument
        return ("not", _expression(part, resolver, depth + 1))
    if name == "Condition" and argument.text is not None:
        return ("is", argument.text)
    if name == "Fn::Equals" and len(argument.elements()) == 2:
        left, right = (resolver.text(part) for part in argument.elements())
        if left is not None and right is not None:
            return _equals(left, right, resolver)
    return ("?",)


def compatible(
    requirements: Iterable[Requirement], templates: Mapping[str, Mapping[str, Expression]]
) -> bool:
    """May all ``requirements`` hold at once? ``templates`` maps a scope to its expressions.

    ``True`` also where it cannot be decided (too many cases, unknown expressions).
    """
    wanted = frozenset(requirements)
    if any(requirement._replace(holds=not requirement.holds) in wanted for requirement in wanted):
        return False
    scopes: dict[str, list[Requirement]] = {}
    for requirement in wanted:
        scopes.setdefault(requirement.scope, []).append(requirement)
    return all(_satisfiable(group, templates.get(scope) or {}) for scope, group in scopes.items())


def _satisfiable(group: list[Requirement], known: Mapping[str, Expression]) -> bool:
    if all(requirement.condition not in known for requirement in group):
        return True
    values: dict[Symbol, set[str]] = {}
    allowed: dict[Symbol, tuple[str, ...]] = {}
    unknown: set[str] = set()
    for requirement in group:
        _collect(("is", requirement.condition), known, values, allowed, unknown, 0)
    domains: list[list[Any]] = [
        sorted(values[symbol] & set(allowed[symbol]) or allowed[symbol])
        if allowed.get(symbol)
        else [*sorted(values[symbol]), _OTHER]
        for symbol in values
    ]
    for symbol, domain in zip(values, domains, strict=True):
        if symbol in allowed:
            domain += [value for value in allowed[symbol] if value not in domain][:1]
    domains += [["yes", "no"] for _ in unknown]
    cases = 1
    for domain in domains:
        cases *= len(domain)
    if cases > MAX_CASES:
        return True
    names: list[Any] = [*values, *sorted(unknown)]
    for case in product(*domains):
        given = dict(zip(names, case, strict=True))
        if all(_holds(("is", r.condition), known, given, 0) == r.holds for r in group):
            return True
    return False


def _collect(
    expression: Expression,
    known: Mapping[str, Expression],
    values: dict[Symbol, set[str]],
    allowed: dict[Symbol, tuple[str, ...]],
    unknown: set[str],
    depth: int,
) -> None:
    """Gather the symbols that are compared, with the literals they meet and may be, and the parts that are unknown."""
    kind = expression[0]
    if kind in ("and", "or", "not"):
        for part in expression[1:]:
            _collect(part, known, values, allowed, unknown, depth)
    elif kind == "is":
        if expression[1] in known and depth < 20:
            _collect(known[expression[1]], known, values, allowed, unknown, depth + 1)
        else:
            unknown.add(expression[1])
    elif kind == "equals":
        sides = [side for side in expression[1:3] if literal(side) is None]
        plain = [literal(side) for side in expression[1:3]]
        allowed.update(expression[3])
        if any(len(side) != 1 for side in sides):
            unknown.add(repr(expression))
            return
        for side in sides:
            values.setdefault(side[0], set()).update(value for value in plain if value is not None)
    else:
        unknown.add(repr(expression))


def _holds(
    expression: Expression, known: Mapping[str, Expression], given: Mapping[Any, Part], depth: int
) -> bool:
    kind = expression[0]
    if kind == "and":
        return all(_holds(part, known, given, depth) for part in expression[1:])
    if kind == "or":
        return any(_holds(part, known, given, depth) for part in expression[1:])
    if kind == "not":
        return not _holds(expression[1], known, given, depth)
    if kind == "is" and expression[1] in known and depth < 20:
        return _holds(known[expression[1]], known, given, depth + 1)
    if kind == "is":
        return given.get(expression[1]) == "yes"
    if kind == "equals" and repr(expression) not in given:
        left, right = (_value(side, given) for side in expression[1:3])
        return left == right
    return given.get(repr(expression)) == "yes"


def _value(side: Text, given: Mapping[Any, Part]) -> Text:
    return substitute(
        side, {symbol: (value,) for symbol, value in given.items() if isinstance(symbol, Symbol)}
    )
