"""Fields that one object takes over from another, and what of it is only perhaps there."""

from recursion_lint.code.calls import CallResult, EventPath, Literal, ObjectValue, Pure, Unknown
from recursion_lint.code.evaluation.elements import field_of, may_be, note_choice
from recursion_lint.code.evaluation.heap import (
    ANY,
    ANY_KEY,
    CALLED,
    CHOSEN,
    MARKS,
    OPEN,
    REST,
    Cell,
    Function,
    Instance,
    Record,
    V,
    join,
    options_of,
)
from recursion_lint.code.evaluation.machine import Machine
from recursion_lint.code.syntax.tree import NOWHERE
from recursion_lint.code.values import ABSENT, NOTHING


def spread(m: Machine, target: Record | Instance, source: V) -> None:
    """Takes all fields of a value over into an object."""
    found = options_of(source)
    note_choice(m, target, NOTHING)
    if isinstance(source, ObjectValue):
        source = m.thaw(source)
    if isinstance(source, (Record, Instance)):
        _perhaps_other(m, target, source)
        for name, value in list(source.cell.items()):
            if name not in MARKS:
                note_choice(m, target, Literal(str(name)))
                m.journal.write(target.cell, name, _over(target.cell.get(name), value))
            elif name in (OPEN,):
                m.journal.write(target.cell, OPEN, True)
            elif name is not CHOSEN:
                m.journal.write(
                    target.cell, name, join((target.cell[name], value)) if name in target.cell else value
                )
    elif len(found) > 1 or isinstance(source, Pure):
        _spread_perhaps(m, target, found if len(found) > 1 else _conditional_parts(source))
    elif isinstance(source, Literal):
        return
    else:
        m.journal.write(target.cell, OPEN, True)
        frozen = m.freeze(source)
        for name in [name for name in target.cell if name not in MARKS]:
            if isinstance(frozen, (EventPath, CallResult)):
                m.journal.write(
                    target.cell, name, join((target.cell[name], m.field(frozen, name, (0, 0, 0, 0))))
                )
            else:
                m.journal.write(
                    target.cell, name, join((target.cell[name], Unknown(name, m.sources(source))))
                )
        rest = m.freeze(target.cell[REST]) if REST in target.cell else None
        m.journal.write(target.cell, REST, frozen if rest is None else Unknown("fields", m.sources(source)))


def _over(old: V | None, new: V) -> V:
    """A field that is taken over where the other object has it: else the own one stays."""
    found = options_of(new)
    if old is None or ABSENT not in found:
        return new
    return join((old, *(option for option in found if option != ABSENT)))


def _perhaps_other(m: Machine, target: Record | Instance, source: Record | Instance) -> None:
    """Own fields that the other object may have as well, under names that are not known."""
    if target is source or not any(mark in source.cell for mark in (ANY, REST, OPEN)):
        return
    key = m.freeze(source.cell[ANY_KEY]) if ANY_KEY in source.cell else Unknown("name")
    unknown = m.record()
    unknown.cell.update({mark: source.cell[mark] for mark in (OPEN, REST) if mark in source.cell})
    for name in [name for name in target.cell if name not in MARKS and name not in source.cell]:
        more = [one for one in options_of(field_of(m, unknown, str(name))) if one != NOTHING]
        if ANY in source.cell and may_be(key, str(name)):
            more.append(source.cell[ANY])
        if more:
            m.journal.write(target.cell, name, join((target.cell[name], *more)))


def perhaps_own(m: Machine, cell: Cell, name: str, found: V, known: list[V]) -> V:
    """What a class has under a name, or what its object may have got under it in a way that is not told; ``known`` is
    what it had before it was perhaps taken away."""
    more = list(known)
    if ANY in cell and may_be(m.freeze(cell.get(ANY_KEY, Unknown("name"))), name):
        more += options_of(cell[ANY])
    if REST in cell:
        more.append(m.field(cell[REST], name, NOWHERE))
    elif OPEN in cell:
        more.append(Unknown(name, frozenset({"unknown"})))
    if isinstance(found, Function):
        more = [one for one in more if isinstance(one, CALLED)]
    if not more:
        return found
    return join(more) if found == NOTHING and REST in cell else join((*more, found))


def _conditional_parts(source: V) -> tuple[V, ...]:
    """``test && {…}``: the object or nothing."""
    if isinstance(source, Pure) and source.name in ("and", "when"):
        return (source.arguments[-1], NOTHING)
    return (Unknown("fields"),)


def _spread_perhaps(m: Machine, target: Record | Instance, sources: tuple[V, ...]) -> None:
    mark = m.journal.mark()
    states = []
    for source in sources:
        spread(m, target, source)
        states.append(m.journal.changes(mark))
        m.journal.undo(mark)
    m.journal.merge(mark._replace(born=target.cell.born), states)
