"""The state of an interpretation, and what all its parts need: steps, gaps, conditions, cells, freezing of values.

The parts (statements, expressions, access, libraries) are functions that get the machine; what they need of one another
goes through the methods that ``Interpreter`` fills in.
"""

from collections.abc import Callable, Mapping
from collections.abc import Sequence as Many
from typing import TypeAlias

from recursion_lint.code.calls import (
    CallResult,
    CallSite,
    Entry,
    EventPath,
    Gap,
    Guard,
    ListValue,
    ObjectValue,
    Pure,
    SourceFiles,
    Unknown,
    Value,
)
from recursion_lint.code.evaluation.frames import Arguments, Exhausted, Exit, Flow, Frame
from recursion_lint.code.evaluation.heap import (
    ANY,
    ANY_KEY,
    CHOSEN,
    ITEMS,
    MARKS,
    NO_ITEMS,
    OPEN,
    REST,
    Bound,
    Cell,
    Class,
    Command,
    Delayed,
    Either,
    EnvironmentAll,
    Function,
    Instance,
    Items,
    Late,
    Library,
    Module,
    Opaque,
    Promised,
    Record,
    Scope,
    Sequence,
    Thing,
    V,
    join,
    options_of,
)
from recursion_lint.code.evaluation.implied_calls import Seen
from recursion_lint.code.evaluation.journal import Changes, Journal, Mark
from recursion_lint.code.evaluation.parts import child, stems_from, within
from recursion_lint.code.syntax.tree import At, Expression, Statement
from recursion_lint.code.values import ENVIRONMENT, capped, either, made_of

MOST_STEPS = 40_000
MOST_FIELDS = 80
HEAVIEST = 300
HEAVIEST_FROZEN = 1_200
DEEPEST_NESTING = 400
_DEEPEST_VALUE = 7
_DEEPEST_SOURCES, _MOST_SOURCES = 3, 24
_MOST_GAPS = 60
_LONGEST_TEXT = 120


class Machine:
    """The state. ``guards`` are the conditions of the way that is being followed; ``pending`` are ways out of the
    statement that is being run, by exceptions in functions that it called. ``unsure`` counts the functions on the stack
    that were only handed to code that was not read."""

    def __init__(self, files: SourceFiles, entry: Entry) -> None:
        self.files = files
        self.entry = entry
        self.python = entry.language == "python"
        self.journal = Journal()
        self.overlay = self.journal.cell()
        self.modules: dict[str, Module] = {}
        self.module = Module(entry.file, self.journal.cell(scope=True))
        self.gaps: dict[Gap, None] = {}
        self.sites: dict[CallSite, CallSite] = {}
        self.places: dict[tuple[str, int, int, str], int] = {}
        self.third_party: dict[str, None] = {}
        self.guards: list[Guard] = []
        self.pending: list[Exit] = []
        self.frames: list[Frame] = []
        self.postponed: list[Function] = []
        self.delayed: list[Delayed] = []
        self.handed_on: dict[int, Function] = {}
        self.members: dict[int, Record] = {}
        self.of_records: list[V] = []
        self.called: set[int] = set()
        self.seen = Seen()
        self.probes: list[tuple[str, str]] = []
        self.used: dict[tuple[str, str], None] = {}
        self.idempotent: set[int] = set()
        self.handed: set[int] = set()
        self.written = 0
        self.try_marks: list[Mark] = []
        self.break_marks: list[Mark] = []
        self.continue_marks: list[Mark] = []
        self.callee: At = (0, 0, 0, 0)
        self.rejected: list[Exit] = []
        self.left = False
        self.ended: At | None = None
        self.steps = 0
        self.depth = 0
        self.unsure = 0
        self.running = self.signed = False

    # What the parts need of one another -------------------------------------------------------------------------------

    def evaluate(self, expression: Expression, scope: Scope) -> V:
        """The value of an expression."""
        raise NotImplementedError

    def block(self, body: Many[Statement], scope: Scope) -> Flow:
        """Runs statements."""
        raise NotImplementedError

    def assign(self, target: Expression, value: V, scope: Scope, declares: bool) -> None:
        """Puts a value into a variable, a field, or the parts of a pattern."""
        raise NotImplementedError

    def call(self, function: V, arguments: Arguments, at: At) -> V:
        """The result of a call of a value."""
        raise NotImplementedError

    def method(self, receiver: V, name: str, arguments: Arguments, at: At) -> V:
        """The result of a call of a value's method."""
        raise NotImplementedError

    def construct(self, made: V, arguments: Arguments, at: At) -> V:
        """A new object of a class."""
        raise NotImplementedError

    def attribute(self, value: V, name: str, at: At) -> V:
        """The property of a value."""
        raise NotImplementedError

    def field(self, value: V, name: str, at: At) -> V:
        """The element of a value under a name: in Python not its attribute."""
        raise NotImplementedError

    def load(self, path: str) -> Module:
        """A module of the project, run on its first load."""
        raise NotImplementedError

    def call_library(self, library: Library, arguments: Arguments, at: At) -> V:
        """The result of calling a function of a library."""
        raise NotImplementedError

    def construct_library(self, made: Opaque, arguments: Arguments, at: At) -> V:
        """A new object of a class of a library."""
        raise NotImplementedError

    def send(self, command: Command, at: At) -> V:
        """Sends a command of the JavaScript SDK."""
        raise NotImplementedError

    def module_member(self, module: Module, name: str, at: At) -> V:
        """What a module of the project gives under a name."""
        raise NotImplementedError

    def arrived(self, late: Late) -> V:
        """What a module that was still being loaded exports by now."""
        raise NotImplementedError

    def library_member(self, library: Library, name: str, at: At) -> V:
        """What a library gives under a name."""
        raise NotImplementedError

    def due(self, value: V) -> V:
        """What a value comes to when it is iterated over, or waited for."""
        raise NotImplementedError

    def escape_values(self, values: Many[V], at: At) -> frozenset[str]:
        """Values were handed to code that is not read: functions may be called, and clients used. What they were made
        of."""
        raise NotImplementedError

    # Steps, gaps, places ----------------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Counts a step; raises ``Exhausted`` when there have been too many."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise exhausted()

    def gap(self, reason: str, at: At) -> None:
        """Notes something that cannot be followed."""
        if len(self.gaps) < _MOST_GAPS:
            self.gaps.setdefault(Gap(reason, self.module.path, at[0]))

    def source(self, at: At) -> str:
        """What stands at a place, on one line."""
        lines = self.module.lines[at[0] - 1 : at[2]]
        if not lines:
            return ""
        lines = [*lines[:-1], lines[-1][: at[3]]]
        lines[0] = lines[0][at[1] :]
        text = " ".join(b" ".join(lines).decode("utf-8", "replace").split())
        return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"

    def column(self, line: int, column: int) -> int:
        """A column in characters, from 1."""
        if 0 < line <= len(self.module.lines):
            return len(self.module.lines[line - 1][:column].decode("utf-8", "replace")) + 1
        return column + 1

    def hand_on(self, value: V) -> None:
        """A function is given to something: where no call of it is seen, it may have been called."""
        if isinstance(value, Function):
            (
                self.handed_on.setdefault(id(value.node), value)
                if self.running
                else self.postponed.append(value)
            )

    def wait(self) -> None:
        """What asynchronous functions of JavaScript throw is thrown where somebody waits for them."""
        if self.rejected:
            self.pending += self.rejected
            self.rejected = []

    # Conditions -------------------------------------------------------------------------------------------------------

    def guard(self, test: Value, holds: bool, at: At) -> Guard:
        return Guard(test, holds, self.module.path, at[0], self.source(at))

    def error_guard(self, at: At) -> Guard:
        return Guard(
            Unknown("exception", frozenset({"error"})), True, self.module.path, at[0], "on an exception", True
        )

    def inner(self, scope: Scope) -> Scope:
        """The scope of a block: in Python that of the function."""
        return scope if self.python else Scope(self.journal.cell(scope=True), scope, scope.module, block=True)

    # Cells ------------------------------------------------------------------------------------------------------------

    def record(self, fields: Mapping[str, V] | None = None, open: bool = False) -> Record:
        """A new object."""
        cell = self.journal.cell()
        for name, value in (fields or {}).items():
            cell[name] = value
        if not fields and not open and self.running:
            cell[CHOSEN] = NO_ITEMS
        if open:
            cell[OPEN] = True
        return Record(cell)

    def sequence(self, values: Many[V], exact: bool = True, chosen: Many[Guard] = ()) -> Sequence:
        """A new list, with the conditions on which it holds anything."""
        cell = self.journal.cell()
        cell[ITEMS] = Items(tuple(values), exact, tuple(dict.fromkeys(chosen)))
        cell.lasting = not self.running
        return Sequence(cell)

    def thaw(self, value: V) -> V:
        """A frozen object or list as one that can change."""
        if isinstance(value, ListValue):
            return self.sequence([self.thaw(item) for item in value.items], value.exact)
        if not isinstance(value, ObjectValue):
            return value
        made = self.record({name: self.thaw(part) for name, part in value.fields}, value.open)
        if value.rest is not None:
            made.cell[REST] = value.rest
        if value.computed:
            made.cell[ANY_KEY] = join(self.thaw(name) for name, _ in value.computed)
            made.cell[ANY] = join(self.thaw(part) for _, part in value.computed)
        return made

    def freeze(self, value: V, depth: int = 0) -> Value:
        """What a value is now: later changes do not show in it."""
        if not isinstance(value, Thing):
            return (
                self._patched(value) if self.overlay and isinstance(value, (EventPath, CallResult)) else value
            )
        if depth > _DEEPEST_VALUE:
            return Unknown("deep value", frozenset({"unknown"}))
        self.tick()
        return capped(self._frozen(value, depth), HEAVIEST_FROZEN)

    def _frozen(self, value: Thing, depth: int) -> Value:
        if isinstance(value, Delayed):
            return self.freeze(self.due(value), depth + 1)
        if isinstance(value, Record):
            return self._frozen_fields(value.cell, False, depth)
        if isinstance(value, Instance):
            return self._frozen_fields(value.cell, True, depth)
        if isinstance(value, Sequence):
            items = value.items
            frozen = tuple(self.freeze(item, depth + 1) for item in items.values[:MOST_FIELDS])
            return ListValue(frozen, items.exact and len(items.values) <= MOST_FIELDS)
        if isinstance(value, Either) and value.tests:
            return Pure("or", value.tests)
        if isinstance(value, Either):
            return either(self.freeze(option, depth + 1) for option in value.options)
        return Unknown(described(value), self.sources(value))

    def _frozen_fields(self, cell: Cell, open: bool, depth: int) -> ObjectValue:
        named = [(name, part) for name, part in cell.items() if name not in MARKS][:MOST_FIELDS]
        fields = tuple((str(name), self.freeze(part, depth + 1)) for name, part in named)
        rest = self.freeze(cell[REST], depth + 1) if REST in cell else None
        computed: tuple[tuple[Value, Value], ...] = ()
        if ANY in cell:
            key = self.freeze(cell[ANY_KEY], depth + 1) if ANY_KEY in cell else Unknown("name")
            computed = ((key, self.freeze(cell[ANY], depth + 1)),)
        return ObjectValue(
            fields, open or bool(cell.get(OPEN)) or len(cell) > MOST_FIELDS + 1, rest, computed
        )

    def outlasting(self, element: V | None, changes: Changes) -> Changes:
        """The changes of a round that the next one finds: not those within its ``element``, as it has another one, nor
        those in the results of calls that were made with it.
        """
        wholes = options_of(element) if element is not None else ()
        return {
            place: change
            for place, change in changes.items()
            if change[0] is not self.overlay or not any(stems_from(change[1][0], whole) for whole in wholes)
        }

    def _patched(self, value: EventPath | CallResult) -> Value:
        """A part of the event, or of a result, with what the code has put into it."""
        below: dict[str, None] = {}
        for base, name in self.overlay:
            if base == value:
                below[name] = None
            elif within(base, value):
                below[base.path[len(value.path)]] = None
        if not below:
            return value
        if "[]" in below:
            return ListValue((self.freeze(child(value, "[]")),), False)
        fields = tuple(
            (name, self.freeze(self.overlay.get((value, name), child(value, name)))) for name in below
        )
        return ObjectValue(fields, True, value)

    def sources(self, value: V) -> frozenset[str]:
        """What a value was made of."""
        if not isinstance(value, Thing):
            return made_of(value)
        if isinstance(value, Opaque):
            return value.sources
        if isinstance(value, Promised):
            return self.sources(value.value)
        if isinstance(value, (Record, Sequence, Instance, Either)):
            return self._sources_within(value, 0)
        return ENVIRONMENT if isinstance(value, EnvironmentAll) else frozenset()

    def _sources_within(self, value: V, depth: int) -> frozenset[str]:
        """What the parts of an object or a list were made of, as far as it is looked into."""
        if isinstance(value, Either):
            parts = value.options
        elif isinstance(value, Sequence):
            parts = value.items.values
        elif isinstance(value, (Record, Instance)):
            parts = tuple(
                part for name, part in value.cell.items() if part is not True and name is not CHOSEN
            )
        else:
            return self.sources(value)
        if depth >= _DEEPEST_SOURCES or len(parts) > _MOST_SOURCES:
            return frozenset({"unknown"}) if parts else frozenset()
        return frozenset().union(*(self._sources_within(part, depth + 1) for part in parts))

    def sources_of(self, values: Many[V]) -> frozenset[str]:
        """What several values were made of."""
        return frozenset().union(*(self.sources(value) for value in values))


def exhausted() -> Exhausted:
    """There have been too many steps."""
    return Exhausted("the budget of steps is used up")


def described(value: Thing) -> str:
    """What kind of thing stands where a value is wanted."""
    if isinstance(value, Library):
        return f"library {value.name}"
    if isinstance(value, Opaque):
        return value.reason
    if isinstance(value, (Function, Bound)):
        return "function"
    return "class" if isinstance(value, Class) else type(value).__name__.lower()


Model: TypeAlias = Callable[[Machine, str, Arguments, At], V]
