"""How the installed command ends: at once, unless somebody waits for the end of the process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TEMPLATE = "Resources: {Queue: {Type: AWS::SQS::Queue}}\n"
WAITING = {
    "an exit handler": "import atexit; atexit.register(lambda: print('at exit'))",
    "a thread": "import threading, time; threading.Thread(target=lambda: (time.sleep(0.5), print('thread'))).start()",
    "a tracer": "sys.settrace(lambda *event: None)",
    "a profiler": "import cProfile; cProfile.Profile().enable()",
}


def ended(tmp_path: Path, before: str, *words: str) -> subprocess.CompletedProcess[str]:
    """The process of the command after it has run ``before``."""
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    code = (
        f"import sys\n{before}\n"
        f"sys.argv = ['recursion-lint', *{words!r}]\n"
        "from recursion_lint.cli.main import command\n"
        "status = command()\n"
        "print('went on')\n"
        "sys.exit(status)\n"
    )
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False
    )


def test_it_ends_at_once_with_all_said(tmp_path: Path) -> None:
    done = ended(tmp_path, "", "check", "template.yaml")
    assert done.stdout.startswith("No loops found. Checked 1 template: 1 resource")
    assert done.stdout.count("\n") == 1
    assert (done.returncode, done.stderr) == (0, "")


def test_its_status_is_the_one_of_the_run(tmp_path: Path) -> None:
    done = ended(tmp_path, "", "check", "nowhere.yaml")
    assert done.returncode == 3
    assert "nowhere.yaml" in done.stderr + done.stdout
    assert "went on" not in done.stdout


@pytest.mark.parametrize("waiting", WAITING)
def test_who_waits_for_the_end_is_not_passed_by(tmp_path: Path, waiting: str) -> None:
    done = ended(tmp_path, WAITING[waiting], "check", "template.yaml")
    assert done.returncode == 0
    assert "went on\n" in done.stdout
    if waiting in ("an exit handler", "a thread"):
        assert {"at exit", "thread"} & set(done.stdout.splitlines())


def test_what_was_printed_before_is_not_lost(tmp_path: Path) -> None:
    done = ended(
        tmp_path, "sys.stdout.write('first\\n'); sys.stderr.write('told\\n')", "check", "template.yaml"
    )
    assert done.stdout.startswith("first\nNo loops found")
    assert done.stderr == "told\n"
    assert "went on" not in done.stdout


def test_the_installed_command_is_this_one() -> None:
    """A caller within a process gets a status from ``main``, and lives on."""
    settings = (Path(__file__).resolve().parent.parent / "pyproject.toml").read_text(encoding="utf-8")
    assert 'recursion-lint = "recursion_lint.cli.main:command"' in settings
