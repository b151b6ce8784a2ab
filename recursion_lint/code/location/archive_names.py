"""An archive in S3 whose name tells the folder that it was made from.

Build scripts name archives after folders, mostly with the project's name before it and a version behind it:
``shop-order-events-1.2.zip`` is made of ``lambdas/order-events``.
"""

from __future__ import annotations

import os
import re
from itertools import takewhile
from typing import NamedTuple

from recursion_lint.code.location.function_source import (
    FunctionSource,
    Located,
    NotLocated,
    SourceLanguage,
    fit_equally,
)
from recursion_lint.code.location.handler_files import handler_files, handler_path, of_a_sibling
from recursion_lint.code.location.source_files import SourceTree

_ENDING = re.compile(r"\.(?:zip|jar|tar|tgz|gz)$")
_VERSION = re.compile(r"[-_.]v?\d[\w.]*$")
_WORDS = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z0-9]+")
_ANY = frozenset(
    {
        *("lambda", "lambdas", "function", "functions", "fn", "handler", "handlers", "package", "pkg", "zip"),
        *("code", "bundle", "dist", "build", "deployment", "deploy", "src", "source", "app", "latest"),
        *("release", "artifact", "artifacts", "version", "service", "services", "archive", "python", "node"),
    }
)
"""Words of archives and folders that tell nothing of which function it is."""
_DEEP = 4
"""Folders, from the last one on, that an archive's name may be put together from."""
_PROJECT = 2
"""Words from which on a name is hardly that of two things."""


class _Fit(NamedTuple):
    """A file in a folder that the archive is named after: how many words of the name, and that folder."""

    words: int
    file: str
    folder: str


def named_after_its_folder(
    language: SourceLanguage, source: FunctionSource, tree: SourceTree
) -> Located | NotLocated | None:
    """The handler in the one folder that the archive of ``source`` is named after; ``None`` where there is none.

    It is the function's for sure where the template lies in that folder too, and no other file there is such a handler.
    """
    names = _names(source)
    found = handler_files(language, source, tree) if names else ()
    base = os.path.dirname(source.file) or "."
    fitting = [
        fit
        for file in found
        for fit in (_fit(names, file, source),)
        if fit is not None and not of_a_sibling(file, base, tree)
    ]
    most = max((fit.words for fit in fitting), default=0)
    best = [fit for fit in fitting if fit.words == most]
    if len(best) != 1:
        return fit_equally([fit.file for fit in best]) if best else None
    file, folder = best[0].file, best[0].folder
    around = os.path.normpath(base).startswith(folder + os.sep)
    alone = sum(one.startswith(folder + "/") for one in found) == 1
    path, function = handler_path(language, source.handler)
    root = os.path.splitext(file)[0][: -len(path)].rstrip("/") or "."
    how = "the folder that its archive is named after"
    return Located(language, file, function, how, "exact" if around and alone else "guess", (root,))


def the_only_one(language: SourceLanguage, source: FunctionSource, tree: SourceTree) -> Located | None:
    """The only file of the handler in the repository, where its folders (``src``, none) tell of no other function.

    The archive's name must not be that of a package which the file is none of, and no other code may have a handler of
    that name. Examples are nobody's code.
    """
    found = handler_files(language, source, tree) if source.distinct else ()
    base = os.path.dirname(source.file) or "."
    if len(found) != 1 or of_a_sibling(found[0], base, tree):
        return None
    path, function = handler_path(language, source.handler)
    root = os.path.splitext(found[0])[0][: -len(path)].rstrip("/") or "."
    telling = [word for word in _words(os.path.relpath(root, tree.root)) if word not in _ANY]
    if telling or any(tree.is_file(os.path.join(root, name)) for name in _PACKAGES):
        return None
    return Located(language, found[0], function, "the only file of its name", "guess", (root,))


_PACKAGES = ("package.json", "pyproject.toml", "setup.py", "setup.cfg")
"""Files that give the code of a folder a name: another one than the archive's is another function's."""


def has_a_telling_name(source: FunctionSource) -> bool:
    """Is the archive's name one that not many functions have?"""
    return bool(_names(source))


def words_of_its_folder(source: FunctionSource, file: str) -> int:
    """How many words of the name of an archive or an image the folders around ``file`` are; 0 where they do not fit."""
    found = _fit(_names(source), file, source)
    return found.words if found is not None else 0


def _names(source: FunctionSource) -> list[tuple[str, ...]]:
    """The archive's name as words, as it is and without the words that tell nothing or are the project's."""
    stem = _VERSION.sub("", _ENDING.sub("", source.where.rpartition("/")[2]))
    whole = _words(stem)
    found = [whole, _telling(whole)]
    project = _words(os.path.basename(source.file).partition(".")[0])
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(whole, project, strict=False)))
    if shared >= _PROJECT:
        found.append(_telling(whole[shared:]))
    return [name for name in dict.fromkeys(found) if _telling(name)]


def _words(name: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in _WORDS.findall(name))


def _telling(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words without those at both ends that tell nothing."""
    while words and words[0] in _ANY:
        words = words[1:]
    while words and words[-1] in _ANY:
        words = words[:-1]
    return words


def _fit(names: list[tuple[str, ...]], file: str, source: FunctionSource) -> _Fit | None:
    """How a file's folders fit the archive's name: they are all of it, or its last words, two at least.

    What stands before these must be a word of the path of the template or of the file: another one may be what tells
    this function from its like.
    """
    parts = os.path.dirname(file).split("/")
    while parts and set(_words(parts[-1])) <= _ANY:
        parts.pop()
    known = {*_words(source.file), *_words(file)} | _ANY
    best: _Fit | None = None
    for size in range(1, min(_DEEP, len(parts)) + 1):
        folders = [word for part in parts[-size:] for word in _words(part)]
        for name in names:
            tails = [at for at in range(len(name)) if "".join(name[at:]) == "".join(folders)]
            words = len(name) - tails[0] if tails else 0
            told = words == len(name) or (
                min(words, len(folders)) >= _PROJECT and known.issuperset(name[: tails[0]])
            )
            if words and told and (best is None or words > best.words):
                best = _Fit(words, file, "/".join(parts))
    return best
