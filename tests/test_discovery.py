"""Which files a run looks at."""

from __future__ import annotations

from pathlib import Path

import pytest

from recursion_lint.config import Config
from recursion_lint.run.discovery import candidates
from recursion_lint.run.lint import lint

TEMPLATE = "Resources: {Q: {Type: AWS::SQS::Queue}}\n"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    for name in (
        "template.yaml",
        "stack.json",
        "old.template",
        "notes.txt",
        "build/out.yaml",
        "app/template.yml",
        "app/secret.yaml",
        "node_modules/pkg/template.yaml",
        ".venv/lib/template.yaml",
        ".aws-sam/build/template.yaml",
        ".hidden/template.yaml",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(TEMPLATE)
    (tmp_path / ".gitignore").write_text("build/\n")
    (tmp_path / "app/.gitignore").write_text("secret.*\n")
    return tmp_path


def walked(*paths: str, **config: tuple[str, ...]) -> list[str]:
    return [candidate.path for candidate in candidates(paths, config.get("exclude", ()))]


def test_a_folder_is_walked_in_order_without_ignored_hidden_and_vendored_files(repository: Path) -> None:
    assert walked(".") == ["old.template", "stack.json", "template.yaml", "app/template.yml"]


def test_a_named_file_is_looked_at_whatever_ignores_it(repository: Path) -> None:
    assert walked("build/out.yaml", "app/secret.yaml") == ["build/out.yaml", "app/secret.yaml"]


def test_the_gitignore_above_a_walked_folder_counts(repository: Path) -> None:
    (repository / ".gitignore").write_text("app/template.yml\n")
    assert walked("app") == []


def test_a_file_named_twice_is_one(repository: Path) -> None:
    assert walked("template.yaml", "./template.yaml", ".")[0] == "template.yaml"
    assert len(walked("template.yaml", "template.yaml")) == 1


def test_excluded_files_are_left_out_of_walks(repository: Path) -> None:
    assert walked(".", exclude=("app/**", "*.json")) == ["old.template", "template.yaml"]


def test_a_walk_skips_what_is_no_template_and_a_name_must_be_one(repository: Path) -> None:
    (repository / "values.yaml").write_text("Resources: none\n# Type ::\n")
    assert lint(["."]).problems == ()
    (problem,) = lint(["values.yaml"]).problems
    assert (problem.file, problem.line) == ("values.yaml", 1)
    assert lint(["values.yaml"], Config(only_templates=True)).problems == ()


def test_a_missing_file_is_a_problem(repository: Path) -> None:
    (problem,) = lint(["missing.yaml"]).problems
    assert "no such file" in problem.message
