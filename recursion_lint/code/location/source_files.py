"""The files that functions' code is read from: inside one folder, counted, nothing executed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

MAX_FILE_BYTES = 1_500_000
"""Larger files are bundles or data: parsing one would take longer than all the rest."""
MAX_FILES = 60
"""Files that are opened for one function."""
MAX_BYTES = 8_000_000
"""Bytes that are read for one function."""
MAX_LISTED = 20_000
"""Entries of folders that one search looks at."""
MAX_KEPT = 32_000_000
"""Bytes of texts that are kept for the next function, which often imports the same modules."""
SKIPPED_FOLDERS = frozenset(
    {".git", ".hg", ".aws-sam", ".venv", "venv", "cdk.out", "node_modules", "site-packages", "__pycache__"}
)
"""Folders of built copies and of other people's libraries: what lies there is no handler."""
TEST_FOLDERS = frozenset({"test", "tests", "__tests__", "__mocks__", "spec", "e2e", "integration-tests"})

OpenFile = Callable[[str], str]
"""The text of the file at a path. Raises ``Unreadable``."""
OpenArchive = Callable[[str, int], bytes]
"""The bytes of the file at a path, of so many at most. Raises ``Unreadable``."""
LeadsTo = Callable[[str, str, tuple[str, ...]], "str | None"]
"""The file that an import leads to, by its name, the file that it stands in and the folders of layers."""


class Unreadable(Exception):
    """A file of code that is not read. ``reason`` is for the user, without the path."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Refused(NamedTuple):
    """A file that was asked for and not read, and why."""

    file: str
    reason: str


class SourceTree:
    """One folder, the code below it, and what was read of it in this run.

    ``root`` is the folder that nothing is read outside of, neither through ``..`` nor through a link. ``open_file``
    is the project's own way to open files, and so is ``open_archive``, without which none is opened. Texts are kept,
    as functions share modules, and so is what was asked of the folder; ``worked_out`` is what the readers of a language
    have found out about it, by the language.
    """

    def __init__(self, root: str, open_file: OpenFile, open_archive: OpenArchive | None = None) -> None:
        self.root = root
        self._open_archive = open_archive
        self._real = os.path.realpath(root)
        self._open = open_file
        self._texts: dict[str, str] = {}
        self._kept = 0
        self._listed: dict[tuple[str, tuple[str, ...], int], tuple[str, ...] | None] = {}
        self._walked: dict[tuple[str, int], tuple[str, ...] | None] = {}
        self._named: dict[str, list[str]] | None = None
        self._files: dict[str, bool] = {}
        self.worked_out: dict[str, object] = {}

    def inside(self, path: str) -> bool:
        """Does ``path`` lie in the folder, links followed?"""
        if "\0" in path:
            return False
        real = os.path.realpath(path)
        return real == self._real or real.startswith(self._real.rstrip(os.sep) + os.sep)

    def is_file(self, path: str) -> bool:
        """Is ``path`` a regular file that may be read?"""
        known = self._files.get(path)
        if known is None:
            known = self._files[path] = os.path.isfile(path) and self.inside(path)
        return known

    def is_folder(self, path: str) -> bool:
        """Is ``path`` a folder that may be read?"""
        return os.path.isdir(path or ".") and self.inside(path or ".")

    def text(self, path: str) -> str:
        """The text of a file. Raises ``Unreadable``."""
        known = self._texts.get(path)
        if known is not None:
            return known
        size = self._size(path)
        if size > MAX_FILE_BYTES:
            raise Unreadable(f"{size:,} bytes: code over {MAX_FILE_BYTES:,} bytes is not read")
        found = self._open(path)
        if "\0" in found:
            raise Unreadable("is no text")
        if self._kept + size <= MAX_KEPT:
            self._kept += size
            self._texts[path] = found
        return found

    def archive(self, path: str, most: int) -> bytes:
        """The bytes of an archive that holds at most so many. Raises ``Unreadable``."""
        size = self._size(path)
        if size > most or self._open_archive is None:
            raise Unreadable(f"{size:,} bytes: archives over {most:,} bytes are not read")
        return self._open_archive(path, most)

    def _size(self, path: str) -> int:
        """The bytes of a file that may be read. Raises ``Unreadable``."""
        if not self.inside(path):
            raise Unreadable("lies outside of the folders that are checked")
        try:
            return os.path.getsize(path)
        except (OSError, ValueError):
            raise Unreadable("no such file") from None

    def below(self, folder: str, endings: tuple[str, ...], depth: int = 12) -> tuple[str, ...] | None:
        """The files below ``folder`` whose names end so, in order, but for tests, libraries and built copies.

        ``None`` where there are more than can be looked at: who searches must not take what was found for all.
        """
        asked = folder, endings, depth
        if asked not in self._listed:
            listed = self._all(folder, depth)
            self._listed[asked] = (
                None if listed is None else tuple(path for path in listed if path.endswith(endings))
            )
        return self._listed[asked]

    def named(self, base: str) -> tuple[str, ...]:
        """The files of one name anywhere in the folder; none where there are too many files to look at."""
        if self._named is None:
            self._named = {}
            for path in self._all(self.root, 12) or ():
                self._named.setdefault(os.path.basename(path), []).append(path)
        return tuple(self._named.get(base, ()))

    def peeked(self, paths: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        """The texts of ``paths``, to see what they define; those that cannot be read are left out."""
        for path in paths:
            try:
                yield path, self.text(path)
            except Unreadable:
                continue

    def _all(self, folder: str, depth: int) -> tuple[str, ...] | None:
        """All files below a folder; walked once."""
        if (folder, depth) not in self._walked:
            self._walked[folder, depth] = self._walk(folder, depth)
        return self._walked[folder, depth]

    def _walk(self, folder: str, depth: int) -> tuple[str, ...] | None:
        if not self.is_folder(folder):
            return ()
        found: list[str] = []
        looked_at = 0
        for here, folders, names in os.walk(folder or "."):
            folders[:] = sorted(name for name in folders if name not in SKIPPED_FOLDERS | TEST_FOLDERS)
            if here[len(folder or ".") :].count(os.sep) >= depth:
                folders.clear()
            looked_at += len(folders) + len(names)
            if looked_at > MAX_LISTED:
                return None
            place = os.path.normpath(here)
            found += [name if place == "." else f"{place}/{name}" for name in sorted(names)]
        return tuple(path for path in found if not os.path.islink(path) or self.is_file(path))


class ConfinedFiles:
    """The files that are read for one function, within its allowance; what ``calls.SourceFiles`` asks for.

    ``opened`` are those that were read, in order; ``refused`` those that were asked for and not read. ``inline`` are
    files that stand in the template or in an archive, by path: with these, nothing else is read but what lies in
    ``only``. ``leads_to`` tells what the project's settings make of an import.
    """

    def __init__(
        self,
        tree: SourceTree,
        inline: Mapping[str, str] | None = None,
        only: tuple[str, ...] = (),
        leads_to: LeadsTo | None = None,
    ) -> None:
        self.tree = tree
        self._leads_to = leads_to
        self.opened: list[str] = []
        self.refused: list[Refused] = []
        self._bytes = 0
        self._inline = inline
        self._only = tuple(folder.rstrip("/") + "/" for folder in only)

    def exists(self, path: str) -> bool:
        """Is ``path`` a regular file that may be read?"""
        if self._inline is not None:
            return path in self._inline or (path.startswith(self._only) and self.tree.is_file(path))
        return self.tree.is_file(path)

    def read(self, path: str) -> str | None:
        """The text of a file, counted once; ``None`` where it is not read: ``refused`` says why then."""
        if self._inline is not None and path in self._inline:
            return self._inline[path]
        try:
            return self._counted(path)
        except Unreadable as problem:
            self.refused.append(Refused(path, problem.reason))
            return None

    def unique(self, name: str) -> str | None:
        """The only file in the folder whose path ends with ``/`` + ``name``; ``None`` for none and for several."""
        if self._inline is not None:
            return None
        found = self.tree.named(name.rsplit("/", 1)[-1])
        fitting = [path for path in found if f"/{path}".endswith("/" + name)]
        return fitting[0] if len(fitting) == 1 else None

    def imported(self, name: str, file: str, layers: tuple[str, ...]) -> str | None:
        """The one file that an import of ``name`` in ``file`` leads to by the project's settings."""
        return self._leads_to(name, file, layers) if self._inline is None and self._leads_to else None

    def _counted(self, path: str) -> str:
        if not self.exists(path):
            raise Unreadable("no such file")
        if path not in self.opened and len(self.opened) >= MAX_FILES:
            raise Unreadable(f"a function's code is read from {MAX_FILES} files at most")
        found = self.tree.text(path)
        if path not in self.opened:
            if self._bytes + len(found) > MAX_BYTES:
                raise Unreadable(f"{MAX_BYTES:,} bytes of a function's code are read at most")
            self._bytes += len(found)
            self.opened.append(path)
        return found
