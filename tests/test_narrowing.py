"""What is known of an event behind one filter and another, and along the steps of a path: the parts one by one."""

from __future__ import annotations

from typing import Any

import pytest

from recursion_lint.graph.event_graph import Vertex
from recursion_lint.graph.matching import Meeting
from recursion_lint.graph.paths import Step, carried, hands_on, since_written
from recursion_lint.model.facts import Accepts, Endpoint, Produces, Trigger, Write
from recursion_lint.model.findings import Span
from recursion_lint.model.text import ANY, Symbol
from recursion_lint.patterns.entries import parse
from recursion_lint.patterns.events import Doc, Glob, OneOf, overlap
from recursion_lint.patterns.narrowing import narrowed, plain
from recursion_lint.patterns.operators import Words
from recursion_lint.patterns.strings import Among

HERE = Span("t.yaml", 1, 1, 1, 1)
STACK = Symbol("parameter", "Stack", "")
A: dict[str, Any] = {"prefix": ("A",)}
B: dict[str, Any] = {"suffix": ("B",)}
AB: dict[str, Any] = {"equals-ignore-case": ("ab",)}

# --- strings that filters let through ---------------------------------------------------------------------


def among(*entries: Any) -> Among:
    parts = [parse(entry) for entry in entries]
    return Among(tuple(part for part in parts if isinstance(part, Words)))


@pytest.mark.parametrize(
    ("first", "then", "verdict"),
    [
        ([A, B], {"exists": True}, "matches"),
        ([A, B], {"exists": False}, "disjoint"),
        ([A, B], {"anything-but": [5]}, "matches"),
        ([A, B], A, "matches"),
        ([A, B], {"prefix": ("a",)}, "disjoint"),
        ([A, B], {"prefix": {"equals-ignore-case": ("a",)}}, "matches"),
        ([A, B], {"prefix": {"equals-ignore-case": ("b",)}}, "disjoint"),
        ([A, B], {"anything-but": [("x",)]}, "matches"),
        ([A, B], {"anything-but": [("AB",)]}, "unknown"),
        ([A, B], {"anything-but": {"equals-ignore-case": ("xy",)}}, "matches"),
        ([AB], {"prefix": ("a",)}, "unknown"),
        ([AB], {"prefix": {"equals-ignore-case": ("a",)}}, "matches"),
        ([AB], {"prefix": {"equals-ignore-case": ("b",)}}, "disjoint"),
        ([AB], {"anything-but": {"prefix": ("a",)}}, "unknown"),
        ([AB], {"anything-but": {"equals-ignore-case": ("xy",)}}, "matches"),
        ([{"anything-but": [("x",), ("y",)]}], {"anything-but": [("x",)]}, "matches"),
        ([{"anything-but": [("x",), ("y",)]}], {"anything-but": [("x",), ("z",)]}, "unknown"),
        ([A, {"anything-but": [("AB",)]}], A, "matches"),
        ([{"anything-but": {"wildcard": ("*",)}}], {"exists": True}, "unknown"),
        ([{"anything-but": [("x",)]}], {"anything-but": {"wildcard": ("*",)}}, "disjoint"),
        ([{"anything-but": {"equals-ignore-case": ("x",)}}], {"exists": True}, "matches"),
        ([{"anything-but": {"wildcard": ("x*",)}}], {"exists": True}, "matches"),
    ],
)
def test_strings_that_filters_let_through_meet_another_filter(
    first: list[Any], then: Any, verdict: str
) -> None:
    assert among(*first).test(parse(then)) == verdict


@pytest.mark.parametrize(
    ("first", "then"),
    [
        # a value of the parameter that begins with B
        ([{"wildcard": (STACK, "*")}, A], A),
        ([{"prefix": (STACK,)}, {"anything-but": {"prefix": ("B",)}}], {"prefix": (STACK,)}),
        # an empty one
        ([A, {"anything-but": {"wildcard": ("A*", STACK)}}], A),
        # one that is not x
        ([{"anything-but": {"wildcard": (STACK, "*")}}], {"anything-but": [("x",)]}),
    ],
)
def test_a_parameter_may_leave_no_string_that_matches(first: list[Any], then: Any) -> None:
    assert among(*first).test(parse(then)) == "unknown"


# --- what is known of a field behind a filter -------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "entries", "kept"),
    [
        # the filter alone says it
        (None, [("ab",)], ("ab",)),
        (None, [{"prefix": ("a",)}], Glob(("a", ANY))),
        (Glob(("a", ANY)), [("ab",)], ("ab",)),
        (Glob(("a", ANY)), [{"prefix": ("ab",)}], Glob(("ab", ANY))),
        # what was known says it
        (Glob(("ab", ANY)), [{"prefix": ("a",)}], Glob(("ab", ANY))),
        ("ab", [{"prefix": ("a",)}, {"exists": True}], ("ab",)),
        (among(A, B), [A], among(A, B)),
        (OneOf((("a",), ("b",))), [{"anything-but": [("a",)]}], ("b",)),
        # both do
        (among(A, B), [{"wildcard": ("*x*",)}], among(A, B, {"wildcard": ("*x*",)})),
    ],
)
def test_a_filter_leaves_what_it_and_the_event_have_in_common(
    given: Any, entries: list[Any], kept: Any
) -> None:
    event = Doc({} if given is None else {"source": given}, open=True)
    left = narrowed(event, {"source": entries})
    assert left == Doc({"source": kept}, open=True)


def test_a_third_filter_lets_nothing_through_that_the_first_two_exclude() -> None:
    event = Doc({"detail-type": among(A, B)}, open=True)
    assert narrowed(event, {"detail-type": [("AX",)]}) is None
    assert narrowed(event, {"detail-type": [{"equals-ignore-case": ("xb",)}]}) is None


def test_a_name_that_a_filter_spells_out_is_no_object() -> None:
    event = Doc({"source": Glob(("a", ANY))}, open=True)
    left = narrowed(event, {"source": [("ab",)]})
    assert left is not None
    assert overlap({"source": {"inner": [("x",)]}}, left).verdict == "disjoint"


def test_only_a_key_without_a_dot_stands_for_a_field_of_its_own() -> None:
    assert plain({"source": [], "detail": {"a.b": []}})
    known = Doc({"source": ("a",)}, open=True)
    for key in ("$or", "a.b", 1):
        pattern: dict[Any, Any] = {key: [{"source": [("a",)]}, {"source": [("b",)]}], "source": [("c",)]}
        assert not plain(pattern)
        assert narrowed(known, pattern) is known


# --- along a path -----------------------------------------------------------------------------------------


def vertex(number: int, source: Any = None, kind: str = "bus") -> Vertex:
    """The trigger of a bus, which passes to the next one only events of this source."""
    accepts = Accepts(content=({"source": [source]},)) if source is not None else Accepts()
    channel, consumer = Endpoint("events", (f"b{number}",)), Endpoint("events", (f"b{number + 1}",))
    return Vertex(number, Trigger(channel, consumer, "", HERE, kind, accepts))


def passing(start: Vertex, end: Vertex) -> Step:
    return Step(start, end, None, None, Meeting("unknown"))


def writing(start: Vertex, end: Vertex, source: str) -> Step:
    produces = Produces(document=Doc({"source": (source,)}, open=True))
    write = Write(start.trigger.consumer, end.trigger.channel, "", HERE, produces=produces)
    return Step(start, end, write, None, Meeting("all"))


def test_a_step_depends_on_what_came_before_only_where_a_filter_meets_what_is_passed_on() -> None:
    filtered, bare, queue = vertex(1, ("a",)), vertex(2), vertex(3, kind="trigger")
    assert hands_on(passing(bare, filtered))
    assert not hands_on(passing(bare, bare))
    assert not hands_on(passing(queue, filtered))
    assert not hands_on(writing(bare, filtered, "a"))
    assert not hands_on(writing(queue, bare, "a"))


def test_what_is_written_on_a_path_meets_the_filters_behind_it() -> None:
    begin, middle, end = vertex(1, kind="trigger"), vertex(2), vertex(3, ("a",))
    judged = carried((writing(begin, middle, "a"), passing(middle, end)))
    assert judged is not None
    assert [step.meeting.extent for step in judged] == ["all", "all"]
    assert carried((writing(begin, middle, "b"), passing(middle, end))) is None


def test_what_is_written_in_the_middle_of_a_cycle_goes_around() -> None:
    first, second, third = vertex(1), vertex(2, ("a",)), vertex(3, kind="trigger")
    cycle = (passing(first, second), passing(second, third), writing(third, first, "a"))
    judged = carried(cycle)
    assert judged is not None
    assert [step.end.number for step in judged] == [2, 3, 1]
    assert [step.meeting.extent for step in judged] == ["all", "all", "all"]
    assert carried((*cycle[:2], writing(third, first, "b"))) is None


def test_nothing_is_known_at_the_begin_of_a_cycle_on_which_nothing_is_written() -> None:
    wide, exact = vertex(1, {"prefix": ("a",)}), vertex(2, ("ab",))
    judged = carried((passing(wide, exact), passing(exact, wide)))
    assert judged is not None
    assert [step.end.number for step in judged] == [2, 1]
    assert [step.meeting.extent for step in judged] == ["unknown", "all"]
    other = vertex(2, ("b",))
    assert carried((passing(wide, other), passing(other, wide))) is None


def test_paths_that_bring_different_events_to_one_trigger_are_told_apart() -> None:
    begin, one, other, end = vertex(1, kind="trigger"), vertex(2), vertex(3), vertex(4)
    written = writing(begin, one, "a")
    through = (written, passing(one, end))
    around = (written, passing(one, other), passing(other, end))
    elsewhere = (writing(begin, one, "b"), passing(one, end))
    told = {since_written(path) for path in (through, around, elsewhere, (written,))}
    assert len(told) == 4
    assert since_written((passing(begin, begin), *through)) == since_written(through)
    assert since_written((passing(one, end),)) != since_written((passing(one, other), passing(other, end)))
    # of two ways that are as long, with the same write at their begin
    fork, bend = vertex(5), vertex(6)
    ways = [(written, passing(one, way), passing(way, end)) for way in (fork, bend)]
    assert since_written(ways[0]) != since_written(ways[1])


def test_what_a_trigger_starts_anew_is_not_told_apart() -> None:
    begin, middle, end = vertex(1), vertex(2), vertex(3, kind="trigger")
    assert since_written((passing(begin, middle), passing(middle, middle), passing(middle, end))) is None
    assert since_written((passing(begin, end), passing(end, end), passing(end, middle))) is not None
