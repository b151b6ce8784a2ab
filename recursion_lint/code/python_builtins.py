"""Builtin functions of Python, and the functions of its library that work like them."""

from recursion_lint.code.access import attribute
from recursion_lint.code.calls import CallResult, EventPath, ListValue, Literal, Unknown
from recursion_lint.code.elements import elements, note_choice
from recursion_lint.code.escaping import escaped
from recursion_lint.code.frames import Arguments
from recursion_lint.code.heap import (
    OPEN,
    Bound,
    Class,
    Client,
    Function,
    Instance,
    Library,
    Module,
    Resource,
    Sequence,
    V,
    join,
)
from recursion_lint.code.invoking import call, spread
from recursion_lint.code.library_functions import write_to_address
from recursion_lint.code.machine import Machine, Model
from recursion_lint.code.tree import At
from recursion_lint.code.values import NOTHING

_DYNAMIC = frozenset({"builtins.exec", "builtins.eval", "builtins.compile", "builtins.__import__"})


def _partial(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    del name
    function = arguments.positional[0] if arguments.positional else NOTHING
    if isinstance(function, Function) and not arguments.named:
        bound = (*function.bound, *arguments.positional[1:])
        return function.with_bound(function.receiver, bound)
    return escaped(m, arguments.every(), at, "partial function")


def _dynamic_import(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    del arguments
    m.gap(f"{name.rpartition('.')[2]} is used", at)
    return Unknown("module")


def _getattr(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    del name
    if len(arguments.positional) < 2:
        return NOTHING
    value, wanted = arguments.positional[:2]
    if isinstance(wanted, Literal):
        return attribute(m, value, str(wanted.value), at)
    if isinstance(value, (Client, Resource, Module, Instance, Class, Library)):
        m.gap("getattr with a computed name", at)
    return Unknown("attribute", m.sources_of(arguments.every()))


def _setattr(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    del name
    if len(arguments.positional) == 3:
        value, wanted, new = arguments.positional
        if isinstance(wanted, Literal) and isinstance(value, Instance):
            m.journal.write(value.cell, str(wanted.value), new)
            return NOTHING
    m.gap("setattr with a computed name", at)
    return NOTHING


def _dict(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    del name, at
    made = m.record()
    for value in arguments.positional[:1]:
        if isinstance(value, (Sequence, ListValue)):
            note_choice(m, made, NOTHING)
            m.journal.write(made.cell, OPEN, True)
        else:
            spread(m, made, value)
    for key, value in arguments.named.items():
        m.journal.write(made.cell, key, value)
    if arguments.rest is not None:
        spread(m, made, arguments.rest)
    return made


def _list(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    del name, at
    if not arguments.positional:
        return m.sequence(())
    value = arguments.positional[0]
    if isinstance(value, (EventPath, CallResult)):
        return value
    items = elements(m, value)
    return m.sequence(items.values, items.exact, items.chosen)


def _next(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    del name, at
    found = elements(m, arguments.positional[0]).values if arguments.positional else ()
    return join((*found, *arguments.positional[1:2])) if found else Unknown("next")


def _enumerate(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    del name, at
    items = elements(m, arguments.positional[0] if arguments.positional else NOTHING)
    pairs = [m.sequence((Unknown("position"), value)) for value in items.values]
    return m.sequence(pairs, items.exact, items.chosen)


def _zip(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    del name, at
    columns = [elements(m, value).values for value in arguments.positional]
    if not columns or not all(columns):
        return m.sequence((Unknown("elements"),), False)
    return m.sequence((m.sequence([join(column) for column in columns]),), False)


def _map(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    from recursion_lint.code.methods import call_method

    if len(arguments.positional) < 2:
        return m.sequence((), False)
    wanted = "map" if name.endswith("map") else "filter"
    items = elements(m, arguments.positional[1])
    listed = m.sequence(items.values, items.exact, items.chosen)
    return call_method(m, listed, wanted, Arguments(arguments.positional[:1]), at)


def _submit(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    """A function is run by another thread."""
    function = arguments.named.get("target") or (arguments.positional[0] if arguments.positional else NOTHING)
    given = arguments.named.get("args")
    positional = elements(m, given).values if given is not None else arguments.positional[1:]
    del name
    if isinstance(function, (Function, Bound)):
        call(m, function, Arguments(positional), at)
    return Unknown("thread")


def _open(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    del name
    if arguments.positional and write_to_address(m, m.freeze(arguments.positional[0]), at, "open"):
        return Unknown("written")
    return Unknown("file")


def _range(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    del name, at
    return m.sequence((Unknown("number", m.sources_of(arguments.every())),), False)


def _print(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    del m, name, arguments, at
    return NOTHING


def _scope(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    del arguments
    m.gap(f"{name.rpartition('.')[2]}() is used", at)
    return m.record(open=True)


BUILTINS: dict[str, Model] = {
    **dict.fromkeys(_DYNAMIC, _dynamic_import),
    **dict.fromkeys(("importlib.import_module", "importlib.util.spec_from_file_location"), _dynamic_import),
    **dict.fromkeys(("builtins.globals", "builtins.locals", "builtins.vars"), _scope),
    **dict.fromkeys(("builtins.map", "builtins.filter"), _map),
    **dict.fromkeys(("builtins.list",), _list),
    "functools.partial": _partial,
    "threading.Thread": _submit,
    "multiprocessing.Process": _submit,
    "builtins.getattr": _getattr,
    "builtins.setattr": _setattr,
    "builtins.dict": _dict,
    "builtins.next": _next,
    "builtins.enumerate": _enumerate,
    "builtins.zip": _zip,
    "builtins.open": _open,
    "builtins.range": _range,
    "builtins.print": _print,
    "collections.OrderedDict": _dict,
}
