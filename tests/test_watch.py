"""``check --watch`` on a real terminal: a report after each change, an empty screen before it, Ctrl-C as its end."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from recursion_lint.cli.watch import MOST_FILES, look

pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")

ROOT = Path(__file__).resolve().parent.parent
LOOP = (ROOT / "fixtures/sqs-loop/wrong-variable/template.yaml").read_text(encoding="utf-8")
CLEAN = "Resources: {Jobs: {Type: AWS::SQS::Queue}}\n"
PATIENCE = 60
"""Seconds after which what is waited for counts as never coming: a guard, far above what it takes."""


class Terminal:
    """The command on a terminal of its own, in ``folder``."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.master, slave = pty.openpty()
        env = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "NO_COLOR": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "recursion_lint", "check", "--watch", *words],
            stdin=slave, stdout=slave, stderr=slave, cwd=folder, env=env,
            start_new_session=True, preexec_fn=controlled,
        )  # fmt: skip
        os.close(slave)
        self.text = ""

    def until(self, words: str) -> str:
        """What is printed until ``words`` come, which is taken off."""
        end = time.monotonic() + PATIENCE
        while words not in self.text:
            ready, _, _ = select.select([self.master], [], [], 0.2)
            if ready:
                self.text += os.read(self.master, 65536).decode()
            assert time.monotonic() < end, f"{words!r} never came: {self.text!r}"
            assert self.process.poll() is None or ready, self.text
        before, _, self.text = self.text.partition(words)
        return before

    def interrupt(self) -> int:
        os.write(self.master, b"\x03")
        return self.process.wait(PATIENCE)


def controlled() -> None:
    """Make standard input the terminal that Ctrl-C comes from; who runs tests in the background may ignore it."""
    import fcntl
    import signal
    import termios

    signal.signal(signal.SIGINT, signal.SIG_DFL)
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    (tmp_path / "template.yaml").write_text(CLEAN)
    started = Terminal(tmp_path)
    yield started
    if started.process.poll() is None:
        started.process.kill()
        started.process.wait()
    os.close(started.master)


def test_each_change_is_reported_on_an_empty_screen(terminal: Terminal, tmp_path: Path) -> None:
    first = terminal.until("Ctrl-C ends it.")
    assert first.startswith("\x1b[2J\x1b[H")
    assert "No loops found" in first
    (tmp_path / "template.yaml").write_text(LOOP)
    second = terminal.until("Ctrl-C ends it.")
    assert "\x1b[2J\x1b[H" in second
    assert "error[sqs-loop]" in second
    # Settings count, and one that is wrong ends the run and not the watch.
    (tmp_path / ".recursion-lint.toml").write_text('ignore = ["sqs-loop"]\n')
    assert "No loops found" in terminal.until("Ctrl-C ends it.")
    (tmp_path / ".recursion-lint.toml").write_text("ignore = 1\n")
    assert "error: " in terminal.until("Ctrl-C ends it.")
    (tmp_path / ".recursion-lint.toml").unlink()
    assert "error[sqs-loop]" in terminal.until("Ctrl-C ends it.")
    assert terminal.interrupt() == 130
    assert "Traceback" not in terminal.text


def test_a_report_in_a_file_is_not_a_change(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(LOOP)
    started = Terminal(tmp_path, "--format", "json", "--output", "loops.json", "template.yaml")
    try:
        first = started.until("Ctrl-C ends it.")
        # The file is where to look: the screen stays as it is.
        assert "\x1b[2J" not in first
        written = (tmp_path / "loops.json").stat().st_mtime_ns
        time.sleep(1)
        assert (tmp_path / "loops.json").stat().st_mtime_ns == written
        assert started.interrupt() == 130
    finally:
        if started.process.poll() is None:
            started.process.kill()
            started.process.wait()
        os.close(started.master)


def test_what_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (
        "app/t.yaml",
        "app/src/f.py",
        "app/node_modules/x.js",
        "app/.cache/y",
        "app/out.sarif",
        "b/u.yaml",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "pyproject.toml").touch()
    given = {"output": "app/out.sarif"}

    def seen(*paths: str) -> list[str]:
        return sorted(
            os.path.relpath(file) for file in look(paths, given) if str(tmp_path) in os.path.abspath(file)
        )

    assert seen("app") == ["app/src/f.py", "app/t.yaml", "pyproject.toml"]
    # The code of a template that is named lies beside it.
    assert set(seen("app/t.yaml")) == {"app/src/f.py", "app/t.yaml", "pyproject.toml"}
    assert seen() == ["app/src/f.py", "app/t.yaml", "b/u.yaml", "pyproject.toml"]
    before = look(("app",), given)
    (tmp_path / "app/src/f.py").write_text("x = 1\n")
    assert look(("app",), given) != before
    (tmp_path / "app/src/f.py").unlink()
    assert len(look(("app",), given)) == len(before) - 1


def test_the_files_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert re.fullmatch(r"\d+", str(MOST_FILES))
    monkeypatch.setattr("recursion_lint.cli.watch.MOST_FILES", 2)
    for name in "abcd":
        (tmp_path / name).touch()
    assert len(look((str(tmp_path),), {})) == 2
