"""The report as GitHub annotations.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from recursion_lint.model.findings import Finding, Severity, Span
from recursion_lint.model.report import Problem, Report
from recursion_lint.report import wording

# GitHub shows ten annotations of a level for each step and drops the rest without a word.
_SHOWN = 10
_COMMANDS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}


def render(report: Report) -> str:
    """Annotations, worst first; what GitHub would drop as plain lines of the log; the summary."""
    annotations: dict[str, list[str]] = {command: [] for command in _COMMANDS.values()}
    hidden: list[str] = []
    lines: list[str] = []
    for problem in report.problems:
        level = "error" if problem.named else "warning"
        plain = f"{level}: {wording.problem_line(problem)}"
        _place(annotations[level], lines, hidden, _problem(problem, level), plain)
    for finding in wording.worst_first(report.findings):
        command = _COMMANDS[finding.severity]
        _place(annotations[command], lines, hidden, _finding(finding, command), _plain(finding))
    if hidden:
        lines += _hidden(hidden, room=len(annotations["notice"]) < _SHOWN)
    lines.append(wording.summary_line(report))
    return "".join(line + "\n" for line in lines)


def _place(used: list[str], lines: list[str], hidden: list[str], annotation: str, plain: str) -> None:
    if len(used) < _SHOWN:
        used.append(annotation)
        lines.append(annotation)
    else:
        hidden.append(plain)


def _hidden(hidden: list[str], *, room: bool) -> list[str]:
    plural = "" if len(hidden) == 1 else "s"
    text = f"{len(hidden)} more finding{plural} in the log: GitHub shows ten annotations of a level"
    return [command("notice", text, title="recursion-lint") if room else text + ":", *hidden]


def _plain(finding: Finding) -> str:
    span = finding.span
    where = wording.place(span.file, span.line, span.column)
    return f"{finding.severity}[{finding.rule}]: {where}: {wording.sentence(finding)}"


def _finding(finding: Finding, level: str) -> str:
    lines = [wording.sentence(finding)]
    if finding.hops:
        lines.append(wording.loop_path(finding))
    for number, hop in enumerate(finding.hops, 1):
        label = wording.hop_label(number, hop)
        lines.append(f"{label} ({wording.place(wording.repository_path(hop.span.file), hop.span.line)})")
    runtime = wording.runtime_line(finding)
    lines += [runtime] if runtime else []
    lines += [f"help: {wording.remedy_line(remedy, finding)}" for remedy in finding.remedies]
    lines.append(f"docs: recursion-lint explain {finding.rule}")
    return command(
        level, "\n".join(lines), **_position(finding.span), title=f"recursion-lint ({finding.rule})"
    )


def _position(span: Span) -> dict[str, str | int]:
    """GitHub takes columns only for an annotation of one line."""
    position: dict[str, str | int] = {"file": wording.repository_path(span.file)}
    if span.line < 1:
        return position
    if span.end_line > span.line:
        return position | {"line": span.line, "endLine": span.end_line}
    return position | {
        "line": span.line,
        "col": span.column,
        "endLine": span.line,
        "endColumn": max(span.end_column, span.column),
    }


def _problem(problem: Problem, level: str) -> str:
    where = _position(Span(problem.file, problem.line, 1, problem.line, 1))
    return command(level, wording.one_line(problem.message), **where, title="recursion-lint (unreadable)")


def command(name: str, message: str, **properties: str | int) -> str:
    """One workflow command, its properties in the order given."""
    listed = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    return f"::{name} {listed}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
