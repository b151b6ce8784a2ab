"""``match`` of Python as branches: each pattern is a test of the subject, and what it binds."""

import ast
from collections.abc import Iterator
from typing import Any

from recursion_lint.code.syntax.python_expressions import ExpressionReader, at_of
from recursion_lint.code.syntax.tree import (
    AssignExpression,
    At,
    Attribute,
    Boolean,
    Call,
    Compare,
    Constant,
    Expression,
    Index,
    InOrder,
    Name,
    Slice,
    Statement,
    Unread,
)
from recursion_lint.code.syntax.tree_statements import Assign, If

_OF_THEMSELVES = frozenset(
    {"bool", "bytearray", "bytes", "dict", "float", "frozenset", "int", "list", "set", "str", "tuple"}
)
_Bound = tuple[str, Expression]


class _Case:
    """The tests of one pattern, all of which must hold, and the names that it binds."""

    def __init__(self, reader: ExpressionReader) -> None:
        self.reader = reader
        self.tests: list[Expression] = []
        self.bound: list[_Bound] = []

    def read(self, pattern: Any, subject: Expression) -> None:
        """Adds what ``pattern`` asks of ``subject``."""
        at = at_of(pattern)
        if isinstance(pattern, ast.MatchValue):
            self.tests.append(Compare("==", subject, self.reader.expression(pattern.value), at))
        elif isinstance(pattern, ast.MatchSingleton):
            self.tests.append(Compare("is", subject, Constant(pattern.value, at), at))
        elif isinstance(pattern, ast.MatchAs):
            if pattern.pattern is not None:
                self.read(pattern.pattern, subject)
            self._bind(pattern.name, subject)
        elif isinstance(pattern, ast.MatchOr):
            self._read_several(pattern, subject, at)
        elif isinstance(pattern, ast.MatchSequence):
            self._read_sequence(pattern, subject, at)
        elif isinstance(pattern, ast.MatchMapping):
            self._read_mapping(pattern, subject, at)
        elif isinstance(pattern, ast.MatchClass):
            self._read_class(pattern, subject, at)
        else:
            self.tests.append(Unread((subject,), at))

    def _bind(self, name: str | None, value: Expression) -> None:
        if name is not None:
            self.bound.append((name, value))

    def _read_several(self, pattern: Any, subject: Expression, at: At) -> None:
        """``a | b``: what each of them binds is some part of the subject."""
        found = []
        for one in pattern.patterns:
            inner = _Case(self.reader)
            inner.read(one, subject)
            found.append(_all(inner.tests, at_of(one)))
            self.bound += [(name, Unread((subject,), at)) for name, _ in inner.bound]
        self.tests.append(Boolean("or", tuple(found), at))

    def _read_sequence(self, pattern: Any, subject: Expression, at: At) -> None:
        parts = pattern.patterns
        star = next((place for place, one in enumerate(parts) if isinstance(one, ast.MatchStar)), None)
        size = Call(Name("len", at), (subject,), (), False, at)
        known = Constant(len(parts) - (star is not None), at)
        if star is None or len(parts) > 1:
            self.tests.append(Compare("==" if star is None else ">=", size, known, at))
        for place, one in enumerate(parts):
            if place == star:
                ends = (Constant(place, at), Constant(place + 1 - len(parts), at))
                self._bind(one.name, Slice(subject, ends if place + 1 < len(parts) else ends[:1], at))
            else:
                after = star is not None and place > star
                self.read(one, Index(subject, Constant(place - len(parts) if after else place, at), at))

    def _read_mapping(self, pattern: Any, subject: Expression, at: At) -> None:
        for key, one in zip(pattern.keys, pattern.patterns, strict=True):
            name = self.reader.expression(key)
            self.tests.append(Compare("in", name, subject, at_of(key)))
            self.read(one, Index(subject, name, at))
        self._bind(pattern.rest, Unread((subject,), at))

    def _read_class(self, pattern: Any, subject: Expression, at: At) -> None:
        of = self.reader.expression(pattern.cls)
        self.tests.append(Call(Name("isinstance", at), (subject, of), (), False, at))
        for one in pattern.patterns:
            whole = isinstance(of, Name) and of.name in _OF_THEMSELVES
            self.read(one, subject if whole else Unread((subject,), at))
        for name, one in zip(pattern.kwd_attrs, pattern.kwd_patterns, strict=True):
            self.read(one, Attribute(subject, name, at))


def _all(tests: list[Expression], at: At) -> Expression:
    if len(tests) > 1:
        return Boolean("and", tuple(tests), at)
    return tests[0] if tests else Constant(True, at)


def read_match(reader: ExpressionReader, node: Any) -> list[Statement]:
    """``match`` as branches, one within the ``else`` of the other; the subject is evaluated once."""
    at = at_of(node.subject)
    subject = Name(f"match {at[0]}:{at[1]}", at)
    otherwise: tuple[Statement, ...] = ()
    for case in reversed(node.cases):
        read = _Case(reader)
        read.read(case.pattern, subject)
        bound = tuple(_bound(read.bound, at_of(case.pattern)))
        test = _test(reader, read, case)
        otherwise = (If(test, (*bound, *reader.block(case.body)), otherwise, at_of(node)),)
    return [Assign(subject, reader.expression(node.subject), True, at_of(node)), *otherwise]


def _test(reader: ExpressionReader, read: _Case, case: Any) -> Expression:
    """All tests of a case; its guard sees what the pattern binds."""
    at = at_of(case.pattern)
    if case.guard is None:
        test = _all(read.tests, at)
        return test._replace(at=at) if isinstance(test, (Boolean, Compare)) else test
    values: list[Expression] = [AssignExpression(Name(name, at), value, at) for name, value in read.bound]
    taken = [InOrder((*values, Constant(True, at)), at)] if values else []
    whole = (*at[:2], *at_of(case.guard)[2:])
    return Boolean("and", (*read.tests, *taken, reader.expression(case.guard)), whole)


def _bound(bound: list[_Bound], at: At) -> Iterator[Statement]:
    for name, value in bound:
        yield Assign(Name(name, at), value, True, at)
