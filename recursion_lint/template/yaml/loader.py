"""PyYAML as it is used here: its C parser, scalars untyped; and ruamel.yaml for what that parser refuses."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from functools import cache
from types import ModuleType
from typing import Any

MAX_SLOW = 200_000
"""Letters of a text that are read without the C parser: a few seconds' work."""


@cache
def pyyaml() -> ModuleType:
    """The module ``yaml``."""
    import yaml

    return yaml


@cache
def untyped_loader() -> Any:
    """A loader that leaves plain scalars untyped: the text and its style are all that is asked of them."""
    yaml = pyyaml()
    # Called for every node, so they are written in C: "?" whatever is given, and two that do nothing.
    members = {"resolve": "?".format, "descend_resolver": {}.get, "ascend_resolver": {}.clear}
    return type("Untyped", (getattr(yaml, "CSafeLoader", yaml.SafeLoader),), members)


def compose_with_ruamel(content: str) -> Any:
    """The root node of a text with halves of letters (``\\ud83d``), which libyaml refuses, as PyYAML has nodes.

    Raises ``yaml.YAMLError`` as PyYAML does, and ``RecursionError`` for what nests too deep.
    """
    import warnings

    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, ReusedAnchorWarning, YAMLError

    yaml = pyyaml()
    try:
        with warnings.catch_warnings():
            # An anchor may be set again, for what follows: https://yaml.org/spec/1.2.2/#3222-anchors-and-aliases
            warnings.simplefilter("ignore", ReusedAnchorWarning)
            root = YAML(typ="safe", pure=True).compose(content)
    except MarkedYAMLError as refused:
        mark = refused.problem_mark or refused.context_mark
        raise yaml.MarkedYAMLError(None, None, refused.problem, mark) from None
    except YAMLError as refused:
        raise yaml.YAMLError(str(refused)) from None
    return _Copied(content).node(root) if root is not None else None


class _Copied:
    """ruamel.yaml's nodes as PyYAML's. Lines are counted anew: the two do not end them at the same letters."""

    def __init__(self, content: str) -> None:
        import re

        breaks = re.finditer("\r\n|[\n\r\x85\u2028\u2029]", content)
        self._starts = [0, *(found.end() for found in breaks)]
        self._made: dict[int, Any] = {}
        yaml = pyyaml()
        self._kinds: Mapping[str, Any] = {
            "scalar": yaml.ScalarNode,
            "sequence": yaml.SequenceNode,
            "mapping": yaml.MappingNode,
        }

    def node(self, raw: Any) -> Any:
        known = self._made.get(id(raw))
        if known is not None:
            return known
        tag = str(raw.tag or "")
        places = self._mark(raw.start_mark), self._mark(raw.end_mark)
        made = self._kinds[raw.id](tag if tag.startswith("!") else "", [], *places)
        self._made[id(raw)] = made
        if raw.id == "scalar":
            made.style = raw.style
            made.value = whole_letters(raw.value)
        elif raw.id == "sequence":
            made.value += [self.node(item) for item in raw.value]
        else:
            made.value += [(self.node(key), self.node(value)) for key, value in raw.value]
        return made

    def _mark(self, mark: Any) -> Any:
        line = bisect_right(self._starts, mark.index) - 1
        return pyyaml().Mark(None, mark.index, line, mark.index - self._starts[line], None, None)


def whole_letters(text: str) -> str:
    """``text`` with each two halves of a letter as that letter; a half alone stays."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
