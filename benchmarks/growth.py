"""Measure how the work grows with the input, in lines of Python that are run: no clock, so the same everywhere.

usage: python benchmarks/growth.py [NAME...]

Each template of ``growing`` and ``growing_events`` is checked at n, 2n and 4n. What the step from 2n to 4n adds over
the step from n to 2n is the exponent: 1 for work that grows as the input does, 2 for squares. Above 1.3 the run fails.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import growing
import growing_events

from recursion_lint.run.lint import lint

MOST = 1.3
FEW = 3_000
"""Steps that a doubling may add whatever the exponent: what is so small does not grow yet."""


def steps(text: str) -> int:
    """The lines that a check of a template runs, report and remedies aside."""
    count = 0

    def line(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        count += event == "line"
        return line

    _forget()
    sys.settrace(line)
    try:
        lint(["-"], stdin=text)
    finally:
        sys.settrace(None)
    return count


def _forget() -> None:
    """Empty what earlier runs left in caches, so that the order of runs changes nothing."""
    for module in list(sys.modules.values()):
        if module.__name__.startswith("recursion_lint"):
            for value in list(vars(module).values()):
                if hasattr(value, "cache_clear"):
                    value.cache_clear()


def exponent(respect: Callable[[int], str], size: int) -> tuple[float, list[int]]:
    """How the work grows in one respect, and the steps at n, 2n and 4n."""
    found = [steps(respect(size * factor)) for factor in (1, 2, 4)]
    first, second = found[1] - found[0], found[2] - found[1]
    return (0.0 if second < FEW or first < 1 else math.log2(second / first)), found


def main() -> int:
    wanted = sys.argv[1:]
    lint(["-"], stdin="Resources:\n  Jobs:\n    Type: AWS::SQS::Queue\n")  # imports do not count
    failed = 0
    for respect, size in growing.RESPECTS + growing_events.RESPECTS:
        if wanted and respect.__name__ not in wanted:
            continue
        lint(["-"], stdin=respect(2))
        found, counted = exponent(respect, size)
        failed += found > MOST
        mark = "FAILS" if found > MOST else ""
        print(
            f"{respect.__name__:24} n={size:<4} {counted[0]:>9,} {counted[1]:>9,} {counted[2]:>9,}  {found:5.2f} {mark}"
        )
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
