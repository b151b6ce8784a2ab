"""Settings → the text of a settings file that says the same."""

from collections.abc import Iterator, Mapping
from typing import Any

from recursion_lint.config.config import Config
from recursion_lint.config.settings_table import EXTEND, KEYS


def as_toml(config: Config, origins: Mapping[str, str]) -> str:
    """Every setting as a line of ``.recursion-lint.toml``, with its origin: ``origins`` by field, or default."""
    plain: list[str] = []
    tables: list[str] = []
    for key in KEYS:
        if key == EXTEND:
            continue
        name = key.replace("-", "_")
        value, told = getattr(config, name), f"  # {_one_line(origins.get(name, 'default'))}"
        if value is None:
            plain.append(f"# {key} is not set{told}")
        elif isinstance(value, Mapping) or key == "per-path":
            tables += ["", f"[{key}]{told}", *_entries(dict(value))]
        else:
            plain.append(f"{key} = {_value(value)}{told}")
    return "".join(f"{line}\n" for line in [*plain, *tables])


def _entries(table: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"{_value(name)} = {_value(value)}" for name, value in table.items())


def _value(value: Any) -> str:
    if isinstance(value, (bool, int)):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(map(_value, value))}]"
    return '"' + "".join(map(_letter, str(value))) + '"'


def _letter(letter: str) -> str:
    """A letter in a basic string of TOML; what a terminal must not be given is escaped."""
    if letter in '"\\':
        return "\\" + letter
    return letter if letter.isprintable() else f"\\U{ord(letter):08x}"


def _one_line(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)
