"""Delta debugging: the smallest input that still breaks a promise in the same way."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from mutants import Mutant
from promises import Room
from template_values import Unloadable, dumped, loaded

SECONDS = 90
"""Small enough after that long."""

Fails = Callable[[Mutant], bool]


def smaller(mutant: Mutant, key: str, room: Room) -> Mutant:
    """The mutant without what it does not need: nodes first, where it holds a value, then lines, then characters."""
    end = time.monotonic() + SECONDS

    def fails(tried: Mutant) -> bool:
        if time.monotonic() > end:
            return False
        broken = room.broken(tried)
        return broken is not None and broken.key == key

    alone = mutant._replace(beside=())
    mutant = alone if fails(alone) else mutant
    mutant = _fewer_nodes(mutant, fails)
    if mutant.whole and not fails(mutant._replace(whole=False)):
        return mutant
    mutant = mutant._replace(whole=False)
    mutant = _fewer_parts(mutant, mutant.data.splitlines(keepends=True), fails)
    return _fewer_parts(mutant, [mutant.data[at : at + 1] for at in range(len(mutant.data))], fails)


def _fewer_nodes(mutant: Mutant, fails: Fails) -> Mutant:
    value, style = mutant.value if mutant.whole else None, "json" if mutant.name.endswith(".json") else "yaml"
    if value is None:
        try:
            value = loaded(mutant.data)
        except (Unloadable, UnicodeDecodeError):
            return mutant
    best = _as(mutant, value, style)
    if not fails(best):
        return mutant
    shrunk = True
    while shrunk:
        shrunk = False
        for smaller_value in _simpler(best.value):
            tried = _as(mutant, smaller_value, style)
            if fails(tried):
                best, shrunk = tried, True
                break
    return best


def _as(mutant: Mutant, value: Any, style: str) -> Mutant:
    return mutant._replace(value=value, data=dumped(value, style).encode("utf-8", "surrogatepass"))


def _simpler(value: Any) -> Iterator[Any]:
    """The value without one of its parts, or with one part that is shorter; the largest first."""
    level: list[tuple[Any, ...]] = [()]
    while level:
        below: list[tuple[Any, ...]] = []
        for path in level:
            here = _at(value, path)
            steps: Sequence[Any] = (
                list(here) if isinstance(here, dict) else range(len(here)) if isinstance(here, list) else ()
            )
            for step in steps:
                yield _without(value, path, step)
                part = here[step]
                if isinstance(part, dict | list) and part:
                    yield _with(value, path, step, type(part)())
                if isinstance(part, str) and len(part) > 8:
                    yield _with(value, path, step, part[: len(part) // 2])
                    yield _with(value, path, step, part[len(part) // 2 :])
                below.append((*path, step))
        level = below


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


def _without(value: Any, path: tuple[Any, ...], step: Any) -> Any:
    changed = copy.deepcopy(value)
    del _at(changed, path)[step]
    return changed


def _with(value: Any, path: tuple[Any, ...], step: Any, part: Any) -> Any:
    changed = copy.deepcopy(value)
    _at(changed, path)[step] = part
    return changed


def _fewer_parts(mutant: Mutant, parts: list[bytes], fails: Fails) -> Mutant:
    """Leave out ever smaller runs of parts while the input still fails."""
    size = max(1, len(parts) // 2)
    while True:
        at = 0
        while at < len(parts):
            rest = parts[:at] + parts[at + size :]
            if fails(mutant._replace(data=b"".join(rest))):
                parts = rest
            else:
                at += size
        if size == 1:
            return mutant._replace(data=b"".join(parts))
        size //= 2
