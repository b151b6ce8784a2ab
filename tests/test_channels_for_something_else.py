"""Another bucket or queue of the template is only proposed where it is not there for something else."""

from __future__ import annotations

from pathlib import Path

import pytest

from recursion_lint.model.findings import Finding
from recursion_lint.run.lint import lint

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Photos: {Type: AWS::S3::Bucket, Properties: {BucketName: photos-of-a-test}}
  Spare: {Type: AWS::S3::Bucket, Properties: {BucketName: spare-of-a-testOWN}}
  Resize:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Handler: app.handler
      Runtime: python3.13
      Environment: {Variables: {OUTPUT_BUCKET: photos-of-a-test}}
      Policies:
        - S3CrudPolicy: {BucketName: photos-of-a-test}
GRANTED
      Events:
        New:
          Type: S3
          Properties: {Bucket: !Ref Photos, Events: s3:ObjectCreated:*}
"""
GRANTED = "        - S3WritePolicy: {BucketName: spare-of-a-test}"
POLICY = """\
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Spare
      PolicyDocument:
        Statement:
          - {Effect: EFFECT, Principal: WHO, Action: 's3:PutObject', Resource: !Sub '${Spare.Arn}/*'}
"""
TRAIL = """\
  Trail:
    Type: AWS::CloudTrail::Trail
    Properties: {IsLogging: true, S3BucketName: !Ref Spare}
"""
LOGGED = """\
  Assets:
    Type: AWS::S3::Bucket
    Properties: {LoggingConfiguration: {DestinationBucketName: !Ref Spare}}
"""
PIPELINE = """\
  Pipeline:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      RoleArn: arn:aws:iam::123456789012:role/pipeline
      ArtifactStore: {Type: S3, Location: !Ref Spare}
      Stages: []
"""
NESTED = """\
  Nested:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: nested.yaml, Parameters: {Bucket: !Ref Spare}}
"""
TRIGGERS = """\
  Reader:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Handler: app.handler
      Runtime: python3.13
      Events: {New: {Type: S3, Properties: {Bucket: !Ref Spare, Events: s3:ObjectCreated:*}}}
"""
READ = """\
  Reader:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Handler: app.handler
      Runtime: python3.13
      Environment: {Variables: {BUCKET: spare-of-a-test}}
  Emptier:
    Type: Custom::S3AutoDeleteObjects
    Properties: {ServiceToken: !GetAtt Reader.Arn, BucketName: !Ref Spare}
"""
WRITES = """\
import boto3, os
s3 = boto3.client("s3")
def handler(event, context):
    s3.put_object(Bucket=os.environ["OUTPUT_BUCKET"], Key="x", Body=b"x")
"""


def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, granted: str, more: str, own: str = "") -> Finding:
    monkeypatch.chdir(tmp_path)
    text = TEMPLATE.replace("GRANTED\n", f"{granted}\n" if granted else "").replace("OWN", own) + more
    Path("template.yaml").write_text(text, encoding="utf-8")
    Path("src").mkdir()
    Path("src/app.py").write_text(WRITES, encoding="utf-8")
    return next(one for one in lint(["template.yaml"]).findings if one.rule == "s3-loop")


@pytest.mark.parametrize("granted", [GRANTED, ""], ids=["granted", "the only other one"])
@pytest.mark.parametrize(
    ("more", "own", "proposed"),
    [
        pytest.param("", "", True, id="nothing else"),
        pytest.param(READ, "", True, id="what reads it"),
        pytest.param(POLICY.replace("EFFECT", "Deny").replace("WHO", "'*'"), "", True, id="a denial"),
        pytest.param(
            POLICY.replace("EFFECT", "Allow").replace("WHO", "{Service: delivery.logs.amazonaws.com}"),
            "",
            False,
            id="delivered to by a service",
        ),
        pytest.param(TRAIL, "", False, id="a trail"),
        pytest.param(LOGGED, "", False, id="access logs"),
        pytest.param(PIPELINE, "", False, id="a pipeline"),
        pytest.param(NESTED, "", False, id="a nested stack"),
        pytest.param(TRIGGERS, "", False, id="what triggers something else"),
        pytest.param("", ", WebsiteConfiguration: {IndexDocument: index.html}", False, id="a website"),
        pytest.param("", ", AccessControl: LogDeliveryWrite", False, id="a log bucket"),
    ],
)
def test_a_bucket_for_something_else_is_not_proposed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, granted: str, more: str, own: str, proposed: bool
) -> None:
    finding = found(tmp_path, monkeypatch, granted, more, own)
    assert ("use-other-bucket" in [one.id for one in finding.remedies]) == proposed
