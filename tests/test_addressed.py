"""Who is told of a channel by a variable: looked up, and the same as asking each variable of all actors."""

from __future__ import annotations

from itertools import product

import pytest

from recursion_lint.assessment.evidence.variables import points_to
from recursion_lint.graph.addressed import Addressed
from recursion_lint.model.facts import Endpoint, Mention
from recursion_lint.model.findings import Span
from recursion_lint.model.text import Symbol, Text

AT = Span("t.yaml", 1, 1, 1, 2)
ACCOUNT = Symbol("parameter", "QueueAccount", "t.yaml")
OWN = Symbol("pseudo", "AWS::AccountId")
QUEUE = Symbol("ref", "Queue", "t.yaml")
VALUES: tuple[Text, ...] = (
    ("jobs",),
    ("arn:aws:sqs:eu-west-1:111122223333:jobs",),
    ("https://sqs.eu-west-1.amazonaws.com/111122223333/jobs",),
    ("arn:aws:sqs:eu-west-1:", ACCOUNT, ":jobs"),
    ("arn:aws:sqs:eu-west-1:", OWN, ":jobs"),
    (QUEUE,),
    ("arn:aws:sqs:eu-west-1:111122223333:", QUEUE),
    ("arn:aws:s3:::jobs",),
    ("arn:aws:events:eu-west-1:111122223333:event-bus/jobs",),
    ("mail-manager-archive/jobs",),
    (),
)
CHANNELS = [
    *(Endpoint(service, name) for service in ("sqs", "s3", "events", "sns", "lambda") for name in VALUES[:1]),
    Endpoint("sqs", (QUEUE,)),
    Endpoint("sqs", ("others",)),
    Endpoint("events", ("event-busv2/jobs",)),
    Endpoint("glue", ("workflow/jobs",)),
    Endpoint("glue", ("jobs",)),
]


@pytest.mark.parametrize("channel", CHANNELS, ids=repr)
def test_the_actors_are_those_of_whose_variables_one_points_there(channel: Endpoint) -> None:
    told = {
        Endpoint("lambda", (f"f{at}",)): (Mention(Endpoint("lambda", (f"f{at}",)), name, value, AT),)
        for at, (name, value) in enumerate(product(("QUEUE", "OTHER"), VALUES))
    }
    index = Addressed(told)
    for name in ("QUEUE", "OTHER", "NONE"):
        want = {
            actor
            for actor, mentions in told.items()
            for one in mentions
            if one.name == name and points_to(one, channel)
        }
        assert set(index.actors(name, channel)) == want


def test_something_is_found() -> None:
    told = {Endpoint("lambda", ("f",)): (Mention(Endpoint("lambda", ("f",)), "QUEUE", VALUES[2], AT),)}
    assert list(Addressed(told).actors("QUEUE", CHANNELS[0])) == [Endpoint("lambda", ("f",))]
