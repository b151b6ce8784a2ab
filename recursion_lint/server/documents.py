"""What is open in an editor, by the folder that it is linted in, and what lies where."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pygls.uris import from_fs_path, to_fs_path

from recursion_lint.template.yaml.files import repository_of


class Document(NamedTuple):
    """An open document: its address as the editor writes it, its path ("" for what is no file), text and version."""

    uri: str
    path: str
    text: str
    version: int | None


def path_of(uri: str) -> str:
    """The path of a file's address; "" for what is no file."""
    try:
        path = to_fs_path(uri)
    except ValueError:
        return ""
    return path if path and os.path.isabs(path) and "\0" not in path else ""


def uri_of(path: str) -> str:
    """The address of the file at an absolute path."""
    return from_fs_path(path) or ""


def folder_of(path: str, folders: Sequence[str]) -> str:
    """The folder that a document is linted in: the innermost of the workspace, else its repository or its own."""
    around = [folder for folder in folders if path.startswith(os.path.join(folder, ""))]
    return max(around, key=len) if around else repository_of(path)


def by_folder(documents: Iterable[Document], folders: Sequence[str]) -> dict[str, list[Document]]:
    """The documents that are files, by folder."""
    found: dict[str, list[Document]] = {}
    for one in documents:
        if one.path:
            found.setdefault(folder_of(one.path, folders), []).append(one)
    return found
