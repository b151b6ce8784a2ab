"""The JSON contract, held against its published schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from report_samples import clean_report, full_report, minified_report, s3_finding, sqs_report

from recursion_lint.model.report import Report, Summary
from recursion_lint.report import render
from recursion_lint.run.lint import lint
from recursion_lint.version import __version__

SCHEMA = json.loads(
    (Path(__file__).parents[1] / "docs" / "schema" / "report-v1.schema.json").read_text(encoding="utf-8")
)
ONLY_WHEN_THERE = {"suppressed", "problems"}
ONLY_WHERE_CODE_IS = {"code"}
ONLY_OF_THE_CDK = {"template", "construct"}
ONLY_LINKED = {"repositories", "since"}
TEMPLATE = SCHEMA["$defs"]["finding"]["properties"]["template"]
VALIDATOR = Draft202012Validator(SCHEMA)


def parsed(report: Report) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(render(report, "json"))
    return document


HIDING = clean_report()._replace(summary=Summary(templates=1, hidden=3, unchanged=2))


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_every_part_of_the_schema_is_closed_and_described() -> None:
    def visit(part: dict[str, Any]) -> None:
        if part.get("type") == "object":
            assert part["additionalProperties"] is False
            optional = ONLY_WHEN_THERE if part is SCHEMA else set()
            optional = ONLY_WHERE_CODE_IS if part is SCHEMA["$defs"]["hop"] else optional
            of_the_cdk = set() if part is TEMPLATE else ONLY_OF_THE_CDK
            assert set(part["required"]) == set(part["properties"]) - optional - of_the_cdk - ONLY_LINKED - {
                "hidden",
                "unchanged",
            }
            for name, member in part["properties"].items():
                if "$ref" not in member or len(member) > 1:
                    assert member["description"], name
                visit(member)

    visit(SCHEMA)
    for part in SCHEMA["$defs"].values():
        visit(part)


@pytest.mark.parametrize("report", [sqs_report(), full_report(), clean_report(), minified_report(), HIDING])
def test_valid(report: Report) -> None:
    VALIDATOR.validate(parsed(report))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema",), 2),
        (("extra",), 1),
        (("findings", 0, "severity"), "fatal"),
        (("findings", 0, "line"), 0),
        (("findings", 0, "hops", 0, "evidence"), "guessed"),
        (("findings", 0, "remedies", 0, "breaks"), 0),
        (("findings", 0, "extra"), None),
        (("summary", "writes"), -1),
    ],
)
def test_the_schema_is_strict(path: tuple[str | int, ...], value: object) -> None:
    document: Any = parsed(sqs_report())
    inner = document
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    assert not VALIDATOR.is_valid(document)


def test_keys_of_the_contract_in_their_order() -> None:
    document = parsed(full_report())
    assert list(document) == ["schema", "tool", "findings", "notes", "summary", "problems"]
    assert list(document["problems"][0]) == ["file", "line", "message", "named"]
    assert "problems" not in parsed(clean_report())
    finding = document["findings"][1]
    assert list(finding) == [
        *("rule", "code", "severity", "confidence", "message"),
        *("file", "line", "column", "end_line", "end_column"),
        *("cycle", "hops", "because", "witness", "guards", "only_where", "safety_nets", "runtime_protection"),
        *("cost_per_hour", "remedies", "also", "also_in", "fingerprint"),
    ]
    assert list(finding["cycle"][0]) == ["resource", "type", "file", "line"]
    assert list(finding["hops"][0]) == ["from", "to", "kind", "evidence", "reason", "file", "line", "column"]
    assert list(finding["remedies"][0]) == [
        *("id", "title", "breaks", "trade_off", "applicability", "steps", "diff"),
    ]


def test_values() -> None:
    document = parsed(full_report())
    assert document["tool"] == {"name": "recursion-lint", "version": __version__}
    assert [finding["severity"] for finding in document["findings"]] == ["error", "warning", "info"]
    finding = document["findings"][1]
    assert (finding["file"], finding["line"], finding["column"]) == ("stacks/pictures.yaml", 7, 13)
    assert (finding["end_line"], finding["end_column"]) == (8, 45)
    assert finding["witness"] == {"event": "s3:ObjectCreated:Put", "key": "a"}
    assert finding["cycle"][0] == {
        "resource": "Pictures",
        "type": "AWS::S3::Bucket",
        "file": "stacks/pictures.yaml",
        "line": 2,
    }
    hop = finding["hops"][1]
    assert (hop["from"], hop["to"], hop["kind"], hop["evidence"]) == (
        "Thumbnails",
        "Pictures",
        "write",
        "granted",
    )
    assert (hop["file"], hop["line"], hop["column"]) == ("stacks/role.yaml", 11, 27)
    assert finding["remedies"][0]["diff"] == s3_finding().remedies[0].diff
    assert finding["remedies"][1]["breaks"] is None
    assert finding["remedies"][1]["diff"] is None
    assert document["findings"][0]["witness"] is None
    assert document["notes"][0] == {
        "file": "stacks/aside.yaml",
        "line": 3,
        "message": "Fn::Transform is not fetched",
    }
    assert document["summary"]["baselined"] == 4
    assert document["summary"]["triggers"] == 2


def test_text_is_not_escaped_and_ends_with_a_newline() -> None:
    report = sqs_report()._replace(findings=(s3_finding()._replace(message="Größe → キュー"),))
    text = render(report, "json")
    assert "Größe → キュー" in text
    assert text.endswith("}\n")
    assert text == render(report, "json")


def test_a_resource_from_elsewhere_has_the_place_that_names_it() -> None:
    text = """
Resources:
  Back: {Type: AWS::Pipes::Pipe, Properties: {RoleArn: r, Source: !GetAtt Q.Arn, Target: "arn:aws:sqs:eu-west-1:1:elsewhere"}}
  Forth: {Type: AWS::Pipes::Pipe, Properties: {RoleArn: r, Source: "arn:aws:sqs:eu-west-1:1:elsewhere", Target: !GetAtt Q.Arn}}
  Q: {Type: AWS::SQS::Queue}
"""
    document = parsed(lint(["-"], stdin=text))
    assert not list(VALIDATOR.iter_errors(document))
    (finding,) = document["findings"]
    (outside,) = (node for node in finding["cycle"] if node["resource"] == "elsewhere")
    assert (outside["file"], outside["line"]) == ("<stdin>", 3)
