"""PyYAML as it is used here: its C parser, scalars untyped, loaded without what only its Python parser needs."""

from __future__ import annotations

import re
import sys
from functools import cache
from types import ModuleType
from typing import Any


@cache
def pyyaml() -> ModuleType:
    """The module ``yaml``. Loading it compiles patterns that the C parser never asks: a fifth of a run over one file.

    So they are compiled when they are asked, unless another thread might get such a pattern for one of its own.
    """
    if "yaml" not in sys.modules and "threading" not in sys.modules:
        compile_now = re.compile
        re.compile = _LatePattern  # type: ignore[assignment]
        try:
            import yaml
        finally:
            re.compile = compile_now
    import yaml

    return yaml


class _LatePattern:
    """A regular expression that is compiled when it is first used."""

    def __init__(self, *given: Any) -> None:
        self._given = given

    def __getattr__(self, name: str) -> Any:
        found = getattr(re.compile(*self._given), name)
        setattr(self, name, found)
        return found


@cache
def untyped_loader() -> Any:
    """A loader that leaves plain scalars untyped: the text and its style are all that is asked of them."""
    yaml = pyyaml()
    # Called for every node, so they are written in C: "?" whatever is given, and two that do nothing.
    members = {"resolve": "?".format, "descend_resolver": {}.get, "ascend_resolver": {}.clear}
    return type("Untyped", (getattr(yaml, "CSafeLoader", yaml.SafeLoader),), members)
