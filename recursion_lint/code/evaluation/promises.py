"""Promises of JavaScript: only who waits for one gets its value, for everybody else it is something that is true."""

from recursion_lint.code.calls import Literal
from recursion_lint.code.evaluation.containers import promised
from recursion_lint.code.evaluation.frames import Arguments
from recursion_lint.code.evaluation.heap import Promised, Sequence, V, join
from recursion_lint.code.evaluation.machine import Machine
from recursion_lint.code.syntax.tree import At

_GOING_ON = frozenset({"then", "catch", "finally"})


def call_promise(m: Machine, receiver: Promised, name: str, arguments: Arguments, at: At) -> V:
    """A method of a promise; those of requests of the first AWS SDK, which are no promises yet, are of their value."""
    if name == "promise":
        return receiver
    value = m.due(receiver)
    if name in _GOING_ON:
        return Promised(promised(m, value, name, arguments, at))
    return m.method(value, name, arguments, at)


def gathered(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    """``Promise.all`` and its like: what all promises of a list come to, or one of them."""
    del at
    given = m.due(arguments.positional[0]) if arguments.positional else m.sequence(())
    if not isinstance(given, Sequence):
        return Promised(given)
    items = given.items
    values = [m.due(value) for value in items.values]
    if name.endswith((".race", ".any")):
        return Promised(join(values))
    return Promised(m.sequence(values, items.exact, items.chosen))


def resolved(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    """``Promise.resolve(value)``."""
    del name, at
    return Promised(m.due(arguments.positional[0]) if arguments.positional else Literal(None))
