"""Modules: which file an import means, what it gives, and what is only a library."""

import json
import posixpath
from collections.abc import Iterator
from functools import lru_cache

from recursion_lint.code.calls import Unknown
from recursion_lint.code.evaluation.elements import put
from recursion_lint.code.evaluation.frames import Frame
from recursion_lint.code.evaluation.heap import MARKS, REST, Late, Library, Module, Record, Scope, V
from recursion_lint.code.evaluation.machine import Machine
from recursion_lint.code.evaluation.packages import declared, is_sdk, kind_of_javascript, kind_of_python
from recursion_lint.code.location.node_packages import main_of
from recursion_lint.code.syntax.tree import At
from recursion_lint.code.syntax.tree_statements import ExportAll, ImportJavaScript, ImportPython, Parsed
from recursion_lint.code.values import ABSENT, NOTHING, lifted

_ENDINGS = (".ts", ".js", ".mjs", ".cjs", ".tsx", ".jsx", ".mts", ".cts", ".json")
_SOURCES = (".js", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts", ".jsx")
_LAYER_FOLDERS = ("", "python", "nodejs", "nodejs/node_modules")
_MOST_LEVELS = 6
_MOST_TREES = 128
"""Parsed modules that are kept for the next function."""


def load(m: Machine, path: str) -> Module:
    """A module of the project; its statements are run when it is first loaded."""
    path = posixpath.normpath(path)
    if path in m.modules:
        return m.modules[path]
    module = Module(path, m.journal.cell(scope=True))
    m.modules[path] = module
    outside, m.module = m.module, module
    text = m.files.read(path)
    if text is None:
        m.gap(f"{posixpath.basename(path)} cannot be read", (0, 0, 0, 0))
    else:
        module.lines = text.encode("utf-8", "replace").split(b"\n")
        _run(m, module, _parsed(m, text, path))
    module.loaded = True
    m.module = outside
    return module


def _parsed(m: Machine, text: str, path: str) -> Parsed:
    if m.python:
        parsed = _tree_of(text, "")
    else:
        try:
            parsed = _tree_of(text, posixpath.splitext(path)[1])
        except ImportError:
            parsed = Parsed((), "the parser for JavaScript is not installed")
    if parsed.problem:
        m.gap(parsed.problem, (0, 0, 0, 0))
    return parsed


@lru_cache(maxsize=_MOST_TREES)
def _tree_of(text: str, ending: str) -> Parsed:
    """The tree of a module, ``ending`` being that of a file of JavaScript. Functions of a project share modules."""
    if not ending:
        from recursion_lint.code.syntax import python

        return python.parse(text)
    from recursion_lint.code.syntax import javascript

    return javascript.parse(text, ending)


def _run(m: Machine, module: Module, parsed: Parsed) -> None:
    """Runs the statements of a module outside of whatever is running now."""
    cell = module.scope.cell
    if m.python:
        cell["__name__"] = _module_name(module)
        cell["__file__"] = Unknown("file name")
    else:
        exports = m.record()
        cell["exports"], cell["module"] = exports, m.record({"exports": exports})
        module.exports = cell["this"] = exports
    guards, m.guards = m.guards, []
    pending, m.pending = m.pending, []
    marks = m.try_marks, m.break_marks, m.continue_marks
    m.try_marks, m.break_marks, m.continue_marks = [], [], []
    running, m.running = m.running, False
    m.frames.append(Frame(None, m.journal.mark(), 0))
    m.block(parsed.body, module.scope)
    m.frames.pop()
    m.running = running
    m.try_marks, m.break_marks, m.continue_marks = marks
    m.guards, m.pending = guards, pending
    if not m.python:
        holder = cell["module"]
        module.exports = (
            holder.cell.get("exports", module.exports) if isinstance(holder, Record) else module.exports
        )


def _module_name(module: Module) -> V:
    from recursion_lint.code.calls import Literal

    return Literal(posixpath.basename(module.path).removesuffix(".py"))


# Python ---------------------------------------------------------------------------------------------------------------


def import_python(m: Machine, statement: ImportPython, scope: Scope) -> None:
    """``import a.b`` and ``from a.b import c``."""
    if statement.names is None:
        _import_whole(m, statement, scope)
        return
    module = find_python(m, statement.module, statement.level, statement.at, statement.names)
    for name, alias in statement.names:
        if name == "*":
            if isinstance(module, Module):
                for key, value in list(module.scope.cell.items()):
                    m.journal.write(scope.cell, key, value)
            continue
        m.journal.write(scope.cell, alias, _from(m, module, statement, name))


def _import_whole(m: Machine, statement: ImportPython, scope: Scope) -> None:
    module = find_python(m, statement.module, 0, statement.at)
    top = statement.module.partition(".")[0]
    if statement.alias is not None:
        m.journal.write(
            scope.cell, statement.alias, module if module is not None else Library(statement.module)
        )
        return
    if module is None:
        m.journal.write(scope.cell, top, Library(top))
        return
    levels = statement.module.count(".")
    folder = posixpath.dirname(module.path)
    folder = posixpath.dirname(folder) if posixpath.basename(module.path) == "__init__.py" else folder
    for _ in range(levels - 1):
        folder = posixpath.dirname(folder)
    m.journal.write(scope.cell, top, _package(m, folder) if levels else module)


def _from(m: Machine, module: Module | None, statement: ImportPython, name: str) -> V:
    if module is not None:
        return python_member(m, module, name, statement.at)
    if statement.level:
        m.gap(f"module {'.' * statement.level}{statement.module} is not found", statement.at)
        return Unknown(f"module {statement.module}")
    found = m.library_member(Library(statement.module), name, statement.at)
    return found if not isinstance(found, Library) else Library(f"{statement.module}.{name}")


def find_python(
    m: Machine, name: str, level: int, at: At, names: tuple[tuple[str, str], ...] = ()
) -> Module | None:
    """The module of the project that an import means; ``None`` where it is a library's. ``names`` are taken from it."""
    if not level and is_sdk(name):
        return None
    path = name.replace(".", "/")
    for folder in _python_folders(m, level):
        base = posixpath.normpath(posixpath.join(folder, path))
        for candidate in (f"{base}.py", f"{base}/__init__.py") if path else (f"{base}/__init__.py",):
            if m.files.exists(candidate):
                return load(m, candidate)
        if any(_module_file(m, base, one) for one, _ in names):
            return _package(m, base)
    return None if level else _elsewhere(m, name, path, at)


def _module_file(m: Machine, folder: str, name: str) -> str | None:
    """The file of a module in a folder."""
    candidates = (posixpath.normpath(f"{folder}/{name}{ending}") for ending in (".py", "/__init__.py"))
    return next((candidate for candidate in candidates if m.files.exists(candidate)), None)


def _package(m: Machine, folder: str) -> Module:
    """A folder of modules, with or without a module of its own."""
    path = posixpath.normpath(f"{folder}/__init__.py")
    if m.files.exists(path):
        return load(m, path)
    if path not in m.modules:
        m.modules[path] = Module(path, m.journal.cell(scope=True))
    return m.modules[path]


def _python_folders(m: Machine, level: int) -> Iterator[str]:
    folder = posixpath.dirname(m.module.path)
    if level:
        for _ in range(level - 1):
            folder = posixpath.dirname(folder)
        yield folder
        return
    yield folder
    yield from m.entry.roots
    for layer in m.entry.layers:
        yield from (posixpath.normpath(posixpath.join(layer, inner)) for inner in _LAYER_FOLDERS[:2])


def _elsewhere(m: Machine, name: str, path: str, at: At) -> Module | None:
    """A module that no folder of imports has: known, or the only file of that name, or a gap."""
    kind = kind_of_python(name)
    if kind == "unknown":
        for candidate in (f"{path}.py", f"{path}/__init__.py"):
            found = m.files.unique(candidate)
            if found is not None:
                return load(m, found)
    _foreign(m, name, kind, at)
    return None


def python_member(m: Machine, module: Module, name: str, at: At) -> V:
    """What a module gives under a name: a variable of it, or a module below it."""
    if name in module.scope.cell:
        found: V = module.scope.cell[name]
        return found
    if posixpath.basename(module.path) == "__init__.py":
        folder = posixpath.dirname(module.path)
        found_file = _module_file(m, folder, name)
        if found_file is not None:
            return load(m, found_file)
        inner = posixpath.normpath(f"{folder}/{name}/__init__.py")
        if any(path.startswith(posixpath.dirname(inner) + "/") for path in m.modules):
            return _package(m, posixpath.dirname(inner))
    if not name.startswith("__"):
        m.gap(f"{posixpath.basename(module.path)} has no {name}", at)
    return Unknown(f"{name} of a module")


# JavaScript -----------------------------------------------------------------------------------------------------------


def import_javascript(m: Machine, statement: ImportJavaScript, scope: Scope) -> None:
    """``import`` of ECMAScript modules."""
    module = require(m, statement.module, statement.at)
    if statement.default is not None:
        m.journal.write(scope.cell, statement.default, default_of(m, module, statement.at))
    if statement.namespace is not None:
        m.journal.write(scope.cell, statement.namespace, module)
    for name, alias in statement.names:
        m.journal.write(scope.cell, alias, m.attribute(module, name, statement.at))


def default_of(m: Machine, module: V, at: At) -> V:
    """The default export: of a CommonJS module all that it exports."""
    if (
        isinstance(module, Module)
        and isinstance(module.exports, Record)
        and "default" not in module.exports.cell
    ):
        return module.exports
    if isinstance(module, Module) and not isinstance(module.exports, Record):
        return module.exports
    return module if isinstance(module, Library) else m.attribute(module, "default", at)


def export_all(m: Machine, statement: ExportAll, scope: Scope) -> None:
    """``export * from``."""
    module = require(m, statement.module, statement.at)
    target = scope.cell.get("exports")
    if not isinstance(target, Record):
        return
    if isinstance(module, Module) and isinstance(module.exports, Record):
        for name, value in list(module.exports.cell.items()):
            if name != "default" and name not in target.cell and name not in MARKS:
                put(m, target, name, value)
    elif isinstance(module, Library):
        m.journal.write(target.cell, REST, module)


def require(m: Machine, name: str, at: At) -> V:
    """What ``require`` gives: a module of the project, the data of a file, or a library."""
    path = _javascript_file(m, name)
    if path is None:
        if name.startswith(("./", "../")) or name in (".", ".."):
            m.gap(f"module {name} is not found", at)
            return Unknown(f"module {name}")
        _foreign(m, name, kind_of_javascript(name), at)
        return Library(name.removeprefix("node:"))
    if path.endswith(".json"):
        return _data(m, path)
    if not path.endswith(_SOURCES):
        m.gap(f"{name} is no source file", at)
        return Unknown(f"file {name}")
    return load(m, path)


def javascript_member(m: Machine, module: Module, name: str, at: At) -> V:
    """What a module of JavaScript exports under a name."""
    exports = module.exports
    if name == "default":
        return (
            default_of(m, module, at) if not _has(exports, "default") else m.attribute(exports, "default", at)
        )
    if exports is ABSENT:
        return Unknown(f"{name} of a module")
    found = m.attribute(exports, name, at)
    if found == NOTHING and _has(exports, "default"):
        found = m.attribute(m.attribute(exports, "default", at), name, at)
    return Late(module, name) if found == NOTHING and not module.loaded else found


def _has(exports: V, name: str) -> bool:
    return isinstance(exports, Record) and name in exports.cell


def _data(m: Machine, path: str) -> V:
    found = _json(m, path)
    try:
        return m.thaw(lifted(found)) if found is not None else Unknown("data file")
    except RecursionError:
        return Unknown("data file")


def _json(m: Machine, path: str) -> object:
    """What a file of JSON holds; ``None`` where it is none."""
    text = m.files.read(path)
    try:
        return json.loads(text) if text is not None else None
    except (ValueError, RecursionError):
        return None


def _javascript_file(m: Machine, name: str) -> str | None:
    for base in _javascript_bases(m, name):
        plain = base
        for ending in (".js", ".mjs", ".cjs", ".jsx"):
            plain = plain.removesuffix(ending)
        candidates = [base] if base.endswith((*_SOURCES, ".json")) else []
        candidates += [base + ending for ending in _ENDINGS]
        candidates += [plain + ending for ending in (".ts", ".mts", ".cts", ".tsx")] if plain != base else []
        found = next((one for one in candidates if m.files.exists(one)), None) or _folder_file(m, base)
        if found is not None:
            return found
    return m.files.imported(name, m.module.path, m.entry.layers)


def _folder_file(m: Machine, folder: str) -> str | None:
    """The file that a folder stands for: what its ``package.json`` names, else its index."""
    main = None
    if m.files.exists(f"{folder}/package.json"):
        told = _json(m, f"{folder}/package.json")
        main = main_of(told) if isinstance(told, dict) else None
    named = posixpath.normpath(posixpath.join(folder, main)) if main is not None else folder
    candidates = [named, *(named + ending for ending in _ENDINGS)] if main is not None else []
    candidates += [f"{one}/index{ending}" for one in dict.fromkeys((named, folder)) for ending in _ENDINGS]
    return next((one for one in candidates if m.files.exists(one)), None)


def _javascript_bases(m: Machine, name: str) -> Iterator[str]:
    if name.startswith((".", "/")) and not name.startswith("/opt/"):
        yield posixpath.normpath(posixpath.join(posixpath.dirname(m.module.path), name))
        return
    if name.startswith("/opt/"):
        below = name.removeprefix("/opt/")
        for layer in (*m.entry.layers, *m.entry.roots):
            yield posixpath.join(layer, below)
            yield posixpath.join(layer, below.removeprefix("nodejs/"))
        return
    if kind_of_javascript(name) == "harmless":
        return
    for root in m.entry.roots:
        yield posixpath.join(root, name)
        yield posixpath.join(root, "src", name)
        if name.startswith(("@/", "~/")):
            yield posixpath.join(root, "src", name[2:])
    for layer in m.entry.layers:
        yield from (posixpath.join(layer, inner, name) for inner in _LAYER_FOLDERS)


def _foreign(m: Machine, name: str, kind: str, at: At) -> None:
    """A library: harmless, one that the project names, or a gap."""
    if kind == "writing":
        m.gap(f"{name} may write to AWS by itself", at)
    if kind != "unknown":
        return
    folders, folder = list(m.entry.roots), posixpath.dirname(m.module.path)
    for _ in range(_MOST_LEVELS):
        folders.append(folder)
        if not folder or folder == posixpath.dirname(folder):
            break
        folder = posixpath.dirname(folder)
    if declared(m.files, tuple(dict.fromkeys(folders)), name, m.python):
        m.third_party[name] = None
    else:
        m.gap(f"module {name} is not found", at)
