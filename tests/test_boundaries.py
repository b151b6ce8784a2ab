"""Permissions boundaries: what they leave of the grants of a role, and when they prove nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from recursion_lint.run.lint import lint

ROLE = """
Parameters: {Other: {Type: String}, Stage: {Type: String}}
Conditions: {Live: !Equals [!Ref Stage, live]}
Resources:
  Jobs: {Type: AWS::SQS::Queue}
  Spare: {Type: AWS::SQS::Queue}
  Role:
    Type: AWS::IAM::Role
    Properties:
      PermissionsBoundary: <boundary>
      Policies:
        - PolicyDocument: {Statement: {Effect: Allow, Action: "<granted>", Resource: <on>}}
  Worker: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt Role.Arn}}
  In:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {EventSourceArn: !GetAtt Jobs.Arn, FunctionName: !Ref Worker}
  Boundary:
    Type: AWS::IAM::ManagedPolicy
    Properties: {ManagedPolicyName: ceiling, PolicyDocument: {Statement: [<statement>]}}
"""
NOTHING = "{Effect: Allow, Action: 'logs:*', Resource: '*'}"


def looped(
    folder: Path,
    statement: str = NOTHING,
    boundary: str = "!Ref Boundary",
    granted: str = "sqs:SendMessage",
    on: str = "!GetAtt Jobs.Arn",
    more: str = "",
) -> bool:
    text = ROLE.replace("<statement>", statement).replace("<boundary>", boundary)
    (folder / "t.yaml").write_text(text.replace("<granted>", granted).replace("<on>", on) + more)
    return bool(lint([str(folder)]).findings)


def allow(action: str = "sqs:SendMessage", resource: str = "'*'") -> str:
    return f"{{Effect: Allow, Action: {action}, Resource: {resource}}}"


@pytest.mark.parametrize("on", ["!GetAtt Jobs.Arn", "'*'"])
@pytest.mark.parametrize(
    "statement",
    [
        allow(),
        allow("'*'"),
        allow("'sqs:*'"),
        allow("'SQS:send*'"),
        allow("[sqs:ReceiveMessage, sqs:SendMessage]"),
        allow("!Ref Other"),
        allow("!Sub 'sqs:${Other}'"),
        allow(resource="!GetAtt Jobs.Arn"),
        allow(resource="[!GetAtt Spare.Arn, !GetAtt Jobs.Arn]"),
        allow(resource="!Ref Other"),
        allow(resource="!Sub 'arn:aws:sqs:*:*:${Other}'"),
        allow(resource="!Sub 'arn:aws:sqs:*:*:${AWS::StackName}-*'"),
        "{Effect: Allow, NotAction: 'iam:*', Resource: '*'}",
        "{Effect: Allow, Action: sqs:SendMessage, NotResource: !GetAtt Spare.Arn}",
        "{Effect: Allow, Action: sqs:SendMessage, Resource: '*', Condition: {Bool: {aws:SecureTransport: true}}}",
        "!If [Live, " + allow() + ", !Ref AWS::NoValue]",
        allow() + ", {Effect: Deny, Action: sqs:SendMessage, Resource: !GetAtt Spare.Arn}",
        allow()
        + ", {Effect: Deny, Action: 'sqs:*', Resource: '*', Condition: {Bool: {aws:MultiFactorAuthPresent: false}}}",
        allow() + ", {Effect: Deny, Action: sqs:SendMessage, NotResource: !Ref Other}",
        NOTHING + ", {Fn::Transform: {Name: AWS::Include, Parameters: {Location: more.json}}}",
    ],
)
def test_what_a_boundary_may_allow_stays(tmp_path: Path, statement: str, on: str) -> None:
    assert looped(tmp_path, statement, on=on)


@pytest.mark.parametrize("on", ["!GetAtt Jobs.Arn", "'*'"])
@pytest.mark.parametrize(
    "statement",
    [
        NOTHING,
        allow("sqs:ReceiveMessage"),
        allow("'sqs:Get*'"),
        allow(resource="!GetAtt Spare.Arn"),
        allow("[sqs:SendMessage, sns:Publish]", resource="'arn:aws:sns:*:*:*'"),
        "{Effect: Allow, NotAction: 'sqs:*', Resource: '*'}",
        allow() + ", {Effect: Deny, Action: 'sqs:Send*', Resource: '*'}",
        allow() + ", {Effect: Deny, Action: 'sqs:*', Resource: !GetAtt Jobs.Arn}",
        allow() + ", {Effect: Deny, NotAction: 'sns:*', Resource: '*'}",
        allow() + ", {Effect: Deny, Action: sqs:SendMessage, NotResource: !GetAtt Spare.Arn}",
    ],
)
def test_what_a_boundary_does_not_allow_is_gone(tmp_path: Path, statement: str, on: str) -> None:
    assert not looped(tmp_path, statement, on=on)
    assert looped(tmp_path, statement, boundary="!Ref AWS::NoValue", on=on)


@pytest.mark.parametrize(
    ("boundary", "left"),
    [
        ("arn:aws:iam::111122223333:policy/ceiling", False),
        ("!Sub 'arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/ceiling'", False),
        ("arn:aws:iam::aws:policy/AmazonS3FullAccess", False),
        ("!Sub 'arn:${AWS::Partition}:iam::aws:policy/ReadOnlyAccess'", False),
        ("arn:aws:iam::aws:policy/PowerUserAccess", True),
        ("arn:aws:iam::aws:policy/AmazonSQSFullAccess", True),
        ("arn:aws:iam::aws:policy/aws-service-role/AWSSupportServiceRolePolicy", True),
        ("arn:aws:iam::aws:policy/SageMakerStudioProjectUserRolePermissionsBoundary", True),
        ("arn:aws:iam::111122223333:policy/of-the-landing-zone", True),
        ("!Ref Other", True),
        ("!If [Live, !Ref Boundary, !Ref AWS::NoValue]", True),
        ("!If [Live, !Ref Boundary, !Ref Other]", True),
        ("!If [Live, !Ref Boundary, 'arn:aws:iam::aws:policy/PowerUserAccess']", True),
        ("!If [Live, !Ref Boundary, 'arn:aws:iam::aws:policy/ReadOnlyAccess']", False),
    ],
)
def test_a_boundary_counts_if_all_that_it_may_be_is_known(tmp_path: Path, boundary: str, left: bool) -> None:
    assert looped(tmp_path, boundary=boundary) is left


def test_of_actions_that_the_catalogue_does_not_record_an_aws_policy_proves_nothing(tmp_path: Path) -> None:
    rule = """
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [aws.ec2], detail-type: [AWS API Call via CloudTrail], detail: {eventName: [CreateTags]}}
      Targets: [{Id: worker, Arn: !GetAtt Worker.Arn}]
"""
    call = {"granted": "ec2:CreateTags", "on": "'*'", "more": rule}
    assert looped(tmp_path, boundary="arn:aws:iam::aws:policy/ReadOnlyAccess", **call)
    assert looped(tmp_path, allow("ec2:CreateTags"), **call)
    assert not looped(tmp_path, **call)


def test_a_call_of_any_name_needs_a_boundary_that_allows_one_of_the_service(tmp_path: Path) -> None:
    rule = """
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [aws.ec2], detail-type: [AWS API Call via CloudTrail]}
      Targets: [{Id: worker, Arn: !GetAtt Worker.Arn}]
"""
    call = {"granted": "ec2:*", "on": "'*'", "more": rule}
    assert looped(tmp_path, allow("ec2:CreateTags"), **call)
    assert looped(tmp_path, allow("!Ref Other"), **call)
    assert not looped(tmp_path, **call)


def test_keys_that_a_boundary_does_not_allow_are_gone(tmp_path: Path) -> None:
    text = """
Resources:
  Boundary:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument: {Statement: {Effect: Allow, Action: "s3:*", Resource: "arn:aws:s3:::pictures/<allowed>"}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      PermissionsBoundary: !Ref Boundary
      Policies: [{PolicyDocument: {Statement: {Effect: Allow, Action: s3:PutObject, Resource: "arn:aws:s3:::pictures/*"}}}]
  Resize: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt Role.Arn}}
  Pictures:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: pictures
      NotificationConfiguration:
        LambdaConfigurations:
          - Event: s3:ObjectCreated:*
            Function: !GetAtt Resize.Arn
            Filter: {S3Key: {Rules: [{Name: prefix, Value: in/}]}}
"""
    file = tmp_path / "t.yaml"
    for allowed, loops in (("*", 1), ("in/*", 1), ("out/*", 0)):
        file.write_text(text.replace("<allowed>", allowed))
        assert len(lint([str(file)]).findings) == loops


@pytest.mark.parametrize(
    ("principal", "left"),
    [
        ("{AWS: !GetAtt Role.Arn}", False),
        ("{AWS: !Sub 'arn:aws:iam::${AWS::AccountId}:root'}", False),
        ("{Service: sns.amazonaws.com}", False),
        ("'*'", True),
        ("{AWS: '*'}", True),
        ("!If [Live, {AWS: '*'}, !Ref AWS::NoValue]", True),
        ("{AWS: !Sub 'arn:aws:sts::${AWS::AccountId}:assumed-role/${Role}/${Worker}'}", True),
    ],
)
def test_a_boundary_limits_what_a_resource_policy_grants_to_a_role_only(
    tmp_path: Path, principal: str, left: bool
) -> None:
    policy = f"""
  Policy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Jobs]
      PolicyDocument: {{Statement: [{{Effect: Allow, Principal: {principal}, Action: sqs:SendMessage, Resource: "*"}}]}}
"""
    assert looped(tmp_path, more=policy) is left
    assert not looped(tmp_path, more=policy.replace("!Ref Jobs", "!Ref Spare"))
    assert not looped(tmp_path, more=policy.replace("Effect: Allow", "Effect: Deny"))


def test_a_boundary_in_another_template_counts_if_no_other_has_its_name(tmp_path: Path) -> None:
    elsewhere = "Resources: {B: {Type: AWS::IAM::ManagedPolicy, Properties: {ManagedPolicyName: shared, PolicyDocument: {Statement: [<s>]}}}}"
    (tmp_path / "b.yaml").write_text(elsewhere.replace("<s>", NOTHING))
    arn = "arn:aws:iam::111122223333:policy/shared"
    assert not looped(tmp_path, boundary=arn)
    (tmp_path / "c.yaml").write_text(elsewhere.replace("<s>", allow()))
    assert looped(tmp_path, boundary=arn)


def test_a_boundary_of_a_role_is_none_of_its_namesake_in_another_template(tmp_path: Path) -> None:
    bounded = ROLE.replace("<statement>", NOTHING).replace("<boundary>", "!Ref Boundary")
    bounded = bounded.replace("<granted>", "sqs:SendMessage").replace("<on>", "!GetAtt Jobs.Arn")
    bounded = bounded.replace(
        "    Properties:\n      Perm", "    Properties:\n      RoleName: worker\n      Perm"
    )
    (tmp_path / "bounded.yaml").write_text(bounded)
    assert not lint([str(tmp_path)]).findings
    (tmp_path / "free.yaml").write_text(bounded.replace("      PermissionsBoundary: !Ref Boundary\n", ""))
    assert len(lint([str(tmp_path)]).findings) == 1


def test_a_boundary_counts_only_where_its_role_is_the_one(tmp_path: Path) -> None:
    two_roles = """
Parameters: {Stage: {Type: String}}
Conditions: {Live: !Equals [!Ref Stage, live], Test: !Not [Condition: Live]}
Resources:
  Boundary: {Type: AWS::IAM::ManagedPolicy, Properties: {PolicyDocument: {Statement: {Effect: Allow, Action: "logs:*", Resource: "*"}}}}
  LiveRole: {Type: AWS::IAM::Role, Condition: Live, Properties: {RoleName: worker, PermissionsBoundary: !Ref Boundary}}
  TestRole: {Type: AWS::IAM::Role, Condition: Test, Properties: {RoleName: worker}}
  Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs}}
  Rights:
    Type: AWS::IAM::Policy
    <condition>
    Properties: {Roles: [worker], PolicyDocument: {Statement: {Effect: Allow, Action: "sqs:SendMessage", Resource: !GetAtt Jobs.Arn}}}
  Worker: {Type: AWS::Lambda::Function, Properties: {Role: !Sub "arn:aws:iam::${AWS::AccountId}:role/worker"}}
  In: {Type: AWS::Lambda::EventSourceMapping, Properties: {EventSourceArn: !GetAtt Jobs.Arn, FunctionName: !Ref Worker}}
"""
    file = tmp_path / "t.yaml"
    for condition, loops in (("", 1), ("Condition: Test", 1), ("Condition: Live", 0)):
        file.write_text(two_roles.replace("<condition>", condition))
        assert len(lint([str(file)]).findings) == loops


SAM = """
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {PermissionsBoundary: !Ref Boundary}}
Resources:
  Boundary:
    Type: AWS::IAM::ManagedPolicy
    Properties: {PolicyDocument: {Statement: {Effect: Allow, Action: "logs:*", Resource: "*"}}}
  Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs}}
  Free: {Type: AWS::IAM::Role, Properties: {Policies: [{PolicyDocument: {Statement: {Effect: Allow, Action: "sqs:*", Resource: "arn:aws:sqs:*:*:jobs"}}}]}}
  Worker:
    Type: AWS::Serverless::Function
    <body>
    Properties:
      Policies: [{SQSSendMessagePolicy: {QueueName: jobs}}]
      Events: {In: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}}
      <own>
"""


@pytest.mark.parametrize(
    ("own", "body", "loops"),
    [
        ("", "", 0),
        ("PermissionsBoundary: arn:aws:iam::aws:policy/AdministratorAccess", "", 1),
        ("PermissionsBoundary: !Ref AWS::NoValue", "", 1),
        ("Role: !GetAtt Free.Arn", "", 1),
        ("", "IgnoreGlobals: [PermissionsBoundary]", 1),
    ],
)
def test_sam_gives_the_boundary_of_globals_to_the_roles_that_it_makes(
    tmp_path: Path, own: str, body: str, loops: int
) -> None:
    file = tmp_path / "t.yaml"
    file.write_text(SAM.replace("<own>", own).replace("<body>", body))
    assert len(lint([str(file)]).findings) == loops


URL = """
Resources:
  Limit:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      ManagedPolicyName: limit
      PolicyDocument: {Statement: [{Effect: Allow, Action: 'logs:*', Resource: '*'}]}
  Role:
    Type: AWS::IAM::Role
    Properties:
      PermissionsBoundary: !Ref Limit
      Policies:
        - PolicyName: p
          PolicyDocument: {Statement: [{Effect: Allow, Action: lambda:InvokeFunction, Resource: !GetAtt F.Arn}]}
  F: {Type: AWS::Lambda::Function, Properties: {FunctionName: f, Role: !GetAtt Role.Arn}}
  Open:
    Type: AWS::Lambda::Permission
    Properties: {FunctionName: f, Action: lambda:InvokeFunction, Principal: '*'%s}
"""


@pytest.mark.parametrize(
    ("more", "looped"),
    [("", True), (", FunctionUrlAuthType: NONE", False), (", InvokedViaFunctionUrl: true", False)],
)
def test_what_is_open_by_its_url_is_no_right_of_a_role(more: str, looped: bool) -> None:
    found = lint(
        ["-"], stdin=URL.replace("!GetAtt F.Arn", "'arn:aws:lambda:eu-west-1:1:function:f'") % more
    ).findings
    assert [one.rule for one in found] == (["lambda-loop"] if looped else [])
