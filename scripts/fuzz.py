#!/usr/bin/env python3
"""Run mutated templates through every door of the program, and keep the smallest input that breaks a promise.

    python scripts/fuzz.py --minutes 30 --seed 7              look for that long; it draws a seed if none is given
    python scripts/fuzz.py --seed 7 --from 1234 --count 1     one mutant again
    python scripts/fuzz.py --check FILE...                    the promises, for files as they are

Mutants are of the fixtures, and of the public templates where they lie beside the checkout (``--fixtures`` leaves them
out). tests/promises.py says what must hold. What breaks it is made smaller, and lies in ``--output`` with the reason
beside it; ``last`` there names the mutant that was tried when a crash took the process along.
"""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from doors import HANG  # noqa: E402
from mutants import Breeder, Mutant, corpus, fixtures  # noqa: E402
from promises import Broken, Room  # noqa: E402
from smaller import smaller  # noqa: E402

MEMORY = 4 << 30
SLOW = 2.0
"""Seconds of work for one check after which it is worth a look."""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=5.0, help="how long to look (default 5)")
    parser.add_argument("--seed", type=int, help="the seed of the mutants")
    parser.add_argument("--from", type=int, default=0, dest="first", help="the number of the first mutant")
    parser.add_argument("--count", type=int, help="how many mutants at most")
    parser.add_argument(
        "--output", type=Path, default=Path("fuzz"), help="where failing inputs go (default fuzz/)"
    )
    parser.add_argument("--fixtures", action="store_true", help="mutate the fixtures only")
    parser.add_argument("--keep-size", action="store_true", help="keep failing inputs as they are")
    parser.add_argument("--check", nargs="+", type=Path, metavar="FILE", help="check these files as they are")
    return parser.parse_args()


def mutants(asked: argparse.Namespace) -> Iterator[tuple[int, Mutant]]:
    """What to try, numbered."""
    if asked.check:
        yield from enumerate(
            Mutant(path.name, path.read_bytes(), None, False, (str(path),)) for path in asked.check
        )
        return
    public = [] if asked.fixtures else corpus()
    # A fixture is as likely as a public template: those are many, and few of them hold a loop.
    seeds = fixtures() * max(1, len(public) // len(fixtures())) + public
    seed = asked.seed if asked.seed is not None else random.SystemRandom().randrange(10**6)
    print(f"seed {seed}, {len(set(seeds))} templates", flush=True)
    breeder = Breeder(seeds, seed)
    number, end = asked.first, time.monotonic() + asked.minutes * 60
    while time.monotonic() < end and (asked.count is None or number < asked.first + asked.count):
        yield number, breeder.mutant(number)
        number += 1


def store(
    output: Path, name: str, mutant: Mutant, broken: Broken, room: Room, asked: argparse.Namespace
) -> None:
    """The failing input, as small as it gets, with what happened beside it."""
    kept = mutant if asked.keep_size else smaller(mutant, broken.key, room)
    folder = output / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / mutant.name).write_bytes(kept.data)
    last = room.broken(kept) or broken
    told = "\n".join((last.key, "", *mutant.story, "", last.detail, ""))
    (folder / "reason.txt").write_text(told, encoding="utf-8", errors="backslashreplace")
    print(f"  {folder / mutant.name}: {len(kept.data):,} of {len(mutant.data):,} bytes", flush=True)


def limit_memory() -> None:
    """A run that asks for ever more memory ends itself, and not its neighbours."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


class Run:
    """Tries one mutant after the other, and counts."""

    def __init__(self, room: Room, output: Path, asked: argparse.Namespace) -> None:
        self.room, self.output, self.asked = room, output, asked
        self.found: Counter[str] = Counter()
        self.tried, self.slow, self.slowest = 0, 0, 0.0

    def attempt(self, number: int, mutant: Mutant) -> None:
        """One mutant; a crash or a hang that no alarm ends leaves its name behind."""
        (self.output / "last").write_text("\n".join(mutant.story), encoding="utf-8")
        faulthandler.dump_traceback_later(30 * HANG, exit=True)
        broken = self.room.broken(mutant)
        faulthandler.cancel_dump_traceback_later()
        self.tried += 1
        self.slowest = max(self.slowest, self.room.taken)
        if self.room.taken > SLOW:
            self.slow += 1
            print(f"{number}: {self.room.taken:.1f} s for a check of {', '.join(mutant.story)}", flush=True)
        if broken is None:
            return
        self.found[broken.key] += 1
        if self.found[broken.key] == 1:
            print(f"{number}: {broken.key}", flush=True)
            store(self.output, f"{len(self.found):02}", mutant, broken, self.room, self.asked)

    def tell(self, minutes: float) -> None:
        kinds = len(self.found)
        print(
            f"{self.tried} mutants in {minutes:.1f} minutes, {kinds} kinds of broken promises, {self.slow} slow"
        )
        print(", ".join(f"{count} {kind}" for kind, count in sorted(self.room.seen.items())))
        print(f"slowest check: {self.slowest:.2f} s of work")
        for key, count in self.found.most_common():
            print(f"  {count:5}  {key}")


def main() -> int:
    asked = arguments()
    output = asked.output.resolve()
    output.mkdir(parents=True, exist_ok=True)
    faulthandler.enable()
    limit_memory()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        room = Room(Path(os.path.realpath(folder)))
        run = Run(room, output, asked)
        with contextlib.suppress(KeyboardInterrupt):
            for number, mutant in mutants(asked):
                run.attempt(number, mutant)
        room.twin.stop()
    (output / "last").unlink(missing_ok=True)
    run.tell((time.monotonic() - started) / 60)
    return 1 if run.found else 0


if __name__ == "__main__":
    sys.exit(main())
