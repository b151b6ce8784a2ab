"""The report as JUnit XML."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from recursion_lint.model.findings import Finding
from recursion_lint.model.report import Problem, Report
from recursion_lint.report import wording
from recursion_lint.report.full import finding_text
from recursion_lint.report.paint import Paint


def render(report: Report) -> str:
    """One suite: a failing case for each finding, an error for each unreadable file, else one passing case."""
    findings = wording.worst_first(report.findings)
    counts = {
        "name": "recursion-lint",
        "tests": str(max(len(findings) + len(report.problems), 1)),
        "failures": str(len(findings)),
        "errors": str(len(report.problems)),
        "time": f"{report.elapsed:.3f}",
    }
    root = ET.Element("testsuites", counts)
    suite = ET.SubElement(root, "testsuite", {**counts, "skipped": "0"})
    for problem in report.problems:
        _problem(suite, problem)
    for finding in findings:
        _finding(suite, finding, report)
    if not findings and not report.problems:
        ET.SubElement(
            suite, "testcase", {"classname": "recursion-lint", "name": "no loops", "time": counts["time"]}
        )
    ET.SubElement(suite, "system-out").text = _legal(wording.summary_line(report))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _finding(suite: ET.Element, finding: Finding, report: Report) -> None:
    message = _legal(wording.sentence(finding))
    case = _case(suite, finding.span.file, finding.span.line, f"{finding.rule}: {message}")
    failure = ET.SubElement(case, "failure", {"type": finding.severity, "message": message})
    failure.text = _legal(finding_text(finding, report.sources, Paint(color=False)))


def _problem(suite: ET.Element, problem: Problem) -> None:
    message = _legal(wording.one_line(problem.message))
    case = _case(suite, problem.file, problem.line, "unreadable template")
    ET.SubElement(case, "error", {"type": "unreadable", "message": message}).text = _legal(
        wording.problem_line(problem)
    )


def _case(suite: ET.Element, file: str, line: int, name: str) -> ET.Element:
    path = _legal(wording.repository_path(file))
    where = {"file": path, "line": str(line)} if line > 0 else {"file": path}
    return ET.SubElement(suite, "testcase", {"classname": path, "name": name, **where, "time": "0.000"})


def _legal(text: str) -> str:
    """Without the characters that XML 1.0 has no way to write."""
    if text.isprintable():
        return text
    return "".join(letter if _allowed(ord(letter)) else "\ufffd" for letter in text)


def _allowed(code: int) -> bool:
    return code in (9, 10, 13) or 32 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or code > 0xFFFF
