"""A second bucket is not the first advice where others read what is written in the old one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from recursion_lint.model.findings import Remedy
from recursion_lint.run.lint import lint

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Photos: {Type: AWS::S3::Bucket, Properties: {BucketName: photos-of-a-test}}
  Resize:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Handler: app.handler
      Runtime: python3.13
      Policies:
        - S3WritePolicy: {BucketName: photos-of-a-test}
      Events:
        New:
          Type: S3
          Properties: {Bucket: !Ref Photos, Events: s3:ObjectCreated:*, Filter: {S3Key: {Rules: [{Name: suffix, Value: .jpg}]}}}
"""
MIXED = """\
- Statement:
            - Effect: Allow
              Action: ['athena:GetWorkGroup', 's3:GetObject', 's3:PutObject']
              Resource:
                - arn:aws:s3:::photos-of-a-test/*
                - !Sub arn:aws:athena:${AWS::Region}:${AWS::AccountId}:workgroup/results
"""
FUNCTION = """\
  Gallery:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Handler: app.other
      Runtime: python3.13
"""
READS = FUNCTION + "      Policies: [{S3ReadPolicy: {BucketName: photos-of-a-test}}]\n"
ELSEWHERE = FUNCTION + "      Policies: [{S3ReadPolicy: {BucketName: other-of-a-test}}]\n"
LISTS = (
    FUNCTION
    + "      Policies: [{Statement: [{Effect: Allow, Action: 's3:ListBucket', Resource: 'arn:aws:s3:::photos-of-a-test'}]}]\n"
)
IS_TOLD = (
    FUNCTION
    + """\
      Events:
        Thumbnail:
          Type: S3
          Properties: {Bucket: !Ref Photos, Events: s3:ObjectCreated:*, Filter: {S3Key: {Rules: [{Name: suffix, Value: .png}]}}}
"""
)
WRITES = """\
import boto3
s3 = boto3.client("s3")
def handler(event, context):
    for record in event["Records"]:
        key = record["s3"]["object"]["key"]
        s3.put_object(Bucket="photos-of-a-test", Key=key, Body=b"x")
"""


def advised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: str, text: str = TEMPLATE
) -> Sequence[Remedy]:
    monkeypatch.chdir(tmp_path)
    Path("template.yaml").write_text(text + more, encoding="utf-8")
    Path("src").mkdir()
    Path("src/app.py").write_text(WRITES, encoding="utf-8")
    return next(one for one in lint(["template.yaml"]).findings if one.rule == "s3-loop").remedies


@pytest.mark.parametrize(
    "more", ["", ELSEWHERE, LISTS], ids=["nobody", "who reads elsewhere", "who only lists"]
)
def test_a_second_bucket_is_first_where_nobody_else_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: str
) -> None:
    first = advised(tmp_path, monkeypatch, more)[0]
    assert (first.id, bool(first.diff)) == ("two-buckets", True)
    assert "Gallery" not in first.trade_off


@pytest.mark.parametrize("more", [READS, IS_TOLD], ids=["may read objects", "is told of others"])
def test_a_second_bucket_says_who_would_have_to_look_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: str
) -> None:
    remedies = advised(tmp_path, monkeypatch, more)
    (second,) = [one for one in remedies if one.id == "two-buckets"]
    assert remedies[0].id != "two-buckets"
    assert "Gallery takes what is written from Photos" in second.trade_off
    assert (second.diff, second.applicability) == (None, "manual")


def test_a_statement_that_is_split_keeps_the_resources_of_the_services_of_its_actions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a second statement that writes to buckets, a work group is no resource."""
    text = TEMPLATE.replace("- S3WritePolicy: {BucketName: photos-of-a-test}", MIXED)
    (second,) = [one for one in advised(tmp_path, monkeypatch, "", text) if one.id == "two-buckets"]
    assert second.diff is not None
    added = [line for line in second.diff.splitlines() if line.startswith("+")]
    assert any("PhotosOutput.Arn" in line for line in added)
    assert not any("workgroup" in line for line in added)
