"""One line on a terminal that says how far a long run is, and is gone when it ends."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TextIO

PATIENCE = 1.0
"""Seconds before anything is shown: most runs are over by then."""
INTERVAL = 0.1
WIDTH = 30


class Bar:
    """Called with the templates read so far and in all. Shows nothing in the first second."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._next = clock() + PATIENCE
        self._shown = 0

    def __call__(self, done: int, total: int) -> None:
        now = self._clock()
        if now < self._next or not total:
            return
        self._next = now + INTERVAL
        full = WIDTH * min(done, total) // total
        line = f"Reading [{'#' * full}{'.' * (WIDTH - full)}] {done}/{total} files"
        self._write("\r" + line.ljust(self._shown))
        self._shown = max(self._shown, len(line))

    def clear(self) -> None:
        """Take the line away, if there is one."""
        if self._shown:
            self._write("\r" + " " * self._shown + "\r")
            self._shown = 0

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            # Nobody looks any more: a run must not end for that.
            self._next = float("inf")
