"""Templates as plain values (``!Sub x`` is ``{"Fn::Sub": "x"}``), read and written with no code of the linter."""

from __future__ import annotations

import contextlib
import json
import re
from typing import Any

import yaml


class Unloadable(Exception):
    """Text that holds no template value."""


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Reads scalars as CloudFormation does: no dates, no ``yes``, no octal numbers."""


_Loader.yaml_implicit_resolvers = {}
for kind, pattern, first in (
    ("bool", r"^(?:true|false|True|False)$", "tfTF"),
    ("int", r"^-?(?:0|[1-9][0-9]{0,15})$", "-0123456789"),
    ("float", r"^-?[0-9]+\.[0-9]+$", "-0123456789"),
    ("null", r"^(?:~|null|)$", ["~", "n", ""]),
    ("merge", r"^<<$", "<"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{kind}", re.compile(pattern), list(first))


def _short_form(loader: Any, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in ("Ref", "Condition") else "Fn::" + suffix
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _short_form)


def loaded(data: bytes) -> Any:
    """The template (or definition) in ``data``; raises ``Unloadable``."""
    try:
        value = yaml.load(data.decode("utf-8-sig"), Loader=_Loader)
    except (yaml.YAMLError, ValueError, TypeError, AttributeError, RecursionError, IndexError) as refused:
        raise Unloadable(str(refused)) from None
    if not isinstance(value, dict):
        raise Unloadable("no map")
    return with_text_keys(value)


def with_text_keys(value: Any, depth: int = 0) -> Any:
    """A copy without shared parts, whose keys are strings, as JSON has them."""
    if depth > 200:
        raise Unloadable("too deep")
    if isinstance(value, dict):
        return {str(key): with_text_keys(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [with_text_keys(item, depth + 1) for item in value]
    return value


def _represent(dumper: Any, value: dict[str, Any]) -> yaml.Node:
    if len(value) == 1:
        ((name, argument),) = value.items()
        nested = isinstance(argument, dict) and len(argument) == 1 and _called(next(iter(argument)))
        if _called(name) and isinstance(argument, str | list | dict) and not nested:
            node = dumper.represent_data(argument)
            node.tag = "!" + name.removeprefix("Fn::")
            return node
    return dumper.represent_dict(value)


def _called(name: str) -> bool:
    return name in ("Ref", "Condition") or re.fullmatch(r"Fn::[A-Za-z0-9]+", name) is not None


def _dumper(base: Any, short: bool) -> Any:
    made = type("Dumper", (base,), {"ignore_aliases": lambda self, data: True})
    if short:
        made.add_representer(dict, _represent)
    return made


_DUMPERS = {short: _dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper), short) for short in (False, True)}
_SLOW_DUMPERS = {short: _dumper(yaml.SafeDumper, short) for short in (False, True)}


def dumped(value: Any, style: str) -> str:
    """``value`` as ``json``, ``yaml``, ``flow`` (YAML in braces) or ``short`` (YAML with ``!Sub`` and its kin)."""
    if style == "json":
        return json.dumps(value, indent=1)
    for dumpers in (_DUMPERS, _SLOW_DUMPERS):
        with contextlib.suppress(UnicodeEncodeError):  # half of a surrogate pair: libyaml cannot write it
            return yaml.dump(
                value,
                Dumper=dumpers[style == "short"],
                sort_keys=False,
                default_flow_style=style == "flow",
                allow_unicode=True,
                width=110,
            )
    raise AssertionError("both dumpers refuse it")
