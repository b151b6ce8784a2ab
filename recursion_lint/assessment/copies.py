"""Copies of one template → one finding that lists the files.

Repositories keep what they build or publish beside its source. A loop that reads the same in every respect, line for
line, is told once. Suppressions and baselines hold for each file on its own, so this comes after them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from recursion_lint.model.findings import Copy, Finding
from recursion_lint.model.loops import HopCode


def merged(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """One finding for those that differ in nothing but their files: the first, with the others as its copies."""
    groups: dict[object, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(_story(finding), []).append(finding)
    return tuple(first._replace(copies=tuple(map(_copy, others))) for first, *others in groups.values())


def _copy(finding: Finding) -> Copy:
    return Copy(finding.span.file, finding.span.line, finding.fingerprint, tuple(sorted(finding.files)))


def _story(finding: Finding) -> object:
    """All that a finding says, with its files by number: each copy may have its own copy of the code beside it."""
    codes = [hop.code for hop in finding.hops if hop.code is not None]
    spans = [finding.span, *(hop.span for hop in finding.hops)]
    spans += [code.span for code in codes if code.span is not None]
    files = [*(span.file for span in spans), *(file for code in codes for file in code.read)]
    numbers = {file: at for at, file in enumerate(dict.fromkeys(files))}
    places = tuple((numbers[span.file], *span[1:]) for span in spans)
    hops = tuple(
        hop._replace(span=finding.span._replace(file=""), code=_anywhere(hop.code, numbers))
        for hop in finding.hops
    )
    nodes = tuple(node._replace(file="") for node in finding.cycle)
    # What is told of no file of a template is told of each file for itself: a useless suppression, say.
    told = () if finding.hops else (finding.span.file, finding.fingerprint)
    return (
        finding._replace(
            span=finding.span._replace(file=""),
            cycle=nodes,
            hops=hops,
            fingerprint="",
            remedies=(),
            repositories=(),
            since="",
            because=tuple(_numbered(sentence, numbers) for sentence in finding.because),
        ),
        places,
        told,
    )


def _anywhere(code: HopCode | None, numbers: Mapping[str, int]) -> HopCode | None:
    """What the code says, with its files by number."""
    if code is None:
        return None
    read = tuple(str(numbers[file]) for file in code.read)
    return code._replace(span=None, read=read, reason=_numbered(code.reason, numbers))


def _numbered(sentence: str, numbers: Mapping[str, int]) -> str:
    """A sentence with numbers in place of the files that it names."""
    for file in sorted(numbers, key=len, reverse=True):
        sentence = sentence.replace(f"{file}:", f"{numbers[file]}:")
    return sentence
