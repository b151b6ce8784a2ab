"""A report on templates that the CDK synthesised, told at the lines of the app: nobody edits ``cdk.out``."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from recursion_lint.model.findings import CycleNode, Finding, FindingHop, Span, Synthesised
from recursion_lint.model.report import Report
from recursion_lint.template.cloud_assembly import Construct, constructs
from recursion_lint.template.yaml.files import SourceError, read_text


def at_app_source(report: Report) -> Report:
    """The report with constructs named, and each place that the app's own line is known for moved there."""
    known: dict[str, tuple[Construct, ...]] = {}

    def of(file: str) -> Sequence[Construct]:
        if file not in known:
            known[file] = constructs(file, report.sources.get(file, ""))
        return known[file]

    lines: dict[str, Sequence[str]] = {}

    def whole(span: Span) -> Span:
        if span.column:
            return span
        if span.file not in lines:
            lines[span.file] = (_text(span.file) or "").splitlines()
        return _whole_line(span, lines[span.file])

    findings = tuple(_told(finding, of, whole) for finding in report.findings)
    if findings == report.findings:
        return report
    shown = {file for finding in findings for file in finding.files}
    more = {file: text for file in sorted(shown - set(report.sources)) if (text := _text(file)) is not None}
    return report._replace(findings=findings, sources={**report.sources, **more})


def _whole_line(span: Span, lines: Sequence[str]) -> Span:
    """The line from its first letter to its end, for a place whose column nobody tells."""
    line = lines[span.line - 1].rstrip() if 1 <= span.line <= len(lines) else ""
    start = len(line) - len(line.lstrip()) + 1
    return span._replace(column=start, end_column=max(len(line), start) + 1)


def _told(
    finding: Finding, of: Callable[[str], Sequence[Construct]], whole: Callable[[Span], Span]
) -> Finding:
    def made(span: Span) -> Construct | None:
        # YAML ends a resource where the next one begins.
        within = [one for one in of(span.file) if one.first_line <= span.line <= one.last_line]
        return max(within, key=lambda one: one.first_line, default=None)

    def moved(span: Span) -> Span:
        own = made(span)
        return whole(own.made_at) if own is not None and own.made_at is not None else span

    def told(hop: FindingHop) -> FindingHop:
        at = moved(hop.span)
        return hop._replace(span=at, template=hop.span) if at != hop.span else hop

    def named(node: CycleNode) -> CycleNode:
        own = next((one for one in of(node.file) if one.logical_id == node.resource.split("/")[-1]), None)
        return node._replace(construct=own.path) if own is not None else node

    own = made(finding.span)
    return finding._replace(
        span=moved(finding.span),
        template=Synthesised(finding.span, own.logical_id, own.path) if own is not None else None,
        cycle=tuple(named(node) for node in finding.cycle),
        hops=tuple(told(hop) for hop in finding.hops),
    )


def _text(file: str) -> str | None:
    try:
        return read_text(file)
    except SourceError:
        return None
