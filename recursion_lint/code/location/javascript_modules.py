"""How imports of JavaScript and TypeScript lead to files: relative paths, path mappings, packages of the workspace.

https://www.typescriptlang.org/docs/handbook/modules/reference.html#paths
https://docs.npmjs.com/cli/using-npm/workspaces
"""

from __future__ import annotations

import json
import os
import re
from functools import lru_cache
from typing import Any

from recursion_lint.code.location.node_packages import exported, main_of
from recursion_lint.code.location.source_files import SourceTree, Unreadable

ENDINGS = (
    "",
    ".ts",
    ".js",
    ".mjs",
    ".cjs",
    ".mts",
    ".cts",
    ".tsx",
    ".jsx",
    "/index.ts",
    "/index.js",
    "/index.mjs",
    "/index.tsx",
)
_FIRST_INDEX = next(ending for ending in ENDINGS if ending.startswith("/"))
_SPECIFIER = re.compile(
    r"""(?:\bfrom\s*|\bimport\s*|\brequire\s*\(\s*|\bimport\s*\(\s*|\brequire\.resolve\s*\(\s*)(["'`])([^"'`\n]+)\1"""
)
_DATA = (".json", ".css", ".html", ".graphql", ".txt", ".yaml", ".yml", ".wasm", ".node")
_COMMENT = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', re.S)
_COMMA = re.compile(r",(\s*[}\]])")
_WORKSPACES = ("pnpm-workspace.yaml", "lerna.json", "rush.json")
_LINKS = ("workspace:", "file:", "link:", "portal:")
MAX_PACKAGE_FILES = 20
"""A package whose entry is not told is read in full where it has no more files."""


@lru_cache(maxsize=512)
def specifiers(text: str) -> tuple[tuple[str, int], ...]:
    """The specifiers of imports, re-exports and requires that stand in a text, with their lines."""
    return tuple((found[2], text.count("\n", 0, found.start()) + 1) for found in _SPECIFIER.finditer(text))


def javascript_modules(tree: SourceTree) -> JavaScriptModules:
    """Where the modules of a folder lie, worked out once for all functions."""
    known = tree.worked_out.get("javascript")
    if not isinstance(known, JavaScriptModules):
        known = tree.worked_out["javascript"] = JavaScriptModules(tree)
    return known


class JavaScriptModules:
    """Where the modules of a repository lie. What its configuration says is read once."""

    def __init__(self, tree: SourceTree) -> None:
        self.tree = tree
        self._packages: dict[str, str] | None = None
        self._configured: dict[str, tuple[str, dict[str, list[str]]] | None] = {}

    def files_of(self, specifier: str, file: str, layers: tuple[str, ...] = ()) -> tuple[str, ...] | None:
        """The files that ``specifier`` in ``file`` leads to; ``()`` for a library and for data, ``None`` where a file
        of the project's own is missing."""
        if specifier.startswith("."):
            return self._one(os.path.join(os.path.dirname(file), specifier))
        if specifier.startswith("/"):
            return self._in_layers(specifier, layers)
        if specifier.startswith(
            ("node:", "@aws-sdk/", "aws-sdk", "@smithy/", "@middy/", "@aws-lambda-powertools/")
        ):
            return ()
        mapped = self._mapped(specifier, file)
        if mapped is not None:
            return mapped
        for layer in layers:
            for below in ("nodejs/node_modules", "node_modules", "nodejs"):
                found = self._one(os.path.join(layer, below, specifier))
                if found:
                    return found
        return self._in_workspace(specifier)

    def sure_file_of(self, specifier: str, file: str, layers: tuple[str, ...] = ()) -> str | None:
        """The one file that ``specifier`` in ``file`` leads to, a package of the repository only where the project
        links it: another one may be meant that has the same name in a registry."""
        found = self.files_of(specifier, file, layers)
        if found is None or len(found) != 1:
            return None
        name = _package_of(specifier)
        folder = self._workspace().get(name) if not specifier.startswith((".", "/")) else None
        within = folder is not None and f"{found[0]}/".startswith(f"{folder}/" if folder else "")
        if not within or folder is None:
            return found[0]
        return found[0] if not file.startswith(f"{folder}/") and self._links(file, name) else None

    def _links(self, file: str, name: str) -> bool:
        """Does a package around ``file`` depend on the repository's own package of that name?"""
        folder = os.path.dirname(file)
        while True:
            package = self._json(os.path.join(folder, "package.json"))
            for kind in ("dependencies", "devDependencies", "peerDependencies"):
                told = package.get(kind)
                version = told.get(name) if isinstance(told, dict) else None
                if isinstance(version, str) and version.startswith(_LINKS):
                    return True
            if "workspaces" in package or any(
                self.tree.is_file(os.path.join(folder, one)) for one in _WORKSPACES
            ):
                return True
            above = os.path.dirname(folder)
            if above == folder or not folder or not self.tree.is_folder(above or "."):
                return False
            folder = above

    def _one(self, path: str, depth: int = 0) -> tuple[str, ...] | None:
        """The file of a path without its ending, or of a folder."""
        path = os.path.normpath(path)
        for ending in ENDINGS:
            found = self._main(path) if ending == _FIRST_INDEX and depth == 0 else None
            if found is not None:
                return found
            if self.tree.is_file(path + ending):
                return () if (path + ending).endswith(_DATA) else (path + ending,)
        stem, ending = os.path.splitext(path)
        if ending in (".js", ".mjs", ".cjs", ".jsx"):
            for typed in (".ts", ".tsx", ".mts", ".cts"):
                if self.tree.is_file(stem + typed):
                    return (stem + typed,)
        return () if path.endswith(_DATA) else None

    def _main(self, folder: str) -> tuple[str, ...] | None:
        """The file that a folder's ``package.json`` names."""
        file = os.path.join(folder, "package.json")
        main = main_of(self._json(file)) if self.tree.is_file(file) else None
        return self._one(os.path.join(folder, main), 1) if main is not None else None

    def _in_layers(self, specifier: str, layers: tuple[str, ...]) -> tuple[str, ...] | None:
        """``/opt/nodejs/x``: the content of a layer is put below ``/opt``."""
        inside = specifier.removeprefix("/opt/")
        for layer in layers:
            for path in (inside, inside.removeprefix("nodejs/")):
                found = self._one(os.path.join(layer, path))
                if found:
                    return found
        return None

    def _mapped(self, specifier: str, file: str) -> tuple[str, ...] | None:
        """What the nearest ``tsconfig.json`` maps a specifier to; ``None`` where it maps nothing."""
        configured = self._configuration(os.path.dirname(file))
        if configured is None:
            return None
        base, paths = configured
        for pattern, targets in paths.items():
            head, star, tail = pattern.partition("*")
            fits = specifier.startswith(head) and specifier.endswith(tail) if star else specifier == pattern
            if not fits:
                continue
            middle = specifier[len(head) : len(specifier) - len(tail)]
            for target in targets:
                found = self._one(os.path.join(base, target.replace("*", middle)))
                if found is not None:
                    return found
        found = self._one(os.path.join(base, specifier)) if base else None
        return found or None

    def _configuration(self, folder: str) -> tuple[str, dict[str, list[str]]] | None:
        """The base folder and the path mappings that hold in a folder."""
        if folder not in self._configured:
            self._configured[folder] = self._nearest_configuration(folder)
        return self._configured[folder]

    def _nearest_configuration(self, folder: str) -> tuple[str, dict[str, list[str]]] | None:
        for name in ("tsconfig.json", "jsconfig.json"):
            file = os.path.join(folder, name)
            if self.tree.is_file(file):
                return self._mappings(file)
        above = os.path.dirname(folder)
        return (
            self._configuration(above)
            if above != folder and self.tree.is_folder(above or ".") and folder
            else None
        )

    def _mappings(self, file: str, depth: int = 0) -> tuple[str, dict[str, list[str]]] | None:
        """``baseUrl`` and ``paths`` of a configuration or of the one that it extends."""
        settings = self._json(file)
        options = settings.get("compilerOptions")
        options = options if isinstance(options, dict) else {}
        paths, url = options.get("paths"), options.get("baseUrl")
        folder = os.path.dirname(file)
        if isinstance(paths, dict) or isinstance(url, str):
            base = os.path.normpath(os.path.join(folder, url if isinstance(url, str) else "."))
            return base, _listed(paths)
        extended = settings.get("extends")
        if isinstance(extended, str) and extended.startswith(".") and depth < 5:
            path = os.path.normpath(os.path.join(folder, extended))
            path = path if path.endswith(".json") else path + ".json"
            return self._mappings(path, depth + 1) if self.tree.is_file(path) else None
        return None

    def _in_workspace(self, specifier: str) -> tuple[str, ...] | None:
        """The entry of a package that the repository itself holds."""
        name = _package_of(specifier)
        folder = self._workspace().get(name)
        if folder is None:
            return ()
        rest = specifier[len(name) :].strip("/")
        package = self._json(os.path.join(folder, "package.json"))
        told = exported(package, rest) or ()
        tried = [*told, rest] if rest else [*_entries(package), *told, "index"]
        for path in tried:
            for variant in dict.fromkeys(
                (path, re.sub(r"^(\./)?(dist|lib|build|out)(/|$)", r"src\3", path), f"src/{path}")
            ):
                found = self._one(os.path.join(folder, re.sub(r"\.d\.ts$", "", variant)))
                if found:
                    return found
        sources = self.tree.below(folder, (".ts", ".js", ".mjs", ".tsx"))
        return sources if sources and len(sources) <= MAX_PACKAGE_FILES else None

    def _workspace(self) -> dict[str, str]:
        """The packages of the repository by name, with their folders; a name that two of them have is none's."""
        if self._packages is None:
            found: dict[str, list[str]] = {}
            for file in self.tree.below(self.tree.root, ("/package.json", "package.json")) or ():
                name = self._json(file).get("name")
                if isinstance(name, str):
                    found.setdefault(name, []).append(os.path.dirname(file))
            self._packages = {name: folders[0] for name, folders in found.items() if len(folders) == 1}
        return self._packages

    def _json(self, file: str) -> dict[str, Any]:
        """A JSON file, with comments and trailing commas as TypeScript allows them; empty where it is none."""
        try:
            text = _COMMENT.sub(lambda found: found[1] or "", self.tree.text(file))
            found = json.loads(_COMMA.sub(r"\1", text))
        except (Unreadable, ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


def _package_of(specifier: str) -> str:
    """The name of the package in a specifier."""
    return "/".join(specifier.split("/")[: 2 if specifier.startswith("@") else 1])


def _listed(paths: object) -> dict[str, list[str]]:
    if not isinstance(paths, dict):
        return {}
    return {
        pattern: [target for target in targets if isinstance(target, str)]
        for pattern, targets in paths.items()
        if isinstance(targets, list)
    }


def _entries(package: dict[str, Any]) -> list[str]:
    """What a package says of its entry, the source first."""
    exported = package.get("exports")
    if isinstance(exported, dict):
        exported = exported.get(".", exported)
    ways = list(exported.values()) if isinstance(exported, dict) else [exported]
    named = [package.get(key) for key in ("source", "module", "main", "types")]
    return [entry for entry in (*named, *ways) if isinstance(entry, str)]
