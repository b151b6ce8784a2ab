"""Repositories that come into a store: their rows, and which others have to be looked at again for them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

from recursion_lint.assessment.baseline import Entry
from recursion_lint.fleet.facts_file import packed
from recursion_lint.fleet.known_loops import passing_with
from recursion_lint.fleet.neighbours import around, dependents, first_place, places
from recursion_lint.fleet.repository import Origin, Repository
from recursion_lint.fleet.shared_names import Row, shared_names
from recursion_lint.model.codec import Codec
from recursion_lint.model.facts import Facts
from recursion_lint.model.report import Problem
from recursion_lint.model.suppressions import Suppression
from recursion_lint.patterns.described import DOCUMENTS
from recursion_lint.version import __version__

MAX_APART = 100
"""Of more changed repositories at once everything is judged together, which then takes less."""
MAX_WAITING = 200_000
"""Names that are put in together, in their order: the file is sorted by them, and a page is written once."""
TABLES = """
CREATE TABLE repositories (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, commit_id TEXT NOT NULL, account TEXT NOT NULL,
  region TEXT NOT NULL, stacks INTEGER NOT NULL, templates INTEGER NOT NULL, resources INTEGER NOT NULL,
  triggers INTEGER NOT NULL, writes INTEGER NOT NULL, aside TEXT);
CREATE TABLE facts (repository INTEGER PRIMARY KEY, lines BLOB NOT NULL);
CREATE TABLE names (
  kind TEXT NOT NULL, name TEXT NOT NULL, source TEXT NOT NULL, place INTEGER NOT NULL,
  PRIMARY KEY (kind, name, source, place)) WITHOUT ROWID;
"""
NAMES_OF = "CREATE INDEX names_of ON names (place, kind)"
_ASIDE = tuple[tuple[Facts, ...], tuple[Entry, ...], tuple[Suppression, ...], tuple[Problem, ...]]
_CODEC = Codec(DOCUMENTS)


class Update(NamedTuple):
    """The lines of a file of facts, and what they say with the account and region that they are deployed to."""

    lines: bytes
    repository: Repository


class Taken:
    """What comes into a store in one transaction.

    ``touched``: whose loops are others now, perhaps; ``near``: what loops passed together with these. Both have to be
    looked at again, unless that is ``all`` of the store. ``held``: the repositories that came.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._first = db.execute("SELECT 1 FROM repositories LIMIT 1").fetchone() is None
        self._waiting: list[Row] = []
        self.touched: set[int] = set()
        self.near: set[int] = set()
        self.held: dict[int, Repository] = {}
        if self._first:
            db.execute("DROP INDEX names_of")  # made anew once the names are there

    @property
    def all(self) -> bool:
        """Is everything looked at again, so that nobody has to ask who is near?"""
        return self._first or len(self.touched | self.near) > MAX_APART

    def put(self, update: Update) -> None:
        """Take a repository in, in the place of what was known of it."""
        near, name = not self.all, update.repository.origin.repository
        before = self._db.execute("SELECT id FROM repositories WHERE name = ?", (name,)).fetchone()
        old: set[tuple[str, str]] = set()
        if before is not None:
            if near:
                # What its loops told of by the way is told anew.
                self.near |= around(self._db, before[0])
                old = depended_on(self._db, before[0])
            self._write()
            forget(self._db, before[0])
        own = self._row(before[0] if before is not None else None, update)
        self.held[own] = update.repository
        self.touched.add(own)
        named, place = shared_names(update.repository), first_place(own)
        self._waiting += (row._replace(part=place + row.part) for row in named)
        if near:
            self._write()
            new = {(row.kind, row.name) for row in named if row.kind in ("declares", "uses")}
            self.touched |= dependents(self._db, {name for _, name in old ^ new})
        elif len(self._waiting) > MAX_WAITING:
            self._write()

    def take_out(self, repository: int) -> None:
        """Take a repository out."""
        self._write()
        self.touched |= dependents(self._db, {one for _, one in depended_on(self._db, repository)})
        self.near |= around(self._db, repository) | passing_with(self._db, {repository})
        forget(self._db, repository)

    def finish(self) -> None:
        """Nothing more comes: what waits is written."""
        self._write()
        if self._first:
            self._db.execute(NAMES_OF)

    def _write(self) -> None:
        self._waiting.sort()
        self._db.executemany("INSERT OR IGNORE INTO names VALUES (?, ?, ?, ?)", self._waiting)
        self._waiting.clear()

    def _row(self, number: int | None, update: Update) -> int:
        told = self._db.execute(
            "INSERT INTO repositories VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (number, *row_of(update.repository)),
        )
        own = int(told.lastrowid or 0)
        self._db.execute("INSERT INTO facts VALUES (?, ?)", (own, packed(update.lines, 1)))
        return own


def row_of(repository: Repository) -> tuple[str | int | None, ...]:
    """What the table of repositories says of one: where it comes from, counts, and what a report needs besides."""
    stacks = repository.stacks
    return (
        *repository.origin,
        len(stacks),
        len({one.file for one in stacks}),
        sum(one.resources for one in stacks),
        sum(len(one.triggers) for one in stacks),
        sum(len(one.writes) + len(one.statements) for one in stacks),
        _aside(repository),
    )


def depended_on(db: sqlite3.Connection, repository: int) -> set[tuple[str, str]]:
    """What others may hang on: what a repository declares and which roles and policies it uses."""
    found = db.execute(
        "SELECT kind, name FROM names WHERE place BETWEEN ? AND ? AND kind IN ('declares', 'uses')",
        places(repository),
    )
    return {(kind, name) for kind, name in found}


def forget(db: sqlite3.Connection, repository: int) -> None:
    """Take the rows of a repository out."""
    db.execute("DELETE FROM repositories WHERE id = ?", (repository,))
    db.execute("DELETE FROM facts WHERE repository = ?", (repository,))
    db.execute("DELETE FROM names WHERE place BETWEEN ? AND ?", places(repository))


def _aside(repository: Repository) -> str | None:
    """What a report needs of a repository besides its loops; ``None`` where that is nothing."""
    stacks = tuple(
        Facts(one.file, one.scope, one.root, suppressions=one.suppressions)
        for one in repository.stacks
        if one.suppressions
    )
    found = stacks, repository.accepted, repository.suppressions, repository.problems
    return json.dumps(_CODEC.written(_ASIDE, found)) if any(found) else None


def brief(origin: Origin, aside: str | None) -> Repository:
    """A repository with no more of its facts than a report needs."""
    if aside is None:
        return Repository(origin, __version__)
    stacks, accepted, suppressions, problems = _CODEC.read(_ASIDE, json.loads(aside))
    return Repository(origin, __version__, stacks, (), (), accepted, suppressions, problems)


def briefs(db: sqlite3.Connection) -> Iterable[Repository]:
    """All repositories so, by their names."""
    found = db.execute("SELECT name, commit_id, account, region, aside FROM repositories ORDER BY name")
    return (brief(Origin(*origin), aside) for *origin, aside in found)
