"""No remedy takes away a permission that something else needs: a dead-letter queue, another channel, a shared role."""

from __future__ import annotations

from pathlib import Path

import pytest

from recursion_lint.model.findings import Finding, Remedy
from recursion_lint.model.report import Report
from recursion_lint.remedies.apply import choose
from recursion_lint.report import render
from recursion_lint.run.lint import lint

HEAD = "Transform: AWS::Serverless-2016-10-31\nResources:\n"
TAKEN = {"drop-grant", "read-only-grant", "explicit-deny"}

THUMBNAILS = """\
  Uploads: {Type: AWS::S3::Bucket}
  Thumbnails: {Type: AWS::S3::Bucket}
  Shrink:
    Type: AWS::Serverless::Function
    Properties:
      Environment: {Variables: {OUTPUT_BUCKET: !Ref Thumbnails}}
      Policies:
        - POLICY:
            BucketName: !Sub ${AWS::StackName}-*
      Events: {File: {Type: S3, Properties: {Bucket: !Ref Uploads, Events: 's3:ObjectCreated:*'}}}
"""
LETTERS = """\
  Letters: {Type: AWS::SQS::Queue}
  Other: {Type: AWS::SQS::Queue}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Action: sts:AssumeRole, Principal: {Service: lambda.amazonaws.com}}]
      Policies:
        - PolicyName: send
          PolicyDocument:
            Statement:
              - Effect: Allow
                Action: sqs:SendMessage
                Resource: !GetAtt Letters.Arn
        - PolicyName: receive
          PolicyDocument:
            Statement: [{Effect: Allow, Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage'], Resource: !GetAtt Letters.Arn}]
  Loader:
    Type: AWS::Lambda::Function
    Properties:
      DeadLetterConfig: {TargetArn: !GetAtt LOADS.Arn}
      Role: !GetAtt Role.Arn
  Other1:
    Type: AWS::Lambda::Function
    Properties:
      DeadLetterConfig: {TargetArn: !GetAtt Letters.Arn}
      Role: OTHERS
"""


def _findings(tmp_path: Path, text: str) -> list[Finding]:
    (tmp_path / "template.yaml").write_text(HEAD + text)
    return [one for one in lint([str(tmp_path / "template.yaml")]).findings if one.severity != "info"]


def _only(tmp_path: Path, text: str) -> tuple[Finding, Remedy]:
    (found,) = _findings(tmp_path, text)
    return found, found.remedies[0]


def test_a_grant_on_all_of_the_stack_is_narrowed_to_what_a_variable_names(tmp_path: Path) -> None:
    found, first = _only(tmp_path, THUMBNAILS.replace("POLICY", "S3CrudPolicy"))
    assert first.id == "use-other-bucket"
    assert first.title == (
        "If Shrink (code not found) uses s3:PutObject on Thumbnails only, allow it there alone, not on Uploads (line 10; "
        "reading stays)"
    )
    assert first.diff is not None
    added = [line[1:].strip() for line in first.diff.splitlines() if line.startswith("+ ")]
    assert added[:3] == [
        "- S3ReadPolicy:",
        "BucketName: !Sub ${AWS::StackName}-*",
        "BucketName: !Ref Thumbnails",
    ]
    assert "- s3:DeleteObject" in added  # its code was not found
    assert "- s3:PutObject" not in added
    assert choose(found, True) == first
    assert choose(found, False) is None


def test_where_another_grant_is_on_that_bucket_the_pattern_may_lose_its_writes(tmp_path: Path) -> None:
    own = "      Policies:\n        - S3WritePolicy: {BucketName: !Ref Thumbnails}\n"
    text = THUMBNAILS.replace("POLICY", "S3CrudPolicy").replace("      Policies:\n", own)
    _, first = _only(tmp_path, text)
    assert "Thumbnails only" not in first.title


def test_what_a_variable_names_as_the_source_needs_no_write(tmp_path: Path) -> None:
    text = THUMBNAILS.replace("POLICY", "S3CrudPolicy").replace("OUTPUT_BUCKET", "SOURCE_BUCKET")
    found, first = _only(tmp_path, text)
    assert "Thumbnails only" not in first.title
    # The pattern may stand for what is not to be seen here.
    assert not [one for one in found.remedies if one.id in TAKEN and one.applicability == "safe"]


def test_a_dead_letter_queue_keeps_the_permission_of_its_function(tmp_path: Path) -> None:
    found, first = _only(tmp_path, LETTERS.replace("LOADS", "Letters").replace("OTHERS", "!Ref Elsewhere"))
    # No mapping needs the right to receive; Lambda itself needs that to send.
    assert first.id == "drop-receive"
    assert choose(found, True) == first
    assert found.remedies[1].id == "accept-bounded"
    assert "Letters is the dead-letter queue of Loader" in found.remedies[1].trade_off
    assert not TAKEN & {one.id for one in found.remedies}


def test_code_that_receives_messages_itself_keeps_the_right(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("import boto3\nread = boto3.client('sqs').receive_message\n")
    code = "      Runtime: python3.13\n      Handler: app.handler\n      Code: .\n      DeadLetterConfig: {TargetArn: !GetAtt LOADS"
    text = LETTERS.replace("      DeadLetterConfig: {TargetArn: !GetAtt LOADS", code)
    _, first = _only(tmp_path, text.replace("LOADS", "Letters").replace("OTHERS", "!Ref Elsewhere"))
    assert first.id == "accept-bounded"


def test_a_dead_letter_queue_of_another_function_with_the_same_role_keeps_it_too(tmp_path: Path) -> None:
    found = _findings(tmp_path, LETTERS.replace("LOADS", "Other").replace("OTHERS", "!GetAtt Role.Arn"))
    assert found
    for one in found:
        assert not TAKEN & {remedy.id for remedy in one.remedies}
        assert choose(one, True) is None


def test_a_function_with_a_dead_letter_queue_there_gets_no_role_without_it(tmp_path: Path) -> None:
    found = _findings(tmp_path, LETTERS.replace("LOADS", "Letters").replace("OTHERS", "!GetAtt Role.Arn"))
    assert found
    assert not [remedy for one in found for remedy in one.remedies if remedy.id == "own-role"]


def test_a_dead_letter_queue_of_others_alone_keeps_nothing(tmp_path: Path) -> None:
    found, _ = _only(tmp_path, LETTERS.replace("LOADS", "Other").replace("OTHERS", "!Ref Elsewhere"))
    assert TAKEN & {one.id for one in found.remedies}
    assert choose(found, True) is not None


@pytest.mark.parametrize("config", ["OnSuccess", "OnFailure"])
def test_a_destination_keeps_the_permission(tmp_path: Path, config: str) -> None:
    text = (
        LETTERS.replace("LOADS", "Other").replace("OTHERS", "!Ref Elsewhere")
        + f"""\
  Outcome:
    Type: AWS::Lambda::EventInvokeConfig
    Properties:
      FunctionName: !Ref Loader
      Qualifier: $LATEST
      DestinationConfig: {{{config}: {{Destination: !GetAtt Letters.Arn}}}}
"""
    )
    for one in _findings(tmp_path, text):
        assert not TAKEN & {remedy.id for remedy in one.remedies}


BUILD = """\
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
          - Effect: Allow
            Action: sts:AssumeRole
            Principal: {Service: [codebuild.amazonaws.com, codepipeline.amazonaws.com]}
      Policies:
        - PolicyName: build
          PolicyDocument:
            Statement: [{Effect: Allow, Action: 'codebuild:StartBuild', Resource: !GetAtt Build.Arn}]
  PipelineRole: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {Statement: []}}}
  Build:
    Type: AWS::CodeBuild::Project
    Properties: {ServiceRole: !Ref Role}
  Release:
    Type: AWS::CodePipeline::Pipeline
    Properties: {RoleArn: !GetAtt RELEASES.Arn}
"""


def test_a_build_with_the_role_of_its_pipeline_gets_one_of_its_own(tmp_path: Path) -> None:
    found, first = _only(tmp_path, BUILD.replace("RELEASES", "Role"))
    assert first.id == "own-role"
    assert "shares with Release" in first.steps
    assert choose(found, True) is None


def test_a_build_with_a_role_of_its_own_loses_the_permission(tmp_path: Path) -> None:
    _, first = _only(tmp_path, BUILD.replace("RELEASES", "PipelineRole"))
    assert first.id == "drop-grant"


SHARED = """\
  Scans: {Type: AWS::S3::Bucket, Properties: {BucketName: scans-of-a-test}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Action: sts:AssumeRole, Principal: {Service: lambda.amazonaws.com}}]
      Policies:
        - PolicyName: write
          PolicyDocument:
            Statement: [{Effect: Allow, Action: 's3:PutObject', Resource: 'arn:aws:s3:::scans-of-a-test/*'}]
  Submit:
    Type: AWS::Serverless::Function
    Properties:
      Role: !GetAtt Role.Arn
      Events: {File: {Type: S3, Properties: {Bucket: !Ref Scans, Events: 's3:ObjectCreated:*'}}}
  Store:
    Type: AWS::Serverless::Function
    Properties: {Role: ROLE}
"""


def test_a_function_with_the_role_of_who_writes_gets_one_of_its_own(tmp_path: Path) -> None:
    found, first = _only(tmp_path, SHARED.replace("ROLE", "!GetAtt Role.Arn"))
    assert first.id == "own-role"
    # What the role may write elsewhere, its other users would write elsewhere.
    assert [one.diff for one in found.remedies if one.id == "two-buckets"] == [None]
    assert choose(found, True) is None


def test_a_function_alone_with_its_role_does_not(tmp_path: Path) -> None:
    found, first = _only(tmp_path, SHARED.replace("ROLE", "!Ref Other"))
    assert first.id != "own-role"
    assert "two-buckets" in {one.id for one in found.remedies}


def test_a_bucket_policy_names_no_other_bucket(tmp_path: Path) -> None:
    text = SHARED.replace("ROLE", "!Ref Other")
    inline, after = text.index("      Policies:"), text.index("  Submit:")
    policy = """\
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Scans
      PolicyDocument:
        Statement:
          - Effect: Allow
            Principal: {AWS: !GetAtt Role.Arn}
            Action: s3:PutObject
            Resource: !Sub ${Scans.Arn}/*
"""
    found, _ = _only(tmp_path, text[:inline] + policy + text[after:])
    assert [one.diff for one in found.remedies if one.id == "two-buckets"] == [None]


OWN_QUEUE = """\
  Jobs: {Type: AWS::SQS::Queue}
  Check:
    Type: AWS::Serverless::Function
    Properties:
      Environment: {Variables: {VARIABLE: !Ref Jobs}}
      Policies: [{SQSSendMessagePolicy: {QueueName: !GetAtt Jobs.QueueName}}]
      Events: {Job: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}}
"""


@pytest.mark.parametrize("verbose", [False, True])
def test_what_the_fix_does_is_what_is_promised(tmp_path: Path, verbose: bool) -> None:
    found = _findings(tmp_path, OWN_QUEUE.replace("VARIABLE", "QUEUE_URL"))
    assert found[0].remedies[0].id == "accept-bounded"
    assert choose(found[0], True) is None
    assert "applies it" not in render(Report(tuple(found)), "text", verbose=verbose)


def test_where_nothing_speaks_for_the_write_the_fix_takes_it_away(tmp_path: Path) -> None:
    found = _findings(tmp_path, OWN_QUEUE.replace("VARIABLE", "RESULT_URL"))
    chosen = choose(found[0], True)
    assert chosen == found[0].remedies[0]
    told = " ".join(render(Report(tuple(found)), "text").split())
    assert "(--fix --unsafe-fixes applies it; review it)" in told


NESTED = """\
Transform: AWS::Serverless-2016-10-31
Parameters: {Name: {Type: String, Default: jobs}}
Conditions: {Unnamed: !Equals [!Ref Name, '']}
Resources:
  Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: !If [Unnamed, !Ref AWS::StackName, !Ref Name]}}
  Check:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: !If [Unnamed, !Ref AWS::StackName, !Ref Name]
      Environment: {Variables: {QUEUE_URL: !Ref Jobs}}
      Policies:
        - Statement:
            - {Effect: Allow, Action: 'sqs:SendMessage', Resource: !GetAtt Jobs.Arn}
            - {Effect: Allow, Action: 'sqs:SendMessage', Resource: !GetAtt GRANTED.Arn}
      Events: {Job: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}}
"""


def _nested(tmp_path: Path, granted: str, more: str = "") -> set[str]:
    """The titles of the remedies for a template that is read as a nested stack and alone."""
    (tmp_path / "jobs.yaml").write_text(NESTED.replace("GRANTED", granted) + more)
    (tmp_path / "template.yaml").write_text(
        "Resources:\n  Inner:\n    Type: AWS::CloudFormation::Stack\n    Properties: {TemplateURL: jobs.yaml}\n"
    )
    found = [one for one in lint([str(tmp_path)]).findings if one.severity != "info"]
    assert found
    return {remedy.title for one in found for remedy in one.remedies if remedy.id == "use-other-queue"}


def test_a_queue_seen_as_nested_and_alone_is_no_other_queue(tmp_path: Path) -> None:
    assert _nested(tmp_path, "Jobs") == set()


def test_another_queue_of_the_same_template_is(tmp_path: Path) -> None:
    titles = _nested(tmp_path, "Done", "  Done: {Type: AWS::SQS::Queue}\n")
    assert titles
    assert all("Done" in title for title in titles)


FAN_OUT = """\
  Accounts: {Type: AWS::SNS::Topic}
  Configure:
    Type: AWS::Serverless::Function
    Properties:
      Policies: [{SNSPublishMessagePolicy: {TopicName: !GetAtt Accounts.TopicName}}]
      Events: {Account: {Type: SNS, Properties: {Topic: !Ref Accounts}}}
"""
STARTED = """\
  Configured:
    Type: Custom::Configured
    Properties: {ServiceToken: !GetAtt Configure.Arn}
"""
PUBLISHER = """\
  Publisher:
    Type: AWS::Serverless::Function
    Properties: {Policies: [{SNSPublishMessagePolicy: {TopicName: !GetAtt Accounts.TopicName}}]}
"""


def test_work_that_is_spread_over_a_topic_goes_to_no_topic_without_a_subscriber(tmp_path: Path) -> None:
    found, first = _only(tmp_path, FAN_OUT + STARTED)
    assert first.id == "accept-bounded"
    assert choose(found, True) is None
    assert found.remedies[1].id == "round-counter"


@pytest.mark.parametrize("more", ["", STARTED + PUBLISHER])
def test_what_others_publish_to_is_no_spreading_of_work(tmp_path: Path, more: str) -> None:
    _, first = _only(tmp_path, FAN_OUT + more)
    assert first.id != "accept-bounded"


QUEUED = """\
  Letters: {Type: AWS::SQS::Queue}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Action: sts:AssumeRole, Principal: {Service: lambda.amazonaws.com}}]
      Policies:
        - PolicyName: work
          PolicyDocument:
            Statement:
              - {Effect: Allow, Action: [ACTIONS], Resource: !GetAtt Letters.Arn}
              - {Effect: Allow, Action: 'lambda:InvokeFunction', Resource: !GetAtt Again.Arn}
  Load:
    Type: AWS::Lambda::Function
    Properties:
      DeadLetterConfig: {TargetArn: !GetAtt Letters.Arn}
      Role: !GetAtt Role.Arn
  Again:
    Type: AWS::Lambda::Function
    Properties:
      DeadLetterConfig: {TargetArn: !GetAtt Letters.Arn}
      Role: !GetAtt Role.Arn
"""


def test_a_role_of_its_own_is_without_all_that_closes_the_loop_and_keeps_what_its_own_queue_needs(
    tmp_path: Path,
) -> None:
    receiving = QUEUED.replace("ACTIONS", "'sqs:ReceiveMessage', 'sqs:SendMessage'")
    found = [remedy for one in _findings(tmp_path, receiving) for remedy in one.remedies]
    told = {remedy.title: remedy.steps for remedy in found if remedy.id == "own-role"}
    # To take the right to receive from the role that both have is the smaller change.
    assert "drop-receive" in {one.remedies[0].id for one in _findings(tmp_path, receiving)}
    both = (
        "If Load (code not found) never invokes Again, give it a role of its own, without lambda:InvokeFunction on Again "
        "and sqs:ReceiveMessage on Letters; if it does, accept the finding with what bounds its rounds"
    )
    assert both in told
    assert "also the right to send there: Letters is the dead-letter queue of Load" in told[both]
    assert "wherever a bucket policy, another account, a variable or code names that" in told[both]
    alone = _findings(tmp_path, QUEUED.replace("ACTIONS", "'sqs:SendMessage'"))
    assert not [one for one in alone if "ReceiveMessage" in one.remedies[0].title]


CALLER = """\
  Move:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: .
      Role: !GetAtt Role.Arn
      Events:
        File: {Type: S3, Properties: {Bucket: !Ref Files, Events: 's3:ObjectCreated:*'FILTER}}
  Files:
    Type: AWS::S3::Bucket
    Properties: {BucketName: files-of-a-test}
  Other:
    Type: AWS::Serverless::Function
    Properties: {Role: !GetAtt Role.Arn}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Action: sts:AssumeRole, Principal: {Service: lambda.amazonaws.com}}]
      Policies:
        - PolicyName: work
          PolicyDocument:
            Statement: [{Effect: Allow, Action: 's3:PutObject', Resource: 'arn:aws:s3:::files-of-a-test/*'}]
"""
TOLD = "import boto3\ndef handler(event, context):\n    boto3.client('s3').CALL\n"


def test_a_write_that_the_code_makes_to_a_bucket_of_the_event_is_not_taken_away(tmp_path: Path) -> None:
    text = CALLER.replace("FILTER", ", Filter: {S3Key: {Rules: [{Name: prefix, Value: in/}]}}")
    app = tmp_path / "app.py"
    app.write_text(TOLD.replace("CALL", "put_object(Bucket=event['to'], Key=event['key'], Body=b'')"))
    _, first = _only(tmp_path, text)
    assert first.title == (
        "Accept the finding if the key that app.py:3 writes is never like in/*; else deny s3:PutObject on Files at in/* "
        "to the role"
    )
    app.unlink()
    _, first = _only(tmp_path, text)
    assert first.title.startswith(
        "If Move (code not found) never writes to Files, give it a role of its own, without s3"
    )


def test_a_statement_for_several_queues_keeps_the_right_to_receive(tmp_path: Path) -> None:
    text = LETTERS.replace("LOADS", "Letters").replace("OTHERS", "!Ref Elsewhere")
    _, first = _only(tmp_path, text)
    assert first.diff
    several = text.replace(
        "Resource: !GetAtt Letters.Arn", "Resource: [!GetAtt Letters.Arn, !GetAtt Jobs.Arn]"
    )
    assert several != text
    _, first = _only(tmp_path, several + "  Jobs: {Type: AWS::SQS::Queue}\n")
    assert first.id == "drop-receive"
    assert not first.diff


UNREAD = """\
  Scans:
    Type: AWS::S3::Bucket
    Properties: {BucketName: scans-of-a-test}
  Read:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: .
      Policies:
        - S3CrudPolicy: {BucketName: scans-of-a-test}
      Events:
        File:
          Type: S3
          Properties: {Bucket: !Ref Scans, Events: 's3:ObjectCreated:*', Filter: FILTER}
"""
PREFIX = "{S3Key: {Rules: [{Name: prefix, Value: in/}]}}"


def test_of_code_that_is_not_read_to_its_end_only_the_keys_that_trigger_are_taken(tmp_path: Path) -> None:
    """Twins: a trigger without a filter, code that was read."""
    app, text = tmp_path / "app.py", UNREAD.replace("FILTER", PREFIX)
    app.write_text(
        "import unknown_library\ndef handler(event, context):\n    unknown_library.run(event, exec)\n"
    )
    _, first = _only(tmp_path, text)
    assert first.id == "deny-trigger-keys"
    assert "arn:${AWS::Partition}:s3:::scans-of-a-test/in/*" in (first.diff or "")
    _, first = _only(tmp_path, UNREAD.replace(", Filter: FILTER", ""))
    assert first.id != "deny-trigger-keys"


def test_who_alone_is_told_of_it_gets_what_the_others_need_not(tmp_path: Path) -> None:
    text = BUILD.split("  Build:")[0].replace(
        "codebuild.amazonaws.com, codepipeline.amazonaws.com", "lambda.amazonaws.com"
    )
    text = text.replace(
        "'codebuild:StartBuild', Resource: !GetAtt Build.Arn", "'states:StartExecution', Resource: !Ref Flow"
    )
    functions = "".join(
        f"  {name}:\n    Type: AWS::Lambda::Function\n    Properties: {{Role: !GetAtt Role.Arn{told}}}\n"
        for name, told in (
            ("One", ""),
            ("Two", ""),
            ("Start", ", Environment: {Variables: {FLOW: !Ref Flow}}"),
        )
    )
    flow = (
        "  Flow:\n    Type: AWS::StepFunctions::StateMachine\n    Properties:\n      Definition:\n        StartAt: A\n"
        "        States: {A: {Type: Task, Resource: !GetAtt One.Arn, End: true}}\n"
    )
    told = [one.remedies[0].title for one in _findings(tmp_path, text + functions + flow)]
    assert told
    assert told[0].startswith(
        "Give Start, the only one that is told of Flow, a role of its own with states:StartExec"
    )
    other = _findings(
        tmp_path, text + functions.replace(", Environment: {Variables: {FLOW: !Ref Flow}}", "") + flow
    )
    assert not [one for one in other if one.remedies[0].title.startswith("Give Start")]
