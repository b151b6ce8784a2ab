"""Conditions on what is known before the handler runs: who sends the event, what it holds, what variables are set to."""

from __future__ import annotations

from pathlib import Path

import pytest

from recursion_lint.code.calls import Concatenation, Environment, EventPath, Literal, Value
from recursion_lint.code.event_forms import always, present
from recursion_lint.code.fixed_texts import bordered, equal_texts, holds_text, split_at
from recursion_lint.code.values import NOTHING
from recursion_lint.config import Config
from recursion_lint.run.lint import lint

FUNCTION = """\
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: %s
      Handler: app.handler
      CodeUri: .
      Environment:
        Variables: {%s}
      Policies:
        - %s
      Events:
        E: {Type: %s, Properties: {%s}}
"""
S3 = (
    "  Uploads: {Type: AWS::S3::Bucket}\n  Other: {Type: AWS::S3::Bucket}\n",
    "S3CrudPolicy: {BucketName: !Ref Uploads}",
    "S3",
    "Bucket: !Ref Uploads, Events: 's3:ObjectCreated:*'",
)
SQS = (
    "  Jobs: {Type: AWS::SQS::Queue}\n  Other: {Type: AWS::SQS::Queue}\n",
    "SQSSendMessagePolicy: {QueueName: !GetAtt Jobs.QueueName}",
    "SQS",
    "Queue: !GetAtt Jobs.Arn",
)
SNS = (
    "  News: {Type: AWS::SNS::Topic}\n  Other: {Type: AWS::SNS::Topic}\n",
    "SNSPublishMessagePolicy: {TopicName: !GetAtt News.TopicName}",
    "SNS",
    "Topic: !Ref News",
)
TABLE = (
    """\
  Items:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{AttributeName: pk, AttributeType: S}]
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
      BillingMode: PAY_PER_REQUEST
      StreamSpecification: {StreamViewType: %s}
  Other: {Type: AWS::DynamoDB::Table}
""",
    "DynamoDBCrudPolicy: {TableName: !Ref Items}",
    "DynamoDB",
    "Stream: !GetAtt Items.StreamArn, StartingPosition: LATEST",
)
Channel = tuple[str, str, str, str]
PYTHON = """\
import boto3, os
s3, sqs, sns = boto3.client("s3"), boto3.client("sqs"), boto3.client("sns")
table = boto3.resource("dynamodb").Table(os.environ.get("TABLE"))
SET = os.environ["SET"]
def handler(event, context):
    for r in event["Records"]:
        %s
        %s
"""
JAVASCRIPT = """\
const AWS = require("aws-sdk"), s3 = new AWS.S3(), sqs = new AWS.SQS(), sns = new AWS.SNS();
const doc = new AWS.DynamoDB.DocumentClient(), SET = process.env.SET;
exports.handler = async (event) => {
  for (const r of event.Records) {
    %s
    %s
  }
};
"""
WRITES = {
    "S3": (
        's3.put_object(Bucket=r["s3"]["bucket"]["name"], Key="x", Body=b"")',
        "await s3.putObject({ Bucket: r.s3.bucket.name, Key: 'x' }).promise();",
    ),
    "SQS": (
        'sqs.send_message(QueueUrl=os.environ["URL"], MessageBody="x")',
        "await sqs.sendMessage({ QueueUrl: process.env.URL, MessageBody: 'x' }).promise();",
    ),
    "SNS": (
        'sns.publish(TopicArn=r["Sns"]["TopicArn"], Message="x")',
        "await sns.publish({ TopicArn: r.Sns.TopicArn, Message: 'x' }).promise();",
    ),
    "DynamoDB": (
        'table.put_item(Item={"pk": r["eventID"]})',
        "await doc.put({ TableName: process.env.TABLE, Item: { pk: r.eventID } }).promise();",
    ),
}
NAMES = {"S3": "NONE: x", "SQS": "URL: !Ref Jobs", "SNS": "NONE: x", "DynamoDB": "TABLE: !Ref Items"}
HEAD = "Transform: AWS::Serverless-2016-10-31\nParameters: {Given: {Type: String}}\nResources:\n"


def verdict(folder: Path, channel: Channel, given: str, test: str, python: bool, view: str = "") -> str:
    """What the code says of the loop, where it goes to the next record if ``test`` holds."""
    resources, policy, kind, source = channel
    resources = resources % (view or "NEW_AND_OLD_IMAGES") if kind == "DynamoDB" else resources
    runtime = "python3.13" if python else "nodejs22.x"
    variables = f"{NAMES[kind]}, SET: {given}"
    (folder / "template.yaml").write_text(
        HEAD + resources + FUNCTION % (runtime, variables, policy, kind, source), encoding="utf-8"
    )
    leaves = f"if {test}: continue" if python else f"if ({test}) continue;"
    code = (PYTHON if python else JAVASCRIPT) % (leaves, WRITES[kind][0 if python else 1])
    (folder / ("app.py" if python else "app.js")).write_text(code, encoding="utf-8")
    findings = lint(["template.yaml"], Config()).findings
    (code_of,) = {hop.code.verdict for one in findings for hop in one.hops if hop.code is not None}
    return code_of


SENDERS = [
    (S3, "!Ref Uploads", 'r["s3"]["bucket"]["name"] == SET', "r.s3.bucket.name === SET", "stops-itself"),
    (S3, "!Ref Uploads", 'r["s3"]["bucket"]["name"] != SET', "r.s3.bucket.name !== SET", "writes-back"),
    (S3, "!Ref Other", 'r["s3"]["bucket"]["name"] == SET', "r.s3.bucket.name === SET", "writes-back"),
    (S3, "!Ref Other", 'r["s3"]["bucket"]["name"] != SET', "r.s3.bucket.name !== SET", "stops-itself"),
    (S3, "!Ref Given", 'r["s3"]["bucket"]["name"] == SET', "r.s3.bucket.name === SET", "conditional"),
    (S3, "!Ref Given", 'r["s3"]["bucket"]["name"] != SET', "r.s3.bucket.name !== SET", "conditional"),
    (
        S3,
        "!Sub '${Uploads},${Other}'",
        'r["s3"]["bucket"]["name"] not in SET',
        "!SET.includes(r.s3.bucket.name)",
        "writes-back",
    ),
    (SQS, "!GetAtt Jobs.Arn", 'r["eventSourceARN"] == SET', "r.eventSourceARN === SET", "stops-itself"),
    (SQS, "!GetAtt Jobs.Arn", 'r["eventSourceARN"] != SET', "r.eventSourceARN !== SET", "writes-back"),
    (SQS, "!GetAtt Other.Arn", 'r["eventSourceARN"] == SET', "r.eventSourceARN === SET", "writes-back"),
    # The ARN of a queue is never its URL.
    (SQS, "!Ref Jobs", 'r["eventSourceARN"] == SET', "r.eventSourceARN === SET", "writes-back"),
    (
        SQS,
        "!GetAtt Jobs.QueueName",
        'r["eventSourceARN"].split(":")[-1] == SET',
        "r.eventSourceARN.split(':').pop() === SET",
        "stops-itself",
    ),
    (
        SQS,
        "!GetAtt Jobs.QueueName",
        'not r["eventSourceARN"].endswith(SET)',
        "!r.eventSourceARN.endsWith(SET)",
        "writes-back",
    ),
    (
        SQS,
        "!Sub 'arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:${Jobs.QueueName}'",
        'r["eventSourceARN"] == SET',
        "r.eventSourceARN === SET",
        "stops-itself",
    ),
    (SQS, "x", 'r["eventSource"] == "aws:sqs"', "r.eventSource === 'aws:sqs'", "stops-itself"),
    (SQS, "x", 'r["eventSource"] != "aws:sqs"', "r.eventSource !== 'aws:sqs'", "writes-back"),
    (SNS, "!Ref News", 'r["Sns"]["TopicArn"] == SET', "r.Sns.TopicArn === SET", "stops-itself"),
    (SNS, "!Ref News", 'r["Sns"]["TopicArn"] != SET', "r.Sns.TopicArn !== SET", "writes-back"),
    (SNS, "!Ref Other", 'r["Sns"]["TopicArn"] == SET', "r.Sns.TopicArn === SET", "writes-back"),
    (TABLE, "!Ref Items", 'SET in r["eventSourceARN"]', "r.eventSourceARN.includes(SET)", "stops-itself"),
    (TABLE, "!Ref Items", 'SET not in r["eventSourceARN"]', "!r.eventSourceARN.includes(SET)", "writes-back"),
    (
        TABLE,
        "!GetAtt Items.Arn",
        'not r["eventSourceARN"].startswith(SET)',
        "!r.eventSourceARN.startsWith(SET)",
        "writes-back",
    ),
    (
        TABLE,
        "!Ref Items",
        'r["eventSourceARN"].split("/")[1] == SET',
        "r.eventSourceARN.split('/')[1] === SET",
        "stops-itself",
    ),
    (TABLE, "!Ref Other", 'SET in r["eventSourceARN"]', "r.eventSourceARN.includes(SET)", "conditional"),
    (SQS, "x", '"Records" not in event', "!event.Records", "writes-back"),
    (SQS, "x", 'event.get("Records")', "event.Records", "stops-itself"),
    (SQS, "x", '"httpMethod" in event', "event.httpMethod", "writes-back"),
    (SQS, "x", '"httpMethod" not in event', "!event.httpMethod", "stops-itself"),
    # There is an event, and it has a record at least.
    (SQS, "x", "not event", "!event", "writes-back"),
    (SQS, "x", "event", "event", "stops-itself"),
    (SNS, "x", "event is None", "event == null", "writes-back"),
    (TABLE, "x", "event is not None", "event !== undefined", "stops-itself"),
    (S3, "x", 'len(event["Records"]) == 0', "event.Records.length === 0", "writes-back"),
    (S3, "x", 'not len(event["Records"])', "!event.Records.length", "writes-back"),
    (S3, "x", 'len(event["Records"]) > 0', "event.Records.length > 0", "stops-itself"),
    (S3, "x", 'len(event["Records"]) > 1', "event.Records.length > 1", "conditional"),
]


@pytest.mark.parametrize("python", [True, False], ids=["python", "javascript"])
@pytest.mark.parametrize(("channel", "given", "test", "in_javascript", "expected"), SENDERS)
def test_who_sends_the_event(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    channel: Channel,
    given: str,
    test: str,
    in_javascript: str,
    expected: str,
    python: bool,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert verdict(tmp_path, channel, given, test if python else in_javascript, python) == expected


IMAGES = [
    ("NEW_IMAGE", '"OldImage" in r["dynamodb"]', "r.dynamodb.OldImage", "writes-back"),
    ("KEYS_ONLY", '"OldImage" in r["dynamodb"]', "'OldImage' in r.dynamodb", "writes-back"),
    ("OLD_IMAGE", '"OldImage" in r["dynamodb"]', "r.dynamodb.OldImage", "conditional"),
    ("NEW_AND_OLD_IMAGES", '"OldImage" in r["dynamodb"]', "r.dynamodb.OldImage", "conditional"),
    ("!Ref Given", '"OldImage" in r["dynamodb"]', "r.dynamodb.OldImage", "conditional"),
    ("NEW_IMAGE", 'not r["dynamodb"].get("OldImage")', "!r.dynamodb.OldImage", "stops-itself"),
    ("OLD_IMAGE", '"NewImage" not in r["dynamodb"]', "!r.dynamodb.NewImage", "stops-itself"),
    ("KEYS_ONLY", 'r["dynamodb"].get("NewImage") is None', "!r.dynamodb.NewImage", "stops-itself"),
    ("KEYS_ONLY", '"Keys" not in r["dynamodb"]', "!r.dynamodb.Keys", "writes-back"),
    # Images stand one level below: in the record itself they never are.
    ("NEW_AND_OLD_IMAGES", '"OldImage" not in r', "!r.OldImage", "stops-itself"),
    ("NEW_AND_OLD_IMAGES", '"OldImage" in r', "r.OldImage", "writes-back"),
]


@pytest.mark.parametrize("python", [True, False], ids=["python", "javascript"])
@pytest.mark.parametrize(("view", "test", "in_javascript", "expected"), IMAGES)
def test_images_that_a_stream_shows(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    view: str,
    test: str,
    in_javascript: str,
    expected: str,
    python: bool,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert verdict(tmp_path, TABLE, "x", test if python else in_javascript, python, view) == expected


# --- texts of fixed parts ----------------------------------------------------------------------------------------

STACK, ONE, TWO = (Environment(f"template:{name}") for name in ("pseudo Stack", "random One", "random Two"))
GIVEN, ANY = Environment("template:parameter Given"), EventPath(("x",))


def text(*parts: str | Value) -> Value:
    return Concatenation(tuple(Literal(part) if isinstance(part, str) else part for part in parts))


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (text(STACK, "-a-", ONE), text(STACK, "-a-", ONE), True),
        (text(STACK, "-a-", ONE), text(STACK, "-b-", ONE), False),
        (text(STACK, "-a-", ONE), text(STACK, "-a-", TWO), False),
        (text(STACK, "-a-", ONE), text(STACK, "-a-", GIVEN), None),
        (text(STACK, "-a"), STACK, False),
        (text(GIVEN, ONE), GIVEN, None),
        (text("a/", ANY), text("b/", ANY), False),
        (text("a/", ANY), text("a/", ANY), None),
        (text("a", ANY, "b"), Literal("ab"), None),
        (text("ab", ANY, "b"), Literal("ab"), False),
        (text("ab", ANY, "c"), text("ab", GIVEN, "d"), False),
        (GIVEN, Literal("a"), None),
        (GIVEN, GIVEN, True),
    ],
)
def test_texts_are_the_same(first: Value, second: Value, expected: bool | None) -> None:
    assert equal_texts(first, second) is equal_texts(second, first) is expected


@pytest.mark.parametrize(
    ("whole", "border", "begins", "ends"),
    [
        (text(GIVEN, "/", ANY), GIVEN, True, None),
        (text(ANY, "/", GIVEN), GIVEN, None, True),
        (text(GIVEN, "/", ANY), text(GIVEN, "/a"), None, None),
        (text(GIVEN, "/b", ANY), text(GIVEN, "/a"), False, None),
        (text("b", ANY, "b"), text("a", GIVEN), False, None),
        (STACK, text(STACK, "-a"), False, None),
        (text("ab", ANY, "bc"), Literal("a"), True, False),
        (Literal("abc"), Literal("bc"), False, True),
    ],
)
def test_how_texts_begin_and_end(whole: Value, border: Value, begins: bool | None, ends: bool | None) -> None:
    assert (bordered(whole, border, True), bordered(whole, border, False)) == (begins, ends)


@pytest.mark.parametrize(
    ("whole", "part", "expected"),
    [
        (text("a:", STACK, "-b-", ONE, "/c"), text(STACK, "-b-", ONE), True),
        (text("a:", STACK, "-b-", ONE, "/c"), text("a:", STACK), True),
        (text("a:", STACK, "-b-", ONE, "/c"), text(":", STACK, "-b"), True),
        (text("a:", STACK, "-b-", ONE, "/c"), text("b:", STACK), None),
        (text("a:", STACK, "-b-", ONE, "/c"), text(STACK, "-c"), None),
        (text("a", ANY), ANY, None),
    ],
)
def test_a_text_in_another(whole: Value, part: Value, expected: bool | None) -> None:
    assert holds_text(whole, part) is expected


def test_the_pieces_of_a_text() -> None:
    assert split_at(text("a:", STACK, "-b:", ONE), ":") == (
        [Literal("a"), text(STACK, "-b"), text(ONE)],
        True,
    )
    # What a parameter holds may have a colon of its own, and letters may stand in any name.
    assert split_at(text("a:b", GIVEN, ":c"), ":") == ([Literal("a"), Literal("b")], False)
    assert split_at(text("a-b", STACK), "-") == ([Literal("a"), Literal("b")], False)


def test_what_events_hold() -> None:
    assert always(("Records", "[]", "eventSource"), "sqs", "") == Literal("aws:sqs")
    assert always(("Records", "[]", "EventSource"), "sns", "") == Literal("aws:sns")
    assert always(("Records", "[]", "eventSource"), "sns", "") is None
    assert always(("requestContext",), "s3", "") == NOTHING
    assert always(("requestContext",), "lambda", "") is None
    assert always(("Records", "[]", "dynamodb", "OldImage", "a"), "dynamodb", "NEW_IMAGE") == NOTHING
    assert always(("Records", "[]", "dynamodb", "OldImage"), "dynamodb", "") is None
    assert always(("Records", "[]", "dynamodb", "OldImage"), "kinesis", "NEW_IMAGE") is None
    assert present(("Records",), "sqs") is True
    assert present(("Records", "[]", "body"), "sqs") is True
    assert present(("Records", "[]", "body"), "sns") is None
    assert present(("Records",), "events") is None


# --- keys by parameters --------------------------------------------------------------------------------------------

PREFIXES = """\
Transform: AWS::Serverless-2016-10-31
Parameters:
  In: {Type: String, Default: %s}
  Out: {Type: String, Default: %s}
  Free: {Type: String}
Resources:
  Uploads: {Type: AWS::S3::Bucket}
"""
FILTERED = "Bucket: !Ref Uploads, Events: 's3:ObjectCreated:*', Filter: {S3Key: {Rules: [{Name: prefix, Value: %s}]}}"
KEYS = {
    True: """\
import boto3, os
s3 = boto3.client("s3")
def handler(event, context):
    for r in event["Records"]:
        s3.put_object(Bucket=os.environ["BUCKET"], Key=f"{os.environ['OUT']}/{context.aws_request_id}", Body=b"")
""",
    False: """\
const AWS = require("aws-sdk"), s3 = new AWS.S3();
exports.handler = async (event, context) => {
  for (const r of event.Records) {
    await s3.putObject({ Bucket: process.env.BUCKET, Key: `${process.env.OUT}/${context.awsRequestId}` }).promise();
  }
};
""",
}


@pytest.mark.parametrize("python", [True, False], ids=["python", "javascript"])
@pytest.mark.parametrize(
    ("defaults", "prefix", "variable", "expected"),
    [
        (("in", "out"), "!Ref In", "!Ref Out", ("conditional", "info")),
        (("in", "in"), "!Ref In", "!Ref Out", ("writes-back", "error")),
        (("in", "out"), "!Ref In", "!Ref In", ("writes-back", "error")),
        (("in", "out"), "!Sub '${In}/'", "!Ref In", ("writes-back", "error")),
        (("in", "out"), "!Sub '${In}/raw/'", "!Sub '${In}/done'", ("elsewhere", "info")),
        (("in", "out"), "!Sub '${In}/raw/'", "!Sub '${In}/raw'", ("writes-back", "error")),
        (("in", "out"), "in/", "!Ref Out", ("conditional", "info")),
        (("in", "out"), "out/", "!Ref Out", ("writes-back", "error")),
        (("in", "out"), "!Ref Free", "!Ref Out", ("conditional", "warning")),
        (("in", "out"), "!Ref In", "!Ref Free", ("conditional", "warning")),
    ],
)
def test_prefixes_that_parameters_give(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    defaults: tuple[str, str],
    prefix: str,
    variable: str,
    expected: tuple[str, str],
    python: bool,
) -> None:
    monkeypatch.chdir(tmp_path)
    _, policy, kind, _ = S3
    variables = f"BUCKET: !Ref Uploads, OUT: {variable}"
    runtime = "python3.13" if python else "nodejs22.x"
    worker = FUNCTION % (runtime, variables, policy, kind, FILTERED % prefix)
    (tmp_path / "template.yaml").write_text(PREFIXES % defaults + worker, encoding="utf-8")
    (tmp_path / ("app.py" if python else "app.js")).write_text(KEYS[python], encoding="utf-8")
    found = [
        (hop.code.verdict, one.severity)
        for one in lint(["template.yaml"], Config()).findings
        for hop in one.hops
        if hop.code is not None
    ]
    assert found == [expected]


MOVES = {
    True: """\
import boto3, re
s3 = boto3.client("s3")
def handler(event, context):
    for r in event["Records"]:
        bucket, key = r["s3"]["bucket"]["name"], r["s3"]["object"]["key"]
        s3.copy_object(Bucket=bucket, Key=%s, CopySource={"Bucket": bucket, "Key": key})
""",
    False: """\
const AWS = require("aws-sdk"), s3 = new AWS.S3();
exports.handler = async (event) => {
  for (const r of event.Records) {
    const bucket = r.s3.bucket.name, key = r.s3.object.key;
    await s3.copyObject({ Bucket: bucket, Key: %s, CopySource: bucket + "/" + key }).promise();
  }
};
""",
}


@pytest.mark.parametrize(
    ("python", "key", "expected"),
    [
        (True, 'key.replace("raw/", "clean/")', "elsewhere"),
        (True, 'key.replace("raw/", "clean/", 1)', "elsewhere"),
        (True, 'key.replace("raw", "clean")', "elsewhere"),
        (True, 'key.replace("raw/", "raw/clean/") + ".gz"', "elsewhere"),
        (True, 'key.replace("raw/", "raw/clean/") + ".csv"', "writes-back"),
        (True, 'key.replace("aw/", "ow/")', "elsewhere"),
        (True, 'key.replace("in/", "out/")', "conditional"),
        (True, 'key.replace("", "out/")', "conditional"),
        (True, 're.sub("^raw/", "clean/", key)', "elsewhere"),
        (True, 're.sub("^aw/", "clean/", key)', "conditional"),
        (True, 're.sub("^raw/", r"\\g<0>x", key)', "conditional"),
        (True, 'key.replace(".csv", ".json")', "elsewhere"),
        (True, 'key.replace(".csv", ".json", 1)', "conditional"),
        (True, 're.sub(r"\\.csv$", ".json", key)', "elsewhere"),
        (True, 're.sub(r".csv$", ".json", key)', "conditional"),
        (False, 'key.replace("raw/", "clean/")', "elsewhere"),
        (False, 'key.replace("raw/", "$`")', "conditional"),
        (False, "key.replace(/^raw\\//, 'clean/')", "elsewhere"),
        (False, "key.replace(/^raw\\//m, 'clean/')", "conditional"),
        (False, "key.replace(/\\.csv$/, '.json')", "elsewhere"),
        # Only the first of several is replaced: "a.csv.csv" ends as before.
        (False, 'key.replace(".csv", ".json")', "conditional"),
    ],
)
def test_a_key_with_its_folder_or_extension_replaced(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, python: bool, key: str, expected: str
) -> None:
    monkeypatch.chdir(tmp_path)
    resources, policy, kind, _ = S3
    rules = "{Name: prefix, Value: raw/}, {Name: suffix, Value: .csv}"
    source = f"Bucket: !Ref Uploads, Events: 's3:ObjectCreated:*', Filter: {{S3Key: {{Rules: [{rules}]}}}}"
    worker = FUNCTION % ("python3.13" if python else "nodejs22.x", "A: b", policy, kind, source)
    (tmp_path / "template.yaml").write_text(HEAD + resources + worker, encoding="utf-8")
    (tmp_path / ("app.py" if python else "app.js")).write_text(MOVES[python] % key, encoding="utf-8")
    found = [hop.code for one in lint(["template.yaml"], Config()).findings for hop in one.hops if hop.code]
    assert [one.verdict for one in found] == [expected]
