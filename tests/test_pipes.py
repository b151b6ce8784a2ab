"""EventBridge Pipes: what goes in, what comes out."""

from __future__ import annotations

import pytest

from recursion_lint.config import Config
from recursion_lint.model.text import render
from recursion_lint.run.collect import collect
from recursion_lint.run.lint import lint
from recursion_lint.services.awslambda.filter_criteria import accepted

LOOP = """
Resources:
  In: {Type: AWS::SQS::Queue}
  Out: {Type: AWS::SQS::Queue}
  Pipe:
    Type: AWS::Pipes::Pipe
    Properties:
      DesiredState: RUNNING
      Source: !GetAtt In.Arn
      Target: !GetAtt Out.Arn
  Back:
    Type: AWS::Pipes::Pipe
    Properties: {Source: !GetAtt Out.Arn, Target: !GetAtt In.Arn}
"""


def test_pipes_in_a_ring_are_certain() -> None:
    (found,) = lint(["-"], stdin=LOOP).findings
    assert (found.rule, found.confidence, found.runtime_protection) == ("sqs-loop", "certain", "none")
    assert [node.resource for node in found.cycle] == ["In", "Pipe", "Out", "Back"]
    assert [hop.kind for hop in found.hops] == ["trigger", "forward", "trigger", "forward"]


def test_a_stopped_pipe_loops_once_it_is_started() -> None:
    (finding,) = lint(["-"], stdin=LOOP.replace("RUNNING", "STOPPED")).findings
    assert finding.severity == "info"
    assert finding.only_where == ("the pipe Pipe is switched on (DesiredState: STOPPED, line 8)",)


BUS = """
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties: {StreamSpecification: {StreamViewType: NEW_IMAGE}}
  Bus: {Type: AWS::Events::EventBus, Properties: {Name: carts}}
  Function: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt Role.Arn}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyName: p
          PolicyDocument: {Statement: [{Effect: Allow, Action: dynamodb:DeleteItem, Resource: !GetAtt Table.Arn}]}
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: carts
      EventPattern: {source: [SOURCE], detail-type: [TYPE]}
      Targets: [{Id: f, Arn: !GetAtt Function.Arn}]
  Pipe:
    Type: AWS::Pipes::Pipe
    Properties:
      Name: changes
      Source: !GetAtt Table.StreamArn
      Target: !GetAtt Bus.Arn
"""
FILTER = """
      SourceParameters: {FilterCriteria: {Filters: [{Pattern: '{"eventName": ["NAME"]}'}]}}
"""
STAMP = """
      TargetParameters: {EventBridgeEventBusParameters: {Source: GIVEN, DetailType: Changed}}
"""


@pytest.mark.parametrize(
    ("source", "kind", "given", "confidence"),
    [
        ("Pipe changes", "Event from aws:dynamodb", "", "likely"),
        ("Pipe other", "Event from aws:dynamodb", "", None),
        ("Pipe changes", "Event from aws:sqs", "", None),
        ("shop", "Changed", "shop", "likely"),
        ("shop", "Changed", "other", None),
        ("shop", "Changed", "$.dynamodb.Keys.id.S", "weak"),
        ("shop", "Other", "$.dynamodb.Keys.id.S", None),
    ],
)
def test_stamped_events(source: str, kind: str, given: str, confidence: str | None) -> None:
    text = BUS.replace("SOURCE", source).replace("TYPE", kind) + (
        STAMP.replace("GIVEN", given) if given else ""
    )
    found = [finding.confidence for finding in lint(["-"], stdin=text).findings]
    assert found == ([confidence] if confidence else [])


@pytest.mark.parametrize(("name", "loops"), [("REMOVE", 1), ("INSERT", 0)])
def test_a_filter_on_the_kind_of_change(name: str, loops: int) -> None:
    text = BUS.replace("SOURCE", "Pipe changes").replace("TYPE", "Event from aws:dynamodb")
    assert len(lint(["-"], stdin=text + FILTER.replace("NAME", name)).findings) == loops


def test_enrichment_is_called_and_the_task_is_run() -> None:
    text = """
Resources:
  Pipe:
    Type: AWS::Pipes::Pipe
    Properties:
      Source: arn:aws:sqs:eu-west-1:1:in
      Enrichment: arn:aws:lambda:eu-west-1:1:function:enrich
      Target: arn:aws:ecs:eu-west-1:1:cluster/c
      TargetParameters: {EcsTaskParameters: {TaskDefinitionArn: resize}}
"""
    (found,) = collect(["-"], Config(), {"<stdin>": text}).facts["<stdin>"]
    assert [(one.channel.service, render(one.channel.name), one.kind) for one in found.writes] == [
        ("lambda", "enrich", "write"),
        ("ecs", "resize", "forward"),
    ]
    assert [(one.channel.service, one.delivery) for one in found.triggers] == [("sqs", "poll")]


def test_an_unreadable_filter_lets_all_through() -> None:
    text = LOOP.replace(
        "DesiredState: RUNNING", "SourceParameters: {FilterCriteria: {Filters: [{Pattern: '{x'}]}}"
    )
    report = lint(["-"], stdin=text)
    assert len(report.findings) == 1
    assert ["filter" in note.message for note in report.notes] == [True]


def test_what_filters_accept() -> None:
    insert = {"eventName": [("INSERT",)]}
    status = {"dynamodb": {"NewImage": {"status": {"S": [("new",)]}}}}
    assert accepted("dynamodb", [insert]) == accepted("dynamodb", [insert, insert])
    assert accepted("dynamodb", [insert]).events == frozenset({"INSERT"})
    assert accepted("dynamodb", [insert]).content == ()
    both = accepted("dynamodb", [insert, status])
    assert both.events == frozenset({"INSERT", "MODIFY", "REMOVE"})
    assert accepted("dynamodb", [{**insert, **status}]).content == (status,)
    assert accepted("sqs", [status]).content == (status,)
    assert accepted("docdb", [status]).content == ()
    assert accepted("sqs", [status, None]).content == ()
