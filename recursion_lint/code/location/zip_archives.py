"""A handler in a zip that lies in the repository: read in memory, nothing is written to disk, and all has a bound.

Lambda takes the archive's files as they are, so names of modules start from its top.
https://docs.aws.amazon.com/lambda/latest/dg/configuration-function-zip.html
"""

from __future__ import annotations

import io
import os
import posixpath
import stat
import zipfile
import zlib
from collections.abc import Mapping

from recursion_lint.code.location.archive_names import has_a_telling_name
from recursion_lint.code.location.function_source import (
    FunctionSource,
    Located,
    NotLocated,
    SourceLanguage,
    fit_equally,
)
from recursion_lint.code.location.handler_files import SCRIPTS, TYPED, defines, handler_path, of_a_sibling
from recursion_lint.code.location.source_files import (
    MAX_FILE_BYTES,
    SKIPPED_FOLDERS,
    TEST_FOLDERS,
    SourceTree,
    Unreadable,
)

MAX_ARCHIVE_BYTES = 5_000_000
"""Larger archives are not opened: most of them are libraries."""
MAX_MEMBERS = 2_000
"""Files and folders of an archive."""
MAX_UNPACKED = 8_000_000
"""Bytes of the code in an archive, as it says itself; no more is unpacked."""
_CODE = (".py", *SCRIPTS, *TYPED, "package.json")
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_BROKEN = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, NotImplementedError, RuntimeError),
    *(EOFError, OSError, ValueError, OverflowError, MemoryError),
)
"""What ``zipfile`` raises for archives that are none, or that it does not know."""


def in_archive(
    language: SourceLanguage | None, source: FunctionSource, tree: SourceTree
) -> Located | NotLocated | None:
    """The handler in the zip that the template names, by its path or by its name in S3: a guess, as it may be old.

    ``None`` where there is no such archive, and in languages whose archives hold no source.
    """
    if language not in ("python", "javascript") or not source.where.endswith(".zip"):
        return None
    path, function = handler_path(language, source.handler)
    found = _archives(source, tree) if path and function else []
    if len(found) != 1:
        return fit_equally(found) if found else None
    try:
        members = texts_within(tree.archive(found[0], MAX_ARCHIVE_BYTES))
    except Unreadable as problem:
        return NotLocated(f"{found[0]} {problem.reason}")
    endings = (".py", "/__init__.py") if language == "python" else (*SCRIPTS, *TYPED)
    file = next((path + ending for ending in endings if path + ending in members), "")
    if not file or not defines(language, function).search(members[file]):
        return NotLocated(f"{found[0]} holds no {source.handler}")
    packed = {f"{found[0]}/{name}": text for name, text in members.items()}
    how = "the archive of its name"
    return Located(language, f"{found[0]}/{file}", function, how, "guess", (found[0],), packed=packed)


class ArchiveTree(SourceTree):
    """The code in an archive, by the paths that ``Located.packed`` has, as if it were a folder, and that of layers.

    What lies beside the archive in the repository is none of it.
    """

    def __init__(
        self, root: str, members: Mapping[str, str], tree: SourceTree, layers: tuple[str, ...]
    ) -> None:
        super().__init__(root, tree.text)
        self._members = members
        self._tree = tree
        self._layers = tuple(layer.rstrip("/") + "/" for layer in layers)

    def is_file(self, path: str) -> bool:
        """Is ``path`` a text of the archive, or a file of a layer that may be read?"""
        return path in self._members or (path.startswith(self._layers) and self._tree.is_file(path))

    def is_folder(self, path: str) -> bool:
        """Is ``path`` a folder of the archive, or one in a layer?"""
        inside = f"{path}/".startswith(self.root + "/")
        if inside and any(name.startswith(path + "/") for name in self._members):
            return True
        return f"{path}/".startswith(self._layers) and self._tree.is_folder(path)

    def text(self, path: str) -> str:
        """The text of a file. Raises ``Unreadable``."""
        if path in self._members:
            return self._members[path]
        if not path.startswith(self._layers):
            raise Unreadable("no such file")
        return self._tree.text(path)

    def _walk(self, folder: str, depth: int) -> tuple[str, ...] | None:
        inside = (name for name in self._members if name.startswith(folder + "/"))
        skipped = SKIPPED_FOLDERS | TEST_FOLDERS
        return tuple(sorted(name for name in inside if not skipped & set(name.split("/"))))


def _archives(source: FunctionSource, tree: SourceTree) -> list[str]:
    """The archives of the repository that the template may mean."""
    base = os.path.dirname(source.file) or "."
    if source.kind == "local":
        path = os.path.normpath(os.path.join(base, source.where))
        return [path] if tree.is_file(path) else []
    if source.kind != "elsewhere" or not has_a_telling_name(source):
        return []
    alike = tree.named(posixpath.basename(source.where))
    return [file for file in alike if not of_a_sibling(file, base, tree)]


def texts_within(data: bytes) -> Mapping[str, str]:
    """The texts of code in a zip, by their paths in it. Raises ``Unreadable``.

    Archives are refused as a whole where a member is encrypted, lies outside, is there twice or is a link, and where
    what is unpacked would be more than one function's code may be; a single member that is too large is left out.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            wanted = _wanted(archive.infolist())
            return {name: text for one in wanted for name, text in _text(archive, one)}
    except _BROKEN:
        raise Unreadable("is no zip that can be read") from None


def _wanted(members: list[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    """The members that are read, once all are known to be harmless."""
    if len(members) > MAX_MEMBERS:
        raise Unreadable(f"holds {len(members):,} files: archives of over {MAX_MEMBERS:,} are not read")
    if len({one.filename for one in members}) < len(members):
        raise Unreadable("holds two files of one name")
    for one in members:
        if one.flag_bits & _ENCRYPTED:
            raise Unreadable("is encrypted")
        if _leads_out(one.filename) or stat.S_ISLNK(one.external_attr >> 16):
            raise Unreadable("holds a path or a link that leads out of it")
    files = [one for one in members if one.filename.endswith(_CODE) and one.file_size <= MAX_FILE_BYTES]
    if sum(one.file_size for one in files) > MAX_UNPACKED:
        raise Unreadable(f"unpacks to more than {MAX_UNPACKED:,} bytes of code")
    return [one for one in files if one.compress_type in _PACKED]


def _leads_out(name: str) -> bool:
    return name.startswith("/") or "\\" in name or ":" in name or "\0" in name or ".." in name.split("/")


def _text(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> list[tuple[str, str]]:
    """The text of a member, never more than it says of its size; none where it is no text."""
    with archive.open(member) as stream:
        data = stream.read(member.file_size + 1)
    if len(data) > member.file_size or b"\0" in data:
        return []
    try:
        return [(member.filename, data.decode("utf-8-sig"))]
    except UnicodeDecodeError:
        return []
