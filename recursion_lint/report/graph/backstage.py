"""The drawing as entities of Backstage's software catalogue, a YAML document for each.

https://backstage.io/docs/features/software-catalog/descriptor-format
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from typing import Any, NamedTuple

from recursion_lint.model.findings import Finding
from recursion_lint.patterns.entities import MAX_NAME, is_reference
from recursion_lint.report.graph.scene import Node, Scene
from recursion_lint.report.wording import printable, worst_first
from recursion_lint.services.registry import declared

MAX_WIDTH = 10_000
"""Of a line: a short text is not to be folded."""
LIFECYCLE = "production"
"""Where nobody says otherwise: https://backstage.io/docs/features/software-catalog/descriptor-format#speclifecycle-required"""
LOOPS = "recursion-lint/loops"
DECLARED_AT = "recursion-lint/declared-at"
SOURCE = "backstage.io/source-location"
"""https://backstage.io/docs/features/software-catalog/well-known-annotations"""
TAG = "recursive-loop"
_VERSION = "backstage.io/v1alpha1"
_DIGITS = 8
_HEAD = "# Written by recursion-lint: make it anew rather than edit it.\n"


class NoOwner(Exception):
    """A file of which nobody is known to own it; the message is for the user."""


class File(NamedTuple):
    """A template as a company knows it: by its repository and the path there, with the owners by CODEOWNERS."""

    repository: str
    path: str
    commit: str = ""
    owners: tuple[str, ...] = ()


class Catalogue(NamedTuple):
    """What a catalogue is told besides the graph.

    ``known`` tells of a file of the graph. ``owner`` is the entity that owns what CODEOWNERS gives to nobody, as
    Backstage refers to it. ``source_url`` is the address of a file, with ``{repository}``, ``{commit}`` and ``{path}``.
    """

    known: Callable[[str], File]
    owner: str = ""
    lifecycle: str = ""
    source_url: str = ""


def draw(scenes: Iterable[Scene], catalogue: Catalogue) -> str:
    """Every resource that a template declares, and a system for each template. Raises ``NoOwner``.

    What several ``scenes`` have is one entity. What templates only name is not in it, as nobody told whose it is.
    """
    import yaml

    found = _Found({}, {}, {}, set())
    for scene in scenes:
        _look_at(scene, catalogue, found)
    systems = [_system(one) for one in found.systems.values()]
    entities = systems + [_entity_of(one, catalogue, found) for one in found.resources.values()]
    missing = f"# Not in it, as no template declares it: {len(found.missing)}.\n" if found.missing else ""
    documents = yaml.dump_all(
        entities,
        Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper),  # seven times as quick
        sort_keys=False,
        allow_unicode=True,
        explicit_start=True,
        width=MAX_WIDTH,
    )
    return _HEAD + missing + (documents if entities else "")


class _System(NamedTuple):
    file: File
    name: str
    owner: str


class _Resource(NamedTuple):
    """A node under the name that refers to it, with the loops that it is on."""

    reference: str
    node: Node
    system: _System
    loops: dict[str, Finding]


class _Found(NamedTuple):
    """What is known of all scenes: systems by file, resources and what they depend on by reference, names of others."""

    systems: dict[str, _System]
    resources: dict[str, _Resource]
    needs: dict[str, set[str]]
    missing: set[tuple[str, str]]


def _look_at(scene: Scene, catalogue: Catalogue, found: _Found) -> None:
    references: dict[str, str] = {}
    for node in scene.nodes:
        if not node.file:
            found.missing.add((node.service, node.label))
            continue
        if node.file not in found.systems:
            file = catalogue.known(node.file)
            found.systems[node.file] = _System(file, _system_name(file), _owner(file, catalogue))
        system = found.systems[node.file]
        reference = references[node.id] = _reference(node, system.file)
        one = found.resources.setdefault(reference, _Resource(reference, node, system, {}))
        on = (scene.loops[number - 1].finding for number in node.loops)
        one.loops.update((finding.fingerprint, finding) for finding in on)
    for edge in scene.edges:
        source, target = references.get(edge.source), references.get(edge.target)
        # A wildcard tells of no dependency.
        if source and target and source != target and edge.evidence != "broad":
            who, whom = (source, target) if edge.acts else (target, source)
            found.needs.setdefault(who, set()).add(whom)


def _system(system: _System) -> dict[str, Any]:
    title = printable(f"{system.file.repository}: {system.file.path}")
    return _entity("System", {"name": system.name, "title": title}, {"owner": system.owner})


def _entity_of(one: _Resource, catalogue: Catalogue, found: _Found) -> dict[str, Any]:
    kind, _, name = one.reference.partition(":")
    needs = sorted(found.needs.get(one.reference, ()))
    spec = {
        "type": _type(one.node),
        **({"lifecycle": catalogue.lifecycle or LIFECYCLE} if kind == "component" else {}),
        "owner": one.system.owner,
        "system": one.system.name,
        **({"dependsOn": needs} if needs else {}),
    }
    return _entity(kind.capitalize(), _metadata(name, one, catalogue), spec)


def _entity(kind: str, metadata: dict[str, Any], spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": _VERSION, "kind": kind, "metadata": metadata, "spec": spec}


def _metadata(name: str, one: _Resource, catalogue: Catalogue) -> dict[str, Any]:
    file, node, loops = one.system.file, one.node, worst_first(one.loops.values())
    place = printable(f"{file.repository}/{file.path}")
    notes = {DECLARED_AT: f"{place}:{node.line}"}
    if catalogue.source_url:
        notes[SOURCE] = "url:" + _source(catalogue.source_url, file)
    if loops:
        notes[LOOPS] = ", ".join(f"{loop.severity}[{loop.rule}] {loop.fingerprint}" for loop in loops)
    return {
        "name": name,
        "title": printable(node.label),
        "description": f"{printable(node.type)} in {place}",
        "annotations": notes,
        **({"tags": [TAG]} if any(loop.severity != "info" for loop in loops) else {}),
    }


def _is_component(node: Node) -> bool:
    """Software, in Backstage's words; a resource is what it needs to run."""
    return declared(node.service).runs


def _reference(node: Node, file: File) -> str:
    kind = "component" if _is_component(node) else "resource"
    return f"{kind}:{_named(node.label, file.repository, file.path, node.label, node.type)}"


def _system_name(file: File) -> str:
    stem = file.path.rpartition(".")[0] or file.path
    return _named(f"{file.repository.rpartition('/')[2]}-{stem}", file.repository, file.path)


def _named(words: str, *identity: str) -> str:
    """A name that stays whatever else there is: what can be read of ``words``, and a digest of the whole identity."""
    digest = sha256("\0".join(identity).encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
    plain = "-".join(re.findall(r"[A-Za-z0-9]+", words))[: MAX_NAME - _DIGITS - 1].rstrip("-")
    return f"{plain}-{digest}" if plain else digest


def _type(node: Node) -> str:
    """``sqs-queue``, ``lambda-function``: Backstage leaves the types of its entities to each company."""
    last = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", node.type.rpartition("::")[2])
    return "-".join(re.findall(r"[a-z0-9]+", f"{node.service}-{last}".lower()))


def _source(address: str, file: File) -> str:
    from urllib.parse import quote

    told = {"repository": file.repository, "commit": file.commit or "HEAD", "path": file.path}
    for name, value in told.items():
        address = address.replace(f"{{{name}}}", quote(value, errors="replace"))
    return address


def _owner(file: File, catalogue: Catalogue) -> str:
    found = next(_owners(file.owners), "") or catalogue.owner
    if not found:
        place = printable(f"{file.repository}/{file.path}")
        raise NoOwner(
            f"{place}: nobody owns it by CODEOWNERS, and an entity needs an owner: --owner names one"
        )
    return found


def _owners(owners: Iterable[str]) -> Iterator[str]:
    """Owners as Backstage reads them of CODEOWNERS: of ``@acme/payments`` the team, of an address what is before the @.

    https://backstage.io/docs/reference/plugin-catalog-backend.codeownersprocessor
    """
    for owner in owners:
        team, name = owner.rpartition("/")[::2]
        found = f"group:{name}" if team else f"user:{owner.lstrip('@').partition('@')[0]}"
        if is_reference(found):
            yield found
