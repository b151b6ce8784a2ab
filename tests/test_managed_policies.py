"""Managed policies on roles that name them by ARN, in one template and across stacks."""

from __future__ import annotations

from pathlib import Path

import pytest

from recursion_lint.run.lint import lint

WORK = """
Parameters: {{PolicyArn: {{Type: String, Default: ""}}, Stage: {{Type: String}}}}
Conditions: {{Live: !Equals [!Ref Stage, live]}}
Resources:
  Jobs: {{Type: AWS::SQS::Queue, Properties: {{QueueName: jobs}}}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: worker
      ManagedPolicyArns: [{arn}]
  Worker: {{Type: AWS::Lambda::Function, Properties: {{Role: !GetAtt Role.Arn}}}}
  In:
    Type: AWS::Lambda::EventSourceMapping
    {mapping}
    Properties: {{EventSourceArn: !GetAtt Jobs.Arn, FunctionName: !Ref Worker}}
"""
POLICY = """
  Sending:
    Type: AWS::IAM::ManagedPolicy
    {condition}
    Properties:
      {name}
      {roles}
      PolicyDocument:
        Statement: {{Effect: Allow, Action: sqs:SendMessage, Resource: !Sub "arn:aws:sqs:*:${{AWS::AccountId}}:jobs"}}
"""


def work(arn: str, mapping: str = "") -> str:
    return WORK.format(arn=arn, mapping=mapping)


def policy(name: str = "ManagedPolicyName: sending", roles: str = "", condition: str = "") -> str:
    return POLICY.format(name=name, roles=roles, condition=condition)


def found(folder: Path, **texts: str) -> list[list[str]]:
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text)
    return [[node.resource for node in finding.cycle] for finding in lint([str(folder)]).findings]


@pytest.mark.parametrize(
    "arn",
    [
        "!Ref Sending",
        "arn:aws:iam::111122223333:policy/sending",
        "arn:aws:iam::111122223333:policy/team/jobs/sending",
        '!Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/sending"',
        '!Join ["", ["arn:aws:iam::", !Ref AWS::AccountId, ":policy/sending"]]',
    ],
)
def test_a_policy_is_on_the_roles_that_name_it_by_any_form_of_its_arn(tmp_path: Path, arn: str) -> None:
    assert found(tmp_path, one=work(arn) + policy()) == [["Jobs", "Worker"]]


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::111122223333:policy/receiving",
        "arn:aws:iam::aws:policy/sending",
        "arn:aws:iam::111122223333:role/sending",
        "!Ref PolicyArn",
    ],
)
def test_a_policy_that_no_template_declares_is_noted(tmp_path: Path, arn: str) -> None:
    assert found(tmp_path, one=work(arn) + policy()) == []
    notes = [note.message for note in lint([str(tmp_path)]).notes]
    assert len(notes) == 1
    assert notes[0].endswith("is not known; what it grants was not seen")


def test_a_policy_of_another_template_is_known_by_its_name(tmp_path: Path) -> None:
    arn = "arn:aws:iam::111122223333:policy/sending"
    assert found(tmp_path, one=work(arn), two="Resources:" + policy()) == [["Jobs", "Worker"]]
    assert not lint([str(tmp_path)]).notes


def test_a_policy_of_the_same_stack_comes_before_a_namesake_elsewhere(tmp_path: Path) -> None:
    arn = "arn:aws:iam::111122223333:policy/sending"
    elsewhere = "Resources:" + policy()
    harmless = policy().replace("sqs:SendMessage", "sqs:ReceiveMessage")
    assert found(tmp_path, one=work(arn) + harmless, two=elsewhere) == []


def test_a_policy_of_a_nested_stack_is_known_by_its_output(tmp_path: Path) -> None:
    nested = "  Rights: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: ./two.yaml}}\n"
    output = "Outputs: {Arn: {Value: !Ref Sending}}\n"
    texts = {
        "one": work("!GetAtt Rights.Outputs.Arn") + nested,
        "two": "Resources:" + policy(name="Description: unnamed") + output,
    }
    assert found(tmp_path, **texts) == [["Jobs", "Worker"]]


def test_a_policy_that_the_parent_stack_passes_down_is_known(tmp_path: Path) -> None:
    parent = """
Resources:
  Work:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: ./two.yaml, Parameters: {PolicyArn: !Ref Sending}}
""" + policy(name="Description: unnamed")
    assert found(tmp_path, one=parent, two=work("!Ref PolicyArn")) == [["Work", "Jobs", "Work", "Worker"]]


def test_a_role_and_a_policy_that_name_each_other_count_once(tmp_path: Path) -> None:
    text = work("arn:aws:iam::111122223333:policy/sending") + policy(roles="Roles: [worker]")
    assert found(tmp_path, one=text) == [["Jobs", "Worker"]]
    assert lint([str(tmp_path)]).summary.writes == 1
    assert found(tmp_path, one=work("!Ref AWS::NoValue") + policy(roles="Roles: [worker]")) == [
        ["Jobs", "Worker"]
    ]


def test_a_policy_grants_only_where_its_condition_holds(tmp_path: Path) -> None:
    arn = "arn:aws:iam::111122223333:policy/sending"
    live = policy(condition="Condition: Live")
    assert found(tmp_path, one=work(arn, mapping="Condition: Live") + live) == [["Jobs", "Worker"]]
    idle = work(arn, mapping="Condition: Idle").replace(
        "Conditions: {", "Conditions: {Idle: !Not [Condition: Live], "
    )
    assert found(tmp_path, one=idle + live) == []


def test_a_role_has_a_policy_only_where_the_condition_of_its_branch_holds(tmp_path: Path) -> None:
    arn = "!If [Live, arn:aws:iam::111122223333:policy/sending, !Ref AWS::NoValue]"
    assert found(tmp_path, one=work(arn, mapping="Condition: Live") + policy()) == [["Jobs", "Worker"]]
    idle = work(arn, mapping="Condition: Idle").replace(
        "Conditions: {", "Conditions: {Idle: !Not [Condition: Live], "
    )
    assert found(tmp_path, one=idle + policy()) == []
