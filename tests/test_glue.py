"""Glue's workflows: who starts them, and which jobs they run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from recursion_lint.model.findings import Finding
from recursion_lint.run.lint import lint

Json = Mapping[str, Any]
WORKFLOW = {"Fn::Sub": "arn:aws:glue:${AWS::Region}:${AWS::AccountId}:workflow/${Flow}"}
FOUND = [("other-loop", "warning", "likely")]


def role(action: str, resource: Any) -> Json:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    policy = {"PolicyName": "p", "PolicyDocument": {"Statement": [statement]}}
    return {"Type": "AWS::IAM::Role", "Properties": {"Policies": [policy]}}


def started(resource: Any, action: str = "glue:StartWorkflowRun", **more: Any) -> list[Finding]:
    """A job of a workflow sends to a queue, whose function may start the workflow."""
    queue_arn = {"Fn::GetAtt": ["Queue", "Arn"]}
    resources = {
        "Queue": {"Type": "AWS::SQS::Queue"},
        "Starter": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Role": {"Fn::GetAtt": ["StarterRole", "Arn"]},
                "Environment": {"Variables": more.pop("variables", {})},
            },
        },
        "StarterRole": role(action, resource),
        "Mapping": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {"EventSourceArn": queue_arn, "FunctionName": {"Ref": "Starter"}},
        },
        "Flow": {"Type": "AWS::Glue::Workflow", "Properties": {"Name": "flow"}},
        "Trigger": {
            "Type": "AWS::Glue::Trigger",
            "Properties": {
                "Type": "ON_DEMAND",
                "WorkflowName": {"Ref": "Flow"},
                "Actions": [{"CrawlerName": "crawler"}, {"JobName": {"Ref": "Job"}}],
                **more,
            },
        },
        "Job": {
            "Type": "AWS::Glue::Job",
            "Properties": {"Name": "flow", "Role": {"Fn::GetAtt": ["JobRole", "Arn"]}},
        },
        "JobRole": role("sqs:SendMessage", queue_arn),
    }
    found = lint(["-"], stdin=json.dumps({"Resources": resources}))
    assert not found.problems
    return list(found.findings)


def shown(findings: list[Finding]) -> list[tuple[str, str, str]]:
    return [("other-loop", one.severity, one.confidence) for one in findings]


@pytest.mark.parametrize(
    ("action", "resource", "found"),
    [
        ("glue:StartWorkflowRun", WORKFLOW, FOUND),
        ("glue:*", WORKFLOW, FOUND),
        ("glue:StartWorkflowRun", "arn:aws:glue:*:*:workflow/flow*", FOUND),
        ("glue:StartWorkflowRun", "arn:aws:glue:*:*:workflow/fl*", [("other-loop", "info", "weak")]),
        ("glue:StartWorkflowRun", "arn:aws:glue:*:*:workflow/other", []),
        ("glue:StartWorkflowRun", "arn:aws:glue:*:*:workflow/*", [("other-loop", "info", "weak")]),
        ("glue:StartWorkflowRun", "*", [("other-loop", "info", "weak")]),
        ("glue:GetWorkflow", WORKFLOW, []),
        # a job of the same name
        ("glue:StartWorkflowRun", "arn:aws:glue:*:*:job/flow", []),
        ("glue:StartJobRun", WORKFLOW, []),
        ("glue:StartJobRun", "*", [("other-loop", "info", "weak")]),
        ("glue:StartJobRun", "arn:aws:glue:*:*:job/flow", FOUND),
    ],
)
def test_who_may_start_a_workflow(action: str, resource: Any, found: Any) -> None:
    assert shown(started(resource, action)) == found


@pytest.mark.parametrize(("action", "target"), [("StartJobRun", "Job"), ("StartWorkflowRun", "Flow")])
def test_an_action_starts_what_it_acts_on_alone(action: str, target: str) -> None:
    (loop,) = started("*", f"glue:{action}")
    assert f"Starter may start {target} (StarterRole: glue:{action})" in [hop.reason for hop in loop.hops]


def test_the_jobs_that_a_workflow_runs() -> None:
    (loop,) = started(WORKFLOW)
    assert [node.resource for node in loop.cycle if node.type.startswith("AWS::Glue")] == ["Flow", "Job"]
    assert started(WORKFLOW, WorkflowName={"Fn::Sub": "${Flow}-2"}) == []
    assert started(WORKFLOW, Actions=[{"CrawlerName": {"Ref": "Job"}}]) == []
    assert shown(started(WORKFLOW, WorkflowName=WORKFLOW)) == FOUND


@pytest.mark.parametrize(
    ("states", "guarded"),
    [(["FAILED"], True), (["FAILED", "TIMEOUT"], True), (["FAILED", "SUCCEEDED"], False), ([], False)],
)
def test_a_trigger_that_waits_for_failures(states: list[str], guarded: bool) -> None:
    conditions = [{"JobName": "first", "State": state} for state in states]
    (loop,) = started(WORKFLOW, Type="CONDITIONAL", Predicate={"Conditions": conditions})
    assert loop.guards == (("Trigger waits for a failure",) if guarded else ())
    assert loop.confidence == ("possible" if guarded else "likely")


def test_a_variable_names_a_workflow() -> None:
    (loop,) = started(WORKFLOW, variables={"TARGET_WORKFLOW": {"Ref": "Flow"}})
    # What the job of the workflow writes is granted too, and nothing speaks for that.
    assert (loop.severity, loop.because) == ("warning", ("TARGET_WORKFLOW is Flow (line 1)",))


@pytest.mark.parametrize(("name", "loops"), [("flow", True), ("other", False)])
def test_a_task_starts_a_workflow(name: str, loops: bool) -> None:
    definition = {
        "StartAt": "Start",
        "States": {
            "Start": {
                "Type": "Task",
                "Resource": "arn:aws:states:::aws-sdk:glue:startWorkflowRun",
                "Parameters": {"Name": name},
                "End": True,
            }
        },
    }
    resources = {
        "Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"Definition": definition}},
        "Trigger": {
            "Type": "AWS::Glue::Trigger",
            "Properties": {"WorkflowName": "flow", "Actions": [{"JobName": {"Ref": "Job"}}]},
        },
        "Job": {"Type": "AWS::Glue::Job", "Properties": {"Role": {"Fn::GetAtt": ["Role", "Arn"]}}},
        "Role": role("states:StartExecution", {"Ref": "Machine"}),
    }
    found = lint(["-"], stdin=json.dumps({"Resources": resources})).findings
    assert [one.confidence for one in found] == (["likely"] if loops else [])


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"ManagedPolicyArns": ["arn:aws:iam::aws:policy/service-role/AWSGlueServiceRole"]}, []),
        ({}, ["info"]),
    ],
)
def test_the_policy_that_every_job_has_does_not_make_it_start_itself(more: Any, expected: list[str]) -> None:
    job = {"Type": "AWS::Glue::Job", "Properties": {"Role": {"Fn::GetAtt": ["Role", "Arn"]}}}
    own = {} if more else role("glue:StartJobRun", "*")["Properties"]
    made = {"Type": "AWS::IAM::Role", "Properties": {**own, **more}}
    found = lint(["-"], stdin=json.dumps({"Resources": {"Job": job, "Role": made}})).findings
    assert [one.severity for one in found] == expected
