"""What is known of an event is carried over rules, buses, queues and topics to the next filter."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import pytest

from recursion_lint.graph.forwarding import forwarded
from recursion_lint.graph.matching import Meeting, meet_any, passed_on
from recursion_lint.model.facts import Accepts, Endpoint, Produces, Trigger
from recursion_lint.model.findings import Span
from recursion_lint.model.text import ANY, Symbol
from recursion_lint.patterns.entries import parse
from recursion_lint.patterns.events import UNKNOWN, Doc, Glob, Items, OneOf, overlap
from recursion_lint.patterns.narrowing import narrowed
from recursion_lint.run.lint import lint

HERE = Span("t.yaml", 1, 1, 1, 1)
STACK = Symbol("parameter", "Stack", "")

# --- the algebra, against every short word ----------------------------------------------------------------

WORDS = ["".join(letters) for size in range(5) for letters in product("aAb", repeat=size)]
ENTRIES: list[Any] = [
    ("a",),
    ("ab",),
    {"prefix": ("a",)},
    {"suffix": ("b",)},
    {"prefix": {"equals-ignore-case": ("ab",)}},
    {"equals-ignore-case": ("AB",)},
    {"wildcard": ("a*b",)},
    {"anything-but": [("a",), ("ab",)]},
    {"anything-but": {"prefix": ("a",)}},
    {"anything-but": {"suffix": ("b",)}},
    {"anything-but": {"equals-ignore-case": ("aa",)}},
    {"anything-but": {"wildcard": ("*A*",)}},
    {"anything-but": [5]},
    {"exists": True},
    {"exists": False},
    {"numeric": [">", 1]},
    5,
    {"cidr": ("10.0.0.0/8",)},
    {"unheard-of": ("a",)},
]
GIVEN = [UNKNOWN, Glob(("a", ANY)), Glob((ANY, "b")), ("ab",), ("b",), OneOf((("a",), Glob(("b", ANY))))]


def passes(entry: Any, word: str) -> bool:
    return parse(entry).test((word,) if word else ()) == "matches"  # type: ignore[union-attr]


def fits(given: Any, word: str) -> bool:
    if given is UNKNOWN:
        return True
    if isinstance(given, OneOf):
        return any(fits(one, word) for one in given.alternatives)
    if isinstance(given, Glob):
        first, last = given.value
        return word.startswith(first) if isinstance(first, str) else word.endswith(str(last))
    return word == given[0]


@pytest.mark.parametrize("given", GIVEN, ids=str)
def test_two_filters_are_decided_as_words_are(given: Any) -> None:
    decided = [entry for entry in ENTRIES if not isinstance(entry, dict) or "unheard-of" not in entry]
    said = set()
    for first, second in product(decided, decided):
        through = [word for word in WORDS if fits(given, word) and passes(first, word)]
        left = narrowed(Doc({"source": given}), {"source": [first]})
        if left is None:
            assert not through, (given, first)
            continue
        verdict = overlap({"source": [second]}, left).verdict
        both = [word for word in through if passes(second, word)]
        if verdict == "disjoint":
            assert not both, (given, first, second, both)
        if verdict == "matches":
            assert both, (given, first, second)
            if not isinstance(given, OneOf):
                assert both == through, (given, first, second, set(through) - set(both))
        said.add(verdict)
    assert {"disjoint", "matches"} <= said


def test_three_filters_may_exclude_each_other() -> None:
    event = Doc({}, open=True)
    for entry in ({"prefix": ("a",)}, {"suffix": ("b",)}):
        left = narrowed(event, {"detail-type": [entry]})
        assert left is not None
        event = left
    assert overlap({"detail-type": [("ab",)]}, event).verdict == "unknown"
    assert overlap({"detail-type": [("ac",)]}, event).verdict == "disjoint"
    assert overlap({"detail-type": [{"wildcard": ("a*b",)}]}, event).verdict == "unknown"
    assert overlap({"detail-type": [{"prefix": ("a",)}]}, event).verdict == "matches"
    assert overlap({"detail-type": {"inner": [("a",)]}}, event).verdict == "unknown"
    assert 'produced "a*" and ending with "b"' in overlap({"detail-type": [("ac",)]}, event).reason
    exact = narrowed(event, {"detail-type": [("ab",)]})
    assert exact is not None
    assert overlap({"detail-type": [{"prefix": ("ab",)}]}, exact).verdict == "matches"


def test_what_cannot_be_read_narrows_nothing() -> None:
    event = Doc({"source": ("a",)}, open=True)
    for pattern in (
        {"$or": [{"source": [("b",)]}, {"source": [("c",)]}]},
        {"source.x": [("b",)], "source": [("b",)]},
        {"source": []},
        {"detail": {"source": [("b",)]}},
    ):
        assert narrowed(event, pattern) == event
    unheard: dict[str, Any] = {"source": [{"unheard-of": ("b",)}]}
    left = narrowed(event, unheard)
    assert left is not None
    assert left.fields["source"] is UNKNOWN
    assert narrowed(Doc({"source": Items(())}), {"source": [("b",)]}) == Doc({"source": UNKNOWN})


def test_a_parameter_keeps_its_value() -> None:
    left = narrowed(Doc({}, open=True), {"source": [{"prefix": (STACK, ".")}]})
    assert left is not None
    assert overlap({"source": [{"prefix": (STACK,)}]}, left).verdict == "matches"
    assert overlap({"source": [{"prefix": ("x",)}]}, left).verdict == "unknown"
    unsure = narrowed(Doc({"source": ("a",)}), {"source": [{"prefix": (STACK,)}]})
    assert unsure is not None
    assert overlap({"source": [{"prefix": ("a",)}]}, unsure).verdict == "unknown"
    assert overlap({"source": [("b",)]}, unsure).verdict == "disjoint"


def test_many_values_are_any_value() -> None:
    names = [(f"n{at}",) for at in range(40)]
    left = narrowed(Doc({}, open=True), {"source": names})
    assert left is not None
    assert left.fields["source"] is UNKNOWN


# --- one hop ----------------------------------------------------------------------------------------------


def handed(service: str, name: str, to: str, arriving: Produces, **given: Any) -> list[Produces]:
    kind = "bus" if to == "events" else "forward"
    trigger = Trigger(Endpoint(service, (name,)), Endpoint(to, ("next",)), "", HERE, kind)
    return list(forwarded(arriving, trigger._replace(**given)))


def test_an_event_becomes_the_content_of_a_message() -> None:
    event = Doc({"source": ("a",)}, open=True)
    for service, key in (("sqs", "body"), ("sns", "MessageBody"), ("kinesis", "data")):
        assert handed("events", "b", service, Produces(document=event)) == [
            Produces(document=Doc({key: event}, open=True))
        ]
    assert handed("events", "b", "logs", Produces(document=event)) == [Produces()]
    assert handed("events", "b", "sqs", Produces(document=event), reshaped=True) == [Produces()]
    assert handed("events", "event-busv2/b", "sqs", Produces(document=event)) == [Produces()]


def test_what_a_pattern_does_not_let_through_is_not_handed_on() -> None:
    event = Produces(document=Doc({"source": ("a",)}, open=True))
    assert handed("events", "b", "sqs", event, accepts=Accepts(content=({"source": [("c",)]},))) == []
    either: dict[str, Any] = {"$or": [{"source": [("c",)]}, {"source": [{"prefix": ("a",)}]}]}
    assert len(handed("events", "b", "sqs", event, accepts=Accepts(content=(either,)))) == 1


def test_a_notification_names_the_event() -> None:
    created = Accepts(frozenset({"s3:ObjectCreated:Put", "s3:ObjectCreated:Copy"}))
    put = Produces(frozenset({"s3:ObjectCreated:Put", "s3:ObjectRemoved:Delete"}))

    def met(produces: Produces, name: Any, to: str = "sns", **given: Any) -> str | None:
        wanted = {"sns": "MessageBody", "sqs": "body"}[to]
        content: dict[str, Any] = {wanted: {"Records": {"eventName": [name]}}}
        arriving = handed("s3", "box", to, produces, **given)
        end = Trigger(Endpoint(to, ("next",)), Endpoint("lambda", ("f",)), "", HERE)
        found = meet_any(arriving, end._replace(accepts=Accepts(content=(content,))))
        return found.extent if found is not None else None

    for to in ("sns", "sqs"):
        assert met(put, ("ObjectCreated:Put",), to, accepts=created) == "all"
        assert met(put, ("ObjectCreated:Copy",), to, accepts=created) is None
        assert met(put, {"prefix": ("ObjectRemoved:",)}, to, accepts=created) is None
        assert met(Produces(), {"prefix": ("ObjectCreated:",)}, to, accepts=created) == "all"
        assert met(Produces(), ("ObjectCreated:Put",), to) == "unknown"
    family = Accepts(frozenset({"s3:Replication:*"}))
    assert met(Produces(), {"prefix": ("Replication:",)}, accepts=family) == "all"
    assert met(Produces(), ("Replication:OperationFailedReplication",), accepts=family) == "unknown"
    # a rule on the default bus sends an event of another form
    assert met(put, ("ObjectCreated:Copy",), accepts=created, via=("Rule",)) == "unknown"


def test_what_two_rules_ask_alike_is_asked_once() -> None:
    pattern: dict[str, Any] = {"account": [("1",)], "detail": {"state": [("done",)]}}
    arriving = handed("events", "b", "events", Produces(), accepts=Accepts(content=(pattern,)))
    end = Trigger(Endpoint("events", ("next",)), Endpoint("lambda", ("f",)), "", HERE)

    def met(second: dict[str, Any]) -> Meeting | None:
        return meet_any(arriving, end._replace(accepts=Accepts(content=(second,))))

    assert met(pattern) == Meeting("all")
    other = met({**pattern, "account": [("2",)]})
    assert other is not None
    assert (other.extent, "account" in (other.guard or "")) == ("unknown", True)


def test_other_triggers_hand_on_what_is_not_known() -> None:
    for service, kind in (("events", "rule"), ("sqs", "redrive"), ("sns", "forward")):
        trigger = Trigger(Endpoint(service, ("a",)), Endpoint("sqs", ("b",)), "", HERE, kind)
        assert list(passed_on([Produces(document=Doc({}))], trigger)) == [Produces()]


# --- whole loops ------------------------------------------------------------------------------------------

PATH = """
Resources:
  Bus: {Type: AWS::Events::EventBus, Properties: {Name: one}}
  Queue: {Type: AWS::SQS::Queue}
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref Bus
      EventPattern: %s
      Targets: [{Id: q, Arn: !GetAtt Queue.Arn%s}]
  Pipe:
    Type: AWS::Pipes::Pipe
    Properties:
      Source: !GetAtt Queue.Arn
      SourceParameters: {FilterCriteria: {Filters: [{Pattern: '%s'}]}}
      Target: !Ref Machine
  Machine:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      DefinitionSubstitutions: {Bus: !Ref Bus}
      Definition: {States: %s}
"""


def loop(*kinds: str, wanted: Any, pattern: str = "{source: [shop]}", given: str = "") -> list[str]:
    """How sure the loop is of a machine that puts events of these kinds, which come back through a queue."""
    states = {
        f"T{at}": {
            "Type": "Task",
            "Resource": "arn:aws:states:::events:putEvents",
            "Parameters": {"Entries": [{"EventBusName": "${Bus}", "Source": "shop", **named(kind)}]},
        }
        for at, kind in enumerate(kinds)
    }
    text = PATH % (pattern, given, json.dumps({"body": wanted}), json.dumps(states))
    return [finding.confidence for finding in lint(["-"], stdin=text).findings]


def named(kind: str) -> dict[str, Any]:
    key = "DetailType.$" if kind.startswith("$") else "DetailType"
    return {key: kind, "Detail": {"state": "new"}}


def test_what_is_put_on_a_bus_meets_the_filter_behind_its_queue() -> None:
    assert loop("Made", wanted={"detail-type": ["Made"]}) == ["certain"]
    assert loop("Made", wanted={"detail-type": ["Sent"]}) == []
    assert loop("$.kind", wanted={"detail-type": ["Sent"]}) == ["weak"]
    assert loop("Made", wanted={"detail": {"state": ["new"]}}) == ["certain"]
    assert loop("Made", wanted={"detail": {"state": ["old"]}}) == []
    assert loop("Made", wanted={"detail-type": ["Sent"]}, given=", InputPath: $.detail") == ["weak"]


def test_one_of_several_events_comes_back() -> None:
    assert loop("Made", "Sent", wanted={"detail-type": ["Sent"]}) == ["certain"]
    assert loop("Sent", "Made", wanted={"detail-type": ["Sent"]}) == ["certain"]
    assert loop("Made", "Sent", wanted={"detail-type": ["Lost"]}) == []
    assert loop("Made", "$.kind", wanted={"detail-type": ["Sent"]}) == ["weak"]


BUSES = """
Resources:
  One: {Type: AWS::Events::EventBus, Properties: {Name: one}}
  Two: {Type: AWS::Events::EventBus, Properties: {Name: two}}
  Forward:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: one
      EventPattern: %s
      Targets: [{Id: b, Arn: !GetAtt Two.Arn}]
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: two
      EventPattern: %s
      Targets: [{Id: f, Arn: !GetAtt F.Arn}]
  F: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt R.Arn}}
  R:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyDocument:
            Statement: [{Effect: Allow, Action: 'events:PutEvents', Resource: %s%s}]
"""
LIKE = ", Condition: {StringLike: {'events:source': %s}}"


@pytest.mark.parametrize(
    ("first", "second", "condition", "loops"),
    [
        ("{source: [{prefix: shop.}]}", "{source: [{prefix: shop.}]}", LIKE % "shop.*", True),
        ("{source: [{prefix: shop.}]}", "{source: [{prefix: bank.}]}", "", False),
        # neither rule alone says it: the condition and the second rule exclude each other
        ("{account: ['1']}", "{source: [{prefix: bank.}]}", LIKE % "shop.*", False),
        ("{account: ['1']}", "{source: [{anything-but: shop.a}]}", LIKE % "shop.*", True),
        ("{source: [{prefix: shop}]}", "{source: [{suffix: .b}]}", LIKE % "'*.a'", False),
        ("{detail-type: [{anything-but: [A]}]}", "{detail-type: [A]}", "", False),
        ("{detail-type: [{equals-ignore-case: abc}]}", "{detail-type: [{prefix: X}]}", "", False),
        ("{detail-type: [{equals-ignore-case: abc}]}", "{detail-type: [{prefix: A}]}", "", True),
    ],
)
def test_rules_and_conditions_on_the_way_exclude_each_other(
    first: str, second: str, condition: str, loops: bool
) -> None:
    report = lint(["-"], stdin=BUSES % (first, second, "!GetAtt One.Arn", condition))
    assert not report.problems
    assert bool(report.findings) is loops


def test_what_a_grant_on_everything_puts_is_carried_too() -> None:
    like = LIKE % "shop.*"
    for source, loops in (("bank.", False), ("shop.", True)):
        rules = "{account: ['1']}", "{source: [{prefix: %s}], account: ['1']}" % source
        assert bool(lint(["-"], stdin=BUSES % (*rules, "'*'", like)).findings) is loops


BROAD = (
    PATH[: PATH.index("  Pipe:")]
    + """
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      EventSourceArn: !GetAtt Queue.Arn
      FunctionName: !GetAtt F.Arn
      FilterCriteria: {Filters: [{Pattern: '%s'}]}
  F: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt R.Arn}}
  R:
    Type: AWS::IAM::Role
    Properties:
      Policies: [{PolicyDocument: {Statement: [{Effect: Allow, Action: 'states:StartExecution', Resource: '*'}]}}]
"""
    + PATH[PATH.index("  Machine:") :]
)


@pytest.mark.parametrize("wanted", ["Made", "Sent", "Lost"])
def test_a_way_back_is_found_whichever_of_the_events_comes_back(wanted: str) -> None:
    states = {
        kind: {
            "Type": "Task",
            "Resource": "arn:aws:states:::events:putEvents",
            "Parameters": {"Entries": [{"EventBusName": "${Bus}", "Source": "shop", **named(kind)}]},
        }
        for kind in ("Made", "Sent")
    }
    content = json.dumps({"body": {"detail-type": [wanted]}})
    report = lint(["-"], stdin=BROAD % ("{source: [shop]}", "", content, json.dumps(states)))
    assert not report.problems
    assert [finding.confidence for finding in report.findings] == (["weak"] if wanted != "Lost" else [])


# --- the detail that a pipe makes -------------------------------------------------------------------------

PIPE = """
Resources:
  Bus: {Type: AWS::Events::EventBus, Properties: {Name: one}}
  Queue: {Type: AWS::SQS::Queue}
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: one
      EventPattern: {detail: %s}
      Targets: [{Id: q, Arn: !GetAtt Queue.Arn}]
  Pipe:
    Type: AWS::Pipes::Pipe
    Properties:
      Source: !GetAtt Queue.Arn
      Target: !GetAtt Bus.Arn
      TargetParameters: {InputTemplate: %s}
"""


@pytest.mark.parametrize(
    ("template", "wanted", "found"),
    [
        ('{"kind": "a"}', {"kind": ["a"]}, ["certain"]),
        ('{"kind": "a"}', {"kind": ["b"]}, []),
        ('{"kind": "a"}', {"other": ["b"]}, []),
        ('{"id": "<$.body.id>"}', {"id": [{"exists": True}]}, ["certain"]),
        ('{"id": "<$.body.id>"}', {"id": [{"exists": False}]}, []),
        ('{"id": "<$.body.id>"}', {"id": [{"numeric": [">", 3]}]}, ["weak"]),
        ('{"id": <$.body.id>}', {"id": [{"exists": True}]}, ["weak"]),
        ('{"id": "order-<$.body.id>-x"}', {"id": [{"prefix": "order-"}]}, ["certain"]),
        ('{"id": "order-<$.body.id>-x"}', {"id": [{"suffix": "-y"}]}, []),
        ('{"a": {"b": [1, "c"]}}', {"a": {"b": ["c"]}}, ["certain"]),
        ('{"quote": "\\"<$.a>\\"", "kind": "a"}', {"kind": ["a"]}, ["certain"]),
        ('{"<$.key>": "a"}', {"kind": ["b"]}, ["weak"]),
        ("<$.body>", {"kind": ["b"]}, ["weak"]),
        ("plain words", {"kind": ["b"]}, ["weak"]),
        ('{"kind": ', {"kind": ["b"]}, ["weak"]),
    ],
)
def test_a_pipe_makes_the_detail_of_its_events(template: str, wanted: Any, found: list[str]) -> None:
    report = lint(["-"], stdin=PIPE % (json.dumps(wanted), json.dumps(template)))
    assert not report.problems
    assert [finding.confidence for finding in report.findings] == found
