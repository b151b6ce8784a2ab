"""Functions that the language or a library calls without naming them."""

from __future__ import annotations

import pytest
from handler_code import javascript, python, writes

from recursion_lint.code.calls import Interpreted

PYTHON = """
import os
import boto3
sqs = boto3.client("sqs")
URL = os.environ["URL"]
def put(url):
    sqs.send_message(QueueUrl=url, MessageBody="x")
"""
JAVASCRIPT = """
const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs');
const sqs = new SQSClient({});
const URL_ = process.env.URL;
function put(url) { return sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'x' })); }
"""
MANAGER = (
    "class C:\n    def __enter__(self):\n        return self\n    def __exit__(self, *a):\n        put(URL)\n"
)
ASYNCHRONOUS = "class C:\n    async def __aenter__(self):\n        return self\n    async def __aexit__(self, *a):\n        put(URL)\n"


@pytest.mark.parametrize(
    ("defined", "body"),
    [
        (MANAGER, "with C() as c:\n        print(c)"),
        (MANAGER, "with C():\n        return 1"),
        (MANAGER, "with open('x') as f, C():\n        pass"),
        (ASYNCHRONOUS, "import asyncio\n    async def go():\n        async with C():\n            pass\n    asyncio.run(go())"),
        ("class C:\n    def __enter__(self):\n        put(URL)\n    def __exit__(self, *a):\n        pass\n", "with C():\n        pass"),
        ("from dataclasses import dataclass\n@dataclass\nclass C:\n    a: int\n    def __post_init__(self):\n        put(URL)\n", "C(1)"),
        ("class C:\n    def __iter__(self):\n        put(URL)\n        yield 1\n", "for x in C():\n        pass"),
        ("class C:\n    def __iter__(self):\n        return self\n    def __next__(self):\n        put(URL)\n", "for x in C():\n        pass"),
        ("class C:\n    def __getitem__(self, key):\n        put(URL)\n", "C()[event['a']]"),
    ],
)  # fmt: skip
def test_what_python_calls_without_a_name(defined: str, body: str) -> None:
    found = python(f"{PYTHON}{defined}def handler(event, context):\n    {body}\n")
    assert "sqs.SendMessage env:URL" in writes(found)
    assert all(site.reached and not site.guards for site in found.calls)


@pytest.mark.parametrize(
    "source",
    [
        "function C() {} C.prototype.go = function () { return put(URL_); }; exports.handler = async () => { await new C().go(); };",
        "function C(u) { this.u = u; } C.prototype = { go() { return put(this.u); } }; exports.handler = async () => { await new C(URL_).go(); };",
        "function B() {} B.prototype.go = function () { return put(URL_); }; function C() {} C.prototype = Object.create(B.prototype); exports.handler = async () => { await new C().go(); };",
        "const m = new Map([['a', () => put(URL_)]]); exports.handler = async (e) => { await m.get(e.op)(); };",
        "const m = new Map([['a', () => put(URL_)], ['b', () => {}]]); exports.handler = async (e) => { await m.get('a')(); };",
        "function t(parts) { return put(URL_); } exports.handler = async () => { await t`x${1}`; };",
        "class C { *[Symbol.iterator]() { put(URL_); yield 1; } } exports.handler = async () => { for (const x of new C()) {} };",
    ],
)
def test_what_javascript_calls_without_a_name(source: str) -> None:
    assert writes(javascript(JAVASCRIPT + source)) == ["sqs.SendMessage env:URL"]


CALLED, MAYBE, UNNAMED = "called", "perhaps", "without its name"


def how(found: Interpreted) -> list[str]:
    """How each call on the queue is made, if it is."""
    made = [CALLED if site.reached and not site.guards else MAYBE for site in found.calls]
    return [*made, *(f"{UNNAMED}: {one.function}" for one in found.implied)]


@pytest.mark.parametrize(
    ("defined", "body", "expected"),
    [
        ("class C:\n    def __lshift__(self, other):\n        put(URL)\n", "C() << event", CALLED),
        ("class C:\n    def __add__(self, other):\n        put(URL)\n", "C() + event", CALLED),
        ("class C:\n    def __rlshift__(self, other):\n        put(URL)\n", "event << C()", MAYBE),
        ("class C:\n    def __del__(self):\n        self.go()\n    def go(self):\n        put(URL)\n", "C()", MAYBE),
        ("def key(x):\n    put(URL)\n    return 1\n", "sorted(event['Records'], key=key)", CALLED),
        ("def key(x):\n    put(URL)\n    return 1\n", "sorted([], key=key)", MAYBE),
        ("import json\n", "json.dumps({'a': object()}, default=lambda o: put(URL))", MAYBE),
        ("import functools\n@functools.singledispatch\ndef go(x):\n    print(x)\n@go.register\ndef _(x: dict):\n    put(URL)\n", "go(event)", f"{UNNAMED}: _"),
        ("class M(type):\n    def __call__(cls):\n        put(URL)\nclass C(metaclass=M):\n    pass\n", "C()", MAYBE),
    ],
)  # fmt: skip
def test_functions_that_are_called_without_their_names(defined: str, body: str, expected: str) -> None:
    found = python(f"{PYTHON}{defined}def handler(event, context):\n    {body}\n")
    assert how(found) == [expected]
    assert not found.gaps


@pytest.mark.parametrize(
    "source",
    [
        "function B() {} B.prototype.go = function () { return put(URL_); }; function C() {} require('util').inherits(C, B); exports.handler = async () => { await new C().go(); };",
        "class A { constructor() { this.u = URL_; } } Object.assign(A.prototype, { go() { return put(this.u); } }); exports.handler = async () => { await new A().go(); };",
        "class A { constructor() { this.u = URL_; } } Object.assign(A.prototype, { go: function () { return put(this.u); } }); exports.handler = async () => { await new A().go(); };",
    ],
)  # fmt: skip
def test_methods_that_are_put_on_a_prototype_as_a_whole(source: str) -> None:
    found = javascript(JAVASCRIPT + source)
    assert writes(found) == ["sqs.SendMessage env:URL"]
    assert (how(found), found.gaps) == ([CALLED], ())


@pytest.mark.parametrize(
    "source",
    [
        "function B() {} function C() {} C.prototype.go = function () { return put(URL_); }; require('util').inherits(C, B); exports.handler = async () => { new B(); };",
        "class A {} Object.assign(A.prototype, { go() { return put(URL_); } }); exports.handler = async () => { new A(); };",
    ],
)  # fmt: skip
def test_methods_on_a_prototype_that_nobody_calls(source: str) -> None:
    assert CALLED not in how(javascript(JAVASCRIPT + source))


def test_what_is_written_elsewhere_does_not_hide_a_function_that_is_called_without_a_name() -> None:
    source = "class C:\n    def __lshift__(self, other):\n        put(URL)\ndef handler(event, context):\n    put('other')\n    C() << 1\n"
    found = python(PYTHON + source)
    assert writes(found) == ["sqs.SendMessage 'other'", "sqs.SendMessage env:URL"]
    assert how(found) == [CALLED, CALLED]


@pytest.mark.parametrize(
    ("defined", "body"),
    [
        ("", "print(event)"),
        ("class C:\n    def __exit__(self, *a):\n        put(URL)\n", "print(event)"),
        ("class C:\n    def go(self):\n        put(URL)\n", "C()"),
        ("def go():\n    put(URL)\n", "if False:\n        go()"),
        ("def go():\n    put(URL)\nHANDLERS = {'a': go, 'b': print}\n", "HANDLERS['b'](event)"),
    ],
)
def test_functions_that_are_surely_not_called(defined: str, body: str) -> None:
    found = python(f"{PYTHON}{defined}def handler(event, context):\n    {body}\n")
    assert (found.calls, found.implied) == ((), ())


def test_exported_functions_of_a_module_that_nobody_asks_for_are_not_called() -> None:
    more = {"lib.js": JAVASCRIPT + "module.exports = { put, other: () => put(URL_), id: (x) => x };"}
    found = javascript("const lib = require('./lib'); exports.handler = async (e) => lib.id(e);", more)
    assert (found.calls, found.implied) == ((), ())


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("boto3.client('textract').start_document_analysis(NotificationChannel={'SNSTopicArn': URL, 'RoleArn': 'r'})", ["textract.StartDocumentAnalysis:NotificationChannel env:URL"]),
        ("boto3.client('textract').start_expense_analysis(NotificationChannel={'SNSTopicArn': URL, 'RoleArn': 'r'})", ["textract.StartExpenseAnalysis env:URL"]),
        ("boto3.client('rekognition').start_label_detection(NotificationChannel={'SNSTopicArn': URL, 'RoleArn': 'r'})", ["rekognition.StartLabelDetection env:URL"]),
        ("boto3.client('rekognition').start_label_detection(Video={})", []),
    ],
)  # fmt: skip
def test_topics_that_a_service_is_told_to_notify(line: str, expected: list[str]) -> None:
    found = python(f"{PYTHON}def handler(event, context):\n    {line}\n")
    told = [one for one in writes(found) if not one.startswith("textract.StartDocumentAnalysis ")]
    assert (told, found.gaps) == (expected, ())
