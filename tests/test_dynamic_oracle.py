"""Loops that run: moto carries the events of fixtures, and each function writes whatever it is allowed to.

The resources of a case are made by hand from its template; its near-miss differs in the one place that the template
differs in. What the linter reports goes round until the cap, what it does not report comes to rest.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from recursion_lint.run.lint import lint

pytest.importorskip("moto", reason="the extra `oracles` is not installed")
boto3 = pytest.importorskip("boto3", reason="the extra `oracles` is not installed")

FIXTURES = Path(__file__).parent.parent / "fixtures"
CAP = 20
REGION = "eu-west-1"
KEYS = ("in/x.txt", "out/x.txt", "archive/x.txt", "inbox/x.txt", "x.txt")
pytestmark = pytest.mark.filterwarnings("ignore")

Write = Callable[["World"], None]


class World:
    """An account without a network: its clients, and functions that count their invocations."""

    def __init__(self) -> None:
        for service in ("s3", "sqs", "sns", "dynamodb", "iam"):
            setattr(self, service, boto3.client(service, region_name=REGION))
        self.functions = boto3.client("lambda", region_name=REGION)
        self.writes: dict[str, Write] = {}
        self.invocations = 0
        trust = json.dumps({"Version": "2012-10-17", "Statement": []})
        role = self.iam.create_role(RoleName="runner", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        self._common = {"Role": role, "Runtime": "python3.13", "Handler": "a.b", "Code": {"ZipFile": b"PK"}}

    iam: Any
    s3: Any
    sqs: Any
    sns: Any
    dynamodb: Any

    def invoked(self, name: str) -> None:
        """A function runs: it writes, until there were as many invocations as a test waits for."""
        if self.invocations < CAP:
            self.invocations += 1
            if self.invocations < CAP:
                self.writes[name](self)

    def function(self, name: str, write: Write) -> str:
        self.writes[name] = write
        return str(self.functions.create_function(FunctionName=name, **self._common)["FunctionArn"])

    def bucket(self, name: str) -> None:
        self.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})

    def notify(self, bucket: str, function: str, event: str = "s3:ObjectCreated:*", prefix: str = "") -> None:
        entry: dict[str, Any] = {"LambdaFunctionArn": function, "Events": [event]}
        if prefix:
            entry["Filter"] = {"Key": {"FilterRules": [{"Name": "prefix", "Value": prefix}]}}
        self.s3.put_bucket_notification_configuration(
            Bucket=bucket, NotificationConfiguration={"LambdaFunctionConfigurations": [entry]}
        )

    def queue(self, name: str) -> tuple[str, str]:
        """The URL and ARN of a new queue."""
        url = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        known = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return url, known["Attributes"]["QueueArn"]

    def topic(self, name: str) -> str:
        return str(self.sns.create_topic(Name=name)["TopicArn"])

    def table(self, name: str) -> str:
        """The ARN of the stream of a new table."""
        made = self.dynamodb.create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )
        return str(made["TableDescription"]["LatestStreamArn"])

    def poll(self, source: str, function: str, enabled: bool = True) -> None:
        more = {} if ":sqs:" in source else {"StartingPosition": "LATEST"}
        self.functions.create_event_source_mapping(
            EventSourceArn=source, FunctionName=function, Enabled=enabled, **more
        )

    def put(self, table: str) -> None:
        """An item that was not there before: a stream tells of changes only."""
        item = {"id": {"S": f"item-{self.invocations}"}}
        self.dynamodb.put_item(TableName=table, Item=item)


def puts(bucket: str, *keys: str) -> Write:
    def write(world: World) -> None:
        for key in keys:
            world.s3.put_object(Bucket=bucket, Key=key, Body=b"x")

    return write


def sends(url: str) -> Write:
    return lambda world: world.sqs.send_message(QueueUrl=url, MessageBody="again")


def nothing(world: World) -> None:
    """A function that may only read."""


def output_is_the_input(world: World, bad: bool) -> None:
    world.bucket("calls")
    world.bucket("transcripts")
    write = puts("calls" if bad else "transcripts", *KEYS)
    world.notify("calls", world.function("Transcribe", write))
    puts("calls", "call.wav")(world)


def grant_on_the_trigger_prefix(world: World, bad: bool) -> None:
    world.bucket("scans")
    allowed = "in/" if bad else "out/"
    write = puts("scans", *(key for key in KEYS if key.startswith(allowed)))
    world.notify("scans", world.function("Clean", write), prefix="in/")
    puts("scans", "in/scan.pdf")(world)


def deny_elsewhere(world: World, bad: bool) -> None:
    world.bucket("mail")
    denied = "archive/" if bad else "inbox/"
    write = puts("mail", *(key for key in KEYS if not key.startswith(denied)))
    world.notify("mail", world.function("Parse", write), prefix="inbox/")
    puts("mail", "inbox/message")(world)


def removed_objects(world: World, bad: bool) -> None:
    world.bucket("album")
    for at in range(CAP + 2):
        puts("album", f"photo-{at}")(world)

    def forget(world: World) -> None:
        world.s3.delete_object(Bucket="album", Key=f"photo-{world.invocations}")

    event = "s3:ObjectRemoved:*" if bad else "s3:ObjectCreated:*"
    world.notify("album", world.function("Forget", forget), event)
    puts("album", "photo-new")(world)
    world.s3.delete_object(Bucket="album", Key="photo-new")


def two_buckets_in_a_ring(world: World, bad: bool) -> None:
    world.bucket("raw")
    world.bucket("cooked")
    world.notify("raw", world.function("Cook", puts("cooked", "meal")))
    world.notify("cooked", world.function("Reheat", puts("raw", "meal") if bad else nothing))
    puts("raw", "carrot")(world)


def mapping(world: World, bad: bool) -> None:
    url, arn = world.queue("retries")
    world.poll(arn, world.function("Retry", sends(url)), enabled=bad)
    sends(url)(world)


def three_workers(world: World, bad: bool) -> None:
    queues = [world.queue(name) for name in ("first", "second", "third", "done")]
    onward = [1, 2, 0 if bad else 3]
    for at, name in enumerate(("Split", "Sort", "Merge")):
        world.poll(queues[at][1], world.function(name, sends(queues[onward[at]][0])))
    sends(queues[0][0])(world)


def answers_on_the_same_topic(world: World, bad: bool) -> None:
    orders, confirmations = world.topic("orders"), world.topic("confirmations")
    answer = orders if bad else confirmations
    function = world.function("Confirm", lambda one: one.sns.publish(TopicArn=answer, Message="confirmed"))
    world.sns.subscribe(TopicArn=orders, Protocol="lambda", Endpoint=function)
    world.sns.publish(TopicArn=orders, Message="an order")


def two_tables(world: World, bad: bool) -> None:
    stock, sales = world.table("stock"), world.table("sales")
    world.table("Offers")
    world.poll(sales, world.function("Reserve", lambda one: one.put("stock")))
    world.poll(stock, world.function("Offer", lambda one: one.put("sales" if bad else "Offers")))
    world.put("sales")


def updates_its_own_table(world: World, bad: bool) -> None:
    stream = world.table("orders")
    world.poll(stream, world.function("Total", (lambda one: one.put("orders")) if bad else nothing))
    world.put("orders")


CASES: Mapping[str, Callable[[World, bool], None]] = {
    "s3-loop/output-is-the-input": output_is_the_input,
    "s3-loop/grant-on-the-trigger-prefix": grant_on_the_trigger_prefix,
    "s3-loop/deny-elsewhere": deny_elsewhere,
    "s3-loop/removed-objects": removed_objects,
    "s3-loop/two-buckets-in-a-ring": two_buckets_in_a_ring,
    "sqs-loop/mapping": mapping,
    "sqs-loop/three-workers": three_workers,
    "sns-loop/answers-on-the-same-topic": answers_on_the_same_topic,
    "dynamodb-loop/two-tables": two_tables,
    "dynamodb-loop/updates-its-own-table": updates_its_own_table,
}


def rounds(build: Callable[[World, bool], None], bad: bool) -> int:
    """How often functions run until all is quiet, or the cap is reached."""
    from moto import mock_aws
    from moto.awslambda.models import LambdaFunction
    from moto.awslambda_simple.models import LambdaSimpleBackend

    with mock_aws(config={"lambda": {"use_docker": False}}):
        world = World()

        def simple(backend: object, function_name: str, *rest: object, **more: object) -> bytes:
            world.invoked(function_name.rpartition(":")[2])
            return b"{}"

        def direct(function: Any, *rest: object, **more: object) -> str:
            world.invoked(function.function_name)
            return "{}"

        with (
            patch.object(LambdaSimpleBackend, "invoke", simple),
            patch.object(LambdaFunction, "invoke", direct),
        ):
            build(world, bad)
        return world.invocations


@pytest.mark.parametrize("bad", [True, False], ids=["template", "near-miss"])
@pytest.mark.parametrize("case", CASES)
def test_what_runs_is_what_is_reported(case: str, bad: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    report = lint([str(FIXTURES / case / ("template.yaml" if bad else "near-miss.yaml"))])
    runs = [
        finding for finding in report.findings if not any("switched on" in one for one in finding.only_where)
    ]
    reported = any(finding.rule == case.partition("/")[0] for finding in runs)
    ran = rounds(CASES[case], bad)
    assert (ran == CAP) == reported == bad
    # Rest proves nothing where nothing was started; a mapping that is switched off starts nothing.
    assert ran > 0 or case == "sqs-loop/mapping"
