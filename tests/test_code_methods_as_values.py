"""Methods and functions as values: with some of their arguments, from objects and lists, by their names as texts."""

from __future__ import annotations

import pytest
from handler_code import gaps, javascript, python, shown

PYTHON = """
import asyncio, boto3, functools, operator, os, threading
from concurrent.futures import ThreadPoolExecutor
sqs = boto3.client("sqs")
Q = os.environ["Q"]
def send(body, url=None):
    sqs.send_message(QueueUrl=url, MessageBody=body)
def handler(event, context):
    %s
"""
JAVASCRIPT = """
const AWS = require("aws-sdk"), sqs = new AWS.SQS(), util = require("util");
const message = {QueueUrl: process.env.Q, MessageBody: "x"};
exports.handler = async (event) => { %s; };
"""


@pytest.mark.parametrize(
    "body",
    [
        "functools.partial(sqs.send_message, QueueUrl=Q)(MessageBody='x')",
        "functools.partial(functools.partial(sqs.send_message, QueueUrl=Q), MessageBody='x')()",
        "functools.partial(send, url=Q)('x')",
        "functools.partial(send, 'x')(Q)",
        "list(map(functools.partial(send, url=Q), ['x']))",
        "list(ThreadPoolExecutor().map(functools.partial(send, url=Q), ['x']))",
        "sqs.send_message.__call__(QueueUrl=Q, MessageBody='x')",
        "[sqs.send_message][0](QueueUrl=Q, MessageBody='x')",
        "{'send': sqs.send_message}.get('send')(QueueUrl=Q, MessageBody='x')",
        "dict([('send', sqs.send_message)])['send'](QueueUrl=Q, MessageBody='x')",
        "getattr(sqs, 'send_' + 'message')(QueueUrl=Q, MessageBody='x')",
        "operator.methodcaller('send_message', QueueUrl=Q, MessageBody='x')(sqs)",
        "operator.attrgetter('send_message')(sqs)(QueueUrl=Q, MessageBody='x')",
        "type('Own', (), {})\n    class Own: put = sqs.send_message\n    Own.put(QueueUrl=Q, MessageBody='x')",
        "class Own:\n        def put(self, url): send('x', url)\n        go = functools.partialmethod(put, Q)\n    Own().put(Q)",
        "threading.Thread(target=send, args=('x',), kwargs={'url': Q}).start()",
        "threading.Timer(1, send, ['x', Q]).start()",
        "asyncio.get_event_loop().run_in_executor(None, functools.partial(send, 'x', Q))",
        "sqs._make_api_call('SendMessage', {'QueueUrl': Q, 'MessageBody': 'x'})",
    ],
)
def test_methods_of_python(body: str) -> None:
    found = python(PYTHON % body)
    assert {shown(site.target) for site in found.calls if site.reached} == {"env:Q"}
    assert gaps(found) == []


def test_a_part_of_a_call_is_no_call() -> None:
    found = python(PYTHON % "made = functools.partial(sqs.send_message, QueueUrl=Q)\n    print(made)")
    assert not [site for site in found.calls if site.reached]


def test_an_operation_of_a_computed_name_is_a_gap() -> None:
    assert gaps(python(PYTHON % "sqs._make_api_call(event['op'], {})"))


@pytest.mark.parametrize(
    "body",
    [
        "const put = sqs.sendMessage.bind(sqs, message); await put().promise()",
        "const put = sqs.sendMessage.bind(sqs); await put(message).promise()",
        "await sqs.sendMessage.call(sqs, message).promise()",
        "await sqs.sendMessage.apply(sqs, [message]).promise()",
        "await util.promisify(sqs.sendMessage).bind(sqs)(message)",
        "await sqs.makeRequest('sendMessage', message).promise()",
        "await sqs['send' + 'Message'](message).promise()",
        "await new Map([['put', m => sqs.sendMessage(m).promise()]]).get('put')(message)",
        "await Object.fromEntries([['put', m => sqs.sendMessage(m)]]).put(message)",
        "const put = () => sqs.sendMessage(message).promise(); await put`now`",
        "await ({get now() { return sqs.sendMessage(message).promise(); }}).now",
        "await ({message, get now() { return sqs.sendMessage(this.message).promise(); }}).now",
        "function Own() {} Own.prototype.put = function () { return sqs.sendMessage(message); }; new Own().put()",
        "function Own() {} Own.put = () => sqs.sendMessage(message); Own.put()",
    ],
)
def test_methods_of_javascript(body: str) -> None:
    found = javascript(JAVASCRIPT % body)
    assert {shown(site.target) for site in found.calls if site.reached} == {"env:Q"}
    assert gaps(found) == []


@pytest.mark.parametrize(
    "body",
    [
        "const own = {set body(b) { sqs.sendMessage(message); }}; own.body = 'x'",
        "`${{toString() { sqs.sendMessage(message); return ''; }}}`",
        "JSON.stringify({toJSON() { sqs.sendMessage(message); }})",
        "await {then(done) { sqs.sendMessage(message); done(); }}",
        "await new Proxy({}, {get: () => () => sqs.sendMessage(message)}).put()",
    ],
)
def test_what_no_call_shows_may_be_called(body: str) -> None:
    found = javascript(JAVASCRIPT % body)
    assert {shown(site.target) for site in found.calls} == {"env:Q"}


def test_a_function_of_the_object_that_nobody_asks_for_is_not_called() -> None:
    body = "const own = {put: () => sqs.sendMessage(message), get: () => 1}; own.get()"
    assert not javascript(JAVASCRIPT % body).calls
