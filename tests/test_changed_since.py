"""Only findings that touch what has changed, linked across the rest; and a repository that wants programs run."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from recursion_lint import Config, lint
from recursion_lint.cli.main import main
from recursion_lint.config import ConfigError

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

# Each of two templates is fine alone; together they go round.
HEAD = "Transform: AWS::Serverless-2016-10-31\nResources:\n"
JOBS = (
    HEAD
    + """\
  Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs}}
  Work:
    Type: AWS::Serverless::Function
    Properties:
      Policies: [{SNSPublishMessagePolicy: {TopicName: orders}}]
      Events: {In: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}}
"""
)
ORDERS = (
    HEAD
    + """\
  Orders: {Type: AWS::SNS::Topic, Properties: {TopicName: orders}}
  Accept:
    Type: AWS::Serverless::Function
    Properties:
      Policies: [{SQSSendMessagePolicy: {QueueName: jobs}}]
      Events: {In: {Type: SNS, Properties: {Topic: !Ref Orders}}}
"""
)
ALONE = (
    HEAD
    + """\
  Own: {Type: AWS::SQS::Queue, Properties: {QueueName: own}}
  Again:
    Type: AWS::Serverless::Function
    Properties:
      Policies: [{SQSSendMessagePolicy: {QueueName: own}}]
      Events: {In: {Type: SQS, Properties: {Queue: !GetAtt Own.Arn}}}
"""
)


def git(*arguments: str) -> str:
    command = ["git", "-c", "user.name=test", "-c", "user.email=test@example.org", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in (("jobs.yaml", JOBS), ("orders.yaml", ORDERS), ("alone.yaml", ALONE)):
        Path(name).write_text(text, newline="\n")
    git("init", "-q", "-b", "main")
    git("add", ".")
    git("commit", "-qm", "first")
    return tmp_path


def told(ref: str = "main", *paths: str) -> list[str]:
    report = lint(paths or ["."], Config(changed_since=ref))
    assert len(report.findings) + report.summary.unchanged == len(lint(paths or ["."]).findings)
    return [finding.span.file for finding in report.findings]


def touch(name: str) -> None:
    path = Path(name)
    path.write_text(path.read_text() + "# changed\n", newline="\n")


def test_nothing_has_changed(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert told() == []
    assert main(["check", "--changed-since", "main"]) == 0
    assert capsys.readouterr().out.startswith(
        "Nothing to report (2 in files that have not changed). Checked 3 "
    )
    assert main(["check", "--changed-since", "main", "-f", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["summary"]["unchanged"] == 2


def test_a_loop_counts_if_any_of_its_files_has_changed(repository: Path) -> None:
    touch("orders.yaml")
    assert told() == ["jobs.yaml"]
    touch("alone.yaml")
    assert sorted(told()) == ["alone.yaml", "jobs.yaml"]


def test_committed_staged_and_new_files_are_changes(repository: Path) -> None:
    git("switch", "-qc", "work")
    touch("alone.yaml")
    git("commit", "-qam", "second")
    assert told() == ["alone.yaml"]
    touch("orders.yaml")
    git("add", "orders.yaml")
    assert sorted(told()) == ["alone.yaml", "jobs.yaml"]
    assert told("HEAD") == ["jobs.yaml"]
    Path("new.yaml").write_text(ALONE.replace("own", "new").replace("Own", "New").replace("Again", "Anew"))
    assert sorted(told("HEAD")) == ["jobs.yaml", "new.yaml"]


def test_what_others_did_meanwhile_is_no_change(repository: Path) -> None:
    git("switch", "-qc", "work")
    touch("alone.yaml")
    git("commit", "-qam", "ours")
    git("switch", "-q", "main")
    touch("orders.yaml")
    git("commit", "-qam", "theirs")
    git("switch", "-q", "work")
    assert told("main") == ["alone.yaml"]


def test_a_folder_below_and_names_with_signs(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("a b").mkdir()
    Path("a b/[x] ü*.yaml").write_text(ALONE, newline="\n")
    git("add", ".")
    git("commit", "-qm", "names")
    assert told("HEAD", "a b") == []
    touch("a b/[x] ü*.yaml")
    assert told("HEAD", "a b") == ["a b/[x] ü*.yaml"]
    monkeypatch.chdir("a b")
    assert told("HEAD") == ["[x] ü*.yaml"]


def test_the_code_of_a_function_counts(repository: Path) -> None:
    Path("src").mkdir()
    Path("src/app.py").write_text(
        "import boto3\n\n\ndef handler(event, context):\n"
        "    boto3.client('sqs').send_message(QueueUrl='https://sqs.eu-west-1.amazonaws.com/1/own', MessageBody='x')\n",
        newline="\n",
    )
    Path("alone.yaml").write_text(
        ALONE.replace(
            "      Policies",
            "      CodeUri: src/\n      Handler: app.handler\n      Runtime: python3.13\n      Policies",
        ),
        newline="\n",
    )
    git("add", ".")
    git("commit", "-qm", "code")
    assert told("HEAD") == []
    touch("src/app.py")
    assert told("HEAD") == ["alone.yaml"]


@pytest.mark.parametrize(
    ("ref", "message"),
    [
        ("--output=x", "is no commit, branch or tag"),
        ("-h", "is no commit, branch or tag"),
        ("", ""),
        (" ", "is no commit, branch or tag"),
        ("a\nb", "is no commit, branch or tag"),
        ("gone", "is no commit that this clone has"),
        ("HEAD:alone.yaml", "is no commit that this clone has"),
        ("$(touch x)", "is no commit that this clone has"),
    ],
)
def test_a_reference_that_is_none_is_refused(repository: Path, ref: str, message: str) -> None:
    if not ref:
        assert len(lint(["."], Config(changed_since=ref)).findings) == 2
        return
    with pytest.raises(ConfigError, match=message):
        told(ref)
    assert sorted(os.listdir()) == [".git", "alone.yaml", "jobs.yaml", "orders.yaml"]


def test_no_repository_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("alone.yaml").write_text(ALONE)
    assert main(["check", "--changed-since", "main"]) == 2
    assert capsys.readouterr().err == "error: --changed-since: there is no Git repository here\n"


def test_a_hook_that_this_runs_in_points_nowhere_else(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere/index")
    assert told() == []


def test_a_repository_runs_no_program(repository: Path) -> None:
    """Whatever Git may be told to run leaves a mark; that the marks work is seen with Git itself."""
    script = repository / ".git" / "evil"
    script.write_text(f"#!/bin/sh\ntouch '{repository}/.git/ran'\ncat\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    ran = repository / ".git" / "ran"
    Path(".gitattributes").write_text("*.yaml filter=evil diff=evil\n")
    for name in (
        "core.fsmonitor", "core.pager", "core.sshCommand", "core.alternateRefsCommand", "core.editor", "diff.external",
        "diff.evil.textconv", "diff.evil.command", "filter.evil.clean", "filter.evil.smudge", "filter.evil.process",
        "pager.ls-tree", "pager.merge-base", "gpg.program", "alias.ls-tree", "alias.merge-base", "alias.rev-parse",
    ):  # fmt: skip
        git("config", name, f"!{script}" if name.startswith("alias") else str(script))
    git("config", "filter.evil.required", "true")
    for hook in ("post-index-change", "reference-transaction", "post-checkout", "fsmonitor-watchman"):
        file = Path(".git/hooks") / hook
        file.parent.mkdir(exist_ok=True)
        shutil.copy(script, file)
    touch("alone.yaml")
    assert told("main") == ["alone.yaml"]
    assert not ran.exists()
    subprocess.run(["git", "diff", "--stat", "main"], check=False, capture_output=True)
    assert ran.exists()


def test_a_git_that_the_repository_brings_along_is_not_run(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("git").write_text(f"#!/bin/sh\ntouch '{repository}/.git/ran'\n")
    Path("git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{repository}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(ConfigError, match="needs Git"):
        told()
    assert not (repository / ".git" / "ran").exists()


def test_text_that_stands_for_a_file_is_a_change(repository: Path) -> None:
    config = Config(changed_since="main", stdin_filename="alone.yaml")
    assert len(lint(["-"], config, stdin=ALONE + "# changed\n").findings) == 1
