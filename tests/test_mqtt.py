"""Topic filters against topic patterns, and against brute force."""

from __future__ import annotations

import re
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recursion_lint.model.text import Symbol, Text, glob, render, text
from recursion_lint.patterns.mqtt import covers, decide

STAGE = Symbol("parameter", "Stage")
OTHER = Symbol("level", "topic(2)")
TOPICS = ["".join(letters) for size in range(7) for letters in product("a$/", repeat=size)]
# Symbols spelt as letters: whatever they stand for, it is one level and no other text.
OPAQUE = ["".join(letters) for size in range(7) for letters in product("ast/", repeat=size)]
SYMBOLS = {"s": STAGE, "t": OTHER}


def _reference(topic_filter: str, topic: str, empty: bool = True) -> bool | None:
    """Level by level; ``None`` for ``a`` under ``a/#``. Without ``empty`` each wildcard stands for something.

    https://docs.aws.amazon.com/iot/latest/developerguide/topics.html
    """
    wanted, levels = topic_filter.split("/"), topic.split("/")
    if topic.startswith("$") and wanted[0] in ("+", "#"):
        return False
    for at, level in enumerate(wanted):
        if level == "#":
            return None if at >= len(levels) else empty or levels[at] != ""
        if at >= len(levels) or level not in ("+", levels[at]):
            return False
        if level == "+" and not (empty or levels[at]):
            return False
    return len(levels) == len(wanted)


def _glob(pattern: str, empty: bool = True) -> re.Pattern[str]:
    some = ".*" if empty else ".+"
    return re.compile(re.escape(pattern).replace(r"\*", some).replace(r"\?", "[^st]"))


def _levels(*words: str) -> st.SearchStrategy[str]:
    """Topic filters of one to three levels."""
    return st.tuples(st.lists(st.sampled_from(words), max_size=3), st.booleans()).map(
        lambda made: "/".join([*made[0][:2], "#"] if made[1] or not made[0] else made[0])
    )


def _letters(*pieces: str, most: int = 3) -> st.SearchStrategy[str]:
    words = st.lists(st.sampled_from(pieces), min_size=1, max_size=most).map("".join)
    return words.map(lambda word: re.sub(r"\*+", "*", word))


def _symbolic(word: str) -> Text:
    return text(SYMBOLS.get(letter, letter) for letter in word)


def _assigned(word: Text, values: dict[Symbol, str]) -> str:
    return render(text(values.get(part, part) if isinstance(part, Symbol) else part for part in word))


@settings(max_examples=600, deadline=None)
@given(_levels("a", "+", "$", ""), _letters("a", "/", "*", "?", "$"))
def test_decided_as_by_brute_force(topic_filter: str, pattern: str) -> None:
    rule, whole = _glob(pattern), _glob(pattern, empty=False)
    meant = [topic for topic in TOPICS if rule.fullmatch(topic)]
    answers = {topic: _reference(topic_filter, topic) for topic in meant}
    found = decide((topic_filter,), glob((pattern,)))
    best = "overlaps" if True in answers.values() else "unknown" if None in answers.values() else "disjoint"
    assert found.verdict == best
    assert (found.example is not None) == (best == "overlaps")
    if found.example is not None:
        example = render(found.example)
        assert rule.fullmatch(example)
        assert _reference(topic_filter, example)
        telling = [t for t in meant if whole.fullmatch(t) and _reference(topic_filter, t, empty=False)]
        assert not telling or (example in telling and len(example) == len(telling[0]))
    if covers((topic_filter,), glob((pattern,))):
        assert all(answers[topic] for topic in meant if topic)


@settings(max_examples=300, deadline=None)
@given(_levels("a", "+", "$", ""), _letters("a", "/", "$"), st.booleans())
def test_covers_is_exact_for_one_topic_and_for_all_that_begin_alike(
    topic_filter: str, start: str, more: bool
) -> None:
    meant = [topic for topic in TOPICS if topic == start or (more and topic.startswith(start))]
    expected = all(_reference(topic_filter, topic) for topic in meant)
    assert covers((topic_filter,), glob((start + "*" * more,))) is expected


@settings(max_examples=300, deadline=None)
@given(
    _levels("a", "+", "s", "t"),
    _letters("a", "/", "*", "?", "s", "t"),
    st.fixed_dictionaries({symbol: st.sampled_from(["a", "aa", "t", ""]) for symbol in SYMBOLS.values()}),
)
def test_symbols_stand_for_themselves(topic_filter: str, pattern: str, values: dict[Symbol, str]) -> None:
    wanted, topic = _symbolic(topic_filter), glob(_symbolic(pattern))
    found = decide(wanted, topic)
    rule = _glob(pattern)
    hits = [word for word in OPAQUE if rule.fullmatch(word) and _reference(topic_filter, word)]
    assert (found.verdict == "overlaps") == bool(hits)
    told, rule = _assigned(wanted, values), _glob(_assigned(topic, values))
    if found.example is not None:
        example = _assigned(found.example, values)
        assert rule.fullmatch(example)
        assert _reference(told, example)
    if found.verdict == "disjoint":
        assert not any(rule.fullmatch(word) and _reference(told, word) is not False for word in OPAQUE)
    if covers(wanted, topic):
        assert all(_reference(told, word) for word in OPAQUE if word and rule.fullmatch(word))


@pytest.mark.parametrize(
    ("topic_filter", "topic", "verdict"),
    [
        (("a/+/c",), ("a/b/c",), "overlaps"),
        (("a/+/c",), ("a/b/x/c",), "disjoint"),
        # https://docs.aws.amazon.com/iot/latest/developerguide/topics.html lists what sensor/# receives
        (("sensor/#",), ("sensor/",), "overlaps"),
        (("sensor/#",), ("sensor/temperature/room1",), "overlaps"),
        (("sensor/#",), ("Sensor",), "disjoint"),
        (("sensor/#",), ("sensor",), "unknown"),
        (("#",), ("$aws/things/x",), "disjoint"),
        ((STAGE, "/in"), (STAGE, "/in"), "overlaps"),
        ((STAGE, "/in"), (STAGE, "/out"), "disjoint"),
        ((STAGE, "/+"), (STAGE, "/out/x"), "disjoint"),
        ((STAGE, "/in"), (OTHER, "/in"), "unknown"),
        (("prod/+/in",), ("prod/", STAGE, "/in"), "overlaps"),
        (("prod/a/in",), ("prod/", STAGE, "/in"), "unknown"),
        (("prod/+/in/#",), ("prod/", STAGE, "/out"), "unknown"),
        (("prod/+/in/#",), ("prod/", OTHER, "/out"), "disjoint"),
        (("prod/+/+",), ("prod/", OTHER, "/out"), "overlaps"),
        (("prod/a/in",), ("prod/", OTHER, "/in"), "unknown"),
        (("prod/a/in",), ("prod/a", OTHER, "/in"), "unknown"),
        (("prod/a/b/in",), ("prod/", OTHER, "/in"), "disjoint"),
        (("prod/", STAGE, "/in"), ("prod/", OTHER, "/b/in"), "unknown"),
        (("prod/", STAGE, "/in"), ("prod/a/in",), "unknown"),
        (("prod/", STAGE, "/in"), ("prod/a/b/in",), "unknown"),
        (("prod/", STAGE, "/in"), ("prod/a/out",), "disjoint"),
        ((STAGE, "/in"), ("*/in",), "overlaps"),
        ((STAGE,), ("?",), "unknown"),
        (("a/", STAGE), ("b/", STAGE), "disjoint"),
        (("ab/", STAGE), ("ac/", STAGE), "disjoint"),
        # a parameter is no name of a reserved topic
        (("$aws/things/x",), (STAGE, "/things/x"), "disjoint"),
        ((STAGE, "/things/x"), ("$aws/things/x",), "disjoint"),
        (("$aws/things/x",), ("$", STAGE), "unknown"),
        (("$", STAGE), ("$aws/things/x",), "unknown"),
    ],
)
def test_verdict(topic_filter: Text, topic: Text, verdict: str) -> None:
    assert decide(text(topic_filter), glob(topic)).verdict == verdict


def test_example_has_something_in_every_level() -> None:
    assert decide(("sensors/+/data",), glob(("sensors/*",))).example == ("sensors/a/data",)


def test_example_is_no_reserved_topic() -> None:
    assert decide(("+/+",), glob(("*$/",))).example == ("a$/",)


@pytest.mark.parametrize(
    ("topic_filter", "topic", "covered"),
    [
        ("a/#", "a/*", True),
        ("#", "a/*", True),
        ("#", "*", False),
        ("#", "a*", True),
        ("#", "$*", False),
        ("a/+/#", "a/b/*", True),
        ("a/+/#", "a/*", False),
        ("a/b/#", "a/*", False),
        ("a/+", "a/*", False),
        ("a/+/#", "a/b/c*", True),
        # no filter: a wildcard is a whole level
        ("a#", "ab*", False),
        ("a#", "b/c*", False),
    ],
)
def test_covers(topic_filter: str, topic: str, covered: bool) -> None:
    assert covers((topic_filter,), glob((topic,))) is covered
