"""Loops that are there only under a condition, a parameter's value, or once something is switched on."""

from __future__ import annotations

import pytest

from recursion_lint.config import Config
from recursion_lint.model.findings import Finding
from recursion_lint.report import render
from recursion_lint.run.lint import lint

HEAD = """
Parameters:
  Stage: {Type: String, Default: dev, AllowedValues: [dev, prod]}
  Region: {Type: String}
  Polling: {Type: String, POLLING}
Conditions:
  Prod: !Equals [!Ref Stage, prod]
  Dev: !Not [!Condition Prod]
  Near: !Equals [!Ref Region, eu-west-1]
  Both: !And [!Condition Prod, !Condition Near]
  Either: !Or [!Condition Prod, !Condition Near]
  Odd: !Equals [!Select [0, !Split ["-", !Ref Region]], eu]
Resources:
  Jobs: {Type: AWS::SQS::Queue}
  Role:
    Type: AWS::IAM::Role
    Properties: {AssumeRolePolicyDocument: {Statement: []}}
  Work:
    Type: AWS::Lambda::Function
    Properties: {Role: !GetAtt Role.Arn, Environment: {Variables: {NEXT_QUEUE: !Ref Jobs}}}
"""
GRANT = """
  %s:
    Type: AWS::IAM::Policy
    %s
    Properties:
      PolicyName: %s
      Roles: [!Ref Role]
      PolicyDocument: {Statement: [{Effect: Allow, Action: 'sqs:SendMessage', Resource: !GetAtt Jobs.Arn}]}
"""
MAPPING = """
  %s:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {EventSourceArn: !GetAtt Jobs.Arn, FunctionName: !Ref Work%s}
"""


def grant(condition: str = "", name: str = "May") -> str:
    return GRANT % (name, f"Condition: {condition}" if condition else "", name.lower())


def mapping(enabled: str = "", name: str = "Poll") -> str:
    return MAPPING % (name, f", Enabled: {enabled}" if enabled else "")


def found(text: str, polling: str = "Default: 'true'", **parameters: str) -> tuple[Finding, ...]:
    report = lint(["-"], Config(parameters=parameters), stdin=HEAD.replace("POLLING", polling) + text)
    assert report.problems == ()
    return report.findings


@pytest.mark.parametrize(
    ("condition", "words", "severity"),
    [
        ("", (), "error"),
        ("Prod", ("Stage is prod (default: dev)",), "warning"),
        ("Dev", ("Stage is not prod (default: dev)",), "error"),
        ("Near", ("Region is eu-west-1",), "error"),
        ("Both", ("Stage is prod (default: dev) and Region is eu-west-1",), "warning"),
        ("Either", ("the condition Either holds",), "error"),
        ("Odd", ("the condition Odd holds",), "error"),
    ],
)
def test_a_condition_is_told_with_its_parameter_and_the_default(
    condition: str, words: tuple[str, ...], severity: str
) -> None:
    (finding,) = found(grant(condition) + mapping())
    assert (finding.only_where, finding.severity) == (words, severity)


def test_a_value_that_is_given_is_no_condition_any_more() -> None:
    (finding,) = found(grant("Prod") + mapping(), Stage="prod")
    assert (finding.severity, finding.only_where) == ("error", ("the condition Prod holds (by default so)",))
    assert not found(grant("Prod") + mapping(), Stage="dev")


def test_what_holds_either_way_is_no_condition() -> None:
    (finding,) = found(grant("Prod", "InProd") + grant("Dev", "InDev") + mapping())
    assert (finding.only_where, finding.severity) == ((), "error")
    (finding,) = found(grant("Prod") + mapping() + mapping(name="Again"))
    assert finding.only_where == ("Stage is prod (default: dev)",)


@pytest.mark.parametrize(
    ("enabled", "polling", "words", "severity"),
    [
        ("true", "", (), "error"),
        ("!If [Prod, true, false]", "", ("Stage is prod (default: dev)",), "warning"),
        ("!If [Prod, false, true]", "", ("Stage is not prod (default: dev)",), "error"),
        ("!Ref Polling", "Default: 'true'", ("Polling is true (default: true)",), "error"),
        ("!Ref Polling", "Default: 'false'", ("Polling is not false (default: false)",), "warning"),
        (
            "!Ref Polling",
            "Default: 'false', AllowedValues: ['true', 'false']",
            ("Polling is true (default: false)",),
            "warning",
        ),
        ("!Ref Polling", "AllowedValues: ['true']", (), "error"),
        ("!Ref Polling", "Description: of no default", (), "error"),
    ],
)
def test_a_switch_that_a_parameter_turns(
    enabled: str, polling: str, words: tuple[str, ...], severity: str
) -> None:
    (finding,) = found(grant() + mapping(enabled), polling or "Default: 'true'")
    assert (finding.only_where, finding.severity) == (words, severity)


@pytest.mark.parametrize("enabled", ["false", "'false'", "False", "!If [Prod, false, false]"])
def test_what_is_switched_off_is_an_info_that_says_so(enabled: str) -> None:
    (finding,) = found(grant() + mapping(enabled))
    (words,) = finding.only_where
    assert words.startswith("the mapping Poll is switched on (Enabled: ")
    assert finding.severity == "info"


def test_what_the_template_leaves_no_way_to_switch_on_is_off() -> None:
    assert not found(grant() + mapping("!Ref Polling"), "Default: 'false', AllowedValues: ['false']")
    assert not found(grant("Dev") + mapping("!If [Prod, true, false]"))


def test_what_runs_is_told_before_what_is_switched_off() -> None:
    (finding,) = found(grant() + mapping("false", "Replay") + mapping(name="Poll"))
    assert (finding.only_where, finding.severity) == ((), "error")


RULE = """
  Bus: {Type: AWS::Events::EventBus, Properties: {Name: acme}}
  Taken:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref Bus
      STATE
      EventPattern: {source: [acme.orders]}
      Targets: [{Id: t, Arn: !GetAtt Work.Arn}]
  Put:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: put
      Roles: [!Ref Role]
      PolicyDocument:
        Statement:
          - Effect: Allow
            Action: events:PutEvents
            Resource: !GetAtt Bus.Arn
            Condition: {StringEquals: {'events:source': acme.orders}}
"""


@pytest.mark.parametrize(
    ("state", "severity", "words"),
    [
        ("State: ENABLED", "warning", ()),
        ("State: DISABLED", "info", ("the rule Taken is switched on (State: DISABLED, line 43)",)),
        ("State: !If [Near, ENABLED, DISABLED]", "warning", ("Region is eu-west-1",)),
    ],
)
def test_a_rule_that_is_disabled(state: str, severity: str, words: tuple[str, ...]) -> None:
    (finding,) = found(RULE.replace("STATE", state))
    assert (finding.severity, len(finding.only_where)) == (severity, len(words))
    for told, expected in zip(finding.only_where, words, strict=True):
        assert told.partition(", line")[0] == expected.partition(", line")[0]


def test_every_format_says_it_where_it_begins() -> None:
    report = lint(["-"], stdin=HEAD.replace("POLLING", "Default: x") + grant("Prod") + mapping())
    words = "only where Stage is prod (default: dev)"
    assert render(report, "text").splitlines()[1] == f"    {words}"
    for format in ("github", "gitlab", "junit", "rdjson", "sarif"):
        assert words in render(report, format)
    assert '"only_where": [' in render(report, "json")
