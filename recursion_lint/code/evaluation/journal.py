"""The changes of all cells, in order: so a branch can be tried and taken back, and states be merged where they meet."""

from collections.abc import Callable
from collections.abc import Sequence as Many
from typing import Any, NamedTuple, TypeAlias

from recursion_lint.code.evaluation.heap import MARKS, Cell, Items, Thing, either, join
from recursion_lint.code.values import ABSENT

_MOST_ITEMS = 60


def join_slots(first: Any, second: Any) -> Any:
    """The join of what two states hold in one place of a cell."""
    if first is second or (isinstance(first, bool) and first == second):
        return first
    if isinstance(first, Items) and isinstance(second, Items):
        if first == second:
            return first
        values = [*first.values, *(value for value in second.values if value not in first.values)]
        kept = tuple(values) if len(values) <= _MOST_ITEMS else (join(values),)
        return Items(kept, False, either(first, second))
    if isinstance(first, bool) or isinstance(second, bool):
        return True
    return join((first, second))


class Mark(NamedTuple):
    """A point in time: how many changes had been made, and cells been born."""

    changes: int
    born: int


Changes: TypeAlias = dict[tuple[int, Any], tuple[Cell, Any, Any]]


Combine: TypeAlias = Callable[[Any, Any], Any]


class Journal:
    """The changes of all cells, in order."""

    def __init__(self) -> None:
        self.log: list[tuple[Cell, Any, Any]] = []
        self.born = 0

    def cell(self, scope: bool = False) -> Cell:
        """A new cell."""
        self.born += 1
        return Cell(self.born, scope)

    def write(self, cell: Cell, key: Any, value: Any) -> None:
        """Puts a value into a cell."""
        self.log.append((cell, key, cell.get(key, _NEVER)))
        cell[key] = value

    @property
    def last(self) -> object:
        """The last change: as long as it is that, nothing was changed or taken back."""
        return self.log[-1] if self.log else self

    def mark(self) -> Mark:
        return Mark(len(self.log), self.born)

    def changes(self, mark: Mark) -> Changes:
        """What has another value, or was written, since the mark, with the values of now."""
        return {(id(cell), key): (cell, key, cell[key]) for cell, key, _ in self.log[mark.changes :]}

    def history(self, mark: Mark) -> Changes:
        """For every place that was written since the mark: one or the other of the values that it had before."""
        found: Changes = {}
        for cell, key, old in self.log[mark.changes :]:
            if old is not _NEVER:
                place = (id(cell), key)
                found[place] = (cell, key, join_slots(found[place][2], old) if place in found else old)
        return found

    def undo(self, mark: Mark) -> None:
        """Takes all changes since the mark back."""
        while len(self.log) > mark.changes:
            cell, key, old = self.log.pop()
            if old is _NEVER:
                del cell[key]
            else:
                cell[key] = old

    def apply(self, changes: Changes) -> None:
        for cell, key, value in changes.values():
            self.write(cell, key, value)

    def merge(self, mark: Mark, states: Many[Changes], combine: Combine = join_slots) -> None:
        """Makes the state one or the other of ``states``, each given as changes since the mark, where the state is now.

        An object that one state has made keeps what that state put into it. A field of an older object that only some
        states have is perhaps absent; a variable that only some have is taken to be theirs.
        """
        if len(states) == 1:
            self.apply(states[0])
            return
        touched: Changes = {}
        for state in states:
            touched.update(state)
        for place, (cell, key, _) in touched.items():
            old = result = cell.get(key, _NEVER)
            missing, first = False, True
            for state in states:
                value = state[place][2] if place in state else old
                if value is _NEVER:
                    missing = True
                elif first:
                    result, first = value, False
                elif value is not result:
                    result = combine(result, value)
            if missing and cell.born <= mark.born and not cell.scope and key not in MARKS:
                result = join_slots(result, ABSENT)
            if result is not old:
                self.write(cell, key, result)

    def unsettled(self, mark: Mark, changes: Changes) -> bool:
        """Do the changes give older places values that these did not have at the mark, where the state is now?"""
        for cell, key, value in changes.values():
            if cell.born > mark.born:
                continue
            old = cell.get(key, _NEVER)
            if (old is _NEVER and cell.scope) or old is value:
                continue
            if (
                old is _NEVER
                or isinstance(value, (Thing, Items))
                or isinstance(old, (Thing, Items))
                or old != value
            ):
                return True
        return False


class _Never:
    __slots__ = ()


_NEVER = _Never()
