"""Can these conditions of a template hold together?

A condition's expression is kept as nested tuples: ``("and", …)``, ``("or", …)``, ``("not", x)``, ``("is", name)``,
``("equals", text, text, allowed)``, where ``allowed`` are the symbols that may have certain values only, with those;
``("?", place)`` is unknown, and unlike what is unknown elsewhere. It is decided by trying the values that the
expressions compare with.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-conditions.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from recursion_lint.model.path_conditions import Requirement
from recursion_lint.model.text import Part, Symbol, Text, literal
from recursion_lint.template.references import Resolver
from recursion_lint.template.yaml.nodes import Node

MAX_STEPS = 50_000
"""So many comparisons are made for one question; where it takes more, the conditions count as compatible."""
MAX_STEPS_IN_ALL = 1_000_000
"""So many for all questions about the loops of a run."""
BRIEFLY = 200
"""So many for each question after that."""
MAX_NESTING = 30
"""Functions nested deeper in one condition are unknown."""
MAX_CHAIN = 20
"""A condition that is reached through more others than that is unknown."""
_OTHER = Symbol("other", "any other value")
"""Values that no expression compares with; symbols that are compared with each other may have the same one."""
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
    return Questions(templates).compatible(requirements)


class Questions:
    """What is asked of the conditions of some templates, each question answered once.

    ``given_up`` says that all questions together took so many steps that the later ones were looked at briefly.
    """

    def __init__(self, templates: Mapping[str, Mapping[str, Expression]]) -> None:
        self._templates = templates
        self._answers: dict[frozenset[Requirement], bool] = {}
        self.spent = 0

    @property
    def given_up(self) -> bool:
        return self.spent > MAX_STEPS_IN_ALL

    def compatible(self, requirements: Iterable[Requirement]) -> bool:
        """May all ``requirements`` hold at once? ``True`` also where it cannot be decided."""
        wanted = frozenset(requirements)
        known = self._answers.get(wanted)
        if known is None:
            known = self._answers[wanted] = self._answered(wanted)
        return known

    def _answered(self, wanted: frozenset[Requirement]) -> bool:
        if any(requirement._replace(holds=not requirement.holds) in wanted for requirement in wanted):
            return False
        scopes: dict[str, list[Requirement]] = {}
        for requirement in sorted(wanted):
            scopes.setdefault(requirement.scope, []).append(requirement)
        for scope, group in scopes.items():
            known = self._templates.get(scope) or {}
            group = [requirement for requirement in group if requirement.condition in known]
            for part, compared in _parts(group, known):
                search = _Search(known, part, compared.domains(), BRIEFLY if self.given_up else MAX_STEPS)
                found = search.satisfiable()
                self.spent += search.steps + compared.size
                if not found:
                    return False
        return True


def _parts(
    group: Iterable[Requirement], known: Mapping[str, Expression]
) -> Iterator[tuple[list[Requirement], _Compared]]:
    """Requirements that hang on each other by what they compare, each with all that its part compares."""
    parts: list[tuple[list[Requirement], set[Any]]] = []
    for requirement in group:
        compared = _Compared(known)
        compared.name(requirement.condition, 0, requirement.holds)
        together, asked = [requirement], compared.asked
        for part in [part for part in parts if not asked.isdisjoint(part[1])]:
            parts.remove(part)
            together, asked = [*part[0], *together], asked | part[1]
        parts.append((together, asked))
    for together, _ in parts:
        compared = _Compared(known)
        for requirement in together:
            compared.name(requirement.condition, 0, requirement.holds)
        yield together, compared


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
        # Symbols that some requirement needs to be equal to something.
        self._wanted: set[Symbol] = set()
        # Symbols that are compared with each other, by each of them.
        self._alike: dict[Symbol, list[Symbol]] = {}
        self.size = 0

    @property
    def asked(self) -> set[Any]:
        """The symbols and the unknown parts."""
        return {*self._values, *self._unknown}

    def domains(self) -> dict[Any, Sequence[Part]]:
        """The values to be tried of each symbol, and of each unknown part whether it holds."""
        found: dict[Any, Sequence[Part]] = {}
        for symbol in self._values:
            alike = self._alike.get(symbol, [symbol])
            met = set().union(*(self._values[one] for one in alike))
            allowed = self._allowed.get(symbol)
            if not allowed:
                others = [_OTHER._replace(name=f"{_OTHER.name} {at}") for at in range(len(alike))]
                found[symbol] = [*sorted(met), *others] if symbol in self._wanted else [*others, *sorted(met)]
            elif len(alike) > 1:
                found[symbol] = list(allowed)
            else:
                domain = sorted(met.intersection(allowed)) or list(allowed)
                found[symbol] = [*[value for value in allowed if value not in domain][:1], *domain]
        return {**found, **dict.fromkeys(self._unknown, ("yes", "no"))}

    def name(self, name: str, depth: int, holds: bool) -> None:
        """Look at a condition. One that leads to itself, or through too many others, is unknown."""
        if name in self._busy or depth > MAX_CHAIN or name not in self._known:
            self._unknown[name] = None
        elif name not in self._seen:
            self._seen.add(name)
            self._busy.add(name)
            self._expression(self._known[name], depth, holds)
            self._busy.discard(name)

    def _expression(self, expression: Expression, depth: int, holds: bool) -> None:
        self.size += 1
        kind = expression[0]
        if kind in ("and", "or", "not"):
            for part in expression[1:]:
                self._expression(part, depth, holds is not (kind == "not"))
        elif kind == "is":
            self.name(expression[1], depth + 1, holds)
        elif kind == "equals":
            sides = [side for side in expression[1:3] if literal(side) is None]
            if any(len(side) != 1 for side in sides):
                self._unknown[_question(expression)] = None
                return
            self._allowed.update(expression[3])
            plain = {value for side in expression[1:3] if (value := literal(side)) is not None}
            symbols = [side[0] for side in sides if isinstance(side[0], Symbol)]
            for symbol in symbols:
                self._values.setdefault(symbol, set()).update(plain)
                self._wanted.update([symbol] if holds else [])
            if len(symbols) > 1:
                both = dict.fromkeys(one for symbol in symbols for one in self._alike.get(symbol, [symbol]))
                self._alike.update({symbol: [*both] for symbol in both})
        else:
            self._unknown[_question(expression)] = None


def _question(expression: Expression) -> Expression:
    """What is asked whether it holds, without what only narrows the answer down."""
    return expression[:3]


class _Search:
    """Tries values one after the other, and goes on only where no requirement is broken by those that are chosen."""

    def __init__(
        self,
        known: Mapping[str, Expression],
        group: Sequence[Requirement],
        domains: Mapping[Any, Sequence[Part]],
        most: int,
    ) -> None:
        self._known = known
        self._group = group
        self._domains = domains
        self._most = most
        self._given: dict[Any, Part] = {}
        self._held: dict[str, bool | None] = {}
        self.steps = 0

    def satisfiable(self) -> bool:
        """May all hold at once? ``True`` also where that takes too many steps to tell."""
        left = [iter(domain) for domain in list(self._domains.values())[:1]]
        asked = list(self._domains)
        held = self._all_hold()
        if held is not None:
            return held
        while left:
            place = asked[len(left) - 1]
            value = next(left[-1], None)
            if value is None:
                left.pop()
                self._given.pop(place, None)
                continue
            self._given[place] = value
            held = self._all_hold()
            if held or self.steps > self._most:
                return True
            if held is None and len(left) < len(asked):
                left.append(iter(self._domains[asked[len(left)]]))
        return False

    def _all_hold(self) -> bool | None:
        """Do all hold with what is chosen so far? ``None`` where that hangs on more."""
        self._held = {}
        found: bool | None = True
        for requirement in self._group:
            held = self._named(requirement.condition)
            if held is None:
                found = None
            elif held != requirement.holds:
                return False
        return found

    def _named(self, name: str) -> bool | None:
        if name in self._domains:
            return self._answer(name)
        if name not in self._held:
            self._held[name] = self._holds(self._known[name])
        return self._held[name]

    def _answer(self, asked: Any) -> bool | None:
        """Whether what is unknown holds, as far as it was chosen."""
        chosen = self._given.get(asked)
        return None if chosen is None else chosen == "yes"

    def _holds(self, expression: Expression) -> bool | None:
        self.steps += 1
        kind = expression[0]
        if kind in ("and", "or"):
            return self._joined(expression[1:], kind == "or")
        if kind == "not":
            held = self._holds(expression[1])
            return None if held is None else not held
        if kind == "is":
            return self._named(expression[1])
        asked = _question(expression)
        if kind != "equals" or asked in self._domains:
            return self._answer(asked)
        left, right = (self._value(side) for side in expression[1:3])
        return None if left is None or right is None else left == right

    def _joined(self, parts: Sequence[Expression], settles: bool) -> bool | None:
        """Parts of which one that ``settles`` is enough."""
        found: bool | None = not settles
        for part in parts:
            held = self._holds(part)
            if held is settles:
                return settles
            if held is None:
                found = None
        return found

    def _value(self, side: Text) -> Part | None:
        """A side of a comparison, which is plain or one symbol; ``None`` for one that has no value yet."""
        plain = literal(side)
        return plain if plain is not None else self._given.get(side[0])
