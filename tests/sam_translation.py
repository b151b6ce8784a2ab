"""SAM templates as ``aws-sam-translator`` translates them, prepared so that both readings see the same."""

from __future__ import annotations

import copy
import json
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

SAM = "AWS::Serverless-2016-10-31"
ELSEWHERE = "s3://code/archive.zip"
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/code:1"
BESIDE = "beside-the-template"
_PSEUDO = ("AWS::Region", "AWS::Partition")


class Refused(Exception):
    """The translator does not take the template."""


@contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def loaded(text: str) -> Any:
    """A template's text as the translator's own reader reads it."""
    with _quiet():
        from samtranslator.yaml_helper import yaml_parse

        return _plain(yaml_parse(text))


def _plain(value: Any) -> Any:
    """Dates are strings in CloudFormation."""
    if isinstance(value, dict):
        return {str(key): _plain(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_plain(child) for child in value]
    return value.isoformat() if isinstance(value, date) else value


def is_sam(template: Any) -> bool:
    resources = template.get("Resources") if isinstance(template, dict) else None
    return isinstance(resources, dict) and any(
        isinstance(one, dict) and str(one.get("Type")).startswith("AWS::Serverless::")
        for one in resources.values()
    )


def translated(template: dict[str, Any]) -> str:
    """The raw template, as JSON. Raises ``Refused``.

    References to parameters are left as they are where the translator can do without their values.
    """
    found: Exception | None = None
    names = _parameters(template)
    for values in ({name: {"Ref": name} for name in names}, {name: _mark(name) for name in names}):
        try:
            raw = _restored(_translate(_packaged(template), values))
            return json.dumps(_unmarked(raw, names), indent=1, default=str)
        except Exception as problem:  # the translator raises what it likes for templates that are broken
            found = found or problem
    raise Refused(f"{type(found).__name__}: {found} {getattr(found, 'causes', '')}")


def _parameters(template: dict[str, Any]) -> tuple[str, ...]:
    given = template.get("Parameters")
    return (*_PSEUDO, *(given if isinstance(given, dict) else ()))


def _mark(name: str) -> str:
    """A value that stands for a parameter where the translator wants a string, an alphanumeric one at times."""
    return f"Mark{name.replace('::', 'Of')}Mark"


def _unmarked(value: Any, names: tuple[str, ...], inside: bool = False) -> Any:
    """The references to parameters again, where marks stood for their values."""
    if isinstance(value, dict):
        return {key: _unmarked(child, names, key == "Fn::Sub") for key, child in value.items()}
    if isinstance(value, list):
        return [_unmarked(child, names, inside and at == 0) for at, child in enumerate(value)]
    if not isinstance(value, str) or "Mark" not in value:
        return value
    known = [name for name in names if _mark(name) in value]
    if not inside and known and value == _mark(known[0]):
        return {"Ref": known[0]}
    for name in known:
        value = value.replace(_mark(name), "${" + name + "}")
    return value if inside or not known else {"Fn::Sub": value}


def _translate(template: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """What ``samtranslator.translator.transform`` does, without a session of boto3, which takes most of its time."""
    with _quiet():
        from samtranslator.internal.managed_policies import get_bundled_managed_policy_map
        from samtranslator.parser.parser import Parser
        from samtranslator.policy_template_processor.processor import PolicyTemplatesProcessor
        from samtranslator.translator.translator import Translator

        translator = Translator(None, Parser(), boto_session=SimpleNamespace(region_name="eu-west-1"))
        managed = get_bundled_managed_policy_map("aws")
        # It checks its own table of policy templates again and again.
        with patch.object(PolicyTemplatesProcessor, "_is_valid_templates_dict", lambda *_: True):
            try:
                result: dict[str, Any] = translator.translate(
                    template, values, get_managed_policy_map=lambda: managed
                )
            finally:
                translator.metrics.publish()
        return result


# --- before: what `aws cloudformation package` does -----------------------------------------------


_LOCAL = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Serverless::Api": "DefinitionUri",
    "AWS::Serverless::HttpApi": "DefinitionUri",
    "AWS::Serverless::StateMachine": "DefinitionUri",
    "AWS::Serverless::GraphQLApi": "SchemaUri",
}


def _packaged(template: dict[str, Any]) -> dict[str, Any]:
    """A copy in which local files are objects in S3; the path of a definition stays in the object's key."""
    template = copy.deepcopy(template)
    for resource in template["Resources"].values():
        properties = resource.get("Properties") if isinstance(resource, dict) else None
        if isinstance(properties, dict):
            _package(str(resource.get("Type")), properties)
    section = template.get("Globals", {})
    for group in section.values() if isinstance(section, dict) else ():
        for name in ("CodeUri", "DefinitionUri"):
            if isinstance(group, dict) and isinstance(group.get(name), str) and "://" not in group[name]:
                group[name] = f"s3://{BESIDE}/{group[name]}"
    return template


def _package(kind: str, properties: dict[str, Any]) -> None:
    if kind == "AWS::Serverless::Function" and not {"CodeUri", "InlineCode", "ImageUri"} & properties.keys():
        image = properties.get("PackageType") == "Image"
        properties["ImageUri" if image else "CodeUri"] = IMAGE if image else ELSEWHERE
    if kind == "AWS::Serverless::Application" and isinstance(properties.get("Location"), dict):
        properties["Location"] = "https://elsewhere/template.yaml"
    if "Fn::Transform" in (properties.get("DefinitionBody") or ()):  # what it includes lies in S3
        properties["DefinitionBody"] = {"openapi": "3.0.1", "paths": {}}
    name = _LOCAL.get(kind)
    value = properties.get(name) if name else None
    if isinstance(value, str) and "://" not in value:
        properties[name] = f"s3://{BESIDE}/{value}"


# --- after: what the linter can read beside the template ------------------------------------------


def _restored(template: dict[str, Any]) -> dict[str, Any]:
    resources = template["Resources"]
    for resource in resources.values():
        properties = resource.get("Properties") if isinstance(resource, dict) else None
        if not isinstance(properties, dict):
            continue
        location = properties.get("DefinitionS3Location")
        if isinstance(location, dict) and location.get("Bucket") == BESIDE:
            properties["DefinitionS3Location"] = location["Key"]
        if resource.get("Type") == "AWS::IAM::Role" and isinstance(properties.get("Policies"), list):
            properties["Policies"] = [
                one for one in properties["Policies"] if not _for_lambda(one, resources)
            ]
    return template


def _for_lambda(policy: Any, resources: dict[str, Any]) -> bool:
    """Does a policy of a role let Lambda, not the function's code, deliver to a destination or a dead-letter queue?

    SAM adds it, because Lambda delivers in the role's name. The linter reads the destination itself, which is
    declared, and does not suspect that code sends there again: such a grant would count twice.
    """
    if isinstance(policy, dict) and "Fn::If" in policy:
        return any(_for_lambda(branch, resources) for branch in policy["Fn::If"][1:])
    name = policy.get("PolicyName") if isinstance(policy, dict) else None
    if not isinstance(name, str):
        return False
    if name == "DeadLetterQueuePolicy":
        return True
    made = re.fullmatch(r"(\w+?)(OnSuccess|OnFailure)?(SQS|SNS|EventBridge|Lambda|S3)Policy", name)
    owner = resources.get(made[1], {}).get("Type") if made else None
    return owner in ("AWS::Lambda::EventInvokeConfig", "AWS::Lambda::EventSourceMapping")


# --- the translator's own tables ------------------------------------------------------------------


def policy_templates() -> dict[str, Any]:
    """SAM's policy templates by name; none where the translator is not installed."""
    return _table("policy_templates_data", "policy_templates.json").get("Templates", {})


def connector_profiles() -> dict[str, Any]:
    """Type of the source → type of the destination → what a connector between them makes."""
    table = _table("model/connector_profiles", "profiles.json")
    found: dict[str, Any] = table.get("Permissions", {})
    return found


def _table(folder: str, name: str) -> Any:
    """A table of the translator's, which is not imported for it."""
    found = find_spec("samtranslator")
    if found is None or found.origin is None:
        return {}
    return json.loads((Path(found.origin).parent / folder / name).read_text(encoding="utf-8"))
