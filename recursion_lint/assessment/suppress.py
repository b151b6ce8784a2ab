"""Findings that somebody has accepted: suppressed in the template, or recorded in the baseline."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Union

from recursion_lint.model.facts import Facts
from recursion_lint.model.findings import CycleNode, Finding, Span, fingerprint
from recursion_lint.model.suppressions import Suppression

UNUSED = "unused-suppression"


class Accepted(NamedTuple):
    """What is left to report, what was suppressed (with the reason), and suppressions that are no good."""

    kept: tuple[Finding, ...]
    suppressed: tuple[tuple[Finding, str], ...]
    complaints: tuple[Finding, ...]


def apply(
    findings: Sequence[Finding],
    facts: Iterable[Facts],
    require_reason: bool,
    today: str,
    misnamed: Callable[[Iterable[str]], str],
) -> Accepted:
    """Take out the findings that a suppression on any hop or resource of the loop accepts.

    ``today`` is an ISO date: a suppression holds up to and including its ``until``. ``misnamed`` says in words which
    of some names is no rule.
    """
    known = list(dict.fromkeys(suppression for found in facts for suppression in found.suppressions))
    complaints = {s: problem for s in known if (problem := _problem(s, require_reason, today))}
    used: set[Suppression] = set()
    kept: list[Finding] = []
    suppressed: list[tuple[Finding, str]] = []
    index = _by_place(known)
    for finding in findings:
        by = [s for s in _near(finding, index) if covers(s, finding)]
        used.update(by)
        good = next((s for s in by if s not in complaints), None)
        if good is None:
            kept.append(finding)
        else:
            suppressed.append((finding, good.reason))
    complaints |= {s: _unmatched(s, misnamed) for s in known if s not in used and s not in complaints}
    return Accepted(
        tuple(kept),
        tuple(suppressed),
        tuple(
            unused(s.span, f"this suppression does nothing: {problem}", _fingerprint(s))
            for s, problem in complaints.items()
        ),
    )


_Place = tuple[str, Union[int, str]]
"""A file, and a line of it or a resource in it."""


def _by_place(known: Iterable[Suppression]) -> dict[_Place, list[tuple[int, Suppression]]]:
    """Suppressions, numbered in order, by the resource or the line that they stand on."""
    found: dict[_Place, list[tuple[int, Suppression]]] = {}
    for number, one in enumerate(known):
        found.setdefault((one.span.file, one.resource or one.span.line), []).append((number, one))
    return found


def _near(
    finding: Finding, index: Mapping[_Place, Sequence[tuple[int, Suppression]]]
) -> Iterator[Suppression]:
    """The suppressions in order that stand on a line or a resource of ``finding``, or on the line before one."""
    places: set[_Place] = set()
    for span in (finding.span, *(hop.span for hop in finding.hops)):
        places |= {(span.file, span.line), (span.file, span.line - 1)}
    for node in finding.cycle:
        places |= {(node.file, name) for name in (node.line, node.line - 1, node.resource, "*")}
    found = {numbered for place in places for numbered in index.get(place, ())}
    return (one for _, one in sorted(found, key=lambda numbered: numbered[0]))


def _fingerprint(suppression: Suppression) -> str:
    """Its own, or a baseline that accepts one useless suppression would accept every other."""
    what = " ".join((suppression.resource, *suppression.rules, suppression.until, suppression.reason))
    return fingerprint(UNUSED, (CycleNode(what, "", suppression.span.file, 0),))


def _problem(suppression: Suppression, require_reason: bool, today: str) -> str:
    if suppression.problem:
        return suppression.problem
    if suppression.until and suppression.until < today:
        return f"it ended on {suppression.until}"
    if require_reason and not suppression.reason:
        return "it gives no reason"
    return ""


def _unmatched(suppression: Suppression, misnamed: Callable[[Iterable[str]], str]) -> str:
    return misnamed(name for name in suppression.rules if name != "*") or "it matches no finding"


def covers(suppression: Suppression, finding: Finding) -> bool:
    """Does a suppression stand on a hop or a resource of ``finding``, and name its rule?"""
    if not {"*", finding.rule, finding.code} & set(suppression.rules):
        return False
    file, line = suppression.span.file, suppression.span.line
    if suppression.resource:
        return any(
            node.file == file and suppression.resource in ("*", node.resource) for node in finding.cycle
        )
    places = [finding.span, *(hop.span for hop in finding.hops)]
    lines = {place.line for place in places if place.file == file}
    lines |= {node.line for node in finding.cycle if node.file == file}
    return bool(lines & {line, line + 1})


def unused(span: Span, problem: str, known_as: str) -> Finding:
    """The finding that a suppression (or a baseline entry) is no good; ``known_as`` is its fingerprint."""
    return Finding(
        rule=UNUSED,
        code="",
        severity="warning",
        confidence="certain",
        message=problem,
        span=span,
        cycle=(),
        hops=(),
        fingerprint=known_as,
    )
