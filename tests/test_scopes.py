"""What denials leave of a grant, resource by resource."""

from __future__ import annotations

import pytest

from recursion_lint.iam.evaluation.explicit_denies import of_type, without
from recursion_lint.model.facts import Endpoint, Statement
from recursion_lint.model.findings import Span
from recursion_lint.model.path_conditions import ALWAYS
from recursion_lint.model.text import ANY, Symbol, Text, glob, text

BUCKET = Endpoint("s3", ("images",))
MACHINE = Endpoint("states", ("nightly",))
TOPIC = Endpoint("iot", ("devices/one",))
UNNAMED = Endpoint("?", (Symbol("parameter", "SourceArn", "t"),))


def arn(resource: str, service: str = "sqs") -> Text:
    return text(["arn:aws:", service, ":", ANY, ":", ANY, ":", *pattern(resource)])


def pattern(resource: str) -> Text:
    return glob((resource,))


def deny(*resources: Text, besides: tuple[Text, ...] = ()) -> Statement:
    named = tuple((resource, ALWAYS) for resource in resources)
    return Statement(("role",), "Deny", ("*",), (), named, besides, {}, Span("t.yaml", 1, 1, 1, 2), "P")


@pytest.mark.parametrize(
    ("patterns", "start", "may"),
    [
        ((), "execution:", True),
        ((pattern("stateMachine:nightly"),), "", True),
        ((pattern("stateMachine:nightly"),), "execution:", False),
        ((pattern("stateMachine:nightly"), pattern("*:nightly:*")), "execution:", True),
    ],
)
def test_a_resource_may_be_of_a_type(patterns: tuple[Text, ...], start: str, may: bool) -> None:
    assert of_type(patterns, start) is may


@pytest.mark.parametrize(
    ("resource", "start", "left"),
    [
        ("stateMachine:nightly", "execution:", True),
        ("stateMachine:*", "execution:", True),
        ("stateMachine:nightly", "stateMachine:", False),
        ("stateMachine:nightly*", "stateMachine:", False),
        ("execution:nightly:*", "execution:", False),
        ("execution:nightly:*", "stateMachine:", True),
        ("*", "execution:", False),
    ],
)
def test_a_denial_is_of_the_resources_that_an_action_is_used_on(
    resource: str, start: str, left: bool
) -> None:
    found = without(((), ()), deny(arn(resource, "states")), MACHINE, start)
    assert (found is not None) is left


@pytest.mark.parametrize(
    ("granted", "spared", "left"),
    [
        ((), "images/raw/*", ("images/raw/*",)),
        (("images/*",), "images/raw/*", ("images/raw/*",)),
        (("images/raw/a*",), "images/raw/*", ("images/raw/a*",)),
        (("images/raw/*", "images/r*"), "images/raw/*", ("images/raw/*",)),
        (("images/thumbs/*",), "images/raw/*", None),
        (("*",), "others/*", None),
        (("images/raw/*",), "images/*", ("images/raw/*",)),
    ],
)
def test_a_denial_of_all_but_some_leaves_what_they_have_in_common_with_the_grant(
    granted: tuple[str, ...], spared: str, left: tuple[str, ...] | None
) -> None:
    found = without((tuple(map(pattern, granted)), ()), deny(besides=(arn(spared, "s3"),)), BUCKET, "")
    assert found == (None if left is None else (tuple(map(pattern, left)), ()))


@pytest.mark.parametrize(
    ("channel", "spared"), [(UNNAMED, arn("jobs-*")), (TOPIC, arn("topic/devices/two", "iot"))]
)
def test_what_a_name_says_little_of_may_be_among_those_that_are_spared(
    channel: Endpoint, spared: Text
) -> None:
    assert without((((ANY,),), ()), deny(besides=(spared,)), channel, "") is not None
