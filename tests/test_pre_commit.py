"""The hooks as people use them: the real ``pre-commit try-repo`` on a repository of templates."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PRE_COMMIT = shutil.which(
    "pre-commit", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(PRE_COMMIT is None, reason="pre-commit is not installed"),
    pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed"),
]

FUNCTION = """\
  {name}:
    Type: AWS::Serverless::Function
    Properties:
      Handler: {name}.handler
      Runtime: python3.13
      CodeUri: src/
      Policies: [{{{policy}}}]
      Events: {{In: {event}}}
"""
HEAD = "Transform: AWS::Serverless-2016-10-31\nResources:\n"
JOBS = "  Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: shop-jobs}}\n"
ORDERS = "  Orders: {Type: AWS::SNS::Topic, Properties: {TopicName: shop-orders}}\n"
JOB = "{Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}"
ORDER = "{Type: SNS, Properties: {Topic: !Ref Orders}}"
SEND = "SQSSendMessagePolicy: {QueueName: shop-jobs}"
PUBLISH = "SNSPublishMessagePolicy: {TopicName: shop-orders}"

TEMPLATES = {
    # A loop of its own, in a suffix that pre-commit's own YAML type does not know.
    "loop.template": (HEAD + JOBS + FUNCTION.format(name="Again", policy=SEND, event=JOB)).replace("shop", "own"),
    "good.yaml": HEAD + ORDERS.replace("shop", "other") + FUNCTION.format(name="Log", policy="", event=ORDER),
    # Each is fine alone; together they go round.
    "jobs.yaml": HEAD + JOBS + FUNCTION.format(name="Work", policy=PUBLISH, event=JOB),
    "orders.yaml": HEAD + ORDERS + FUNCTION.format(name="Accept", policy=SEND, event=ORDER),
    "compose.yaml": "services: {web: {image: nginx}}\n",
    "broken.yaml": "no template: [\n",
    "package.json": '{"name": "no template"}\n',
}  # fmt: skip


def git(folder: Path, *arguments: str) -> None:
    command = ["git", "-c", "user.name=test", "-c", "user.email=test@example.org", *arguments]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This repository as it lies here, committed: `try-repo` leaves out files that git does not know."""
    folder = tmp_path_factory.mktemp("hooks")
    for name in ("recursion_lint", "rules"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "MANIFEST.in", ".pre-commit-hooks.yaml"):
        shutil.copy(ROOT / name, folder)
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "all")
    return folder


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    for name, text in TEMPLATES.items():
        (tmp_path / name).write_text(text)
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "--all")
    return tmp_path


def try_repo(hooks: Path, templates: Path, *arguments: str) -> tuple[int, dict[str, str]]:
    """The exit status, and what each hook printed."""
    assert PRE_COMMIT is not None
    command = [PRE_COMMIT, "try-repo", "--color=never", "--verbose", str(hooks), *arguments]
    # Settings of a hook that runs these tests must not reach the one under test.
    env = {key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "PRE_COMMIT"))}
    env["PRE_COMMIT_HOME"] = str(templates.parent / "pre-commit-home")
    done = subprocess.run(command, cwd=templates, env=env, capture_output=True, text=True, check=False)
    parts = re.split(r"(?m)^- hook id: (.*)$", done.stdout)
    assert len(parts) > 1, done.stdout + done.stderr
    return done.returncode, dict(zip(parts[1::2], parts[2::2], strict=True))


def test_both_hooks_find_what_is_theirs(hooks: Path, templates: Path) -> None:
    status, printed = try_repo(hooks, templates, "--files", *(sorted(set(TEMPLATES) - {"orders.yaml"})))
    assert status == 1
    commit, audit = printed["recursion-lint"], printed["recursion-lint-audit"]
    assert "- exit code: 1" in commit
    assert re.findall(r"(?m)^\S+: \w+\[(.*?)\]", commit) == ["sqs-loop"]
    assert "loop.template" in commit
    # What is no template, or is fine, is not worth a word.
    assert not re.search(r"good|compose|broken|package|error: ", commit)
    assert "- exit code: 1" in audit
    assert re.findall(r"(?m)^\S+: \w+\[(.*?)\]", audit) == ["sqs-loop", "sqs-loop"]
    assert "jobs.yaml" in audit
    assert "orders.yaml" in audit


def test_a_commit_without_a_loop_passes(hooks: Path, templates: Path) -> None:
    files = sorted(set(TEMPLATES) - {"loop.template", "orders.yaml"})
    status, printed = try_repo(hooks, templates, "recursion-lint", "--files", *files)
    assert status == 0, printed
    assert "No loops found. Checked 2 templates" in printed["recursion-lint"]


def test_a_file_that_is_called_like_an_option_is_checked_and_changes_nothing(
    hooks: Path, templates: Path
) -> None:
    """pre-commit passes names as they are: one that begins with dashes must be no option."""
    victim = templates.parent / "victim.yaml"
    victim.write_text("precious\n")
    names = ["--baseline=a.json", f"--output={victim}", "--exit-zero.yaml", "--fail-on=never.json"]
    for name in names:
        path = templates / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(TEMPLATES["loop.template"].replace("Again", f"Again{names.index(name)}"))
    git(templates, "add", "--all")
    status, printed = try_repo(hooks, templates, "recursion-lint", "--all-files")
    assert status == 1
    assert victim.read_text() == "precious\n"
    for name in names:
        assert re.search(rf"(?m)^{re.escape(name)}:\d+:\d+: \w+\[sqs-loop\]", printed["recursion-lint"])


def test_the_hook_works_beside_a_baseline_of_the_repository(hooks: Path, templates: Path) -> None:
    """What the baseline accepts in files that a commit does not touch is not stale, and what is new fails."""
    (templates / "second.yaml").write_text(TEMPLATES["loop.template"].replace("own", "second"))
    (templates / ".recursion-lint.toml").write_text('baseline = "accepted.json"\n')
    command = [sys.executable, "-m", "recursion_lint", "baseline", "."]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(command, cwd=templates, env=env, check=True, capture_output=True)
    git(templates, "add", "--all")
    status, printed = try_repo(hooks, templates, "recursion-lint", "--files", "second.yaml", "good.yaml")
    assert status == 0, printed
    assert "No loops found (1 baselined). Checked 2 templates" in printed["recursion-lint"]
    status, printed = try_repo(hooks, templates, "recursion-lint-audit", "--files", "second.yaml")
    assert status == 0, printed
    (templates / "second.yaml").write_text(TEMPLATES["loop.template"].replace("Again", "Other"))
    status, printed = try_repo(hooks, templates, "recursion-lint", "--files", "second.yaml", "good.yaml")
    assert status == 1
    told = printed["recursion-lint"]
    assert "error[sqs-loop]" in told or "warning[sqs-loop]" in told
    # The entry of the loop that was there is of a file that was read.
    assert "the baseline accepts a sqs-loop in second.yaml that is gone" in told


def test_the_hook_leaves_out_what_the_settings_exclude(hooks: Path, templates: Path) -> None:
    (templates / "pyproject.toml").write_text('[tool.recursion-lint]\nexclude = ["loop.*"]\n')
    git(templates, "add", "--all")
    status, printed = try_repo(hooks, templates, "recursion-lint", "--files", "loop.template", "good.yaml")
    assert status == 0, printed
    assert "No loops found. Checked 1 template" in printed["recursion-lint"]


def test_the_hook_fails_over_a_template_that_cannot_be_read(hooks: Path, templates: Path) -> None:
    (templates / "broken.yaml").write_text(TEMPLATES["loop.template"] + " Outputs: {}\n")
    status, printed = try_repo(hooks, templates, "--files", "broken.yaml", "compose.yaml")
    assert status == 1
    commit, audit = printed["recursion-lint"], printed["recursion-lint-audit"]
    assert "- exit code: 3" in commit
    assert re.search(r"(?m)^error: broken\.yaml:\d+: ", commit)
    assert "No loops found" not in commit
    # The audit was not told to read it, so it warns, and fails for the loops that it finds.
    assert re.search(r"(?m)^warning: broken\.yaml:\d+: ", audit)
    assert "- exit code: 1" in audit


def test_the_page_works_before_a_release_and_after_it(hooks: Path, tmp_path: Path) -> None:
    """What docs/ci.md says to paste, beside a clone: autoupdate finds the commit, and later the tag."""
    (shown,) = re.findall(r"(?ms)^```yaml\n(repos:\n.*?)^```", (ROOT / "docs" / "ci.md").read_text("utf-8"))
    git(tmp_path, "clone", "--quiet", str(hooks), "recursion-lint")
    clone, app = tmp_path / "recursion-lint", tmp_path / "app"
    app.mkdir()
    git(app, "init", "--quiet")
    (app / ".pre-commit-config.yaml").write_text(shown)
    assert [*re.findall(r"id: (\S+)", shown)] == ["recursion-lint"]
    env = {key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "PRE_COMMIT"))}
    env["PRE_COMMIT_HOME"] = str(tmp_path / "pre-commit-home")
    revisions = []
    for tag in ("", "v9.8.7"):
        if tag:
            git(clone, "tag", tag)
        assert PRE_COMMIT is not None
        subprocess.run([PRE_COMMIT, "autoupdate"], cwd=app, env=env, check=True, capture_output=True)
        revisions += re.findall(r"rev: (\S+)", (app / ".pre-commit-config.yaml").read_text())
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=clone, check=True, capture_output=True, text=True)
    assert revisions == [head.stdout.strip(), "v9.8.7"]
