"""The rules inside the real cfn-lint, in every version that `RECURSION_LINT_CFN_LINT` names.

The variable lists the paths of cfn-lint commands whose environments hold recursion-lint; `scripts/cfn_lint_matrix.sh`
makes such environments and runs these tests.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from recursion_lint.rules import all_rules

ROOT = Path(__file__).resolve().parent.parent
HOSTS = [host for host in os.environ.get("RECURSION_LINT_CFN_LINT", "").split(os.pathsep) if host]

pytestmark = pytest.mark.skipif(not HOSTS, reason="RECURSION_LINT_CFN_LINT names no cfn-lint to run in")

WARNS = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Jobs:
    Type: AWS::SQS::Queue
  Done:
    Type: AWS::SQS::Queue
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Handler: worker.handler
      Runtime: python3.13
      CodeUri: src/
      Policies:
        - SQSSendMessagePolicy:
            QueueName: !GetAtt Jobs.QueueName
      Events:
        In:
          Type: SQS
          Properties:
            Queue: !GetAtt Jobs.Arn
"""
TARGET = "      Environment: {Variables: {TARGET_QUEUE: !Ref Jobs}}\n"
GRANT = "SQSSendMessagePolicy:\n            QueueName: !GetAtt Jobs.QueueName"
STATEMENT = 'Statement: {Effect: Allow, Action: sqs:SendMessage, Resource: "*"}'
FAILS = WARNS.replace("      Policies:\n", TARGET + "      Policies:\n")
HINTS = WARNS.replace(GRANT, STATEMENT)
GLOBALS = WARNS.replace(
    "Resources:\n", "Globals: {Function: {Timeout: 20, Environment: {Variables: {A: b}}}}\nResources:\n"
)
PARENT = """\
Resources:
  Storage:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: storage.yaml}
  Work:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: ./work.yaml
      Parameters:
        QueueArn: !GetAtt Storage.Outputs.QueueArn
        QueueName: !GetAtt Storage.Outputs.QueueName
"""
STORAGE = """\
Resources:
  Jobs: {Type: AWS::SQS::Queue}
Outputs:
  QueueArn: {Value: !GetAtt Jobs.Arn}
  QueueName: {Value: !GetAtt Jobs.QueueName}
"""
WORK = """\
Transform: AWS::Serverless-2016-10-31
Parameters:
  QueueArn: {Type: String}
  QueueName: {Type: String}
Resources:
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Handler: worker.handler
      Runtime: python3.13
      CodeUri: src/
      Policies: [{SQSSendMessagePolicy: {QueueName: !Ref QueueName}}]
      Events: {In: {Type: SQS, Properties: {Queue: !Ref QueueArn}}}
"""


def ignoring(resource: str, *ids: str, text: str = WARNS) -> str:
    """``text`` with a resource that tells cfn-lint to ignore rules."""
    metadata = (
        f"  {resource}:\n    Metadata: {{cfn-lint: {{config: {{ignore_checks: [{', '.join(ids)}]}}}}}}\n"
    )
    return text.replace(f"  {resource}:\n", metadata)


class Done(NamedTuple):
    """How a run of cfn-lint ended; ``matches`` are those of our rules."""

    status: int
    stdout: str
    stderr: str

    @property
    def all_matches(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.stdout)
        return found

    @property
    def matches(self) -> list[dict[str, Any]]:
        return [match for match in self.all_matches if re.match(r"[EWI]R\d{4}$", match["Rule"]["Id"])]

    @property
    def ids(self) -> list[str]:
        return [match["Rule"]["Id"] for match in self.matches]

    def of(self, name: str) -> list[str]:
        return [match["Rule"]["Id"] for match in self.matches if Path(match["Filename"]).name == name]


def run(host: str, cwd: Path, *options: str, rules: str = "recursion_lint.rules", **more: Any) -> Done:
    """Run cfn-lint with our rules and JSON output on the templates and with the options given."""
    command = [host, "--format", "json", "--append-rules", rules, *options]
    env = {**os.environ, **more.pop("env", {})}
    # Without a template on the command line cfn-lint reads standard input, unless it is a terminal.
    more.setdefault("stdin" if "input" not in more else "input", more.get("input", subprocess.DEVNULL))
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False, **more)
    return Done(done.returncode, done.stdout, done.stderr)


HANDLER = """\
import boto3

queue = boto3.client("sqs")


def handler(event, context):
    queue.send_message(QueueUrl="{url}", MessageBody="again")
"""


@pytest.fixture(params=HOSTS, ids=lambda host: Path(host).parent.parent.name)
def host(request: pytest.FixtureRequest) -> str:
    return str(request.param)


TEMPLATES = {
    "fails.yaml": FAILS,
    "warns.yaml": WARNS,
    "hints.yaml": HINTS,
    "clean.yaml": WARNS.replace("QueueName: !GetAtt Jobs", "QueueName: !GetAtt Done"),
    "globals.yaml": GLOBALS,
    "ignored-queue.yaml": ignoring("Jobs", "WR1200"),
    "ignored-function.yaml": ignoring("Worker", "WR1200"),
    "ignored-elsewhere.yaml": ignoring("Done", "WR1200"),
    "ignored-other-id.yaml": ignoring("Jobs", "ER1200", "WR1100"),
    "ignored-in-template.yaml": "Metadata: {cfn-lint: {config: {ignore_checks: [WR]}}}\n" + WARNS,
    "commented.yaml": WARNS.replace("In:", "In: # recursion-lint: ignore[sqs-loop] -- bounded by a counter"),
    "sure.yaml": "Metadata: {cfn-lint: {config: {configure_rules: {WR1200: {confidence: certain}}}}}\n" + WARNS,
    "stale.yaml": WARNS.replace("Jobs.QueueName", "Done.QueueName # recursion-lint: ignore[sqs-loop] -- old"),
    "odd.yaml": "Resources: {A: {Type: AWS::SQS::Queue, Properties: []}, B: {Type: [x]}}\n",
    "broken.yaml": "Resources: {A: [\n",
    "twice.yaml": WARNS + "  Jobs:\n    Type: AWS::SNS::Topic\n",
    "parent.yaml": PARENT,
}  # fmt: skip


def written(folder: Path, templates: dict[str, str] = TEMPLATES) -> Path:
    for name, text in {**templates, "storage.yaml": STORAGE, "work.yaml": WORK}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("templates"))


@cache
def _together(host: str, folder: Path) -> Done:
    return run(host, folder, "--include-checks", "I", "--template", *TEMPLATES)


@pytest.fixture
def together(host: str, folder: Path) -> Done:
    """All templates in one run, rules of level I included."""
    return _together(host, folder)


def test_one_match_for_a_loop_where_it_is_closed(together: Done) -> None:
    (match,) = [match for match in together.matches if match["Filename"] == "fails.yaml"]
    assert match["Rule"]["Id"] == "ER1200"
    assert match["Level"] == "Error"
    assert match["Location"]["Path"][0] == "Resources"
    assert match["Location"]["Path"][1] in {"Jobs", "Worker"}
    start, end = match["Location"]["Start"], match["Location"]["End"]
    line = FAILS.splitlines()[start["LineNumber"] - 1]
    assert end["LineNumber"] == start["LineNumber"]
    assert line[start["ColumnNumber"] - 1 : end["ColumnNumber"] - 1] == "In"
    grant = FAILS.splitlines().index("        - SQSSendMessagePolicy:") + 1
    assert f"Jobs -> Worker -> Jobs (lines {start['LineNumber']}, {grant})" in match["Message"]
    assert match["Message"].isascii()


def test_each_severity_is_a_rule_of_its_own(together: Done) -> None:
    assert together.of("fails.yaml") == ["ER1200"]
    assert together.of("warns.yaml") == ["WR1200"]
    assert together.of("hints.yaml") == ["IR1200"]
    assert together.of("clean.yaml") == []


def test_the_lines_are_those_of_the_author_whatever_cfn_lint_made_of_the_template(together: Done) -> None:
    (match,) = [match for match in together.matches if match["Filename"] == "globals.yaml"]
    assert GLOBALS.splitlines()[match["Location"]["Start"]["LineNumber"] - 1] == "        In:"


def test_any_resource_of_the_loop_can_ignore_it(together: Done) -> None:
    assert together.of("ignored-queue.yaml") == []
    assert together.of("ignored-function.yaml") == []
    assert together.of("ignored-in-template.yaml") == []
    assert together.of("ignored-elsewhere.yaml") == ["WR1200"]
    assert together.of("ignored-other-id.yaml") == ["WR1200"]


def test_suppressions_of_our_own_hold_too(together: Done) -> None:
    assert together.of("commented.yaml") == []


def test_a_rule_is_configured_in_the_template(together: Done) -> None:
    assert together.of("sure.yaml") == []


def test_a_loop_through_nested_stacks_is_reported_in_the_template_that_was_named(together: Done) -> None:
    (match,) = [match for match in together.matches if match["Filename"] == "parent.yaml"]
    assert match["Rule"]["Id"] == "WR1200"
    assert match["Location"]["Path"] == ["Resources", "Storage"]
    assert match["Location"]["Start"]["LineNumber"] == 2
    assert "work.yaml:13, work.yaml:12" in match["Message"]


def test_odd_templates_are_the_hosts_matter(together: Done) -> None:
    assert "E0002" not in {match["Rule"]["Id"] for match in together.all_matches}
    assert together.of("odd.yaml") == together.of("broken.yaml") == []
    assert "recursion-lint did not check" not in together.stderr


def test_a_resource_of_a_nested_template_can_ignore_it(host: str, tmp_path: Path) -> None:
    written(tmp_path, {"parent.yaml": PARENT})
    (tmp_path / "work.yaml").write_text(ignoring("Worker", "WR1200", text=WORK))
    assert run(host, tmp_path, "--template", "parent.yaml").ids == []


def test_rules_of_level_i_are_asked_for(host: str, folder: Path) -> None:
    done = run(host, folder, "--template", "hints.yaml")
    assert (done.ids, done.status) == ([], 0)


def test_warnings_are_ignored_by_prefix(host: str, folder: Path) -> None:
    done = run(host, folder, "--ignore-checks", "WR", "--template", "warns.yaml", "fails.yaml")
    assert done.ids == ["ER1200"]
    assert done.status == 2


def test_what_is_mandatory_cannot_be_ignored(host: str, folder: Path) -> None:
    done = run(host, folder, "--mandatory-checks", "WR1200", "--template", "ignored-queue.yaml")
    assert done.ids == ["WR1200"]
    assert done.status == 4


def test_a_rule_is_configured_on_the_command_line(host: str, folder: Path) -> None:
    option = "--configure-rule"
    sure = run(host, folder, option, "WR1200:confidence=likely", "--template", "warns.yaml")
    assert sure.ids == ["WR1200"]
    typo = run(host, folder, option, "WR1200:confidence=lickely", "--template", "warns.yaml").all_matches
    assert [match["Rule"]["Id"] for match in typo] == ["E0002"]
    assert "'lickely' is not one of certain, likely, possible, weak" in typo[0]["Message"]


def test_the_directory_of_rules_works_as_well(host: str, folder: Path) -> None:
    templates = [str(folder / name) for name in ("fails.yaml", "warns.yaml", "clean.yaml")]
    assert run(host, ROOT, "--template", *templates, rules="rules").ids == ["ER1200", "WR1200"]


def test_every_rule_is_listed_once_for_each_severity(host: str, tmp_path: Path) -> None:
    listed = run(host, tmp_path, "--list-rules").stdout
    counts = Counter(re.findall(r"(?m)^([EWI]R\d{4}): ", listed))
    assert counts == Counter({f"{letter}{rule.code}": 1 for rule in all_rules() for letter in "EWI"})


def test_a_template_from_a_pipe(host: str, tmp_path: Path) -> None:
    done = run(host, tmp_path, input=WARNS)
    assert done.ids == ["WR1200"]
    assert done.matches[0]["Location"]["Start"]["LineNumber"] == 3
    assert "(line" not in done.matches[0]["Message"]


def test_settings_are_read(host: str, tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(WARNS)
    (tmp_path / ".recursion-lint.toml").write_text('[severity]\nsqs-loop = "error"\n')
    assert run(host, tmp_path, "--template", "t.yaml").ids == ["ER1200"]


def test_settings_that_are_refused_are_told_once(host: str, tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(WARNS)
    (tmp_path / ".recursion-lint.toml").write_text("severities = 1\n")
    (match,) = run(host, tmp_path, "--template", "t.yaml").all_matches
    assert match["Rule"]["Id"] == "E0002"
    assert ".recursion-lint.toml:1: unknown key 'severities'" in match["Message"]


def test_a_fault_of_ours_does_not_end_the_run(host: str, tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(WARNS)
    # A module of this name is imported when Python starts: it plays the fault.
    (tmp_path / "sitecustomize.py").write_text(
        "import recursion_lint.run.collect\n"
        "def fail(*_, **__): raise RuntimeError('played')\n"
        "recursion_lint.run.collect.collect = fail\n"
    )
    env = {"PYTHONPATH": str(tmp_path)}
    done = run(host, tmp_path, "--template", "t.yaml", env=env)
    assert (done.status, done.all_matches) == (0, [])
    message = "recursion-lint did not check t.yaml: internal error: RuntimeError: played"
    assert done.stderr.count(message) == 1
    debug = run(host, tmp_path, "--template", "t.yaml", env={**env, "RECURSION_LINT_DEBUG": "1"})
    assert {match["Rule"]["Id"] for match in debug.all_matches} == {"E0002"}


@pytest.mark.parametrize(
    ("name", "code", "ids", "words"),
    [
        (
            "writes back",
            HANDLER.replace('"{url}"', 'os.environ["QUEUE"]').replace(
                "import boto3", "import os\n\nimport boto3"
            ),
            ["ER1200"],
            "Worker calls queue.send_message (src/worker.py:9)",
        ),
        (
            "never",
            "def handler(event, context):\n    return 1\n",
            ["IR1200"],
            "the code of Worker makes no call that leads on",
        ),
    ],
    ids=lambda word: word if isinstance(word, str) and "\n" not in word else "",
)
def test_the_message_says_what_the_code_does(
    host: str, tmp_path: Path, name: str, code: str, ids: list[str], words: str
) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "worker.py").write_text(code)
    variable = "      Environment: {Variables: {QUEUE: !Ref Jobs}}\n      Policies:\n"
    (tmp_path / "t.yaml").write_text(WARNS.replace("      Policies:\n", variable))
    done = run(host, tmp_path, "--include-checks", "I", "--template", "t.yaml")
    assert done.ids == ids
    assert f". {words}. " in done.matches[0]["Message"]
