"""Can these conditions of a template hold together?

A condition's expression is kept as nested tuples: ``("and", …)``, ``("or", …)``, ``("not", x)``, ``("is", name)``,
``("equals", text, text, allowed)``, where ``allowed`` are the symbols that may have certain values only, with those;
``("?", place)`` is unknown, and unlike what is unknown elsewhere. It is decided by trying the values that the
expressions compare with.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-conditions.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Any

from recursion_lint.model.path_conditions import Requirement
from recursion_lint.model.text import Part, Symbol, Text, literal, substitute
from recursion_lint.template.references import Resolver
from recursion_lint.template.yaml.nodes import Node

MAX_CASES = 4096
"""So many choices of values are tried; where there are more, the conditions count as compatible."""
MAX_STEPS = 50_000
"""The choices, each with all that the conditions are made of, come to at most so many steps."""
MAX_NESTING = 30
"""Functions nested deeper in one condition are unknown."""
MAX_CHAIN = 20
"""A condition that is reached through more others than that is unknown."""
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
    unknown = ("?", f"{node.span.line}:{node.span.column}")
    if call is None or depth > MAX_NESTING:
        return unknown
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
    return unknown


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
    compared = _Compared(known)
    for requirement in group:
        compared.name(requirement.condition, 0)
    domains = compared.domains()
    cases = 1
    for domain in domains.values():
        cases *= len(domain)
    if cases > MAX_CASES or cases * compared.size > MAX_STEPS:
        return True
    for case in product(*domains.values()):
        tried = _Case(known, dict(zip(domains, case, strict=True)))
        if all(tried.named(r.condition) == r.holds for r in group):
            return True
    return False


class _Compared:
    """What some conditions come down to: the symbols that are compared, with the literals that they meet, and what
    is unknown. Each condition is looked at once, however many others name it; ``size`` is what was looked at.
    """

    def __init__(self, known: Mapping[str, Expression]) -> None:
        self._known = known
        self._seen: set[str] = set()
        self._busy: set[str] = set()
        self._values: dict[Symbol, set[str]] = {}
        self._allowed: dict[Symbol, tuple[str, ...]] = {}
        self._unknown: dict[Any, None] = {}
        self.size = 0

    def domains(self) -> dict[Any, Sequence[Part]]:
        """The values to be tried of each symbol, and of each unknown part whether it holds."""
        found: dict[Any, Sequence[Part]] = {}
        for symbol, met in self._values.items():
            allowed = self._allowed.get(symbol)
            if allowed:
                domain = sorted(met.intersection(allowed)) or list(allowed)
                found[symbol] = [*domain, *[value for value in allowed if value not in domain][:1]]
            else:
                found[symbol] = [*sorted(met), _OTHER]
        return {**found, **dict.fromkeys(self._unknown, ("yes", "no"))}

    def name(self, name: str, depth: int) -> None:
        """Look at a condition. One that leads to itself, or through too many others, is unknown."""
        if name in self._busy or depth > MAX_CHAIN or name not in self._known:
            self._unknown[name] = None
        elif name not in self._seen:
            self._seen.add(name)
            self._busy.add(name)
            self._expression(self._known[name], depth)
            self._busy.discard(name)

    def _expression(self, expression: Expression, depth: int) -> None:
        self.size += 1
        kind = expression[0]
        if kind in ("and", "or", "not"):
            for part in expression[1:]:
                self._expression(part, depth)
        elif kind == "is":
            self.name(expression[1], depth + 1)
        elif kind == "equals":
            sides = [side for side in expression[1:3] if literal(side) is None]
            if any(len(side) != 1 for side in sides):
                self._unknown[_question(expression)] = None
                return
            self._allowed.update(expression[3])
            plain = {value for side in expression[1:3] if (value := literal(side)) is not None}
            for side in sides:
                self._values.setdefault(side[0], set()).update(plain)
        else:
            self._unknown[_question(expression)] = None


def _question(expression: Expression) -> Expression:
    """What is asked whether it holds, without what only narrows the answer down."""
    return expression[:3]


class _Case:
    """One choice of values: which conditions hold with them."""

    def __init__(self, known: Mapping[str, Expression], given: Mapping[Any, Part]) -> None:
        self._known = known
        self._given = given
        self._bindings: dict[Symbol, Text] = {
            symbol: (value,) for symbol, value in given.items() if isinstance(symbol, Symbol)
        }
        self._held: dict[str, bool] = {}

    def named(self, name: str) -> bool:
        """Does the condition of that name hold?"""
        if name in self._given:
            return self._given[name] == "yes"
        if name not in self._held:
            self._held[name] = self._holds(self._known[name])
        return self._held[name]

    def _holds(self, expression: Expression) -> bool:
        kind = expression[0]
        if kind == "and":
            return all(map(self._holds, expression[1:]))
        if kind == "or":
            return any(map(self._holds, expression[1:]))
        if kind == "not":
            return not self._holds(expression[1])
        if kind == "is":
            return self.named(expression[1])
        asked = _question(expression)
        if kind == "equals" and asked not in self._given:
            left, right = (substitute(side, self._bindings) for side in expression[1:3])
            return left == right
        return self._given.get(asked) == "yes"
