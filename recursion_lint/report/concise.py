"""One line a finding, which editors and ``grep`` read: ``file:line:column: severity[rule] message (confidence)``."""

from __future__ import annotations

from recursion_lint.model.report import Report
from recursion_lint.report import wording
from recursion_lint.report.brief import headline
from recursion_lint.report.paint import Paint


def render(report: Report) -> str:
    """The findings, worst first, then what could not be read."""
    plain = Paint(False)
    lines = [line for finding in wording.worst_first(report.findings) for line in headline(finding, plain)]
    lines += [f"{wording.problem_line(problem, 'error')}" for problem in report.problems]
    return "".join(line + "\n" for line in lines)
