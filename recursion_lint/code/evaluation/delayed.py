"""What a call gives whose body waits: a generator until something iterates over it, a coroutine until it is awaited."""

from collections.abc import Callable

from recursion_lint.code.calls import Literal, Unknown
from recursion_lint.code.evaluation.elements import elements
from recursion_lint.code.evaluation.frames import Arguments
from recursion_lint.code.evaluation.heap import (
    Cell,
    Delayed,
    Either,
    Function,
    Instance,
    Promised,
    Record,
    Sequence,
    V,
    join,
    options_of,
)
from recursion_lint.code.evaluation.machine import Machine
from recursion_lint.code.syntax.tree import NOWHERE, At, Attribute, Call, FunctionNode, Name

# Decorators that leave a generator a generator; others may run it to its end.
_ONLY_WRAPPING = frozenset(
    {
        "contextmanager",
        "asynccontextmanager",
        "staticmethod",
        "classmethod",
        "property",
        "wraps",
        "abstractmethod",
    }
)
_ONE = frozenset({"next", "__next__", "__anext__", "send", "asend", "__enter__", "__aenter__"})
_DEEPEST = 3
_MOST_WITHIN = 60


def waits(node: FunctionNode, python: bool) -> bool:
    """Does a call of the function run nothing of it yet?"""
    if not node.generator and not (python and node.asynchronous):
        return False
    return all(_word(decorator) in _ONLY_WRAPPING for decorator in node.decorators)


def _word(decorator: object) -> str:
    inner = decorator.function if isinstance(decorator, Call) else decorator
    return inner.name if isinstance(inner, (Name, Attribute)) else ""


def delay(m: Machine, run: Callable[[], V]) -> Delayed:
    """What ``run`` gives, once it is asked for: under the conditions of now, and those of then."""
    made = Delayed(run, tuple(m.guards), m.module)
    m.delayed.append(made)
    return made


def due(m: Machine, value: V) -> V:
    """What a value comes to when it is iterated over, or waited for."""
    if isinstance(value, Either):
        options = [due(m, option) for option in value.options]
        return value if all(map(_same, options, value.options)) else join(options)
    if isinstance(value, Promised):
        return due(m, value.value)
    if not isinstance(value, Delayed):
        return value
    m.tick()
    if value.running:
        return Unknown("recursion")
    value.started = value.running = True
    base, known = len(m.guards), 0
    while known < min(base, len(value.guards)) and value.guards[known] is m.guards[known]:
        known += 1
    more = [guard for guard in value.guards[known:] if guard not in m.guards]
    m.guards += more
    outside, m.module = m.module, value.module
    result = due(m, value.run())
    m.module = outside
    del m.guards[base : base + len(more)]
    value.running = False
    return result


def _same(one: V, other: V) -> bool:
    return one is other


def due_arguments(m: Machine, arguments: Arguments) -> Arguments:
    """Arguments for code that asks for all that it is given, also within lists and objects."""
    if not m.delayed or not any(_waiting(value, 0) for value in arguments.every()):
        return arguments
    positional = tuple(_due_within(m, value, 0) for value in arguments.positional)
    named = {name: _due_within(m, value, 0) for name, value in arguments.named.items()}
    return Arguments(positional, named, arguments.rest)


def _waiting(value: V, depth: int) -> bool:
    if isinstance(value, Delayed):
        return True
    if depth >= _DEEPEST:
        return False
    if isinstance(value, Either):
        return any(_waiting(option, depth + 1) for option in value.options)
    if isinstance(value, Sequence):
        return any(_waiting(item, depth + 1) for item in value.items.values[:_MOST_WITHIN])
    if isinstance(value, Record):
        return any(part is not True and _waiting(part, depth + 1) for part in value.cell.values())
    return False


def _due_within(m: Machine, value: V, depth: int) -> V:
    if not _waiting(value, depth):
        return value
    if isinstance(value, Sequence):
        items = value.items
        return m.sequence(
            [_due_within(m, item, depth + 1) for item in items.values], items.exact, items.chosen
        )
    if isinstance(value, Record):
        made = m.record()
        for name, part in value.cell.items():
            made.cell[name] = part if part is True else _due_within(m, part, depth + 1)
        return made
    return due(m, value)


def call_delayed(m: Machine, receiver: Delayed, name: str, arguments: Arguments, at: At) -> V:
    """A method of a generator or a coroutine."""
    if name == "close":
        return Literal(None)
    value = due(m, receiver)
    if name not in _ONE:
        return m.method(value, name, arguments, at)
    found = join(elements(m, value).values)
    return found if m.python else m.record({"value": found, "done": Unknown("done")})


_IMPLICIT = frozenset({"toString", "toJSON", "valueOf", "then", "[Symbol.toPrimitive]", "[Symbol.iterator]",
                       "[Symbol.asyncIterator]", "[Symbol.dispose]", "[Symbol.asyncDispose]"})  # fmt: skip
_SEEN = frozenset({"__init__", "__new__", "__post_init__", "__call__", "__enter__", "__exit__", "__repr__"})


def called_unseen(name: str) -> bool:
    """Is a method of this name called by what no call shows: an operator, a loop, an end?"""
    return name in _IMPLICIT or (name.startswith("__") and name.endswith("__") and name not in _SEEN)


def left_over(m: Machine) -> None:
    """What was never seen to be asked for or called, and not dropped on the spot either, may be all the same."""
    m.unsure += 1
    pending, m.pending, guards = m.pending, [], m.guards
    for value in list(m.delayed):
        if not value.started and not value.dropped:
            m.guards = []
            due(m, value)
    unknown = Unknown("argument", frozenset({"event"}))
    for number, function in list(m.handed_on.items()):
        if number not in m.called:
            m.guards = []
            due(m, m.call(function, Arguments((unknown,) * len(function.node.parameters)), function.node.at))
    call_lost(m)
    m.pending, m.guards = pending, guards
    m.unsure -= 1


def call_lost(m: Machine) -> None:
    """Objects that were put where nothing finds them again: methods called on what is not known may be theirs."""
    unknown = Unknown("argument", frozenset({"event"}))
    for value in list(m.seen.lost):
        own = value.of.ancestry() if isinstance(value, Instance) else ()
        names = dict.fromkeys(name for cell in (*(one.cell for one in own), *_fields(value)) for name in cell)
        for name in [
            name for name in names if name in m.seen.called and (id(value), name) not in m.seen.again
        ]:
            found = m.attribute(value, name, NOWHERE)
            if isinstance(found, Function):
                m.seen.again.add((id(value), name))
                m.guards = []
                given = found if found.receiver is not None or m.python else found.with_receiver(value)
                due(m, m.call(given, Arguments((unknown,) * len(found.node.parameters)), found.node.at))


def _fields(value: V) -> tuple[Cell, ...]:
    return (value.cell,) if isinstance(value, (Instance, Record)) else ()


def dropped(value: V) -> None:
    """A statement does nothing with what it gives."""
    for option in options_of(value):
        if isinstance(option, Delayed):
            option.dropped = True
