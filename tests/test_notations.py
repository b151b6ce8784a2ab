"""The fixtures in other orders and notations: the same findings, and the same fixes."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest
from notations import Notation, Unfit, read, shuffled, written

from recursion_lint.run.lint import lint

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

import fix_notations  # noqa: E402
import shuffle  # noqa: E402

SEED = 20261128


@pytest.fixture
def drawn() -> shuffle.Cases:
    return shuffle.Cases(shuffle.templates([ROOT / "fixtures"]), SEED)


@pytest.mark.parametrize("first", range(0, 60, 10))
def test_other_orders_and_notations_have_the_same_findings(drawn: shuffle.Cases, first: int) -> None:
    for number in range(first, first + 10):
        paths, rng = drawn.case(number)
        try:
            other, shared = shuffle.changed(paths, rng)
        except Unfit:
            continue
        before = {shuffle.name_of(path): path.read_text(encoding="utf-8") for path in paths}
        assert shuffle.linted(other, shared) == shuffle.linted(before, shared), (number, paths)


def test_what_is_written_anew_says_the_same() -> None:
    for number, path in enumerate(shuffle.templates([ROOT / "fixtures"])[::7]):
        value = shuffle.value_of(path)
        if isinstance(value, Unfit):
            continue
        rng = random.Random(number)
        text = written(shuffled(value, rng), Notation.draw(rng), rng)  # type: ignore[arg-type]
        assert fix_notations.said(read(text)) == fix_notations.said(value), path


def test_a_case_that_says_something_else_is_seen(drawn: shuffle.Cases) -> None:
    path = ROOT / "fixtures/sqs-loop/wrong-variable/template.yaml"
    text = path.read_text(encoding="utf-8")
    other = text.replace("SQSSendMessagePolicy", "SQSPollerPolicy")
    before, after = (shuffle.linted({shuffle.name_of(path): one}, False) for one in (text, other))
    assert before != after


CALLING = """Resources:
{functions}
  Shared:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyName: call
          PolicyDocument:
            Statement: {{Effect: Allow, Action: lambda:InvokeFunction, Resource: [{arns}]}}
"""
FUNCTION = "  {name}:\n    Type: AWS::Lambda::Function\n    Properties: {{Role: !GetAtt Shared.Arn}}"


@pytest.mark.parametrize("names", ["ABCD", "DCBA", "BDAC", "CADB"])
def test_of_rings_that_one_statement_makes_the_same_is_told_in_any_order(names: str) -> None:
    """Four functions that may all call each other are in many rings; which one is told hangs on names alone."""
    functions = "\n".join(FUNCTION.format(name=name) for name in names)
    arns = ", ".join(f"!GetAtt {name}.Arn" for name in sorted(names))
    (told,) = lint(["-"], stdin=CALLING.format(functions=functions, arns=arns)).findings
    ring = [node.resource for node in told.cycle]
    at = ring.index("A")
    assert ring[at:] + ring[:at] == ["A", "B", "C", "D"]


def test_a_policy_that_an_anchor_puts_on_two_roles_tells_the_loops_of_both() -> None:
    own = "&own ['arn:aws:iam::aws:policy/AmazonSQSFullAccess']"
    parts = [
        f"  Q{at}:\n    Type: AWS::SQS::Queue\n"
        f"  R{at}:\n    Type: AWS::IAM::Role\n    Properties:\n      ManagedPolicyArns: {policies}\n"
        f"  W{at}:\n    Type: AWS::Serverless::Function\n    Properties:\n      Role: !GetAtt R{at}.Arn\n"
        f"      Events: {{J: {{Type: SQS, Properties: {{Queue: !GetAtt Q{at}.Arn}}}}}}\n"
        for at, policies in ((0, own), (1, "*own"))
    ]
    report = lint(["-"], stdin=f"Transform: AWS::Serverless-2016-10-31\nResources:\n{''.join(parts)}")
    told = {frozenset(node.resource for node in one.cycle) for one in report.findings}
    told |= {frozenset(member) for one in report.findings for member in one.members}
    assert told == {frozenset({"Q0", "W0"}), frozenset({"Q1", "W1"})}


def test_numbers_stay_numbers_and_strings_strings() -> None:
    value = read("A: {N: 5, S: '5', T: true, U: 'true', D: 2012-10-17}\n")
    for number in range(40):
        rng = random.Random(number)
        text = written(value, Notation.draw(rng), rng)
        (_, one), *_ = read(text).entries
        found = {key.text: word.plain for key, word in one.entries if key.text != "D"}
        assert found == {"N": True, "S": False, "T": True, "U": False}, text


REMOVED = """Transform: AWS::Serverless-2016-10-31
Resources:
  Jobs:
    Type: AWS::SQS::Queue
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: app.handler
      InlineCode: "def handler(event, context): pass"
      Policies:
        - Statement:
            - Effect: Allow
              Action: sqs:SendMessage
              Resource: !GetAtt
                - Jobs
                - Arn
      Events: {Job: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}}
  Other:
    Type: AWS::SQS::Queue
"""


def test_a_fix_takes_no_more_than_it_is_meant_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("template.yaml").write_text(REMOVED)
    after, _ = fix_notations.fixed(tmp_path / "template.yaml", REMOVED)
    assert after != REMOVED
    start, end = REMOVED.index("      Policies:"), REMOVED.index("      Events:")
    assert after == REMOVED[:start] + REMOVED[end:]


@pytest.mark.parametrize("number", range(12))
def test_a_fix_is_the_same_in_another_notation(number: int) -> None:
    # Not every remedy with a diff is one that --fix applies.
    paths = (
        one.with_name("template.yaml") for one in sorted((ROOT / "fixtures").glob("s3-loop/*/fixed-*.yaml"))
    )
    texts = ((path, path.read_text(encoding="utf-8")) for path in paths)
    path, text = next((path, text) for path, text in texts if fix_notations.fixed(path, text)[0] != text)
    value = read(text)
    after, _ = fix_notations.fixed(path, text)
    old, new = fix_notations.facts(text, path), fix_notations.facts(after, path)
    fixture = fix_notations.Fixture(path, text, value, fix_notations.said(read(after)), old - new, new - old)
    rng = random.Random(number)
    other = written(value, Notation.draw(rng)._replace(anchors=0), rng)
    assert list(fix_notations.failures(fixture, other, linting=False)) == []
