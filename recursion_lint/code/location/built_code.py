"""A handler whose file is not where the template says: what a bundler makes it of, or the same path elsewhere.

Each is looked for only where the place that the template names holds no such file.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from recursion_lint.code.location.bundler_entries import bundler_outputs
from recursion_lint.code.location.function_source import (
    FunctionSource,
    Located,
    NotLocated,
    SourceLanguage,
    fit_equally,
)
from recursion_lint.code.location.handler_files import defines, handler_files, handler_path, of_a_sibling
from recursion_lint.code.location.handler_names import ANY_FUNCTION, NO_HINTS, Place, in_place
from recursion_lint.code.location.source_files import SourceTree

_ARCHIVES = (".zip", ".jar", ".tar", ".tgz", ".gz")


def bundled(source: FunctionSource, tree: SourceTree) -> Located | NotLocated | None:
    """The entry point that the project's own bundler makes the handler's file of; ``None`` where none is told.

    It is the function's for sure where the file that is made is the one that the template names. Without a folder of
    the code (in S3, or in a part of a template whose ``Globals`` stand elsewhere) the only output of the handler's
    telling name is taken.
    """
    path, function = handler_path("javascript", source.handler)
    if not path or not function:
        return None
    outputs = bundler_outputs(tree)
    if source.kind == "local" and source.runtime:
        made = {one for output in _outputs(path, source) for one in outputs.get(output, ())}
        return _entry(made, function, "the entry point that is bundled to it", True, tree)
    if os.path.basename(path) in ANY_FUNCTION or (not source.runtime and source.where != "."):
        return None
    named = [output for output in outputs if f"/{output}".endswith("/" + path)]
    made = {one for output in named for one in outputs[output]}
    return _entry(made, function, "the only entry point that is bundled to its name", False, tree)


def _outputs(path: str, source: FunctionSource) -> list[str]:
    """The files, without ending, that may be the handler's: of an archive, those in it are made beside it."""
    where = os.path.normpath(os.path.join(os.path.dirname(source.file) or ".", source.where))
    ending = next((ending for ending in _ARCHIVES if where.endswith(ending)), "")
    folders = [where[: -len(ending)], os.path.dirname(where)] if ending else [where]
    return [os.path.normpath(os.path.join(folder, path)) for folder in folders]


def _entry(
    made: Iterable[str], function: str, how: str, exact: bool, tree: SourceTree
) -> Located | NotLocated | None:
    found = sorted(made)
    if len(found) > 1:
        return fit_equally(found)
    pattern = defines("javascript", function)
    if not any(pattern.search(text) for _, text in tree.peeked(tuple(found))):
        return None
    root = os.path.dirname(found[0]) or "."
    return Located("javascript", found[0], function, how, "exact" if exact else "guess", (root,))


def moved(language: SourceLanguage, source: FunctionSource, tree: SourceTree) -> Located | NotLocated | None:
    """The handler in the folder of the same path that a folder around the template's holds, or the only file of its
    path in the repository, where that path tells which function it is; ``None`` where there is none.

    ``sam build --base-dir`` and scripts of one's own start from the repository, not from the template.
    """
    path, _ = handler_path(language, source.handler)
    if not path or source.kind != "local" or source.where.startswith(".."):
        return None
    base = os.path.dirname(source.file) or "."
    found: set[str] = set()
    if _tells(os.path.join(source.where, path)):
        for folder in _around(base, tree):
            place = Place(os.path.normpath(os.path.join(folder, source.where)), "", exact=True)
            there = in_place(language, place, source, tree) if tree.is_folder(place.folder) else None
            if isinstance(there, Located) and there.sure == "exact":
                found.add(there.file)
    twice = os.path.basename(os.path.normpath(source.where)) == path  # a bundle in a folder of its own name
    if not found and ("/" in path or twice) and _tells(path):
        alike = handler_files(language, source, tree)
        found.update(file for file in alike if not of_a_sibling(file, base, tree))
    if len(found) > 1:
        return fit_equally(sorted(found))
    if not found:
        return None
    file = found.pop()
    root = os.path.splitext(file)[0][: -len(path)].rstrip("/") or "."
    function = handler_path(language, source.handler)[1]
    return Located(language, file, function, "the only file of its path", "guess", (root,))


def _tells(path: str) -> bool:
    """Does a path hold a word that not many functions have?"""
    parts = os.path.normpath(path).lower().split(os.sep)
    return any(part not in NO_HINTS and part not in ANY_FUNCTION for part in parts)


def _around(folder: str, tree: SourceTree) -> list[str]:
    """The folders around one, up to the one that is read."""
    found: list[str] = []
    here = os.path.normpath(folder)
    while here not in (".", "", os.path.normpath(tree.root)):
        above = os.path.dirname(here) or "."
        if above == here or not tree.is_folder(above):
            break
        found.append(above)
        here = above
    return found
