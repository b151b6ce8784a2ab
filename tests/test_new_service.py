"""The skeleton of a service works as it is written: its loop is found, its near miss is none."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = str(ROOT / "scripts" / "new_service.py")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name in ("recursion_lint", "rules"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "fixtures" / "other-loop").mkdir(parents=True)
    return tmp_path


def new_service(checkout: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, SCRIPT, "--root", str(checkout), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def findings(checkout: Path, template: str) -> list[tuple[str, str]]:
    command = [sys.executable, "-m", "recursion_lint", "check", "--format", "json", "--exit-zero", template]
    env = {**os.environ, "PYTHONPATH": str(checkout)}
    done = subprocess.run(command, capture_output=True, text=True, cwd=checkout, env=env, check=True)
    return [(one["rule"], one["severity"]) for one in json.loads(done.stdout)["findings"]]


@pytest.mark.parametrize(
    ("words", "rule", "severity"),
    [
        (("carousel", "AWS::Carousel::Belt", "PutParcel"), "other-loop", "warning"),
        (("--runs", "carousel", "AWS::Carousel::Robot", "StartRobot"), "s3-loop", "warning"),
        (("carousel", "AWS::Carousel::Scale"), "s3-loop", "error"),
    ],
)
def test_the_skeleton_finds_its_loop(
    checkout: Path, words: tuple[str, ...], rule: str, severity: str
) -> None:
    done = new_service(checkout, *words)
    assert (done.returncode, done.stderr) == (0, "")
    assert findings(checkout, f"fixtures/{rule}/carousel/template.yaml") == [(rule, severity)]
    assert findings(checkout, f"fixtures/{rule}/carousel/near-miss.yaml") == []


@pytest.mark.parametrize("more", [("PutParcel",), ("PutParcel", "--runs"), ()])
def test_the_skeleton_is_in_our_style(checkout: Path, more: tuple[str, ...]) -> None:
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent))
    if ruff is None:
        pytest.skip("ruff is not installed")
    new_service(checkout, "carousel", "AWS::CarouselForParcels::ConveyorBelt", *more)
    for command in (("check",), ("format", "--check")):
        subprocess.run([ruff, *command, "recursion_lint/services/"], cwd=checkout, check=True)


def test_nothing_is_overwritten(checkout: Path) -> None:
    done = new_service(checkout, "sqs", "AWS::SQS::Queue", "SendMessage")
    assert (done.returncode, done.stderr) == (2, "sqs is there already\n")


@pytest.mark.parametrize(
    "words",
    [
        ("../x", "AWS::A::B", "Put"),
        ("x", "AWS::A", "Put"),
        ("x", "AWS::A::B", "put"),
        ("--runs", "x", "AWS::A::B"),
    ],
)
def test_words_that_are_none_are_refused(checkout: Path, words: tuple[str, ...]) -> None:
    assert new_service(checkout, *words).returncode == 2
