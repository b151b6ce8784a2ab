"""Loops → the few writes whose removal ends them all: a small hitting set, chosen greedily."""

from collections.abc import Iterable
from typing import NamedTuple

from recursion_lint.model.findings import Finding, FindingHop, Span


class Cut(NamedTuple):
    """One place to cut: a hop that stands there, and how many of the loops pass through it.

    ``unused``: the code makes none of the writes that stand there, as far as it was read.
    """

    hop: FindingHop
    loops: int
    unused: bool = False


class CutSet(NamedTuple):
    """Places that together end ``ended`` of ``loops`` loops. What is left has no write that could be removed."""

    cuts: tuple[Cut, ...]
    ended: int
    loops: int


def cut_set(loops: Iterable[Finding]) -> CutSet:
    """The places to cut for findings that are loops, the most effective first; ties go by file and line.

    Only writes are cut: a grant can be narrowed and a destination moved, but a trigger is what the consumer is for.
    A statement that lets several actors write, or one actor write to several channels, is one place.
    """
    found = list(loops)
    places: dict[Span, FindingHop] = {}
    through: dict[Span, set[int]] = {}
    used: set[Span] = set()
    for number, finding in enumerate(found):
        for hop in finding.hops:
            if removable(hop):
                # One line of an app may make many statements.
                at = hop.template or hop.span
                through.setdefault(at, set()).add(number)
                if hop.code is None or hop.code.verdict not in ("never", "elsewhere"):
                    used.add(at)
                # Of two at one place the code may have been read for one only: that is no order.
                places[at] = min(places.get(at, hop), hop, key=lambda one: one[:6])
    chosen = _needed(_greedy(through), through)
    cuts = sorted(
        (Cut(places[span], len(through[span]), span not in used) for span in chosen),
        key=lambda cut: (-cut.loops, cut.hop.span),
    )
    return CutSet(tuple(cuts), len(set().union(*through.values())), len(found))


def removable(hop: FindingHop) -> bool:
    """Is the hop a write with a place in a template?"""
    return bool(hop.span.file) and (hop.kind == "write" or hop.evidence in ("granted", "broad"))


def _greedy(through: dict[Span, set[int]]) -> list[Span]:
    """Again and again the place that ends the most of the loops that are left."""
    left = set().union(*through.values())
    chosen: list[Span] = []
    while left:
        best = min(through, key=lambda span: (-len(through[span] & left), span))
        chosen.append(best)
        left -= through[best]
    return chosen


def _needed(chosen: list[Span], through: dict[Span, set[int]]) -> list[Span]:
    """``chosen`` without what later choices made superfluous, the latest kept first."""
    kept = list(chosen)
    for span in chosen:
        others = set().union(*(through[other] for other in kept if other != span))
        if through[span] <= others:
            kept.remove(span)
    return kept
