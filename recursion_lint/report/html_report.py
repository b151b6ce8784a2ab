"""The report as one page for a browser: findings to filter, each loop drawn beside its lines, the ways out."""

from __future__ import annotations

from recursion_lint.graph.event_graph import link
from recursion_lint.model.report import Report
from recursion_lint.report.graph.scene import Picture, arranged
from recursion_lint.report.page import page
from recursion_lint.report.page.content import content


def render(report: Report) -> str:
    """The page, with the graph of the run where it is known; a report made by hand has its loops only."""
    picture = report.pictured() if report.pictured is not None else None
    if isinstance(picture, Picture):
        return page(content(picture.scene, picture.texts, report))
    return page(content(arranged(link(()), report.findings, {}), report.sources.get, report))
