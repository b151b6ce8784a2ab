"""The line that says how far a long run is."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from recursion_lint.cli.main import main
from recursion_lint.cli.progress import Bar
from recursion_lint.run.lint import lint

TEMPLATE = "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        return self.now


def test_nothing_in_the_first_second_then_a_line_now_and_then_and_none_at_the_end() -> None:
    stream, clock = Terminal(), Clock()
    bar = Bar(stream, clock)
    for now, done in ((50.9, 1), (51.0, 5), (51.05, 6), (51.2, 10)):
        clock.now = now
        bar(done, 10)
    half, full = (
        f"\rReading [{'#' * part}{'.' * (30 - part)}] {done}/10 files" for part, done in ((15, 5), (30, 10))
    )
    assert stream.getvalue() == half + full
    bar.clear()
    bar.clear()
    assert stream.getvalue() == half + full + "\r" + " " * (len(full) - 1) + "\r"


def test_a_short_run_leaves_no_trace() -> None:
    stream = Terminal()
    bar = Bar(stream, Clock())
    bar(1, 2)
    bar.clear()
    assert stream.getvalue() == ""


def test_a_closed_stream_does_not_end_the_run() -> None:
    stream, clock = Terminal(), Clock()
    bar = Bar(stream, clock)
    stream.close()
    clock.now += 5
    bar(1, 2)
    bar(2, 2)
    bar.clear()


def test_it_is_told_of_every_file(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml", "c.json"):
        (tmp_path / name).write_text(TEMPLATE if name != "c.json" else "[]")
    told: list[tuple[int, int]] = []
    lint([str(tmp_path)], progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize(
    ("terminal", "kind", "shown"),
    [(Terminal(), "xterm", True), (Terminal(), "dumb", False), (io.StringIO(), "xterm", False)],
)
def test_only_on_a_terminal(
    terminal: io.StringIO, kind: str, shown: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.yaml").write_text(TEMPLATE)
    monkeypatch.setattr("recursion_lint.cli.progress.PATIENCE", 0)
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", kind)
    monkeypatch.chdir(tmp_path)
    assert main(["check"]) == 0
    text = terminal.getvalue()
    assert ("1/1 files" in text) is shown
    assert text.endswith("\r") is shown
