"""New objects of classes, of functions that make some, and of libraries."""

from recursion_lint.code.evaluation.delayed import called_unseen
from recursion_lint.code.evaluation.escaping import escaped
from recursion_lint.code.evaluation.frames import Arguments
from recursion_lint.code.evaluation.heap import (
    OPEN,
    Bound,
    Class,
    Function,
    Instance,
    Library,
    Module,
    Opaque,
    Record,
    Scope,
    V,
    join,
    options_of,
)
from recursion_lint.code.evaluation.invoking import call_function
from recursion_lint.code.evaluation.machine import Machine
from recursion_lint.code.evaluation.spreading import spread
from recursion_lint.code.syntax.tree import At
from recursion_lint.code.values import NOTHING


def construct(m: Machine, made: V, arguments: Arguments, at: At) -> V:
    """A new object."""
    if isinstance(made, Class):
        return _instance(m, made, arguments, at)
    if isinstance(made, Function):
        receiver = m.record()
        if id(made.node) in m.members:
            spread(m, receiver, m.members[id(made.node)].cell["prototype"])
        result = call_function(m, made.with_receiver(receiver), arguments, at)
        return result if isinstance(result, Record) else receiver
    if isinstance(made, Bound):
        return m.construct_library(Library(made.name), arguments, at)
    if isinstance(made, Opaque):
        return m.construct_library(made, arguments, at)
    if isinstance(made, Module):
        exports = made.exports
        inner = exports.cell.get("default", exports) if isinstance(exports, Record) else exports
        if isinstance(inner, (Class, Function)):
            return construct(m, inner, arguments, at)
    found = [option for option in options_of(made) if option != NOTHING]
    if len(found) > 1:
        return join(construct(m, option, arguments, at) for option in found)
    return escaped(m, arguments.every(), at, "new object")


def _instance(m: Machine, of: Class, arguments: Arguments, at: At) -> V:
    instance = Instance(of, m.journal.cell())
    m.seen.make(of)
    ancestry = of.ancestry()
    for one in reversed(ancestry):
        for field in one.definition.fields:
            if not field.static:
                inside = Scope(m.journal.cell(scope=True), one.scope, one.scope.module)
                inside.cell["this"] = instance
                value = m.evaluate(field.value, inside) if field.value is not None else NOTHING
                m.journal.write(instance.cell, field.name, value)
    members = {name: member for one in reversed(ancestry) for name, member in one.cell.items()}
    for name, member in members.items():
        if isinstance(member, Function) and called_unseen(name):
            m.hand_on(member.with_receiver(instance))
    if "__new__" in members:
        m.method(of, "__new__", Arguments((of, *arguments.positional), arguments.named), at)
    initial = members.get("__init__" if m.python else "constructor")
    if isinstance(initial, Function):
        call_function(m, initial.with_receiver(instance), arguments, at)
        return instance
    _set_fields(m, instance, arguments)
    if "__post_init__" in members:
        m.method(instance, "__post_init__", Arguments(), at)
    if of.foreign():
        m.escape_values(arguments.every(), at)
    return instance


def _set_fields(m: Machine, instance: Instance, arguments: Arguments) -> None:
    """What the constructor that a class of data is given by a library does."""
    if arguments.rest is not None:
        spread(m, instance, arguments.rest)
    for name, value in arguments.named.items():
        m.journal.write(instance.cell, name, value)
    known = {name for one in instance.of.ancestry() for name in one.definition.annotated}
    if instance.of.foreign() and not known.issuperset(arguments.named):
        m.journal.write(instance.cell, OPEN, True)  # a field may be given under another name
    declared = [name for name in instance.of.definition.annotated if name not in arguments.named]
    for name, value in zip(declared, arguments.positional, strict=False):
        m.journal.write(instance.cell, name, value)
