"""Methods of values: of objects and lists, of texts, of what the event and results of calls hold, of functions."""

import re
from collections.abc import Callable

from recursion_lint.code.access import attribute
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
    Value,
)
from recursion_lint.code.elements import elements, keys_of, pairs_of, values_of
from recursion_lint.code.heap import (
    ENVIRONMENT_ALL,
    ITEMS,
    Bound,
    Class,
    Client,
    Command,
    EnvironmentAll,
    Function,
    Instance,
    Items,
    Library,
    Module,
    Opaque,
    Record,
    Resource,
    Sequence,
    Thing,
    V,
    join,
    options_of,
)
from recursion_lint.code.invoking import call, call_function, escaped, spread
from recursion_lint.code.machine import Arguments, Machine
from recursion_lint.code.recording import here, record
from recursion_lint.code.sdk_calls import operation
from recursion_lint.code.sdk_clients import ERROR, call_by_name, call_client, call_resource, send
from recursion_lint.code.tree import At
from recursion_lint.code.values import ABSENT, NOTHING, concatenated

_SAME = frozenset(
    {"promise", "finally", "read", "__enter__", "__aenter__", "getvalue", "transformToString", "transformToByteArray",
     "valueOf", "toJSON", "toString", "strip", "trim", "trimEnd", "trimStart", "lstrip", "rstrip", "encode", "decode",
     "text", "iter_lines", "readlines", "splitlines", "asMutable", "copy", "paginate", "all", "wait", "then_by"}
)  # fmt: skip
_PURE = {
    "replace": "replace", "replaceAll": "replace", "split": "split", "rsplit": "rsplit", "lower": "lower", "upper": "upper",
    "toLowerCase": "lower", "toUpperCase": "upper", "substring": "substring", "substr": "substring", "slice": "substring",
    "partition": "partition", "rpartition": "rpartition", "title": "title", "capitalize": "title", "zfill": "pad",
    "padStart": "pad", "padEnd": "pad", "at": "item", "charAt": "item", "isoformat": "date", "strftime": "date",
    "toISOString": "date", "hexdigest": "digest", "removesuffix": "removesuffix", "removeprefix": "removeprefix",
    "normalize": "normalize", "sub": "sub", "format": "format", "digest": "digest",
}  # fmt: skip
_TESTS = {
    "startswith": "startswith", "startsWith": "startswith", "endswith": "endswith", "endsWith": "endswith",
    "includes": "contains", "__contains__": "contains", "indexOf": "index", "lastIndexOf": "index", "find": "index",
    "rfind": "index", "index": "index", "search": "search", "match": "match", "fullmatch": "match", "test": "test",
    "isdigit": "isdigit", "has": "has", "hasOwnProperty": "has", "has_key": "has", "count": "count",
}  # fmt: skip
_EACH = frozenset(
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
_FOLD = {
    "lower": "lower", "upper": "upper", "toLowerCase": "lower", "toUpperCase": "upper", "strip": "strip", "trim": "strip",
    "replace": "replace", "split": "split", "startswith": "startswith", "endswith": "endswith", "startsWith": "startswith",
    "endsWith": "endswith", "removesuffix": "removesuffix", "removeprefix": "removeprefix", "title": "title",
}  # fmt: skip
_FIELD = re.compile(r"\{(\w*)[^{}]*\}")


def call_method(m: Machine, receiver: V, name: str, arguments: Arguments, at: At) -> V:
    """The result of ``receiver.name(arguments)``."""
    found = options_of(receiver)
    if len(found) > 1:
        kept = [option for option in found if option != NOTHING]
        return join(call_method(m, option, name, arguments, at) for option in kept)
    for kind, run in _BY_KIND:
        if isinstance(receiver, kind):
            return run(m, receiver, name, arguments, at)
    if isinstance(receiver, (ObjectValue, ListValue)):
        return call_method(m, m.thaw(receiver), name, arguments, at)
    if isinstance(receiver, Thing):
        return escaped(m, (receiver, *arguments.every()), at, name)
    return _of_value(m, receiver, name, arguments, at)


def _of_member(m: Machine, receiver: V, name: str, arguments: Arguments, at: At) -> V:
    function = attribute(m, receiver, name, at)
    if isinstance(function, Bound) and function.receiver is receiver:
        return escaped(m, arguments.every(), at, name)
    if function == NOTHING or isinstance(function, Unknown):
        by_name = call_by_name(m, receiver, name, arguments, at)
        return by_name if by_name is not None else escaped(m, arguments.every(), at, name)
    return call(m, function, arguments, at)


def _of_environment(m: Machine, receiver: V, name: str, arguments: Arguments, at: At) -> V:
    key = arguments.positional[0] if arguments.positional else NOTHING
    if name in ("get", "pop", "setdefault", "__getitem__") and isinstance(key, Literal):
        return environment(m, str(key.value), arguments.get(1, "default"))
    if name in ("copy", "__enter__"):
        return receiver
    del at
    return Unknown("a computed environment variable", frozenset({"environment"}))


def environment(m: Machine, name: str, default: V | None) -> V:
    """An environment variable with what is taken where it is not set."""
    known = m.field(ENVIRONMENT_ALL, name, (0, 0, 0, 0))
    if isinstance(known, Environment) and default is not None and default != NOTHING:
        return Environment(name, m.freeze(default))
    return known


def _of_function(m: Machine, receiver: Function, name: str, arguments: Arguments, at: At) -> V:
    if name == "call":
        function = receiver.with_receiver(arguments.positional[0]) if arguments.positional else receiver
        return call_function(m, function, Arguments(arguments.positional[1:]), at)
    if name == "apply":
        given = elements(m, arguments.positional[1]).values if len(arguments.positional) > 1 else ()
        return call_function(m, receiver, Arguments(given), at)
    if name == "bind":
        owner = receiver.receiver if receiver.receiver is not None else (arguments.get(0, "this"))
        bound = (*receiver.bound, *arguments.positional[1:])
        return Function(receiver.node, receiver.scope, owner, receiver.owner, bound)
    return escaped(m, (receiver, *arguments.every()), at, name)


def _of_bound(m: Machine, receiver: Bound, name: str, arguments: Arguments, at: At) -> V:
    if name == "bind":
        return receiver
    if name in ("call", "apply"):
        return call(m, receiver, Arguments(arguments.positional[1:]), at)
    return escaped(m, (receiver, *arguments.every()), at, name)


def _of_library(m: Machine, receiver: Library, name: str, arguments: Arguments, at: At) -> V:
    return call(m, m.library_member(receiver, name, at), arguments, at)


def _of_opaque(m: Machine, receiver: Opaque, name: str, arguments: Arguments, at: At) -> V:
    by_name = call_by_name(m, receiver, name, arguments, at)
    if by_name is not None:
        return by_name
    if name == "send" and arguments.positional and isinstance(arguments.positional[0], Command):
        return send(m, arguments.positional[0], at)
    if name in ("then", "catch"):
        return _then(m, receiver, name, arguments, at)
    functions = [value for value in arguments.positional if isinstance(value, Function)]
    known = receiver.registered()
    if m.running:
        m.escape_values(tuple(known), at)
    known.extend(function for function in functions if function not in known)
    m.escape_values(arguments.every(), at)
    return Opaque(name, receiver.sources | m.sources_of(arguments.every()), receiver)


# Objects and lists -----------------------------------------------------------------------------------------------------


def _of_record(m: Machine, receiver: Record, name: str, arguments: Arguments, at: At) -> V:
    own = receiver.cell.get(name)
    if own is not None and any(isinstance(option, Thing) for option in options_of(own)):
        given = [o.with_receiver(receiver) if isinstance(o, Function) and not o.node.arrow and not m.python else o
                 for o in options_of(own)]  # fmt: skip
        return call(m, join(given), arguments, at)
    run = _RECORD_METHODS.get(name)
    if run is not None:
        return run(m, receiver, arguments, at)
    if name in ("then", "promise", "catch", "finally"):
        return _then(m, receiver, name, arguments, at)
    if name in ("has", "hasOwnProperty", "__contains__"):
        return Pure("has", (m.freeze(receiver), m.freeze(arguments.get(0, "key") or NOTHING)))
    by_name = call_by_name(m, receiver, name, arguments, at)
    return by_name if by_name is not None else escaped(m, arguments.every(), at, name)


def _get(m: Machine, receiver: Record, arguments: Arguments, at: At) -> V:
    from recursion_lint.code.elements import index

    found = index(m, receiver, arguments.get(0, "key") or Unknown("key"), at)
    default = arguments.get(1, "default")
    if default is None or not any(option == NOTHING for option in options_of(found)):
        return found
    return join((*(option for option in options_of(found) if option != NOTHING), default))


def _set(m: Machine, receiver: Record, arguments: Arguments, at: At) -> V:
    from recursion_lint.code.elements import put, put_computed

    key, value = arguments.get(0, "key") or Unknown("key"), arguments.get(1, "value") or NOTHING
    if isinstance(key, Literal):
        put(m, receiver, str(key.value), value)
    else:
        put_computed(m, receiver, key, value)
    del at
    return receiver


def _setdefault(m: Machine, receiver: Record, arguments: Arguments, at: At) -> V:
    found = _get(m, receiver, Arguments(arguments.positional[:1]), at)
    if any(option == NOTHING for option in options_of(found)):
        value = arguments.get(1, "default") or NOTHING
        found = join((*(option for option in options_of(found) if option != NOTHING), value))
        _set(m, receiver, Arguments((arguments.positional[0], found)), at)
    return found


def _update(m: Machine, receiver: Record, arguments: Arguments, at: At) -> V:
    for value in arguments.positional:
        spread(m, receiver, value)
    for name, value in arguments.named.items():
        m.journal.write(receiver.cell, name, value)
    if arguments.rest is not None:
        spread(m, receiver, arguments.rest)
    del at
    return NOTHING


def _pop(m: Machine, receiver: Record, arguments: Arguments, at: At) -> V:
    found = _get(m, receiver, arguments, at)
    key = arguments.get(0, "key")
    if isinstance(key, Literal):
        m.journal.write(receiver.cell, str(key.value), ABSENT)
    else:
        m.journal.write(receiver.cell, "\0open", True)
    return found


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
        return m.sequence(found.values, found.exact)

    return run


_RECORD_METHODS: dict[str, Callable[[Machine, Record, Arguments, At], V]] = {
    "get": _get,
    "set": _set,
    "add": _set,
    "setdefault": _setdefault,
    "update": _update,
    "pop": _pop,
    "delete": _pop,
    "copy": _copy,
    "forEach": _for_each_field,
    "items": _listed(pairs_of),
    "entries": _listed(pairs_of),
    "keys": _listed(keys_of),
    "values": _listed(values_of),
}


def _of_sequence(m: Machine, receiver: Sequence, name: str, arguments: Arguments, at: At) -> V:
    items = receiver.items
    first = arguments.positional[0] if arguments.positional else NOTHING
    if name in ("append", "push", "add"):
        return _extended(m, receiver, arguments.positional, items.exact)
    if name in ("unshift", "insert"):
        return _extended(m, receiver, arguments.positional[-1:], False)
    if name in ("extend", "update"):
        more = elements(m, first)
        return _extended(m, receiver, more.values, items.exact and more.exact)
    if name == "concat":
        parts = [
            elements(m, value) if _list_like(value) else Items((value,), True)
            for value in arguments.positional
        ]
        values = (*items.values, *(value for part in parts for value in part.values))
        return m.sequence(values, items.exact and all(part.exact for part in parts))
    if name in _EACH:
        return _each(m, receiver, items, name, arguments, at)
    if name in ("slice", "reverse", "flat", "keys", "values", "copy", "splice", "clear", "remove"):
        if name in ("splice", "clear", "remove", "reverse"):
            m.journal.write(receiver.cell, ITEMS, Items((*items.values, *arguments.positional[2:]), False))
        exact = items.exact and not arguments.positional and name in ("slice", "values", "copy")
        return m.sequence(items.values, exact)
    if name == "join":
        return _joined(m, items, first)
    if name in ("pop", "shift"):
        m.journal.write(receiver.cell, ITEMS, Items(items.values, False))
        return join(items.values) if items.values else NOTHING
    if name in ("then", "catch"):
        return _then(m, receiver, name, arguments, at)
    if name in _TESTS:
        return Pure(_TESTS[name], (m.freeze(receiver), *(m.freeze(value) for value in arguments.positional)))
    if name in _SAME:
        return receiver
    m.escape_values(arguments.every(), at)
    return Unknown(name, m.sources(receiver))


def _list_like(value: V) -> bool:
    return isinstance(value, (Sequence, ListValue, EventPath, CallResult))


def _joined(m: Machine, items: Items, separator: V) -> V:
    between = m.freeze(separator) if separator != NOTHING else Literal(",")
    if not items.exact:
        return Unknown("joined elements", m.sources_of(items.values) | m.sources(between))
    parts: list[Value] = []
    for place, value in enumerate(items.values):
        parts += [between] if place else []
        parts.append(m.freeze(value))
    return concatenated(parts)


def _extended(m: Machine, receiver: Sequence, values: tuple[V, ...], exact: bool) -> V:
    items = receiver.items
    new = [value for value in values if exact or not any(value is old for old in items.values)]
    if len(items.values) + len(new) > 60:
        new, exact = new[:1], False
    m.journal.write(receiver.cell, ITEMS, Items((*items.values, *new), exact))
    return NOTHING


def _each(m: Machine, receiver: V, items: Items, name: str, arguments: Arguments, at: At) -> V:
    """``map`` and its like: the function is called with the elements."""
    if not arguments.positional:
        return m.sequence(items.values, False)
    function = arguments.positional[0]
    few = items.exact and len(items.values) <= 8
    given = items.values if few else ((join(items.values),) if items.values else ())
    results = [_called_with(m, function, name, value, arguments, receiver, few, at) for value in given]
    if name == "reduce":
        start = arguments.positional[1] if len(arguments.positional) > 1 else None
        return join([*results, *([start] if start is not None else [])])
    if name in ("filter", "sort"):
        return m.sequence(items.values, name == "sort" and items.exact)
    if name == "map":
        return m.sequence(results, items.exact and few)
    if name == "flatMap":
        return m.sequence([inner for value in results for inner in elements(m, value).values], False)
    if name in ("find", "findLast"):
        return join((*items.values, NOTHING))
    if name in ("some", "every"):
        tests = tuple(m.freeze(value) for value in results)
        return Pure("any" if name == "some" else "all", tests)
    return NOTHING if name == "forEach" else Unknown("position")


def _called_with(
    m: Machine, function: V, name: str, value: V, arguments: Arguments, receiver: V, once: bool, at: At
) -> V:
    """The result for one element; where it stands for any number of them, the state before is one of those after."""
    given: tuple[V, ...] = (value, Unknown("position"), receiver)
    if name == "reduce":
        start = arguments.positional[1] if len(arguments.positional) > 1 else value
        given = (start, value, Unknown("position"))
    mark = m.journal.mark()
    result = call(m, function, Arguments(given), at)
    if once:
        return result
    changes = m.journal.changes(mark)
    m.journal.undo(mark)
    unsettled = m.journal.unsettled(mark, changes)
    m.journal.merge(mark, [{}, changes])
    if unsettled or name == "reduce":
        given = (join((given[0], result)), *given[1:]) if name == "reduce" else given
        again = m.journal.mark()
        result = join((result, call(m, function, Arguments(given), at)))
        changes = m.journal.changes(again)
        m.journal.undo(again)
        m.journal.merge(again, [{}, changes])
    return result


# Texts and parts of the event -------------------------------------------------------------------------------------------


def _of_value(m: Machine, receiver: Value, name: str, arguments: Arguments, at: At) -> V:
    given = arguments.positional
    if name == "invoke" and isinstance(receiver, ContextPath) and given:
        return _durable_invoke(m, arguments, at)
    if name in ("get", "getItem") and isinstance(receiver, (EventPath, CallResult, ContextPath)) and given:
        return _got(m, receiver, arguments, at)
    if name in ("then", "catch", "finally"):
        return _then(m, receiver, name, arguments, at)
    if name == "json" and isinstance(receiver, (EventPath, CallResult)):
        return m.field(receiver, "json", at)
    if name in ("items", "entries"):
        found = pairs_of(m, receiver)
        return m.sequence(found.values, found.exact)
    if name in _EACH and given and isinstance(given[0], (Function, Bound)):
        return _each(m, receiver, elements(m, receiver), name, arguments, at)
    if isinstance(receiver, Unknown):
        return _of_unknown(m, receiver, name, arguments, at)
    folded = _folded(receiver, name, given)
    if folded is not None:
        return m.thaw(folded)
    return _text_method(m, receiver, name, arguments, at)


def _text_method(m: Machine, receiver: Value, name: str, arguments: Arguments, at: At) -> V:
    given = tuple(m.freeze(value) for value in arguments.positional)
    if name in _TESTS:
        return Pure(_TESTS[name], (m.freeze(receiver), *given))
    if name == "format" and isinstance(receiver, Literal) and isinstance(receiver.value, str):
        return _formatted(m, receiver.value, arguments)
    if name == "join" and arguments.positional:
        return _joined(m, elements(m, arguments.positional[0]), receiver)
    if name == "concat":
        return concatenated((receiver, *given))
    if name in ("replace", "replaceAll") and _decodes(given):
        return receiver
    if name in _PURE:
        return Pure(_PURE[name], (m.freeze(receiver), *given))
    if name in _SAME:
        return receiver
    if name in ("keys", "values") and isinstance(receiver, (EventPath, CallResult)):
        return m.sequence((Unknown("field", m.sources(receiver)),), False)
    if name in ("update", "pop", "setdefault", "append", "push") and isinstance(
        receiver, (EventPath, CallResult)
    ):
        return _changed(m, receiver, name, arguments, at)
    m.escape_values(arguments.every(), at)
    by_name = call_by_name(m, receiver, name, arguments, at)
    if by_name is not None and not isinstance(receiver, (Literal, Concatenation)):
        return by_name
    return Unknown(name, m.sources(receiver) | m.sources_of(arguments.every()))


def _decodes(given: tuple[Value, ...]) -> bool:
    """``replace("+", " ")`` only takes back how the event encodes a key."""
    if len(given) < 2 or given[1] != Literal(" "):
        return False
    pattern = given[0].arguments[0] if isinstance(given[0], Pure) and given[0].name == "regex" else given[0]
    return pattern in (Literal("+"), Literal("\\+"), Literal("%20"))


def _changed(m: Machine, receiver: EventPath | CallResult, name: str, arguments: Arguments, at: At) -> V:
    """A part of the event, or of a result, is changed in place."""
    from recursion_lint.code.elements import put

    first = arguments.positional[0] if arguments.positional else NOTHING
    if name == "update":
        fields = dict(arguments.named)
        if isinstance(first, Record):
            fields.update(
                {str(key): value for key, value in first.cell.items() if not str(key).startswith("\0")}
            )
        for key, value in fields.items():
            put(m, receiver, key, value)
    elif name in ("pop", "setdefault") and isinstance(first, Literal):
        old = m.field(receiver, str(first.value), at)
        new = join((old, arguments.get(1, "default") or NOTHING)) if name == "setdefault" else ABSENT
        put(m, receiver, str(first.value), new)
        return old
    return NOTHING


def _of_unknown(m: Machine, receiver: Unknown, name: str, arguments: Arguments, at: At) -> V:
    by_name = call_by_name(m, receiver, name, arguments, at)
    if by_name is not None:
        return by_name
    if name == "send" and arguments.positional and isinstance(arguments.positional[0], Command):
        return send(m, arguments.positional[0], at)
    if name in _SAME:
        m.escape_values(arguments.every(), at)
        return receiver
    if name in _TESTS and name not in ("find", "search", "index", "count", "test", "match"):
        return Pure(_TESTS[name], (receiver, *(m.freeze(value) for value in arguments.positional)))
    return escaped(m, (receiver, *arguments.every()), at, name)


def _got(m: Machine, receiver: Value, arguments: Arguments, at: At) -> V:
    from recursion_lint.code.elements import index

    found = index(m, receiver, arguments.positional[0], at)
    default = arguments.get(1, "default")
    if default is None or default == NOTHING:
        return found
    return join((found, default)) if not isinstance(default, (Record, Sequence)) else found


def _then(m: Machine, receiver: V, name: str, arguments: Arguments, at: At) -> V:
    """Promises: ``then`` goes on with the value, ``catch`` and its second argument with an exception."""
    given, result = arguments.positional, receiver
    if name == "finally":
        for function in given:
            call(m, function, Arguments(), at)
        return result
    if name == "then" and given and given[0] != NOTHING:
        result = call(m, given[0], Arguments((receiver,)), at)
    for function in given[1:2] if name == "then" else given[:1]:
        mark = m.journal.mark()
        m.guards.append(m.error_guard(at))
        call(m, function, Arguments((ERROR,)), at)
        m.guards.pop()
        changes = m.journal.changes(mark)
        m.journal.undo(mark)
        m.journal.merge(mark, [{}, changes])
    return result


def _durable_invoke(m: Machine, arguments: Arguments, at: At) -> V:
    """``context.invoke`` of durable functions invokes another function: ``([name,] function, payload)``."""
    given = [value for value in arguments.positional if not isinstance(value, Function)]
    named = len(given) > 2 or (not m.python and len(given) == 2 and not isinstance(given[1], Record))
    function = arguments.named.get("function_name") or (given[1] if named and not m.python else given[0])
    payload = arguments.named.get("payload") or (given[-1] if len(given) > 1 else NOTHING)
    encoded = Pure("json", (m.freeze(payload),))
    return record(
        m, operation("lambda.Invoke"), m.record({"FunctionName": function, "Payload": encoded}), here(m, at)
    )


def _folded(receiver: Value, name: str, given: tuple[V, ...]) -> Value | None:
    """The result where everything is a literal."""
    if not isinstance(receiver, Literal) or not isinstance(receiver.value, str) or name not in _FOLD:
        return None
    plain = [value.value for value in given if isinstance(value, Literal)]
    if len(plain) != len(given) or not all(isinstance(value, (str, int)) for value in plain):
        return None
    try:
        result = getattr(receiver.value, _FOLD[name])(*plain)
    except (TypeError, ValueError):
        return None
    if isinstance(result, list):
        return ListValue(tuple(Literal(part) for part in result[:60]), len(result) <= 60)
    return Literal(result)


def _formatted(m: Machine, template: str, arguments: Arguments) -> Value:
    parts: list[Value] = []
    place = end = 0
    for found in _FIELD.finditer(template):
        parts.append(Literal(template[end : found.start()]))
        end, name = found.end(), found.group(1)
        number = int(name) if name.isdigit() else place
        place += 0 if name else 1
        value = arguments.named.get(name) if name and not name.isdigit() else arguments.get(number, "")
        parts.append(m.freeze(value) if value is not None else Unknown("a field of a format"))
    return concatenated([*parts, Literal(template[end:])])


_BY_KIND: tuple[tuple[type[V] | tuple[type[V], ...], Callable[..., V]], ...] = (
    (Record, _of_record),
    (Sequence, _of_sequence),
    (Client, call_client),
    (Resource, call_resource),
    ((Instance, Class, Module), _of_member),
    (EnvironmentAll, _of_environment),
    (Function, _of_function),
    (Library, _of_library),
    (Opaque, _of_opaque),
    (Bound, _of_bound),
)
