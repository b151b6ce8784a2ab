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


OWN = """
const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs');
const sqs = new SQSClient({});
const put = (body) => sqs.send(new SendMessageCommand({ QueueUrl: process.env.Q, MessageBody: body }));
"""
CALLING = "const h = require('./h'); exports.handler = async (event) => { if (event.a) { await h.send('direct'); return; } await h.go(); };"


@pytest.mark.parametrize(
    "exported",
    [
        "module.exports.go = async () => { await this.send('again'); }; module.exports.send = (b) => put(b);",
        "exports.go = function () { return this.send('again'); }; exports.send = (b) => put(b);",
        "const that = this; exports.go = async () => { await that.send('again'); }; exports.send = (b) => put(b);",
        "module.exports = { go() { return this.send('again'); }, send(b) { return put(b); } };",
        "exports.go = function () { return [1].map(function () { return this.send('again'); }); }; exports.send = (b) => put(b);",
    ],
)
def test_this_of_an_exported_function_is_what_the_module_exports(exported: str) -> None:
    found = javascript(CALLING, {"h.js": OWN + exported})
    assert not found.gaps
    assert {shown(site.value("body")) for site in found.calls} == {"'direct'", "'again'"}
    assert all(site.reached for site in found.calls) == (".map(" not in exported)


def test_another_method_of_what_the_module_exports_is_not_called() -> None:
    exported = "exports.go = async () => { await this.log('again'); }; exports.log = (b) => b; exports.send = (b) => put(b);"
    found = javascript(CALLING, {"h.js": OWN + exported})
    assert {shown(site.value("body")) for site in found.calls} == {"'direct'"}


@pytest.mark.parametrize(
    ("used", "before", "asked"),
    [
        ("use", "{ before: async (r) => { r.context.svc = new S(); } }", "await context.svc.emit('again')"),
        ("use", "{ before: async (r) => { r.event.svc = new S(); } }", "await event.svc.emit('again')"),
        ("use", "{ before: async (r) => { r.context.svc = { emit: (b) => put(b) }; } }", "const { emit } = context.svc; await emit('again')"),
        ("use", "{ before: async (r) => { Object.assign(r.context, { svc: new S() }); } }", "await context.svc.emit('again')"),
        ("before", "async (r) => { r.context.svc = new S(); }", "await context.svc.emit('again')"),
    ],
)  # fmt: skip
def test_an_object_that_a_middleware_puts_on_the_context(used: str, before: str, asked: str) -> None:
    source = (
        f"{OWN}const middy = require('@middy/core'); class S {{ emit(body) {{ return put(body); }} }}\n"
        f"exports.handler = middy(async (event, context) => {{ if (event.a) {{ await put('direct'); return; }} {asked}; }}).{used}({before});"
    )
    assert [shown(site.value("body")) for site in javascript(source).calls] == ["'direct'", "?"]
    other = javascript(
        source.replace(".emit('again')", ".log('again')")
        .replace("{ emit } =", "{ log } =")
        .replace("emit('again')", "log('again')")
    )
    assert [shown(site.value("body")) for site in other.calls] == ["'direct'"]


def test_an_object_that_a_middleware_of_python_puts_on_the_context() -> None:
    defined = "class S:\n    def emit(self, body): send(body, Q)\ndef wrap(context):\n    context.svc = S()\n"
    source = PYTHON.replace("def handler", defined + "def handler") % "context.svc.emit('again')"
    handed = source.replace("def handler(", "import tool\ntool.before(wrap)\ndef handler(")
    assert [shown(site.value("body")) for site in python(handed).calls] == ["?"]
    assert not python(handed.replace("context.svc.emit", "context.svc.log")).calls
