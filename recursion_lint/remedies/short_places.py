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
    """``file:line`` with no more folders than tell it from the ``known`` files.

    Of a file that is none of them one folder is told at least, where functions have folders of their own: each of
    these may have a file of the same name.
    """
    file, colon, line = place.rpartition(":")
    if not colon:
        file, line = place, ""
    path = _path(file)
    own = next((one for one in (path, path.rpartition(".")[0]) if one in known), "")
    parts = (own or path).split("/")
    folders = {posixpath.dirname(one) for one in known if "." not in posixpath.basename(one)}
    for count in range(1 if own or len(folders) < 2 else 2, len(parts)):
        tail = "/".join(parts[-count:])
        alike = (f"/{tail}", f"/{tail}" if own else f"/{tail.rpartition('.')[0]}")
        if not any(one != own and f"/{one}".endswith(alike) for one in known):
            return f"{tail}{path.removeprefix(own) if own else ''}{colon}{line}"
    return f"{path}{colon}{line}" if path else place


def _path(file: str) -> str:
    return posixpath.normpath(file.replace("\\", "/")) if file else ""
