"""B2B Data Interchange: capabilities that take documents of one format from a folder and put others into a folder."""

from __future__ import annotations

import json
from typing import Any

import pytest

from recursion_lint.run.lint import lint

Json = dict[str, Any]
RANK = {"error": 3, "warning": 2, "info": 1}


def capability(taken: str, made: str, direction: str = "") -> Json:
    edi: Json = {
        "InputLocation": {"BucketName": "exchange", "Key": taken},
        "OutputLocation": {"BucketName": "exchange", "Key": made},
    }
    if direction:
        edi["CapabilityDirection"] = direction
    return {"Type": "AWS::B2BI::Capability", "Properties": {"Configuration": {"Edi": edi}}}


def worst(resources: Json) -> str:
    found = lint(["-"], stdin=json.dumps({"Resources": resources}))
    assert not found.problems
    levels = [finding.severity for finding in found.findings]
    return max(levels, key=RANK.__getitem__, default="none")


@pytest.mark.parametrize(
    ("second", "expected"), [("OUTBOUND", "error"), ("INBOUND", "info"), ("", "info"), ("x", "info")]
)
def test_what_one_makes_the_other_takes(second: str, expected: str) -> None:
    resources = {"One": capability("x12", "json", "INBOUND"), "Two": capability("json", "x12", second)}
    assert worst(resources) == expected


@pytest.mark.parametrize(
    ("taken", "made", "expected"),
    [("in", "in/", "info"), ("in", "in/made", "info"), ("in", "inner", "none"), ("in", "out", "none")],
)
def test_a_capability_does_not_take_the_format_that_it_makes(taken: str, made: str, expected: str) -> None:
    assert worst({"One": capability(taken, made, "INBOUND")}) == expected


@pytest.mark.parametrize(("watched", "expected"), [("json/", "info"), ("sent/", "none")])
def test_what_it_makes_starts_a_function_that_writes_documents(watched: str, expected: str) -> None:
    statement = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::exchange/x12/*"}
    policy = {"PolicyName": "p", "PolicyDocument": {"Statement": [statement]}}
    told = {
        "Event": "s3:ObjectCreated:*",
        "Function": {"Fn::GetAtt": ["Fn", "Arn"]},
        "Filter": {"S3Key": {"Rules": [{"Name": "prefix", "Value": watched}]}},
    }
    notified = {"NotificationConfiguration": {"LambdaConfigurations": [told]}, "BucketName": "exchange"}
    role = {"Fn::GetAtt": ["Role", "Arn"]}
    resources = {
        "Exchange": {"Type": "AWS::S3::Bucket", "Properties": notified},
        "Fn": {"Type": "AWS::Lambda::Function", "Properties": {"Role": role}},
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"Policies": [policy]}},
        "Receive": capability("x12", "json", "INBOUND"),
    }
    assert worst(resources) == expected
