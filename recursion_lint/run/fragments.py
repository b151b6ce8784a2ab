"""Fragments of one template, which a build merges (``rain merge``, ``yq``, ``cfn-include``), read as that template.

A fragment has ``Resources`` and no header of its own, and refers to what only its neighbours declare. A file beside
them that has a header and no resources is the one that they are merged into.
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from recursion_lint.model.findings import Span
from recursion_lint.template.template import is_headless, is_template
from recursion_lint.template.yaml.files import SourceError
from recursion_lint.template.yaml.nodes import Node, parse, walk

_LISTED = ("Resources", "Parameters", "Mappings", "Conditions", "Outputs", "Globals", "Metadata", "Rules")
_IN_TEXT = re.compile(r"\$\{([A-Za-z0-9]+)[}.]")
MAX_FRAGMENTS = 500
"""Of more files in one folder none are merged: each is read once more to know what it refers to."""


class Fragment(NamedTuple):
    """A file with what it declares and what it refers to but does not declare, by logical id."""

    path: str
    root: Node
    declares: frozenset[str]
    lacks: frozenset[str]


def merged_files(
    headless: Sequence[str], beside: Sequence[str], text: Callable[[str], str]
) -> Iterator[tuple[str, ...]]:
    """The groups of ``headless`` files of one folder that are fragments of one template, each in the order of paths.

    The file with the header ends a group, if there is one among those ``beside``.
    """
    if not 1 < len(headless) <= MAX_FRAGMENTS:
        return
    known = [found for path in sorted(headless) if (found := _fragment(path, text)) is not None]
    groups = [group for group in _together(known) if len(group) > 1]
    if groups:
        heads = [path for path in sorted(beside) if _is_head(path, text)]
        head = tuple(heads) if len(heads) == 1 else ()
        for group in groups:
            yield (*(one.path for one in group), *head)


def merged(paths: Sequence[str], text: Callable[[str], str]) -> Node:
    """The template that the files at ``paths`` are merged to; every value stays where it stands.

    Raises ``SourceError``.
    """
    roots = [parse(text(path), path) for path in paths]
    sections: list[tuple[str, Span, Node]] = []
    for name in _LISTED:
        given = [root for root in roots if (node := root.get(name)) is not None and node.kind == "map"]
        if given:
            first = given[0].get(name)
            entries = {key: (key, span, node) for root in given for key, span, node in _entries(root, name)}
            span = first.span if first is not None else given[0].span
            sections.append((name, given[0].key_span(name), Node("map", list(entries.values()), span)))
    for root in roots:
        transform = root.get("Transform")
        if transform is not None:
            sections.append(("Transform", root.key_span("Transform"), transform))
            break
    return Node("map", sections, roots[0].span)


def _entries(root: Node, section: str) -> list[tuple[str, Span, Node]]:
    node = root.get(section)
    return node.entries() if node is not None else []


def _fragment(path: str, text: Callable[[str], str]) -> Fragment | None:
    with suppress(SourceError):
        root = parse(text(path), path)
        if is_template(root) and is_headless(root):
            resources = frozenset(name for name, _, _ in _entries(root, "Resources"))
            known = resources | {name for name, _, _ in _entries(root, "Parameters")}
            return Fragment(path, root, resources, frozenset(set(_references(root)) - known))
    return None


def _references(root: Node) -> Iterator[str]:
    """The logical ids that a template refers to, pseudo parameters aside."""
    for node in walk(root):
        call = node.intrinsic
        if call is not None and call[0] in ("Ref", "Fn::GetAtt", "Fn::Sub"):
            first = call[1].each()[0] if call[1].each() else call[1]
            words = (first.text or "") if first.kind == "scalar" else ""
            if call[0] == "Fn::Sub":
                yield from _IN_TEXT.findall(words)
            elif "::" not in words:
                yield words.partition(".")[0]


def _together(fragments: Sequence[Fragment]) -> Iterator[list[Fragment]]:
    """Fragments that lack what one other alone declares, brought together; none where two declare the same."""
    makers: dict[str, list[int]] = {}
    for at, one in enumerate(fragments):
        for name in one.declares:
            makers.setdefault(name, []).append(at)
    leader = list(range(len(fragments)))

    def first(at: int) -> int:
        while leader[at] != at:
            at = leader[at]
        return at

    for at, one in enumerate(fragments):
        for name in sorted(one.lacks):
            if len(makers.get(name, ())) == 1:
                low, high = sorted((first(at), first(makers[name][0])))
                leader[high] = low
    groups: dict[int, list[Fragment]] = {}
    for at, one in enumerate(fragments):
        groups.setdefault(first(at), []).append(one)
    for group in groups.values():
        if len(frozenset().union(*(one.declares for one in group))) == sum(
            len(one.declares) for one in group
        ):
            yield group


def _is_head(path: str, text: Callable[[str], str]) -> bool:
    with suppress(SourceError):
        content = text(path)
        if "AWSTemplateFormatVersion" in content or "Transform" in content:
            root = parse(content, path)
            return root.kind == "map" and not is_headless(root) and root.get("Resources") is None
    return False


def by_folder(headless: Sequence[str], every: Sequence[str]) -> Mapping[str, tuple[list[str], list[str]]]:
    """Folder → its headless templates, and its other files, where there are at least two of the former."""
    found: dict[str, tuple[list[str], list[str]]] = {}
    for path in headless:
        found.setdefault(os.path.dirname(path), ([], []))[0].append(path)
    several = {folder: files for folder, files in found.items() if len(files[0]) > 1}
    for path in every:
        folder = os.path.dirname(path)
        if folder in several and path not in several[folder][0]:
            several[folder][1].append(path)
    return several
