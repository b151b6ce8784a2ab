"""Measure how long the code of each function on a loop takes to read: CPU milliseconds by language, and the slowest.

usage: python benchmarks/handlers.py FOLDER...      (repositories, each checked as a whole, without remedies)
"""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from recursion_lint.assessment.evidence.handler_code import FunctionCode, HandlerCode
from recursion_lint.cli.main import RARELY
from recursion_lint.code.location.function_source import Located
from recursion_lint.config import Config
from recursion_lint.model.facts import HandlerSource
from recursion_lint.model.text import Text
from recursion_lint.run.lint import lint

SLOWEST = 10


class Row(NamedTuple):
    """One function: CPU milliseconds, steps of the interpreter, language, and where it is."""

    milliseconds: float
    steps: int
    language: str
    where: str


def measured(folder: str) -> list[Row]:
    """All functions of the loops in a repository. What is loaded once a run counts for the first one."""
    rows: list[Row] = []
    read = HandlerCode._read_from

    def timed(
        self: HandlerCode, source: HandlerSource, located: Located, placeholders: Mapping[str, Text]
    ) -> FunctionCode:
        begun = time.process_time()
        found = read(self, source, located, placeholders)
        spent = (time.process_time() - begun) * 1000
        steps = found.calls.steps if found.calls is not None else 0
        rows.append(Row(spent, steps, located.language, os.path.join(folder, located.file)))
        return found

    before = os.getcwd()
    HandlerCode._read_from = timed  # type: ignore[method-assign]
    os.chdir(folder)
    try:
        lint(["."], Config(advise_at_most=1))
    finally:
        os.chdir(before)
        HandlerCode._read_from = read  # type: ignore[method-assign]
    return rows


def at(rows: Sequence[Row], share: float) -> float:
    """The time that ``share`` of the rows do not exceed."""
    times = sorted(row.milliseconds for row in rows)
    return times[min(int(len(times) * share), len(times) - 1)]


def main(folders: Sequence[str]) -> int:
    """Print the table."""
    if not folders:
        sys.stderr.write(__doc__ or "")
        return 2
    gc.set_threshold(*RARELY)  # as the command line does
    rows = [row for folder in folders for row in measured(folder)]
    print("language      functions  median ms  p90 ms  p99 ms  most ms")
    for language in ("all", *sorted({row.language for row in rows})):
        some = [row for row in rows if language in ("all", row.language)]
        times = "  ".join(f"{at(some, share):7.1f}" for share in (0.5, 0.9, 0.99, 1.0))
        print(f"{language:12}  {len(some):9}  {times}")
    for row in sorted(rows, reverse=True)[:SLOWEST]:
        print(f"{row.milliseconds:8.1f} ms {row.steps:6} steps  {row.where}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
