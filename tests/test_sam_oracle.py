"""Serverless templates are read as ``aws-sam-translator`` deploys them: the linter finds the same in both.

All public templates that lie beside the checkout are compared with ``RECURSION_LINT_ALL_TEMPLATES=1``, a few without.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sam_readings import Reading, differences, read
from sam_translation import Refused, connector_profiles, is_sam, loaded, policy_templates, translated

pytest.importorskip("samtranslator", reason="the extra `oracles` is not installed")

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT.parent / "shared" / "corpus" / "templates"
SUFFIXES = (".yaml", ".yml", ".json", ".template")
ALL = os.environ.get("RECURSION_LINT_ALL_TEMPLATES") == "1"
EVERY = 40
pytestmark = pytest.mark.filterwarnings("ignore")

KNOWN = {
    # The translator remembers in Globals the queue that it made for the first function and gives it to all others;
    # the page of EventInvokeConfig promises each a queue of its own.
    "cfn-lint-serverless/tests/templates/es1007.pass.yaml": {"writes", "declared"},
    # A function has the id of SAM's implicit API, which overwrites it without a word.
    "translator/input/implicit_api_with_serverless_rest_api_resource.yaml": {"declared"},
}
"""Where the two readings differ, in what, and why that is right."""


def compared(file: Path) -> dict[str, Any] | None:
    """How the readings of a template differ, but for what is known; ``None`` for what is no template of SAM's."""
    text = file.read_text(encoding="utf-8")
    if "AWS::Serverless" not in text:
        return None
    try:
        template = loaded(text)
        raw = translated(template) if is_sam(template) else None
    except (Refused, ValueError):
        return None
    if raw is None:
        return None
    name = file.as_posix()
    known = next((kinds for end, kinds in KNOWN.items() if name.endswith(end)), set())
    found = differences(read(name, template), read(name, json.loads(raw), raw))
    return {kind: sides for kind, sides in found.items() if kind not in known}


# --- fixtures and public templates ------------------------------------------------------------------


def fixtures() -> Iterator[Path]:
    """All of SAM's, but for those with a loop inside a resource: the translator is given them written out."""
    for file in sorted((ROOT / "fixtures").glob("*/*/*")):
        if file.suffix in SUFFIXES:
            text = file.read_text(encoding="utf-8")
            if "AWS::Serverless" in text and not re.search(r"^ {4,}Fn::ForEach::", text, re.MULTILINE):
                yield file.relative_to(ROOT)


@pytest.mark.parametrize("file", list(fixtures()), ids=lambda file: "/".join(file.parts[1:]))
def test_a_fixture_deploys_and_reads_as_what_sam_makes_of_it(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    assert compared(file) == {}


@pytest.mark.parametrize("name", ["events", "connectors"])
def test_everything_that_sam_has_reads_as_what_it_makes_of_it(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    file = Path("tests/sam", f"{name}.yaml")
    assert compared(file) == {}
    assert len(read(file.as_posix(), loaded(file.read_text(encoding="utf-8"))).triggers) > 3


def public() -> list[Path]:
    found = sorted(file for file in CORPUS.rglob("*") if file.suffix in SUFFIXES)
    return found if ALL else found[::EVERY]


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the public templates are not beside this checkout")
def test_public_templates_read_as_what_sam_makes_of_them() -> None:
    read_alike, differ = 0, {}
    for file in public():
        found = compared(file)
        if found:
            differ[file.relative_to(CORPUS).as_posix()] = found
        elif found is not None:
            read_alike += 1
    assert differ == {}
    assert read_alike >= (1300 if ALL else 25)


# --- policy templates and connectors, from the translator's own tables --------------------------------


def reading(
    template: dict[str, Any], monkeypatch: pytest.MonkeyPatch, folder: Path
) -> tuple[Reading, Reading]:
    monkeypatch.chdir(folder)
    Path("template.json").write_text(json.dumps(template), encoding="utf-8")
    raw = translated(template)
    return read("template.json", template), read("template.json", json.loads(raw), raw)


FUNCTION = {"Runtime": "python3.13", "Handler": "a.b", "CodeUri": "s3://code/archive.zip"}


def both_ways(said: Iterable[tuple[Any, ...]]) -> set[tuple[Any, ...]]:
    """What is said whether a condition holds or not is said without it."""
    found = set(said)
    for *words, needed in sorted(found, key=repr):
        for condition, holds in needed:
            other = (*words, needed - {(condition, holds)} | {(condition, not holds)})
            if other in found:
                found -= {(*words, needed), other}
                found.add((*words, needed - {(condition, holds)}))
    return found


@pytest.mark.parametrize("name", sorted(policy_templates()))
def test_a_policy_template_grants_what_sam_expands_it_to(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With a plain name, a name of the template's, and one that a condition chooses, for each parameter."""
    parameters = policy_templates()[name]["Parameters"]
    values = ("named", {"Ref": "Given"}, {"Fn::If": ["Chosen", {"Ref": "Queue"}, "named"]})
    functions = {
        f"F{at}": {
            "Type": "AWS::Serverless::Function",
            "Properties": {**FUNCTION, "Policies": [{name: dict.fromkeys(parameters, value)}]},
        }
        for at, value in enumerate(values)
    }
    template = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Parameters": {"Given": {"Type": "String"}},
        "Conditions": {"Chosen": {"Fn::Equals": [{"Ref": "Given"}, ""]}},
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}, **functions},
    }
    ours, theirs = reading(template, monkeypatch, tmp_path)
    assert differences(ours, theirs) == {}
    assert both_ways(ours.said) == both_ways(theirs.said)
    assert len({actor for actor, *_ in ours.said}) == len(values)


PROPERTIES: dict[str, dict[str, Any]] = {
    "AWS::Lambda::Function": {"Role": {"Fn::GetAtt": ["Role", "Arn"]}},
    "AWS::StepFunctions::StateMachine": {"RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}},
    "AWS::Events::Rule": {
        "Targets": [
            {
                "Id": "To",
                "Arn": {"Fn::GetAtt": ["To", "Arn"]},
                "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
            }
        ]
    },
    "AWS::AppSync::DataSource": {"ServiceRoleArn": {"Fn::GetAtt": ["Role", "Arn"]}},
}
ACTOR = {
    "Type": "AWS::Lambda::Function",
    "Properties": {"Role": {"Fn::GetAtt": ["Role", "Arn"]}, "Code": {"ZipFile": "pass"}},
}


def connections() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """The types at both ends of each connector that SAM knows, and each set of permissions that it may have."""
    for source, destinations in sorted(connector_profiles().items()):
        for destination, profile in sorted(destinations.items()):
            known = profile["Properties"]["AccessCategories"]
            for chosen in (("Read",), ("Write",), ("Read", "Write")):
                if set(chosen) <= known.keys():
                    yield source, destination, chosen


@pytest.mark.parametrize("kind", ["AWS::Serverless::Function", "AWS::Lambda::Function"])
@pytest.mark.parametrize(
    "destination",
    ["AWS::Serverless::SimpleTable", "AWS::DynamoDB::Table", "AWS::Serverless::Function", "AWS::SQS::Queue"],
)
def test_a_connector_between_what_is_named_by_type(
    kind: str, destination: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ends = {
        "Source": {"Type": kind, "RoleName": {"Ref": "Role"}},
        "Destination": {
            "Type": destination,
            "Arn": {"Fn::GetAtt": ["Queue", "Arn"]},
            "QueueUrl": "https://q",
        },
    }
    template = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {
            "Role": {"Type": "AWS::IAM::Role", "Properties": {}},
            "Actor": ACTOR,
            "Queue": {"Type": "AWS::SQS::Queue"},
            "Connector": {
                "Type": "AWS::Serverless::Connector",
                "Properties": {**ends, "Permissions": ["Write"]},
            },
        },
    }
    ours, theirs = reading(template, monkeypatch, tmp_path)
    assert differences(ours, theirs) == {}
    assert ours.said == theirs.said
    assert ours.said


@pytest.mark.parametrize(
    ("source", "destination", "permissions"),
    list(connections()),
    ids=lambda value: value.rpartition("::")[2] if isinstance(value, str) else "+".join(value),
)
def test_a_connector_grants_what_sam_expands_it_to(
    source: str,
    destination: str,
    permissions: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    template = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {
            "Role": {"Type": "AWS::IAM::Role", "Properties": {}},
            "Actor": ACTOR,
            "From": {"Type": source, "Properties": PROPERTIES.get(source, {})},
            "To": {"Type": destination, "Properties": PROPERTIES.get(destination, {})},
            "Connector": {
                "Type": "AWS::Serverless::Connector",
                "Properties": {
                    "Source": {"Id": "From"},
                    "Destination": {"Id": "To"},
                    "Permissions": list(permissions),
                },
            },
        },
    }
    try:
        ours, theirs = reading(template, monkeypatch, tmp_path)
    except Refused as problem:
        if "Unsupported 'Permissions' provided for connector" not in str(problem):
            raise
        pytest.skip("SAM supports this connector with other permissions only")
    assert differences(ours, theirs) == {}
    assert ours.said == theirs.said
