"""Running statements: branches, loops and exception handlers with the states that they lead to."""

from collections.abc import Callable
from collections.abc import Sequence as Many
from typing import Any

from recursion_lint.code.calls import Alternatives, CallResult, Guard, Literal, Pure, Unknown, Value
from recursion_lint.code.evaluation.changing import take_away
from recursion_lint.code.evaluation.definitions import define_class, define_function
from recursion_lint.code.evaluation.delayed import dropped
from recursion_lint.code.evaluation.elements import tested
from recursion_lint.code.evaluation.exceptions import run_try, run_with
from recursion_lint.code.evaluation.frames import FALLS, Exhausted, Exit, Flow, States
from recursion_lint.code.evaluation.heap import Scope
from recursion_lint.code.evaluation.imports import export_all, import_javascript, import_python
from recursion_lint.code.evaluation.journal import join_slots
from recursion_lint.code.evaluation.loops import run_loop, run_once
from recursion_lint.code.evaluation.machine import DEEPEST_NESTING, Machine
from recursion_lint.code.syntax.tree import At, Statement
from recursion_lint.code.syntax.tree_statements import (
    Assign,
    Break,
    ClassDefinition,
    Continue,
    Define,
    Delete,
    Evaluate,
    ExportAll,
    If,
    ImportJavaScript,
    ImportPython,
    Loop,
    Once,
    Outer,
    Raise,
    Return,
    Try,
    With,
)
from recursion_lint.code.values import is_test, truth

_MOST_GUARDS = 60


def run_block(m: Machine, body: Many[Statement], scope: Scope) -> Flow:
    """Runs statements in order. Where a way out is left under conditions, what follows stands under their opposite."""
    m.depth += 1
    if m.depth > DEEPEST_NESTING:
        raise Exhausted("calls are nested too deeply")
    base, falls = len(m.guards), True
    exits: list[Exit] = []
    for statement in body:
        m.tick()
        flow = _RUN[type(statement)](m, statement, scope)
        m.rejected = []
        if m.pending:
            flow = Flow(flow.falls, (*m.pending, *flow.exits))
            m.pending = []
        if flow.exits:
            local = tuple(m.guards[base:])
            exits.extend(
                Exit(one.kind, (*local, *one.guards), one.changes) if local else one for one in flow.exits
            )
        if not flow.falls:
            falls = False
            break
        for one in flow.exits:
            guard_against(m, one.guards)
    del m.guards[base:]
    m.depth -= 1
    return Flow(falls, tuple(exits))


def guard_against(m: Machine, guards: tuple[Guard, ...]) -> None:
    """What follows stands under the condition that not all of ``guards`` hold."""
    if not guards or len(m.guards) >= _MOST_GUARDS or any(guard.on_error for guard in guards):
        return
    first = guards[0]
    if len(guards) == 1:
        opposite = first._replace(holds=not first.holds)
    else:
        tests = tuple(guard.test if guard.holds else Pure("not", (guard.test,)) for guard in guards)
        text = " and ".join(guard.text if guard.holds else f"not ({guard.text})" for guard in guards)
        opposite = first._replace(test=Pure("and", tests), holds=False, text=text)
    if not any(one.line == opposite.line and one == opposite for one in m.guards):
        m.guards.append(opposite)


def _evaluate(m: Machine, statement: Evaluate, scope: Scope) -> Flow:
    m.ended = None
    dropped(m.evaluate(statement.value, scope))
    return Flow(False, (raised(m, ()),)) if _ends(m, statement.value[-1]) else FALLS


def _ends(m: Machine, at: At) -> bool:
    """Does the call at this place, which is the whole statement, never come back?"""
    ended, m.ended = m.ended, None
    return ended == at


def _assign(m: Machine, statement: Assign, scope: Scope) -> Flow:
    value = m.evaluate(statement.value, scope)
    m.assign(statement.target, value, scope.whole() if statement.whole else scope, statement.declares)
    return FALLS


def _delete(m: Machine, statement: Delete, scope: Scope) -> Flow:
    take_away(m, statement.target, scope)
    return FALLS


def _return(m: Machine, statement: Return, scope: Scope) -> Flow:
    value = m.evaluate(statement.value, scope) if statement.value is not None else Literal(None)
    m.wait()
    frame = m.frames[-1]
    if frame.node is not None and frame.node.asynchronous and not m.python:
        value = m.due(value)
    frame.returned.append((tuple(m.guards[frame.base :]), value))
    frame.last = m.journal.last
    return Flow(False, (Exit("return", (), m.journal.changes(frame.mark)),))


def _raise(m: Machine, statement: Raise, scope: Scope) -> Flow:
    if statement.value is not None:
        m.evaluate(statement.value, scope)
    return Flow(False, (raised(m, ()),))


def raised(m: Machine, guards: tuple[Guard, ...]) -> Exit:
    """The way to the next handler of exceptions."""
    changes = m.journal.changes(m.try_marks[-1]) if m.try_marks else {}
    return Exit("raise", guards, changes)


def _break(m: Machine, statement: Break, scope: Scope) -> Flow:
    del statement, scope
    return Flow(False, (Exit("break", (), m.journal.changes(m.break_marks[-1])),) if m.break_marks else ())


def _continue(m: Machine, statement: Continue, scope: Scope) -> Flow:
    del statement, scope
    return Flow(
        False, (Exit("continue", (), m.journal.changes(m.continue_marks[-1])),) if m.continue_marks else ()
    )


def _if(m: Machine, statement: If, scope: Scope) -> Flow:
    test = tested(m, m.evaluate(statement.test, scope))
    decided = truth(test)
    if decided is not None:
        return run_block(m, statement.then if decided else statement.otherwise, m.inner(scope))
    before = list(m.pending)
    m.pending = []
    flow = branch(
        m,
        test,
        statement.test[-1],
        lambda: run_block(m, statement.then, m.inner(scope)),
        lambda: run_block(m, statement.otherwise, m.inner(scope)),
    )
    m.pending = before
    return flow


def branch(m: Machine, test: Value, at: At, then: Callable[[], Flow], otherwise: Callable[[], Flow]) -> Flow:
    """Runs both sides of an undecided test, and goes on with what they leave."""
    mark = m.journal.mark()
    states: States = []
    exits: list[Exit] = []
    for holds, run in ((True, then), (False, otherwise)):
        guards = conditions(m, test, holds, at)
        m.guards.extend(guards)
        flow = run()
        del m.guards[len(m.guards) - len(guards) :]
        exits.extend(one._replace(guards=(*guards, *one.guards)) for one in flow.exits)
        if flow.falls:
            states.append(m.journal.changes(mark))
        m.journal.undo(mark)
    if states:
        both = len(states) == 2
        m.journal.merge(mark, states, _chooser(test) if both and _simple(test) else join_slots)
    return Flow(bool(states), tuple(exits))


def conditions(m: Machine, test: Value, holds: bool, at: At) -> tuple[Guard, ...]:
    """What a side of a test stands under: "no error" goes without saying, an error is a handler of exceptions."""
    error = _says_error(test)
    if error is None:
        return (m.guard(test, holds, at),)
    return (m.error_guard(at),) if error == holds else ()


def _says_error(test: Value) -> bool | None:
    """Does a test that holds say that there was an error (``if (err)``), or that there was none (``!err``)?"""
    if isinstance(test, Unknown):
        return True if test.made_of == {"error"} else None
    if not isinstance(test, Pure):
        return None
    if test.name == "not":
        inner = _says_error(test.arguments[0])
        return None if inner is None else not inner
    if len(test.arguments) == 2 and test.arguments[1] == Literal(None) and _says_error(test.arguments[0]):
        return {"!=": True, "is not": True, "==": False, "is": False}.get(test.name)
    return None


def _simple(test: Value) -> bool:
    return not isinstance(test, (Unknown, Literal))


def _chooser(test: Value) -> Callable[[Any, Any], Any]:
    """How two states become one where a truth value tells the branches apart: so it keeps what it stands for."""

    def combine(first: Any, second: Any) -> Any:
        if first is second:
            return first
        if _truth_like(first) and _truth_like(second) and first != second:
            return Pure("when", (test, first, second))
        return join_slots(first, second)

    return combine


def _truth_like(value: Any) -> bool:
    if isinstance(value, Alternatives):
        return all(_truth_like(option) for option in value.options)
    return isinstance(value, (Literal, Pure, CallResult)) and is_test(value)


# Definitions ----------------------------------------------------------------------------------------------------------


def _define(m: Machine, statement: Define, scope: Scope) -> Flow:
    m.journal.write(
        scope.whole().cell, statement.function.name, define_function(m, statement.function, scope)
    )
    return FALLS


def _class(m: Machine, statement: ClassDefinition, scope: Scope) -> Flow:
    m.journal.write(scope.cell, statement.name, define_class(m, statement, scope))
    return FALLS


def _outer(m: Machine, statement: Outer, scope: Scope) -> Flow:
    for name in statement.names:
        owner = (
            scope.module.scope
            if statement.module
            else (scope.up.owner(name) if scope.up is not None else None)
        )
        if owner is not None:
            scope.outer[name] = owner
    del m
    return FALLS


def _import_python(m: Machine, statement: ImportPython, scope: Scope) -> Flow:
    import_python(m, statement, scope)
    return FALLS


def _import_javascript(m: Machine, statement: ImportJavaScript, scope: Scope) -> Flow:
    import_javascript(m, statement, scope)
    return FALLS


def _export_all(m: Machine, statement: ExportAll, scope: Scope) -> Flow:
    export_all(m, statement, scope)
    return FALLS


_RUN: dict[type[Any], Callable[[Machine, Any, Scope], Flow]] = {
    Evaluate: _evaluate,
    Assign: _assign,
    Delete: _delete,
    If: _if,
    Loop: run_loop,
    Once: run_once,
    Return: _return,
    Raise: _raise,
    Break: _break,
    Continue: _continue,
    Try: run_try,
    With: run_with,
    Define: _define,
    ClassDefinition: _class,
    ImportPython: _import_python,
    ImportJavaScript: _import_javascript,
    ExportAll: _export_all,
    Outer: _outer,
}
