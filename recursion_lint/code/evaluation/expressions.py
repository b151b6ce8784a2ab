"""Evaluating expressions to values."""

from collections.abc import Callable, Iterator
from functools import reduce
from typing import Any, cast

from recursion_lint.code.calls import (
    CallResult,
    EventPath,
    Guard,
    Literal,
    Pure,
    Unknown,
    Value,
)
from recursion_lint.code.evaluation.access import attribute
from recursion_lint.code.evaluation.calling import _inherited, _is_super, evaluate_call
from recursion_lint.code.evaluation.definitions import decorated, define_class, new_function
from recursion_lint.code.evaluation.delayed import called_unseen, delay
from recursion_lint.code.evaluation.elements import elements, followed, index, keys_of
from recursion_lint.code.evaluation.frames import Exhausted, Flow
from recursion_lint.code.evaluation.heap import (
    ANY,
    ANY_KEY,
    Class,
    Getter,
    Items,
    Late,
    Library,
    Record,
    Scope,
    Sequence,
    Thing,
    V,
    any_of,
    join,
)
from recursion_lint.code.evaluation.machine import DEEPEST_NESTING, HEAVIEST, MOST_STEPS, Machine, exhausted
from recursion_lint.code.evaluation.operators import (
    evaluate_binary,
    evaluate_boolean,
    evaluate_compare,
    evaluate_template,
    evaluate_unary,
    filled_in,
)
from recursion_lint.code.evaluation.parts import all_fields
from recursion_lint.code.evaluation.spreading import spread
from recursion_lint.code.evaluation.statements import branch, conditions
from recursion_lint.code.syntax.tree import (
    Accessor,
    AssignExpression,
    At,
    Attribute,
    Await,
    Binary,
    Boolean,
    Call,
    ClassExpression,
    Compare,
    Comprehension,
    Conditional,
    Constant,
    Default,
    Expression,
    FunctionExpression,
    Index,
    InOrder,
    Keys,
    KeywordSpread,
    ListLiteral,
    Name,
    ObjectLiteral,
    ObjectPattern,
    Slice,
    Spread,
    Template,
    Unary,
    Unread,
    Yield,
)
from recursion_lint.code.syntax.tree_statements import ClassDefinition
from recursion_lint.code.values import NOTHING, capped, is_test, truth

_GLOBALS = frozenset(
    {"process", "Promise", "JSON", "Object", "Array", "console", "Math", "Date", "String", "Number",
    "Buffer", "require",
    "Error", "Set", "Map", "encodeURIComponent", "decodeURIComponent", "decodeURI", "encodeURI", "escape",
    "unescape",
    "parseInt", "parseFloat", "Boolean", "setTimeout", "setImmediate", "setInterval", "fetch", "URL",
    "URLSearchParams",
     "RegExp", "Symbol", "global", "globalThis", "structuredClone", "isNaN", "TextDecoder", "TextEncoder", "eval",
    "Function", "Reflect", "Proxy", "BigInt", "WeakMap", "queueMicrotask", "atob", "btoa", "TypeError",
    "clearTimeout"}
)  # fmt: skip


def evaluate(m: Machine, expression: Expression, scope: Scope) -> V:
    """The value of an expression."""
    # A step, counted here: this is called so often that a call of ``tick`` shows.
    m.steps += 1
    if m.steps > MOST_STEPS:
        raise exhausted()
    m.depth += 1
    if m.depth > DEEPEST_NESTING:
        raise Exhausted("calls are nested too deeply")
    value = _EVALUATE[type(expression)](m, expression, scope)
    m.depth -= 1
    if getattr(value, "weight", 1) <= HEAVIEST or isinstance(value, Thing):
        return value
    return capped(value, HEAVIEST)


def _name(m: Machine, expression: Name, scope: Scope) -> V:
    name = expression.name
    owner = scope.outer.get(name) or scope.owner(name)
    if owner is not None and name in owner.cell:
        found: V = owner.cell[name]
        return m.arrived(found) if isinstance(found, Late) else found
    if m.python:
        return Library(f"builtins.{name}")
    return Library(name) if name in _GLOBALS else Unknown(f"name {name}")


def _attribute(m: Machine, expression: Attribute, scope: Scope) -> V:
    if _is_super(expression.object):
        return _inherited(m, expression.name, scope, expression.at)
    return attribute(m, m.evaluate(expression.object, scope), expression.name, expression.at)


def _index(m: Machine, expression: Index, scope: Scope) -> V:
    return index(m, m.evaluate(expression.object, scope), m.evaluate(expression.key, scope), expression.at)


def _slice(m: Machine, expression: Slice, scope: Scope) -> V:
    value = m.evaluate(expression.object, scope)
    bounds = tuple(m.freeze(m.evaluate(bound, scope)) for bound in expression.bounds)
    if isinstance(value, Sequence):
        return m.sequence(value.items.values, False)
    if isinstance(value, (EventPath, CallResult)) and value.path[-1:] == ("Records",):
        return value
    return Pure("substring", (m.freeze(value), *bounds))


# Calls ----------------------------------------------------------------------------------------------------------------


# Objects and lists ----------------------------------------------------------------------------------------------------


def _object(m: Machine, expression: ObjectLiteral, scope: Scope) -> V:
    made = m.record()
    for key, value in expression.entries:
        part = m.evaluate(value, scope)
        if isinstance(value, Accessor):
            m.hand_on(part)
            if value.writes:
                continue
            part = Getter(part)
        if key is None:
            spread(m, made, part)
            continue
        name = m.evaluate(key, scope)
        if isinstance(name, Literal):
            m.seen.field(part, str(name.value))
            m.journal.write(made.cell, str(name.value), part)
            if called_unseen(str(name.value)):
                m.hand_on(part)
        else:
            m.journal.write(made.cell, ANY, join((made.cell[ANY], part)) if ANY in made.cell else part)
            m.journal.write(
                made.cell, ANY_KEY, join((made.cell[ANY_KEY], name)) if ANY_KEY in made.cell else name
            )
            if isinstance(name, Library):
                m.hand_on(part)
    return made


def _list(m: Machine, expression: ListLiteral, scope: Scope) -> V:
    def each() -> Iterator[Items]:
        for item in expression.items:
            value = m.evaluate(item.value if isinstance(item, Spread) else item, scope)
            m.hand_on(value)
            m.seen.hand((value,))
            yield elements(m, value) if isinstance(item, Spread) else Items((value,), True)

    return m.sequence(*followed(each()))


def _comprehension(m: Machine, expression: Comprehension, scope: Scope) -> V:
    if expression.delayed:
        return delay(m, lambda: _comprehended(m, expression, scope))
    return _comprehended(m, expression, scope)


def _comprehended(m: Machine, expression: Comprehension, scope: Scope) -> V:
    inside = Scope(m.journal.cell(scope=True), scope, scope.module)
    base = len(m.guards)
    found: list[V] = []
    ways: list[tuple[Guard, ...]] = []
    exact = _generate(m, expression, 0, inside, found, lambda: ways.append(tuple(m.guards[base:])))
    del m.guards[base:]
    if expression.value is None:
        parts = [Items((NOTHING,), True, way) for way in ways]
        return m.sequence(found, exact, reduce(any_of, parts).chosen if parts else ())
    made = m.record()
    whole = all_fields(*found) if ways == [()] and len(found) == 2 else None
    if whole is not None:
        spread(m, made, whole)
        return made
    for key, value in zip(found[::2], found[1::2], strict=True):
        if isinstance(key, Literal) and exact:
            m.journal.write(made.cell, str(key.value), value)
        else:
            m.journal.write(made.cell, ANY, join((made.cell[ANY], value)) if ANY in made.cell else value)
            m.journal.write(
                made.cell, ANY_KEY, join((made.cell[ANY_KEY], key)) if ANY_KEY in made.cell else key
            )
    return made


def _generate(
    m: Machine,
    expression: Comprehension,
    place: int,
    scope: Scope,
    found: list[V],
    tell: Callable[[], None],
) -> bool:
    """Collects the elements of a comprehension; whether they are just these. ``tell`` is called for each."""
    if place == len(expression.generators):
        tell()
        found.append(m.evaluate(expression.element, scope))
        if expression.value is not None:
            found.append(m.evaluate(expression.value, scope))
        return True
    generator = expression.generators[place]
    items = elements(m, m.evaluate(generator.iterable, scope))
    few = items.exact and len(items.values) <= 8
    exact = few
    m.guards += items.chosen
    for value in items.values if few else ((join(items.values),) if items.values else ()):
        m.assign(generator.target, value, scope, True)
        base, skipped = len(m.guards), False
        for condition in generator.conditions:
            test = m.freeze(m.evaluate(condition, scope))
            decided = truth(test)
            skipped = skipped or decided is False
            if decided is None:
                exact = False
                m.guards.append(m.guard(test, True, condition[-1]))
        if not skipped:
            exact = _generate(m, expression, place + 1, scope, found, tell) and exact
        del m.guards[base:]
    del m.guards[len(m.guards) - len(items.chosen) :]
    return exact


def _keys(m: Machine, expression: Keys, scope: Scope) -> V:
    value = m.evaluate(expression.object, scope)
    if isinstance(value, Record):
        found = keys_of(m, value)
        return m.sequence(found.values, found.exact)
    if isinstance(value, Sequence):
        items = value.items
        return m.sequence([Literal(place) for place in range(len(items.values))], items.exact)
    if isinstance(value, (EventPath, CallResult)):
        return m.sequence([Pure("position", (value,))], False)
    return m.sequence([Unknown("name", m.sources(value))], False)


# Operators ------------------------------------------------------------------------------------------------------------


def _conditional(m: Machine, expression: Conditional, scope: Scope) -> V:
    test = m.freeze(m.evaluate(expression.test, scope))
    decided = truth(test)
    if decided is not None:
        return m.evaluate(expression.then if decided else expression.otherwise, scope)
    found: list[V] = []

    def side(part: Expression) -> Flow:
        found.append(m.evaluate(part, scope))
        return Flow(True)

    then, otherwise = expression.then, expression.otherwise
    branch(m, test, expression.test[-1], lambda: side(then), lambda: side(otherwise))
    if len(found) == 2 and isinstance(then, ListLiteral) and isinstance(otherwise, ListLiteral):
        at = expression.test[-1]
        first, second = (
            _on_condition(m, one, test, holds, at) for one, holds in zip(found, (True, False), strict=True)
        )
        return m.sequence(*followed((first, second)))
    frozen = [value for value in found if not isinstance(value, Thing)]
    if len(frozen) == 2 and all(is_test(value) for value in frozen):
        return Pure("when", (test, *frozen))
    filled = filled_in(test, *frozen) if len(frozen) == 2 else None
    return join(found) if filled is None else filled


def _on_condition(m: Machine, value: V, test: Value, holds: bool, at: At) -> Items:
    """A list of one side of ``test ? [a] : []``."""
    items = elements(m, value)
    return Items(items.values, False, (*conditions(m, test, holds, at), *items.chosen))


# The rest -------------------------------------------------------------------------------------------------------------


def _function(m: Machine, expression: FunctionExpression, scope: Scope) -> V:
    node = expression.function
    made = new_function(m, node, scope)
    return decorated(m, made, node.decorators, scope) if node.decorators else made


def _class(m: Machine, expression: ClassExpression, scope: Scope) -> V:
    return define_class(m, cast(ClassDefinition, expression.definition), scope)


def _assignment(m: Machine, expression: AssignExpression, scope: Scope) -> V:
    value = m.evaluate(expression.value, scope)
    m.assign(expression.target, value, scope, m.python)
    return value


def _await(m: Machine, expression: Await, scope: Scope) -> V:
    value = m.evaluate(expression.value, scope)
    if not m.python:
        m.wait()
    return m.due(value)


def _in_order(m: Machine, expression: InOrder, scope: Scope) -> V:
    value: V = NOTHING
    for part in expression.parts:
        value = m.evaluate(part, scope)
    return value


def _yield(m: Machine, expression: Yield, scope: Scope) -> V:
    value = m.evaluate(expression.value, scope)
    node = m.frames[-1].node if m.frames else None
    if node is not None and not node.generator:
        return m.due(value)
    if m.frames:
        frame = m.frames[-1]
        items = elements(m, value) if expression.many else Items((value,), True)
        frame.yielded.extend(items.values)
        frame.ways.append((*m.guards[frame.base :], *items.chosen))
    return Unknown("sent value")


def _unread(m: Machine, expression: Unread, scope: Scope) -> V:
    values = [m.evaluate(part, scope) for part in expression.parts]
    for value in values:
        for one in value.cell.values() if isinstance(value, Class) else (value,):
            m.hand_on(one)
    return Unknown("expression", m.sources_of(values))


def _inner(m: Machine, expression: Any, scope: Scope) -> V:
    return m.evaluate(expression.value, scope)


_EVALUATE: dict[type[Any], Callable[[Machine, Any, Scope], V]] = {
    Constant: lambda _m, expression, _scope: Literal(expression.value),
    Name: _name,
    Template: evaluate_template,
    Attribute: _attribute,
    Index: _index,
    Slice: _slice,
    Call: evaluate_call,
    Spread: _inner,
    KeywordSpread: _inner,
    Default: _inner,
    ObjectLiteral: _object,
    ObjectPattern: lambda _m, _expression, _scope: NOTHING,
    ListLiteral: _list,
    Binary: evaluate_binary,
    Boolean: evaluate_boolean,
    Unary: evaluate_unary,
    Compare: evaluate_compare,
    Conditional: _conditional,
    FunctionExpression: _function,
    ClassExpression: _class,
    AssignExpression: _assignment,
    Comprehension: _comprehension,
    InOrder: _in_order,
    Keys: _keys,
    Yield: _yield,
    Await: _await,
    Unread: _unread,
    Accessor: lambda m, expression, scope: m.evaluate(expression.function, scope),
}
