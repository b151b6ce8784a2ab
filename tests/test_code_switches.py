"""Conditions of the code on variables: what the template, its defaults and its deployments make of them."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from recursion_lint.config import Config
from recursion_lint.run.lint import lint

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Parameters:
  Enable: {Type: String%s}
  Stage: {Type: String, Default: dev}
Conditions:
  Live: !Equals [!Ref Stage, live]
Resources:
  Jobs: {Type: AWS::SQS::Queue}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: src/
      Environment:
        Variables:
          URL: !Ref Jobs
          %s: %s
      Policies:
        - SQSSendMessagePolicy: {QueueName: !GetAtt Jobs.QueueName}
      Events:
        Job: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}
"""
CODE = """\
import boto3, os
sqs = boto3.client("sqs")
def handler(event, context):
    if %s:
        sqs.send_message(QueueUrl=os.environ["URL"], MessageBody="again")
"""
ON, OFF = 'os.environ["SEND"] == "true"', 'os.environ["SEND"] != "true"'


def verdict(
    monkeypatch: pytest.MonkeyPatch, folder: Path, template: str, test: str, **given: str
) -> tuple[str, str, tuple[str, ...]]:
    """What the code says, what the finding comes to, and the conditions that are quoted."""
    monkeypatch.chdir(folder)
    Path("template.yaml").write_text(template, encoding="utf-8")
    Path("src").mkdir()
    Path("src/app.py").write_text(dedent(CODE) % test, encoding="utf-8")
    (finding,) = lint(["template.yaml"], Config(parameters=given)).findings
    (code,) = (hop.code for hop in finding.hops if hop.code is not None)
    return code.verdict, finding.severity, code.guards


@pytest.mark.parametrize(
    ("more", "variable", "value", "test", "expected"),
    [
        (", Default: 'false'", "SEND", "!Ref Enable", ON, "conditional"),
        (", Default: 'false'", "SEND", "!Sub '${Enable}'", ON, "conditional"),
        (", Default: 'false'", "SEND", "!Ref Enable", OFF, "writes-back"),
        (", Default: 'true'", "SEND", "!Ref Enable", ON, "writes-back"),
        (", Default: 'false', AllowedValues: ['true', 'false']", "SEND", "!Ref Enable", ON, "conditional"),
        (", Default: 'false', AllowedValues: ['false']", "SEND", "!Ref Enable", ON, "never"),
        ("", "SEND", "!Ref Enable", ON, "writes-back"),
        ("", "SEND", "!If [Live, 'true', 'false']", ON, "conditional"),
        ("", "SEND", "!If [Live, 'false', 'true']", ON, "writes-back"),
        ("", "SEND", "'true'", ON, "writes-back"),
        ("", "SEND", "'false'", ON, "never"),
        ("", "OTHER", "x", 'os.environ.get("SEND") == "true"', "conditional"),
        ("", "OTHER", "x", 'os.environ.get("SEND", "true") == "true"', "writes-back"),
        ("", "OTHER", "x", 'os.environ["AWS_REGION"] == "eu-west-1"', "writes-back"),
    ],
)
def test_what_switches_a_call(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    more: str,
    variable: str,
    value: str,
    test: str,
    expected: str,
) -> None:
    found, severity, guards = verdict(monkeypatch, tmp_path, TEMPLATE % (more, variable, value), test)
    assert found == expected
    assert severity == {"writes-back": "error", "conditional": "warning", "never": "info"}[expected]
    if expected == "conditional":
        assert guards == (test,)


@pytest.mark.parametrize(("given", "expected"), [("true", "writes-back"), ("false", "never")])
def test_a_deployment_says_more_than_a_default(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, given: str, expected: str
) -> None:
    template = TEMPLATE % (", Default: 'false'", "SEND", "!Ref Enable")
    assert verdict(monkeypatch, tmp_path, template, ON, Enable=given)[0] == expected
