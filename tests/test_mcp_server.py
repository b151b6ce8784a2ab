"""The server for agents, asked by a client of the same library: what it answers, and where it stops."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recursion_lint.cli import mcp_server
from recursion_lint.cli.main import main

mcp = pytest.importorskip("mcp", reason="needs pip install -e '.[mcp]'")
anyio = pytest.importorskip("anyio")
pytestmark = pytest.mark.filterwarnings("default")

ROOT = Path(__file__).resolve().parent.parent
CASE = ROOT / "fixtures/sqs-loop/grant-left-over"

Ask = Callable[..., tuple[bool, str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    app = tmp_path / "app"
    shutil.copytree(CASE, app, ignore=shutil.ignore_patterns("*.txt", "near-miss*", "fixed-*"))
    (tmp_path / "outside.yaml").write_text(
        (ROOT / "fixtures/sqs-loop/wrong-variable/template.yaml").read_text()
    )
    return app


@pytest.fixture
def ask(folder: Path) -> Ask:
    """Calls one tool of a server in a process of its own: whether it failed, and its text."""
    command = [sys.executable, "-m", "recursion_lint", "mcp", str(folder)]

    async def call(tool: str, given: dict[str, Any]) -> tuple[bool, str]:
        parameters = mcp.StdioServerParameters(
            command=command[0], args=command[1:], env={**os.environ, "PYTHONPATH": str(ROOT)}
        )
        async with mcp.Client(parameters) as client:
            tools = {one.name for one in (await client.list_tools()).tools}
            assert tools == {"check", "explain", "fix_preview"}
            result = await client.call_tool(tool, given)
            return bool(result.is_error), "".join(part.text for part in result.content)

    return lambda tool, **given: anyio.run(call, tool, given)


def test_a_check_gives_the_report(ask: Ask) -> None:
    failed, text = ask("check")
    assert not failed
    report = json.loads(text)
    assert [(one["severity"], one["file"]) for one in report["findings"]] == [("warning", "template.yaml")]
    assert report["findings"][0]["remedies"]


def test_a_rule_is_explained(ask: Ask) -> None:
    assert ask("explain", rule="sqs-loop")[1] == ask("explain", rule="R1200")[1] != ""
    assert "sqs-loop" in ask("explain", rule="nonsense")[1]


def test_a_fix_is_shown_and_not_made(ask: Ask, folder: Path) -> None:
    before = (folder / "template.yaml").read_bytes()
    failed, patch = ask("fix_preview", path="template.yaml")
    assert not failed
    assert patch.startswith("--- a/template.yaml\n")
    assert (folder / "template.yaml").read_bytes() == before
    subprocess.run(["git", "apply", "-"], cwd=folder, input=patch.encode(), check=True)
    assert ask("fix_preview")[1] == "there is nothing to apply"


@pytest.mark.parametrize("tool", ["check", "fix_preview"])
def test_it_stays_in_its_folder(folder: Path, monkeypatch: pytest.MonkeyPatch, tool: str) -> None:
    monkeypatch.chdir(folder)
    (folder / "link.yaml").symlink_to(folder.parent / "outside.yaml")

    async def call() -> None:
        async with mcp.Client(mcp_server.made(".")) as client:
            for path in ("..", "../outside.yaml", "/etc", "link.yaml", "a\0b", str(folder.parent)):
                result = await client.call_tool(tool, {"path": path})
                assert result.is_error, path
                assert "outside of the folder" in result.content[0].text
            assert not (await client.call_tool(tool, {"path": str(folder)})).is_error

    anyio.run(call)


def test_settings_that_are_wrong_are_told(ask: Ask, folder: Path) -> None:
    (folder / ".recursion-lint.toml").write_text("ignore = 1\n")
    failed, text = ask("check")
    assert failed
    assert ".recursion-lint.toml:1" in text
    (folder / ".recursion-lint.toml").unlink()
    (folder / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert json.loads(ask("check")[1])["findings"]
    (folder / "pyproject.toml").write_text("[tool.recursion-lint]\nignore = ['sqs-loop']\n")
    assert not json.loads(ask("check")[1])["findings"]


def test_what_templates_and_settings_name_stays_in_it_too(ask: Ask, folder: Path) -> None:
    (folder.parent / ".recursion-lint.toml").write_text('ignore = ["sqs-loop"]\n')
    nested = "Resources: {Nested: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: ../outside.yaml}}}\n"
    (folder / "nested.yaml").write_text(nested)
    report = json.loads(ask("check")[1])
    assert {one["file"] for one in report["findings"]} == {"template.yaml"}
    # A folder of a repository is none: templates may name what lies elsewhere in that.
    (folder.parent / ".git").mkdir()
    assert main(["mcp", str(folder)]) == 2


def test_answers_are_bounded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setattr(mcp_server, "MOST_FINDINGS", 0)
    monkeypatch.setattr(mcp_server, "MOST_LETTERS", 10)
    seen = {}

    async def call() -> None:
        async with mcp.Client(mcp_server.made(".")) as client:
            seen["text"] = (await client.call_tool("check", {})).content[0].text

    anyio.run(call)
    assert len(seen["text"]) < 100
    assert "cut" in seen["text"]
    assert "1 findings more are not shown" in seen["text"]
