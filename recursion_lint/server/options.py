"""What an editor can set for the server itself. What is a loop, and which are told, the repository's settings say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from recursion_lint.server.worker import WAIT

MOST_DEBOUNCE = 10_000
"""Milliseconds."""


class Options(NamedTuple):
    """``scan``: templates below the workspace that are not open are read too. ``debounce`` is in seconds."""

    scan: bool = False
    debounce: float = WAIT

    def updated(self, given: object) -> tuple[Options, list[str]]:
        """These options with what was ``given`` on top, and what of that cannot be used, each in a sentence."""
        if not isinstance(given, Mapping):
            return self, []
        found, complaints = self, []
        for name, value in given.items():
            if name == "scan" and isinstance(value, bool):
                found = found._replace(scan=value)
            elif name == "debounce" and _is_pause(value):
                found = found._replace(debounce=value / 1000)
            elif name in ("scan", "debounce"):
                kind = "true or false" if name == "scan" else f"milliseconds up to {MOST_DEBOUNCE:,}"
                complaints.append(f"the setting {name} of the server must be {kind}")
        return found, complaints


def _is_pause(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= MOST_DEBOUNCE
