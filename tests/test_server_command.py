"""What the command `server` and its plain parts do, with the extra or without it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from recursion_lint.model.findings import Span
from recursion_lint.server.options import Options
from recursion_lint.server.positions import Lines, Position, Shift
from recursion_lint.server.worker import Worker

ROOT = Path(__file__).resolve().parent.parent


def said(code: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, input="", check=False)


@pytest.mark.parametrize("missing", ["pygls", "lsprotocol"])
def test_without_the_extra_there_is_a_sentence(missing: str) -> None:
    done = said(
        f"import sys; sys.modules[{missing!r}] = None\n"
        "from recursion_lint.cli.main import main; sys.exit(main(['server']))"
    )
    assert done.returncode == 2
    assert (
        "which is not installed: install the extra `server` (pip install 'recursion-lint[server]', or '.[server]' in a clone)"
        in done.stderr
    )
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_nothing_else_reaches_the_stream_of_the_protocol() -> None:
    done = said(
        "import os, sys\n"
        "from recursion_lint.cli.console import streams_of_protocol\n"
        "with streams_of_protocol() as (stdin, stdout):\n"
        "    print('printed', flush=True); os.system('echo by a child'); stdout.write(b'told'); stdout.flush()\n"
    )
    assert done.stdout == "told"
    assert sorted(done.stderr.split("\n")) == ["", "by a child", "printed"]


def test_only_the_server_imports_the_library() -> None:
    files = [*(ROOT / "recursion_lint").rglob("*.py"), *(ROOT / "rules").glob("*.py")]
    importing = {
        file.parent.name
        for file in files
        if any(
            line.lstrip().startswith(("import pygls", "from pygls", "import lsprotocol", "from lsprotocol"))
            for line in file.read_text(encoding="utf-8").splitlines()
        )
    }
    assert importing == {"server"}


@pytest.mark.parametrize(("encoding", "start", "end"), [("utf-16", 4, 7), ("utf-8", 6, 9), ("utf-32", 3, 6)])
def test_letters_are_counted_in_code_units(encoding: str, start: int, end: int) -> None:
    lines = Lines("a: b\n🚀: Job\n", encoding)
    assert lines.first_line_of(Span("t.yaml", 2, 4, 2, 7)) == (Position(1, start), Position(1, end))


def test_yaml_has_more_ends_of_lines_than_an_editor() -> None:
    text = "a: 1\r\nb: x\u2028c: 2\rd: 3\n"
    assert Lines(text).first_line_of(Span("t.yaml", 3, 1, 3, 2)) == (Position(1, 5), Position(1, 6))
    assert Lines(text).first_line_of(Span("t.yaml", 4, 1, 4, 2)) == (Position(2, 0), Position(2, 1))
    assert Lines(text, yaml=False).first_line_of(Span("a.py", 3, 1, 3, 2)) == (Position(2, 0), Position(2, 1))


@pytest.mark.parametrize(
    ("span", "end"),
    [
        (Span("t", 1, 1, 3, 1), Position(0, 4)),
        (Span("t", 1, 3, 1, 3), Position(0, 4)),
        (Span("t", 9, 9, 9, 9), Position(2, 0)),
        (Span("t", 0, 0, 0, 0), Position(0, 4)),
    ],
)
def test_a_span_ends_on_its_first_line_and_in_the_text(span: Span, end: Position) -> None:
    assert Lines("a: 1\nb: 2\n").first_line_of(span)[1] == end


def test_a_whole_line_is_without_its_indentation() -> None:
    assert Lines("a:\n  b: {\r\n").whole_line(2) == (Position(1, 2), Position(1, 6))
    assert Lines("").whole_line(7) == (Position(0, 0), Position(0, 0))


def test_lines_before_and_after_a_change_are_found_again() -> None:
    shift = Shift("a\nb\nc\nd\n", "a\nx\ny\nc\nd\n")
    assert [shift.line(at) for at in range(5)] == [0, None, 3, 4, 5]
    assert [Shift("a\nb", "a\nb").line(at) for at in range(2)] == [0, 1]
    assert [Shift("a\na\n", "a\n").line(at) for at in range(3)] == [0, None, 1]


def test_options_are_taken_and_refused() -> None:
    assert Options().updated({"scan": True, "debounce": 250, "yaml": {}}) == (Options(True, 0.25), [])
    found, complaints = Options(True).updated({"scan": 1, "debounce": -1})
    assert found == Options(True)
    assert len(complaints) == 2
    assert Options().updated(None) == (Options(), [])


def test_a_worker_runs_once_for_many_changes_and_answers_in_turn() -> None:
    runs: list[int] = []
    worker = Worker(lambda: runs.append(1), wait=5.0)
    worker.begin()
    for _ in range(10):
        worker.changed()
    assert worker.superseded
    assert worker.ask(lambda: len(runs)).result(30) == 1
    with pytest.raises(ZeroDivisionError):
        worker.ask(lambda: 1 // 0).result(30)
    assert worker.ask(lambda: len(runs)).result(30) == 1
    worker.stop()
    worker.join(30)
    assert not worker.is_alive()
