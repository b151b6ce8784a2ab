"""Methods of objects and lists."""

from collections.abc import Callable

from recursion_lint.code.calls import CallResult, EventPath, Guard, ListValue, Literal, Pure, Unknown
from recursion_lint.code.evaluation.changing import emptied, take_element
from recursion_lint.code.evaluation.elements import (
    elements,
    followed,
    keys_of,
    or_else,
    pairs_of,
    put,
    values_of,
)
from recursion_lint.code.evaluation.escaping import escaped
from recursion_lint.code.evaluation.frames import Arguments
from recursion_lint.code.evaluation.heap import (
    ITEMS,
    Either,
    Function,
    Items,
    Record,
    Sequence,
    Thing,
    V,
    either,
    join,
    options_of,
)
from recursion_lint.code.evaluation.invoking import call
from recursion_lint.code.evaluation.machine import Machine
from recursion_lint.code.evaluation.sdk_clients import EXCEPTION, call_by_name
from recursion_lint.code.evaluation.spreading import spread
from recursion_lint.code.evaluation.statements import guard_against
from recursion_lint.code.evaluation.texts import SAME, TESTS_BY_NAME, joined
from recursion_lint.code.syntax.tree import At
from recursion_lint.code.values import NOTHING, truth

_PARTS = frozenset({"slice", "reverse", "flat", "keys", "values", "copy", "splice", "clear", "remove"})
_CHANGING = frozenset({"discard", "delete", "fill", "copyWithin", "extendleft", "rotate", "__delitem__", "__setitem__",
                       "difference_update", "intersection_update", "symmetric_difference_update"})  # fmt: skip
EACH = frozenset(
    {
        "map",
        "forEach",
        "filter",
        "flatMap",
        "some",
        "every",
        "find",
        "findIndex",
        "reduce",
        "sort",
        "findLast",
    }
)


def call_record(m: Machine, receiver: Record, name: str, arguments: Arguments, at: At) -> V:
    own = receiver.cell.get(name)
    if own is not None and any(isinstance(option, Thing) for option in options_of(own)):
        given = [o.with_receiver(receiver) if isinstance(o, Function) and not o.node.arrow and not m.python else o
                 for o in options_of(own)]  # fmt: skip
        return call(m, join(given), arguments, at)
    run = _RECORD_METHODS.get(name)
    if run is not None:
        return run(m, receiver, arguments, at)
    if name in ("then", "promise", "catch", "finally"):
        return promised(m, receiver, name, arguments, at)
    if name in ("has", "hasOwnProperty", "__contains__"):
        return Pure("has", (m.freeze(receiver), m.freeze(arguments.get(0, "key") or NOTHING)))
    by_name = call_by_name(m, name, arguments, at)
    m.seen.asked.add(name)
    return by_name if by_name is not None else escaped(m, arguments.every(), at, name)


def _get(m: Machine, receiver: Record, arguments: Arguments, at: At) -> V:
    from recursion_lint.code.evaluation.elements import index

    found = index(m, receiver, arguments.get(0, "key") or Unknown("key"), at)
    default = arguments.get(1, "default")
    if isinstance(found, Either) and found.tests:
        return (
            or_else(m, found, arguments.get(0, "key") or NOTHING, default) if default is not None else found
        )
    if default is None or not any(option == NOTHING for option in options_of(found)):
        return found
    return join((*(option for option in options_of(found) if option != NOTHING), default))


def _set(m: Machine, receiver: Record, arguments: Arguments, at: At) -> V:
    from recursion_lint.code.evaluation.elements import put, put_computed

    key, value = arguments.get(0, "key") or Unknown("key"), arguments.get(1, "value") or NOTHING
    if isinstance(key, Literal):
        put(m, receiver, str(key.value), value)
    else:
        put_computed(m, receiver, key, value)
    del at
    return receiver


def _setdefault(m: Machine, receiver: Record, arguments: Arguments, at: At) -> V:
    found = _get(m, receiver, Arguments(arguments.positional[:1]), at)
    known = isinstance(arguments.get(0, "key"), Literal)
    if not known or any(option == NOTHING for option in options_of(found)):
        value = arguments.get(1, "default") or NOTHING
        found = join((*(option for option in options_of(found) if option != NOTHING), value))
        _set(m, receiver, Arguments((arguments.positional[0], found)), at)
    return found


def _update(m: Machine, receiver: Record, arguments: Arguments, at: At) -> V:
    for value in arguments.positional:
        spread(m, receiver, value)
    for name, value in arguments.named.items():
        put(m, receiver, name, value)
    if arguments.rest is not None:
        spread(m, receiver, arguments.rest)
    del at
    return NOTHING


def _pop(m: Machine, receiver: Record, arguments: Arguments, at: At) -> V:
    found = _get(m, receiver, arguments, at)
    take_element(m, receiver, arguments.get(0, "key") or Unknown("key"), at)
    return found


def _clear(m: Machine, receiver: Record, arguments: Arguments, at: At) -> V:
    del arguments, at
    emptied(m, receiver)
    return NOTHING


def _popitem(m: Machine, receiver: Record, arguments: Arguments, at: At) -> V:
    del arguments
    found = pairs_of(m, receiver).values
    take_element(m, receiver, Unknown("name"), at)
    return join(found) if found else NOTHING


def _copy(m: Machine, receiver: Record, arguments: Arguments, at: At) -> V:
    made = m.record()
    spread(m, made, receiver)
    del arguments, at
    return made


def _for_each_field(m: Machine, receiver: Record, arguments: Arguments, at: At) -> V:
    values = values_of(m, receiver).values
    if arguments.positional and values:
        call(m, arguments.positional[0], Arguments((join(values), join(keys_of(m, receiver).values))), at)
    return NOTHING


def _listed(read: Callable[[Machine, Record], Items]) -> Callable[[Machine, Record, Arguments, At], V]:
    def run(m: Machine, receiver: Record, arguments: Arguments, at: At) -> V:
        del arguments, at
        found = read(m, receiver)
        return m.sequence(found.values, found.exact, found.chosen)

    return run


_RECORD_METHODS: dict[str, Callable[[Machine, Record, Arguments, At], V]] = {
    "get": _get,
    "set": _set,
    "add": _set,
    "setdefault": _setdefault,
    "update": _update,
    "pop": _pop,
    "delete": _pop,
    "popitem": _popitem,
    "clear": _clear,
    "__setitem__": _set,
    "__delitem__": _pop,
    "copy": _copy,
    "forEach": _for_each_field,
    "items": _listed(pairs_of),
    "entries": _listed(pairs_of),
    "keys": _listed(keys_of),
    "values": _listed(values_of),
}


def call_sequence(m: Machine, receiver: Sequence, name: str, arguments: Arguments, at: At) -> V:
    items = receiver.items
    first = arguments.positional[0] if arguments.positional else NOTHING
    if name in ("append", "push", "add"):
        return _extended(m, receiver, arguments.positional, items.exact)
    if name in ("unshift", "insert", "appendleft"):
        return _extended(m, receiver, arguments.positional[-1:], False)
    if name in ("extend", "update"):
        more = elements(m, first)
        return _extended(m, receiver, more.values, items.exact and more.exact, more.chosen)
    if name == "concat":
        parts = [
            elements(m, value) if _list_like(value) else Items((value,), True)
            for value in arguments.positional
        ]
        values = (*items.values, *(value for part in parts for value in part.values))
        return m.sequence(values, items.exact and all(part.exact for part in parts))
    if name in EACH:
        return _sorted(m, receiver, call_each(m, receiver, items, name, arguments, at), name)
    if name in _PARTS:
        return _part(m, receiver, name, arguments)
    if name == "join":
        return joined(m, items, first)
    if name in ("pop", "shift", "popleft"):
        m.journal.write(receiver.cell, ITEMS, Items(items.values, False))
        return join(items.values) if items.values else NOTHING
    if name in ("then", "catch"):
        return promised(m, receiver, name, arguments, at)
    if name in TESTS_BY_NAME:
        return Pure(
            TESTS_BY_NAME[name], (m.freeze(receiver), *(m.freeze(value) for value in arguments.positional))
        )
    if name in SAME:
        return receiver
    return _other_of_sequence(m, receiver, name, arguments, at)


def _other_of_sequence(m: Machine, receiver: Sequence, name: str, arguments: Arguments, at: At) -> V:
    """A method that is not modelled; some change the list."""
    if name in _CHANGING:
        more = (value for part in arguments.positional for value in elements(m, part).values)
        m.journal.write(receiver.cell, ITEMS, Items((*receiver.items.values, *more), False))
    m.escape_values(arguments.every(), at)
    return Unknown(name, m.sources(receiver))


def _sorted(m: Machine, receiver: Sequence, result: V, name: str) -> V:
    """Sorting changes the list itself: which element stands where is not known any more."""
    items = receiver.items
    if name == "sort" and len(items.values) > 1:
        m.journal.write(receiver.cell, ITEMS, Items(items.values, False, items.chosen))
    return result


def _part(m: Machine, receiver: Sequence, name: str, arguments: Arguments) -> V:
    """A list of some of the elements; what changes the list itself makes it inexact."""
    items = receiver.items
    if name == "clear":
        emptied(m, receiver)
    elif name in ("splice", "remove", "reverse"):
        m.journal.write(receiver.cell, ITEMS, Items((*items.values, *arguments.positional[2:]), False))
    exact = items.exact and not arguments.positional and name in ("slice", "values", "copy")
    return m.sequence(items.values, exact, items.chosen)


def _list_like(value: V) -> bool:
    return isinstance(value, (Sequence, ListValue, EventPath, CallResult))


def _extended(
    m: Machine, receiver: Sequence, values: tuple[V, ...], exact: bool, chosen: tuple[Guard, ...] = ()
) -> V:
    items = receiver.items
    new = [value for value in values if exact or not any(value is old for old in items.values)]
    if len(items.values) + len(new) > 60:
        new, exact = new[:1], False
    # What is put in on conditions is there on these, unless earlier invocations have left something.
    ways = () if receiver.cell.lasting else tuple(dict.fromkeys((*m.guards, *chosen)))
    added = Items(values, exact, ways)
    m.journal.write(receiver.cell, ITEMS, Items((*items.values, *new), exact, either(items, added)))
    return NOTHING


def call_mapped(m: Machine, function: V, lists: tuple[V, ...], at: At) -> V:
    """``map`` of Python: with several lists the function gets an element of each."""
    several = [elements(m, one) for one in lists]
    if len(several) == 1:
        listed = m.sequence(several[0].values, several[0].exact, several[0].chosen)
        return call_each(m, listed, several[0], "map", Arguments((function,)), at)
    if not all(one.values for one in several):
        return m.sequence(())
    return m.sequence((call(m, function, Arguments(tuple(join(one.values) for one in several)), at),), False)


def call_each(m: Machine, receiver: V, items: Items, name: str, arguments: Arguments, at: At) -> V:
    """``map`` and its like: the function is called with the elements."""
    if not arguments.positional:
        return m.sequence(items.values, False)
    function = arguments.positional[0]
    few = items.exact and len(items.values) <= 8
    given = items.values if few else ((join(items.values),) if items.values else ())
    base = len(m.guards)
    m.guards += items.chosen
    results = [_called_with(m, function, name, value, arguments, receiver, few, at) for value in given]
    del m.guards[base : base + len(items.chosen)]
    if name == "reduce":
        start = arguments.positional[1] if len(arguments.positional) > 1 else None
        return join([*results, *([start] if start is not None else [])])
    if name == "filter":
        test = m.freeze(join(results)) if results else NOTHING
        more = () if truth(test) else (m.guard(test, True, at),)
        return m.sequence(items.values, False, (*items.chosen, *more))
    if name == "sort":
        return m.sequence(items.values, items.exact, items.chosen)
    if name == "map":
        return m.sequence(results, items.exact and few, items.chosen)
    if name == "flatMap":
        return _flattened(m, results, items)
    if name in ("find", "findLast"):
        return join((*items.values, NOTHING))
    if name in ("some", "every"):
        tests = tuple(m.freeze(value) for value in results)
        return Pure("any" if name == "some" else "all", tests)
    return NOTHING if name == "forEach" else Unknown("position")


def _flattened(m: Machine, lists: list[V], given: Items) -> V:
    found = followed(elements(m, value) for value in lists)
    return m.sequence(found.values, False, (*given.chosen, *found.chosen))


def _called_with(
    m: Machine, function: V, name: str, value: V, arguments: Arguments, receiver: V, once: bool, at: At
) -> V:
    """The result for one element; where it stands for any number of them, the state before is one of those after."""
    given: tuple[V, ...] = (value,) if m.python else (value, Unknown("position"), receiver)
    if name == "reduce":
        start = arguments.positional[1] if len(arguments.positional) > 1 else value
        given = (start, value) if m.python else (start, value, Unknown("position"))
    mark = m.journal.mark()
    result = call(m, function, Arguments(given), at)
    if once:
        return result
    changes = m.journal.changes(mark)
    m.journal.undo(mark)
    lasting = m.outlasting(value, changes)
    twice = m.journal.unsettled(mark, lasting) or name == "reduce"
    m.journal.merge(mark, [{}, lasting if twice else changes])
    if twice:
        given = (join((given[0], result)), *given[1:]) if name == "reduce" else given
        again = m.journal.mark()
        result = join((result, call(m, function, Arguments(given), at)))
        changes = m.journal.changes(again)
        m.journal.undo(again)
        m.journal.merge(again, [{}, changes])
    return result


def promised(m: Machine, receiver: V, name: str, arguments: Arguments, at: At) -> V:
    """Promises: ``then`` goes on with the value, ``catch`` and its second argument with an exception."""
    given, result = arguments.positional, receiver
    if name == "finally":
        for function in given:
            call(m, function, Arguments(), at)
        return result
    if name == "then" and given and given[0] != NOTHING:
        base, rejected = len(m.guards), m.rejected
        for one in rejected:
            guard_against(m, one.guards)
        result = call(m, given[0], Arguments((receiver,)), at)
        del m.guards[base:]
        m.rejected = (
            [*rejected, *(one for one in m.rejected if one not in rejected)] if len(given) < 2 else []
        )
    elif name == "catch":
        m.rejected = []
    for function in given[1:2] if name == "then" else given[:1]:
        mark = m.journal.mark()
        m.guards.append(m.error_guard(at))
        call(m, function, Arguments((EXCEPTION,)), at)
        m.guards.pop()
        changes = m.journal.changes(mark)
        m.journal.undo(mark)
        m.journal.merge(mark, [{}, changes])
    return result
