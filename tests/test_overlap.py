"""How a write meets a trigger: keys against every short key, and events, topics, content, filters by example."""

from __future__ import annotations

import re
from itertools import product
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from recursion_lint.graph.matching import Meeting, meet
from recursion_lint.model.facts import Accepts, Endpoint, KeyRule, Produces, Trigger, Write
from recursion_lint.model.findings import Span
from recursion_lint.model.text import ANY, Symbol, Text, glob, render, text
from recursion_lint.patterns.events import Doc, OneOf

HERE = Span("t.yaml", 1, 1, 1, 2)
WORK = Endpoint("lambda", ("work",))
KEYS = ["".join(letters) for size in range(6) for letters in product("ab/", repeat=size)]
ALL = Accepts()
STACK, OTHER = Symbol("parameter", "Stack", "s"), Symbol("parameter", "Other", "s")


def met(
    produces: Produces, accepts: Accepts = ALL, service: str = "s3", name: Text = ("box",)
) -> Meeting | None:
    channel = Endpoint(service, name)
    return meet(
        Write(WORK, channel, "", HERE, produces=produces), Trigger(channel, WORK, "", HERE, accepts=accepts)
    )


def matches(pattern: Text, word: str) -> bool:
    parts = [
        re.escape(part) if isinstance(part, str) else {"*": ".*", "?": "."}[part.name] for part in pattern
    ]
    return re.fullmatch("".join(parts), word) is not None


ENDS = st.text("ab/", max_size=2)
PATTERNS = st.one_of(
    ENDS.map(lambda lead: text([lead, ANY])),
    st.text("ab/*?", max_size=4).map(lambda one: glob((one,))),
)


@st.composite
def rules(draw: st.DrawFn) -> KeyRule:
    """A notification's prefix and suffix, or what an object rule of EventBridge says; and what must not match."""
    required = [text([draw(ENDS), ANY])] * draw(st.booleans()) + [text([ANY, draw(ENDS)])] * draw(
        st.booleans()
    )
    return tuple(required), tuple(draw(st.lists(PATTERNS, max_size=1)))


@settings(max_examples=150)
@given(
    st.lists(PATTERNS, max_size=2),
    st.lists(PATTERNS, max_size=1),
    st.lists(rules(), max_size=2),
    st.sampled_from([("box",), (STACK,), ("my-", STACK)]),
)
def test_keys_meet_where_some_key_passes_both(
    granted: list[Text], denied: list[Text], accepted: list[KeyRule], name: Text
) -> None:
    whole = [text([*name, "/", *pattern]) for pattern in granted]
    barred = [text([*name, "/", *pattern]) for pattern in denied]
    found = met(Produces(None, tuple(whole), tuple(barred)), Accepts(keys=tuple(accepted)), name=name)

    def written(key: str) -> bool:
        return any(matches(one, key) for one in granted or [(ANY,)]) and not any(
            matches(one, key) for one in denied
        )

    def passes(key: str) -> bool:
        return not accepted or any(
            all(matches(one, key) for one in required) and not any(matches(one, key) for one in excluded)
            for required, excluded in accepted
        )

    both = [key for key in KEYS[1:] if written(key) and passes(key)]
    event(f"meeting: {found.extent if found else None}")
    if found is None:
        assert both == []
        return
    assert found.extent != "unknown"
    assert found.key is not None
    assert written(found.key)
    assert passes(found.key)
    if found.extent == "all":
        pattern = next(
            one for one in granted or [(ANY,)] if any(matches(one, key) for key in both) or not both
        )
        assert not denied
        assert any(all(passes(key) for key in KEYS[1:] if matches(one, key)) for one in granted or [pattern])
    elif (
        not denied
        and all(not excluded for _, excluded in accepted)
        and len(granted) < 2
        and len(accepted) < 2
    ):
        assert any(not passes(key) for key in KEYS[1:] if written(key))


@pytest.mark.parametrize(
    ("pattern", "required", "key", "extent"),
    [
        ("box/*", "in/*", "in/a", "some"),
        ("box/in/*", "in/*", "in/a", "all"),
        ("box/*", "*.txt", "a.txt", "some"),
        ("box/*.txt", "*.txt", "a.txt", "all"),
        ("box/*.txt", "*", "a.txt", "all"),
        ("box/in/*.txt", "in/*", "in/a.txt", "all"),
        ("box/one", "one", "one", "all"),
        ("*", "in/*", "in/a", "some"),
        ("b*", "in/*", "in/a", "some"),
        ("box*", "in/*", "in/a", "some"),
        ("*/in/*", "in/*", "in/a", "some"),
        ("*", "*", "a", "all"),
        ("b*", "*", "a", "all"),
        ("box/*t", "*.txt", "a.txt", "some"),
        ("box/i*", "in/*", "in/a", "some"),
        ("box/in/*", "i*", "in/a", "all"),
    ],
)
def test_the_example_has_a_letter_of_its_own(pattern: str, required: str, key: str, extent: str) -> None:
    found = met(Produces(None, (glob((pattern,)),)), Accepts(keys=(((glob((required,)),), ()),)))
    assert found is not None
    assert (found.key, found.extent) == (key, extent)


def test_the_example_keeps_the_whole_of_an_end_that_is_partly_a_parameter() -> None:
    ends: Text = ("in/", STACK, "/", ANY, "-", STACK, ".txt")
    found = met(Produces(None, (("box/", *ends),)), Accepts(keys=((((ANY, ".txt"), ("in/", ANY)), ()),)))
    assert found is not None
    assert (found.key, found.extent) == ("in/${Stack}/a-${Stack}.txt", "all")


def test_of_several_ways_the_surest_is_told_and_of_equals_the_first() -> None:
    def told(granted: list[str], required: list[str]) -> tuple[str, str | None] | None:
        accepts = Accepts(keys=tuple(((glob((rule,)),), ()) for rule in required))
        found = met(Produces(None, tuple(glob((one,)) for one in granted)), accepts)
        return (found.extent, found.key) if found is not None else None

    assert told(["box/*"], ["z/*", "a/*"]) == ("some", "z/a")
    assert told(["box/z/*", "box/a/*"], ["*"]) == ("all", "z/a")
    assert told(["box/*", "box/z/*"], ["a/*", "z/*"]) == ("all", "z/a")
    assert told(["box/a/*"], ["z/*"]) is None
    rules = Accepts(keys=(((("z/", ANY),), ()), (((OTHER, ANY),), ())))
    for keys in (rules.keys, rules.keys[::-1]):
        found = met(Produces(None, (("box/z/", ANY),)), Accepts(keys=keys))
        assert found is not None
        assert (found.extent, found.key) == ("all", "z/a")


def test_what_a_rule_leaves_out_is_left_out_of_a_grant_on_many_buckets() -> None:
    for grant in ("*", "b*", "box/*"):
        everything = Produces(None, (glob((grant,)),))
        rule = ((("in/", ANY),), (("in/a", ANY),))
        found = met(everything, Accepts(keys=(rule,)))
        assert found is not None
        assert (found.extent, (found.key or "")[:3]) == ("some", "in/")
        assert found.key != "in/a"
        assert met(everything, Accepts(keys=((rule[0], (("in", ANY),)),))) is None


def test_what_may_be_written_in_another_account_cannot_be_told() -> None:
    found = met(Produces(apart=(OTHER,)), ALL, "sqs")
    guard = "whether ${Other} is the stack's own account or region cannot be told"
    assert found == Meeting("unknown", guard=guard)


def test_a_grant_on_the_empty_key_writes_nothing() -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html: a key has at least one character."""
    nothing = Produces(None, (("box/",),))
    assert met(nothing) is None
    assert met(nothing, Accepts(keys=((((ANY,),), ()),))) is None
    assert met(Produces(None, (("box/",), ("box/", ANY)))) == Meeting("all", None, "a")


def test_a_bucket_that_is_a_parameter() -> None:
    rule = Accepts(keys=(((("in/", ANY),), ()),))
    for grant, key in (((STACK, "/in/", ANY), "in/a"), ((STACK, "/", ANY), "in/a"), ((ANY,), "in/a")):
        found = met(Produces(None, (grant,)), rule, name=(STACK,))
        assert found is not None
        assert found.key == key
    assert met(Produces(None, ((STACK, "/out/", ANY),)), rule, name=(STACK,)) is None
    other = met(Produces(None, ((OTHER, "/in/", ANY),)), rule, name=(STACK,))
    assert other is not None
    assert (other.extent, other.key) == ("unknown", None)
    whole = met(Produces(None, ((STACK, "/", ANY),)), name=(STACK,))
    assert whole is not None
    assert whole.extent == "all"
    parameter = met(Produces(None, ((STACK, "/", OTHER, "/", ANY),)), rule, name=(STACK,))
    assert parameter is not None
    assert parameter.extent == "unknown"


def test_denied_keys_are_taken_away_however_the_bucket_is_told() -> None:
    rule = Accepts(keys=(((("in/", ANY),), ()),))
    everything = Produces(None, (("box/", ANY),))
    for denial in (("box/in/", ANY), ("box/", ANY), (ANY,), ("b", ANY)):
        assert met(everything._replace(excluded=(denial,)), rule) is None
    for denial in (("box/out/", ANY), ("other/", ANY), ("a", ANY)):
        found = met(everything._replace(excluded=(denial,)), rule)
        assert found is not None
        assert found.extent == "some"
        assert (found.key or "").startswith("in/")


@pytest.mark.parametrize(
    ("produced", "accepted", "event"),
    [
        ({"s3:ObjectCreated:Put", "s3:ObjectCreated:Copy"}, None, "s3:ObjectCreated:Put"),
        (None, {"s3:ObjectCreated:Put", "s3:ObjectCreated:Copy"}, "s3:ObjectCreated:Put"),
        (
            {"s3:ObjectCreated:Put", "s3:ObjectCreated:Copy"},
            {"s3:ObjectCreated:Copy"},
            "s3:ObjectCreated:Copy",
        ),
        ({"s3:ObjectRemoved:Delete", "s3:ObjectAcl:Put"}, None, "s3:ObjectAcl:Put"),
        ({"s3:ObjectRemoved:Delete", "s3:ObjectA:Copy"}, None, "s3:ObjectRemoved:Delete"),
        (None, None, None),
    ],
)
def test_events_in_common(produced: set[str] | None, accepted: set[str] | None, event: str | None) -> None:
    found = met(
        Produces(frozenset(produced) if produced else None),
        Accepts(frozenset(accepted) if accepted else None),
    )
    assert found is not None
    assert (found.event, found.extent) == (event, "all")


def test_events_that_are_not_in_common_are_no_meeting() -> None:
    assert (
        met(Produces(frozenset({"s3:ObjectRemoved:Delete"})), Accepts(frozenset({"s3:ObjectCreated:Put"})))
        is None
    )
    assert met(Produces(frozenset()), Accepts()) is None


def test_keys_are_for_buckets_alone() -> None:
    found = met(Produces(None, (("other/", ANY),)), Accepts(keys=(((("in/", ANY),), ()),)), "sqs")
    assert found is not None
    assert (found.extent, found.key) == ("all", None)


@pytest.mark.parametrize(
    ("service", "wanted", "topic", "extent", "event"),
    [
        ("iot", "devices/+/state", "devices/one/state", "all", "a message on devices/one/state"),
        ("iot", "devices/#", "devices/one", "all", "a message on devices/one"),
        ("iot", "devices/one", "devices/*", "some", "a message on devices/one"),
        ("iot", "devices/+/state", "jobs/one", None, None),
        ("kafka", "orders", "orders", "all", "a message on orders"),
        ("kafka", "orders", "*", "some", "a message on orders"),
        ("kafka", "orders", "jobs-*", None, None),
        ("kafka", "#", "orders", None, None),  # no wildcard there
        ("kafka", "a/#", "a/*", "some", "a message on a/#"),
    ],
)
def test_topics(service: str, wanted: str, topic: str, extent: str | None, event: str | None) -> None:
    found = met(Produces(topics=(glob((topic,)),)), Accepts(topics=((wanted,),)), service)
    assert (found.extent if found else None, found.event if found else None) == (extent, event)


@pytest.mark.parametrize("service", ["iot", "kafka"])
def test_a_topic_that_is_a_parameter_cannot_be_told(service: str) -> None:
    found = met(Produces(topics=((STACK,),)), Accepts(topics=((OTHER,),)), service)
    assert found is not None
    assert found.extent == "unknown"
    assert found.guard == "whether ${Stack} is a topic of ${Other} cannot be told"
    same = met(Produces(topics=((STACK,),)), Accepts(topics=((STACK,),)), service)
    assert same is not None
    assert same.extent == "all"


def test_of_several_topics_the_surest_counts() -> None:
    accepts = Accepts(topics=(("a",), (OTHER,)))
    found = met(Produces(topics=(("b",), ("a",))), accepts, "kafka")
    assert found is not None
    assert found.extent == "all"
    broad = met(Produces(topics=((ANY,), (STACK,))), accepts, "kafka")
    assert broad is not None
    assert broad.extent == "some"
    both = met(Produces(topics=(("z",), ("a",))), Accepts(topics=(("z",), ("a",))), "kafka")
    assert both == Meeting("all", "a message on z")
    assert met(Produces(topics=(("b",),)), Accepts(), "kafka") == Meeting("all")
    assert met(Produces(), accepts, "kafka") == Meeting("all")


def content(pattern: Any, document: Any = None, service: str = "events") -> tuple[str, str | None] | None:
    patterns = pattern if isinstance(pattern, tuple) else (pattern,)
    found = met(Produces(document=document), Accepts(content=patterns), service)
    return (found.extent, found.guard) if found is not None else None


RAW: dict[str, Any] = {"source": [("raw",)]}


def said(source: str, is_open: bool = True) -> Doc:
    return Doc({"source": OneOf(((source,),))}, open=is_open)


def test_the_content_of_events() -> None:
    assert content(RAW, said("raw")) == ("all", None)
    assert content(RAW, said("done")) is None
    assert content(RAW, said("raw", False)) == ("all", None)
    assert content({"detail": {"kind": [("x",)]}}, said("raw", False)) is None
    extent, guard = content(RAW) or ("", "")
    assert extent == "unknown"
    assert guard is not None
    assert guard.startswith("the rule's event pattern (")
    assert content(RAW, "no document") == (extent, guard)
    assert content((RAW, {"source": [("done",)]}), said("done")) == ("all", None)
    both = content((RAW, {"detail": {"kind": [("x",)]}}), said("raw"))
    assert both == ("all", None)
    assert content((), said("raw")) == ("all", None)


def test_a_pattern_that_cannot_be_read_takes_what_cannot_be_told() -> None:
    for pattern in (["source"], "source", None):
        assert content(pattern) == ("unknown", "the rule's event pattern (the pattern cannot be read)")
    first = content(({"z": [("x",)]}, {"a": [("x",)]}))
    assert first == content({"z": [("x",)]})
    assert first != content({"a": [("x",)]})


@pytest.mark.parametrize(
    ("service", "name"),
    [
        ("sns", "the subscription's filter policy"),
        ("sqs", "the filter criteria"),
        ("kinesis", "the filter criteria"),
        ("s3", "the rule's event pattern"),
        ("api-call", "the rule's event pattern"),
    ],
)
def test_what_a_filter_is_called(service: str, name: str) -> None:
    extent, guard = content({"kind": [("x",)]}, None, service) or ("", "")
    assert extent == "unknown"
    assert guard is not None
    assert guard.startswith(name + " (")


@pytest.mark.parametrize(
    ("sources", "reserved"),
    [
        ([("aws.s3",)], True),
        ([("aws.s3",), ("aws.ec2",)], True),
        ([{"prefix": ("aws.",)}], True),
        ([("aws.s3",), ("mine",)], False),
        ([("aws",)], False),
        ([{"prefix": ("aws",)}], False),
        ([{"anything-but": ("aws.",)}], False),
        ([(STACK,)], False),
        ([["aws.s3"]], False),
        ([None], False),
        ([], False),
        (("aws.s3",), False),
        (5, False),
        (None, False),
    ],
)
def test_nobody_but_aws_puts_events_of_aws(sources: Any, reserved: bool) -> None:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html"""
    pattern = {"source": sources}
    assert (content(pattern) or ("reserved",))[0] == ("reserved" if reserved else "unknown")
    assert (content((pattern, RAW)) or ("",))[0] == "unknown"
    aws = content({"source": [("aws.s3",)]}, None, "s3")
    assert aws is not None
    assert aws[0] == "unknown"


@pytest.mark.parametrize(
    ("pattern", "extent"),
    [
        ({"source": [{"exists": True}]}, "all"),
        ({"source": [{"prefix": ()}], "detail-type": [{"wildcard": ("*",)}]}, "all"),
        ({"version": [("0",)]}, "all"),
        ({"id": [{"exists": True}], "source": [("mine",)]}, "unknown"),
        ({"detail": {"source": [{"prefix": ()}]}}, "unknown"),
    ],
)
def test_every_event_has_a_source_and_a_type(pattern: Any, extent: str) -> None:
    """https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html"""
    assert (content(pattern) or ("",))[0] == extent


def test_another_version_is_no_event() -> None:
    assert content({"version": [("1",)]}) is None


def test_a_filter_that_is_not_read_is_undecided_unless_what_is_written_passes_it() -> None:
    accepts = Accepts(undecided="a filter expression")
    found = met(Produces(), accepts, "sqs")
    assert found is not None
    assert (found.extent, found.guard) == ("unknown", "a filter expression")
    assert met(Produces(passes=("a filter expression",)), accepts, "sqs") == Meeting("all")
    assert met(Produces(passes=("another",)), accepts, "sqs") == found


def test_the_widest_doubt_counts() -> None:
    rule = (((("in/", ANY),), ()),)
    found = met(Produces(None, (("box/", ANY),)), Accepts(keys=rule, undecided="a filter"))
    assert found is not None
    assert (found.extent, found.key, found.guard) == ("unknown", "in/a", "a filter")
    found = met(Produces(None, (("box/", ANY),), document=said("raw")), Accepts(keys=rule, content=(RAW,)))
    assert found is not None
    assert (found.extent, found.guard) == ("some", None)


def test_a_trigger_on_a_single_key_is_a_guard_for_grants_on_more() -> None:
    single = Accepts(keys=(((("source.zip",),), ()),))
    for keys, guard in (
        ((), "only the key source.zip starts it"),
        ((("box/", ANY),), "only the key source.zip starts it"),
        ((("box/source.zip",),), None),
        ((("box/source.zip",), ("box/", ANY)), None),
    ):
        found = met(Produces(None, keys), single)
        assert found is not None
        assert found.guard == guard
    found = met(Produces(None, (("box/", ANY),)), Accepts(keys=(((("in/", ANY),), ()),)))
    assert found is not None
    assert found.guard is None


def test_what_a_bus_passes_on_keeps_its_source() -> None:
    one, two = Endpoint("events", ("one",)), Endpoint("events", ("two",))

    def onward(first: Any, second: Any, kind: str = "bus") -> str | None:
        patterns = first if isinstance(first, tuple) else (first,)
        before = Trigger(one, two, "", HERE, kind, Accepts(content=patterns))
        found = meet(None, Trigger(two, WORK, "", HERE, accepts=Accepts(content=(second,))), before)
        return found.extent if found is not None else None

    done: dict[str, Any] = {"source": [("done",)]}
    assert onward(RAW, RAW) == "all"
    assert onward(RAW, done) is None
    assert onward({"detail-type": [("x",)]}, {"detail-type": [("x",)]}) == "all"
    assert onward({"detail-type": [("x",)]}, {"detail-type": [("y",)]}) is None
    assert onward({"detail-type": [("x",)]}, RAW) == "unknown"
    assert onward((RAW, done), done) == "some"
    assert onward((), RAW) == "unknown"
    assert onward(RAW, done, "rule") == "unknown"
    assert meet(None, Trigger(two, WORK, "", HERE)) == Meeting("all")
    assert render(two.name) == "two"
