"""Findings below a level are counted and not told; links and counts of the report for a terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from report_samples import full_report, sqs_report

import recursion_lint.version
from recursion_lint import Config, lint
from recursion_lint.cli.main import main
from recursion_lint.config import ConfigError
from recursion_lint.model.findings import Confidence, Severity
from recursion_lint.model.report import Report, Summary
from recursion_lint.report import render

ROOT = Path(__file__).resolve().parent.parent
CASE = str(ROOT / "fixtures/sqs-loop/wrong-variable/template.yaml")
INFO = "fixtures/sqs-loop/for-each/near-miss.yaml"


@pytest.fixture(scope="module")
def everything() -> Report:
    return lint([str(ROOT / "fixtures" / "sqs-loop")])


@pytest.mark.parametrize(
    ("severity", "confidence"),
    [
        ("info", "weak"),
        ("warning", "weak"),
        ("error", "weak"),
        ("info", "possible"),
        ("info", "likely"),
        ("warning", "likely"),
    ],
)
def test_what_is_below_the_levels_is_counted(
    everything: Report, severity: Severity, confidence: Confidence
) -> None:
    levels, sure = ("error", "warning", "info"), ("certain", "likely", "possible", "weak")
    report = lint(
        [str(ROOT / "fixtures" / "sqs-loop")], Config(min_severity=severity, min_confidence=confidence)
    )
    kept = [
        one.fingerprint
        for one in everything.findings
        if levels.index(one.severity) <= levels.index(severity)
        and sure.index(one.confidence) <= sure.index(confidence)
    ]
    assert [one.fingerprint for one in report.findings] == kept
    # Copies of a finding are one finding, and are counted one by one here.
    assert (report.summary.hidden == 0) == (len(kept) == len(everything.findings))
    assert report.summary.error + report.summary.warning + report.summary.info == len(kept)


def test_levels_that_there_are_not_are_refused() -> None:
    with pytest.raises(ConfigError, match="min_severity must be one of error, warning, info"):
        lint([CASE], Config(min_severity="errors"))  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="did you mean 'likely'"):
        lint([CASE], Config(min_confidence="likly"))  # type: ignore[arg-type]


def test_a_run_that_hides_findings_says_so(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["check", CASE, "--min-confidence", "certain"]) == 0
    assert capsys.readouterr().out.startswith(
        "Nothing to report (1 below the level that is reported). Checked 1 "
    )
    assert main(["check", CASE, "--min-confidence", "certain", "-f", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["summary"]["hidden"] == 1


def test_a_suppression_of_a_hidden_finding_is_of_use(tmp_path: Path) -> None:
    text = (
        Path(CASE)
        .read_text()
        .replace("        Job:\n", "        # recursion-lint: ignore -- meant\n        Job:\n")
    )
    (tmp_path / "t.yaml").write_text(text)
    report = lint([tmp_path], Config(min_severity="error", min_confidence="certain"))
    assert (report.findings, report.summary.suppressed) == ((), 1)


def test_statistics_count_by_rule() -> None:
    assert render(full_report(), "statistics").splitlines() == [
        "rule                   error  warning  info  all",
        "sqs-loop                   1        -     -    1",
        "s3-loop                    -        1     -    1",
        "wildcard-in-s3-filter      -        -     1    1",
        render(full_report(), "text").splitlines()[-1].partition(" 2 notes")[0],
    ]
    assert render(Report(summary=Summary(templates=1)), "statistics").startswith("No loops found")


def test_a_terminal_gets_links_where_the_address_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = render(sqs_report(), "text")
    assert render(sqs_report(), "text", links=True) == plain
    monkeypatch.setattr(recursion_lint.version, "rule_pages", lambda: "https://example.org/rules/")
    assert render(sqs_report(), "text") == plain
    linked = render(sqs_report(), "text", links=True)
    link = "\x1b]8;;https://example.org/rules/sqs-loop.md\x1b\\error[sqs-loop]\x1b]8;;\x1b\\"
    assert linked == plain.replace("error[sqs-loop]", link)
    assert "\x1b" not in render(sqs_report(), "concise", links=True)
    (run,) = json.loads(render(sqs_report(), "sarif"))["runs"]
    (rule,) = run["tool"]["driver"]["rules"]
    assert rule["helpUri"] == "https://example.org/rules/sqs-loop.md"


@pytest.mark.parametrize(
    ("urls", "found"),
    [
        (["Rules, https://example.org/rules"], "https://example.org/rules/"),
        (["Home, https://example.org/", "Rules,https://example.org/r/"], "https://example.org/r/"),
        (["Home, https://example.org/"], ""),
        (["Rules, javascript:alert(1)"], ""),
        ([], ""),
    ],
)
def test_the_address_is_the_one_of_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, urls: list[str], found: str
) -> None:
    installed = tmp_path / "recursion_lint-9.dist-info"
    installed.mkdir()
    lines = [
        "Metadata-Version: 2.4",
        "Name: recursion-lint",
        "Version: 9",
        *(f"Project-URL: {one}" for one in urls),
    ]
    (installed / "METADATA").write_text("\n".join(lines) + "\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    recursion_lint.version.rule_pages.cache_clear()
    try:
        assert recursion_lint.version.rule_pages() == found
        assert recursion_lint.version.page_of("s3-loop") == (f"{found}s3-loop.md" if found else "")
    finally:
        monkeypatch.undo()
        recursion_lint.version.rule_pages.cache_clear()


def test_no_address_is_made_up() -> None:
    (run,) = json.loads(render(sqs_report(), "sarif"))["runs"]
    assert "helpUri" not in run["tool"]["driver"]["rules"][0]
