"""MQTT topics that a handler's code publishes to, against those that start it."""

from __future__ import annotations

from pathlib import Path

import pytest

from recursion_lint.config import Config
from recursion_lint.run.lint import lint

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: .
      Environment: {Variables: {TOPIC: door/verify, PREFIX: door}}
      Policies:
        - Statement: [{Effect: Allow, Action: %s, Resource: '*'}]
      Events:
        Asked: {Type: IoTRule, Properties: {Sql: "SELECT *, topic(3) AS thing FROM '%s'"}}
"""
CODE = """\
import boto3, os
iot = boto3.client("iot-data")
def handler(event, context):
    %s
"""
SHADOWS = "$aws/things/+/shadow/update/documents"


@pytest.mark.parametrize(
    ("action", "source", "call", "expected"),
    [
        ("iot:Publish", "door/verify", 'iot.publish(topic="door/verify")', ("writes-back", "error")),
        ("iot:Publish", "door/+", 'iot.publish(topic="door/verify")', ("writes-back", "error")),
        ("iot:Publish", "door/verify", 'iot.publish(topic="door/answer")', ("elsewhere", "info")),
        ("iot:Publish", "door/+", 'iot.publish(topic="door/verify/answer")', ("elsewhere", "info")),
        ("iot:Publish", "door/verify", 'iot.publish(topic=os.environ["TOPIC"])', ("writes-back", "error")),
        (
            "iot:Publish",
            "door/verify",
            'iot.publish(topic=os.environ["PREFIX"] + "/answer")',
            ("elsewhere", "info"),
        ),
        (
            "iot:Publish",
            "door/#",
            "iot.publish(topic=f\"door/{event['door']}/answer\")",
            ("writes-back", "error"),
        ),
        (
            "iot:Publish",
            "door/#",
            "iot.publish(topic=f\"gate/{event['door']}/answer\")",
            ("elsewhere", "info"),
        ),
        ("iot:Publish", "door/verify", 'iot.publish(topic=event["answer"])', ("may", "info")),
        ("iot:Publish", "door/verify", "print(event)", ("never", "info")),
        (
            "iot:UpdateThingShadow",
            SHADOWS,
            'iot.update_thing_shadow(thingName=event["thing"], payload="{}")',
            ("conditional", "warning"),
        ),
        (
            "iot:*",
            "$aws/things/lamp/shadow/update/accepted",
            'iot.update_thing_shadow(thingName="bulb", payload="{}")',
            ("elsewhere", "info"),
        ),
        ("iot:*", SHADOWS, 'iot.publish(topic="door/verify")', ("elsewhere", "info")),
    ],
)
def test_the_topic_of_a_call(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    action: str,
    source: str,
    call: str,
    expected: tuple[str, str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "template.yaml").write_text(TEMPLATE % (action, source), encoding="utf-8")
    (tmp_path / "app.py").write_text(CODE % call, encoding="utf-8")
    (finding,) = lint(["template.yaml"], Config()).findings
    assert [(hop.code.verdict, finding.severity) for hop in finding.hops if hop.code] == [expected]


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ('iot.publish(topic="door/answer")', "Allow Worker to publish to the topics of its code alone"),
        ('iot.publish(topic="door/verify")', "Publish from Worker outside the topics of its rule"),
        ("print(event)", "Remove the permission iot:Publish on MQTT topics from Worker"),
    ],
)
def test_what_the_code_publishes_with_is_not_taken_away(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, call: str, expected: str
) -> None:
    monkeypatch.chdir(tmp_path)
    narrow = TEMPLATE.replace("'*'", "'arn:aws:iot:eu-west-1:1:topic/door/*'")
    (tmp_path / "template.yaml").write_text(narrow % ("iot:Publish", "door/verify"), encoding="utf-8")
    (tmp_path / "app.py").write_text(CODE % call, encoding="utf-8")
    (finding,) = lint(["template.yaml"], Config()).findings
    assert finding.remedies[0].title == expected
    taken = "drop-grant" in {one.id for one in finding.remedies}
    assert taken == call.startswith("print")
