"""Where to cut: the set ends every loop that can be ended, is small, and always the same."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recursion_lint.assessment.hitting_set import cut_set, removable
from recursion_lint.model.findings import EvidenceName, Finding, FindingHop, Span


def hop(
    line: int, kind: str = "write", evidence: EvidenceName = "granted", file: str = "t.yaml"
) -> FindingHop:
    return FindingHop("A", f"B{line}", kind, evidence, "why", Span(file, line, 1, line, 5))


def loop(*hops: FindingHop) -> Finding:
    return Finding("sqs-loop", "R1200", "error", "likely", "loops", hops[0].span, (), hops)


TRIGGER = hop(99, "trigger", "declared")
INSTANCES = st.lists(st.sets(st.integers(1, 7), max_size=4), max_size=8)


def loops_of(instance: list[set[int]]) -> list[Finding]:
    return [loop(TRIGGER, *(hop(line) for line in sorted(lines))) for lines in instance]


def smallest(instance: list[set[int]]) -> int:
    """The size of the smallest hitting set of those that can be hit, by trying all."""
    able = [lines for lines in instance if lines]
    return next(
        size
        for size in range(8)
        if any(all(lines & set(some) for lines in able) for some in combinations(range(1, 8), size))
    )


@given(INSTANCES)
def test_it_ends_every_loop_that_has_a_write(instance: list[set[int]]) -> None:
    found = cut_set(loops_of(instance))
    chosen = {cut.hop.span.line for cut in found.cuts}
    able = [lines for lines in instance if lines]
    assert all(lines & chosen for lines in able)
    assert (found.ended, found.loops) == (len(able), len(instance))
    assert len(chosen) == len(found.cuts) <= len(able)
    assert all(cut.loops == sum(cut.hop.span.line in lines for lines in instance) for cut in found.cuts)


@given(INSTANCES)
def test_it_is_small_and_nothing_in_it_is_superfluous(instance: list[set[int]]) -> None:
    chosen = {cut.hop.span.line for cut in cut_set(loops_of(instance)).cuts}
    # Greedy is at most 1 + ln(8) times the optimum; on instances this small it misses it by one at the most.
    assert smallest(instance) <= len(chosen) <= smallest(instance) + 1
    for line in chosen:
        assert any(lines and not lines & (chosen - {line}) for lines in instance)


@given(INSTANCES, st.randoms(use_true_random=False))
def test_the_order_of_loops_does_not_matter(instance: list[set[int]], random: object) -> None:
    turned = list(instance)
    random.shuffle(turned)  # type: ignore[attr-defined]
    assert cut_set(loops_of(instance)).cuts == cut_set(loops_of(turned)).cuts


def test_the_most_effective_comes_first_and_ties_go_by_place() -> None:
    found = cut_set(
        [loop(hop(5)), loop(hop(3), hop(9)), loop(hop(9)), loop(hop(4), hop(2)), loop(hop(1, file="a.yaml"))]
    )
    assert [(cut.hop.span.file, cut.hop.span.line, cut.loops) for cut in found.cuts] == [
        ("t.yaml", 9, 2),
        ("a.yaml", 1, 1),
        ("t.yaml", 2, 1),
        ("t.yaml", 5, 1),
    ]


def test_what_later_choices_made_superfluous_is_left_out() -> None:
    """4 ends the most, but the loops that it leaves need 1 and 2, which end its own as well."""
    found = cut_set(loops_of([{1, 4}, {1, 4}, {2, 4}, {2, 4}, {1, 5}, {2, 6}]))
    assert [cut.hop.span.line for cut in found.cuts] == [1, 2]


def test_a_statement_for_several_is_one_place() -> None:
    one, other = hop(1), hop(1)._replace(source="Z", target="Y")
    found = cut_set([loop(one), loop(other)])
    assert [(cut.hop, cut.loops) for cut in found.cuts] == [(one, 2)]


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (hop(1), True),
        (hop(1, "write", "declared"), True),
        (hop(1, "write", "broad"), True),
        (hop(1, "call", "granted"), True),
        (hop(1, "trigger", "declared"), False),
        (hop(1, "forward", "declared"), False),
        (hop(1, "redrive", "assumed"), False),
        (hop(1, file=""), False),
    ],
)
def test_only_writes_with_a_place_are_cut(step: FindingHop, expected: bool) -> None:
    assert removable(step) is expected
    assert len(cut_set([loop(step)]).cuts) == expected


def test_no_loops() -> None:
    assert cut_set([]) == ((), 0, 0)
