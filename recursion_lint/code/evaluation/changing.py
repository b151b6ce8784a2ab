"""Fields and elements that are taken away, and objects that functions of libraries change."""

from recursion_lint.code.calls import CallResult, EventPath, Literal, Unknown
from recursion_lint.code.evaluation.access import put_attribute
from recursion_lint.code.evaluation.elements import has_method, may_be, put, put_computed
from recursion_lint.code.evaluation.frames import Arguments
from recursion_lint.code.evaluation.heap import (
    ENVIRONMENT_ALL,
    ITEMS,
    MARKS,
    Function,
    Instance,
    Items,
    Record,
    Scope,
    Sequence,
    V,
    join,
    options_of,
)
from recursion_lint.code.evaluation.machine import Machine
from recursion_lint.code.evaluation.spreading import spread
from recursion_lint.code.syntax.tree import NOWHERE, At, Attribute, Expression, Index, ListLiteral, Slice
from recursion_lint.code.values import ABSENT, NOTHING

_DEEPEST_MERGE = 4


def take_away(m: Machine, target: Expression, scope: Scope) -> None:
    """``del target`` and ``delete target``; a variable stays what it is."""
    if isinstance(target, ListLiteral):
        for inner in target.items:
            take_away(m, inner, scope)
    elif isinstance(target, Attribute):
        _take_attribute(m, m.evaluate(target.object, scope), target.name, target.at)
    elif isinstance(target, Index):
        take_element(m, m.evaluate(target.object, scope), m.evaluate(target.key, scope), target.at)
    elif isinstance(target, Slice):
        for option in options_of(m.evaluate(target.object, scope)):
            if isinstance(option, Sequence):
                m.journal.write(option.cell, ITEMS, Items(option.items.values, False))


def _take_attribute(m: Machine, value: V, name: str, at: At) -> None:
    of = value.of.ancestry() if isinstance(value, Instance) else []
    deleter = next((one.cell[f"delete {name}"] for one in of if f"delete {name}" in one.cell), None)
    if isinstance(deleter, Function):
        m.call(deleter.with_receiver(value), Arguments(), at)
    elif isinstance(value, Instance):
        put(m, value, name, ABSENT)
    else:
        put_attribute(m, value, name, ABSENT, at)


def take_element(m: Machine, value: V, key: V, at: At) -> None:
    """Takes away what stands at a place or under a name."""
    found = options_of(value)
    if len(found) == 1 and m.python and has_method(value, "__delitem__"):
        m.method(value, "__delitem__", Arguments((key,)), at)
        return
    for option in found:
        if isinstance(option, Sequence):
            _take_item(m, option, key)
        elif isinstance(key, Literal) and len(found) == 1:
            put(m, option, str(key.value), ABSENT)
        elif isinstance(option, (Record, Instance)):
            asked = m.freeze(key)
            for name in [name for name in option.cell if name not in MARKS and may_be(asked, str(name))]:
                m.journal.write(option.cell, name, join((option.cell[name], ABSENT)))
        elif isinstance(option, (EventPath, CallResult)):
            put_computed(m, option, key, ABSENT)


def _take_item(m: Machine, value: Sequence, key: V) -> None:
    """An element is taken out of a list; in JavaScript a hole stays."""
    items = value.items
    known = items.exact and isinstance(key, Literal) and isinstance(key.value, int)
    if (
        known
        and isinstance(key, Literal)
        and isinstance(key.value, int)
        and 0 <= key.value < len(items.values)
    ):
        hole = () if m.python else (NOTHING,)
        left = (*items.values[: key.value], *hole, *items.values[key.value + 1 :])
        m.journal.write(value.cell, ITEMS, Items(left, True))
    else:
        m.journal.write(value.cell, ITEMS, Items(items.values, False))


def emptied(m: Machine, value: V) -> None:
    """All fields or elements are taken away."""
    if isinstance(value, Sequence):
        m.journal.write(value.cell, ITEMS, Items((), True))
    elif isinstance(value, Record):
        for name in list(value.cell):
            if name not in MARKS:
                m.journal.write(value.cell, name, ABSENT)


# Functions of libraries -----------------------------------------------------------------------------------------------


def taken_over(m: Machine, target: V, source: V) -> None:
    """``Object.assign(target, source)`` and its like."""
    found = options_of(target)
    for option in found:
        if isinstance(option, (Record, Instance)) and len(found) == 1:
            spread(m, option, source)
        elif isinstance(option, (Record, Instance)):
            merged(m, option, source)
        elif option is ENVIRONMENT_ALL or isinstance(option, (EventPath, CallResult)):
            fields = source.cell.items() if isinstance(source, (Record, Instance)) else ()
            for name, value in list(fields):
                if name not in MARKS:
                    put(m, option, str(name), value)


def merged(m: Machine, target: V, source: V, depth: int = 0) -> None:
    """Takes over what it may take over of another object, also within fields: what was there may stay."""
    if not isinstance(target, (Record, Instance)):
        return
    before = dict(target.cell)
    if isinstance(source, (Record, Instance)) and depth < _DEEPEST_MERGE:
        for name, value in list(source.cell.items()):
            if isinstance(value, Record) and isinstance(before.get(name), Record):
                merged(m, before[name], value, depth + 1)
    spread(m, target, source)
    for name, old in before.items():
        if name not in MARKS and target.cell[name] is not old:
            kept = old if isinstance(old, Record) and isinstance(target.cell[name], Record) else None
            m.journal.write(target.cell, name, kept if kept is not None else join((old, target.cell[name])))


def set_path(m: Machine, target: V, path: V, value: V) -> None:
    """``_.set(target, "a.b", value)``."""
    steps = str(path.value).split(".") if isinstance(path, Literal) and isinstance(path.value, str) else []
    if isinstance(path, Sequence) and path.items.exact:
        steps = [str(one.value) if isinstance(one, Literal) else "" for one in path.items.values]
    if not steps or not all(step.isidentifier() for step in steps):
        put_computed(m, target, Unknown("path", m.sources(path)), value)
    elif len(steps) == 1:
        put(m, target, steps[0], value)
    else:
        inside = m.field(target, steps[0], NOWHERE)
        if isinstance(inside, (Record, Instance)):
            set_path(m, inside, m.sequence([Literal(step) for step in steps[1:]]), value)
        else:
            put(m, target, steps[0], Unknown("field", m.sources(value)))


_PACKAGES = frozenset(
    {"lodash", "lodash-es", "underscore", "object-path", "dot-prop", "Reflect", "just-extend"}
)
_ALONE = {"object-assign": "assign", "extend": "merge", "deep-extend": "merge", "lodash.merge": "merge",
          "lodash.set": "set",
          "lodash.assign": "assign", "lodash.defaults": "merge", "lodash.unset": "unset", "mergedeep.merge": "merge",
          "lodash.defaultsdeep": "merge", "lodash.mergewith": "merge", "utils-merge": "assign",
          "operator.setitem": "set",
          "operator.delitem": "unset", "builtins.dict.update": "assign", "builtins.dict.__setitem__": "set",
          "builtins.object.__setattr__": "set", "builtins.delattr": "unset", "builtins.object.__delattr__": "unset",
          "builtins.dict.pop": "unset", "builtins.dict.clear": "clear",
          "deepmerge.always_merger.merge": "merge"}  # fmt: skip
_WAYS = {"assign": "assign", "assignIn": "assign", "extend": "assign", "extendOwn": "assign", "merge": "merge",
         "mergeWith": "merge", "assignWith": "merge", "assignInWith": "merge", "defaults": "merge",
         "defaultsDeep": "merge", "set": "set", "setWith": "set", "update": "update", "unset": "unset", "del": "unset",
         "deleteProperty": "unset"}  # fmt: skip


def changed_by(name: str) -> str:
    """How a function of a library changes its first argument; empty where it is not known to."""
    if name in _ALONE:
        return _ALONE[name]
    package, _, last = name.replace("/", ".").rpartition(".")
    return _WAYS.get(last, "") if package in _PACKAGES else ""


def change(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    """A function of a library that changes the object that it is given first, and gives it back."""
    way, given = changed_by(name), arguments.positional
    deep = given[1:] if way == "merge" and given and isinstance(given[0], Literal) else given
    target, others = (deep[0], deep[1:]) if deep else (NOTHING, ())
    if way == "assign":
        for value in (*others, m.record(arguments.named)):
            taken_over(m, target, value)
    elif way == "merge":
        for option, value in ((option, value) for value in others for option in options_of(target)):
            merged(m, option, value)
    elif way == "unset" and others:
        _unset(m, target, others[0], at)
    elif way == "clear":
        emptied(m, target)
    elif others:
        value = others[1] if way == "set" and len(others) > 1 else Unknown("field", m.sources_of(others))
        set_path(m, target, others[0], value)
    return target


def _unset(m: Machine, target: V, path: V, at: At) -> None:
    plain = isinstance(path, Literal) and str(path.value).isidentifier()
    take_element(m, target, path if plain else Unknown("path", m.sources(path)), at)
