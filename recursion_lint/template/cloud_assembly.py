"""What the CDK tells of a template that it synthesised: the construct of each resource, and the line that made it.

A construct's path stands in the template, the line in the assembly's manifest or in the file that this names.
https://docs.aws.amazon.com/cdk/v2/guide/constructs.html
The lines of Python are there where jsii was asked for them (``JSII_HOST_STACK_TRACES=1``, ``cdk synth --debug``).
https://github.com/aws/jsii/pull/5153
"""

import json
import os
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from recursion_lint.model.spans import Span
from recursion_lint.template.template import read
from recursion_lint.template.yaml.files import SourceError, code_root, read_text
from recursion_lint.template.yaml.nodes import parse

PATH = "aws:cdk:path"
MANIFEST = "manifest.json"
_MARKS = (PATH, "AWS::CDK::Metadata", "/cdk-bootstrap/", "aws:asset:path")
_HASHED = r"(?m)^ {0,8}[\"']?[A-Za-z][A-Za-z0-9]*[0-9A-F]{8}[\"']?:\s*\{?\s*$"
_TYPED = r"(?m)^\s*[\"']?Type[\"']?:\s*[\"']?(?:AWS|Custom)::"
_LEAST_HASHED = 3
_FRAME = r"\(?([^()]+?):(\d{1,7})(?::(\d{1,7}))?\)?$"
"""``new Shop (lib/shop.ts:4:3)``; of Python only the line is told: ``__init__ (lib/shop.py:4)``."""
_LIBRARIES = frozenset(("node_modules", "site-packages", "dist-packages"))
_SOURCES = (".ts", ".tsx", ".mts", ".cts", ".js", ".mjs", ".cjs", ".py", ".java", ".cs", ".go")
"""A trace is input that nobody vouched for: no other file of the app is pointed into, or shown."""


def is_synthesised(text: str) -> bool:
    """Did the CDK write this template? It says so, or most logical ids end in eight digits of a hash of their path."""
    if any(mark in text for mark in _MARKS):
        return True
    hashed = len(re.findall(_HASHED, text))
    return hashed >= _LEAST_HASHED and 2 * hashed > len(re.findall(_TYPED, text))


class Construct(NamedTuple):
    """A resource of a synthesised template: its lines there, its construct, where the app made it if that is told."""

    logical_id: str
    first_line: int
    last_line: int
    path: str
    made_at: Span | None = None


def constructs(file: str, text: str) -> tuple[Construct, ...]:
    """The constructs of the template ``file``, in its order; nothing for a template that the CDK did not write.

    Bad metadata raises nothing: what cannot be read is not told.
    """
    if PATH not in text:
        return ()
    try:
        template = read(parse(text, file), file)
    except SourceError:
        return ()
    made = _made_at(file)
    found = []
    for resource in template.resources.values():
        path = resource.body.get("Metadata", PATH)
        if path is not None and path.text:
            short = path.text.removesuffix("/Resource")
            end = max(resource.span.line, resource.body.span.end_line)
            found.append(Construct(resource.id, resource.span.line, end, short, _nearest(path.text, made)))
    return tuple(found)


def _nearest(path: str, made: Mapping[str, Span]) -> Span | None:
    """Where the construct was made, or else the one that it is a part of: the CDK adds policies when it synthesises."""
    while path:
        for known in (path, f"{path}/Resource"):
            if known in made:
                return made[known]
        path = path.rpartition("/")[0]
    return None


def _made_at(file: str) -> Mapping[str, Span]:
    """Construct paths → where the app made them."""
    root = code_root(file)
    found: dict[str, Span] = {}
    for path, entries in _metadata(file):
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict) and path not in found:
                frames = (
                    entry.get("data") if entry.get("type") == "aws:cdk:creationStack" else entry.get("trace")
                )
                place = _place(frames, root)
                if place is not None:
                    found[path.removeprefix("/")] = place
    return found


def _metadata(file: str) -> Iterator[tuple[str, Any]]:
    """The metadata of the stack that ``file`` is the template of: in the manifest, or in a file of its own.

    A nested stack is no artifact: what is in it is told with the stack around it.
    """
    folder, name = os.path.split(file)
    artifacts = list(_values(_document(os.path.join(folder, MANIFEST)), "artifacts"))
    own = [one for one in artifacts if _properties(one).get("templateFile") == name]
    for artifact in own or artifacts:
        told, beside = artifact.get("metadata"), artifact.get("additionalMetadataFile")
        yield from told.items() if isinstance(told, dict) else ()
        if isinstance(beside, str) and os.path.basename(beside) == beside:
            yield from _document(os.path.join(folder, beside)).items()


def _properties(artifact: Mapping[str, Any]) -> Mapping[str, Any]:
    found = artifact.get("properties")
    return found if isinstance(found, dict) else {}


def _document(file: str) -> Mapping[str, Any]:
    try:
        found = json.loads(read_text(file))
    except (SourceError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _place(frames: Any, root: str) -> Span | None:
    """The innermost frame that is the app's own; paths are told from the current folder, as everywhere."""
    for frame in frames if isinstance(frames, list) else ():
        told = re.search(_FRAME, frame) if isinstance(frame, str) else None
        if told is None or not told[1].endswith(_SOURCES):
            continue
        path = os.path.relpath(told[1].rpartition(" ")[2].removeprefix("file://"))
        if _is_of_the_app(path, root):
            line, column = int(told[2]), int(told[3] or 0)
            return Span(path, line, column, line, column + 1)
    return None


def _is_of_the_app(path: str, root: str) -> bool:
    real, app = os.path.realpath(path), os.path.realpath(root)
    inside = real.startswith(os.path.join(app, ""))
    return inside and _LIBRARIES.isdisjoint(path.split(os.sep)) and os.path.isfile(real)


def left_over(folder: str, names: Collection[str]) -> frozenset[str]:
    """Of the files and folders in a cloud assembly, the templates and assemblies that are of it no more.

    ``cdk synth`` deletes nothing: the template of a stack that was taken out of the app stays. Nothing is left over
    where no manifest says what is of the assembly.
    """
    if MANIFEST not in names:
        return frozenset()
    artifacts = _values(_document(os.path.join(folder, MANIFEST)), "artifacts")
    properties = list(map(_properties, artifacts))
    kept = {one.get(key) for one in properties for key in ("templateFile", "directoryName")}
    if not any(isinstance(one.get("templateFile"), str) for one in properties):
        return frozenset()
    for one in properties:
        listed = one.get("file")
        if isinstance(listed, str) and os.path.basename(listed) == listed:
            for asset in _values(_document(os.path.join(folder, listed)), "files"):
                source = asset.get("source")
                kept.add(source.get("path") if isinstance(source, dict) else None)
    return frozenset(
        name for name in names if name.endswith(".template.json") or name.startswith("assembly-")
    ) - {one for one in kept if isinstance(one, str)}


def _values(document: Mapping[str, Any], key: str) -> Iterator[Mapping[str, Any]]:
    found = document.get(key)
    return (one for one in found.values() if isinstance(one, dict)) if isinstance(found, dict) else iter(())
