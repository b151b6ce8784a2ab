"""What a remedy says to write so that a finding is accepted does accept it, with all the loops that it stands for."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from recursion_lint import lint


def _template(functions: tuple[str, ...]) -> dict[str, Any]:
    """Functions on one stream whose common role lets each write to the table: one cause, a loop of each and rings."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    write = {"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": {"Fn::GetAtt": ["Table", "Arn"]}}
    stream = {"Stream": {"Fn::GetAtt": ["Table", "StreamArn"]}, "StartingPosition": "LATEST"}
    resources: dict[str, Any] = {
        "Table": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "StreamSpecification": {"StreamViewType": "NEW_IMAGE"},
            },
        },
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {"Statement": [trust]},
                "Policies": [{"PolicyName": "p", "PolicyDocument": {"Statement": [write]}}],
            },
        },
    }
    for name in functions:
        resources[name] = {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "Runtime": "python3.13",
                "Handler": f"{name.lower()}.handler",
                "CodeUri": f"s3://code/{name}",
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Events": {"Change": {"Type": "DynamoDB", "Properties": stream}},
            },
        }
    return {"Transform": "AWS::Serverless-2016-10-31", "Resources": resources}


def _told(path: Path) -> str:
    (finding,) = lint(path).findings
    return next(one.steps for one in finding.remedies if one.id == "accept-bounded")


@pytest.mark.parametrize("functions", [("One",), ("One", "Two"), ("One", "Two", "Three")])
@pytest.mark.parametrize("notation", ["yaml", "json"])
def test_the_suppression_that_is_told_accepts_the_finding(
    tmp_path: Path, functions: tuple[str, ...], notation: str
) -> None:
    template = _template(functions)
    path = tmp_path / f"template.{notation}"
    if notation == "json":
        path.write_text(json.dumps(template, indent=1))
        found = re.search(r'Metadata of (\w+), "recursion-lint": (\{.*?\}), with', _told(path))
        assert found is not None
        template["Resources"][found[1]]["Metadata"] = {
            "recursion-lint": json.loads(found[2].replace("…", "meant"))
        }
        path.write_text(json.dumps(template, indent=1))
    else:
        lines = [f"{key}: {json.dumps(value)}" for key, value in template.items() if key != "Resources"]
        lines += [
            "Resources:",
            *(f"  {name}: {json.dumps(one)}" for name, one in template["Resources"].items()),
        ]
        path.write_text("\n".join(lines) + "\n")
        found = re.search(r"# recursion-lint: ignore\[[^]]*\][^-]*", _told(path))
        assert found is not None
        at = next(place for place, line in enumerate(lines) if line.startswith("  One:"))
        path.write_text("\n".join([*lines[:at], f"  {found[0]}-- meant", *lines[at:]]) + "\n")
    report = lint(path)
    assert report.findings == ()
    assert report.summary.suppressed == 1


def test_names_are_told_only_where_there_are_several_loops(tmp_path: Path) -> None:
    path = tmp_path / "template.json"
    path.write_text(json.dumps(_template(("One",))))
    assert "through" not in _told(path)
    path.write_text(json.dumps(_template(("One", "Two"))))
    assert '"through": ["Table", "One", "Two"]' in _told(path)
