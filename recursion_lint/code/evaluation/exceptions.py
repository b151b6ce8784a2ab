"""Running statements that may raise, and their handlers."""

from recursion_lint.code.calls import CallResult, Guard, Unknown
from recursion_lint.code.evaluation.elements import has_method
from recursion_lint.code.evaluation.frames import Arguments, Exit, Flow, States
from recursion_lint.code.evaluation.heap import Scope, options_of
from recursion_lint.code.evaluation.machine import Machine
from recursion_lint.code.syntax.tree import At
from recursion_lint.code.syntax.tree_statements import Try, With

_READS = ("Get", "Head", "Describe", "List", "Query", "Scan", "BatchGet")


def run_try(m: Machine, statement: Try, scope: Scope) -> Flow:
    mark, probes = m.journal.mark(), len(m.probes)
    if statement.handlers:
        m.try_marks.append(mark)
    inside = m.inner(scope)
    flow = m.block(statement.body, inside)
    if statement.handlers:
        m.try_marks.pop()
    ended, history = m.journal.changes(mark), m.journal.history(mark)
    exits, live, dead = list(flow.exits), [], [ended]
    if flow.falls and statement.after:
        after = m.block(statement.after, inside)
        exits.extend(after.exits)
        flow = Flow(after.falls)
    if flow.falls:
        live.append(m.journal.changes(mark))
    if statement.handlers:
        m.journal.undo(mark)
        raising = [one.changes for one in exits if one.kind == "raise"]
        handled, left = _handlers(
            m, statement, scope, _probe_guard(m, probes, statement.at), [ended, history, *raising]
        )
        live.extend(handled)
        exits = [one for one in exits if one.kind != "raise" or not handled]
        exits = [one._replace(kind="guard") if one.kind == "raise" else one for one in exits]
        exits.extend(left)
    m.journal.undo(mark)
    m.journal.merge(mark, live or dead)
    if not statement.final:
        return Flow(bool(live), tuple(exits))
    final = m.block(statement.final, m.inner(scope))
    return Flow(bool(live) and final.falls, (*exits, *final.exits))


def run_with(m: Machine, statement: With, scope: Scope) -> Flow:
    """``with``: what an object of the project does at the end is done however the block is left."""
    value = m.evaluate(statement.value, scope)
    found = options_of(value)
    names = ("__aenter__", "__aexit__") if statement.asynchronous else ("__enter__", "__exit__")
    own = any(has_method(option, names[0]) for option in found)
    entered = m.due(m.method(value, names[0] if own else "__enter__", Arguments(), statement.value[-1]))
    if statement.target is not None:
        m.assign(statement.target, entered, scope, True)
    if not any(has_method(option, names[1]) for option in found):
        return m.block(statement.body, scope)
    m.assign(statement.manager, value, scope, True)
    return run_try(m, Try(statement.body, (), (), statement.last, statement.at), scope)


def _handlers(
    m: Machine, statement: Try, scope: Scope, guard: Guard, raising: States
) -> tuple[States, list[Exit]]:
    """Runs the handlers from each state that an exception may have left; what they leave, and the ways out of them."""
    mark = m.journal.mark()
    states: States = []
    exits: list[Exit] = []
    for handler in statement.handlers:
        m.journal.merge(mark, [{}, *raising])
        inside = m.inner(scope)
        if handler.target is not None:
            m.assign(handler.target, Unknown("exception", frozenset({"error"})), inside, True)
        m.guards.append(guard)
        flow = m.block(handler.body, inside)
        m.guards.pop()
        exits.extend(one._replace(guards=(guard, *one.guards)) for one in flow.exits)
        if flow.falls:
            states.append(m.journal.changes(mark))
        m.journal.undo(mark)
    return states, exits


def _probe_guard(m: Machine, since: int, at: At) -> Guard:
    """The condition of a handler. Where the only calls before it ask whether something is there, it is their answer."""
    asked = m.probes[since:]
    if asked and all(operation.startswith(_READS) for _, operation in asked):
        service, operation = asked[-1]
        text = f"{service}.{operation} is refused"
        return Guard(CallResult(service, operation, ("exception",)), True, m.module.path, at[0], text)
    return m.error_guard(at)
