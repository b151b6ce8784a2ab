"""Which condition before a write is told as the one that ends the loop."""

from __future__ import annotations

import pytest
from handler_code import javascript, python

from recursion_lint.code.calls import CallSite, Interpreted
from recursion_lint.code.ending_tests import deciding, rank

INVOKES = """
import boto3, json
client = boto3.client("lambda")
def handler(event, context):
    if not event:
        return
    answer = boto3.client("logs").describe_log_groups(nextToken=event.get("token"))
    if event["kind"] == "all":
        if answer["nextToken"]:
            for name in answer["logGroups"]:
                if len(name) > 0:
                    %s
                        client.invoke(FunctionName=context.function_name, Payload=json.dumps(%s))
"""


def _site(found: Interpreted) -> CallSite:
    return found.calls[0]


def _told(found: Interpreted, channel: str = "lambda") -> str:
    site = _site(found)
    guard = deciding(site, site, channel)
    return guard.text if guard is not None else ""


@pytest.mark.parametrize(
    ("test", "payload", "told"),
    [
        # What is written fails it in the next round; the near miss passes it.
        ('if event["mode"] == "first":', '{"kind": "all", "mode": "next"}', 'event["mode"] == "first"'),
        ('if event["mode"] == "next":', '{"kind": "all", "mode": "next"}', ""),
        # The last page ends the loop, if its token is handed on.
        ("if True:", '{"kind": "all", "token": answer["nextToken"]}', 'answer["nextToken"]'),
        ("if True:", '{"kind": "all"}', ""),
        # A maximum of rounds goes before what only may be the end.
        (
            'if event["round"] < MAX_ROUNDS:',
            '{"kind": "all", "token": answer["nextToken"]}',
            'event["round"] < MAX_ROUNDS',
        ),
    ],
)
def test_what_is_written_does_not_pass_the_test_that_ends_the_loop(
    test: str, payload: str, told: str
) -> None:
    assert _told(python(INVOKES % (test, payload))) == told


WORKER = """
const { LambdaClient, InvokeCommand } = require("@aws-sdk/client-lambda");
const client = new LambdaClient({});
exports.handler = async (event, context) => {
  for (let i = 0; i < event.list.length; i++) {
    if (parseInt(event.is_worker) === %s) {
      await client.send(new InvokeCommand({FunctionName: context.functionName, Payload: '{"is_worker": "1"}'}));
    }
  }
};
"""


def test_a_payload_that_is_a_text_is_read_as_json() -> None:
    assert _told(javascript(WORKER % "0")) == "parseInt(event.is_worker) === 0"
    assert _told(javascript(WORKER % "1")) != "i < event.list.length"


STREAM = """
import boto3
table = boto3.resource("dynamodb").Table("jobs")
def handler(event, context):
    for record in event["Records"]:
        change = record["dynamodb"]
        if %s:
            table.update_item(Key={"id": "a"}, UpdateExpression="SET s = :s",
                ExpressionAttributeValues={":s": "done"}, ConditionExpression="%s")
"""


def test_a_change_of_an_item_is_no_new_item() -> None:
    new, exists = "'OldImage' not in change", "attribute_exists(id)"
    assert _told(python(STREAM % (new, exists)), "dynamodb") == new
    assert _told(python(STREAM % ("'OldImage' in change", exists)), "dynamodb") == ""


def test_that_the_item_is_there_ends_nothing() -> None:
    """The next round finds it there as well; that it is not there yet is another matter."""
    always = "len(change['Keys']) > 0"
    site = _site(python(STREAM % (always, "attribute_exists(id)")))
    assert deciding(site, site, "dynamodb") is None
    asked = _told(python(STREAM % (always, "attribute_not_exists(done)")), "dynamodb")
    assert asked == "only if attribute_not_exists(done)"


READS = """
import boto3
kinesis = boto3.client("kinesis")
def reads(kind):
    return kind
def handler(event, context):
    for record in event["Records"]:
        event_type = reads(record["more"])
        if record["state"] == "open":
            if event_type in ["END"]:
                boto3.client("lambda").invoke(FunctionName="summary", Payload=record["body"])
"""
WRITES = """
import boto3, json
def handler(event, context):
    boto3.client("kinesis").put_record(StreamName="calls", Data=json.dumps({"EventType": "%s"}))
"""


def test_what_another_function_writes_is_told_by_the_name_of_what_is_compared() -> None:
    site = _site(python(READS))
    for written, told in (("ADD_SUMMARY", 'event_type in ["END"]'), ("END", 'record["state"] == "open"')):
        guard = deciding(site, _site(python(WRITES % written)), "kinesis")
        assert (guard.text if guard is not None else "") == told


def test_batches_and_what_is_passed_again_come_last() -> None:
    site = _site(python(INVOKES % ('if event["round"] < MAX_ROUNDS:', '{"kind": "all"}')))
    told = sorted(site.guards, key=lambda one: rank(one, site, site, "lambda"))
    assert told[0].text == 'event["round"] < MAX_ROUNDS'
    assert {one.text for one in told[-3:]} == {
        'event["kind"] == "all"',
        'answer["nextToken"]',
        "len(name) > 0",
    }
