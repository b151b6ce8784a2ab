"""Denials in resource policies: what they take from a grant, and when they are not certain enough to."""

from __future__ import annotations

import json
from typing import Any

import pytest

from recursion_lint.run.lint import lint

QUEUE = {"Fn::GetAtt": ["Jobs", "Arn"]}
OWN = {"Fn::GetAtt": ["WorkerRole", "Arn"]}
ADMIN = {"Fn::GetAtt": ["AdminRole", "Arn"]}
IN_ACCOUNT = "arn:aws:iam::${AWS::AccountId}:role/"


def levels(
    *denials: Any,
    kind: str = "AWS::SQS::QueuePolicy",
    worker: dict[str, Any] | None = None,
    policy: dict[str, Any] | None = None,
    **more: Any,
) -> list[str]:
    """The findings where a queue's worker may send to it, and the queue's policy denies something."""
    may_send = {"Effect": "Allow", "Action": ["sqs:SendMessage", "sqs:ReceiveMessage"], "Resource": QUEUE}
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}  # fmt: skip
    inline = [{"PolicyName": "p", "PolicyDocument": {"Statement": [may_send]}}]
    statements = [
        {"Effect": "Deny", "Action": "sqs:SendMessage", "Resource": QUEUE, **one} for one in denials
    ]
    resources = {
        "Jobs": {"Type": "AWS::SQS::Queue"},
        "Policy": {
            "Type": kind,
            "Properties": {"Queues": [{"Ref": "Jobs"}], "PolicyDocument": {"Statement": statements}},
            **(policy or {}),
        },
        "WorkerRole": {
            "Type": "AWS::IAM::Role",
            "Properties": {"AssumeRolePolicyDocument": trust, "Policies": inline, **(worker or {})},
        },
        "AdminRole": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}},
        "Worker": {"Type": "AWS::Lambda::Function", "Properties": {"Role": OWN}},
        "Mapping": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {"EventSourceArn": QUEUE, "FunctionName": {"Ref": "Worker"}},
        },
        **more.pop("resources", {}),
    }
    conditions = {"Prod": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}}
    found = lint(["-"], stdin=json.dumps({"Conditions": conditions, "Resources": resources, **more}))
    assert not found.problems
    return [finding.severity for finding in found.findings]


STILL = ["warning"]


def unless(operator: str, *arns: Any) -> dict[str, Any]:
    return {"Principal": "*", "Condition": {operator: {"aws:PrincipalArn": list(arns)}}}


def sub(arn: str) -> dict[str, str]:
    return {"Fn::Sub": arn}


def test_without_a_denial_there_is_a_loop() -> None:
    assert levels() == STILL


@pytest.mark.parametrize(
    ("principal", "left"),
    [
        ("*", []),
        ({"AWS": "*"}, []),
        ({"AWS": [{"Ref": "AWS::AccountId"}]}, []),
        ({"AWS": sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root")}, []),
        ({"AWS": [ADMIN, OWN]}, []),
        ({"AWS": ADMIN}, STILL),
        ({"AWS": "arn:aws:iam::123456789012:root"}, STILL),
        ({"AWS": sub("arn:aws:iam::${Partner}:root")}, STILL),
        ({"AWS": sub("arn:aws:sts::${AWS::AccountId}:assumed-role/${WorkerRole}/one")}, STILL),
        ({"AWS": {"Fn::If": ["Prod", "*", ADMIN]}}, STILL),
        ({"Fn::If": ["Prod", "*", {"AWS": ADMIN}]}, STILL),
        ({"Service": "sns.amazonaws.com"}, STILL),
        (None, STILL),
    ],
)
def test_a_denial_is_for_its_principals(principal: Any, left: list[str]) -> None:
    assert levels({"Principal": principal}) == left


@pytest.mark.parametrize(
    ("spared", "left"),
    [
        ({"AWS": ADMIN}, []),
        ({"AWS": [ADMIN, sub("arn:aws:iam::${AWS::AccountId}:root")]}, []),
        ({"AWS": [ADMIN, {"Ref": "AWS::AccountId"}], "Service": "sns.amazonaws.com"}, []),
        ({"AWS": "arn:aws:iam::123456789012:user/Admin"}, []),
        ({"AWS": sub("arn:aws:sts::${AWS::AccountId}:assumed-role/${AdminRole}/one")}, []),
        ({"Service": "sns.amazonaws.com"}, []),
        ({"AWS": OWN}, STILL),
        ({"AWS": [ADMIN, OWN]}, STILL),
        ({"AWS": sub("arn:aws:sts::${AWS::AccountId}:assumed-role/${WorkerRole}/one")}, STILL),
        ({"AWS": sub(IN_ACCOUNT + "${Partner}")}, STILL),
        ({"AWS": {"Ref": "Partner"}}, STILL),
        ({"AWS": {"Fn::If": ["Prod", ADMIN, OWN]}}, STILL),
        ({"AWS": "*"}, STILL),
        ("*", STILL),
        ({"Fn::If": ["Prod", {"AWS": ADMIN}, {"AWS": OWN}]}, STILL),
    ],
)
def test_a_denial_of_all_but_some(spared: Any, left: list[str]) -> None:
    assert levels({"NotPrincipal": spared}, Parameters={"Partner": {"Type": "String"}}) == left


@pytest.mark.parametrize(
    ("operator", "arn", "left"),
    [
        ("ArnEquals", OWN, []),
        ("ArnLike", OWN, []),
        ("StringEquals", OWN, []),
        ("StringLikeIfExists", OWN, []),
        ("ArnLike", sub("arn:aws:iam::*:role/${AWS::StackName}-WorkerRole-*"), []),
        ("StringLike", "*", []),
        ("ArnLike", "arn:aws:iam::*", STILL),
        ("StringEquals", sub("arn:aws:iam::*:role/${AWS::StackName}-WorkerRole-*"), STILL),
        ("ArnEquals", ADMIN, STILL),
        ("ArnEquals", sub("arn:aws:iam::123456789012:role/${WorkerRole}"), STILL),
        ("ArnEquals", sub(IN_ACCOUNT + "${Name}"), STILL),
        ("ForAnyValue:ArnEquals", OWN, STILL),
        ("Null", "false", STILL),
        ("ArnNotEquals", ADMIN, []),
        ("ArnNotLike", ADMIN, []),
        ("StringNotEqualsIfExists", ADMIN, []),
        ("StringNotLike", sub("arn:aws:iam::*:role/Admin"), []),
        ("StringNotLike", sub("arn:aws:iam::*:role/*"), STILL),
        ("ArnNotEquals", sub("arn:aws:iam::${AWS::AccountId}:root"), []),
        ("ArnNotEquals", "arn:aws:iam::123456789012:user/admin", []),
        ("ArnNotEquals", sub(IN_ACCOUNT + "${Stage}-domain-owner"), []),
        ("ArnNotEquals", sub(IN_ACCOUNT + "${Stage}-WorkerRole-owner"), STILL),
        ("ArnNotEquals", sub(IN_ACCOUNT + "${Stage}-Worker-owner"), STILL),
        ("ArnNotEquals", sub(IN_ACCOUNT + "${Stage}-owner"), STILL),
        ("ArnNotEquals", sub(IN_ACCOUNT + "${Stage}-domain-${Who}"), STILL),
        ("ArnNotEquals", OWN, STILL),
        ("ArnNotEquals", {"Ref": "AdminRoleArn"}, STILL),
        ("ArnNotEquals", sub("arn:aws:sts::${AWS::AccountId}:assumed-role/${WorkerRole}/*"), STILL),
        ("StringNotLike", sub("arn:aws:iam::*:role/${!aws:PrincipalTag/team}"), STILL),
    ],
)
def test_a_condition_on_the_callers_role_is_decided(operator: str, arn: Any, left: list[str]) -> None:
    assert levels(unless(operator, arn)) == left


def test_every_exception_must_be_another_role() -> None:
    assert levels(unless("ArnNotEquals", ADMIN, "arn:aws:iam::123456789012:role/Deployer")) == []
    assert levels(unless("ArnNotEquals", ADMIN, OWN)) == STILL
    assert levels(unless("ArnNotEquals", ADMIN, {"Fn::If": ["Prod", ADMIN, OWN]})) == STILL
    assert levels(unless("ArnEquals", ADMIN, OWN)) == []
    assert levels(unless("ArnEquals", {"Fn::If": ["Prod", ADMIN, OWN]})) == STILL


@pytest.mark.parametrize(
    "condition",
    [
        {"Bool": {"aws:SecureTransport": "false"}},
        {"ArnEquals": {"aws:PrincipalArn": OWN}, "Bool": {"aws:SecureTransport": "false"}},
        {"ArnEquals": {"aws:PrincipalArn": OWN, "aws:SourceArn": QUEUE}},
        {"StringNotEquals": {"aws:PrincipalAccount": {"Ref": "AWS::AccountId"}}},
        {"Fn::If": ["Prod", {"ArnEquals": {"aws:PrincipalArn": OWN}}, {"Ref": "AWS::NoValue"}]},
        {"ArnEquals": {"Fn::If": ["Prod", {"aws:PrincipalArn": OWN}, {}]}},
        {"ArnEquals": {"aws:PrincipalArn": []}},
        {"ArnEquals": {}},
        {},
        [],
    ],
)
def test_any_other_condition_takes_nothing_away(condition: Any) -> None:
    assert levels({"Principal": "*", "Condition": condition}) == STILL


@pytest.mark.parametrize(
    ("statement", "left"),
    [
        ({"Action": "sqs:*"}, []),
        ({"Action": "*", "Resource": "*"}, []),
        ({"Action": "sqs:DeleteMessage"}, STILL),
        ({"Action": {"Fn::If": ["Prod", "sqs:*", "sqs:Get*"]}}, STILL),
        ({"Resource": "arn:aws:sqs:*:*:other"}, STILL),
        ({"Resource": {"Fn::If": ["Prod", QUEUE, "arn:aws:sqs:*:*:other"]}}, STILL),
    ],
)
def test_a_denial_is_of_its_actions_on_its_resources(statement: dict[str, Any], left: list[str]) -> None:
    assert levels({"Principal": "*", **statement}) == left


def test_a_policy_denies_only_on_what_it_is_attached_to() -> None:
    other = {"Queues": [{"Ref": "Other"}], "PolicyDocument": {"Statement": [
        {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "arn:aws:sqs:*:*:*"}
    ]}}  # fmt: skip
    resources = {
        "Other": {"Type": "AWS::SQS::Queue"},
        "OtherPolicy": {"Type": "AWS::SQS::QueuePolicy", "Properties": other},
    }
    assert levels(resources=resources) == STILL


def test_a_policy_that_may_not_be_there_denies_nothing() -> None:
    assert levels({"Principal": "*"}, policy={"Condition": "Prod"}) == STILL


@pytest.mark.parametrize(
    ("worker", "arn", "left"),
    [
        ({"Path": "/app/"}, OWN, STILL),
        ({"Path": "/app/"}, sub("arn:aws:iam::*:role/*"), []),
        ({"Path": {"Fn::If": ["Prod", "/a/", "/b/"]}}, OWN, STILL),
        ({"RoleName": "worker"}, OWN, []),
        ({"RoleName": "worker"}, sub(IN_ACCOUNT + "worker"), []),
        ({"RoleName": {"Fn::If": ["Prod", "worker", "hand"]}}, sub(IN_ACCOUNT + "worker"), STILL),
    ],
)
def test_a_role_is_known_by_its_path_and_name(worker: dict[str, Any], arn: Any, left: list[str]) -> None:
    assert levels(unless("ArnEquals", arn), worker=worker) == left


@pytest.mark.parametrize(
    ("worker", "arn"),
    [
        ({"Path": "/app/"}, OWN),
        ({"Path": "/app/"}, sub(IN_ACCOUNT + "app/${WorkerRole}")),
        ({"RoleName": {"Fn::If": ["Prod", "worker", "hand"]}}, sub(IN_ACCOUNT + "hand")),
    ],
)
def test_an_exception_may_be_the_role_by_its_path_or_second_name(worker: dict[str, Any], arn: Any) -> None:
    assert levels(unless("ArnNotEquals", arn), worker=worker) == STILL


# --- events -------------------------------------------------------------------------------------------

BUS = {"Fn::GetAtt": ["Bus", "Arn"]}


def events(condition: Any, sources: Any, taken: str = "a.one", **denied: Any) -> int:
    """How many loops there are through a bus that denies something, of a function that may put sources."""
    may_put = {
        "Effect": "Allow",
        "Action": "events:PutEvents",
        "Resource": BUS,
        **({"Condition": {"StringLike": {"events:source": sources}}} if sources else {}),
    }
    refused = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "events:PutEvents",
        "Resource": BUS,
        "Condition": condition,
        **denied,
    }
    rule = {"EventBusName": {"Ref": "Bus"}, "Pattern": {"source": [taken]}}
    resources = {
        "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": "bus"}},
        "Guard": {
            "Type": "AWS::Events::EventBusPolicy",
            "Properties": {"EventBusName": {"Ref": "Bus"}, "StatementId": "s", "Statement": refused},
        },
        "Put": {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "Policies": [{"Statement": [may_put]}],
                "Events": {"One": {"Type": "EventBridgeRule", "Properties": rule}},
            },
        },
    }
    body = {"Transform": "AWS::Serverless-2016-10-31", "Resources": resources}
    return len(lint(["-"], stdin=json.dumps(body)).findings)


def of(operator: str, *values: Any, key: str = "events:source") -> dict[str, Any]:
    return {operator: {key: list(values)}}


@pytest.mark.parametrize(
    ("condition", "sources", "loops"),
    [
        (of("StringEquals", "a.one"), ["a.one", "a.two"], 0),
        (of("StringEquals", "a.two"), ["a.one", "a.two"], 1),
        (of("ForAnyValue:StringEquals", "a.one"), ["a.one"], 0),
        (of("ForAllValues:StringEquals", "a.one"), ["a.one"], 1),
        (of("StringLike", "a.*"), ["a.one", "a.two"], 0),
        (of("StringLike", "a.*"), ["a.o*"], 0),
        (of("StringEquals", "a.*"), ["a.one"], 1),
        (of("StringEquals", "a.one"), ["a.o*"], 0),
        (of("StringEquals", "a.onet"), ["a.o*"], 1),
        (of("StringNotEquals", "a.two"), ["a.one"], 0),
        (of("StringNotEquals", "a.two", "a.one"), ["a.one"], 1),
        (of("StringNotEquals", "a.two"), ["a.*"], 0),
        (of("StringNotLike", "a.o*"), ["a.*"], 1),
        (of("StringNotLike", "b.*"), [], 0),
        (of("StringNotEquals", "a.one"), [], 1),
        (of("ForAllValues:StringNotEquals", "a.two"), [], 1),
        (of("StringNotEquals", "${aws:PrincipalTag/team}"), [], 1),
        (of("StringEquals", "a.one"), [], 0),
        (of("StringEquals", "a.two"), [], 1),
        (of("StringEquals", "a.one", key="events:detail-type"), ["a.one"], 1),
        ({"StringEquals": {"events:source": "a.one", "events:detail-type": "x"}}, ["a.one"], 1),
        ({**of("StringEquals", "a.one"), "ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/boss"}}, ["a.one"], 0),
        ({**of("StringEquals", "a.one"), "ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/boss"}}, ["a.one"], 1),
    ],
)  # fmt: skip
def test_a_bus_denies_events_by_their_source(condition: Any, sources: list[str], loops: int) -> None:
    assert events(condition, sources) == loops


def test_a_bus_denies_the_action_and_on_itself() -> None:
    condition = of("StringEquals", "a.one")
    assert events(condition, ["a.one"], Action="events:PutRule") == 1
    assert events(condition, ["a.one"], Resource="arn:aws:events:*:*:event-bus/other") == 1
