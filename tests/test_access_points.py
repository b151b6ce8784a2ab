"""S3 access points: what is written through one lands in its bucket."""

from __future__ import annotations

import json
from typing import Any

import pytest

from recursion_lint.model.report import Report
from recursion_lint.run.lint import lint

DOOR = "arn:aws:s3:${AWS::Region}:${AWS::AccountId}:accesspoint/door/object"


def report(*statements: dict[str, Any], **door: Any) -> Report:
    """A function that new objects under ``in/`` of a bucket trigger, an access point, and a role with statements."""
    policy = {"PolicyName": "p", "PolicyDocument": {"Statement": list(statements)}}
    function = "arn:aws:lambda:eu-west-1:123456789012:function:resize"
    notification = {
        "Event": "s3:ObjectCreated:*",
        "Function": function,
        "Filter": {"S3Key": {"Rules": [{"Name": "prefix", "Value": "in/"}]}},
    }
    body = {
        "Resources": {
            "Photos": {
                "Type": "AWS::S3::Bucket",
                "Properties": {
                    "BucketName": "photos",
                    "NotificationConfiguration": {"LambdaConfigurations": [notification]},
                },
            },
            "Door": {
                "Type": "AWS::S3::AccessPoint",
                "Properties": {"Bucket": "photos", "Name": "door", **door},
            },
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "resizer", "Policies": [policy]}},
            "Resize": {
                "Type": "AWS::Lambda::Function",
                "Properties": {"FunctionName": "resize", "Role": {"Fn::GetAtt": ["Role", "Arn"]}},
            },
        }
    }
    found = lint(["-"], stdin=json.dumps(body))
    assert not found.problems
    return found


def put(resource: Any, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": resource, **more}


def rules(found: Report) -> list[str]:
    return [finding.rule for finding in found.findings]


@pytest.mark.parametrize(
    ("resource", "reached"),
    [
        ({"Fn::Sub": DOOR + "/*"}, True),
        ({"Fn::Sub": "${Door.Arn}/object/*"}, True),
        ({"Fn::Sub": DOOR + "/in/*"}, True),
        ({"Fn::Sub": DOOR + "/out/*"}, False),
        ({"Fn::GetAtt": ["Door", "Arn"]}, False),
        (["arn:aws:s3:::elsewhere/*", {"Fn::Sub": DOOR + "/in/*"}], True),
    ],
)
def test_an_object_behind_an_access_point_is_one_of_its_bucket(resource: Any, reached: bool) -> None:
    found = report(put(resource))
    assert rules(found) == (["s3-loop"] if reached else [])
    assert not found.notes


def test_an_access_point_to_another_bucket_leads_there() -> None:
    assert rules(report(put({"Fn::Sub": DOOR + "/*"}), Bucket="elsewhere")) == []


def test_an_access_point_from_elsewhere_is_noted() -> None:
    found = report(put("arn:aws:s3:eu-west-1:123456789012:accesspoint/gate/object/*"))
    assert rules(found) == []
    assert [note.message for note in found.notes] == [
        "the bucket behind the access point gate is not known; what may be written through it was not seen"
    ]


def test_a_denial_through_one_from_elsewhere_is_not() -> None:
    statement = put("arn:aws:s3:eu-west-1:123456789012:accesspoint/gate/object/*", Effect="Deny")
    assert not report(statement).notes


def test_its_own_policy_grants_to_a_role() -> None:
    own = put({"Fn::Sub": DOOR + "/in/*"}, Principal={"AWS": {"Fn::GetAtt": ["Role", "Arn"]}})
    found = report(
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}, Policy={"Statement": [own]}
    )
    assert rules(found) == ["s3-loop"]


def test_a_denial_at_the_door_leaves_the_way_past_it() -> None:
    direct = put("arn:aws:s3:::photos/in/*")
    at_the_door = put({"Fn::Sub": DOOR + "/*"}, Effect="Deny")
    assert rules(report(direct, at_the_door)) == ["s3-loop"]
