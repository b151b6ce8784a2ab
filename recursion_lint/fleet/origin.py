"""Where a repository comes from: the remote and the commit that Git's own files tell, and the owners of its files.

Git is not started: its configuration may name programs. https://git-scm.com/docs/gitrepository-layout
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

from recursion_lint.fleet.repository import MAX_NAME, is_name
from recursion_lint.run.collect import STDIN
from recursion_lint.run.ignore_patterns import IgnorePatterns
from recursion_lint.template.yaml.files import SourceError, read_text

CODEOWNERS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
"""https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners"""
MAX_OWNER_LINES = 5_000
_REMOTE = re.compile(r'\s*\[\s*remote\s+"([^"]*)"\s*\]')
_URL = re.compile(r"\s*url\s*=\s*(.*)")
_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_REF = re.compile(r"ref: (refs/[A-Za-z0-9_./+@-]+)")
_OWNER = re.compile(r"@[\w./-]+|[\w.+-]+@[\w.-]+")


def root_of(paths: Sequence[str]) -> str:
    """The folder that paths of facts are relative to: the repository around the first path, else what holds them."""
    whole = [os.path.abspath(path) for path in paths if path != "-"] or [os.getcwd()]
    folders = [path if os.path.isdir(path) else os.path.dirname(path) for path in whole]
    here = folders[0]
    while not os.path.exists(os.path.join(here, ".git")):
        above = os.path.dirname(here)
        if above == here:
            return os.path.commonpath(folders)
        here = above
    return here


def repository_name(root: str) -> str:
    """The name of the repository in ``root`` by its remote (``origin`` before others), else by its folder."""
    remotes: dict[str, str] = {}
    section = ""
    for line in _lines(os.path.join(_git_folder(root), "config")):
        if line.lstrip().startswith("["):
            found = _REMOTE.match(line)
            section = found[1] if found else ""
        elif section and (url := _URL.match(line)):
            remotes.setdefault(section, url[1].strip())
    name = name_in(remotes.get("origin") or next(iter(remotes.values()), ""))
    return name or _plain(os.path.basename(root)) or "repository"


def name_in(url: str) -> str:
    """The path in the address of a remote, without whoever logs in; "" where there is none that can be a name."""
    path = re.sub(r"^[a-z+]+://[^/]*/?|^[^/:@]*@?[^/:]*:", "", url.strip(), flags=re.IGNORECASE)
    path = path.split("?")[0].rstrip("/").removesuffix(".git").strip("/")
    parts = [_plain(part) for part in path.split("/")]
    name = "/".join(part for part in parts if part)[-MAX_NAME:].strip("/")
    return name if is_name(name) else ""


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.@+~-]", "-", name).lstrip(".")


def commit_of(root: str) -> str:
    """The commit that is checked out, or "" where Git's files do not tell."""
    folder = _git_folder(root)
    head = "".join(_lines(os.path.join(folder, "HEAD"))[:1]).strip()
    if _COMMIT.fullmatch(head):
        return head
    ref = _REF.fullmatch(head)
    if ref is None or ".." in ref[1]:
        return ""
    common = "".join(_lines(os.path.join(folder, "commondir"))[:1]).strip()
    for place in (folder, os.path.join(folder, common) if common else folder):
        found = "".join(_lines(os.path.join(place, *ref[1].split("/")))[:1]).strip()
        if _COMMIT.fullmatch(found):
            return found
        for line in _lines(os.path.join(place, "packed-refs")):
            commit, _, name = line.strip().partition(" ")
            if name == ref[1] and _COMMIT.fullmatch(commit):
                return commit
    return ""


def _git_folder(root: str) -> str:
    """The folder of Git's own files; a work tree beside others names it in a file."""
    folder = os.path.join(root, ".git")
    if os.path.isdir(folder):
        return folder
    told = "".join(_lines(folder)[:1]).strip()
    return os.path.join(root, told.removeprefix("gitdir:").strip()) if told.startswith("gitdir:") else folder


def _lines(path: str) -> list[str]:
    with suppress(SourceError):
        return read_text(path).splitlines()
    return []


def owners(root: str, files: Iterable[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Who owns each of ``files``, by paths relative to ``root``. Files that nobody owns are left out."""
    owning = code_owners(root)
    owned = {file: owning(file) for file in files}
    return tuple((file, owned[file]) for file in sorted(owned) if owned[file])


def code_owners(root: str) -> Callable[[str], tuple[str, ...]]:
    """Who owns a file, by its path relative to ``root``: the last line of ``CODEOWNERS`` that fits it counts."""
    lines = next((found for name in CODEOWNERS if (found := _lines(os.path.join(root, name)))), [])
    rules: list[tuple[IgnorePatterns, tuple[str, ...]]] = []
    for line in lines[:MAX_OWNER_LINES]:
        pattern, *named = line.split("#")[0].split()[:50] or [""]
        if pattern and not pattern.startswith("["):
            rules.append((IgnorePatterns.from_lines([pattern]), tuple(filter(_OWNER.fullmatch, named))))
    return lambda file: next((named for one, named in reversed(rules) if one.match_file(file)), ())


def placing(root: str) -> Callable[[str], str]:
    """What makes of a path, relative to the current folder, one that is relative to ``root``."""

    def place(path: str) -> str:
        if path.startswith(STDIN):
            return path
        return os.path.relpath(os.path.abspath(path), root).replace(os.sep, "/")

    return place
