"""Evaluating expressions to values."""

from collections.abc import Callable
from typing import Any

from recursion_lint.code.access import attribute
from recursion_lint.code.calls import (
    CallResult,
    Environment,
    EventPath,
    Literal,
    Pure,
    Unknown,
    Value,
)
from recursion_lint.code.definitions import decorated, define_class
from recursion_lint.code.elements import elements, index, keys_of
from recursion_lint.code.heap import (
    ANY,
    ANY_KEY,
    OPEN,
    Class,
    Client,
    Command,
    Function,
    Instance,
    Items,
    Late,
    Library,
    Module,
    Record,
    Resource,
    Scope,
    Sequence,
    Thing,
    V,
    join,
    options_of,
)
from recursion_lint.code.invoking import call_function, spread
from recursion_lint.code.machine import DEEPEST_NESTING, HEAVIEST, Arguments, Exhausted, Flow, Machine, capped
from recursion_lint.code.statements import branch
from recursion_lint.code.tree import (
    AssignExpression,
    Attribute,
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
from recursion_lint.code.values import NOTHING, concatenated, either, is_test, negated, options, truth

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
SURE = (Function, Class, Module, Client, Resource, Command)
_GLOBALS = frozenset(
    {"process", "Promise", "JSON", "Object", "Array", "console", "Math", "Date", "String", "Number", "Buffer", "require",
     "Error", "Set", "Map", "encodeURIComponent", "decodeURIComponent", "decodeURI", "encodeURI", "escape", "unescape",
     "parseInt", "parseFloat", "Boolean", "setTimeout", "setImmediate", "setInterval", "fetch", "URL", "URLSearchParams",
     "RegExp", "Symbol", "global", "globalThis", "structuredClone", "isNaN", "TextDecoder", "TextEncoder", "eval",
     "Function", "Reflect", "Proxy", "BigInt", "WeakMap", "queueMicrotask", "atob", "btoa", "TypeError", "clearTimeout"}
)  # fmt: skip


def evaluate(m: Machine, expression: Expression, scope: Scope) -> V:
    """The value of an expression."""
    m.tick()
    m.depth += 1
    if m.depth > DEEPEST_NESTING:
        raise Exhausted("calls are nested too deeply")
    value = _EVALUATE[type(expression)](m, expression, scope)
    m.depth -= 1
    return value if isinstance(value, Thing) else capped(value, HEAVIEST)


def _name(m: Machine, expression: Name, scope: Scope) -> V:
    name = expression.name
    owner = scope.outer.get(name) or scope.owner(name)
    if owner is not None and name in owner.cell:
        found: V = owner.cell[name]
        return m.arrived(found) if isinstance(found, Late) else found
    if m.python:
        return Library(f"builtins.{name}")
    return Library(name) if name in _GLOBALS else Unknown(f"name {name}")


def _template(m: Machine, expression: Template, scope: Scope) -> V:
    return _concatenated([m.freeze(m.evaluate(part, scope)) for part in expression.parts])


def _concatenated(parts: list[Value]) -> Value:
    """A text of parts; alternatives of a part are alternatives of the text, where they are few."""
    for place, part in enumerate(parts):
        found = options(part)
        if 1 < len(found) <= 4 and sum(len(options(other)) > 1 for other in parts) <= 2:
            return either(_concatenated([*parts[:place], option, *parts[place + 1 :]]) for option in found)
    return concatenated(parts)


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


def _call(m: Machine, expression: Call, scope: Scope) -> V:
    target = expression.function
    if _is_super(target) and not m.python:
        arguments = _arguments(m, expression, scope)
        return _super_constructor(m, arguments, scope, expression.at)
    receiver: V | None = None
    function: V | None = None
    name = target.name if isinstance(target, Attribute) else ""
    if isinstance(target, Attribute) and not expression.new:
        if _is_super(target.object):
            function = _inherited(m, target.name, scope, target.at)
        else:
            receiver = m.evaluate(target.object, scope)
    else:
        function = m.evaluate(target, scope)
    if m.python and isinstance(function, Library) and function.name == "builtins.super":
        return _Super(scope)
    arguments = _arguments(m, expression, scope)
    m.callee = target[-1]
    if isinstance(receiver, _Super):
        function = _inherited(m, name, receiver.scope, target[-1])
    elif receiver is not None:
        return m.method(receiver, name, arguments, expression.at)
    assert function is not None
    if expression.new:
        return m.construct(function, arguments, expression.at)
    return m.call(function, arguments, expression.at)


def _arguments(m: Machine, expression: Call, scope: Scope) -> Arguments:
    positional: list[V] = []
    rest: V | None = None
    for argument in expression.arguments:
        if isinstance(argument, Spread):
            items = elements(m, m.evaluate(argument.value, scope))
            positional.extend(items.values)
        elif isinstance(argument, KeywordSpread):
            value = m.evaluate(argument.value, scope)
            if rest is None:
                rest = value
            else:
                both = m.record()
                spread(m, both, rest)
                spread(m, both, value)
                rest = both
        else:
            positional.append(m.evaluate(argument, scope))
    named = {name: m.evaluate(value, scope) for name, value in expression.keywords}
    if isinstance(rest, Record) and not any(mark in rest.cell for mark in (OPEN, ANY, "\0rest")):
        for name, value in rest.cell.items():
            named.setdefault(str(name), value)
        rest = None
    return Arguments(tuple(positional), named, rest)


def _is_super(expression: Expression) -> bool:
    return isinstance(expression, Name) and expression.name == "super"


class _Super(Thing):
    """``super()`` of Python, in the scope that it stands in."""

    __slots__ = ("scope",)

    def __init__(self, scope: Scope) -> None:
        self.scope = scope


def _owner(m: Machine, scope: Scope) -> tuple[Class | None, V | None]:
    """The class whose method is running, and its object."""
    for frame in reversed(m.frames):
        if frame.function is not None and frame.function.owner is not None:
            return frame.function.owner, frame.function.receiver
    del scope
    return None, None


def _inherited(m: Machine, name: str, scope: Scope, at: Any) -> V:
    from recursion_lint.code.access import member

    owner, receiver = _owner(m, scope)
    if owner is None:
        return Unknown(f"inherited {name}")
    instance = receiver if isinstance(receiver, Instance) else None
    found = member(m, owner, name, instance, at, above=owner)
    return found if found != NOTHING else Unknown(f"inherited {name}")


def _super_constructor(m: Machine, arguments: Arguments, scope: Scope, at: Any) -> V:
    owner, receiver = _owner(m, scope)
    if owner is None:
        return NOTHING
    for one in owner.ancestry()[1:]:
        initial = one.cell.get("constructor")
        if isinstance(initial, Function):
            return call_function(m, initial.with_receiver(receiver), arguments, at)
    if owner.foreign():
        m.escape_values(arguments.every(), at)
    return NOTHING


# Objects and lists ----------------------------------------------------------------------------------------------------


def _object(m: Machine, expression: ObjectLiteral, scope: Scope) -> V:
    made = m.record()
    for key, value in expression.entries:
        part = m.evaluate(value, scope)
        if key is None:
            spread(m, made, part)
            continue
        name = m.evaluate(key, scope)
        if isinstance(name, Literal):
            m.journal.write(made.cell, str(name.value), part)
        else:
            m.journal.write(made.cell, ANY, join((made.cell[ANY], part)) if ANY in made.cell else part)
            m.journal.write(
                made.cell, ANY_KEY, join((made.cell[ANY_KEY], name)) if ANY_KEY in made.cell else name
            )
    return made


def _list(m: Machine, expression: ListLiteral, scope: Scope) -> V:
    values: list[V] = []
    exact = True
    for item in expression.items:
        if isinstance(item, Spread):
            items = elements(m, m.evaluate(item.value, scope))
            values.extend(items.values)
            exact = exact and items.exact
        else:
            values.append(m.evaluate(item, scope))
    return m.sequence(values, exact)


def _comprehension(m: Machine, expression: Comprehension, scope: Scope) -> V:
    inside = Scope(m.journal.cell(scope=True), scope, scope.module)
    base = len(m.guards)
    found: list[V] = []
    exact = _generate(m, expression, 0, inside, found)
    del m.guards[base:]
    if expression.value is None:
        return m.sequence(found, exact)
    made = m.record()
    for key, value in zip(found[::2], found[1::2], strict=True):
        if isinstance(key, Literal) and exact:
            m.journal.write(made.cell, str(key.value), value)
        else:
            m.journal.write(made.cell, ANY, join((made.cell[ANY], value)) if ANY in made.cell else value)
            m.journal.write(
                made.cell, ANY_KEY, join((made.cell[ANY_KEY], key)) if ANY_KEY in made.cell else key
            )
    return made


def _generate(m: Machine, expression: Comprehension, place: int, scope: Scope, found: list[V]) -> bool:
    """Collects the elements of a comprehension; whether they are just these."""
    if place == len(expression.generators):
        found.append(m.evaluate(expression.element, scope))
        if expression.value is not None:
            found.append(m.evaluate(expression.value, scope))
        return True
    generator = expression.generators[place]
    items = elements(m, m.evaluate(generator.iterable, scope))
    few = items.exact and len(items.values) <= 8
    exact = few
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
            exact = _generate(m, expression, place + 1, scope, found) and exact
        del m.guards[base:]
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


def _binary(m: Machine, expression: Binary, scope: Scope) -> V:
    left, right = m.evaluate(expression.left, scope), m.evaluate(expression.right, scope)
    sign = expression.operator
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


def _unary(m: Machine, expression: Unary, scope: Scope) -> V:
    if expression.operator == "delete":
        from recursion_lint.code.values import ABSENT

        m.assign(expression.operand, ABSENT, scope, False)
        return Literal(True)
    value = m.freeze(m.evaluate(expression.operand, scope))
    if expression.operator == "not":
        return negated(value)
    if expression.operator == "-" and isinstance(value, Literal) and isinstance(value.value, (int, float)):
        return Literal(-value.value)
    if expression.operator == "void":
        return NOTHING
    return Pure(expression.operator, (value,))


def _compare(m: Machine, expression: Compare, scope: Scope) -> V:
    left, right = m.evaluate(expression.left, scope), m.evaluate(expression.right, scope)
    sign = expression.operator
    if NOTHING in (left, right) and sign in ("is", "is not", "==", "!="):
        if isinstance(left if right == NOTHING else right, (*SURE, Record, Sequence)):
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


def _boolean(m: Machine, expression: Boolean, scope: Scope) -> V:
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
            m.guards.append(m.guard(m.freeze(value), expression.operator == "and", operand[-1]))
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
    return join(
        option for value in live for option in options_of(value) if option != NOTHING or value is live[-1]
    )


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
    frozen = [value for value in found if not isinstance(value, Thing)]
    if len(frozen) == 2 and all(is_test(value) for value in frozen):
        return Pure("when", (test, *frozen))
    return join(found)


# The rest -------------------------------------------------------------------------------------------------------------


def _function(m: Machine, expression: FunctionExpression, scope: Scope) -> V:
    node = expression.function
    made = Function(node, scope)
    return decorated(m, made, node.decorators, scope) if node.decorators else made


def _class(m: Machine, expression: ClassExpression, scope: Scope) -> V:
    return define_class(m, expression.definition, scope)


def _assignment(m: Machine, expression: AssignExpression, scope: Scope) -> V:
    value = m.evaluate(expression.value, scope)
    m.assign(expression.target, value, scope, m.python)
    return value


def _in_order(m: Machine, expression: InOrder, scope: Scope) -> V:
    value: V = NOTHING
    for part in expression.parts:
        value = m.evaluate(part, scope)
    return value


def _yield(m: Machine, expression: Yield, scope: Scope) -> V:
    value = m.evaluate(expression.value, scope)
    if m.frames:
        m.frames[-1].yielded.extend(elements(m, value).values if expression.many else (value,))
    return Unknown("sent value")


def _unread(m: Machine, expression: Unread, scope: Scope) -> V:
    return Unknown("expression", m.sources_of([m.evaluate(part, scope) for part in expression.parts]))


def _inner(m: Machine, expression: Any, scope: Scope) -> V:
    return m.evaluate(expression.value, scope)


_EVALUATE: dict[type[Any], Callable[[Machine, Any, Scope], V]] = {
    Constant: lambda _m, expression, _scope: Literal(expression.value),
    Name: _name,
    Template: _template,
    Attribute: _attribute,
    Index: _index,
    Slice: _slice,
    Call: _call,
    Spread: _inner,
    KeywordSpread: _inner,
    Default: _inner,
    ObjectLiteral: _object,
    ObjectPattern: lambda _m, _expression, _scope: NOTHING,
    ListLiteral: _list,
    Binary: _binary,
    Boolean: _boolean,
    Unary: _unary,
    Compare: _compare,
    Conditional: _conditional,
    FunctionExpression: _function,
    ClassExpression: _class,
    AssignExpression: _assignment,
    Comprehension: _comprehension,
    InOrder: _in_order,
    Keys: _keys,
    Yield: _yield,
    Unread: _unread,
}
