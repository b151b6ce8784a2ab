"""Which channels the resources of a statement mean, and whether they single them out or merely include them."""

from __future__ import annotations

import pytest

from recursion_lint.iam.evaluation.resource_matching import Channels, breadth, resources_of
from recursion_lint.model.facts import Endpoint, Statement
from recursion_lint.model.findings import Span
from recursion_lint.model.path_conditions import ALWAYS, Requirement, Requires
from recursion_lint.model.text import ANY, Symbol, Text, glob, text
from recursion_lint.patterns.keys import Undecided

HERE = Span("t.yaml", 1, 1, 1, 2)
STACK = Symbol("pseudo", "AWS::StackName", "t")
PRODUCTION = frozenset({Requirement("t", "Production", True)})
EUROPE = frozenset({Requirement("t", "Europe", True)})


def parameter(name: str, scope: str = "t") -> Text:
    return (Symbol("parameter", name, scope),)


def queue(*name: str | Symbol) -> Endpoint:
    return Endpoint("sqs", text(name))


JOBS, DONE, FAR = queue("jobs-in"), queue("done"), queue("jobs-far")
OWN = queue(STACK, "-Jobs-", Symbol("random", "Jobs", "t"))
TOPIC = Endpoint("iot", ("devices/one",))
FAMILIES = {
    JOBS: frozenset({"t"}),
    DONE: frozenset({"t", "other"}),
    FAR: frozenset({"far"}),
    OWN: frozenset({"t"}),
}
FAMILIES[TOPIC] = frozenset({"far"})


def statement(*resources: Text | tuple[Text, Requires], besides: tuple[Text, ...] = ()) -> Statement:
    needed = [one if len(one) == 2 and isinstance(one[1], frozenset) else (one, ALWAYS) for one in resources]
    return Statement(("role",), "Allow", ("*",), (), tuple(needed), besides, {}, HERE, "P")  # type: ignore[arg-type]


def channels(*more: Endpoint) -> Channels:
    return Channels([JOBS, DONE, FAR, OWN, TOPIC, *more], FAMILIES, ["sqs", "iot", "dynamodb"], {})


def reached(
    *resources: Text | tuple[Text, Requires],
    service: str = "sqs",
    family: str = "t",
    given: Channels | None = None,
    besides: tuple[Text, ...] = (),
) -> dict[Endpoint, str]:
    found = (given or channels()).reached(statement(*resources, besides=besides), service, family)
    return {channel: reach.evidence for channel, reach in found}


def arn(name: Text | str, service: str = "sqs") -> Text:
    return text(
        [f"arn:aws:{service}:eu-west-1:111122223333:", *glob((name,) if isinstance(name, str) else name)]
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("jobs-in", {JOBS: "granted"}),
        ("jobs", {}),
        ("jobs-*", {JOBS: "broad", FAR: "broad"}),  # all whose names begin so, whoever has them
        ("jobs-i?", {JOBS: "granted"}),
        ("j*", {JOBS: "broad"}),  # too short a beginning to mean what lies in another stack
        ("jo*", {JOBS: "broad"}),
        ("job*", {JOBS: "broad", FAR: "broad"}),
        ("*", {JOBS: "broad", DONE: "broad", OWN: "broad"}),
        ("*-in", {JOBS: "broad"}),
        ("-*", {}),
        ("done*", {DONE: "granted"}),
    ],
)
def test_names_and_patterns(name: str, expected: dict[Endpoint, str]) -> None:
    assert reached(arn(name)) == expected


def test_a_wildcard_alone_means_all_of_its_own_stacks() -> None:
    assert reached((ANY,)) == {JOBS: "broad", DONE: "broad", OWN: "broad"}
    assert reached((ANY,), family="far") == {FAR: "broad"}
    assert reached((ANY,), family="other") == {DONE: "broad"}
    assert reached((ANY,), family="nowhere") == {}
    assert reached(("arn:aws:sqs:", ANY)) == {JOBS: "broad", DONE: "broad", OWN: "broad"}
    assert reached(("arn:aws:sns:", ANY)) == {}


def test_a_name_is_known_in_any_stack() -> None:
    assert reached(arn("jobs-far")) == {FAR: "granted"}
    assert reached(arn("jobs-in"), family="nowhere") == {JOBS: "granted"}
    assert reached(arn("jobs-in", "sns")) == {}
    assert reached(arn("jobs-in"), service="dynamodb") == {}


def test_what_begins_with_the_stack_alone_means_all_of_the_stack() -> None:
    assert reached(arn((STACK, "-", ANY))) == {OWN: "stack"}
    assert reached(arn((STACK, ANY))) == {OWN: "stack"}
    assert reached(arn((STACK, "-Jobs-", ANY))) == {OWN: "granted"}
    stage = parameter("Stage")[0]
    staged = queue(stage, "-jobs")
    families = channels(staged)
    assert reached(arn((stage, ANY)), family="", given=families) == {staged: "broad"}


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("*Walker*", (STACK, "-Walker-", Symbol("random", "Walker", "t")), "granted"),
        ("*Walk*", (STACK, "-Walker-", Symbol("random", "Walker", "t")), "broad"),
        ("*-Walker-*", (STACK, "-WalkerLog-", Symbol("random", "WalkerLog", "t")), "broad"),
        ("acme-*", ("acme-helper-", STACK), "broad"),
        ("acme-helper-*", ("acme-helper-", STACK), "granted"),
        ("acme-*-helper", ("acme-", STACK, "-helper"), "granted"),
        ("*helper", ("acme-", STACK, "-helper"), "broad"),
        ("acme*helper*", ("acme-", STACK, "-helper"), "granted"),
        ("acme-helpe?", ("acme-helper",), "granted"),
        ("acme-help??", ("acme-helper",), "granted"),
        ("acme-hel*?", ("acme-helper",), "broad"),
        ("*", (STACK,), "broad"),
        ("-*", ("-", STACK), "broad"),
    ],
)
def test_a_pattern_that_spells_out_the_words_of_a_name_means_it(
    pattern: str, name: tuple[str | Symbol, ...], expected: str
) -> None:
    assert breadth(glob((pattern,)), queue(*name)) == expected


def test_a_pattern_means_the_channel_of_that_name_first() -> None:
    exact = queue("jobs-")
    given = Channels([JOBS, exact], {JOBS: frozenset({"t"}), exact: frozenset({"t"})}, ["sqs"], {})
    assert reached(arn("jobs-*"), given=given) == {JOBS: "broad", exact: "granted"}


def test_the_best_of_several_resources_counts_and_what_all_need() -> None:
    assert reached((ANY,), arn("jobs-in"))[JOBS] == "granted"
    assert reached(arn("jobs-in"), (ANY,))[JOBS] == "granted"
    both = channels().reached(statement((arn("jobs-in"), PRODUCTION), ((ANY,), EUROPE)), "sqs", "t")
    found = dict(both)
    assert (found[JOBS].requires, len(found[JOBS].patterns)) == (ALWAYS, 2)
    assert (found[DONE].requires, found[DONE].patterns) == (EUROPE, ((ANY,),))
    shared = PRODUCTION | EUROPE
    found = dict(channels().reached(statement((arn("jobs-in"), shared), ((ANY,), EUROPE)), "sqs", "t"))
    assert found[JOBS].requires == EUROPE


def test_all_but_some_resources() -> None:
    assert reached(besides=(arn("jobs-in"),)) == {DONE: "broad", OWN: "broad"}
    assert reached(besides=(arn("jobs-*"),)) == {DONE: "broad", OWN: "broad"}
    assert reached(besides=(arn("jobs-in"), arn("done"))) == {OWN: "broad"}
    assert reached(besides=(arn("elsewhere"),)) == {JOBS: "broad", DONE: "broad", OWN: "broad"}
    assert reached(besides=((ANY,),)) == {}
    assert reached() == {}


def test_what_is_no_arn_is_a_name() -> None:
    assert reached(("jobs-in",)) == {JOBS: "granted"}
    known = Endpoint("?", parameter("QueueArn"))
    given = channels(known, queue(*parameter("QueueArn")))
    assert reached(parameter("QueueArn"), given=given, family="") == {
        known: "granted",
        queue(*parameter("QueueArn")): "granted",
    }


def test_parameters_that_share_a_stem_may_mean_one_resource() -> None:
    stream = Endpoint("dynamodb", parameter("JobTableStreamArn"))
    unknown = Endpoint("?", parameter("JobTableArn"))
    elsewhere = Endpoint("dynamodb", parameter("JobTableStreamArn", "u"))
    short = Endpoint("dynamodb", parameter("JobArn"))
    whole = Endpoint("dynamodb", parameter("JobTable"))
    other = Endpoint("sqs", parameter("JobTableUrl"))
    given = channels(stream, unknown, elsewhere, short, whole, other)

    def table(name: str) -> dict[Endpoint, str]:
        resource: Text = ("arn:aws:dynamodb:eu-west-1:111122223333:table/", *parameter(name))
        return reached(resource, service="dynamodb", given=given)

    assert table("JobTableName") == {stream: "broad", unknown: "broad"}
    assert table("jobtable_name") == {stream: "broad", unknown: "broad"}
    assert table("JobTableStreamArn") == {stream: "granted", unknown: "broad"}
    assert table("JobName") == {}  # a stem of three letters says too little
    assert table("JobTable") == {whole: "granted"}
    assert table("OtherTableName") == {}


def test_topics_are_shared_by_an_account() -> None:
    def topic(resource: str) -> dict[Endpoint, str]:
        return reached(glob((f"arn:aws:iot:eu-west-1:111122223333:{resource}",)), service="iot")

    assert topic("topic/devices/one") == topic("topic/devices/*") == {TOPIC: "granted"}
    assert topic("topic/*") == topic("*") == {TOPIC: "broad"}
    assert reached((ANY,), service="iot") == {TOPIC: "broad"}


def test_within_a_sweep_a_channel_is_reached_as_by_the_wildcard() -> None:
    polled = Endpoint("?", parameter("SourceArn"))
    known = Channels(
        [JOBS, DONE, FAR, OWN, TOPIC, polled],
        {**FAMILIES, polled: frozenset({"t"})},
        ["sqs", "iot", "dynamodb"],
        {polled: frozenset({"sqs"})},
    )
    assert reached((ANY,), given=known)[polled] == "broad"
    for resources in (((ANY,),), ((ANY,), (ANY,)), (((ANY,), PRODUCTION), ((ANY,), PRODUCTION | EUROPE))):
        for family in ("t", "far", "other", "nowhere"):
            given = statement(*resources)
            ends = (JOBS, DONE, FAR, OWN, polled, queue("unheard-of"))
            for service, channels_of_it in (("sqs", ends), ("iot", (TOPIC,))):
                whole = list(known.reached(given, service, family))
                for channel in channels_of_it:
                    one = list(known.within_sweep(given, channel, service, family))
                    assert one == [found for found in whole if found[0] == channel]


def test_the_resource_parts_of_patterns() -> None:
    assert resources_of((arn("jobs-in"), ("jobs",), (ANY,))) == [("jobs-in",), (ANY,)]


def test_the_kind_that_a_name_begins_with_tells_nothing() -> None:
    nightly = Endpoint("glue", ("workflow/nightly",))
    given = Channels([nightly], {nightly: frozenset({"t"})}, ["glue"], {})
    seen = [
        reached(arn(name, "glue"), service="glue", given=given)
        for name in ("workflow/*", "workflow/nightly*", "*")
    ]
    assert seen == [{nightly: "broad"}, {nightly: "granted"}, {nightly: "broad"}]


def test_what_is_not_decided_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    def give_up(*patterns: object) -> None:
        raise Undecided

    monkeypatch.setattr("recursion_lint.iam.evaluation.resource_matching.meet", give_up)
    monkeypatch.setattr("recursion_lint.iam.evaluation.resource_matching.matches", give_up)
    assert reached(arn("jobs-*")) == {JOBS: "broad", DONE: "broad", OWN: "broad", FAR: "broad"}
