"""The reports on several deployments of the same templates → one, which tells apart what is not in all of them."""

from __future__ import annotations

from collections.abc import Sequence

from recursion_lint.assessment.suppress import UNUSED
from recursion_lint.config import Config
from recursion_lint.model.findings import Finding, severity_rank
from recursion_lint.model.report import Report
from recursion_lint.report.wording import worst_first


def together(reports: Sequence[tuple[Config, Report]]) -> Report:
    """One report; a finding that some deployments do not have says which do, the worst of it is told."""
    first = reports[0][1]
    names = [_name(config) for config, _ in reports]
    found: dict[object, list[tuple[str, Finding]]] = {}
    for name, (_, report) in zip(names, reports, strict=True):
        for finding in report.findings:
            found.setdefault((finding.rule, finding.fingerprint, finding.span), []).append((name, finding))
    findings = tuple(
        worst_first(
            told
            for those in found.values()
            for told in (_told(those, len(reports)),)
            # What one deployment has no use for, another may need.
            if told.rule != UNUSED or len(those) == len(reports)
        )
    )
    levels = [finding.severity for finding in findings]
    every = [report for _, report in reports]
    suppressed = {one.fingerprint: (one, reason) for report in every for one, reason in report.suppressed}
    return first._replace(
        findings=findings,
        notes=tuple(dict.fromkeys(note for report in every for note in report.notes)),
        problems=tuple(dict.fromkeys(problem for report in every for problem in report.problems)),
        summary=first.summary._replace(
            error=levels.count("error"),
            warning=levels.count("warning"),
            info=levels.count("info"),
            suppressed=len(suppressed),
            baselined=max(report.summary.baselined for report in every),
            hidden=max(report.summary.hidden for report in every),
            unchanged=max(report.summary.unchanged for report in every),
        ),
        sources={file: text for report in reversed(every) for file, text in report.sources.items()},
        elapsed=sum(report.elapsed for report in every),
        suppressed=tuple(suppressed.values()),
        unfinished=next((report.unfinished for report in every if report.unfinished), ""),
        warnings=tuple(dict.fromkeys(warning for report in every for warning in report.warnings)),
    )


def _told(those: Sequence[tuple[str, Finding]], all_of_them: int) -> Finding:
    """The worst of a finding in several deployments, with the names of those that have it where some do not."""
    worst = min((finding for _, finding in those), key=lambda one: severity_rank(one.severity))
    names = [name for name, finding in those if finding.severity == worst.severity]
    if len(names) == all_of_them:
        return worst
    return worst._replace(only_where=(*worst.only_where, f"it is deployed with {' or '.join(names)}"))


def _name(config: Config) -> str:
    return " and ".join(one.file for one in config.deployments)
