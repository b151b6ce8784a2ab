"""The report as Markdown, for the summary of a job or a comment on a pull request.

A comment of GitHub holds 65,536 characters, a job summary 1 MiB.
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from recursion_lint.model.findings import Finding, FindingHop, Remedy
from recursion_lint.model.report import Problem, Report
from recursion_lint.report import wording
from recursion_lint.report.columns import shortened
from recursion_lint.report.escapes import markdown
from recursion_lint.report.graph.mermaid import escaped
from recursion_lint.report.snippet import source_lines

MOST = 60_000
"""Characters in all: a comment has room for words of its own besides."""
MOST_IN_FULL = 45_000
"""Characters after which findings are told in short: the rest of the room is for as many of them as can be."""
MOST_OF_ONE = 12_000
"""Characters for one finding; one that needs more is told in short."""
MOST_TEXT, MOST_SHORT, MOST_LINE = 600, 200, 160
"""Characters of a sentence, of one where a finding is told in short, and of a source line."""
MOST_STEPS = 12
"""Steps that are drawn and listed."""
MOST_PICTURES = 20
MOST_PROBLEMS = 20
MOST_DIFF = 40
"""Lines of a change that are shown."""
_ROOM_TO_END = 600


def render(report: Report) -> str:
    """The findings, worst first, each with its loop, its lines and the best remedy; infos are one line each."""
    parts = [f"## {_headline(report)}\n"]
    if report.problems:
        parts.append(_problems(report.problems))
    used, told = sum(map(len, parts)), 0
    ordered = wording.worst_first(report.findings)
    for finding in ordered:
        full = finding.severity != "info" and told < MOST_PICTURES
        section = _section(finding, report.sources) if full else ""
        if not section or len(section) > MOST_OF_ONE or used + len(section) > MOST_IN_FULL:
            section = f"* {_short(finding)}\n"
        if used + len(section) > MOST - _ROOM_TO_END:
            break
        parts.append(section)
        used, told = used + len(section) + 1, told + 1
    if told < len(ordered):
        parts.append(f"… and {len(ordered) - told} more: the log of the run has them all.\n")
    parts.append(f"{_text(wording.summary_line(report))}\n")
    return "\n".join(parts)


def _headline(report: Report) -> str:
    levels = [finding.severity for finding in report.findings]
    counts = [
        (levels.count("error"), "error"),
        (levels.count("warning"), "warning"),
        (levels.count("info"), "info"),
    ]
    found = [
        f"{count} {name}{'s' if count > 1 and name != 'info' else ''}" for count, name in counts if count
    ]
    return f"recursion-lint: {', '.join(found) or _text(wording.summary_line(report).partition('.')[0])}"


def _problems(problems: Sequence[Problem]) -> str:
    lines = [f"* {_text(wording.problem_line(one))}" for one in problems[:MOST_PROBLEMS]]
    more = len(problems) - MOST_PROBLEMS
    return "\n".join(
        ["Not all could be read:\n", *lines, *([f"* … and {more} more"] if more > 0 else []), ""]
    )


def _short(finding: Finding) -> str:
    place = wording.place(finding.span.file, finding.span.line)
    grade = f"({_text(finding.rule)}, {finding.confidence})"
    return f"**{finding.severity}** {_text(place)}: {_text(wording.sentence(finding), MOST_SHORT)} {grade}"


def _section(finding: Finding, sources: Mapping[str, str]) -> str:
    """One finding. What a template wrote stands behind a mark of ours on each line, so it begins no block."""
    lines = [f"### {finding.severity}: {_text(finding.message)}", ""]
    place = wording.place(finding.span.file, finding.span.line, finding.span.column)
    lines += [f"At {_text(place)} · rule {_text(finding.rule)} · {finding.confidence}", ""]
    if finding.repositories:
        lines += [f"_In_ {_text(wording.repositories(finding).removeprefix('in '))}", ""]
    if finding.only_where:
        lines += [f"_Only where_ {_text(wording.only_where(finding).removeprefix('only where '))}", ""]
    if wording.is_loop(finding) and len(finding.hops) <= MOST_STEPS:
        lines += [*_fenced(_picture(finding), "mermaid"), ""]
    if finding.hops:
        lines += [*_steps(finding), ""]
    shown = list(_source(finding, sources))
    if shown:
        lines += [*_fenced(shown, "text"), ""]
    lines += _grounds(finding)
    if finding.remedies:
        lines += _help(finding.remedies[0], finding)
    return "\n".join(lines) + "\n"


def _picture(finding: Finding) -> Iterator[str]:
    """The loop as a flowchart: https://mermaid.js.org/syntax/flowchart.html"""
    constructs = {node.resource: node.construct for node in finding.cycle if node.construct}
    ids: dict[str, str] = {}
    yield "flowchart LR"
    for hop in finding.hops:
        for name in (hop.source, hop.target):
            if name not in ids:
                ids[name] = f"n{len(ids) + 1}"
                yield f'  {ids[name]}["{escaped(wording.one_line(constructs.get(name, name)))}"]'
    for number, hop in enumerate(finding.hops, 1):
        shaft = "-.->" if hop.evidence in ("broad", "assumed") else "-->"
        yield f'  {ids[hop.source]} {shaft}|"{wording.circled(number)}"| {ids[hop.target]}'


def _steps(finding: Finding) -> Iterator[str]:
    yield "| | step | at |"
    yield "|---|---|---|"
    for number, hop in enumerate(finding.hops[:MOST_STEPS], 1):
        place = wording.place(wording.repository_path(hop.span.file), hop.span.line)
        yield f"| {wording.circled(number)} | {_text(_reason(hop))} | {_text(place)} |"
    if len(finding.hops) > MOST_STEPS:
        yield f"| | … and {len(finding.hops) - MOST_STEPS} more | |"


def _reason(hop: FindingHop) -> str:
    return f"{hop.reason} ({hop.evidence})"


def _source(finding: Finding, sources: Mapping[str, str]) -> Iterator[str]:
    """The lines that make the steps, those of the handlers too, each behind its file and number."""
    seen: set[tuple[str, int]] = set()
    for span, label in wording.lines_of(finding.hops[:MOST_STEPS]) or [(finding.span, "")]:
        lines = source_lines(sources[span.file]) if span.file in sources else ()
        if 1 <= span.line <= len(lines) and (span.file, span.line) not in seen:
            seen.add((span.file, span.line))
            text = wording.printable(lines[span.line - 1].expandtabs(4).rstrip())
            mark = label.split(" ")[0] if label else ""
            yield shortened(f"{wording.place(span.file, span.line)}: {text}  {mark}".rstrip(), MOST_LINE)


def _grounds(finding: Finding) -> Iterator[str]:
    told = [("because", text) for text in finding.because[:3]]
    told += [("against", text) for text in finding.guards[:3]]
    runtime = wording.runtime_line(finding)
    told += [("at run time", runtime)] if runtime else []
    price = wording.price_line(finding)
    told += [("costs", price)] if price else []
    copies = [wording.place(copy.file, copy.line) for copy in finding.copies[:10]]
    told += [("also in", ", ".join(copies))] if copies else []
    for key, text in told:
        yield f"* **{key}:** {_text(text)}"


def _help(remedy: Remedy, finding: Finding) -> Iterator[str]:
    cost = f" It costs: {_text(remedy.trade_off)}." if remedy.trade_off else ""
    yield f"* **help:** {_text(wording.remedy_line(remedy, finding))}.{cost}"
    changed = (remedy.diff or "").splitlines()
    if changed:
        shown = [shortened(wording.printable(line.expandtabs(4)), MOST_LINE) for line in changed[:MOST_DIFF]]
        more = [f"… {len(changed) - MOST_DIFF} more lines"] if len(changed) > MOST_DIFF else []
        yield from ("", "<details><summary>The change, as a patch</summary>", "")
        yield from _fenced([*shown, *more], "diff")
        yield from ("", "</details>")


def _fenced(lines: Iterator[str] | Sequence[str], language: str) -> list[str]:
    """Lines as a block of code, whose fence is longer than any that stands in them."""
    shown = list(lines)
    longest = max((len(run) for line in shown for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}{language}", *shown, fence]


def _text(text: str, most: int = MOST_TEXT) -> str:
    """A text of anybody's as Markdown that shows it, and does nothing else."""
    short = shortened(wording.one_line(text), most)
    # Two signs of the dollar would be a formula between them.
    return markdown(short).replace("$", "<span>$</span>")
