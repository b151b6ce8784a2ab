"""The second round: which guards stop a function that writes back, which only seem to, and which loops are sure."""

from __future__ import annotations

import pytest
from handler_code import javascript, python

from recursion_lint.code.applying import applied
from recursion_lint.code.calls import (
    Alternatives,
    CallResult,
    Concatenation,
    Environment,
    EventPath,
    Interpreted,
    ListValue,
    Literal,
    ObjectValue,
    Pure,
    Unknown,
    Value,
)
from recursion_lint.code.deciding import UNTOLD, decide
from recursion_lint.code.replay import Replayed, replay

HEAD = """
import boto3, json, os
s3 = boto3.client("s3")
sqs = boto3.client("sqs")
sns = boto3.client("sns")
fn = boto3.client("lambda")
bus = boto3.client("events")
table = boto3.resource("dynamodb").Table("t")
def handler(event, context):
"""


def body(source: str) -> str:
    return HEAD + "".join(f"    {line}\n" for line in source.strip("\n").split("\n"))


def outcome(found: Interpreted, channel: str) -> Replayed:
    assert not found.gaps
    writing = [site for site in found.calls if site.operation.split(".")[0] == channel]
    return replay(writing, channel)


S3 = """
r = event["Records"][0]["s3"]
bucket, key = r["bucket"]["name"], r["object"]["key"]
"""


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        # A mark in the metadata, and one that is never set, is set under another name, or has another value.
        ('if s3.head_object(Bucket=bucket, Key=key)["Metadata"].get("done") == "yes": return\ns3.put_object(Bucket=bucket, Key=key, Metadata={"done": "yes"})', "stops-itself"),
        ('if s3.head_object(Bucket=bucket, Key=key)["Metadata"].get("done"): return\ns3.put_object(Bucket=bucket, Key=key, Metadata={"Done": "yes"})', "stops-itself"),
        ('if "done" in s3.head_object(Bucket=bucket, Key=key)["Metadata"]: return\ns3.put_object(Bucket=bucket, Key=key, Metadata={"done": "yes"})', "stops-itself"),
        ('if s3.head_object(Bucket=bucket, Key=key)["Metadata"].get("original") != "true": return\ns3.put_object(Bucket=bucket, Key=key)', "stops-itself"),
        ('if s3.head_object(Bucket=bucket, Key=key)["Metadata"].get("done") == "yes": return\ns3.put_object(Bucket=bucket, Key=key)', "loops"),
        ('if s3.head_object(Bucket=bucket, Key=key)["Metadata"].get("done") == "yes": return\ns3.put_object(Bucket=bucket, Key=key, Metadata={"doen": "yes"})', "loops"),
        ('if s3.head_object(Bucket=bucket, Key=key)["Metadata"].get("done") == "yes": return\ns3.put_object(Bucket=bucket, Key=key, Metadata={"done": "no"})', "loops"),
        ('if s3.head_object(Bucket=bucket, Key=key)["Metadata"].get("Done") == "yes": return\ns3.put_object(Bucket=bucket, Key=key, Metadata={"Done": "yes"})', "loops"),
        ('if s3.head_object(Bucket=bucket, Key="other")["Metadata"].get("done") == "yes": return\ns3.put_object(Bucket=bucket, Key=key, Metadata={"done": "yes"})', "undecided"),
        ('if s3.head_object(Bucket=bucket, Key=key)["Metadata"].get("done") == "yes": return\ns3.copy_object(Bucket=bucket, Key=key, CopySource="a/b", Metadata={"done": "yes"})', "undecided"),
        ('if s3.head_object(Bucket=bucket, Key=key)["Metadata"].get("done") == "yes": return\ns3.copy_object(Bucket=bucket, Key=key, CopySource="a/b", MetadataDirective="REPLACE", Metadata={"done": "yes"})', "stops-itself"),
        ('if s3.head_object(Bucket=bucket, Key=key)["Metadata"].get("done") == "yes": return\ns3.upload_file("/tmp/x", bucket, key, ExtraArgs={"Metadata": {"done": "yes"}})', "stops-itself"),
        # A mark that is added to the object's own metadata, and one that is perhaps there already.
        ('old = s3.head_object(Bucket=bucket, Key=key)["Metadata"]\nif "done" in old: return\ns3.put_object(Bucket=bucket, Key=key, Metadata={**old, "done": "yes"})', "stops-itself"),
        ('old = s3.head_object(Bucket=bucket, Key=key)["Metadata"]\nif "done" in old: return\nold["Done"] = "yes"\ns3.put_object(Bucket=bucket, Key=key, Metadata=old)', "stops-itself"),
        ('old = s3.head_object(Bucket=bucket, Key=key)["Metadata"]\nif "done" in old: return\ns3.put_object(Bucket=bucket, Key=key, Metadata={**old, "doen": "yes"})', "undecided"),
        ('old = s3.head_object(Bucket=bucket, Key=key)["Metadata"]\nif old.get("done") == "yes": return\ns3.put_object(Bucket=bucket, Key=key, Metadata={"done": "yes", **old})', "undecided"),
        ('for one in event["Records"]:\n    key = one["s3"]["object"]["key"]\n    old = s3.head_object(Bucket=bucket, Key=key)["Metadata"]\n    if "done" in old: continue\n    old["done"] = "yes"\n    s3.put_object(Bucket=bucket, Key=key, Metadata=old)', "stops-itself"),
        ('old = s3.head_object(Bucket=bucket, Key=key)["Metadata"]\nfor one in event["Records"]:\n    if "done" in old: continue\n    old["done"] = "yes"\n    s3.put_object(Bucket=bucket, Key=one["s3"]["object"]["key"], Metadata={})', "loops"),
        # Tests of the key.
        ('if key.startswith("out/"): return\ns3.put_object(Bucket=bucket, Key="out/" + key)', "stops-itself"),
        ('if not key.startswith("in/"): return\ns3.put_object(Bucket=bucket, Key="out/" + key)', "stops-itself"),
        ('if key.startswith("out/"): return\ns3.put_object(Bucket=bucket, Key="output/" + key)', "loops"),
        ('if key.startswith("out/small"): return\ns3.put_object(Bucket=bucket, Key="out/" + key)', "undecided"),
        ('if "out/" in key: return\ns3.put_object(Bucket=bucket, Key="a/out/" + key)', "stops-itself"),
        ('if key.endswith((".gz", ".zip")): return\ns3.put_object(Bucket=bucket, Key=key + ".gz")', "stops-itself"),
        ('if key.endswith(".jpg"):\n    s3.put_object(Bucket=bucket, Key=key + ".png")', "stops-itself"),
        ('if key.endswith(".jpg"):\n    s3.put_object(Bucket=bucket, Key=key + ".small.jpg")', "loops"),
        ('if key.split("/")[0] == "out": return\ns3.put_object(Bucket=bucket, Key="out/" + key)', "stops-itself"),
        ('if os.path.splitext(key)[1] != ".csv": return\ns3.put_object(Bucket=bucket, Key=key + ".json")', "stops-itself"),
        # Of the same key the ending is the same, of one that is not known it may be any.
        ('if os.path.splitext(key)[1] != ".png": return\ns3.put_object(Bucket=bucket, Key=key)', "loops"),
        ('if os.path.splitext(key)[1] != ".png": return\ns3.put_object(Bucket=bucket, Key=os.environ["KEY"])', "undecided"),
        ('if os.path.splitext(key)[1] != ".png": return\ns3.put_object(Bucket=bucket, Key=key.replace("a", "b"))', "undecided"),
        ('import re\nif re.match(r"out/", key): return\ns3.put_object(Bucket=bucket, Key="out/" + key)', "stops-itself"),
        ('import re\nif re.match(r"out/", key): return\ns3.put_object(Bucket=bucket, Key="a/out/" + key)', "loops"),
        ('import re\nif re.match(r"(out|in)/", key): return\ns3.put_object(Bucket=bucket, Key="out/" + key)', "undecided"),
        ('if key == "done.txt": return\ns3.put_object(Bucket=bucket, Key="done.txt")', "stops-itself"),
        ('if key.startswith("a b/"): return\ns3.put_object(Bucket=bucket, Key="a b/" + key)', "undecided"),
        ('if key.startswith("out/") and event["x"]: return\ns3.put_object(Bucket=bucket, Key="out/" + key)', "undecided"),
        ('if key.startswith("out/") or event["x"]: return\ns3.put_object(Bucket=bucket, Key="out/" + key)', "stops-itself"),
        # Two calls: each stops itself, but they lead to each other.
        ('if key.startswith("a/"): s3.put_object(Bucket=bucket, Key="b/x")\nif key.startswith("b/"): s3.put_object(Bucket=bucket, Key="a/x")', "loops"),
        ('if key.startswith("a/"): s3.put_object(Bucket=bucket, Key="b/x")\nif key.startswith("b/"): s3.put_object(Bucket=bucket, Key="c/x")', "stops-itself"),
        # Settings and other state.
        ('if os.environ["ON"] == "1": s3.put_object(Bucket=bucket, Key=key)', "loops"),
        ('if table.get_item(Key={"k": key}).get("Item"): return\ns3.put_object(Bucket=bucket, Key=key)', "undecided"),
        ('s3.put_object(Bucket=bucket, Key=key)', "loops"),
        ('try:\n    work()\nexcept Exception:\n    s3.put_object(Bucket=bucket, Key=key)', "undecided"),
        ('if event["Records"][0]["eventName"] != "ObjectCreated:Put": return\ns3.copy_object(Bucket=bucket, Key=key, CopySource="a/b")', "stops-itself"),
        ('if event["Records"][0]["eventName"] == "ObjectCreated:Put":\n    s3.put_object(Bucket=bucket, Key=key)', "loops"),
    ],
)  # fmt: skip
def test_objects(source: str, expected: str) -> None:
    head = "import requests\ndef work(): requests.get('x')\n"
    assert outcome(python(head + body(S3 + source)), "s3").outcome == expected


@pytest.mark.parametrize(
    ("source", "channel", "expected"),
    [
        ('m = json.loads(event["Records"][0]["body"])\nif "done" in m: return\nm["done"] = 1\nsqs.send_message(QueueUrl="q", MessageBody=json.dumps(m))', "sqs", "stops-itself"),
        ('m = json.loads(event["Records"][0]["body"])\nif "done" in m: return\nm["doen"] = 1\nsqs.send_message(QueueUrl="q", MessageBody=json.dumps(m))', "sqs", "undecided"),
        ('m = json.loads(event["Records"][0]["body"])\nif "done" in m: return\nif m["x"]: m["done"] = 1\nsqs.send_message(QueueUrl="q", MessageBody=json.dumps(m))', "sqs", "undecided"),
        ('m = json.loads(event["Records"][0]["body"])\nif m.get("kind") != "new": return\nsqs.send_message(QueueUrl="q", MessageBody=json.dumps({"kind": "old"}))', "sqs", "stops-itself"),
        ('m = json.loads(event["Records"][0]["body"])\nif m.get("kind") != "new": return\nsqs.send_message(QueueUrl="q", MessageBody=json.dumps({**m, "at": 1}))', "sqs", "loops"),
        ('m = json.loads(event["Records"][0]["body"])\nif m.get("kind") != "new": return\nsqs.send_message(QueueUrl="q", MessageBody=event["Records"][0]["body"])', "sqs", "loops"),
        ('m = json.loads(event["Records"][0]["body"])\nif m["n"] > 3: return\nm["n"] += 1\nsqs.send_message(QueueUrl="q", MessageBody=json.dumps(m))', "sqs", "undecided"),
        ('a = event["Records"][0]["messageAttributes"]\nif "retry" in a: return\nsqs.send_message(QueueUrl="q", MessageBody="x", MessageAttributes={"retry": {"StringValue": "1", "DataType": "String"}})', "sqs", "stops-itself"),
        ('a = event["Records"][0]["messageAttributes"]\nif "retry" in a: return\nsqs.send_message(QueueUrl="q", MessageBody="x")', "sqs", "loops"),
        ('a = event["Records"][0]["messageAttributes"]\nif a["retry"]["stringValue"] == "1": return\nsqs.send_message_batch(QueueUrl="q", Entries=[{"MessageBody": "x", "MessageAttributes": {"retry": {"StringValue": "1"}}}])', "sqs", "stops-itself"),
        ('m = event["Records"][0]["Sns"]["Message"]\nif m == "done": return\nsns.publish(TopicArn="t", Message="done")', "sns", "stops-itself"),
        ('m = json.loads(event["Records"][0]["Sns"]["Message"])\nif m.get("done"): return\nsns.publish(TopicArn="t", Message=json.dumps({"done": True}))', "sns", "stops-itself"),
        ('if event.get("worker"): return\nfn.invoke(FunctionName=context.function_name, Payload=json.dumps({"worker": True}))', "lambda", "stops-itself"),
        ('if event.get("worker"): return\nfn.invoke(FunctionName=context.function_name, Payload=json.dumps({"worker": False}))', "lambda", "loops"),
        ('if event.get("worker"): return\nfn.invoke(FunctionName=context.function_name, Payload=json.dumps(event))', "lambda", "loops"),
        ('if event.get("worker"): return\nevent["worker"] = True\nfn.invoke(FunctionName=context.function_name, Payload=json.dumps(event))', "lambda", "stops-itself"),
        ('if context.get_remaining_time_in_millis() < 9:\n    fn.invoke(FunctionName=context.function_name, Payload=json.dumps({"page": 1}))', "lambda", "undecided"),
        ('if event["source"] == "a":\n    bus.put_events(Entries=[{"Source": "b", "DetailType": "d", "Detail": "{}"}])', "events", "stops-itself"),
        ('if event["source"] == "a":\n    bus.put_events(Entries=[{"Source": "a", "DetailType": "d", "Detail": "{}"}])', "events", "loops"),
        ('if event["detail-type"] == "d":\n    bus.put_events(Entries=[{"Source": "b", "DetailType": "e"}, {"Source": "b", "DetailType": "d"}])', "events", "loops"),
        ('if event["detail"]["state"] == "x": return\nbus.put_events(Entries=[{"Source": "b", "Detail": json.dumps({"state": "x"})}])', "events", "stops-itself"),
        ('i = event["Records"][0]["dynamodb"]["NewImage"]\nif "done" in i: return\ntable.put_item(Item={"pk": i["pk"]["S"], "done": True})', "dynamodb", "stops-itself"),
        ('i = event["Records"][0]["dynamodb"]["NewImage"]\nif i["state"]["S"] == "new":\n    table.put_item(Item={"pk": i["pk"]["S"], "state": "old"})', "dynamodb", "stops-itself"),
        ('i = event["Records"][0]["dynamodb"]["NewImage"]\nif i["n"]["N"] == "1":\n    table.put_item(Item={"pk": "a", "n": 2})', "dynamodb", "stops-itself"),
        ('i = event["Records"][0]["dynamodb"]["NewImage"]\nif "done" in i: return\ntable.put_item(Item={"pk": i["pk"]["S"]})', "dynamodb", "loops"),
        ('if event["Records"][0]["eventName"] == "INSERT":\n    table.put_item(Item={"pk": "a"})', "dynamodb", "undecided"),
        ('if event["Records"][0]["eventName"] != "REMOVE": return\ntable.put_item(Item={"pk": "a"})', "dynamodb", "stops-itself"),
        ('if event.get("worker"): return\nboto3.client("stepfunctions").start_execution(stateMachineArn="m", input=json.dumps({"worker": True}))', "stepfunctions", "undecided"),
    ],
)  # fmt: skip
def test_other_channels(source: str, channel: str, expected: str) -> None:
    assert outcome(python(body(source)), channel).outcome == expected


def test_a_step_that_fails_its_own_branch_but_passes_another() -> None:
    """Not one condition but the graph of calls decides: a message that waits passes the second branch for ever."""
    source = """
    m = json.loads(event["Records"][0]["Sns"]["Message"])
    if m.get("Event") == "autoscaling":
        sns.publish(TopicArn="t", Message=json.dumps({"Event": "DRAIN_WAIT"}))
    if m.get("Event") == "DRAIN_WAIT":
        sns.publish(TopicArn="t", Message=json.dumps({"Event": "DRAIN_WAIT"}))
    """.replace("\n    ", "\n")
    assert outcome(python(body(source)), "sns").outcome == "loops"


def test_the_guard_is_named() -> None:
    source = S3 + 'if key.startswith("out/"): return\ns3.put_object(Bucket=bucket, Key="out/" + key)'
    found = outcome(python(body(source)), "s3")
    assert [guard.text for guard in found.guards] == ['key.startswith("out/")']


def test_a_conditional_write_is_never_sure() -> None:
    source = 'table.put_item(Item={"pk": "a"}, ConditionExpression="attribute_not_exists(pk)")'
    assert outcome(python(body(source)), "dynamodb").outcome == "undecided"


JS = "const AWS = require('aws-sdk'); const s3 = new AWS.S3(); const l = new AWS.Lambda();\n"
JS_KEY = "const key = decodeURIComponent(event.Records[0].s3.object.key.replace(/\\+/g, ' '));"


@pytest.mark.parametrize(
    ("source", "channel", "expected"),
    [
        (JS_KEY + " if (key.indexOf('out/') > -1) return; s3.putObject({Bucket: 'b', Key: 'out/' + key}).promise();", "s3", "stops-itself"),
        (JS_KEY + " if (key.indexOf('out/') === 0) return; s3.putObject({Bucket: 'b', Key: 'out/' + key}).promise();", "s3", "stops-itself"),
        (JS_KEY + " if (key.includes('out/')) return; s3.putObject({Bucket: 'b', Key: `out/${key}`}).promise();", "s3", "stops-itself"),
        (JS_KEY + " if (/^out\\//.test(key)) return; s3.putObject({Bucket: 'b', Key: `out/${key}`}).promise();", "s3", "stops-itself"),
        (JS_KEY + " if (key.match(/\\.png$/)) s3.putObject({Bucket: 'b', Key: `${key}.jpg`}).promise();", "s3", "stops-itself"),
        (JS_KEY + " if (!key.startsWith('in/')) { callback(); return; } s3.putObject({Bucket: 'b', Key: key.replace('in/', 'out/')});", "s3", "undecided"),
        (JS_KEY + " if (key.split('.').pop() === 'png') s3.putObject({Bucket: 'b', Key: key + '.jpg'});", "s3", "stops-itself"),
        (JS_KEY + " if (key.split('.').pop() === 'png') s3.putObject({Bucket: 'b', Key: key + '.png'});", "s3", "loops"),
        (JS_KEY + " const parts = key.split('.'); parts.pop(); if (parts.pop() === 'png') s3.putObject({Bucket: 'b', Key: key + '.jpg'});", "s3", "undecided"),
        (JS_KEY + " switch (key.split('/')[0]) { case 'in': s3.putObject({Bucket: 'b', Key: 'out/' + key}); break; case 'out': return; }", "s3", "stops-itself"),
        (JS_KEY + " s3.headObject({Bucket: 'b', Key: key}, (e, d) => { if (d.Metadata.done === 'y') return; s3.putObject({Bucket: 'b', Key: key, Metadata: {done: 'y'}}, callback); });", "s3", "stops-itself"),
        (JS_KEY + " s3.headObject({Bucket: 'b', Key: key}, (e, d) => { if (d.Metadata.done === 'y') return; s3.putObject({Bucket: 'b', Key: key}, callback); });", "s3", "loops"),
        ("if (event.worker) return; await l.invoke({FunctionName: context.functionName, Payload: JSON.stringify({...event, worker: true})}).promise();", "lambda", "stops-itself"),
        ("if (event.worker) return; await l.invoke({FunctionName: context.functionName, Payload: JSON.stringify({worker: true, ...event})}).promise();", "lambda", "undecided"),
        ("if (event.n > 3) return; await l.invoke({FunctionName: context.functionName, Payload: JSON.stringify({n: event.n + 1})}).promise();", "lambda", "undecided"),
    ],
)  # fmt: skip
def test_javascript(source: str, channel: str, expected: str) -> None:
    found = javascript(f"{JS}exports.handler = async (event, context, callback) => {{ {source} }};")
    assert outcome(found, channel).outcome == expected


SEND = 'await q.sendMessage({QueueUrl: "q", MessageBody: JSON.stringify(m)}).promise();'


@pytest.mark.parametrize(
    "round", ["for (const r of event.Records) {%s}", "event.Records.forEach(async (r) => {%s});"]
)
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("if (!m.seen) { m.seen = true; SEND n += 1; }", "stops-itself"),
        ("if (!m.seen) { SEND m.seen = true; n += 1; }", "loops"),
        ("if (!m.seen) { other.seen = true; SEND n += 1; }", "loops"),
        ("if (!m.seen) { m.seen = true; } SEND n += 1;", "loops"),
        ("if (!last) { m.seen = true; SEND } last = m;", "loops"),
    ],
)
def test_each_round_of_a_loop_has_a_message_of_its_own(round: str, body: str, expected: str) -> None:
    """What marks one message marks no other, though all of a batch are read alike and a counter runs along."""
    source = round % f"const m = JSON.parse(r.body); {body.replace('SEND', SEND)}"
    found = javascript(
        "const AWS = require('aws-sdk'); const q = new AWS.SQS();\n"
        f"exports.handler = async (event) => {{ let n = 0, last = null; const other = {{}}; {source} }};"
    )
    assert outcome(found, "sqs").outcome == expected


KEY = EventPath(("Records", "[]", "s3", "object", "key"))
OUT = Concatenation((Literal("out/"), KEY, Literal(".png")))


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        (Pure("startswith", (OUT, Literal("out/"))), True),
        (Pure("startswith", (OUT, Literal("out/x"))), None),
        (Pure("startswith", (OUT, Literal("in/"))), False),
        (Pure("endswith", (OUT, Literal(".jpg"))), False),
        (Pure("endswith", (OUT, ListValue((Literal(".jpg"), Literal(".png"))))), True),
        (Pure("==", (OUT, Literal("out/.png"))), None),
        (Pure("==", (OUT, Literal("out/"))), False),
        (Pure("==", (Literal(1), Literal("1"))), None),
        (Pure("==", (Literal(None), Literal("x"))), False),
        (Pure("!=", (OUT, Literal(None))), True),
        (Pure("in", (Literal("ut"), OUT)), True),
        (Pure("in", (Literal("zz"), OUT)), None),
        (Pure("in", (Literal("a"), ObjectValue((("b", KEY),)))), False),
        (Pure("in", (Literal("a"), ObjectValue((("b", KEY),), open=True))), None),
        (Pure("in", (Literal("a"), ObjectValue((("a", KEY),), rest=KEY))), True),
        (Pure("in", (Literal("a"), ListValue((Literal("b"),)))), False),
        (Pure("in", (Literal("a"), ListValue((Literal("a"),), exact=False))), None),
        (Pure("not", (Pure("startswith", (OUT, Literal("out/"))),)), False),
        (Pure("and", (UNTOLD, Literal(False))), False),
        (Pure("or", (UNTOLD, Literal(True))), True),
        (Pure("when", (UNTOLD, Literal(True), Literal(True))), True),
        (Pure("when", (UNTOLD, Literal(True), Literal(False))), None),
        (Pure("<", (Literal(1), Literal(2))), True),
        (Pure("<", (Literal("a"), Literal(2))), None),
        (CallResult("s3", "HeadObject"), None),
        # A word within a constant part, one from its letters on, and a variable that both texts hold.
        (Pure("in", (Literal("out"), Concatenation((KEY, Literal("a-out-b"))))), True),
        (Pure("in", (Environment("A"), Concatenation((KEY, Environment("A"))))), True),
        (
            Pure(
                "in",
                (
                    Concatenation((Literal("/"), Environment("A"))),
                    Concatenation((KEY, Literal("a/"), Environment("A"))),
                ),
            ),
            True,
        ),
        (Pure("in", (Literal("out"), Concatenation((KEY, Literal("a"))))), None),
        (ObjectValue(()), None),
    ],
)
def test_three_valued(test: Value, expected: bool | None) -> None:
    assert decide(test) is expected


ONE, TWO = Literal("one"), Literal("two")


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("item", (Pure("split", (OUT, Literal("/"))), Literal(0)), Literal("out")),
        ("item", (Pure("split", (OUT, Literal("."))), Literal(-1)), Literal("png")),
        ("item", (Pure("split", (OUT, Literal("/"))), Literal(1)), UNTOLD),
        ("item", (Pure("split", (OUT, Literal("-"))), Literal(0)), Concatenation((Literal("out/"), UNTOLD))),
        ("extension", (OUT,), Alternatives((Literal(".png"), Literal("")))),
        ("extension", (Concatenation((KEY, Literal("a.png"))),), Literal(".png")),
        ("extension", (Concatenation((KEY, Literal("/.png"))),), Literal("")),
        ("basename", (Concatenation((KEY, Literal("/a.png"))),), Literal("a.png")),
        ("upper", (OUT,), Concatenation((Literal("OUT/"), UNTOLD, Literal(".PNG")))),
        ("basename", (KEY,), UNTOLD),
        ("when", (Literal(True), ONE, TWO), ONE),
        ("when", (Literal(False), ONE, TWO), TWO),
        ("when", (UNTOLD, ONE, TWO), Pure("when", (UNTOLD, ONE, TWO))),
        ("int", (Literal("3"),), Literal(3)),
        ("int", (Literal("x"),), UNTOLD),
        ("substring", (OUT, Literal(0), Literal(-2)), UNTOLD),
    ],
)
def test_functions_of_texts(name: str, arguments: tuple[Value, ...], expected: Value) -> None:
    assert applied(name, arguments) == expected


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("any(key.startswith(p) for p in ('out/', 'done/'))", "stops-itself"),
        ("any([key.startswith(p) for p in ('out/', 'done/')])", "stops-itself"),
        ("any(key.startswith(p) for p in ('x/', 'done/'))", "loops"),
        ("any(key.startswith(p) for p in os.environ['PREFIXES'].split(','))", "undecided"),
        ("all(key.startswith(p) for p in ('out/', 'ou'))", "stops-itself"),
        ("all(key.startswith(p) for p in ('out/', 'z'))", "loops"),
        ("os.path.splitext(key)[1] in {'.json', '.gz'}", "stops-itself"),
        ("os.path.splitext(key)[1] in {'.csv', '.gz'}", "loops"),
    ],
)
def test_all_or_any_of_several_tests(test: str, expected: str) -> None:
    found = python(
        body(S3 + f"if {test}: return\ns3.put_object(Bucket=bucket, Key='out/' + key + '/a.json')")
    )
    assert outcome(found, "s3").outcome == expected


@pytest.mark.parametrize(
    ("read", "sent", "expected"),
    [
        ('m.get("kind", "new")', '{"kind": "old"}', "stops-itself"),
        ('m.get("kind", "new")', '{"other": 1}', "loops"),
        ('m.get("kind") or "new"', '{"kind": "old"}', "stops-itself"),
        ('m.get("kind") or "new"', '{"kind": "new"}', "loops"),
        ('(m.get("kind") if m.get("x") else "new")', '{"kind": "old"}', "undecided"),
    ],
)
def test_what_stands_in_for_a_part_that_is_not_there(read: str, sent: str, expected: str) -> None:
    source = f'm = json.loads(event["Records"][0]["body"])\nif ({read}) != "new": return\nsqs.send_message(QueueUrl="q", MessageBody=json.dumps({sent}))'
    assert outcome(python(body(source)), "sqs").outcome == expected
    script = (
        read.replace('m.get("kind", "new")', '(m.kind ?? "new")')
        .replace('m.get("kind") or', "m.kind ||")
        .replace('(m.get("kind") if m.get("x") else "new")', '(m.x ? m.kind : "new")')
    )
    found = javascript(
        'const AWS = require("aws-sdk"), sqs = new AWS.SQS();\nexports.handler = async (event) => {\n'
        f'const m = JSON.parse(event.Records[0].body);\nif (({script}) !== "new") return;\n'
        f'await sqs.sendMessage({{ QueueUrl: "q", MessageBody: JSON.stringify({sent}) }}).promise();\n}};'
    )
    assert outcome(found, "sqs").outcome == expected


@pytest.mark.parametrize(("state", "expected"), [("closed", "stops-itself"), ("open", "loops")])
def test_the_fields_of_an_object_of_data_come_back(state: str, expected: str) -> None:
    source = """
    import boto3, json
    from dataclasses import dataclass, asdict
    sqs = boto3.client("sqs")
    @dataclass
    class Base:
        id: str
        state: str = "new"
    @dataclass
    class Note(Base):
        state: str = "%s"
    def handler(event, context):
        m = json.loads(event["Records"][0]["body"])
        if m["state"] == "closed":
            return
        sqs.send_message(QueueUrl="q", MessageBody=json.dumps(asdict(Note(id=m["id"]))))
    """
    assert outcome(python(source % state), "sqs").outcome == expected


UPDATE = 'table.update_item(Key={"id": "a"}, UpdateExpression="SET s = :d", ExpressionAttributeValues={":d": "done"})'
PLAIN = "from boto3.dynamodb.types import TypeDeserializer\nd = TypeDeserializer()\n"
WRAPPED = "from aws_lambda_powertools.utilities.data_classes import DynamoDBStreamEvent\n"


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        ('i["s"]["S"] == "done"', "stops-itself"),
        ('i["s"] == "done"', "loops"),
        ('i["s"]["N"] == "done"', "loops"),
        ('i["s"]', "stops-itself"),
        ('"s" in i', "stops-itself"),
        ('k["id"]["S"] == "a"', "stops-itself"),
        ('k["id"] == "a"', "loops"),
        ('{a: d.deserialize(b) for a, b in i.items()}["s"] == "done"', "stops-itself"),
        ('{a: d.deserialize(b) for a, b in i.items()}["s"] == "open"', "loops"),
        ('d.deserialize({"M": i})["s"] == "done"', "stops-itself"),
        ('d.deserialize(i["s"]) == "done"', "stops-itself"),
        ('d.deserialize(i["s"])["S"] == "done"', "undecided"),
        ('next(DynamoDBStreamEvent(event).records).dynamodb.new_image["s"] == "done"', "stops-itself"),
        ('next(DynamoDBStreamEvent(event).records).dynamodb.new_image["s"] == "open"', "loops"),
    ],
)
def test_an_image_holds_its_attributes_under_their_types(read: str, expected: str) -> None:
    record = 'r = event["Records"][0]["dynamodb"]\ni, k = r["NewImage"], r["Keys"]\n'
    found = python(body(f"{PLAIN}{WRAPPED}{record}if {read}: return\n{UPDATE}"))
    assert outcome(found, "dynamodb").outcome == expected


IMAGES = """
const { unmarshall } = require("@aws-sdk/util-dynamodb");
const { DynamoDB, SQS, SNS, Converter } = require("aws-sdk"), AWS = require("aws-sdk");
const table = new DynamoDB.DocumentClient(), sqs = new SQS(), sns = new SNS();
"""


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        ("i.s.S === 'done'", "stops-itself"),
        ("i.s === 'done'", "loops"),
        ("i.s.N === 'done'", "loops"),
        ("i.s", "stops-itself"),
        ("unmarshall(i).s === 'done'", "stops-itself"),
        ("unmarshall(i).s === 'open'", "loops"),
        ("unmarshall({ x: i.s }).x === 'done'", "stops-itself"),
        ("AWS.DynamoDB.Converter.unmarshall(i).s === 'done'", "stops-itself"),
        ("AWS.DynamoDB.Converter.output({ M: i }).s === 'done'", "stops-itself"),
        ("unmarshall(i).s.S === 'done'", "undecided"),
    ],
)
def test_an_image_holds_its_attributes_under_their_types_in_javascript(read: str, expected: str) -> None:
    found = javascript(
        f"{IMAGES}exports.handler = async (event) => {{ for (const r of event.Records) {{\n"
        f"const i = r.dynamodb.NewImage; if ({read}) continue;\n"
        "await table.update({ TableName: 't', Key: { id: 'a' }, UpdateExpression: 'SET s = :d',\n"
        "ExpressionAttributeValues: { ':d': 'done' } }).promise(); } };"
    )
    assert outcome(found, "dynamodb").outcome == expected


@pytest.mark.parametrize(
    ("channel", "name", "expected"),
    [
        ("sqs", "stringValue", "stops-itself"),
        ("sqs", "StringValue", "loops"),
        ("sqs", "Value", "loops"),
        ("sns", "Value", "stops-itself"),
        ("sns", "StringValue", "loops"),
        ("sns", "stringValue", "loops"),
    ],
)
def test_attributes_of_a_message_are_named_as_the_event_names_them(
    channel: str, name: str, expected: str
) -> None:
    sent = "{'done': {'DataType': 'String', 'StringValue': 'yes'}}"
    where = 'r["messageAttributes"]' if channel == "sqs" else 'r["Sns"]["MessageAttributes"]'
    send = (
        'sqs.send_message(QueueUrl="q", MessageBody='
        if channel == "sqs"
        else 'sns.publish(TopicArn="t", Message='
    )
    source = f'for r in event["Records"]:\n    if {where}.get("done", {{}}).get("{name}") == "yes": continue\n    {send}"x", MessageAttributes={sent})'
    assert outcome(python(body(source)), channel).outcome == expected
    place = "r.messageAttributes" if channel == "sqs" else "r.Sns.MessageAttributes"
    call = (
        "sqs.sendMessage({ QueueUrl: 'q', MessageBody"
        if channel == "sqs"
        else "sns.publish({ TopicArn: 't', Message"
    )
    found = javascript(
        f"{IMAGES}exports.handler = async (event) => {{ for (const r of event.Records) {{\n"
        f"if ({place}.done?.{name} === 'yes') continue;\n"
        f"await {call}: 'x', MessageAttributes: {sent} }}).promise(); }} }};"
    )
    assert outcome(found, channel).outcome == expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ('{"default": json.dumps({"done": True})}', "stops-itself"),
        ('{"default": json.dumps({"done": False})}', "loops"),
        ('{"default": json.dumps({}), "done": True}', "loops"),
        ('{"default": json.dumps({"done": True}), "lambda": "{}"}', "undecided"),
    ],
)
def test_a_message_with_a_structure_gives_each_protocol_its_own(message: str, expected: str) -> None:
    source = f"""
m = json.loads(event["Records"][0]["Sns"]["Message"])
if m.get("done"): return
sns.publish(TopicArn="t", Message=json.dumps({message}), MessageStructure="json")
"""
    assert outcome(python(body(source)), "sns").outcome == expected


HEADED = """
const { S3Client, HeadObjectCommand, PutObjectCommand } = require('@aws-sdk/client-s3');
const { DynamoDBClient } = require('@aws-sdk/client-dynamodb');
const { DynamoDBDocument, UpdateCommand } = require('@aws-sdk/lib-dynamodb');
const { unmarshall } = require('@aws-sdk/util-dynamodb');
const AWS = require('aws-sdk'), old = new AWS.S3();
const s3 = new S3Client({}), doc = DynamoDBDocument.from(new DynamoDBClient({}));
"""


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("s3.send(new HeadObjectCommand({ Bucket: b, Key: key }))", "undecided"),
        ("await s3.send(new HeadObjectCommand({ Bucket: b, Key: key }))", "stops-itself"),
        ("old.headObject({ Bucket: b, Key: key })", "undecided"),
        ("old.headObject({ Bucket: b, Key: key }).promise()", "undecided"),
        ("await old.headObject({ Bucket: b, Key: key }).promise()", "stops-itself"),
        ("head(b, key)", "undecided"),
        ("await head(b, key)", "stops-itself"),
        ("(await Promise.all([head(b, key)]))[0]", "stops-itself"),
    ],
)
def test_what_a_promise_holds_guards_nothing(asked: str, expected: str) -> None:
    source = f"""{HEADED}
const head = async (b, key) => s3.send(new HeadObjectCommand({{ Bucket: b, Key: key }}));
exports.handler = async (event) => {{
  const b = event.Records[0].s3.bucket.name, key = event.Records[0].s3.object.key;
  const found = {asked};
  if (found.Metadata && found.Metadata.done === '1') return;
  await s3.send(new PutObjectCommand({{ Bucket: b, Key: key, Metadata: {{ done: '1' }} }}));
}};"""
    assert outcome(javascript(source), "s3").outcome == expected


@pytest.mark.parametrize(
    ("taken", "expected"),
    [
        ("this.notified = d.notified;", "stops-itself"),
        ("this.notified = d.notified === undefined ? false : d.notified;", "stops-itself"),
        ("this.notified = d.notified !== undefined ? d.notified : false;", "stops-itself"),
        ("this.notified = d.notified ? d.notified : false;", "stops-itself"),
        ("this.notified = 'notified' in d ? d.notified : false;", "stops-itself"),
        ("this.notified = d.other === undefined ? false : d.notified;", "undecided"),
        ("this.notified = d.notified === undefined ? d.notified : false;", "undecided"),
        ("Object.assign(this, d);", "stops-itself"),
        ("for (const k in d) this[k] = d[k];", "undecided"),
    ],
)
def test_a_part_of_the_event_or_what_stands_in_for_it(taken: str, expected: str) -> None:
    source = f"""{HEADED}
class X {{ constructor(d) {{ this.id = d.id; {taken} }} }}
exports.handler = async (event) => {{
  const x = new X(unmarshall(event.Records[0].dynamodb.NewImage));
  if (x.notified) return;
  await doc.send(new UpdateCommand({{ TableName: process.env.T, Key: {{ id: x.id }},
    UpdateExpression: 'SET notified = :n', ExpressionAttributeValues: {{ ':n': true }} }}));
}};"""
    assert outcome(javascript(source), "dynamodb").outcome == expected


@pytest.mark.parametrize(("gone", "expected"), [("a", "loops"), ("b", "stops-itself")])
def test_what_is_taken_away_is_not_there_in_the_next_round(gone: str, expected: str) -> None:
    source = body(
        f"""
key = event["Records"][0]["s3"]["object"]["key"]
d = {{"a": 1, "b": 2}}
del d["{gone}"]
if "a" not in d:
    s3.put_object(Bucket="b", Key=key)
"""
    )
    assert outcome(python(source), "s3").outcome == expected
    script = f"""{HEADED}exports.handler = async (event) => {{ const d = {{ a: 1, b: 2 }}; delete d.{gone};
  if (!('a' in d)) await s3.send(new PutObjectCommand({{ Bucket: 'b', Key: event.Records[0].s3.object.key }})); }};"""
    assert outcome(javascript(script), "s3").outcome == expected


@pytest.mark.parametrize(
    "value", [UNTOLD, Unknown("x"), EventPath(("key",)), Environment("KEY"), Pure("x", (UNTOLD,))]
)
@pytest.mark.parametrize(
    "name", ["len", "split", "basename", "extension", "dirname", "lower", "upper", "int"]
)
def test_of_what_is_not_known_no_function_gives_a_constant(name: str, value: Value) -> None:
    more = (Literal("/"),) if name == "split" else ()
    assert isinstance(applied(name, (value, *more)), (Unknown, Pure))
