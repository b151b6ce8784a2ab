"""Files → text and back. The only module that opens files that users name."""

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import NamedTuple

_NO_LINK, _NO_WAIT, _BINARY = (getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"))
MAX_BYTES = 20_000_000
"""Larger files are refused: CloudFormation takes templates of at most 1 MB."""


class SourceError(Exception):
    """A file that cannot be read as YAML or JSON. ``line`` is 0 where there is none to name."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


def read_text(path: str) -> str:
    """The text of a file: UTF-8 (BOM or not), or UTF-16 with a BOM. Raises ``SourceError``."""
    try:
        found = os.stat(path)
        if not stat.S_ISREG(found.st_mode):
            raise SourceError("not a regular file")
        if found.st_size > MAX_BYTES:
            raise SourceError(f"{found.st_size:,} bytes: files over {MAX_BYTES:,} bytes are not read")
        with open(path, "rb", buffering=0) as stream:
            return decode(stream.read())
    except (FileNotFoundError, NotADirectoryError, ValueError):
        raise SourceError("no such file") from None
    except OSError as problem:
        raise SourceError(f"cannot be read: {problem.strerror or problem}") from None


GLIMPSE_BYTES = 1_000_000


def glimpse(path: str) -> str:
    """The beginning of a file that is no text, letter by byte: enough to see what it was meant to be; "" if none."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return ""
        with open(path, "rb", buffering=0) as stream:
            return stream.read(GLIMPSE_BYTES).replace(b"\0", b"").decode("latin-1")
    except (OSError, ValueError):
        return ""


class Ground(NamedTuple):
    """What a run was given to read: the folders that were named, and the paths of all files by their last part.

    ``merged`` are the files that are read as one with the first of them, by its path.
    """

    folders: tuple[str, ...] = ()
    files: Mapping[str, tuple[str, ...]] = {}
    merged: Mapping[str, tuple[str, ...]] = {}

    def near(self, name: str, file: str) -> tuple[str, ...]:
        """The files whose last part is ``name``: those in the repository of ``file``, where it has one, else all.

        A repository is told by its ``.git``, else by the innermost folder that was named: what lies in others must not
        change what is read of this one.
        """
        found = self.files.get(name, ())
        if len(found) < 2:
            return found
        home = os.path.join(self._home(file), "")
        return tuple(one for one in found if os.path.abspath(one).startswith(home)) or found

    def _home(self, file: str) -> str:
        folder = os.path.dirname(os.path.abspath(file))
        above = _root_above(folder)
        if os.path.exists(os.path.join(above, ".git")):
            return above
        named = (os.path.abspath(one) for one in self.folders)
        return max((one for one in named if _lies_in(one, os.path.join(folder, ""))), key=len, default="")

    def choice(self, name: str) -> tuple[str, ...]:
        """What the choice among the files of a name hangs on: these, and where they are several the named folders."""
        found = self.files.get(name, ())
        return (*found, "", *self.folders) if len(found) > 1 else found


NO_GROUND = Ground()


class Beside:
    """Opens the files that templates name by relative paths, with ``texts`` in place of some.

    ``answers`` is what each attempt came to: a path and the text there, or the message of the error; ``sought`` are
    the last parts of paths that the files of the run were looked through for.
    """

    def __init__(self, texts: Mapping[str, str] = {}, ground: Ground = NO_GROUND) -> None:
        self._texts = texts
        self._ground = ground
        self.sought: dict[str, None] = {}
        self.answers: dict[tuple[str, str], tuple[str, str] | str] = {}

    def namesakes(self, name: str, file: str) -> tuple[str, ...]:
        """The files of the run whose last part is ``name``, those of the repository of ``file`` before others."""
        self.sought[name] = None
        return self._ground.near(name, file)

    def read(self, file: str, relative: str) -> tuple[str, str]:
        """The path and the text of what the template ``file`` names ``relative``. Raises ``SourceError``.

        Without a template ``relative`` is a file of the run.
        """
        try:
            path = path_beside(file, relative, self._ground.folders) if file else self._of_the_run(relative)
            found = path, self._texts[path] if path in self._texts else read_text(path)
        except SourceError as problem:
            self.answers[file, relative] = problem.message
            raise
        self.answers[file, relative] = found
        return found

    def _of_the_run(self, path: str) -> str:
        if path not in self._ground.files.get(os.path.basename(path), ()):
            raise SourceError("is no file of the run")
        return path


def path_beside(file: str, relative: str, folders: tuple[str, ...] = ()) -> str:
    """Where a file lies that the template ``file`` names by a relative path. Raises ``SourceError``.

    A template is input that nobody vouched for, so nothing outside its repository (the nearest folder above it
    that holds ``.git``, or else its own folder) is opened, nor outside the ``folders`` that the user named; not through
    ``..`` and not through a link.
    """
    if not os.path.isfile(file):
        raise SourceError("the template is no file, so nothing lies beside it")
    if (
        not relative
        or os.path.isabs(relative)
        or relative.startswith(("~", "\\"))
        or ":" in relative
        or "\0" in relative
    ):
        raise SourceError(f"{relative[:80]!r} is not a path relative to the template")
    folder = os.path.dirname(os.path.realpath(file))
    # What is checked must be what is opened: a link before ".." would make them two paths.
    path = os.path.normpath(os.path.join(os.path.dirname(file), relative))
    real = os.path.realpath(path)
    root = folder if real.startswith(folder + os.sep) else _root_above(folder)
    if not any(_lies_in(one, real) for one in (root, *map(os.path.realpath, folders))):
        raise SourceError(f"{relative[:80]!r} lies outside the repository")
    return path


def _lies_in(folder: str, real: str) -> bool:
    return real.startswith(os.path.join(folder, ""))


def code_root(template: str) -> str:
    """The folder that the code of a template's functions is read from, never from outside of it.

    It is the nearest folder above the template that holds ``.git``, else the current folder where the template lies
    below it, else the template's own.
    """
    folder = os.path.dirname(template)
    above = _root_above(os.path.realpath(folder))
    if os.path.exists(os.path.join(above, ".git")):
        here = folder
        while not os.path.exists(os.path.join(here, ".git")):
            here = os.path.normpath(os.path.join(here, "..")) if here else ".."
        return here or "."
    current = os.path.realpath(".")
    inside = os.path.realpath(folder).startswith(current.rstrip(os.sep) + os.sep)
    return "." if inside and not os.path.isabs(template) else folder or "."


def repository_of(file: str) -> str:
    """The folder of the repository that a file lies in, or its own folder."""
    return _root_above(os.path.realpath(os.path.dirname(file)))


def _root_above(folder: str) -> str:
    """The nearest folder at or above ``folder`` that holds ``.git``; ``folder`` where there is none."""
    here = folder
    while not os.path.exists(os.path.join(here, ".git")):
        above = os.path.dirname(here)
        if above == here:
            return folder
        here = above
    return here


def decode(data: bytes) -> str:
    """Bytes → text by their byte order mark, UTF-8 without one. Raises ``SourceError``."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        raise SourceError(f"is not {encoding.removesuffix('-sig').upper()} text", line) from None


def replace_files(texts: Mapping[str, str], before: Mapping[str, str] = {}) -> None:
    """Give files new texts, all or none: each is written beside the old one, and only then takes its place.

    The encoding, the byte order mark and the mode of a file stay. Raises ``SourceError`` naming a file that cannot
    be written; no file has changed then, nor after an interruption. A process that is killed leaves each file whole.

    ``before`` are the texts that the new ones were made from: a file that somebody has saved since is left alone. A
    link is followed to a file in the same repository, or below the current folder.
    """
    ready: list[tuple[str, str, bytes, bytes]] = []
    try:
        for path, text in texts.items():
            target = os.path.realpath(path)
            if os.path.islink(path) and not _near(path, target):
                raise SourceError(f"{path} cannot be written: it is a link to a file elsewhere")
            with _writing(path):
                old = _bytes(target)
                if path in before and decode(old) != before[path]:
                    raise SourceError(f"{path} cannot be written: it was changed meanwhile")
                new = _encoded(text, old)
                ready.append((_beside(target, new), target, old, new))
        for temporary, target, old, _ in ready:
            with _writing(target):
                if _bytes(target) != old:
                    raise SourceError(f"{target} cannot be written: it was changed meanwhile")
                os.replace(temporary, target)
    except BaseException:
        for _, target, old, new in ready:
            with _writing(target):
                if new != old and _bytes(target) == new:
                    os.replace(_beside(target, old), target)
        raise
    finally:
        for temporary, *_ in ready:
            with suppress(FileNotFoundError):
                os.unlink(temporary)


def _near(link: str, target: str) -> bool:
    """Does a link lead to a file of the repository that it lies in, or below the current folder?"""
    roots = _root_above(os.path.realpath(os.path.dirname(link) or os.curdir)), os.path.realpath(os.curdir)
    return any(target.startswith(os.path.join(root, "")) for root in roots)


def read_plain_file(path: str, most: int) -> bytes:
    """All of an archive of code, or a file of the linter's own, of so many bytes at most. Raises ``SourceError``.

    Links, devices and pipes are refused: whoever made them decides what is read, and how long it takes.
    """
    try:
        handle = os.open(path, os.O_RDONLY | _NO_LINK | _NO_WAIT | _BINARY)
        with os.fdopen(handle, "rb", buffering=0) as stream:
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode) or found.st_size > most:
                raise SourceError(f"{path} is no file, or too large")
            return stream.read(most)
    except (OSError, ValueError) as problem:
        raise SourceError(f"{path} cannot be read: {getattr(problem, 'strerror', None) or problem}") from None


def create_bytes(path: str, data: bytes) -> None:
    """Make a new file; one that is there already stays as it is. Raises ``SourceError``."""
    with _writing(path), suppress(FileExistsError):
        _new_file(path, data)


def replace_bytes(path: str, data: bytes) -> None:
    """Make ``path`` a file of ``data``; whoever reads it meanwhile gets the old or the new. Raises ``SourceError``.

    A link at ``path`` is replaced, not followed.
    """
    # Nobody can guess the name, so nobody can have made a file or a link of it.
    beside = os.path.join(os.path.dirname(path), f".recursion-lint-{os.urandom(8).hex()}")
    with _writing(path):
        try:
            _new_file(beside, data)
            os.replace(beside, path)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(beside)


def _new_file(path: str, data: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o666), "wb") as stream:
        stream.write(data)


def link_within(path: str) -> str:
    """The part of a path that is a link, as far as the path lies in the repository around the current folder, or "".

    Links above a repository are its owner's.
    """
    here = os.path.realpath(os.curdir)
    root = _root_above(here)
    whole = os.path.join(here, path)
    parts: list[str] = []
    while whole != os.path.dirname(whole):
        parts.append(whole)
        whole = os.path.dirname(whole)
    inside = (part for part in reversed(parts) if os.path.normpath(part).startswith(os.path.join(root, "")))
    return next((part for part in inside if os.path.islink(part)), "")


def _bytes(path: str) -> bytes:
    with open(path, "rb") as stream:
        return stream.read()


@contextmanager
def _writing(path: str) -> Iterator[None]:
    """What goes wrong is told with the name of the file."""
    try:
        yield
    except OSError as problem:
        raise SourceError(f"{path} cannot be written: {problem.strerror or problem}") from None


def _encoded(text: str, old: bytes) -> bytes:
    """The text in the encoding of the ``old`` one, with its byte order mark."""
    encodings = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
    utf8 = b"\xef\xbb\xbf" if old.startswith(b"\xef\xbb\xbf") else b""
    encoding = encodings.get(old[:2])
    return old[:2] + text.encode(encoding) if encoding else utf8 + text.encode("utf-8")


def _beside(path: str, data: bytes) -> str:
    """A new file in the folder of ``path``, with its mode."""
    import tempfile

    # A new file could take the place of one that must not be written.
    if not os.access(path, os.W_OK):
        raise PermissionError(13, "permission denied")
    handle, name = tempfile.mkstemp(prefix=".recursion-lint-", dir=os.path.dirname(path))
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        os.chmod(name, os.stat(path).st_mode & 0o7777)
    except OSError:
        os.unlink(name)
        raise
    return name
