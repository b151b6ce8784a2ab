"""Small inputs that ask for endless work: each ends within a stated bound, says so, and the rest is read all the same."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

import growing
import growing_events

from recursion_lint.model.report import Report
from recursion_lint.run.lint import lint


def calls_of(text: str) -> tuple[int, Report]:
    """The calls that a check makes, C functions included, and its report."""
    count = 0

    def call(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal count
        count += event.endswith("call")

    sys.setprofile(call)
    try:
        report = lint(["-"], stdin=text)
    finally:
        sys.setprofile(None)
    return count, report


@pytest.mark.parametrize(
    ("respect", "size", "most", "told"),
    [
        (growing.for_each_nested, 100, 3_000_000, "loops were written out up to 1,000 resources"),
        (growing.sub_nested, 28, 600_000, "this value has more than 10,000 letters: it counts as unknown"),
        (growing.named_after_each_other, 60, 3_000_000, "this value has more than 10,000 letters"),
        (growing.condition_chain, 60, 600_000, ""),
        (growing.suppressions, 500, 900_000, ""),
        (growing.names_of_ifs, 300, 5_500_000, "that depend on conditions take more than 10,000 texts"),
        (growing.names_of_ifs, 300, 5_500_000, "by its conditions this may be more than 16 values"),
        (growing.find_in_one_map, 300, 1_500_000, ""),
    ],
)
def test_what_grows_without_end_ends(respect: Callable[[int], str], size: int, most: int, told: str) -> None:
    count, report = calls_of(respect(size))
    assert count < most
    assert told in "\n".join(note.message for note in report.notes)
    if respect is not growing.named_after_each_other:  # whose loop is through a queue of unknown name
        assert any(finding.rule == "sqs-loop" for finding in report.findings)


def test_conditions_that_are_asked_again_and_again_are_asked_in_bounds() -> None:
    """A hundred functions under sixty conditions, each with a queue that is not there when it is."""
    count, report = calls_of(growing.functions_under_conditions(100))
    assert count < 11_000_000
    assert report.findings == ()
    assert any("too many ways around it depend on conditions" in note.message for note in report.notes)


@pytest.mark.parametrize(
    ("respect", "rule", "most"),
    [
        (growing_events.notifications, "s3-loop", 4_500_000),
        (growing_events.event_rules, "eventbridge-loop", 1_600_000),
        (growing_events.event_targets, "eventbridge-loop", 1_600_000),
        (growing_events.subscriptions, "sns-loop", 1_600_000),
        (growing_events.mappings, "sqs-loop", 4_000_000),
    ],
)
def test_many_triggers_of_one_function_are_as_many_loops_and_no_pairs(
    respect: Callable[[int], str], rule: str, most: int
) -> None:
    count, report = calls_of(respect(300))
    assert count < most
    assert [finding.rule for finding in report.findings] == [rule]
    assert not any("are listed" in note.message for note in report.notes)


def test_many_functions_of_one_bus_are_listed_in_bounds() -> None:
    count, report = calls_of(growing_events.rules_and_functions(300))
    assert count < 2_000_000
    assert len(report.findings) == 100
    assert any("only 100 of the loops through 300" in note.message for note in report.notes)


def test_where_more_writes_and_filters_meet_than_are_compared_the_loops_stay() -> None:
    """200 statements and 200 filters: none of the pairs is proved apart, and a note says so."""
    count, report = calls_of(growing_events.notifications_and_statements(200))
    assert count < 2_500_000
    assert [finding.severity for finding in report.findings] == ["info"]
    told = "more than 20,000 pairs of a write and a filter meet on Photos: its filters were not looked at"
    assert any(note.message == told for note in report.notes)


def test_a_grant_that_names_nothing_and_reaches_all_counts_as_one_on_everything() -> None:
    """150 functions that may each write to all of 150 buckets: one finding each, not 22,500 steps."""
    count, report = calls_of(growing.vague_grants(150))
    assert count < 5_000_000
    assert {finding.severity for finding in report.findings} == {"info"}
    assert len(report.findings) == 150


def test_pairs_of_patterns_are_compared_up_to_a_number() -> None:
    """A grant on 200 key patterns against each of 200 filters: what the ends tell is told without a search."""
    keys = ", ".join(f"'arn:aws:s3:::photos/*{at}*a*b*c*'" for at in range(200))
    rules = "".join(growing_events.rule(f"p{at}/") for at in range(100))
    count, report = calls_of(growing_events.bucket(rules, f"[{keys}]"))
    assert count < 9_000_000
    assert [finding.rule for finding in report.findings] == ["s3-loop"]


def test_values_nested_in_stacks_count_together(tmp_path: Path) -> None:
    """Ten files, each with ten stacks of the next one: at most 200 of what would be ten to the power of ten."""
    for at in range(10):
        stacks = "".join(
            f"  S{n}:\n    Type: AWS::CloudFormation::Stack\n    Properties: {{TemplateURL: t{at + 1}.yaml}}\n"
            for n in range(10)
        )
        (tmp_path / f"t{at}.yaml").write_text(f"Resources:\n{stacks}")
    (tmp_path / "t10.yaml").write_text("Resources:\n  Jobs:\n    Type: AWS::SQS::Queue\n")
    report = lint([str(tmp_path / "t0.yaml")])
    assert "more than 200 nested stacks" in "\n".join(note.message for note in report.notes)
