"""Templates that nobody would write: mutants of the fixtures (and of public templates, where they are at hand).

A mutant is known by a seed and a number alone: ``Breeder(seeds, seed).mutant(number)`` is the same on every machine.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import node_mutations
import text_mutations
from template_values import Unloadable, dumped, loaded

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "fixtures"
CORPUS = ROOT.parent / "shared" / "corpus" / "templates"
SUFFIXES = (".yaml", ".yml", ".json", ".template")
MAX_SEED = 60_000
"""Larger templates make few mutants a minute, and show nothing that a small one does not."""
KEPT = 200
"""So many seeds are held in memory as values."""


class Seed(NamedTuple):
    """A template to mutate: the file, and what lies beside it that it may name."""

    path: Path
    beside: tuple[Path, ...] = ()


class Mutant(NamedTuple):
    """A mutated template: the name of its file, its bytes, its value, and whether the bytes are that value and no more.

    ``story`` says how it came to be, ``beside`` holds the names and bytes of files to lay next to it.
    """

    name: str
    data: bytes
    value: Any
    whole: bool
    story: tuple[str, ...]
    beside: tuple[tuple[str, bytes], ...] = ()


def fixtures() -> list[Seed]:
    """The templates of the repository, each with the files of its case that it names."""
    found = []
    for path in sorted(FIXTURES.rglob("*")):
        if path.suffix in SUFFIXES and path.is_file():
            text = path.read_text(encoding="utf-8")
            near = (one for one in sorted(path.parent.rglob("*")) if one.name in text and one.is_file())
            found.append(Seed(path, tuple(near)))
    return found


def corpus() -> list[Seed]:
    """The public templates that lie beside the checkout; none where they do not."""
    paths = sorted(CORPUS.rglob("*")) if CORPUS.is_dir() else []
    return [Seed(p) for p in paths if p.suffix in SUFFIXES and p.is_file() and p.stat().st_size <= MAX_SEED]


class Breeder:
    """Makes the mutants of some seeds, in a fixed order."""

    def __init__(self, seeds: Sequence[Seed], seed: int) -> None:
        self.seeds = seeds
        self.seed = seed
        self._value = functools.lru_cache(maxsize=KEPT)(self._load)

    def mutant(self, number: int) -> Mutant:
        """The mutant of that number."""
        rng = random.Random(f"{self.seed}/{number}")
        parent, donor = rng.choice(self.seeds), rng.choice(self.seeds)
        story = [f"seed {self.seed}, number {number}, of {parent.path.name} in {parent.path.parent.name}"]
        folder = parent.path.parent
        beside = {str(path.relative_to(folder)): path.read_bytes() for path in parent.beside}
        other = rng.choice(sorted(parent.beside)) if parent.beside and rng.random() < 0.3 else None
        mutant = self._changed(other or parent.path, self._value(donor.path), rng, story)
        if other is not None:
            beside[str(other.relative_to(folder))] = mutant.data
            mutant = Mutant(parent.path.name, parent.path.read_bytes(), None, False, ())
        return mutant._replace(story=tuple(story), beside=tuple(beside.items()))

    def _changed(self, path: Path, donor: Any, rng: random.Random, story: list[str]) -> Mutant:
        """The file, changed as a text, as a value, or as both."""
        name, data, value, whole = path.name, path.read_bytes(), self._value(path), False
        level = rng.choice(("text", "nodes", "nodes", "both")) if value is not None else "text"
        if level != "text":
            value = node_mutations.mutated(value, donor, rng, story)
            style = rng.choice(("json", "yaml", "short", "flow"))
            name = path.stem + (".json" if style == "json" else ".yaml")
            data, whole = dumped(value, style).encode("utf-8", "surrogatepass"), True
        if level != "nodes":
            data, whole = text_mutations.mutated(data, rng, story), False
        return Mutant(name, data, value, whole, ())

    @staticmethod
    def _load(path: Path) -> Any:
        try:
            return loaded(path.read_bytes())
        except Unloadable:
            return None
