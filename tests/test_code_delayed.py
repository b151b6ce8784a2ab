"""Generators, coroutines and iterators: what they write is written when they are asked for their elements."""

from __future__ import annotations

import pytest
from handler_code import conditions, javascript, only, python, shown

from recursion_lint.code.calls import Interpreted

PYTHON = """
import asyncio, boto3, collections, functools, itertools, os
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
sqs = boto3.client("sqs")
def put(body="x", url=os.environ["Q"]):
    sqs.send_message(QueueUrl=url, MessageBody=body)
def send():
    put()
    yield 1
def through():
    yield from send()
def given():
    return send()
def consume(elements):
    for element in elements:
        pass
class Pages:
    def __iter__(self):
        yield from send()
class Page:
    def __next__(self):
        put()
    def __getitem__(self, name):
        return put()
@contextmanager
def opened():
    put()
    yield sqs
async def later():
    put()
async def pages():
    put()
    yield 1
async def walk():
    async for page in pages():
        pass
async def several():
    await asyncio.gather(*[later() for _ in range(2)])
async def tasks():
    async with asyncio.TaskGroup() as group:
        group.create_task(later())
def handler(event, context):
    %s
"""
JAVASCRIPT = """
const {SQSClient, SendMessageCommand} = require("@aws-sdk/client-sqs");
const sqs = new SQSClient({});
const put = () => sqs.send(new SendMessageCommand({QueueUrl: process.env.Q, MessageBody: "x"}));
function* send() { put(); yield 1; }
function* through() { yield* send(); }
async function* later() { await put(); yield 1; }
class Pages { *[Symbol.iterator]() { put(); yield 1; } }
exports.handler = async (event) => { %s; };
"""


def found(source: str, body: str) -> Interpreted:
    return (python if source is PYTHON else javascript)(source % body)


def reached(read: Interpreted) -> bool:
    """Is there a call that is surely made?"""
    assert not read.gaps, read.gaps
    return any(site.reached for site in read.calls)


@pytest.mark.parametrize(
    "body",
    [
        "for _ in send(): pass",
        "list(send())",
        "next(send())",
        "sum(send())",
        "max(send())",
        "any(send())",
        "','.join(send())",
        "1 in send()",
        "first, second = send()",
        "print(*send())",
        "[*send()]",
        "[x for x in send()]",
        "dict(send())",
        "list(map(str, send()))",
        "list(filter(None, send()))",
        "list(map(put, ['a']))",
        "list(put() for _ in [1])",
        "for _ in itertools.chain([], send()): pass",
        "list(itertools.islice(send(), 3))",
        "collections.deque(send(), maxlen=0)",
        "functools.reduce(lambda a, b: a, send())",
        "for place, x in enumerate(send()): pass",
        "for x, y in zip(send(), [1]): pass",
        "for _ in through(): pass",
        "for _ in given(): pass",
        "consume(send())",
        "consume(elements=send())",
        "kept = {'it': send()}; list(kept['it'])",
        "made = send(); made.send(None)",
        "for _ in Pages(): pass",
        "next(Page())",
        "Page()['x']",
        "with opened(): pass",
        "asyncio.run(later())",
        "asyncio.get_event_loop().run_until_complete(later())",
        "asyncio.run(walk())",
        "asyncio.run(several())",
        "asyncio.run(tasks())",
        "asyncio.run(asyncio.to_thread(put))",
        "ThreadPoolExecutor().submit(put)",
        "list(ThreadPoolExecutor().map(put, ['a', 'b']))",
    ],
)
def test_python_that_asks_for_it(body: str) -> None:
    assert reached(found(PYTHON, body))


@pytest.mark.parametrize(
    "body",
    ["send()", "through()", "given()", "pages()", "later()", "walk()", "opened()", "(put() for _ in [1])"],
)
def test_python_that_drops_it(body: str) -> None:
    assert not found(PYTHON, body).calls


@pytest.mark.parametrize("body", ["made = send()", "made = map(str, send())", "made = later(); print(made)"])
def test_what_is_kept_and_not_seen_to_be_asked_for_may_be(body: str) -> None:
    assert [site.reached for site in found(PYTHON, body).calls] == [False]


def test_conditions_are_those_of_its_making_and_of_its_use() -> None:
    body = "made = send() if event['a'] else []\n    if event['b']:\n        list(made)"
    assert conditions(only(found(PYTHON, body))) == ["event['b']", "event['a']"]


def test_what_a_context_manager_yields_is_what_with_gives() -> None:
    body = "with opened() as client:\n        client.send_message(QueueUrl='here', MessageBody='y')"
    assert "'here'" in [shown(site.target) for site in found(PYTHON, body).calls]


def test_a_function_of_one_element_keeps_its_other_defaults() -> None:
    site = only(found(PYTHON, "list(map(put, ['a']))"))
    assert shown(site.target) == "env:Q"


@pytest.mark.parametrize(
    "body",
    [
        "for (const x of send()) {}",
        "[...send()]",
        "send().next()",
        "Array.from(send())",
        "const [a] = send()",
        "for (const x of through()) {}",
        "new Set(send())",
        "console.log(...send())",
        "for await (const x of later()) {}",
        "for (const x of { *[Symbol.iterator]() { put(); yield 1; } }) {}",
        "for (const x of new Pages()) {}",
    ],
)
def test_javascript_that_asks_for_it(body: str) -> None:
    assert reached(found(JAVASCRIPT, body))


@pytest.mark.parametrize("body", ["send()", "through()", "later()"])
def test_javascript_that_drops_it(body: str) -> None:
    assert not found(JAVASCRIPT, body).calls
