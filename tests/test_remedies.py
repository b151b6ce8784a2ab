"""Remedies: the diff applies, what it claims to break is broken, and nothing else changes."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from recursion_lint.model.findings import Finding, Remedy
from recursion_lint.remedies import apply
from recursion_lint.run import advise as advising
from recursion_lint.run import lint as api
from recursion_lint.template.yaml.files import SourceError, read_text, replace_files

HEAD = "AWSTemplateFormatVersion: '2010-09-09'\nTransform: AWS::Serverless-2016-10-31\n"
S3_SAM = (
    HEAD
    + """\
Parameters:
  BucketName:
    Type: String
Resources:
  Source:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: !Ref BucketName

  Copy: # the loop
    Type: AWS::Serverless::Function
    Properties:
      Runtime: RUNTIME
      Handler: app.handler
      CodeUri: src/
      Policies:
        - S3CrudPolicy:
            BucketName: !Ref BucketName # read and write
      Environment:
        Variables:
          VARIABLE: !Ref BucketName
      Events:
        Upload:
          Type: S3
          Properties:
            Bucket: !Ref Source
            Events: s3:ObjectCreated:*
"""
)
S3_RAW = """\
Parameters:
  Name: {Type: String}
Resources:
  Source:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: !Ref Name
      NotificationConfiguration:
        LambdaConfigurations:
        - Event: s3:ObjectCreated:*
          Function: !GetAtt Copy.Arn
          Filter:
            S3Key:
              Rules:
              - {Name: suffix, Value: .txt}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {}
      Policies:
      - PolicyName: p
        PolicyDocument:
          Statement:
          - Effect: Allow
            Action:
            - s3:GetObject
            - s3:PutObject
            Resource:
            - !Sub arn:aws:s3:::${Name}/*
            - arn:aws:s3:::elsewhere/*
  Copy:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Code: {S3Bucket: b, S3Key: k}
      Role: !GetAtt Role.Arn
"""
S3_JSON = json.dumps(
    {
        "Resources": {
            "Source": {
                "Type": "AWS::S3::Bucket",
                "Properties": {
                    "BucketName": {"Fn::Sub": "${AWS::StackName}-in"},
                    "NotificationConfiguration": {
                        "LambdaConfigurations": [
                            {"Event": "s3:ObjectCreated:*", "Function": {"Fn::GetAtt": ["Copy", "Arn"]}}
                        ]
                    },
                },
            },
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "AssumeRolePolicyDocument": {},
                    "Policies": [
                        {
                            "PolicyName": "p",
                            "PolicyDocument": {
                                "Statement": [
                                    {
                                        "Effect": "Allow",
                                        "Action": ["s3:GetObject", "s3:PutObject"],
                                        "Resource": {"Fn::Sub": "arn:aws:s3:::${AWS::StackName}-in/*"},
                                    }
                                ]
                            },
                        }
                    ],
                },
            },
            "Copy": {
                "Type": "AWS::Lambda::Function",
                "Properties": {
                    "Runtime": "nodejs22.x",
                    "Handler": "index.handler",
                    "Code": {"S3Bucket": "b", "S3Key": "k"},
                    "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                    "Environment": {"Variables": {"OUT_BUCKET": {"Fn::Sub": "${AWS::StackName}-in"}}},
                },
            },
        }
    },
    indent=4,
)
SQS = (
    HEAD
    + """\
Resources:
  In:
    Type: AWS::SQS::Queue
  Work:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: src/
      Environment:
        Variables:
          TARGET_URL: !Ref In
      Policies:
        - SQSSendMessagePolicy:
            QueueName: !GetAtt In.QueueName
      Events:
        Message:
          Type: SQS
          Properties: {Queue: !GetAtt In.Arn}
"""
)
SQS_OTHER = SQS.replace(
    "      Policies:\n",
    "      Policies:\n        - SQSSendMessagePolicy:\n            QueueName: !GetAtt Out.QueueName\n",
).replace("Resources:\n", "Resources:\n  Out:\n    Type: AWS::SQS::Queue\n")
SNS = (
    SQS.replace("AWS::SQS::Queue", "AWS::SNS::Topic")
    .replace("SQSSendMessagePolicy", "SNSPublishMessagePolicy")
    .replace("QueueName: !GetAtt In.QueueName", "TopicName: !GetAtt In.TopicName")
    .replace("Type: SQS", "Type: SNS")
    .replace("{Queue: !GetAtt In.Arn}", "{Topic: !Ref In}")
)
DYNAMODB = (
    HEAD
    + """\
Resources:
  Items:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions:
        - {AttributeName: id, AttributeType: S}
      KeySchema:
        - {AttributeName: id, KeyType: HASH}
      StreamSpecification: {StreamViewType: NEW_IMAGE}
  Work:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: src/
      Policies:
        - GRANT
      Events:
        Change:
          Type: DynamoDB
          Properties:
            Stream: !GetAtt Items.StreamArn
            StartingPosition: LATEST
"""
)
DYNAMODB_CRUD = DYNAMODB.replace("GRANT", "DynamoDBCrudPolicy:\n            TableName: !Ref Items")
DYNAMODB_DELETE = DYNAMODB.replace(
    "GRANT",
    "Statement:\n            - Effect: Allow\n              Action: dynamodb:DeleteItem\n"
    "              Resource: !GetAtt Items.Arn",
)
LAMBDA = (
    HEAD
    + """\
Resources:
  Again:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: again
      Runtime: python3.13
      Handler: app.handler
      CodeUri: src/
      Policies:
        - Statement:
            - Effect: Allow
              Action: lambda:InvokeFunction
              Resource: !Sub arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:again
        - Statement:
            - Effect: Allow
              Action: logs:CreateLogGroup
              Resource: '*'
"""
)
BROAD = S3_SAM.replace(
    "S3CrudPolicy:\n            BucketName: !Ref BucketName # read and write", "AmazonS3FullAccess"
).replace("VARIABLE", "KEEP")
ACCESS_LOGS = """\
Resources:
  Data:
    Type: AWS::S3::Bucket
    Properties:
      LoggingConfiguration:
        LogFilePrefix: logs/
"""


def s3_sam(variable: str = "OUTPUT_BUCKET", runtime: str = "python3.13") -> str:
    return S3_SAM.replace("VARIABLE", variable).replace("RUNTIME", runtime)


@pytest.fixture(autouse=True)
def _advice(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(api, "ADVISE", True, raising=False)
    monkeypatch.chdir(tmp_path)


def lint(text: str, name: str = "template.yaml") -> Sequence[Finding]:
    Path(name).write_bytes(text.encode())
    return api.lint([name]).findings


def worst(text: str, name: str = "template.yaml") -> Finding:
    found = lint(text, name)
    assert found, "the template should loop"
    return found[0]


def named(finding: Finding, name: str) -> Remedy:
    return next(one for one in finding.remedies if one.id == name)


def applied(text: str, remedy: Remedy, name: str = "template.yaml") -> str:
    """The text after ``git apply`` of the remedy's diff."""
    assert remedy.diff
    Path(name).write_bytes(text.encode())
    Path("p.diff").write_bytes(remedy.diff.encode())
    subprocess.run(["git", "apply", "--whitespace=nowarn", "p.diff"], check=True, capture_output=True)
    return Path(name).read_bytes().decode()


SHAPES = {
    "s3-sam": (s3_sam(), ["two-buckets", "key-filter", "read-only-grant"]),
    "s3-sam-node": (s3_sam("PLACE", "nodejs22.x"), ["read-only-grant", "two-buckets", "key-filter"]),
    "s3-raw": (S3_RAW, ["deny-trigger-keys", "two-buckets", "key-filter"]),
    "s3-json": (S3_JSON, ["two-buckets", "key-filter", "read-only-grant"]),
    "sqs": (SQS, ["second-queue", "drop-grant"]),
    "sqs-other": (SQS_OTHER, ["use-other-queue", "second-queue", "drop-grant"]),
    "sns": (SNS, ["second-topic", "drop-grant"]),
    "dynamodb": (DYNAMODB_CRUD, ["read-only-grant"]),
    "dynamodb-delete": (DYNAMODB_DELETE, ["second-table", "drop-grant"]),
    "lambda": (LAMBDA, ["drop-grant"]),
    "broad": (BROAD.replace("RUNTIME", "python3.13"), ["explicit-deny"]),
    "access-logs": (ACCESS_LOGS, ["log-bucket"]),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("eol", ["\n", "\r\n"])
def test_a_verified_diff_applies_and_ends_the_loop(shape: str, eol: str) -> None:
    text, expected = SHAPES[shape]
    text = text.replace("\n", eol)
    name = "template.json" if text.startswith("{") else "template.yaml"
    finding = worst(text, name)
    verified = [one for one in finding.remedies if one.diff and one.breaks]
    assert [one.id for one in verified][: len(expected)] == expected
    for remedy in verified:
        after = applied(text, remedy, name)
        left = [one for one in lint(after, name) if one.severity != "info" or finding.severity == "info"]
        assert finding.fingerprint not in [one.fingerprint for one in left]
        assert not left
        assert after.count("\r\n") == (after.count("\n") if eol == "\r\n" else 0)
        kept = [line for line in text.split(eol) if "#" in line]
        assert all(line.partition("#")[2] in after for line in kept)


@pytest.mark.parametrize("shape", SHAPES)
def test_every_remedy_says_what_it_costs_and_what_to_do(shape: str) -> None:
    text = SHAPES[shape][0]
    finding = worst(text, "template.json" if text.startswith("{") else "template.yaml")
    for remedy in finding.remedies:
        assert remedy.title
        assert remedy.trade_off
        assert remedy.steps
        assert remedy.breaks is None or 1 <= remedy.breaks <= len(finding.hops)
        assert remedy.applicability == "manual" or remedy.diff
        assert len({one.id + str(one.breaks) for one in finding.remedies}) == len(finding.remedies)


def test_the_second_bucket_takes_the_grant_and_the_variable() -> None:
    after = applied(s3_sam(), named(worst(s3_sam()), "two-buckets"))
    assert "        - S3ReadPolicy:\n            BucketName: !Ref BucketName # read and write\n" in after
    assert "        - S3WritePolicy:\n            BucketName: !Ref Output\n" in after
    assert "          OUTPUT_BUCKET: !Ref Output\n" in after
    assert after.endswith("\n\n  Output:\n    Type: AWS::S3::Bucket\n")


def test_only_of_functions_a_second_bucket_comes_as_a_diff() -> None:
    """A task of containers has its variables elsewhere, a job has none."""
    text = """\
Resources:
  Files: {Type: AWS::S3::Bucket, Properties: {BucketName: files, NotificationConfiguration: {EventBridgeConfiguration: {}}}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: sts:AssumeRole}]}
      Policies:
        - PolicyName: files
          PolicyDocument: {Statement: [{Effect: Allow, Action: [s3:GetObject, s3:PutObject], Resource: !Sub '${Files.Arn}/*'}]}
  Convert:
    Type: AWS::ECS::TaskDefinition
    Properties:
      TaskRoleArn: !GetAtt Role.Arn
      ContainerDefinitions: [{Name: convert, Image: convert, Environment: [{Name: OUTPUT_BUCKET, Value: !Ref Files}]}]
  Arrived:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [aws.s3], detail-type: [Object Created], detail: {bucket: {name: [!Ref Files]}}}
      Targets: [{Id: t, Arn: !GetAtt Cluster.Arn, RoleArn: !GetAtt Role.Arn, EcsParameters: {TaskDefinitionArn: !Ref Convert}}]
  Cluster: {Type: AWS::ECS::Cluster}
"""
    remedy = named(worst(text), "two-buckets")
    assert (remedy.applicability, remedy.diff) == ("manual", None)
    assert "what Convert runs must write there" in str(remedy.steps)


def test_a_bucket_for_logs_is_there_where_the_first_is() -> None:
    text = "Conditions: {Own: !Equals [!Ref AWS::Region, eu-west-1]}\n" + ACCESS_LOGS.replace(
        "    Type: AWS::S3::Bucket\n", "    Type: AWS::S3::Bucket\n    Condition: Own\n"
    )
    after = applied(text, named(worst(text), "log-bucket"))
    assert after.count("Condition: Own") == 3


@pytest.mark.parametrize(
    ("variable", "retargeted"),
    [("DestinationBucketName", True), ("OUTPUT", True), ("SOURCE_BUCKET", False), ("InputBucket", False)],
)
def test_a_variable_that_names_the_input_stays(variable: str, retargeted: bool) -> None:
    text = s3_sam(variable)
    remedy = named(worst(text), "two-buckets")
    after = applied(text, remedy)
    assert (f"{variable}: !Ref Output" in after) is retargeted
    # Without a variable to exchange the handler must be changed as well.
    assert remedy.applicability == ("unsafe" if retargeted else "manual")


@pytest.mark.parametrize(
    ("table", "second"),
    [
        ("Items", "ItemsResults"),
        ("Uploads", "Results"),
        ("RawItems", "ResultsItems"),
        ("RawRows", "ResultsRows"),
    ],
)
def test_the_second_table_has_a_name_that_a_person_would_give_it(table: str, second: str) -> None:
    text = DYNAMODB_DELETE.replace("Items", table)
    assert f"\n  {second}:\n    Type: AWS::DynamoDB::Table" in applied(
        text, named(worst(text), "second-table")
    )


def test_a_narrowed_grant_and_a_prefix_keep_the_keys_apart() -> None:
    after = applied(s3_sam(), named(worst(s3_sam()), "key-filter"))
    assert "BucketName: !Sub '${BucketName}/output'" in after
    assert "Value: input/" in after


def test_a_statement_with_other_resources_keeps_them() -> None:
    after = applied(S3_RAW, named(worst(S3_RAW), "read-only-grant"))
    assert after.count("s3:PutObject") == 1
    assert "Action: s3:PutObject\n            Resource: arn:aws:s3:::elsewhere/*\n" in after
    assert "            - s3:GetObject\n" in after


def test_a_statement_that_does_not_fire_the_trigger_is_left_alone() -> None:
    written = "Effect: Allow, Action: s3:PutObject, Resource: !Sub 'arn:aws:s3:::${BucketName}/done/*'"
    tagged = "Effect: Allow, Action: [s3:PutObjectTagging], Resource: !Sub 'arn:aws:s3:::${BucketName}/*'"
    policies = f"Statement: [{{{tagged}}}, {{{written}}}]"
    text = s3_sam().replace(
        "S3CrudPolicy:\n            BucketName: !Ref BucketName # read and write", policies
    )
    after = applied(text, named(worst(text), "read-only-grant"))
    assert tagged in after
    assert written not in after


def test_a_broad_grant_is_denied_where_it_closes_the_loop() -> None:
    text = SHAPES["broad"][0]
    after = applied(text, named(worst(text), "explicit-deny"))
    assert "- AmazonS3FullAccess\n" in after
    assert "Effect: Deny" in after
    assert "Resource: !Sub 'arn:${AWS::Partition}:s3:::${BucketName}/*'" in after


@pytest.mark.parametrize("text", [DYNAMODB_DELETE, DYNAMODB_CRUD])
def test_no_filter_leaves_out_kinds_of_change_that_nothing_shows_to_be_unneeded(text: str) -> None:
    assert not [one for one in worst(text).remedies if one.id == "inserts-only"]
    assert not [one for one in worst(text).remedies if '"eventName"' in one.steps]


def test_a_write_that_the_template_shows_to_go_elsewhere_is_taken_away_safely() -> None:
    text = SQS_OTHER.replace("TARGET_URL: !Ref In", "TARGET_URL: !Ref Out")
    finding = worst(text)
    remedy = named(finding, "drop-grant")
    assert remedy.applicability == "safe"
    plan = apply.settle(apply.Linted([finding]), read_text, again)
    assert not lint(plan.texts["template.yaml"])
    # Without the variable nothing shows it.
    assert named(worst(text.replace("TARGET_URL", "SOURCE_URL")), "drop-grant").applicability == "unsafe"


TRAIL = """\
Resources:
  Files: {Type: AWS::S3::Bucket}
  Other: {Type: AWS::S3::Bucket}
  Trail:
    Type: AWS::CloudTrail::Trail
    Properties:
      IsLogging: true
      S3BucketName: !Ref Files
      EventSelectors:
      - DataResources:
        - {Type: AWS::S3::Object, Values: ["arn:aws:s3"]}
        - {Type: AWS::Lambda::Function, Values: ["arn:aws:lambda"]}
"""
READER = """\
  Role:
    Type: AWS::IAM::Role
    Properties: {AssumeRolePolicyDocument: {}, RoleName: r}
  Reader:
    Type: AWS::Lambda::Function
    Properties: {Role: !GetAtt Role.Arn, FunctionName: reader}
"""


def test_a_bucket_is_left_out_of_the_objects_that_a_trail_records_alone() -> None:
    remedy = named(worst(TRAIL), "exclude-log-bucket")
    left = TRAIL.replace('["arn:aws:s3"]', '[!Sub "${Other.Arn}/"]')
    assert applied(TRAIL, remedy) == left


def test_a_function_is_left_out_of_a_trail_in_words() -> None:
    text = TRAIL.replace('        - {Type: AWS::S3::Object, Values: ["arn:aws:s3"]}\n', "") + READER
    text = text.replace(
        "Files: {Type: AWS::S3::Bucket}",
        "Files: {Type: AWS::S3::Bucket, Properties: {NotificationConfiguration: {LambdaConfigurations: "
        '[{Event: "s3:ObjectCreated:*", Function: !GetAtt Reader.Arn}]}}}',
    )
    remedy = named(worst(text), "exclude-log-bucket")
    assert not remedy.edits
    assert "NotStartsWith its ARN" in remedy.steps


def test_a_queue_that_the_function_uses_already_is_not_offered_as_a_free_one() -> None:
    assert named(worst(SQS_OTHER), "use-other-queue").diff
    text = SQS_OTHER.replace("          TARGET_URL", "          AUDIT_URL: !Ref Out\n          TARGET_URL")
    assert not any(one.id == "use-other-queue" for one in worst(text).remedies)


@pytest.mark.parametrize(
    ("runtime", "sketch"), [("python3.13", "head_object"), ("nodejs22.x", "HeadObjectCommand")]
)
def test_the_metadata_guard_is_sketched_for_the_runtime(runtime: str, sketch: str) -> None:
    remedy = named(worst(s3_sam(runtime=runtime)), "metadata-guard")
    assert sketch in remedy.steps
    assert remedy.diff is None
    assert "2 invocations per object" in remedy.trade_off
    compile_python(remedy.steps.split("\n\n", 1)[1] if "python" in runtime else "")


def compile_python(text: str) -> None:
    compile(text, "sketch", "exec")


def test_the_table_has_a_stream_a_ttl_in_seconds_and_an_insert_filter() -> None:
    for text, name in ((s3_sam(), "template.yaml"), (S3_RAW, "template.yaml"), (S3_JSON, "template.json")):
        steps = named(worst(text, name), "dedupe-table").steps
        for part in (
            "StreamSpecification",
            "TimeToLiveSpecification",
            "INSERT",
            "time.time()",
            "ConditionExpression",
        ):
            assert part in steps
    from recursion_lint.remedies.handlers import RECORDER

    compile_python(RECORDER)


def test_an_accepted_loop_gets_safety_nets_and_stays() -> None:
    finding = worst(SQS)
    after = applied(SQS, named(finding, "allow-loop"))
    assert "RecursiveLoop: Allow" in after
    assert "ReservedConcurrentExecutions: 5" in after
    assert "maxReceiveCount: 5" in after
    left = [one.severity for one in lint(after) if one.fingerprint == finding.fingerprint]
    assert left == [finding.severity]


def test_safety_nets_alarm_on_what_the_runtime_does() -> None:
    assert "RecursiveInvocationsDropped" in (named(worst(SQS), "safety-nets").diff or "")
    assert "ConcurrentExecutions" in (named(worst(DYNAMODB_CRUD), "safety-nets").diff or "")
    assert named(worst(SQS), "safety-nets").breaks is None


def test_a_remedy_that_does_not_hold_is_left_to_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    from recursion_lint.remedies import grant

    monkeypatch.setattr(grant, "cut", lambda found: [])
    assert named(worst(SQS), "drop-grant").diff is None


def test_a_remedy_that_makes_another_loop_as_bad_is_refused() -> None:
    from recursion_lint.remedies.verify import _better

    finding = worst(SQS)
    other = worst(LAMBDA)
    assert _better({finding.fingerprint: finding}, {}, finding, False)
    assert not _better({finding.fingerprint: finding}, {other.fingerprint: finding}, finding, False)
    assert not _better({finding.fingerprint: finding}, {finding.fingerprint: finding}, finding, False)


REQUEUE = SQS.replace("TARGET_URL", "IN_URL").replace("  In:", "  Waiting:").replace("In.", "Waiting.")
REQUEUE = REQUEUE.replace("!Ref In", "!Ref Waiting").replace("IN_URL", "WAITING_URL")
PARTIAL = REQUEUE.replace("Waiting.Arn}", "Waiting.Arn, FunctionResponseTypes: [ReportBatchItemFailures]}")


@pytest.mark.parametrize("text", [REQUEUE, PARTIAL], ids=["whole", "partial"])
def test_a_queue_that_is_told_to_its_own_poller_is_meant(text: str) -> None:
    remedies = worst(text).remedies
    # Its code was not read: Lambda's protection stays unless a person knows that the code goes on for long.
    assert [one.id for one in remedies[:2]] == ["accept-bounded", "redeliver"]
    assert "second-queue" not in {one.id for one in remedies}
    assert not [one.id for one in remedies if one.breaks and one.diff], "--fix would stop the work"
    meant = next(one for one in remedies if one.id == "allow-loop")
    allowed = applied(text, meant)
    # A message that the function returns may only wait: a dead-letter queue would take it.
    assert ("maxReceiveCount" in allowed) == (text == REQUEUE)
    assert ("maxReceiveCount" in meant.steps) == (text == REQUEUE)
    assert ("switched on" in remedies[1].steps) == (text == PARTIAL)


@pytest.mark.parametrize("name", ["TARGET_URL", "nextQueue", "RESULTS_QUEUE_URL", "SendTo"])
def test_a_variable_that_says_where_results_go_speaks_for_a_mistake(name: str) -> None:
    assert worst(REQUEUE.replace("WAITING_URL", name)).remedies[0].id == "second-queue"


def tagged(*notifications: str) -> str:
    """A function that tags what it is notified of."""
    given = "".join(f"          - {{{one}}}\n" for one in notifications)
    return f"""\
Resources:
  Inbox:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: inbox
      NotificationConfiguration:
        LambdaConfigurations:
{given}\
  Scan:
    Type: AWS::Lambda::Function
    Properties: {{Role: !GetAtt ScanRole.Arn}}
  ScanRole:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyName: tag
          PolicyDocument:
            Statement: [{{Effect: Allow, Action: "s3:PutObjectTagging", Resource: "arn:aws:s3:::inbox/*"}}]
"""


TAGS = 'Event: "s3:ObjectTagging:*", Function: !GetAtt Scan.Arn'
CREATED = 'Event: "s3:ObjectCreated:*", Function: '


def test_a_trigger_on_tags_is_taken_away_where_new_objects_are_heard_already() -> None:
    text = tagged(CREATED + "!GetAtt Scan.Arn", TAGS)
    first = worst(text).remedies[0]
    assert first.id == "created-only"
    assert applied(text, first) == tagged(CREATED + "!GetAtt Scan.Arn")


def test_of_a_notification_of_more_than_tags_the_rest_stays() -> None:
    sam = tagged(CREATED + "!GetAtt Scan.Arn").replace("AWS::Lambda::Function", "AWS::Serverless::Function")
    events = (
        "Events: {Tags: {Type: S3, Properties: {Bucket: !Ref Inbox, Events: ['s3:ObjectTagging:*', {}]}}}"
    )
    text = HEAD + sam.replace("{Role:", "{" + events.replace("{}]", "'s3:ObjectRemoved:*']") + ", Role:")
    after = applied(text, named(worst(text), "created-only"))
    assert "ObjectTagging:" not in after
    assert "Events: [s3:ObjectRemoved:*]" in after


@pytest.mark.parametrize(
    ("other", "offered"),
    [
        (CREATED + "'arn:aws:lambda:eu-west-1:1:function:other'", False),
        (CREATED + "!GetAtt Scan.Arn, Filter: {S3Key: {Rules: [{Name: prefix, Value: in/}]}}", False),
        (CREATED.replace("Created", "Removed") + "'arn:aws:lambda:eu-west-1:1:function:other'", True),
    ],
)
def test_no_remedy_asks_for_a_notification_that_s3_refuses(other: str, offered: bool) -> None:
    remedies = worst(tagged(other, TAGS)).remedies
    assert ("created-only" in {one.id for one in remedies}) == offered
    for one in remedies:
        if one.diff:
            after = applied(tagged(other, TAGS), one)
            assert "overlapping-notifications" not in {finding.rule for finding in lint(after)}


def test_an_edit_that_makes_an_overlap_is_refused_even_beside_one_of_the_same_targets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from recursion_lint.remedies import key_filter

    other = "Function: 'arn:aws:lambda:eu-west-1:1:function:other'"
    removed = f'Event: "s3:ObjectRemoved:*", {other}'
    mine = removed.replace(other, "Function: !GetAtt Scan.Arn")
    text = tagged(removed, mine, f'Event: "s3:ObjectCreated:*", {other}', TAGS)
    monkeypatch.setattr(key_filter, "hears_created", lambda *_: False)
    loop = next(one for one in lint(text) if one.rule == "s3-loop")
    assert named(loop, "created-only").diff is None


def test_of_very_many_findings_in_one_file_none_is_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    assert any(one.diff for one in worst(SQS).remedies)
    monkeypatch.setattr(advising, "MAX_IN_FILE", 0)
    assert worst(SQS).remedies
    assert not any(one.diff for one in worst(SQS).remedies)


def test_what_nests_too_deep_to_be_edited_gets_remedies_in_words() -> None:
    deep = "Metadata: " + "[" * 500 + "]" * 500 + "\n"
    assert any(one.diff for one in worst(SQS).remedies)
    remedies = worst(deep + SQS).remedies
    assert remedies
    assert not any(one.diff for one in remedies)


def test_a_clean_run_does_not_import_remedies() -> None:
    code = (
        "import sys; from recursion_lint.run import lint as api; api.ADVISE = True; "
        "print(len(api.lint(['clean.yaml']).findings), 'recursion_lint.remedies' in sys.modules)"
    )
    Path("clean.yaml").write_text("Resources:\n  A:\n    Type: AWS::SQS::Queue\n")
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["0", "False"]


# --- applying ------------------------------------------------------------------------------------------


def again(edited: Mapping[str, str]) -> apply.Linted:
    """Lint the edited texts afresh, in a folder of their own, under the same names."""
    here = Path.cwd()
    for name, text in edited.items():
        (here / name).write_bytes(text.encode())
    return apply.Linted(api.lint(sorted(path.name for path in here.glob("*.yaml"))).findings)


TWO = SQS + SQS.split("Resources:\n")[1].replace("  In:", "  In2:").replace("  Work:", "  Work2:").replace(
    " In.", " In2."
).replace("!Ref In\n", "!Ref In2\n")


def test_settling_ends_all_loops_and_settling_twice_is_settling_once() -> None:
    findings = lint(TWO)
    assert len([one for one in findings if one.severity == "error"]) == 2
    plan = apply.settle(apply.Linted(findings), read_text, again, unsafe=True)
    assert len(plan.applied) == 2
    left = lint(plan.texts["template.yaml"])
    assert not left
    assert apply.settle(apply.Linted(left), read_text, again, unsafe=True).texts == {}


def test_only_safe_remedies_are_applied_unless_asked() -> None:
    findings = lint(TWO)
    assert apply.plan(findings, read_text).texts == {}
    assert apply.settle(apply.Linted(findings), read_text, again).texts == {}


def test_remedies_of_the_same_lines_are_reported_and_not_forced() -> None:
    findings = lint(TWO)
    plan = apply.plan(findings, read_text, unsafe=True)
    # Both add a queue at the end of the template.
    assert len(plan.applied) == 1
    assert [choice.reason for choice in plan.skipped] == ["another remedy changes the same lines"]
    assert plan.diff(read_text) == plan.applied[0].remedy.diff


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("final", ["", "\n"])
def test_a_plan_comes_to_what_git_apply_does(shape: str, final: str) -> None:
    text = SHAPES[shape][0].rstrip("\n") + final
    name = "template.json" if text.startswith("{") else "template.yaml"
    finding = worst(text, name)
    for remedy in finding.remedies:
        if remedy.diff and remedy.breaks:
            only = finding._replace(remedies=(remedy._replace(applicability="unsafe"),))
            Path(name).write_bytes(text.encode())
            plan = apply.plan([only], read_text, unsafe=True)
            assert plan.diff(read_text) == remedy.diff
            assert plan.texts[name] == applied(text, remedy, name)


def test_writing_keeps_encoding_and_mode(tmp_path: Path) -> None:
    texts = {"a.yaml": b"\xef\xbb\xbfa: \xc3\xa9\r\n", "b.yaml": b"\xff\xfe" + "a: é\n".encode("utf-16-le")}
    for name, data in texts.items():
        Path(name).write_bytes(data)
        os.chmod(name, 0o640)
    replace_files({name: read_text(name) + "b: 1\n" for name in texts})
    assert Path("a.yaml").read_bytes() == texts["a.yaml"] + b"b: 1\n"
    assert Path("b.yaml").read_bytes() == texts["b.yaml"] + "b: 1\n".encode("utf-16-le")
    assert stat.S_IMODE(os.stat("a.yaml").st_mode) == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.yaml", "b.yaml"]


def test_a_file_that_cannot_be_written_changes_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("a.yaml").write_text("a: 1\n")
    with pytest.raises(SourceError):
        replace_files({"a.yaml": "a: 2\n", "missing.yaml": "x"})
    assert Path("a.yaml").read_text() == "a: 1\n"
    assert [path.name for path in tmp_path.iterdir()] == ["a.yaml"]
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(SourceError, match="permission denied"):
        replace_files({"a.yaml": "a: 2\n"})


CIRCLE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Photos: {Type: AWS::S3::Bucket}
  Resize:
    Type: AWS::Serverless::Function
    Properties:
      Environment:
        Variables:
          PHOTOS: !Ref Photos
      Policies:
        - S3ReadPolicy:
            BucketName: NAME
      Events:
        Upload:
          Type: S3
          Properties: {Bucket: !Ref Photos, Events: 's3:ObjectCreated:*'}
"""


def circle(text: str) -> Remedy:
    found = next(one for one in lint(text) if one.rule == "circular-notification")
    return found.remedies[0]


@pytest.mark.parametrize(("name", "told"), [("!Ref Photos", "s 9 and 12"), ("photos", " 9")])
def test_all_references_that_close_a_circle_are_named(name: str, told: str) -> None:
    title = circle(CIRCLE.replace("NAME", name)).title
    words = f"Give Photos a BucketName from a parameter or Fn::Sub, and write that name at line{told} in place of the"
    assert title.startswith(words)


def test_a_bucket_that_has_a_name_is_called_by_it() -> None:
    named_so = "{Type: AWS::S3::Bucket, Properties: {BucketName: !Sub '${AWS::StackName}-photos'}}"
    text = CIRCLE.replace("NAME", "!Ref Photos").replace("{Type: AWS::S3::Bucket}", named_so)
    remedy = circle(text)
    assert remedy.title == (
        "Write the BucketName of Photos (line 3) at lines 9 and 12, in place of the reference to Photos"
    )
    after = applied(text, remedy)
    assert after.count("${AWS::StackName}-photos") == 3
    assert not [one for one in lint(after) if one.rule == "circular-notification"]


@pytest.mark.parametrize(
    ("reference", "in_place"),
    [
        ("!GetAtt Photos.Arn", "arn:${AWS::Partition}:s3:::photos"),
        ("!Sub '${Photos.Arn}/*'", "arn:${AWS::Partition}:s3:::photos/*"),
        ("!Sub 'arn:aws:s3:::${Photos}/*'", "arn:aws:s3:::photos/*"),
        ("!Ref Photos", "photos"),
    ],
)
def test_a_reference_comes_to_what_the_name_makes_of_it(reference: str, in_place: str) -> None:
    bucket = "{Type: AWS::S3::Bucket, Properties: {BucketName: photos}}"
    text = CIRCLE.replace("NAME", "photos").replace(
        "!Ref Photos\n      Policies", f"{reference}\n      Policies"
    )
    after = applied(
        text.replace("{Type: AWS::S3::Bucket}", bucket),
        circle(text.replace("{Type: AWS::S3::Bucket}", bucket)),
    )
    (line,) = [one for one in after.splitlines() if "PHOTOS:" in one]
    assert line.partition("PHOTOS: ")[2].replace("!Sub ", "").strip("'\"") == in_place


def test_what_is_more_than_the_name_is_left_to_a_person() -> None:
    bucket = "{Type: AWS::S3::Bucket, Properties: {BucketName: photos}}"
    text = CIRCLE.replace("NAME", "photos").replace("{Type: AWS::S3::Bucket}", bucket)
    assert not circle(text.replace("PHOTOS: !Ref Photos", "PHOTOS: !GetAtt Photos.DomainName")).diff


@pytest.mark.parametrize(("code", "deleted"), [("pass", True), ("return os.environ['PHOTOS']", False)])
def test_a_variable_that_no_code_reads_goes(code: str, deleted: bool) -> None:
    bucket = "{Type: AWS::S3::Bucket, Properties: {BucketName: photos}}"
    text = CIRCLE.replace("NAME", "photos").replace("{Type: AWS::S3::Bucket}", bucket)
    text = text.replace("          PHOTOS", "          SIZE: small\n          PHOTOS")
    text = text.replace(
        "      Environment",
        "      Runtime: python3.13\n      Handler: app.handler\n      CodeUri: .\n      Environment",
    )
    Path("app.py").write_text(f"import os\ndef handler(event, context):\n    {code}\n", encoding="utf-8")
    remedy = circle(text)
    assert remedy.title.startswith(
        "Delete the variable PHOTOS (line 13)" if deleted else "Write photos (line 3)"
    )
    assert ("PHOTOS" in applied(text, remedy)) is not deleted
