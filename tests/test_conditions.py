"""Conditions and policy variables of statements: those that what a template shows decides."""

from __future__ import annotations

import json
from typing import Any

import pytest

from recursion_lint.iam.evaluation.conditions import Known, holds
from recursion_lint.model.text import Symbol, Text
from recursion_lint.run.lint import lint

S = Symbol("parameter", "Team")


@pytest.mark.parametrize(
    ("operator", "values", "known", "verdict"),
    [
        ("StringEquals", [("a",)], (("a",),), True),
        ("StringEquals", [("b",), ("a",)], (("a",),), True),
        ("StringEquals", [("b",)], (("a",),), False),
        ("StringEquals", [("*",)], (("a",),), False),
        ("StringEquals", [(S,)], (("a",),), None),
        ("StringEquals", [(S,)], ((S,),), True),
        ("StringEquals", [("x", S)], ((S,),), False),
        ("ArnLike", [("arn:aws:sqs:*:*:x",)], (("arn:", S, ":sqs:eu-west-1:1:y-", S),), False),
        ("StringLike", [("arn:aws:sqs:*:*:x",)], (("arn:", S, ":sqs:eu-west-1:1:y-", S),), None),
        ("ArnLike", [("arn:aws:sqs:*:*:y-*",)], (("arn:", S, ":sqs:eu-west-1:1:y-", S),), None),
        ("ArnLike", [("arn:*:sqs:*:*:y-*",)], (("arn:", S, ":sqs:eu-west-1:1:y-", S),), True),
        ("StringEquals", [("a",)], None, None),
        ("StringEquals", [("${aws:username}",)], (("a",),), None),
        ("StringEquals", [], (("a",),), None),
        ("StringLike", [("a*",)], (("ab",),), True),
        ("StringLike", [("a*",)], (("a", S),), True),
        ("StringLike", [("b*",)], (("a", S),), False),
        ("StringLike", [("*a",)], (("a", S),), None),
        ("ArnEquals", [("arn:aws:*:x",)], (("arn:aws:sqs:x",),), True),
        ("StringNotEquals", [("a",)], (("a",),), False),
        ("StringNotEquals", [("b",)], (("a",),), True),
        ("StringNotLike", [("a*",), ("b",)], (("ab",),), False),
        ("ArnNotLike", [("b*",)], (("ab",),), True),
        ("StringNotEquals", [(S,)], (("a",),), None),
        ("StringEqualsIgnoreCase", [("A",)], (("a",),), True),
        ("StringEqualsIgnoreCase", [(S,)], (("a",),), None),
        ("StringNotEqualsIgnoreCase", [("A",)], (("a",),), False),
        ("Bool", [("true",)], (("true",),), True),
        ("Bool", [("True",)], (("false",),), False),
        ("NumericLessThan", [("10",)], (("1",),), None),
        # Absent keys: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_multi-key-or-value-conditions.html
        ("StringEquals", [("a",)], (), False),
        ("StringEqualsIfExists", [("a",)], (), True),
        ("ForAllValues:StringEquals", [("a",)], (), True),
        ("ForAnyValue:StringNotEquals", [("a",)], (), False),
        ("StringNotEquals", [("a",)], (), True),
        ("NotIpAddress", [("10.0.0.0/8",)], (), True),
        ("NumericLessThan", [("10",)], (), False),
        ("Null", [("true",)], (), True),
        ("Null", [("false",)], (), False),
        ("Null", [("true",)], (("a",),), False),
        ("Null", [("false",)], (("a",),), True),
        ("Null", [("maybe",)], (), None),
        ("StringEquals", [("a",)], (("a",), ("b",)), None),
    ],
)
def test_operators(operator: str, values: list[Text], known: Known | None, verdict: bool | None) -> None:
    assert holds(operator, tuple(values), known) is verdict


# --- whole templates ----------------------------------------------------------------------------------

QUEUE = {"Fn::GetAtt": ["Jobs", "Arn"]}
PLAIN = "arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:"


def level(
    condition: Any = None,
    *,
    action: Any = "sqs:SendMessage",
    resource: Any = QUEUE,
    denied: Any = None,
    tags: Any = (("team", "blue"),),
    role: dict[str, Any] | None = None,
    **more: Any,
) -> str:
    """The confidence of the loop of a worker that may send to its own queue (``none`` for no loop)."""
    allowed = {"Effect": "Allow", "Action": action, "Resource": resource}
    statements = [{**allowed, **({"Condition": condition} if condition else {})}]
    if denied is not None:
        statements.append({"Effect": "Deny", "Action": action, "Resource": "*", **denied})
    properties = {
        "Policies": [{"PolicyName": "p", "PolicyDocument": {"Statement": statements}}],
        "Tags": [{"Key": key, "Value": value} for key, value in tags],
        **(role or {}),
    }
    resources = {
        "Jobs": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "blue-jobs"}},
        "Work": {"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Fn::GetAtt": ["Role", "Arn"]}}},
        "Other": {"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Fn::GetAtt": ["Spare", "Arn"]}}},
        "Spare": {"Type": "AWS::IAM::Role", "Properties": {}},
        "Role": {"Type": "AWS::IAM::Role", "Properties": properties},
        "Mapping": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {"EventSourceArn": QUEUE, "FunctionName": {"Ref": "Work"}},
        },
        **more,
    }
    body = {"Parameters": {"Team": {"Type": "String"}}, "Resources": resources}
    report = lint(["-"], stdin=json.dumps(body))
    assert not report.problems
    return max((found.confidence for found in report.findings), default="none")


TEAM = "aws:PrincipalTag/team"


@pytest.mark.parametrize(
    ("condition", "confidence"),
    [
        ({"StringEquals": {TEAM: "blue"}}, "likely"),
        ({"StringEquals": {"AWS:principaltag/TEAM": ["red", "blue"]}}, "likely"),
        ({"StringEquals": {TEAM: "red"}}, "none"),
        ({"StringNotEquals": {TEAM: "blue"}}, "none"),
        ({"StringLike": {TEAM: "bl*"}, "StringEquals": {"aws:PrincipalType": "AssumedRole"}}, "likely"),
        ({"StringEquals": {TEAM: {"Ref": "Team"}}}, "possible"),
        ({"StringEquals": {"aws:PrincipalTag/stage": "prod"}}, "possible"),  # a stack may add tags
        ({"Null": {TEAM: "true"}}, "none"),
        ({"StringEquals": {TEAM: "${aws:ResourceTag/team}"}}, "possible"),
        ({"ArnEquals": {"aws:PrincipalArn": {"Fn::GetAtt": ["Spare", "Arn"]}}}, "none"),
        ({"StringEquals": {"aws:PrincipalAccount": {"Ref": "AWS::AccountId"}}}, "likely"),
        ({"ArnEquals": {"lambda:SourceFunctionArn": {"Fn::GetAtt": ["Work", "Arn"]}}}, "likely"),
        ({"ArnEquals": {"lambda:SourceFunctionArn": {"Fn::GetAtt": ["Other", "Arn"]}}}, "none"),
        ({"ArnLike": {"lambda:SourceFunctionArn": "arn:aws:lambda:*:*:function:other"}}, "none"),
        ({"ArnNotEquals": {"lambda:SourceFunctionArn": {"Fn::GetAtt": ["Work", "Arn"]}}}, "none"),
        ({"ArnEquals": {"lambda:SourceFunctionArn": {"Ref": "Team"}}}, "possible"),
        ({"StringLike": {"s3:prefix": "in/*"}}, "none"),
        ({"StringLikeIfExists": {"s3:prefix": "in/*"}}, "likely"),
        ({"Null": {"kms:ViaService": "true"}}, "likely"),
        ({"StringEquals": {"ec2:SourceInstanceARN": "arn"}}, "possible"),
        ({"StringEquals": {"glue:RoleAssumedBy": "glue.amazonaws.com"}}, "possible"),
        ({"StringEquals": {"codebuild:projectArn": "arn"}}, "possible"),
        ({"Bool": {"aws:SecureTransport": "true"}}, "possible"),
        ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, "none"),  # no function shows a device
        ({"Bool": {"aws:MultiFactorAuthPresent": "false"}}, "possible"),
        ({"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}, "possible"),
        ({"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}, "likely"),
        ({"ArnLike": {"aws:SourceArn": "*"}}, "none"),
        ({"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}, "none"),
        ({"StringNotEqualsIfExists": {"aws:SourceAccount": "1"}}, "likely"),
        ({"StringLike": {"aws:username": "*"}}, "none"),
    ],
)
def test_conditions_of_a_grant(condition: Any, confidence: str) -> None:
    assert level(condition) == confidence


def test_tags_that_depend_on_something_are_not_known() -> None:
    condition = {"StringEquals": {TEAM: "red"}}
    assert level(condition, tags=[("team", {"Ref": "Team"})]) == "possible"
    assert level(condition, tags=[("team", {"Fn::If": ["C", "red", "blue"]})]) == "possible"
    assert level(condition, tags=[]) == "possible"
    assert level({"StringEquals": {TEAM: {"Ref": "Team"}}}, tags=[("team", {"Ref": "Team"})]) == "likely"


def test_a_path_hides_the_arn_of_a_role() -> None:
    condition = {"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::*:role/x"}}
    assert level(condition) == "none"
    assert level(condition, role={"Path": "/service/"}) == "possible"


@pytest.mark.parametrize(
    ("denied", "confidence"),
    [
        ({"Condition": {"StringEquals": {TEAM: "blue"}}}, "none"),
        ({"Condition": {"StringNotEquals": {TEAM: "red"}}}, "none"),
        ({"Condition": {"StringEquals": {TEAM: "red"}}}, "likely"),
        ({"Condition": {"StringEquals": {"aws:PrincipalTag/stage": "prod"}}}, "likely"),
        (
            {"Condition": {"ArnNotEquals": {"lambda:SourceFunctionArn": {"Fn::GetAtt": ["Other", "Arn"]}}}},
            "none",
        ),
        (
            {"Condition": {"ArnEquals": {"lambda:SourceFunctionArn": {"Fn::GetAtt": ["Other", "Arn"]}}}},
            "likely",
        ),
        ({"Resource": "arn:aws:sqs:*:*:${aws:PrincipalTag/team}-*"}, "none"),
        ({"Resource": "arn:aws:sqs:*:*:${aws:PrincipalTag/stage}-*"}, "likely"),
    ],
)
def test_conditions_of_a_denial(denied: Any, confidence: str) -> None:
    assert level(denied=denied) == confidence


@pytest.mark.parametrize(
    ("resource", "confidence"),
    [
        ("${!aws:PrincipalTag/team}-jobs", "likely"),
        ("${!aws:PrincipalTag/Team}-job?", "likely"),
        ("${!aws:PrincipalTag/team, 'red'}-jobs", "likely"),
        ("${!aws:PrincipalTag/team}-mails", "none"),
        ("${!aws:PrincipalTag/stage}-jobs", "weak"),
        ("${!aws:PrincipalTag/stage}-mails", "none"),
        ("${!aws:username}-jobs", "none"),
        ("${!aws:username, 'blue'}-jobs", "likely"),
        ("blue-jobs${!*}", "none"),
        ("blue${!$}jobs", "none"),
    ],
)
def test_policy_variables_in_a_resource(resource: str, confidence: str) -> None:
    assert level(resource={"Fn::Sub": PLAIN + resource}) == confidence


def test_a_variable_that_is_not_shown_may_be_anything() -> None:
    assert level(resource={"Fn::Sub": PLAIN + "blue-${!aws:userid}"}) != "none"
    assert level(resource={"Fn::Sub": PLAIN + "red-${!aws:userid}"}) == "none"


def test_what_is_left_out_by_an_unknown_variable_may_be_anything() -> None:
    policy = {"Effect": "Allow", "Action": "sqs:SendMessage"}
    for variable, confidence in ((TEAM, "none"), ("aws:PrincipalTag/stage", "weak")):
        spared = {"NotResource": f"arn:aws:sqs:*:*:${{{variable}}}-*"}
        document = {"Statement": [{**policy, **spared}]}
        other = {"Policies": [{"PolicyName": "p", "PolicyDocument": document}]}
        assert level(role=other) == confidence


def test_a_boundary_with_a_variable_limits_nothing_that_it_may_allow() -> None:
    for name, confidence in (("${aws:userid}-jobs", "likely"), ("mails-${aws:userid}", "none")):
        allowed = {"Effect": "Allow", "Action": "sqs:*", "Resource": "arn:aws:sqs:*:*:" + name}
        document = {"PolicyDocument": {"Statement": [allowed]}}
        limit = {"Type": "AWS::IAM::ManagedPolicy", "Properties": document}
        assert level(role={"PermissionsBoundary": {"Ref": "Limit"}}, Limit=limit) == confidence


def test_conditions_hold_through_managed_policies_and_for_sam_roles() -> None:
    statement = {
        "Effect": "Allow",
        "Action": "sqs:SendMessage",
        "Resource": {"Fn::Sub": PLAIN + "${!aws:PrincipalTag/team}-jobs"},
    }
    for team, loops in (("blue", True), ("red", False)):
        resources = {
            "Jobs": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "blue-jobs"}},
            "Send": {
                "Type": "AWS::IAM::ManagedPolicy",
                "Properties": {"PolicyDocument": {"Statement": [statement]}},
            },
            "Work": {
                "Type": "AWS::Serverless::Function",
                "Properties": {
                    "Tags": {"team": team},
                    "Policies": [{"Ref": "Send"}],
                    "Events": {"Job": {"Type": "SQS", "Properties": {"Queue": QUEUE}}},
                },
            },
        }
        body = {"Transform": "AWS::Serverless-2016-10-31", "Resources": resources}
        assert bool(lint(["-"], stdin=json.dumps(body)).findings) == loops


# --- keys that an action never carries ----------------------------------------------------------------


def bucket(action: Any, condition: Any, event: str = "s3:ObjectCreated:*") -> str:
    notification = {"Event": event, "Function": {"Fn::GetAtt": ["Work", "Arn"]}}
    statement = {
        "Effect": "Allow",
        "Action": action,
        "Resource": "arn:aws:s3:::photos/*",
        "Condition": condition,
    }
    policy = {"PolicyName": "p", "PolicyDocument": {"Statement": [statement]}}
    configuration = {"LambdaConfigurations": [notification]}
    resources = {
        "Photos": {
            "Type": "AWS::S3::Bucket",
            "Properties": {"BucketName": "photos", "NotificationConfiguration": configuration},
        },
        "Work": {"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Fn::GetAtt": ["Role", "Arn"]}}},
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"Policies": [policy]}},
    }
    report = lint(["-"], stdin=json.dumps({"Resources": resources}))
    return max((found.confidence for found in report.findings), default="none")


@pytest.mark.parametrize(
    ("action", "condition", "confidence"),
    [
        ("s3:PutObject", {"StringLike": {"s3:prefix": "done/*"}}, "none"),
        (["s3:ListBucket", "s3:PutObject"], {"StringLike": {"s3:prefix": "done/*"}}, "none"),
        ("s3:PutObject", {"StringNotLike": {"s3:prefix": "done/*"}}, "likely"),
        ("s3:PutObject", {"StringEquals": {"s3:ExistingObjectTag/done": "yes"}}, "none"),
        ("s3:PutObject", {"StringEquals": {"s3:RequestObjectTag/done": "yes"}}, "possible"),
        ("s3:PutObject", {"StringEquals": {"s3:x-amz-acl": "private"}}, "possible"),
        ("s3:PutObject", {"StringEquals": {"s3:VersionId": "1"}}, "none"),
        ("s3:PutObject", {"ForAnyValue:StringEquals": {"dynamodb:LeadingKeys": "1"}}, "none"),
    ],
)
def test_keys_of_requests_to_a_bucket(action: Any, condition: Any, confidence: str) -> None:
    assert bucket(action, condition) == confidence


def test_some_actions_carry_a_key_and_others_do_not() -> None:
    condition = {"StringEquals": {"s3:ExistingObjectTag/done": "no"}}
    both = ["s3:PutObject", "s3:PutObjectTagging"]
    assert bucket(both, condition) == "none"
    assert bucket(both, condition, "s3:ObjectTagging:*") == "possible"
    assert (
        bucket("s3:DeleteObjectVersion", {"StringEquals": {"s3:VersionId": "1"}}, "s3:ObjectRemoved:*")
        == "possible"
    )
