"""Functions whose roles are of elsewhere: told in a note, and a loop where their code closes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from recursion_lint import Config, Report, lint

SENDS = """\
import os, boto3
def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE"], MessageBody="again")
"""
READS = "def handler(event, context):\n    return len(event['Records'])\n"
LEFT = "boto3.client('dynamodb').scan(TableName='left')['Items']"
MAYBE = SENDS.replace("    boto3", f"    if {LEFT}:\n        boto3", 1)


def checked(
    folder: Path, role: str, code: str = SENDS, functions: int = 1, config: Config | None = None
) -> Report:
    """A template of so many functions with queues of their own and one ``role``, their code beside it."""
    (folder / "src").mkdir()
    (folder / "src" / "app.py").write_text(code, encoding="utf-8")
    parts = [
        "Parameters: {RoleArn: {Type: String}}\nConditions: {Own: !Equals [!Ref RoleArn, '']}\nResources:\n"
    ]
    for at in range(functions):
        parts.append(
            f"""\
  Queue{at}: {{Type: AWS::SQS::Queue}}
  Worker{at}:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Code: src/
      Role: {role}
      Environment: {{Variables: {{QUEUE: !Ref Queue{at}}}}}
  Source{at}:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {{EventSourceArn: !GetAtt Queue{at}.Arn, FunctionName: !Ref Worker{at}}}
"""
        )
    parts.append(
        "  OwnRole: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {Statement: []}}}\n"
    )
    (folder / "template.yaml").write_text("".join(parts), encoding="utf-8")
    return lint([folder / "template.yaml"], config or Config())


def notes(report: Report) -> list[str]:
    return [note.message for note in report.notes if "role" in note.message]


@pytest.mark.parametrize(
    "role", ["!Ref RoleArn", "!ImportValue roles-worker", "arn:aws:iam::123456789012:role/worker"]
)
def test_code_that_closes_a_loop_is_an_error_and_the_role_is_noted(tmp_path: Path, role: str) -> None:
    report = checked(tmp_path, role)
    assert [(one.rule, one.severity) for one in report.findings] == [("sqs-loop", "error")]
    assert len(notes(report)) == 1


@pytest.mark.parametrize("code", [READS, "import gone\nhandler = gone.handler\n"])
def test_without_it_there_is_the_note_alone(tmp_path: Path, code: str) -> None:
    report = checked(tmp_path, "!Ref RoleArn", code)
    assert report.findings == ()
    assert len(notes(report)) == 1


def test_under_a_condition_of_the_code_it_is_a_warning(tmp_path: Path) -> None:
    assert [one.severity for one in checked(tmp_path, "!Ref RoleArn", MAYBE).findings] == ["warning"]


def test_no_code_is_read_where_none_is_to_be_read(tmp_path: Path) -> None:
    report = checked(tmp_path, "!Ref RoleArn", config=Config(code=False))
    assert report.findings == ()
    assert len(notes(report)) == 1


def test_a_role_of_the_template_shows_what_the_function_may(tmp_path: Path) -> None:
    report = checked(tmp_path, "!GetAtt OwnRole.Arn")
    assert report.findings == ()
    assert notes(report) == []


def test_one_of_two_roles_is_of_elsewhere(tmp_path: Path) -> None:
    report = checked(tmp_path, "!If [Own, !GetAtt OwnRole.Arn, !Ref RoleArn]")
    assert [one.rule for one in report.findings] == ["sqs-loop"]
    assert report.findings[0].only_where
    assert notes(report) == []


def test_a_policy_that_is_put_on_it_is_not_all_that_it_has(tmp_path: Path) -> None:
    checked(tmp_path, "arn:aws:iam::123456789012:role/worker")
    (tmp_path / "policy.yaml").write_text(
        """\
Resources:
  Reads:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: reads
      Roles: [worker]
      PolicyDocument: {Statement: [{Effect: Allow, Action: "sqs:ReceiveMessage", Resource: "*"}]}
""",
        encoding="utf-8",
    )
    report = lint([tmp_path])
    assert [(one.rule, one.severity) for one in report.findings] == [("sqs-loop", "error")]
    assert len(notes(report)) == 1


def test_the_default_of_a_parameter_is_a_role_of_the_run(tmp_path: Path) -> None:
    checked(tmp_path, "!Ref RoleArn")
    template = tmp_path / "template.yaml"
    text = template.read_text(encoding="utf-8").replace(
        "RoleArn: {Type: String}", "RoleArn: {Type: String, Default: 'arn:aws:iam::123456789012:role/worker'}"
    )
    role = "  Named: {Type: AWS::IAM::Role, Properties: {RoleName: worker, AssumeRolePolicyDocument: {}}}\n"
    template.write_text(text + role, encoding="utf-8")
    report = lint([template])
    assert (report.findings, notes(report)) == ((), [])


def test_functions_of_one_role_are_one_note(tmp_path: Path) -> None:
    (told,) = notes(checked(tmp_path, "!Ref RoleArn", READS, functions=5))
    assert told.startswith(
        "the role RoleArn of Worker0, Worker1, Worker2 and 2 more is in no template of this run: "
    )


def test_each_of_them_has_its_own_loop(tmp_path: Path) -> None:
    found = checked(tmp_path, "!Ref RoleArn", functions=3).findings
    assert len({one.span.line for one in found}) == 3
    assert {one.severity for one in found} == {"error"}


def test_a_function_that_calls_itself_needs_no_trigger(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text(
        "import boto3\n"
        "def handler(event, context):\n"
        "    boto3.client('lambda').invoke(FunctionName=context.function_name)\n",
        encoding="utf-8",
    )
    (tmp_path / "template.yaml").write_text(
        "Parameters: {RoleArn: {Type: String}}\n"
        "Resources:\n"
        "  Worker:\n"
        "    Type: AWS::Lambda::Function\n"
        "    Properties: {Runtime: python3.13, Handler: app.handler, Code: src/, Role: !Ref RoleArn}\n",
        encoding="utf-8",
    )
    report = lint([tmp_path / "template.yaml"])
    assert [one.rule for one in report.findings] == ["lambda-loop"]


def test_another_template_of_the_run_shows_the_role(tmp_path: Path) -> None:
    checked(tmp_path, "arn:aws:iam::123456789012:role/worker", READS)
    (tmp_path / "roles.yaml").write_text(
        "Resources:\n"
        "  Role:\n"
        "    Type: AWS::IAM::Role\n"
        "    Properties: {RoleName: worker, AssumeRolePolicyDocument: {Statement: []}}\n",
        encoding="utf-8",
    )
    assert notes(lint([tmp_path])) == []
