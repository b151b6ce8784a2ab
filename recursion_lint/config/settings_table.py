"""One table of settings, read key by key; every refusal names the file and the line."""

import os
from collections.abc import Callable, Mapping
from typing import Any

from recursion_lint.config.config import LEVELS, ConfigError, did_you_mean, rule_names
from recursion_lint.model.levels import CONFIDENCES, FAIL_ON, SEVERITIES

OWN_FILE = ".recursion-lint.toml"
TABLE = "recursion-lint"
EXTEND = "extend"
"""The key that names the settings file to build on; it is no field of ``Config``."""


def shown(file: str) -> str:
    """``file`` relative to the current folder when it lies in it."""
    try:
        relative = os.path.relpath(file)
    except ValueError:  # another drive
        return file
    return file if relative.startswith("..") else relative


class Reader:
    """Reads one settings table; every refusal names the file and the line of the key."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text

    def values(self, table: Any) -> dict[str, Any]:
        """The settings by the names of the fields of ``Config``, and ``EXTEND``. Raises ``ConfigError``."""
        if not isinstance(table, dict):
            raise self.error(TABLE, "must be a table")
        values: dict[str, Any] = {}
        for key, value in table.items():
            if key not in KEYS:
                raise self.error(key, f"unknown key {key!r}{_key_hint(key)}")
            values[key.replace("-", "_")] = KEYS[key](self, key, value)
        return values

    def error(self, key: str, message: str) -> ConfigError:
        import re

        lines = self.text.splitlines()
        # In pyproject.toml other tools' tables may hold keys of the same name.
        table = next((at for at, line in enumerate(lines) if line.strip().startswith(f"[tool.{TABLE}")), 0)
        named = re.compile(rf"""^\s*(\[.*)?["'.]?{re.escape(key)}["']?\s*[\].=]""")
        at = next((at for at in range(table, len(lines)) if named.search(lines[at])), table)
        return ConfigError(f"{shown(self.file)}:{at + 1}: {message}")

    def flag(self, key: str, value: Any) -> bool:
        if not isinstance(value, bool):
            raise self.error(key, f"{key!r} must be true or false")
        return value

    def count(self, key: str, value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self.error(key, f"{key!r} must be a whole number, 0 or more")
        return value

    def strings(self, key: str, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self.error(key, f'{key!r} must be a list of strings, such as ["..."]')
        return tuple(value)

    def globs(self, key: str, value: Any) -> tuple[str, ...]:
        """Patterns as in .gitignore."""
        found = self.strings(key, value)
        for one in found:
            self.glob(key, one)
        return found

    def glob(self, key: str, pattern: str) -> str:
        if not pattern.strip().lstrip("!").strip("/"):
            raise self.error(key, f"{pattern!r} is no pattern of files, such as 'vendor/**'")
        return pattern

    def rules(self, key: str, value: Any) -> tuple[str, ...]:
        names = self.strings(key, value)
        try:
            return rule_names(names)
        except ConfigError as error:
            raise self.error(key, str(error)) from None

    def table(self, key: str, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.error(key, f"{key!r} must be a table")
        return value

    def path(self, key: str, value: Any) -> str:
        """A path, which the file gives relative to itself."""
        if not isinstance(value, str) or not value:
            raise self.error(key, f"{key!r} must be the path of a file")
        return os.path.normpath(os.path.join(os.path.dirname(self.file), value))

    def choice(self, key: str, value: Any, allowed: tuple[str, ...]) -> str:
        if value not in allowed:
            hint = did_you_mean(value, allowed) if isinstance(value, str) else ""
            raise self.error(key, f"{key!r} must be one of {', '.join(allowed)}{hint}")
        return str(value)

    def extended(self, key: str, value: Any) -> str:
        """The settings file that this one builds on, as it is written."""
        if not isinstance(value, str) or not value:
            raise self.error(key, f"{key!r} must be the path of a settings file, relative to this one")
        return value

    def min_severity(self, key: str, value: Any) -> str:
        return self.choice(key, value, SEVERITIES)

    def min_confidence(self, key: str, value: Any) -> str:
        return self.choice(key, value, CONFIDENCES)

    def fail_on(self, key: str, value: Any) -> str:
        return self.choice(key, value, FAIL_ON)

    def severity(self, key: str, value: Any) -> dict[str, str]:
        table = self.table(key, value)
        return {
            self.rules(rule, [rule])[0]: self.choice(rule, level, LEVELS) for rule, level in table.items()
        }

    def per_path(self, key: str, value: Any) -> tuple[tuple[str, tuple[str, ...]], ...]:
        return tuple(
            (self.glob(glob, glob), self.rules(glob, rules)) for glob, rules in self.table(key, value).items()
        )

    def parameters(self, key: str, value: Any) -> dict[str, str]:
        return {name: self.parameter(name, one) for name, one in self.table(key, value).items()}

    def parameter(self, name: str, value: Any) -> str:
        """The value as CloudFormation is given it: always a string."""
        if isinstance(value, bool):
            return "true" if value else "false"
        if not isinstance(value, (str, int, float)):
            raise self.error(name, f"the parameter {name!r} must be a string")
        try:
            return str(value)
        except ValueError:
            raise self.error(
                name, f"the parameter {name!r} has too many digits: write it as a string"
            ) from None


def _key_hint(key: str) -> str:
    if key == "tool":
        return f"; in {OWN_FILE} the keys stand at the top, without [tool.{TABLE}]"
    return did_you_mean(key, KEYS) or f"; known are {', '.join(KEYS)}"


KEYS: Mapping[str, Callable[[Reader, str, Any], Any]] = {
    "baseline": Reader.path,
    "code": Reader.flag,
    "exclude": Reader.globs,
    "extend": Reader.extended,
    "fail-on": Reader.fail_on,
    "ignore": Reader.rules,
    "jobs": Reader.count,
    "min-confidence": Reader.min_confidence,
    "min-severity": Reader.min_severity,
    "parameters": Reader.parameters,
    "per-path": Reader.per_path,
    "require-reason": Reader.flag,
    "select": Reader.rules,
    "severity": Reader.severity,
    "show-suppressed": Reader.flag,
    "strict": Reader.flag,
}
