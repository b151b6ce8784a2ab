"""Abstract interpretation of a handler over symbolic values: finds the module, runs it, and calls the handler.

The module is run once, then the handler with the event. Every branch that a literal does not decide is followed on both
sides; functions of the project are followed into, at most twice on the stack.
"""

import sys
from collections.abc import Iterator
from collections.abc import Sequence as Many
from contextlib import contextmanager
from types import FrameType

from recursion_lint.code.calls import (
    ContextPath,
    Entry,
    EventPath,
    Interpreted,
    Literal,
    SourceFiles,
    Unknown,
)
from recursion_lint.code.evaluation import (
    access,
    constructing,
    delayed,
    escaping,
    expressions,
    imports,
    invoking,
    methods,
    sdk_clients,
    statements,
)
from recursion_lint.code.evaluation.frames import Arguments, Exhausted, Frame
from recursion_lint.code.evaluation.heap import Late, Library, Module, Opaque, V
from recursion_lint.code.evaluation.implied_calls import implied
from recursion_lint.code.evaluation.machine import Machine
from recursion_lint.code.libraries.javascript_library import (
    call_javascript_library,
    construct_javascript_library,
    javascript_library_member,
)
from recursion_lint.code.libraries.python_library import call_python_library, python_library_member
from recursion_lint.code.syntax.tree import NOWHERE, At
from recursion_lint.code.values import NOTHING

_MOST_FRAMES = 3_000


def interpret(files: SourceFiles, entry: Entry) -> Interpreted:
    """All SDK calls that the handler ``entry`` can reach, with what they write. Never raises for what it reads.

    What could not be followed is a gap. The same files and entry always give the same result.
    """
    machine = Interpreter(files, entry)
    with _deep_stack():
        entered = machine.run()
    return Interpreted(
        calls=tuple(machine.sites),
        gaps=tuple(machine.gaps),
        files=tuple(path for path, module in machine.modules.items() if module.lines),
        steps=machine.steps,
        third_party=tuple(machine.third_party),
        entered=entered,
        used=tuple(machine.used),
        implied=implied(machine.seen, machine.called, entry.language),
    )


@contextmanager
def _deep_stack() -> Iterator[None]:
    """Room for the nesting that is followed, however deep the caller's own stack is."""
    before, depth = sys.getrecursionlimit(), 0
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        frame, depth = frame.f_back, depth + 1
    sys.setrecursionlimit(max(before, depth + _MOST_FRAMES))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


class Interpreter(Machine):
    """The machine with all its parts."""

    def run(self) -> bool:
        """Runs the module and the handler; whether the handler was found."""
        try:
            module = self.load(self.entry.file)
            self.module = module
            handler = self._handler(module)
            if handler is None:
                self.gap(f"handler {self.entry.function} is not found", NOWHERE)
                return False
            self.running = True
            self._until_settled(handler)
            self._postponed()
        except Exhausted as problem:
            self.gap(problem.reason, NOWHERE)
        except RecursionError:
            self.gap("calls are nested too deeply", NOWHERE)
        return True

    def _handler(self, module: Module) -> V | None:
        """The function that the entry names."""
        parts = self.entry.function.split(".")
        found: V = self.module_member(module, parts[0], NOWHERE) if not self.python else NOTHING
        if self.python:
            found = module.scope.cell.get(parts[0], NOTHING)
        for part in parts[1:]:
            found = self.attribute(found, part, NOWHERE)
        if found == NOTHING and not self.python and isinstance(module.exports, Opaque):
            found = self.attribute(module.exports, parts[-1], NOWHERE)
        return None if found == NOTHING or isinstance(found, (Literal, Unknown)) else found

    def _until_settled(self, handler: V) -> None:
        """Calls the handler as the first event does; again where what it left behind may change the next call."""
        callback = Opaque("callback")
        arguments = Arguments(
            (EventPath(), ContextPath(), callback) if not self.python else (EventPath(), ContextPath())
        )
        for _ in range(2):
            mark = self.journal.mark()
            self.frames.append(Frame(None, mark, 0))
            self.due(self.call(handler, arguments, NOWHERE))
            for function in self.of_records:
                self.due(self.call(function, Arguments((EventPath(("Records", "[]")),)), NOWHERE))
            after = self.journal.mark()
            delayed.left_over(self)
            self.journal.undo(after)
            self.frames.pop()
            changes = self.journal.changes(mark)
            changes = {place: change for place, change in changes.items() if change[0] is not self.overlay}
            self.journal.undo(mark)
            if not self.journal.unsettled(mark, changes):
                return
            self.journal.merge(mark, [{}, changes])

    def _postponed(self) -> None:
        """Functions that the module gave to code that was not read: that may call them with the event."""
        self.unsure += 1
        for function in self.postponed:
            if id(function.node) not in self.called:
                given: list[V] = [EventPath(), ContextPath()]
                more = [Unknown("argument", frozenset({"event"}))] * len(function.node.parameters)
                self.guards = []
                self.due(invoking.call_function(self, function, Arguments((*given, *more)), NOWHERE))
        delayed.call_lost(self)
        self.unsure -= 1

    # What the parts need of one another -------------------------------------------------------------------------------

    evaluate = expressions.evaluate
    block = statements.run_block
    assign = access.assign
    call = invoking.call
    method = methods.call_method
    construct = constructing.construct
    attribute = access.attribute
    field = access.field
    load = imports.load
    send = sdk_clients.send
    due = delayed.due

    def call_library(self, library: Library, arguments: Arguments, at: At) -> V:
        run = call_python_library if self.python else call_javascript_library
        return run(self, library, arguments, at)

    def construct_library(self, made: Opaque, arguments: Arguments, at: At) -> V:
        if self.python:
            return escaping.escaped(self, arguments.every(), at, f"new {made.reason}")
        return construct_javascript_library(self, made, arguments, at)

    def module_member(self, module: Module, name: str, at: At) -> V:
        if self.python:
            return imports.python_member(self, module, name, at)
        return imports.javascript_member(self, module, name, at)

    def arrived(self, late: Late) -> V:
        if late.module.loaded:
            return imports.javascript_member(self, late.module, late.name, NOWHERE)
        self.gap(f"{late.name} is used before its module is loaded", NOWHERE)
        return Unknown(f"{late.name} of a module")

    def library_member(self, library: Library, name: str, at: At) -> V:
        run = python_library_member if self.python else javascript_library_member
        return run(self, library, name, at)

    def escape_values(self, values: Many[V], at: At) -> frozenset[str]:
        return escaping.escape_values(self, tuple(values), at)
