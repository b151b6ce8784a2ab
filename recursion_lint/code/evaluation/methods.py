"""Methods of values: of objects and lists, of texts, of what the event and results of calls hold, of functions."""

from collections.abc import Callable, Mapping

from recursion_lint.code.calls import (
    CallResult,
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
from recursion_lint.code.evaluation.access import attribute
from recursion_lint.code.evaluation.containers import (
    EACH,
    call_each,
    call_mapped,
    call_record,
    call_sequence,
    promised,
)
from recursion_lint.code.evaluation.delayed import call_delayed
from recursion_lint.code.evaluation.elements import elements, pairs_of
from recursion_lint.code.evaluation.escaping import escaped
from recursion_lint.code.evaluation.frames import Arguments
from recursion_lint.code.evaluation.heap import (
    CALLED,
    ENVIRONMENT_ALL,
    Bound,
    Class,
    Client,
    Command,
    Delayed,
    EnvironmentAll,
    Function,
    Instance,
    Library,
    Module,
    Opaque,
    Partial,
    Promised,
    Record,
    Resource,
    Sequence,
    Thing,
    V,
    join,
    options_of,
)
from recursion_lint.code.evaluation.invoking import call, call_function
from recursion_lint.code.evaluation.library_functions import FILE_WRITERS, write_table
from recursion_lint.code.evaluation.machine import Machine
from recursion_lint.code.evaluation.presigned import requested
from recursion_lint.code.evaluation.promises import call_promise
from recursion_lint.code.evaluation.recording import here, record
from recursion_lint.code.evaluation.sdk_clients import call_by_name, call_client, call_resource, send
from recursion_lint.code.evaluation.texts import SAME, TESTS_BY_NAME, call_text, folded
from recursion_lint.code.sdk_calls import operation
from recursion_lint.code.syntax.tree import At
from recursion_lint.code.values import NOTHING, defaulted

# Methods of pools of threads that call the function they are given with the arguments after it.
_MAPPING = frozenset({"map", "imap", "imap_unordered", "map_async"})
_RUNNING = frozenset({"run_in_executor", "submit", "apply_async", "call_soon", "add_task", "spawn"})


def call_method(m: Machine, receiver: V, name: str, arguments: Arguments, at: At) -> V:
    """The result of ``receiver.name(arguments)``."""
    found = options_of(receiver)
    if len(found) > 1:
        kept = [option for option in found if option != NOTHING]
        return join(call_method(m, option, name, arguments, at) for option in kept)
    run = _BY_KIND.get(type(receiver))
    if run is not None:
        return run(m, receiver, name, arguments, at)
    if isinstance(receiver, (ObjectValue, ListValue)):
        return call_method(m, m.thaw(receiver), name, arguments, at)
    if isinstance(receiver, Thing):
        return escaped(m, (receiver, *arguments.every()), at, name)
    m.seen.called.add(name)
    return _of_value(m, receiver, name, arguments, at)


def _of_member(m: Machine, receiver: V, name: str, arguments: Arguments, at: At) -> V:
    function = attribute(m, receiver, name, at)
    if isinstance(function, Bound) and isinstance(function.receiver, Opaque):
        # A method of the library's class that it derives from: that may call the methods of the object.
        return escaped(m, (receiver, *arguments.every()), at, name)
    if function == NOTHING or isinstance(function, Unknown):
        m.seen.asked.add(name)
        by_name = call_by_name(m, name, arguments, at)
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
    if id(receiver.node) in m.members and name in m.members[id(receiver.node)].cell:
        return call(m, m.members[id(receiver.node)].cell[name], arguments, at)
    if name == "call":
        function = receiver.with_receiver(arguments.positional[0]) if arguments.positional else receiver
        return call_function(m, function, Arguments(arguments.positional[1:]), at)
    if name == "apply":
        given = elements(m, arguments.positional[1]).values if len(arguments.positional) > 1 else ()
        return call_function(m, receiver, Arguments(given), at)
    if name == "bind":
        owner = receiver.receiver if receiver.receiver is not None else (arguments.get(0, "this"))
        bound = (*receiver.bound, *arguments.positional[1:])
        return receiver.with_bound(owner, bound)
    return escaped(m, (receiver, *arguments.every()), at, name)


def _of_bound(m: Machine, receiver: Bound | Partial, name: str, arguments: Arguments, at: At) -> V:
    given = arguments.positional[1:]
    if name == "bind":
        return Partial(receiver, given, {}) if given else receiver
    if name == "call":
        return call(m, receiver, Arguments(given), at)
    if name == "apply":
        return call(m, receiver, Arguments(elements(m, given[0]).values if given else ()), at)
    if name == "__call__":
        return call(m, receiver, arguments, at)
    return escaped(m, (receiver, *arguments.every()), at, name)


def _of_library(m: Machine, receiver: Library, name: str, arguments: Arguments, at: At) -> V:
    return call(m, m.library_member(receiver, name, at), arguments, at)


def _of_opaque(m: Machine, receiver: Opaque, name: str, arguments: Arguments, at: At) -> V:
    m.seen.called.add(name)
    by_name = call_by_name(m, name, arguments, at)
    if by_name is not None:
        return by_name
    m.seen.asked.add(name)
    if name in FILE_WRITERS and m.python and write_table(m, name, arguments, at):
        return Unknown("written")
    if name == "send" and arguments.positional and isinstance(arguments.positional[0], Command):
        return Promised(send(m, arguments.positional[0], at))
    given = arguments.positional[1:] if name == "run_in_executor" else arguments.positional
    if name in _MAPPING and m.python and len(given) > 1 and isinstance(given[0], CALLED):
        return call_mapped(m, given[0], given[1:], at)
    requested(m, name, arguments, at)
    if name in ("then", "catch"):
        return promised(m, receiver, name, arguments, at)
    if name in _RUNNING and given and isinstance(given[0], CALLED):
        return m.due(call(m, given[0], Arguments(given[1:], arguments.named, arguments.rest), at))
    functions = [value for value in arguments.positional if isinstance(value, Function)]
    known = receiver.registered()
    if m.running:
        m.escape_values(tuple(known), at)
    known.extend(function for function in functions if function not in known)
    made = Opaque(name, receiver.sources | m.escape_values(arguments.every(), at), receiver)
    made.callbacks.extend(receiver.callbacks)
    if name == "handler" and not m.python:
        made.callbacks.extend(functions)  # middy().use(…).handler(function)
    return made


def _of_value(m: Machine, receiver: Value, name: str, arguments: Arguments, at: At) -> V:
    given = arguments.positional
    if name == "invoke" and isinstance(receiver, ContextPath) and given:
        return _durable_invoke(m, arguments, at)
    if name in ("get", "getItem") and isinstance(receiver, (EventPath, CallResult, ContextPath)) and given:
        return _got(m, receiver, arguments, at)
    if name in ("then", "catch", "finally"):
        return promised(m, receiver, name, arguments, at)
    if name == "json" and isinstance(receiver, (EventPath, CallResult)):
        return m.field(receiver, "json", at)
    if name in ("items", "entries"):
        found = pairs_of(m, receiver)
        return m.sequence(found.values, found.exact)
    if name in EACH and given and isinstance(given[0], CALLED):
        return call_each(m, receiver, elements(m, receiver), name, arguments, at)
    if isinstance(receiver, Unknown):
        return _of_unknown(m, receiver, name, arguments, at)
    result = folded(receiver, name, given)
    if result is not None:
        return m.thaw(result)
    return call_text(m, receiver, name, arguments, at)


def _of_unknown(m: Machine, receiver: Unknown, name: str, arguments: Arguments, at: At) -> V:
    requested(m, name, arguments, at)
    by_name = call_by_name(m, name, arguments, at)
    if by_name is not None:
        return by_name
    if name == "send" and arguments.positional and isinstance(arguments.positional[0], Command):
        return Promised(send(m, arguments.positional[0], at))
    if name in FILE_WRITERS and m.python and write_table(m, name, arguments, at):
        return Unknown("written")
    m.seen.asked.add(name)
    if receiver.reason in _OWN and name in m.seen.methods:
        return _of_lost_this(m, name, arguments, at)
    if name in SAME:
        m.escape_values(arguments.every(), at)
        return receiver
    if name in TESTS_BY_NAME and name not in ("find", "search", "index", "count", "test", "match"):
        return Pure(TESTS_BY_NAME[name], (receiver, *(m.freeze(value) for value in arguments.positional)))
    return escaped(m, (receiver, *arguments.every()), at, name)


_OWN = frozenset({"this", "name this"})
_MOST_NAMED = 8


def _of_lost_this(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    """``this.name()`` where it is not known whose method is running: it may be any of the methods of that name."""
    found = list(m.seen.methods[name].values())
    if len(found) > _MOST_NAMED:
        m.gap(f"{name} of an unknown object is called", at)
    m.unsure += 1
    result = join(call(m, one, arguments, at) for one in found[:_MOST_NAMED])
    m.unsure -= 1
    return result


def _got(m: Machine, receiver: Value, arguments: Arguments, at: At) -> V:
    from recursion_lint.code.evaluation.elements import index

    found = index(m, receiver, arguments.positional[0], at)
    default = arguments.get(1, "default")
    if default is None or default == NOTHING:
        return found
    if isinstance(default, (Record, Sequence)):
        return found
    if isinstance(found, EventPath) and not isinstance(default, Thing):
        return defaulted(found, default)
    return join((found, default))


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


_BY_KIND: Mapping[type[object], Callable[..., V]] = {
    Record: call_record,
    Sequence: call_sequence,
    Client: call_client,
    Resource: call_resource,
    Instance: _of_member,
    Class: _of_member,
    Module: _of_member,
    EnvironmentAll: _of_environment,
    Function: _of_function,
    Library: _of_library,
    Opaque: _of_opaque,
    Bound: _of_bound,
    Partial: _of_bound,
    Delayed: call_delayed,
    Promised: call_promise,
}
