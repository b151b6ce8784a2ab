"""The report for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.model.report import Report
from recursion_lint.report import wording
from recursion_lint.report.columns import fitted
from recursion_lint.report.paint import WIDTH, Paint


def render(
    report: Report,
    *,
    color: bool = False,
    links: bool = False,
    quiet: bool = False,
    verbose: bool = False,
    width: int = WIDTH,
) -> str:
    """The findings, worst first, then what could not be read or resolved, then a summary.

    An error or a warning takes a dozen lines at most, an info one; ``verbose`` tells all of each. ``quiet`` leaves out
    notes and summary. Source lines, labels and sentences are fitted to ``width``; headlines stay on one line
    but in a terminal of another width than ``WIDTH``, where they break between words.
    """
    paint = Paint(color, links)
    blocks = list(_findings(report, paint, verbose, width)) if report.findings else []
    problems = [
        f"{paint(level, level)}: {wording.problem_line(problem)}\n"
        for problem in report.problems
        for level in ("error" if problem.named else "warning",)
    ]
    if problems:
        blocks.append("".join(problems))
    if report.suppressed:
        blocks.append("".join(line + "\n" for line in _suppressed(report, paint)))
    if not quiet:
        if report.findings:
            from recursion_lint.report.overview import overview

            blocks += overview(report, paint, width)
        if verbose and report.notes:
            blocks.append("".join(line + "\n" for line in _notes(report, paint)))
        blocks.append(
            "".join(
                line + "\n" for told in _last_lines(report, verbose) for line in _in_terminal(told, width)
            )
        )
    return "\n".join(blocks)


def _findings(report: Report, paint: Paint, verbose: bool, width: int) -> Iterator[str]:
    """A block for each error and warning; the infos are one block."""
    from recursion_lint.report.brief import Style, finding_lines, info_line

    ordered = wording.worst_first(report.findings)
    if verbose:
        from recursion_lint.report.full import finding_text

        yield from (finding_text(finding, report.sources, paint, width) for finding in ordered)
        return
    style, told = Style(paint, width), dict[object, tuple[str, int]]()
    for finding in ordered:
        if finding.severity != "info":
            lines = finding_lines(finding, report.sources, style, told)
            yield "".join(line.rstrip() + "\n" for line in lines)
    infos = [info_line(finding, style) for finding in ordered if finding.severity == "info"]
    if infos:
        yield "".join(line + "\n" for line in infos)


def _suppressed(report: Report, paint: Paint) -> Iterator[str]:
    for finding, reason in report.suppressed:
        at = wording.place(finding.span.file, finding.span.line, finding.span.column)
        what = f"{at}: {finding.rule}: {wording.sentence(finding)}"
        yield f"{paint('suppressed', 'bold')}: {what} ({wording.one_line(reason) or 'no reason given'})"


def _notes(report: Report, paint: Paint) -> Iterator[str]:
    for note in wording.notes_in_order(report.notes):
        where = wording.place(note.span.file, note.span.line)
        yield f"{where}: {paint('note', 'bold')}: {wording.one_line(note.message)}"


def _in_terminal(told: str, width: int) -> Iterator[str]:
    first, *others = fitted(told, width)
    yield from (first, *(f"    {line}" for line in others))


def _last_lines(report: Report, verbose: bool) -> Iterator[str]:
    """Where to read on, once for all, and the summary, which is the last line."""
    rules = sorted({finding.rule for finding in report.findings})
    if rules:
        named = rules[0] if len(rules) == 1 else "RULE"
        more = "" if verbose else "-v tells more of each finding; "
        yield f"{more}recursion-lint explain {named}: why it matters, and the ways out"
    line = wording.summary_line(report)
    if report.notes and not verbose:
        count = len(report.notes)
        line += f" {count} note{'' if count == 1 else 's'} on what could not be resolved (-v)."
    yield line
