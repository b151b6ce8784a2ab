"""Calls that never come back, and methods that objects are made with."""

from __future__ import annotations

import pytest
from handler_code import javascript, only, python, shown

from recursion_lint.code.replay import replay

PYTHON = """
import boto3, os, sys
from collections import namedtuple
from dataclasses import dataclass
from enum import Enum
sqs = boto3.client("sqs")
def send(body="done", url="q"):
    sqs.send_message(QueueUrl=url, MessageBody=body)
def fail(reason):
    raise ValueError(reason)
class Checks:
    def fail(self):
        raise ValueError
    def pass_on(self):
        pass
def handler(event, context):
    for record in event["Records"]:
        %s
"""
STOPS = "if record['body'] == 'done': %s\n        send()"


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("fail('again')", "stops-itself"),
        ("Checks().fail()", "stops-itself"),
        ("sys.exit(1)", "stops-itself"),
        ("Checks().pass_on()", "loops"),
        ("print('again')", "loops"),
        ("list(map(fail, record['more']))", "loops"),
        ("record['more'] or fail('again')", "loops"),
        ("lambda: fail('again')", "loops"),
    ],
)
def test_what_always_raises_leaves(call: str, expected: str) -> None:
    found = python(PYTHON % (STOPS % call))
    assert not found.gaps
    assert replay(list(found.calls), "sqs").outcome == expected


def test_what_raises_is_caught() -> None:
    body = "try:\n            fail('x')\n        except ValueError: pass\n        send()"
    assert only(python(PYTHON % body)).reached


@pytest.mark.parametrize(
    "body",
    [
        "class Own:\n            def __new__(cls): send()\n        Own()",
        "@dataclass\n        class Own:\n            a: int = 1\n            def __post_init__(self): send()\n        Own()",
    ],
)
def test_what_making_an_object_does(body: str) -> None:
    assert only(python(PYTHON % body)).reached


@pytest.mark.parametrize(
    "body",
    [
        "Own = namedtuple('Own', 'url body')\n        made = Own('here', 'x')\n        send(made.body, made.url)",
        "Own = namedtuple('Own', ['url', 'body'])\n        made = Own(body='x', url='here')\n        send(url=made.url)",
        "class Own(Enum): URL = 'he' + 're'\n        send(url=Own.URL.value)",
    ],
)
def test_fields_of_tuples_and_members_of_enumerations(body: str) -> None:
    assert shown(only(python(PYTHON % body)).target) == "'here'"


def test_a_member_of_an_enumeration_may_be_a_variable() -> None:
    body = "class Own(Enum): URL = os.environ['Q']\n        send(url=Own.URL.value)"
    assert shown(only(python(PYTHON % body)).target) == "env:Q"


JAVASCRIPT = """
const AWS = require("aws-sdk"), sqs = new AWS.SQS();
const send = () => sqs.sendMessage({QueueUrl: "q", MessageBody: "done"}).promise();
function fail() { throw new Error("again"); }
exports.handler = async (event) => { for (const record of event.Records) { %s } };
"""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("if (record.body === 'done') fail(); await send();", "stops-itself"),
        ("if (record.body === 'done') process.exit(1); await send();", "stops-itself"),
        ("if (record.body === 'done') [].forEach(fail); await send();", "loops"),
        ("leave: { break leave; } await send();", "loops"),
        ("leave: { if (record.body === 'done') break leave; await send(); }", "stops-itself"),
    ],
)
def test_ends_in_javascript(body: str, expected: str) -> None:
    found = javascript(JAVASCRIPT % body)
    assert not found.gaps
    assert replay(list(found.calls), "sqs").outcome == expected


WAITING = "const check = async (r) => { if (r.body === 'done') throw new Error('again'); };\n"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("await check(record); await send();", "stops-itself"),
        ("await Promise.all([check(record)]); await send();", "stops-itself"),
        ("await check(record).then(() => send());", "stops-itself"),
        ("const all = async () => check(record); await all(); await send();", "stops-itself"),
        ("check(record); await send();", "loops"),
        ("const promise = check(record); await send();", "loops"),
    ],
)
def test_what_a_promise_is_rejected_with_is_thrown_where_it_is_waited_for(body: str, expected: str) -> None:
    found = javascript(WAITING + JAVASCRIPT % body)
    assert not found.gaps
    assert replay(list(found.calls), "sqs").outcome == expected


V3 = """
const {SQSClient, SendMessageCommand} = require("@aws-sdk/client-sqs");
const middy = require("@middy/core");
const sqs = new SQSClient({});
const send = () => sqs.send(new SendMessageCommand({QueueUrl: "q", MessageBody: "x"}));
%s
"""


def test_what_is_put_into_a_command_before_it_is_sent() -> None:
    body = "exports.handler = async () => { const c = new SendMessageCommand({QueueUrl: 'a'}); c.input.QueueUrl = 'b'; await sqs.send(c); };"
    assert shown(only(javascript(V3 % body)).target) == "'b'"


def test_the_handler_of_a_chain_of_middleware() -> None:
    assert only(
        javascript(V3 % "exports.handler = middy().use({}).handler(async () => { await send(); });")
    ).reached


@pytest.mark.parametrize(
    ("records", "conditions"),
    [
        ("event.Records", 0),
        ("event.Records.filter((r) => r.body !== 'x')", 1),
    ],
)
def test_counting_up_to_the_length_of_a_list_is_going_through_it(records: str, conditions: int) -> None:
    body = f"exports.handler = async (event) => {{ const all = {records}; for (let i = 0; i < all.length; i++) await send(); }};"
    found = javascript(V3 % body)
    assert all(len(site.guards) == conditions for site in found.calls)
