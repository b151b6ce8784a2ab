"""The action's own step, run as the runner does it: what it prints, what it writes, how it ends."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
LOOP = ROOT / "fixtures/sqs-loop/wrong-variable/template.yaml"

pytestmark = [
    pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed"),
    pytest.mark.skipif(
        subprocess.run([sys.executable, "-I", "-c", "import recursion_lint"], capture_output=True).returncode
        != 0,
        reason="the package is not installed",
    ),
]


class Step(NamedTuple):
    status: int
    out: str
    summary: str


def step(folder: Path, **inputs: str) -> Step:
    """Run the check as it stands in action.yml in ``folder``."""
    action = (ROOT / "action.yml").read_text()
    (script,) = re.findall(r"(?ms)^    - name: Check.*?      run: \|\n(.*?)^    - name", action)
    temp = folder.parent / "temp"
    python = temp / "recursion-lint" / "bin" / "python"
    python.parent.mkdir(parents=True, exist_ok=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    summary = temp / "summary.md"
    summary.unlink(missing_ok=True)
    known = {
        "PATHS": ".",
        "FORMAT": "github",
        "FAIL_ON": "",
        "CONFIG": "",
        "UPLOAD": "false",
        "SUMMARY": "true",
    }
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GIT")},
        **known,
        "CHANGED_SINCE": "",
        "RUNNER_TEMP": str(temp),
        "GITHUB_STEP_SUMMARY": str(summary),
        "GITHUB_OUTPUT": str(temp / "output"),
        **inputs,
    }
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    return Step(done.returncode, done.stdout, summary.read_text(encoding="utf-8") if summary.exists() else "")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "checkout"
    folder.mkdir()
    shutil.copy(LOOP, folder / "template.yaml")
    for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "first"]):
        own = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
        subprocess.run(["git", *own, *words], cwd=folder, check=True)
    return folder


def test_annotations_and_a_summary(checkout: Path) -> None:
    done = step(checkout)
    assert done.status == 1
    assert done.out.startswith("::error file=template.yaml,line=25")
    assert done.summary.startswith("## recursion-lint: 1 error\n")
    assert step(checkout, SUMMARY="false").summary == ""
    assert step(checkout, FAIL_ON="never").status == 0


def test_only_what_has_changed(checkout: Path) -> None:
    done = step(checkout, CHANGED_SINCE="main")
    assert (done.status, "in files that have not changed" in done.summary) == (0, True)
    with open(checkout / "template.yaml", "a") as stream:
        stream.write("# changed\n")
    assert step(checkout, CHANGED_SINCE="main").status == 1
    assert step(checkout, CHANGED_SINCE="--output=x").status == 2
    assert not (checkout / "x").exists()


def test_inputs_run_no_commands(checkout: Path) -> None:
    for name in ("PATHS", "FORMAT", "FAIL_ON", "CONFIG", "CHANGED_SINCE", "SUMMARY", "UPLOAD"):
        step(checkout, **{name: "$(touch ran) `touch ran`; touch ran"})
        assert not (checkout / "ran").exists(), name
