"""Calls of the project's functions and classes: their arguments, their results, new objects."""

from functools import reduce

from recursion_lint.code.calls import CallResult, ContextPath, EventPath, Guard, Pure, Unknown, Value
from recursion_lint.code.evaluation.delayed import delay, waits
from recursion_lint.code.evaluation.escaping import escaped
from recursion_lint.code.evaluation.frames import Arguments, Exit, Flow, Frame, next_link
from recursion_lint.code.evaluation.heap import (
    Bound,
    Class,
    Either,
    Function,
    Instance,
    Items,
    Late,
    Library,
    Module,
    Opaque,
    Partial,
    Promised,
    Record,
    Scope,
    Thing,
    V,
    any_of,
    join,
    options_of,
)
from recursion_lint.code.evaluation.machine import Machine
from recursion_lint.code.evaluation.spreading import spread
from recursion_lint.code.syntax.tree import At, FunctionNode
from recursion_lint.code.values import ABSENT, NOTHING, is_test

MOST_ON_STACK = 40
MOST_TIMES_ON_STACK = 2
_LOST = frozenset({"many values", "deep value", "no value", "an argument that is not given", "recursion"})
_MOST_CALLBACKS = 30


def call(m: Machine, function: V, arguments: Arguments, at: At) -> V:
    """The result of calling a value."""
    m.tick()
    if isinstance(function, Function):
        return call_function(m, function, arguments, at)
    if isinstance(function, Class):
        return m.construct(function, arguments, at)
    if isinstance(function, Bound):
        return m.method(function.receiver, function.name, arguments, at)
    if isinstance(function, Library):
        return m.call_library(function, arguments, at)
    if isinstance(function, Partial):
        return call(m, function.function, completed(function, arguments), at)
    if isinstance(function, Instance):
        return m.method(function, "__call__", arguments, at)
    if isinstance(function, Module):
        return _call_module(m, function, arguments, at)
    found = [option for option in options_of(function) if option != NOTHING]
    if len(found) > 1 or (found and found[0] is not function):
        return _call_one_of(m, function, found, arguments, at)
    if isinstance(function, Opaque) and function.callbacks:
        return join(call_function(m, one, arguments, at) for one in function.callbacks[:_MOST_CALLBACKS])
    if isinstance(function, Late):
        return call(m, m.arrived(function), arguments, at)
    if is_lost(function):
        m.gap("a function that is not known is called", at)
    m.seen.called.update(_names_of(function))
    return escaped(m, (function, *arguments.every()), at, "call")


def _names_of(function: V) -> tuple[str, ...]:
    """The name under which something that is not known was got and called."""
    if isinstance(function, (Opaque, Unknown)):
        return (function.reason,)
    return function.path[-1:] if isinstance(function, (ContextPath, EventPath)) else ()


def _call_one_of(m: Machine, function: V, found: list[V], arguments: Arguments, at: At) -> V:
    """The result of one or the other; which of several functions of the project it is, is a condition."""
    if isinstance(function, Either) and function.tests:
        return _call_chosen(m, function, arguments, at)
    chosen = len({id(option.node) for option in found if isinstance(option, Function)}) > 1
    if chosen:
        m.guards.append(m.guard(Unknown("one of several functions", frozenset({"event"})), True, at))
    result = join(call(m, option, arguments, at) for option in found)
    if chosen:
        m.guards.pop()
    return result


def _call_chosen(m: Machine, function: Either, arguments: Arguments, at: At) -> V:
    """The result of one of several functions, of which a test tells which it is."""
    results = []
    for option, test in zip(function.options, function.tests, strict=True):
        m.guards.append(m.guard(test, True, at))
        results += [call(m, option, arguments, at)] if option != NOTHING else []
        m.guards.pop()
    return join(results)


def completed(partial: Partial, arguments: Arguments) -> Arguments:
    """All arguments of a call of what has some already."""
    return Arguments(
        (*partial.positional, *arguments.positional),
        {**partial.named, **arguments.named},
        arguments.rest if arguments.rest is not None else partial.rest,
    )


def is_lost(value: V) -> bool:
    """Is it a value of the project's own that the interpretation has lost hold of?"""
    if isinstance(value, Unknown):
        return (
            value.reason in _LOST or value.reason.startswith("name ") or value.reason.endswith(" of a module")
        )
    return value == NOTHING


def _call_module(m: Machine, module: Module, arguments: Arguments, at: At) -> V:
    exports = module.exports
    if isinstance(exports, Record):
        exports = exports.cell.get("default", exports)
    if isinstance(exports, (Function, Class, Opaque, Bound)):
        return call(m, exports, arguments, at)
    return escaped(m, arguments.every(), at, "call")


def call_function(m: Machine, function: Function, arguments: Arguments, at: At) -> V:
    """The result of a function of the project: that of a generator or a coroutine is there when it is asked for."""
    if waits(function.node, m.python):
        m.called.add(id(function.node))
        return delay(m, lambda: _run(m, function, arguments, at))
    result = _run(m, function, arguments, at)
    return Promised(result) if function.node.asynchronous and not m.python else result


def _run(m: Machine, function: Function, arguments: Arguments, at: At) -> V:
    """Runs a function of the project with its arguments."""
    node = function.node
    running = [frame for frame in m.frames if frame.node is node]
    if len(running) >= MOST_TIMES_ON_STACK and not next_link(function, running):
        running[0].recursive = True
        return Unknown("recursion", m.sources_of(arguments.every()))
    if len(m.frames) > MOST_ON_STACK:
        m.gap("calls are nested too deeply", at)
        return Unknown("deep call", m.sources_of(arguments.every()))
    m.called.add(id(node))
    scope = Scope(m.journal.cell(scope=True), function.scope, function.scope.module)
    outside, m.module = m.module, function.scope.module
    mark, base = m.journal.mark(), len(m.guards)
    _bind(m, function, arguments, scope)
    frame = Frame(function, mark, base)
    frame.written = m.written
    m.frames.append(frame)
    marks = m.break_marks, m.continue_marks
    m.break_marks, m.continue_marks = [], []
    if id(node) in m.idempotent:
        m.guards.append(_done_before(m, node))
    pending, m.pending = m.pending, []
    rejected, m.rejected = m.rejected, []
    flow = m.block(node.body, scope)
    del m.guards[base:]
    m.break_marks, m.continue_marks = marks
    m.frames.pop()
    m.module = outside
    m.left = not flow.falls and not node.generator and (m.python or not node.asynchronous)
    m.left = m.left and not frame.recursive and all(one.kind == "raise" for one in flow.exits)
    if frame.recursive and m.written > frame.written:
        m.gap("a function calls itself and writes", at)
    _settle(m, frame, flow)
    raised = [one for one in flow.exits if _matters(m, one)]
    later = not m.python and node.asynchronous
    m.pending = pending if later else [*pending, *raised]
    m.rejected = [*rejected, *m.rejected, *raised] if later else [*rejected, *m.rejected]
    return _result(m, node, frame, flow)


def _done_before(m: Machine, node: FunctionNode) -> Guard:
    test = CallResult("dynamodb", "PutItem", ("exception",))
    return Guard(test, False, m.module.path, node.at[0], "the event was not worked on before (idempotent)")


def _matters(m: Machine, one: Exit) -> bool:
    if one.kind != "raise" or any(guard.on_error for guard in one.guards):
        return False
    return bool(one.guards) or bool(m.try_marks)


def _settle(m: Machine, frame: Frame, flow: Flow) -> None:
    """Goes on with the state of one or the other ``return``."""
    states = [one.changes for one in flow.exits if one.kind == "return"]
    if not states or (len(states) == 1 and not flow.falls and len(frame.returned) == 1):
        if states and frame.last is not m.journal.last:
            now = m.journal.changes(frame.mark)
            if now.keys() != states[0].keys() or any(now[key][2] is not states[0][key][2] for key in now):
                m.journal.undo(frame.mark)
                m.journal.apply(states[0])
        return
    if flow.falls:
        states.append(m.journal.changes(frame.mark))
    m.journal.undo(frame.mark)
    m.journal.merge(frame.mark, states)


def _result(m: Machine, node: FunctionNode, frame: Frame, flow: Flow) -> V:
    if node.generator:
        parts = [Items((NOTHING,), True, way) for way in frame.ways]
        return m.sequence(frame.yielded, False, reduce(any_of, parts).chosen if parts else ())
    returned = list(frame.returned)
    if flow.falls and node.name != "constructor":
        returned.append(((), NOTHING))
    if not returned:
        return NOTHING
    if len(returned) == 1:
        return returned[0][1]
    if all(isinstance(value, Promised) for _, value in returned):
        return Promised(_one_of(m, [(guards, m.due(value)) for guards, value in returned]))
    return _one_of(m, returned)


def _one_of(m: Machine, returned: list[tuple[tuple[Guard, ...], V]]) -> V:
    """One or the other of what is returned: of truth values it is told which."""
    frozen = [(guards, value) for guards, value in returned if not isinstance(value, Thing)]
    if len(frozen) == len(returned) and all(is_test(m.freeze(value)) for _, value in frozen):
        return _chosen([(guards, m.freeze(value)) for guards, value in frozen])
    return join(value for _, value in returned)


def _chosen(returned: list[tuple[tuple[Guard, ...], Value]]) -> Value:
    """Truth values by the conditions under which each is returned, in order."""
    result = returned[-1][1]
    for guards, value in reversed(returned[:-1]):
        tests = tuple(guard.test if guard.holds else Pure("not", (guard.test,)) for guard in guards)
        if not tests or any(guard.on_error for guard in guards):
            return Unknown("result of branches", frozenset({"unknown"}))
        result = Pure("when", (tests[0] if len(tests) == 1 else Pure("and", tests), value, result))
    return result


# Arguments ------------------------------------------------------------------------------------------------------------


def _bind(m: Machine, function: Function, arguments: Arguments, scope: Scope) -> None:
    """Puts arguments into the parameters of a function."""
    node, given = function.node, [*function.bound, *arguments.positional]
    parameters = list(node.parameters)
    if function.receiver is not None and m.python:
        given.insert(0, function.receiver)
    if not m.python and not node.arrow:
        scope.cell["this"] = function.receiver if function.receiver is not None else Unknown("this")
        scope.cell["arguments"] = m.sequence(given)
    for place, parameter in enumerate(parameters):
        value = _argument(m, function, place, given, arguments, scope)
        m.assign(parameter.target, value, scope, True)
        if parameter.property and isinstance(function.receiver, Instance):
            m.journal.write(function.receiver.cell, getattr(parameter.target, "name", ""), value)
    if node.rest is not None:
        m.assign(node.rest, m.sequence(given[len(parameters) - node.by_name :]), scope, True)
    if node.named_rest is not None:
        names = {getattr(parameter.target, "name", "") for parameter in parameters[node.by_place :]}
        left = m.record({name: value for name, value in arguments.named.items() if name not in names})
        if arguments.rest is not None:
            spread(m, left, arguments.rest)
        m.journal.write(scope.cell, node.named_rest, left)


def _argument(
    m: Machine, function: Function, place: int, given: list[V], arguments: Arguments, scope: Scope
) -> V:
    node = function.node
    parameter = node.parameters[place]
    name = getattr(parameter.target, "name", "")
    if place < len(given) and place < len(node.parameters) - node.by_name:
        value = given[place]
        missing = not m.python and value == NOTHING
        return m.evaluate(parameter.default, scope) if missing and parameter.default is not None else value
    if name in arguments.named and place >= node.by_place:
        return arguments.named[name]
    default = function.defaults.get(place)
    if default is None and parameter.default is not None:
        default = m.evaluate(parameter.default, scope)
    if arguments.rest is not None:
        found = m.field(arguments.rest, name, parameter.target[-1])
        own = arguments.rest.cell.get(name) if isinstance(arguments.rest, Record) else None
        if own is not None and ABSENT not in options_of(own):
            return found
        return found if default is None else join((found, default))
    if default is not None:
        return default
    return Unknown("an argument that is not given") if m.python else NOTHING
