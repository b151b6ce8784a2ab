"""What a handler's code says about a loop: targets, content and conditions against the template."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent, indent

import pytest

from recursion_lint.config import Config
from recursion_lint.model.findings import Finding, HopCode
from recursion_lint.run.lint import lint, remedied

HEAD = "Transform: AWS::Serverless-2016-10-31\nResources:\n"
Lint = Callable[..., list[Finding]]


@pytest.fixture
def linted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lint:
    """The findings on a template with the code of its function beside it, in the current folder."""
    monkeypatch.chdir(tmp_path)

    def found(template: str, text: str, name: str = "src/app.py", **config: bool) -> list[Finding]:
        Path("template.yaml").write_text(template, encoding="utf-8")
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(dedent(text), encoding="utf-8")
        return list(lint(["template.yaml"], Config(**config)).findings)

    return found


def function(events: str, policies: str, variables: str = "", uri: str = "src/") -> str:
    text = f"""\
Worker:
  Type: AWS::Serverless::Function
  Properties:
    Runtime: python3.13
    Handler: app.handler
    CodeUri: {uri}
    Environment:
      Variables:
        NONE: x
{indent(dedent(variables), " " * 8)}
    Policies:
{indent(dedent(policies), " " * 6)}
    Events:
      Source:
{indent(dedent(events), " " * 8)}
"""
    return indent(text, "  ")


QUEUES = "  Jobs: {Type: AWS::SQS::Queue}\n  Results: {Type: AWS::SQS::Queue}\n"
FROM_JOBS = "Type: SQS\nProperties: {Queue: !GetAtt Jobs.Arn}\n"
MAY_SEND = "- SQSSendMessagePolicy: {QueueName: !GetAtt Jobs.QueueName}\n"
SEND = """\
    import boto3, os
    sqs = boto3.client("sqs")
    def handler(event, context):
        sqs.send_message(QueueUrl=%s, MessageBody="again")
    """


def code_of(findings: list[Finding]) -> HopCode:
    """What the code says of the one loop."""
    (code,) = (hop.code for finding in findings for hop in finding.hops if hop.code is not None)
    return code


@pytest.mark.parametrize(
    ("target", "variables", "verdict", "severity"),
    [
        ('os.environ["URL"]', "URL: !Ref Jobs", "writes-back", "error"),
        ('os.environ["URL"]', "URL: !Ref Results", "elsewhere", "info"),
        ('os.environ["URL"]', "URL: !GetAtt Jobs.Arn", "writes-back", "error"),
        ('os.environ["URL"]', "URL: !Sub '${Jobs}'", "writes-back", "error"),
        ('os.environ["URL"]', "URL: !If [Prod, !Ref Jobs, !Ref Results]", "conditional", "warning"),
        ('os.environ["URL"]', "URL: !Ref Given", "may", "warning"),
        ('os.environ["OTHER"]', "URL: !Ref Jobs", "may", "error"),
        ('os.getenv("URL", "nowhere")', "URL: !Ref Jobs", "writes-back", "error"),
        (
            'sqs.get_queue_url(QueueName=os.environ["N"])["QueueUrl"]',
            "N: !GetAtt Results.QueueName",
            "elsewhere",
            "info",
        ),
        (
            'sqs.get_queue_url(QueueName=os.environ["N"])["QueueUrl"]',
            "N: !GetAtt Jobs.QueueName",
            "writes-back",
            "error",
        ),
        ('"https://sqs.eu-west-1.amazonaws.com/1234/some-queue"', "", "elsewhere", "info"),
        ("event['url']", "", "may", "warning"),
        (
            """sqs.get_queue_url(QueueName=event["Records"][0]["eventSourceARN"].split(":")[-1])["QueueUrl"]""",
            "",
            "writes-back",
            "error",
        ),
        (
            """"https://sqs.eu-west-1.amazonaws.com/1/" + event["Records"][0]["eventSourceARN"].split(":")[5]""",
            "",
            "writes-back",
            "error",
        ),
        (
            """sqs.get_queue_url(QueueName=event["Records"][0]["eventSourceARN"].split(":")[6])["QueueUrl"]""",
            "",
            "may",
            "warning",
        ),
        (
            """sqs.get_queue_url(QueueName=event["Records"][0]["messageId"].split(":")[-1])["QueueUrl"]""",
            "",
            "may",
            "warning",
        ),
        (
            """sqs.get_queue_url(QueueName=os.environ["ARN"].split(":")[5])["QueueUrl"]""",
            "ARN: !GetAtt Results.Arn",
            "elsewhere",
            "info",
        ),
    ],
)
def test_targets_of_a_queue(linted: Lint, target: str, variables: str, verdict: str, severity: str) -> None:
    head = "Parameters: {Given: {Type: String}}\nConditions: {Prod: !Equals [!Ref Given, prod]}\n"
    found = linted(head + HEAD + QUEUES + function(FROM_JOBS, MAY_SEND, variables), SEND % target)
    assert (code_of(found).verdict, found[0].severity) == (verdict, severity)


def test_the_hop_tells_file_line_call_and_what_was_read(linted: Lint) -> None:
    found = linted(
        HEAD + QUEUES + function(FROM_JOBS, MAY_SEND, "URL: !Ref Jobs"), SEND % 'os.environ["URL"]'
    )
    code = code_of(found)
    assert code.span is not None
    assert (code.span.file, code.span.line, code.call) == ("src/app.py", 4, "sqs.send_message")
    assert (code.target, code.read) == ("URL", ("src/app.py",))
    (hop,) = (hop for hop in found[0].hops if hop.code is not None)
    assert hop.evidence == "coded"


def test_without_code_permissions_decide(linted: Lint) -> None:
    template = HEAD + QUEUES + function(FROM_JOBS, MAY_SEND)
    (found,) = linted(template, "def handler(event, context): pass", code=False)
    assert found.severity == "warning"
    assert all(hop.code is None for hop in found.hops)
    (found,) = linted(template, "def handler(event, context): pass")
    assert found.severity == "info"


@pytest.mark.parametrize(
    ("code", "verdict", "severity"),
    [
        ("def handler(event, context):\n    pass", "never", "info"),
        ("import gone.module\ndef handler(event, context):\n    gone.module.run()", "unread", "warning"),
        ("def handler(event, context)\n    pass", "unread", "warning"),
        ("def other(event, context):\n    pass", "unread", "warning"),
        (
            "import boto3\ndef unused():\n    boto3.client('sqs').send_message()\ndef handler(event, context):\n    pass",
            "never",
            "info",
        ),
        (
            "import boto3\ndef handler(event, context):\n    getattr(boto3.client('sqs'), event['do'])()",
            "unread",
            "warning",
        ),
        (
            "import subprocess\ndef handler(event, context):\n    subprocess.run(event['words'])",
            "unread",
            "warning",
        ),
    ],
)
def test_never_needs_proof(linted: Lint, code: str, verdict: str, severity: str) -> None:
    found = linted(HEAD + QUEUES + function(FROM_JOBS, MAY_SEND), code)
    assert (code_of(found).verdict, found[0].severity) == (verdict, severity)


def test_a_name_that_no_way_leads_to_lowers_by_one_rung_only(linted: Lint) -> None:
    unused = "import boto3\ndef unused():\n    boto3.client('sqs').send_message()\ndef handler(event, context):\n    pass"
    template = HEAD + QUEUES + function(FROM_JOBS, MAY_SEND, "TARGET_QUEUE: !Ref Jobs")
    (found,) = linted(template, unused)
    assert "no way through the code" in found.because[0]
    assert found.hops[1].code is not None
    assert found.hops[1].code.span is not None


def test_a_guess_never_raises(linted: Lint) -> None:
    template = HEAD + QUEUES + function(FROM_JOBS, MAY_SEND, "URL: !Ref Jobs", uri="worker.zip")
    found = linted(template, SEND % 'os.environ["URL"]', name="worker/app.py")
    assert (code_of(found).verdict, found[0].severity) == ("conditional", "warning")
    assert "by name only" in code_of(found).reason


@pytest.mark.parametrize(("uri", "severity"), [("worker/", "error"), ("worker.zip", "info")])
def test_a_weak_grant_is_raised_by_code_that_is_surely_its_own(linted: Lint, uri: str, severity: str) -> None:
    anywhere = "- {Statement: [{Effect: Allow, Action: 'sqs:SendMessage', Resource: '*'}]}\n"
    template = HEAD + QUEUES + function(FROM_JOBS, anywhere, "URL: !Ref Jobs", uri=uri)
    found = linted(template, SEND % 'os.environ["URL"]', name="worker/app.py")
    assert found[0].severity == severity


BUCKET = "  Files: {Type: AWS::S3::Bucket, Properties: {BucketName: !Ref Name}}\n"
NAMED = "Parameters: {Name: {Type: String}}\n"
MAY_PUT = "- S3CrudPolicy: {BucketName: !Ref Name}\n"
PUT = """\
    import boto3, os, uuid
    s3 = boto3.client("s3")
    def handler(event, context):
        for record in event["Records"]:
            bucket, key = record["s3"]["bucket"]["name"], record["s3"]["object"]["key"]
            s3.put_object(Bucket=%s, Key=%s, Body=b"")
    """


def from_files(prefix: str = "", suffix: str = "") -> str:
    rules = [
        f"{{Name: {name}, Value: {value}}}"
        for name, value in (("prefix", prefix), ("suffix", suffix))
        if value
    ]
    filtered = f", Filter: {{S3Key: {{Rules: [{', '.join(rules)}]}}}}" if rules else ""
    return f"Type: S3\nProperties: {{Bucket: !Ref Files, Events: s3:ObjectCreated:*{filtered}}}\n"


@pytest.mark.parametrize(
    ("bucket", "key", "prefix", "suffix", "verdict"),
    [
        ("bucket", "key", "", "", "writes-back"),
        ("bucket", "key", "in/", ".csv", "writes-back"),
        ("bucket", '"out/" + key', "", "", "writes-back"),
        ("bucket", '"out/" + key', "in/", "", "elsewhere"),
        ("bucket", 'f"in/{uuid.uuid4()}"', "in/", "", "writes-back"),
        ("bucket", 'key + ".json"', "", ".csv", "elsewhere"),
        ("bucket", 'key.replace(".csv", ".json")', "", ".csv", "elsewhere"),
        ("bucket", 'key.replace(".csv", ".json", 1)', "", ".csv", "conditional"),
        ("bucket", 'key.rsplit(".", 1)[0] + ".json"', "", ".csv", "elsewhere"),
        ("bucket", 'key + ".json"', "in/", "", "writes-back"),
        ("bucket", 'key.split("/")[-1]', "in/", "", "elsewhere"),
        ("bucket", 'os.path.basename(key) + ".txt"', "in/", "", "elsewhere"),
        ("bucket", "str(uuid.uuid4())", "in/", "", "conditional"),
        ("bucket", 'os.path.join("out", key)', "in/", "", "elsewhere"),
        ("bucket", 'os.path.join("out", key)', "/in", "", "conditional"),
        ('bucket + "-small"', "key", "", "", "elsewhere"),
        ('os.environ["OUT"]', "key", "", "", "elsewhere"),
        ('os.environ["HERE"]', "key", "", "", "writes-back"),
        ('"some-literal"', "key", "", "", "may"),
    ],
)
def test_buckets_and_keys(
    linted: Lint, bucket: str, key: str, prefix: str, suffix: str, verdict: str
) -> None:
    variables = "OUT: !Ref Other\nHERE: !Ref Name\n"
    other = "  Other: {Type: AWS::S3::Bucket}\n"
    template = NAMED + HEAD + BUCKET + other + function(from_files(prefix, suffix), MAY_PUT, variables)
    assert code_of(linted(template, PUT % (bucket, key))).verdict == verdict


TABLE = """\
  Items:
    Type: AWS::DynamoDB::Table
    Properties:
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      StreamSpecification: {StreamViewType: NEW_IMAGE}
"""
MAY_CHANGE = "- DynamoDBCrudPolicy: {TableName: !Ref Items}\n"


def from_items(pattern: str) -> str:
    return f"""\
Type: DynamoDB
Properties:
  Stream: !GetAtt Items.StreamArn
  StartingPosition: LATEST
  FilterCriteria: {{Filters: [{{Pattern: '{pattern}'}}]}}
"""


UPDATES = 'update_item(Key={{"id": "{}"}}, UpdateExpression="ADD k :one")'
LIKE_ORDERS = '{"dynamodb": {"%s": {"%s": {"S": [{"prefix": "order-"}]}}}}'


@pytest.mark.parametrize(
    ("call", "pattern", "verdict"),
    [
        ('put_item(Item={"id": "1"})', '{"eventName": ["INSERT"]}', "stops-itself"),
        ('put_item(Item={"id": "1"})', '{"eventName": ["REMOVE"]}', "elsewhere"),
        ('delete_item(Key={"id": "1"})', '{"eventName": ["INSERT"]}', "elsewhere"),
        ('delete_item(Key={"id": "1"})', '{"eventName": ["REMOVE"]}', "stops-itself"),
        (
            'put_item(Item={"id": "1", "state": "done"})',
            '{"dynamodb": {"NewImage": {"state": {"S": ["new"]}}}}',
            "elsewhere",
        ),
        (
            'put_item(Item={"id": "1", "state": "new"})',
            '{"dynamodb": {"NewImage": {"state": {"S": ["new"]}}}}',
            "writes-back",
        ),
        (
            'update_item(Key={"id": "1"}, UpdateExpression="SET s = :s", ExpressionAttributeValues={":s": "done"})',
            '{"dynamodb": {"NewImage": {"s": {"S": ["new"]}}}}',
            "elsewhere",
        ),
        # The key of an item stands in its images, and that of one that is put in the item.
        (UPDATES.format("total"), LIKE_ORDERS % ("NewImage", "id"), "elsewhere"),
        (UPDATES.format("order-0"), LIKE_ORDERS % ("NewImage", "id"), "writes-back"),
        (UPDATES.format("total"), LIKE_ORDERS % ("NewImage", "n"), "conditional"),
        (UPDATES.format("total"), LIKE_ORDERS % ("Keys", "id"), "elsewhere"),
        ('put_item(Item={"id": "total", "n": "order-0"})', LIKE_ORDERS % ("Keys", "id"), "elsewhere"),
        ('put_item(Item={"id": "order-0", "n": "total"})', LIKE_ORDERS % ("Keys", "id"), "writes-back"),
        ('put_item(Item={"id": "total-" + event["n"]})', LIKE_ORDERS % ("NewImage", "id"), "elsewhere"),
        ('put_item(Item={"id": event["n"] + "-total"})', LIKE_ORDERS % ("NewImage", "id"), "conditional"),
    ],
)
def test_records_of_a_table(linted: Lint, call: str, pattern: str, verdict: str) -> None:
    code = f"""\
    import boto3, os
    table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
    def handler(event, context):
        table.{call}
    """
    template = HEAD + TABLE + function(from_items(pattern), MAY_CHANGE, "TABLE: !Ref Items")
    assert code_of(linted(template, code)).verdict == verdict


OWN, NEXT = 'r["dynamodb"]["Keys"]["id"]["S"]', 'r["dynamodb"]["OldImage"]["next"]["S"]'
INSERTS, CHANGES, REMOVES = (f'{{"eventName": ["{name}"]}}' for name in ("INSERT", "MODIFY", "REMOVE"))
ALL = '{"eventName": ["INSERT", "MODIFY", "REMOVE"]}'
ADD = ', UpdateExpression="ADD n :n", ExpressionAttributeValues={":n": 1}'


@pytest.mark.parametrize(
    ("call", "pattern", "verdict"),
    [
        # What is there is modified, whether it is the item that came or always the same.
        (f'update_item(Key={{"id": {OWN}}}{ADD})', INSERTS, "stops-itself"),
        (f'update_item(Key={{"id": "total"}}{ADD})', INSERTS, "stops-itself"),
        (f'update_item(Key={{"id": "x" + {OWN}}}{ADD})', INSERTS, "writes-back"),
        (f'update_item(Key={{"id": {OWN}}}{ADD})', CHANGES, "writes-back"),
        (f'update_item(Key={{"id": {OWN}}}{ADD})', ALL, "writes-back"),
        (f'put_item(Item={{"id": {OWN}, "n": 1}})', INSERTS, "stops-itself"),
        ('put_item(Item={"id": str(uuid.uuid4())})', INSERTS, "writes-back"),
        ('put_item(Item={"id": str(uuid.uuid4())})', CHANGES, "conditional"),
        ('put_item(Item={"id": "latest"})', CHANGES, "writes-back"),
        ("put_item(Item=made(r))", INSERTS, "conditional"),
        (f'batch_writer().put_item(Item={{"id": {OWN}}})', INSERTS, "stops-itself"),
        ('batch_writer().put_item(Item={"id": str(uuid.uuid4())})', INSERTS, "writes-back"),
        # What is deleted is not there to be deleted again.
        (f'delete_item(Key={{"id": {OWN}}})', REMOVES, "stops-itself"),
        (f'delete_item(Key={{"id": {OWN}}})', ALL, "stops-itself"),
        (f'delete_item(Key={{"id": {NEXT}}})', REMOVES, "conditional"),
        (f'delete_item(Key={{"id": "x" + {OWN}}})', REMOVES, "conditional"),
        (f'batch_writer().delete_item(Key={{"id": {OWN}}})', REMOVES, "stops-itself"),
        (f'delete_item(Key={{"id": {OWN}}}); table.put_item(Item={{"id": {OWN}}})', ALL, "writes-back"),
        (f'delete_item(Key={{"id": {OWN}}}); table.put_item(Item={{"id": {OWN}}})', REMOVES, "conditional"),
        (f'put_item(Item={{"id": {OWN}}}); table.delete_item(Key={{"id": {OWN}}})', REMOVES, "conditional"),
    ],
)
def test_what_is_there_is_not_inserted_and_what_is_gone_is_not_removed(
    linted: Lint, call: str, pattern: str, verdict: str
) -> None:
    code = f"""\
    import boto3, os, uuid
    from somewhere import made
    table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
    def handler(event, context):
        for r in event["Records"]:
            table.{call}
    """
    if "made" not in call:
        code = code.replace("    from somewhere import made\n", "")
    both = TABLE.replace("NEW_IMAGE", "NEW_AND_OLD_IMAGES")
    template = HEAD + both + function(from_items(pattern), MAY_CHANGE, "TABLE: !Ref Items")
    assert code_of(linted(template, code)).verdict == verdict


@pytest.mark.parametrize(
    ("command", "pattern", "verdict"),
    [
        ("UpdateCommand({TableName, Key: { id: r.dynamodb.Keys.id.S }, %s})", INSERTS, "stops-itself"),
        ("UpdateCommand({TableName, Key: { id: unmarshall(r.dynamodb.Keys).id }, %s})", INSERTS, "stops-itself"),
        ("UpdateCommand({TableName, Key: { id: r.dynamodb.NewImage.next.S }, %s})", INSERTS, "writes-back"),
        ("UpdateCommand({TableName, Key: { id: unmarshall(r.dynamodb.NewImage).id }, %s})", CHANGES, "writes-back"),
        ("PutCommand({TableName, Item: { id: 'latest', at: Date.now() }})", INSERTS, "stops-itself"),
        ("PutCommand({TableName, Item: { id: crypto.randomUUID() }})", INSERTS, "writes-back"),
        ("DeleteCommand({TableName, Key: { id: r.dynamodb.Keys.id.S }})", REMOVES, "stops-itself"),
        ("DeleteCommand({TableName, Key: { id: `${r.dynamodb.Keys.id.S}-copy` }})", REMOVES, "conditional"),
        ("DeleteItemCommand({TableName, Key: r.dynamodb.Keys})", REMOVES, "stops-itself"),
        ("BatchWriteCommand({RequestItems: {[TableName]: [{DeleteRequest: {Key: {id: r.dynamodb.Keys.id.S}}}]}})", REMOVES, "stops-itself"),
    ],
)  # fmt: skip
def test_what_is_there_is_not_inserted_in_javascript(
    linted: Lint, command: str, pattern: str, verdict: str
) -> None:
    change = "UpdateExpression: 'ADD n :n', ExpressionAttributeValues: { ':n': 1 }"
    code = f"""\
    const {{ DynamoDBDocumentClient, UpdateCommand, PutCommand, DeleteCommand, BatchWriteCommand }} = require("@aws-sdk/lib-dynamodb");
    const {{ DynamoDBClient, DeleteItemCommand }} = require("@aws-sdk/client-dynamodb");
    const {{ unmarshall }} = require("@aws-sdk/util-dynamodb");
    const table = DynamoDBDocumentClient.from(new DynamoDBClient({{}}));
    const TableName = process.env.TABLE;
    exports.handler = async (event) => {{
      for (const r of event.Records) await table.send(new {command.replace("%s", change)});
    }};
    """
    template = HEAD + TABLE + function(from_items(pattern), MAY_CHANGE, "TABLE: !Ref Items")
    template = template.replace("python3.13", "nodejs22.x")
    assert code_of(linted(template, code, "src/app.js")).verdict == verdict


@pytest.mark.parametrize(
    ("entry", "verdict"),
    [
        ('"Source": "shop", "DetailType": "sold", "Detail": json.dumps({"n": 1})', "writes-back"),
        ('"Source": "shop", "DetailType": "paid", "Detail": "{}"', "elsewhere"),
        ('"Source": event["source"], "DetailType": "sold", "Detail": "{}"', "conditional"),
        ('"Source": "shop", "DetailType": "sold", "Detail": "{}", "EventBusName": "other"', "elsewhere"),
    ],
)
def test_events_on_a_bus(linted: Lint, entry: str, verdict: str) -> None:
    code = f"""\
    import boto3, json
    def handler(event, context):
        boto3.client("events").put_events(Entries=[{{{entry}}}])
    """
    events = "Type: EventBridgeRule\nProperties: {Pattern: {source: [shop], detail-type: [sold]}}\n"
    policy = "- EventBridgePutEventsPolicy: {EventBusName: default}\n"
    assert code_of(linted(HEAD + function(events, policy), code)).verdict == verdict


TOPIC = "  News: {Type: AWS::SNS::Topic}\n"


@pytest.mark.parametrize(
    ("more", "verdict"),
    [
        ("", "elsewhere"),
        ('MessageAttributes={"kind": {"DataType": "String", "StringValue": "raw"}}', "writes-back"),
        ('MessageAttributes={"kind": {"DataType": "String", "StringValue": "done"}}', "elsewhere"),
        ('MessageAttributes={"kind": {"DataType": "String", "StringValue": event["k"]}}', "conditional"),
    ],
)
def test_attributes_of_messages(linted: Lint, more: str, verdict: str) -> None:
    code = f"""\
    import boto3, os
    def handler(event, context):
        boto3.client("sns").publish(TopicArn=os.environ["TOPIC"], Message="x", {more})
    """
    events = "Type: SNS\nProperties: {Topic: !Ref News, FilterPolicy: {kind: [raw]}}\n"
    policy = "- SNSPublishMessagePolicy: {TopicName: !GetAtt News.TopicName}\n"
    assert (
        code_of(linted(HEAD + TOPIC + function(events, policy, "TOPIC: !Ref News"), code)).verdict == verdict
    )


@pytest.mark.parametrize(
    ("body", "verdict"), [('{"stage": "raw"}', "writes-back"), ('{"stage": "done"}', "elsewhere")]
)
def test_bodies_of_messages(linted: Lint, body: str, verdict: str) -> None:
    code = f"""\
    import boto3, json, os
    def handler(event, context):
        boto3.client("sqs").send_message(QueueUrl=os.environ["URL"], MessageBody=json.dumps({body}))
    """
    events = (
        "Type: SQS\nProperties:\n  Queue: !GetAtt Jobs.Arn\n"
        '  FilterCriteria: {Filters: [{Pattern: \'{"body": {"stage": ["raw"]}}\'}]}\n'
    )
    template = HEAD + QUEUES + function(events, MAY_SEND, "URL: !Ref Jobs")
    assert code_of(linted(template, code)).verdict == verdict


def test_another_loop_of_a_broad_statement_is_found_where_the_first_is_denied(linted: Lint) -> None:
    policy = "- Statement: [{Effect: Allow, Action: ['sqs:*', 'sns:Publish'], Resource: '*'}]\n"
    second = "        Later:\n          Type: SNS\n          Properties: {Topic: !Ref News}\n"
    template = HEAD + QUEUES + TOPIC + function(FROM_JOBS, policy, "T: !Ref News") + second
    code = """\
    import boto3, os
    def handler(event, context):
        boto3.client("sns").publish(TopicArn=os.environ["T"], Message="x")
    """
    found = linted(template, code)
    assert found[0].severity == "error", found
    assert "News" in found[0].message
    _, plan = remedied(["template.yaml"], Config(unsafe_fixes=True))
    for fixed in plan.texts.values():  # the code alone tells this loop, so it must tell that it is gone
        assert "error" not in {one.severity for one in linted(fixed, code)}


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        ("src/", "src/", "writes-back"),
        ("src/", "other/", "unread"),
        ("src/", "!Ref Where", "unread"),
    ],
)
def test_code_under_conditions_is_read_only_where_it_is_one(
    linted: Lint, first: str, second: str, verdict: str
) -> None:
    Path("other").mkdir()
    Path("other/app.py").write_text("def handler(event, context):\n    print(event)\n")
    parameters = (
        "Parameters: {Where: {Type: String}}\nConditions: {Production: !Equals [!Ref Where, there]}\n"
    )
    uri = f"!If [Production, {first}, {second}]"
    template = parameters + HEAD + QUEUES + function(FROM_JOBS, MAY_SEND, "URL: !Ref Jobs", uri)
    found = linted(template, SEND % 'os.environ["URL"]')
    assert {hop.code.verdict for one in found for hop in one.hops if hop.code is not None} == {verdict}


def test_edited_templates_are_judged_with_the_code_that_was_read_once(
    linted: Lint, monkeypatch: pytest.MonkeyPatch
) -> None:
    from recursion_lint.code import interpreter

    asked = []
    interpret = interpreter.interpret
    monkeypatch.setattr(
        interpreter, "interpret", lambda files, entry: (asked.append(entry), interpret(files, entry))[1]
    )
    template = HEAD + QUEUES + function(FROM_JOBS, MAY_SEND, "URL: !Ref Jobs")
    (found,) = linted(template, SEND % 'os.environ["URL"]')
    assert any(remedy.edits for remedy in found.remedies)
    assert len(asked) == 1


def test_a_clean_run_opens_no_code_and_loads_no_parser(linted: Lint) -> None:
    linted(HEAD + QUEUES + function(FROM_JOBS, "- AWSLambdaBasicExecutionRole\n"), "def handler(e, c): pass")
    script = """\
import sys
from recursion_lint.template.yaml import files
opened = []
read = files.read_text
files.read_text = lambda path: (opened.append(path), read(path))[1]
from recursion_lint.run.lint import lint, remedied
assert not lint(["template.yaml"]).findings
assert not [path for path in opened if path.endswith(".py")], opened
loaded = [name for name in sys.modules if name.startswith(("recursion_lint.code", "tree_sitter"))]
assert not loaded, loaded
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


@pytest.mark.parametrize(
    "comment", ["# recursion-lint: ignore[sqs-loop] -- bounded", "# recursion-lint: ignore"]
)
def test_a_suppression_may_stand_in_the_handler(linted: Lint, comment: str) -> None:
    code = SEND % 'os.environ["URL"]'
    template = HEAD + QUEUES + function(FROM_JOBS, MAY_SEND, "URL: !Ref Jobs")
    above = code.replace("        sqs.send", f"        {comment}\n        sqs.send")
    assert linted(template, above) == []
    (unused,) = linted(template, code.replace("    import boto3", f"    {comment}\n    import boto3"))[1:]
    assert unused.rule == "unused-suppression"


ITEMS_LOOP = """\
    import boto3, os
    table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
    def handler(event, context):
        new = %s
        for record in new:
            table.put_item(Item={"id": record["eventID"], "kind": %s})
    """
KIND = 'r["dynamodb"]["NewImage"]["kind"]["S"]'


@pytest.mark.parametrize(
    ("new", "kind", "verdict"),
    [
        ('event["Records"]', '"done"', "writes-back"),
        ('[dict(r) for r in event["Records"]]', '"done"', "writes-back"),
        (f'[r for r in event["Records"] if {KIND} == "raw"]', '"done"', "stops-itself"),
        (f'[r for r in event["Records"] if {KIND} == "raw"]', '"raw"', "writes-back"),
        (f'[r for r in event["Records"] if {KIND} == "raw"]', 'event["kind"]', "conditional"),
        (f'list(filter(lambda r: {KIND} == "raw", event["Records"]))', '"done"', "stops-itself"),
        (f'[r for r in event["Records"] if {KIND} in os.environ["KINDS"]]', '"done"', "stops-itself"),
        (f'[r for r in event["Records"] if {KIND} in os.environ["OTHERS"]]', '"done"', "conditional"),
    ],
)
def test_what_is_done_with_chosen_elements_is_done_on_their_conditions(
    linted: Lint, new: str, kind: str, verdict: str
) -> None:
    events = "Type: DynamoDB\nProperties: {Stream: !GetAtt Items.StreamArn, StartingPosition: LATEST}\n"
    template = HEAD + TABLE + function(events, MAY_CHANGE, "TABLE: !Ref Items\nKINDS: raw")
    assert code_of(linted(template, ITEMS_LOOP % (new, kind))).verdict == verdict


@pytest.mark.parametrize("second", ["raw", "other"])
def test_elements_that_are_put_into_a_list_on_several_conditions(linted: Lint, second: str) -> None:
    """One of the conditions may hold where the other does not: nothing follows from one alone."""
    code = f"""\
    import boto3, os
    table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
    def handler(event, context):
        new = []
        for r in event["Records"]:
            if {KIND} == "raw":
                new.append(r)
            if {KIND} == "{second}":
                new.append(r)
        for r in new:
            table.put_item(Item={{"id": r["eventID"], "kind": "done"}})
    """
    events = "Type: DynamoDB\nProperties: {Stream: !GetAtt Items.StreamArn, StartingPosition: LATEST}\n"
    template = HEAD + TABLE + function(events, MAY_CHANGE, "TABLE: !Ref Items")
    assert code_of(linted(template, code)).verdict == "conditional"


def test_nothing_lies_beside_standard_input(linted: Lint) -> None:
    template = HEAD + QUEUES + function(FROM_JOBS, MAY_SEND)
    linted(template, "def handler(event, context): pass")
    (found,) = lint(["-"], stdin=template).findings
    assert (code_of([found]).verdict, found.severity) == ("unread", "warning")


def test_inline_code_and_code_in_a_folder_are_judged_alike(linted: Lint) -> None:
    code = SEND % 'os.environ["URL"]'
    beside = linted(HEAD + QUEUES + function(FROM_JOBS, MAY_SEND, "URL: !Ref Jobs"), code)
    inline = indent(dedent(code), " " * 8)
    text = function(FROM_JOBS, MAY_SEND, "URL: !Ref Jobs").replace("app.handler", "index.handler")
    inside = linted(HEAD + QUEUES + text.replace("CodeUri: src/", f"InlineCode: |\n{inline}"), "")
    assert (code_of(beside).verdict, beside[0].severity) == (code_of(inside).verdict, inside[0].severity)
    span = code_of(inside).span
    assert span is not None
    assert span.file == "template.yaml"
    assert "send_message" in Path("template.yaml").read_text().splitlines()[span.line - 1]


def test_values_of_the_template_in_inline_code(linted: Lint) -> None:
    code = 'import boto3\\ndef handler(e, c):\\n  boto3.client("sqs").send_message(QueueUrl="${%s}", MessageBody="x")\\n'
    for queue, verdict in (("Jobs", "writes-back"), ("Results", "elsewhere")):
        text = function(FROM_JOBS, MAY_SEND).replace("app.handler", "index.handler")
        quoted = (code % queue).replace('"', '\\"')
        template = HEAD + QUEUES + text.replace("CodeUri: src/", f'InlineCode: !Sub "{quoted}"')
        assert code_of(linted(template, "")).verdict == verdict


STATE = "  State: {Type: AWS::SSM::Parameter, Properties: {Name: /app/state, Type: String, Value: a}}\n"
FROM_STATE = """\
Type: EventBridgeRule
Properties:
  Pattern:
    source: [aws.ssm]
    detail-type: [Parameter Store Change]
    detail: {name: [/app/state], operation: [Update]}
"""
MAY_STORE = """\
- Statement:
    - {Effect: Allow, Action: ssm:PutParameter, Resource: !Sub "arn:aws:ssm:*:*:parameter/app/state"}
"""
WORK = """\
  Work:
    Type: AWS::ECS::TaskDefinition
    Properties: {Family: worker, ContainerDefinitions: [{Name: main, Image: i}]}
"""
FROM_WORK = """\
Type: EventBridgeRule
Properties: {Pattern: {source: [aws.ecs], detail-type: [ECS Task State Change]}}
"""
MAY_RUN = """\
- Statement:
    - {Effect: Allow, Action: ecs:RunTask, Resource: !Sub "arn:aws:ecs:*:*:task-definition/worker:*"}
"""
CALL = """\
    import boto3
    def handler(event, context):
        boto3.client("%s").%s
    """


@pytest.mark.parametrize(("name", "verdict"), [("/app/state", "writes-back"), ("/app/other", "elsewhere")])
def test_a_parameter_is_named_with_its_slash(linted: Lint, name: str, verdict: str) -> None:
    template = HEAD + STATE + function(FROM_STATE, MAY_STORE)
    found = linted(template, CALL % ("ssm", f'put_parameter(Name="{name}", Value="b")'))
    assert code_of(found).verdict == verdict


@pytest.mark.parametrize(("name", "verdict"), [("worker:3", "writes-back"), ("other:3", "elsewhere")])
def test_a_task_definition_is_named_with_its_revision(linted: Lint, name: str, verdict: str) -> None:
    template = HEAD + WORK + function(FROM_WORK, MAY_RUN)
    found = linted(template, CALL % ("ecs", f'run_task(taskDefinition="{name}")'))
    assert code_of(found).verdict == verdict


FROM_TABLE = """\
    Type: DynamoDB
    Properties: {Stream: !GetAtt Orders.StreamArn, StartingPosition: LATEST}
    """
ORDERS = """\
  Orders:
    Type: AWS::DynamoDB::Table
    Properties:
      StreamSpecification: {StreamViewType: NEW_IMAGE}
      BillingMode: PAY_PER_REQUEST
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
"""
BUSES = """\
  Bus: {Type: AWS::Events::EventBus, Properties: {Name: orders}}
"""
FROM_BUS = """\
    Type: EventBridgeRule
    Properties: {EventBusName: !Ref Bus, Pattern: {source: [shop]}}
    """


@pytest.mark.parametrize(
    ("wanted", "verdict", "absent"),
    [
        ('event["Records"][0]["dynamodb"]["Keys"]["id"]["S"]', "writes-back", ""),
        ('event["detail"]["id"]', "conditional", "detail"),
        ('event["requestContext"]["connectionId"]', "conditional", "requestContext"),
        ('json.loads(event["Records"][0]["body"])["id"]', "conditional", "body"),
        ('event["Records"][0]["kinesis"]["data"]', "conditional", "kinesis"),
        ('event["Records"][0]["eventID"]', "writes-back", ""),  # every record of a stream has it
        ('event["order"]["id"]', "writes-back", ""),  # it may be given in a form of its own
    ],
)
def test_events_of_the_trigger_lack_what_the_code_reads(
    linted: Lint, wanted: str, verdict: str, absent: str
) -> None:
    text = f"""\
        import boto3, json, os
        table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
        def handler(event, context):
            table.put_item(Item={{"id": {wanted}}})
        """
    may = "- DynamoDBWritePolicy: {TableName: !Ref Orders}\n"
    code = code_of(linted(HEAD + ORDERS + function(FROM_TABLE, may, "TABLE: !Ref Orders"), text))
    assert code.verdict == verdict
    assert (f"no '{absent}'" in code.reason) == bool(absent)


@pytest.mark.parametrize(
    ("loop", "verdict"),
    [
        (
            "for one in event:\n  put(one['id'])",
            "conditional",
        ),  # the names of the event's fields have no fields
        ("for one in event:\n  if one['new']:\n    put('x')", "conditional"),
        ("for one in event:\n  put(one)", "writes-back"),
        ("for one in event['Records']:\n  put(one['eventID'])", "writes-back"),
        ("for one in event['Records']:\n  put(str(one))", "writes-back"),
    ],
)
def test_an_event_is_no_list(linted: Lint, loop: str, verdict: str) -> None:
    text = f"""\
        import boto3, os
        table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
        def put(name):
            table.put_item(Item={{"id": name}})
        def handler(event, context):
{indent(loop, " " * 12)}
        """
    may = "- DynamoDBWritePolicy: {TableName: !Ref Orders}\n"
    found = linted(HEAD + ORDERS + function(FROM_TABLE, may, "TABLE: !Ref Orders"), text)
    assert code_of(found).verdict == verdict
    assert found[0].severity == ("error" if verdict == "writes-back" else "warning")


@pytest.mark.parametrize(
    ("wanted", "verdict"),
    [
        ('event["detail"]["id"]', "writes-back"),
        ('event["Records"][0]["body"]', "conditional"),
        ('event["headers"]["host"]', "conditional"),
    ],
)
def test_events_of_a_bus_lack_records(linted: Lint, wanted: str, verdict: str) -> None:
    text = f"""\
        import boto3, json, os
        bus = boto3.client("events")
        def handler(event, context):
            bus.put_events(Entries=[{{"EventBusName": os.environ["BUS"], "Source": "shop", "DetailType": "again",
                "Detail": json.dumps({{"id": {wanted}}})}}])
        """
    may = "- EventBridgePutEventsPolicy: {EventBusName: !Ref Bus}\n"
    code = code_of(linted(HEAD + BUSES + function(FROM_BUS, may, "BUS: !Ref Bus"), text))
    assert code.verdict == verdict


def test_a_rule_gives_what_happens_in_a_bucket_another_form(linted: Lint) -> None:
    template = HEAD + "  Files:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: files\n"
    template += "      NotificationConfiguration: {EventBridgeConfiguration: {EventBridgeEnabled: true}}\n"
    rule = """\
        Type: EventBridgeRule
        Properties:
          Pattern: {source: [aws.s3], detail-type: [Object Created], detail: {bucket: {name: [files]}}}
        """
    text = """\
        import boto3
        s3 = boto3.client("s3")
        def handler(event, context):
            found = event["detail"]
            s3.put_object(Bucket=found["bucket"]["name"], Key=found["object"]["key"], Body=b"")
        """
    may = "- S3WritePolicy: {BucketName: files}\n"
    assert code_of(linted(template + function(rule, may), text)).verdict == "writes-back"


def in_ruby(calls: str) -> str:
    return f"""\
require "aws-sdk-sqs"
def handler(event:, context:)
  sqs = Aws::SQS::Client.new
{indent(dedent(calls), "  ")}
end
"""


TO_RESULTS = "sqs.send_message(queue_url: ENV['RESULTS'], message_body: 'x')\n"


@pytest.mark.parametrize(
    ("more", "verdict"),
    [
        ("", "elsewhere"),
        ("sqs.send_message(queue_url: ENV['JOBS'], message_body: 'x')", "may"),
        ("sqs.send_message(queue_url: other, message_body: 'x')", "may"),
        ("sqs.send_message_batch(queue_url: ENV['RESULTS'], entries: [])", "elsewhere"),
        ("sqs.start_message_move_task(source_arn: 'a')", "may"),
        ("system('aws sqs')", "unread"),
    ],
)
def test_all_calls_must_state_another_target(linted: Lint, more: str, verdict: str) -> None:
    """Without interpretation: one call that may go to the queue keeps the loop as it was."""
    both = "- Statement: {Effect: Allow, Action: 'sqs:SendMessage', Resource: [!GetAtt Jobs.Arn, !GetAtt Results.Arn]}\n"
    variables = "JOBS: !Ref Jobs\nRESULTS: !Ref Results\n"
    template = HEAD + QUEUES + function(FROM_JOBS, both, variables).replace("python3.13", "ruby3.3")
    findings = linted(template, in_ruby(TO_RESULTS + more), "src/app.rb")
    assert code_of(findings).verdict == verdict
    assert (findings[0].severity == "info") == (verdict == "elsewhere")


BY_NAME = "Resource: arn:aws:states:::lambda:invoke, Parameters: {{FunctionName: !Ref Worker, Payload: {}}}"
BY_ARN = "Resource: !GetAtt Worker.Arn, Parameters: {}"
JSONATA = (
    "Resource: arn:aws:states:::lambda:invoke, QueryLanguage: JSONata, "
    "Arguments: {{FunctionName: !Ref Worker, Payload: {}}}"
)


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        (BY_NAME.format("{url: !Ref Jobs}"), "", "writes-back"),
        (BY_NAME.format("{url: !Ref Results}"), "", "elsewhere"),
        (BY_ARN.format("{url: !Ref Jobs}"), "", "writes-back"),
        (BY_ARN.format("{url: !Ref Results}"), "", "elsewhere"),
        (JSONATA.format("{url: !Ref Results}"), "", "elsewhere"),
        (JSONATA.format("{url: '{% $states.input.url %}'}"), "", "may"),
        (BY_NAME.format("{url.$: $.url}"), "", "may"),
        (BY_NAME.format("{other: !Ref Results}"), "", "may"),
        (BY_NAME.format("{url: !Sub 'https://sqs/1/${Results.QueueName}'}"), "", "elsewhere"),
        ("Resource: !GetAtt Worker.Arn", "", "may"),
        (BY_ARN.format("{url: !Ref Results}"), BY_NAME.format("{url: !Ref Jobs}"), "conditional"),
        (BY_ARN.format("{url: !Ref Results}"), "Resource: !GetAtt Worker.Arn", "may"),
    ],
)
def test_what_a_task_puts_into_the_event(linted: Lint, first: str, second: str, verdict: str) -> None:
    """The definition of the state machine that invokes a function says what is in its event."""
    states = f"First: {{Type: Task, {first}, {'Next: Second' if second else 'End: true'}}}"
    more = f", Second: {{Type: Task, {second}, End: true}}" if second else ""
    machine = f"""\
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition: {{StartAt: First, States: {{{states}{more}}}}}
      Policies: [LambdaInvokePolicy: {{FunctionName: !Ref Worker}}]
  Piping:
    Type: AWS::Pipes::Pipe
    Properties: {{Source: !GetAtt Jobs.Arn, Target: !Ref Machine, RoleArn: !Ref Role}}
"""
    both = "- Statement: {Effect: Allow, Action: 'sqs:SendMessage', Resource: [!GetAtt Jobs.Arn, !GetAtt Results.Arn]}\n"
    worker = function("Type: Api\nProperties: {Path: /, Method: get}\n", both)
    found = linted(HEAD + QUEUES + machine + worker, SEND.replace("%s", 'event["url"]'))
    assert code_of(found).verdict == verdict
