"""Where failures go, and who sends them back: dead-letter queues of rules, of subscriptions, of code that polls."""

from __future__ import annotations

import json
from typing import Any

import pytest

from recursion_lint.model.findings import Finding
from recursion_lint.run.lint import lint

LOST = {"Fn::GetAtt": ["Lost", "Arn"]}
JOBS = {"Fn::GetAtt": ["Jobs", "Arn"]}
TRANSFORM = "AWS::Serverless-2016-10-31"


def findings(resources: dict[str, Any]) -> tuple[Finding, ...]:
    report = lint(["-"], stdin=json.dumps({"Transform": TRANSFORM, "Resources": resources}))
    assert not report.problems
    return report.findings


def allow(action: Any, resource: Any, effect: str = "Allow") -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource}


def function(*statements: Any, events: Any = None) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "Handler": "a.b",
        "Runtime": "python3.13",
        "Policies": [{"Statement": list(statements)}],
    }
    return {"Type": "AWS::Serverless::Function", "Properties": {**properties, "Events": events or {}}}


def levels(resources: dict[str, Any]) -> list[tuple[str, str]]:
    return [(found.rule, found.severity) for found in findings(resources)]


# --- polled by code -----------------------------------------------------------------------------------


def sent_back(*statements: Any, events: Any = None, **more: Any) -> list[tuple[str, str]]:
    redrive = {"RedrivePolicy": {"deadLetterTargetArn": LOST, "maxReceiveCount": 3}}
    resources = {
        "Jobs": {"Type": "AWS::SQS::Queue", "Properties": redrive},
        "Lost": {"Type": "AWS::SQS::Queue"},
        "Again": function(allow("sqs:SendMessage", JOBS), *statements, events=events),
        **more,
    }
    return levels(resources)


RECEIVE = allow("sqs:ReceiveMessage", LOST)
LOOP = [("sqs-loop", "warning")]


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        ([RECEIVE], LOOP),
        ([allow("sqs:DeleteMessage", LOST)], []),
        ([allow("sqs:ReceiveMessage", JOBS)], []),
        ([allow("sqs:ReceiveMessage", "*")], []),
        ([allow("sqs:ReceiveMessage", LOST, "Deny")], []),
        ([], []),
    ],
)
def test_who_may_receive_dead_letters_may_send_them_back(statements: list[Any], found: list[Any]) -> None:
    assert sent_back(*statements) == found


def test_a_queue_that_is_polled_for_somebody_is_polled_by_nobody_else() -> None:
    mapping = {"Lost": {"Type": "SQS", "Properties": {"Queue": LOST}}}
    assert sent_back(RECEIVE, Other=function(events=mapping)) == []
    assert sent_back(RECEIVE, events=mapping) == LOOP  # by its own mapping


def test_a_queue_that_gets_no_failures_is_polled_by_nobody() -> None:
    resources = {"Jobs": {"Type": "AWS::SQS::Queue"}, "Again": function(allow("sqs:*", JOBS))}
    assert levels(resources) == []


def test_the_dead_letter_queue_of_a_function_counts_too() -> None:
    send = function(allow("lambda:InvokeFunction", {"Fn::GetAtt": ["Work", "Arn"]}), RECEIVE)
    work = function()
    work["Properties"]["DeadLetterQueue"] = {"Type": "SQS", "TargetArn": LOST}
    resources = {"Lost": {"Type": "AWS::SQS::Queue"}, "Again": send, "Work": work}
    assert levels(resources) == [("sqs-loop", "warning")]
    work["Properties"].pop("DeadLetterQueue")
    assert levels(resources) == []


def test_a_function_that_never_runs_polls_nothing() -> None:
    off = function(allow("sqs:SendMessage", JOBS), RECEIVE)
    off["Properties"]["ReservedConcurrentExecutions"] = 0
    assert sent_back(Again=off) == []


def test_aws_does_not_follow_what_code_polls() -> None:
    redrive = {"RedrivePolicy": {"deadLetterTargetArn": LOST, "maxReceiveCount": 3}}
    again = function(allow("sqs:SendMessage", JOBS), RECEIVE)
    queues = {"Jobs": {"Type": "AWS::SQS::Queue", "Properties": redrive}, "Lost": {"Type": "AWS::SQS::Queue"}}
    (found,) = findings({**queues, "Again": again})
    assert found.runtime_protection == "none"
    assert found.guards == ("that its code polls the queue is told by the right to receive alone",)


# --- rules and subscriptions --------------------------------------------------------------------------


def replay(action: str, resource: Any) -> dict[str, Any]:
    events = {"Lost": {"Type": "SQS", "Properties": {"Queue": LOST}}}
    return {"Lost": {"Type": "AWS::SQS::Queue"}, "Replay": function(allow(action, resource), events=events)}


@pytest.mark.parametrize("letters", [{"Arn": LOST}, {"Arn": {"Ref": "AWS::NoValue"}}, None])
def test_what_a_rule_cannot_deliver(letters: Any) -> None:
    target = {"Id": "t", "Arn": "arn:aws:lambda:eu-west-1:123456789012:function:far"}
    rule = {
        "EventBusName": {"Ref": "Bus"},
        "EventPattern": {"source": ["shop"]},
        "Targets": [target if letters is None else {**target, "DeadLetterConfig": letters}],
    }
    resources = {
        "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": "bus"}},
        "Rule": {"Type": "AWS::Events::Rule", "Properties": rule},
        **replay("events:PutEvents", {"Fn::GetAtt": ["Bus", "Arn"]}),
    }
    loops = letters == {"Arn": LOST}
    assert levels(resources) == ([("eventbridge-loop", "info")] if loops else [])


@pytest.mark.parametrize("protocol", ["lambda", "https", "sqs"])
@pytest.mark.parametrize("policy", [{"deadLetterTargetArn": LOST}, {"Fn::Sub": '{"deadLetterTargetArn": "${Lost.Arn}"}'}, {}, "no JSON"])  # fmt: skip
def test_what_a_subscription_cannot_deliver(protocol: str, policy: Any) -> None:
    subscription = {
        "TopicArn": {"Ref": "News"},
        "Protocol": protocol,
        "Endpoint": "x",
        "RedrivePolicy": policy,
    }
    resources = {
        "News": {"Type": "AWS::SNS::Topic"},
        "Sub": {"Type": "AWS::SNS::Subscription", "Properties": subscription},
        **replay("sns:Publish", {"Ref": "News"}),
    }
    loops = isinstance(policy, dict) and bool(policy)
    assert levels(resources) == ([("sns-loop", "info")] if loops else [])


def test_sam_events_have_dead_letter_queues() -> None:
    topic = {"Topic": {"Ref": "News"}, "RedrivePolicy": {"deadLetterTargetArn": LOST}}
    resources = {
        "News": {"Type": "AWS::SNS::Topic"},
        "Listen": function(events={"News": {"Type": "SNS", "Properties": topic}}),
        **replay("sns:Publish", {"Ref": "News"}),
    }
    assert levels(resources) == [("sns-loop", "info")]


# --- Kafka --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("topic", "failed", "found"),
    [
        ("orders", "kafka://orders", [("other-loop", "error")]),
        ("orders", "kafka://orders-failed", []),
        ("orders", "orders", []),
        ("orders", {"Ref": "AWS::NoValue"}, []),
    ],
)
def test_records_that_fail_go_to_a_topic(topic: str, failed: Any, found: list[Any]) -> None:
    mapping = {
        "EventSourceArn": "arn:aws:kafka:eu-west-1:123456789012:cluster/c/1",
        "FunctionName": {"Ref": "Work"},
        "Topics": [topic],
        "StartingPosition": "LATEST",
        "DestinationConfig": {"OnFailure": {"Destination": failed}},
    }
    resources = {
        "Work": function(),
        "Mapping": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": mapping},
    }
    assert levels(resources) == found


@pytest.mark.parametrize(
    ("failed", "found"), [("kafka://orders", [("other-loop", "error")]), ("kafka://x", [])]
)
def test_a_cluster_of_ones_own(failed: str, found: list[Any]) -> None:
    servers = {"Endpoints": {"KafkaBootstrapServers": ["one.example:9092", "two.example:9092"]}}
    mapping = {
        "SelfManagedEventSource": servers,
        "FunctionName": {"Ref": "Work"},
        "Topics": ["orders"],
        "DestinationConfig": {"OnFailure": {"Destination": failed}},
    }
    work = function(allow("kafka-cluster:*", "*"))
    resources = {"Work": work, "Mapping": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": mapping}}
    assert levels(resources) == found


@pytest.mark.parametrize("parameters", ["KinesisStreamParameters", "DynamoDBStreamParameters"])
def test_what_a_pipe_fails_on(parameters: str) -> None:
    clicks = {"Fn::GetAtt": ["Clicks", "Arn"]}
    source = {parameters: {"StartingPosition": "LATEST", "DeadLetterConfig": {"Arn": LOST}}}
    pipe = {"Source": clicks, "SourceParameters": source, "Target": {"Fn::GetAtt": ["Done", "Arn"]}}
    resources = {
        "Clicks": {"Type": "AWS::Kinesis::Stream", "Properties": {}},
        "Done": {"Type": "AWS::SQS::Queue"},
        "Pipe": {"Type": "AWS::Pipes::Pipe", "Properties": pipe},
        **replay("kinesis:PutRecord", clicks),
    }
    assert levels(resources) == [("sqs-loop", "warning")]
    source[parameters].pop("DeadLetterConfig")
    assert levels(resources) == []
