"""Whatever stands in a file, reading it never raises; and how code is laid out does not change what is found."""

from __future__ import annotations

import re
import sys

import pytest
from handler_code import MemoryFiles, javascript, python, writes
from hypothesis import given, settings
from hypothesis import strategies as st

from recursion_lint.code.calls import Entry, Interpreted
from recursion_lint.code.evaluation.machine import MOST_STEPS
from recursion_lint.code.interpreter import interpret
from recursion_lint.code.sdk_calls import called, camel, method, operations, snake, spellings

PYTHON = """
import boto3, json, os
from functools import partial
s3 = boto3.client("s3")
table = boto3.resource("dynamodb").Table(os.environ.get("TABLE", "t"))

class Store:
    prefix: str = "out/"
    def __init__(self, bucket, **options):
        self.bucket, self.options = bucket, options
    @property
    def name(self):
        return f"{self.bucket}-small"
    def save(self, key, body, *rest):
        if key.startswith(self.prefix) or not body:
            return None
        return s3.put_object(Bucket=self.name, Key=self.prefix + key, Body=json.dumps({"b": body, **self.options}))

def each(event):
    for record in event["Records"]:
        yield record["s3"]["object"]["key"], [x for x in record if x]

def handler(event, context):
    store = Store(event["Records"][0]["s3"]["bucket"]["name"], mark=True)
    try:
        while context.get_remaining_time_in_millis() > 1:
            for key, items in each(event):
                store.save(key, items)
                if items: continue
                break
            else:
                del event["Records"]
    except (KeyError, ValueError) as error:
        table.put_item(Item={"pk": str(error)})
        raise
    finally:
        list(map(partial(store.save, "k"), ["a", "b"]))
    return {"n": len(event), "ok": 1 if event else 2}
"""

JAVASCRIPT = """
import { S3Client, PutObjectCommand } from '@aws-sdk/client-s3';
const { TABLE = 't', ...others } = process.env;
const client = new S3Client({});
class Store {
  #prefix = 'out/'; static size = 2;
  constructor(bucket, ...rest) { this.bucket = bucket; this.rest = rest; }
  get name() { return `${this.bucket}-small`; }
  async save(key, { body = 'x', ...more } = {}) {
    if (key.startsWith(this.#prefix) || !body) return null;
    return client.send(new PutObjectCommand({ Bucket: this.name, Key: this.#prefix + key, ...more }));
  }
}
function* each(event) { for (const r of event.Records) yield r.s3.object.key; }
export const handler = async (event, context) => {
  const store = new Store(event.Records[0].s3.bucket.name, 1, 2);
  try {
    for (let i = 0; i < 3; i++) { switch (event.kind) { case 'a': case 'b': await store.save(i); break; default: continue; } }
    await Promise.all([...each(event)].map(async (k) => store.save(k, { body: JSON.stringify({ ...event, k }) })));
    do { delete event.Records; } while (event?.Records?.length > 0);
  } catch (e) { console.error(e ?? 'x'); throw e; } finally { label: for (const k in event) { if (k) break label; } }
  return event.a ? event['b'] : (event.c ||= 5, event.d);
};
"""


def test_the_samples_are_read_in_full() -> None:
    for found in (python(PYTHON), javascript(JAVASCRIPT, name="index.mjs")):
        assert not found.gaps
        assert any(site.operation == "s3.PutObject" for site in found.calls)


def pieces(source: str) -> list[str]:
    return re.findall(r"\s+|\w+|[^\w\s]", source)


@st.composite
def broken(draw: st.DrawFn, source: str) -> str:
    """A source with some of its words taken out, doubled, exchanged or cut off."""
    words = pieces(source)
    for _ in range(draw(st.integers(1, 6))):
        place, other = draw(st.integers(0, len(words) - 1)), draw(st.integers(0, len(words) - 1))
        change = draw(st.sampled_from(["drop", "double", "swap", "copy", "cut"]))
        if change == "drop":
            words[place] = ""
        elif change == "double":
            words[place] *= 2
        elif change == "swap":
            words[place], words[other] = words[other], words[place]
        elif change == "copy":
            words[place] = words[other]
        elif draw(st.booleans()):
            words = words[: max(place, 1)]
    return "".join(words)


def sound(found: Interpreted) -> None:
    """What holds of every result."""
    assert found.steps <= MOST_STEPS + 1
    assert found.entered or found.gaps
    for site in found.calls:
        assert site.operation in operations()
        assert (site.line, site.column) <= (site.end_line, site.end_column)


@settings(max_examples=120, deadline=None)
@given(broken(PYTHON))
def test_broken_python_never_raises(source: str) -> None:
    sound(python(source))


@settings(max_examples=120, deadline=None)
@given(broken(JAVASCRIPT))
def test_broken_javascript_never_raises(source: str) -> None:
    sound(javascript(source, name="index.mjs"))


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_any_text_never_raises(source: str) -> None:
    sound(python(source))
    sound(javascript(source))


@pytest.mark.parametrize(
    "source",
    [
        "def handler(e, c):\n    x = " + "(" * 150 + "1" + ")" * 150,
        "def handler(e, c):\n    x = " + "+".join(["e"] * 3000),
        "def handler(e, c):\n" + "".join(f"{'  ' * d}if e:\n" for d in range(1, 95)) + "  " * 95 + "pass",
        "def handler(e, c):\n    x = e\n" + "    x = x + x\n" * 60 + "    return x",
        "def handler(e, c):\n    x = []\n    x.append(x)\n    e['a'] = x\n    return str(x)",
        "def handler(e, c):\n    d = {}\n    d['d'] = d\n    boto3.client('s3').put_object(Bucket=d, Key=d)",
        "def handler(e, c):\n    return handler(e, c)",
        "class A(A): pass\ndef handler(e, c):\n    return A().x",
        "def handler(e, c):\n    f = lambda g: g(g)\n    return f(f)",
        "import app\nhandler = app.handler",
        "from app import *\ndef handler(e, c): return handler",
        "\0",
        "\ufeffdef handler(e, c):\n    pass",
        "def handler(e, c):\n    print 'x'",
    ],
)
def test_hostile_python(source: str) -> None:
    sound(python(source))


@pytest.mark.parametrize(
    "source",
    [
        "exports.handler = (e) => " + "(" * 400 + "e" + ")" * 400,
        "exports.handler = (e) => " + "[" * 2000,
        "exports.handler = (e) => { let x = e; " + "x = x + x; " * 60 + " }",
        "exports.handler = (e) => { let x = e; " + "x = f(x, x); " * 60 + " }",
        "exports.handler = async (e) => { const o = {}; o.o = o; JSON.stringify(o); e.a = o; }",
        "class A extends A {} exports.handler = () => new A();",
        "exports.handler = () => exports.handler();",
        "module.exports = require('./index.js'); exports.handler = 1",
        "exports.handler = (e) => { for (;;) { for (;;) { for (;;) { e = e + 1; } } } }",
        "\ufeffexports.handler = () => 1",
        "#!/usr/bin/env node\nexports.handler = () => 1",
        "exports.handler = " + "function(){return " * 300 + "1" + "}" * 300,
    ],
)
def test_hostile_javascript(source: str) -> None:
    sound(javascript(source))


def test_deep_calls_are_followed_from_a_deep_stack() -> None:
    """The nesting that is followed does not hang on how deep the caller is, and the limit is put back."""
    source = "".join(f"def f{n}(e):\n    return f{n + 1}(e)\n" for n in range(30))
    source += "import boto3\ndef f30(e):\n    boto3.client('s3').put_object(Bucket='b', Key='k')\n"
    source += "def handler(e, c):\n    f0(e)\n"
    before = sys.getrecursionlimit()

    def deep(levels: int) -> list[str]:
        return writes(python(source)) if levels == 0 else deep(levels - 1)

    assert deep(0) == deep(600) == ["s3.PutObject 'b' 'k'"]
    assert sys.getrecursionlimit() == before


def test_the_same_files_give_the_same_result() -> None:
    assert python(PYTHON) == python(PYTHON)
    assert javascript(JAVASCRIPT) == javascript(JAVASCRIPT)


def test_files_that_cannot_be_read_are_gaps() -> None:
    class Unreadable(MemoryFiles):
        def read(self, path: str) -> str | None:
            return None if path == "lib.py" else super().read(path)

    files = Unreadable({"app.py": "import lib\ndef handler(e, c): lib.go()", "lib.py": "x"})
    found = interpret(files, Entry("app.py", "handler", "python", ("",), ()))
    assert "lib.py cannot be read" in [gap.reason for gap in found.gaps]


def test_the_catalogue_spells_operations_as_each_language_does() -> None:
    assert snake("PutObject") == "put_object"
    assert camel("put_object") == "PutObject"
    assert method("PutObject", "javascript") == "putObject"
    put = operations()["s3.PutObject"]
    assert "PutObjectCommand" in spellings(put, "javascript")
    assert "PutObjectAsync" in spellings(put, "csharp")
    assert {entry.key for entry in called("publish", "python")} == {"sns.Publish", "iot-data.Publish"}
    assert all(entry.target and entry.actions for entry in operations().values())
