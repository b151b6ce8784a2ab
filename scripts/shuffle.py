#!/usr/bin/env python3
"""Write templates in other orders and other notations, and see that their findings stay the same.

    python scripts/shuffle.py --count 1000 --seed 7           a thousand cases; it draws a seed if none is given
    python scripts/shuffle.py --seed 7 --from 123 --count 1   one case again
    python scripts/shuffle.py --corpus FOLDER...              templates of these folders too, which are only read

A case is one to four templates: fixtures, and those of the folders. They are linted as they are; then in another
order of files, resources and keys, each in its own notation (tests/notations.py): flow, JSON, anchors, comments, or
line ends. Rule, severity, fingerprint and members of each finding must be equal. What differs lies in ``--output``.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from notations import Notation, Unfit, read, shuffled, written  # noqa: E402

from recursion_lint.config import Config  # noqa: E402
from recursion_lint.model.findings import Finding  # noqa: E402
from recursion_lint.run.discovery import shortest  # noqa: E402
from recursion_lint.run.lint import found_in  # noqa: E402
from recursion_lint.template.template import looks_like_template  # noqa: E402

SUFFIXES = (".yaml", ".yml", ".json", ".template")
MOST_LETTERS = 60_000
ACCEPTING = "recursion-lint: ignore"
"""Comments are not kept, so templates with suppressions are left out."""

Case = dict[str, str]
"""Texts by the paths that they stand for, in the order in which the files are given."""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=500, help="how many cases (default 500)")
    parser.add_argument("--seed", type=int, help="the seed of the cases")
    parser.add_argument("--from", type=int, default=0, dest="first", help="the number of the first case")
    parser.add_argument("--corpus", type=Path, nargs="*", default=[], help="folders of further templates")
    parser.add_argument("--output", type=Path, default=Path("shuffle"), help="where differing cases go")
    return parser.parse_args()


def templates(folders: Sequence[Path]) -> list[Path]:
    """The templates below some folders that are small enough, and hold nothing that lies in comments."""
    found = []
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix in SUFFIXES and path.is_file() and path.stat().st_size < MOST_LETTERS:
                text = path.read_text(encoding="utf-8", errors="replace")
                if looks_like_template(text) and ACCEPTING not in text and "\ufffd" not in text:
                    found.append(path)
    return found


def name_of(path: Path) -> str:
    """How a run names a file: texts stand in place of files by these names."""
    return shortest(str(path))


class Cases:
    """Draws the cases of a seed, each by its number alone."""

    def __init__(self, pool: Sequence[Path], seed: int) -> None:
        self._pool = pool
        self._seed = seed
        self._beside: dict[Path, list[Path]] = {}
        for path in pool:
            self._beside.setdefault(path.parent, []).append(path)

    def case(self, number: int) -> tuple[list[Path], random.Random]:
        """The files of a case, and what its changes are drawn by."""
        rng = random.Random(f"{self._seed}/{number}")  # noqa: S311
        first = rng.choice(self._pool)
        near = self._beside[first.parent]
        others = rng.sample(near, min(len(near), rng.choice((1, 1, 2, 3))))
        others += rng.sample(self._pool, rng.choice((0, 0, 1)))
        return list(dict.fromkeys((first, *others)))[:4], rng


@lru_cache(maxsize=2000)
def value_of(path: Path) -> object:
    """What a template says, or why it cannot be written anew."""
    try:
        return read(path.read_text(encoding="utf-8-sig"))
    except Unfit as unfit:
        return unfit


def changed(paths: Sequence[Path], rng: random.Random) -> tuple[Case, bool]:
    """The files in another order, each in another order and notation; and have some anchors? Raises ``Unfit``."""
    found: Case = {}
    shared = False
    for path in rng.sample(paths, len(paths)):
        value = value_of(path)
        if isinstance(value, Unfit):
            raise value
        how = Notation.draw(rng)
        shared = shared or bool(how.anchors and not how.json)
        found[name_of(path)] = written(shuffled(value, rng), how, rng)  # type: ignore[arg-type]
    return found, shared


def _loops(finding: Finding) -> Iterator[object]:
    """All loops of a finding, by the names of what they pass."""
    yield finding.rule, frozenset(node.resource for node in finding.cycle)
    yield from ((finding.rule, frozenset(one)) for one in finding.members)


def _told(finding: Finding) -> object:
    """Rule, severity, confidence, fingerprint and members."""
    members = frozenset((node.file, node.resource) for node in finding.cycle)
    also = frozenset(map(frozenset, finding.members))
    return finding.rule, finding.severity, finding.confidence, finding.fingerprint, members, also


def linted(case: Mapping[str, str], shared: bool) -> Counter[object]:
    """What must stay of a run on some texts in place of files.

    A statement that an anchor puts in several places is one cause of several loops: with ``shared`` ones these stay,
    but which finding tells them is left open.
    """
    found = found_in(list(case), Config(), None, case)
    # A report tells copies that say the same, line for line, as one: in other notations they are none.
    if shared:
        return Counter({loop for one in found.accepted.findings for loop in _loops(one)})
    return Counter(map(_told, found.accepted.findings)) + Counter(one.file for one in found.intake.problems)


def attempts(asked: argparse.Namespace, seed: int) -> Iterator[tuple[int, Case, Case, bool]]:
    """The cases that can be written anew: as they are, and changed."""
    cases = Cases(templates([ROOT / "fixtures", *asked.corpus]), seed)
    number, done = asked.first, 0
    while done < asked.count:
        paths, rng = cases.case(number)
        try:
            other, shared = changed(paths, rng)
        except Unfit:
            number += 1
            continue
        yield number, {name_of(path): path.read_text(encoding="utf-8-sig") for path in paths}, other, shared
        number, done = number + 1, done + 1


def keep(folder: Path, number: int, before: Case, after: Case, differ: str) -> None:
    """Store a case whose findings differ."""
    for name, case in (("before", before), ("after", after)):
        for at, (path, text) in enumerate(case.items()):
            place = folder / str(number) / name / f"{at}-{os.path.basename(path)}"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(text.encode("utf-8"))
    (folder / str(number) / "differ.txt").write_text(differ, encoding="utf-8")


def main() -> int:
    asked = arguments()
    seed = asked.seed if asked.seed is not None else random.SystemRandom().randrange(10**9)
    print(f"seed {seed}", flush=True)
    started, wrong, findings, done = time.monotonic(), 0, 0, 0
    for number, before, after, shared in attempts(asked, seed):
        old, new = linted(before, shared), linted(after, shared)
        done, findings = done + 1, findings + sum(old.values())
        if old != new:
            wrong += 1
            differ = f"{list(before)}\n" + "".join(f"- {one}\n" for one in (old - new).elements())
            differ += "".join(f"+ {one}\n" for one in (new - old).elements())
            keep(asked.output, number, before, after, differ)
            print(f"case {number} differs: {', '.join(map(os.path.basename, before))}", flush=True)
    print(f"{done} cases, {findings} findings, {wrong} differ, {time.monotonic() - started:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
