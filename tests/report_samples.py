"""Reports made by hand, for the tests of the formats."""

from __future__ import annotations

import json

from recursion_lint.model.findings import (
    CycleNode,
    Finding,
    FindingHop,
    Note,
    Remedy,
    Span,
    TextEdit,
    Witness,
)
from recursion_lint.model.report import Problem, Report, Summary

SQS_TEMPLATE = """\
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Description: A worker that hands jobs on

Resources:
  OutputQueue:
    Type: AWS::SQS::Queue

  JobQueue:
    Type: AWS::SQS::Queue
    Properties:
      RedrivePolicy:
        deadLetterTargetArn: !GetAtt FailedJobs.Arn
        maxReceiveCount: 5

  FailedJobs:
    Type: AWS::SQS::Queue

  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Handler: worker.handler
      Runtime: python3.12
      CodeUri: src/
      Environment:
        Variables:
          NEXT_QUEUE: !Ref JobQueue
      Policies:
        - SQSSendMessagePolicy:
            QueueName: !GetAtt JobQueue.QueueName
      MemorySize: 256
      Timeout: 30
      Events:
        Jobs:
          Type: SQS
          Properties:
            Queue: !GetAtt JobQueue.Arn
"""

S3_TEMPLATE = """\
Resources:
  Pictures:
    Type: AWS::S3::Bucket
    Properties:
      NotificationConfiguration:
        LambdaConfigurations:
          - Event: s3:ObjectCreated:*
            Function: !GetAtt Thumbnails.Arn
  Thumbnails:
    Type: AWS::Lambda::Function
    Properties:
      Role: !ImportValue thumbnails-role
"""

ROLE_TEMPLATE = """\
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyName: write
          PolicyDocument:
            Statement:
              - Effect: Allow
                Action: s3:PutObject
                Resource: !Sub arn:aws:s3:::${Bucket}/*
"""

S3_DIFF = """\
--- a/stacks/role.yaml
+++ b/stacks/role.yaml
@@ -9,3 +9,3 @@
               - Effect: Allow
                 Action: s3:PutObject
-                Resource: !Sub arn:aws:s3:::${Bucket}/*
+                Resource: !Sub arn:aws:s3:::${Bucket}/thumbnails/*
"""


S3_NEW = "                Resource: !Sub arn:aws:s3:::${Bucket}/thumbnails/*\n"


def span(line: int, column: int, end_line: int, end_column: int, file: str = "template.yaml") -> Span:
    return Span(file, line, column, end_line, end_column)


def sqs_finding() -> Finding:
    trigger = span(34, 9, 34, 13)
    return Finding(
        rule="sqs-loop",
        code="R1200",
        severity="error",
        confidence="likely",
        message="Worker may re-queue to the queue that triggers it",
        span=trigger,
        cycle=(
            CycleNode("JobQueue", "AWS::SQS::Queue", "template.yaml", 9),
            CycleNode("Worker", "AWS::Serverless::Function", "template.yaml", 19),
        ),
        hops=(
            FindingHop("JobQueue", "Worker", "trigger", "declared", "JobQueue triggers Worker", trigger),
            FindingHop(
                "Worker", "JobQueue", "write", "granted", "Worker may send to JobQueue", span(29, 11, 30, 50)
            ),
        ),
        because=("NEXT_QUEUE is JobQueue, and the grant is write-only",),
        safety_nets=("JobQueue has a dead-letter queue (maxReceiveCount 5)",),
        runtime_protection="stops",
        remedies=(
            Remedy(
                "second-queue",
                "send to another queue",
                2,
                "one more queue to watch",
                steps="set NEXT_QUEUE and the policy to OutputQueue",
            ),
        ),
        fingerprint="4f6c1d0f",
    )


def sqs_report() -> Report:
    return Report(
        findings=(sqs_finding(),),
        summary=Summary(templates=1, resources=4, triggers=1, writes=2, error=1),
        sources={"template.yaml": SQS_TEMPLATE},
        elapsed=0.031,
    )


def s3_finding() -> Finding:
    trigger = span(7, 13, 8, 45, "stacks/pictures.yaml")
    grant = span(11, 27, 11, 56, "stacks/role.yaml")
    return Finding(
        rule="s3-loop",
        code="R1100",
        severity="warning",
        confidence="possible",
        message="Thumbnails may re-trigger itself through Pictures",
        span=trigger,
        cycle=(
            CycleNode("Pictures", "AWS::S3::Bucket", "stacks/pictures.yaml", 2),
            CycleNode("Thumbnails", "AWS::Lambda::Function", "stacks/pictures.yaml", 9),
        ),
        hops=(
            FindingHop(
                "Pictures",
                "Thumbnails",
                "trigger",
                "declared",
                "every new object triggers Thumbnails",
                trigger,
            ),
            FindingHop(
                "Thumbnails",
                "Pictures",
                "write",
                "granted",
                "Thumbnails may put any object into Pictures",
                grant,
            ),
        ),
        because=("the notification has no key filter", "Role is the role of Thumbnails, by its export"),
        witness=Witness("s3:ObjectCreated:Put", "a"),
        guards=("Thumbnails reads the variable SKIP_PREFIX, which may be a check of the key",),
        safety_nets=("Thumbnails runs at most 5 times at once (reserved concurrency)",),
        remedies=(
            Remedy(
                "narrow-grant",
                "let it write below thumbnails/ only",
                2,
                "the notification needs a filter too, so that the two key sets are disjoint; "
                "objects written elsewhere until now stay where they are and must be moved by hand",
                "safe",
                "put the prefix into the resource of the statement",
                S3_DIFF,
                (TextEdit(span(11, 1, 12, 1, "stacks/role.yaml"), S3_NEW),),
            ),
            Remedy("concurrency", "keep reserved concurrency low", None, "throttles honest peaks"),
        ),
        also=("2 more loops go through the same statement",),
        fingerprint="92ab",
    )


def filter_finding() -> Finding:
    return Finding(
        rule="wildcard-in-s3-filter",
        code="R2300",
        severity="info",
        confidence="certain",
        message="the suffix filter *.jpg matches only keys that end with a star and .jpg",
        span=span(7, 13, 7, 18, "stacks/pictures.yaml"),
        cycle=(),
        hops=(),
        fingerprint="77",
    )


def full_report() -> Report:
    """Several files, all severities, notes, a problem, suppressed and baselined findings."""
    return Report(
        findings=(filter_finding(), s3_finding(), sqs_finding()),
        notes=(
            Note(
                span(12, 7, 12, 11, "stacks/pictures.yaml"),
                "the export thumbnails-role is not in these files",
            ),
            Note(span(3, 5, 3, 9, "stacks/aside.yaml"), "Fn::Transform is not fetched"),
        ),
        problems=(Problem("broken.yaml", 3, "mapping values are not allowed here"),),
        summary=Summary(3, 7, 2, 3, error=1, warning=1, info=1, suppressed=2, baselined=4),
        sources={
            "template.yaml": SQS_TEMPLATE,
            "stacks/pictures.yaml": S3_TEMPLATE,
            "stacks/role.yaml": ROLE_TEMPLATE,
        },
        elapsed=1.26,
    )


def clean_report() -> Report:
    return Report(summary=Summary(templates=2, resources=1), elapsed=0.0042)


def minified_report() -> Report:
    """All of a template on one line of 100 KB, its two hops far apart."""
    filler = {f"Parameter{number}": {"Type": "String", "Default": "x" * 20} for number in range(700)}
    source = json.dumps(
        {"Resources": {"Q": 1}, "Parameters": filler, "Outputs": {"Last": 2}}, separators=(",", ":")
    )
    first, last = source.index('"Q"') + 1, source.index('"Last"') + 1
    trigger = span(1, first, 1, first + 3, "min.json")
    finding = sqs_finding()._replace(
        span=trigger,
        hops=(
            FindingHop("JobQueue", "Worker", "trigger", "declared", "JobQueue triggers Worker", trigger),
            FindingHop(
                "Worker",
                "JobQueue",
                "write",
                "broad",
                "Worker may send to every queue of the account, because its role allows sqs:SendMessage on a star",
                span(1, last, 1, last + 6, "min.json"),
            ),
        ),
    )
    return sqs_report()._replace(findings=(finding,), sources={"min.json": source})
