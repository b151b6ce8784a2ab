"""Conditions that end no loop are not told as the end of one: those of every event, of an update, of a part of the work."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from handler_code import javascript, python

from recursion_lint.code.any_event import of_any_event
from recursion_lint.code.asked_parts import asks_for_a_change
from recursion_lint.code.calls import CallSite, Interpreted
from recursion_lint.code.ending_tests import deciding
from recursion_lint.code.event_forms import always, present
from recursion_lint.code.settings import Known


def _known(service: str) -> Known:
    return Known({}, lambda path: always(path, service, ""), lambda path: present(path, service))


def _of_all(found: Interpreted, service: str) -> set[str]:
    return {guard.text for guard in found.calls[0].guards if of_any_event(guard, _known(service))}


PYTHON = """
import boto3
def handler(event, context):
    if TEST:
        boto3.client("sns").publish(TopicArn="t", Message="m")
"""
JAVASCRIPT = """
const { SNSClient, PublishCommand } = require("@aws-sdk/client-sns");
exports.handler = async (event) => {
  const isNotice = Array.isArray(event?.Records) && event.Records.map((r) => r.EventSource).includes("aws:sns");
  const isNew = Array.isArray(event?.Records) && event.Records.map((r) => r.eventName).includes("INSERT");
  if (TEST) await new SNSClient({}).send(new PublishCommand({ TopicArn: "t", Message: "m" }));
};
"""


@pytest.mark.parametrize(
    ("test", "service"),
    [
        ('"Records" in event', "sqs"),
        ('event.get("Records")', "sqs"),
        ('"Records" in event and event["Records"][0]["EventSource"] == "aws:sns"', "sns"),
        ('event["Records"][0]["eventSource"] == "aws:s3"', "s3"),
        ('event["Records"][0].get("eventSource") in ("aws:s3", "aws:sqs")', "s3"),
        ('isinstance(event.get("Records"), list)', "s3"),
    ],
)
def test_what_each_event_of_the_trigger_passes(test: str, service: str) -> None:
    assert _of_all(python(PYTHON.replace("TEST", test)), service) == {test}
    other = "kinesis" if "aws" in test else "lambda"
    assert not _of_all(python(PYTHON.replace("TEST", test)), other)
    for more in ('event["Records"][0]["kind"] == "new"', 'event["mode"]'):
        assert not _of_all(python(PYTHON.replace("TEST", f"{test} and {more}")), service)


@pytest.mark.parametrize(
    ("test", "service", "told"),
    [
        ("isNotice || isNew", "sns", True),
        ("isNotice", "sns", True),
        ("isNew", "sns", False),
        ("isNotice && isNew", "sns", False),
        ("!isNotice", "sns", False),
        ("isNotice || isNew", "sqs", False),
        ('event.Records[0].eventSource === "aws:sqs"', "sqs", True),
        ('event.Records[0].eventSource === "aws:s3"', "sqs", False),
        ("event.queryStringParameters", "logs", False),
    ],
)
def test_what_each_event_passes_in_javascript(test: str, service: str, told: bool) -> None:
    assert bool(_of_all(javascript(JAVASCRIPT.replace("TEST", test)), service)) is told


@pytest.mark.parametrize("service", ["logs", "events"])
def test_no_event_of_logs_or_of_a_bus_is_a_call_of_an_api(service: str) -> None:
    for part in ("queryStringParameters", "httpMethod", "requestContext"):
        assert always((part, "name"), service, "") is not None
        assert always((part, "name"), "lambda", "") is None
    assert always(("detail", "name"), service, "") is None
    assert always(("awslogs", "data"), service, "") is None


STREAM = """
import boto3
sqs, dynamodb = boto3.client("sqs"), boto3.client("dynamodb")
def handler(event, context):
    for record in event["Records"]:
        kind = record["eventName"]
        new, old = record["dynamodb"]["NewImage"], record["dynamodb"]["OldImage"]
        if kind == "INSERT":
            continue
        if TEST:
            sqs.send_message(QueueUrl="q", MessageBody=new["id"]["S"])
"""
UPDATES = """
import boto3
def handler(event, context):
    boto3.client("dynamodb").update_item(TableName="t", Key={"id": {"S": event["id"]}},
        UpdateExpression="SET seen = :s", ExpressionAttributeValues={":s": {"S": "yes"}})
"""


def _told(site: CallSite, came: CallSite | None, channel: str, changed: Sequence[str] = ()) -> str:
    guard = deciding(site, came, channel, (), changed)
    return guard.text if guard is not None else ""


@pytest.mark.parametrize(
    "test",
    [
        'old["state"]["S"] != "done" and new["state"]["S"] == "done"',
        'old["seen"] == new["seen"]',
    ],
)
def test_a_change_of_an_attribute_is_told_and_not_that_it_is_a_change(test: str) -> None:
    came = python(UPDATES).calls[0]
    site = python(STREAM.replace("TEST", f"{test} and kind == 'MODIFY'")).calls[0]
    assert _told(site, came, "dynamodb") == f"{test} and kind == 'MODIFY'"
    site = python(STREAM.replace("TEST", test)).calls[0]
    assert _told(site, came, "dynamodb") == test
    # The near miss: the update is no new item, so that test is the end.
    inserts = STREAM.replace(
        'if kind == "INSERT":\n            continue', 'if kind != "INSERT":\n            continue'
    )
    found = python(inserts.replace("TEST", 'new["id"]["S"]')).calls[0]
    assert _told(found, came, "dynamodb") == 'kind != "INSERT"'


def test_that_both_images_are_there_is_no_change_of_an_attribute() -> None:
    for test, told in (("old and new", False), ('old["state"] != new["state"]', True)):
        guards = python(STREAM.replace("TEST", test)).calls[0].guards
        assert [asks_for_a_change(guard) for guard in guards if guard.text == test] == [told]


DRAINS = """
import boto3
table = boto3.resource("dynamodb").Table("jobs")
def handler(event, context):
    found = table.query(KeyConditionExpression="s = :s")
    jobs = READ
    if event["name"] == "x":
        return
    TEST
        boto3.client("lambda").invoke(FunctionName="jobs", Payload="{}")
"""


@pytest.mark.parametrize(
    ("read", "test"),
    [
        ('found["Items"]', "if jobs:"),
        ('found.get("Items", [])', "if len(jobs) > 0:"),
        ('[one["id"] for one in found["Items"]]', "if not (not jobs):"),
        ('found["Items"]', 'if found["Count"]:'),
    ],
)
def test_what_is_left_of_what_the_code_changes_runs_out(read: str, test: str) -> None:
    site = python(DRAINS.replace("READ", read).replace("TEST", test)).calls[0]
    assert _told(site, None, "lambda", ("dynamodb",)) == test.removeprefix("if ").removesuffix(":")
    # Who changes nothing there finds the same again, and one of the items tells nothing of the others.
    assert _told(site, None, "lambda", ("sqs",)) != test.removeprefix("if ").removesuffix(":")
    one = python(DRAINS.replace("READ", read).replace("TEST", 'if found["Items"][0]["id"] == "a":')).calls[0]
    assert _told(one, None, "lambda", ("dynamodb",)) != 'found["Items"][0]["id"] == "a"'


PARTS = """
const { S3Client, PutObjectCommand } = require("@aws-sdk/client-s3");
exports.handler = async (event) => {
  const { bucket, object } = event.Records[0].s3;
  const pages = await read(object.key);
  for (let i = 0; i < LIST.length; i++) {
    if (!titles.has(LIST[i].title)) continue;
    await new S3Client({}).send(new PutObjectCommand({ Bucket: bucket.name, Key: LIST[i].name }));
  }
};
"""


def test_what_leaves_one_of_many_parts_out_ends_nothing() -> None:
    for written, told in (("pages", ""), ("event.Records", "!titles.has(event.Records[i].title)")):
        site = javascript(PARTS.replace("LIST", written)).calls[0]
        assert _told(site, site, "s3") == told


COLLECTS = """
import boto3
def checked(found):
    return boto3.client("comprehend").detect(Text=found[0]["key"])["Ok"]
s3 = boto3.client("s3")
def handler(event, context):
    found = [{"key": record["s3"]["object"]["key"]} for record in event["Records"]]
    TEST
    s3.put_object(Bucket="b", Key="out/" + found[0]["key"])
"""


def test_that_there_are_records_says_nothing_of_their_keys() -> None:
    for test, told in (
        ("if not found: return", ""),
        ("if len(found) == 0: return", ""),
        # That something else is there says no more.
        ("if not found: return\n    valid = checked(found)\n    if not valid: return", ""),
        ('if found[0]["key"].endswith(".done"): return', 'found[0]["key"].endswith(".done")'),
    ):
        site = python(COLLECTS.replace("TEST", test)).calls[0]
        assert _told(site, site, "s3") == told
