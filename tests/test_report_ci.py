"""The formats of the build servers: GitHub annotations, GitLab Code Quality, JUnit, reviewdog."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from report_samples import (
    S3_NEW,
    clean_report,
    filter_finding,
    full_report,
    minified_report,
    s3_finding,
    span,
    sqs_finding,
    sqs_report,
)

from recursion_lint.model.findings import Finding, Remedy, Severity, Span, TextEdit
from recursion_lint.model.report import Problem, Report, Summary
from recursion_lint.report import render

COMMAND = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)")


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """The workflow commands as the runner reads them."""
    found = []
    for line in text.splitlines():
        match = COMMAND.fullmatch(line)
        if match:
            properties = dict(part.split("=", 1) for part in match[2].split(","))
            found.append(
                (match[1], {key: unescape(value) for key, value in properties.items()}, unescape(match[3]))
            )
    return found


def unescape(text: str) -> str:
    for code, letter in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, letter)
    return text


def many(severity: Severity, number: int) -> tuple[Finding, ...]:
    return tuple(
        sqs_finding()._replace(severity=severity, span=span(line, 1, line, 5))
        for line in range(1, number + 1)
    )


def test_github_annotations_worst_first_and_a_plain_summary() -> None:
    text = render(full_report(), "github")
    assert [name for name, _, _ in commands(text)] == ["error", "error", "warning", "notice"]
    (_, problem, said), (_, sqs, told), (_, s3, _), _ = commands(text)
    assert (problem["file"], problem["line"]) == ("broken.yaml", "3")
    assert said == "mapping values are not allowed here"
    assert sqs == {
        "file": "template.yaml",
        "line": "34",
        "col": "9",
        "endLine": "34",
        "endColumn": "13",
        "title": "recursion-lint (sqs-loop)",
    }
    assert told.startswith(
        "Worker may re-queue to the queue that triggers it\nJobQueue ─①→ Worker ─②→ JobQueue\n"
    )
    assert "② Worker may send to JobQueue (template.yaml:29)" in told.split("\n")
    assert "help: send to another queue (breaks ②): set NEXT_QUEUE and the policy to OutputQueue" in told
    # Columns of a span of several lines would make GitHub drop the annotation's place.
    assert s3 == {
        "file": "stacks/pictures.yaml",
        "line": "7",
        "endLine": "8",
        "title": "recursion-lint (s3-loop)",
    }
    assert text.splitlines()[-1].startswith("1 error, 1 warning, 1 info (2 suppressed, 4 baselined). Checked")


def test_github_escapes() -> None:
    finding = filter_finding()._replace(
        message="50%: a, b :: c\n::error::d", span=span(1, 1, 1, 2, "./a,b:c%41.yaml")
    )
    text = render(Report((finding,)), "github")
    line = text.splitlines()[0]
    assert line.startswith("::notice file=a%2Cb%3Ac%2541.yaml,line=1,col=1,endLine=1,endColumn=2,title=")
    assert (
        line.split("::", 2)[2]
        == "50%25: a, b :: c ::error::d%0Adocs: recursion-lint explain wildcard-in-s3-filter"
    )
    assert len(text.splitlines()) == 2


def test_github_shows_ten_of_a_level_and_logs_the_rest() -> None:
    text = render(Report((*many("info", 12), *many("error", 11), *many("warning", 10))), "github")
    names = [name for name, _, _ in commands(text)]
    assert names == ["error"] * 10 + ["warning"] * 10 + ["notice"] * 10
    plain = [line for line in text.splitlines() if not line.startswith("::")]
    assert plain[0] == "3 more findings in the log: GitHub shows ten annotations of a level:"
    assert (
        plain[1] == "error[sqs-loop]: template.yaml:11:1: Worker may re-queue to the queue that triggers it"
    )
    assert [line[:4] for line in plain[1:4]] == ["erro", "info", "info"]
    assert len(plain) == 5


def test_github_says_how_many_are_hidden_in_a_notice_where_one_is_left() -> None:
    text = render(Report(many("error", 11)), "github")
    name, properties, message = commands(text)[-1]
    assert (name, properties["title"]) == ("notice", "recursion-lint")
    assert message.startswith("1 more finding in the log")
    assert "more finding" not in render(Report(many("error", 10)), "github")


def test_github_clean() -> None:
    assert render(clean_report(), "github") == (
        "No loops found. Checked 2 templates: 1 resource, 0 triggers, 0 writes in 4 ms.\n"
    )


def issues(report: Report) -> list[dict[str, Any]]:
    result: list[dict[str, Any]] = json.loads(render(report, "gitlab"))
    return result


def test_gitlab() -> None:
    problem, sqs, s3, suffix = issues(full_report())
    assert problem["check_name"] == "unreadable-template"
    assert sqs == {
        "description": "Worker may re-queue to the queue that triggers it: JobQueue ─①→ Worker ─②→ JobQueue",
        "check_name": "sqs-loop",
        "fingerprint": "4f6c1d0f",
        "severity": "critical",
        "location": {"path": "template.yaml", "lines": {"begin": 34, "end": 34}},
    }
    assert [issue["severity"] for issue in (problem, s3, suffix)] == ["blocker", "major", "info"]
    assert issues(clean_report()) == []


def test_gitlab_fingerprints_are_unique_and_stable() -> None:
    nameless = filter_finding()._replace(fingerprint="")
    report = Report(
        (*many("error", 3), nameless, nameless._replace(rule="other-loop")), problems=(Problem("x", 0, "m"),)
    )
    prints = [issue["fingerprint"] for issue in issues(report)]
    assert len(set(prints)) == 6
    assert all(prints)
    assert prints[1] == "4f6c1d0f"
    assert prints == [issue["fingerprint"] for issue in issues(report)]
    moved = nameless._replace(span=span(99, 1, 99, 2, nameless.span.file))
    assert issues(Report((moved,)))[0]["fingerprint"] == issues(Report((nameless,)))[0]["fingerprint"]


def test_gitlab_paths_have_no_leading_dot() -> None:
    report = Report(
        (filter_finding()._replace(span=span(1, 1, 1, 2, ".//x/t.yaml")),), problems=(Problem("p", 0, "m"),)
    )
    assert [issue["location"] for issue in issues(report)] == [
        {"path": "p", "lines": {"begin": 1, "end": 1}},
        {"path": "x/t.yaml", "lines": {"begin": 1, "end": 1}},
    ]


@pytest.mark.parametrize("report", [sqs_report(), full_report(), clean_report(), minified_report()])
def test_junit_counts(report: Report) -> None:
    junitparser = pytest.importorskip("junitparser")
    parsed = junitparser.JUnitXml.fromstring(render(report, "junit").encode())
    counted = (parsed.tests, parsed.failures, parsed.errors)
    parsed.update_statistics()
    assert counted == (parsed.tests, parsed.failures, parsed.errors)
    assert parsed.tests == max(len(report.findings) + len(report.problems), 1)
    assert parsed.failures == len(report.findings)


def test_junit_cases() -> None:
    root = ET.fromstring(render(full_report(), "junit"))
    cases = root.findall("./testsuite/testcase")
    assert [case.get("classname") for case in cases] == [
        "broken.yaml",
        "template.yaml",
        "stacks/pictures.yaml",
        "stacks/pictures.yaml",
    ]
    assert cases[0].find("error") is not None
    failure = cases[1].find("failure")
    assert failure is not None
    assert failure.get("type") == "error"
    assert failure.get("message") == "Worker may re-queue to the queue that triggers it"
    assert (failure.text or "").startswith("template.yaml:34:9: error[sqs-loop] Worker may re-queue")
    assert "34 |         Jobs:" in (failure.text or "")
    assert (cases[1].get("file"), cases[1].get("line")) == ("template.yaml", "34")
    assert cases[1].get("name") == "sqs-loop: Worker may re-queue to the queue that triggers it"


def test_junit_clean_run_has_one_passing_case() -> None:
    cases = ET.fromstring(render(clean_report(), "junit")).findall("./testsuite/testcase")
    assert [(case.get("name"), len(case)) for case in cases] == [("no loops", 0)]


def test_junit_writes_only_what_xml_allows() -> None:
    finding = filter_finding()._replace(
        message='<&"\x00\x1b\ufffe>', also=("\x08",), span=span(1, 1, 1, 2, "a\x01&b")
    )
    case = ET.fromstring(render(Report((finding,)), "junit")).find("./testsuite/testcase")
    assert case is not None
    assert case.get("name") == 'wildcard-in-s3-filter: <&"\ufffd\ufffd\ufffd>'


def diagnostics(report: Report) -> list[dict[str, Any]]:
    document = json.loads(render(report, "rdjson"))
    assert document["source"] == {"name": "recursion-lint"}
    result: list[dict[str, Any]] = document["diagnostics"]
    return result


def test_rdjson() -> None:
    problem, sqs, s3, suffix = diagnostics(full_report())
    assert (problem["severity"], problem["location"]["path"]) == ("ERROR", "broken.yaml")
    assert sqs["location"] == {
        "path": "template.yaml",
        "range": {"start": {"line": 34, "column": 9}, "end": {"line": 34, "column": 13}},
    }
    assert sqs["code"] == {"value": "sqs-loop"}
    assert [each["severity"] for each in (sqs, s3, suffix)] == ["ERROR", "WARNING", "INFO"]
    assert "JobQueue ─①→ Worker ─②→ JobQueue" in sqs["message"].split("\n")
    assert diagnostics(clean_report()) == []


def test_rdjson_counts_bytes() -> None:
    finding = filter_finding()._replace(span=span(1, 4, 1, 6, "t"))
    report = Report((finding,), sources={"t": "é: キュー"}, summary=Summary())
    assert diagnostics(report)[0]["location"]["range"] == {
        "start": {"line": 1, "column": 5},
        "end": {"line": 1, "column": 11},
    }


def test_rdjson_suggests_one_edit_of_the_same_file_only() -> None:
    own = TextEdit(Span("stacks/pictures.yaml", 11, 1, 12, 1), S3_NEW)
    other_file = own._replace(span=own.span._replace(file="stacks/role.yaml"))
    below = TextEdit(Span("stacks/pictures.yaml", 20, 1, 21, 1), "b\n")
    remedy = Remedy("narrow-grant", "narrow", 2, "", "unsafe", edits=(own,))

    def suggested(*remedies: Remedy) -> Any:
        return diagnostics(Report((s3_finding()._replace(remedies=remedies),)))[0].get("suggestions")

    wanted = [
        {
            "range": {"start": {"line": 11, "column": 1}, "end": {"line": 12, "column": 1}},
            "text": "                Resource: !Sub arn:aws:s3:::${Bucket}/thumbnails/*\n",
        }
    ]
    assert suggested(remedy) == wanted
    assert suggested(remedy._replace(edits=()), remedy, remedy) == wanted
    for other in (
        remedy._replace(edits=(other_file,)),
        remedy._replace(edits=(own, below)),
        remedy._replace(applicability="manual"),
    ):
        assert suggested(other) is None
