"""From what a template says about a function's code to the file and the function that Lambda would start.

What Lambda does with a handler's name is told by the runtimes: `rsplit(".", 1)` in awslambdaric for Python, folder and
base name in aws-lambda-ric for Node.js. https://docs.aws.amazon.com/lambda/latest/dg/foundation-progmodel.html
"""

from __future__ import annotations

import os
import re

from recursion_lint.code.location.archive_names import (
    has_a_telling_name,
    named_after_its_folder,
    the_only_one,
)
from recursion_lint.code.location.built_code import bundled, moved
from recursion_lint.code.location.dockerfile import in_image
from recursion_lint.code.location.function_source import FunctionSource, Located, NotLocated, SourceLanguage
from recursion_lint.code.location.handler_files import of_a_sibling
from recursion_lint.code.location.handler_names import JAVA_HANDLER, Place, in_place, named_alike
from recursion_lint.code.location.javascript_modules import javascript_modules
from recursion_lint.code.location.source_files import ConfinedFiles, SourceTree
from recursion_lint.code.location.zip_archives import ArchiveTree, in_archive
from recursion_lint.model.findings import NO_SOURCE

_RUNTIMES: tuple[tuple[str, SourceLanguage], ...] = (
    ("python", "python"),
    ("nodejs", "javascript"),
    ("java", "java"),
    ("dotnet", "csharp"),
    ("go", "go"),
    ("ruby", "ruby"),
)
_BUILT = frozenset(
    {
        "target",
        "build",
        "bin",
        "publish",
        "dist",
        "built",
        "out",
        "output",
        "lib",
        ".build",
        ".dist",
        "artifacts",
    }
)
"""Folders that a build fills."""
_ARCHIVES = (".zip", ".jar", ".tar", ".tgz", ".gz")
_ANY_ARCHIVE = frozenset(
    {
        "bundle",
        "lambda",
        "function",
        "functions",
        "package",
        "deployment",
        "deploy",
        "dist",
        "build",
        "code",
        "app",
        "src",
    }
)
"""Names of archives that many functions have."""
_PACKAGE_NAME = re.compile(r'"name"\s*:\s*"([^"]+)"')
_VERSION = re.compile(r"[-_.]v?\d[\w.]*$")
_PACKED = ".serverless"
_SERVICE = ("yml", "yaml", "json", "js", "ts")
_HOLDS_A_PLACE = re.compile(
    r"\bplace.?holder|\btodo\b|\bnot (?:yet )?implemented"
    r"|\b(?:awaiting|deploy|update|replace|replaced (?:by|with))(?: \w+){0,2} code\b",
    re.IGNORECASE,
)
"""Words of code that waits for the real code."""
_STUB = 100
"""Inline code that is shorter and calls nothing holds a place until the real code is put there."""


def language_of(runtime: str) -> SourceLanguage | None:
    """The language of a runtime's name (``python3.12``); ``None`` for ``provided.al2023`` and for no runtime."""
    return next((language for prefix, language in _RUNTIMES if runtime.startswith(prefix)), None)


def _of_handler(source: FunctionSource) -> SourceLanguage | None:
    """The language of a handler whose runtime another template tells: only Java's are ``package.Class::method``."""
    return "java" if not source.runtime and JAVA_HANDLER.fullmatch(source.handler) else None


def locate(source: FunctionSource, tree: SourceTree) -> Located | NotLocated:
    """The file and the function that ``source`` speaks of, or the reason why none is known."""
    if source.kind == "inline":
        return _inline(source, tree)
    layers = _layer_folders(source, tree)
    found = in_image(source, tree) if source.kind == "image" else _in_files(source, tree)
    return found._replace(layers=layers) if isinstance(found, Located) else found


def _in_files(source: FunctionSource, tree: SourceTree) -> Located | NotLocated:
    """The handler in a folder or an archive: where the template says that it is, else where signs of a build lead."""
    language = language_of(source.runtime) or _of_handler(source)
    if language is None and not source.runtime.startswith("provided"):
        unknown = f"the runtime {source.runtime} is not read" if source.runtime else "no Runtime is set"
        # Only a bundler's entry tells the language of a part of a template.
        found = bundled(source, tree) if not source.runtime else None
        return found if isinstance(found, Located) else NotLocated(unknown)
    place = _place(source, tree)
    found = place if isinstance(place, NotLocated) else in_place(language, place, source, tree)
    if isinstance(found, Located) and found.sure == "exact":
        return found
    signs = _by_signs(language, source, tree) if source.kind != "asset" else None
    if isinstance(signs, Located) and (signs.sure == "exact" or isinstance(found, NotLocated)):
        return signs
    if isinstance(found, Located) or found.several:
        return found
    if isinstance(signs, NotLocated) and (signs.several or found.reason == NO_SOURCE):
        return signs
    packed = in_archive(language, source, tree)
    if packed is None and language is not None and source.kind == "elsewhere":
        packed = the_only_one(language, source, tree)
    return packed or found


def _by_signs(
    language: SourceLanguage | None, source: FunctionSource, tree: SourceTree
) -> Located | NotLocated | None:
    """The handler by what is told elsewhere than in the template: the first sign that leads somewhere."""
    if language is None:
        return None
    found = bundled(source, tree) if language == "javascript" else None
    if found is None and source.kind == "elsewhere":
        found = named_after_its_folder(language, source, tree)
    return moved(language, source, tree) if found is None else found


def _inline(source: FunctionSource, tree: SourceTree) -> Located | NotLocated:
    """Inline code is the file ``index`` alone.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-lambda-function-code.html
    """
    language = language_of(source.runtime)
    if language != "python" and language != "javascript":
        return NotLocated(f"inline code of the runtime {source.runtime or 'that is not told'} is not read")
    stub = len(source.where.strip()) < _STUB or _HOLDS_A_PLACE.search(source.where)
    if stub and not _calls(source.where):
        return NotLocated("the inline code only holds a place")
    name = f"{source.id}.index." + ("py" if language == "python" else "js")
    file = os.path.join(os.path.dirname(source.file), name)
    function = source.handler.rpartition(".")[2] if language == "python" else source.handler.partition(".")[2]
    return Located(
        language,
        file,
        function or "handler",
        "inline code",
        layers=_layer_folders(source, tree),
        inline={file: source.where},
    )


def _calls(code: str) -> bool:
    """Does a short piece of code use an SDK?"""
    return "boto3" in code or "aws-sdk" in code or "client" in code.lower()


def files_for(located: Located, tree: SourceTree) -> ConfinedFiles:
    """What is read for one function: inline code and an archive see only themselves and the layers."""
    if located.packed is not None:
        tree = ArchiveTree(located.roots[0], located.packed, tree, located.layers)
    return ConfinedFiles(tree, located.inline, located.layers, javascript_modules(tree).sure_file_of)


def _layer_folders(source: FunctionSource, tree: SourceTree) -> tuple[str, ...]:
    """The folders of the layers that lie here; a runtime finds modules at the top and below a folder of its own.

    https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html
    """
    base = os.path.dirname(source.file)
    found = [os.path.normpath(os.path.join(base, layer)) for layer in source.layers if layer]
    return tuple(dict.fromkeys(folder for folder in found if tree.is_folder(folder)))


def _place(source: FunctionSource, tree: SourceTree) -> Place | NotLocated:
    """Where the code lies that the template names."""
    base = os.path.dirname(source.file) or "."
    if source.kind == "elsewhere":
        service = _of_the_service(source, base, tree)
        if service is not None:
            return service
        package = _package_of(source, base, tree)
        if package:
            return Place(package, "the package of the archive's name", exact=False, packed=True)
        own = {*_ANY_ARCHIVE, *named_alike(os.path.basename(source.file))}
        hints = tuple(word for word in named_alike(source.where) if word not in own)
        return Place(base, "code elsewhere", exact=False, hints=hints, loose=source.distinct, wide=True)
    path = os.path.normpath(os.path.join(base, source.where))
    if tree.is_folder(path):
        return Place(path, "the folder of its code")
    if source.kind == "asset":
        return NotLocated("the asset's folder is not beside the template")
    if tree.is_file(path) and not path.endswith(_ARCHIVES):
        return Place(os.path.dirname(path), "the file of its code")
    return _before_the_build(path, base, source, tree)


def _package_of(source: FunctionSource, base: str, tree: SourceTree) -> str:
    """The folder of the package of Node.js that an archive in S3 is named after, but for its version: the nearest one
    around the template, else the only one that is no other project's; empty where there is none.
    """
    stem = _telling(_VERSION.sub("", _without_ending(os.path.basename(source.where))))
    listed = tree.named("package.json") if stem else ()
    named = [
        os.path.dirname(file) or "."
        for file, text in tree.peeked(listed)
        for name in (_PACKAGE_NAME.search(text),)
        if name is not None and _telling(name[1]) == stem
    ]
    around = [
        folder for folder in named if os.path.join(os.path.normpath(base), "").startswith(_below(folder))
    ]
    if around:
        return max(around, key=len)
    others = [folder for folder in named if not of_a_sibling(os.path.join(folder, "index.js"), base, tree)]
    return others[0] if len(others) == 1 and has_a_telling_name(source) else ""


def _below(folder: str) -> str:
    return "" if folder == "." else os.path.join(folder, "")


def _of_the_service(source: FunctionSource, base: str, tree: SourceTree) -> Place | None:
    """The folder that the Serverless Framework packed: the one around ``.serverless``, from which it names handlers.

    It is the function's for sure where the archive that the template speaks of lies there: one of the user's own
    (``package.artifact``) is uploaded from elsewhere.
    https://www.serverless.com/framework/docs/providers/aws/guide/packaging
    """
    if os.path.basename(base) != _PACKED:
        return None
    folder = os.path.dirname(base) or "."
    if not any(tree.is_file(os.path.join(folder, f"serverless.{ending}")) for ending in _SERVICE):
        return None
    archive = os.path.basename(source.where)
    packed = bool(archive) and tree.is_file(os.path.join(base, archive))
    return Place(folder, "the folder of serverless.yml", exact=packed)


def _before_the_build(path: str, base: str, source: FunctionSource, tree: SourceTree) -> Place | NotLocated:
    """The folder that an archive or the output of a build was made from."""
    stem = _without_ending(path)
    if stem != path and tree.is_folder(stem):
        return Place(stem, "the folder of the archive's name", exact=False, packed=True)
    if stem != path and tree.is_folder(os.path.dirname(path)) and _telling(stem) in _ANY_ARCHIVE:
        return Place(os.path.dirname(path), "the folder of the archive", exact=False, loose=source.distinct)
    parts = path.split(os.sep)
    for at in range(len(parts) - 1, 0, -1):
        project = os.sep.join(parts[:at])
        if parts[at] in _BUILT and tree.is_folder(project):
            hints = named_alike(os.sep.join(parts[at + 1 :]))
            return Place(project, f"the project around {parts[at]}/", exact=False, hints=hints)
    there = _nearest_folder(stem, base, tree)
    if there is not None and source.distinct:
        return Place(there, "the folder around the one that is missing", exact=False, packed=True)
    if tree.is_folder(base):
        hints = named_alike(os.path.relpath(stem, base))
        return Place(base, "the template's folder", exact=False, hints=hints)
    return NotLocated("the folder of its code is missing")


def _nearest_folder(path: str, base: str, tree: SourceTree) -> str | None:
    """The nearest folder around a missing one that is still below the template's."""
    here = os.path.dirname(path)
    while here and os.path.normpath(here) != os.path.normpath(base):
        if tree.is_folder(here):
            inside = os.path.relpath(here, base)
            return None if inside.startswith("..") else here
        above = os.path.dirname(here)
        here = "" if above == here else above
    return None


def _telling(path: str) -> str:
    return os.path.basename(path).lower().replace("-", "").replace("_", "")


def _without_ending(path: str) -> str:
    for ending in _ARCHIVES:
        if path.endswith(ending):
            return path[: -len(ending)]
    return path
