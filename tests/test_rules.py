"""What every rule owes its reader: a name, a code, a page, cases."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from recursion_lint.rules import NAMES, all_rules

from recursion_lint.assessment.ruleset import Rule
from recursion_lint.cli.commands import program
from recursion_lint.model.findings import SEVERITIES

ROOT = Path(__file__).resolve().parent.parent
HEADINGS = [
    "## What it finds",
    "## Why it is bad",
    "## Example",
    "## How to break it",
    "## What is not reported",
    "## Read more",
]
CONTRACT = {
    "s3-loop",
    "sqs-loop",
    "sns-loop",
    "dynamodb-loop",
    "kinesis-loop",
    "firehose-loop",
    "eventbridge-loop",
    "lambda-loop",
    "stepfunctions-loop",
    "logs-loop",
    "iot-loop",
    "api-call-loop",
    "other-loop",
    "s3-access-log-loop",
    "cloudtrail-loop",
    "overlapping-notifications",
    "circular-notification",
    "wildcard-in-s3-filter",
    "recursion-detection-off",
    "unused-suppression",
}

every_rule = pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.name)


def test_codes_are_unique_and_in_order() -> None:
    codes = [rule.code for rule in all_rules()]
    assert codes == sorted(set(codes))


def test_every_module_is_a_rule_and_named_like_it() -> None:
    modules = {file.stem for file in (ROOT / "rules").glob("*.py")} - {"__init__"}
    assert {rule.name.replace("-", "_") for rule in all_rules()} == set(NAMES)
    assert set(NAMES) <= modules


@every_rule
def test_name_and_code(rule: Rule) -> None:
    assert rule.name in CONTRACT
    assert re.fullmatch(r"R\d{4}", rule.code)
    assert rule.severities
    assert list(rule.severities) == [level for level in SEVERITIES if level in rule.severities]


@every_rule
def test_page_has_its_parts_in_order(rule: Rule) -> None:
    lines = rule.page.splitlines()
    assert [line for line in lines if line.startswith("#")] == HEADINGS
    assert re.fullmatch(r"[A-Z].{20,90}\.", lines[0]), "the first line is a sentence"
    assert rule.summary == lines[0].rstrip(".")
    for heading in HEADINGS:
        assert len(section(rule, heading)) > 60, heading


@every_rule
def test_page_shows_an_example_and_links_to_aws(rule: Rule) -> None:
    assert "```yaml\n" in section(rule, "## Example")
    assert "https://docs.aws.amazon.com/" in section(rule, "## Read more")
    assert re.search(r"(?m)^1\. ", section(rule, "## How to break it"))


@every_rule
def test_explain_prints_the_page(rule: Rule) -> None:
    for asked in (rule.name, rule.code):
        answer = CliRunner().invoke(program, ["explain", asked, "--examples", "--no-color"])
        assert answer.exit_code == 0
        assert answer.output.startswith(rule.page)


@every_rule
def test_explain_begins_with_one_screen(rule: Rule) -> None:
    answer = CliRunner().invoke(program, ["explain", rule.name, "--no-color"]).output
    assert answer.startswith(rule.summary)
    assert section(rule, "## How to break it").strip() in answer
    assert "## Why it is bad" in answer
    assert answer.endswith(f"explain {rule.name} --examples: the whole page, with each remedy worked out\n")
    assert "## Remedies" not in answer
    assert len(answer.splitlines()) <= 60


@every_rule
def test_there_are_cases_for_it(rule: Rule) -> None:
    cases = [folder for folder in (ROOT / "fixtures" / rule.name).glob("*") if folder.is_dir()]
    assert cases


def test_every_folder_of_cases_belongs_to_a_rule() -> None:
    folders = {folder.name for folder in (ROOT / "fixtures").iterdir() if folder.is_dir()}
    assert folders - {"traps"} <= {rule.name for rule in all_rules()}


def test_the_bucket_page_compares_the_ways_out() -> None:
    page = next(rule.page for rule in all_rules() if rule.name == "s3-loop")
    assert "| way | same bucket | same key | needs metadata | invocations per object |" in page
    assert "| two buckets | no | yes | no | 1 |" in page
    assert "| metadata | yes | yes | yes | 2 |" in page


def section(rule: Rule, heading: str) -> str:
    return rule.page.partition(heading + "\n")[2].partition("\n## ")[0]
