"""State machines: what their definitions write, where the definitions are looked for, and what their roles mean."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from recursion_lint.model.facts import Actor, Endpoint, Write
from recursion_lint.model.findings import Note
from recursion_lint.model.report import Report
from recursion_lint.model.text import ANY, render, split_text, text
from recursion_lint.patterns.events import UNKNOWN, Doc, Glob, Items
from recursion_lint.patterns.keys import decide
from recursion_lint.run.lint import lint
from recursion_lint.services.naming import endpoint_of, resource_forms
from recursion_lint.services.reading import Reading
from recursion_lint.services.registry import kinds
from recursion_lint.services.stepfunctions.state_machines import read_machine
from recursion_lint.template.references import Resolver
from recursion_lint.template.template import read
from recursion_lint.template.yaml.files import Beside, SourceError
from recursion_lint.template.yaml.nodes import parse

HEAD = "AWSTemplateFormatVersion: '2010-09-09'\nTransform: AWS::Serverless-2016-10-31\nResources:\n"


def report(resources: str) -> Report:
    found = lint(["-"], stdin=HEAD + resources)
    assert not found.problems
    return found


def rules(found: Report) -> list[tuple[str, str, str]]:
    return [(finding.rule, finding.severity, finding.confidence) for finding in found.findings]


def noted(found: Report) -> str:
    return "\n".join(note.message for note in found.notes)


class Read(NamedTuple):
    """What was read of one state machine."""

    writes: tuple[Write, ...]
    actors: tuple[Actor, ...]
    notes: tuple[Note, ...]


def facts(machine: dict[str, Any]) -> Read:
    body = {"Resources": {"M": {"Type": "AWS::StepFunctions::StateMachine", "Properties": machine}}}
    template = read(parse(json.dumps(body), "t.json"), "t.json")
    found = list(
        read_machine(Reading(template, Resolver(template, kinds(), {}), Beside()), template.resources["M"])
    )
    return Read(
        tuple(fact for fact in found if isinstance(fact, Write)),
        tuple(fact for fact in found if isinstance(fact, Actor)),
        tuple(fact for fact in found if isinstance(fact, Note)),
    )


def task(resource: str, **arguments: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": arguments, "End": True}


def writes(*tasks: dict[str, Any], **properties: Any) -> tuple[Write, ...]:
    states = {f"T{at}": state for at, state in enumerate(tasks)}
    return facts({"Definition": {"StartAt": "T0", "States": states}, **properties}).writes


def reached(*tasks: dict[str, Any], **properties: Any) -> list[tuple[str, str]]:
    """What the tasks write, but for the events by which AWS services tell of it."""
    found = [(write.channel.service, render(write.channel.name)) for write in writes(*tasks, **properties)]
    return [(service, name) for service, name in found if service != "service-event"]


# --- integrations -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("resource", "arguments", "expected"),
    [
        ("lambda:invoke", {"FunctionName": "f"}, ("lambda", "f")),
        ("lambda:invoke.waitForTaskToken", {"FunctionName": "f:live"}, ("lambda", "f")),
        ("lambda:invoke", {"FunctionName": "arn:aws:lambda:r:1:function:f:7"}, ("lambda", "f")),
        ("lambda:invoke", {"FunctionName": "123456789012:function:f"}, ("lambda", "f")),
        ("aws-sdk:lambda:invoke", {"FunctionName": "f"}, ("lambda", "f")),
        ("sqs:sendMessage", {"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/1/q"}, ("sqs", "q")),
        (
            "aws-sdk:sqs:sendMessageBatch",
            {"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/1/q"},
            ("sqs", "q"),
        ),
        ("sns:publish", {"TopicArn": "arn:aws:sns:r:1:t"}, ("sns", "t")),
        ("sns:publish", {"TargetArn": "arn:aws:sns:r:1:t"}, ("sns", "t")),
        (
            "states:startExecution.sync:2",
            {"StateMachineArn": "arn:aws:states:r:1:stateMachine:s"},
            ("states", "s"),
        ),
        (
            "aws-sdk:sfn:startSyncExecution",
            {"StateMachineArn": "arn:aws:states:r:1:stateMachine:s:v"},
            ("states", "s"),
        ),
        ("ecs:runTask.sync", {"TaskDefinition": "family:3"}, ("ecs", "family")),
        ("ecs:runTask", {"TaskDefinition": "arn:aws:ecs:r:1:task-definition/family:3"}, ("ecs", "family")),
        ("glue:startJobRun.sync", {"JobName": "j"}, ("glue", "j")),
        ("codebuild:startBuild", {"ProjectName": "p"}, ("codebuild", "p")),
        ("batch:submitJob", {"JobDefinition": "arn:aws:batch:r:1:job-definition/d:2"}, ("batch", "d")),
        ("batch:submitJob", {"JobQueue": "arn:aws:batch:r:1:job-queue/q"}, ("batch", "q")),
        ("aws-sdk:kinesis:putRecords", {"StreamName": "s"}, ("kinesis", "s")),
        ("aws-sdk:firehose:putRecord", {"DeliveryStreamName": "s"}, ("firehose", "s")),
        ("aws-sdk:cloudwatchlogs:putLogEvents", {"LogGroupName": "g"}, ("logs", "g")),
        ("dynamodb:deleteItem", {"TableName": "arn:aws:dynamodb:r:1:table/t"}, ("dynamodb", "t")),
        ("aws-sdk:dynamodb:putItem", {"TableName": "t"}, ("dynamodb", "t")),
        ("aws-sdk:dynamodb:batchWriteItem", {"RequestItems": {"t": []}}, ("dynamodb", "t")),
        (
            "aws-sdk:dynamodb:transactWriteItems",
            {"TransactItems": [{"Put": {"TableName": "t"}}]},
            ("dynamodb", "t"),
        ),
        ("events:putEvents", {"Entries": [{"EventBusName": "b"}]}, ("events", "b")),
        ("aws-sdk:eventbridge:putEvents", {"Entries": [{"Source": "s"}]}, ("events", "default")),
        ("aws-sdk:s3:putObject", {"Bucket": "b", "Key": "k"}, ("s3", "b")),
    ],
)
def test_a_task_writes_to_its_target(
    resource: str, arguments: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert reached(task(resource, **arguments)) == [expected]


@pytest.mark.parametrize(
    ("resource", "arguments"),
    [
        ("dynamodb:getItem", {"TableName": "t"}),
        ("s3:getObject", {"Bucket": "b", "Key": "k"}),
        ("aws-sdk:s3:listObjectsV2", {"Bucket": "b"}),
        ("aws-sdk:sfn:describeExecution", {"StateMachineArn": "arn:aws:states:r:1:stateMachine:s"}),
        ("aws-sdk:sfn:sendTaskSuccess", {"TaskToken": "t"}),
        ("aws-sdk:sqs:deleteMessage", {"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/1/q"}),
        ("aws-sdk:dynamodb:transactWriteItems", {"TransactItems": [{"ConditionCheck": {"TableName": "t"}}]}),
        ("sns:publish", {"PhoneNumber": "+1"}),
        ("http:invoke", {"ApiEndpoint": "https://example.com"}),
    ],
)
def test_a_task_that_writes_nowhere(resource: str, arguments: dict[str, Any]) -> None:
    found = facts({"Definition": {"States": {"T": task(resource, **arguments)}}})
    assert not found.writes
    assert not found.notes


def test_a_job_is_submitted_to_its_queue_as_well() -> None:
    submitted = task("batch:submitJob", JobDefinition="d:2", JobQueue="q")
    assert reached(submitted) == [("batch", "d"), ("batch", "q")]


def test_a_function_by_its_arn_and_an_activity() -> None:
    invoked = {"Type": "Task", "Resource": "arn:aws:lambda:r:1:function:f"}
    waited = {"Type": "Task", "Resource": "arn:aws:states:r:1:activity:f"}
    assert reached(invoked, waited) == [("lambda", "f")]


def test_what_is_written_is_defined_and_said_where_it_stands() -> None:
    (write,) = writes(task("sqs:sendMessage", QueueUrl="https://sqs.r.amazonaws.com/1/q"))
    assert (write.evidence, write.kind) == ("defined", "task")
    assert write.reason == "the task T0 of {source} sends to {target}"
    assert write.actor.service == "states"
    assert write.span.line == write.span.end_line == 1


@pytest.mark.parametrize(
    ("call", "arguments", "keys", "event"),
    [
        ("putObject", {"Key": "in/a.txt"}, ["b/in/a.txt"], "s3:ObjectCreated:Put"),
        (
            "putObject",
            {"Key.$": "States.Format('out/{}.json', $.id)"},
            ["b/out/*.json"],
            "s3:ObjectCreated:Put",
        ),
        ("putObject", {"Key.$": "$.key"}, ["b/*"], "s3:ObjectCreated:Put"),
        ("copyObject", {"Key": "{% 'x/' & $k %}"}, ["b/x/*"], "s3:ObjectCreated:Copy"),
        ("deleteObject", {"Key": "k"}, ["b/k"], "s3:ObjectRemoved:Delete"),
        ("putObjectTagging", {"Key": "k"}, ["b/k"], "s3:ObjectTagging:Put"),
        ("deleteObjects", {"Delete": {}}, ["b/*"], "s3:ObjectRemoved:Delete"),
    ],
)
def test_objects(call: str, arguments: dict[str, Any], keys: list[str], event: str) -> None:
    (write,) = writes(task(f"aws-sdk:s3:{call}", Bucket="b", **arguments))
    assert [render(key) for key in write.produces.keys] == keys
    assert event in (write.produces.events or ())
    created = any("ObjectCreated" in name for name in write.produces.events or ())
    assert created == ("ObjectCreated" in event)


def test_the_results_of_a_distributed_map_are_objects_under_its_prefix() -> None:
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b", "Prefix": "results"}}
    (write,) = writes({"Type": "Map", "ItemProcessor": {"States": {}}, "ResultWriter": writer})
    assert [render(key) for key in write.produces.keys] == ["b/results*"]


def test_the_topic_of_a_message_may_be_known_in_part() -> None:
    (write,) = writes(task("aws-sdk:iotdataplane:publish", **{"Topic.$": "States.Format('cmd/{}', $.id)"}))
    assert [render(topic) for topic in write.produces.topics] == ["cmd/*"]


# --- documents --------------------------------------------------------------------------------------------


def test_an_event_is_known_where_it_is_constant() -> None:
    entry = {
        "Source": "shop",
        "DetailType.$": "$.kind",
        "Detail": {"n": 1, "id.$": "$.id", "k.$": "States.Format('a{}', $.x)", "l": ["x", True, "{% $y %}"]},
    }
    (write,) = writes(task("events:putEvents", Entries=[entry]))
    fields = write.produces.document.fields
    assert fields["source"] == ("shop",)
    assert fields["detail-type"] is UNKNOWN
    assert fields["resources"] == Items((), open=True)
    assert fields["detail"] == Doc(
        {"n": 1, "id": UNKNOWN, "k": Glob(("a", ANY)), "l": Items((("x",), True, UNKNOWN))}
    )
    assert not write.produces.document.open


def test_each_entry_is_a_write_and_detail_may_be_json() -> None:
    entries = [{"EventBusName": "a", "Detail": '{"x": "y"}'}, {"EventBusName": "b", "Detail.$": "$"}]
    first, second = writes(task("events:putEvents", Entries=entries))
    assert first.produces.document.fields["detail"] == Doc({"x": ("y",)})
    assert second.produces.document.fields["detail"] is UNKNOWN
    assert (first.channel.name, second.channel.name) == (("a",), ("b",))


def image(write: Write) -> Any:
    return write.produces.document.fields["dynamodb"].fields["NewImage"]


def test_a_put_item_is_the_whole_new_image() -> None:
    item = {"s": {"S": "x"}, "d": {"S.$": "$.d"}, "n": {"N": "7"}, "f": {"N": "7.0"}, "m": {"M": {}}}
    (write,) = writes(task("dynamodb:putItem", TableName="t", Item=item))
    assert write.produces.events == frozenset({"INSERT", "MODIFY"})
    assert image(write) == Doc(
        {
            "s": Doc({"S": ("x",)}),
            "d": Doc({"S": UNKNOWN}),
            "n": Doc({"N": ("7",)}),
            "f": Doc({"N": UNKNOWN}),
            "m": UNKNOWN,
        }
    )
    (dynamic,) = writes(task("dynamodb:putItem", TableName="t", **{"Item.$": "$"}))
    assert image(dynamic) is UNKNOWN


def test_an_updated_item_has_other_attributes_too() -> None:
    (write,) = writes(
        task(
            "dynamodb:updateItem",
            TableName="t",
            Key={"id": {"S": "1"}},
            UpdateExpression="SET #s = :s, n = n + :one",
            ExpressionAttributeNames={"#s": "status"},
            ExpressionAttributeValues={":s": {"S": "DONE"}, ":one": {"N": "1"}},
        )
    )
    assert image(write) == Doc({"id": Doc({"S": ("1",)}), "status": Doc({"S": ("DONE",)})}, open=True)


def test_a_message_body() -> None:
    (write,) = writes(task("sqs:sendMessage", QueueUrl="https://x/1/q", MessageBody={"kind": "again"}))
    assert write.produces.document == Doc({"body": Doc({"kind": ("again",)})}, open=True)


def test_only_the_kinds_of_change_that_a_batch_asks_for() -> None:
    (write,) = writes(task("aws-sdk:dynamodb:batchWriteItem", RequestItems={"t": [{"DeleteRequest": {}}]}))
    assert write.produces.events == frozenset({"REMOVE"})


# --- targets that are not known -----------------------------------------------------------------------------


def test_one_note_for_all_targets_that_are_chosen_late() -> None:
    found = facts(
        {
            "Definition": {
                "States": {
                    "A": task("sqs:sendMessage", **{"QueueUrl.$": "$.q"}),
                    "B": task("lambda:invoke", FunctionName="{% $f %}"),
                    "C": task("events:putEvents", **{"Entries.$": "$"}),
                    "D": task("aws-sdk:dynamodb:batchWriteItem", **{"RequestItems.$": "$"}),
                }
            }
        }
    )
    assert not found.writes
    (note,) = found.notes
    assert (
        note.message
        == "M learns where A, B, C and 1 more sends only when it runs; its permissions tell where that may be"
    )


# --- placeholders -------------------------------------------------------------------------------------------


def test_substitutions_in_an_object_a_string_and_a_key() -> None:
    sent = task("sqs:sendMessage", QueueUrl="https://x/1/${Queue}-${Stage}")
    stored = task("aws-sdk:dynamodb:batchWriteItem", RequestItems={"${Table}": []})
    values = {"Queue": {"Ref": "AWS::StackName"}, "Stage": "prod", "Table": "jobs"}
    expected = [("sqs", "${AWS::StackName}-prod"), ("dynamodb", "jobs")]
    assert reached(sent, stored, DefinitionSubstitutions=values) == expected
    text = json.dumps({"States": {"A": sent, "B": stored}})
    found = facts({"DefinitionString": text, "DefinitionSubstitutions": values}).writes
    assert [(write.channel.service, render(write.channel.name)) for write in found] == expected


def test_a_definition_string_of_joined_parts() -> None:
    parts = [
        '{"States":{"A":{"Type":"Task","Resource":"arn:',
        {"Ref": "AWS::Partition"},
        ':states:::sqs:sendMessage","Parameters":{"QueueUrl":"',
        {"Ref": "Url"},
        '"}}}}',
    ]
    found = facts({"DefinitionString": {"Fn::Join": ["", parts]}})
    assert [render(write.channel.name) for write in found.writes] == ["${Url}"]


def test_both_branches_of_a_definition_are_read_under_their_condition() -> None:
    branches = [
        {"States": {"A": task("sqs:sendMessage", QueueUrl=f"https://x/1/{name}")}} for name in ("p", "q")
    ]
    found = facts({"Definition": {"Fn::If": ["Live", *branches]}}).writes
    assert [render(write.channel.name) for write in found] == ["p", "q"]
    assert [{need.holds for need in write.requires} for write in found] == [{True}, {False}]


# --- where the definition is --------------------------------------------------------------------------------

SELF = json.dumps(
    {"States": {"Again": task("states:startExecution", **{"StateMachineArn.$": "$$.StateMachine.Id"})}}
)


def beside(folder: Path, uri: str) -> Report:
    """A template with a state machine whose definition is the file ``uri``."""
    template = folder / "template.yaml"
    properties = f"{{DefinitionUri: {json.dumps(uri)}}}"
    template.write_text(f"{HEAD}  M: {{Type: AWS::Serverless::StateMachine, Properties: {properties}}}\n")
    found = lint([str(template)])
    assert not found.problems
    return found


def test_a_definition_beside_the_template(tmp_path: Path) -> None:
    (tmp_path / "asl").mkdir()
    (tmp_path / "asl" / "m.json").write_text(SELF)
    found = beside(tmp_path, "asl/m.json")
    assert rules(found) == [("stepfunctions-loop", "error", "certain")]
    assert found.findings[0].span.file == str(tmp_path / "asl" / "m.json")
    assert not found.notes


def test_a_definition_in_yaml_above_the_template_in_its_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "deploy").mkdir()
    (tmp_path / "m.asl.yaml").write_text(SELF.replace("{", "{ "))
    assert rules(beside(tmp_path / "deploy", "../m.asl.yaml"))


def test_a_placeholder_outside_of_quotes(tmp_path: Path) -> None:
    again = '{"Type": "Task", "Resource": "arn:aws:lambda:r:1:function:f", "TimeoutSeconds": ${Seconds}}'
    (tmp_path / "m.json").write_text(SELF.replace('"States": {', '"States": {"Other": ' + again + ", "))
    assert rules(beside(tmp_path, "m.json"))


@pytest.mark.parametrize(
    "uri",
    [
        "../m.json",
        "sub/../../m.json",
        "../../../../../../../etc/passwd",
        "/etc/passwd",
        "/dev/zero",
        "link.json",
        "folder/m.json",
        "s3://bucket/m.json",
        "https://example.com/m.json",
        "file:m.json",
        "missing.json",
        "",
        ".",
        "a\0b",
    ],
)
def test_a_definition_elsewhere_is_not_read_but_noted(tmp_path: Path, uri: str) -> None:
    (tmp_path / "m.json").write_text(SELF)
    inside = tmp_path / "inside"
    (inside / "sub").mkdir(parents=True)
    (inside / "link.json").symlink_to(tmp_path / "m.json")
    (inside / "folder").symlink_to(tmp_path)
    found = beside(inside, uri)
    assert not found.findings
    assert "the definition of M is not beside the template" in noted(found)


def test_a_link_before_two_dots_does_not_lead_out(tmp_path: Path) -> None:
    """`way/../m.json` is `deep/m.json` for the system and `m.json` for a reader of paths: both must be inside."""
    inside = tmp_path / "inside"
    (inside / "deep" / "er").mkdir(parents=True)
    (inside / "deep" / "m.json").write_text("{}")
    (inside / "way").symlink_to(inside / "deep" / "er")
    (tmp_path / "secret.json").write_text(SELF)
    (inside / "m.json").symlink_to(tmp_path / "secret.json")
    template = inside / "template.yaml"
    template.write_text("")
    with pytest.raises(SourceError, match="outside"):
        Beside().read(str(template), "way/../m.json")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_no_definition(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "not a regular file" in noted(beside(tmp_path, "pipe"))


def test_a_template_from_standard_input_has_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "m.json").write_text(SELF)
    monkeypatch.chdir(tmp_path)
    found = report("  M: {Type: AWS::Serverless::StateMachine, Properties: {DefinitionUri: m.json}}\n")
    assert not found.findings
    assert "not beside the template" in noted(found)


@pytest.mark.parametrize("content", ["{", "[]", '{"Comment": "empty"}', "", "\t:"])
def test_a_file_that_is_no_definition(tmp_path: Path, content: str) -> None:
    (tmp_path / "m.json").write_text(content)
    assert "the definition of M" in noted(beside(tmp_path, "m.json"))


@pytest.mark.parametrize(
    "properties",
    [
        {},
        {"DefinitionS3Location": {"Bucket": "b", "Key": "k"}},
        {"DefinitionString": "{"},
        {"DefinitionString": {"Fn::Transform": {"Name": "AWS::Include"}}},
        {"Definition": {"Fn::Transform": {"Name": "AWS::Include"}}},
        {"Definition": "x"},
        {"DefinitionString": {"Ref": "AWS::NoValue"}},
    ],
)
def test_a_definition_that_cannot_be_seen_is_noted_and_the_role_counts(properties: dict[str, Any]) -> None:
    found = facts(properties)
    assert "the definition of M" in found.notes[0].message
    assert [actor.defined for actor in found.actors] == [False]


# --- loops --------------------------------------------------------------------------------------------------

MACHINE = """
  M:
    Type: AWS::Serverless::StateMachine
    Properties:
      Name: m
      Policies:
        - Statement: {Effect: Allow, Action: 'states:*', Resource: '*'}
        - SQSSendMessagePolicy: {QueueName: !GetAtt Q.QueueName}
      Definition:
        States:
          T: {Type: Task, Resource: %s, Parameters: %s}
  Other:
    Type: AWS::Serverless::StateMachine
    Properties: {Definition: {States: {S: {Type: Succeed}}}}
  Q: {Type: AWS::SQS::Queue}
  V: {Type: AWS::StepFunctions::StateMachineVersion, Properties: {StateMachineArn: !Ref M}}
  Live:
    Type: AWS::StepFunctions::StateMachineAlias
    Properties: {Name: live, RoutingConfiguration: [{StateMachineVersionArn: !Ref V, Weight: 100}]}
"""
START = "'arn:aws:states:::states:startExecution'"


@pytest.mark.parametrize(
    "target",
    [
        "{StateMachineArn.$: $$.StateMachine.Id}",
        "{StateMachineArn: '{% $states.context.StateMachine.Id %}'}",
        "{StateMachineArn: !Sub 'arn:aws:states:${AWS::Region}:${AWS::AccountId}:stateMachine:m'}",
        "{StateMachineArn: !Ref V}",
        "{StateMachineArn: !Ref Live}",
    ],
)
def test_a_machine_that_starts_itself(target: str) -> None:
    assert rules(report(MACHINE % (START, target))) == [("stepfunctions-loop", "error", "certain")]


@pytest.mark.parametrize("target", ["{StateMachineArn: !Ref Other}", "{StateMachineArn.$: $.next}"])
def test_what_its_role_allows_beyond_its_definition_does_not_count(target: str) -> None:
    assert not report(MACHINE % (START, target)).findings


def test_a_machine_whose_definition_is_not_seen_is_not_taken_to_start_itself() -> None:
    """A distributed Map needs the right to start its own machine, for its children."""
    found = report("""
  M:
    Type: AWS::Serverless::StateMachine
    Properties:
      Name: m
      DefinitionUri: s3://far/away.json
      Policies: [{StepFunctionsExecutionPolicy: {StateMachineName: m}}]
""")
    assert not found.findings


def test_of_several_machines_it_may_start_the_others() -> None:
    found = report("""
  M:
    Type: AWS::Serverless::StateMachine
    Properties:
      Name: m
      DefinitionUri: s3://far/away.json
      Policies: [{Statement: {Effect: Allow, Action: 'states:StartExecution', Resource: [
        !Sub 'arn:aws:states:${AWS::Region}:${AWS::AccountId}:stateMachine:m',
        !Sub 'arn:aws:states:${AWS::Region}:${AWS::AccountId}:stateMachine:other']}}]
  Other:
    Type: AWS::Serverless::StateMachine
    Properties:
      Name: other
      Definition:
        States:
          T: {Type: Task, Resource: 'arn:aws:states:::states:startExecution', Parameters: {StateMachineArn: !Ref M}}
""")
    assert [node.resource for node in found.findings[0].cycle] == ["M", "Other"]


STARTED = """
  Images: {Type: AWS::S3::Bucket, Properties: {NotificationConfiguration: {EventBridgeConfiguration: {}}}}
  M:
    Type: AWS::Serverless::StateMachine
    Properties:
      Policies: [{Statement: {Effect: Allow, Action: 's3:PutObject', Resource: %s}}]
      Events:
        New: {Type: EventBridgeRule, Properties: {Pattern: {source: [aws.s3], detail-type: [Object Created]}}}
      %s
"""


@pytest.mark.parametrize("resource", ["!Sub '${Images.Arn}/*'", "'*'"])
@pytest.mark.parametrize(
    ("definition", "loops"),
    [("Definition: {States: {P: {Type: Pass, End: true}}}", 0), ("DefinitionUri: s3://far/away.json", 1)],
)
def test_the_role_of_a_machine_counts_only_where_its_definition_is_not_seen(
    resource: str, definition: str, loops: int
) -> None:
    assert len(report(STARTED % (resource, definition)).findings) == loops


LOOP = """
  Q: {Type: AWS::SQS::Queue}
  F:
    Type: AWS::Serverless::Function
    Properties:
      Policies: [{StepFunctionsExecutionPolicy: {StateMachineName: m}}]
      Events: {E: {Type: SQS, Properties: {Queue: !GetAtt Q.Arn%s}}}
  M:
    Type: AWS::Serverless::StateMachine
    Properties:
      Name: m
      DefinitionSubstitutions: {Url: !Ref Q}
      Definition:
        States:
          T:
            Type: Task
            Resource: arn:aws:states:::sqs:sendMessage
            Parameters: {QueueUrl: '${Url}', MessageBody: {kind: again}}
"""


def test_a_task_sends_to_the_queue_that_starts_it() -> None:
    (finding,) = report(LOOP % "").findings
    assert (finding.rule, finding.confidence, finding.runtime_protection) == ("sqs-loop", "likely", "none")
    assert [hop.evidence for hop in finding.hops] == ["declared", "granted", "defined"]


@pytest.mark.parametrize(("kind", "loops"), [("again", True), ("first", False)])
def test_a_filter_on_the_body_decides(kind: str, loops: bool) -> None:
    pattern = json.dumps({"body": {"kind": [kind]}})
    given = f", FilterCriteria: {{Filters: [{{Pattern: '{pattern}'}}]}}"
    assert bool(report(LOOP % given).findings) is loops


def test_a_function_of_a_machine_may_start_it() -> None:
    found = report(
        """
  F: {Type: AWS::Serverless::Function, Properties: {Policies: [{StepFunctionsExecutionPolicy: {StateMachineName: m}}]}}
  M:
    Type: AWS::Serverless::StateMachine
    Properties: {Name: m, Definition: {States: {T: {Type: Task, Resource: !GetAtt F.Arn}}}}
"""
    )
    (finding,) = found.findings
    assert (finding.severity, finding.confidence) == ("warning", "likely")
    assert {node.resource for node in finding.cycle} == {"F", "M"}


# --- jobs that other services run ---------------------------------------------------------------------------

JOBS = {
    "ecs": ("AWS::ECS::TaskDefinition", "TaskRoleArn: %s", "ecs:runTask.sync", "TaskDefinition"),
    "batch": (
        "AWS::Batch::JobDefinition",
        "ContainerProperties: {JobRoleArn: %s}",
        "batch:submitJob",
        "JobDefinition",
    ),
    "codebuild": ("AWS::CodeBuild::Project", "ServiceRole: %s", "codebuild:startBuild", "ProjectName"),
    "glue": ("AWS::Glue::Job", "Role: %s", "glue:startJobRun.sync", "JobName"),
}


def job(service: str, action: str) -> Report:
    kind, role, task_of, argument = JOBS[service]
    start = f"{{Type: Task, Resource: 'arn:aws:states:::{task_of}', Parameters: {{{argument}: !Ref J}}}}"
    return report(
        f"""
  R:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyName: p
          PolicyDocument: {{Statement: [{{Effect: Allow, Action: '{action}', Resource: !Ref M}}]}}
  J: {{Type: '{kind}', Properties: {{{role % "!GetAtt R.Arn"}}}}}
  M:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition: {{States: {{T: {start}}}}}
"""
    )


@pytest.mark.parametrize("service", JOBS)
def test_a_job_that_may_start_the_machine_that_runs_it(service: str) -> None:
    (finding,) = job(service, "states:StartExecution").findings
    assert (finding.severity, finding.confidence) == ("warning", "likely")
    assert {node.resource for node in finding.cycle} == {"J", "M"}
    assert not job(service, "states:DescribeExecution").findings


@pytest.mark.parametrize(
    ("service", "resource"),
    [
        ("ecs", "task-definition/j:7"),
        ("batch", "job-definition/j:7"),
        ("batch", "job-queue/j"),
        ("codebuild", "project/j"),
        ("glue", "job/j"),
    ],
)
def test_an_arn_names_a_job(service: str, resource: str) -> None:
    found = endpoint_of((f"arn:aws:{service}:r:1:{resource}",), "?")
    assert found == Endpoint(service, ("j",))
    form = text(["arn:aws:", service, ":r:1:", resource])
    assert any(
        decide([split_text(form, ":", 5)[5], wanted]).verdict == "overlaps"
        for wanted in resource_forms(found)
    )


def test_a_task_that_may_run_itself() -> None:
    template = """
  R:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyName: p
          PolicyDocument:
            Statement:
              Effect: Allow
              Action: ecs:RunTask
              Resource: !Sub 'arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:task-definition/%s:*'
  Worker:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Family: worker
      TaskRoleArn: !GetAtt R.Arn
      ContainerDefinitions: [{Environment: [{Name: NEXT_TASK, Value: worker}]}]
"""
    (finding,) = report(template % "worker").findings
    assert finding.rule == "other-loop"
    assert not report(template % "other").findings


FAILED = """
  Orders:
    Type: AWS::Serverless::StateMachine
    Properties:
      Name: orders
      Definition: {StartAt: A, States: {A: {Type: Pass, End: true}}}
  Retry:
    Type: AWS::Serverless::Function
    Properties:
      Policies:
        - Statement: [{Effect: Allow, Action: %s, Resource: %s}]
      Events:
        Failed:
          Type: EventBridgeRule
          Properties:
            Pattern: {source: [aws.states], detail-type: [Step Functions Execution Status Change]}
"""


@pytest.mark.parametrize(
    ("action", "resource", "starts"),
    [
        ("states:RedriveExecution", "'arn:aws:states:*:*:execution:orders:*'", True),
        ("states:RedriveExecution", "'arn:aws:states:*:*:execution:ord*'", True),
        ("states:RedriveExecution", "'arn:aws:states:*:*:execution:bills:*'", True),
        ("states:StartExecution", "'arn:aws:states:*:*:execution:bills:*'", False),
        ("states:RedriveExecution", "!Sub 'arn:aws:states:eu-west-1:1:execution:${Orders.Name}:*'", True),
        ("states:RedriveExecution", "!Ref Orders", False),
        ("states:RedriveExecution", "'*'", True),
        ("states:StartExecution", "!Ref Orders", True),
        ("states:StartExecution", "'arn:aws:states:*:*:execution:orders:*'", False),
        ("states:StartSyncExecution", "'arn:aws:states:*:*:execution:orders:*'", False),
        ("states:*", "'arn:aws:states:*:*:execution:orders:*'", True),
        ("states:*", "!Ref Orders", True),
    ],
)
def test_executions_are_redriven_and_state_machines_started(action: str, resource: str, starts: bool) -> None:
    found = rules(report(FAILED % (action, resource)))
    assert [rule for rule, _, _ in found] == (["stepfunctions-loop"] if starts else [])


def test_sam_keeps_the_type_of_a_state_machine() -> None:
    allowed = FAILED % ("states:StartExecution", "!Ref Orders")
    assert rules(report(allowed.replace("Name: orders", "Type: STANDARD")))
    assert not rules(report(allowed.replace("Name: orders", "Type: EXPRESS")))


def test_a_denied_redrive_leaves_the_start() -> None:
    both = FAILED % ("[states:StartExecution, states:RedriveExecution]", "'*'")
    denial = "{Effect: Deny, Action: '%s', Resource: 'arn:aws:states:*:*:%s:orders%s'}"
    redrive = denial % ("states:*", "execution", ":*")
    start = denial % ("states:*", "stateMachine", "")
    one = both.replace("Statement: [", f"Statement: [{redrive}, ")
    two = both.replace("Statement: [", f"Statement: [{redrive}, {start}, ")
    assert (len(rules(report(both))), len(rules(report(one))), len(rules(report(two)))) == (1, 1, 0)
