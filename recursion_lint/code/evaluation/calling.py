"""Calls as they stand in the source: their arguments, methods, and what is inherited."""

from typing import Any, TypeGuard

from recursion_lint.code.calls import Literal, Pure, Unknown
from recursion_lint.code.evaluation.access import attribute
from recursion_lint.code.evaluation.elements import elements, has_method
from recursion_lint.code.evaluation.frames import Arguments
from recursion_lint.code.evaluation.heap import (
    ANY,
    MARKS,
    OPEN,
    REST,
    Class,
    Delayed,
    Function,
    Instance,
    Library,
    Module,
    Promised,
    Record,
    Scope,
    Thing,
    V,
)
from recursion_lint.code.evaluation.invoking import call_function
from recursion_lint.code.evaluation.machine import Machine
from recursion_lint.code.evaluation.spreading import spread
from recursion_lint.code.syntax.tree import Attribute, Call, Expression, KeywordSpread, Name, Spread
from recursion_lint.code.values import NOTHING


def evaluate_call(m: Machine, expression: Call, scope: Scope) -> V:
    target = expression.function
    if _is_super(target) and not m.python:
        arguments = _arguments(m, expression, scope)
        return _super_constructor(m, arguments, scope, expression.at)
    receiver: V | None = None
    function: V = NOTHING
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
    compiled = _of_compilers(m, target, arguments, expression.at)
    if compiled is not None:
        return compiled
    m.callee = target[-1]
    if isinstance(receiver, _Super):
        function = _inherited(m, name, receiver.scope, target[-1])
    elif receiver is not None:
        place = (
            _PLACES.get(name) if isinstance(target, Attribute) and isinstance(target.object, Call) else None
        )
        if place is not None and not expression.arguments and _is_split(receiver):
            return Pure("item", (receiver, Literal(place)))
        return _called_of(m, receiver, name, arguments, expression.at)
    if expression.new:
        return m.construct(function, arguments, expression.at)
    return _called(m, function, arguments, expression.at)


_PLACES = {"pop": -1, "shift": 0}
"""What is taken off a list that nobody else has."""


def _is_split(value: V) -> TypeGuard[Pure]:
    return isinstance(value, Pure) and value.name == "split"


def _called_of(m: Machine, receiver: V, name: str, arguments: Arguments, at: Any) -> V:
    """The result of a method."""
    if isinstance(receiver, Library) and f"{receiver.name}.{name}" in _LEAVING:
        m.ended = at
    if isinstance(receiver, (Class, Module)) or (
        isinstance(receiver, Instance) and (name in receiver.cell or has_method(receiver, name))
    ):
        found = attribute(m, receiver, name, m.callee)
        if isinstance(found, Function):
            return _called(m, _of_module(m, receiver, found), arguments, at)
    return m.method(receiver, name, arguments, at)


def _of_module(m: Machine, receiver: V, function: Function) -> Function:
    """``module.function()`` of JavaScript: within it ``this`` is what the module exports."""
    bare = function.receiver is None and not function.node.arrow and not m.python
    exports = receiver.exports if isinstance(receiver, Module) and bare else None
    return function.with_receiver(exports) if isinstance(exports, Record) else function


_LEAVING = frozenset({"sys.exit", "os._exit", "process.exit", "process.abort"})


def _called(m: Machine, function: V, arguments: Arguments, at: Any) -> V:
    """The result of a call; where a function of the project never comes back, ``m.ended`` is told the place."""
    if not isinstance(function, Function):
        return m.call(function, arguments, at)
    m.left = False
    result = m.call(function, arguments, at)
    if m.left and not isinstance(result, Delayed):
        m.ended = at
    m.left = False
    return result


def _arguments(m: Machine, expression: Call, scope: Scope) -> Arguments:
    positional: list[V] = []
    rest: V | None = None
    more: list[V] = []
    for argument in expression.arguments:
        if isinstance(argument, Spread):
            items = elements(m, m.evaluate(argument.value, scope))
            positional.extend(items.values)
            more += () if items.exact else items.values
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
    m.seen.hand((*positional, *named.values()))
    if m.running:
        for value in (*positional, *named.values()):
            m.hand_on(value)
    if isinstance(rest, Record) and not any(mark in rest.cell for mark in (OPEN, ANY, REST)):
        for name, value in rest.cell.items():
            if name not in MARKS:
                named.setdefault(str(name), value)
        rest = None
    if more and rest is None:
        rest = Unknown("an argument", m.sources_of(more))  # how many there are is not known
    return Arguments(tuple(positional), named, rest)


_WRAPPING_MODULES = frozenset(
    {
        "__importStar",
        "__importDefault",
        "__toESM",
        "__toCommonJS",
        "_interopRequireDefault",
        "_interopRequireWildcard",
    }
)


def _of_compilers(m: Machine, target: Expression, arguments: Arguments, at: Any) -> V | None:
    """Helper functions that compilers to older JavaScript put into a file; ``None`` for other calls."""
    name = target.name if isinstance(target, (Name, Attribute)) else ""
    given = arguments.positional
    if m.python or not given or not name.startswith("_"):
        return None
    if name in _WRAPPING_MODULES:
        return given[0]
    if name == "__awaiter" and isinstance(given[-1], Function):
        # An asynchronous function as a generator that yields what it waits for.
        m.called.add(id(given[-1].node))
        waiting = given[-1].with_receiver(given[0])
        waiting.node = waiting.node._replace(generator=False)
        return Promised(call_function(m, waiting, Arguments(), at))
    if name == "__generator":
        m.gap("functions are compiled to tables of states", at)
    return None


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
    from recursion_lint.code.evaluation.access import member

    owner, receiver = _owner(m, scope)
    if name == "__new__":
        return Library("builtins.object.__new__")
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
