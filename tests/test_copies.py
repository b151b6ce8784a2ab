"""Copies and variants of one template: told once where they say the same, each in its place where they do not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recursion_lint.assessment.baseline import parse, render
from recursion_lint.cli.main import main
from recursion_lint.config import Config
from recursion_lint.model.findings import Finding
from recursion_lint.report import render as report_as
from recursion_lint.run.lint import lint, remedied

LOOP = """
Description: one
Transform: AWS::Serverless-2016-10-31
Resources:
  Jobs: {Type: AWS::SQS::Queue NAME}
  Work:
    Type: AWS::Serverless::Function
    Properties:
      Policies: [{SQSSendMessagePolicy: {QueueName: !GetAtt Jobs.QueueName}}]
      Events:
        Job: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}
"""
PLAIN = LOOP.replace(" NAME", "")


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def found(**texts: str) -> tuple[Finding, ...]:
    for name, text in texts.items():
        Path(f"{name}.yaml").write_text(text, encoding="utf-8")
    return lint(["."]).findings


def test_copies_are_one_finding_that_lists_the_files() -> None:
    (finding,) = found(a=PLAIN, b=PLAIN.replace("one", "two"), c=PLAIN)
    assert finding.span.file == "a.yaml"
    assert [(copy.file, copy.line) for copy in finding.copies] == [("b.yaml", 11), ("c.yaml", 11)]
    text = report_as(lint(["."]), "text")
    assert "also in: b.yaml:11 and 1 more file (-v lists them)" in text
    assert "1 warning" in text
    (written,) = json.loads(report_as(lint(["."]), "json"))["findings"]
    assert [copy["file"] for copy in written["also_in"]] == ["b.yaml", "c.yaml"]
    assert "also in b.yaml, c.yaml" in report_as(lint(["."]), "sarif")


def test_what_stands_elsewhere_or_says_more_is_no_copy() -> None:
    assert len(found(a=PLAIN, b="# moved\n" + PLAIN)) == 2
    assert len(found(a=PLAIN, b=PLAIN.replace("Work", "Task"))) == 2
    told = PLAIN + "      Environment: {Variables: {NEXT_QUEUE: !Ref Jobs}}\n"
    assert sorted(one.severity for one in found(a=PLAIN, b=told)) == ["error", "warning"]


SENDS = """\
import boto3, os
def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl=os.environ["URL"], MessageBody="again")
"""


@pytest.mark.parametrize(
    ("other", "severities"),
    [
        (SENDS, ["error"]),
        ("# moved\n" + SENDS, ["error", "error"]),
        ("def handler(event, context):\n    print(event)\n", ["error", "info"]),
    ],
)
def test_copies_with_their_code_are_one_where_the_code_says_the_same(
    other: str, severities: list[str]
) -> None:
    told = "      Runtime: python3.13\n      Handler: app.handler\n      CodeUri: src/\n"
    template = PLAIN + told + "      Environment: {Variables: {URL: !Ref Jobs}}\n"
    for folder, code in (("one", SENDS), ("two", other)):
        Path(folder, "src").mkdir(parents=True)
        Path(folder, "src", "app.py").write_text(code, encoding="utf-8")
        Path(folder, "template.yaml").write_text(template, encoding="utf-8")
    assert [finding.severity for finding in lint(["."]).findings] == severities


def test_a_suppression_and_a_baseline_hold_for_each_file() -> None:
    accepted = PLAIN.replace(
        "        Job:", "        # recursion-lint: ignore[sqs-loop] -- here only\n        Job:"
    )
    (finding,) = found(a=accepted, b=PLAIN)
    assert (finding.span.file, finding.copies) == ("b.yaml", ())
    findings = found(a=PLAIN, b=PLAIN)
    assert [entry.file for entry in parse(render(findings))] == ["a.yaml", "b.yaml"]
    Path("accepted.json").write_text(render(findings[:1]), encoding="utf-8")
    assert lint(["."], Config(baseline="accepted.json")).findings == ()


def test_a_fix_mends_every_copy() -> None:
    found(a=PLAIN, b=PLAIN)
    _, plan = remedied(["."], Config(unsafe_fixes=True))
    assert sorted(plan.texts) == ["a.yaml", "b.yaml"]


def test_variants_that_share_their_names_are_each_told_in_their_place() -> None:
    """A queue and a role of one name in three files are one to whoever reads only names; no loop mixes the files."""
    named = LOOP.replace(" NAME", ", Properties: {QueueName: acme}")
    named = named.replace(
        "    Properties:\n      Pol", "    Properties:\n      FunctionName: work\n      Pol"
    )
    findings = found(a=named, b="# for China\n" + named, c="# for\n# the government\n" + named)
    assert [(one.span.file, one.span.line) for one in findings] == [
        ("a.yaml", 12),
        ("b.yaml", 13),
        ("c.yaml", 14),
    ]
    for finding in findings:
        assert finding.files == {finding.span.file}


def test_as_many_are_accepted_as_a_check_leaves_out(capsys: pytest.CaptureFixture[str]) -> None:
    found(a=PLAIN, b=PLAIN, c=PLAIN)
    main(["baseline"])
    assert "Accepted 3 findings" in capsys.readouterr().out
    main(["check", "--baseline", ".recursion-lint-baseline.json"])
    assert "3 baselined" in capsys.readouterr().out
