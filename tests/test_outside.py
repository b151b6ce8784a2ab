"""What comes from outside and is known by a parameter alone: queues and streams, functions and their roles."""

from __future__ import annotations

import json
from typing import Any

import pytest

from recursion_lint.model.findings import Finding
from recursion_lint.run.lint import lint

Findings = list[tuple[str, str]]

PARAMETERS = (
    "SourceArn",
    "OtherArn",
    "ResizeArn",
    "ResizeLambdaExecutionRole",
    "ResizeRoleName",
    "UploadRole",
)


def found(resources: dict[str, Any]) -> tuple[Finding, ...]:
    body = {"Parameters": {name: {"Type": "String"} for name in PARAMETERS}, "Resources": resources}
    report = lint(["-"], stdin=json.dumps(body))
    assert not report.problems
    return report.findings


def loops(resources: dict[str, Any]) -> Findings:
    return [(finding.rule, finding.severity) for finding in found(resources)]


def allow(actions: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **more}


def role(*statements: dict[str, Any]) -> dict[str, Any]:
    policy = {"PolicyName": "p", "PolicyDocument": {"Statement": list(statements)}}
    return {"Type": "AWS::IAM::Role", "Properties": {"Policies": [policy]}}


def polled(mapping: dict[str, Any], *statements: dict[str, Any]) -> Findings:
    """The loops of a function that polls what a parameter names, under a role with the statements."""
    return loops(
        {
            "Role": role(*statements),
            "Worker": {
                "Type": "AWS::Lambda::Function",
                "Properties": {"Role": {"Fn::GetAtt": ["Role", "Arn"]}, "FunctionName": "worker"},
            },
            "Mapping": {
                "Type": "AWS::Lambda::EventSourceMapping",
                "Properties": {"FunctionName": "worker", "EventSourceArn": {"Ref": "SourceArn"}, **mapping},
            },
        }
    )


STREAM = {"StartingPosition": "LATEST"}
TOPICS = {"StartingPosition": "LATEST", "Topics": ["jobs"]}
BROKER = {"Queues": ["jobs"]}
DOCUMENTS = {"StartingPosition": "LATEST", "DocumentDBEventSourceConfig": {"DatabaseName": "d"}}
SEND, PUT, WRITE, PRODUCE = (
    "sqs:SendMessage",
    "kinesis:PutRecord",
    "dynamodb:PutItem",
    "kafka-cluster:WriteData",
)


@pytest.mark.parametrize(
    ("mapping", "action", "rule"),
    [
        ({}, SEND, "sqs-loop"),
        ({}, PUT, None),
        ({}, WRITE, None),
        (STREAM, SEND, None),
        (STREAM, PUT, "kinesis-loop"),
        (STREAM, WRITE, "dynamodb-loop"),
        (STREAM, PRODUCE, None),
        (TOPICS, PRODUCE, "other-loop"),
        (TOPICS, PUT, None),
        (BROKER, SEND, None),
        (DOCUMENTS, PUT, None),
    ],
)
def test_a_grant_on_everything_reaches_what_is_polled_if_it_may_be_of_its_service(
    mapping: dict[str, Any], action: str, rule: str | None
) -> None:
    assert polled(mapping, allow(action)) == ([(rule, "info")] if rule else [])


@pytest.mark.parametrize(
    ("resource", "reached"),
    [
        ("arn:aws:sqs:*:*:*", True),
        ({"Fn::Sub": "arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:*"}, True),
        ("arn:aws:sqs:*:*:jobs-*", False),
        ("arn:aws:sqs:*:*:*-jobs", True),
        ("arn:aws:sqs:*:*:jobs", False),
        ("arn:aws:sns:*:*:*", False),
        ({"Ref": "OtherArn"}, False),
    ],
)
def test_a_pattern_for_some_names_says_nothing_of_a_queue_without_one(resource: Any, reached: bool) -> None:
    assert polled({}, allow(SEND, resource)) == ([("sqs-loop", "info")] if reached else [])


@pytest.mark.parametrize("denied", [{"Ref": "SourceArn"}, "*", "arn:aws:sqs:*:*:*"])
def test_a_denial_of_the_very_queue_or_of_all_takes_it_away(denied: Any) -> None:
    assert polled({}, allow(SEND), {"Effect": "Deny", "Action": "sqs:*", "Resource": denied}) == []


def test_a_denial_of_another_queue_does_not() -> None:
    other = {"Effect": "Deny", "Action": "sqs:*", "Resource": {"Ref": "OtherArn"}}
    assert polled({}, allow(SEND), other) == [("sqs-loop", "info")]


def test_a_denial_of_all_queues_but_some_may_spare_it() -> None:
    others = {"Effect": "Deny", "Action": "sqs:*", "NotResource": "arn:aws:sqs:*:*:jobs-*"}
    assert polled({}, allow(SEND), others) == [("sqs-loop", "info")]


@pytest.mark.parametrize(("spared", "reached"), [("OtherArn", True), ("SourceArn", False)])
def test_all_but_the_very_queue(spared: str, reached: bool) -> None:
    statement = {"Effect": "Allow", "Action": SEND, "NotResource": {"Ref": spared}}
    assert polled({}, statement) == ([("sqs-loop", "info")] if reached else [])


def piped(parameters: dict[str, Any] | None, action: str) -> Findings:
    """The loops of a pipe from what a parameter names to a function that may do ``action`` on everything."""
    given = {} if parameters is None else {"SourceParameters": parameters}
    return loops(
        {
            "Role": role(allow(action)),
            "Worker": {
                "Type": "AWS::Lambda::Function",
                "Properties": {"Role": {"Fn::GetAtt": ["Role", "Arn"]}},
            },
            "Pipe": {
                "Type": "AWS::Pipes::Pipe",
                "Properties": {
                    "Source": {"Ref": "SourceArn"},
                    "Target": {"Fn::GetAtt": ["Worker", "Arn"]},
                    **given,
                },
            },
        }
    )


@pytest.mark.parametrize(
    ("parameters", "action", "rule"),
    [
        (None, SEND, "sqs-loop"),
        ({"SqsQueueParameters": {"BatchSize": 1}}, SEND, "sqs-loop"),
        ({"FilterCriteria": {"Filters": []}}, SEND, "sqs-loop"),
        ({"KinesisStreamParameters": STREAM}, PUT, "kinesis-loop"),
        ({"KinesisStreamParameters": STREAM}, WRITE, None),
        ({"DynamoDBStreamParameters": STREAM}, WRITE, "dynamodb-loop"),
        ({"RabbitMQBrokerParameters": {"QueueName": "jobs"}}, SEND, None),
        ({"ManagedStreamingKafkaParameters": {"TopicName": "jobs"}}, PUT, None),
    ],
)
def test_a_pipe_says_by_its_parameters_what_it_polls(
    parameters: dict[str, Any] | None, action: str, rule: str | None
) -> None:
    assert piped(parameters, action) == ([(rule, "info")] if rule else [])


def notified(function: str, role_name: str, *actions: str) -> dict[str, Any]:
    """A bucket that notifies a function from outside, and a policy for a role from outside."""
    statement = allow(list(actions or ("s3:PutObject",)), "arn:aws:s3:::photos/*")
    return {
        "Photos": {
            "Type": "AWS::S3::Bucket",
            "Properties": {
                "BucketName": "photos",
                "NotificationConfiguration": {
                    "LambdaConfigurations": [{"Event": "s3:ObjectCreated:*", "Function": {"Ref": function}}]
                },
            },
        },
        "MayWrite": {
            "Type": "AWS::IAM::Policy",
            "Properties": {
                "PolicyName": "p",
                "Roles": [{"Ref": role_name}],
                "PolicyDocument": {"Statement": [statement]},
            },
        },
    }


@pytest.mark.parametrize(
    ("role_name", "reached"),
    [
        ("ResizeLambdaExecutionRole", True),
        ("ResizeRoleName", True),
        ("UploadRole", False),
        ("OtherArn", False),
    ],
)
def test_a_role_is_taken_for_that_of_the_function_that_is_called_as_it_is(
    role_name: str, reached: bool
) -> None:
    assert loops(notified("ResizeArn", role_name)) == ([("s3-loop", "info")] if reached else [])


def test_such_a_step_says_what_it_hangs_on() -> None:
    (finding,) = found(notified("ResizeArn", "ResizeRoleName"))
    (step,) = (hop for hop in finding.hops if hop.kind == "write")
    assert step.evidence == "broad"
    assert step.reason.endswith("(MayWrite: s3:PutObject), if ${ResizeRoleName} is its role")


def test_a_role_that_only_reads_closes_nothing() -> None:
    assert loops(notified("ResizeArn", "ResizeRoleName", "s3:GetObject")) == []


def test_a_function_of_the_template_has_the_role_that_it_says() -> None:
    resources = notified("ResizeArn", "ResizeRoleName")
    resources["Resize"] = {
        "Type": "AWS::Lambda::Function",
        "Properties": {"FunctionName": {"Ref": "ResizeArn"}, "Role": {"Ref": "UploadRole"}},
    }
    assert loops(resources) == []
