"""Handlers run for real against a double of AWS: every write that happens is among those that reading them finds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from handler_code import python

from recursion_lint.code.calls import (
    Alternatives,
    Concatenation,
    ContextPath,
    Environment,
    EventPath,
    Literal,
    Value,
)
from recursion_lint.code.sdk_calls import operations

moto = pytest.importorskip("moto")
boto3 = pytest.importorskip("boto3")

ENVIRONMENT = {
    "OUT": "box",
    "TABLE": "table",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "x",
    "AWS_SECRET_ACCESS_KEY": "x",
}
EVENT: dict[str, Any] = {
    "Records": [
        {
            "s3": {"bucket": {"name": "box"}, "object": {"key": "in/a.txt"}},
            "body": json.dumps({"n": 1, "to": "x"}),
        },
        {
            "s3": {"bucket": {"name": "box"}, "object": {"key": "in/b.csv"}},
            "body": json.dumps({"n": 2, "to": "y"}),
        },
    ],
    "source": "app",
}
PLAIN_HEAD = """
import boto3, json, os
from urllib.parse import unquote_plus
s3 = boto3.client("s3")
sqs = boto3.client("sqs")
sns = boto3.client("sns")
bus = boto3.client("events")
table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
"""
EACH = """
def handler(event, context):
    for record in event["Records"]:
        bucket, key = record["s3"]["bucket"]["name"], unquote_plus(record["s3"]["object"]["key"])
"""
HANDLERS = {
    "copy": EACH + '        s3.put_object(Bucket=bucket, Key="out/" + key, Body=b"x")\n',
    "suffix": EACH + '        s3.put_object(Bucket=bucket, Key=key.rsplit(".", 1)[0] + ".json", Body=b"x")\n',
    "branch": EACH + '        s3.put_object(Bucket=bucket, Key=key if key.endswith(".csv") else "other/" + key)\n',
    "guard": EACH + '        if key.endswith(".csv"): continue\n        s3.put_object(Bucket=os.environ["OUT"], Key=f"x/{key}")\n',
    "last": """
def handler(event, context):
    last = None
    for record in event["Records"]:
        if last:
            s3.put_object(Bucket="box", Key="after/" + last)
        last = record["s3"]["object"]["key"]
""",
    "collected": """
def handler(event, context):
    keys = []
    for record in event["Records"]:
        keys.append(record["s3"]["object"]["key"])
    for key in sorted(keys, reverse=True):
        s3.put_object(Bucket="box", Key="c/" + key)
    while keys:
        key = keys.pop()
        s3.put_object(Bucket="box", Key="d/" + key)
""",
    "table of functions": """
def save(key): s3.put_object(Bucket="box", Key="a/" + key)
def note(key): table.put_item(Item={"pk": key})
ACTIONS = {"txt": save, "csv": note}
def handler(event, context):
    for record in event["Records"]:
        key = record["s3"]["object"]["key"]
        ACTIONS[key.split(".")[-1]](key)
""",
    "generator": """
def keys(event):
    for record in event["Records"]:
        yield record["s3"]["object"]["key"]
def handler(event, context):
    for number, key in enumerate(keys(event)):
        s3.put_object(Bucket="box", Key=key)
    s3.delete_objects(Bucket="box", Delete={"Objects": [{"Key": key} for key in keys(event)]})
""",
    "exception": """
def handler(event, context):
    target = "first"
    try:
        target = "second"
        s3.get_object(Bucket="box", Key="missing")
        target = "third"
    except Exception as error:
        s3.put_object(Bucket="box", Key=target + "/error")
    finally:
        table.put_item(Item={"pk": "end"})
""",
    "messages": """
def handler(event, context):
    url = sqs.get_queue_url(QueueName="queue")["QueueUrl"]
    for record in event["Records"]:
        body = json.loads(record["body"])
        body["n"] += 1
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps(body))
    sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": str(n), "MessageBody": "m"} for n in range(2)])
""",
    "writer": """
def handler(event, context):
    with table.batch_writer() as batch:
        for record in event["Records"]:
            batch.put_item(Item={"pk": record["s3"]["object"]["key"]})
    table.update_item(Key={"pk": "x"}, UpdateExpression="SET a = :a", ExpressionAttributeValues={":a": 1})
    table.delete_item(Key={"pk": "x"})
""",
    "resources": """
store = boto3.resource("s3")
def handler(event, context):
    box = store.Bucket(os.environ["OUT"])
    for record in event["Records"]:
        box.put_object(Key="r/" + record["s3"]["object"]["key"], Body=b"x")
        store.Object("box", "o").put(Body=b"y")
        box.Object("p").copy_from(CopySource={"Bucket": "box", "Key": "o"})
""",
    "classes": """
class Base:
    where = "base/"
    def __init__(self, bucket): self.bucket = bucket
    def save(self, key): s3.put_object(Bucket=self.bucket, Key=self.where + key)
class Below(Base):
    where = "below/"
    def save(self, key):
        super().save(key)
        self.save = None
        s3.put_object(Bucket=self.bucket, Key=key)
def handler(event, context):
    for made in (Base, Below):
        made(os.environ["OUT"]).save(event["Records"][0]["s3"]["object"]["key"])
""",
    "events": """
def handler(event, context):
    entry = {"Source": event["source"], "DetailType": "done", "Detail": "{}"}
    bus.put_events(Entries=[entry, dict(entry, DetailType="again")])
    kwargs = {"Bucket": "box"}
    kwargs.update({"Key": "k"})
    s3.put_object(**kwargs)
""",
    "mutable default": """
def collect(key, seen=[]):
    seen.append(key)
    for one in seen:
        s3.put_object(Bucket="box", Key=one)
def handler(event, context):
    for record in event["Records"]:
        collect(record["s3"]["object"]["key"])
""",
    "recursion": """
def walk(parts, prefix):
    if not parts: return
    s3.put_object(Bucket="box", Key=prefix + parts[0])
    walk(parts[1:], prefix + parts[0] + "/")
def handler(event, context):
    walk(["a", "b", "c"], "")
""",
}  # fmt: skip


class Context:
    function_name = "me"
    aws_request_id = "1"


def happening(source: str, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """The calls that running a handler makes, with their parameters."""
    from botocore.client import BaseClient

    calls: list[tuple[str, dict[str, Any]]] = []
    original = BaseClient._make_api_call

    def recording(self: Any, operation: str, parameters: dict[str, Any]) -> Any:
        calls.append(
            (
                f"{self.meta.service_model.service_name}.{operation}",
                json.loads(json.dumps(parameters, default=str)),
            )
        )
        return original(self, operation, parameters)  # fmt: skip

    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with moto.mock_aws():
        boto3.client("s3").create_bucket(Bucket="box")
        boto3.client("sqs").create_queue(QueueName="queue")
        boto3.client("dynamodb").create_table(
            TableName="table",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        )
        scope: dict[str, Any] = {"__name__": "app"}
        exec(compile(source, "app.py", "exec"), scope)
        monkeypatch.setattr(BaseClient, "_make_api_call", recording)
        scope["handler"](json.loads(json.dumps(EVENT)), Context())
    return calls


def meanings(value: Value | None) -> set[str] | None:
    """The texts that a value may stand for; ``None`` for any."""
    if isinstance(value, Literal):
        return {str(value.value)}
    if isinstance(value, Environment):
        return {ENVIRONMENT.get(value.name, "")}
    if isinstance(value, EventPath):
        return {str(found) for found in _found(EVENT, value.path)}
    if isinstance(value, ContextPath):
        return {str(getattr(Context, value.path[0]))}
    if isinstance(value, Alternatives):
        several = [meanings(option) for option in value.options]
        return None if None in several else set().union(*(one for one in several if one))
    if isinstance(value, Concatenation):
        parts = [meanings(part) for part in value.parts]
        known = [part for part in parts if part is not None]
        return {"".join(words) for words in product(*known)} if len(known) == len(parts) else None
    return None


def _found(data: Any, path: tuple[str, ...]) -> Iterator[Any]:
    if not path:
        yield data
    elif path[0] == "[]":
        for item in data:
            yield from _found(item, path[1:])
    else:
        yield from _found(json.loads(data) if path[0] == "json" else data[path[0]], path[1:])


@pytest.mark.parametrize("name", HANDLERS)
def test_what_happens_was_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each write has a call with a target and a key that may be the real ones; a gap must say why there is none."""
    source = PLAIN_HEAD + HANDLERS[name]
    found = python(source)
    made = [(key, given) for key, given in happening(source, monkeypatch) if key in operations()]
    assert made
    for key, given in made:
        target = given.get(operations()[key].target[0])
        sites = [site for site in found.calls if site.operation == key]
        fitting = [
            site
            for site in sites
            if _may_be(site.target, target) and ("Key" not in given or _may_be(site.key, given["Key"]))
        ]
        assert fitting or found.gaps, (key, given, [(site.target, site.key) for site in sites])


def _may_be(value: Value | None, real: Any) -> bool:
    known = meanings(value)
    return known is None or not isinstance(real, str) or real in known
