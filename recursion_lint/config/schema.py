"""The settings as a JSON schema, from the keys that a file may hold: editors complete and check them by it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from recursion_lint.config.config import LEVELS
from recursion_lint.config.settings_table import KEYS, Reader
from recursion_lint.model.levels import CONFIDENCES, FAIL_ON, SEVERITIES
from recursion_lint.rules import all_rules

Json = dict[str, Any]

SAYS = {
    "baseline": "A file of accepted findings, relative to this file; `recursion-lint baseline` writes it.",
    "code": "Whether the code of functions on loops is read.",
    "exclude": "Files to leave out of folders: patterns as in .gitignore.",
    "extend": "A settings file that this one builds on, relative to this file and in the same repository.",
    "fail-on": "The least severity that fails a run.",
    "ignore": "Rules that are not reported, by name or code.",
    "jobs": "Processes; 0 lets the linter choose.",
    "min-confidence": "Findings of a lower confidence are counted and not reported.",
    "min-severity": "Findings of a lower severity are counted and not reported.",
    "parameters": "Values of template parameters that are known.",
    "per-path": "Rules that are not reported in some files: patterns as in .gitignore, each with its rules.",
    "require-reason": "Whether a suppression must say why.",
    "select": "Only these rules are reported, by name or code.",
    "severity": "The severity of a rule, or off.",
    "show-suppressed": "Whether suppressed findings are reported too.",
    "strict": "Whether a template that cannot be read, or a run without any, fails.",
}
"""What each key means; a key that is missing here fails."""


def settings_schema() -> str:
    """The text of docs/schema/settings-v1.schema.json."""
    shapes = _shapes()
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Settings of recursion-lint",
        "description": "A file .recursion-lint.toml, or the table tool.recursion-lint of a pyproject.toml.",
        "type": "object",
        "additionalProperties": False,
        "properties": {key: {"description": SAYS[key], **shapes[read]} for key, read in KEYS.items()},
        "$defs": {
            "rule": {
                "description": "The name of a rule, or its code.",
                "enum": [word for rule in all_rules() for word in (rule.name, rule.code)],
            },
            "rules": {"type": "array", "items": {"$ref": "#/$defs/rule"}},
            "pattern": {"type": "string", "pattern": "[^!/\\s]"},
        },
    }
    return json.dumps(document, indent=2) + "\n"


def _shapes() -> dict[Callable[[Reader, str, Any], Any], Json]:
    """How each reader of a value takes it."""
    text = {"type": "string", "minLength": 1}
    rules = {"$ref": "#/$defs/rules"}
    return {
        Reader.flag: {"type": "boolean"},
        Reader.count: {"type": "integer", "minimum": 0},
        Reader.path: text,
        Reader.extended: text,
        Reader.rules: rules,
        Reader.globs: {"type": "array", "items": {"$ref": "#/$defs/pattern"}},
        Reader.fail_on: {"enum": list(FAIL_ON)},
        Reader.min_severity: {"enum": list(SEVERITIES)},
        Reader.min_confidence: {"enum": list(CONFIDENCES)},
        Reader.severity: _table({"enum": list(LEVELS)}, {"$ref": "#/$defs/rule"}),
        Reader.per_path: _table(rules, {"$ref": "#/$defs/pattern"}),
        Reader.parameters: _table({"type": ["string", "number", "boolean"]}),
    }


def _table(values: Json, names: Json | None = None) -> Json:
    return {
        "type": "object",
        **({"propertyNames": names} if names is not None else {}),
        "additionalProperties": values,
    }
