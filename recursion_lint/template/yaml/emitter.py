"""New pieces of a template as plain values, and how they are written: YAML block, YAML flow or JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple, Union


class Call(NamedTuple):
    """An intrinsic function: ``Call("Ref", "Queue")``, ``Call("Fn::GetAtt", "Queue.Arn")``."""

    name: str
    argument: Value


class Verbatim(NamedTuple):
    """A piece of the template as it is written there, on one line: an expression used a second time."""

    text: str


Value = Union[str, int, bool, "list[Value]", "Mapping[str, Value]", Call, Verbatim]


class Style(NamedTuple):
    """How a file is written. ``unit`` is one level of indentation, ``dash`` what stands before the ``-`` of a list."""

    json: bool = False
    unit: str = "  "
    dash: str = "  "
    quote: str = '"'
    short: bool = True


def ref(name: str) -> Call:
    return Call("Ref", name)


def get_att(name: str, attribute: str) -> Call:
    return Call("Fn::GetAtt", f"{name}.{attribute}")


def sub(text: str) -> Call:
    return Call("Fn::Sub", text)


_PLAIN = re.compile(r"[A-Za-z_/][\w $/.:@*+()=<>~^-]*")
_PLAIN_IN_FLOW = re.compile(r"[A-Za-z_/][\w/.:@*+-]*")
_TYPED = frozenset(["true", "false", "yes", "no", "on", "off", "null", "y", "n", "~"])


def lines(value: Value, style: Style, indent: str = "") -> list[str]:
    """``value`` as whole lines that begin with ``indent``; a map or a list gives several."""
    if style.json:
        return (indent + _json(value, style, indent)).split("\n")
    return list(_block(value, style, indent))


def inline(value: Value, style: Style, flow: bool = False) -> str:
    """``value`` on one line; ``flow`` for a place inside brackets."""
    if isinstance(value, Verbatim):
        return value.text
    if style.json:
        return json.dumps(_plain(value), ensure_ascii=False)
    if isinstance(value, str):
        return _scalar(value, style, flow)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Call):
        argument = inline(value.argument, style, flow or not isinstance(value.argument, (str, Verbatim)))
        if style.short:
            return f"!{value.name.removeprefix('Fn::')} {argument}"
        return "{" + f"{_key(value.name, style)}: {inline(value.argument, style, True)}" + "}"
    if isinstance(value, list):
        return "[" + ", ".join(inline(item, style, True) for item in value) + "]"
    return (
        "{"
        + ", ".join(f"{_key(key, style)}: {inline(item, style, True)}" for key, item in value.items())
        + "}"
    )


def entry(key: str, value: Value, style: Style, indent: str) -> list[str]:
    """The lines of ``key: value``."""
    if style.json:
        written = [f"{indent}{json.dumps(key)}: {_json(value, style, indent)}"]
        return "\n".join(written).split("\n")
    head = f"{indent}{_key(key, style)}:"
    if isinstance(value, Call) and not style.short:
        value = {value.name: value.argument}
    if isinstance(value, str) and "\n" in value:
        body = [indent + style.unit + line if line else "" for line in value.rstrip("\n").split("\n")]
        return [f"{head} |", *body]
    if isinstance(value, list) and value:
        return [head, *_block(value, style, indent + style.dash)]
    if isinstance(value, Mapping) and value:
        return [head, *_block(value, style, indent + style.unit)]
    return [f"{head} {inline(value, style)}"]


def _block(value: Value, style: Style, indent: str) -> Iterator[str]:
    if isinstance(value, list) and value:
        for item in value:
            first, *rest = _block(item, style, indent + "  ")
            yield f"{indent}- {first[len(indent) + 2 :]}"
            yield from rest
    elif isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from entry(key, item, style, indent)
    elif isinstance(value, Call) and not style.short:
        yield from entry(value.name, value.argument, style, indent)
    else:
        yield indent + inline(value, style)


def _json(value: Value, style: Style, indent: str) -> str:
    inner = indent + style.unit
    if isinstance(value, Verbatim):
        return value.text
    if isinstance(value, Call):
        return _json(_called(value), style, indent)
    if isinstance(value, Mapping) and value:
        entries = (f"{inner}{json.dumps(key)}: {_json(item, style, inner)}" for key, item in value.items())
        return "{\n" + ",\n".join(entries) + f"\n{indent}}}"
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(inner + _json(item, style, inner) for item in value) + f"\n{indent}]"
    return json.dumps(value, ensure_ascii=False)


def _called(call: Call) -> Mapping[str, Value]:
    if call.name == "Fn::GetAtt" and isinstance(call.argument, str):
        name, _, attribute = call.argument.partition(".")
        return {call.name: [name, attribute]}
    return {call.name: call.argument}


def _plain(value: Value) -> object:
    """``value`` as JSON's own types; what was copied is JSON already."""
    if isinstance(value, Verbatim):
        return json.loads(value.text)
    if isinstance(value, Call):
        return _plain(_called(value))
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


def _scalar(value: str, style: Style, flow: bool) -> str:
    pattern = _PLAIN_IN_FLOW if flow else _PLAIN
    ambiguous = (
        value.lower() in _TYPED or ": " in value or " #" in value or value[-1:] in (":", " ") or "${" in value
    )
    if pattern.fullmatch(value) and not ambiguous:
        return value
    if "\n" not in value and (style.quote == "'" or ('"' in value and "'" not in value)):
        return "'" + value.replace("'", "''") + "'"
    return json.dumps(value, ensure_ascii=False)


def _key(key: str, style: Style) -> str:
    return _scalar(key, style, True)
