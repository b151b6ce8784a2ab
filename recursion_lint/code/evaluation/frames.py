"""Running functions and blocks: arguments, frames, and the ways on which a block is left."""

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from recursion_lint.code.calls import (
    Guard,
)
from recursion_lint.code.evaluation.heap import (
    Cell,
    Function,
    Instance,
    Record,
    V,
)
from recursion_lint.code.evaluation.journal import Changes, Mark
from recursion_lint.code.syntax.tree import FunctionNode


class Exhausted(Exception):
    """The budget of steps is used up, or the way has become too deep; ``reason`` says which."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Exit(NamedTuple):
    """A way on which a block is left: ``return``, ``raise``, ``break``, ``continue``, or only a ``guard`` of what
    follows;
    under which conditions, and with which changes since the mark that the kind goes back to."""

    kind: str
    guards: tuple[Guard, ...]
    changes: Changes


class Flow(NamedTuple):
    """How a block ends: whether what follows is reached, and the other ways out of it."""

    falls: bool
    exits: tuple[Exit, ...] = ()


FALLS = Flow(True)


States: TypeAlias = list[Changes]


class Arguments(NamedTuple):
    """Arguments of a call. ``rest``: others by name are given too, the fields of this value."""

    positional: tuple[V, ...] = ()
    named: Mapping[str, V] = {}
    rest: V | None = None

    def every(self) -> tuple[V, ...]:
        """All values handed over."""
        rest = () if self.rest is None else (self.rest,)
        return (*self.positional, *self.named.values(), *rest)

    def get(self, place: int, name: str) -> V | None:
        """The argument at a place or of a name; ``None`` where it is not given."""
        if name in self.named:
            return self.named[name]
        return self.positional[place] if place < len(self.positional) else None


class Frame:
    """A running function: where ``return`` goes back to, and what it has returned under which conditions.

    ``recursive``: it has called itself more often than is followed. ``written`` is how many calls of the catalogue had
    been made when it began. ``last`` is the last change of the journal when it returned.
    """

    __slots__ = (
        "base",
        "function",
        "last",
        "mark",
        "node",
        "recursive",
        "returned",
        "ways",
        "written",
        "yielded",
    )

    def __init__(self, function: Function | None, mark: Mark, base: int) -> None:
        self.function = function
        self.node: FunctionNode | None = function.node if function is not None else None
        self.mark = mark
        self.base = base
        self.recursive = False
        self.last: object = None
        self.written = 0
        self.returned: list[tuple[tuple[Guard, ...], V]] = []
        self.yielded: list[V] = []
        self.ways: list[tuple[Guard, ...]] = []


def next_link(function: Function, running: list[Frame]) -> bool:
    """Is it the next of a chain that was made before the first of these calls, or an object of a further class?"""
    others = [frame.function for frame in running if frame.function is not None]
    receiver = function.receiver
    if isinstance(receiver, Instance):
        classes = [one.receiver.of for one in others if isinstance(one.receiver, Instance)]
        if receiver.of not in classes:
            return True
    own = _own_cell(function)
    return own.born <= running[0].mark.born and all(_own_cell(one) is not own for one in others)


def _own_cell(function: Function) -> Cell:
    """What tells apart two functions of one source: their object, or the variables around them."""
    if isinstance(function.receiver, (Instance, Record)):
        return function.receiver.cell
    return function.scope.cell
