"""The baseline file: what is written can be read again, and what is not a baseline is refused."""

from __future__ import annotations

import pytest

from recursion_lint.assessment.baseline import BaselineError, Entry, left, parse, render
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
    assert parse(text)[0] == Entry("2", "x", "error", "a", ("Größe", "Worker"), ("a",))
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
        '{"schema": 2}',
        '{"schema": 2, "findings": [1]}',
        '{"schema": 2, "findings": [{"rule": "x", "file": "y"}]}',
        '{"schema": 2, "findings": [{"fingerprint": "1", "rule": "x", "file": "y"}]}',
        '{"schema": 2, "findings": [{"fingerprint": "1", "rule": "x", "file": "y", "severity": "low"}]}',
        '{"schema": 2, "findings": [{"fingerprint": "1", "rule": "x", "file": 5, "severity": "info"}]}',
        '{"schema": 2, "findings": [{"fingerprint": "1", "rule": "x", "file": "y", "severity": [], "also": 1}]}',
    ],
)
def test_what_is_no_baseline_is_refused(text: str) -> None:
    with pytest.raises(BaselineError, match="not a baseline"):
        parse(text)


@pytest.mark.parametrize("schema", [1, 3, '"' + "9" * 5000 + '"'])
def test_another_schema_is_refused_with_what_to_do(schema: object) -> None:
    with pytest.raises(BaselineError, match=r"its schema is .*, this version knows 2: write it anew"):
        parse(f'{{"schema": {schema}, "findings": []}}')


def everywhere(file: str) -> bool:
    return True


def test_what_got_worse_is_new_and_said() -> None:
    accepted = render([finding("a", "x", "1")._replace(severity="info")])
    worse = finding("a", "x", "1")._replace(severity="warning")
    found = left([worse], [], "b.json", accepted, everywhere)
    assert found.findings == (worse,)
    assert [note.message for note in found.notes] == ["the baseline accepts this x, but as info"]
    assert not left([worse._replace(severity="info")], [], "b.json", accepted, everywhere).findings
    better = render([worse._replace(severity="error")])
    assert left([worse], [], "b.json", better, everywhere) == ((), (), ())


def test_a_loop_more_under_also_is_new_and_said() -> None:
    one = finding("a", "x", "1")._replace(members=(("A", "B"),))
    accepted = render([one])
    assert not left([one], [], "b.json", accepted, everywhere).findings
    assert not left([one._replace(members=())], [], "b.json", accepted, everywhere).findings
    # Where a loop is entered, or which of two is told first, is no news.
    turned = one._replace(members=(("B", "A"), ("Worker", "Größe")))
    assert not left([turned], [], "b.json", accepted, everywhere).findings
    more = one._replace(members=(("A", "B"), ("A", "C")))
    found = left([more], [], "b.json", accepted, everywhere)
    assert found.findings == (more,)
    assert found.notes[0].message == "the baseline accepts this x, but not the loop A → C"


def test_only_what_is_in_view_can_be_stale() -> None:
    accepted = render([finding("a", "x", "1"), finding("b", "x", "2")])
    gone = left([], [], "b.json", accepted, lambda file: file == "a").stale
    assert [one.message for one in gone] == ["the baseline accepts a x in a that is gone"]
    across = finding("a", "x", "3")
    across = across._replace(cycle=(*across.cycle, CycleNode("Far", "T", "c", 1)))
    assert not left([], [], "b.json", render([across]), lambda file: file == "a").stale
    # What was found and then left out by settings or a suppression is not gone.
    assert not left([], [finding("a", "x", "1")], "b.json", accepted, lambda file: file == "a").stale
