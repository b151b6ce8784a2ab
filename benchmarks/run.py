"""Measure ``recursion-lint check`` as whole processes on generated input: CPU seconds and peak memory, as ratios.

usage: python benchmarks/run.py [--quick] [--ours recursion-lint] [--theirs cfn-lint] [--markdown docs/performance.md]
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from shapes import SHAPES, repository

PARSE = (
    "import sys, yaml\n"
    "for name in sys.stdin.read().split('\\n'):\n"
    "    name and yaml.compose(open(name, encoding='utf-8').read(), Loader=yaml.CSafeLoader)\n"
)
SIZES = {
    "sparse": (100, 1_000, 10_000, 20_000),
    "hub": (200, 2_000),
    "dense": (50, 500),
    "ring": (100, 1_000),
    "complete": (20, 60),
}
QUICK = {"sparse": (100, 1_000), "hub": (20, 200), "dense": (5, 50), "ring": (10, 100), "complete": (6, 20)}


class Cost(NamedTuple):
    """CPU seconds and peak memory in MiB of a process with its children."""

    cpu: float
    memory: float


class Row(NamedTuple):
    """One measurement: ours, parsing alone, and, where asked for, cfn-lint."""

    shape: str
    size: int
    ours: Cost
    parse: Cost
    theirs: Cost | None


def measure(command: list[str], given: str = "") -> Cost:
    """Run a command to its end. Its own memory is told by ``wait4``, apart from that of earlier children."""
    with tempfile.TemporaryFile() as stdin, open(os.devnull, "wb") as nowhere:
        stdin.write(given.encode())
        stdin.seek(0)
        actions = [(os.POSIX_SPAWN_DUP2, stdin.fileno(), 0)]
        actions += [(os.POSIX_SPAWN_DUP2, nowhere.fileno(), number) for number in (1, 2)]
        process = os.posix_spawnp(command[0], command, os.environ, file_actions=actions)
        _, status, usage = os.wait4(process, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 2, 4, 6, 8, 10, 12, 14):
        raise SystemExit(f"{command[0]} ended with {os.waitstatus_to_exitcode(status)}")
    scale = 2**20 if sys.platform == "darwin" else 2**10
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / scale)


def row(
    shape: str, size: int, target: str, files: list[Path], options: argparse.Namespace, *given: str
) -> Row:
    """Measure ``target``, a file or a folder that holds ``files``, with the options ``given``."""
    ours = measure([*shlex.split(options.ours), "check", "--fail-on", "never", *given, target])
    parse = measure([sys.executable, "-c", PARSE], "\n".join(map(str, files)))
    small = len(files) <= 100 and sum(path.stat().st_size for path in files) < 200_000
    theirs = (
        measure([*shlex.split(options.theirs), "--", *map(str, files)]) if options.theirs and small else None
    )
    return Row(shape, size, ours, parse, theirs)


def rows(options: argparse.Namespace) -> list[Row]:
    """Generate and measure everything."""
    found: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        cached: list[Row] = []
        for templates in (10, 100) if options.quick else (100, 1_000, 10_000):
            folder = Path(name) / f"repository{templates}"
            files = list(repository(folder, templates))
            found.append(row("repository", templates, str(folder), files, options))
            again = ("--cache-dir", f"{folder}-cache")
            row("filling", templates, str(folder), files, options, *again)
            cached.append(row("repository, cached", templates, str(folder), files, options, *again))
        found += cached
        for shape, sizes in (QUICK if options.quick else SIZES).items():
            for size in sizes:
                path = Path(name) / f"{shape}{size}.yaml"
                path.write_text(SHAPES[shape](size), encoding="utf-8")
                found.append(row(shape, size, str(path), [path], options))
    return found


def table(found: list[Row]) -> str:
    """The measurements as a Markdown table; growth is against the row above of the same shape."""
    lines = [
        "| Input | Size | CPU ÷ parsing alone | Size × | CPU × | Peak memory | CPU ÷ cfn-lint |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    before: Row | None = None
    for one in found:
        same = before is not None and before.shape == one.shape
        size = f"{one.size / before.size:.0f}" if same and before else ""
        growth = f"{one.ours.cpu / before.ours.cpu:.1f}" if same and before else ""
        theirs = f"{one.ours.cpu / one.theirs.cpu:.3f}" if one.theirs else ""
        lines.append(
            f"| {one.shape} | {one.size:,} | {one.ours.cpu / one.parse.cpu:.1f} | {size} | {growth} "
            f"| {one.ours.memory:.0f} MiB | {theirs} |"
        )
        before = one
    return "\n".join(lines)


PAGE = """# Performance

Written by `python benchmarks/run.py --markdown docs/performance.md`: whole processes, start-up included.
Seconds differ from machine to machine; ratios hardly do. *Parsing alone* is PyYAML's C composer over the same files
in a process of its own: what any reader spends at least. *Size ×* and *CPU ×* compare a row with the one above:
work that grows with the input shows the same factor in both.

{table}

* **repository**: so many small templates in folders. **repository, cached**: the same again, unchanged, with the
  `--cache-dir` of a run before. **sparse**: pairs of a queue and its reader, no loop.
* **hub**: one event bus with so many rules; some of their functions put events back.
* **dense**: so many functions, each an administrator that may write to all queues.
* **ring**: so many functions, each writing to the next one's queue: one loop.
* **complete**: so many functions, each allowed to write to every other queue: more loops than anybody can list. The
  first 100 are listed and a note says so.
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="small sizes only")
    parser.add_argument("--ours", default="recursion-lint")
    parser.add_argument("--theirs", default="", help="also measure this linter on the small inputs")
    parser.add_argument("--markdown", type=Path, help="write the results to this page")
    options = parser.parse_args()
    found = rows(options)
    print(table(found))
    if options.markdown is not None:
        options.markdown.write_text(PAGE.format(table=table(found)), encoding="utf-8")


if __name__ == "__main__":
    main()
