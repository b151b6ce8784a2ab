"""Exports and imports of a run: by the very name, or by the end of a name that begins with that of a stack."""

from __future__ import annotations

from pathlib import Path

import pytest

from recursion_lint.run.lint import lint

QUEUE = """
Parameters: {{Stage: {{Type: String}}}}
Resources:
  Jobs: {{Type: AWS::SQS::Queue}}
Outputs:
  Arn: {{Value: !GetAtt Jobs.Arn, Export: {{Name: {name}}}}}
"""
WORKER = """
Transform: AWS::Serverless-2016-10-31
Parameters: {{QueueStack: {{Type: String}}, Stage: {{Type: String}}, OtherStack: {{Type: String}}}}
Resources:
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Policies:
        - Statement: [{{Effect: Allow, Action: sqs:SendMessage, Resource: {grant}}}]
      Events: {{In: {{Type: SQS, Properties: {{Queue: {source}}}}}}}
"""


def imported(name: str) -> str:
    return "{'Fn::ImportValue': " + name + "}"


def loops(folder: Path, names: list[str], source: str, grant: str) -> list[list[str]]:
    """The loops of a worker that imports its queue, beside stacks that export a queue each."""
    for at, name in enumerate(names):
        (folder / f"queue{at}.yaml").write_text(QUEUE.format(name=name))
    (folder / "worker.yaml").write_text(WORKER.format(source=imported(source), grant=imported(grant)))
    report = lint([str(folder)])
    assert not report.problems
    return [[node.resource for node in finding.cycle] for finding in report.findings]


@pytest.mark.parametrize(
    ("export", "name"),
    [
        ("jobs-arn", "jobs-arn"),
        ("!Sub '${Stage}-jobs'", "{'Fn::Sub': '${Stage}-jobs'}"),
        ("!Sub '${AWS::Region}-jobs'", "{'Fn::Sub': '${AWS::Region}-jobs'}"),
        ("!Sub '${AWS::StackName}-Jobs'", "{'Fn::Sub': '${QueueStack}-Jobs'}"),
        ("!Sub '${AWS::StackName}:${Stage}:Jobs'", "{'Fn::Sub': '${QueueStack}:${Stage}:Jobs'}"),
        ("!Join ['-', [!Ref AWS::StackName, Jobs]]", "{'Fn::Sub': '${QueueStack}-Jobs'}"),
        ("!Sub '${AWS::StackName}-Jobs'", "jobs-production-Jobs"),
        ("!Sub '${Stage}-Jobs'", "{'Fn::Sub': '${QueueStack}-Jobs'}"),
        ("!Sub '${AWS::StackName}-Arn'", "{'Fn::Sub': '${QueueStack}-Arn'}"),
        ("!Sub '${AWS::StackName}-Jobs'", "'{{resolve:ssm:/queues/stack}}-Jobs'"),
        ("!Sub '${AWS::StackName}-Jobs'", "{'Fn::Join': ['-', [{'Fn::ImportValue': stack}, Jobs]]}"),
    ],
)
def test_the_queue_that_is_exported_is_the_one_that_is_imported(
    tmp_path: Path, export: str, name: str
) -> None:
    assert loops(tmp_path, [export], name, name) == [["Jobs", "Worker"]]


OWN = "!Sub '${AWS::StackName}-Jobs'"


@pytest.mark.parametrize(
    ("exports", "name"),
    [
        ([OWN], "{'Fn::Sub': '${QueueStack}-Tasks'}"),
        ([OWN], "{'Fn::Sub': '${QueueStack}-Old-Jobs'}"),
        ([OWN], "jobs-production-OldJobs"),
        ([OWN], "{'Fn::Sub': '${AWS::StackName}-Jobs'}"),
        ([OWN, OWN], "{'Fn::Sub': '${QueueStack}-Jobs'}"),
        ([OWN, "!Sub '${Stage}-Jobs'"], "{'Fn::Sub': '${QueueStack}-Jobs'}"),
        (["!Sub '${AWS::StackName}-Id'"], "{'Fn::Sub': '${QueueStack}-Id'}"),
        ([OWN], "''"),
        ([OWN], "'-Jobs'"),
        (["!Sub '${AWS::Region}-Jobs'"], "{'Fn::Sub': '${QueueStack}-Jobs'}"),
        (["!Ref AWS::StackName"], "{Ref: QueueStack}"),
        (["jobs-arn", "jobs-arn"], "jobs-arn"),
        (["!Sub '${AWS::StackName}-Jobs'", "!Sub '${AWS::StackName}-new-Jobs'"], "a-new-Jobs"),
    ],
)
def test_a_queue_that_may_be_another_is_not_taken_for_it(
    tmp_path: Path, exports: list[str], name: str
) -> None:
    """The worker still feeds itself: what it imports twice by one name is one thing. It is just no queue of these."""
    found = loops(tmp_path, exports, name, name)
    assert len(found) == 1
    assert "Jobs" not in found[0]


def test_two_stacks_of_one_template_are_two_queues(tmp_path: Path) -> None:
    """One export in the run, but the worker speaks of two stacks that have it."""
    assert (
        loops(tmp_path, [OWN], "{'Fn::Sub': '${QueueStack}-Jobs'}", "{'Fn::Sub': '${OtherStack}-Jobs'}") == []
    )


def test_the_very_name_goes_before_its_end(tmp_path: Path) -> None:
    names = ["blue-Jobs", OWN]
    assert loops(tmp_path, names, "blue-Jobs", "{'Fn::Sub': '${QueueStack}-Jobs'}") == []
    assert loops(tmp_path, names, "blue-Jobs", "blue-Jobs") == [["Jobs", "Worker"]]


def test_a_nested_stack_exports_once_though_its_template_is_also_walked(tmp_path: Path) -> None:
    (tmp_path / "parent.yaml").write_text(
        "Resources: {Queues: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: queue0.yaml}}}\n"
    )
    name = "{'Fn::Sub': '${QueueStack}-Jobs'}"
    assert loops(tmp_path, [OWN], name, name) == [["Queues", "Jobs", "Worker"]]


def test_what_a_name_tells_by_its_end_is_less_certain_and_said(tmp_path: Path) -> None:
    name = "{'Fn::Sub': '${QueueStack}-Jobs'}"
    (tmp_path / "queue.yaml").write_text(QUEUE.format(name=OWN))
    (tmp_path / "worker.yaml").write_text(WORKER.format(source=imported(name), grant=imported(name)))
    (finding,) = lint([str(tmp_path)]).findings
    assert (finding.severity, finding.confidence) == ("warning", "likely")
    assert finding.guards == ()  # the queue's stack says nothing that the loop needs
    redrive = QUEUE.format(name=OWN).replace(
        "Jobs: {Type: AWS::SQS::Queue}",
        "Jobs: {Type: AWS::SQS::Queue, Properties: {RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn}}}\n"
        "  Dead: {Type: AWS::SQS::Queue}\n"
        "  Back: {Type: AWS::Pipes::Pipe, Properties: {Source: !GetAtt Dead.Arn, Target: !GetAtt Jobs.Arn}}",
    )
    (tmp_path / "queue.yaml").write_text(redrive)
    own = [found for found in lint([str(tmp_path)]).findings if len(found.cycle) == 3]
    assert [found.guards for found in own] == [()]


SHARED = """
Resources:
  Jobs: {Type: AWS::SQS::Queue}
  Done: {Type: AWS::SQS::Queue}
  Pipe: {Type: AWS::Pipes::Pipe, Properties: {Source: !GetAtt Jobs.Arn, Target: !GetAtt Done.Arn}}
Outputs:
  Jobs: {Value: !GetAtt Jobs.Arn, Export: {Name: !Sub '${AWS::StackName}-Jobs'}}
  Done: {Value: !GetAtt Done.Arn, Export: {Name: done}}
"""


def test_a_loop_that_passes_two_stacks_by_the_end_of_a_name_is_a_rung_less_certain(tmp_path: Path) -> None:
    worker = WORKER.format(source=imported("done"), grant=imported("{'Fn::Sub': '${QueueStack}-Jobs'}"))
    (tmp_path / "worker.yaml").write_text(worker)
    (tmp_path / "shared.yaml").write_text(SHARED)
    (guessed,) = lint([str(tmp_path)]).findings
    assert (guessed.severity, guessed.confidence) == ("warning", "possible")
    assert guessed.guards == ("that ${QueueStack}-Jobs is Jobs is told by the end of the name alone",)
    (tmp_path / "shared.yaml").write_text(SHARED.replace("!Sub '${AWS::StackName}-Jobs'", "jobs"))
    (tmp_path / "worker.yaml").write_text(WORKER.format(source=imported("done"), grant=imported("jobs")))
    (known,) = lint([str(tmp_path)]).findings
    assert (known.severity, known.confidence, known.guards) == ("warning", "likely", ())


@pytest.mark.parametrize("first", ["AWS::StackName", "Stage"])
def test_a_stack_does_not_import_its_own_export(tmp_path: Path, first: str) -> None:
    """It is made of one template with the stack that it imports from: buckets of one kind, one above the other."""
    text = """
Parameters: {ParentStack: {Type: String}, Stage: {Type: String}}
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      LoggingConfiguration: {DestinationBucketName: {'Fn::ImportValue': !Sub '${ParentStack}-BucketName'}}
Outputs:
  Name: {Value: !Ref Bucket, Export: {Name: !Sub '${AWS::StackName}-BucketName'}}
"""
    (tmp_path / "bucket.yaml").write_text(text.replace("AWS::StackName", first))
    assert lint([str(tmp_path)]).findings == ()
