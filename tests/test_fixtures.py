"""Each case in `fixtures/`: its report is kept beside it, and its near miss does not fire.

`UPDATE_GOLDENS=1 pytest tests/test_fixtures.py` writes the reports anew; read the diff before you commit it.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from recursion_lint.model.findings import SEVERITIES
from recursion_lint.model.report import Report
from recursion_lint.report import render
from recursion_lint.run.lint import lint

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "fixtures"
SUFFIXES = (".yaml", ".yml", ".json", ".template")
MOST_CHANGES = 12
"""Changed lines between a template and its near miss: one property, not another template."""


def files(stem: str) -> Iterator[Path]:
    for file in sorted(FIXTURES.glob(f"*/*/{stem}.*")):
        if file.suffix in SUFFIXES:
            yield file.relative_to(ROOT)


TEMPLATES = [file for file in files("template") if file.parts[1] != "traps"]
TRAPS = [file for file in files("template") if file.parts[1] == "traps"]
NEAR_MISSES = list(files("near-miss"))


@cache
def checked(file: Path) -> Report:
    """The report of a file, from the root of the repository."""
    return lint([file.as_posix()])._replace(elapsed=0.0)


def worst(file: Path, rule: str | None = None) -> int:
    """The rank of the worst finding (of a rule): 0 is an error, 3 none."""
    found = [SEVERITIES.index(one.severity) for one in checked(file).findings if rule in (None, one.rule)]
    return min(found, default=len(SEVERITIES))


def twin(file: Path) -> Path:
    return next(one for one in TEMPLATES if one.parent == file.parent)


def named(file: Path) -> str:
    return file.relative_to("fixtures").as_posix()


@pytest.fixture(autouse=True)
def at_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def test_there_are_cases() -> None:
    assert len(TEMPLATES) > 20
    assert len(NEAR_MISSES) > 20
    assert len(TRAPS) > 10


@pytest.mark.parametrize("file", [*TEMPLATES, *NEAR_MISSES, *TRAPS], ids=named)
def test_report(file: Path, golden: Callable[[str, str], None]) -> None:
    report = checked(file)
    assert not report.problems
    golden(str(ROOT / file.with_suffix(".txt")), render(report, "text"))


@pytest.mark.parametrize("file", TEMPLATES, ids=named)
def test_case_fires_the_rule_of_its_folder(file: Path) -> None:
    assert file.parts[1] in {finding.rule for finding in checked(file).findings}


@pytest.mark.parametrize("file", NEAR_MISSES, ids=named)
def test_near_miss_does_not_fire(file: Path) -> None:
    rule = file.parts[1]
    assert worst(file, rule) > worst(twin(file), rule)


@pytest.mark.parametrize("file", NEAR_MISSES, ids=named)
def test_near_miss_differs_little(file: Path) -> None:
    before, after = (one.read_text(encoding="utf-8").splitlines() for one in (twin(file), file))
    changed = [line for line in difflib.ndiff(before, after) if line[0] in "+-"]
    assert 0 < len(changed) <= MOST_CHANGES


@pytest.mark.parametrize("file", TRAPS, ids=named)
def test_trap_is_not_fallen_into(file: Path) -> None:
    """Nothing above the level that the case's `level` file names; without one nothing at all."""
    level = file.parent / "level"
    allowed = SEVERITIES.index(level.read_text().strip()) if level.exists() else len(SEVERITIES)
    assert worst(file) >= allowed
