"""The baseline file: what is written can be read again, and what is not a baseline is refused."""

from __future__ import annotations

import pytest

from recursion_lint.assessment.baseline import BaselineError, Entry, parse, render
from recursion_lint.model.findings import CycleNode, Finding, Span


def finding(file: str, rule: str, fingerprint: str) -> Finding:
    cycle = (
        CycleNode("Größe", "AWS::SQS::Queue", file, 1),
        CycleNode("Worker", "AWS::Lambda::Function", file, 9),
    )
    return Finding(
        rule, "R1", "error", "certain", "", Span(file, 1, 1, 1, 2), cycle, (), fingerprint=fingerprint
    )


def test_what_is_written_is_read_again_sorted_and_once() -> None:
    one, two, three = finding("b", "x", "1"), finding("a", "y", "3"), finding("a", "x", "2")
    text = render([one, two, three, one])
    assert text == render([three, two, one])
    assert [entry.fingerprint for entry in parse(text)] == ["2", "3", "1"]
    assert parse(text)[0] == Entry("2", "x", "a", ("Größe", "Worker"))
    # One line each, so that a review sees what was accepted.
    assert [line.count("fingerprint") for line in text.splitlines()] == [0, 0, 0, 1, 1, 1, 0, 0]
    assert text.endswith("}\n")


def test_an_empty_baseline() -> None:
    assert parse(render([])) == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "{}",
        "no json",
        "[" * 100_000,
        '{"schema": 1}',
        '{"schema": 1, "findings": [1]}',
        '{"schema": 1, "findings": [{"rule": "x", "file": "y"}]}',
    ],
)
def test_what_is_no_baseline_is_refused(text: str) -> None:
    with pytest.raises(BaselineError, match="not a baseline"):
        parse(text)


def test_a_later_schema_is_refused_by_name() -> None:
    with pytest.raises(BaselineError, match="schema 2"):
        parse('{"schema": 2, "findings": []}')
