"""Paths → the files to read: named files as they are, folders walked with .gitignore honoured."""

import os
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from recursion_lint.template.cloud_assembly import left_over
from recursion_lint.template.yaml.files import SourceError, read_text

if TYPE_CHECKING:
    from recursion_lint.run.ignore_patterns import IgnorePatterns

SUFFIXES = (".yaml", ".yml", ".json", ".template")
SKIPPED = frozenset(
    {"node_modules", ".git", ".venv", "venv", "__pycache__", ".tox", ".aws-sam", "site-packages"}
)
_ANYTHING = "\x01"
"""The name of a file that no pattern was written for: what matches it matches whatever lies beside it."""


class Candidate(NamedTuple):
    """A file to read; ``named`` files must be templates, found ones are skipped when they are not.

    One that is ``outside`` was found, and is a link that leads out of the folders of the run: it is not read.
    """

    path: str
    named: bool
    outside: bool = False


class Search(NamedTuple):
    """How files are chosen. ``exclude`` are globs relative to ``root`` for files found in folders.

    ``force_exclude``: they hold for named files too, as a hook names what it does not choose. Without
    ``respect_gitignore`` a walk reads what .gitignore names.
    """

    exclude: tuple[str, ...] = ()
    root: str = ""
    force_exclude: bool = False
    respect_gitignore: bool = True


PLAIN = Search()


def candidates(paths: Sequence[str], search: Search = PLAIN) -> Iterator[Candidate]:
    """Every file to look at, once, in the order of ``paths`` and by name within folders.

    Paths below the current folder are given relative to it, however they were named: what a run says, and what a
    baseline knows a finding by, must not depend on that.
    """
    seen: set[object] = set()
    folders = [os.path.realpath(path) for path in paths if os.path.isdir(path)]
    for path in paths:
        path = shortest(path)
        found = _walk(path, search.respect_gitignore) if os.path.isdir(path) else (Candidate(path, True),)
        for candidate in found:
            left_out = search.exclude and (search.force_exclude or not candidate.named)
            if left_out and matches(candidate.path, search.exclude, search.root):
                continue
            if not candidate.named and _leads_out(candidate.path, folders):
                yield candidate._replace(outside=True)
                continue
            file = _identity(candidate.path)
            if file not in seen:
                seen.add(file)
                yield candidate


def _leads_out(path: str, folders: Sequence[str]) -> bool:
    """Is a file a link out of all ``folders``? Whoever committed it decides where it leads, but not what is read."""
    if not os.path.islink(path):
        return False
    real = os.path.realpath(path)
    return not any(real.startswith(os.path.join(folder, "")) for folder in folders)


def shortest(path: str) -> str:
    """``./a``, ``b/../a`` and the absolute path of ``a`` → ``a``, as far as that is the same file.

    So a run names a file that it was given.
    """
    if not path or "\0" in path:
        return path
    short = os.path.normpath(path)
    if os.path.isabs(short):
        here = os.getcwd()
        if short != here and not short.startswith(os.path.join(here, "")):
            return path
        short = os.path.relpath(short, here)
    # A link before ".." leads elsewhere.
    return short if os.path.realpath(short) == os.path.realpath(path) else path


def passed_over(path: str, search: Search) -> bool:
    """Would a walk of the repository around ``path`` leave it out, by ``exclude`` or by a .gitignore?"""
    if search.exclude and matches(path, search.exclude, search.root):
        return True
    if not search.respect_gitignore:
        return False
    folder, name = os.path.split(os.path.abspath(path))
    top, within = folder, list[str]()
    while not os.path.exists(os.path.join(top, ".git")):
        above, part = os.path.split(top)
        if above == top:
            return False
        top, within = above, [part, *within]
    ignores, here = _Ignores(top), top
    ignores.enter(here)
    for part in within:
        if ignores.match(here, part + "/"):
            return True
        here = os.path.join(here, part)
        ignores.enter(here)
    return ignores.match(here, name)


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
    relative = os.path.relpath(os.path.abspath(path), os.path.abspath(root or "."))
    return not relative.startswith("..") and _spec(tuple(globs)).match_file(relative)


@lru_cache(maxsize=100)
def _spec(globs: tuple[str, ...]) -> "IgnorePatterns":
    from recursion_lint.run.ignore_patterns import IgnorePatterns

    return IgnorePatterns.from_lines(globs)


def _walk(top: str, respect_gitignore: bool) -> Iterator[Candidate]:
    """The files below ``top`` that may be templates. Links to folders are not followed."""
    ignores = _Ignores(top) if respect_gitignore else None
    for folder, folders, files in os.walk(top):
        if ignores is not None:
            ignores.enter(folder)
        old = left_over(folder, {*folders, *files})
        folders[:] = sorted(
            name
            for name in folders
            if name not in SKIPPED
            and name not in old
            and not (name.startswith(".") and name != ".github")
            and not (ignores is not None and ignores.match(folder, name + "/"))
        )
        for name in sorted(files):
            if (
                name.endswith(SUFFIXES)
                and name not in old
                and not (ignores is not None and ignores.match(folder, name))
            ):
                path = os.path.join(folder, name)
                yield Candidate(path[2:] if path.startswith("./") else path, False)


class _Ignores:
    """The .gitignore files that hold below ``top``: its own, those above it in the repository, those below.

    ``top`` was named, so a file that ignores all of it (``cdk.out``, ``build/*``, ``*`` in the folder itself, as
    tools write it into what they build) does not hold.
    """

    def __init__(self, top: str) -> None:
        self.specs: dict[str, Any] = {}
        self.top = above = os.path.abspath(top)
        chain = []
        while not os.path.exists(os.path.join(above, ".git")) and os.path.dirname(above) != above:
            above = os.path.dirname(above)
            chain.append(above)
        if os.path.exists(os.path.join(above, ".git")):
            for folder in chain:
                self.enter(folder)

    def enter(self, folder: str) -> None:
        path = os.path.join(folder, ".gitignore")
        # Git follows no link here either.
        if os.path.isfile(path) and not os.path.islink(path):
            from recursion_lint.run.ignore_patterns import IgnorePatterns

            try:
                lines = read_text(path).splitlines()
                spec = IgnorePatterns.from_lines(lines)
            except SourceError:
                return
            base = os.path.abspath(folder)
            if not self._ignores_all(base, spec, lines):
                self.specs[base] = spec

    def _ignores_all(self, base: str, spec: Any, lines: Sequence[str]) -> bool:
        """Does the file in ``base`` ignore all that lies in the folder that was named, no exception made?"""
        if base != self.top and not self.top.startswith(os.path.join(base, "")):
            return False
        within = os.path.relpath(self.top, base)
        if within == os.curdir:
            return not any(line.startswith("!") for line in lines) and bool(spec.match_file(_ANYTHING))
        return bool(spec.match_file(within + "/") or spec.match_file(os.path.join(within, _ANYTHING)))

    def match(self, folder: str, name: str) -> bool:
        if not self.specs:
            return False
        full = os.path.join(os.path.abspath(folder), name)
        return any(
            full.startswith(os.path.join(base, "")) and spec.match_file(full[len(os.path.join(base, "")) :])
            for base, spec in self.specs.items()
        )
