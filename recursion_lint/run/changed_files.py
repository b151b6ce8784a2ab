"""Which files have changed since a commit, as Git knows it: a stranger's repository runs no program by that.

Git is only asked which blobs a commit holds. What lies in the working tree is compared here, because comparing is where
Git runs what a repository configures: file system monitors, filters, external diffs. https://git-scm.com/docs/git-config
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Sequence

from recursion_lint.config import ConfigError
from recursion_lint.template.yaml.files import MAX_BYTES, SourceError, read_plain_file, repository_of

SECONDS = 60
"""So long Git may take for one answer."""
_AT_A_TIME = 200
_QUIET = {
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.pager": "cat",
    "core.alternateRefsCommand": "",
    "core.sshCommand": "false",
    "diff.external": "",
    "log.showSignature": "false",
    # A clone that fetches what it lacks would run whatever is configured for that.
    "protocol.allow": "never",
}
_OBJECT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


class Changes:
    """The files of one repository that differ from where a branch left ``ref``. Raises ``ConfigError``."""

    def __init__(self, ref: str, near: str, given: Collection[str] = ()) -> None:
        """``near`` is a path in the repository, ``given`` are files whose text was given in place of theirs."""
        if ref.startswith("-") or not ref.strip() or any(ord(letter) < 32 for letter in ref):
            raise ConfigError(f"--changed-since: {ref[:80]!r} is no commit, branch or tag")
        folder = near if os.path.isdir(near) else os.path.dirname(near)
        self._root = repository_of(os.path.join(folder, ""))
        if not os.path.exists(os.path.join(self._root, ".git")):
            raise ConfigError("--changed-since: there is no Git repository here")
        self._git = _program(self._root)
        self._given = frozenset(given)
        self._known: dict[str, bool] = {}
        commit = self._asked("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}").strip()
        if not _OBJECT.fullmatch(commit):
            raise ConfigError(
                f"--changed-since: {ref[:80]!r} is no commit that this clone has (a shallow one has few of them)"
            )
        # Histories that have nothing in common, as those of a shallow clone, are compared as they are.
        left = self._asked("merge-base", commit, "HEAD").strip()
        self._base = left if _OBJECT.fullmatch(left) else commit

    def touch(self, files: Iterable[str]) -> bool:
        """Has one of ``files`` changed? What lies outside of the repository counts as changed."""
        return any(self._known[file] for file in files)

    def look_at(self, files: Collection[str]) -> None:
        """Find out about ``files``, many at a time."""
        inside: dict[str, str] = {}
        for file in files:
            within = os.path.relpath(os.path.realpath(file), self._root)
            if file in self._given or within.startswith("..") or os.path.isabs(within):
                self._known[file] = True
            else:
                inside[file] = within.replace(os.sep, "/")
        names = sorted(set(inside.values()))
        blobs: dict[str, str] = {}
        for at in range(0, len(names), _AT_A_TIME):
            blobs |= self._blobs(names[at : at + _AT_A_TIME])
        for file, name in inside.items():
            self._known[file] = blobs.get(name) != _blob(os.path.join(self._root, name), len(self._base))

    def _blobs(self, names: Sequence[str]) -> dict[str, str]:
        """The blobs of files in the commit, by path: ``mode type object TAB path NUL``."""
        answer = self._asked("ls-tree", "-z", "--full-tree", self._base, "--", *names)
        entries = (entry.partition("\t") for entry in answer.split("\0") if entry)
        return {path: told.split(" ")[-1] for told, _, path in entries}

    def _asked(self, *words: str) -> str:
        """What Git answers; nothing where it refuses to."""
        import subprocess

        settings = [word for name, value in _QUIET.items() for word in ("-c", f"{name}={value}")]
        options = ("--no-pager", "--no-replace-objects", "--literal-pathspecs", "-C", self._root)
        own = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1"}
        # Those of a hook that this runs in would point to another repository or index.
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        try:
            done = subprocess.run(  # noqa: S603
                [self._git, *settings, *options, *words],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=SECONDS,
                env={**kept, **own},
                check=False,
            )
        except (OSError, ValueError) as error:
            raise ConfigError(f"--changed-since: Git cannot be asked: {error}") from None
        except subprocess.TimeoutExpired:
            raise ConfigError(f"--changed-since: Git did not answer in {SECONDS} seconds") from None
        if done.returncode == 128 and b"dubious ownership" in done.stderr:
            raise ConfigError(
                "--changed-since: Git does not trust the owner of this repository (safe.directory)"
            )
        return done.stdout.decode("utf-8", "surrogateescape") if done.returncode == 0 else ""


def _program(root: str) -> str:
    """The program Git, which must not be one that the repository brings along."""
    import shutil

    found = shutil.which("git")
    if found is None or os.path.realpath(found).startswith(os.path.join(root, "")):
        raise ConfigError("--changed-since needs Git, which is not installed here")
    return os.path.abspath(found)


def _blob(path: str, length: int) -> str:
    """The name that Git gives to the content of a file; nothing for what is no file."""
    import hashlib

    try:
        data = read_plain_file(path, MAX_BYTES)
    except SourceError:
        return ""
    # Git's names are no secret and guard nothing.
    made = hashlib.sha256() if length == 64 else hashlib.sha1(usedforsecurity=False)
    made.update(b"blob %d\0" % len(data))
    made.update(data)
    return made.hexdigest()
