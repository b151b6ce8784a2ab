"""What a remedy says to write so that a finding is accepted does accept it, with all the loops that it stands for."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from recursion_lint import lint
from recursion_lint.template.yaml.edits import apply_edits, offsets


def _template(functions: tuple[str, ...]) -> dict[str, Any]:
    """Functions on one stream whose common role lets each write to the table: one cause, a loop of each and rings."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    write = {"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": {"Fn::GetAtt": ["Table", "Arn"]}}
    stream = {"Stream": {"Fn::GetAtt": ["Table", "StreamArn"]}, "StartingPosition": "LATEST"}
    resources: dict[str, Any] = {
        "Table": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "StreamSpecification": {"StreamViewType": "NEW_IMAGE"},
            },
        },
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {"Statement": [trust]},
                "Policies": [{"PolicyName": "p", "PolicyDocument": {"Statement": [write]}}],
            },
        },
    }
    for name in functions:
        resources[name] = {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "Runtime": "python3.13",
                "Handler": f"{name.lower()}.handler",
                "CodeUri": f"s3://code/{name}",
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Events": {"Change": {"Type": "DynamoDB", "Properties": stream}},
            },
        }
    return {"Transform": "AWS::Serverless-2016-10-31", "Resources": resources}


def _told(path: Path) -> str:
    (finding,) = lint(path).findings
    return next(one.steps for one in finding.remedies if one.id == "accept-bounded")


@pytest.mark.parametrize("functions", [("One",), ("One", "Two"), ("One", "Two", "Three")])
@pytest.mark.parametrize("notation", ["yaml", "json"])
def test_the_suppression_that_is_told_accepts_the_finding(
    tmp_path: Path, functions: tuple[str, ...], notation: str
) -> None:
    template = _template(functions)
    path = tmp_path / f"template.{notation}"
    if notation == "json":
        path.write_text(json.dumps(template, indent=1))
        found = re.search(r'Metadata of (\w+), "recursion-lint": (\{.*?\}), with', _told(path))
        assert found is not None
        template["Resources"][found[1]]["Metadata"] = {
            "recursion-lint": json.loads(found[2].replace("…", "meant"))
        }
        path.write_text(json.dumps(template, indent=1))
    else:
        lines = [f"{key}: {json.dumps(value)}" for key, value in template.items() if key != "Resources"]
        lines += [
            "Resources:",
            *(f"  {name}: {json.dumps(one)}" for name, one in template["Resources"].items()),
        ]
        path.write_text("\n".join(lines) + "\n")
        found = re.search(r"# recursion-lint: ignore\[[^]]*\][^-]*", _told(path))
        assert found is not None
        at = next(place for place, line in enumerate(lines) if line.startswith("  One:"))
        path.write_text("\n".join([*lines[:at], f"  {found[0]}-- meant", *lines[at:]]) + "\n")
    report = lint(path)
    assert report.findings == ()
    assert report.summary.suppressed == 1


def test_names_are_told_only_where_there_are_several_loops(tmp_path: Path) -> None:
    path = tmp_path / "template.json"
    path.write_text(json.dumps(_template(("One",))))
    assert "through" not in _told(path)
    path.write_text(json.dumps(_template(("One", "Two"))))
    assert '"through": ["Table", "One", "Two"]' in _told(path)


WAITS = """\
Resources:
  Checks: {Type: AWS::SQS::Queue}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Action: sts:AssumeRole, Principal: {Service: lambda.amazonaws.com}}]
      Policies:
        - PolicyName: work
          PolicyDocument:
            Statement: [{Effect: Allow, Action: [sqs:SendMessage, sqs:ReceiveMessage], Resource: !GetAtt Checks.Arn}]
  Poll:
    Type: AWS::Lambda::Function
    Properties:
      Role: !GetAtt Role.Arn
      Runtime: python3.13
      Handler: poll.handler
      Code: .
      Environment: {Variables: {CHECKS_URL: !Ref Checks}}
  Polls:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {EventSourceArn: !GetAtt Checks.Arn, FunctionName: !Ref Poll}
"""
POLL = """\
import boto3, json, os, time
sqs = boto3.client("sqs")
def handler(event, context):
    for record in event["Records"]:
        job = json.loads(record["body"])
        if TEST:
            sqs.send_message(QueueUrl=os.environ["CHECKS_URL"], MessageBody=record["body"], DelaySeconds=60)
"""


class _Short(yaml.SafeLoader):
    """YAML with the short forms of ``Ref`` and ``GetAtt``."""


_Short.add_constructor("!Ref", lambda loader, node: {"Ref": loader.construct_scalar(node)})  # type: ignore[arg-type]
_Short.add_constructor(
    "!GetAtt",
    lambda loader, node: {"Fn::GetAtt": loader.construct_scalar(node).split(".")},  # type: ignore[arg-type]
)


@pytest.mark.parametrize("form", ["yaml", "json"])
@pytest.mark.parametrize("timed", [True, False])
def test_a_loop_that_is_allowed_is_accepted_in_the_same_diff(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, timed: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    file = Path(f"template.{form}")
    text = WAITS
    if form == "json":
        text = json.dumps(yaml.load(WAITS, _Short), indent=2)
    file.write_text(text)
    test = (
        'time.time() - job["since"] < DRAIN_TIMEOUT'
        if timed
        else 'boto3.client("ecs").list_tasks()["taskArns"]'
    )
    Path("poll.py").write_text(POLL.replace("TEST", test) + "DRAIN_TIMEOUT = 3600\n")
    (finding,) = lint([str(file)]).findings
    allow = next(one for one in finding.remedies if one.id == "allow-loop")
    # A time to wait may be longer than the rounds that Lambda lets through; else its protection stays.
    assert (finding.remedies[0].id == "allow-loop") == timed
    assert allow.diff
    file.write_text(apply_edits(text, offsets(text, allow.edits)))
    assert "RecursiveLoop" in file.read_text()
    assert not lint([str(file)]).findings


def test_without_a_test_that_is_known_to_end_it_nothing_is_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("template.yaml").write_text(WAITS)
    Path("poll.py").write_text(POLL.replace("TEST", "len(job) > 0"))
    (finding,) = lint(["template.yaml"]).findings
    allow = next(one for one in finding.remedies if one.id == "allow-loop")
    assert "ignore[" not in (allow.diff or "")
