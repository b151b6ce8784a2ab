"""What is installed, and what the README promises a newcomer."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def checkout(folder: Path, *, project: bool = True) -> Path:
    """A small copy of this repository: the package's first file, and rules beside it."""
    (folder / "recursion_lint").mkdir()
    (folder / "rules").mkdir()
    shutil.copy(ROOT / "recursion_lint" / "__init__.py", folder / "recursion_lint")
    (folder / "rules" / "__init__.py").write_text("WHERE = 'beside'")
    if project:
        (folder / "pyproject.toml").touch()
    return folder


def rules_found(folder: Path) -> str:
    code = "from recursion_lint.rules import WHERE; print(WHERE)"
    env = {**os.environ, "PYTHONPATH": str(folder)}
    # -S: an installed recursion-lint must not answer in place of the copy.
    command = [sys.executable, "-S", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, env=env, cwd=folder, check=False)
    return done.stdout.strip() or done.stderr.strip().rpartition("\n")[2]


def test_every_folder_with_code_is_installed() -> None:
    folders = {
        ".".join(file.parent.relative_to(ROOT).parts)
        for file in (ROOT / "recursion_lint").rglob("*.py")
        if "__pycache__" not in file.parts
    }
    # One that is named and not there breaks the build; one that is not named is silently left out.
    assert set(PROJECT["tool"]["setuptools"]["packages"]) == folders | {"recursion_lint.rules"}


def test_every_data_file_is_installed() -> None:
    patterns = PROJECT["tool"]["setuptools"]["package-data"]
    installed = {
        file
        for package, globs in patterns.items()
        for glob in globs
        for file in ROOT.joinpath(*package.split(".")).glob(glob)
    }
    data = {file for file in (ROOT / "recursion_lint").rglob("*") if file.is_file()}
    assert {file for file in data if file.suffix not in {".py", ".pyc"}} == installed


def test_an_uninstalled_checkout_finds_its_rules(tmp_path: Path) -> None:
    assert rules_found(checkout(tmp_path)) == "beside"


def test_rules_inside_the_package_win(tmp_path: Path) -> None:
    inside = checkout(tmp_path) / "recursion_lint" / "rules"
    inside.mkdir()
    (inside / "__init__.py").write_text("WHERE = 'inside'")
    assert rules_found(tmp_path) == "inside"


def test_a_strangers_rules_package_is_left_alone(tmp_path: Path) -> None:
    assert rules_found(checkout(tmp_path, project=False)).startswith("ModuleNotFoundError")


def test_the_readme_has_one_command_to_try_and_one_to_test() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    assert len(commands) == 2
    for command in commands:
        assert command.startswith("python3 -m venv .venv && ")
        assert command.count("\n") == 1
    assert commands[0].endswith(
        "recursion-lint check --exit-zero fixtures/sqs-loop/wrong-variable/template.yaml\n"
    )
    assert commands[1].endswith("-m pytest\n")
    # CI takes the commands from the README by these words: each must stand in one line only.
    assert text.count("&& .venv/bin/recursion-lint check") == 1
    assert text.count(".venv/bin/python -m pytest") == 1


@pytest.mark.parametrize(
    "hook", yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text()), ids=lambda h: h["id"]
)
def test_hooks(hook: dict[str, Any]) -> None:
    files = re.compile(hook["files"])
    for name in ("template.yaml", "a/b.yml", "x.json", "stack.template"):
        assert files.search(name)
    for name in ("app.py", "yaml.md", "template"):
        assert not files.search(name)
    assert hook["require_serial"]
    assert "types_or" not in hook
    assert hook.get("pass_filenames", True) == (hook["id"] == "recursion-lint")
    assert hook["entry"].split()[0] in PROJECT["project"]["scripts"]
    # The files of a commit are named one by one, and most YAML files are no templates.
    assert ("--only-templates" in hook["entry"]) == hook.get("pass_filenames", True)


def test_the_public_names_are_there_and_loaded_late() -> None:
    code = (
        "import sys, recursion_lint; print('recursion_lint.model.report' in sys.modules);"
        "print(recursion_lint.Report.__name__, 'lint' in dir(recursion_lint), hasattr(recursion_lint, 'nonsense'))"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=True)
    assert done.stdout.split() == ["False", "Report", "True", "False"]
