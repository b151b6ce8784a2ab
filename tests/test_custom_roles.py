"""Roles and policies that custom resources make: read by their shape, a rung less certain, with a note."""

from __future__ import annotations

import json
from typing import Any

import pytest

from recursion_lint.model.report import Report
from recursion_lint.run.lint import lint

QUEUE = {"Fn::GetAtt": ["Jobs", "Arn"]}
SEND = {"Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": QUEUE}]}
INLINE = {"Policies": [{"PolicyName": "p", "PolicyDocument": SEND}]}
SHAPE = {"AssumeRolePolicyDocument": {}}
SEEN = "the role of Work is made by the custom resource Role; what it grants was read by its properties"
UNSEEN = "the role of Work is made by the custom resource Role; what it grants was not seen"


def checked(role: Any = None, given: Any = None, **more: Any) -> Report:
    resources = {
        "Jobs": {"Type": "AWS::SQS::Queue"},
        "Role": {"Type": "Custom::Role", "Properties": {"ServiceToken": "arn:x", **(role or {})}},
        "Work": {
            "Type": "AWS::Lambda::Function",
            "Properties": {"Role": given or {"Fn::GetAtt": ["Role", "Arn"]}},
        },
        "Mapping": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {"EventSourceArn": QUEUE, "FunctionName": {"Ref": "Work"}},
        },
        **more,
    }
    report = lint(["-"], stdin=json.dumps({"Resources": resources}))
    assert not report.problems
    return report


def told(report: Report) -> tuple[list[str], list[str]]:
    return [found.confidence for found in report.findings], [note.message for note in report.notes]


@pytest.mark.parametrize(
    "given", [{"Fn::GetAtt": ["Role", "RoleArn"]}, {"Ref": "Role"}, {"Fn::Sub": "${Role.Arn}"}]
)
@pytest.mark.parametrize("kind", ["Custom::Role", "AWS::CloudFormation::CustomResource"])
def test_a_role_by_its_shape(given: Any, kind: str) -> None:
    made = {"Type": kind, "Properties": {"ServiceToken": "arn:x", **SHAPE, **INLINE}}
    assert told(checked(given=given, Role=made)) == (["possible"], [SEEN])


@pytest.mark.parametrize("role", [{}, {"RoleName": "work"}, {"Statements": [{"Action": "sqs:*"}]}])
def test_a_role_of_another_shape_is_noted(role: Any) -> None:
    assert told(checked(role)) == ([], [UNSEEN])


@pytest.mark.parametrize("kind", ["Acme::Security::Role", "Acme::Security::Role::MODULE"])
def test_a_role_of_a_type_that_is_not_of_aws(kind: str) -> None:
    confidences, notes = told(checked(Role={"Type": kind, "Properties": {**SHAPE, **INLINE}}))
    assert confidences == ["possible"]
    words = f"the role of Work is made by the {kind} Role; what it grants was read by its properties"
    assert notes[-1] == words


def test_what_is_in_a_module_is_not_seen() -> None:
    part = {"Fn::GetAtt": ["Role", "Inner.Arn"]}
    _, notes = told(checked(given=part, Role={"Type": "Acme::Security::Role::MODULE"}))
    assert notes == [
        "Role is a module of the registry; what is in it was not seen",
        "the role of Work is made by the Acme::Security::Role::MODULE Role; what it grants was not seen",
    ]


def test_a_role_of_aws_is_not_noted() -> None:
    plain = {"Type": "AWS::IAM::Role", "Properties": INLINE}
    assert told(checked(Role=plain)) == (["likely"], [])


@pytest.mark.parametrize("policies", ["p", ["p"], [{"PolicyDocument": "p"}], {"Ref": "Nothing"}])
def test_properties_of_no_sense(policies: Any) -> None:
    assert checked({**SHAPE, "Policies": policies}).findings == ()


@pytest.mark.parametrize(
    "named",
    [{"Ref": "Policy"}, {"Fn::GetAtt": ["Policy", "Arn"]}, {"Fn::GetAtt": ["Policy", "PolicyArn"]}],
)
@pytest.mark.parametrize("kind", ["AWS::IAM::Role", "Custom::Role"])
def test_a_policy_by_its_shape(named: Any, kind: str) -> None:
    policy = {"Type": "Custom::Policy", "Properties": {"ServiceToken": "arn:x", "PolicyDocument": SEND}}
    role = {"Type": kind, "Properties": {**SHAPE, "ManagedPolicyArns": [named]}}
    confidences, notes = told(checked(Role=role, Policy=policy))
    assert confidences == ["possible"]
    assert not any("not known" in note for note in notes)


def test_a_policy_that_names_its_role() -> None:
    policy = {"ServiceToken": "arn:x", "PolicyDocument": SEND, "Roles": [{"Ref": "Role"}]}
    plain = {"Type": "AWS::IAM::Role", "Properties": {}}
    custom = {"Type": "Custom::Policy", "Properties": policy}
    assert told(checked(Role=plain, Policy=custom)) == (["possible"], [])


def test_a_managed_policy_of_aws_counts_less_on_such_a_role() -> None:
    arns = {"ManagedPolicyArns": ["arn:aws:iam::aws:policy/AmazonSQSFullAccess"]}
    assert told(checked({**SHAPE, **arns})) == (["weak"], [SEEN])
