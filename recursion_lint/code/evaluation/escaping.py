"""What is handed to code that is not read: functions that it may call, clients that it may write with."""

from recursion_lint.code.calls import Unknown
from recursion_lint.code.evaluation.elements import elements
from recursion_lint.code.evaluation.frames import Arguments
from recursion_lint.code.evaluation.heap import (
    CHOSEN,
    Bound,
    Class,
    Client,
    Command,
    Delayed,
    Either,
    Function,
    Instance,
    Opaque,
    Partial,
    Promised,
    Record,
    Resource,
    Sequence,
    Thing,
    V,
)
from recursion_lint.code.evaluation.machine import Machine
from recursion_lint.code.syntax.tree import At

_DEEPEST_ESCAPE = 4


_MOST_HANDED = 60


_MOST_ARGUMENTS = 12


def escaped(m: Machine, values: tuple[V, ...], at: At, reason: str) -> V:
    """The result of something that is not read: unknown, and it may call the functions that it was given."""
    made = Opaque(reason, escape_values(m, values, at))
    made.callbacks.extend(value for value in values if isinstance(value, Function))
    made.handed.extend(value for value in values if isinstance(value, Opaque))
    return made


def escape_values(m: Machine, values: tuple[V, ...], at: At) -> frozenset[str]:
    """Functions that were handed over may be called, with anything; clients that were may write.

    Gives what the values were made of.
    """
    sources = m.sources_of(values)
    for value in values:
        if isinstance(value, Thing):
            _escape(m, value, sources, at, 0)
    return sources


def _escape(m: Machine, value: V, sources: frozenset[str], at: At, depth: int) -> None:
    if isinstance(value, Function):
        _call_later(m, value, sources, at)
    elif isinstance(value, (Client, Resource)):
        m.gap(f"a client of {value.service} is handed to code that is not read", at)
    elif isinstance(value, Command):
        m.send(value, at)
    elif isinstance(value, Delayed):
        m.due(value)
    elif isinstance(value, Partial) and m.running:
        m.unsure += 1
        m.due(m.call(value, Arguments(), at))
        m.unsure -= 1
    elif depth < _DEEPEST_ESCAPE:
        for inner in _handed_with(m, value):
            _escape(m, inner, sources, at, depth + 1)
        if isinstance(value, Instance):
            _escape_methods(m, value, sources, at)
        if isinstance(value, Class) and id(value) not in m.handed:
            m.handed.add(id(value))
            _escape_class(m, value, sources, at)


def _handed_with(m: Machine, value: V) -> list[V]:
    """What is handed over with a value: its receiver, its fields, its elements."""
    if isinstance(value, (Bound, Promised)):
        return [value.receiver if isinstance(value, Bound) else value.value]
    if isinstance(value, (Record, Instance)):
        return [inner for name, inner in value.cell.items() if inner is not True and name is not CHOSEN]
    if isinstance(value, Sequence):
        return list(elements(m, value).values[:_MOST_HANDED])
    if isinstance(value, Opaque):
        return [*value.registered(), *value.handed] if m.running else []
    return list(value.options) if isinstance(value, Either) else []


def _escape_class(m: Machine, of: Class, sources: frozenset[str], at: At) -> None:
    """A class was handed over: objects of it may be made, and their methods called."""
    if not any(isinstance(member, Function) for one in of.ancestry() for member in one.cell.values()):
        return
    unknown = tuple(Unknown("argument", sources) for _ in range(_MOST_ARGUMENTS))
    m.unsure += 1
    made = m.construct(of, Arguments(unknown), at)
    m.unsure -= 1
    if isinstance(made, Instance):
        _escape_methods(m, made, sources, at)


def _escape_methods(m: Machine, instance: Instance, sources: frozenset[str], at: At) -> None:
    for one in instance.of.ancestry():
        for name, method in list(one.cell.items()):
            if isinstance(method, Function) and not name.startswith("__") and name != "constructor":
                _call_later(m, method.with_receiver(instance), sources, at)


def _call_later(m: Machine, function: Function, sources: frozenset[str], at: At) -> None:
    """Calls a function that code which is not read may call. What is defined while modules load waits for its turn."""
    if not m.running:
        m.postponed.append(function)
        return
    if any(frame.node is function.node for frame in m.frames):
        return
    m.unsure += 1
    unknown = tuple(Unknown("argument", sources) for _ in function.node.parameters)
    try:
        result = m.due(m.call(function, Arguments(unknown), at))
        m.hand_on(result)
        m.seen.hand((result,))
    finally:
        m.unsure -= 1
