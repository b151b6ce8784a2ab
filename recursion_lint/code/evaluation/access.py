"""Properties of values, and assignments to variables, fields and patterns."""

from collections.abc import Callable, Mapping

from recursion_lint.code.calls import (
    CallResult,
    Concatenation,
    ContextPath,
    Environment,
    EventPath,
    ListValue,
    Literal,
    ObjectValue,
    Pure,
    Unknown,
)
from recursion_lint.code.evaluation.data_classes import canonical, from_settings, is_settings
from recursion_lint.code.evaluation.elements import (
    counted,
    elements,
    field_of,
    has_method,
    index,
    present,
    put,
    put_computed,
)
from recursion_lint.code.evaluation.frames import Arguments
from recursion_lint.code.evaluation.heap import (
    ENVIRONMENT_ALL,
    ITEMS,
    NO_ITEMS,
    REST,
    Bound,
    Class,
    Client,
    Command,
    Delayed,
    EnvironmentAll,
    Function,
    Instance,
    Items,
    Library,
    Module,
    Opaque,
    Promised,
    Record,
    Resource,
    Scope,
    Sequence,
    Thing,
    V,
    join,
    options_of,
)
from recursion_lint.code.evaluation.machine import Machine
from recursion_lint.code.evaluation.parts import child
from recursion_lint.code.evaluation.spreading import perhaps_own, spread
from recursion_lint.code.sdk_calls import called
from recursion_lint.code.syntax.tree import (
    NOWHERE,
    At,
    Attribute,
    Constant,
    Default,
    Expression,
    Index,
    ListLiteral,
    Name,
    ObjectPattern,
    Spread,
)
from recursion_lint.code.values import ABSENT, NOTHING, defaulted

_IDENTITIES = {"name": ("Bucket", "TableName"), "bucket_name": ("Bucket",), "key": ("Key",), "url": ("QueueUrl",),
               "arn": ("TopicArn",), "table_name": ("TableName",)}  # fmt: skip


def field(m: Machine, value: V, name: str, at: At) -> V:
    """What stands under a name: ``value["name"]``, and in JavaScript ``value.name`` of data."""
    if isinstance(value, Record):
        return field_of(m, value, name)
    if isinstance(value, (EventPath, CallResult)):
        patched = m.overlay.get((value, name)) if m.overlay else None
        return present(patched) if patched is not None else child(value, name)
    if isinstance(value, EnvironmentAll):
        patched = m.overlay.get((ENVIRONMENT_ALL, name)) if m.overlay else None
        return patched if patched is not None else Environment(name)
    found = options_of(value)
    if len(found) > 1:
        return join(field(m, option, name, at) for option in found if option != NOTHING)
    if isinstance(value, (ObjectValue, ListValue)):
        return field(m, m.thaw(value), name, at)
    if isinstance(value, ContextPath):
        return child(value, name)
    if value in (NOTHING, ABSENT):
        return NOTHING
    if isinstance(value, Thing):
        return attribute(m, value, name, at)
    return (
        Unknown(name, m.sources(value))
        if isinstance(value, Unknown)
        else Pure("field", (value, Literal(name)))
    )


def attribute(m: Machine, value: V, name: str, at: At) -> V:
    """``value.name``."""
    if isinstance(value, EventPath) and m.python:
        return _of_data_class(m, value, name, at)
    if name == "value" and m.python and isinstance(value, (Literal, Environment, Concatenation)):
        return value  # of an enumeration
    if name == "length" and not isinstance(value, (Record, Instance)):
        return _length(m, value)
    if name == "size" and (count := counted(value)) is not None:
        return count
    if not isinstance(value, Thing):
        return field(m, value, name, at)
    read = _BY_KIND.get(type(value))
    if read is not None:
        return read(m, value, name, at)
    found = options_of(value)
    if len(found) > 1:
        return join(attribute(m, option, name, at) for option in found if option != NOTHING)
    return Bound(value, name)


def _of_instance(m: Machine, value: Instance, name: str, at: At) -> V:
    if name == "__dict__" and m.python:
        return Record(value.cell)
    own = value.cell.get(name)
    if own is not None and ABSENT not in options_of(own):
        return own  # type: ignore[no-any-return]
    found = member(m, value.of, name, value, at)
    known = [option for option in options_of(own) if option != ABSENT] if own is not None else []
    return perhaps_own(m, value.cell, name, found, known)


def _of_environment(m: Machine, value: EnvironmentAll, name: str, at: At) -> V:
    return Bound(value, name) if m.python else field(m, value, name, at)


def _of_opaque(m: Machine, value: Opaque, name: str, at: At) -> V:
    del at
    made = Opaque(name, value.sources, value)
    return Bound(made, name) if called(name, m.entry.language) else made


_PROMISES = frozenset({"then", "catch", "finally", "promise"})
_BY_KIND: Mapping[type[object], Callable[..., V]] = {
    Instance: _of_instance,
    Class: lambda m, value, name, at: value if name == "prototype" else member(m, value, name, None, at),
    Module: lambda m, value, name, at: m.module_member(value, name, at),
    Library: lambda m, value, name, at: m.library_member(value, name, at),
    Record: lambda m, value, name, at: field_of(m, value, name),
    Client: lambda m, value, name, at: value if name in ("meta", "client") else Bound(value, name),
    Resource: lambda m, value, name, at: _identity(value, name),
    EnvironmentAll: _of_environment,
    Opaque: _of_opaque,
    Function: lambda m, value, name, at: _of_function(m, value, name, at),
    Command: lambda m, value, name, at: value.parameters if name == "input" else Bound(value, name),
    Delayed: lambda m, value, name, at: attribute(m, m.due(value), name, at),
    Promised: lambda m, value, name, at: (
        Bound(value, name) if name in _PROMISES else Unknown(name, m.sources(value))
    ),
}


def _of_data_class(m: Machine, value: EventPath, name: str, at: At) -> V:
    """An attribute of the event in Python: it has been wrapped, and its names are those of the wrapper."""
    found: V = value
    for step in canonical(value.path, name):
        found = field(m, found, step, at)
    return found


def _length(m: Machine, value: V) -> V:
    if isinstance(value, Sequence) and value.items.exact:
        return Literal(len(value.items.values))
    return counted(value) or Pure("length", (m.freeze(value),))


def _identity(value: Resource, name: str) -> V:
    for parameter in _IDENTITIES.get(name, ()):
        if parameter in value.parameters:
            return value.parameters[parameter]
    return Bound(value, name)


_REFLECTED = frozenset({"__subclasses__", "__dict__", "__getattribute__"})


def member(
    m: Machine, of: Class, name: str, instance: Instance | None, at: At, above: Class | None = None
) -> V:
    """A member of a class, as its instance or the class itself gives it; ``above``: only of the classes above that."""
    ancestry = of.ancestry()
    if above is not None and above in ancestry:
        ancestry = ancestry[ancestry.index(above) + 1 :]
    for one in ancestry:
        if name in one.cell:
            return _reached(m, one, name, instance, of, at)
    if name in _REFLECTED:
        m.gap(f"{name} is used", at)
    if instance is not None and has_method(instance, "__getattr__"):
        return m.method(instance, "__getattr__", Arguments((Literal(name),)), at)
    bases = of.foreign()
    if is_settings(of):
        return Environment(name.upper())
    if bases:
        known = m.freeze(instance) if instance is not None else NOTHING
        return Bound(Opaque(f"instance of {of.definition.name}", m.sources(known)), name)
    return NOTHING if instance is not None else Unknown(name)


def _reached(m: Machine, one: Class, name: str, instance: Instance | None, of: Class, at: At) -> V:
    found, kind = one.cell[name], one.kinds.get(name, "method")
    if not isinstance(found, Function):
        return present(found) if instance is None else from_settings(m, of, name, present(found))
    if kind == "getter":
        return (
            m.call(found.with_receiver(instance), Arguments(), at) if instance is not None else Unknown(name)
        )
    if kind == "static":
        return found if m.python else found.with_receiver(of)
    if kind == "class":
        return found.with_receiver(of)
    return found.with_receiver(instance) if instance is not None and found.owner is not None else found


# Assignments ----------------------------------------------------------------------------------------------------------


def assign(m: Machine, target: Expression, value: V, scope: Scope, declares: bool) -> None:
    """Puts a value where ``target`` says. ``declares``: a name is the innermost scope's own."""
    if isinstance(target, Name):
        _assign_name(m, target.name, value, scope, declares)
    elif isinstance(target, Attribute):
        put_attribute(m, m.evaluate(target.object, scope), target.name, value, target.at)
    elif isinstance(target, Index):
        _assign_index(m, m.evaluate(target.object, scope), m.evaluate(target.key, scope), value)
    elif isinstance(target, ListLiteral):
        _assign_items(m, target, value, scope, declares)
    elif isinstance(target, ObjectPattern):
        _assign_fields(m, target, value, scope, declares)
    elif isinstance(target, Default):
        assign(m, target.target, or_default(m, value, target.value, scope), scope, declares)
    elif isinstance(target, Spread):
        assign(m, target.value, value, scope, declares)


def _assign_name(m: Machine, name: str, value: V, scope: Scope, declares: bool) -> None:
    owner = scope.outer.get(name)
    if owner is None and not declares:
        owner = scope.owner(name)
    if owner is None:
        owner = scope if declares else scope.whole()
    m.seen.name(value, name)
    m.journal.write(owner.cell, name, value)


def put_attribute(m: Machine, value: V, name: str, new: V, at: At) -> None:
    """``value.name = new``."""
    m.seen.field(new, name)
    if isinstance(value, Instance) and name == "__dict__" and m.python:
        spread(m, value, new)
        return
    if isinstance(value, Instance):
        setter = next(
            (one.cell[f"set {name}"] for one in value.of.ancestry() if f"set {name}" in one.cell), None
        )
        if isinstance(setter, Function):
            m.call(setter.with_receiver(value), Arguments((new,)), at)
            return
    if isinstance(value, Class):
        m.journal.write(value.cell, name, new)
    elif isinstance(value, Function):
        _assign_member(m, value, name, new)
    elif isinstance(value, Module):
        m.journal.write(value.scope.cell, name, new)
    elif isinstance(value, EventPath) and m.python:
        steps = canonical(value.path, name)
        for step in steps[:-1]:
            value = child(value, step) if isinstance(value, EventPath) else value
        put(m, value, steps[-1], new)
    elif isinstance(value, (Opaque, Client)):
        m.escape_values((new,), at)
    elif isinstance(value, Sequence) and name == "length":
        left = NO_ITEMS if new == Literal(0) else Items(value.items.values, False)
        m.journal.write(value.cell, ITEMS, left)
    else:
        put(m, value, name, new)


def members_of(m: Machine, function: Function) -> Record:
    """What was put on a function itself, its ``prototype`` among it."""
    number = id(function.node)
    if number not in m.members:
        m.members[number] = m.record({"prototype": m.record()})
    return m.members[number]


def _assign_member(m: Machine, function: Function, name: str, new: V) -> None:
    own = members_of(m, function)
    old = own.cell.get(name)
    if name == "prototype" and isinstance(new, Record) and isinstance(old, Record):
        for key, part in new.cell.items():
            m.journal.write(old.cell, key, part)
    else:
        m.journal.write(own.cell, name, new)


def _of_function(m: Machine, value: Function, name: str, at: At) -> V:
    del at
    own = members_of(m, value).cell if name == "prototype" or id(value.node) in m.members else {}
    return own[name] if name in own else Bound(value, name)


def _assign_index(m: Machine, value: V, key: V, new: V) -> None:
    if isinstance(key, Literal) and isinstance(value, Sequence) and isinstance(key.value, int):
        items = value.items
        if items.exact and 0 <= key.value < len(items.values):
            values = (*items.values[: key.value], new, *items.values[key.value + 1 :])
            m.journal.write(value.cell, ITEMS, Items(values, True))
            return
    if m.python and has_method(value, "__setitem__"):
        m.method(value, "__setitem__", Arguments((key, new)), NOWHERE)
    elif isinstance(key, Literal) and not isinstance(value, Sequence) and isinstance(key.value, (str, int)):
        put(m, value, str(key.value), new)
    else:
        put_computed(m, value, key, new)


def _assign_items(m: Machine, target: ListLiteral, value: V, scope: Scope, declares: bool) -> None:
    starred = next((at for at, inner in enumerate(target.items) if isinstance(inner, Spread)), None)
    after = len(target.items) - starred - 1 if starred is not None else 0
    for place, inner in enumerate(target.items):
        if isinstance(inner, Spread):
            items = elements(m, value)
            rest = items.values[place : len(items.values) - after] if items.exact else items.values
            assign(m, inner.value, m.sequence(rest, items.exact), scope, declares)
        elif not isinstance(inner, Constant):
            # Behind the one that takes the rest places count from the end.
            at = place if starred is None or place < starred else place - len(target.items)
            assign(m, inner, index(m, value, Literal(at), inner[-1]), scope, declares)


def _assign_fields(m: Machine, target: ObjectPattern, value: V, scope: Scope, declares: bool) -> None:
    taken: list[str] = []
    for name, inner, default in target.entries:
        if name == "...":
            assign(m, inner, _without(m, value, taken), scope, declares)
            continue
        taken.append(name)
        part = m.attribute(value, name, target.at)
        if default is not None:
            part = or_default(m, part, default, scope)
        assign(m, inner, part, scope, declares)


def _without(m: Machine, value: V, names: list[str]) -> V:
    """A copy of an object without some of its fields."""
    if isinstance(value, Record):
        made = m.record()
        for name, part in value.cell.items():
            made.cell[name] = part
    else:
        made = m.record(open=True)
        made.cell[REST] = m.freeze(value)
    for name in names:
        if name in made.cell or REST in made.cell:
            made.cell[name] = ABSENT
    return made


def or_default(m: Machine, value: V, default: Expression, scope: Scope) -> V:
    """A value, or the default where it is surely or perhaps nothing."""
    found = options_of(value)
    if all(option in (NOTHING, ABSENT) for option in found):
        return m.evaluate(default, scope)
    if isinstance(value, Environment) and value.default is None:
        return Environment(value.name, m.freeze(m.evaluate(default, scope)))
    if any(option == NOTHING for option in found) or isinstance(value, (Unknown, EventPath, CallResult)):
        rest = [option for option in found if option != NOTHING]
        other = m.evaluate(default, scope)
        if isinstance(value, EventPath) and not isinstance(other, Thing):
            return defaulted(value, other)
        return join((*rest, other))
    return value
