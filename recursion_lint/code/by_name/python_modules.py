"""How Python's imports lead to files: by names alone, for the plain search."""

import os
import re
import sys
from collections.abc import Iterator
from typing import NamedTuple

from recursion_lint.code.calls import SourceFiles

_IMPORT = re.compile(r"^[ \t]*import[ \t]+([\w., \t]+)", re.M)
_FROM = re.compile(
    r"^[ \t]*from[ \t]+(\.*)[ \t]*([\w.]*)[ \t]+import[ \t]*(\([^)]*\)|[^\n\\]*(?:\\\n[^\n\\]*)*)", re.M
)
_LIBRARIES = frozenset(
    {*sys.stdlib_module_names, "boto3", "botocore", "aws_lambda_powertools", "aws_xray_sdk"}
)
"""No file of the repository is meant by these, whatever it is called."""
_SITE = ("", "python", "python/lib/python3.12/site-packages")


class Imported(NamedTuple):
    """One import: ``level`` dots, then the module; ``names`` are what is taken from it, which may be modules."""

    module: str
    level: int
    names: tuple[str, ...]
    line: int


def imports(text: str) -> Iterator[Imported]:
    """The imports that stand in a text, in functions as well."""
    for found in _IMPORT.finditer(text):
        for part in found[1].split(","):
            module = part.strip().split(" ")[0]
            if module:
                yield Imported(module, 0, (), text.count("\n", 0, found.start()) + 1)
    for found in _FROM.finditer(text):
        names = re.findall(r"[\w*]+(?=[ \t]*(?:as[ \t]+\w+[ \t]*)?(?:,|\)|$|#|\n|\\))", found[3], re.M)
        yield Imported(found[2], len(found[1]), tuple(names), text.count("\n", 0, found.start()) + 1)


def files_of(
    asked: Imported, file: str, roots: tuple[str, ...], layers: tuple[str, ...], files: SourceFiles
) -> tuple[str, ...] | None:
    """The files that an import in ``file`` runs; ``()`` for a library, ``None`` where its own file is missing."""
    here = os.path.dirname(file)
    if asked.level:
        folder = here
        for _ in range(asked.level - 1):
            folder = os.path.dirname(folder)
        found = _below(folder, asked, files)
        return found or (None if asked.module else ())
    folders = (*roots, here, *(os.path.join(layer, site) for layer in layers for site in _SITE))
    for folder in dict.fromkeys(folders):
        found = _below(folder, asked, files)
        if found:
            return found
    if asked.module.partition(".")[0] in _LIBRARIES:
        return ()
    path = asked.module.replace(".", "/")
    one = files.unique(f"{path}.py") or files.unique(f"{path}/__init__.py")
    if one is None:
        return ()
    depth = path.count("/") + (2 if one.endswith("/__init__.py") else 1)
    return _below("/".join(one.split("/")[:-depth]), asked, files)


def _below(folder: str, asked: Imported, files: SourceFiles) -> tuple[str, ...]:
    """The packages on the way to a module in ``folder``, the module, and the names that are modules in turn."""
    parts = asked.module.split(".") if asked.module else []
    found: list[str] = []
    path = folder
    for at, part in enumerate(parts):
        path = os.path.normpath(os.path.join(path, part))
        if files.exists(os.path.join(path, "__init__.py")):
            found.append(os.path.join(path, "__init__.py"))
        elif at == len(parts) - 1 and files.exists(f"{path}.py"):
            found.append(f"{path}.py")
    for name in asked.names:
        for file in (os.path.join(path, f"{name}.py"), os.path.join(path, name, "__init__.py")):
            if name != "*" and files.exists(file):
                found.append(os.path.normpath(file))
    return tuple(dict.fromkeys(found))
