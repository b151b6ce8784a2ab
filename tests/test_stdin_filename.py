"""Standard input that is told at a file: what an editor sends of an open document."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from recursion_lint import Config, lint
from recursion_lint.cli.main import main

ROOT = Path(__file__).resolve().parent.parent
LOOP = (ROOT / "fixtures/sqs-loop/wrong-variable/template.yaml").read_text(encoding="utf-8")
Told = Callable[..., list[str]]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "app").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def told(repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Told:
    """The files of the findings on ``LOOP``, given as standard input."""

    def call(*words: str) -> list[str]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(LOOP.encode())))
        main(["check", "-f", "json", *words, "-"])
        return [finding["file"] for finding in json.loads(capsys.readouterr().out)["findings"]]

    return call


def test_findings_are_told_at_the_file(told: Told, repository: Path) -> None:
    assert told() == ["<stdin>"]
    assert told("--stdin-filename", "app/t.yaml") == ["app/t.yaml"]
    assert told("--stdin-filename", "./app/../app/t.yaml") == ["app/t.yaml"]
    assert told("--stdin-filename", str(repository / "app" / "t.yaml")) == ["app/t.yaml"]


@pytest.mark.parametrize(
    ("ignored", "asked", "read"),
    [
        ("app/", (), False),
        ("t.yaml", (), False),
        ("app/*.yaml", (), False),
        ("app/\n!app/t.yaml", (), False),
        ("*.yaml\n!app/t.yaml", (), True),
        ("other/", (), True),
        ("app/", ("--no-respect-gitignore",), True),
    ],
)
def test_gitignore_decides_by_the_file(told: Told, ignored: str, asked: tuple[str, ...], read: bool) -> None:
    Path(".gitignore").write_text(ignored)
    assert bool(told("--stdin-filename", "app/t.yaml", *asked)) == read


def test_a_gitignore_beside_the_file_counts(told: Told) -> None:
    Path("app/.gitignore").write_text("t.yaml")
    assert told("--stdin-filename", "app/t.yaml") == []
    assert told("--stdin-filename", "app/u.yaml") == ["app/u.yaml"]


@pytest.mark.parametrize("setting", ['exclude = ["app/**"]', '[per-path]\n"app/**" = ["sqs-loop"]'])
def test_settings_decide_by_the_file(told: Told, setting: str) -> None:
    Path(".recursion-lint.toml").write_text(setting)
    assert told("--stdin-filename", "app/t.yaml") == []
    assert told("--stdin-filename", "lib/t.yaml") == ["lib/t.yaml"]


def test_the_text_stands_for_the_file_and_is_linked_with_others(repository: Path) -> None:
    Path("app/t.yaml").write_text("Resources: {Topic: {Type: AWS::SNS::Topic}}\n")
    Path("app/u.yaml").write_text("Resources: {Topic: {Type: AWS::SNS::Topic}}\n")
    report = lint(["app", "-"], Config(stdin_filename="app/t.yaml"), stdin=LOOP)
    assert [finding.span.file for finding in report.findings] == ["app/t.yaml"]
    assert report.summary.templates == 2
    read: list[tuple[int, int]] = []
    config = Config(stdin_filename="app/t.yaml")
    lint(["app", "-"], config, stdin=LOOP, progress=lambda done, of: read.append((done, of)))
    assert read == [(1, 2), (2, 2)]
    assert report.sources == {"app/t.yaml": LOOP}


def test_a_patch_names_the_file(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(LOOP.encode())))
    main(["check", "--diff", "--unsafe-fixes", "--stdin-filename", "app/t.yaml", "-"])
    assert capsys.readouterr().out.startswith("--- a/app/t.yaml\n+++ b/app/t.yaml\n@@")


def test_what_the_template_names_lies_beside_the_file(repository: Path) -> None:
    Path("app/t.yaml").write_text("")
    Path("app/child.yaml").write_text(LOOP)
    parent = "Resources: {Child: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: child.yaml}}}\n"
    report = lint(["-"], Config(stdin_filename="app/t.yaml"), stdin=parent)
    assert [finding.span.file for finding in report.findings] == ["app/child.yaml"]
