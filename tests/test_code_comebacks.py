"""Where what a call writes stands in the event of the next round, part by part."""

from __future__ import annotations

import pytest

from recursion_lint.code.calls import (
    Alternatives,
    CallResult,
    CallSite,
    Concatenation,
    Environment,
    EventPath,
    ListValue,
    Literal,
    ObjectValue,
    Pure,
    Unknown,
    Value,
)
from recursion_lint.code.comebacks import comeback, metadata_comeback
from recursion_lint.code.deciding import UNTOLD
from recursion_lint.code.replay import in_next_round, replay
from recursion_lint.code.values import ABSENT, NOTHING

ONE, TWO = Literal("one"), Literal("two")
KEY = EventPath(("Records", "[]", "s3", "object", "key"))


def written(
    operation: str, *content: tuple[str, Value], key: Value | None = None, events: tuple[str, ...] = ()
) -> CallSite:
    return CallSite("app.py", 1, 1, 1, 9, "call", operation, events, None, key, content, ())


def fields(**named: Value) -> ObjectValue:
    return ObjectValue(tuple(named.items()))


def encoded(**named: Value) -> Value:
    return Pure("json", (fields(**named),))


MESSAGE = written("sqs.SendMessage", ("body", encoded(a=ONE, b=encoded(c=TWO))))
MARKED = written(
    "sqs.SendMessage",
    ("body", ONE),
    ("attributes", fields(n=ObjectValue((("StringValue", ONE), ("DataType", TWO))))),
)
NOTICE = written(
    "sns.Publish",
    ("body", encoded(a=ONE)),
    ("subject", TWO),
    ("attributes", fields(n=ObjectValue((("StringValue", ONE), ("DataType", TWO))))),
)
TOLD = written(
    "events.PutEvents", ("source", ONE), ("detail_type", TWO), ("detail", encoded(a=fields(b=TWO)))
)
RECORD = written("kinesis.PutRecord", ("body", encoded(a=ONE)))
ITEM = written(
    "dynamodb.PutItem",
    (
        "item",
        ObjectValue((("a", ONE), ("n", Literal(3)), ("t", ObjectValue((("S", TWO),))), ("y", Literal(True)))),
    ),
    events=("INSERT", "MODIFY"),
)
PUT = written("s3.PutObject", key=ONE, events=("s3:ObjectCreated:Put",))
GONE = written("s3.DeleteObject", key=ONE, events=("s3:ObjectRemoved:Delete",))
AT: dict[str, tuple[str, ...]] = {
    "sqs": ("Records", "[]"),
    "sns": ("Records", "[]", "Sns"),
    "kinesis": ("Records", "[]", "kinesis"),
    "dynamodb": ("Records", "[]", "dynamodb"),
    "s3": ("Records", "[]", "s3"),
    "events": (),
    "lambda": (),
}


@pytest.mark.parametrize(
    ("channel", "site", "path", "expected"),
    [
        ("sqs", MESSAGE, "body", encoded(a=ONE, b=encoded(c=TWO))),
        ("sqs", MESSAGE, "body json a", ONE),
        ("sqs", MESSAGE, "body json b json c", TWO),
        ("sqs", MESSAGE, "body json gone", NOTHING),
        ("sqs", MESSAGE, "messageAttributes n stringValue", NOTHING),
        ("sqs", MARKED, "body", ONE),
        ("sqs", MARKED, "body json a", UNTOLD),
        ("sqs", MARKED, "messageAttributes n stringValue", ONE),
        ("sqs", MARKED, "messageAttributes n dataType", TWO),
        ("sqs", MARKED, "messageAttributes n StringValue", NOTHING),
        ("sqs", MARKED, "messageAttributes m stringValue", NOTHING),
        ("sqs", MARKED, "messageId", UNTOLD),
        ("sqs", written("sqs.StartMessageMoveTask"), "body", UNTOLD),
        ("sns", NOTICE, "Message json a", ONE),
        ("sns", NOTICE, "Subject", TWO),
        ("sns", NOTICE, "MessageAttributes n Value", ONE),
        ("sns", NOTICE, "MessageAttributes n Type", TWO),
        ("sns", NOTICE, "MessageAttributes n StringValue", NOTHING),
        ("sqs", written("sqs.SendMessage", ("attributes", KEY)), "messageAttributes n stringValue", UNTOLD),
        ("sqs", written("sqs.SendMessage", ("attributes", fields(n=ABSENT))), "messageAttributes n stringValue", NOTHING),
        ("sqs", written("sqs.SendMessage", ("attributes", fields(n=Unknown("x")))), "messageAttributes n stringValue", UNTOLD),
        ("sqs", written("sqs.SendMessage", ("attributes", Unknown("x"))), "messageAttributes n stringValue", UNTOLD),
        ("kinesis", written("kinesis.PutRecord", ("body", Pure("json", (Environment("A"),)))), "data json a", UNTOLD),
        ("sns", NOTICE, "Timestamp", UNTOLD),
        ("kinesis", RECORD, "data json a", ONE),
        ("kinesis", RECORD, "sequenceNumber", UNTOLD),
        ("events", TOLD, "source", ONE),
        ("events", TOLD, "detail-type", TWO),
        ("events", TOLD, "detail a b", TWO),
        ("events", TOLD, "detail c", NOTHING),
        ("events", TOLD, "time", UNTOLD),
        ("events", TOLD, "source x", UNTOLD),
        ("events", TOLD, "Records [] body json source", ONE),
        ("events", TOLD, "Records [] body detail a b", TWO),
        ("events", TOLD, "Records [] Sns Message json detail a b", TWO),
        ("lambda", written("lambda.Invoke", ("payload", encoded(a=ONE))), "a", ONE),
        ("lambda", written("lambda.Invoke"), "a", NOTHING),
        ("dynamodb", ITEM, "NewImage a S", ONE),
        ("dynamodb", ITEM, "NewImage a", fields(S=ONE)),
        ("dynamodb", ITEM, "NewImage unmarshalled a", ONE),
        ("dynamodb", ITEM, "NewImage a unmarshalled", ONE),
        ("dynamodb", ITEM, "NewImage unmarshalled n", Literal(3)),
        ("dynamodb", ITEM, "NewImage unmarshalled t", TWO),
        ("dynamodb", ITEM, "NewImage n S", NOTHING),
        ("dynamodb", ITEM, "NewImage n N", Literal("3")),
        ("dynamodb", ITEM, "NewImage y BOOL", Literal(True)),
        ("dynamodb", ITEM, "NewImage t S", TWO),
        ("dynamodb", ITEM, "NewImage t", fields(S=TWO)),
        ("dynamodb", ITEM, "NewImage a L", NOTHING),
        ("dynamodb", ITEM, "NewImage gone S", NOTHING),
        ("dynamodb", ITEM, "OldImage a S", UNTOLD),
        ("dynamodb", written("dynamodb.PutItem", ("item", KEY)), "NewImage a S", UNTOLD),
        ("dynamodb", written("dynamodb.PutItem", ("item", fields(m=fields(a=ONE, b=TWO)))), "NewImage m M a S", ONE),
        ("dynamodb", written("dynamodb.PutItem", ("item", fields(m=fields(M=fields(a=fields(S=ONE)))))), "NewImage m M a S", ONE),
        ("dynamodb", written("dynamodb.PutItem", ("item", fields(m=fields(N=ONE)))), "NewImage m S", NOTHING),
        ("dynamodb", written("dynamodb.UpdateItem", ("item", fields(a=ONE))), "NewImage a S", UNTOLD),
        ("dynamodb", written("dynamodb.PutItem", ("item", Unknown("x"))), "NewImage a S", UNTOLD),
        ("s3", PUT, "object key", ONE),
        ("s3", written("s3.PutObject", key=Literal("a b")), "object key", UNTOLD),
        ("s3", written("s3.PutObject", key=Pure("upper", (KEY, Literal("a b")))), "object key", UNTOLD),
        ("s3", written("s3.PutObject", key=Pure("upper", (KEY, Literal("a"))),), "object key", Pure("upper", (KEY, Literal("a")))),
        ("s3", written("s3.PutObject"), "object key", UNTOLD),
        ("s3", PUT, "bucket name", EventPath(("Records", "[]", "s3", "bucket", "name"))),
        ("s3", PUT, "bucket arn", EventPath(("Records", "[]", "s3", "bucket", "arn"))),
        ("s3", PUT, "awsRegion", EventPath(("Records", "[]", "s3", "awsRegion"))),
        ("s3", PUT, "object size", UNTOLD),
        ("s3", PUT, "eventName", Literal("ObjectCreated:Put")),
        ("s3", GONE, "eventName", Literal("ObjectRemoved:Delete")),
        ("s3", written("s3.PutObject"), "eventName", UNTOLD),
        ("s3", PUT, "detail-type", Literal("Object Created")),
        ("s3", GONE, "detail-type", Literal("Object Deleted")),
        ("s3", written("s3.PutObjectTagging", events=("s3:ObjectTagging:Put",)), "detail-type", UNTOLD),
        ("iot", PUT, "object key", UNTOLD),
    ],
)  # fmt: skip
def test_a_part_of_the_next_event(channel: str, site: CallSite, path: str, expected: Value) -> None:
    place = EventPath((*AT.get(channel, ()), *path.split()))
    assert comeback(place, site, channel) == expected


def test_what_an_event_of_a_stream_is_called() -> None:
    place = EventPath(("Records", "[]", "eventName"))
    assert comeback(place, ITEM, "dynamodb") == Alternatives((Literal("INSERT"), Literal("MODIFY")))
    image = EventPath(("Records", "[]", "dynamodb", "NewImage"))
    assert comeback(image, ITEM, "dynamodb") == ITEM.value("item")


@pytest.mark.parametrize("name", ["eventSourceARN", "eventSource", "awsRegion"])
def test_a_queue_stays_the_same(name: str) -> None:
    place = EventPath(("Records", "[]", name))
    assert comeback(place, MESSAGE, "sqs") == place


def test_a_topic_behind_a_queue() -> None:
    before = ("Records", "[]", "body", "json")
    assert comeback(EventPath((*before, "Message", "json", "a")), NOTICE, "sns") == ONE
    assert comeback(EventPath((*before, "Subject")), NOTICE, "sns") == TWO
    topic = EventPath((*before, "TopicArn"))
    assert comeback(topic, NOTICE, "sns") == topic


def test_one_or_the_other_comes_back() -> None:
    either = Alternatives((encoded(a=ONE), encoded(a=TWO)))
    found = comeback(EventPath(("a",)), written("lambda.Invoke", ("payload", either)), "lambda")
    assert found == Alternatives((ONE, TWO))
    perhaps = encoded(a=Alternatives((ONE, ABSENT)))
    found = comeback(EventPath(("a",)), written("lambda.Invoke", ("payload", perhaps)), "lambda")
    assert found == Alternatives((ONE, NOTHING))
    whole = written("lambda.Invoke", ("payload", EventPath(("x",))))
    assert comeback(EventPath(("a",)), whole, "lambda") == EventPath(("x", "json", "a"))
    held = written("lambda.Invoke", ("payload", encoded(a=EventPath(("x",)))))
    assert comeback(EventPath(("a", "b")), held, "lambda") == EventPath(("x", "b"))
    item = ObjectValue((("a", Alternatives((ONE, ObjectValue((("S", TWO),))))),))
    either_form = written("dynamodb.PutItem", ("item", item))
    place = EventPath(("Records", "[]", "dynamodb", "NewImage", "a", "S"))
    assert comeback(place, either_form, "dynamodb") == Alternatives((ONE, TWO))


def asked(operation: str = "HeadObject", key: Value = KEY, service: str = "s3", *path: str) -> CallResult:
    return CallResult(service, operation, path or ("Metadata", "done"), fields(Key=key))


DONE = written("s3.PutObject", ("metadata", ObjectValue((("Done", ONE),))))


@pytest.mark.parametrize(
    ("result", "site", "expected"),
    [
        (asked(), DONE, ONE),
        (asked("GetObject"), DONE, ONE),
        (asked("ListObjects"), DONE, UNTOLD),
        (asked(key=ONE), DONE, UNTOLD),
        (asked(key=EventPath(("Records", "[]", "s3", "bucket", "name"))), DONE, UNTOLD),
        (asked(service="sqs"), DONE, UNTOLD),
        (asked("HeadObject", KEY, "s3", "ContentLength"), DONE, UNTOLD),
        (asked("HeadObject", KEY, "s3", "Metadata", "other"), DONE, NOTHING),
        (CallResult("s3", "HeadObject", ("Metadata", "done")), DONE, UNTOLD),
        (asked(), written("s3.PutObject"), NOTHING),
        (asked(), written("s3.PutObject", ("metadata", KEY)), UNTOLD),
        (asked(), written("s3.PutObject", ("metadata", ObjectValue((("done", ONE),), rest=KEY))), ONE),
        (asked("HeadObject", KEY, "s3", "Metadata", "other"), written("s3.PutObject", ("metadata", ObjectValue((("done", ONE),), rest=KEY))), Unknown("parameter other")),
        (asked(), written("s3.PutObject", ("metadata", ObjectValue((), computed=((KEY, ONE),)))), UNTOLD),
        (asked(), written("s3.CopyObject", ("metadata", fields(done=ONE))), UNTOLD),
        (asked(), written("s3.CopyObject", ("metadata", fields(done=ONE)), ("metadata_directive", Literal("COPY"))), UNTOLD),
        (asked(), written("s3.CopyObject", ("metadata", fields(done=ONE)), ("metadata_directive", Literal("REPLACE"))), ONE),
    ],
)  # fmt: skip
def test_metadata_of_the_own_object(result: CallResult, site: CallSite, expected: Value) -> None:
    assert metadata_comeback(result, site) == expected


def test_metadata_of_which_not_all_is_known() -> None:
    some = written("s3.PutObject", ("metadata", ObjectValue((("done", ONE),), open=True)))
    assert metadata_comeback(asked(), some) == ONE
    other = asked("HeadObject", KEY, "s3", "Metadata", "other")
    assert isinstance(metadata_comeback(other, some), Unknown)


PAYLOAD = written("lambda.Invoke", ("payload", encoded(a=ONE)))
PART, SETTING = EventPath(("a",)), Environment("MODE")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (PART, ONE),
        (Literal(1), Literal(1)),
        (SETTING, SETTING),
        (Unknown("x", frozenset({"event"})), UNTOLD),
        (Concatenation((PART, SETTING)), Concatenation((ONE, SETTING))),
        (ListValue((PART,), exact=False), ListValue((ONE,), exact=False)),
        (ListValue((PART, SETTING)), ListValue((ONE, SETTING))),
        (fields(x=PART), fields(x=ONE)),
        (ObjectValue((("x", PART),), open=True), ObjectValue((("x", ONE),), open=True)),
        (ObjectValue((("x", PART),), rest=PART), UNTOLD),
        (ObjectValue((), computed=((PART, ONE),)), UNTOLD),
        (Alternatives((PART, TWO)), Alternatives((ONE, TWO))),
        (Pure("upper", (PART,)), Literal("ONE")),
        (asked(), UNTOLD),
    ],
)
def test_a_value_in_the_next_round(value: Value, expected: Value) -> None:
    assert in_next_round(value, PAYLOAD, "lambda") == expected


def test_metadata_is_that_of_objects_only() -> None:
    assert in_next_round(asked(), DONE, "s3") == ONE
    assert in_next_round(asked(), DONE, "sqs") == UNTOLD


def test_what_nests_too_deep_is_untold() -> None:
    value: Value = PART
    for _ in range(14):
        value = ListValue((value,))
    assert "one" in repr(in_next_round(value, PAYLOAD, "lambda"))
    assert "one" not in repr(in_next_round(ListValue((value,)), PAYLOAD, "lambda"))


def test_only_calls_that_are_surely_reached_make_a_loop_sure() -> None:
    assert replay([PAYLOAD], "lambda").outcome == "loops"
    assert replay([PAYLOAD._replace(reached=False)], "lambda").outcome == "undecided"
    assert replay([PAYLOAD._replace(on_error=True)], "lambda").outcome == "undecided"
