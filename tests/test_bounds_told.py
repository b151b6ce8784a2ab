"""What is told as the bound of a loop changes from round to round: no name alone, no mark that nobody sets."""

from __future__ import annotations

from pathlib import Path

import pytest
from handler_code import javascript, python

from recursion_lint.code.asked_parts import never_set, told_by
from recursion_lint.code.ending_tests import deciding, says_nothing
from recursion_lint.model.report import Report
from recursion_lint.run.lint import lint

TEMPLATE = """\
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  Polls:
    Type: AWS::SQS::Queue
  Poll:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: .
      Environment:
        Variables:
          QUEUE_URL: !Ref Polls
          NAME: "20"
      Policies:
        - SQSSendMessagePolicy:
            QueueName: !GetAtt Polls.QueueName
      Events:
        Sent:
          Type: SQS
          Properties:
            Queue: !GetAtt Polls.Arn
"""
CODE = """\
import json, os, boto3
MOST = int(os.environ["MAX_PAGES_PER_INVOCATION"])

def handler(event, context):
    state = json.loads(event["Records"][0]["body"])
    pages = BEGIN
    while more(state):
        pages += 1
    if pages < MOST:
        again = json.dumps({"pages": pages + 1})
        boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody=again)
"""


def _report(folder: Path, name: str, code: str = "") -> Report:
    (folder / "template.yaml").write_text(TEMPLATE.replace("NAME", name))
    if code:
        (folder / "app.py").write_text(code)
    report = lint([str(folder / "template.yaml")])
    assert [one.rule for one in report.findings] == ["sqs-loop"]
    return report


def test_a_variable_that_no_code_is_read_of_bounds_nothing_by_its_name(tmp_path: Path) -> None:
    first = _report(tmp_path, "MAX_PAGES_PER_INVOCATION").findings[0].remedies[0]
    assert "MAX_PAGES_PER_INVOCATION" not in first.title
    assert "RecursiveLoop" not in first.title
    assert first.title.startswith("If Poll (code not found) never sends to Polls")
    assert "(look at what the code compares with MAX_PAGES_PER_INVOCATION, template.yaml:15)" in first.steps
    assert "look at" not in _report(tmp_path, "PAGE_SIZE").findings[0].remedies[0].steps


def test_a_maximum_of_what_one_round_counts_by_itself_is_no_bound(tmp_path: Path) -> None:
    anew = _report(tmp_path, "MAX_PAGES_PER_INVOCATION", CODE.replace("BEGIN", "0")).findings[0]
    assert not any(one.id == "accept-bounded" for one in anew.remedies)
    carried = _report(tmp_path, "MAX_PAGES_PER_INVOCATION", CODE.replace("BEGIN", 'state["pages"]'))
    first = carried.findings[0].remedies[0]
    assert first.title == "Accept the finding if the test at app.py:9 ends the loop: pages < MOST"


COUNTS = """
import os, time, boto3
def handler(event, context):
    begun, rounds = time.time(), 0
    for one in event["Records"]:
        rounds += 1
    if TEST:
        boto3.client("lambda").invoke(FunctionName="f")
"""


@pytest.mark.parametrize(
    ("test", "nothing"),
    [
        ('rounds < int(os.environ["MAX_ROUNDS"])', True),
        ("rounds < 5", True),
        ('event["rounds"] < int(os.environ["MAX_ROUNDS"])', False),
        ('time.time() - begun < int(os.environ["MAX_SECONDS"])', False),
    ],
)
def test_what_a_round_counts_anew_says_nothing(test: str, nothing: bool) -> None:
    site = python(COUNTS.replace("TEST", test)).calls[0]
    guard = next(one for one in site.guards if one.text == test)
    assert says_nothing(guard, site) is nothing


WORKER = """
const AWS = require("aws-sdk");
exports.handler = async (event) => {
  const body = JSON.parse(event.Records[0].body);
  if (body.flag === "DONE") {
    return;
  }
  const table = new AWS.DynamoDB.DocumentClient();
  const query = { TableName: "work", KeyConditionExpression: "id = :id", ExpressionAttributeValues: { ":id": body.id } };
  const found = (await table.query(query).promise()).Items[0];
  const answer = await new AWS.Lambda().invoke({ FunctionName: found.next, Payload: "{}" }).promise();
  const data = JSON.parse(answer.Payload);
  if (TEST) {
    await table.put({ TableName: "work", Item: ITEM }).promise();
    await new AWS.SQS().sendMessage({ QueueUrl: "q", MessageBody: JSON.stringify(found) }).promise();
  }
};
"""


@pytest.mark.parametrize(
    ("item", "told"),
    [
        ("{ id: body.id, state: data.state }", ""),
        ("{ id: body.id, flag: data.state }", "body.flag === 'DONE'"),
        ('{ id: body.id, state: "DONE" }', "body.flag === 'DONE'"),
        # Nobody knows what is in there.
        ("made(data)", "body.flag === 'DONE'"),
    ],
)
def test_a_mark_that_nobody_sets_ends_nothing(item: str, told: str) -> None:
    calls = javascript(WORKER.replace("ITEM", item).replace("TEST", "true")).calls
    site = next(one for one in calls if one.operation == "sqs.SendMessage")
    found = deciding(site, site, "sqs", (), (), told_by(calls))
    assert (found.text.replace('"', "'") if found is not None else "") == told
    # What another function writes is not known.
    other = next(one for one in calls if one is not site)
    assert deciding(site, other, "sqs", (), (), told_by(calls)) is not None


def test_what_the_work_answers_goes_before_a_mark() -> None:
    calls = javascript(WORKER.replace("ITEM", "made(data)").replace("TEST", "data !== null")).calls
    site = next(one for one in calls if one.operation == "sqs.SendMessage")
    found = deciding(site, site, "sqs")
    assert found is not None
    assert found.text == "data !== null"


def test_a_mark_that_lets_the_write_through_is_none_that_holds_it_back() -> None:
    source = "import boto3\ndef handler(event, context):\n    if TEST:\n        boto3.client('sns').publish(TopicArn='t')\n"
    for test, never in (
        ('event["flag"] != "END"', True),
        ('not event["flag"] == "END"', True),
        ('event["flag"] == "GO"', False),
        ('event["flag"] != other', False),
    ):
        guard = python(source.replace("TEST", test)).calls[0].guards[0]
        assert never_set(guard, ()) is never, test
        assert not never_set(guard, ("flag",))


READS = """\
import boto3
s3 = boto3.client("s3")
def handler(event, context):
    bucket = event["Records"][0]["s3"]["bucket"]["name"]
    key = event["Records"][0]["s3"]["object"]["key"]
    try:
        CALL
    except Exception:
        BACK
    WRITE
"""
BUCKET = """\
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  Photos:
    Type: AWS::S3::Bucket
  Shrink:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: .
      Policies:
        - S3CrudPolicy: {BucketName: !Ref Photos}
      Events:
        Put:
          Type: S3
          Properties: {Bucket: !Ref Photos, Events: "s3:ObjectCreated:*"}
"""


def test_a_read_that_is_refused_is_no_guard_but_an_answer_that_nothing_is_there_is(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(BUCKET)
    put = 's3.put_object(Bucket=bucket, Key=key + ".jpg", Body=b"")'
    for back, write, told in (
        ("return", put, ()),
        (put, "return", ("the code writes only if s3.HeadObject is refused",)),
    ):
        code = READS.replace("BACK", back).replace("WRITE", write)
        (tmp_path / "app.py").write_text(code.replace("CALL", "s3.head_object(Bucket=bucket, Key=key)"))
        found = next(one for one in lint([str(tmp_path / "template.yaml")]).findings if one.rule == "s3-loop")
        assert found.guards == told
