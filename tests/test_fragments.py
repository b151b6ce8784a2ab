"""Files of one folder that are fragments of one template are read as that template, and others are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from recursion_lint import Config, Report, lint
from recursion_lint.cli.main import main

WORKER = """\
Resources:
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Handler: worker.handler
      Policies: [!Ref SendPolicy]
      Events: {In: {Type: SQS, Properties: {Queue: !GetAtt Tickets.Arn}}}
"""
QUEUE = """\
Resources:
  Tickets:
    Type: AWS::SQS::Queue
"""
POLICY = """\
Resources:
  SendPolicy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Statement: [{Effect: Allow, Action: sqs:SendMessage, Resource: !Sub '${Tickets.Arn}'}]
"""
HEAD = "AWSTemplateFormatVersion: '2010-09-09'\nTransform: AWS::Serverless-2016-10-31\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(**texts: str) -> None:
    for name, text in texts.items():
        path = Path(*name.split("__")).with_suffix(".yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def rules(report: Report) -> list[str]:
    return [finding.rule for finding in report.findings]


def together(report: Report) -> list[str]:
    return [note.message for note in report.notes if "read together" in note.message]


def test_fragments_are_read_together_with_every_value_where_it_stands() -> None:
    put(parts__worker=WORKER, parts__queue=QUEUE, parts__policy=POLICY)
    report = lint(["."])
    (found,) = report.findings
    assert found.rule == "sqs-loop"
    assert {(node.resource, node.file) for node in found.cycle} == {
        ("Tickets", "parts/queue.yaml"),
        ("Worker", "parts/worker.yaml"),
    }
    assert {hop.span.file for hop in found.hops} == {"parts/policy.yaml", "parts/worker.yaml"}
    assert together(report) == [
        "read together with parts/queue.yaml, parts/worker.yaml: they refer to each other's resources"
    ]
    assert (report.summary.templates, report.summary.resources) == (3, 3)
    assert not report.problems


def test_the_order_of_the_files_changes_nothing() -> None:
    put(worker=WORKER, queue=QUEUE, policy=POLICY)
    files = ["worker.yaml", "queue.yaml", "policy.yaml"]
    reports = [lint(order) for order in (files, files[::-1], [files[1], files[0], files[2]])]
    assert len({tuple(report.findings) for report in reports}) == 1


def test_the_file_that_they_are_merged_into_gives_parameters_and_globals() -> None:
    queue = QUEUE.replace("AWS::SQS::Queue", "AWS::SQS::Queue\n    Condition: Wanted")
    wanted = "Parameters: {On: {Type: String}}\nConditions: {Wanted: !Equals [!Ref On, 'yes']}\n"
    put(worker=WORKER, queue=queue, policy=POLICY, main=HEAD + wanted)
    report = lint(["."], Config(parameters={"On": "yes"}, given_parameters=("On",)))
    assert rules(report) == ["sqs-loop"]
    assert report.warnings == ()
    assert "main.yaml" in together(report)[0]


@pytest.mark.parametrize(
    ("texts", "why"),
    [
        ({"worker": HEAD + WORKER, "queue": QUEUE, "policy": POLICY}, "one has a header"),
        ({"a__worker": WORKER, "b__queue": QUEUE, "b__policy": POLICY}, "they lie in different folders"),
    ],
)
def test_what_is_no_fragment_is_read_by_itself(texts: dict[str, str], why: str) -> None:
    put(**texts)
    assert not [one for one in lint(["."]).findings if len(one.cycle) > 1 and one.rule == "sqs-loop"], why


def test_headless_templates_that_lack_nothing_stay_apart() -> None:
    put(one=QUEUE, two=QUEUE.replace("Tickets", "Bills"))
    report = lint(["."])
    assert together(report) == []
    assert report.summary.templates == 2


def test_what_two_declare_is_not_what_a_fragment_lacks() -> None:
    put(worker=WORKER, policy=POLICY, queue=QUEUE, variant=QUEUE)
    (told,) = together(lint(["."]))
    assert told.startswith("read together with worker.yaml:")


def test_two_fragments_that_declare_the_same_are_variants() -> None:
    put(worker=WORKER, variant=WORKER, policy=POLICY + QUEUE.partition("\n")[2])
    assert together(lint(["."])) == []


def test_suppressions_and_fixes_work_in_fragments() -> None:
    put(worker=WORKER, queue=QUEUE, policy=POLICY)
    unsafe = Config(unsafe_fixes=True)
    assert any(remedy.diff for remedy in lint(["."], unsafe).findings[0].remedies)
    assert main(["check", "--fix", "--unsafe-fixes", "."]) == 0
    assert rules(lint(["."])) == []
    put(
        worker=WORKER.replace(
            "      Events:", "      # recursion-lint: ignore[sqs-loop] -- meant\n      Events:"
        )
    )
    put(queue=QUEUE, policy=POLICY)
    assert rules(lint(["."])) == []
    assert len(lint(["."]).suppressed) == 1


def test_a_fragment_by_itself_is_read_as_it_is() -> None:
    put(worker=WORKER, queue=QUEUE, policy=POLICY)
    report = lint(["worker.yaml"])
    assert (rules(report), together(report)) == ([], [])


def test_exports_of_others_reach_fragments() -> None:
    put(
        main=HEAD + QUEUE + "Outputs: {Q: {Value: !GetAtt Tickets.Arn, Export: {Name: tickets}}}\n",
        parts__worker=WORKER.replace("!GetAtt Tickets.Arn", "!ImportValue tickets"),
        parts__policy=POLICY.replace("!Sub '${Tickets.Arn}'", "!ImportValue tickets"),
    )
    assert rules(lint(["."])) == ["sqs-loop"]
