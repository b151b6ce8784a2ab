"""The report as SARIF 2.1.0, within the limits of GitHub code scanning.

https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
"""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol
from urllib.parse import quote

from recursion_lint.model.findings import Confidence, Finding, Note, Remedy, Severity, Span, TextEdit
from recursion_lint.model.report import Problem, Report
from recursion_lint.report import wording
from recursion_lint.report.json_report import cost_per_hour, linked
from recursion_lint.version import __version__, page_of

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_MAX_RESULTS = 25_000
_MAX_LOCATIONS = 1_000
_MAX_FLOW = 10_000
_LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}
_RANKS: dict[Confidence, float] = {"certain": 95.0, "likely": 75.0, "possible": 50.0, "weak": 25.0}
_TAGS = ["aws", "cloudformation", "reliability", "recursion"]


class RuleInfo(Protocol):
    """What the format needs of a rule; ``page`` is Markdown."""

    @property
    def name(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def summary(self) -> str: ...
    @property
    def page(self) -> str: ...


class _Unlisted(NamedTuple):
    """A rule of a finding that the caller did not describe."""

    name: str
    code: str
    summary: str
    page: str


def render(report: Report, rules: Sequence[RuleInfo] = ()) -> str:
    """One run with ``rules`` (and any rule a finding names), one result for each finding, worst first."""
    findings = wording.worst_first(report.findings)[:_MAX_RESULTS]
    suppressed = report.suppressed[: _MAX_RESULTS - len(findings)]
    known = _all_rules(rules, [*findings, *(finding for finding, _ in suppressed)])
    index = {rule.name: at for at, rule in enumerate(known)}
    run = {
        "tool": {
            "driver": {
                "name": "recursion-lint",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": [_rule(rule) for rule in known],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report)],
        "results": [
            *(_result(finding, index[finding.rule]) for finding in findings),
            *(_suppressed(_result(finding, index[finding.rule]), reason) for finding, reason in suppressed),
        ],
    }
    document = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _all_rules(rules: Sequence[RuleInfo], findings: Sequence[Finding]) -> list[RuleInfo]:
    known: dict[str, RuleInfo] = {rule.name: rule for rule in rules}
    for finding in findings:
        summary = finding.rule.replace("-", " ")
        page = f"Run `recursion-lint explain {finding.rule}` for its page."
        known.setdefault(finding.rule, _Unlisted(finding.rule, finding.code, summary, page))
    return list(known.values())


def _rule(rule: RuleInfo) -> dict[str, Any]:
    return {
        "id": rule.name,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": _first_paragraph(rule.page) or rule.summary},
        **({"helpUri": page_of(rule.name)} if page_of(rule.name) else {}),
        "help": {"text": rule.page or rule.summary, "markdown": rule.page or rule.summary},
        "defaultConfiguration": {"level": "warning"},
        "properties": {
            "code": rule.code,
            "precision": "high",
            "problem.severity": "warning",
            "tags": _TAGS,
        },
    }


def _first_paragraph(page: str) -> str:
    """The first paragraph of a page that is not its title."""
    paragraphs = (wording.one_line(part) for part in page.replace("\r\n", "\n").split("\n\n"))
    return next((text for text in paragraphs if text and not text.startswith("#")), "")


def _result(finding: Finding, rule_index: int) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": rule_index,
        "level": _LEVELS[finding.severity],
        "rank": _RANKS[finding.confidence],
        "message": {"text": _message(finding)},
        "locations": [_location(finding.span)],
    }
    if finding.hops:
        steps = [(hop.span, wording.hop_label(number, hop)) for number, hop in enumerate(finding.hops, 1)]
        lines = wording.lines_of(finding.hops)
        result["relatedLocations"] = [
            {"id": number, **_location(span, label)}
            for number, (span, label) in enumerate(steps[:_MAX_LOCATIONS], 1)
        ]
        flow = [{"location": _location(span, label)} for span, label in lines[:_MAX_FLOW]]
        result["codeFlows"] = [
            {"message": {"text": wording.loop_path(finding)}, "threadFlows": [{"locations": flow}]}
        ]
    if finding.fingerprint:
        result["partialFingerprints"] = {"recursionLint/v1": finding.fingerprint}
    fixes = [fix for remedy in finding.remedies if (fix := _fix(remedy, finding))]
    if fixes:
        result["fixes"] = fixes
    result["properties"] = {
        "confidence": finding.confidence,
        "runtimeProtection": finding.runtime_protection,
    }
    result["properties"] |= linked(finding)
    if finding.cost is not None:
        result["properties"]["costPerHour"] = cost_per_hour(finding)
    return result


def _suppressed(result: dict[str, Any], reason: str) -> dict[str, Any]:
    suppression = {"kind": "inSource", **({"justification": wording.one_line(reason)} if reason else {})}
    return {**result, "suppressions": [suppression]}


def _message(finding: Finding) -> str:
    """The message, the loop with a link to each hop, and the first way out."""
    lines = [_escape(wording.sentence(finding))]
    if finding.repositories:
        lines.append(_escape(wording.repositories(finding)))
    if finding.hops:
        lines.append(f"Loop: {_escape(wording.loop_path(finding))}")
    for number, hop in enumerate(finding.hops[:_MAX_LOCATIONS], 1):
        lines.append(f"[{_escape(wording.hop_label(number, hop))}]({number})")
    runtime = wording.runtime_line(finding)
    if runtime:
        lines.append(_escape(runtime) + ".")
    if finding.remedies:
        lines.append(f"Help: {_escape(wording.remedy_line(finding.remedies[0], finding))}")
    return "\n".join(lines)


def _escape(text: str) -> str:
    """Brackets make links in the text of a SARIF message."""
    return text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")


def _location(span: Span, message: str = "") -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": file_uri(span.file)}}
    if span.line > 0:
        region = {"startLine": span.line, "startColumn": max(span.column, 1)}
        if (span.end_line, span.end_column) > (span.line, span.column):
            region |= {"endLine": span.end_line, "endColumn": max(span.end_column, 1)}
        physical["region"] = region
    location: dict[str, Any] = {"physicalLocation": physical}
    if message:
        location["message"] = {"text": _escape(message)}
    return location


def file_uri(file: str) -> str:
    """``file`` as a URI: relative as it was given, ``file:`` when it is absolute."""
    path = wording.repository_path(file)
    if path.startswith("/"):
        return "file://" + quote(path, errors="replace")
    if path[1:3] == ":/":
        return "file:///" + path[:2] + quote(path[2:], errors="replace")
    return quote(path, errors="replace")


def _fix(remedy: Remedy, finding: Finding) -> dict[str, Any] | None:
    by_file: dict[str, list[TextEdit]] = {}
    for change in remedy.edits:
        by_file.setdefault(change.span.file, []).append(change)
    if not by_file:
        return None
    return {
        "description": {"text": _escape(wording.remedy_line(remedy, finding))},
        "artifactChanges": [
            {
                "artifactLocation": {"uri": file_uri(file)},
                "replacements": [_replacement(change) for change in changes],
            }
            for file, changes in by_file.items()
        ],
    }


def _replacement(change: TextEdit) -> dict[str, Any]:
    region = {
        "startLine": change.span.line,
        "startColumn": 1,
        "endLine": change.span.end_line,
        "endColumn": change.span.end_column,
    }
    return {"deletedRegion": region, "insertedContent": {"text": change.text}}


def _invocation(report: Report) -> dict[str, Any]:
    notices = [_problem(problem) for problem in report.problems]
    notices += [_note(note) for note in wording.notes_in_order(report.notes)]
    invocation: dict[str, Any] = {
        "executionSuccessful": not any(problem.named for problem in report.problems)
    }
    if notices:
        invocation["toolExecutionNotifications"] = notices
    return invocation


def _problem(problem: Problem) -> dict[str, Any]:
    at = Span(problem.file, problem.line, 1, problem.line, 1)
    text = wording.one_line(problem.message)
    level = "error" if problem.named else "warning"
    return {"level": level, "message": {"text": _escape(text)}, "locations": [_location(at)]}


def _note(note: Note) -> dict[str, Any]:
    text = wording.one_line(note.message)
    return {"level": "note", "message": {"text": _escape(text)}, "locations": [_location(note.span)]}
