"""What agents are told to type does what is said beside it: every command of AGENTS.md and of the skill is run."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
import yaml
from test_readme import anchors

from recursion_lint.cli.commands import program
from recursion_lint.model.findings import CodeVerdict

ROOT = Path(__file__).resolve().parent.parent
SKILL = ROOT / "skills/recursion-lint/SKILL.md"
AGENTS = ROOT / "AGENTS.md"
CASE = ROOT / "fixtures/sqs-loop/grant-left-over"
BIN = Path(sys.executable).parent
INSTALLED = (BIN / "recursion-lint").exists()


def blocks(page: Path) -> list[list[tuple[str, str]]]:
    """The commands of each block of a page, with the comment behind each."""
    found = []
    for block in re.findall(r"(?ms)^```sh\n(.*?)^```", page.read_text(encoding="utf-8")):
        lines = [re.split(r" +# ", line, maxsplit=1) for line in block.splitlines()]
        found.append([(line[0], line[1]) for line in lines])
    return found


@pytest.fixture
def application(tmp_path: Path) -> Path:
    """A repository with one loop, which a safe remedy breaks."""
    if shutil.which("git") is None or not INSTALLED:
        pytest.skip("needs git and the installed command")
    folder = tmp_path / "application"
    shutil.copytree(CASE, folder, ignore=shutil.ignore_patterns("*.txt", "near-miss*", "fixed-*"))
    own = ["git", "-c", "user.name=test", "-c", "user.email=test@example.org"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"]):
        subprocess.run([*own, *words], cwd=folder, check=True)
    return folder


def typed(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT")}
    env["PATH"] = f"{BIN}{os.pathsep}{env['PATH']}"
    return subprocess.run(
        ["bash", "-c", line], cwd=folder, env=env, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("block", blocks(SKILL), ids=lambda block: block[0][0][:40])
def test_the_commands_of_the_skill_end_as_they_say(block: list[tuple[str, str]], application: Path) -> None:
    for line, comment in block:
        done = typed(line, application)
        assert str(done.returncode) == comment.partition(":")[0], f"{line}\n{done.stdout}{done.stderr}"
        assert "Traceback" not in done.stderr


def test_what_the_skill_does_breaks_the_loop(application: Path) -> None:
    def found() -> list[str]:
        printed = typed("recursion-lint check --format json .", application).stdout
        return [finding["severity"] for finding in json.loads(printed)["findings"]]

    assert found() == ["warning"]
    fixing = [line for block in blocks(SKILL) for line, _ in block if "--fix " in line]
    assert len(fixing) == 2
    assert typed(fixing[0], application).returncode == 0
    assert "warning" not in found()


def test_the_skill_says_of_the_json_what_its_schema_says() -> None:
    text = SKILL.read_text(encoding="utf-8")
    schema = (ROOT / "docs/schema/report-v1.schema.json").read_text(encoding="utf-8")
    keys = set(re.findall(r"`([a-z_]+)`", text.partition("## How to read")[2].partition("\n## ")[0]))
    assert {"findings", "only_where", "hops", "remedies", "diff", "applicability"} <= keys
    for key in keys:
        assert f'"{key}"' in schema, key
    verdicts = set(re.findall(r"`([a-z]+(?:-[a-z]+)?)`", text)) & set(get_args(CodeVerdict))
    assert {"writes-back", "conditional", "never", "elsewhere", "unread", "may"} <= verdicts


def test_the_skill_is_one_that_is_found() -> None:
    """https://agentskills.io/specification: a name as the folder's, a description of at most 1,024 characters."""
    text = SKILL.read_text(encoding="utf-8")
    head = yaml.safe_load(text.split("---\n")[1])
    assert head["name"] == SKILL.parent.name
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", head["name"])
    assert 0 < len(head["description"]) <= 1024
    assert len(text.splitlines()) < 500


@pytest.mark.slow
@pytest.mark.parametrize(("line", "comment"), [one for block in blocks(AGENTS) for one in block])
def test_the_commands_for_work_on_this_repository(line: str, comment: str) -> None:
    if not (ROOT / ".venv").exists():
        pytest.skip("needs the environment that the README makes")
    assert comment
    done = typed(line, ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", [SKILL, AGENTS], ids=lambda page: page.name)
def test_links_and_options_are_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, anchor = target.partition("#")
        assert (page.parent / path).exists(), target
        assert not anchor or anchor in anchors((page.parent / path).read_text(encoding="utf-8"))
    options = {
        name for command in program.commands.values() for option in command.params for name in option.opts
    }
    told = re.findall(r"recursion-lint (?:check|explain)[^\n`#]*", text)
    assert {word for line in told for word in re.findall(r"--[a-z-]+", line)} <= options
