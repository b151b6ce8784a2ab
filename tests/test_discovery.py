"""Which files a run looks at."""

from __future__ import annotations

from pathlib import Path

import pytest

from recursion_lint.config import Config
from recursion_lint.run.discovery import Search, candidates
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
    return [candidate.path for candidate in candidates(paths, Search(config.get("exclude", ())))]


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


# What is named is read


BUILT = [
    ("cdk.out\n", "cdk.out"),
    ("cdk.out/\n", "cdk.out"),
    ("/cdk.out/*\n", "cdk.out"),
    ("**/cdk.out/**\n", "cdk.out/nested"),
    (".aws-sam\n", ".aws-sam/build"),
    (".aws-sam/build/\n", ".aws-sam/build"),
    (".*\n", ".serverless"),
]


@pytest.mark.parametrize(("ignored", "named"), BUILT)
@pytest.mark.parametrize("absolute", [False, True])
def test_a_folder_that_is_named_is_read_whatever_ignores_it(
    repository: Path, ignored: str, named: str, absolute: bool
) -> None:
    (repository / ".gitignore").write_text(ignored)
    (repository / named).mkdir(parents=True, exist_ok=True)
    (repository / named / "app.template.json").write_text(TEMPLATE)
    (repository / named / "template.yaml").write_text(TEMPLATE)
    given = str(repository / named) if absolute else f"./{named}/"
    assert walked(given) == [f"{named}/app.template.json", f"{named}/template.yaml"]
    assert not set(walked(".")) & set(walked(named))


def test_a_folder_that_ignores_itself_is_read_when_it_is_named(repository: Path) -> None:
    (repository / "build/.gitignore").write_text("*\n")
    assert walked("build") == ["build/out.yaml"]
    # A list of exceptions says what is of interest.
    (repository / "build/.gitignore").write_text("*\n!kept.yaml\n")
    (repository / "build/kept.yaml").write_text(TEMPLATE)
    assert walked("build") == ["build/kept.yaml"]


def test_gitignore_counts_below_a_folder_that_is_named(repository: Path) -> None:
    (repository / ".gitignore").write_text("generated/\n")
    (repository / "app/generated").mkdir()
    (repository / "app/generated/out.yaml").write_text(TEMPLATE)
    assert walked("app") == ["app/template.yml"]
    assert walked("app/generated") == ["app/generated/out.yaml"]


def test_gitignore_above_counts_in_a_worktree_too(repository: Path) -> None:
    (repository / ".git").rmdir()
    (repository / ".git").write_text("gitdir: elsewhere\n")
    (repository / ".gitignore").write_text("app/template.yml\n")
    assert walked("app") == []


def test_gitignore_can_be_left_out_of_account(repository: Path) -> None:
    found = [one.path for one in candidates(["."], Search(respect_gitignore=False))]
    assert {"build/out.yaml", "app/secret.yaml"} <= set(found)
    assert not any("node_modules" in path for path in found)


def test_exclude_holds_for_named_files_only_by_force(repository: Path) -> None:
    globs = ("app/**",)
    assert walked("app/template.yml", exclude=globs) == ["app/template.yml"]
    forced = Search(globs, str(repository), force_exclude=True)
    assert list(candidates(["app/template.yml", "./app/secret.yaml", "app"], forced)) == []
    assert [one.path for one in candidates(["app/../template.yaml"], forced)] == ["template.yaml"]


def test_a_path_is_told_in_one_way_however_it_was_named(repository: Path) -> None:
    for name in ("app/template.yml", "./app/template.yml", "app//template.yml", "app/../app/template.yml"):
        assert walked(name) == walked(str(repository / name)) == ["app/template.yml"]
    outside = str(repository.parent / "elsewhere.yaml")
    assert walked(outside) == [outside]


def test_a_link_is_no_way_to_another_path(repository: Path) -> None:
    (repository / "deep/er").mkdir(parents=True)
    (repository / "way").symlink_to(repository / "deep/er")
    (repository / "deep/here.yaml").write_text(TEMPLATE)
    assert walked("way/../here.yaml") == ["way/../here.yaml"]


# What looks like a template and cannot be read


BROKEN = [
    ("AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  Q: {Type: AWS::SQS::Queue}\n bad: 1\n", 4),
    ("Transform: AWS::Serverless-2016-10-31\nResources: [\n", 3),
    ("Transform:\n  - AWS::Serverless-2016-10-31\nGlobals: {\n", 4),
    ("Resources:\n  Q:\n    Type: AWS::SQS::Queue\n   Properties: 1\n", 4),
    ('{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}\n', 2),
    ('{\n  "AWSTemplateFormatVersion": "2010-09-09",,\n}', 2),
    ("Resources:\n  Q: {Type: AWS::SQS::Queue}\n---\nResources:\n  R: {Type: AWS::SQS::Queue}\n", 3),
    ("AWSTemplateFormatVersion: '2010-09-09'\nResources: [{Type: AWS::SQS::Queue}]\n", 1),
]


@pytest.mark.parametrize(("text", "line"), BROKEN)
def test_a_file_that_says_it_is_a_template_is_never_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, line: int
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.yaml").write_text(text)
    for paths, config, named in (
        (["."], Config(), False),
        (["t.yaml"], Config(), True),
        (["t.yaml"], Config(only_templates=True), True),
    ):
        report = lint(paths, config)
        (problem,) = report.problems
        assert (problem.file, problem.line, problem.named) == ("t.yaml", line, named)
        assert not [note for note in report.notes if "not read" in note.message]


OTHERS = [
    "apiVersion: v1\nkind: [\n",
    "services: {web: {\n",
    "a: 1\n---\nb: 2\n",
    "# Resources and Transform: see AWS::SQS::Queue\nx: [\n",
    "Resources: none\nType: x\n  bad\n",
    "Transform: {Type: 'A::B'\n",
    "AWSTemplateFormatVersion: '2010-09-09'\nParameters: {A: {Type: AWS::SSM::Parameter::Name}}\n",
    "AWSTemplateFormatVersion: '2010-09-09'\nParameters: {A: {Type: AWS::SSM::Parameter::Name}}\nResources:\n",
]


@pytest.mark.parametrize("text", OTHERS)
def test_a_file_that_says_nothing_of_the_kind_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.yaml").write_text(text)
    assert lint(["."]).problems == ()
    assert lint(["t.yaml"], Config(only_templates=True)).problems == ()
    assert len(lint(["t.yaml"]).problems) == 1


def test_several_documents_are_called_that(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(TEMPLATE + "---\n" + TEMPLATE)
    (problem,) = lint([str(tmp_path / "t.yaml")]).problems
    assert (problem.line, problem.message) == (2, "holds several YAML documents: a template is one")


def test_a_template_that_is_no_text_is_never_passed_over(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_bytes(b"AWSTemplateFormatVersion: '2010-09-09'\nDescription: \xff\n")
    (tmp_path / "u.yaml").write_bytes(b"a: \xff\n")
    (problem,) = lint([str(tmp_path)]).problems
    assert (Path(problem.file).name, problem.line, problem.message) == ("t.yaml", 2, "is not UTF-8 text")
