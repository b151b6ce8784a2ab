"""``match`` of Python as a condition before a write, and ``with`` as what is done at the end of a block."""

from __future__ import annotations

import pytest
from handler_code import conditions, only, python, writes

from recursion_lint.code.replay import replay

HEAD = """
import boto3, json, os
s3, sqs = boto3.client("s3"), boto3.client("sqs")
def handler(event, context):
    r = event["Records"][0]["s3"]
    bucket, key = r["bucket"]["name"], r["object"]["key"]
"""
PUT = "s3.put_object(Bucket=bucket, Key='out/' + key)"


def matched(cases: str, subject: str = "key.split('/')") -> str:
    lines = [f"match {subject}:", *(f"    {line}" for line in cases.split("\n"))]
    return HEAD + "".join(f"    {line}\n" for line in lines)


@pytest.mark.parametrize(
    ("cases", "expected"),
    [
        ("case ['in', *rest]: " + PUT, "stops-itself"),
        ("case ['out', *rest]: " + PUT, "loops"),
        ("case ['out', *rest]: return\ncase _: " + PUT, "stops-itself"),
        ("case ['other', *rest]: return\ncase _: " + PUT, "loops"),
        ("case ['in', *_] | ['raw', *_]: " + PUT, "stops-itself"),
        ("case ['in', *_] | ['out', *_]: " + PUT, "loops"),
        ("case [first, *_] if first == 'in': " + PUT, "stops-itself"),
        ("case [first, *_] if first != 'in': " + PUT, "loops"),
        ("case [first, *_] if first in os.environ['DIRS']: " + PUT, "undecided"),
        ("case ['in', name]: s3.put_object(Bucket=bucket, Key=f'out/{name}')", "stops-itself"),
        ("case ['in', name]: s3.put_object(Bucket=bucket, Key=f'in/{name}')", "undecided"),
        ("case [_, _]: " + PUT, "undecided"),
        ("case _: " + PUT, "loops"),
        ("case str(name): " + PUT, "undecided"),
        ("case 5: " + PUT, "undecided"),
    ],
)
def test_parts_of_a_key(cases: str, expected: str) -> None:
    found = python(matched(cases))
    assert not found.gaps
    assert replay(list(found.calls), "s3").outcome == expected


SEND = "sqs.send_message(QueueUrl='q', MessageBody=json.dumps({'kind': 'done', 'of': {'a': 1}}))"


@pytest.mark.parametrize(
    ("cases", "expected"),
    [
        ("case {'kind': 'raw'}: " + SEND, "stops-itself"),
        ("case {'kind': 'done'}: " + SEND, "loops"),
        ("case {'kind': found}: " + SEND, "loops"),
        ("case {'other': found}: " + SEND, "stops-itself"),
        ("case {'kind': 'raw', **rest}: " + SEND, "stops-itself"),
        ("case {'kind': found} if found == 'raw': " + SEND, "stops-itself"),
        ("case {'of': {'a': 2}}: " + SEND, "stops-itself"),
        ("case {'of': {'a': 1}}: " + SEND, "loops"),
        ("case {'kind': 'done'}: return\ncase _: " + SEND, "stops-itself"),
        ("case None: return\ncase _: " + SEND, "loops"),
    ],
)
def test_fields_of_a_message(cases: str, expected: str) -> None:
    found = python(matched(cases, "json.loads(event['Records'][0]['body'])"))
    assert not found.gaps
    assert replay(list(found.calls), "sqs").outcome == expected


def test_a_pattern_binds_what_it_matches() -> None:
    found = python(matched("case [first, *_]: s3.put_object(Bucket=first, Key='k')"))
    assert writes(found) == ["s3.PutObject item(split(event:Records.[].s3.object.key,'/'),0) 'k'"]


def test_the_subject_is_evaluated_once() -> None:
    found = python(matched("case {'ETag': tag}: pass\ncase {'Other': tag}: pass\ncase _: pass", PUT))
    assert len(found.calls) == 1


def test_what_a_tuple_can_never_be() -> None:
    assert not python(matched("case (_, 'b'): " + PUT, "(key, 'a')")).calls
    assert python(matched("case (_, 'a'): " + PUT, "(key, 'a')")).calls


def test_a_condition_is_told_as_it_stands_in_the_code() -> None:
    site = only(python(matched("case ['in', name] if name: " + PUT)))
    assert conditions(site) == ["['in', name] if name"]


BATCH = """
import asyncio, boto3
sqs = boto3.client("sqs")
class Batch:
    def __init__(self): self.bodies = []
    def __enter__(self): return self
    def add(self, body): self.bodies.append(body)
    def __exit__(self, *error):
        for body in self.bodies:
            sqs.send_message(QueueUrl="q", MessageBody=body)
class Later:
    async def __aenter__(self): return self
    async def __aexit__(self, *error): sqs.send_message(QueueUrl="q", MessageBody="x")
async def walk():
    async with Later() as later:
        return later
def handler(event, context):
"""


@pytest.mark.parametrize(
    "body",
    [
        "with Batch() as batch: batch.add('x')",
        "with Batch() as batch:\n        batch.add('x')\n        return 1",
        "batch = Batch()\n    with batch: batch.add('x')",
        "asyncio.run(walk())",
    ],
)
def test_what_is_done_at_the_end_of_a_block(body: str) -> None:
    assert only(python(BATCH + f"    {body}\n")).reached


def test_without_a_block_there_is_no_end() -> None:
    assert not [site for site in python(BATCH + "    Batch().add('x')\n").calls if site.reached]
