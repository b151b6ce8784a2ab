"""The facts of a company in one file (SQLite): by repository, their names by channel, and the loops with their days.

Every change is one transaction: whoever is killed leaves the store as it was, and a second writer waits for the first.
A changed repository is judged again with those that a loop through it may pass, and with what declares their names.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from recursion_lint.assessment.baseline import Entry
from recursion_lint.fleet.facts_file import FactsError, loads, packed, unpacked
from recursion_lint.fleet.judge import Judged, judged
from recursion_lint.fleet.neighbours import around, dependents, support
from recursion_lint.fleet.repository import Origin, Repository
from recursion_lint.fleet.shared_names import rows, shared_names
from recursion_lint.model.codec import Codec
from recursion_lint.model.codec_forms import Undecodable
from recursion_lint.model.facts import Facts
from recursion_lint.model.findings import Finding, Note, Problem, Summary, severity_rank
from recursion_lint.model.suppressions import Suppression
from recursion_lint.patterns.described import DOCUMENTS
from recursion_lint.template.yaml.files import link_within
from recursion_lint.version import __version__

APPLICATION = 0x726C6673
"""What tells a store from other databases: https://www.sqlite.org/pragma.html#pragma_application_id"""
VERSION = 1
PATIENCE = 3_600.0
"""Seconds that a writer waits for another one."""
MAX_APART = 100
"""Of more changed repositories at once everything is judged together, which then takes less."""
_MAGIC = b"SQLite format 3\0"
_TABLES = """
CREATE TABLE told (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE repositories (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, commit_id TEXT NOT NULL, account TEXT NOT NULL,
  region TEXT NOT NULL, facts BLOB NOT NULL, templates INTEGER NOT NULL, resources INTEGER NOT NULL,
  triggers INTEGER NOT NULL, writes INTEGER NOT NULL, aside TEXT);
CREATE TABLE names (
  kind TEXT NOT NULL, name TEXT NOT NULL, source TEXT NOT NULL, repository INTEGER NOT NULL,
  PRIMARY KEY (kind, name, source, repository)) WITHOUT ROWID;
CREATE INDEX names_of ON names (repository, kind);
CREATE TABLE loops (
  id INTEGER PRIMARY KEY, known_as TEXT NOT NULL UNIQUE, finding TEXT NOT NULL, first TEXT NOT NULL,
  gone TEXT NOT NULL DEFAULT '');
CREATE TABLE passes (loop INTEGER NOT NULL, repository TEXT NOT NULL, PRIMARY KEY (loop, repository)) WITHOUT ROWID;
CREATE INDEX passed ON passes (repository);
"""
_THERE = "SELECT finding, first, gone FROM loops WHERE gone = ''"
_EVER = "SELECT finding, first, gone FROM loops ORDER BY max(first, gone) DESC, known_as"
_ASIDE = tuple[tuple[Facts, ...], tuple[Entry, ...], tuple[Suppression, ...], tuple[Problem, ...]]
_CODEC = Codec(DOCUMENTS)


class StoreError(Exception):
    """A file that is no store, or one that cannot be used; the message is for the user."""


class Update(NamedTuple):
    """The lines of a file of facts, and what they say with the account and region that they are deployed to."""

    lines: bytes
    repository: Repository


class Event(NamedTuple):
    """A loop that the store knows or has known: since when, and the day on which it was gone, or ""."""

    finding: Finding
    first: str
    gone: str


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
            found = self._db.execute(
                "SELECT name, commit_id, account, region, aside FROM repositories ORDER BY name"
            )
            return tuple(_brief(Origin(*origin), aside) for *origin, aside in found)

    def whole(self, names: Iterable[str]) -> tuple[Repository, ...]:
        """These repositories with all of their facts, by their names. Raises ``StoreError``."""
        with self._told():
            ids = (
                self._one("SELECT id FROM repositories WHERE name = ?", name) for name in sorted(set(names))
            )
            return tuple(self._loaded([one for one in ids if one is not None]))

    def results(self, passing: Iterable[str] | None = None) -> Judged:
        """The loops that are there now (those ``passing`` one of these repositories), and the counts of all."""
        with self._told():
            wanted = None if passing is None else frozenset(passing)
            found = [
                one._replace(since=first)
                for one, first, _ in self._known(_THERE)
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
            known = self._known(_EVER)
            return tuple(Event(*one) for one in known)

    def _known(self, question: str) -> Iterator[tuple[Finding, str, str]]:
        for finding, first, gone in self._db.execute(question):
            yield _CODEC.read(Finding, json.loads(finding)), first, gone

    # --- what changes it ---------------------------------------------------------------------------------

    def update(
        self, updates: Iterable[Update], removals: Sequence[str], today: str, keep: bool = True
    ) -> Judged | None:
        """Put repositories in the place of what is known of them, take others out, and look again at what that touches.

        ``today`` is an ISO date. Without ``keep`` nothing changes: the loops are given that would pass the updates.
        Raises ``StoreError``.
        """
        with self._told(), self._change(keep):
            touched: set[int] = set()
            known = self._one("SELECT count(*) FROM repositories")
            names = []
            for one in updates:
                touched |= self._put(one, near=len(touched) <= MAX_APART)
                names.append(one.repository.origin.repository)
            for name in removals:
                touched |= self._take_out(name)
            stale = self._one("SELECT value FROM told WHERE name = 'tool'") not in (None, __version__)
            if stale or len(touched) > MAX_APART or not known:
                self._judge_all(today)
            elif touched:
                self._judge_around(touched, today)
            self._db.execute("INSERT OR REPLACE INTO told VALUES ('tool', ?)", (__version__,))
            return None if keep else self.results(names)

    def _put(self, update: Update, near: bool) -> set[int]:
        """Take a repository in; itself and, where they are asked for, those ``near`` that this touches."""
        repository, origin = update.repository, update.repository.origin
        before = self._one("SELECT id FROM repositories WHERE name = ?", origin.repository)
        old = self._names(before) if before is not None and near else set()
        touched: set[int] = set()
        if before is not None:
            # What its loops told of by the way is told anew.
            touched = around(self._db, before) if near else set()
            self._db.execute("DELETE FROM repositories WHERE id = ?", (before,))
            self._db.execute("DELETE FROM names WHERE repository = ?", (before,))
        stacks = repository.stacks
        told = self._db.execute(
            "INSERT INTO repositories VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                before,
                origin.repository,
                origin.commit,
                origin.account,
                origin.region,
                packed(update.lines, 1),
                len({one.file for one in stacks}),
                sum(one.resources for one in stacks),
                sum(len(one.triggers) for one in stacks),
                sum(len(one.writes) + len(one.statements) for one in stacks),
                _aside(repository),
            ),
        )
        own = int(told.lastrowid or 0)
        named = rows(shared_names(repository))
        self._db.executemany(
            "INSERT OR IGNORE INTO names VALUES (?, ?, ?, ?)",
            ((kind, name, source, own) for kind, found in named.items() for name, source in found),
        )
        changed = {name for _, name in old ^ self._names(own)} if near else set()
        return {own, *touched, *dependents(self._db, changed)}

    def _take_out(self, name: str) -> set[int]:
        own = self._one("SELECT id FROM repositories WHERE name = ?", name)
        if own is None:
            raise StoreError(f"{self._path} holds no repository {name!r:.100}")
        changed = {one for _, one in self._names(own)}
        near = around(self._db, own) | set(self._passing_with({own}))
        self._db.execute("DELETE FROM repositories WHERE id = ?", (own,))
        self._db.execute("DELETE FROM names WHERE repository = ?", (own,))
        return dependents(self._db, changed) | near | {own}

    def _names(self, repository: int) -> set[tuple[str, str]]:
        """What others may hang on: what a repository declares and which roles and policies it uses."""
        found = self._db.execute(
            "SELECT kind, name FROM names WHERE repository = ? AND kind IN ('declares', 'uses')",
            (repository,),
        )
        return {(kind, name) for kind, name in found}

    def _passing_with(self, repositories: Iterable[int]) -> Iterator[int]:
        """The repositories that known loops pass together with these."""
        for one in repositories:
            yield from (
                other
                for (other,) in self._db.execute(
                    "SELECT r.id FROM repositories o JOIN passes p ON p.repository = o.name "
                    "JOIN passes q ON q.loop = p.loop JOIN repositories r ON r.name = q.repository WHERE o.id = ?",
                    (one,),
                )
            )

    def _judge_all(self, today: str) -> None:
        everything = [one for (one,) in self._db.execute("SELECT id FROM repositories ORDER BY name")]
        results = judged(list(self._loaded(everything)))
        self._replace(lambda finding: True, results.findings, today)
        told = json.dumps([_CODEC.written(Note, note) for note in results.notes])
        self._db.execute("INSERT OR REPLACE INTO told VALUES ('notes', ?)", (told,))

    def _judge_around(self, touched: set[int], today: str) -> None:
        near = touched | set(self._passing_with(touched))
        members = set().union(*(around(self._db, one) for one in near))
        everything = self._one("SELECT count(*) FROM repositories")
        if len(members) * 2 > everything > MAX_APART:
            self._judge_all(today)
            return
        names = self._named(members)
        changed = self._named(touched) | self._gone()
        loaded = sorted(members | support(self._db, members))
        results = judged(sorted(self._loaded(loaded), key=lambda one: one.origin.repository))

        def concerned(finding: Finding) -> bool:
            passed = {at.name for at in finding.repositories}
            return bool(passed & changed) or passed <= names

        self._replace(concerned, [one for one in results.findings if concerned(one)], today)

    def _gone(self) -> set[str]:
        """The repositories that known loops pass and that are no more."""
        found = self._db.execute(
            "SELECT DISTINCT repository FROM passes WHERE repository NOT IN (SELECT name FROM repositories)"
        )
        return {name for (name,) in found}

    def _named(self, ids: Iterable[int]) -> set[str]:
        return {
            name
            for one in ids
            for name in [self._one("SELECT name FROM repositories WHERE id = ?", one)]
            if name is not None
        }

    def _loaded(self, ids: Sequence[int]) -> Iterator[Repository]:
        for one in ids:
            found = self._db.execute(
                "SELECT facts, commit_id, account, region FROM repositories WHERE id = ?", (one,)
            ).fetchone()
            if found is not None:
                yield _deployed(*found)

    def _replace(self, which: Callable[[Finding], bool], findings: Iterable[Finding], today: str) -> None:
        """Put ``findings`` in the place of the known ones ``which`` are looked at again; what is missing is gone."""
        known = {
            known_as: (number, first, gone, finding)
            for number, known_as, finding, first, gone in self._db.execute(
                "SELECT id, known_as, finding, first, gone FROM loops"
            )
        }
        seen: set[str] = set()
        for finding in sorted(findings, key=lambda one: severity_rank(one.severity)):
            known_as = f"{finding.rule} {finding.fingerprint} {finding.span.file}"
            if known_as in seen:
                continue
            seen.add(known_as)
            number, first, gone, _ = known.get(known_as, (None, today, "", ""))
            text = json.dumps(_CODEC.written(Finding, finding))
            told = self._db.execute(
                "INSERT OR REPLACE INTO loops VALUES (?, ?, ?, ?, '')",
                (number, known_as, text, today if gone else first),
            )
            self._db.execute("DELETE FROM passes WHERE loop = ?", (told.lastrowid,))
            self._db.executemany(
                "INSERT OR IGNORE INTO passes VALUES (?, ?)",
                ((told.lastrowid, at.name) for at in finding.repositories),
            )
        for known_as, (number, _, gone, text) in known.items():
            if known_as not in seen and not gone and which(_CODEC.read(Finding, json.loads(text))):
                self._db.execute("UPDATE loops SET gone = ? WHERE id = ?", (today, number))
                self._db.execute("DELETE FROM passes WHERE loop = ?", (number,))


def is_store(path: str) -> bool:
    """Is there a database at ``path``?"""
    if not os.path.isfile(path):
        return False
    with open(path, "rb") as stream:
        return stream.read(len(_MAGIC)) == _MAGIC


def _deployed(facts: bytes, commit: str, account: str, region: str) -> Repository:
    def told(origin: Origin) -> Origin:
        return origin._replace(commit=commit, account=account, region=region)

    return loads(unpacked(facts), deployed=told)


def _aside(repository: Repository) -> str | None:
    """What a report needs of a repository besides its loops; ``None`` where that is nothing."""
    stacks = tuple(
        Facts(one.file, one.scope, one.root, suppressions=one.suppressions)
        for one in repository.stacks
        if one.suppressions
    )
    found = stacks, repository.accepted, repository.suppressions, repository.problems
    return json.dumps(_CODEC.written(_ASIDE, found)) if any(found) else None


def _brief(origin: Origin, aside: str | None) -> Repository:
    if aside is None:
        return Repository(origin, __version__)
    stacks, accepted, suppressions, problems = _CODEC.read(_ASIDE, json.loads(aside))
    return Repository(origin, __version__, stacks, (), (), accepted, suppressions, problems)
