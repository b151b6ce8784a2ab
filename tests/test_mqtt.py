"""Topic filters against topic patterns, and against brute force."""

from __future__ import annotations

import re
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recursion_lint.patterns.mqtt import covers, decide
from recursion_lint.values import Symbol, Text, glob, render, text

STAGE = Symbol("parameter", "Stage")
OTHER = Symbol("parameter", "Other")
TOPICS = ["".join(letters) for size in range(7) for letters in product("a$/", repeat=size)]


def _reference(topic_filter: str, topic: str) -> bool:
    """The MQTT specification, level by level."""
    wanted, levels = topic_filter.split("/"), topic.split("/")
    if topic.startswith("$") and wanted[0] in ("+", "#"):
        return False
    for at, level in enumerate(wanted):
        if level == "#":
            return True
        if at >= len(levels) or level not in ("+", levels[at]):
            return False
    return len(levels) == len(wanted)


def _matches(topic_filter: str, topic: str) -> bool:
    parent = topic_filter[:-2] if topic_filter.endswith("/#") else None
    return _reference(topic_filter, topic) or (parent is not None and _reference(parent, topic))


def _glob(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."))


filters = st.tuples(st.lists(st.sampled_from(["a", "+", "$"]), min_size=1, max_size=3), st.booleans()).map(
    lambda made: "/".join([*made[0][:2], "#"] if made[1] else made[0])
)
patterns = st.lists(st.sampled_from(["a", "/", "*", "?", "$"]), min_size=1, max_size=3).map("".join)


@settings(max_examples=300, deadline=None)
@given(filters, patterns)
def test_decided_as_by_brute_force(topic_filter: str, pattern: str) -> None:
    rule = _glob(pattern)
    meant = [topic for topic in TOPICS if rule.fullmatch(topic)]
    hits = [topic for topic in meant if _matches(topic_filter, topic)]
    found = decide((topic_filter,), glob((pattern,)))
    assert (found.verdict == "overlaps") == bool(hits)
    if found.example is not None:
        example = render(found.example)
        assert rule.fullmatch(example)
        assert _matches(topic_filter, example)
    if covers((topic_filter,), glob((pattern,))):
        assert [topic for topic in meant if topic] == [topic for topic in hits if topic]


@pytest.mark.parametrize(
    ("topic_filter", "topic", "verdict"),
    [
        (("a/+/c",), ("a/b/c",), "overlaps"),
        (("a/+/c",), ("a/b/x/c",), "disjoint"),
        (("a/#",), ("a",), "overlaps"),
        (("#",), ("$aws/things/x",), "disjoint"),
        ((STAGE, "/in"), (STAGE, "/in"), "overlaps"),
        ((STAGE, "/in"), (STAGE, "/out"), "disjoint"),
        ((STAGE, "/+"), (STAGE, "/out/x"), "disjoint"),
        ((STAGE, "/in"), (OTHER, "/in"), "unknown"),
        (("prod/+/in",), ("prod/", STAGE, "/in"), "overlaps"),
        (("prod/a/in",), ("prod/", STAGE, "/in"), "unknown"),
    ],
)
def test_verdict(topic_filter: Text, topic: Text, verdict: str) -> None:
    assert decide(text(topic_filter), text(topic)).verdict == verdict


def test_example_has_something_in_every_level() -> None:
    assert decide(("sensors/+/data",), glob(("sensors/*",))).example == ("sensors/a/data",)


@pytest.mark.parametrize(
    ("topic_filter", "topic", "covered"),
    [
        ("a/#", "a/*", True),
        ("#", "a/*", True),
        ("#", "*", False),
        ("a/+/#", "a/b/*", True),
        ("a/+/#", "a/*", False),
        ("a/b/#", "a/*", False),
        ("a/+", "a/*", False),
    ],
)
def test_covers(topic_filter: str, topic: str, covered: bool) -> None:
    assert covers((topic_filter,), glob((topic,))) is covered
