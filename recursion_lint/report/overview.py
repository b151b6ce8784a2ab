"""What a repository's findings have in common: a table by rule and folder, and where to cut."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from recursion_lint.assessment.hitting_set import CutSet, cut_set
from recursion_lint.model.findings import SEVERITIES, Finding
from recursion_lint.model.report import Report
from recursion_lint.report.columns import display_width, shortened, shortened_front
from recursion_lint.report.paint import Paint
from recursion_lint.report.wording import is_loop, one_line, place, printable, repository_path

MAX_ROWS, MAX_CUTS = 10, 5
"""Rows of the two tables: the summary is read on one screen."""


def overview(report: Report, paint: Paint, width: int) -> list[str]:
    """The blocks of lines that sum up an audit; none for a single template or a single loop."""
    loops = [finding for finding in report.findings if is_loop(finding)]
    if report.summary.templates < 2 or len(loops) < 2:
        return []
    blocks = [_text(_table(report.findings, paint, width))]
    cuts = cut_set(finding for finding in loops if finding.severity != "info")
    if 0 < len(cuts.cuts) < cuts.ended:
        blocks.append(_text(_cut_lines(cuts, paint, width)))
    return blocks


def _text(lines: Iterator[str]) -> str:
    return "".join(line.rstrip() + "\n" for line in lines)


def _table(findings: Sequence[Finding], paint: Paint, width: int) -> Iterator[str]:
    counts: dict[tuple[str, str], list[int]] = {}
    for finding in findings:
        folder = os.path.dirname(repository_path(finding.span.file)) or "."
        tally = counts.setdefault((finding.rule, printable(folder)), [0] * len(SEVERITIES))
        tally[SEVERITIES.index(finding.severity)] += 1
    # The worst first, then by name.
    order = sorted(counts, key=lambda key: ([-count for count in counts[key]], key))
    rows = [(rule, folder, *(str(count or "-") for count in counts[rule, folder])) for rule, folder in order]
    yield paint("Findings by rule and folder:", "bold")
    taken = (
        2
        + max((len(rule) for rule, *_ in rows[:MAX_ROWS]), default=0)
        + sum(len(name) + 2 for name in SEVERITIES)
        + 2
    )
    rows = [(rule, shortened_front(folder, width - taken), *counted) for rule, folder, *counted in rows]
    shown = [("rule", "folder", *SEVERITIES), *rows[:MAX_ROWS]]
    widths = [max(display_width(row[column]) for row in shown) for column in range(len(shown[0]))]
    for at, row in enumerate(shown):
        pads = [" " * (width - display_width(cell)) for cell, width in zip(row, widths, strict=True)]
        cells = [
            cell + pad if column < 2 else pad + cell
            for column, (cell, pad) in enumerate(zip(row, pads, strict=True))
        ]
        line = "  ".join(cells)
        yield "  " + (paint(line, "dim") if at == 0 else line)
    if len(rows) > MAX_ROWS:
        yield f"  … and {len(rows) - MAX_ROWS} more rows"


def _cut_lines(cuts: CutSet, paint: Paint, width: int) -> Iterator[str]:
    grants = all(cut.hop.evidence in ("granted", "broad") for cut in cuts.cuts)
    noun = ("permission" if grants else "write") + ("" if len(cuts.cuts) == 1 else "s")
    these = f"this {noun}" if len(cuts.cuts) == 1 else f"these {len(cuts.cuts)} {noun}"
    ended = f"all {cuts.loops}" if cuts.ended == cuts.loops else f"{cuts.ended} of {cuts.loops}"
    if all(cut.unused for cut in cuts.cuts):
        told = f"Removing {these}, which the code does not use, ends {ended} loops"
    else:
        # A permission may be what the function is for: then the loops end elsewhere.
        told = f"{ended[0].upper()}{ended[1:]} loops meet at {these}"
    yield paint(f"{told} (errors and warnings):", "bold")
    for cut in cuts.cuts[:MAX_CUTS]:
        where = place(cut.hop.span.file, cut.hop.span.line)
        hop = f"{one_line(cut.hop.source)} → {one_line(cut.hop.target)}"
        loops = f"{cut.loops} loop{'' if cut.loops == 1 else 's'}"
        yield "  " + shortened(f"{where}: {hop} ({loops})", width - 2)
    if len(cuts.cuts) > MAX_CUTS:
        yield f"  … and {len(cuts.cuts) - MAX_CUTS} more (--format json lists every loop)"
