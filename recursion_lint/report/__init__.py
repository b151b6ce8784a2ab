"""The report in each format. A format's module is imported only when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recursion_lint.model.report import Report
    from recursion_lint.report.sarif import RuleInfo

FORMATS: tuple[str, ...] = (
    "text",
    "concise",
    "markdown",
    "json",
    "sarif",
    "github",
    "gitlab",
    "junit",
    "rdjson",
    "html",
)

STATISTICS = "statistics"
"""Counts in place of a report, rendered like a format."""

_MODULES = {"json": "json_report", "html": "html_report"}


def render(
    report: Report,
    format: str,
    *,
    color: bool = False,
    links: bool = False,
    quiet: bool = False,
    verbose: bool = False,
    width: int = 100,
    rules: Sequence[RuleInfo] = (),
) -> str:
    """``report`` in one of ``FORMATS``, or its ``STATISTICS``, always encodable as UTF-8.

    ``color``, ``links``, ``quiet``, ``verbose`` and ``width`` concern text only, ``rules`` (name, code, summary, page)
    SARIF only.
    Raises ``ValueError`` for an unknown format.
    """
    if format not in (*FORMATS, STATISTICS):
        raise ValueError(f"unknown format {format!r}: choose one of {', '.join(FORMATS)}")
    if format == "text":
        from recursion_lint.report import text

        result = text.render(report, color=color, links=links, quiet=quiet, verbose=verbose, width=width)
    elif format == "sarif":
        from recursion_lint.report import sarif

        result = sarif.render(report, rules)
    else:
        result = import_module(f"{__name__}.{_MODULES.get(format, format)}").render(report)
    # A JSON template may hold half of a surrogate pair, which no output stream can encode.
    written = result.encode("utf-8", "replace").decode("utf-8")
    if "##" not in written and "::" not in written:
        return written
    from recursion_lint.report.escapes import harmless

    return harmless(written, format)
