"""Operators: arithmetic and texts, comparisons, and, or, not."""

from collections.abc import Callable
from typing import Any

from recursion_lint.code.calls import Alternatives, Environment, EventPath, Literal, Pure, Unknown, Value
from recursion_lint.code.evaluation.changing import take_away
from recursion_lint.code.evaluation.elements import elements, has_method, tested
from recursion_lint.code.evaluation.frames import Arguments
from recursion_lint.code.evaluation.heap import (
    Class,
    Client,
    Command,
    Delayed,
    Function,
    Items,
    Module,
    Partial,
    Promised,
    Record,
    Resource,
    Scope,
    Sequence,
    Thing,
    V,
    join,
    options_of,
)
from recursion_lint.code.evaluation.machine import Machine
from recursion_lint.code.evaluation.parts import child
from recursion_lint.code.evaluation.spreading import spread
from recursion_lint.code.syntax.tree import (
    Binary,
    Boolean,
    Call,
    Compare,
    Template,
    Unary,
)
from recursion_lint.code.values import (
    NOTHING,
    concatenated,
    defaulted,
    either,
    is_test,
    negated,
    options,
    truth,
)

_FOLD: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "is": lambda a, b: a == b,
    "is not": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
    "in": lambda a, b: a in b,
    "not in": lambda a, b: a not in b,
}


_METHODS = {
    "+": "__add__", "-": "__sub__", "*": "__mul__", "/": "__truediv__", "//": "__floordiv__", "%": "__mod__",
    "<<": "__lshift__", ">>": "__rshift__", "|": "__or__", "&": "__and__", "^": "__xor__", "@": "__matmul__",
}  # fmt: skip
SURE = (Function, Class, Module, Client, Resource, Command, Delayed, Partial, Promised)


def evaluate_template(m: Machine, expression: Template, scope: Scope) -> V:
    return _concatenated([m.freeze(m.evaluate(part, scope)) for part in expression.parts])


def _concatenated(parts: list[Value]) -> Value:
    """A text of parts; alternatives of a part are alternatives of the text, where they are few."""
    for place, part in enumerate(parts):
        found = options(part)
        if 1 < len(found) <= 4 and sum(len(options(other)) > 1 for other in parts) <= 2:
            return either(_concatenated([*parts[:place], option, *parts[place + 1 :]]) for option in found)
    return concatenated(parts)


def evaluate_binary(m: Machine, expression: Binary, scope: Scope) -> V:
    left, right = m.evaluate(expression.left, scope), m.evaluate(expression.right, scope)
    sign = expression.operator
    method = _METHODS.get(sign, "")
    if m.python and method and has_method(left, method):
        return m.method(left, method, Arguments((right,)), expression.at)
    if isinstance(left, Sequence) or isinstance(right, Sequence):
        if sign == "+":
            first, second = elements(m, left), elements(m, right)
            return m.sequence((*first.values, *second.values), first.exact and second.exact)
        if sign == "%" and isinstance(left, Literal):
            return _percent(m, left, elements(m, right))
    if sign == "|" and isinstance(left, Record):
        made = m.record()
        spread(m, made, left)
        spread(m, made, right)
        return made
    if sign == "%" and isinstance(left, Literal) and isinstance(left.value, str):
        return _percent(m, left, Items((right,), True))
    return _arithmetic(sign, m.freeze(left), m.freeze(right))


def _arithmetic(sign: str, left: Value, right: Value) -> Value:
    if (
        isinstance(left, Literal)
        and isinstance(right, Literal)
        and _numbers(left, right)
        and sign in ("+", "-")
    ):
        return Literal(_FOLD[sign](left.value, right.value))
    if sign == "+" and not _number(left) and not _number(right):
        return _concatenated([left, right])
    if sign == "+" and any(
        isinstance(part, Literal) and isinstance(part.value, str) for part in (left, right)
    ):
        return _concatenated([left, right])
    if sign == "/" and isinstance(left, Pure) and left.name == "path":
        return Pure("path", (concatenated((left.arguments[0], Literal("/"), right)),))
    return Pure(sign, (left, right))


def _number(value: Value) -> bool:
    return isinstance(value, Literal) and isinstance(value.value, (int, float))


def _numbers(left: Literal, right: Literal) -> bool:
    return _number(left) and _number(right)


def _percent(m: Machine, template: Literal, items: Items) -> Value:
    """``"…%s…" % values``."""
    import re

    pieces = re.split(r"%[sdrif]", str(template.value))
    parts: list[Value] = []
    for place, piece in enumerate(pieces):
        parts.append(Literal(piece))
        if place + 1 < len(pieces):
            known = items.exact and place < len(items.values)
            parts.append(m.freeze(items.values[place]) if known else Unknown("a field of a format"))
    return concatenated(parts)


def evaluate_unary(m: Machine, expression: Unary, scope: Scope) -> V:
    if expression.operator == "delete":
        take_away(m, expression.operand, scope)
        return Literal(True)
    if expression.operator == "tested" and isinstance(expression.operand, Call):
        return _tested(m, expression.operand, scope)
    operand = m.evaluate(expression.operand, scope)
    if expression.operator == "not":
        return negated(tested(m, operand))
    value = m.freeze(operand)
    if expression.operator == "-" and isinstance(value, Literal) and isinstance(value.value, (int, float)):
        return Literal(-value.value)
    if expression.operator == "void":
        return NOTHING
    return Pure(expression.operator, (value,))


def _tested(m: Machine, call: Call, scope: Scope) -> V:
    """What the truth of a call is told by: a promise, which is always true, where the function is asynchronous."""
    value = m.evaluate(call, scope)
    called = m.evaluate(call.function, scope)
    return Literal(True) if isinstance(called, Function) and called.node.asynchronous else value


def evaluate_compare(m: Machine, expression: Compare, scope: Scope) -> V:
    left, right = m.evaluate(expression.left, scope), m.evaluate(expression.right, scope)
    sign = expression.operator
    if NOTHING in (left, right) and sign in ("is", "is not", "==", "!="):
        other = left if right == NOTHING else right
        if isinstance(other, (*SURE, Record, Sequence)):
            return Literal(sign in ("is not", "!="))
    first, second = m.freeze(left), m.freeze(right)
    if sign == "has":
        return Pure("has", (second, first))
    if isinstance(first, Literal) and isinstance(second, Literal) and type(first.value) is type(second.value):
        return _decided(sign, first, second)
    return Pure(sign, (first, second))


def _decided(sign: str, first: Literal, second: Literal) -> Value:
    try:
        return Literal(bool(_FOLD[sign](first.value, second.value)))
    except (KeyError, TypeError):
        return Pure(sign, (first, second))


def filled_in(test: Value, then: Value, otherwise: Value) -> Value | None:
    """``x === undefined ? false : x`` and its like: the part of the event, or what counts as false where it is not
    there; ``None`` where a conditional expression says something else."""
    positive, inner_test = True, test
    while isinstance(inner_test, Pure) and inner_test.name == "not":
        positive, inner_test = not positive, inner_test.arguments[0]
    if isinstance(inner_test, Pure) and inner_test.name in ("==", "is", "not in"):
        positive = not positive
    found, default = (then, otherwise) if positive else (otherwise, then)
    falsy = isinstance(default, Literal) and not default.value and default != NOTHING
    if not falsy or not isinstance(found, EventPath) or not _says_there(inner_test, found):
        return None
    return Alternatives((found, default), True)


def _says_there(test: Value, part: EventPath) -> bool:
    """Does a test tell only whether a part of the event is there?"""
    if test == part:
        return True
    if not isinstance(test, Pure) or len(test.arguments) != 2:
        return False
    first, second = test.arguments
    if test.name in ("==", "!=", "is", "is not"):
        return (first, second) in ((part, NOTHING), (NOTHING, part))
    whole, name = (first, second) if test.name == "has" else (second, first)
    if test.name not in ("in", "not in", "has") or not isinstance(name, Literal):
        return False
    return isinstance(whole, EventPath) and child(whole, str(name.value)) == part


def evaluate_boolean(m: Machine, expression: Boolean, scope: Scope) -> V:
    base = len(m.guards)
    mark = m.journal.mark()
    values: list[V] = []
    states = []
    for place, operand in enumerate(expression.operands):
        value = m.evaluate(operand, scope)
        values.append(value)
        states.append(m.journal.changes(mark))
        decided = _truth(value)
        if decided is (expression.operator != "and"):
            break
        if decided is None and place + 1 < len(expression.operands):
            m.guards.append(m.guard(tested(m, value), expression.operator == "and", operand[-1]))
    del m.guards[base:]
    if len(states) > 1 and any(state.keys() != states[-1].keys() for state in states[:-1]):
        m.journal.undo(mark)
        m.journal.merge(mark, states)
    return (
        _conjunction(m, values)
        if expression.operator == "and"
        else _disjunction(m, values, expression.operator)
    )


def _truth(value: V) -> bool | None:
    if isinstance(value, Thing):
        return True if isinstance(value, SURE) else None
    return truth(value)


def _conjunction(m: Machine, values: list[V]) -> V:
    if _truth(values[-1]) is False:
        return values[-1]
    open_ = [value for value in values if _truth(value) is None]
    if not open_:
        return values[-1]
    if open_ == [values[-1]]:
        return values[-1]
    if isinstance(values[-1], Thing):
        return join((values[-1], NOTHING))
    return Pure(
        "and",
        tuple(m.freeze(value) for value in (open_ if open_[-1] is values[-1] else [*open_, values[-1]])),
    )


def _disjunction(m: Machine, values: list[V], sign: str) -> V:
    live = [value for value in values if _truth(value) is not False or (sign == "??" and value != NOTHING)]
    if not live:
        return values[-1]
    first = live[0]
    if len(live) == 1:
        return first
    if isinstance(first, Environment) and first.default is None and len(live) == 2:
        return Environment(first.name, m.freeze(live[1]))
    if any(is_test(value) for value in live if not isinstance(value, Thing)):
        return Pure("or", tuple(m.freeze(value) for value in live))
    if len(live) == 2 and isinstance(first, EventPath):
        return defaulted(first, live[1]) if not isinstance(live[1], Thing) else join(live)
    return join(
        option for value in live for option in options_of(value) if option != NOTHING or value is live[-1]
    )
