"""Running loops: round by round, with the states at their breaks and ends."""

from recursion_lint.code.calls import CallResult, EventPath, Guard
from recursion_lint.code.evaluation.elements import elements
from recursion_lint.code.evaluation.frames import FALLS, Exit, Flow, States
from recursion_lint.code.evaluation.heap import Scope, Sequence, V, join
from recursion_lint.code.evaluation.machine import Machine
from recursion_lint.code.syntax.tree import Attribute, Compare
from recursion_lint.code.syntax.tree_statements import Loop, Once
from recursion_lint.code.values import truth

MOST_ROUNDS = 8


class _Rounds:
    """The rounds of one loop: the states at its breaks, the ways out of it, whether it can end by itself."""

    def __init__(self, m: Machine, loop: Loop, scope: Scope) -> None:
        self.m = m
        self.loop = loop
        self.scope = scope
        self.mark = m.journal.mark()
        self.breaks: States = []
        self.exits: list[Exit] = []

    def run(self, element: V | None) -> bool:
        """One round; whether another may follow it."""
        m, loop = self.m, self.loop
        scope = m.inner(self.scope)
        if loop.target is not None and element is not None:
            m.assign(loop.target, element, scope, True)
        mark = m.journal.mark()
        m.break_marks.append(self.mark)
        m.continue_marks.append(mark)
        flow = self._body(scope)
        m.break_marks.pop()
        m.continue_marks.pop()
        self.breaks.extend(one.changes for one in flow.exits if one.kind == "break")
        self.exits.extend(one for one in flow.exits if one.kind not in ("break", "continue"))
        states = [one.changes for one in flow.exits if one.kind == "continue"]
        if states:
            if flow.falls:
                states.append(m.journal.changes(mark))
            m.journal.undo(mark)
            m.journal.merge(mark, states)
        return flow.falls or bool(states)

    def _body(self, scope: Scope) -> Flow:
        m, loop = self.m, self.loop
        if loop.test is None:
            return m.block(loop.body, scope)
        test = m.freeze(m.evaluate(loop.test, scope))
        decided = truth(test)
        if decided is False:
            return FALLS
        counted = _counted(m, loop, scope)
        guards = [m.guard(test, True, loop.test[-1])] if decided is None else []
        guards = list(counted) if counted is not None else guards
        m.guards.extend(guards)
        flow = m.block(loop.body, scope)
        del m.guards[len(m.guards) - len(guards) :]
        return Flow(flow.falls, tuple(one._replace(guards=(*guards, *one.guards)) for one in flow.exits))

    def some(self, element: V | None) -> None:
        """Any number of rounds with an element of this kind; none is one of the numbers.

        What a round puts into its element is not in that of the next: it is another one.
        """
        for last in (False, True):
            mark = self.m.journal.mark()
            again = self.run(element)
            changes = self.m.journal.changes(mark)
            self.m.journal.undo(mark)
            lasting = self.m.outlasting(element, changes)
            over = last or not (again and self.m.journal.unsettled(mark, lasting))
            self.m.journal.merge(mark, [{}, changes if over else lasting] if again else [{}])
            if over:
                return


def _counted(m: Machine, loop: Loop, scope: Scope) -> tuple[Guard, ...] | None:
    """On which conditions a loop that counts up to the length of a list has a round; ``None`` for other loops."""
    test = loop.test
    if not isinstance(test, Compare) or test.operator not in ("<", "<=", "!="):
        return None
    if not isinstance(test.right, Attribute) or test.right.name != "length":
        return None
    value = m.evaluate(test.right.object, scope)
    return elements(m, value).chosen if isinstance(value, (Sequence, EventPath, CallResult)) else None


def run_loop(m: Machine, loop: Loop, scope: Scope) -> Flow:
    rounds = _Rounds(m, loop, scope)
    ends = True
    if loop.iterable is None:
        rounds.some(None)
        ends = not (isinstance(loop.test, tuple) and loop.test[0] is True)
    else:
        found = elements(m, m.evaluate(loop.iterable, scope))
        base = len(m.guards)
        m.guards += found.chosen
        if found.exact and len(found.values) <= MOST_ROUNDS:
            ends = all(rounds.run(element) for element in found.values)
        elif found.values:
            rounds.some(join(found.values))
        del m.guards[base : base + len(found.chosen)]
    ending: tuple[Exit, ...] = ()
    if ends and loop.after:
        flow = m.block(loop.after, scope)
        ends, ending = flow.falls, flow.exits
    states = [*rounds.breaks, *([m.journal.changes(rounds.mark)] if ends else [])]
    if rounds.breaks:
        m.journal.undo(rounds.mark)
        m.journal.merge(rounds.mark, states)
    return Flow(bool(states), (*rounds.exits, *ending))


def run_once(m: Machine, statement: Once, scope: Scope) -> Flow:
    mark = m.journal.mark()
    m.break_marks.append(mark)
    flow = m.block(statement.body, m.inner(scope))
    m.break_marks.pop()
    states = [one.changes for one in flow.exits if one.kind == "break"]
    if not states:
        return flow
    if flow.falls:
        states.append(m.journal.changes(mark))
    m.journal.undo(mark)
    m.journal.merge(mark, states)
    return Flow(True, tuple(one for one in flow.exits if one.kind != "break"))
