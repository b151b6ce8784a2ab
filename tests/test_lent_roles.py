"""Roles that an actor may assume, and roles that it may pass to a service whose jobs write to S3."""

from __future__ import annotations

import json
from typing import Any

import pytest

from recursion_lint.model.report import Report
from recursion_lint.run.lint import lint

ACCOUNT = {"AWS": {"Ref": "AWS::AccountId"}}
OTHER = {"Fn::GetAtt": ["Other", "Arn"]}
PUT = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::photos/*"}
WRITER = "arn:aws:iam::${AWS::AccountId}:role/writer"


def role(name: str, principal: Any, *statements: dict[str, Any], **more: Any) -> dict[str, Any]:
    trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more.pop("trust", {})}
    policies = [{"PolicyName": "p", "PolicyDocument": {"Statement": list(statements)}}] if statements else []
    properties = {
        "RoleName": name,
        "AssumeRolePolicyDocument": {"Statement": [trust]},
        "Policies": policies,
        **more,
    }
    return {"Type": "AWS::IAM::Role", "Properties": properties}


def report(own: list[dict[str, Any]], other: dict[str, Any], **more: dict[str, Any]) -> Report:
    """A function that new objects of a bucket trigger, with statements on its role, and another role."""
    notification = {"Event": "s3:ObjectCreated:*", "Function": {"Fn::GetAtt": ["Resize", "Arn"]}}
    bucket = {
        "BucketName": "photos",
        "NotificationConfiguration": {"LambdaConfigurations": [notification]},
    }
    function = {"FunctionName": "resize", "Role": {"Fn::GetAtt": ["Own", "Arn"]}}
    resources = {
        "Photos": {"Type": "AWS::S3::Bucket", "Properties": bucket},
        "Resize": {"Type": "AWS::Lambda::Function", "Properties": function},
        "Own": role("own", {"Service": "lambda.amazonaws.com"}, *own),
        "Other": other,
        **more,
    }
    found = lint(["-"], stdin=json.dumps({"Resources": resources}))
    assert not found.problems
    return found


def levels(found: Report) -> list[str]:
    return [finding.severity for finding in found.findings]


def allow(action: Any, resource: Any = OTHER, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


# --- assumed roles ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("principal", "level"),
    [
        (ACCOUNT, ["warning"]),
        ({"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}, ["warning"]),
        ({"AWS": "123456789012"}, ["warning"]),
        ({"AWS": ["*"]}, ["warning"]),
        ("*", ["warning"]),
        ({"AWS": {"Fn::GetAtt": ["Own", "Arn"]}}, ["warning"]),
        ({"AWS": {"Fn::Sub": "arn:aws:sts::${AWS::AccountId}:assumed-role/own/resize"}}, ["warning"]),
        ({"AWS": {"Fn::Sub": "arn:aws:iam::${Partner}:root"}}, ["info"]),
        ({"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/somebody"}}, []),
        ({"Service": "lambda.amazonaws.com"}, []),
        ({"Federated": "accounts.google.com"}, []),
    ],
)
def test_a_role_is_assumed_by_whom_it_trusts(principal: Any, level: list[str]) -> None:
    assert levels(report([allow("sts:AssumeRole")], role("writer", principal, PUT))) == level


@pytest.mark.parametrize("action", ["*", "*:*", "s*:AssumeRole", "STS:assume*"])
def test_a_wildcard_may_mean_to_assume(action: str) -> None:
    assert levels(report([allow(action)], role("writer", ACCOUNT, PUT))) == ["warning"]


def test_the_hop_says_through_which_role() -> None:
    found = report([allow("sts:AssumeRole")], role("writer", ACCOUNT, PUT))
    assert found.findings[0].hops[1].reason == (
        "Resize may write to Photos by assuming Other (Other: s3:PutObject)"
    )


def test_a_role_that_trusts_the_callers_role_by_name_needs_no_permission() -> None:
    trusting = role("writer", {"AWS": {"Fn::GetAtt": ["Own", "Arn"]}}, PUT)
    assert levels(report([], trusting)) == ["warning"]
    assert levels(report([], role("writer", ACCOUNT, PUT))) == []


@pytest.mark.parametrize(
    ("resource", "level"),
    [
        ({"Fn::Sub": WRITER}, ["warning"]),
        ({"Fn::Sub": "arn:aws:iam::*:role/writer"}, ["warning"]),
        ({"Fn::Sub": "arn:aws:iam::${Partner}:role/writer"}, ["info"]),
        ("*", ["info"]),
        ({"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/wri*"}, ["info"]),
        ({"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/reader"}, []),
        ({"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/rea*"}, []),
        ("arn:aws:s3:::writer", []),
    ],
)
def test_a_step_is_as_strong_as_the_resource_names_the_role(resource: Any, level: list[str]) -> None:
    assert levels(report([allow("sts:AssumeRole", resource)], role("writer", ACCOUNT, PUT))) == level


@pytest.mark.parametrize(
    ("own", "other", "level"),
    [
        ([allow("sts:*")], {}, ["warning"]),
        ([allow("sts:AssumeRoleWithSAML")], {}, []),
        ([allow("sts:AssumeRole"), {**allow("sts:*"), "Effect": "Deny"}], {}, []),
        ([{**allow("sts:AssumeRole"), "Effect": "Deny"}], {}, []),
        ([allow("sts:AssumeRole", Condition={"Bool": {"aws:ViaAWSService": "false"}})], {}, ["warning"]),
        ([allow("sts:AssumeRole")], {"trust": {"Action": "sts:AssumeRoleWithSAML"}}, []),
        ([allow("sts:AssumeRole")], {"trust": {"Effect": "Deny"}}, []),
        ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": {"Fn::Sub": WRITER}}], {}, ["warning"]),
        ([{"Effect": "Allow", "Action": "sts:AssumeRole", "NotResource": "arn:aws:iam::*:role/reader"}], {}, ["info"]),
        ([{"Effect": "Allow", "Action": "sts:AssumeRole", "NotResource": "arn:aws:iam::*:role/wr*"}], {}, []),
    ],
)  # fmt: skip
def test_both_the_caller_and_the_trust_must_allow(
    own: list[dict[str, Any]], other: dict[str, Any], level: list[str]
) -> None:
    assert levels(report(own, role("writer", ACCOUNT, PUT, **other))) == level


def test_an_external_id_is_told_to_whoever_may_come() -> None:
    trust = {"Condition": {"StringEquals": {"sts:ExternalId": "7"}}}
    found = report([allow("sts:AssumeRole")], role("writer", ACCOUNT, PUT, trust=trust))
    assert found.findings[0].confidence == "likely"
    trust = {"Condition": {"StringEquals": {"aws:PrincipalTag/team": "x"}}}
    found = report([allow("sts:AssumeRole")], role("writer", ACCOUNT, PUT, trust=trust))
    assert found.findings[0].confidence == "possible"


def test_denials_hold_for_the_role_that_they_are_on() -> None:
    deny = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}
    assume = allow("sts:AssumeRole")
    assert levels(report([assume, deny], role("writer", ACCOUNT, PUT))) == ["warning"]
    assert levels(report([assume], role("writer", ACCOUNT, PUT, deny))) == []


def test_roles_are_assumed_one_by_another() -> None:
    further = role("further", {"AWS": {"Fn::GetAtt": ["Other", "Arn"]}}, PUT)
    found = report([allow("sts:AssumeRole")], role("between", ACCOUNT), Further=further)
    assert [finding.hops[1].reason for finding in found.findings] == [
        "Resize may write to Photos by assuming Other and by assuming Further (Further: s3:PutObject)"
    ]


def test_roles_that_assume_each_other_come_to_an_end() -> None:
    both = {"AWS": [{"Fn::GetAtt": ["Own", "Arn"]}, {"Fn::GetAtt": ["Further", "Arn"]}]}
    further = role("further", {"AWS": {"Fn::GetAtt": ["Other", "Arn"]}}, allow("sts:*", "*"))
    assert levels(report([allow("sts:*", "*")], role("between", both, PUT), Further=further)) == ["warning"]


def test_who_may_do_everything_gains_nothing_by_a_role() -> None:
    found = report([allow("*", "*")], role("writer", ACCOUNT, PUT))
    assert [finding.hops[1].reason for finding in found.findings] == [
        "Resize may write to Photos (Own: s3:PutObject)"
    ]


# --- passed roles -------------------------------------------------------------------------------------

TRANSLATE = {"Service": "translate.amazonaws.com"}
START = allow("translate:StartTextTranslationJob", "*")
PASS = allow("iam:PassRole")


def test_a_job_writes_by_the_role_that_it_is_given() -> None:
    found = report([START, PASS], role("writer", TRANSLATE, PUT)).findings
    assert [finding.severity for finding in found] == ["warning"]
    assert found[0].hops[1].reason == (
        "Resize may write to Photos by passing Other to translate (Other: s3:PutObject)"
    )
    assert found[0].runtime_protection == "none"
    assert found[0].because == ()


def to(service: str) -> dict[str, Any]:
    return allow("iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": service}})


@pytest.mark.parametrize(
    ("own", "principal", "level"),
    [
        ([START, to("translate.amazonaws.com")], TRANSLATE, ["warning"]),
        ([START, to("comprehend.amazonaws.com")], TRANSLATE, []),
        ([START, allow("iam:PassRole", "*")], TRANSLATE, ["info"]),
        ([START, allow("iam:GetRole")], TRANSLATE, []),
        ([START, PASS, {**PASS, "Effect": "Deny"}], TRANSLATE, []),
        ([PASS], TRANSLATE, []),
        ([allow("translate:TranslateText", "*"), PASS], TRANSLATE, []),
        ([allow("translate:*", "*"), PASS], TRANSLATE, ["warning"]),
        ([START, PASS], {"Service": ["comprehend.amazonaws.com"]}, []),
        ([START, PASS], {"Service": "lambda.amazonaws.com"}, []),
        ([START, PASS], ACCOUNT, []),
        ([allow("comprehend:StartTopicsDetectionJob", "*"), PASS], {"Service": "comprehend.amazonaws.com"}, ["warning"]),
        ([allow("s3:CreateJob", "*"), PASS], {"Service": "batchoperations.s3.amazonaws.com"}, ["warning"]),
        ([allow("mediaconvert:CreateJob", "*"), PASS], {"Service": {"Fn::Sub": "mediaconvert.${AWS::URLSuffix}"}}, ["warning"]),
    ],
)  # fmt: skip
def test_a_role_is_passed_to_the_service_that_it_trusts_and_that_works(
    own: list[dict[str, Any]], principal: Any, level: list[str]
) -> None:
    assert levels(report(own, role("writer", principal, PUT))) == level


def test_that_the_passed_role_may_write_anywhere_says_nothing_of_a_job() -> None:
    """A job writes where it is told to: labels of real templates call those with a role for all of S3 safe."""
    for statement in (allow("s3:PutObject", "*"), allow("s3:*", "arn:aws:s3:::*"), allow("s3:*", "*")):
        assert levels(report([START, PASS], role("writer", TRANSLATE, statement))) == []
        assert levels(report([allow("sts:AssumeRole")], role("writer", ACCOUNT, statement))) == ["info"]
    assert levels(report([START, PASS], role("writer", TRANSLATE, allow("s3:*", "*"), PUT))) == ["warning"]


def test_a_job_only_puts_objects() -> None:
    invoke = allow("lambda:InvokeFunction", {"Fn::GetAtt": ["Resize", "Arn"]})
    assert levels(report([START, PASS], role("writer", TRANSLATE, invoke))) == []
    assert levels(report([allow("sts:AssumeRole")], role("writer", ACCOUNT, invoke))) == ["warning"]
