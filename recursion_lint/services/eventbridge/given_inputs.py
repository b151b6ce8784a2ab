"""What a target of a rule is given, as far as the rule's pattern and the target's input say: as event patterns.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from recursion_lint.model.facts import Endpoint
from recursion_lint.model.text import as_text
from recursion_lint.patterns.decisions import told_by_aws
from recursion_lint.patterns.fields import choices, field
from recursion_lint.patterns.narrowing import NAMES
from recursion_lint.services.reading import Reading
from recursion_lint.services.registry import declared
from recursion_lint.template.yaml.files import SourceError
from recursion_lint.template.yaml.nodes import Node

_PATH = re.compile(r"\$((?:\.[\w-]+)*)")
_PLACEHOLDER = re.compile(r"(\"(?:[^\"\\]|\\.)*\")|<([\w-]+)>")
_MARK = "<"
"""The key of the object that stands for a placeholder."""
_DEEPEST = 12


def given_to(
    reading: Reading, consumer: Endpoint, target: Node, pattern: Mapping[str, Any]
) -> tuple[Any, ...]:
    """Patterns one of which what ``consumer`` gets surely fits, where its definition may choose by that; else none."""
    if not declared(consumer.service).by_definition:
        return ()
    events = choices(pattern)
    constant, path = target.get("Input"), target.get("InputPath")
    transformer = reading.resolver.one(target.get("InputTransformer"))
    try:
        if constant is not None:
            return tuple(_as_pattern(reading.document(constant)))
        if path is not None:
            found = _PATH.fullmatch(reading.resolver.literal(path) or "")
            parts = [_part(event, found[1]) if found is not None else None for event in events]
            return tuple(parts) if all(isinstance(part, Mapping) for part in parts) else ()
        if transformer is not None:
            return _transformed(reading, transformer, events)
    except (SourceError, ValueError):
        return ()
    return tuple(events)


def _as_pattern(document: Any) -> Iterator[Mapping[str, Any]]:
    """What is constant, as a pattern that it fits: its strings alone."""
    if isinstance(document, Mapping):
        yield _strings(document)


def _strings(document: Mapping[str, Any], depth: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in document.items():
        if isinstance(value, Mapping) and depth < _DEEPEST:
            found[name] = _strings(value, depth + 1)
        elif (word := as_text(value)) is not None:
            found[name] = [word]
    return found


def _part(event: Mapping[str, Any], path: str) -> Any:
    """What a pattern asks of a part of the event: but for an event of AWS a field may hold an array."""
    names = [name for name in path.split(".") if name]
    if not names or (len(names) == 1 and names[0] in NAMES):
        return field(event, *names)
    sources = field(event, "source")
    told = sources if isinstance(sources, list) and sources else [None]
    return field(event, *names) if all(map(told_by_aws, told)) else None


def _transformed(reading: Reading, transformer: Node, events: list[Mapping[str, Any]]) -> tuple[Any, ...]:
    """The fields of a template that are constant, or one part of the event."""
    template = reading.resolver.literal(transformer.get("InputTemplate"))
    paths = reading.resolver.one(transformer.get("InputPathsMap"))
    if template is None:
        return ()
    parts = {
        name: reading.resolver.literal(node) for name, node in (paths.items() if paths is not None else ())
    }
    marked = _PLACEHOLDER.sub(lambda found: found[1] or json.dumps({_MARK: found[2]}), template)
    document = json.loads(marked)
    return tuple(_filled(document, parts, event) for event in events) if isinstance(document, dict) else ()


def _filled(document: Mapping[str, Any], parts: Mapping[str, str | None], event: Mapping[str, Any]) -> Any:
    found: dict[str, Any] = {}
    for name, value in document.items():
        if isinstance(value, str) and "<" not in value:
            found[name] = [value]
        elif isinstance(value, dict) and _MARK in value:
            path = _PATH.fullmatch(parts.get(value[_MARK]) or "")
            leaf = _part(event, path[1]) if path is not None else None
            if leaf is not None:
                found[name] = leaf
        elif isinstance(value, dict):
            found[name] = _filled(value, parts, event)
    return found
