"""Places in files for a title: as much of the path as tells the file from the others of the run.

Half of all functions have an ``app.py`` or an ``index.js`` each: of such a file the folder is told as well.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from recursion_lint.model.facts import Facts


def known_files(facts: Iterable[Facts]) -> frozenset[str]:
    """The templates of a run, and the files that its functions' handlers name, these without their extensions.

    Nothing is opened: a file that some code imports is not among them.
    """
    found: set[str] = set()
    for one in facts:
        found |= {_path(file) for file in one.files}
        for source in one.sources:
            module = source.handler.rpartition(".")[0] or source.handler
            if source.kind != "inline" and module:
                found.add(_path(posixpath.join(posixpath.dirname(source.file), source.where, module)))
    return frozenset(found)


def shortest(place: str, known: frozenset[str]) -> str:
    """``file:line`` with no more folders than are needed; in full for a file that is none of the ``known`` ones."""
    file, colon, line = place.rpartition(":")
    if not colon:
        file, line = place, ""
    own = next((one for one in (_path(file), _path(file.rpartition(".")[0])) if one in known), None)
    if own is None:
        return place
    parts, extension = own.split("/"), _path(file).removeprefix(own)
    for count in range(1, len(parts) + 1):
        tail = "/".join(parts[-count:])
        if not any(one != own and f"/{one}".endswith(f"/{tail}") for one in known):
            return f"{tail}{extension}{colon}{line}"
    return place


def _path(file: str) -> str:
    return posixpath.normpath(file.replace("\\", "/"))
