"""The plugin for CDK apps in Python by itself: plain records stand for the CDK's. tests/test_cdk_apps.py has real ones."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from recursion_lint.config import Config, ConfigError

TRACES = "JSII_HOST_STACK_TRACES"


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ModuleType]:
    def unchanged(*_: Any, **__: Any) -> Any:
        return lambda made: made

    class Record(SimpleNamespace):
        """The CDK refuses an argument that is ``None`` nowhere, and takes names only."""

    cdk = ModuleType("aws_cdk")
    for name in ("PolicyValidationPluginReport", "PolicyViolatingResource", "PolicyViolation"):
        setattr(cdk, name, Record)
    cdk.IPolicyValidationPlugin = object  # type: ignore[attr-defined]
    jsii = ModuleType("jsii")
    jsii.implements = jsii.member = unchanged  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "aws_cdk", cdk)
    monkeypatch.setitem(sys.modules, "jsii", jsii)
    monkeypatch.delitem(sys.modules, "recursion_lint.cdk_plugin", raising=False)
    monkeypatch.setenv(TRACES, "")  # so that what the plugin sets is taken back
    monkeypatch.delenv(TRACES)
    monkeypatch.chdir(tmp_path)
    yield importlib.import_module("recursion_lint.cdk_plugin")
    sys.modules.pop("recursion_lint.cdk_plugin", None)


def template(path: Path, actions: str = "sqs:SendMessage", queue: str = "Jobs") -> str:
    """A function that may send to the queue which starts it; nothing says that it does."""
    policy = {
        "PolicyName": "send",
        "PolicyDocument": {
            "Statement": [
                {"Effect": "Allow", "Action": actions, "Resource": {"Fn::GetAtt": [queue, "Arn"]}},
            ]
        },
    }
    resources: dict[str, Any] = {
        "Jobs": ("AWS::SQS::Queue", {}),
        "Other": ("AWS::SQS::Queue", {}),
        "Role": ("AWS::IAM::Role", {"AssumeRolePolicyDocument": {}, "Policies": [policy]}),
        "Work": ("AWS::Lambda::Function", {"Role": {"Fn::GetAtt": ["Role", "Arn"]}}),
        "Mapping": (
            "AWS::Lambda::EventSourceMapping",
            {"EventSourceArn": {"Fn::GetAtt": ["Jobs", "Arn"]}, "FunctionName": {"Ref": "Work"}},
        ),
    }
    made = {
        name: {"Type": kind, "Properties": properties, "Metadata": {"aws:cdk:path": f"Shop/{name}/Resource"}}
        for name, (kind, properties) in resources.items()
    }
    path.write_text(json.dumps({"Resources": made}, indent=1))
    return str(path)


def validated(plugin: ModuleType, path: str, config: Config | None = None) -> Any:
    return plugin.RecursionLint(config).validate(SimpleNamespace(template_paths=[path]))


def test_a_finding_is_a_violation_of_its_rule(plugin: ModuleType, tmp_path: Path) -> None:
    path = template(tmp_path / "Shop.template.json")
    report = validated(plugin, path)
    (violation,) = report.violations
    assert (report.success, violation.rule_name, violation.severity) == (False, "sqs-loop", "warning")
    assert violation.description == (
        "Work may re-trigger itself through Jobs: Shop/Jobs ─①→ Shop/Work ─②→ Shop/Jobs"
    )
    assert "in place of Jobs.grantSendMessages(Work)" in violation.fix
    assert violation.rule_metadata == {"place": "Shop.template.json:59:3"}
    (resource,) = violation.violating_resources
    assert (resource.resource_logical_id, resource.template_path) == ("Mapping", path)


def test_a_clean_app_has_none(plugin: ModuleType, tmp_path: Path) -> None:
    report = validated(plugin, template(tmp_path / "Shop.template.json", queue="Other"))
    assert (report.success, report.violations) == (True, [])


@pytest.mark.parametrize(("fail_on", "success"), [("error", True), ("never", True), ("info", False)])
def test_the_settings_say_what_fails(plugin: ModuleType, tmp_path: Path, fail_on: str, success: bool) -> None:
    path = template(tmp_path / "Shop.template.json")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".recursion-lint.toml").write_text(f'fail-on = "{fail_on}"\n')
    report = validated(plugin, path)
    assert (report.success, len(report.violations)) == (success, 1)
    assert not validated(plugin, path, Config(fail_on="warning")).success


def test_an_info_is_told_where_it_is_why_the_synthesis_fails(plugin: ModuleType, tmp_path: Path) -> None:
    path = template(tmp_path / "Shop.template.json")
    report = validated(plugin, path, Config(severity={"sqs-loop": "info"}))
    assert (report.success, report.violations) == (True, [])
    report = validated(plugin, path, Config(severity={"sqs-loop": "info"}, fail_on="info"))
    assert (report.success, [one.severity for one in report.violations]) == (False, ["info"])


def test_settings_that_are_wrong_are_told_at_once(plugin: ModuleType, tmp_path: Path) -> None:
    (tmp_path / ".recursion-lint.toml").write_text("fail_on = 1\n")
    with pytest.raises(ConfigError):
        plugin.RecursionLint()


def test_what_cannot_be_read_is_not_taken_for_clean(plugin: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "Shop.template.json").write_text("{")
    with pytest.raises(RuntimeError, match=r"Shop\.template\.json:"):
        validated(plugin, str(tmp_path / "Shop.template.json"))


@pytest.mark.parametrize(("before", "after"), [(None, "1"), ("0", "0")])
def test_lines_of_python_are_asked_for(
    plugin: ModuleType, monkeypatch: pytest.MonkeyPatch, before: str | None, after: str
) -> None:
    import os

    if before is not None:
        monkeypatch.setenv(TRACES, before)
    plugin.RecursionLint()
    assert os.environ[TRACES] == after


def test_it_says_what_it_is(plugin: ModuleType) -> None:
    made = plugin.RecursionLint()
    assert made.name == "recursion-lint"
    assert made.version[0].isdigit()
    assert "s3-loop" in made.rule_ids
