"""Of a place a title tells as much of the path as tells its file from the others of the run."""

from __future__ import annotations

from pathlib import Path

import pytest

from recursion_lint.remedies.short_places import shortest
from recursion_lint.run.lint import lint

KNOWN = frozenset(["template.yaml", "deploy/template.yaml", "src/one/app", "src/two/app", "src/two/index"])


@pytest.mark.parametrize(
    ("place", "short"),
    [
        ("src/one/app.py:15", "one/app.py:15"),
        ("src/two/index.mjs:3", "index.mjs:3"),
        ("src/two/names.py:3", "two/names.py:3"),
        ("deploy/template.yaml:4", "deploy/template.yaml:4"),
        ("./src/one/app.py:15", "one/app.py:15"),
        ("src\\one\\app.py:15", "one/app.py:15"),
        ("src/one/app.py", "one/app.py"),
        ("", ""),
    ],
)
def test_as_much_is_told_as_is_needed(place: str, short: str) -> None:
    assert shortest(place, KNOWN) == short


def test_the_end_of_another_path_needs_the_whole_one() -> None:
    assert shortest("app.py:1", frozenset(["app", "src/app"])) == "app.py:1"
    assert shortest("src/app.py:1", frozenset(["app", "src/app"])) == "src/app.py:1"
    assert shortest("src/names.py:1", frozenset(["src/app"])) == "names.py:1"
    assert shortest("lib/app.py:1", frozenset(["src/app"])) == "lib/app.py:1"
    assert shortest("my-app.py:1", frozenset(["my-app", "src/app"])) == "my-app.py:1"


TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Jobs: {Type: AWS::SQS::Queue}
  Work:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/work/
      Handler: app.handler
      Runtime: python3.13
      Environment: {Variables: {JOBS: !Ref Jobs}}
      Policies: [{SQSSendMessagePolicy: {QueueName: !GetAtt Jobs.QueueName}}]
      Events: {Job: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}}
"""
OTHER = """\
  Other:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: src/other/, Handler: app.handler, Runtime: python3.13}
"""
CODE = """\
import boto3, os, json
def handler(event, context):
    for record in event["Records"]:
        left = json.loads(record["body"])["left"]
        if left > 0:
            boto3.client("sqs").send_message(QueueUrl=os.environ["JOBS"], MessageBody=json.dumps({"left": left - 1}))
"""


@pytest.mark.parametrize(("more", "told"), [("", " at app.py:5 "), (OTHER, " at work/app.py:5 ")])
def test_functions_with_an_equal_file_each_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: str, told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("src/work").mkdir(parents=True)
    Path("src/work/app.py").write_text(CODE, encoding="utf-8")
    Path("template.yaml").write_text(TEMPLATE + more, encoding="utf-8")
    titles = [one.title for one in lint(["template.yaml"]).findings[0].remedies]
    assert any(told in title for title in titles), titles
