"""Facts of templates that are as they were, kept between runs in a folder that the user names.

An entry holds the facts that a template's text came to, and what every file beside it was that was asked for. It
counts only while all of that, and the linter itself, is the same; one that was cut short or altered does not count.
Entries are data (``model.codec``): whoever may write to the folder can hide a loop, and nothing else.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from typing import NamedTuple

from recursion_lint.model.codec import MAX_BYTES, Codec
from recursion_lint.model.codec_forms import Undecodable
from recursion_lint.model.facts import Facts
from recursion_lint.model.path_conditions import Alternatives
from recursion_lint.model.text import Text
from recursion_lint.patterns.described import DOCUMENTS
from recursion_lint.template.yaml.files import (
    Beside,
    Ground,
    SourceError,
    create_bytes,
    link_within,
    read_plain_file,
    replace_bytes,
)
from recursion_lint.version import __version__

DIGEST_BYTES = 32
_TAG = "CACHEDIR.TAG"
_MARKS = {
    # https://bford.info/cachedir/
    _TAG: b"Signature: 8a477f597d28d172789f06886806bc55\n# Made by recursion-lint; may be deleted.\n",
    ".gitignore": b"*\n",
}


class Subject(NamedTuple):
    """What facts are told of: the text at ``path``, with what the run knows of parameters, imports and files."""

    path: str
    content: str
    parameters: Mapping[str, str]
    imports: Mapping[Text, Alternatives]
    ground: Ground = Ground()

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
    """Make ``folder`` where it is not there, marked as a cache for backups and Git. Raises ``SourceError``.

    A repository must not say where on a machine files are written, so no link in it is followed; and nothing is put
    among other people's files, for the marks would hide them from Git.
    """
    link = link_within(folder)
    if link:
        raise SourceError(f"{link} is a link")
    try:
        os.makedirs(folder, exist_ok=True)
        names = os.listdir(folder)
    except OSError as problem:
        raise SourceError(f"{folder} cannot be made: {problem.strerror or problem}") from None
    if _TAG in names:
        return
    if names:
        raise SourceError(f"{folder} holds other files: name a new folder")
    for name, data in _MARKS.items():
        create_bytes(os.path.join(folder, name), data)


def recalled(folder: str, subject: Subject) -> tuple[Facts, ...] | None:
    """The facts that ``folder`` holds of ``subject``; ``None`` where it holds none, or anything is no more as it was.

    What they hang on beside the template is read again.
    """
    try:
        entry = read_plain_file(os.path.join(folder, subject.entry), MAX_BYTES)
        seal, data = entry[:DIGEST_BYTES], entry[DIGEST_BYTES:]
        if seal != subject.seal(data):
            return None
        head, _, rest = data.partition(b"\n")
        asked, sought = _asked(head)
        facts = _codec().loads(rest)
        return facts if head == _line(_again(asked, subject.ground), sought, subject.ground) else None
    except (SourceError, Undecodable):
        return None


def keep(folder: str, subject: Subject, beside: Beside, facts: tuple[Facts, ...]) -> None:
    """Put into ``folder`` what ``subject`` came to, with the files that ``beside`` has read on the way.

    What cannot be kept is left out: it is read again the next time.
    """
    with suppress(SourceError, Undecodable):
        head = _line(_read(beside), beside.sought, subject.ground)
        data = head + b"\n" + _codec().dumps(facts)
        replace_bytes(os.path.join(folder, subject.entry), subject.seal(data) + data)


@cache
def _codec() -> Codec:
    return Codec(DOCUMENTS)


def _line(read: Mapping[tuple[str, str], str], sought: Iterable[str], ground: Ground) -> bytes:
    """What facts hang on beside their template: files that were asked for, and names that were sought in the run."""
    namesakes = {name: ground.choice(name) for name in sorted(sought)}
    return json.dumps([[[*asked, digest] for asked, digest in read.items()], namesakes]).encode("ascii")


def _asked(head: bytes) -> tuple[list[tuple[str, str]], list[str]]:
    """The files that were asked for, by the template and the name that it gives, and the names that were sought.

    Raises ``Undecodable``.
    """
    try:
        read, namesakes = json.loads(head)
        found = [(file, relative) for file, relative, _ in read]
        sought = list(namesakes)
    except (ValueError, TypeError, RecursionError):
        raise Undecodable("no list of files") from None
    if not all(isinstance(part, str) for part in (*sought, *(part for asked in found for part in asked))):
        raise Undecodable("no list of files")
    return found, sought


def _again(read: Iterable[tuple[str, str]], ground: Ground) -> dict[tuple[str, str], str]:
    beside = Beside(ground=ground)
    for file, relative in read:
        with suppress(SourceError):
            beside.read(file, relative)
    return _read(beside)


def _read(beside: Beside) -> dict[tuple[str, str], str]:
    """What the files that were asked for came to, each as a digest."""
    return {asked: _digest(repr(answer)).hex() for asked, answer in beside.answers.items()}


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
