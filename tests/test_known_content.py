"""What is known of an event's content, and the filters that it meets: messages of SNS, records that expired."""

from __future__ import annotations

import json
from typing import Any

import pytest

from recursion_lint.run.lint import lint
from recursion_lint.services.awslambda.filter_criteria import accepted

SUBSCRIBED = """
Resources:
  Topic: {Type: AWS::SNS::Topic}
  Queue: {Type: AWS::SQS::Queue}
  Subscription:
    Type: AWS::SNS::Subscription
    Properties: {TopicArn: !Ref Topic, Protocol: sqs, Endpoint: !GetAtt Queue.Arn, FilterPolicy: %s%s}
  Pipe:
    Type: AWS::Pipes::Pipe
    Properties: {Source: !GetAtt Queue.Arn, Target: !Ref Machine}
  Machine:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      DefinitionSubstitutions: {Topic: !Ref Topic}
      Definition:
        States:
          Tell: {Type: Task, Resource: 'arn:aws:states:::sns:publish', %s}
Parameters: {Scope: {Type: String}, Kind: {Type: String}}
Conditions: {Late: !Equals [!Ref Kind, late]}
"""


def published(policy: Any, arguments: Any, scope: str = "", key: str = "Parameters") -> list[str]:
    """How sure the loop is of a state machine that publishes with these arguments to a subscription with this policy."""
    if isinstance(arguments, dict):
        arguments = json.dumps({"TopicArn": "${Topic}", "Message": "hello", **arguments})
    text = SUBSCRIBED % (json.dumps(policy), scope, f"{key}: {arguments}")
    report = lint(["-"], stdin=text)
    assert not report.problems
    return [finding.confidence for finding in report.findings]


def attributes(**given: Any) -> dict[str, Any]:
    return {"MessageAttributes": given}


def of_type(kind: str, value: str) -> dict[str, str]:
    return {"DataType": kind, "StringValue": value}


@pytest.mark.parametrize(
    ("policy", "arguments", "found"),
    [
        ({"kind": ["a", "b"]}, attributes(kind=of_type("String", "a")), ["certain"]),
        ({"kind": ["b"]}, attributes(kind=of_type("String", "a")), []),
        ({"kind": [{"prefix": "a"}]}, attributes(kind=of_type("String", "abc")), ["certain"]),
        ({"kind": [{"anything-but": "a"}]}, attributes(kind=of_type("String", "a")), []),
        # both names of a policy must be met
        ({"kind": ["a"], "size": [1]}, attributes(kind=of_type("String", "a")), []),
        ({"kind": ["a"]}, {}, []),
        ({"kind": ["a"]}, attributes(), []),
        ({"kind": [{"exists": False}]}, {}, ["certain"]),
        ({"kind": [{"exists": False}]}, attributes(kind=of_type("String", "a")), []),
        ({"$or": [{"kind": ["b"]}, {"size": ["s"]}]}, attributes(size=of_type("String", "s")), ["certain"]),
        # numbers, arrays and what filters do not look at
        ({"size": [{"numeric": [">", 3]}]}, attributes(size=of_type("Number", "5")), ["certain"]),
        ({"size": [{"numeric": [">", 3]}]}, attributes(size=of_type("Number", "2.5")), []),
        ({"size": [{"numeric": [">", 3]}]}, attributes(size=of_type("Number", "many")), ["weak"]),
        ({"kind": ["b"]}, attributes(kind=of_type("String.Array", '["a", "b"]')), ["certain"]),
        ({"kind": ["c"]}, attributes(kind=of_type("String.Array", '["a", "b"]')), []),
        ({"kind": ["c"]}, attributes(kind=of_type("String.Array", '["a"')), ["weak"]),
        ({"kind": ["c"]}, attributes(kind=of_type("String.Array", '[["a"]]')), ["weak"]),
        ({"kind": ["b"]}, attributes(kind=of_type("Binary", "a")), ["weak"]),
        ({"kind": ["b"]}, attributes(kind={"DataType": "String"}), ["weak"]),
        ({"kind": ["b"]}, attributes(kind="a"), ["weak"]),
        # what is known only when the task runs
        ({"kind": ["b"]}, attributes(kind={"DataType": "String", "StringValue.$": "$.kind"}), ["weak"]),
        ({"kind": ["b"]}, attributes(kind={"DataType.$": "$.type", "StringValue": "a"}), ["weak"]),
        ({"kind": ["b"]}, attributes(kind=of_type("String", "{% $kind %}")), ["weak"]),
        ({"kind": ["b"]}, attributes(kind=of_type("String", "{% 'a' & $kind %}")), []),
        ({"kind": ["b"]}, {"MessageAttributes": {"kind.$": "$.kind"}}, ["weak"]),
        ({"kind": ["b"]}, {"MessageAttributes": {"${Name}": of_type("String", "a")}}, ["weak"]),
        ({"kind": ["b"]}, {"MessageAttributes.$": "$.attributes"}, ["weak"]),
        ({"kind": ["b"]}, {"MessageAttributes": "{% $attributes %}"}, ["weak"]),
        # a structured message is sent without its attributes
        ({"kind": ["b"]}, {"MessageStructure": "json", **attributes(kind=of_type("String", "a"))}, ["weak"]),
        ({"kind": ["b"]}, {"MessageStructure.$": "$.how"}, ["weak"]),
    ],
)
def test_attributes_of_a_task_meet_a_filter_policy(policy: Any, arguments: Any, found: list[str]) -> None:
    assert published(policy, arguments) == found


def test_arguments_that_are_computed_say_nothing() -> None:
    given = "Arguments: '{% $arguments %}'"
    text = SUBSCRIBED % ('{"kind": ["b"]}', "", given)
    assert not lint(["-"], stdin=text).findings  # the topic itself is not known


def test_either_branch_of_an_attribute_may_pass() -> None:
    value = "!If [Late, a, b]"
    arguments = (
        "{TopicArn: '${Topic}', Message: m, MessageAttributes: {kind: {DataType: String, StringValue: %s}}}"
    )
    assert published({"kind": ["b"]}, arguments % value) == ["certain"]
    assert published({"kind": ["c"]}, arguments % value) == []
    assert published({"kind": ["c"]}, arguments % "!Ref Kind") == ["weak"]
    whole = "{TopicArn: '${Topic}', Message: m, MessageAttributes: !If [Late, {}, {}]}"
    assert published({"kind": ["b"]}, whole) == []
    one = "{TopicArn: '${Topic}', Message: m, MessageAttributes: {kind: !If [Late, {}, {}]}}"
    assert published({"kind": ["b"]}, one) == ["weak"]


@pytest.mark.parametrize(
    ("scope", "found"),
    [
        ("", []),
        (", FilterPolicyScope: MessageAttributes", []),
        (", FilterPolicyScope: MessageBody", ["certain"]),
        (", FilterPolicyScope: !Ref Scope", ["weak"]),
    ],
)
def test_a_filter_policy_is_about_attributes_or_the_body(scope: str, found: list[str]) -> None:
    assert published({"kind": ["a"]}, {"Message": {"kind": "a"}}, scope) == found
    assert published({"kind": ["a"]}, {"Message": '{"kind": "a"}'}, scope) == found
    other = ["weak"] if "Ref" in scope else []
    assert published({"kind": ["a"]}, {"Message": {"kind": "b"}}, scope) == other


def test_a_body_that_is_no_object_is_not_decided() -> None:
    body = ", FilterPolicyScope: MessageBody"
    for message in ({"Message": "hello"}, {"Message": "{% $states.input %}"}, {"Message.$": "$"}):
        arguments = json.dumps({"TopicArn": "${Topic}", **message})
        assert published({"kind": ["a"]}, arguments, body) == ["weak"], message


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ("!If [Late, {kind: b}, {kind: a}]", ["certain"]),
        ("!If [Late, {kind: b}, {kind: c}]", []),
        ("{kind: !If [Late, [b], [a]]}", ["certain"]),
        ("{kind: !If [Late, {x: b}, a]}", ["certain"]),
        ("{kind: !If [Late, b, !Ref 'AWS::NoValue'], more: m}", ["weak"]),
        ("!If [Late, !Ref 'AWS::NoValue', {kind: b}]", ["weak"]),
    ],
)
def test_each_branch_of_a_body_is_tried(message: str, found: list[str]) -> None:
    arguments = "{TopicArn: '${Topic}', Message: %s}" % message
    assert published({"kind": ["a"]}, arguments, ", FilterPolicyScope: MessageBody") == found


def test_leaves_of_a_body_that_are_chosen_are_all_tried() -> None:
    body, arguments = (
        ", FilterPolicyScope: MessageBody",
        "{TopicArn: '${Topic}', Message: {kind: !If [Late, b, a]}}",
    )
    assert published({"kind": ["a"]}, arguments, body) == ["certain"]
    assert published({"kind": ["c"]}, arguments, body) == []


# --- records of items that expired ------------------------------------------------------------------------

EXPIRED: dict[str, Any] = {"type": [("Service",)], "principalId": [("dynamodb.amazonaws.com",)]}


def test_what_expired_nobody_wrote() -> None:
    removed = {"eventName": [("REMOVE",)]}
    assert accepted("dynamodb", [removed]).events == frozenset({"REMOVE"})
    for identity in (EXPIRED, {"type": [("Service",)]}, {"type": [{"prefix": ("Serv",)}]}):
        assert accepted("dynamodb", [{**removed, "userIdentity": identity}]).events == frozenset()
    assert accepted("dynamodb", [{"userIdentity": EXPIRED}]).events == frozenset()
    both = accepted("dynamodb", [{**removed, "userIdentity": EXPIRED}, {"eventName": [("INSERT",)]}])
    assert (both.events, both.content) == (frozenset({"INSERT"}), ())


def test_what_did_not_expire_is_let_through() -> None:
    removed = {"eventName": [("REMOVE",)]}
    kept = accepted("dynamodb", [{**removed, "userIdentity": {"type": [{"exists": False}]}}])
    assert (kept.events, kept.content) == (frozenset({"REMOVE"}), ())
    undecided: list[Any] = [{"type": [{"regex": ("S",)}]}, [{"exists": True}], {}]
    for identity in undecided:
        found = accepted("dynamodb", [{**removed, "userIdentity": identity}])
        assert (found.events, found.content) == (frozenset({"REMOVE"}), ({"userIdentity": identity},))
    assert accepted("sqs", [{"userIdentity": EXPIRED}]).content == ({"userIdentity": EXPIRED},)
