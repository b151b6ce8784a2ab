"""Nested stacks and templates of one run: parameters go in, outputs come out, names are shared."""

from __future__ import annotations

from pathlib import Path

import pytest

from recursion_lint.run.lint import lint

PARENT = """
Resources:
  Storage:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: storage.yaml
  Work:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: ./work.yaml
      Parameters:
        QueueArn: !GetAtt Storage.Outputs.QueueArn
        QueueName: !GetAtt Storage.Outputs.QueueName
"""
STORAGE = """
Resources:
  Jobs: {Type: AWS::SQS::Queue}
  Spare: {Type: AWS::SQS::Queue}
Outputs:
  QueueArn: {Value: !GetAtt Jobs.Arn}
  QueueName: {Value: !GetAtt Jobs.QueueName}
  SpareName: {Value: !GetAtt Spare.QueueName}
"""
WORK = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  QueueArn: {Type: String}
  QueueName: {Type: String}
Resources:
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Policies: [{SQSSendMessagePolicy: {QueueName: !Ref QueueName}}]
      Events: {In: {Type: SQS, Properties: {Queue: !Ref QueueArn}}}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in (("parent.yaml", PARENT), ("storage.yaml", STORAGE), ("work.yaml", WORK)):
        (tmp_path / name).write_text(text)
    return tmp_path


def resources(paths: list[str]) -> list[list[str]]:
    return [[node.resource for node in finding.cycle] for finding in lint(paths).findings]


def test_a_loop_across_nested_stacks_is_found_and_names_the_stacks(folder: Path) -> None:
    (finding,) = lint(["parent.yaml"]).findings
    assert [(node.resource, node.type) for node in finding.cycle] == [
        ("Storage", "AWS::CloudFormation::Stack"),
        ("Jobs", "AWS::SQS::Queue"),
        ("Work", "AWS::CloudFormation::Stack"),
        ("Worker", "AWS::Serverless::Function"),
    ]
    assert {hop.span.file for hop in finding.hops} == {"work.yaml"}
    assert finding.hops[0].source == "Storage/Jobs"


def test_another_output_is_another_queue(folder: Path) -> None:
    (folder / "parent.yaml").write_text(PARENT.replace("Outputs.QueueName", "Outputs.SpareName"))
    assert resources(["parent.yaml"]) == []


def test_an_audit_counts_a_nested_template_once(folder: Path) -> None:
    report = lint(["."])
    assert len(report.findings) == 1
    assert report.summary.templates == 3


def test_parameters_of_a_nested_template_alone_are_one_resource_only_by_their_names(folder: Path) -> None:
    (finding,) = lint(["work.yaml"]).findings
    assert (finding.severity, finding.confidence) == ("info", "weak")
    (folder / "work.yaml").write_text(WORK.replace("QueueName", "OutputName"))
    assert resources(["work.yaml"]) == []


@pytest.mark.parametrize(
    "where", ["../outside.yaml", "/etc/passwd", "https://example.com/t.yaml", "missing.yaml"]
)
def test_what_is_not_a_local_template_becomes_a_note(folder: Path, where: str) -> None:
    (folder.parent / "outside.yaml").write_text(WORK)
    (folder / "parent.yaml").write_text(PARENT.replace("storage.yaml", where))
    report = lint(["parent.yaml"])
    assert report.findings == ()
    assert any("Storage" in note.message for note in report.notes)


def test_a_stack_that_contains_itself_ends(folder: Path) -> None:
    (folder / "storage.yaml").write_text(
        STORAGE + "\n".join(["", *PARENT.replace("storage", "parent").splitlines()[2:6]])
    )
    text = STORAGE.replace(
        "Resources:",
        "Resources:\n  Self: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: parent.yaml}}",
    )
    (folder / "storage.yaml").write_text(text)
    report = lint(["parent.yaml"])
    assert any("contains itself" in note.message for note in report.notes)


def test_the_condition_of_a_nested_stack_counts(folder: Path) -> None:
    text = PARENT.replace("  Storage:\n", "  Storage:\n    Condition: A\n").replace(
        "  Work:\n", "  Work:\n    Condition: B\n"
    )
    conditions = (
        "Parameters: {S: {Type: String}}\nConditions: {A: !Equals [!Ref S, x], B: !Equals [!Ref S, y]}\n"
    )
    (folder / "parent.yaml").write_text(conditions + text)
    assert resources(["parent.yaml"]) == []
    (folder / "parent.yaml").write_text(conditions.replace("y]", "x]") + text)
    assert len(resources(["parent.yaml"])) == 1


def test_templates_of_one_run_share_physical_names(folder: Path) -> None:
    (folder / "parent.yaml").unlink()
    (folder / "storage.yaml").write_text(
        STORAGE.replace(
            "{Type: AWS::SQS::Queue}", "{Type: AWS::SQS::Queue, Properties: {QueueName: jobs}}", 1
        )
    )
    arn = "arn:aws:sqs:eu-west-1:123456789012:jobs"
    (folder / "work.yaml").write_text(WORK.replace("!Ref QueueArn", arn).replace("!Ref QueueName", "jobs"))
    (finding,) = lint(["."]).findings
    assert [node.resource for node in finding.cycle] == ["Jobs", "Worker"]


def test_an_export_is_what_another_template_imports(folder: Path) -> None:
    (folder / "parent.yaml").unlink()
    exported = STORAGE.replace(
        "{Value: !GetAtt Jobs.Arn}", "{Value: !GetAtt Jobs.Arn, Export: {Name: jobs-arn}}"
    )
    exported = exported.replace(
        "{Value: !GetAtt Jobs.QueueName}", "{Value: !GetAtt Jobs.QueueName, Export: {Name: jobs-name}}"
    )
    (folder / "storage.yaml").write_text(exported)
    imported = WORK.replace("!Ref QueueArn", "{'Fn::ImportValue': jobs-arn}").replace(
        "!Ref QueueName", "{'Fn::ImportValue': jobs-name}"
    )
    (folder / "work.yaml").write_text(imported)
    (finding,) = lint(["."]).findings
    assert [node.resource for node in finding.cycle] == ["Jobs", "Worker"]


CORE = """
Parameters: {Stage: {Type: String}, Other: {Type: String}}
Conditions:
  Live: !Equals [!Ref Stage, live]
  Test: !Not [!Condition Live]
  Elsewhere: !Equals [!Ref Other, x]
Resources:
  Fast: {Type: AWS::SQS::Queue}
  Slow: {Type: AWS::SQS::Queue}
  Done: {Type: AWS::SNS::Topic, Properties: {TopicName: done}}
  Dispatch: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt Role.Arn}}
  Poll: {Type: AWS::Lambda::EventSourceMapping, Properties: {EventSourceArn: !GetAtt Fast.Arn, FunctionName: !Ref Dispatch}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      Policies: [{PolicyDocument: {Statement: {Effect: Allow, Action: sns:Publish, Resource: !Ref Done}}}]
"""
FOLLOW = """
Parameters: {Stage: {Type: String}, Other: {Type: String}, Queue: {Type: String, Default: /jobs/arn}}
Resources:
  Follow: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt FollowRole.Arn}}
  Sub:
    Type: AWS::SNS::Subscription
    Properties: {TopicArn: 'arn:aws:sns:eu-west-1:1:done', Protocol: lambda, Endpoint: !GetAtt Follow.Arn}
  FollowRole:
    Type: AWS::IAM::Role
    Properties:
      Policies: [{PolicyDocument: {Statement: {Effect: Allow, Action: sqs:SendMessage, Resource: %s}}}]
"""


def looped(tmp_path: Path, core: str, names: str) -> bool:
    (tmp_path / "core.yaml").write_text(CORE + core)
    (tmp_path / "follow.yaml").write_text(FOLLOW % names)
    return bool(lint([str(tmp_path)]).findings)


@pytest.mark.parametrize(
    ("outputs", "found"),
    [
        (
            "A: {Condition: Live, Value: !GetAtt Fast.Arn, %s}\n  B: {Condition: Test, Value: !GetAtt Slow.Arn, %s}",
            True,
        ),
        (
            "A: {Condition: Test, Value: !GetAtt Slow.Arn, %s}\n  B: {Condition: Live, Value: !GetAtt Fast.Arn, %s}",
            True,
        ),
        ("A: {Value: !If [Live, !GetAtt Slow.Arn, !GetAtt Fast.Arn], %s}", True),
        ("A: {Condition: Live, Value: !If [Live, !GetAtt Slow.Arn, !GetAtt Fast.Arn], %s}", False),
        ("A: {Value: !GetAtt Slow.Arn, %s}", False),
    ],
)
def test_an_export_may_be_one_of_several_values(tmp_path: Path, outputs: str, found: bool) -> None:
    outputs = outputs.replace("%s", "Export: {Name: work}")
    assert looped(tmp_path, f"Outputs:\n  {outputs}\n", "!ImportValue work") == found
    assert looped(tmp_path, f"Outputs:\n  {outputs}\n", "!Split [',', !ImportValue work]") == found


def test_the_parts_of_an_import(tmp_path: Path) -> None:
    both = "!Join [',', [!GetAtt Slow.Arn, !GetAtt Fast.Arn]]"
    outputs = f"Outputs: {{A: {{Value: {both}, Export: {{Name: work}}}}}}\n"
    assert looped(tmp_path, outputs, "!Split [',', !ImportValue work]")
    assert looped(tmp_path, outputs, "!Select [1, !Split [',', !ImportValue work]]")
    assert not looped(tmp_path, outputs, "!Select [0, !Split [',', !ImportValue work]]")


STORE = "  Store: {Type: AWS::SSM::Parameter, Properties: {Name: %s, Type: String, Value: !GetAtt %s.Arn}}\n"


@pytest.mark.parametrize(
    ("name", "queue", "asked", "found"),
    [
        ("/jobs/arn", "Fast", "'{{resolve:ssm:/jobs/arn}}'", True),
        ("/jobs/arn", "Fast", "'{{resolve:ssm:/jobs/arn:2}}'", True),
        ("/jobs/arn", "Slow", "'{{resolve:ssm:/jobs/arn}}'", False),
        ("/jobs/arn", "Fast", "'{{resolve:ssm:/jobs/other}}'", False),
        ("!Sub '/${Stage}/arn'", "Fast", "!Sub '{{resolve:ssm:/${Stage}/arn}}'", True),
        ("!Sub '/${Stage}/arn'", "Fast", "!Sub '{{resolve:ssm:/${Other}/arn}}'", False),
    ],
)
def test_what_one_template_stores_another_looks_up(
    tmp_path: Path, name: str, queue: str, asked: str, found: bool
) -> None:
    assert looped(tmp_path, STORE % (name, queue), asked) == found


def test_a_parameter_of_a_stored_type_is_what_is_stored_under_its_default(tmp_path: Path) -> None:
    (tmp_path / "core.yaml").write_text(CORE + STORE % ("/jobs/arn", "Fast"))
    text = FOLLOW % "!Ref Queue"
    (tmp_path / "follow.yaml").write_text(text)
    assert not lint([str(tmp_path)]).findings
    stored = text.replace("Queue: {Type: String", "Queue: {Type: 'AWS::SSM::Parameter::Value<String>'")
    (tmp_path / "follow.yaml").write_text(stored)
    assert len(lint([str(tmp_path)]).findings) == 1


def test_queues_of_two_templates_with_one_logical_id_and_each_others_dead_letters(tmp_path: Path) -> None:
    for name, other in (("one", "two"), ("two", "one")):
        dead = f"{{deadLetterTargetArn: 'arn:aws:sqs:eu-west-1:123456789012:{other}', maxReceiveCount: 5}}"
        queue = f"{{Type: AWS::SQS::Queue, Properties: {{QueueName: {name}, RedrivePolicy: {dead}}}}}"
        (tmp_path / f"{name}.yaml").write_text(f"Resources:\n  Queue: {queue}\n")
    (finding,) = lint([str(tmp_path)]).findings
    assert [Path(hop.span.file).name for hop in finding.hops] == ["one.yaml", "two.yaml"]


INCLUDED = "{'Fn::Transform': {Name: AWS::Include, Parameters: {Location: s3://acme/roles.yaml}}}"


@pytest.mark.parametrize(
    ("resources", "note"),
    [
        (
            "{Fn::Transform: {Name: Shared}, A: {Type: AWS::SQS::Queue}}",
            "Shared may change the resources; what it adds was not seen",
        ),
        (
            "{A: {Type: AWS::IAM::Role, Properties: " + INCLUDED + "}}",
            "AWS::Include may change A; what it adds was not seen",
        ),
        (
            "{A: {Type: AWS::SQS::Queue, 'Fn::Transform': [Odd]}}",
            "a transform may change A; what it adds was not seen",
        ),
        ("{A: {Type: AWS::CloudFormation::StackSet}}", "what the stack set A deploys was not seen"),
    ],
)
def test_what_is_added_from_elsewhere_becomes_a_note(resources: str, note: str) -> None:
    report = lint(["-"], stdin=f"Resources: {resources}\n")
    assert [found.message for found in report.notes] == [note]


def test_an_api_that_is_included_is_no_concern() -> None:
    resources = "{A: {Type: AWS::Serverless::Api, Properties: {DefinitionBody: " + INCLUDED + "}}}"
    assert not lint(["-"], stdin=f"Transform: AWS::Serverless-2016-10-31\nResources: {resources}\n").notes
