"""A function in a container image: its Dockerfile says which file is the handler.

Only what a Dockerfile copies from its build context is followed; what another stage builds may be found by its name.
https://docs.aws.amazon.com/lambda/latest/dg/images-create.html
"""

import os
import posixpath
import re
from typing import NamedTuple

from recursion_lint.code.location.archive_names import words_of_its_folder
from recursion_lint.code.location.function_source import (
    FunctionSource,
    Located,
    NotLocated,
    SourceLanguage,
    fit_equally,
)
from recursion_lint.code.location.handler_files import defines, of_a_sibling
from recursion_lint.code.location.handler_names import ANY_FUNCTION, JAVA_HANDLER, Place, in_place
from recursion_lint.code.location.source_files import SourceTree, Unreadable

_TASK_ROOT = "/var/task"
"""Where AWS's base images look for handlers (``LAMBDA_TASK_ROOT``)."""
_BASES: tuple[tuple[str, SourceLanguage], ...] = (
    ("python", "python"),
    ("node", "javascript"),
    ("java", "java"),
    ("corretto", "java"),
    ("dotnet", "csharp"),
    ("golang", "go"),
    ("ruby", "ruby"),
    ("rust", "rust"),
)

_DOCKERFILE = re.compile(r"Dockerfile(?:[._-](.+))?|(.+)\.[Dd]ockerfile")


class _Copied(NamedTuple):
    """What ``COPY`` puts where, in the last stage; paths of the image are absolute."""

    sources: tuple[str, ...]
    target: str


class _Image(NamedTuple):
    language: SourceLanguage | None
    command: str
    copied: tuple[_Copied, ...]


def in_image(source: FunctionSource, tree: SourceTree) -> Located | NotLocated:
    """The handler of an image, told by ``ImageConfig.Command`` or the Dockerfile's last ``CMD``."""
    base = os.path.dirname(source.file) or "."
    context = os.path.normpath(os.path.join(base, source.where or "."))
    files = [os.path.normpath(os.path.join(folder, source.dockerfile)) for folder in (context, base)]
    file = next((path for path in files if tree.is_file(path)), None)
    if not source.dockerfile:
        return _class_of(source, base, tree) or _of_the_only_one(source, base, tree)
    if file is None:
        return _class_of(source, base, tree) or NotLocated(
            "the Dockerfile that the template names is not here"
        )
    return _by_dockerfile(file, context, source, tree)


def _by_dockerfile(file: str, context: str, source: FunctionSource, tree: SourceTree) -> Located | NotLocated:
    """The handler of the image that a Dockerfile makes of a context."""
    try:
        image = _read(tree.text(file))
    except Unreadable as problem:
        return NotLocated(f"its Dockerfile {problem.reason}")
    command = source.command or image.command
    if not command:
        return NotLocated("its Dockerfile tells no handler")
    if image.language is None:
        return NotLocated("the language of its image is not told")
    asked = source._replace(handler=command, build="", entry_points=())
    found = [_in_copied(image.language, copied, asked, context, tree) for copied in image.copied]
    located = {one.file: one for one in found if one is not None}
    if len(located) == 1:
        handler = next(iter(located.values()))
        return handler._replace(roots=tuple(dict.fromkeys((*handler.roots, *_roots(image, context, tree)))))
    if located:
        return fit_equally(list(located))
    return in_place(image.language, Place(context, "the image's context", exact=False), asked, tree)


def _of_the_only_one(source: FunctionSource, base: str, tree: SourceTree) -> Located | NotLocated:
    """The handler of the only Dockerfile that fits an image of which the template tells the name alone: a guess.

    Those fit whose handler is there; of several, those in a folder that the image is named after. Without such a name
    the one must be the only image's, or the command's module one that not many functions have.
    """
    files = _dockerfiles(tree)
    if files is None:
        return NotLocated("too many files to look for its Dockerfile in")
    own = [file for file in files if not of_a_sibling(file, base, tree)]
    fitting = [(words_of_its_folder(source, _as_folder(file)), file) for file in own]
    found = [
        (words, one) for words, file in fitting for one in (_there(file, source, tree),) if one is not None
    ]
    if not found:
        told = "the template names no Dockerfile for its image"
        return NotLocated(told if not own else f"{told}, and no handler is where one of the repository says")
    most = max(words for words, _ in found)
    best = {(one.file, one.function): one for words, one in reversed(found) if words == most}
    if len(best) > 1:
        return fit_equally([file for file, _ in best])
    module = source.command.replace("/", ".").rpartition(".")[0].rpartition(".")[2]
    if most or source.distinct or (module and module not in ANY_FUNCTION):
        one = next(iter(best.values()))
        return one._replace(how="the only Dockerfile that fits its image", sure="guess")
    return NotLocated(
        "the template names no Dockerfile for its image, and the only one may be another image's"
    )


def _dockerfiles(tree: SourceTree) -> list[str] | None:
    listed = tree.below(tree.root, ("",))
    return (
        None if listed is None else [file for file in listed if _DOCKERFILE.fullmatch(os.path.basename(file))]
    )


def _as_folder(file: str) -> str:
    """``jobs/Dockerfile.resize`` and ``jobs/resize.Dockerfile`` as if they lay in a folder of that name."""
    named = _DOCKERFILE.fullmatch(os.path.basename(file))
    word = (named[1] or named[2] or "") if named is not None else ""
    return os.path.join(os.path.dirname(file), word, "Dockerfile") if word else file


def _there(file: str, source: FunctionSource, tree: SourceTree) -> Located | None:
    """The handler of the image that a Dockerfile makes of its folder, or of one around it, if it is defined there."""
    here = os.path.dirname(file) or "."
    for context in _upwards(here, tree):
        found = _by_dockerfile(file, context, source, tree)
        if (
            isinstance(found, Located)
            and (context == here or found.sure == "exact")
            and _defined(found, tree)
        ):
            return found
    return None


def _upwards(folder: str, tree: SourceTree) -> list[str]:
    """A folder and those around it up to the one that is read, the nearest first."""
    found = [folder]
    while os.path.normpath(found[-1]) not in (".", os.path.normpath(tree.root)):
        above = os.path.dirname(found[-1]) or "."
        if above == found[-1] or not tree.is_folder(above):
            break
        found.append(above)
    return found


def _defined(found: Located, tree: SourceTree) -> bool:
    """Does the file define its function, where that can be told by a search?"""
    if found.language not in ("python", "javascript"):
        return True
    wanted = defines(found.language, found.function)
    return any(wanted.search(text) for _, text in tree.peeked((found.file,)))


def _class_of(source: FunctionSource, base: str, tree: SourceTree) -> Located | None:
    """The class of Java that ``ImageConfig.Command`` names with its package, which nobody else's has."""
    if not JAVA_HANDLER.fullmatch(source.command):
        return None
    place = Place(base, "the class of its command", exact=False)
    found = in_place("java", place, source._replace(handler=source.command), tree)
    return found if isinstance(found, Located) else None


def _in_copied(
    language: SourceLanguage, copied: _Copied, source: FunctionSource, context: str, tree: SourceTree
) -> Located | None:
    """The handler among what one ``COPY`` puts into the task's folder."""
    for name in copied.sources:
        path = _source(name, context)
        inside = posixpath.relpath(copied.target, _TASK_ROOT)
        if inside.startswith(".."):
            continue
        if tree.is_file(path):
            place = Place(os.path.dirname(path), "what its image copies")
            plain = os.path.splitext(os.path.basename(path))[0]
            if source.handler.replace("/", ".").rpartition(".")[0].rpartition(".")[2] != plain:
                continue
            handler = plain + "." + source.handler.rpartition(".")[2]
        elif tree.is_folder(path):
            place, handler = Place(path, "what its image copies"), _below(source.handler, inside)
        else:
            continue
        found = in_place(language, place, source._replace(handler=handler), tree)
        if isinstance(found, Located) and found.sure == "exact":
            return found
    return None


def _roots(image: _Image, context: str, tree: SourceTree) -> list[str]:
    """The folders whose modules lie in the task's folder: those copied there, and those around copied files."""
    found: list[str] = []
    for copied in image.copied:
        for name in copied.sources:
            path = _source(name, context)
            inside = posixpath.relpath(copied.target, _TASK_ROOT)
            if tree.is_file(path):
                found += [os.path.dirname(path)] if inside in (".", os.path.basename(path)) else []
            elif tree.is_folder(path):
                found += [path] if inside == "." else []
                found += [os.path.dirname(path)] if inside == os.path.basename(path) else []
    return found


def _source(name: str, context: str) -> str:
    """What ``COPY`` takes from the context; of a pattern (``shared/*.py``) the folder."""
    plain = name.partition("*")[0].rpartition("/")[0] if "*" in name else name
    return os.path.normpath(os.path.join(context, plain.strip("/") or "."))


def _below(handler: str, folder: str) -> str:
    """The handler's name as seen from a folder of the task: ``app.main.run`` in ``app`` is ``main.run``."""
    prefix = folder.replace("/", ".") + "."
    plain = handler.replace("/", ".")
    return plain.removeprefix(prefix) if folder != "." and plain.startswith(prefix) else handler


def _read(text: str) -> _Image:
    """The last stage of a Dockerfile: its base image's language, its command, what it copies from the context."""
    language: SourceLanguage | None = None
    command, folder = "", _TASK_ROOT
    copied: list[_Copied] = []
    for line in re.sub(r"\\\s*\n", " ", text).splitlines():
        word, _, rest = line.strip().partition(" ")
        word, rest = word.upper(), rest.strip()
        if word == "FROM":
            language = next((known for part, known in _BASES if part in rest.lower()), None)
            command, folder, copied = "", _TASK_ROOT, []
        elif word == "WORKDIR":
            folder = posixpath.normpath(posixpath.join(folder, _expanded(rest)))
        elif word == "CMD":
            command = _command(rest)
        elif word in ("COPY", "ADD") and "--from" not in rest:
            parts = re.findall(r'"([^"]+)"', rest) if rest.startswith("[") else rest.split()
            parts = [part for part in parts if not part.startswith("--")]
            if len(parts) > 1:
                target = posixpath.normpath(posixpath.join(folder, _expanded(parts[-1])))
                copied.append(_Copied(tuple(parts[:-1]), target))
    return _Image(language, command, tuple(copied))


def _command(rest: str) -> str:
    """The handler of ``CMD ["app.handler"]``, in either form; empty where it is a program with arguments."""
    words = re.findall(r'"([^"]*)"', rest) if rest.startswith("[") else rest.split()
    return words[0] if len(words) == 1 else ""


def _expanded(path: str) -> str:
    return re.sub(r"\$\{?LAMBDA_TASK_ROOT\}?", _TASK_ROOT, path)
