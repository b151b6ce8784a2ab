"""The loops that a store knows or has known: since when they are there, and when they went."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from recursion_lint.model.codec import Codec
from recursion_lint.model.findings import Finding, severity_rank
from recursion_lint.patterns.described import DOCUMENTS

TABLES = """
CREATE TABLE loops (
  id INTEGER PRIMARY KEY, known_as TEXT NOT NULL UNIQUE, finding TEXT NOT NULL, first TEXT NOT NULL,
  gone TEXT NOT NULL DEFAULT '');
CREATE TABLE passes (loop INTEGER NOT NULL, repository TEXT NOT NULL, PRIMARY KEY (loop, repository)) WITHOUT ROWID;
CREATE INDEX passed ON passes (repository);
"""
"""What a loop passes is kept while it is there."""
_THERE = "SELECT finding, first, gone FROM loops WHERE gone = ''"
_EVER = "SELECT finding, first, gone FROM loops ORDER BY max(first, gone) DESC, known_as"
_PASSING = "SELECT DISTINCT loop FROM passes WHERE repository = ?"
_WITH = (
    "SELECT DISTINCT r.id FROM repositories o JOIN passes p ON p.repository = o.name "
    "JOIN passes q ON q.loop = p.loop JOIN repositories r ON r.name = q.repository WHERE o.id = ?"
)
_GONE = "SELECT DISTINCT repository FROM passes WHERE repository NOT IN (SELECT name FROM repositories)"
_CODEC = Codec(DOCUMENTS)


class Event(NamedTuple):
    """A loop that the store knows or has known: since when, and the day on which it was gone, or ""."""

    finding: Finding
    first: str
    gone: str


def there(db: sqlite3.Connection) -> Iterator[Event]:
    """The loops that are there now."""
    return _events(db, _THERE)


def ever(db: sqlite3.Connection) -> Iterator[Event]:
    """All loops that the store has known, the latest first."""
    return _events(db, _EVER)


def _events(db: sqlite3.Connection, question: str) -> Iterator[Event]:
    for finding, first, gone in db.execute(question):
        yield Event(_CODEC.read(Finding, json.loads(finding)), first, gone)


def passing_with(db: sqlite3.Connection, repositories: Iterable[int]) -> set[int]:
    """The repositories that loops pass together with these."""
    return {other for one in repositories for (other,) in db.execute(_WITH, (one,))}


def gone(db: sqlite3.Connection) -> set[str]:
    """The repositories that loops pass and that are no more."""
    return {name for (name,) in db.execute(_GONE)}


def all_numbers(db: sqlite3.Connection) -> set[int]:
    """The numbers of all loops that are there."""
    return {number for (number,) in db.execute("SELECT id FROM loops WHERE gone = ''")}


class Again(NamedTuple):
    """Whose loops are looked at again: those that pass some ``changed`` ones, and what stands in one of ``members``.

    Of the latter those that pass nothing but what is ``loaded``.
    """

    changed: frozenset[str]
    members: frozenset[str]
    loaded: frozenset[str]

    def concerns(self, passed: Iterable[str], file: str) -> bool:
        """Is a loop through these repositories looked at again, which stands in ``file``?"""
        at = frozenset(passed)
        return bool(at & self.changed) or (
            at <= self.loaded and any(file.startswith(f"{name}/") for name in at & self.members)
        )

    def numbers(self, db: sqlite3.Connection) -> set[int]:
        """The numbers of the loops that are looked at again."""
        near = {number for name in self.changed | self.members for (number,) in db.execute(_PASSING, (name,))}
        return {number for number in near if self._concerns(db, number)}

    def _concerns(self, db: sqlite3.Connection, number: int) -> bool:
        (name,) = db.execute("SELECT known_as FROM loops WHERE id = ?", (number,)).fetchone()
        passed = db.execute("SELECT repository FROM passes WHERE loop = ?", (number,))
        return self.concerns((one for (one,) in passed), name.split(" ", 2)[2])


def known_as(finding: Finding) -> str:
    """What tells a loop from others."""
    return f"{finding.rule} {finding.fingerprint} {finding.span.file}"


def replace(db: sqlite3.Connection, numbers: set[int], findings: Iterable[Finding], today: str) -> None:
    """Put ``findings`` in the place of the loops of these ``numbers``; those that are missing are gone."""
    seen: set[int] = set()
    for finding in sorted(findings, key=lambda one: severity_rank(one.severity)):
        name = known_as(finding)
        known = db.execute("SELECT id, first, gone FROM loops WHERE known_as = ?", (name,)).fetchone()
        number, first, went = known or (None, today, "")
        if number in seen:
            continue
        told = db.execute(
            "INSERT OR REPLACE INTO loops VALUES (?, ?, ?, ?, '')",
            (number, name, json.dumps(_CODEC.written(Finding, finding)), today if went else first),
        )
        number = int(told.lastrowid or 0)
        seen.add(number)
        db.execute("DELETE FROM passes WHERE loop = ?", (number,))
        db.executemany(
            "INSERT OR IGNORE INTO passes VALUES (?, ?)", ((number, at.name) for at in finding.repositories)
        )
    for number in numbers - seen:
        db.execute("UPDATE loops SET gone = ? WHERE id = ?", (today, number))
        db.execute("DELETE FROM passes WHERE loop = ?", (number,))
