"""Arguments and the parameters that they go into: by place, by name, what is left of both, defaults."""

from __future__ import annotations

import pytest
from handler_code import javascript, python, writes

HEAD = """
import os
import boto3
sqs = boto3.client("sqs")
URL = os.environ["URL"]
def put(url):
    sqs.send_message(QueueUrl=url, MessageBody="x")
"""


@pytest.mark.parametrize(
    ("parameters", "call"),
    [
        ("a, *rest, url='other'", "go(event, context, url=URL)"),
        ("*rest, url=None", "go(event, context, url=URL)"),
        ("*rest, url=URL", "go(event, context)"),
        ("a, *rest, more=1, url", "go(1, *[2, 3], url=URL)"),
        ("a, *, url", "go(event, url=URL)"),
        ("a, /, b, *, url", "go(event, context, url=URL)"),
        ("url, /, **url_", "go(URL, url='other')"),
        ("a, *rest, url='other', **more", "go(event, 1, 2, url=URL, z=2)"),
        ("*rest, url='other'", "go(*[event, context], **{'url': URL})"),
    ],
)
def test_parameters_that_are_given_by_name_only(parameters: str, call: str) -> None:
    source = f"{HEAD}def go({parameters}):\n    put(url)\ndef handler(event, context):\n    {call}\n"
    assert writes(python(source)) == ["sqs.SendMessage env:URL"]


def test_what_is_left_of_the_arguments_begins_before_the_parameters_by_name() -> None:
    source = f"{HEAD}def go(a, *rest, b=1):\n    put(rest[0])\ndef handler(event, context):\n    go(1, URL)\n"
    assert writes(python(source)) == ["sqs.SendMessage env:URL"]


def test_a_parameter_by_place_only_leaves_its_name_to_the_rest() -> None:
    source = f"{HEAD}def go(url, /, **more):\n    put(more['url'])\ndef handler(event, context):\n    go('other', url=URL)\n"
    assert writes(python(source)) == ["sqs.SendMessage env:URL"]


def test_a_function_behind_the_rest_of_the_arguments_is_called() -> None:
    source = """
def each(event, *rest, then=None):
    for record in event["Records"]:
        then(record)
def send(record):
    put(URL)
def handler(event, context):
    each(event, context, then=send)
"""
    assert writes(python(HEAD + source)) == ["sqs.SendMessage env:URL"]


def test_arguments_of_a_method_that_are_passed_on() -> None:
    source = """
class Base:
    def go(self, *rest, url="other"):
        put(url)
class Derived(Base):
    def go(self, *rest, **more):
        super().go(*rest, **more)
def handler(event, context):
    Derived().go(1, 2, url=URL)
"""
    assert writes(python(HEAD + source)) == ["sqs.SendMessage env:URL"]


@pytest.mark.parametrize(
    ("parameters", "call"),
    [
        ("a, ...[b, url]", "go(1, 2, URL_)"),
        ("a, ...rest", "go(1, URL_)"),
        ("{ url = 'other' } = {}", "go({ url: URL_ })"),
        ("{ url } = { url: URL_ }", "go()"),
        ("a, url = URL_", "go(1)"),
        ("a, url = URL_", "go(1, undefined)"),
        ("[, url]", "go(['other', URL_])"),
        ("{ a, ...rest }", "go({ a: 1, url: URL_ })"),
        ("{ to: { url } }", "go({ to: { url: URL_ } })"),
    ],
)
def test_parameters_of_javascript(parameters: str, call: str) -> None:
    given = "url" if "url" in parameters else "rest.url" if "{" in parameters else "rest[0]"
    source = f"""
const {{ SQSClient, SendMessageCommand }} = require('@aws-sdk/client-sqs');
const sqs = new SQSClient({{}});
const URL_ = process.env.URL;
async function go({parameters}) {{ await sqs.send(new SendMessageCommand({{ QueueUrl: {given}, MessageBody: 'x' }})); }}
exports.handler = async (event) => {{ await {call}; }};
"""
    (write,) = writes(javascript(source))
    assert (
        write.removesuffix("|'other'") == "sqs.SendMessage env:URL"
    )  # a default of the variable, where it is not set
