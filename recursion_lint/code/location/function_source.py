"""What a template says about where a function's code is, and what is found there."""

from collections.abc import Mapping, Sequence
from typing import Literal as OneOf
from typing import NamedTuple

from recursion_lint.code.calls import Entry
from recursion_lint.model.loops import FIT_EQUALLY

CodeKind = OneOf["inline", "local", "asset", "image", "elsewhere"]
"""In the template, in a folder or a file that it names, in an asset of the CDK, in a container image, in S3 or behind
a parameter."""
SourceLanguage = OneOf["python", "javascript", "java", "go", "csharp", "ruby", "rust"]
"""TypeScript counts as JavaScript, Kotlin and Scala as Java."""

Sureness = OneOf["exact", "guess"]


class FunctionSource(NamedTuple):
    """Where a template says that a function's code is. No file was opened for it.

    ``file`` is the template and ``id`` the logical id. ``where`` is the code itself, or a path relative to the
    template's folder (of an image: its build context, or its name where no ``dockerfile`` is told; of code that is
    elsewhere: its key in S3). ``build``,
    ``entry_points`` and ``binary`` are the method and properties of ``sam build``; ``dockerfile`` and ``command`` are
    an image's. ``layers`` are paths of layers' content relative to the template's folder. ``distinct``: no other code
    of the run has the same handler's name.
    """

    file: str
    id: str
    runtime: str
    handler: str
    kind: CodeKind
    where: str
    build: str = ""
    entry_points: tuple[str, ...] = ()
    binary: str = ""
    dockerfile: str = ""
    command: str = ""
    layers: tuple[str, ...] = ()
    distinct: bool = True


class Located(NamedTuple):
    """The handler's file. ``how`` it was found, in words; a ``guess`` may be another file than the one that runs.

    ``roots`` are the folders that absolute imports start from. ``inline`` is the file that stands in the
    template, and ``packed`` are those of an archive.
    """

    language: SourceLanguage
    file: str
    function: str
    how: str
    sure: Sureness = "exact"
    roots: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    inline: Mapping[str, str] | None = None
    packed: Mapping[str, str] | None = None

    def entry(self) -> Entry | None:
        """Where an interpreter begins; ``None`` in a language that is read by names alone."""
        if self.language != "python" and self.language != "javascript":
            return None
        return Entry(self.file, self.function, self.language, self.roots, self.layers)


class NotLocated(NamedTuple):
    """No file is known to be the handler's; ``reason`` is for the user. ``several``: more than one may be."""

    reason: str
    several: bool = False


def fit_equally(files: Sequence[str]) -> NotLocated:
    """None of several files is taken; a person who knows the build may tell which it is."""
    found = sorted(set(files))
    shown = found if len(found) <= _SHOWN else found[: _SHOWN - 1]
    more = [f"{len(found) - len(shown)} more"] if len(found) > len(shown) else []
    *first, last = [*shown, *more]
    return NotLocated(f"{len(found)}{FIT_EQUALLY}{', '.join(first)} or {last}", several=True)


_SHOWN = 3
"""Files that a reason names."""


def packaged_from(told: Sequence[Located | NotLocated]) -> Located | None:
    """The code of a packaged function, by what each template says that it may be packaged from: all say the same."""
    found = {(one.file, one.function): one for one in told if isinstance(one, Located)}
    if len(found) != 1 or any(isinstance(one, NotLocated) for one in told):
        return None
    how = "the code of the template that this one was packaged from"
    return next(iter(found.values()))._replace(how=how, sure="guess")
