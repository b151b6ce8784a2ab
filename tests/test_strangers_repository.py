"""A repository that means harm: what lies in the current folder is not imported, no link is written through."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from recursion_lint.cli.main import main
from recursion_lint.run.collect import LEADS_OUT
from recursion_lint.run.lint import lint
from recursion_lint.template.yaml.files import SourceError, replace_files

ROOT = Path(__file__).resolve().parent.parent
PLANTED = (
    *("venv.py", "pip.py", "sitecustomize.py", "usercustomize.py", "yaml.py", "click.py", "re.py", "json.py"),
    *("multiprocessing.py", "typing.py", "rules/__init__.py", "ruamel/__init__.py"),
)
LOOP = """Transform: AWS::Serverless-2016-10-31
Resources:
  Jobs: {Type: AWS::SQS::Queue}
  Work:
    Type: AWS::Serverless::Function
    Properties:
      Policies: [{SQSSendMessagePolicy: {QueueName: !GetAtt Jobs.QueueName}}]
      Events: {Job: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}}
"""


@pytest.fixture
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout in which every module that might be imported leaves a trace."""
    checkout = tmp_path / "checkout"
    for name in PLANTED:
        path = checkout / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"open({str(tmp_path / 'ran')!r}, 'a').write({name!r})\n")
    (checkout / "template.yaml").write_text(LOOP)
    monkeypatch.chdir(checkout)
    return checkout


def run(hostile: Path, *command: str, **env: str) -> int:
    """The exit status of a command in the checkout; nothing of it has run."""
    clean = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        command, cwd=hostile, env={**clean, **env}, capture_output=True, text=True, check=False
    )
    assert not (hostile.parent / "ran").exists(), (hostile.parent / "ran").read_text()
    return done.returncode


def installed(folder: Path) -> str:
    """A folder with the package and ``rules`` in it, as it is when installed."""
    import shutil

    site = folder / "site"
    shutil.copytree(
        ROOT / "recursion_lint", site / "recursion_lint", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copytree(ROOT / "rules", site / "recursion_lint" / "rules")
    return str(site)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_the_module_does_not_import_from_the_current_folder(hostile: Path, jobs: str) -> None:
    for number in range(900):
        (hostile / f"t{number}.json").write_text("{}")
    site = installed(hostile.parent)
    status = run(hostile, sys.executable, "-m", "recursion_lint", "check", "--jobs", jobs, PYTHONPATH=site)
    assert status == 1


def test_the_command_does_not_import_from_the_current_folder(hostile: Path) -> None:
    script = hostile.parent / "bin" / "recursion-lint"
    script.parent.mkdir()
    script.write_text("import sys\nfrom recursion_lint.cli.main import main\nsys.exit(main())\n")
    site = installed(hostile.parent)
    assert run(hostile, sys.executable, str(script), "check", PYTHONPATH=site) == 1
    assert run(hostile, sys.executable, str(script), "check", "--select", "sqs-loop", PYTHONPATH=site) == 1


def test_the_action_makes_its_environment_without_the_checkout(hostile: Path) -> None:
    """The step as it stands, but for what pip would fetch."""
    action = (ROOT / "action.yml").read_text()
    (step,) = re.findall(r"(?ms)^    - name: Install.*?      run: \|\n(.*?)^    - name", action)
    script = re.sub(
        r"(?m)^\s*recursion-lint/bin/python -I -m pip install.*$",
        "recursion-lint/bin/python -I -m pip --version",
        step,
    )
    assert script != step
    temp = hostile.parent / "temp"
    temp.mkdir()
    command = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script)
    assert run(hostile, *command, RUNNER_TEMP=str(temp), GITHUB_ACTION_PATH=str(ROOT), VERSION="") == 0
    assert (temp / "recursion-lint" / "bin" / "python").exists()


def test_python_starts_isolated_wherever_the_recipes_start_it() -> None:
    for name in ("action.yml", "docs/ci.md", ".pre-commit-hooks.yaml"):
        text = (ROOT / name).read_text()
        started = re.findall(r"(?:^|[\s'\"/])python3?\"? +(-\S+)", text)
        assert set(started) <= {"-I"}, name
        assert not re.search(r"(?<!-m )\bpip install", text), name


def test_hooks_take_no_file_for_an_option() -> None:
    entries = re.findall(r"(?m)^  entry: (.*)$", (ROOT / ".pre-commit-hooks.yaml").read_text())
    assert [entry.split(" --")[-1].strip() for entry in entries] == ["", "."]


def test_a_file_that_is_called_like_an_option_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("--baseline=a.json", "--exit-zero", "--output=x.yaml", "-q"):
        Path(name).write_text(LOOP)
        assert main(["check", "--only-templates", "--", name]) == 1
        assert f"{name}:8:16: warning[sqs-loop]" in capsys.readouterr().out
    assert not Path("x.yaml").exists()


def test_output_is_not_written_through_a_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "home").mkdir()
    checkout = tmp_path / "checkout"
    (checkout / ".git").mkdir(parents=True)
    (checkout / "t.yaml").write_text(LOOP)
    (checkout / "link.json").symlink_to(tmp_path / "home" / "key")
    (checkout / "out").symlink_to(tmp_path / "home")
    monkeypatch.chdir(checkout)
    for output in ("link.json", "out/new.json"):
        for command in ("check", "baseline"):
            assert main([command, "--output", output, "t.yaml"]) == 2
            assert "is a link" in capsys.readouterr().err
    assert list((tmp_path / "home").iterdir()) == []
    assert main(["check", "--output", "/dev/stdout" if os.path.exists("/dev/stdout") else "o", "t.yaml"]) == 1


def test_a_fix_follows_a_link_only_within_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout = tmp_path / "checkout"
    (checkout / ".git").mkdir(parents=True)
    (checkout / "real.yaml").write_text("a: 1\n")
    (checkout / "near.yaml").symlink_to("real.yaml")
    (tmp_path / "far.yaml").write_text("a: 1\n")
    (checkout / "far.yaml").symlink_to("../far.yaml")
    monkeypatch.chdir(checkout)
    replace_files({"near.yaml": "a: 2\n"})
    assert ((checkout / "real.yaml").read_text(), (checkout / "near.yaml").is_symlink()) == ("a: 2\n", True)
    with pytest.raises(SourceError, match=r"far.yaml cannot be written: it is a link to a file elsewhere"):
        replace_files({"far.yaml": "a: 2\n"})
    assert (tmp_path / "far.yaml").read_text() == "a: 1\n"


def test_what_was_saved_meanwhile_is_not_lost(tmp_path: Path) -> None:
    path = tmp_path / "t.yaml"
    path.write_text("a: saved\n")
    with pytest.raises(SourceError, match="it was changed meanwhile"):
        replace_files({str(path): "a: new\n"}, {str(path): "a: old\n"})
    assert path.read_text() == "a: saved\n"
    replace_files({str(path): "a: new\n"}, {str(path): "a: saved\n"})
    assert path.read_text() == "a: new\n"
    assert [one.name for one in tmp_path.iterdir()] == ["t.yaml"]


_opened: list[str] | None = None


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if _opened is not None and event == "open" and isinstance(arguments[0], str):
        _opened.append(os.path.abspath(arguments[0]))


@contextmanager
def watched() -> Iterator[list[str]]:
    """The paths that are opened meanwhile."""
    global _opened
    if not _watching:
        sys.addaudithook(_hook)
        _watching.append(True)
    _opened = found = []
    try:
        yield found
    finally:
        _opened = None


_watching: list[bool] = []


@pytest.fixture
def linked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout, made by git, of a repository with links in it, and a template outside that only its owner may see."""
    origin = tmp_path / "origin"
    (origin / "app/src").mkdir(parents=True)
    (origin / "shared").mkdir()
    (tmp_path / "home/src").mkdir(parents=True)
    (tmp_path / "home/secret.yaml").write_text(LOOP)
    (tmp_path / "home/src/app.py").write_text("SECRET = 'token'\n")
    (origin / "shared/real.yaml").write_text(LOOP)
    (origin / "app/inside.yaml").symlink_to("../shared/real.yaml")
    (origin / "app/outside.yaml").symlink_to(tmp_path / "home/secret.yaml")
    (origin / "app/twice.yaml").symlink_to("outside.yaml")
    (origin / "app/nowhere.yaml").symlink_to("missing.yaml")
    (origin / "folder").symlink_to(tmp_path / "home")
    git = ("git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "core.symlinks=true")
    for command in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "links")):
        subprocess.run([*git, *command], cwd=origin, check=True)
    subprocess.run([*git, "clone", "-q", str(origin), str(tmp_path / "checkout")], check=True)
    monkeypatch.chdir(tmp_path / "checkout")
    return tmp_path / "checkout"


def test_a_walk_follows_links_only_within_the_folders_of_the_run(
    linked: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = lint(["."])
    assert {finding.span.file for finding in report.findings} == {"app/inside.yaml"}
    told = {note.span.file: note.message for note in report.notes if "link" in note.message}
    assert set(told) == {"app/outside.yaml", "app/twice.yaml"}
    assert set(told.values()) == {LEADS_OUT}
    assert main(["check", "--show-files", "."]) == 0
    shown = capsys.readouterr()
    assert shown.out == "app/inside.yaml\n"
    assert "app/outside.yaml: not read: it is a link out of the folders of this run" in shown.err


def test_of_one_folder_links_to_the_next_are_left_out_unless_both_are_named(linked: Path) -> None:
    (alone,) = (note for note in lint(["app"]).notes if note.span.file == "app/inside.yaml")
    assert alone.message == LEADS_OUT
    assert {finding.span.file for finding in lint(["app", "shared"]).findings} == {"app/inside.yaml"}


def test_a_link_that_is_named_is_followed(linked: Path) -> None:
    assert {finding.span.file for finding in lint(["app/outside.yaml"]).findings} == {"app/outside.yaml"}
    assert lint(["folder"]).findings != ()


def test_no_link_leads_a_template_to_code_or_stacks_outside(linked: Path) -> None:
    (linked / "app/code").symlink_to(linked.parent / "home/src")
    (linked / "app/src").mkdir()
    (linked / "app/src/app.py").symlink_to(linked.parent / "home/src/app.py")
    (linked / "app/stack.template").symlink_to(linked.parent / "home/secret.yaml")
    nested = "  Below:\n    Type: AWS::CloudFormation::Stack\n    Properties: {TemplateURL: stack.template}\n"
    home = str(linked.parent / "home")
    for code in ("code", "src"):
        (linked / "app/template.yaml").write_text(
            LOOP.replace(
                "Policies",
                f"CodeUri: {code}/\n      Handler: app.handler\n      Runtime: python3.12\n      Policies",
            )
            + nested
        )
        with watched() as opened:
            report = lint(["app/template.yaml"])
        assert [path for path in opened if os.path.realpath(path).startswith(home)] == []
        assert any(finding.rule == "sqs-loop" for finding in report.findings)
        assert any("outside the repository" in note.message for note in report.notes)


def test_an_ignore_file_that_is_a_link_is_none(linked: Path) -> None:
    (linked.parent / "home/ignore").write_text("*.yaml\n")
    (linked / ".gitignore").symlink_to(linked.parent / "home/ignore")
    assert {finding.span.file for finding in lint(["."]).findings} == {"app/inside.yaml"}
