"""A ``Template`` → its ``Facts``: every service module reads the resources of its types."""

from __future__ import annotations

from collections.abc import Mapping

from recursion_lint import sam
from recursion_lint.conditions import expressions
from recursion_lint.facts import Actor, Declared, Facts, Mention, Statement, Trigger, Write
from recursion_lint.findings import Note
from recursion_lint.resolve import Resolver
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.services.registry import kinds, readers
from recursion_lint.template import Template


def facts_of(template: Template, parameters: Mapping[str, str]) -> Facts:
    """Read all that ``template`` says about events. ``parameters`` are known values of its parameters."""
    expanded = sam.expand(template)
    resolver = Resolver(expanded, kinds(), parameters)
    reading = Reading(expanded, resolver)
    found: dict[type, list[Fact]] = {}
    known = readers()
    for resource in expanded.every_resource():
        for reader in known.get(resource.type, ()):
            for fact in reader(reading, resource):
                found.setdefault(type(fact), []).append(fact)
    return Facts(
        template.file,
        template.scope,
        declared=_of(found, Declared),
        triggers=_of(found, Trigger),
        writes=_of(found, Write),
        statements=_of(found, Statement),
        actors=_of(found, Actor),
        mentions=_of(found, Mention),
        conditions=expressions(resolver),
        notes=(*expanded.notes, *_of(found, Note)),
        resources=len(template.resources),
    )


def _of(found: Mapping[type, list[Fact]], kind: type) -> tuple:  # type: ignore[type-arg]
    return tuple(found.get(kind, ()))
