"""AppFlow's flows: who starts them, where they write, and those that read their own output on a schedule."""

from __future__ import annotations

import json
from typing import Any

import pytest

from recursion_lint.model.report import Report
from recursion_lint.run.lint import lint

Json = dict[str, Any]
BUCKET = "records"
RANK = {"error": 3, "warning": 2, "info": 1}


def resource(kind: str, **properties: Any) -> Json:
    return {"Type": kind, "Properties": properties}


def flow(trigger: Any, destination: Json, source: str = "", **more: Any) -> Json:
    read = {"S3": {"BucketName": BUCKET, "BucketPrefix": source}} if source else {"Slack": {"Object": "c"}}
    return resource(
        "AWS::AppFlow::Flow",
        FlowName="mover",
        TriggerConfig={"TriggerType": trigger},
        SourceFlowConfig={"SourceConnectorProperties": read},
        DestinationFlowConfigList=[{"DestinationConnectorProperties": destination}],
        **more,
    )


def into(prefix: str) -> Json:
    return {"S3": {"BucketName": BUCKET, "BucketPrefix": prefix}}


def starter(prefix: str, action: str = "appflow:StartFlow", name: str = "mover") -> Json:
    """New objects below ``prefix`` start a function that may start a flow."""
    arn = {"Fn::Sub": "arn:${AWS::Partition}:appflow:${AWS::Region}:${AWS::AccountId}:flow/" + name}
    statement = {"Effect": "Allow", "Action": action, "Resource": arn}
    policy = {"PolicyName": "p", "PolicyDocument": {"Statement": [statement]}}
    rules = [{"Name": "prefix", "Value": prefix}]
    started = {
        "Event": "s3:ObjectCreated:*",
        "Function": {"Fn::GetAtt": ["Fn", "Arn"]},
        "Filter": {"S3Key": {"Rules": rules}},
    }
    told = {"LambdaConfigurations": [started]}
    return {
        "Records": resource("AWS::S3::Bucket", BucketName=BUCKET, NotificationConfiguration=told),
        "Fn": resource("AWS::Lambda::Function", Role={"Fn::GetAtt": ["Role", "Arn"]}),
        "Role": resource("AWS::IAM::Role", Policies=[policy]),
    }


def checked(resources: Json, **sections: Json) -> Report:
    found = lint(["-"], stdin=json.dumps({"Resources": resources, **sections}))
    assert not found.problems
    return found


def worst(resources: Json, **sections: Json) -> str:
    levels = [finding.severity for finding in checked(resources, **sections).findings]
    return max(levels, key=RANK.__getitem__, default="none")


@pytest.mark.parametrize(
    ("destination", "watched", "expected"),
    [
        (into("out"), "out/", "warning"),
        (into("out/"), "out/mover/", "warning"),
        (into(""), "in/", "warning"),
        (into("out"), "in/", "none"),
        (into("out"), "output", "none"),
        ({"Redshift": {"IntermediateBucketName": BUCKET, "BucketPrefix": "out"}}, "out/", "warning"),
        ({"Snowflake": {"IntermediateBucketName": BUCKET, "BucketPrefix": "out"}}, "in/", "none"),
        ({"Salesforce": {"Object": "Account"}}, "out/", "none"),
    ],
)
def test_a_flow_writes_below_its_prefix(destination: Json, watched: str, expected: str) -> None:
    assert worst({**starter(watched), "Mover": flow("OnDemand", destination)}) == expected


@pytest.mark.parametrize(("watched", "expected"), [("out/", "warning"), ("in/", "none")])
def test_a_prefix_that_a_parameter_gives_may_have_its_slash(watched: str, expected: str) -> None:
    sections = {"Parameters": {"Folder": {"Type": "String", "AllowedValues": ["out/"]}}}
    mover = flow("OnDemand", {"S3": {"BucketName": BUCKET, "BucketPrefix": {"Ref": "Folder"}}})
    assert worst({**starter(watched), "Mover": mover}, **sections) == expected


@pytest.mark.parametrize(
    ("action", "name"), [("appflow:StopFlow", "mover"), ("appflow:StartFlow", "another-mover")]
)
def test_only_the_start_of_this_flow_runs_it(action: str, name: str) -> None:
    assert worst({**starter("out/", action, name), "Mover": flow("OnDemand", into("out"))}) == "none"


@pytest.mark.parametrize("trigger", ["Scheduled", "Event"])
def test_what_has_a_schedule_or_waits_for_events_is_only_activated(trigger: str) -> None:
    assert worst({**starter("out/"), "Mover": flow(trigger, into("out"), FlowStatus="Active")}) == "none"


def test_a_trigger_that_depends_on_a_condition() -> None:
    sections = {
        "Parameters": {"Pace": {"Type": "String"}},
        "Conditions": {"Manual": {"Fn::Equals": [{"Ref": "Pace"}, "manual"]}},
    }
    trigger = {"Fn::If": ["Manual", "OnDemand", "Scheduled"]}
    found = checked({**starter("out/"), "Mover": flow(trigger, into("out"))}, **sections)
    assert [(one.severity, one.only_where) for one in found.findings] == [("warning", ("Pace is manual",))]


@pytest.mark.parametrize(
    ("source", "prefix", "status", "expected"),
    [
        ("in", "in", {"FlowStatus": "Active"}, "error"),
        ("in", "in/moved", {"FlowStatus": "Active"}, "error"),
        ("in", "inbox", {"FlowStatus": "Active"}, "none"),
        ("in", "in", {"FlowStatus": "Suspended"}, "info"),
        ("in", "in", {"FlowStatus": "Draft"}, "info"),
        ("in", "in", {}, "info"),
    ],
)
def test_a_schedule_that_reads_what_it_wrote(source: str, prefix: str, status: Json, expected: str) -> None:
    assert worst({"Mover": flow("Scheduled", into(prefix), source, **status)}) == expected
    assert worst({"Mover": flow("OnDemand", into(prefix), source, **status)}) == "none"


def test_a_task_starts_a_flow() -> None:
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:appflow:startFlow",
        "Parameters": {"FlowName": "mover"},
        "End": True,
    }
    pattern = {"source": ["aws.s3"], "detail": {"bucket": {"name": [BUCKET]}}}
    switched = {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}
    found = checked(
        {
            "Records": resource("AWS::S3::Bucket", BucketName=BUCKET, NotificationConfiguration=switched),
            "Rule": resource(
                "AWS::Events::Rule", EventPattern=pattern, Targets=[{"Id": "t", "Arn": {"Ref": "Machine"}}]
            ),
            "Machine": resource(
                "AWS::StepFunctions::StateMachine", Definition={"StartAt": "Do", "States": {"Do": task}}
            ),
            "Mover": flow("OnDemand", into("out")),
        }
    )
    assert [(one.rule, one.severity) for one in found.findings] == [("s3-loop", "error")]


@pytest.mark.parametrize(("name", "expected"), [("mover", "error"), ("another", "info")])
def test_the_code_of_a_function_says_which_flow_it_starts(name: str, expected: str) -> None:
    code = f"""
import boto3
flows = boto3.client("appflow")
def handler(event, context):
    flows.start_flow(flowName="{name}")
"""
    resources = starter("out/")
    resources["Fn"]["Properties"].update(
        {"Handler": "index.handler", "Runtime": "python3.13", "Code": {"ZipFile": code}}
    )
    assert worst({**resources, "Mover": flow("OnDemand", into("out"))}) == expected


def test_salesforce_events_go_to_a_partner_event_bus() -> None:
    name = "aws.partner/appflow/salesforce.com/111122223333/accounts"
    pattern = {"source": [{"prefix": "aws.partner/"}]}
    target = [{"Id": "t", "Arn": {"Fn::GetAtt": ["Fn", "Arn"]}}]
    found = checked(
        {
            **starter("in/"),
            "Bus": resource("AWS::Events::EventBus", Name=name, EventSourceName=name),
            "Rule": resource("AWS::Events::Rule", EventBusName=name, EventPattern=pattern, Targets=target),
            "Mover": flow("Event", {"EventBridge": {"Object": name}}),
        }
    )
    assert not found.findings
    graph = found.graph()
    labels = {node: told["label"] for node, told in graph.nodes(data=True)}
    assert ("Mover", "Bus") in {(labels[start], labels[end]) for start, end in graph.edges()}
