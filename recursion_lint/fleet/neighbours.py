"""Which repositories of a store a loop may pass together, by the names that their parts share.

A part of a repository is a place in the store: the number of the repository and that of the part in one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from recursion_lint.assessment.evidence.hub_steps import is_hub
from recursion_lint.fleet.parts import MAX_PARTS

_AT_ONCE = 500
_LED = """
SELECT h.place FROM names w CROSS JOIN names h ON h.kind = '{there}' AND h.name = w.name AND h.source = w.source
WHERE w.kind = '{here}' AND w.place IN ({{0}})
UNION SELECT h.place FROM names w CROSS JOIN names h ON h.kind = '{there}' AND h.name = w.name AND h.source = ''
WHERE w.kind = '{here}' AND w.place IN ({{0}}) AND w.source != ''
UNION SELECT h.place FROM names w CROSS JOIN names h ON h.kind = '{there}' AND h.name = w.name
WHERE w.kind = '{here}' AND w.place IN ({{0}}) AND w.source = ''
"""
"""Where one of both tells no source, it may be any. ``CROSS JOIN``: whoever is asked for is looked up first."""
_PERMISSIONS = """
SELECT DISTINCT b.place FROM names a CROSS JOIN names b ON b.name = a.name AND b.kind = '{other}'
WHERE a.kind = '{one}' AND a.name >= 'iam ' AND a.name < 'iam!' AND a.place IN ({{0}})
"""
_AHEAD = _LED.format(here="writes", there="hears")
_BEHIND = _LED.format(here="hears", there="writes")
_SHARED = tuple(
    _PERMISSIONS.format(one=one, other=other) for one, other in (("uses", "declares"), ("declares", "uses"))
)
_SAYING = """
SELECT DISTINCT d.place FROM names m CROSS JOIN names d ON d.kind = '{}' AND d.name = m.name
WHERE m.place BETWEEN ? AND ?
"""

_WRITTEN = "SELECT DISTINCT name FROM names WHERE place BETWEEN ? AND ? AND kind = 'writes'"
_ENDS = "SELECT count(DISTINCT place) FROM names WHERE kind = ? AND name = ?"


def first_place(repository: int) -> int:
    """The first of the places of a repository."""
    return repository * MAX_PARTS


def places(repository: int) -> tuple[int, int]:
    """The first and the last of the places of a repository."""
    return first_place(repository), first_place(repository) + MAX_PARTS - 1


def around(db: sqlite3.Connection, repository: int) -> set[int]:
    """The repositories that a loop through this one may pass."""
    return all_around(db, [repository])


def all_around(db: sqlite3.Connection, repositories: Iterable[int]) -> set[int]:
    """The repositories that loops through any of these may pass: what a part leads to and what leads back to it.

    A role or a policy that one declares and another uses makes both as good as one.
    """
    members = set(repositories)
    known: set[int] = set()
    for one in sorted(members):
        for (place,) in db.execute(
            "SELECT DISTINCT place FROM names WHERE place BETWEEN ? AND ?", places(one)
        ).fetchall():
            if place not in known:  # whatever is around another place has the same around itself
                known |= _with_it(db, place)
    return members | {place // MAX_PARTS for place in known}


def _with_it(db: sqlite3.Connection, place: int) -> set[int]:
    """The places that one leads to and that lead back to it. From the end that has less, as far as that goes."""
    ahead, behind = _Search(db, place, _AHEAD), _Search(db, place, _BEHIND)
    while ahead.front and behind.front:
        ahead.step()
        behind.step()
    first, other = (ahead, _BEHIND) if not ahead.front else (behind, _AHEAD)
    back = _Search(db, place, other, first.seen)
    while back.front:
        back.step()
    return back.seen


class _Search:
    """The places that are reached from one, step by step, without leaving ``within``."""

    def __init__(
        self, db: sqlite3.Connection, start: int, question: str, within: set[int] | None = None
    ) -> None:
        self._db = db
        self._within = within
        self._questions = (question, *_SHARED)
        self.seen = {start}
        self.front = {start}

    def step(self) -> None:
        """Go on to what is next."""
        found = set().union(*(_asked(self._db, self.front, question) for question in self._questions))
        self.front = (found if self._within is None else found & self._within) - self.seen
        self.seen |= self.front


def support(db: sqlite3.Connection, members: Iterable[int]) -> set[int]:
    """The repositories that declare what some name, and those that say something of roles and channels of theirs."""
    return {
        place // MAX_PARTS
        for one in members
        for kind in ("declares", "uses")
        for (place,) in db.execute(_SAYING.format(kind), places(one))
    }


def hubs(db: sqlite3.Connection, members: Iterable[int]) -> frozenset[str]:
    """The names of hubs that these repositories write to."""

    def ends(kind: str, name: str) -> int:
        return int(db.execute(_ENDS, (kind, name)).fetchone()[0])

    written = {name for one in members for (name,) in db.execute(_WRITTEN, places(one))}
    return frozenset(name for name in written if is_hub(ends("hears", name), ends("writes", name)))


def dependents(db: sqlite3.Connection, names: Iterable[str]) -> set[int]:
    """The repositories that know one of these names."""
    return {
        place // MAX_PARTS
        for name in names
        for kind in ("hears", "writes", "declares", "uses")
        for (place,) in db.execute("SELECT place FROM names WHERE kind = ? AND name = ?", (kind, name))
    }


def _asked(db: sqlite3.Connection, places: set[int], question: str) -> set[int]:
    ordered = sorted(places)
    found: set[int] = set()
    for at in range(0, len(ordered), _AT_ONCE):
        # SQLite numbers what is asked for, so that one list serves all parts of a question.
        some = ordered[at : at + _AT_ONCE]
        listed = ",".join(f"?{number}" for number in range(1, len(some) + 1))
        found.update(one for (one,) in db.execute(question.format(listed), some))
    return found
