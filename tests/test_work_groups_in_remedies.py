"""Where a work group enforces the place of results, the grant is narrowed to that: another bucket gets none."""

from __future__ import annotations

from pathlib import Path

import pytest

from recursion_lint.model.findings import Finding
from recursion_lint.run.lint import lint

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Lists: {Type: AWS::S3::Bucket, Properties: {BucketName: !Sub 'lists-${AWS::AccountId}'}}
  Queries:
    Type: AWS::Athena::WorkGroup
    Properties:
      Name: queries-of-a-test
      WorkGroupConfiguration:
        EnforceWorkGroupConfiguration: true
        ResultConfiguration: {OutputLocation: !Sub 's3://lists-${AWS::AccountId}/results/'}
  Ask:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Handler: app.handler
      Runtime: python3.13
      Environment: {Variables: {GROUP: queries-of-a-test}}
      Policies:
        - Statement:
            - Effect: Allow
              Action: ['athena:StartQueryExecution', 's3:GetObject', 's3:PutObject']
              Resource:
                - !Sub 'arn:aws:s3:::lists-${AWS::AccountId}/*'
                - !Sub arn:aws:athena:${AWS::Region}:${AWS::AccountId}:workgroup/queries-of-a-test
      Events:
        New:
          Type: S3
          Properties:
            Bucket: !Ref Lists
            Events: s3:ObjectCreated:*
            Filter: {S3Key: {Rules: [{Name: prefix, Value: in/}]}}
"""
CODE = """\
import boto3, os
athena = boto3.client("athena")
def handler(event, context):
    athena.start_query_execution(QueryString="SELECT * FROM lists", WorkGroup=os.environ["GROUP"])
"""


def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, template: str, code: str) -> Finding:
    monkeypatch.chdir(tmp_path)
    Path("template.yaml").write_text(template, encoding="utf-8")
    Path("src").mkdir()
    Path("src/app.py").write_text(code, encoding="utf-8")
    return lint(["template.yaml"]).findings[0]


def test_a_grant_is_narrowed_to_the_prefix_that_a_work_group_enforces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = found(tmp_path, monkeypatch, TEMPLATE, CODE).remedies[0]
    assert (first.id, first.title) == (
        "key-filter",
        "Let Ask write only under results/ in Lists, where Queries puts the results of its queries",
    )
    assert first.diff is not None
    added = "\n".join(line for line in first.diff.splitlines() if line.startswith("+"))
    assert "lists-${AWS::AccountId}/results/*" in added
    assert "workgroup" not in added


@pytest.mark.parametrize(
    ("template", "code"),
    [
        pytest.param(
            TEMPLATE.replace("Configuration: true", "Configuration: false"), CODE, id="not enforced"
        ),
        pytest.param(TEMPLATE.replace("GROUP: queries", "GROUP: others"), CODE, id="another group"),
        pytest.param(
            TEMPLATE, CODE.replace("SELECT * FROM lists", "UNLOAD (SELECT 1) TO 's3://x/'"), id="unloads"
        ),
        pytest.param(
            TEMPLATE,
            CODE + '    boto3.client("s3").put_object(Bucket=event["bucket"], Key=event["key"], Body=b"x")\n',
            id="writes objects too",
        ),
    ],
)
def test_the_place_is_not_told_where_it_is_not_sure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, template: str, code: str
) -> None:
    assert not [
        one for one in found(tmp_path, monkeypatch, template, code).remedies if "Queries" in one.title
    ]
