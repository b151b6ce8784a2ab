"""What a loop over a value runs through, and what stands at a place or under a name of it."""

from collections.abc import Iterable
from collections.abc import Sequence as Several

from recursion_lint.code.calls import (
    MOST_ALTERNATIVES,
    CallResult,
    Concatenation,
    Environment,
    EventPath,
    Guard,
    ListValue,
    Literal,
    ObjectValue,
    Pure,
    Unknown,
    Value,
)
from recursion_lint.code.deciding import equal
from recursion_lint.code.evaluation.frames import Arguments
from recursion_lint.code.evaluation.heap import (
    ANY,
    ANY_KEY,
    CHOSEN,
    ENVIRONMENT_ALL,
    ITEMS,
    MARKS,
    NO_ITEMS,
    OPEN,
    REST,
    Class,
    Client,
    Delayed,
    Either,
    EnvironmentAll,
    Function,
    Getter,
    Instance,
    Items,
    Library,
    Module,
    Promised,
    Record,
    Resource,
    Sequence,
    V,
    either,
    join,
    options_of,
)
from recursion_lint.code.evaluation.machine import Machine
from recursion_lint.code.evaluation.parts import child
from recursion_lint.code.syntax.tree import NOWHERE, At
from recursion_lint.code.values import ABSENT, EVENT, NOTHING, inner, negated, options

_TEXTS = (Literal, Concatenation, Pure, Environment)


def elements(m: Machine, value: V) -> Items:
    """The elements that iterating over a value gives; over an object it gives the names of its fields."""
    if isinstance(value, Sequence):
        return value.items
    if isinstance(value, (ListValue, ObjectValue)):
        return elements(m, m.thaw(value))
    if isinstance(value, (EventPath, CallResult)):
        return Items((child(value, "[]"),), False)
    if isinstance(value, Record):
        own = next((name for name in _ITERATORS if name in value.cell), None)
        return keys_of(m, value) if own is None else elements(m, m.method(value, own, Arguments(), NOWHERE))
    if isinstance(value, (Delayed, Promised)):
        return elements(m, m.due(value))
    if isinstance(value, Instance):
        return _iterated(m, value)
    found = options_of(value)
    if len(found) > 1:
        several = [elements(m, option) for option in found if option != NOTHING]
        return Items(tuple(element for items in several for element in items.values), False)
    # What iterates over nothing fails; where the code does so all the same, its value has been lost on the way.
    return Items((Unknown("element", m.sources(value)),), False)


_ITERATORS = ("[Symbol.iterator]", "[Symbol.asyncIterator]")
_NEXT = ("next", "__next__", "__anext__")


def has_method(value: V, name: str) -> bool:
    """Is it an object of a class of the project that has a method of this name?"""
    return isinstance(value, Instance) and any(name in one.cell for one in value.of.ancestry())


def _iterated(m: Machine, value: Instance) -> Items:
    """The elements that an object of the project gives."""
    for name in ("__iter__", "__aiter__", *_ITERATORS):
        if has_method(value, name):
            found = m.due(m.method(value, name, Arguments(), NOWHERE))
            if found is not value:
                return elements(m, found)
    for name in _NEXT:
        if has_method(value, name):
            found = m.due(m.method(value, name, Arguments(), NOWHERE))
            return Items((found if m.python else m.field(found, "value", NOWHERE),), False)
    if has_method(value, "__getitem__"):
        return Items((m.method(value, "__getitem__", Arguments((Unknown("position"),)), NOWHERE),), False)
    return Items((Unknown("element", m.sources(value)),), False)


def followed(lists: Iterable[Items]) -> Items:
    """The elements of several lists, one after the other."""
    found = NO_ITEMS
    for items in lists:
        found = Items((*found.values, *items.values), found.exact and items.exact, either(found, items))
    return found


def note_choice(m: Machine, record: Record | Instance, name: V) -> None:
    """Notes on which conditions a field comes into an object that was made empty; ``name`` is nothing for any name."""
    noted = record.cell.get(CHOSEN)
    if isinstance(noted, Items):
        added = Items((name,), False, tuple(dict.fromkeys(m.guards)))
        names = noted.values if name in noted.values else (*noted.values, name)
        m.journal.write(record.cell, CHOSEN, Items(names, False, either(noted, added)))


def open_record(m: Machine, made_empty: bool) -> Record:
    """A new object that may have something under every name that is read; if ``made_empty``, it is filled later."""
    made = m.record(open=not made_empty)
    made.cell[OPEN] = True
    return made


def choice_of(record: Record) -> tuple[Guard, ...]:
    """The conditions on which an object has any fields; none where some field came in on an unknown way."""
    cell = record.cell
    noted = cell.get(CHOSEN)
    if not isinstance(noted, Items):
        return ()
    names = [NOTHING if name in (ANY, REST) else Literal(str(name))
             for name in cell if name not in MARKS or name in (ANY, REST)]  # fmt: skip
    return noted.chosen if all(name in noted.values for name in names) else ()


def tested(m: Machine, value: V) -> Value:
    """A value as it is tested: a collection that is filled on conditions alone holds something on these (Python)."""
    if isinstance(value, Promised):
        return Literal(True)
    held = _held_on(value) if m.python else ()
    return Pure("and", (*held, Unknown("elements", EVENT))) if held else m.freeze(value)


def counted(value: V) -> Value | None:
    """How many a collection holds that is filled on conditions alone: none where these do not hold."""
    held = _held_on(value)
    return Pure("when", (Pure("and", held), Unknown("a count", EVENT), Literal(0))) if held else None


def _held_on(value: V) -> tuple[Value, ...]:
    chosen = (
        value.items.chosen
        if isinstance(value, Sequence)
        else choice_of(value)
        if isinstance(value, Record)
        else ()
    )
    told = [guard for guard in chosen if not guard.on_error]
    return tuple(guard.test if guard.holds else negated(guard.test) for guard in told)


def keys_of(m: Machine, value: Record) -> Items:
    """The names of an object's fields."""
    names: list[V] = [Literal(str(name)) for name in value.cell if name not in MARKS]
    if ANY_KEY in value.cell:
        names.append(value.cell[ANY_KEY])
    if OPEN in value.cell or REST in value.cell:
        names.append(Unknown("name", m.sources(value)))
    return Items(tuple(names), _settled(value, names), choice_of(value))


def _settled(record: Record, found: list[V]) -> bool:
    """Are these all fields that an object has, and surely there?"""
    return len(found) + (CHOSEN in record.cell) == len(record.cell) and ABSENT not in record.cell.values()


def values_of(m: Machine, value: Record) -> Items:
    """The values of an object's fields."""
    found: list[V] = [part for name, part in value.cell.items() if name not in MARKS]
    if ANY in value.cell:
        found.append(value.cell[ANY])
    if OPEN in value.cell or REST in value.cell:
        found.append(Unknown("field", m.sources(value)))
    return Items(tuple(found), len(found) + (CHOSEN in value.cell) == len(value.cell), choice_of(value))


def pairs_of(m: Machine, value: V) -> Items:
    """Name and value of each field."""
    if not isinstance(value, Record):
        options = [option for option in options_of(value) if isinstance(option, Record)]
        if options and len(options) == len(options_of(value)):
            return Items(tuple(pair for option in options for pair in pairs_of(m, option).values), False)
        sources = m.sources(value)
        inner = (
            child(value, "[]") if isinstance(value, (EventPath, CallResult)) else Unknown("field", sources)
        )
        return Items((m.sequence((Unknown("name", sources), inner)),), False)
    names, values = keys_of(m, value), values_of(m, value)
    if names.exact and values.exact:
        pairs = zip(names.values, values.values, strict=True)
        return Items(tuple(m.sequence(pair) for pair in pairs), True, names.chosen)
    pair = (m.sequence((join(names.values), join(values.values))),) if names.values else ()
    return Items(pair, False, names.chosen)


def index(m: Machine, value: V, key: V, at: At) -> V:
    """What stands at a place or under a name."""
    if isinstance(value, Delayed):
        value = m.due(value)
    if m.python and has_method(value, "__getitem__"):
        return m.method(value, "__getitem__", Arguments((key,)), at)
    found = options_of(value)
    if len(found) > 1:
        return join(index(m, option, key, at) for option in found if option != NOTHING)
    keys = options_of(key)
    if len(keys) > 1:
        return join(index(m, value, one, at) for one in keys)
    if isinstance(value, Record) and OPEN in value.cell and m.python:
        note_choice(m, value, NOTHING)  # a ``defaultdict`` has from now on what was asked for
    if isinstance(key, Literal) and isinstance(key.value, str):
        return m.field(value, key.value, at)
    if isinstance(key, Literal) and isinstance(key.value, (int, float)):
        return _at_place(m, value, int(key.value), at)
    return _computed(m, value, key, at)


def _at_place(m: Machine, value: V, place: int, at: At) -> V:
    if isinstance(value, (Sequence, ListValue)):
        items = elements(m, value)
        if items.exact and -len(items.values) <= place < len(items.values):
            return items.values[place]
        return NOTHING if items.exact else join((*items.values, Unknown("element", m.sources(value))))
    if isinstance(value, (EventPath, CallResult)):
        return child(value, "[]")
    if isinstance(value, Record):
        return m.field(value, str(place), at)
    if isinstance(value, _TEXTS):
        return Pure("item", (value, Literal(place)))
    return Unknown("element", m.sources(value))


def _computed(m: Machine, value: V, key: V, at: At) -> V:
    sources = m.sources(value) | m.sources(key)
    if isinstance(value, EnvironmentAll):
        return Unknown("a computed environment variable", sources)
    if isinstance(value, (Sequence, ListValue)):
        items = elements(m, value).values
        return join((*items, Unknown("element", sources))) if len(items) > 1 else join(items)
    if isinstance(value, (EventPath, CallResult)):
        # An index that counts, as in records[i]; anything else may be any of the fields.
        return child(value, "[]")
    if isinstance(value, Record):
        found = values_of(m, value).values
        if any(isinstance(one, Function) for one in found):
            whole = not any(mark in value.cell for mark in (OPEN, ANY, REST))
            named = [(str(name), one) for name, one in value.cell.items() if name not in MARKS]
            return (chosen_by(m, key, named) if whole else None) or join(found)
        return join((*found, Unknown("field", sources)))
    if isinstance(value, (Client, Resource, Module, Class, Instance, Library)):
        m.gap("a member of a computed name", at)
    return Unknown("element", sources)


def chosen_by(m: Machine, key: V, named: Several[tuple[str, V]]) -> Either | None:
    """The function that a name chooses among several; ``None`` where it may be something else that can be called."""
    wanted: list[tuple[V, list[Value]]] = []
    for name, one in named:
        known = next((names for found, names in wanted if found == one), None)
        if known is None:
            wanted.append((one, [Literal(name)]))
        else:
            known.append(Literal(name))
    if not 1 < len(wanted) <= MOST_ALTERNATIVES or not all(isinstance(one, Function) for one, _ in wanted):
        return None
    chosen = m.freeze(key)
    tests = tuple(Pure("in", (chosen, ListValue(tuple(names)))) for _, names in wanted)
    return Either(tuple(one for one, _ in wanted), tests)


def or_else(m: Machine, found: Either, key: V, default: V) -> Either:
    """The same, with what stands in for a name that is none of them."""
    names = tuple(name for test in found.tests for name in inner(inner(test)[1]))
    other = Pure("not in", (m.freeze(key), ListValue(names)))
    return Either((*found.options, default), (*found.tests, other))


def field_of(m: Machine, record: Record, name: str) -> V:
    """The field of an object: where it may be missing, nothing is one of the alternatives."""
    cell = record.cell
    if name in cell:
        return join(_got(m, record, option) for option in options_of(present(cell[name])))
    found: list[V] = []
    if ANY in cell:
        found.append(cell[ANY])
    if REST in cell:
        found.append(m.field(cell[REST], name, (0, 0, 0, 0)))
    elif OPEN in cell:
        found.append(Unknown(f"field {name}", m.sources(record)))
    return join(found) if found and REST in cell else join((*found, NOTHING)) if found else NOTHING


def _got(m: Machine, record: Record, value: V) -> V:
    """A field's value; one with a getter is asked for."""
    if not isinstance(value, Getter):
        return value
    function = value.function
    if isinstance(function, Function) and not function.node.arrow and function.receiver is None:
        function = function.with_receiver(record)
    return m.call(function, Arguments(), NOWHERE)


def present(value: V) -> V:
    """A field's value, as it is read: one that is absent gives nothing."""
    found = options_of(value)
    if not any(option == ABSENT for option in found):
        return value
    return join(NOTHING if option == ABSENT else option for option in found)


def put(m: Machine, value: V, name: str, new: V) -> None:
    """Puts a value into a field of an object, of the event, or of a result."""
    found = options_of(value)
    if isinstance(value, (Record, Instance)):
        note_choice(m, value, Literal(name))
        m.journal.write(value.cell, name, new)
    elif isinstance(value, (EventPath, CallResult)):
        m.seen.lose(new)
        m.journal.write(m.overlay, (value, name), new)
    elif value is ENVIRONMENT_ALL:
        m.journal.write(m.overlay, (ENVIRONMENT_ALL, name), new)
    elif len(found) > 1:
        for option in found:
            old = (
                m.field(option, name, (0, 0, 0, 0))
                if isinstance(option, (Record, EventPath, CallResult))
                else new
            )
            put(m, option, name, join((old, new)))
    else:
        m.hand_on(new)


def may_be(key: Value, name: str) -> bool:
    """May a name that was worked out be this one?"""
    return any(equal(option, Literal(name)) is not False for option in options(key))


def put_computed(m: Machine, value: V, key: V, new: V) -> None:
    """Puts a value under a name that is not known: any of the fields that are there may have it now."""
    for option in options_of(value):
        if isinstance(option, (Record, Instance)):
            cell, asked = option.cell, m.freeze(key)
            note_choice(m, option, NOTHING)
            for name in [name for name in cell if name not in MARKS and may_be(asked, str(name))]:
                m.journal.write(cell, name, join((cell[name], new)))
            m.journal.write(cell, ANY, join((cell[ANY], new)) if ANY in cell else new)
            m.journal.write(cell, ANY_KEY, join((cell[ANY_KEY], key)) if ANY_KEY in cell else key)
        elif isinstance(option, Sequence):
            items = option.items
            m.journal.write(option.cell, ITEMS, Items((*items.values, new), False))
        elif isinstance(option, (EventPath, CallResult)):
            m.journal.write(m.overlay, (option, "[]"), join((child(option, "[]"), new)))
        else:
            m.seen.lose(new)
            m.hand_on(new)


def put_pairs(m: Machine, target: Record, pairs: Items) -> None:
    """Puts the second of each pair under the first as its name."""
    for pair in pairs.values:
        key, value = index(m, pair, Literal(0), NOWHERE), index(m, pair, Literal(1), NOWHERE)
        if isinstance(key, Literal) and pairs.exact:
            put(m, target, str(key.value), value)
        else:
            put_computed(m, target, key, value)
