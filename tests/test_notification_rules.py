"""Notifications that S3 or CloudFormation refuse, filters that S3 reads otherwise, and detection switched off."""

from __future__ import annotations

import pytest

from recursion_lint.model.findings import Finding
from recursion_lint.model.report import Report
from recursion_lint.run.lint import lint

SAM = "Transform: AWS::Serverless-2016-10-31\n"


def found(template: str, rule: str) -> list[Finding]:
    report: Report = lint(["-"], stdin=template)
    assert not report.problems
    return [finding for finding in report.findings if finding.rule == rule]


# --- overlapping-notifications ---------------------------------------------------------------------


def bucket(*configurations: str, more: str = "") -> str:
    entries = "".join(f"          - {{{entry}}}\n" for entry in configurations)
    return f"""
Parameters:
  One: {{Type: String}}
  Other: {{Type: String}}
Conditions:
  Yes: !Equals [!Ref One, yes]
  No: !Not [!Condition Yes]
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      NotificationConfiguration:
        LambdaConfigurations:
{entries}{more}"""


def entry(function: str, event: str = "s3:ObjectCreated:*", **rules: str) -> str:
    given = ", ".join(f"{{Name: {name}, Value: {value}}}" for name, value in rules.items())
    filtered = f", Filter: {{S3Key: {{Rules: [{given}]}}}}" if rules else ""
    return f"Event: {event}, Function: {function}{filtered}"


A, B = "arn:aws:lambda:eu-west-1:1:function:a", "arn:aws:lambda:eu-west-1:1:function:b"


@pytest.mark.parametrize(
    ("first", "second", "key"),
    [
        (entry(A), entry(B), "a"),
        (entry(A), entry(A, suffix=".txt"), "a.txt"),
        (entry(A, prefix="in/"), entry(B, suffix=".txt"), "in/a.txt"),
        (entry(A, prefix="in/"), entry(B, prefix="in/raw/"), "in/raw/b"),
        (entry(A, suffix="jpg"), entry(B, suffix=".jpg"), "a.jpg"),
        (entry(A, prefix="!Ref One"), entry(B, prefix="!Ref One"), "${One}a"),
        (entry(A, prefix="!Ref One"), entry(B), "${One}a"),
        (entry(A, "s3:ObjectCreated:*"), entry(B, "s3:ObjectCreated:Put"), "a"),
    ],
)
def test_overlap(first: str, second: str, key: str) -> None:
    (finding,) = found(bucket(first, second), "overlapping-notifications")
    assert (finding.severity, finding.confidence, finding.code) == ("error", "certain", "R4100")
    assert finding.witness is not None
    assert finding.witness.key == key
    assert finding.span.line > finding.hops[0].span.line
    assert [hop.source for hop in finding.hops] == ["Bucket", "Bucket"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (entry(A), entry(A)),
        (entry(A, prefix="in/"), entry(B, prefix="out/")),
        (entry(A, prefix="in/", suffix=".txt"), entry(B, prefix="in/", suffix=".csv")),
        (entry(A, "s3:ObjectCreated:*"), entry(B, "s3:ObjectRemoved:*")),
        (entry(A, "s3:ObjectCreated:Put"), entry(B, "s3:ObjectCreated:Copy")),
        (entry(A, prefix="!Ref One"), entry(B, prefix="!Ref Other")),
        (entry(A, prefix="!Ref One"), entry(B, prefix="in/")),
        (entry(A, "!Ref One"), entry(B)),
    ],
)
def test_no_overlap_or_none_that_is_certain(first: str, second: str) -> None:
    assert not found(bucket(first, second), "overlapping-notifications")


def test_each_configuration_is_reported_once() -> None:
    findings = found(bucket(entry(A), entry(B), entry(A, prefix="in/")), "overlapping-notifications")
    assert len(findings) == 2


def test_overlap_needs_conditions_that_hold_together() -> None:
    configured = bucket("Fn::If: [Yes, {" + entry(A) + "}, {" + entry(B) + "}]")
    assert not found(configured, "overlapping-notifications")
    both = bucket("Fn::If: [Yes, {" + entry(A) + "}, !Ref AWS::NoValue]", entry(B))
    assert found(both, "overlapping-notifications")


def test_another_bucket_and_a_rule_do_not_count() -> None:
    second = """  Second:
    Type: AWS::S3::Bucket
    Properties:
      NotificationConfiguration:
        EventBridgeConfiguration: {}
        LambdaConfigurations:
          - {Event: "s3:ObjectCreated:*", Function: arn:aws:lambda:eu-west-1:1:function:a}
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [aws.s3], detail-type: [Object Created], detail: {bucket: {name: [!Ref Second]}}}
      Targets:
        - {Id: a, Arn: arn:aws:lambda:eu-west-1:1:function:b}
        - {Id: b, Arn: arn:aws:sqs:eu-west-1:1:queue}
"""
    assert not found(bucket(entry(A), more=second), "overlapping-notifications")


# --- circular-notification -------------------------------------------------------------------------


def function(more: str, parameters: str = "") -> str:
    return f"""{SAM}
Parameters:
  Name: {{Type: String}}
  Own: {{Type: String}}
Conditions:
  Yes: !Equals [!Ref Own, yes]
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: !Ref Name
  Fn:
    Type: AWS::Serverless::Function
{parameters}    Properties:
      Handler: a.b
      Events:
        Upload:
          Type: S3
          Properties: {{Bucket: !Ref Bucket, Events: "s3:ObjectCreated:*"}}
{more}"""


@pytest.mark.parametrize(
    "more",
    [
        "      Environment: {Variables: {BUCKET: !Ref Bucket}}\n",
        "      Environment: {Variables: {BUCKET: !GetAtt Bucket.Arn}}\n",
        "      Environment: {Variables: {BUCKET: !GetAtt [Bucket, Arn]}}\n",
        "      Environment: {Variables: {BUCKET: !Sub '${Bucket}/in'}}\n",
        "      Environment: {Variables: {BUCKET: !Sub ['${x}', {x: !Ref Bucket}]}}\n",
        "      Environment: {Variables: {BUCKET: !If [Yes, !Ref Bucket, other]}}\n",
        "      Policies: [{Statement: {Effect: Allow, Action: 's3:*', Resource: !Sub '${Bucket.Arn}/*'}}]\n",
        "      Layers: [!Ref Layer]\n"
        "  Layer:\n"
        "    Type: AWS::Lambda::LayerVersion\n"
        "    Properties: {Content: {S3Bucket: !Ref Bucket, S3Key: a}}\n",
    ],
)
def test_circular(more: str) -> None:
    (finding,) = found(function(more), "circular-notification")
    assert (finding.severity, finding.code) == ("error", "R4200")
    assert finding.cycle[0].resource == "Bucket"
    assert finding.hops[0].target == "Fn"
    assert finding.hops[-1].target == "Bucket"


@pytest.mark.parametrize(
    "more",
    [
        "      Environment: {Variables: {BUCKET: !Ref Name}}\n",
        "      Environment: {Variables: {BUCKET: !Sub '${!Bucket}'}}\n",
        "      Environment: {Variables: {BUCKET: !Sub ['${Bucket}', {Bucket: x}]}}\n",
        "      Role: !Ref Own\n      Policies: [{S3ReadPolicy: {BucketName: !Ref Bucket}}]\n",
        "  Extra:\n"
        "    Type: AWS::IAM::Policy\n"
        "    Properties: {Roles: [!Ref FnRole], PolicyDocument: {Statement: "
        "{Effect: Allow, Action: 's3:*', Resource: !GetAtt Bucket.Arn}}}\n",
        "  Permission:\n"
        "    Type: AWS::Lambda::Permission\n"
        "    Properties: {FunctionName: !Ref Fn, SourceArn: !GetAtt Bucket.Arn}\n",
    ],
)
def test_not_circular(more: str) -> None:
    assert not found(function(more), "circular-notification")


def test_a_function_that_depends_on_its_bucket_is_circular() -> None:
    (finding,) = found(function("", "    DependsOn: [Bucket]\n"), "circular-notification")
    assert "DependsOn" in finding.hops[1].reason


def test_circular_only_where_conditions_hold_together() -> None:
    template = """
Parameters: {Own: {Type: String}}
Conditions:
  Yes: !Equals [!Ref Own, yes]
  No: !Not [!Condition Yes]
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      NotificationConfiguration:
        !If
          - Yes
          - LambdaConfigurations: [{Event: "s3:ObjectCreated:*", Function: !GetAtt Fn.Arn}]
          - !Ref AWS::NoValue
  Fn:
    Type: AWS::Lambda::Function
    Properties: {Environment: {Variables: {BUCKET: !If [No, !Ref Bucket, ""]}}}
"""
    assert not found(template, "circular-notification")
    assert found(template.replace("!If [No,", "!If [Yes,"), "circular-notification")
    assert found(
        template.replace('!If [No, !Ref Bucket, ""]', '!If [No, "", !Ref Bucket]'), "circular-notification"
    )
    assert not found(
        template.replace('!If [No, !Ref Bucket, ""]', '!If [Yes, "", !Ref Bucket]'), "circular-notification"
    )


def test_a_policy_of_the_notified_queue_closes_the_ring() -> None:
    template = """
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    DependsOn: Policy
    Properties:
      NotificationConfiguration:
        QueueConfigurations: [{Event: "s3:ObjectCreated:*", Queue: !GetAtt Queue.Arn}]
  Queue: {Type: AWS::SQS::Queue}
  Policy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Queue]
      PolicyDocument: {Statement: [{Condition: {ArnEquals: {"aws:SourceArn": !GetAtt Bucket.Arn}}}]}
"""
    assert found(template, "circular-notification")
    assert not found(template.replace("    DependsOn: Policy\n", ""), "circular-notification")


def test_a_bucket_that_notifies_nobody_is_left_to_cloudformation() -> None:
    template = """
Resources:
  Bucket: {Type: AWS::S3::Bucket, DependsOn: Other}
  Other: {Type: AWS::SSM::Parameter, Properties: {Value: !Ref Bucket}}
  Queue: {Type: AWS::SQS::Queue}
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {EventSourceArn: !GetAtt Queue.Arn, FunctionName: f}
"""
    assert not found(template, "circular-notification")


def test_the_report_of_a_ring_of_references_speaks_of_no_rounds() -> None:
    from recursion_lint.report import render

    report = lint(["-"], stdin=function("      Environment: {Variables: {BUCKET: !Ref Bucket}}\n"))
    assert "AWS" not in render(report, "text").replace("AWS::", "")


# --- wildcard-in-s3-filter -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "shown"),
    [
        ({"suffix": "'*.jpg'"}, 'The suffix "*.jpg"'),
        ({"prefix": "in/*"}, 'The prefix "in/*"'),
        ({"Prefix": "in?"}, 'The prefix "in?"'),
        ({"prefix": "!Sub '${One}/*'"}, 'The prefix "${One}/*"'),
    ],
)
def test_wildcard(rules: dict[str, str], shown: str) -> None:
    (finding,) = found(bucket(entry(A, **rules)), "wildcard-in-s3-filter")
    assert finding.message.startswith(shown)
    assert (finding.severity, finding.code) == ("warning", "R4300")


@pytest.mark.parametrize("rules", [{}, {"suffix": ".jpg"}, {"prefix": "!Ref One"}, {"suffix": "'%2A'"}])
def test_no_wildcard(rules: dict[str, str]) -> None:
    assert not found(bucket(entry(A, **rules)), "wildcard-in-s3-filter")


def test_both_values_of_a_filter_are_looked_at() -> None:
    assert len(found(bucket(entry(A, prefix="a*", suffix="'*b'")), "wildcard-in-s3-filter")) == 2


# --- recursion-detection-off -----------------------------------------------------------------------


def worker(function: str = "", queue: str = "{}", grant: str = "SQSSendMessagePolicy") -> str:
    return f"""{SAM}
Resources:
  Lost: {{Type: AWS::SQS::Queue}}
  Queue: {{Type: AWS::SQS::Queue, Properties: {queue}}}
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      RecursiveLoop: Allow
{function}      Policies: [{{{grant}: {{QueueName: !GetAtt Queue.QueueName}}}}]
      Events: {{Job: {{Type: SQS, Properties: {{Queue: !GetAtt Queue.Arn}}}}}}
"""


def test_detection_off() -> None:
    template = worker()
    (finding,) = found(template, "recursion-detection-off")
    assert (finding.severity, finding.code) == ("warning", "R5100")
    assert template.splitlines()[finding.span.line - 1] == "      RecursiveLoop: Allow"
    assert found(template, "sqs-loop")


@pytest.mark.parametrize(
    "template",
    [
        worker(grant="SQSPollerPolicy"),
        worker().replace("RecursiveLoop: Allow", "RecursiveLoop: Terminate"),
    ],
    ids=["no loop", "Terminate"],
)
def test_detection_on_or_no_loop(template: str) -> None:
    assert not found(template, "recursion-detection-off")


@pytest.mark.parametrize(
    "template",
    [
        worker("      ReservedConcurrentExecutions: 3\n"),
        worker(queue="{RedrivePolicy: {deadLetterTargetArn: !GetAtt Lost.Arn, maxReceiveCount: 5}}"),
    ],
    ids=["reserved concurrency", "redrive"],
)
def test_safety_nets_end_no_loop_that_sends_new_messages(template: str) -> None:
    (finding,) = found(template, "recursion-detection-off")
    assert finding.severity == "warning"
    assert finding.safety_nets
    assert [one.severity for one in found(template, "sqs-loop")] == ["warning"]


def test_a_loop_that_aws_does_not_watch_is_not_held_against_the_function() -> None:
    template = f"""{SAM}
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties: {{StreamSpecification: {{StreamViewType: NEW_IMAGE}}}}
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      RecursiveLoop: Allow
      Policies: [{{DynamoDBCrudPolicy: {{TableName: !Ref Table}}}}]
      Events: {{New: {{Type: DynamoDB, Properties: {{Stream: !GetAtt Table.StreamArn}}}}}}
"""
    assert found(template, "dynamodb-loop")
    assert not found(template, "recursion-detection-off")


def test_a_broad_grant_allows_less_surely() -> None:
    template = worker().replace(
        "{SQSSendMessagePolicy: {QueueName: !GetAtt Queue.QueueName}}",
        "{Statement: {Effect: Allow, Action: 'sqs:*', Resource: '*'}}",
    )
    (finding,) = found(template, "recursion-detection-off")
    assert finding.severity == "info"
