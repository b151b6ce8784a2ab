"""What a ``package.json`` says of the files that an import of its folder leads to.

https://nodejs.org/api/modules.html#folders-as-modules
https://nodejs.org/api/packages.html#package-entry-points
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_CONDITIONS = ("node-addons", "node", "import", "module-sync", "require", "default")
"""The conditions that hold where a package is loaded by Node.js, by ``import`` or by ``require``."""
_DEEPEST = 5


def main_of(package: Mapping[str, Any]) -> str | None:
    """The file that a folder stands for; it may lack its ending, or be a folder itself."""
    main = package.get("main")
    return main if isinstance(main, str) and main.strip("./") else None


def exported(package: Mapping[str, Any], below: str) -> tuple[str, ...] | None:
    """The files that ``exports`` gives for ``below``, a path in the package (empty for the package itself).

    ``None`` where the package says nothing of it, so that each of its files may be imported; ``()`` where ``below`` is
    not exported.
    """
    told = package.get("exports")
    if told is None:
        return None
    if not isinstance(told, dict) or not any(str(key).startswith(".") for key in told):
        return () if below else tuple(_targets(told, 0))
    wanted = f"./{below}" if below else "."
    if wanted in told:
        return tuple(_targets(told[wanted], 0))
    for pattern in sorted((key for key in told if str(key).count("*") == 1), key=len, reverse=True):
        head, _, tail = pattern.partition("*")
        if wanted.startswith(head) and wanted.endswith(tail) and len(wanted) >= len(pattern):
            middle = wanted[len(head) : len(wanted) - len(tail)]
            return tuple(target.replace("*", middle) for target in _targets(told[pattern], 0))
    return ()


def _targets(told: object, depth: int) -> Iterator[str]:
    """The files of one entry, in the order of its conditions."""
    if isinstance(told, str):
        yield told
    elif isinstance(told, dict) and depth < _DEEPEST:
        for condition, target in told.items():
            if condition in _CONDITIONS:
                yield from _targets(target, depth + 1)
    elif isinstance(told, list) and depth < _DEEPEST:
        for target in told:
            yield from _targets(target, depth + 1)
