"""Chains of objects, registries and tables of functions: which function runs, and on which conditions."""

from __future__ import annotations

import pytest
from handler_code import gaps, javascript, only, python, shown

from recursion_lint.code.replay import replay

HEAD = """
import boto3, json, os
sqs = boto3.client("sqs")
def send(*given):
    sqs.send_message(QueueUrl="q", MessageBody="done")
def rest(*given):
    pass
class Step:
    def __init__(self, after=None):
        self.after = after
    def run(self, x):
        found = self.work(x)
        return self.after.run(found) if self.after else found
    def work(self, x):
        return x
class Last(Step):
    def work(self, x):
        send()
class Call(Step):
    def __init__(self, function, after=None):
        self.function, self.after = function, after
    def work(self, x):
        return self.function(x)
def after(function, following):
    def run(x):
        function(x)
        following(x)
    return run
KNOWN = {}
class Registered:
    def __init_subclass__(cls, **more):
        KNOWN[cls.__name__] = cls
class Sender(Registered):
    def run(self):
        send()
def fresh(records):
    for record in records:
        if record["body"] != "%s":
            yield record
def handler(event, context):
    %s
"""


def body(text: str, word: str = "done") -> str:
    return HEAD % (word, text)


@pytest.mark.parametrize(
    "text",
    [
        "Step(Step(Last())).run('x')",
        "Call(rest, Call(rest, Call(rest, Call(send)))).run('x')",
        "after(rest, after(rest, after(rest, send)))('x')",
        "for one in KNOWN.values(): one().run()",
    ],
)
def test_the_end_of_a_chain_is_reached(text: str) -> None:
    found = python(body(text))
    assert not found.gaps
    assert only(found).reached


def test_a_function_that_calls_itself_without_end_is_followed_to_an_end() -> None:
    text = "class Own:\n        def walk(self, n):\n            send()\n            Own().walk(n)\n    Own().walk(1)"
    assert gaps(python(body(text))) == ["a function calls itself and writes"]


def test_all_classes_that_derive_from_one_are_not_known() -> None:
    assert gaps(python(body("for one in Step.__subclasses__(): one().run(1)"))) == ["__subclasses__ is used"]


def test_which_function_of_a_table_runs_is_a_condition() -> None:
    table = "table = {'a': send, 'b': rest}\n    "
    assert len(only(python(body(table + "table[event['kind']](event)"))).guards) == 1
    assert not only(python(body(table + "table['a'](event)"))).guards
    assert not only(python(body("table = [send]\n    for one in table: one(event)"))).guards


@pytest.mark.parametrize(("word", "expected"), [("done", "stops-itself"), ("other", "loops")])
def test_what_a_generator_leaves_out_is_not_worked_on(word: str, expected: str) -> None:
    found = python(body("for record in fresh(event['Records']): send()", word))
    assert replay(list(found.calls), "sqs").outcome == expected


def test_closures_of_one_function_are_no_choice() -> None:
    source = """
const AWS = require("aws-sdk"), sqs = new AWS.SQS();
exports.handler = async (event) => {
  const all = [];
  for (const r of event.Records) all.push(() => sqs.sendMessage({QueueUrl: "q"}).promise());
  await Promise.all(all.map((one) => one()));
};
"""
    assert shown(only(javascript(source)).target) == "'q'"
    assert not only(javascript(source)).guards


@pytest.mark.parametrize(
    "text",
    [
        "zlib.gunzip(event.data, (error, found) => { send(found.toString()); });",
        "zlib.gunzip(event.data, (error, found) => { if (error) context.fail(error); else send(found.toString()); });",
    ],
)
def test_the_callback_of_what_unpacks_is_called(text: str) -> None:
    source = """
const AWS = require("aws-sdk"), sqs = new AWS.SQS(), zlib = require("zlib");
const send = (body) => sqs.sendMessage({QueueUrl: "q", MessageBody: body}).promise();
exports.handler = (event, context) => { %s };
"""
    assert only(javascript(source % text)).reached


def test_a_function_that_is_called_at_the_end_knows_the_variables_around_it() -> None:
    source = """
const AWS = require("aws-sdk"), sqs = new AWS.SQS();
exports.handler = (event, context, callback) => {
  const url = "q";
  const own = {set body(b) { sqs.sendMessage({QueueUrl: url, MessageBody: b}, () => callback(null)); }};
  own.body = "x";
};
"""
    found = javascript(source)
    assert (gaps(found), [shown(site.target) for site in found.calls]) == ([], ["'q'"])


TABLES = {
    "python": """
import boto3, json, os
sqs = boto3.client("sqs")
def send(m): sqs.send_message(QueueUrl="q", MessageBody=json.dumps({"op": "%s"}))
def rest(m): print(m)
class Jobs:
    def send(self, m): send(m)
    def rest(self, m): rest(m)
    def more(self, m): rest(m)
OPS = {"send": send, "rest": rest, "more": rest}
def handler(event, context):
    for r in event["Records"]:
        m = json.loads(r["body"])
        %s
""",
    "javascript": """
const AWS = require("aws-sdk"), sqs = new AWS.SQS();
const send = (m) => sqs.sendMessage({ QueueUrl: "q", MessageBody: JSON.stringify({ op: "%s" }) }).promise();
const rest = async (m) => {};
class Jobs { send(m) { return send(m); } rest(m) {} more(m) {} }
const OPS = { send, rest, more: rest };
exports.handler = async (event) => {
  for (const r of event.Records) {
    const m = JSON.parse(r.body);
    %s
  }
};
""",
}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("python", 'OPS[m["op"]](m)'),
        ("python", 'OPS.get(m["op"])(m)'),
        ("python", 'OPS.get(m["op"], rest)(m)'),
        ("python", 'if m["op"] in OPS: OPS[m["op"]](m)'),
        ("python", 'getattr(Jobs(), m["op"])(m)'),
        ("python", 'getattr(Jobs(), m["op"], rest)(m)'),
        ("javascript", "await OPS[m.op](m);"),
        ("javascript", "const run = OPS[m.op]; if (!run) continue; await run(m);"),
        ("javascript", "if (m.op in OPS) await OPS[m.op](m);"),
    ],
)
@pytest.mark.parametrize(
    ("word", "expected"), [("rest", "stops-itself"), ("more", "stops-itself"), ("send", "loops")]
)
def test_the_name_that_is_written_chooses_the_next_function(
    language: str, text: str, word: str, expected: str
) -> None:
    found = (python if language == "python" else javascript)(TABLES[language] % (word, text))
    assert not found.gaps
    assert replay(list(found.calls), "sqs").outcome == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        # What stands in for other names writes: any name leads on.
        ('OPS.get(m["op"], send)(m)', ""),
        ('getattr(Jobs(), m["op"], send)(m)', ""),
    ],
)
def test_what_stands_in_for_other_names_is_called_too(text: str, reason: str) -> None:
    found = python(TABLES["python"] % ("other", text))
    assert [gap.reason for gap in found.gaps] == ([reason] if reason else [])
    assert replay(list(found.calls), "sqs").outcome == "loops"


@pytest.mark.parametrize(
    "more",
    [
        "class Jobs(Base):",
        "class Jobs:\n    def __getattr__(self, name): return send",
        "class Jobs:\n    def __init__(self): self.other = send",
    ],
)
def test_an_object_that_may_have_other_functions_is_a_gap(more: str) -> None:
    text = TABLES["python"].replace("class Jobs:", more) % ("rest", 'getattr(Jobs(), m["op"])(m)')
    found = python("from elsewhere import Base\n" + text if "Base" in more else text)
    assert "getattr with a computed name" in gaps(found)
