"""Copies of one template → one finding that lists the files.

Repositories keep what they build or publish beside its source. A loop that reads the same in every respect, line for
line, is told once. Suppressions and baselines hold for each file on its own, so this comes after them.
"""

from __future__ import annotations

from collections.abc import Iterable

from recursion_lint.model.findings import Copy, Finding


def merged(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """One finding for those that differ in nothing but their files: the first, with the others as its copies."""
    groups: dict[object, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(_story(finding), []).append(finding)
    return tuple(first._replace(copies=tuple(map(_copy, others))) for first, *others in groups.values())


def _copy(finding: Finding) -> Copy:
    return Copy(finding.span.file, finding.span.line, finding.fingerprint, tuple(sorted(finding.files)))


def _story(finding: Finding) -> object:
    """All that a finding says, with its files by number."""
    spans = [finding.span, *(hop.span for hop in finding.hops)]
    numbers = {file: at for at, file in enumerate(dict.fromkeys(span.file for span in spans))}
    places = tuple((numbers[span.file], *span[1:]) for span in spans)
    hops = tuple(hop._replace(span=finding.span._replace(file="")) for hop in finding.hops)
    nodes = tuple(node._replace(file="") for node in finding.cycle)
    # What is told of no file of a template is told of each file for itself: a useless suppression, say.
    told = () if finding.hops else (finding.span.file, finding.fingerprint)
    return (
        finding._replace(span=finding.span._replace(file=""), cycle=nodes, hops=hops, fingerprint=""),
        places,
        told,
    )
