"""The report as JSON, schema 1: docs/schema/report-v1.schema.json describes it."""

from __future__ import annotations

import json
from typing import Any

from recursion_lint.model.findings import CycleNode, Finding, FindingHop, HopCode, Remedy, Synthesised
from recursion_lint.model.report import Report
from recursion_lint.report.wording import notes_in_order, worst_first
from recursion_lint.version import __version__

SCHEMA = 1


def render(report: Report) -> str:
    """The whole report, keys always in the same order; what is new in a later version comes as new keys."""
    summary = report.summary
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "tool": {"name": "recursion-lint", "version": __version__},
        "findings": [_finding(finding) for finding in worst_first(report.findings)],
        "notes": [
            {"file": note.span.file, "line": note.span.line, "message": note.message}
            for note in notes_in_order(report.notes)
        ],
        "summary": {
            "templates": summary.templates,
            "resources": summary.resources,
            "triggers": summary.triggers,
            "writes": summary.writes,
            "error": summary.error,
            "warning": summary.warning,
            "info": summary.info,
            "suppressed": summary.suppressed,
            "baselined": summary.baselined,
        },
    }
    aside = {"hidden": summary.hidden, "unchanged": summary.unchanged}
    document["summary"] |= {name: count for name, count in aside.items() if count}
    if report.problems:
        document["problems"] = [
            {"file": one.file, "line": one.line, "message": one.message, "named": one.named}
            for one in report.problems
        ]
    if report.suppressed:
        document["suppressed"] = [
            {"reason": reason, "finding": _finding(finding)} for finding, reason in report.suppressed
        ]
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "code": finding.code,
        "severity": finding.severity,
        "confidence": finding.confidence,
        "message": finding.message,
        "file": finding.span.file,
        "line": finding.span.line,
        "column": finding.span.column,
        "end_line": finding.span.end_line,
        "end_column": finding.span.end_column,
        "cycle": [_node(finding, node) for node in finding.cycle],
        "hops": [_hop(hop) for hop in finding.hops],
        "because": list(finding.because),
        "witness": _witness(finding),
        "guards": list(finding.guards),
        "only_where": list(finding.only_where),
        "safety_nets": list(finding.safety_nets),
        "runtime_protection": finding.runtime_protection,
        "cost_per_hour": cost_per_hour(finding),
        "remedies": [_remedy(remedy) for remedy in finding.remedies],
        "also": list(finding.also),
        "also_in": [
            {"file": copy.file, "line": copy.line, "fingerprint": copy.fingerprint} for copy in finding.copies
        ],
        "fingerprint": finding.fingerprint,
        **linked(finding),
        **({"template": _template(finding.template)} if finding.template is not None else {}),
    }


def _hop(hop: FindingHop) -> dict[str, Any]:
    return {
        "from": hop.source,
        "to": hop.target,
        "kind": hop.kind,
        "evidence": hop.evidence,
        "reason": hop.reason,
        "file": hop.span.file,
        "line": hop.span.line,
        "column": hop.span.column,
        **({"code": _hop_code(hop.code)} if hop.code is not None else {}),
    }


def _remedy(remedy: Remedy) -> dict[str, Any]:
    return {
        "id": remedy.id,
        "title": remedy.title,
        "breaks": remedy.breaks,
        "trade_off": remedy.trade_off,
        "applicability": remedy.applicability,
        "steps": remedy.steps,
        "diff": remedy.diff,
    }


def _template(place: Synthesised) -> dict[str, Any]:
    """The place in a synthesised template of what is told at the lines of an app."""
    return {
        "file": place.span.file,
        "line": place.span.line,
        "resource": place.resource,
        "construct": place.construct,
    }


def linked(finding: Finding) -> dict[str, Any]:
    """The repositories of a loop that was found in the facts of several."""
    found: dict[str, Any] = {}
    if finding.repositories:
        found["repositories"] = [
            {
                "name": one.name,
                "commit": one.commit,
                "owners": list(one.owners),
                "account": one.account,
                "region": one.region,
            }
            for one in finding.repositories
        ]
    if finding.since:
        found["since"] = finding.since
    return found


def _hop_code(code: HopCode) -> dict[str, Any]:
    """What the function's code says of a hop; ``file``, ``line`` and ``column`` are null where no call is meant."""
    at = code.span
    return {
        "verdict": code.verdict,
        "file": at.file if at is not None else None,
        "line": at.line if at is not None else None,
        "column": at.column if at is not None else None,
        "call": code.call,
        "target": code.target,
        "content": code.content,
        "guards": list(code.guards),
        "read": list(code.read),
        "reason": code.reason,
    }


def cost_per_hour(finding: Finding) -> dict[str, Any] | None:
    """What the loop costs, as JSON and SARIF have it."""
    cost = finding.cost
    if cost is None:
        return None
    return {"low": cost.low, "high": cost.high, "currency": "USD", "assumes": cost.assumes}


def _node(finding: Finding, node: CycleNode) -> dict[str, Any]:
    """A resource of the loop; one from elsewhere has no line of its own, so the first hop that names it gives one."""
    ends = (hop.span for hop in finding.hops if node.resource in (hop.source, hop.target))
    named = None if node.line else next(ends, finding.span)
    return {
        "resource": node.resource,
        "type": node.type,
        "file": named.file if named else node.file,
        "line": named.line if named else node.line,
        **({"construct": node.construct} if node.construct else {}),
    }


def _witness(finding: Finding) -> dict[str, Any] | None:
    if finding.witness is None:
        return None
    return {"event": finding.witness.event, "key": finding.witness.key}
