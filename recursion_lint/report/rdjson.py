"""The report in reviewdog's Diagnostic Format (the ``rdjson`` wire form).

https://github.com/reviewdog/reviewdog/tree/master/proto/rdf
"""

from __future__ import annotations

import json
from typing import Any

from recursion_lint.model.findings import Finding, Severity
from recursion_lint.model.report import Problem, Report
from recursion_lint.report import wording
from recursion_lint.report.escapes import markdown
from recursion_lint.report.snippet import source_lines

_SEVERITIES: dict[Severity, str] = {"error": "ERROR", "warning": "WARNING", "info": "INFO"}


def render(report: Report) -> str:
    """A DiagnosticResult, worst first."""
    lines = {file: source_lines(text) for file, text in report.sources.items()}
    document = {
        "source": {"name": "recursion-lint"},
        "diagnostics": [
            *(_problem(problem) for problem in report.problems),
            *(
                _finding(finding, lines.get(finding.span.file, ()))
                for finding in wording.worst_first(report.findings)
            ),
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _finding(finding: Finding, lines: tuple[str, ...]) -> dict[str, Any]:
    span = finding.span
    diagnostic: dict[str, Any] = {
        "message": _message(finding),
        "location": {
            "path": wording.repository_path(span.file),
            "range": {
                "start": _position(span.line, span.column, lines),
                "end": _position(span.end_line, span.end_column, lines),
            },
        },
        "severity": _SEVERITIES[finding.severity],
        "code": {"value": finding.rule},
    }
    suggestion = _suggestion(finding)
    if suggestion:
        diagnostic["suggestions"] = [suggestion]
    return diagnostic


def _message(finding: Finding) -> str:
    lines = [wording.sentence(finding)]
    if finding.hops:
        lines.append(wording.loop_path(finding))
    lines += [wording.hop_label(number, hop) for number, hop in enumerate(finding.hops, 1)]
    lines += [f"help: {wording.remedy_line(remedy, finding)}" for remedy in finding.remedies]
    # Reviewdog posts it as a comment, which code hosts read as Markdown.
    return "\n".join(map(markdown, lines))


def _position(line: int, column: int, lines: tuple[str, ...]) -> dict[str, int]:
    """Reviewdog counts columns in bytes of UTF-8."""
    before = lines[line - 1][: column - 1] if 1 <= line <= len(lines) else ""
    extra = 0 if before.isascii() else len(before.encode("utf-8", "replace")) - len(before)
    return {"line": max(line, 1), "column": max(column, 1) + extra}


def _suggestion(finding: Finding) -> dict[str, Any] | None:
    """The first remedy that is one edit of the finding's own file: reviewdog offers no suggestion in parts."""
    own = wording.repository_path(finding.span.file)
    for remedy in finding.remedies:
        if len(remedy.edits) != 1 or remedy.applicability == "manual":
            continue
        (change,) = remedy.edits
        if wording.repository_path(change.span.file) == own:
            return {
                "range": {
                    "start": {"line": change.span.line, "column": 1},
                    "end": {"line": change.span.end_line, "column": change.span.end_column},
                },
                "text": change.text,
            }
    return None


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "message": markdown(wording.one_line(problem.message)),
        "location": {
            "path": wording.repository_path(problem.file),
            "range": {"start": {"line": max(problem.line, 1), "column": 1}},
        },
        "severity": "ERROR" if problem.named else "WARNING",
        "code": {"value": "unreadable-template"},
    }
