"""A handler's name → the file that holds it, in the folder where the code lies or in the project that it is built from.

Where several files fit equally well, none is taken.
"""

import os
import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from recursion_lint.code.location.function_source import (
    FunctionSource,
    Located,
    NotLocated,
    SourceLanguage,
    Sureness,
    fit_equally,
)
from recursion_lint.code.location.handler_files import SCRIPTS, TYPED, defines, of_another_project
from recursion_lint.code.location.source_files import SourceTree
from recursion_lint.model.loops import NO_SOURCE

NO_HINTS = frozenset(
    {"dist", "build", "built", "out", "lib", "src", "bin", "target", "code", "lambda", ".", ""}
)
"""Parts of a path that tell nothing of which function it is."""
ANY_FUNCTION = frozenset(
    {
        "index",
        "app",
        "main",
        "handler",
        "handlers",
        "lambda",
        "function",
        "lambda_function",
        "server",
        "lambda_handler",
    }
)
"""Names of files that many functions have."""


class Place(NamedTuple):
    """A folder with code. ``exact``: what Lambda gets is this folder; else it was made from it in some way, perhaps
    ``packed`` as it is.

    ``hints`` are words of the built path or of the archive's name that a source file's folders may share, the last
    ones first; ``loose``: without them the only file of the handler's name will do. ``wide``: it may lie outside of the
    folder.
    """

    folder: str
    how: str
    exact: bool = True
    hints: tuple[str, ...] = ()
    packed: bool = False
    loose: bool = False
    wide: bool = False

    @property
    def sure(self) -> Sureness:
        """How sure a file at its place in the folder is."""
        return "exact" if self.exact else "guess"


def named_alike(path: str) -> tuple[str, ...]:
    """The telling parts of a path, the last one first, as words to compare."""
    parts = [_word(os.path.splitext(part)[0]) for part in path.replace("\\", "/").split("/")]
    return tuple(part for part in reversed(parts) if part not in NO_HINTS)


def _word(name: str) -> str:
    """``process-data``, ``process_data`` and ``processData`` are one."""
    return re.sub(r"[-_. ]", "", name).lower()


def in_place(
    language: SourceLanguage | None, place: Place, source: FunctionSource, tree: SourceTree
) -> Located | NotLocated:
    """The handler of ``source`` in a place; ``language`` is ``None`` for runtimes that run any program."""
    if language is None:
        return _program(place, source, tree)
    return _FINDERS[language](place, source, tree)


def _python(place: Place, source: FunctionSource, tree: SourceTree) -> Located | NotLocated:
    module, dot, function = source.handler.rpartition(".")
    if not dot:
        return NotLocated(f"{source.handler or 'no handler'} names no function of a module")
    path = module.replace(".", "/")
    if place.exact or place.packed:
        for file in (f"{path}.py", f"{path}/__init__.py"):
            found = os.path.normpath(os.path.join(place.folder, file))
            if tree.is_file(found):
                return Located("python", found, function, place.how, place.sure, (place.folder,))
    found_one = _by_name(place, path, (".py",), defines("python", function).search, tree)
    if isinstance(found_one, NotLocated):
        return found_one
    root = found_one[: -len(path) - 3] if found_one.endswith(f"{path}.py") else os.path.dirname(found_one)
    return Located("python", found_one, function, _GUESSED, "guess", (root.rstrip("/") or ".",))


def _javascript(place: Place, source: FunctionSource, tree: SourceTree) -> Located | NotLocated:
    folder, base = os.path.split(source.handler)
    name, dot, function = base.partition(".")
    if not dot:
        return NotLocated(f"{source.handler or 'no handler'} names no export of a file")
    path = os.path.join(folder, name).lstrip("/")
    if place.exact or place.packed:
        bundled = _entry_point(path, place, source, tree)
        if bundled is not None:
            return Located(
                "javascript", bundled, function, "the entry point of esbuild", roots=(place.folder,)
            )
        for ending in ("", *SCRIPTS, *TYPED):
            found = os.path.normpath(os.path.join(place.folder, path + ending))
            if tree.is_file(found):
                return Located("javascript", found, function, place.how, place.sure, (place.folder,))
    found_one = _by_name(place, path, (*SCRIPTS, *TYPED), defines("javascript", function).search, tree)
    if isinstance(found_one, NotLocated):
        return found_one
    return Located("javascript", found_one, function, _GUESSED, "guess", (place.folder,))


def _entry_point(path: str, place: Place, source: FunctionSource, tree: SourceTree) -> str | None:
    """The source of a handler that ``sam build`` bundles: outputs lie below the entry points' common folder.

    https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-using-build-typescript.html
    """
    if source.build != "esbuild" or not source.entry_points:
        return None
    points = [os.path.normpath(point) for point in source.entry_points]
    folders = [os.path.dirname(point) for point in points]
    common = os.path.commonpath(folders) if all(folders) else ""
    for point in points:
        if os.path.splitext(os.path.relpath(point, common or "."))[0] == os.path.normpath(path):
            for ending in ("", *TYPED, *SCRIPTS):
                found = os.path.normpath(os.path.join(place.folder, point + ending))
                if tree.is_file(found):
                    return found
    return None


_STARTS = "the program that starts Lambda's runtime"
_GUESSED = "the only file that fits by its name"


def _by_name(
    place: Place, path: str, endings: tuple[str, ...], fits: Callable[[str], object], tree: SourceTree
) -> str | NotLocated:
    """The source of a built or misplaced file, by the last folders of its path: the one that fits best."""
    *folders, name = path.split("/")
    hints = (*reversed([_word(part) for part in folders if _word(part) not in NO_HINTS]), *place.hints)
    loose = place.exact or place.loose or (not place.hints and name not in ANY_FUNCTION)
    for folder in dict.fromkeys((place.folder, tree.root if place.wide else place.folder)):
        listed = tree.below(folder, endings)
        if listed is None:
            return NotLocated("too many files to look for the handler in")
        found = [file for file in listed if _stem(file) == name and not file.endswith(".d.ts")]
        if not place.exact:
            found = [file for file in found if not of_another_project(file, place.folder, tree)]
        best = max((_shared(file, hints) for file in found), default=0)
        if best or (loose and (not hints or len(name) >= _TELLING)) or place.exact:
            found = [file for file in found if _shared(file, hints) == best]
            fitting = [file for file, text in tree.peeked(tuple(found)) if fits(text)]
            if len(fitting) == 1:
                return fitting[0]
            if fitting:
                return fit_equally(fitting)
    return NotLocated(NO_SOURCE)


_TELLING = 10
"""Letters from which on a file's name is hardly that of two functions."""


def _stem(file: str) -> str:
    return os.path.splitext(os.path.basename(file))[0]


def _shared(file: str, hints: Iterable[str]) -> int:
    """How many of the hints, from the last part of the built path on, are folders of ``file``, or the last ones
    together."""
    words = [_word(part) for part in os.path.dirname(file).split("/")]
    telling = [word for word in words if word not in NO_HINTS]
    known = {*words, *("".join(telling[at:]) for at in range(len(telling)))}
    count = 0
    for hint in hints:
        if hint not in known:
            break
        count += 1
    return count


JAVA_HANDLER = re.compile(r"(?:\w+\.)+\w+::\w+")
"""The name of a class in a package, and a method: no other language's handlers look so."""
_JVM = (".java", ".kt", ".scala", ".groovy")


def _java(place: Place, source: FunctionSource, tree: SourceTree) -> Located | NotLocated:
    """``package.Class::method``; a class stands in a file of its name (in Kotlin and Scala, mostly)."""
    name, _, method = source.handler.partition("::")
    path = name.replace(".", "/")
    everywhere = (tree.root,) if "/" in path and not place.exact else ()  # a package's name is nobody else's
    for folder in dict.fromkeys((*_upwards(place.folder, tree), *everywhere)):
        listed = tree.below(folder, _JVM)
        if listed is None:
            return NotLocated("too many files to look for the class in")
        found = [file for file in listed if os.path.splitext(file)[0].endswith("/" + path)]
        found = found or _declaring(name, listed, tree)
        if len(found) == 1:
            return Located(
                "java", found[0], method or "handleRequest", "the class of its name", roots=(folder,)
            )
        if found:
            return fit_equally(found)
    return NotLocated(f"no class {name} is here")


def _declaring(name: str, listed: Iterable[str], tree: SourceTree) -> list[str]:
    """The files that declare a class in a package, whatever they are called."""
    package, _, plain = name.rpartition(".")
    plain = plain.split("$")[0]
    declared = re.compile(rf"\b(?:class|object)\s+{re.escape(plain)}\b")
    packaged = re.compile(rf"^\s*package\s+{re.escape(package)}\b", re.M)
    texts = tree.peeked(tuple(file for file in listed if not file.endswith(".java")))
    return [file for file, text in texts if declared.search(text) and (not package or packaged.search(text))]


def _upwards(folder: str, tree: SourceTree, levels: int = 3) -> list[str]:
    """``folder`` and those around it that may be read."""
    found = [folder]
    for _ in range(levels - 1):
        above = os.path.dirname(found[-1])
        if not above or above == found[-1] or not tree.is_folder(above):
            break
        found.append(above)
    return found


def _csharp(place: Place, source: FunctionSource, tree: SourceTree) -> Located | NotLocated:
    """``Assembly::Namespace.Class::Method``, or the name of an assembly that is a program."""
    parts = source.handler.split("::")
    listed = tree.below(place.folder, (".cs",))
    if listed is None:
        return NotLocated("too many files to look for the class in")
    sources = tuple(file for file in listed if "/obj/" not in file and "/bin/" not in file)
    if len(parts) != 3:
        programs = [file for file, text in tree.peeked(sources) if "LambdaBootstrap" in text]
        return _only(programs, "csharp", "Main", _STARTS, place)
    # The class that Amazon.Lambda.Annotations generates is named after the one that is written and its method:
    # https://github.com/aws/aws-lambda-dotnet/blob/master/Libraries/src/Amazon.Lambda.Annotations/README.md
    plain = parts[1].rpartition(".")[2].removesuffix(f"_{parts[2]}_Generated")
    declared = re.compile(rf"\bclass\s+{re.escape(plain)}\b")
    found = [file for file, text in tree.peeked(sources) if declared.search(text)]
    if len(found) > 1:
        assembly = [file for file in found if f"/{parts[0]}/" in file]
        found = assembly or found
    return _only(found, "csharp", parts[2], "the class of its name", place)


def _only(
    found: list[str], language: SourceLanguage, function: str, how: str, place: Place
) -> Located | NotLocated:
    if len(found) == 1:
        return Located(language, found[0], function, how, roots=(place.folder,))
    return fit_equally(found) if found else NotLocated(NO_SOURCE)


_STARTS_LAMBDA = re.compile(r"\b\w*lambda\.Start", re.I)


def _go(place: Place, source: FunctionSource, tree: SourceTree) -> Located | NotLocated:
    """The ``main`` package that starts Lambda's runtime; the handler's name is that of a built program."""
    listed = tree.below(place.folder, (".go",))
    if listed is None:
        return NotLocated("too many files to look for the program in")
    sources = tuple(file for file in listed if not file.endswith("_test.go") and "/vendor/" not in file)
    found = [file for file, text in tree.peeked(sources) if _STARTS_LAMBDA.search(text)]
    here = [file for file in found if os.path.dirname(file) == place.folder]
    return _only(
        _nearest(here or found, source, place),
        "go",
        "main",
        _STARTS,
        place,
    )


def _nearest(found: list[str], source: FunctionSource, place: Place) -> list[str]:
    """Of several programs, those in a folder that the handler, the function or the build is named after."""
    if len(found) < 2:
        return found
    words = {_word(source.id), *(_word(os.path.basename(source.handler)),), *place.hints} - {
        "",
        "bootstrap",
        "main",
    }
    named = [file for file in found if words & {_word(part) for part in os.path.dirname(file).split("/")}]
    return named or found


def _rust(place: Place, source: FunctionSource, tree: SourceTree) -> Located | NotLocated:
    """``src/main.rs``, or the program of a workspace that the build names."""
    listed = tree.below(place.folder, (".rs",))
    if listed is None:
        return NotLocated("too many files to look for the program in")
    if source.binary:
        ends = (f"/bin/{source.binary}.rs", f"/bin/{source.binary}/main.rs", f"/{source.binary}/src/main.rs")
        found = [file for file in listed if file.endswith(ends)]
    else:
        main = os.path.join(place.folder, "src", "main.rs")
        found = [main] if main in listed else [file for file in listed if file.endswith("/main.rs")]
    return _only(_nearest(found, source, place), "rust", "main", "the program of its package", place)


def _ruby(place: Place, source: FunctionSource, tree: SourceTree) -> Located | NotLocated:
    """``file.method`` or ``file.Class.method``."""
    name, _, function = source.handler.partition(".")
    file = os.path.normpath(os.path.join(place.folder, name + ".rb"))
    if place.exact and tree.is_file(file):
        return Located("ruby", file, function, place.how, roots=(place.folder,))
    method = re.compile(rf"\bdef\s+(?:self\.)?{re.escape(function.rpartition('.')[2])}\b")
    found = _by_name(place, name, (".rb",), method.search, tree)
    if isinstance(found, NotLocated):
        return found
    return Located("ruby", found, function, _GUESSED, "guess", (place.folder,))


def _program(place: Place, source: FunctionSource, tree: SourceTree) -> Located | NotLocated:
    """A runtime that runs any program: Rust, Go or .NET by what lies there, if it is one of them alone."""
    if source.build.startswith("rust") or "::" in source.handler:
        return _rust(place, source, tree) if "::" not in source.handler else _csharp(place, source, tree)
    kinds = {".go": _go, ".rs": _rust, ".cs": _csharp}
    there = [ending for ending in kinds if tree.below(place.folder, (ending,))]
    if len(there) != 1:
        return _go_command(place, source, tree) or NotLocated(_UNKNOWN_PROGRAM)
    return kinds[there[0]](place, source, tree)


_UNKNOWN_PROGRAM = "a runtime of its own, and no source that is known to be it"


def _go_command(place: Place, source: FunctionSource, tree: SourceTree) -> Located | None:
    """The program below ``cmd`` of a Go module that the function is named after, where it is the only one.

    https://go.dev/doc/modules/layout#multiple-commands
    """
    for folder in dict.fromkeys((*_upwards(place.folder, tree), tree.root)):
        if not tree.is_file(os.path.join(folder, "go.mod")):
            continue
        listed = tree.below(os.path.join(folder, "cmd"), (".go",)) or ()
        starts = [file for file, text in tree.peeked(listed) if _STARTS_LAMBDA.search(text)]
        named = [
            file for file in starts if _word(os.path.basename(os.path.dirname(file))) == _word(source.id)
        ]
        how = "the command of its name"
        return Located("go", named[0], "main", how, "guess", (folder,)) if len(named) == 1 else None
    return None


_FINDERS: dict[SourceLanguage, Callable[[Place, FunctionSource, SourceTree], Located | NotLocated]] = {
    "python": _python,
    "javascript": _javascript,
    "java": _java,
    "csharp": _csharp,
    "go": _go,
    "ruby": _ruby,
    "rust": _rust,
}
