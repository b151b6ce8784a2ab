"""What a call starts a state machine with, as the next event of the function that started it."""

from __future__ import annotations

from pathlib import Path

import pytest

from recursion_lint.code.calls import CallSite, ObjectValue, Pure
from recursion_lint.code.deciding import UNTOLD
from recursion_lint.code.passed_on import invoked
from recursion_lint.config import Config
from recursion_lint.patterns.events import Doc
from recursion_lint.patterns.events import Value as Known
from recursion_lint.run.lint import lint

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Flow:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: !GetAtt FlowRole.Arn
      Definition:
        StartAt: %s
        States:
          %s
  FlowRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: states.amazonaws.com}, Action: sts:AssumeRole}]
      Policies:
        - PolicyName: invoke
          PolicyDocument:
            Statement: [{Effect: Allow, Action: lambda:InvokeFunction, Resource: !GetAtt Worker.Arn}]
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: %s
      Handler: app.handler
      CodeUri: .
      Environment: {Variables: {MACHINE: !Ref Flow}}
      Policies:
        - StepFunctionsExecutionPolicy: {StateMachineName: !GetAtt Flow.Name}
"""
PYTHON = """\
import boto3, json, os
states = boto3.client("stepfunctions")
def handler(event, context):
    if event.get("mode", "start") == "done" or "batch" in event:
        return
    states.start_execution(stateMachineArn=os.environ["MACHINE"], input=json.dumps(%s))
"""
JAVASCRIPT = """\
const { SFNClient, StartExecutionCommand } = require("@aws-sdk/client-sfn");
const states = new SFNClient({});
exports.handler = async (event) => {
  const { mode = "start" } = event;
  if (mode === "done" || "batch" in event) return;
  await states.send(new StartExecutionCommand({ stateMachineArn: process.env.MACHINE, input: JSON.stringify(%s) }));
};
"""
LAMBDA = "Resource: 'arn:aws:states:::lambda:invoke'"
WORK = "Work: {Type: Task, End: true, %s}"
WHOLE = WORK % (LAMBDA + ", Parameters: {FunctionName: !GetAtt Worker.Arn, 'Payload.$': $}")
DIRECT = WORK % "Resource: !GetAtt Worker.Arn"
PART = WORK % (LAMBDA + ", Parameters: {FunctionName: !GetAtt Worker.Arn, Payload: {%s}}")
JSONATA = WORK % (
    LAMBDA + ", QueryLanguage: JSONata, Arguments: {FunctionName: !GetAtt Worker.Arn, Payload: '{%% %s %%}'}"
)
BEFORE = "%s: {Type: %s, %s}\n          "


@pytest.mark.parametrize("python", [True, False], ids=["python", "javascript"])
@pytest.mark.parametrize(
    ("start", "states", "given", "expected"),
    [
        ("Work", WHOLE, '{"mode": "done"}', "stops-itself"),
        ("Work", WHOLE, '{"mode": "more"}', "writes-back"),
        ("Work", WHOLE, '{"batch": [1, 2]}', "stops-itself"),
        ("Work", WHOLE, '{"Batch": [1, 2]}', "writes-back"),
        ("Work", DIRECT, '{"mode": "done"}', "stops-itself"),
        ("Work", DIRECT, '{"mode": "more"}', "writes-back"),
        ("Work", PART % "'mode.$': $.mode", '{"mode": "done"}', "stops-itself"),
        ("Work", PART % "'mode.$': $.mode", '{"mode": "more", "batch": [1]}', "writes-back"),
        ("Work", PART % "'mode.$': $.told.mode", '{"told": {"mode": "done"}}', "stops-itself"),
        ("Work", PART % "'mode.$': $$.Execution.Input.mode", '{"mode": "done"}', "stops-itself"),
        ("Work", PART % "mode: done", '{"mode": "more"}', "stops-itself"),
        ("Work", PART % "mode: more", '{"mode": "done"}', "writes-back"),
        ("Work", PART % "'mode.$': '$.modes[0]'", '{"modes": ["done"]}', "conditional"),
        ("Work", JSONATA % "$states.input", '{"mode": "done"}', "stops-itself"),
        ("Work", JSONATA % "$states.input.told", '{"told": {"mode": "done"}}', "stops-itself"),
        ("Work", JSONATA % "$states.result", '{"mode": "done"}', "conditional"),
        # What stands before the task, and whether that hands on what it was given.
        ("First", BEFORE % ("First", "Wait", "Seconds: 1, Next: Work") + WHOLE, '{"mode": "done"}', "stops-itself"),
        ("First", BEFORE % ("First", "Pass", "Next: Work") + WHOLE, '{"mode": "done"}', "stops-itself"),
        ("First", BEFORE % ("First", "Pass", "Result: {mode: more}, Next: Work") + WHOLE, '{"mode": "done"}', "conditional"),
        ("First", BEFORE % ("First", "Task", "Resource: 'arn:aws:states:::sqs:sendMessage', Next: Work") + WHOLE, '{"mode": "done"}', "conditional"),
        ("Work", WHOLE.replace("End: true", "Next: Again, InputPath: $.told") + "\n          Again: {Type: Succeed}", '{"mode": "done"}', "conditional"),
        # Another task invokes the same function with something else.
        ("Work", WHOLE.replace("End: true", "Next: Again") + "\n          " + DIRECT.replace("Work:", "Again:"), '{"mode": "done"}', "conditional"),
    ],
)  # fmt: skip
def test_an_execution_is_started_with_the_next_event(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    start: str,
    states: str,
    given: str,
    expected: str,
    python: bool,
) -> None:
    monkeypatch.chdir(tmp_path)
    runtime = "python3.13" if python else "nodejs22.x"
    (tmp_path / "template.yaml").write_text(TEMPLATE % (start, states, runtime), encoding="utf-8")
    code = (PYTHON if python else JAVASCRIPT) % given
    (tmp_path / ("app.py" if python else "app.js")).write_text(code, encoding="utf-8")
    found = [
        hop.code.verdict
        for one in lint(["template.yaml"], Config()).findings
        for hop in one.hops
        if hop.code is not None
    ]
    assert found == [expected]


def test_constants_of_a_task_are_read_to_a_bounded_depth() -> None:
    document: Known = ("x",)
    for _ in range(20):
        document = Doc({"a": document}, False)
    site = CallSite("app.py", 1, 1, 1, 9, "call", "stepfunctions.StartExecution", (), None, None, (), ())
    value = invoked(site, [(document, ())]).value("payload")
    assert isinstance(value, Pure)
    deep, depth = value.arguments[0], 0
    while isinstance(deep, ObjectValue):
        deep, depth = deep.fields[0][1], depth + 1
    assert (deep, depth) == (UNTOLD, 8)
