"""Findings that somebody has accepted: suppressed in the template, or recorded in the baseline."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from recursion_lint.model.facts import Facts
from recursion_lint.model.findings import CycleNode, Finding, Note, Span, fingerprint
from recursion_lint.model.suppressions import Suppression

UNUSED = "unused-suppression"


class Accepted(NamedTuple):
    """What is left to report, what was suppressed (with the reason), and suppressions that are no good.

    ``notes`` tell how a loop may be accepted that passes a suppression of another.
    """

    kept: tuple[Finding, ...]
    suppressed: tuple[tuple[Finding, str], ...]
    complaints: tuple[Finding, ...]
    notes: tuple[Note, ...] = ()


def apply(
    findings: Sequence[Finding],
    facts: Iterable[Facts],
    require_reason: bool,
    today: str,
    misnamed: Callable[[Iterable[str]], str],
    in_handlers: Sequence[Suppression] = (),
) -> Accepted:
    """Take out the findings that a suppression on any hop or resource of the loop accepts, or on a handler's call.

    ``today`` is an ISO date: a suppression holds up to and including its ``until``. ``misnamed`` says in words which
    of some names is no rule.
    """
    in_templates = (suppression for found in facts for suppression in found.suppressions)
    known = list(dict.fromkeys((*in_templates, *in_handlers)))
    complaints = {s: _problem(s, require_reason, today, misnamed) for s in known}
    reasons: dict[Finding, str] = {}
    notes: dict[Finding, Note] = {}
    places = _Places(findings)
    for suppression in known:
        passing = [finding for finding in places.at(suppression) if _names(suppression, finding)]
        if complaints[suppression]:
            continue
        if not passing:
            complaints[suppression] = "it matches no finding"
        meant = _meant(suppression, passing)
        for finding in passing:
            if finding in meant:
                reasons.setdefault(finding, suppression.reason)
            else:
                notes.setdefault(finding, _beyond(suppression, finding))
    return Accepted(
        tuple(finding for finding in findings if finding not in reasons),
        tuple((finding, reasons[finding]) for finding in findings if finding in reasons),
        tuple(
            unused(s.span, f"this suppression does nothing: {problem}", _fingerprint(s))
            for s, problem in complaints.items()
            if problem
        ),
        tuple(note for finding, note in notes.items() if finding not in reasons),
    )


def _meant(suppression: Suppression, passing: Sequence[Finding]) -> list[Finding]:
    """Those of the findings at a suppression that it was written for.

    That is one loop, the shortest: one that comes later at the same place is another. What passes no other resource is
    the same loop, under another rule perhaps. A template's own ``Metadata`` is for every loop.
    """
    if suppression.resource == "*" or not passing:
        return list(passing)
    loops = [loop for finding in passing if finding.hops for loop in _loops(finding)]
    every = loops or [loop for finding in passing for loop in _loops(finding)]
    named = frozenset(suppression.through) or min(every, key=lambda loop: (len(loop), sorted(loop)))
    return [finding for finding in passing if frozenset().union(*_loops(finding)) <= named]


def _loops(finding: Finding) -> list[frozenset[str]]:
    """What the loops of a finding pass."""
    return [frozenset(node.resource for node in finding.cycle), *map(frozenset, finding.members)]


def _beyond(suppression: Suppression, finding: Finding) -> Note:
    names = dict.fromkeys((*suppression.through, *(node.resource for node in finding.cycle)))
    names |= dict.fromkeys(name for loop in finding.members for name in loop)
    return Note(
        finding.span,
        f"the suppression in line {suppression.span.line} of {suppression.span.file} is for another loop; for this "
        f"one too it would say 'through {', '.join(names)}'",
    )


def _fingerprint(suppression: Suppression) -> str:
    """Its own, or a baseline that accepts one useless suppression would accept every other."""
    what = " ".join(
        (
            suppression.resource,
            *suppression.rules,
            suppression.until,
            suppression.reason,
            *suppression.through,
        )
    )
    return fingerprint(UNUSED, (CycleNode(what, "", suppression.span.file, 0),))


def _problem(
    suppression: Suppression, require_reason: bool, today: str, misnamed: Callable[[Iterable[str]], str]
) -> str:
    if suppression.problem:
        return suppression.problem
    if suppression.until and suppression.until < today:
        return f"it ended on {suppression.until}"
    if require_reason and not suppression.reason:
        return "it gives no reason"
    return misnamed(name for name in suppression.rules if name != "*")


def _names(suppression: Suppression, finding: Finding) -> bool:
    """Does a suppression name the rule of a finding?"""
    return bool({"*", finding.rule, finding.code.lower()} & {name.lower() for name in suppression.rules})


class _Places:
    """The findings by the lines and the resources that they pass, so that many suppressions find theirs."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self._by_line: dict[tuple[str, int], dict[int, Finding]] = {}
        self._by_resource: dict[tuple[str, str], dict[int, Finding]] = {}
        for at, finding in enumerate(findings):
            codes = (hop.code for hop in finding.hops if hop.code is not None)
            called = (code.span for code in codes if code.span is not None)
            for span in (finding.span, *(hop.span for hop in finding.hops), *called):
                self._by_line.setdefault((span.file, span.line), {})[at] = finding
            for node in finding.cycle:
                self._by_line.setdefault((node.file, node.line), {})[at] = finding
                for name in (node.resource, "*"):
                    self._by_resource.setdefault((node.file, name), {})[at] = finding

    def at(self, suppression: Suppression) -> list[Finding]:
        """The findings of which a hop or a resource stands where a suppression does, in order."""
        file, line = suppression.span.file, suppression.span.line
        if suppression.resource:
            found = self._by_resource.get((file, suppression.resource), {})
        else:
            found = {**self._by_line.get((file, line), {}), **self._by_line.get((file, line + 1), {})}
        return [found[at] for at in sorted(found)]


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
