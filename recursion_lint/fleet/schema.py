"""The JSON schema of a line of a file of facts (docs/schema/facts-v1.schema.json), by annotations."""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from recursion_lint.fleet.facts_file import FORMAT, KINDS, VERSION
from recursion_lint.fleet.repository import Origin
from recursion_lint.model.facts import Facts

_SCALARS: Mapping[Any, str] = {str: "string", bool: "boolean", int: "integer", type(None): "null"}
_VALUE = {"$ref": "#/$defs/value"}


def facts_schema() -> dict[str, Any]:
    """The schema; each line of a file is an object that it describes."""
    made = _Schema()
    lines = {kind: made.of(hint) for kind, hint in KINDS.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:recursion-lint:facts:v1",
        "title": "recursion-lint facts of a repository, version 1",
        "description": (
            "One line of what `recursion-lint extract` writes. The first line is the head, the last one counts those "
            "between. A class is an array of its fields in the order of the head's layouts, those at the end left out "
            "that are as they are by default."
        ),
        "oneOf": [
            {"$ref": "#/$defs/head"},
            *({**_object({kind: schema}), "title": kind} for kind, schema in lines.items()),
            {**_object({"end": {"type": "integer", "minimum": 0}}), "title": "end"},
        ],
        "$defs": {"head": _head(), "value": _value(), **dict(sorted(made.classes.items()))},
    }


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(properties),
        "properties": dict(properties),
    }


def _head() -> dict[str, Any]:
    layout = {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}}
    return _object(
        {
            "format": {"const": FORMAT},
            "version": {"const": VERSION},
            "tool": {"description": "The version of recursion-lint.", "type": "string"},
            "origin": _object({name: {"type": "string", "maxLength": 200} for name in Origin._fields}),
            "layouts": _object({"facts": layout, "code": layout}),
        }
    )


def _value() -> dict[str, Any]:
    """A value that says itself what it is: ``["t", …]`` a tuple, ``["c", "Symbol", […]]`` a class, and so on."""
    marked = {
        "type": "array",
        "minItems": 1,
        "prefixItems": [{"enum": ["t", "l", "d", "n", "c", "e"]}],
    }
    return {"anyOf": [{"type": ["string", "boolean", "integer", "null"]}, marked]}


class _Schema:
    """Schemas of annotations; ``classes`` are those that were met, by name."""

    def __init__(self) -> None:
        self.classes: dict[str, Any] = {}

    def of(self, hint: Any) -> dict[str, Any]:
        """The schema of a value of an annotation."""
        origin, inside = get_origin(hint), get_args(hint)
        if hint in _SCALARS:
            return {"type": _SCALARS[hint]}
        if origin is Literal:
            return {"enum": list(inside)}
        if origin is tuple and not (len(inside) == 2 and inside[1] is Ellipsis):
            return self._fixed(inside, len(inside))
        if origin in (tuple, frozenset):
            return {"type": "array", "items": self.of(inside[0])}
        if isinstance(origin, type) and issubclass(origin, Mapping):
            return {"type": "array", "items": self._fixed(inside, 2)}
        if origin in (Union, types.UnionType):
            return self._union(inside)
        if hasattr(hint, "_fields"):
            return self._class(hint)
        return _VALUE

    def _fixed(self, inside: tuple[Any, ...], least: int) -> dict[str, Any]:
        return {
            "type": "array",
            "minItems": least,
            "prefixItems": [self.of(one) for one in inside],
            "items": False,
        }

    def _union(self, inside: tuple[Any, ...]) -> dict[str, Any]:
        others = [one for one in inside if one not in _SCALARS]
        if len(others) > 1 or not all(hasattr(one, "_fields") or get_origin(one) for one in others):
            return _VALUE
        return {"anyOf": [self.of(one) for one in inside]}

    def _class(self, kind: Any) -> dict[str, Any]:
        name = kind.__name__
        if name not in self.classes:
            self.classes[name] = {}
            hints = get_type_hints(kind)
            fields = [
                _VALUE if kind is Facts and field == "conditions" else self.of(hints[field])
                for field in kind._fields
            ]
            self.classes[name] = {
                "description": ", ".join(kind._fields),
                "type": "array",
                "minItems": len(kind._fields) - len(kind._field_defaults),
                "prefixItems": fields,
                "items": False,
            }
        return {"$ref": f"#/$defs/{name}"}
