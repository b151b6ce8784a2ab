"""What is linted for an editor: its open documents, each folder as a system of its own, and what came of it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from threading import Lock
from typing import NamedTuple

from lsprotocol import types

from recursion_lint.config import ConfigError
from recursion_lint.run.discovery import shortest
from recursion_lint.run.session import Session
from recursion_lint.server.actions import Advice
from recursion_lint.server.documents import Document, by_folder
from recursion_lint.server.view import Client, View

DEBUG = "RECURSION_LINT_DEBUG"
PATIENCE = 1.0
"""So many seconds may runs be given up for newer ones: whoever types on and on sees something now and then."""


class Shows(NamedTuple):
    """All diagnostics by document, versions of the open ones, and the documents that were linted as they are now."""

    diagnostics: Mapping[str, list[types.Diagnostic]]
    versions: Mapping[str, int | None]
    changed: frozenset[str]


class _Superseded(Exception):
    """What was being linted is no more what is open."""


class _Folder:
    """One folder: its session, and what its last run was of and came to."""

    def __init__(self) -> None:
        self.session = Session()
        self.documents: list[Document] | None = None
        self.advice: Advice | None = None


class Linting:
    """The open documents and what is known of them. ``show`` and ``tell`` may be called by another thread."""

    def __init__(self, show: Callable[[Shows], None], tell: Callable[[str], None]) -> None:
        self.client = Client()
        self.folders: tuple[str, ...] = ()
        self.scan = False
        self._show = show
        self._tell = tell
        self._lock = Lock()
        self._documents: dict[str, Document] = {}
        self._linted: dict[str, _Folder] = {}
        self._versions: dict[str, int | None] = {}
        self._stale = False
        self._told = ""
        self._shown_at = 0.0

    def put(self, document: Document) -> None:
        """A document was opened or changed."""
        with self._lock:
            self._documents[document.uri] = document

    def remove(self, uri: str) -> None:
        """A document was closed: from now on its file counts."""
        with self._lock:
            self._documents.pop(uri, None)
            self._stale = True

    def forget(self) -> None:
        """Something else than an open document may have changed."""
        self._stale = True

    def view_of(self, uri: str) -> View | None:
        """What the last run came to that says something of a document."""
        found = self._advice(uri)
        return found.view if found is not None else None

    def advice_on(self, uri: str) -> Advice | None:
        """The actions for a document, to be asked for in its folder, which becomes the current one."""
        for folder, known in list(self._linted.items()):
            if known.advice is not None and uri in known.advice.view.shown:
                os.chdir(folder)
                return known.advice
        return None

    def _advice(self, uri: str) -> Advice | None:
        known = (one.advice for one in list(self._linted.values()))
        return next((one for one in known if one is not None and uri in one.view.shown), None)

    def check(self, superseded: Callable[[], bool]) -> None:
        """Lint what has changed since the last time, and show it. Never raises."""
        with self._lock:
            groups = by_folder(self._documents.values(), self.folders)
            stale, self._stale = self._stale, False
        if self.scan:
            for folder in self.folders:
                groups.setdefault(folder, [])
        self._linted = {folder: known for folder, known in self._linted.items() if folder in groups}
        for folder, documents in groups.items():
            known = self._linted.setdefault(folder, _Folder())
            if stale:
                known.session.forget()
            if (stale or known.documents != documents) and not self._lint(
                folder, known, documents, superseded
            ):
                self._stale = self._stale or stale
                return
        if not superseded() or self._is_impatient():
            self._show_all(groups)

    def _lint(
        self, folder: str, known: _Folder, documents: list[Document], superseded: Callable[[], bool]
    ) -> bool:
        """Lint one folder; is it done?"""

        def progress(done: int, of: int) -> None:
            if superseded() and not self._is_impatient():
                raise _Superseded

        try:
            os.chdir(folder)
            opened = {shortest(one.path): one.text for one in documents}
            checked = known.session.check(opened, self.scan, progress)
            view = View(folder, checked, documents, self.client)
            known.advice = Advice(known.session, view) if view.shown else None
            self._told = ""
        except _Superseded:
            return False
        except Exception as error:
            known.advice = None
            self._complain(error)
        known.documents = documents
        return True

    def _is_impatient(self) -> bool:
        return time.monotonic() - self._shown_at > PATIENCE

    def _complain(self, error: Exception) -> None:
        """Tell what is wrong, once: settings are read again with every change."""
        if not isinstance(error, (ConfigError, OSError)) and os.environ.get(DEBUG):
            raise error
        internal = f"internal error: {type(error).__name__}: {error}: please report it"
        told = str(error) if isinstance(error, (ConfigError, OSError)) else internal
        if told != self._told:
            self._tell(told)
        self._told = told

    def _show_all(self, groups: Mapping[str, list[Document]]) -> None:
        diagnostics: dict[str, list[types.Diagnostic]] = {}
        for known in self._linted.values():
            for uri, shown in known.advice.view.shown.items() if known.advice is not None else ():
                diagnostics.setdefault(uri, []).extend(one.diagnostic for one in shown)
        versions = {one.uri: one.version for documents in groups.values() for one in documents}
        changed = {uri for uri, version in versions.items() if self._versions.get(uri, -1) != version}
        self._versions = versions
        self._shown_at = time.monotonic()
        self._show(Shows(diagnostics, versions, frozenset(changed)))
