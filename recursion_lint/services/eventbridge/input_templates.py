"""Input templates of pipes: what the target gets, with ``<$.path>`` where the event is put in.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-input-transformation.html
"""

from __future__ import annotations

import re
from typing import Any

from recursion_lint.model.text import ANY, Symbol, Text, text
from recursion_lint.patterns.events import UNKNOWN, Doc, Glob, Items, Value
from recursion_lint.services.reading import Reading
from recursion_lint.template.yaml.files import SourceError
from recursion_lint.template.yaml.nodes import Node

_PIECE = re.compile(r'\\.|"|<[^<>"]*>')
_PUT_IN = "\ue006"
_THERE = Items((Glob((ANY,)),), open=True)
"""A value that is there, of whatever type: what is put in between quotes."""


def templated(reading: Reading, node: Node | None) -> Doc | None:
    """The object that an input template makes; ``None`` for what is no object or not known."""
    found = reading.resolver.texts(node) if node is not None else ()
    if node is None or len(found) != 1:
        return None
    try:
        made = _value(reading.json_text(_marked(found[0][0]), node))
    except SourceError:
        return None
    return made if isinstance(made, Doc) else None


def _marked(template: Text) -> Text:
    """``template`` with a mark for each placeholder: a string of its own where it stands outside of quotes."""
    quoted = False
    parts: list[str | Symbol] = []

    def mark(found: re.Match[str]) -> str:
        nonlocal quoted
        piece = found[0]
        if piece == '"':
            quoted = not quoted
        if not piece.startswith("<"):
            return piece
        return _PUT_IN if quoted else f'"{_PUT_IN}{_PUT_IN}"'

    for part in template:
        parts.append(part if isinstance(part, Symbol) else _PIECE.sub(mark, part))
    return text(parts)


def _value(value: Any) -> Value:
    if isinstance(value, dict):
        if any(_PUT_IN in key for key in value):
            return UNKNOWN
        return Doc({key: _value(child) for key, child in value.items()})
    if isinstance(value, list):
        return Items(tuple(_value(child) for child in value))
    if value == (_PUT_IN * 2,):
        return UNKNOWN
    if value == (_PUT_IN,):
        return _THERE
    if isinstance(value, tuple) and any(isinstance(part, str) and _PUT_IN in part for part in value):
        return Glob(text(piece for part in value for piece in _pieces(part)))
    return value  # type: ignore[no-any-return]


def _pieces(part: str | Symbol) -> list[str | Symbol]:
    if isinstance(part, Symbol):
        return [part]
    first, *others = part.split(_PUT_IN)
    return [first, *(piece for other in others for piece in (ANY, other))]
