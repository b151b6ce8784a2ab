"""What a run is asked to do: the settings of ``pyproject.toml`` or ``.recursion-lint.toml``, checked."""

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, NamedTuple, Union

from recursion_lint.model.findings import SEVERITIES

FailOn = Literal["error", "warning", "info", "never"]
Level = Literal["error", "warning", "info", "off"]
Fix = Literal["none", "diff", "apply"]

Path = Union[str, os.PathLike[str]]

FAIL_ON: tuple[FailOn, ...] = (*SEVERITIES, "never")
LEVELS: tuple[Level, ...] = (*SEVERITIES, "off")
OWN_FILE = ".recursion-lint.toml"
PROJECT_FILE = "pyproject.toml"
TABLE = "recursion-lint"


class Config(NamedTuple):
    """Everything a run can be told.

    Rules go by name. Globs are relative to ``root`` ("" is the current folder), ``baseline`` is a path that can be
    opened as it is. With ``advise_at_most`` a run of more findings than that names no remedies for an info, and
    does not verify the others: verifying lints each edited template again. ``jobs`` 0 leaves the number of
    processes to the linter. With ``only_templates`` a named file that is no template is skipped, as one that a
    folder walk meets. ``cache_dir`` is a folder that keeps what templates came to for the next run; it is no setting
    of a file, as a repository must not say where on a machine files are written. After ``timeout`` seconds (0: never)
    no further file is read and no further remedy verified; ``strict`` makes a failure of it. ``code``: the handlers of
    functions on loops are read.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Level] = {}
    per_path: tuple[tuple[str, tuple[str, ...]], ...] = ()
    parameters: Mapping[str, str] = {}
    exclude: tuple[str, ...] = ()
    fail_on: FailOn = "warning"
    baseline: str | None = None
    require_reason: bool = False
    show_suppressed: bool = False
    jobs: int = 0
    only_templates: bool = False
    fix: Fix = "none"
    unsafe_fixes: bool = False
    advise_at_most: int = 0
    root: str = ""
    cache_dir: str = ""
    code: bool = True
    timeout: float = 0.0
    strict: bool = False


class ConfigError(Exception):
    """A setting that is refused; the message names the file, the line and what was probably meant."""


def load(start: Path | None = None, explicit: Path | None = None) -> Config:
    """The settings that hold in the folder ``start`` (the current one), or those of the file ``explicit``.

    Looks upward from ``start`` to the folder that holds ``.git``; the nearest file with settings wins, and
    ``.recursion-lint.toml`` wins over a ``pyproject.toml`` beside it. Raises ``ConfigError``.
    """
    if explicit is not None:
        found = _settings_of(os.fspath(explicit))
        if found is None:
            raise ConfigError(f"{_shown(os.fspath(explicit))}: has no [tool.{TABLE}]")
        return found
    folder = os.path.abspath(start if start is not None else os.getcwd())
    while True:
        for name in (OWN_FILE, PROJECT_FILE):
            file = os.path.join(folder, name)
            if os.path.isfile(file):
                found = _settings_of(file)
                if found is not None:
                    return found
        above = os.path.dirname(folder)
        if above == folder or os.path.exists(os.path.join(folder, ".git")):
            return Config()
        folder = above


def rule_names(given: Iterable[str]) -> tuple[str, ...]:
    """The rule names for names or codes in any case. Raises ``ConfigError`` for what is neither."""
    from recursion_lint.rules import all_rules

    known: dict[str, str] = {}
    for rule in all_rules():
        known[rule.name] = known[rule.code.lower()] = rule.name
    names: list[str] = []
    for one in given:
        name = known.get(one.strip().lower())
        if name is None:
            hint = did_you_mean(one.strip().lower(), known) or "; 'recursion-lint rules' lists them"
            raise ConfigError(f"unknown rule {one.strip()!r}{hint}")
        names.append(name)
    return tuple(dict.fromkeys(names))


def misnamed(given: Iterable[str]) -> str:
    """What ``rule_names`` has against a name among those ``given``, or nothing."""
    try:
        rule_names(given)
    except ConfigError as error:
        return str(error)
    return ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``, did you mean 'x'?`` for the nearest of ``known``, or nothing."""
    import difflib

    near = difflib.get_close_matches(word, list(known), n=1)
    return f", did you mean {near[0]!r}?" if near else ""


def _settings_of(file: str) -> Config | None:
    """The settings in ``file``; ``None`` for a pyproject.toml that has none for this tool."""
    try:
        with open(file, "rb") as stream:
            data = stream.read()
    except OSError as error:
        raise ConfigError(f"{_shown(file)}: cannot read it: {error.strerror or error}") from error
    project = os.path.basename(file) == PROJECT_FILE
    # Looking for the name in the bytes is far cheaper than loading a TOML parser.
    if project and TABLE.encode() not in data:
        return None
    text, document = _toml(file, data)
    if not project:
        return _Reader(file, text, document).config(document)
    tool = document.get("tool")
    table = tool.get(TABLE) if isinstance(tool, dict) else None
    return None if table is None else _Reader(file, text, document).config(table)


def _toml(file: str, data: bytes) -> tuple[str, dict[str, Any]]:
    import sys

    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        text = data.decode("utf-8-sig")
        return text, tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"{_shown(file)}: not valid TOML: {error}") from error


def _shown(file: str) -> str:
    """``file`` relative to the current folder when it lies in it."""
    try:
        relative = os.path.relpath(file)
    except ValueError:  # another drive
        return file
    return file if relative.startswith("..") else relative


class _Reader:
    """Reads one settings table; every refusal names the file and the line of the key."""

    def __init__(self, file: str, text: str, document: Mapping[str, Any]) -> None:
        self.file = file
        self.text = text
        self.document = document

    def config(self, table: Any) -> Config:
        if not isinstance(table, dict):
            raise self.error(TABLE, "must be a table")
        values: dict[str, Any] = {"root": os.path.dirname(os.path.abspath(self.file))}
        for key, value in table.items():
            if key not in _KEYS:
                raise self.error(key, f"unknown key {key!r}{_key_hint(key)}")
            values[key.replace("-", "_")] = _KEYS[key](self, key, value)
        return Config(**values)

    def error(self, key: str, message: str) -> ConfigError:
        import re

        lines = self.text.splitlines()
        # In pyproject.toml other tools' tables may hold keys of the same name.
        table = next((at for at, line in enumerate(lines) if line.strip().startswith(f"[tool.{TABLE}")), 0)
        named = re.compile(rf"""^\s*(\[.*)?["'.]?{re.escape(key)}["']?\s*[\].=]""")
        at = next((at for at in range(table, len(lines)) if named.search(lines[at])), table)
        return ConfigError(f"{_shown(self.file)}:{at + 1}: {message}")

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

    def fail_on(self, key: str, value: Any) -> str:
        return self.choice(key, value, FAIL_ON)

    def severity(self, key: str, value: Any) -> dict[str, str]:
        table = self.table(key, value)
        return {
            self.rules(rule, [rule])[0]: self.choice(rule, level, LEVELS) for rule, level in table.items()
        }

    def per_path(self, key: str, value: Any) -> tuple[tuple[str, tuple[str, ...]], ...]:
        return tuple((glob, self.rules(glob, rules)) for glob, rules in self.table(key, value).items())

    def parameters(self, key: str, value: Any) -> dict[str, str]:
        return {name: self.parameter(name, one) for name, one in self.table(key, value).items()}

    def parameter(self, name: str, value: Any) -> str:
        """The value as CloudFormation is given it: always a string."""
        if isinstance(value, bool):
            return "true" if value else "false"
        if not isinstance(value, (str, int, float)):
            raise self.error(name, f"the parameter {name!r} must be a string")
        return str(value)


def _key_hint(key: str) -> str:
    if key == "tool":
        return f"; in {OWN_FILE} the keys stand at the top, without [tool.{TABLE}]"
    return did_you_mean(key, _KEYS) or f"; known are {', '.join(_KEYS)}"


_KEYS: Mapping[str, Callable[[_Reader, str, Any], Any]] = {
    "baseline": _Reader.path,
    "code": _Reader.flag,
    "exclude": _Reader.strings,
    "fail-on": _Reader.fail_on,
    "ignore": _Reader.rules,
    "jobs": _Reader.count,
    "parameters": _Reader.parameters,
    "per-path": _Reader.per_path,
    "require-reason": _Reader.flag,
    "select": _Reader.rules,
    "severity": _Reader.severity,
    "show-suppressed": _Reader.flag,
}
