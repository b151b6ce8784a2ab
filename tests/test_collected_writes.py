"""What a handler collects on conditions and then writes is written on these: the second round of such functions."""

from __future__ import annotations

import pytest
from handler_code import javascript, python

from recursion_lint.code.calls import Interpreted
from recursion_lint.code.replay import replay

PYTHON = """
import boto3, itertools, os
from boto3.dynamodb.types import TypeDeserializer
from collections import Counter, defaultdict
table = boto3.resource("dynamodb").Table("t")
read = TypeDeserializer()
def put(key, count=1):
    table.update_item(Key={"pk": key, "sk": "total"}, UpdateExpression="ADD n :n", ExpressionAttributeValues={":n": count})
def handler(event, context):
"""
ITEM = 'r["dynamodb"]["Keys"]["pk"]["S"]'
WANTED = 'r["dynamodb"]["Keys"]["sk"]["S"].startswith("product#")'
COLLECT = f"""
for r in event["Records"]:
    if {WANTED}:
        acc[{ITEM}] = 1
"""
APPEND = COLLECT.replace(f"acc[{ITEM}] = 1", f"acc.append({ITEM})")
WRITE = "\nfor k in acc:\n    put(k)"


def outcome(found: Interpreted) -> str:
    assert not found.gaps
    return replay(
        [site for site in found.calls if site.operation.startswith("dynamodb.")], "dynamodb"
    ).outcome


def in_python(source: str) -> str:
    lines = source.strip("\n").split("\n")
    return outcome(python(PYTHON + "".join(f"    {line}\n" for line in lines)))


@pytest.mark.parametrize(
    "source",
    [
        "acc = []" + APPEND + WRITE,
        "acc = {}" + COLLECT + WRITE,
        "acc = {}" + COLLECT + "\nfor k, v in acc.items():\n    put(k, v)",
        "acc = defaultdict(int)" + COLLECT.replace("= 1", "+= 1") + WRITE,
        "acc = defaultdict(list)" + COLLECT.replace(" = 1", ".append(r)") + WRITE,
        "acc = Counter()" + COLLECT.replace(f"acc[{ITEM}] = 1", f"acc.update({{{ITEM}: 1}})") + WRITE,
        "acc = {}" + COLLECT.replace(f"acc[{ITEM}] = 1", f"acc.setdefault({ITEM}, []).append(r)") + WRITE,
        f"acc = [{ITEM} for r in event['Records'] if {WANTED}]" + WRITE,
        "acc = {}" + COLLECT + "\nif acc:\n    put('x')",
        "acc = {}" + COLLECT + "\nif not acc:\n    return\nput('x')",
        "acc = []" + APPEND + "\nif len(acc) > 0:\n    put('x')",
        "acc = []" + APPEND + "\nif len(acc) == 0:\n    return\nput('x')",
        "acc = False" + COLLECT.replace(f"acc[{ITEM}] = 1", "acc = True") + "\nif acc:\n    put('x')",
        "acc, other = [], []" + APPEND + "\nfor k in itertools.chain(acc, other):\n    put(k)",
        "for r in event['Records']:\n"
        "    keys = {k: read.deserialize(v) for k, v in r['dynamodb']['Keys'].items()}\n"
        "    if keys['sk'].startswith('product#'):\n        put(keys['pk'])",
    ],
)
def test_a_function_that_collects_no_item_of_its_own_stops_itself(source: str) -> None:
    assert in_python(source) == "stops-itself"
    assert in_python(source.replace("product#", "tot")) != "stops-itself"


@pytest.mark.parametrize(
    "source",
    [
        "acc = ['x']" + APPEND + WRITE,
        "acc = {'x': 1}" + COLLECT + WRITE,
        "acc = dict(x=1)" + COLLECT + WRITE,
        "acc = dict([('x', 1)])" + COLLECT + WRITE,
        "acc = Counter(['x'])" + COLLECT + WRITE,
        "acc = defaultdict(int, {'x': 1})" + COLLECT + WRITE,
        "acc = {}; other = acc; other['x'] = 1" + COLLECT + WRITE,
        "acc = defaultdict(list); acc['x'].append(1)" + COLLECT.replace(" = 1", ".append(r)") + WRITE,
        "acc = {}" + COLLECT + "\nacc.update(x=1)" + WRITE,
        "acc = {}" + COLLECT + "\nacc = {**acc, 'x': 1}" + WRITE,
        "acc = {}" + COLLECT + "\nacc.setdefault('x', 1)" + WRITE,
        "acc = {}; acc.update(event)" + COLLECT + WRITE,
        "acc = []" + APPEND + "\nfor k in itertools.chain(acc, ['x']):\n    put(k)",
        "acc = []" + APPEND + "\nfor k in acc or ['x']:\n    put(k)",
        "acc = {}" + COLLECT + "\nif not acc:\n    put('x')",
        "acc = []" + APPEND + "\nif len(acc) < 5:\n    put('x')",
        "acc = True" + COLLECT.replace(f"acc[{ITEM}] = 1", "acc = False") + "\nif acc:\n    put('x')",
        "acc = {}\nfor r in event['Records']:\n"
        f"    acc[{ITEM}] = 1\n    if {WANTED}:\n        acc[{ITEM}] = 2" + WRITE,
        f"acc = {{}}\nfor r in event['Records']:\n    if {WANTED}:\n        acc['a'] = 1\n"
        "    else:\n        acc['b'] = 1" + WRITE,
    ],
)
def test_what_comes_in_on_another_way_is_written_again(source: str) -> None:
    assert in_python(source) != "stops-itself"


@pytest.mark.parametrize(
    ("kept", "name"),
    [
        ("KEPT = {}\n", "KEPT"),
        ("KEPT = Counter()\n", "KEPT"),
        ("class Kept:\n    seen = {}\n", "Kept.seen"),
        ("KEPT = []\n", "KEPT"),
    ],
)
def test_what_lasts_beyond_an_invocation_may_hold_what_an_earlier_one_put_in(kept: str, name: str) -> None:
    collect = APPEND if "[]" in kept else COLLECT
    source = (collect + WRITE).replace("acc", name).strip("\n").split("\n")
    text = PYTHON.replace("def handler", kept + "def handler") + "".join(f"    {line}\n" for line in source)
    assert outcome(python(text)) != "stops-itself"


def test_a_default_of_a_parameter_lasts_too() -> None:
    inner = "".join(f"    {line}\n" for line in (APPEND + WRITE).strip("\n").split("\n"))
    text = (
        PYTHON.replace("def handler", "def go(event, acc=[]):\n" + inner + "def handler") + "    go(event)\n"
    )
    assert outcome(python(text)) != "stops-itself"


JAVASCRIPT = """
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
const db = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const put = (k, n = 1) => db.send(new UpdateCommand({
  TableName: "t", Key: { pk: k, sk: "total" }, UpdateExpression: "ADD n :n", ExpressionAttributeValues: { ":n": n } }));
export const handler = async (event) => {
%s
};
"""
JS_ITEM = "r.dynamodb.Keys.pk.S"
JS_WANTED = 'r.dynamodb.Keys.sk.S.startsWith("product#")'


@pytest.mark.parametrize(
    "source",
    [
        f"const acc = []; for (const r of event.Records) if ({JS_WANTED}) acc.push({JS_ITEM}); for (const k of acc) await put(k);",
        f"const acc = {{}}; for (const r of event.Records) if ({JS_WANTED}) acc[{JS_ITEM}] = 1; for (const [k, n] of Object.entries(acc)) await put(k, n);",
        f"const acc = new Map(); event.Records.forEach((r) => {{ if ({JS_WANTED}) acc.set({JS_ITEM}, 1); }}); for (const [k, n] of acc) await put(k, n);",
        f"const acc = new Set(); for (const r of event.Records) if ({JS_WANTED}) acc.add({JS_ITEM}); await Promise.all([...acc].map((k) => put(k)));",
        f"const acc = event.Records.filter((r) => {JS_WANTED}); if (acc.length === 0) return; await put('x', acc.length);",
        f"const acc = new Set(); for (const r of event.Records) if ({JS_WANTED}) acc.add({JS_ITEM}); if (acc.size > 0) await put('x');",
        f"const acc = event.Records.reduce((m, r) => {{ if ({JS_WANTED}) m[{JS_ITEM}] = 1; return m; }}, {{}}); for (const k of Object.keys(acc)) await put(k);",
        f"const acc = event.Records.flatMap((r) => ({JS_WANTED} ? [{JS_ITEM}] : [])); for (const k of acc) await put(k);",
        "for (const r of event.Records) { const keys = unmarshall(r.dynamodb.Keys); if (keys.sk.startsWith('product#')) await put(keys.pk); }",
    ],
)
def test_collections_of_javascript(source: str) -> None:
    assert outcome(javascript(JAVASCRIPT % source)) == "stops-itself"
    assert outcome(javascript(JAVASCRIPT % source.replace("product#", "tot"))) != "stops-itself"
    seeded = source.replace("acc = []", "acc = ['x']").replace("acc = {}", "acc = { x: 1 }").replace(
        "Map()", "Map([['x', 1]])").replace("Set()", "Set(['x'])")  # fmt: skip
    if seeded != source:
        assert outcome(javascript(JAVASCRIPT % seeded)) != "stops-itself"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("attribute_exists(pk)", "stops-itself"),
        ("#s = :old", "stops-itself"),
        ("attribute_exists(pk) AND #n < :n", "stops-itself"),
        ("attribute_not_exists(locked)", "undecided"),
        ("attribute_exists(pk) OR #s = :old", "undecided"),
        ("NOT #s = :old", "undecided"),
        ("#s <> :old", "undecided"),
    ],
)
def test_an_update_that_needs_the_item_inserts_nothing(condition: str, expected: str) -> None:
    source = f"""
for r in event["Records"]:
    if r["eventName"] == "INSERT":
        table.update_item(Key={{"pk": "a"}}, UpdateExpression="SET n = :n", ConditionExpression="{condition}")
"""
    assert in_python(source) == expected


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ('["NewImage"]["status"]["S"] == "done"', "loops"),
        ('["NewImage"]["status"]["S"] == "new"', "stops-itself"),
        ('["NewImage"]["kind"]["S"] == "order"', "undecided"),
        ('["NewImage"]["pk"]["S"] == "a"', "loops"),
        ('["Keys"]["pk"]["S"] == "b"', "stops-itself"),
        ('["Keys"]["sk"]["S"] == "b"', "undecided"),
    ],
)
def test_what_an_update_sets_comes_back_and_what_it_leaves_is_unknown(test: str, expected: str) -> None:
    source = f"""
for r in event["Records"]:
    if r["dynamodb"]{test}:
        table.update_item(Key={{"pk": "a"}}, UpdateExpression="SET #s = :s", ExpressionAttributeNames={{"#s": "status"}}, ExpressionAttributeValues={{":s": "done"}})
"""
    assert in_python(source) == expected
