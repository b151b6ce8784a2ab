"""Facts of templates that are as they were, kept between runs in a folder that the user names.

An entry holds the facts that a template's text came to, and what every file beside it was that was asked for. It
counts only while all of that, and the linter itself, is the same; one that was cut short or altered does not count.
"""

from __future__ import annotations

import io
import os
import pickle
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from importlib import import_module
from typing import NamedTuple, cast

from recursion_lint.model.facts import Facts
from recursion_lint.model.path_conditions import Alternatives
from recursion_lint.model.text import Text
from recursion_lint.template.yaml.files import Beside, SourceError, read_bytes, replace_bytes
from recursion_lint.version import __version__

DIGEST_BYTES = 32
_MODULES = (
    "model.facts",
    "model.findings",
    "model.path_conditions",
    "model.text",
    "patterns.events",
    "model.suppressions",
)
_DATA = frozenset(f"recursion_lint.{name}" for name in _MODULES)
"""The modules whose classes facts are made of."""
_NO_FACTS = (
    pickle.UnpicklingError,
    AttributeError,
    EOFError,
    ImportError,
    LookupError,
    MemoryError,
    OverflowError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What reading an entry may raise: whoever can seal one can put anything into it."""
_MARKS = {
    # https://bford.info/cachedir/
    "CACHEDIR.TAG": b"Signature: 8a477f597d28d172789f06886806bc55\n# Made by recursion-lint; may be deleted.\n",
    ".gitignore": b"*\n",
}


class Subject(NamedTuple):
    """What facts are told of: the text at ``path``, with what the run knows of parameters and imports."""

    path: str
    content: str
    parameters: Mapping[str, str]
    imports: Mapping[Text, Alternatives]

    @property
    def entry(self) -> str:
        """The name of its entry: one for each template as it is read from a folder, whatever its text."""
        asked = (os.getcwd(), self.path, sorted(self.parameters.items()), bool(self.imports))
        return _digest(repr(asked)).hex()

    def seal(self, data: bytes) -> bytes:
        """The digest that an entry of ``data`` begins with if it is this subject's."""
        content, known = self.content.encode(), repr(sorted(map(_shown, self.imports.items()))).encode()
        found = blake2b(_linter(), digest_size=DIGEST_BYTES)
        for part in (b"%d,%d;" % (len(content), len(known)), content, known, data):
            found.update(part)
        return found.digest()


def _shown(imported: tuple[Text, Alternatives]) -> str:
    """An import in the same words in every run."""
    name, found = imported
    return repr((name, [(value, sorted(needed)) for value, needed in found]))


def prepare(folder: str) -> None:
    """Make ``folder`` where it is not there, marked as a cache for backups and Git. Raises ``SourceError``."""
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as problem:
        raise SourceError(f"{folder} cannot be made: {problem.strerror or problem}") from None
    for name, data in _MARKS.items():
        if not os.path.exists(os.path.join(folder, name)):
            replace_bytes(os.path.join(folder, name), data)


def recalled(folder: str, subject: Subject) -> tuple[Facts, ...] | None:
    """The facts that ``folder`` holds of ``subject``; ``None`` where it holds none, or anything is no more as it was.

    What they hang on beside the template is read again.
    """
    try:
        entry = read_bytes(os.path.join(folder, subject.entry))
    except SourceError:
        return None
    seal, data = entry[:DIGEST_BYTES], entry[DIGEST_BYTES:]
    if seal != subject.seal(data):
        return None
    try:
        read, facts = _DataReader(io.BytesIO(data)).load()
        return cast("tuple[Facts, ...]", facts) if read == _again(read) else None
    except _NO_FACTS:
        return None


def keep(folder: str, subject: Subject, beside: Beside, facts: tuple[Facts, ...]) -> None:
    """Put into ``folder`` what ``subject`` came to, with the files that ``beside`` has read on the way.

    What cannot be kept is left out: it is read again the next time.
    """
    with suppress(SourceError, RecursionError):
        data = pickle.dumps((_read(beside), facts), pickle.HIGHEST_PROTOCOL)
        replace_bytes(os.path.join(folder, subject.entry), subject.seal(data) + data)


def _again(read: Iterable[tuple[str, str]]) -> dict[tuple[str, str], bytes]:
    beside = Beside()
    for file, relative in read:
        with suppress(SourceError):
            beside.read(file, relative)
    return _read(beside)


def _read(beside: Beside) -> dict[tuple[str, str], bytes]:
    """What the files that were asked for came to, each as a digest."""
    return {asked: _digest(repr(answer)) for asked, answer in beside.answers.items()}


class _DataReader(pickle.Unpickler):
    """Makes nothing but data: an entry that somebody else wrote can call nothing.

    https://docs.python.org/3/library/pickle.html#restricting-globals
    """

    def find_class(self, module: str, name: str) -> type:
        return _data_class(module, name)


@cache
def _data_class(module: str, name: str) -> type:
    found = getattr(import_module(module), name, None) if module in _DATA else None
    if not isinstance(found, type) or found.__module__ != module:
        raise pickle.UnpicklingError(f"{module}.{name} is no data")
    return found


@cache
def _linter() -> bytes:
    """This linter as a digest: its version, Python's, and what tells a changed checkout, its files' sizes and times."""
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    found = [__version__, sys.version]
    for folder, below, names in os.walk(here):
        below[:] = sorted(name for name in below if name != "__pycache__")
        for name in sorted(names):
            of = os.stat(os.path.join(folder, name))
            found.append(f"{name} {of.st_size} {of.st_mtime_ns}")
    return _digest("\n".join(found))


def _digest(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=DIGEST_BYTES).digest()
