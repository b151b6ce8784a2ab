"""Functions and classes as they are defined, with what their decorators do."""

from recursion_lint.code.calls import Unknown
from recursion_lint.code.evaluation.frames import Arguments
from recursion_lint.code.evaluation.heap import (
    Bound,
    Class,
    Function,
    Library,
    Module,
    Opaque,
    Scope,
    V,
    options_of,
)
from recursion_lint.code.evaluation.machine import Machine
from recursion_lint.code.syntax.tree import Attribute, Expression, FunctionNode, Name
from recursion_lint.code.syntax.tree_statements import ClassDefinition, Field
from recursion_lint.code.values import NOTHING

# Decorators of libraries that give a function back which its own name calls, and that never call it by themselves.
_ONLY_WRAPPING = (
    "Tracer", "Logger", "Metrics", "functools", "tenacity", "backoff", "retry", "xray", "validat", "event_source",
    "event_parser", "idempotent", "contextlib", "dataclass", "pydantic", "abc.", "typing", "cache", "helper",
    "builtins.",
)  # fmt: skip
_OF_CLASSES = frozenset(
    {"property", "cached_property", "staticmethod", "classmethod", "setter", "abstractmethod"}
)


def define_function(m: Machine, node: FunctionNode, scope: Scope) -> V:
    """A function, as its decorators leave it: those of libraries leave it as it is, and may call it."""
    return decorated(m, new_function(m, node, scope), node.decorators, scope)


def new_function(m: Machine, node: FunctionNode, scope: Scope, owner: Class | None = None) -> Function:
    """A function as it is defined: in Python the defaults of its parameters are evaluated now, and once."""
    made = Function(node, _seen_by_methods(scope) if owner is not None else scope, owner=owner)
    m.seen.define(made)
    if m.python:
        for place, parameter in enumerate(node.parameters):
            if parameter.default is not None:
                made.defaults[place] = m.evaluate(parameter.default, scope)
    return made


def _seen_by_methods(scope: Scope) -> Scope:
    """The nearest scope that is no class body: in Python methods do not see the names of these."""
    while scope.owns is not None and scope.up is not None:
        scope = scope.up
    return scope


def decorated(m: Machine, made: V, decorators: tuple[Expression, ...], scope: Scope) -> V:
    """A function or class after its decorators, the last of them first."""
    for expression in reversed(decorators):
        decorator = m.evaluate(expression, scope)
        if isinstance(decorator, (Function, Class)):
            result = m.call(decorator, Arguments((made,)), expression[-1])
            made = made if result == NOTHING or isinstance(result, Unknown) else result
        elif isinstance(made, Function):
            if not isinstance(decorator, Opaque):
                m.seen.hand((made,))
            _register(m, decorator, made)
    return made


def _register(m: Machine, decorator: V, function: Function) -> None:
    """Whatever the decorator belongs to may call the function; some change the conditions that it runs under."""
    for option in options_of(decorator):
        owner = option.receiver if isinstance(option, Bound) else option
        if isinstance(owner, Opaque):
            if owner.reason.rpartition(".")[2].removesuffix("()") in ("idempotent", "idempotent_function"):
                m.idempotent.add(id(function.node))
            known = owner.registered()
            if function not in known and not any(word in owner.reason for word in _ONLY_WRAPPING):
                known.append(function)
            if not isinstance(owner, Library) and owner.root is None:
                m.hand_on(function)  # of a function of the project: functools.singledispatch


def define_class(m: Machine, definition: ClassDefinition, scope: Scope) -> V:
    """A class with its members; fields of instances are set when one is made."""
    bases = tuple(m.evaluate(base, scope) for base in definition.bases)
    cell = m.journal.cell()
    made = Class(
        definition, tuple(option for base in bases for option in options_of(_exported(base))), cell, scope
    )
    inside = Scope(m.journal.cell(scope=True), scope, scope.module)
    if m.python:
        inside.owns = made
        for method in definition.methods:
            seen = _seen_by_methods(inside)
            inside.cell[method.function.name] = Function(method.function, seen, owner=made)
    else:
        inside.cell["this"] = made
    m.block(definition.body, inside)
    for name, value in inside.cell.items():
        if name != "this":
            cell[name] = value
    for method in definition.methods:
        function = new_function(m, method.function, scope if not m.python else inside, made)
        name = method.function.name
        if method.kind in ("setter", "deleter"):
            cell[f"{'set' if method.kind == 'setter' else 'delete'} {name}"] = function
            continue
        cell[name] = function
        made.kinds[name] = method.kind
        _decorate_method(m, function, inside)
    for field in definition.fields:
        if field.static:
            cell[field.name] = _field_value(m, field, made, scope)
    told = next((one.cell[_OF_HEIRS] for one in made.ancestry()[1:] if _OF_HEIRS in one.cell), None)
    if isinstance(told, Function):
        m.call(told.with_receiver(made), Arguments(), definition.at)
    return decorated(m, made, definition.decorators, scope)


_OF_HEIRS = "__init_subclass__"


def _decorate_method(m: Machine, function: Function, scope: Scope) -> None:
    for expression in function.node.decorators:
        name = expression.name if isinstance(expression, (Name, Attribute)) else ""
        if name not in _OF_CLASSES:
            _register(m, m.evaluate(expression, scope), function)


def _field_value(m: Machine, field: Field, made: Class, scope: Scope) -> V:
    inside = Scope(m.journal.cell(scope=True), scope, scope.module)
    inside.cell["this"] = made
    return m.evaluate(field.value, inside) if field.value is not None else NOTHING


def _exported(base: V) -> V:
    return base.exports if isinstance(base, Module) and isinstance(base.exports, Class) else base
