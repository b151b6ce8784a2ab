"""SARIF: the official schema, GitHub's limits, and what a viewer shows."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import pytest
from report_samples import (
    clean_report,
    filter_finding,
    full_report,
    minified_report,
    s3_finding,
    span,
    sqs_finding,
    sqs_report,
)

from recursion_lint.model.findings import FindingHop
from recursion_lint.model.report import Report
from recursion_lint.report import render
from recursion_lint.report.sarif import file_uri


class Rule(NamedTuple):
    name: str
    code: str
    summary: str
    page: str


RULES = (
    Rule(
        "s3-loop",
        "R1100",
        "A loop through a bucket",
        "# s3-loop\n\nObjects that\ncause objects.\n\n## More\n",
    ),
    Rule("sqs-loop", "R1200", "A loop through a queue", ""),
)


def run(report: Report, rules: tuple[Rule, ...] = RULES) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(render(report, "sarif", rules=rules))["runs"][0]
    return result


@pytest.mark.parametrize("report", [sqs_report(), full_report(), clean_report(), minified_report()])
@pytest.mark.parametrize("rules", [(), RULES])
def test_valid(report: Report, rules: tuple[Rule, ...]) -> None:
    kit = pytest.importorskip("sarif_kit.validate")
    assert kit.validation_errors(json.loads(render(report, "sarif", rules=rules))) == []


def test_rules() -> None:
    rules = run(full_report())["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["s3-loop", "sqs-loop", "wildcard-in-s3-filter"]
    s3, sqs, unlisted = rules
    assert s3["name"] == "S3Loop"
    assert s3["shortDescription"]["text"] == "A loop through a bucket"
    assert s3["fullDescription"]["text"] == "Objects that cause objects."
    assert s3["help"]["markdown"] == RULES[0].page == s3["help"]["text"]
    assert s3["properties"]["code"] == "R1100"
    assert len(s3["properties"]["tags"]) <= 10
    assert sqs["help"]["text"] == sqs["fullDescription"]["text"] == "A loop through a queue"
    assert unlisted["properties"]["code"] == "R2300"


def test_each_result_points_at_its_rule() -> None:
    result = run(full_report())
    rules = result["tool"]["driver"]["rules"]
    assert [found["level"] for found in result["results"]] == ["error", "warning", "note"]
    for found in result["results"]:
        assert rules[found["ruleIndex"]]["id"] == found["ruleId"]


def test_the_loop_is_a_flow_with_links() -> None:
    found = run(full_report())["results"][1]
    assert found["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "stacks/pictures.yaml"},
        "region": {"startLine": 7, "startColumn": 13, "endLine": 8, "endColumn": 45},
    }
    related = found["relatedLocations"]
    assert [place["id"] for place in related] == [1, 2]
    assert related[1]["message"]["text"] == "② Thumbnails may put any object into Pictures"
    assert related[1]["physicalLocation"]["artifactLocation"]["uri"] == "stacks/role.yaml"
    flow = found["codeFlows"][0]["threadFlows"][0]["locations"]
    assert [step["location"]["physicalLocation"]["region"]["startLine"] for step in flow] == [7, 11]
    message = found["message"]["text"].split("\n")
    assert message[0] == "Thumbnails may re-trigger itself through Pictures"
    assert "[② Thumbnails may put any object into Pictures](2)" in message
    assert found["partialFingerprints"] == {"recursionLint/v1": "92ab"}


def test_a_finding_without_hops_or_fingerprint() -> None:
    found = run(Report((filter_finding()._replace(fingerprint=""),)))["results"][0]
    assert not {"codeFlows", "relatedLocations", "partialFingerprints", "fixes"} & set(found)
    assert len(found["locations"]) == 1


def test_brackets_are_not_links() -> None:
    found = run(Report((filter_finding()._replace(message="a [b](c) \\ d"),)))["results"][0]
    assert found["message"]["text"] == "a \\[b\\](c) \\\\ d"


def test_fixes_replace_lines() -> None:
    fixes = run(full_report())["results"][1]["fixes"]
    assert len(fixes) == 1
    change = fixes[0]["artifactChanges"][0]
    assert change["artifactLocation"]["uri"] == "stacks/role.yaml"
    assert change["replacements"] == [
        {
            "deletedRegion": {"startLine": 11, "startColumn": 1, "endLine": 12, "endColumn": 1},
            "insertedContent": {
                "text": "                Resource: !Sub arn:aws:s3:::${Bucket}/thumbnails/*\n"
            },
        }
    ]


def test_problems_and_notes_are_notifications() -> None:
    invocation = run(full_report())["invocations"][0]
    assert invocation["executionSuccessful"] is False
    notices = invocation["toolExecutionNotifications"]
    assert [notice["level"] for notice in notices] == ["error", "note", "note"]
    assert notices[0]["message"]["text"] == "mapping values are not allowed here"
    assert notices[0]["locations"][0]["physicalLocation"]["region"]["startLine"] == 3
    assert run(sqs_report())["invocations"] == [{"executionSuccessful": True}]


def test_limits_of_github() -> None:
    hops = tuple(
        FindingHop(f"N{n}", f"N{n + 1}", "write", "broad", "r", span(n, 1, n, 2)) for n in range(1, 1102)
    )
    found = run(Report((sqs_finding()._replace(hops=hops),)))["results"][0]
    assert len(found["relatedLocations"]) == 1000
    assert len(found["codeFlows"][0]["threadFlows"][0]["locations"]) == 1101
    info = filter_finding()._replace(fingerprint="")
    many = run(Report((*(info for _ in range(25_000)), sqs_finding())))["results"]
    assert len(many) == 25_000
    assert many[0]["level"] == "error"


def test_uris() -> None:
    assert file_uri("./my stacks/100%/tämp#1?.yaml") == "my%20stacks/100%25/t%C3%A4mp%231%3F.yaml"
    assert file_uri("../other/a:b.yaml") == "../other/a%3Ab.yaml"
    assert file_uri("/srv/t t.yaml") == "file:///srv/t%20t.yaml"
    assert file_uri("C:/x y.yaml") == "file:///C:/x%20y.yaml"
    assert file_uri("<stdin>") == "%3Cstdin%3E"


def test_a_span_without_a_line_has_no_region() -> None:
    found = run(Report((sqs_finding()._replace(span=span(0, 0, 0, 0), hops=s3_finding().hops),)))["results"][
        0
    ]
    assert "region" not in found["locations"][0]["physicalLocation"]
