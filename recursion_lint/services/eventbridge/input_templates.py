"""Input templates of pipes: what the target gets, with ``<$.path>`` where the event is put in.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-input-transformation.html
"""

from __future__ import annotations

import re
from typing import Any

from recursion_lint.model.text import ANY, Part, Symbol, Text, text
from recursion_lint.patterns.events import UNKNOWN, Doc, Glob, Items, Value
from recursion_lint.services.reading import Reading
from recursion_lint.template.embedded import ComputedKey
from recursion_lint.template.yaml.files import SourceError
from recursion_lint.template.yaml.nodes import Node

_PIECE = re.compile(r'\\.|"|<[^<>"]*>')
_IN_QUOTES, _ALONE = "put in", "put in alone"
"""The kinds of symbols for what the pipe puts in: between quotes, and where a value stands."""
_THERE = Items((Glob((ANY,)),), open=True)
"""A value that is there, of whatever type: what is put in between quotes."""


def templated(reading: Reading, node: Node | None) -> Doc | None:
    """The object that an input template makes; ``None`` for what is no object or not known."""
    template = reading.resolver.text(node)
    if node is None or template is None:
        return None
    try:
        made = _value(reading.json_text(_marked(template), node))
    except SourceError:
        return None
    return made if isinstance(made, Doc) else None


def _marked(template: Text) -> Text:
    """``template`` with a symbol for each placeholder."""
    quoted = False
    parts: list[Part] = []
    for part in template:
        if isinstance(part, Symbol):
            parts.append(part)
            continue
        done = 0
        for found in _PIECE.finditer(part):
            piece = found[0]
            quoted ^= piece == '"'
            if piece.startswith("<"):
                symbol = Symbol(_IN_QUOTES if quoted else _ALONE, piece[1:-1])
                parts += [part[done : found.start()], symbol]
                done = found.end()
        parts.append(part[done:])
    return text(parts)


def _value(value: Any) -> Value:
    if isinstance(value, dict):
        if any(isinstance(key, ComputedKey) and _put_in(key.text) for key in value):
            return UNKNOWN
        return Doc({key: _value(child) for key, child in value.items()})
    if isinstance(value, list):
        return Items(tuple(_value(child) for child in value))
    if isinstance(value, tuple) and (kinds := _put_in(value)):
        if _ALONE in kinds:
            return UNKNOWN
        return _THERE if len(value) == 1 else Glob(text(map(_unknown, value)))
    return value  # type: ignore[no-any-return]


def _put_in(value: Text) -> set[str]:
    """The kinds of what is put in there."""
    return {part.kind for part in value if isinstance(part, Symbol)} & {_IN_QUOTES, _ALONE}


def _unknown(part: Part) -> Part:
    return ANY if isinstance(part, Symbol) and part.kind == _IN_QUOTES else part
