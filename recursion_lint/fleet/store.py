"""The facts of a company in one file (SQLite): by repository, their names by channel, and the loops with their days.

Every change is one transaction: whoever is killed leaves the store as it was, and a second writer waits for the first.
A changed repository is judged again with those that a loop through it may pass, and with what declares their names.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from recursion_lint.fleet import known_loops, taking_in
from recursion_lint.fleet.facts_file import FactsError, deployed, unpacked
from recursion_lint.fleet.judge import Judged, Whole, judged
from recursion_lint.fleet.known_loops import Event
from recursion_lint.fleet.neighbours import all_around, hubs, support
from recursion_lint.fleet.repository import Repository
from recursion_lint.fleet.taking_in import MAX_APART, Taken, Update
from recursion_lint.model.codec import Codec
from recursion_lint.model.codec_forms import Undecodable
from recursion_lint.model.findings import Note
from recursion_lint.model.report import Summary
from recursion_lint.patterns.described import DOCUMENTS
from recursion_lint.template.yaml.files import link_within
from recursion_lint.version import __version__

APPLICATION = 0x726C6673
"""What tells a store from other databases: https://www.sqlite.org/pragma.html#pragma_application_id"""
VERSION = 1
PATIENCE = 3_600.0
"""Seconds that a writer waits for another one."""
CACHE = -64_000
"""KiB of the file that are held in memory: https://www.sqlite.org/pragma.html#pragma_cache_size"""
_MAGIC = b"SQLite format 3\0"
_TABLES = f"""
CREATE TABLE told (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
{taking_in.TABLES}
{taking_in.NAMES_OF};
{known_loops.TABLES}
"""
_FACTS = """
SELECT f.lines, r.commit_id, r.account, r.region FROM repositories r JOIN facts f ON f.repository = r.id WHERE r.id = ?
"""
_CODEC = Codec(DOCUMENTS)


class StoreError(Exception):
    """A file that is no store, or one that cannot be used; the message is for the user."""


class Store:
    """An open store."""

    def __init__(self, path: str) -> None:
        """Open the store at ``path``; one that is not there is made. Raises ``StoreError``."""
        link = link_within(path)
        if link:
            raise StoreError(f"{path} cannot be used as a store: {link} is a link")
        self._path = path
        with self._told():
            self._db = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
            self._db.execute(f"PRAGMA cache_size = {CACHE}")
            self._prepare()

    def _prepare(self) -> None:
        kind = self._one("PRAGMA application_id")
        if kind == APPLICATION:
            version = self._one("PRAGMA user_version")
            if version != VERSION:
                raise StoreError(f"{self._path} is a store of version {version}, and {VERSION} is known")
            return
        with self._change():
            if kind or self._one("SELECT count(*) FROM sqlite_master"):
                if self._one("PRAGMA application_id") == APPLICATION:
                    return  # somebody else has made it meanwhile
                raise StoreError(f"{self._path} is no store of recursion-lint")
            for statement in _TABLES.split(";"):
                self._db.execute(statement)
            self._db.execute(f"PRAGMA application_id = {APPLICATION}")
            self._db.execute(f"PRAGMA user_version = {VERSION}")

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What goes wrong is told with the name of the store."""
        try:
            yield
        except (sqlite3.Error, Undecodable, FactsError, ValueError, OverflowError) as problem:
            raise StoreError(f"{self._path} cannot be used as a store: {problem}") from None

    @contextmanager
    def _change(self, keep: bool = True) -> Iterator[None]:
        """All or nothing."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT" if keep else "ROLLBACK")

    def _one(self, question: str, *given: Any) -> Any:
        found = self._db.execute(question, given).fetchone()
        return found[0] if found is not None else None

    def close(self) -> None:
        """Let the file go."""
        self._db.close()

    # --- what is in it -----------------------------------------------------------------------------------

    def repositories(self) -> tuple[Repository, ...]:
        """All repositories by their names, with no more of their facts than a report needs. Raises ``StoreError``."""
        with self._told():
            return tuple(taking_in.briefs(self._db))

    def whole(self, names: Iterable[str]) -> tuple[Repository, ...]:
        """These repositories with all of their facts, by their names. Raises ``StoreError``."""
        with self._told():
            ids = (
                self._one("SELECT id FROM repositories WHERE name = ?", name) for name in sorted(set(names))
            )
            return tuple(self._loaded([one for one in ids if one is not None]))

    def updates(self) -> Iterator[Update]:
        """All repositories by their names, with the lines of their facts. Raises ``StoreError``."""
        with self._told():
            for (one,) in self._db.execute("SELECT id FROM repositories ORDER BY name").fetchall():
                lines, *origin = self._db.execute(_FACTS, (one,)).fetchone()
                yield Update(unpacked(lines), deployed(lines, *origin))

    def results(self, passing: Iterable[str] | None = None) -> Judged:
        """The loops that are there now (those ``passing`` one of these repositories), and the counts of all."""
        with self._told():
            wanted = None if passing is None else frozenset(passing)
            found = [
                one._replace(since=first)
                for one, first, _ in known_loops.there(self._db)
                if wanted is None or any(at.name in wanted for at in one.repositories)
            ]
            counts = self._db.execute(
                "SELECT count(*), total(templates), total(resources), total(triggers), total(writes) FROM repositories"
            ).fetchone()
            told = json.loads(self._one("SELECT value FROM told WHERE name = 'notes'") or "[]")
            notes = tuple(_CODEC.read(Note, one) for one in told)
            return Judged(tuple(found), notes, Summary(*map(int, counts[1:])))

    def history(self) -> tuple[Event, ...]:
        """All loops that the store has known, the latest first. Raises ``StoreError``."""
        with self._told():
            return tuple(known_loops.ever(self._db))

    # --- what changes it ---------------------------------------------------------------------------------

    def update(
        self, updates: Iterable[Update], removals: Sequence[str], today: str, keep: bool = True
    ) -> Judged | None:
        """Put repositories in the place of what is known of them, take others out, and look again at what that touches.

        ``today`` is an ISO date. Without ``keep`` nothing changes: the loops are given that would pass the updates.
        Raises ``StoreError``.
        """
        with self._told(), self._change(keep):
            taken = Taken(self._db)
            names = []
            for one in updates:
                taken.put(one)
                names.append(one.repository.origin.repository)
            for name in removals:
                taken.take_out(self._number(name))
            taken.finish()
            stale = self._one("SELECT value FROM told WHERE name = 'tool'") not in (None, __version__)
            if stale or taken.all:
                self._judge_all(today, taken.held)
            elif taken.touched or taken.near:
                self._judge_around(taken, today)
            self._db.execute("INSERT OR REPLACE INTO told VALUES ('tool', ?)", (__version__,))
            return None if keep else self.results(names)

    def _number(self, name: str) -> int:
        found = self._one("SELECT id FROM repositories WHERE name = ?", name)
        if found is None:
            raise StoreError(f"{self._path} holds no repository {name!r:.100}")
        return int(found)

    def _judge_all(self, today: str, held: Mapping[int, Repository]) -> None:
        everything = [one for (one,) in self._db.execute("SELECT id FROM repositories ORDER BY name")]
        results = judged(list(self._loaded(everything, held)))
        known_loops.replace(self._db, known_loops.all_numbers(self._db), results.findings, today)
        told = json.dumps([_CODEC.written(Note, note) for note in results.notes])
        self._db.execute("INSERT OR REPLACE INTO told VALUES ('notes', ?)", (told,))

    def _judge_around(self, taken: Taken, today: str) -> None:
        near = taken.near | known_loops.passing_with(self._db, taken.touched)
        members = all_around(self._db, taken.touched | near)
        everything = self._one("SELECT count(*) FROM repositories")
        if len(members) * 2 > everything > MAX_APART:
            self._judge_all(today, taken.held)
            return
        loaded = sorted(members | support(self._db, members))
        again = known_loops.Again(
            self._named(taken.touched) | known_loops.gone(self._db), self._named(members), self._named(loaded)
        )
        parts = sorted(self._loaded(loaded, taken.held), key=lambda one: one.origin.repository)
        stacks = self._one("SELECT total(stacks) FROM repositories")
        results = judged(parts, Whole(int(stacks), hubs(self._db, members)))
        found = [
            one
            for one in results.findings
            if again.concerns((at.name for at in one.repositories), one.span.file)
        ]
        known_loops.replace(self._db, again.numbers(self._db), found, today)

    def _named(self, ids: Iterable[int]) -> frozenset[str]:
        names = (self._one("SELECT name FROM repositories WHERE id = ?", one) for one in ids)
        return frozenset(name for name in names if name is not None)

    def _loaded(self, ids: Sequence[int], held: Mapping[int, Repository] = {}) -> Iterator[Repository]:
        """These repositories with all their facts; of those that are ``held`` already nothing is read."""
        for one in ids:
            if one in held:
                yield held[one]
                continue
            found = self._db.execute(_FACTS, (one,)).fetchone()
            if found is not None:
                yield deployed(*found)


def is_store(path: str) -> bool:
    """Is there a database at ``path``?"""
    if not os.path.isfile(path):
        return False
    with open(path, "rb") as stream:
        return stream.read(len(_MAGIC)) == _MAGIC
