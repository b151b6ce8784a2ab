"""The files of a repository that a handler's name may mean: those of that path that define the function."""

from __future__ import annotations

import os
import re

from recursion_lint.code.location.function_source import FunctionSource, SourceLanguage
from recursion_lint.code.location.source_files import SourceTree

SCRIPTS = (".js", ".mjs", ".cjs")
TYPED = (".ts", ".mts", ".cts", ".tsx", ".jsx")
_PROJECTS = (
    *("template.yaml", "template.yml", "template.json", "samconfig.toml"),
    *("serverless.yml", "serverless.yaml", "cdk.json"),
)
"""Files that tell that a folder is a project of its own."""


def handler_path(language: SourceLanguage, handler: str) -> tuple[str, str]:
    """The path of a handler's file below the folder of the code, without its ending, and the function in it.

    Both are empty in a language whose handlers name no file.
    """
    if language == "python":
        module, _, function = handler.rpartition(".")
        return module.replace(".", "/"), function
    if language != "javascript":
        return "", ""
    folder, base = os.path.split(handler)
    name, _, function = base.partition(".")
    return os.path.join(folder, name).lstrip("/"), function


def defines(language: SourceLanguage, function: str) -> re.Pattern[str]:
    """What stands in a file that defines a function of that name."""
    if language == "python":
        name = re.escape(function)
        return re.compile(rf"^(?:async\s+)?def\s+{name}\b|^{name}\s*=", re.M)
    return re.compile(rf"\b{re.escape(function.split('.')[0])}\b")


def handler_files(language: SourceLanguage, source: FunctionSource, tree: SourceTree) -> tuple[str, ...]:
    """The files of the repository whose path ends with the handler's and that define its function."""
    path, function = handler_path(language, source.handler)
    if not path or not function:
        return ()
    names = (".py",) if language == "python" else (*SCRIPTS, *TYPED)
    base = os.path.basename(path)
    found = [file for ending in names for file in tree.named(base + ending)]
    found = [file for file in found if ("/" + os.path.splitext(file)[0]).endswith("/" + path)]
    pattern = defines(language, function)
    return tuple(sorted(file for file, text in tree.peeked(tuple(found)) if pattern.search(text)))


def of_another_project(file: str, home: str, tree: SourceTree) -> bool:
    """Does ``file`` lie in a project that the folder ``home`` is no part of?"""
    around = [os.path.normpath(home)]
    while around[-1] not in (os.path.normpath(tree.root), "", "."):
        around.append(os.path.dirname(around[-1]) or ".")
    here = os.path.dirname(file) or "."
    while here not in around and here not in ("", ".", os.path.dirname(here)):
        if any(tree.is_file(os.path.join(here, name)) for name in _PROJECTS):
            return True
        here = os.path.dirname(here) or "."
    return False


_TEMPLATES = (*_PROJECTS, ".template", ".template.yaml", ".template.yml", ".template.json")


_CONTAINERS = frozenset(
    {"src", "source", "sources", "services", "functions", "lambda", "lambdas", "packages", "code"}
)
"""Folders of many functions: a template in one of them is not that of the others."""


def of_a_sibling(file: str, home: str, tree: SourceTree) -> bool:
    """Does ``file`` lie in a project that the folder ``home`` is no part of, also where its template lies one deeper?

    In ``apps/chat/backend`` the template of one app is not that of what lies in ``apps/calls/server``.
    """
    if of_another_project(file, home, tree):
        return True
    near, far = (
        os.path.normpath(home or ".").split(os.sep),
        [part for part in os.path.dirname(file).split("/") if part],
    )
    shared = 0
    while shared < min(len(near), len(far)) and near[shared] == far[shared]:
        shared += 1
    if shared == len(near) or near == ["."]:
        return False
    around = ["/".join(far[:size]) for size in range(shared + 1, len(far) + 1)]
    return any(
        tree.below(one, _TEMPLATES, 1) != () for one in around if os.path.basename(one) not in _CONTAINERS
    )
