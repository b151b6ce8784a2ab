"""A role that a service is passed keeps its right to deliver results: who may pass it without need loses that."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from recursion_lint.model.findings import Remedy
from recursion_lint.run.lint import lint

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Documents: {Type: AWS::S3::Bucket, Properties: {BucketName: documents-of-a-test}}
  JobRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: translate.amazonaws.com}, Action: sts:AssumeRole}]
      Policies:
        - PolicyName: documents
          PolicyDocument:
            Statement:
              - {Effect: Allow, Action: [s3:GetObject, s3:PutObject], Resource: 'arn:aws:s3:::documents-of-a-test/*'}
  Collect:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: src/
      Policies:
        - Statement:
            - {Effect: Allow, Action: 'translate:StartTextTranslationJob', Resource: '*'}
            - {Effect: Allow, Action: 'iam:PassRole', Resource: !GetAtt JobRole.Arn}
      Events:
        Done:
          Type: S3
          Properties:
            Bucket: !Ref Documents
            Events: s3:ObjectCreated:*
            Filter: {S3Key: {Rules: [{Name: prefix, Value: PREFIX}]}}
"""
OTHER = """\
  Start:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: start/
      Policies:
        - Statement:
            - {Effect: Allow, Action: 'translate:StartTextTranslationJob', Resource: '*'}
            - {Effect: Allow, Action: 'iam:PassRole', Resource: !GetAtt JobRole.Arn}
"""
STARTS = """\
import boto3, os
def handler(event, context):
    boto3.client("translate").start_text_translation_job(DataAccessRoleArn=os.environ["ARN"])
"""
IDLE = "def handler(event, context):\n    return len(event)\n"
PLAIN = "If the code of Collect starts no job with JobRole, remove iam:PassRole on JobRole from Collect (line 23); if it does, "
BOUNDED = "accept the finding with what bounds its rounds"


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def advised(code: str = "", prefix: str = "docs/", more: str = "") -> Sequence[Remedy]:
    Path("template.yaml").write_text(TEMPLATE.replace("PREFIX", prefix) + more, encoding="utf-8")
    if code:
        Path("src").mkdir()
        Path("src/app.py").write_text(code, encoding="utf-8")
    return lint(["template.yaml"]).findings[0].remedies


@pytest.mark.parametrize("code", ["", STARTS], ids=["not found", "starts a job"])
def test_the_role_is_narrowed_where_its_only_user_starts_itself(code: str) -> None:
    remedies = advised(code)
    assert remedies[0].title == (
        f"{PLAIN}allow JobRole s3:PutObject on Documents only at the prefix of its results, away from docs/*, or {BOUNDED}"
    )
    assert not [one for one in remedies if one.diff and one.breaks == remedies[0].breaks]


@pytest.mark.parametrize(
    ("prefix", "more"), [("docs/", OTHER), ("output/", "")], ids=["of another", "by its name"]
)
def test_no_other_keys_are_told_where_results_are_waited_for(prefix: str, more: str) -> None:
    remedies = advised(prefix=prefix, more=more)
    assert remedies[0].title == PLAIN + BOUNDED
    assert ("also for Start" in remedies[0].trade_off) == bool(more)
    assert not {"two-buckets", "key-filter", "deny-trigger-keys"} & {one.id for one in remedies}


def test_who_never_passes_the_role_loses_the_right_to() -> None:
    assert advised(IDLE)[0].title == (
        "Remove iam:PassRole on JobRole from Collect (line 23): its code names no role and no such service"
    )
