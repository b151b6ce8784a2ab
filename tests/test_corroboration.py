"""What speaks for and against a granted step: names of variables, grants that only write."""

from __future__ import annotations

import pytest

from recursion_lint.assessment.evidence.collect import witnesses
from recursion_lint.assessment.evidence.corroboration import Witnessed
from recursion_lint.graph.cycle_search import Step
from recursion_lint.graph.event_graph import Vertex, external_label, link
from recursion_lint.graph.matching import Meeting
from recursion_lint.model.facts import (
    Actor,
    Declared,
    Endpoint,
    Facts,
    Mention,
    Role,
    Statement,
    Trigger,
    Write,
)
from recursion_lint.model.findings import EvidenceName, Span
from recursion_lint.model.path_conditions import ALWAYS
from recursion_lint.model.text import ANY

HERE = Span("template.yaml", 7, 3, 7, 9)
WORK = Endpoint("lambda", ("work",))
ROLE = ("role",)


def end(service: str, name: str = "here") -> Endpoint:
    return Endpoint(service, (name,))


def statement(*actions: str, **more: tuple[str, ...]) -> Statement:
    return Statement(
        ROLE, "Allow", actions, more.get("not_actions", ()), (((ANY,), ALWAYS),), (), {}, HERE, "Policy"
    )


def said(
    service: str,
    *mentions: Mention,
    grants: tuple[Statement, ...] = (statement("s3:*"),),
    evidence: EvidenceName = "granted",
    granted: bool = True,
) -> list[Witnessed]:
    """What is said of a write of ``work`` to the channel ``here`` of a service, beside another one, ``there``."""
    channel = end(service)
    declared = tuple(
        Declared(one, external_label(one).title(), "", HERE, one.name)
        for one in (channel, end(service, "there"), end("sqs" if service != "sqs" else "sns", "apart"), WORK)
    )
    actors = (Actor(WORK, ((ROLE, ALWAYS),)),)
    roles = (Role(ROLE, "Role", ()),)
    graph = link([Facts("t.yaml", "", "t.yaml", declared, (), (), grants, actors, mentions, roles=roles)])
    vertex = Vertex(0, Trigger(channel, WORK, "", HERE))
    write = Write(WORK, channel, "", HERE, evidence=evidence)
    step = Step(vertex, vertex, write, statement("s3:*") if granted else None, Meeting("all"))
    return list(witnesses(graph, step))


def directions(service: str, *mentions: Mention) -> list[str]:
    return [word.direction for word in said(service, *mentions)]


def variable(name: str, value: str = "here") -> Mention:
    return Mention(WORK, name, (value,), HERE)


TOWARDS = [
    "TARGET_BUCKET",
    "target",
    "targetBucket",
    "TargetTable",
    "DEST",
    "DEST_TABLE",
    "destBucket",
    "DESTINATION_BUCKET",
    "DestinationBucketName",
    "OUT",
    "outBucket",
    "BUCKET_OUT",
    "OUTPUT",
    "OUTPUT_BUCKET",
    "outputTable",
    "BucketOutput",
    "bucket.output",
    "my-output",
    "OUTBOX",
    "RESULT",
    "RESULTS_TABLE",
    "SINK",
    "eventSink",
    "PROCESSED_BUCKET",
    "FORWARD_TO",
    "PUBLISH_TO",
    "PUBLISHED",
    "NEXT_TABLE",
    "nextStep",
    "SEND_TO",
    "v2Output",
]
NEITHER = [
    "TIMEOUT_TABLE",
    "LAYOUT_BUCKET",
    "ROUTER_TABLE",
    "ABOUT",
    "TABLE",
    "BUCKET_NAME",
    "MAIN_TABLE",
    "INDEX_BUCKET",
    "DOMAIN_TABLE",
    "resend",
    "OBSOLETE",
]
FROM = [
    "SOURCE_BUCKET",
    "sourceTable",
    "SOURCES",
    "SRC",
    "srcBucket",
    "INPUT",
    "INPUT_BUCKET",
    "inputTable",
    "BUCKET_IN",
    "IN",
    "inBucket",
    "RAW",
    "raw_table",
    "INCOMING",
    "incomingBucket",
    "UPLOAD_BUCKET",
    "UPLOADS",
    "uploadsBucket",
    "ORIGIN_TABLE",
    "ORIGINALS",
    "BucketIn",
    "INBOX",
]


@pytest.mark.parametrize("name", TOWARDS)
def test_a_name_that_says_where_to_raises(name: str) -> None:
    for service in ("s3", "dynamodb", "sqs"):
        assert directions(service, variable(name)) == ["raises"]
        assert directions(service, variable(name, "there")) == ["lowers"]


@pytest.mark.parametrize("name", NEITHER)
def test_a_name_that_says_nothing_counts_only_for_what_is_told_to_send(name: str) -> None:
    """A function is not told the address of the queue that feeds it, unless it is to send there."""
    for service in ("s3", "dynamodb", "firehose", "events"):
        assert directions(service, variable(name)) == []
        assert directions(service, variable(name, "there")) == []
    for service in ("sqs", "sns", "kinesis", "lambda", "states"):
        assert directions(service, variable(name)) == ["raises"]
        assert directions(service, variable(name, "there")) == []


@pytest.mark.parametrize("name", FROM)
def test_a_name_that_says_where_from_says_nothing(name: str) -> None:
    for service in ("s3", "sqs"):
        assert directions(service, variable(name)) == []
        assert directions(service, variable(name, "there")) == []


def test_only_another_channel_of_the_same_kind_speaks_against() -> None:
    assert directions("sqs", variable("TARGET", "apart")) == []
    assert directions("sqs", variable("TARGET", "unheard-of")) == []
    assert directions("sqs", variable("TARGET", "")) == []
    arn = "arn:aws:%s:eu-west-1:111122223333:%s"
    assert directions("sqs", variable("TARGET", arn % ("sns", "apart"))) == []
    assert directions("sqs", variable("TARGET", arn % ("sqs", "there"))) == ["lowers"]
    assert directions("sqs", variable("TARGET", arn % ("sqs", "here"))) == ["raises"]
    url = "https://sqs.eu-west-1.amazonaws.com/111122223333/%s"
    assert directions("sqs", variable("QUEUE_URL", url % "here")) == ["raises"]


@pytest.mark.parametrize(
    ("value", "lowered"),
    [
        ('{"retry": "here", "done": "there"}', False),
        ("here,there", False),
        ("not-here", True),
        ("heres", True),
    ],
)
def test_a_variable_that_tells_of_it_among_others_silences_too(value: str, lowered: bool) -> None:
    found = directions("s3", variable("OUTPUT", "there"), variable("SETTINGS", value))
    assert ("lowers" in found) is lowered


def test_one_variable_for_it_silences_those_that_name_another() -> None:
    assert directions("sqs", variable("TARGET", "there"), variable("NEXT")) == ["raises"]
    assert directions("sqs", variable("NEXT"), variable("TARGET", "there")) == ["raises"]
    assert directions("s3", variable("OUTPUT"), variable("DEST")) == ["raises", "raises"]
    for name in ("SOURCE", "TABLE_NAME", "IngestTarget"):  # told of both, it may write to both
        assert "lowers" not in directions("s3", variable("OUTPUT", "there"), variable(name))
    (word,) = said("s3", variable("OUTPUT", "there"))
    assert word.sentence == "OUTPUT is There, not Here"
    (word,) = said("s3", variable("OUTPUT"))
    assert word.sentence.startswith(
        "OUTPUT is Here ("
    )  # by its name it is the mistake: where it stands is told
    (word,) = said("sqs", variable("QUEUE_URL"))
    assert word.sentence == "QUEUE_URL is Here"


@pytest.mark.parametrize(
    ("grants", "expected"),
    [
        ((statement("s3:PutObject"),), ["raises"]),
        ((statement("s3:PutObject", "s3:DeleteObject"), statement("sqs:*")), ["raises"]),
        ((statement("s3:PutObject", "s3:GetObject"),), []),
        ((statement("s3:PutObject"), statement("s3:Get*")), []),
        ((statement("s3:*"),), []),
        ((statement("*"),), []),
        ((statement(not_actions=("iam:*",)),), []),
    ],
)
def test_a_grant_to_write_objects_and_not_to_read_them_raises(
    grants: tuple[Statement, ...], expected: list[str]
) -> None:
    assert [word.direction for word in said("s3", grants=grants)] == expected
    assert said("sqs", grants=grants) == []
    assert said("s3", grants=grants, evidence="broad") == []
    assert said("s3", grants=grants, granted=False) == []


def test_what_is_declared_needs_no_witness() -> None:
    assert said("sqs", variable("TARGET"), granted=False) == []
