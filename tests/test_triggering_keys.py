"""A Deny names the keys of all filters that lead into the loop, or the same loop goes on through another one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from recursion_lint.model.findings import Remedy
from recursion_lint.run.lint import lint

TEMPLATE = """\
Resources:
  Photos:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: photos-of-a-test
      NotificationConfiguration:
        QueueConfigurations:
          - Event: s3:ObjectCreated:*
            Queue: !GetAtt Jobs.Arn
            Filter: {S3Key: {Rules: [{Name: prefix, Value: in/one/}]}}
          - Event: EVENT
            Queue: !GetAtt OTHER.Arn
FILTER
  Jobs: {Type: AWS::SQS::Queue}
  Rest: {Type: AWS::SQS::Queue}
  Polled:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {FunctionName: !Ref Work, EventSourceArn: !GetAtt Jobs.Arn}
  Work:
    Type: AWS::Lambda::Function
    Properties:
      Code: {S3Bucket: code, S3Key: code.zip}
      Handler: app.handler
      Runtime: python3.13
      Role: !GetAtt Role.Arn
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]
      Policies:
        - PolicyName: work
          PolicyDocument:
            Statement:
              - {Effect: Allow, Action: [s3:GetObject, s3:PutObject], Resource: 'arn:aws:s3:::photos-of-a-test/*'}
"""
FILTER = "            Filter: {S3Key: {Rules: [{Name: prefix, Value: in/two/}]}}"


def advised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **words: str) -> Sequence[Remedy]:
    monkeypatch.chdir(tmp_path)
    text = TEMPLATE
    for word, by in {"EVENT": "s3:ObjectCreated:*", "OTHER": "Jobs", "FILTER": FILTER, **words}.items():
        text = text.replace(word, by)
    Path("template.yaml").write_text(text, encoding="utf-8")
    return lint(["template.yaml"]).findings[0].remedies


def denied(remedies: Sequence[Remedy]) -> list[str]:
    found = [one for one in remedies if one.id in ("deny-trigger-keys", "explicit-deny")]
    return [key for key in ("in/one/*", "in/two/*") if any(key in one.title for one in found)]


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        pytest.param({}, ["in/one/*", "in/two/*"], id="two filters to the loop"),
        pytest.param({"OTHER": "Rest"}, ["in/one/*"], id="the other one leads elsewhere"),
        pytest.param({"EVENT": "s3:ObjectRemoved:*"}, ["in/one/*"], id="the other one hears no writes"),
        pytest.param({"FILTER": ""}, [], id="the other one takes any key"),
    ],
)
def test_a_denial_names_the_keys_of_all_filters_that_lead_into_the_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: dict[str, str], keys: list[str]
) -> None:
    assert denied(advised(tmp_path, monkeypatch, **words)) == keys


def test_the_diff_of_a_denial_at_several_prefixes_ends_the_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [one for one in advised(tmp_path, monkeypatch) if "in/one/* or in/two/*" in one.title]
    assert [one.id for one in found if one.diff] == ["deny-trigger-keys"]
    assert "photos-of-a-test/in/one/*" in found[0].diff
    assert "photos-of-a-test/in/two/*" in found[0].diff
