"""Paths → the files to read: named files as they are, folders walked with .gitignore honoured."""

import os
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

SUFFIXES = (".yaml", ".yml", ".json", ".template")
_SKIPPED = frozenset(
    {"node_modules", ".git", ".venv", "venv", "__pycache__", ".tox", ".aws-sam", "site-packages"}
)


class Candidate(NamedTuple):
    """A file to read; ``named`` files must be templates, found ones are skipped when they are not."""

    path: str
    named: bool


def candidates(paths: Sequence[str], exclude: Sequence[str] = (), root: str = "") -> Iterator[Candidate]:
    """Every file to look at, once, in the order of ``paths`` and by name within folders.

    Files found in folders are left out where they match a glob of ``exclude``, relative to ``root``.
    """
    seen: set[object] = set()
    for path in paths:
        found = _walk(path) if os.path.isdir(path) else (Candidate(path, True),)
        for candidate in found:
            if not candidate.named and exclude and matches(candidate.path, exclude, root):
                continue
            file = _identity(candidate.path)
            if file not in seen:
                seen.add(file)
                yield candidate


def _identity(path: str) -> object:
    """The same for every name of a file: links to it, and ways to it through linked folders."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return path
    # Some file systems number nothing.
    return (found.st_dev, found.st_ino) if found.st_ino else os.path.realpath(path)


def matches(path: str, globs: Sequence[str], root: str) -> bool:
    """Does ``path`` match one of ``globs``, written as in .gitignore, relative to ``root``?"""
    from recursion_lint.run.ignore_patterns import IgnorePatterns

    relative = os.path.relpath(os.path.abspath(path), os.path.abspath(root or "."))
    return not relative.startswith("..") and IgnorePatterns.from_lines(globs).match_file(relative)


def _walk(top: str) -> Iterator[Candidate]:
    """The files below ``top`` that may be templates. Links to folders are not followed."""
    ignores = _Ignores(top)
    for folder, folders, files in os.walk(top):
        ignores.enter(folder)
        folders[:] = sorted(
            name
            for name in folders
            if name not in _SKIPPED
            and not (name.startswith(".") and name != ".github")
            and not ignores.match(folder, name + "/")
        )
        for name in sorted(files):
            if name.endswith(SUFFIXES) and not ignores.match(folder, name):
                path = os.path.join(folder, name)
                yield Candidate(path[2:] if path.startswith("./") else path, False)


class _Ignores:
    """The .gitignore files that hold below ``top``: its own, those above it in the repository, those below."""

    def __init__(self, top: str) -> None:
        self.specs: dict[str, Any] = {}
        top = os.path.abspath(top)
        above = top
        chain = []
        while not os.path.isdir(os.path.join(above, ".git")) and os.path.dirname(above) != above:
            above = os.path.dirname(above)
            chain.append(above)
        if os.path.isdir(os.path.join(above, ".git")):
            for folder in chain:
                self.enter(folder)

    def enter(self, folder: str) -> None:
        path = os.path.join(folder, ".gitignore")
        if os.path.isfile(path):
            from recursion_lint.run.ignore_patterns import IgnorePatterns
            from recursion_lint.template.yaml.files import SourceError, read_text

            try:
                self.specs[os.path.abspath(folder)] = IgnorePatterns.from_lines(read_text(path).splitlines())
            except SourceError:
                return

    def match(self, folder: str, name: str) -> bool:
        if not self.specs:
            return False
        full = os.path.join(os.path.abspath(folder), name)
        return any(
            full.startswith(base + os.sep) and spec.match_file(full[len(base) + 1 :])
            for base, spec in self.specs.items()
        )
