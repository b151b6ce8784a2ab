"""A report on templates that the CDK synthesised, told at the lines of the app: nobody edits ``cdk.out``."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from recursion_lint.model.findings import CycleNode, Finding, Report, Span
from recursion_lint.template.cloud_assembly import Construct, constructs
from recursion_lint.template.yaml.files import SourceError, read_text


def at_app_source(report: Report) -> Report:
    """The report with constructs named, and each place that the app's own line is known for moved there."""
    known: dict[str, tuple[Construct, ...]] = {}

    def of(file: str) -> Sequence[Construct]:
        if file not in known:
            known[file] = constructs(file, report.sources.get(file, ""))
        return known[file]

    findings = tuple(_told(finding, of) for finding in report.findings)
    if findings == report.findings:
        return report
    shown = {file for finding in findings for file in finding.files}
    more = {file: text for file in sorted(shown - set(report.sources)) if (text := _text(file)) is not None}
    return report._replace(findings=findings, sources={**report.sources, **more})


def _told(finding: Finding, of: Callable[[str], Sequence[Construct]]) -> Finding:
    def moved(span: Span) -> Span:
        own = next((one for one in of(span.file) if one.first_line <= span.line <= one.last_line), None)
        return own.made_at if own is not None and own.made_at is not None else span

    def named(node: CycleNode) -> CycleNode:
        own = next((one for one in of(node.file) if one.logical_id == node.resource.split("/")[-1]), None)
        return node._replace(construct=own.path) if own is not None else node

    return finding._replace(
        span=moved(finding.span),
        template=finding.span if moved(finding.span) != finding.span else None,
        cycle=tuple(named(node) for node in finding.cycle),
        hops=tuple(hop._replace(span=moved(hop.span)) for hop in finding.hops),
    )


def _text(file: str) -> str | None:
    try:
        return read_text(file)
    except SourceError:
        return None
