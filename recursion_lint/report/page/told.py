"""A finding as the page tells it: what, where, why, its hops with the handler's line, and its ways out."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

from recursion_lint.model.findings import Finding, FindingHop, HopCode, Remedy
from recursion_lint.report import wording
from recursion_lint.report.page.snippets import Snippets
from recursion_lint.report.wording import one_line, place, printable

_VERDICTS = {
    "writes-back": "calls {call}: it writes back",
    "conditional": "calls {call}, on conditions",
    "may": "calls {call}, where to is not known",
    "on-error": "calls {call} on errors only",
    "stops-itself": "calls {call}, but not in the next round",
    "elsewhere": "calls {call}, which leads elsewhere",
    "never": "makes no such call",
    "unread": "its code was not read",
}


def told(finding: Finding, number: int, edges: Sequence[str], snippets: Snippets) -> dict[str, Any]:
    """``finding`` under its number on the page; ``edges`` are those of its hops, none for what is no loop."""
    file = wording.repository_path(finding.span.file)
    return {
        "number": number,
        "rule": finding.rule,
        "code": finding.code,
        "severity": finding.severity,
        "confidence": finding.confidence,
        "message": one_line(finding.message),
        "where": wording.only_where(finding),
        "place": place(finding.span.file, finding.span.line),
        "file": printable(file),
        "folder": printable(os.path.dirname(file)),
        "snippet": snippets.at(finding.span),
        "hops": [_hop(hop, edges[at] if edges else None, snippets) for at, hop in enumerate(finding.hops)],
        "loop": bool(edges),
        "said": [[key, text] for key, text in _said(finding)],
        "remedies": [_remedy(remedy, finding) for remedy in finding.remedies],
    }


def _said(finding: Finding) -> Iterator[tuple[str, str]]:
    if where := wording.repositories(finding):
        yield "repositories", where
    yield from (("because", one_line(text)) for text in finding.because)
    yield from (("against", one_line(text)) for text in finding.guards)
    if finding.witness is not None:
        yield "example", wording.example(finding)
    if runtime := wording.runtime_line(finding):
        yield "at run time", runtime
    if price := wording.price_line(finding):
        yield "price", price
    yield from (("also", one_line(text)) for text in finding.also)
    yield from (("also in", place(copy.file, copy.line)) for copy in finding.copies)


def _hop(hop: FindingHop, edge: str | None, snippets: Snippets) -> dict[str, Any]:
    return {
        "edge": edge,
        "from": one_line(hop.source),
        "to": one_line(hop.target),
        "kind": hop.kind,
        "evidence": hop.evidence,
        "reason": one_line(hop.reason),
        "place": place(hop.span.file, hop.span.line) if hop.span.file else "",
        "snippet": snippets.at(hop.span),
        "code": _code(hop.code, snippets) if hop.code is not None else None,
    }


def _code(code: HopCode, snippets: Snippets) -> dict[str, Any]:
    words = _VERDICTS[code.verdict].format(call=one_line(code.call) or "it")
    more = [("writes to", code.target), ("writes", code.content), ("reason", code.reason)]
    return {
        "verdict": code.verdict,
        "words": words,
        "place": place(code.span.file, code.span.line) if code.span is not None else "",
        "snippet": snippets.at(code.span) if code.span is not None else None,
        "said": [
            *([key, one_line(text)] for key, text in more if text),
            *(["only if", one_line(guard)] for guard in code.guards),
        ],
    }


def _remedy(remedy: Remedy, finding: Finding) -> dict[str, Any]:
    return {
        "title": one_line(remedy.title),
        "breaks": remedy.breaks,
        "applied": wording.applied_by(remedy, finding) or "by hand",
        "cost": one_line(remedy.trade_off),
        "steps": [printable(line) for line in remedy.steps.expandtabs(2).split("\n")] if remedy.steps else [],
        "diff": [printable(line) for line in (remedy.diff or "").expandtabs(2).splitlines()],
    }
