"""What holds for any input, tried on mutants of the fixtures; ``scripts/fuzz.py`` does so for as long as one likes."""

from __future__ import annotations

import copy
import json
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mutants import Breeder, Mutant, fixtures
from promises import Broken, Room
from smaller import smaller
from template_values import dumped, loaded

import recursion_lint.run.lint
from recursion_lint.report import json_report
from recursion_lint.report.graph import mermaid

SEED = 21
MUTANTS = 100


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    made = Room(Path(os.path.realpath(tmp_path_factory.mktemp("mutants"))))
    yield made
    made.twin.stop()


@pytest.mark.parametrize("part", range(4))
def test_mutants_keep_every_promise(room: Room, part: int) -> None:
    breeder = Breeder(fixtures(), SEED)
    for number in range(part, MUTANTS, 4):
        mutant = breeder.mutant(number)
        broken = room.broken(mutant)
        assert broken is None, (broken.key, mutant.story, broken.detail, mutant.data)


def test_the_mutants_were_of_every_kind(room: Room) -> None:
    if sum(room.seen.values()) < MUTANTS:
        pytest.skip("the mutants were not tried in this run")
    assert min(room.seen[kind] for kind in ("unreadable", "clean", "findings", "fixed")) > MUTANTS // 50, (
        room.seen
    )


def test_a_mutant_is_known_by_its_seed_and_number() -> None:
    seeds = fixtures()
    one, other = Breeder(seeds, 1), Breeder(seeds, 1)
    for number in random.Random(1).sample(range(1000), 20):
        assert one.mutant(number) == other.mutant(number)
    assert one.mutant(3) != Breeder(seeds, 2).mutant(3)


def test_values_are_read_as_they_were_written() -> None:
    values = [value for seed in fixtures()[::4] if (value := Breeder._load(seed.path)) is not None]
    assert len(values) > 40
    for value in values:
        for style in ("json", "yaml", "flow", "short"):
            assert loaded(dumped(value, style).encode()) == value, style


LOOP = Mutant(
    "t.yaml",
    (Path(__file__).parents[1] / "fixtures/sqs-loop/mapping/template.yaml").read_bytes(),
    None,
    False,
    (),
)


def broken(room: Room) -> Broken:
    found = room.broken(LOOP)
    assert found is not None
    return found


def test_the_promises_are_kept_as_it_is(room: Room) -> None:
    assert room.broken(LOOP) is None


def test_an_exception_is_told_with_its_place(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mermaid, "draw", lambda scene: 1 / 0)
    assert broken(room).key == "raises nothing: ZeroDivisionError in report/graph/__init__.py:drawn"


def test_a_report_against_the_schema_is_told(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = json_report._finding
    monkeypatch.setattr(json_report, "_finding", lambda finding: whole(finding) | {"line": 0})
    assert broken(room).promise == "the JSON report holds to its schema"


def test_a_span_outside_the_file_is_told(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = json_report._finding
    monkeypatch.setattr(json_report, "_finding", lambda finding: whole(finding) | {"end_column": 500})
    assert broken(room).promise == "spans lie inside the file"


def test_another_answer_in_another_process_is_told(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = json_report._finding
    monkeypatch.setattr(json_report, "_finding", lambda finding: whole(finding) | {"message": "another"})
    assert broken(room).promise == "two runs say the same"


def test_a_file_written_or_read_elsewhere_is_told(
    room: Room, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    whole = recursion_lint.run.lint.found_in
    for mode, where in (("w", tmp_path), ("w", Path()), ("r", tmp_path)):
        (tmp_path / "note").write_text("x")

        def writes(*args: Any, path: Path = where / "note", mode: str = mode) -> Any:
            with open(path, mode):
                return whole(*args)

        monkeypatch.setattr(recursion_lint.run.lint, "found_in", writes)
        inside = mode == "w" and where == Path()
        expected = "check and graph write nothing" if inside else "opens nothing outside the folder"
        assert broken(room).promise == expected


def test_a_fix_that_never_settles_is_told(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    from recursion_lint.remedies.apply import Plan

    def write(self: Plan) -> None:
        with open("t.yaml", "a") as stream:
            stream.write("# again\n")

    monkeypatch.setattr(Plan, "write", write)
    assert broken(room).promise == "fixing again changes nothing"


def test_what_fails_is_made_smaller(room: Room) -> None:
    value = json.loads(dumped(loaded(LOOP.data), "json"))
    value = copy.deepcopy(value) | {
        "Outputs": {str(at): {"Value": "x"} for at in range(20)},
        "Marked": [1, {"here": "x"}],
    }
    mutant = Mutant("t.json", dumped(value, "json").encode(), value, True, ())

    class Suspicious(Room):
        def broken(self, mutant: Mutant) -> Broken | None:
            return Broken("no marks", "") if b"here" in mutant.data else None

    room.__class__ = Suspicious
    try:
        kept = smaller(mutant, "no marks", room)
    finally:
        room.__class__ = Room
    assert b"here" in kept.data
    assert len(kept.data) < 60
