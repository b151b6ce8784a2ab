"""Builtin functions of Python, and the functions of its library that work like them."""

from recursion_lint.code.calls import MOST_ALTERNATIVES, CallResult, EventPath, ListValue, Literal, Unknown
from recursion_lint.code.evaluation.access import attribute
from recursion_lint.code.evaluation.containers import call_mapped
from recursion_lint.code.evaluation.delayed import delay, due_arguments
from recursion_lint.code.evaluation.elements import (
    chosen_by,
    elements,
    followed,
    note_choice,
    or_else,
    put,
    put_pairs,
)
from recursion_lint.code.evaluation.escaping import escaped
from recursion_lint.code.evaluation.frames import Arguments
from recursion_lint.code.evaluation.heap import (
    CALLED,
    NO_ITEMS,
    OPEN,
    Class,
    Client,
    Delayed,
    Either,
    Function,
    Instance,
    Library,
    Module,
    Partial,
    Resource,
    Sequence,
    Thing,
    V,
    join,
)
from recursion_lint.code.evaluation.invoking import call
from recursion_lint.code.evaluation.library_functions import write_to_address
from recursion_lint.code.evaluation.machine import Machine, Model
from recursion_lint.code.evaluation.methods import call_method
from recursion_lint.code.evaluation.spreading import spread
from recursion_lint.code.syntax.tree import NOWHERE, At
from recursion_lint.code.syntax.tree_statements import ClassDefinition
from recursion_lint.code.values import NOTHING

_DEEPEST_FIELDS = 4
_DYNAMIC = frozenset({"builtins.exec", "builtins.eval", "builtins.compile", "builtins.__import__"})


def _partial(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    del m, name, at
    function = arguments.positional[0] if arguments.positional else NOTHING
    if isinstance(function, Function) and not arguments.named:
        bound = (*function.bound, *arguments.positional[1:])
        return function.with_bound(function.receiver, bound)
    return Partial(function, arguments.positional[1:], arguments.named, arguments.rest)


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
    chosen = _method_by_name(m, value, wanted) if isinstance(value, (Instance, Class)) else None
    if chosen is not None:
        return (
            or_else(m, chosen, wanted, arguments.positional[2]) if len(arguments.positional) > 2 else chosen
        )
    if isinstance(value, (Client, Resource, Module, Instance, Class, Library)):
        m.gap("getattr with a computed name", at)
    return Unknown("attribute", m.sources_of(arguments.every()))


def _method_by_name(m: Machine, value: Instance | Class, wanted: V) -> Either | None:
    """The methods that a name chooses among; ``None`` where the object may have others, or attributes to be called."""
    of = value.of if isinstance(value, Instance) else value
    if [base for base in of.foreign() if base != Library("builtins.object")] or "__getattr__" in of.cell:
        return None
    names = dict.fromkeys(name for one in of.ancestry() for name in one.cell if isinstance(name, str))
    plain = [name for name in names if not name.startswith("__")]
    own = value.cell.values() if isinstance(value, Instance) else ()
    if any(isinstance(one, Thing) and not isinstance(one, Sequence) for one in own):
        return None
    found = [(name, attribute(m, value, name, NOWHERE)) for name in plain[: MOST_ALTERNATIVES + 1]]
    functions = [(name, one) for name, one in found if isinstance(one, Thing)]
    return chosen_by(m, wanted, functions)


def _as_fields(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    """``dataclasses.asdict``: the fields of an object of data by name, as its class declares them."""
    del name
    value = arguments.get(0, "obj") or NOTHING
    found = _fields_of(m, value, at, 0)
    return found if found is not None else Unknown("fields of an object", m.sources(value))


def _fields_of(m: Machine, value: V, at: At, depth: int) -> V | None:
    if not isinstance(value, Instance) or value.of.foreign() or depth > _DEEPEST_FIELDS:
        return None
    made = m.record()
    for one in reversed(value.of.ancestry()):
        for field in one.definition.annotated:
            part = attribute(m, value, field, at)
            inside = _fields_of(m, part, at, depth + 1)
            put(m, made, field, part if inside is None else inside)
    return made


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
            put_pairs(m, made, elements(m, value))
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


def _later(model: Model) -> Model:
    """What an iterator does is done when it is asked for its elements."""

    def run(m: Machine, name: str, arguments: Arguments, at: At) -> V:
        first = arguments.positional[0] if arguments.positional else NOTHING
        waiting = isinstance(first, CALLED) or any(
            isinstance(value, Delayed) for value in arguments.positional
        )
        if not waiting:
            return model(m, name, arguments, at)
        return delay(m, lambda: model(m, name, due_arguments(m, arguments), at))

    return run


def _chain(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    """The elements of several lists, or of the lists in one."""
    del at
    if not name.endswith("from_iterable"):
        return m.sequence(*followed(elements(m, one) for one in arguments.positional))
    lists = elements(m, arguments.positional[0] if arguments.positional else NOTHING)
    found = followed(elements(m, one) for one in lists.values)
    return m.sequence(found.values, found.exact and lists.exact, found.chosen or lists.chosen)


def _gathered(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    """The results of several coroutines, in a list."""
    del name, at
    return m.sequence(arguments.positional)


def _to_thread(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    """``asyncio.to_thread(function, …)``."""
    del name
    function = arguments.positional[0] if arguments.positional else NOTHING
    return call(m, function, Arguments(arguments.positional[1:], arguments.named, arguments.rest), at)


def _map(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    if len(arguments.positional) < 2:
        return m.sequence((), False)
    if name.endswith("map"):
        return call_mapped(m, arguments.positional[0], arguments.positional[1:], at)
    items = elements(m, arguments.positional[1])
    if arguments.positional[0] == NOTHING:
        return m.sequence(items.values, False, items.chosen)
    listed = m.sequence(items.values, items.exact, items.chosen)
    return call_method(m, listed, "filter", Arguments(arguments.positional[:1]), at)


def _sorted(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    """The same elements; what they are sorted by is worked out for each of them."""
    del name
    value = arguments.positional[0] if arguments.positional else NOTHING
    key = arguments.named.get("key")
    items = elements(m, value) if isinstance(key, CALLED) else None
    if key is not None and items is not None and items.values:
        call(m, key, Arguments((join(items.values),)), at)
    return value


def _submit(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    """A function is run by another thread."""
    function = arguments.named.get("target") or (arguments.positional[0] if arguments.positional else NOTHING)
    given = arguments.named.get("args")
    positional = elements(m, given).values if given is not None else ()
    del name
    if isinstance(function, CALLED):
        call(m, function, Arguments(positional, {}, arguments.named.get("kwargs")), at)
    return Unknown("thread")


def _timer(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    """``threading.Timer(interval, function, args, kwargs)``."""
    found = zip(("interval", "target", "args", "kwargs"), arguments.positional, strict=False)
    named = {**dict(found), **arguments.named}
    return _submit(m, name, Arguments((), {"target": named.get("function", NOTHING), **named}), at)


def _namedtuple(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    """``collections.namedtuple(name, fields)``: a class whose objects get these fields."""
    given = arguments.get(1, "field_names")
    words = elements(m, given).values if isinstance(given, Sequence) else ()
    if isinstance(given, Literal):
        words = tuple(Literal(word) for word in str(given.value).replace(",", " ").split())
    names = tuple(str(word.value) for word in words if isinstance(word, Literal))
    definition = ClassDefinition("namedtuple", (), (), (), (), (), names, at)
    made = Class(definition, (), m.journal.cell(), m.module.scope)
    defaults = arguments.named.get("defaults")
    known = elements(m, defaults) if defaults is not None else NO_ITEMS
    for name, value in zip(reversed(names), reversed(known.values), strict=False):
        made.cell[name] = value if known.exact else Unknown("default")
    return made


def _methodcaller(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    """``operator.methodcaller(name, …)``: a function that calls this method of what it is given."""
    del m, at
    return Partial(Library(f"{name}()"), arguments.positional, arguments.named)


def _called_method(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    *given, receiver = arguments.positional
    wanted = given[0] if given else Unknown("name")
    if not isinstance(wanted, Literal):
        return escaped(m, arguments.every(), at, "method")
    if name.startswith("operator.attrgetter"):
        return attribute(m, receiver, str(wanted.value), at)
    return call_method(m, receiver, str(wanted.value), Arguments(tuple(given[1:]), arguments.named), at)


def _reduce(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    """``functools.reduce(function, elements, start)``."""
    del name
    if len(arguments.positional) < 2:
        return NOTHING
    items = elements(m, arguments.positional[1])
    listed = m.sequence(items.values, items.exact, items.chosen)
    return call_method(
        m, listed, "reduce", Arguments((arguments.positional[0], *arguments.positional[2:])), at
    )


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
    own = arguments.positional[0] if arguments.positional else NOTHING
    if name == "builtins.vars" and isinstance(own, Instance):
        return attribute(m, own, "__dict__", at)
    m.gap(f"{name.rpartition('.')[2]}() is used", at)
    return m.record(open=True)


_ITERATORS: dict[str, Model] = {
    **dict.fromkeys(("builtins.map", "builtins.filter"), _map),
    **dict.fromkeys(("itertools.chain", "itertools.chain.from_iterable"), _chain),
    "builtins.enumerate": _enumerate,
    "builtins.zip": _zip,
}
DELAYING = frozenset(
    {*_ITERATORS, "builtins.iter", "builtins.print", "builtins.type", "builtins.isinstance", "builtins.bool",
     "builtins.id", "itertools.islice", "functools.partial"}
)  # fmt: skip
"""Functions that ask no generator that they are given for its elements, or not yet."""
BUILTINS: dict[str, Model] = {
    **dict.fromkeys(_DYNAMIC, _dynamic_import),
    **dict.fromkeys(("runpy.run_path", "runpy.run_module"), _dynamic_import),
    **dict.fromkeys(("importlib.import_module", "importlib.util.spec_from_file_location"), _dynamic_import),
    **dict.fromkeys(("builtins.globals", "builtins.locals", "builtins.vars"), _scope),
    **{name: _later(model) for name, model in _ITERATORS.items()},
    **dict.fromkeys(("builtins.list",), _list),
    "asyncio.gather": _gathered,
    "asyncio.to_thread": _to_thread,
    "functools.partial": _partial,
    "functools.partialmethod": _partial,
    "functools.reduce": _reduce,
    **dict.fromkeys(("operator.methodcaller", "operator.attrgetter"), _methodcaller),
    **dict.fromkeys(("operator.methodcaller()", "operator.attrgetter()"), _called_method),
    "threading.Timer": _timer,
    "collections.namedtuple": _namedtuple,
    "threading.Thread": _submit,
    "multiprocessing.Process": _submit,
    "builtins.sorted": _sorted,
    "builtins.getattr": _getattr,
    "dataclasses.asdict": _as_fields,
    "builtins.setattr": _setattr,
    "builtins.dict": _dict,
    "builtins.next": _next,
    "builtins.open": _open,
    "builtins.range": _range,
    **dict.fromkeys(("builtins.print", "builtins.object.__new__"), _print),
    "collections.OrderedDict": _dict,
}
