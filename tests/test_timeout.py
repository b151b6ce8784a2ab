"""``--timeout``: after it the run says what it did not look at, and ``strict`` makes a failure of that."""

from __future__ import annotations

from pathlib import Path

import pytest

from recursion_lint.cli.check import EXIT_FAILED, checked
from recursion_lint.config import Config
from recursion_lint.run.lint import lint

QUEUE = "Resources:\n  Jobs:\n    Type: AWS::SQS::Queue\n"


@pytest.fixture
def three(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in "abc":
        (tmp_path / f"{name}.yaml").write_text(QUEUE)
    return tmp_path


def test_what_was_not_read_is_said(three: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert checked((".",), {"timeout": 1e-9}) == 0
    told = "warning: the 1e-09 seconds of --timeout were over: b.yaml and 1 more files were not read\n"
    assert capsys.readouterr().err == told


def test_what_was_read_before_counts(three: Path) -> None:
    report = lint(["."], Config(timeout=1e-9))
    assert (report.summary.templates, bool(report.unfinished)) == (1, True)


def test_without_it_and_within_it_all_is_read(three: Path) -> None:
    for config in (Config(), Config(timeout=600.0)):
        report = lint(["."], config)
        assert (report.summary.templates, report.unfinished) == (3, "")


def test_strict_makes_a_failure_of_it(three: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recursion_lint.cli.check.asked", lambda given: Config(timeout=1e-9, strict=True))
    assert checked((".",), {}) == EXIT_FAILED
