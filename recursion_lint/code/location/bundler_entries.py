"""What a project's own bundler makes of which source: esbuild, webpack, and esbuild in the scripts of ``package.json``.

Only what stands there in plain text is taken: names of files, in quotes, perhaps joined to ``__dirname``.
https://esbuild.github.io/api/#entry-points
https://webpack.js.org/concepts/entry-points/
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from recursion_lint.code.location.source_files import SourceTree

_CONFIGURED = re.compile(
    r"(?:^|/)[^/]*(?:webpack|esbuild|build|bundle)[^/]*\.(?:js|mjs|cjs|ts|mts|cts)$|(?:^|/)package\.json$",
    re.I,
)
_SCRIPTS = (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".json")
MAX_CONFIGURATIONS = 200
"""Files that may be a bundler's configuration; a repository with more of them is not looked at."""
_TEXT = r"""(["'`])([^"'`\n]+)\1"""
_PATH = r"""(?:(?:path\.)?(?:join|resolve)\s*\(\s*__dirname\s*,\s*(["'`])([^"'`\n]+)\1\s*\)|(["'`])([^"'`\n]+)\3)"""
_ENTRY = re.compile(r"\b(?:entryPoints|entry)\s*:\s*")
_NAMED = re.compile(r"""(?:([\w$-]+)|(["'])([^"'\n]+)\2)\s*:\s*(["'`])([^"'`\n]+)\4""")
_ESBUILD = re.compile(r"\besbuild\s+([^&|;\"]+)")
_STRING = re.compile(r'"((?:\\.|[^"\\])*)"')
_ENDS = (".ts", ".mts", ".cts", ".tsx", ".js", ".mjs", ".cjs", ".jsx")

Outputs = dict[str, frozenset[str]]
"""Sources by the file that is made of them, without its ending."""


def bundler_outputs(tree: SourceTree) -> Outputs:
    """What the bundlers of a repository make, worked out once for all functions."""
    known = tree.worked_out.get("bundles")
    if not isinstance(known, dict):
        known = tree.worked_out["bundles"] = _all(tree)
    return known


def _all(tree: SourceTree) -> Outputs:
    listed = [file for file in tree.below(tree.root, _SCRIPTS) or () if _CONFIGURED.search(file)]
    found: dict[str, set[str]] = {}
    if len(listed) <= MAX_CONFIGURATIONS:
        for file, text in tree.peeked(tuple(listed)):
            made = _of_scripts(text) if file.endswith(".json") else _of_settings(text)
            for source, output, beside in made:
                for base in _bases(file, beside, tree):
                    there = _existing(os.path.normpath(os.path.join(base, source)), tree)
                    if there is not None:
                        path = os.path.normpath(os.path.join(base, output))
                        found.setdefault(_stem(path), set()).add(there)
                        break
    return {output: frozenset(sources) for output, sources in found.items()}


def _stem(path: str) -> str:
    stem, ending = os.path.splitext(path)
    return stem if ending in _ENDS else path


def _bases(file: str, beside: bool, tree: SourceTree) -> list[str]:
    """The folders that a configuration's paths may start from: the package around it, where it is run, and its own."""
    own = here = os.path.dirname(file) or "."
    while not beside and not tree.is_file(os.path.join(here, "package.json")) and here != ".":
        above = os.path.dirname(here) or "."
        if above == here or not tree.is_folder(above):
            break
        here = above
    return list(dict.fromkeys((own,) if beside else (here, own)))


def _existing(path: str, tree: SourceTree) -> str | None:
    return next((path + ending for ending in ("", *_ENDS) if tree.is_file(path + ending)), None)


_Made = tuple[str, str, bool]
"""A source, the file that is made of it, and whether both are told from the configuration's own folder."""


def _of_scripts(text: str) -> Iterator[_Made]:
    """``esbuild src/app.ts --bundle --outfile=dist/app.js`` in a script."""
    for script in _STRING.findall(text):
        for command in _ESBUILD.findall(script.replace("\\", "")):
            words = command.split()
            sources = [word for word in words if not word.startswith("-") and word.endswith(_ENDS)]
            told = dict(word[2:].split("=", 1) for word in words if word.startswith("--") and "=" in word)
            if any("*" in source for source in sources) or "entry-names" in told:
                continue
            if len(sources) == 1 and "outfile" in told:
                yield sources[0], told["outfile"], False
            elif "outdir" in told:
                yield from _below(sources, told["outdir"], told.get("outbase"))


def _below(sources: list[str], folder: str, base: str | None) -> Iterator[_Made]:
    """Outputs lie below the entry points' common folder."""
    folders = [os.path.dirname(os.path.normpath(source)) for source in sources]
    common = os.path.normpath(base) if base else os.path.commonpath(folders) if all(folders) else ""
    for source in sources:
        inside = os.path.relpath(os.path.normpath(source), common or ".")
        if not inside.startswith(".."):
            yield source, os.path.join(folder, inside), False


def _of_settings(text: str) -> Iterator[_Made]:
    """The entries of ``esbuild.build({…})`` and of webpack's configuration."""
    for found in _ENTRY.finditer(text):
        around = _around(text, found.start())
        given = _value(text, found.end())
        if around is None or given is None or "entryNames" in around:
            continue
        sources, named = _entries(given)
        if any("$" in path or "*" in path for path in (*sources, *named.values())):
            continue
        if "entryPoints" in found[0]:
            yield from _of_esbuild(around, sources, named)
        else:
            yield from _of_webpack(around, sources, named)


def _of_esbuild(around: str, sources: list[str], named: dict[str, str]) -> Iterator[_Made]:
    file, folder = _told(around, "outfile"), _told(around, "outdir")
    if file is not None and len(sources) == 1:
        yield sources[0], file[0], file[1]
    elif folder is not None:
        for name, source in named.items():
            yield source, os.path.join(folder[0], name), folder[1]
        if not named:
            base = _told(around, "outbase")
            for source, output, _ in _below(sources, folder[0], base[0] if base else None):
                yield source, output, folder[1]


def _of_webpack(around: str, sources: list[str], named: dict[str, str]) -> Iterator[_Made]:
    """``[name].js`` in ``dist`` is webpack's default."""
    folder = _told(around, "path") or ("dist", False)
    file = _told(around, "filename")
    if (file is None and re.search(r"\bfilename\s*:", around)) or "${" in (file or ("", False))[0]:
        return
    pattern = file[0] if file is not None else "[name].js"
    for name, source in (named or {"main": sources[0]} if named or sources else {}).items():
        output = pattern.replace("[name]", name)
        if "[" not in output:
            yield source, os.path.join(folder[0], output), False


def _told(around: str, name: str) -> tuple[str, bool] | None:
    """A path that a setting names in plain text, and whether it is joined to the configuration's folder."""
    found = re.search(rf"\b{name}\s*:\s*{_PATH}", around)
    if found is None:
        return None
    path = found[2] or found[4]
    return None if "$" in path else (path, found[2] is not None)


def _entries(given: str) -> tuple[list[str], dict[str, str]]:
    """The entries of a text, a list or an object: by themselves, and by their names."""
    if given.startswith("{"):
        return [], {(found[1] or found[3]): found[5] for found in _NAMED.finditer(given)}
    return [found[2] for found in re.finditer(_TEXT, given)], {}


def _value(text: str, start: int) -> str | None:
    """The text, list or object that begins at ``start``; ``None`` for anything else."""
    if text[start : start + 1] in "[{" and start < len(text):
        closing = {"[": "]", "{": "}"}[text[start]]
        end, depth = start, 0
        for end in range(start, min(len(text), start + 20_000)):
            depth += (text[end] == text[start]) - (text[end] == closing)
            if depth == 0:
                return text[start : end + 1]
        return None
    found = re.compile(_TEXT).match(text, start)
    return found[0] if found is not None else None


def _around(text: str, at: int) -> str | None:
    """The object that the setting at ``at`` stands in."""
    depth = 0
    for start in range(at - 1, max(-1, at - 20_000), -1):
        depth += (text[start] == "}") - (text[start] == "{")
        if depth < 0:
            return _value(text, start)
    return None
