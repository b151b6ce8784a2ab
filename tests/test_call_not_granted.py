"""A call that needs another action than the policy allows closes no loop today: that is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from recursion_lint.run.lint import lint

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Clicks: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1}}
  Sort:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Handler: app.handler
      Runtime: python3.13
      Environment: {Variables: {CLICKS: !Ref Clicks}}
      Policies:
        - Statement: [{Effect: Allow, ALLOWED, Resource: !GetAtt Clicks.Arn}]
      Events:
        Click:
          Type: Kinesis
          Properties: {Stream: !GetAtt Clicks.Arn, StartingPosition: LATEST}
"""
CODE = """\
import boto3, os
def handler(event, context):
    boto3.client("kinesis").put_records(StreamName=os.environ["CLICKS"], Records=[{"Data": b"", "PartitionKey": "k"}])
"""


@pytest.mark.parametrize(
    ("allowed", "said"),
    [
        ("Action: kinesis:PutRecord", True),
        ("Action: [kinesis:PutRecord, kinesis:PutRecords]", False),
        ("Action: kinesis:PutRecord*", False),
        ("Action: '*'", False),
        ("NotAction: kinesis:DeleteStream", False),
    ],
)
def test_what_the_policy_lacks_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, allowed: str, said: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("src").mkdir()
    Path("src/app.py").write_text(CODE, encoding="utf-8")
    Path("template.yaml").write_text(TEMPLATE.replace("ALLOWED", allowed), encoding="utf-8")
    (found,) = [one for one in lint(["template.yaml"]).findings if one.rule == "kinesis-loop"]
    words = "no policy of its role here allows kinesis:PutRecords (AccessDenied): "
    assert any(words in one for one in found.because) is said
    assert any("put_records on Clicks" in one for one in found.because)
