"""The end of an audit: the table by rule and folder, and where to cut."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from report_samples import full_report, s3_finding, sqs_finding

from recursion_lint.model.findings import CodeVerdict, Finding, FindingHop, HopCode, Severity, Span
from recursion_lint.model.report import Report, Summary
from recursion_lint.report import render
from recursion_lint.report.overview import MAX_ROWS


def found(file: str, grant: int, severity: Severity = "warning", rule: str = "sqs-loop") -> Finding:
    """A loop of a trigger and a grant, the grant on line ``grant`` of shared.yaml."""
    trigger = Span(file, 2, 1, 2, 9)
    hops = (
        FindingHop("Queue", "Worker", "trigger", "declared", "triggers", trigger),
        FindingHop("Worker", "Queue", "write", "granted", "may", Span("shared.yaml", grant, 1, grant, 5)),
    )
    return Finding(rule, "R1200", severity, "likely", "loops", trigger, (), hops, fingerprint=file)


def audit(*findings: Finding, templates: int = 2) -> Report:
    return Report(findings, summary=Summary(templates=templates))


def ending(report: Report, **options: bool) -> list[str]:
    """The lines of the text report from the table on."""
    lines = render(report, "text", **options).splitlines()  # type: ignore[arg-type]
    starts = [at for at, line in enumerate(lines) if "Findings by rule and folder" in line]
    return lines[starts[0] :] if starts else []


def test_golden(golden: Callable[[str, str], None]) -> None:
    many = (
        found("a/t.yaml", 7),
        found("a/u.yaml", 7, "error"),
        found("b/t.yaml", 7, "error"),
        found("t.yaml", 30),
    )
    findings = (*many, found("キュー/t.yaml", 7, "info"), s3_finding(), sqs_finding())
    golden("report/audit.txt", "\n".join(ending(audit(*findings))) + "\n")


@pytest.mark.parametrize(
    "report",
    [
        audit(found("a.yaml", 1), found("b.yaml", 1), templates=1),
        audit(found("a.yaml", 1)),
        audit(found("a.yaml", 1), found("b.yaml", 1)._replace(hops=())),
        audit(),
    ],
)
def test_no_table_for_one_template_or_one_loop(report: Report) -> None:
    assert ending(report) == []


def test_quiet_leaves_it_out() -> None:
    assert ending(full_report()) != []
    assert ending(full_report(), quiet=True) == []


def test_no_cut_where_every_loop_needs_its_own() -> None:
    assert not any("meet at" in line for line in ending(audit(found("a.yaml", 1), found("b.yaml", 2))))


def test_info_is_counted_but_not_cut() -> None:
    lines = ending(audit(found("a.yaml", 1), found("b.yaml", 1, "info"), found("c.yaml", 1, "info")))
    assert lines[2].split() == ["sqs-loop", ".", "-", "1", "2"]
    assert not any("meet at" in line for line in lines)


def test_one_grant() -> None:
    lines = ending(audit(found("a.yaml", 1), found("b.yaml", 1)))
    assert "All 2 loops meet at this permission (errors and warnings):" in lines
    assert "  shared.yaml:1: Worker → Queue (2 loops)" in lines


def _said(finding: Finding, verdict: CodeVerdict) -> Finding:
    return finding._replace(
        hops=(finding.hops[0], finding.hops[1]._replace(code=HopCode(verdict, read=("app.py",))))
    )


def test_only_what_the_code_does_not_use_is_to_be_removed() -> None:
    one, other = found("a.yaml", 1), found("b.yaml", 1)
    told = "Removing this permission, which the code does not use, ends all 2 loops (errors and warnings):"
    assert told in ending(audit(_said(one, "never"), _said(other, "elsewhere")))
    used: tuple[CodeVerdict, ...] = ("writes-back", "may", "unread")
    for verdict in used:
        assert "All 2 loops meet at this permission (errors and warnings):" in ending(
            audit(_said(one, "never"), _said(other, verdict))
        )


def test_what_no_write_makes_is_told() -> None:
    forward = found("c.yaml", 9)
    forward = forward._replace(
        hops=(forward.hops[0], forward.hops[1]._replace(kind="forward", evidence="declared"))
    )
    lines = ending(audit(found("a.yaml", 1), found("b.yaml", 1), forward))
    assert "2 of 3 loops meet at this permission (errors and warnings):" in lines


def test_declared_writes_are_no_grants() -> None:
    findings = [found(f"{name}.yaml", 1) for name in "ab"]
    declared = [
        one._replace(hops=(one.hops[0], one.hops[1]._replace(evidence="declared"))) for one in findings
    ]
    assert any(line.startswith("All 2 loops meet at this write") for line in ending(audit(*declared)))


def test_a_long_table_is_cut() -> None:
    findings = [found(f"folder{number:02}/t.yaml", number) for number in range(1, MAX_ROWS + 6)]
    lines = ending(audit(*findings))
    assert lines[1 + MAX_ROWS].split()[1] == f"folder{MAX_ROWS:02}"
    assert lines[2 + MAX_ROWS] == "  … and 5 more rows"


def test_it_cannot_steer_the_terminal_and_ignores_the_order_of_findings() -> None:
    findings = (found("a\x1b[2J/t.yaml", 1), found("b/t.yaml", 1, "error"))
    assert "\x1b" not in "".join(ending(audit(*findings)))
    assert ending(audit(*findings)) == ending(audit(*findings[::-1]))


def test_two_loops_through_one_grant_of_which_the_code_of_one_was_read() -> None:
    """One statement for two functions, the code of one of them unread."""
    one, other = found("a.yaml", 9), found("a.yaml", 9, rule="s3-loop")
    read = tuple(hop._replace(code=HopCode("writes-back", None)) for hop in other.hops)
    report = audit(one, other._replace(hops=read))
    assert "(2 loops)" in render(report, "text")
