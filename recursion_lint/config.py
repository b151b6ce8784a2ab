"""What a run is asked to do: the settings of ``pyproject.toml`` or ``.recursion-lint.toml``, checked."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple, Union

from recursion_lint.model.findings import FAIL_ON, SEVERITIES, FailOn

Level = Literal["error", "warning", "info", "off"]
Fix = Literal["none", "diff", "apply"]

Path = Union[str, os.PathLike[str]]

LEVELS: tuple[Level, ...] = (*SEVERITIES, "off")
OWN_FILE = ".recursion-lint.toml"
PROJECT_FILE = "pyproject.toml"
TABLE = "recursion-lint"
MAX_BYTES = 1_000_000
"""Longer settings files are refused."""


class Config(NamedTuple):
    """Everything a run can be told.

    Rules go by name. Globs are relative to ``root`` ("" is the current folder), ``baseline`` is a path that can be
    opened as it is. With ``advise_at_most`` a run of more findings than that names no remedies for an info, and
    does not verify the others: verifying lints each edited template again. ``jobs`` 0 leaves the number of
    processes to the linter. With ``only_templates`` a named file that does not look like a template is skipped, as
    one that a folder walk meets. With ``force_exclude`` the globs of ``exclude`` hold for named files too, without
    ``respect_gitignore`` folders are read whatever .gitignore says. With ``no_ignores`` suppressions in templates count
    for nothing. ``cache_dir`` is a folder that keeps what templates came to for the next run; it is no setting of a
    file, as a repository must not say where on a machine files are written. After ``timeout`` seconds (0: never) no
    further file is read and no further remedy verified; ``strict`` makes a failure of it. ``given_parameters`` are the
    names of those ``parameters`` that were given for this run, so that some template should declare them. ``code``:
    the handlers of functions on loops are read.
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
    force_exclude: bool = False
    respect_gitignore: bool = True
    no_ignores: bool = False
    strict: bool = False
    fix: Fix = "none"
    unsafe_fixes: bool = False
    advise_at_most: int = 0
    root: str = ""
    cache_dir: str = ""
    code: bool = True
    timeout: float = 0.0
    given_parameters: tuple[str, ...] = ()


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
    for file in _settings_files(start):
        found = _settings_of(file)
        if found is not None:
            return found
    return Config()


def unused_settings(used: Config, start: Path | None = None) -> tuple[str, ...]:
    """The settings that ``load(start)`` would find and that are not those ``used``, in words, each with its file.

    A gate that takes its settings from elsewhere tells by them that a change wants to alter what it does.
    """
    for file in _settings_files(start):
        try:
            found = _settings_of(file)
        except ConfigError as error:
            return (f"settings that are not in use cannot be read: {error}",)
        if found is not None:
            return tuple(
                f"{_shown(file)}: its setting {name.replace('_', '-')!r} is not in use"
                for name in Config._fields
                if name != "root"
                and getattr(found, name) not in (getattr(used, name), getattr(Config(), name))
            )
    return ()


def _settings_files(start: Path | None) -> Iterator[str]:
    """The files that may hold the settings for a folder, the one that counts before others."""
    folder = os.path.abspath(start if start is not None else os.getcwd())
    while True:
        for name in (OWN_FILE, PROJECT_FILE):
            file = os.path.join(folder, name)
            if os.path.isfile(file):
                yield file
        above = os.path.dirname(folder)
        if above == folder or os.path.exists(os.path.join(folder, ".git")):
            return
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


def by_rule_name(config: Config) -> Config:
    """``config`` with every rule by its name; a program may give codes, and any case, as the command line.

    Raises ``ConfigError`` for a rule, a level or a severity that there is not, ``TypeError`` for one string in
    place of several: a run that selects nothing would be green.
    """
    given: tuple[object, ...] = (config.select, config.ignore)
    if any(isinstance(names, str) for names in given):
        raise TypeError("select and ignore are tuples of rule names, not one string")
    if config.fail_on not in FAIL_ON:
        raise ConfigError(
            f"fail_on must be one of {', '.join(FAIL_ON)}{did_you_mean(config.fail_on, FAIL_ON)}"
        )
    for rule, level in config.severity.items():
        if level not in LEVELS:
            raise ConfigError(
                f"the severity of {rule} must be one of {', '.join(LEVELS)}{did_you_mean(level, LEVELS)}"
            )
    if not (config.select or config.ignore or config.severity or config.per_path):
        return config
    return config._replace(
        select=rule_names(config.select),
        ignore=rule_names(config.ignore),
        severity={rule_names([rule])[0]: level for rule, level in config.severity.items()},
        per_path=tuple((glob, rule_names(rules)) for glob, rules in config.per_path),
    )


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
            data = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"{_shown(file)}: cannot read it: {getattr(error, 'strerror', '') or error}"
        ) from error
    if len(data) > MAX_BYTES:
        raise ConfigError(f"{_shown(file)}: over {MAX_BYTES:,} bytes: no settings are that long")
    project = os.path.basename(file) == PROJECT_FILE
    # Looking for the name in the bytes is far cheaper than loading a TOML parser.
    if project and TABLE.encode() not in data:
        return None
    text, document = _toml(file, data)
    tool = document.get("tool")
    table = tool.get(TABLE) if isinstance(tool, dict) else None
    if not project and (table is None or len(document) > 1 or len(tool or ()) > 1):
        table = document
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
    except (ValueError, RecursionError) as error:  # also of a number with too many digits
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
    return did_you_mean(key, _KEYS) or f"; known are {', '.join(_KEYS)}"


_KEYS: Mapping[str, Callable[[_Reader, str, Any], Any]] = {
    "baseline": _Reader.path,
    "code": _Reader.flag,
    "exclude": _Reader.globs,
    "fail-on": _Reader.fail_on,
    "ignore": _Reader.rules,
    "jobs": _Reader.count,
    "parameters": _Reader.parameters,
    "per-path": _Reader.per_path,
    "require-reason": _Reader.flag,
    "select": _Reader.rules,
    "severity": _Reader.severity,
    "show-suppressed": _Reader.flag,
    "strict": _Reader.flag,
}
