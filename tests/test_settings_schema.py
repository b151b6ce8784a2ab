"""The published schema of the settings takes what the settings file may say, and nothing else."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from recursion_lint.config import KEYS, ConfigError, load
from recursion_lint.config.schema import settings_schema

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILE = Path(__file__).parents[1] / "docs" / "schema" / "settings-v1.schema.json"
VALIDATOR = Draft202012Validator(json.loads(settings_schema()))


def test_the_published_schema_is_that_of_the_keys() -> None:
    assert FILE.read_text(encoding="utf-8") == settings_schema(), "run scripts/generate_docs.py"
    Draft202012Validator.check_schema(VALIDATOR.schema)
    assert list(VALIDATOR.schema["properties"]) == list(KEYS)


def test_every_key_says_what_it_means() -> None:
    assert all(one["description"].endswith(".") for one in VALIDATOR.schema["properties"].values())


GOOD = [
    'baseline = "a.json"',
    "code = false",
    'exclude = ["vendor/**", "!a"]',
    'extend = "base.toml"',
    'fail-on = "never"',
    'ignore = ["s3-loop", "R1200"]',
    "jobs = 4",
    'min-confidence = "likely"',
    'min-severity = "error"',
    'parameters = {A = "x", B = 3, C = true, D = 1.5}',
    'per-path = {"a/**" = ["s3-loop"]}',
    "require-reason = true",
    'select = ["sqs-loop"]',
    'severity = {s3-loop = "off", R1200 = "info"}',
    "show-suppressed = true",
    "strict = true",
]
BAD = [
    'baseline = ""',
    "code = 1",
    'exclude = ["!"]',
    "exclude = [1]",
    'exclude = "a"',
    'extend = ""',
    "extend = 3",
    'fail-on = "off"',
    'ignore = ["s4-loop"]',
    "jobs = -1",
    "jobs = true",
    'min-confidence = "error"',
    'min-severity = "off"',
    "parameters = {A = [1]}",
    'parameters = "A=b"',
    'per-path = {"!" = ["s3-loop"]}',
    'per-path = {"a/**" = "s3-loop"}',
    'require-reason = "yes"',
    'select = "sqs-loop"',
    'severity = {s3-loop = "never"}',
    'severity = {s4-loop = "off"}',
    "show-suppressed = 0",
    'strict = ["true"]',
    "unheard-of = 1",
]


def test_each_key_has_a_good_and_a_bad_example() -> None:
    for examples in (GOOD, BAD):
        assert {next(iter(tomllib.loads(text))) for text in examples} - {"unheard-of"} == set(KEYS)


@pytest.mark.parametrize(
    ("text", "good"), [*((text, True) for text in GOOD), *((text, False) for text in BAD)]
)
def test_the_schema_says_what_the_reader_says(text: str, good: bool, tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text("jobs = 1")
    own = tmp_path / ".recursion-lint.toml"
    own.write_text(text)
    assert VALIDATOR.is_valid(tomllib.loads(text)) == good
    if good:
        load(explicit=own)
    else:
        with pytest.raises(ConfigError):
            load(explicit=own)
