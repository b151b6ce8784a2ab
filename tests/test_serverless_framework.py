"""What ``serverless package`` writes: the loop is told, the handler beside serverless.yml is read, nothing is edited.

The files are of the shape that Serverless Framework 3 and osls 4 write; ``scripts/serverless_framework.sh`` packs an
application with both.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from recursion_lint import Config, lint
from recursion_lint.cli.main import main
from recursion_lint.model.findings import Finding

UPDATE = ".serverless/cloudformation-template-update-stack.json"
HANDLER = """\
const { SQSClient, SendMessageCommand } = require("@aws-sdk/client-sqs");
const client = new SQSClient({});

exports.handler = async (event) => {
  for (const record of event.Records) {
    await client.send(new SendMessageCommand({ QueueUrl: process.env.QUEUE_URL, MessageBody: record.body }));
  }
};
"""
IDLE = "exports.handler = async (event) => event.Records.length;\n"


def created() -> dict[str, Any]:
    """The stack before the first deployment: the bucket that code is uploaded to."""
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "The AWS CloudFormation template for this Serverless application",
        "Resources": {"ServerlessDeploymentBucket": {"Type": "AWS::S3::Bucket"}},
        "Outputs": {"ServerlessDeploymentBucketName": {"Value": {"Ref": "ServerlessDeploymentBucket"}}},
    }


def updated() -> dict[str, Any]:
    """The whole stack: one role for all functions, the code in an archive by its key."""
    made = created()
    statement = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": {"Fn::GetAtt": ["Jobs", "Arn"]}}
    policy = {"PolicyName": "all", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
    made["Resources"].update(
        Jobs={"Type": "AWS::SQS::Queue"},
        IamRoleLambdaExecution={"Type": "AWS::IAM::Role", "Properties": {"Policies": [policy]}},
        WorkerLambdaFunction={
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Code": {
                    "S3Bucket": {"Ref": "ServerlessDeploymentBucket"},
                    "S3Key": "serverless/orders/dev/1795841484525-2026-11-28T04:51:24.525Z/orders.zip",
                },
                "Handler": "src/worker.handler",
                "Runtime": "nodejs20.x",
                "FunctionName": "orders-dev-worker",
                "Environment": {"Variables": {"QUEUE_URL": {"Ref": "Jobs"}}},
                "Role": {"Fn::GetAtt": ["IamRoleLambdaExecution", "Arn"]},
            },
        },
        WorkerEventSourceMappingSQSJobs={
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {
                "BatchSize": 10,
                "EventSourceArn": {"Fn::GetAtt": ["Jobs", "Arn"]},
                "FunctionName": {"Fn::GetAtt": ["WorkerLambdaFunction", "Arn"]},
                "Enabled": True,
            },
        },
    )
    return made


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A service as it lies after ``serverless package``; it becomes the current folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".serverless").mkdir()
    (tmp_path / "src").mkdir()
    (tmp_path / "serverless.yml").write_text("service: orders\n")
    (tmp_path / ".gitignore").write_text(".serverless\n")
    (tmp_path / "src/worker.js").write_text(HANDLER)
    (tmp_path / UPDATE).write_text(json.dumps(updated(), indent=2))
    create = tmp_path / ".serverless/cloudformation-template-create-stack.json"
    create.write_text(json.dumps(created(), indent=2))
    # The state is no template, though it holds one.
    state = {
        "service": {"provider": {"compiledCloudFormationTemplate": updated()}},
        "package": {"artifact": "orders.zip"},
    }
    (tmp_path / ".serverless/serverless-state.json").write_text(json.dumps(state, indent=2))
    (tmp_path / ".serverless/orders.zip").write_bytes(b"PK\x05\x06" + bytes(18))
    return tmp_path


def told() -> Finding:
    report = lint([".serverless"])
    assert (report.problems, report.summary.templates) == ((), 2)
    (finding,) = report.findings
    assert finding.span.file == UPDATE
    return finding


def verdict(finding: Finding) -> tuple[str, str]:
    (code,) = [hop.code for hop in finding.hops if hop.code is not None]
    return code.verdict, code.span.file if code.span is not None else ""


def test_the_handler_beside_serverless_yml_is_read(service: Path) -> None:
    finding = told()
    assert (finding.severity, verdict(finding)) == ("error", ("writes-back", "src/worker.js"))
    (service / "src/worker.js").write_text(IDLE)
    assert (told().severity, verdict(told())[0]) == ("info", "never")


def test_typescript_is_read_where_the_archive_holds_what_was_made_of_it(service: Path) -> None:
    (service / "src/worker.js").rename(service / "src/worker.ts")
    assert verdict(told()) == ("writes-back", "src/worker.ts")


@pytest.mark.parametrize("gone", [".serverless/orders.zip", "serverless.yml"])
def test_code_that_may_be_other_code_proves_nothing(service: Path, gone: str) -> None:
    """Without the archive the code is the user's own, from elsewhere; without serverless.yml it is no such folder."""
    (service / gone).unlink()
    assert verdict(told())[0] != "writes-back"


def test_a_service_that_cannot_loop_is_clean(service: Path) -> None:
    text = (service / UPDATE).read_text().replace("sqs:SendMessage", "sqs:ReceiveMessage")
    (service / UPDATE).write_text(text)
    assert lint([".serverless"]).findings == ()


def test_nothing_that_is_generated_is_edited(service: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (service / UPDATE).read_bytes()
    assert main(["check", "--fix", "--unsafe-fixes", ".serverless"]) == 1
    assert (service / UPDATE).read_bytes() == before
    assert "make the change in serverless.yml" in " ".join(capsys.readouterr().out.split())


def test_a_folder_that_git_ignores_is_read_when_it_is_named(service: Path) -> None:
    assert main(["check", "--strict", "."]) == 3
    assert main(["check", "--strict", ".serverless"]) == 1
    assert lint([".serverless"], Config(code=False)).findings[0].severity in ("warning", "error")
