"""The report as GitLab Code Quality JSON.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from recursion_lint.model.findings import Finding, Severity
from recursion_lint.model.report import Problem, Report
from recursion_lint.report import wording

_SEVERITIES: dict[Severity, str] = {"error": "critical", "warning": "major", "info": "info"}


def render(report: Report) -> str:
    """A list of issues, worst first, each with a fingerprint of its own, which GitLab demands."""
    issues = [_problem(problem) for problem in report.problems]
    issues += [_finding(finding) for finding in wording.worst_first(report.findings)]
    seen: dict[str, int] = {}
    for issue in issues:
        fingerprint = issue["fingerprint"]
        seen[fingerprint] = seen.get(fingerprint, 0) + 1
        if seen[fingerprint] > 1:
            issue["fingerprint"] = _digest(fingerprint, str(seen[fingerprint]))
    return json.dumps(issues, ensure_ascii=False, indent=2) + "\n"


def _finding(finding: Finding) -> dict[str, Any]:
    span = finding.span
    path = f": {wording.loop_path(finding)}" if finding.hops else ""
    fallback = _digest(finding.rule, span.file, *(node.resource for node in finding.cycle))
    return {
        "description": f"{wording.sentence(finding)}{path}",
        "check_name": finding.rule,
        "fingerprint": finding.fingerprint or fallback,
        "severity": _SEVERITIES[finding.severity],
        "location": _location(span.file, span.line, span.end_line),
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "description": wording.one_line(problem.message),
        "check_name": "unreadable-template",
        "fingerprint": _digest("unreadable-template", problem.file),
        "severity": "blocker" if problem.named else "major",
        "location": _location(problem.file, problem.line, problem.line),
    }


def _location(file: str, line: int, end_line: int) -> dict[str, Any]:
    begin = max(line, 1)
    return {"path": wording.repository_path(file), "lines": {"begin": begin, "end": max(end_line, begin)}}


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()
