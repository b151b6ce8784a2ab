"""How many findings each rule has: the place to start in a repository with many."""

from __future__ import annotations

from collections import Counter

from recursion_lint.model.findings import SEVERITIES
from recursion_lint.model.report import Report
from recursion_lint.report.wording import summary_line


def render(report: Report) -> str:
    """A row for each rule, that with the most of the worst first, and the summary."""
    counts: dict[str, Counter[str]] = {}
    for finding in report.findings:
        counts.setdefault(finding.rule, Counter())[finding.severity] += 1
    order = sorted(counts, key=lambda rule: ([-counts[rule][level] for level in SEVERITIES], rule))
    rows = [("rule", *SEVERITIES, "all")] if order else []
    rows += [
        (rule, *(str(counts[rule][level] or "-") for level in SEVERITIES), str(counts[rule].total()))
        for rule in order
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(SEVERITIES) + 2)] if rows else []
    lines = [
        "  ".join(
            [
                rule.ljust(widths[0]),
                *(cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True)),
            ]
        )
        for rule, *cells in rows
    ]
    return "".join(f"{line}\n" for line in [*lines, summary_line(report)])
