"""Resource policies of buses, streams and tables: what they let a role of the account write."""

from __future__ import annotations

import json
from typing import Any

import pytest

from recursion_lint.run.lint import lint

ROLE = {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/follow"}
OTHER = {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/other"}
KEY = [{"AttributeName": "pk", "KeyType": "HASH"}]
STREAM = {"StreamViewType": "NEW_IMAGE"}


def mapped(source: Any) -> dict[str, Any]:
    properties = {"EventSourceArn": source, "FunctionName": {"Ref": "Follow"}, "StartingPosition": "LATEST"}
    return {"Mapping": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": properties}}


def table(policy: Any, **more: Any) -> dict[str, Any]:
    properties = {
        "KeySchema": KEY,
        "StreamSpecification": STREAM,
        "ResourcePolicy": {"PolicyDocument": policy},
    }
    made = {"Type": "AWS::DynamoDB::Table", "Properties": {**properties, **more}}
    return {"Items": made, **mapped({"Fn::GetAtt": ["Items", "StreamArn"]})}


def global_table(policy: Any) -> dict[str, Any]:
    replicas = [
        {"Region": "eu-west-1", "ResourcePolicy": {"PolicyDocument": policy}},
        {"Region": "eu-west-2"},
    ]
    properties = {"KeySchema": KEY, "StreamSpecification": STREAM, "Replicas": replicas}
    made = {"Type": "AWS::DynamoDB::GlobalTable", "Properties": properties}
    return {"Items": made, **mapped({"Fn::GetAtt": ["Items", "StreamArn"]})}


def stream(policy: Any) -> dict[str, Any]:
    arn = {"Fn::GetAtt": ["Clicks", "Arn"]}
    attached = {
        "Type": "AWS::Kinesis::ResourcePolicy",
        "Properties": {"ResourceArn": arn, "ResourcePolicy": policy},
    }
    return {"Clicks": {"Type": "AWS::Kinesis::Stream", "Properties": {}}, "Policy": attached, **mapped(arn)}


def bus(policy: Any) -> dict[str, Any]:
    rule = {
        "EventBusName": {"Ref": "Bus"},
        "EventPattern": {"account": [{"Ref": "AWS::AccountId"}]},
        "Targets": [{"Id": "t", "Arn": {"Fn::GetAtt": ["Follow", "Arn"]}}],
    }
    return {
        "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": "acme", "Policy": policy}},
        "Rule": {"Type": "AWS::Events::Rule", "Properties": rule},
    }


PLACES = {
    "table": (table, "dynamodb:PutItem"),
    "global table": (global_table, "dynamodb:PutItem"),
    "stream": (stream, "kinesis:PutRecord"),
    "bus": (bus, "events:PutEvents"),
}


def loops(resources: dict[str, Any], *inline: Any) -> bool:
    policies = [{"PolicyName": "p", "PolicyDocument": {"Statement": list(inline)}}] if inline else []
    resources = {
        **resources,
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "follow", "Policies": policies}},
        "Follow": {"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Fn::GetAtt": ["Role", "Arn"]}}},
    }
    report = lint(["-"], stdin=json.dumps({"Resources": resources}))
    assert not report.problems
    return bool(report.findings)


def statement(action: str, effect: str = "Allow", **more: Any) -> dict[str, Any]:
    principal = {} if "NotPrincipal" in more else {"Principal": {"AWS": ROLE}}
    return {"Effect": effect, "Action": action, "Resource": "*", **principal, **more}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("as_text", [False, True])
def test_a_policy_that_names_the_role_lets_it_write(place: str, as_text: bool) -> None:
    made, action = PLACES[place]

    def document(*statements: Any) -> Any:
        return {"Statement": list(statements)}

    assert loops(made(document(statement(action))))
    assert not loops(made(document(statement("sqs:SendMessage"))))
    assert not loops(made(document(statement(action, Principal={"AWS": OTHER}))))
    assert not loops(made(document(statement(action, Principal={"Service": "events.amazonaws.com"}))))
    assert not loops(made(document()))
    literal = {
        "Effect": "Allow",
        "Action": action,
        "Resource": "*",
        "Principal": {"AWS": "arn:aws:iam::1:role/follow"},
    }
    if as_text:
        assert not loops(made(json.dumps(document(literal))))


@pytest.mark.parametrize("place", PLACES)
def test_a_policy_that_denies_wins(place: str) -> None:
    made, action = PLACES[place]
    mine = {"Effect": "Allow", "Action": action, "Resource": "*"}
    assert loops(made({"Statement": []}), mine)
    assert not loops(made({"Statement": [statement(action, "Deny")]}), mine)
    assert loops(made({"Statement": [statement(action, "Deny", Principal={"AWS": OTHER})]}), mine)
    assert not loops(made({"Statement": [statement(action, "Deny", NotPrincipal={"AWS": OTHER})]}), mine)
    assert loops(made({"Statement": [statement(action, "Deny", NotPrincipal={"AWS": ROLE})]}), mine)
