"""Global functions and classes of JavaScript."""

from collections.abc import Callable

from recursion_lint.code.calls import Alternatives, CallResult, EventPath, Literal, Pure, Unknown
from recursion_lint.code.evaluation.access import members_of
from recursion_lint.code.evaluation.changing import taken_over
from recursion_lint.code.evaluation.elements import (
    elements,
    keys_of,
    open_record,
    pairs_of,
    put_computed,
    put_pairs,
    values_of,
)
from recursion_lint.code.evaluation.escaping import escaped
from recursion_lint.code.evaluation.frames import Arguments
from recursion_lint.code.evaluation.heap import (
    MARKS,
    Class,
    Function,
    Getter,
    Instance,
    Opaque,
    Promised,
    Record,
    Sequence,
    V,
    join,
    options_of,
)
from recursion_lint.code.evaluation.imports import require
from recursion_lint.code.evaluation.invoking import call
from recursion_lint.code.evaluation.library_functions import parse_json
from recursion_lint.code.evaluation.machine import Machine, Model
from recursion_lint.code.evaluation.methods import call_method
from recursion_lint.code.evaluation.promises import gathered, resolved
from recursion_lint.code.evaluation.spreading import spread
from recursion_lint.code.syntax.tree import At
from recursion_lint.code.values import ABSENT, NOTHING


def _require(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    del name
    wanted = arguments.positional[0] if arguments.positional else NOTHING
    found = options_of(wanted)
    if all(isinstance(option, Literal) and isinstance(option.value, str) for option in found):
        return join(require(m, str(option.value), at) for option in found if isinstance(option, Literal))
    m.gap("require with a computed name", at)
    return Unknown("module")


def _eval(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    del arguments
    m.gap(f"{name} is used", at)
    return Unknown("evaluated")


def _stringify(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    del name, at
    return Pure("json", (m.freeze(arguments.positional[0]),)) if arguments.positional else NOTHING


def _inherits(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    """``util.inherits``: the objects of one function have the methods of those of another."""
    heir, parent = (*arguments.positional, NOTHING, NOTHING)[:2]
    if not isinstance(heir, Function) or not isinstance(parent, Function):
        return escaped(m, arguments.every(), at, name)
    spread(m, members_of(m, heir).cell["prototype"], members_of(m, parent).cell["prototype"])
    return NOTHING


def _mixed_in(m: Machine, made: Class, value: V) -> None:
    """Methods that are put on the prototype of a class."""
    for name, part in list(value.cell.items()) if isinstance(value, Record) else ():
        if isinstance(part, Function) and not part.node.arrow:
            part = Function(part.node, part.scope, owner=made, bound=part.bound)
        if name not in MARKS:
            m.journal.write(made.cell, name, part)


def _assign(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    given = arguments.positional
    first = given[0] if given else NOTHING
    if isinstance(first, Class) and all(isinstance(value, Record) for value in given[1:]):
        for value in given[1:]:
            _mixed_in(m, first, value)
        return first
    del name, at
    if isinstance(first, (Record, Instance)):
        for value in given[1:]:
            spread(m, first, value)
        return first
    made = m.record()
    if first != NOTHING:
        spread(m, made, first)
    for value in given[1:]:
        taken_over(m, first, value)
        spread(m, made, value)
    return made


def _fields(read: Callable[..., object], method: str) -> Model:
    def run(m: Machine, name: str, arguments: Arguments, at: At) -> V:
        del name, at
        value = arguments.positional[0] if arguments.positional else NOTHING
        if isinstance(value, Record):
            found = {"keys": keys_of, "values": values_of}.get(method, keys_of)(m, value)
            if method == "entries":
                found = pairs_of(m, value)
            return m.sequence(*found)
        if method == "entries":
            return m.sequence(*pairs_of(m, value))
        if method == "values" and isinstance(value, (Sequence, EventPath, CallResult)):
            return m.sequence(*elements(m, value))
        return m.sequence((Unknown("name", m.sources(value)),), False)

    del read
    return run


def _array_from(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    del name
    value = arguments.positional[0] if arguments.positional else NOTHING
    if len(arguments.positional) > 1:
        items = elements(m, value)
        listed = m.sequence(items.values or (Unknown("element"),), False)
        return call_method(m, listed, "map", Arguments(arguments.positional[1:2]), at)
    return value


def _timer(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    del name
    if arguments.positional:
        call(m, arguments.positional[0], Arguments(arguments.positional[2:]), at)
    return Unknown("timer")


def _promise(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    """``new Promise(executor)``: what the executor resolves with is not followed."""
    del name
    if arguments.positional:
        call(m, arguments.positional[0], Arguments((Opaque("resolve"), Opaque("reject"))), at)
    return Unknown("result of a promise")


def _console(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    del m, name, arguments, at
    return NOTHING


def _all_settled(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    """Each result in an object that says how it came out."""
    del name, at
    items = elements(m, m.due(arguments.positional[0]) if arguments.positional else NOTHING)
    status = Alternatives((Literal("fulfilled"), Literal("rejected")))
    error = Unknown("exception", frozenset({"error"}))
    settled = [m.record({"status": status, "value": m.due(value), "reason": error}) for value in items.values]
    return Promised(m.sequence(settled, items.exact))


def _define_property(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    """``Object.defineProperty(target, name, descriptor)``: how compilers and bundlers write exports."""
    del name
    if len(arguments.positional) < 3:
        return NOTHING
    target, key, descriptor = arguments.positional[:3]
    value = m.field(descriptor, "value", at)
    if isinstance(descriptor, Record) and "get" in descriptor.cell:
        value = Getter(descriptor.cell["get"])
    names = options_of(key)
    if isinstance(target, Record) and all(isinstance(one, Literal) for one in names):
        for one in names:
            known = str(one.value) if isinstance(one, Literal) else ""
            m.journal.write(target.cell, known, value if len(names) == 1 else join((ABSENT, value)))
    else:
        put_computed(m, target, key, value)
    return target


def _first(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    del m, name, at
    return arguments.positional[0] if arguments.positional else NOTHING


def _from_pairs(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    """An object of pairs of name and value."""
    del name, at
    made = open_record(m, made_empty=not arguments.positional)
    given = arguments.positional[0] if arguments.positional else NOTHING
    if given != NOTHING:
        put_pairs(m, made, pairs_of(m, given) if isinstance(given, Record) else elements(m, given))
    return made


def _boolean(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    del name, at
    return Pure("bool", tuple(m.freeze(value) for value in arguments.positional[:1]))


def _thread(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    """A thread or a process that runs a file of its own."""
    m.gap(f"{name} runs another file", at)
    return escaped(m, arguments.every(), at, f"new {name}")


_THREADS = ("worker_threads.Worker", "Worker", "piscina", "piscina.Piscina", "tinypool", "tinypool.Tinypool",
            "jest-worker.Worker", "threads.Worker", "web-worker")  # fmt: skip
GLOBALS: dict[str, Model] = {
    **dict.fromkeys(("eval", "Function", "vm.runInContext", "vm.runInThisContext", "vm.runInNewContext"), _eval),
    **dict.fromkeys(("setTimeout", "setImmediate", "process.nextTick", "queueMicrotask", "setInterval"), _timer),
    **dict.fromkeys(
        ("console.log", "console.error", "console.info", "console.warn", "console.debug", "console.time",
         "console.timeEnd", "console.table", "console.trace"),
        _console,
    ),
    **dict.fromkeys(("cluster.fork", "workerpool.pool"), _thread),
    "require": _require,
    "Object.defineProperty": _define_property,
    "Object.getOwnPropertyNames": _fields(keys_of, "keys"),
    "Promise.allSettled": _all_settled,
    **dict.fromkeys(("Promise.all", "Promise.race", "Promise.any"), gathered),
    "Promise.resolve": resolved,
    "JSON.parse": parse_json,
    "JSON.stringify": _stringify,
    "Object.assign": _assign,
    "util.inherits": _inherits,
    "Object.keys": _fields(keys_of, "keys"),
    "Object.values": _fields(values_of, "values"),
    "Object.entries": _fields(pairs_of, "entries"),
    "Object.fromEntries": _from_pairs,
    "Array.from": _array_from,
    "Boolean": _boolean,
    "Array.isArray": lambda m, _name, arguments, _at: Pure(
        "isinstance", tuple(m.freeze(value) for value in arguments.positional)
    ),
}  # fmt: skip


def _proxy(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    """``new Proxy(target, traps)``: whoever touches it calls a trap, which may give anything."""
    m.gap("a Proxy is used", at)
    return escaped(m, arguments.every(), at, f"result of {name}")


GLOBAL_CLASSES: dict[str, Model] = {
    **dict.fromkeys(_THREADS, _thread),
    "Proxy": _proxy,
    "Promise": _promise,
    "Function": _eval,
    "Date": lambda _m, _name, _arguments, _at: Unknown("date"),
    "Error": lambda _m, _name, _arguments, _at: Unknown("error", frozenset({"error"})),
    "Map": _from_pairs,
    "Set": lambda m, _name, arguments, _at: (
        m.sequence(elements(m, arguments.positional[0]).values, False)
        if arguments.positional
        else m.sequence(())
    ),
    "Array": lambda m, _name, arguments, _at: m.sequence(arguments.positional, False),
    "String": _first,
    "RegExp": lambda m, _name, arguments, _at: Pure(
        "regex", tuple(m.freeze(value) for value in arguments.positional)
    ),
    "URL": lambda m, _name, arguments, _at: Pure(
        "url", tuple(m.freeze(value) for value in arguments.positional)
    ),
}
