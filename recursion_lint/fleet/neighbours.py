"""Which repositories of a store a loop may pass together, by their shared names alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

_AT_ONCE = 500
_AHEAD = """
SELECT DISTINCT h.repository FROM names w JOIN names h ON h.kind = 'hears' AND h.name = w.name
  AND (h.source = w.source OR h.source = '' OR w.source = '')
WHERE w.kind = 'writes' AND w.repository IN ({})
"""
_BEHIND = """
SELECT DISTINCT w.repository FROM names h JOIN names w ON w.kind = 'writes' AND w.name = h.name
  AND (h.source = w.source OR h.source = '' OR w.source = '')
WHERE h.kind = 'hears' AND h.repository IN ({})
"""
_PERMISSIONS = """
SELECT DISTINCT b.repository FROM names a JOIN names b ON b.name = a.name AND b.kind = '{other}'
WHERE a.kind = '{one}' AND a.name >= 'iam ' AND a.name < 'iam!' AND a.repository IN ({{}})
"""
_SHARED = tuple(
    _PERMISSIONS.format(one=one, other=other) for one, other in (("uses", "declares"), ("declares", "uses"))
)
_DECLARING = """
SELECT DISTINCT d.repository FROM names m JOIN names d ON d.kind = 'declares' AND d.name = m.name
WHERE m.repository IN ({})
"""
_USING = """
SELECT DISTINCT u.repository FROM names m JOIN names u ON u.kind = 'uses' AND u.name = m.name
WHERE m.repository IN ({})
"""


def around(db: sqlite3.Connection, repository: int) -> set[int]:
    """The repositories that a loop through this one may pass: those that it leads to and that lead back to it.

    A role or a policy that one declares and another uses makes both as good as one.
    """
    ahead = _reached(db, repository, (_AHEAD, *_SHARED))
    return _reached(db, repository, (_BEHIND, *_SHARED), ahead) if len(ahead) > 1 else ahead


def all_around(db: sqlite3.Connection, repositories: Iterable[int]) -> set[int]:
    """The repositories that loops through any of these may pass."""
    found: set[int] = set()
    for one in sorted(repositories):
        if one not in found:  # whoever is around another one has the same around itself
            found |= around(db, one)
    return found


def support(db: sqlite3.Connection, members: Iterable[int]) -> set[int]:
    """The repositories that declare what some name, and those that say something of roles and channels of theirs."""
    found = set(members)
    return _asked(db, found, _DECLARING) | _asked(db, found, _USING)


def dependents(db: sqlite3.Connection, names: Iterable[str]) -> set[int]:
    """The repositories that know one of these names."""
    found: set[int] = set()
    for name in names:
        for kind in ("hears", "writes", "declares", "uses"):
            asked = db.execute("SELECT repository FROM names WHERE kind = ? AND name = ?", (kind, name))
            found.update(one for (one,) in asked)
    return found


def _reached(
    db: sqlite3.Connection, start: int, questions: Iterable[str], within: set[int] | None = None
) -> set[int]:
    """What is reached from ``start`` by the answers to ``questions``, without leaving ``within``."""
    seen = {start}
    front = {start}
    asked = tuple(questions)
    while front:
        front = set().union(*(_asked(db, front, question) for question in asked)) - seen
        front = front if within is None else front & within
        seen |= front
    return seen


def _asked(db: sqlite3.Connection, repositories: set[int], question: str) -> set[int]:
    ordered = sorted(repositories)
    found: set[int] = set()
    for at in range(0, len(ordered), _AT_ONCE):
        some = ordered[at : at + _AT_ONCE]
        found.update(one for (one,) in db.execute(question.format(",".join("?" * len(some))), some))
    return found
