"""Copies of one template → one finding that lists the files; mixtures of variants → the variants.

Repositories keep what they build or publish beside its source. A loop that reads the same in every respect, line for
line, is told once. Suppressions and baselines hold for each file on its own, so this comes after them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from recursion_lint.model.findings import Copy, Finding, HopCode


def merged(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """One finding for those that differ in nothing but their files: the first, with the others as its copies."""
    groups: dict[object, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(_story(finding), []).append(finding)
    return tuple(
        first._replace(copies=tuple(Copy(one.span.file, one.span.line, one.fingerprint) for one in others))
        for first, *others in groups.values()
    )


def _story(finding: Finding) -> object:
    """All that a finding says, with its files by number."""
    spans = [finding.span, *(hop.span for hop in finding.hops)]
    numbers = {file: at for at, file in enumerate(dict.fromkeys(span.file for span in spans))}
    places = tuple((numbers[span.file], *span[1:]) for span in spans)
    nowhere = finding.span._replace(file="")
    hops = tuple(hop._replace(span=nowhere, code=_without_places(hop.code)) for hop in finding.hops)
    # What was read in a handler is told with its file.
    because = () if any(hop.code is not None for hop in finding.hops) else finding.because
    nodes = tuple(node._replace(file="") for node in finding.cycle)
    # What is told of no file of a template is told of each file for itself: a useless suppression, say.
    told = () if finding.hops else (finding.span.file, finding.fingerprint)
    return (
        finding._replace(span=nowhere, cycle=nodes, hops=hops, because=because, fingerprint=""),
        places,
        told,
    )


def _without_places(code: HopCode | None) -> HopCode | None:
    return code._replace(span=None, read=()) if code is not None else None


def without_mixtures(findings: Sequence[Finding]) -> list[Finding]:
    """``findings`` without loops that go from one variant of a template into another, where one file has all of it.

    Variants that name their resources alike (one for each partition) are one system to whoever reads only names.
    """
    files: dict[object, list[frozenset[str]]] = {}
    for finding in findings:
        files.setdefault(_way(finding), []).append(_places(finding))
    return [
        finding for finding in findings if not any(other < _places(finding) for other in files[_way(finding)])
    ]


def _way(finding: Finding) -> object:
    hops = sorted((hop.source, hop.target, hop.kind) for hop in finding.hops)
    return finding.rule, frozenset(node.resource for node in finding.cycle), tuple(hops)


def _places(finding: Finding) -> frozenset[str]:
    return frozenset(hop.span.file for hop in finding.hops)
