"""The sources that a handler of Java, Go, C#, Ruby or Rust is built from, told by its project's own files.

Imports are followed where a language ties them to folders (Go's modules, Java's packages, Ruby's requires); a C#
project and a Rust crate are read in full. Too much is read rather than too little.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator

from recursion_lint.code.calls import Gap
from recursion_lint.code.location.function_source import Located, SourceLanguage
from recursion_lint.code.location.source_files import ConfinedFiles, Unreadable

Texts = list[tuple[str, str]]
_Found = Iterable["str | Gap"]
_JVM = (".java", ".kt", ".scala", ".groovy")
_JVM_BUILDS = (
    "pom.xml",
    "build.gradle",
    "build.gradle.kts",
    "settings.gradle",
    "settings.gradle.kts",
    "build.sbt",
)
_INJECTED = re.compile(
    r"\b(?:org\.springframework|io\.micronaut|io\.quarkus|(?:javax|jakarta)\.inject|com\.google\.inject)\b"
)
"""Frameworks that put classes together which no import names."""


def closure(located: Located, files: ConfinedFiles) -> tuple[Texts, list[Gap]]:
    """The texts that the handler is built from, and what of them is missing."""
    texts: Texts = []
    gaps: list[Gap] = []
    queue = [located.file]
    seen = set(queue)
    follow = _FOLLOWERS[located.language](located, files)
    for file in queue:
        text = files.read(file)
        if text is None:
            reason = next((one.reason for one in reversed(files.refused) if one.file == file), "is not read")
            gaps.append(Gap(reason, file, 1))
            if len(gaps) > 20:
                break
            continue
        texts.append((file, text))
        for found in follow(file, text):
            if isinstance(found, Gap):
                gaps.append(found)
            elif found not in seen:
                seen.add(found)
                queue.append(found)
    return texts, gaps


_Follow = Callable[[str, str], _Found]


def _peek(files: ConfinedFiles, path: str) -> str:
    """The text of a project's file, not counted as code; empty where there is none."""
    try:
        return files.tree.text(path) if files.tree.is_file(path) else ""
    except Unreadable:
        return ""


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _above(folder: str, files: ConfinedFiles) -> Iterator[str]:
    """``folder`` and the folders around it that may be read."""
    here = folder
    while files.tree.is_folder(here or "."):
        yield here
        above = os.path.dirname(here)
        if above == here:
            return
        here = above


def _outermost(folder: str, names: tuple[str, ...], files: ConfinedFiles) -> str:
    """The outermost folder that holds one of the files; ``folder`` itself where none does."""
    holding = [
        here
        for here in _above(folder, files)
        if any(files.exists(os.path.join(here, name)) for name in names)
    ]
    return holding[-1] if holding else folder


class _JvmProject:
    """The sources of a project by folder and by class."""

    def __init__(self, folder: str, files: ConfinedFiles) -> None:
        self.listed = files.tree.below(folder, _JVM)
        self.by_folder: dict[str, list[str]] = {}
        self._by_class: dict[str, list[str]] = {}
        for file in self.listed or ():
            self.by_folder.setdefault(os.path.dirname(file), []).append(file)
            parts = os.path.splitext(file)[0].split("/")
            for size in range(2, min(len(parts), 9) + 1):
                self._by_class.setdefault("/".join(parts[-size:]), []).append(file)

    def package(self, name: str) -> list[str]:
        """The files in the folders of a package."""
        path = "/" + name.replace(".", "/")
        return [file for folder, held in self.by_folder.items() if folder.endswith(path) for file in held]

    def imported(self, name: str, whole: bool) -> list[str]:
        """The class that is imported or the one around it; a package if it is ``whole`` or files have other names."""
        parts = name.split(".")
        for size in (len(parts), len(parts) - 1, len(parts) - 2):
            held = self._by_class.get("/".join(parts[:size]), []) if size > 1 and not whole else []
            if held:
                return held
        if whole:
            return self.package(name)
        return [file for file in self.package(".".join(parts[:-1])) if not file.endswith(".java")]


def _jvm(located: Located, files: ConfinedFiles) -> _Follow:
    """Java, Kotlin, Scala: the classes of the same package, and those that imports name."""
    project = _JvmProject(_outermost(os.path.dirname(located.file), _JVM_BUILDS, files), files)

    def follow(file: str, text: str) -> Iterator[str | Gap]:
        if project.listed is None:
            yield Gap("the project has too many files", file, 1)
            return
        yield from project.by_folder.get(os.path.dirname(file), ())
        if _INJECTED.search(text):
            yield from project.listed
        own = re.search(r"^\s*package\s+([\w.]+)", text, re.M)
        if own is not None:
            yield from project.package(own[1])
        group = ".".join(own[1].split(".")[:2]) if own is not None else ""
        for found in re.finditer(r"^\s*import\s+(?:static\s+)?([\w.]+)", text, re.M):
            held = project.imported(found[1].rstrip("._"), found[1].endswith((".", "_")))
            yield from held
            if not held and group and found[1].startswith(group + "."):
                yield Gap(f"the class {found[1]} is missing", file, _line(text, found.start()))

    return follow


def _go(located: Located, files: ConfinedFiles) -> _Follow:
    """A package is its folder; ``go.mod`` tells which imports are of the module itself."""
    modules: dict[str, str] = {}
    for here in _above(os.path.dirname(located.file), files):
        found = re.search(r"^module\s+(\S+)", _peek(files, os.path.join(here, "go.mod")), re.M)
        if found is not None:
            modules[found[1]] = here
            for name, path in _replaced(_peek(files, os.path.join(here, "go.mod"))):
                modules[name] = os.path.normpath(os.path.join(here, path))
    owners = {"/".join(name.split("/")[:2]) for name in modules if name.count("/") > 1}

    def package(folder: str) -> list[str]:
        held = files.tree.below(folder, (".go",), 0) or ()
        return [file for file in held if not file.endswith("_test.go")]

    def follow(file: str, text: str) -> Iterator[str | Gap]:
        yield from package(os.path.dirname(file))
        for found in re.finditer(r'^\s*(?:import\s+)?(?:[\w.]+\s+)?"([^"\n]+)"', text, re.M):
            name = found[1]
            module = max(
                (one for one in modules if name == one or name.startswith(one + "/")), key=len, default=None
            )
            if module is not None:
                held = package(os.path.join(modules[module], name[len(module) :].strip("/")))
                yield from held
                if not held:
                    yield Gap(f"the package {name} is missing", file, _line(text, found.start()))
            elif "/".join(name.split("/")[:2]) in owners:
                yield Gap(f"the package {name} is missing", file, _line(text, found.start()))

    return follow


def _replaced(text: str) -> list[tuple[str, str]]:
    """The modules that ``replace`` finds in a folder nearby."""
    return re.findall(r"^\s*(?:replace\s+)?(\S+)(?:\s+v\S+)?\s+=>\s+(\.\S*)", text, re.M)


def _csharp(located: Located, files: ConfinedFiles) -> _Follow:
    """All sources of the project and of the projects that it refers to."""
    home = os.path.dirname(located.file)
    project = next((here for here in _above(home, files) if _projects(here, files)), home)

    def follow(file: str, text: str) -> Iterator[str | Gap]:
        if file != located.file:
            return
        queue = [project]
        for folder in queue:
            held = files.tree.below(folder, (".cs",))
            if held is None:
                yield Gap("the project has too many files", file, 1)
                return
            yield from (one for one in held if "/obj/" not in one and "/bin/" not in one)
            for name in _projects(folder, files):
                for referred in re.findall(
                    r'<(?:ProjectReference|Compile)\s+Include="([^"]+)"', _peek(files, name)
                ):
                    path = os.path.normpath(os.path.join(folder, referred.replace("\\", "/")))
                    if path.endswith("proj") and files.exists(path):
                        queue += [os.path.dirname(path)] if os.path.dirname(path) not in queue else []
                    elif path.endswith(".cs"):
                        yield path
                    else:
                        yield Gap(f"the project {referred} is missing", file, 1)

    return follow


def _projects(folder: str, files: ConfinedFiles) -> tuple[str, ...]:
    return files.tree.below(folder, (".csproj", ".fsproj"), 0) or ()


def _rust(located: Located, files: ConfinedFiles) -> _Follow:
    """All sources of the crate and of the crates that it takes from a folder nearby."""
    home = os.path.dirname(located.file)
    crate = next(
        (here for here in _above(home, files) if files.exists(os.path.join(here, "Cargo.toml"))), home
    )

    def follow(file: str, text: str) -> Iterator[str | Gap]:
        if file != located.file:
            return
        queue = [crate]
        for folder in queue:
            held = files.tree.below(folder, (".rs",))
            if held is None:
                yield Gap("the crate has too many files", file, 1)
                return
            yield from (one for one in held if "/target/" not in one)
            settings = _peek(files, os.path.join(folder, "Cargo.toml"))
            if "workspace = true" in settings:
                settings += _peek_workspace(folder, files)
            for path in re.findall(r'\bpath\s*=\s*"([^"]+)"', settings):
                other = os.path.normpath(os.path.join(folder, path))
                if files.tree.is_folder(other) and other not in queue:
                    queue.append(other)

    return follow


def _peek_workspace(crate: str, files: ConfinedFiles) -> str:
    """The settings of the workspace around a crate, its paths as seen from the crate."""
    for here in list(_above(os.path.dirname(crate), files))[:4]:
        text = _peek(files, os.path.join(here, "Cargo.toml"))
        if "[workspace" in text:
            back = os.path.relpath(here, crate)
            return re.sub(r'(\bpath\s*=\s*")', rf"\g<1>{back}/", text)
    return ""


def _ruby(located: Located, files: ConfinedFiles) -> _Follow:
    """``require_relative``, and ``require`` of what lies in the function's folder or its ``lib``."""

    def follow(file: str, text: str) -> Iterator[str | Gap]:
        here = os.path.dirname(file)
        for found in re.finditer(r"""\brequire(_relative)?\s*\(?\s*["']([^"']+)["']""", text):
            folders = [here] if found[1] else [*located.roots, *(f"{root}/lib" for root in located.roots)]
            paths = [
                os.path.normpath(os.path.join(folder, found[2])) for folder in (*folders, *located.layers)
            ]
            held = [one for path in paths for one in (path, path + ".rb") if files.exists(one)]
            yield from held[:1]
            if not held and found[1]:
                yield Gap(f"the file {found[2]} is missing", file, _line(text, found.start()))
        if re.search(r"\brequire(_relative)?\s*\(?\s*[\w(]*[A-Za-z_]+[.(]", text):
            for root in located.roots:
                yield from files.tree.below(root, (".rb",)) or ()

    return follow


_FOLLOWERS: dict[SourceLanguage, Callable[[Located, ConfinedFiles], _Follow]] = {
    "java": _jvm,
    "go": _go,
    "csharp": _csharp,
    "rust": _rust,
    "ruby": _ruby,
}
