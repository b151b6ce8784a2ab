"""Where settings lie: the file that counts for a folder, and those that it builds on."""

import os
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Union

from recursion_lint.config.config import Config, ConfigError
from recursion_lint.config.settings_table import EXTEND, OWN_FILE, TABLE, Reader, shown
from recursion_lint.template.yaml.files import SourceError, path_beside

Path = Union[str, os.PathLike[str]]

PROJECT_FILE = "pyproject.toml"
MAX_BYTES = 1_000_000
"""Longer settings files are refused."""
MOST_LAYERS = 10


def load(start: Path | None = None, explicit: Path | None = None) -> Config:
    """The settings that hold in the folder ``start`` (the current one), or those of the file ``explicit``.

    Looks upward from ``start`` to the folder that holds ``.git``; the nearest file with settings wins, and
    ``.recursion-lint.toml`` wins over a ``pyproject.toml`` beside it. Raises ``ConfigError``.
    """
    if explicit is not None:
        found = _settings_of(os.fspath(explicit))
        if found is None:
            raise ConfigError(f"{shown(os.fspath(explicit))}: has no [tool.{TABLE}]")
        return found
    for file in _settings_files(start):
        found = _settings_of(file)
        if found is not None:
            return found
    return Config()


def origins(start: Path | None = None, explicit: Path | None = None) -> Mapping[str, str]:
    """The file that each setting of ``load(start, explicit)`` comes from, by the field of ``Config``.

    Of a table that several files add to it is the one on top. Raises ``ConfigError``.
    """
    for file in [os.fspath(explicit)] if explicit is not None else _settings_files(start):
        layers = _layers(file)
        if layers:
            return {name: shown(layer.file) for layer in reversed(layers) for name in layer.values}
    return {}


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
                f"{shown(file)}: its setting {name.replace('_', '-')!r} is not in use"
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


def _settings_of(file: str) -> Config | None:
    """The settings in ``file`` and those that it builds on; ``None`` for a pyproject.toml that has none."""
    layers = _layers(file)
    if not layers:
        return None
    values: dict[str, Any] = {"root": os.path.dirname(os.path.abspath(file))}
    for layer in reversed(layers):
        for name, value in layer.values.items():
            values[name] = _onto(values.get(name), value)
    return Config(**values)


def _onto(below: Any, value: Any) -> Any:
    """A setting on top of that of the file that is built on: tables entry by entry, all else as a whole."""
    if isinstance(value, dict):
        return {**(below or {}), **value}
    by_path = isinstance(value, tuple) and value and isinstance(value[0], tuple)
    return tuple({**dict(below or ()), **dict(value)}.items()) if by_path else value


class _Layer(NamedTuple):
    """What one file says by itself."""

    file: str
    values: Mapping[str, Any]


def _layers(file: str) -> list[_Layer]:
    """``file`` and the files that it builds on, itself first; none for a pyproject.toml without settings."""
    layers: list[_Layer] = []
    seen: set[str] = set()
    while True:
        seen.add(os.path.realpath(file))
        found = _read(file)
        if found is None and layers:
            raise ConfigError(
                f"{shown(file)}: has no [tool.{TABLE}], and {shown(layers[-1].file)} extends it"
            )
        if found is None:
            return []
        reader, values = found
        extended = values.pop(EXTEND, None)
        layers.append(_Layer(file, values))
        if extended is None:
            return layers
        file = _beside(reader, file, extended)
        if os.path.realpath(file) in seen:
            raise reader.error(EXTEND, f"{extended!r} cannot be extended: it leads back to this file")
        if len(layers) == MOST_LAYERS:
            raise reader.error(EXTEND, f"more than {MOST_LAYERS} settings files build on each other")


def _beside(reader: Reader, file: str, extended: str) -> str:
    """The path of the file ``extended``: a stranger's settings must not have others read. Raises ``ConfigError``."""
    try:
        return path_beside(file, extended)
    except SourceError:
        raise reader.error(
            EXTEND,
            f"{extended[:80]!r} cannot be extended: it must be a path relative to this file, in the same repository",
        ) from None


def _read(file: str) -> tuple[Reader, dict[str, Any]] | None:
    """What ``file`` says; ``None`` for a pyproject.toml that has no settings for this tool. Raises ``ConfigError``."""
    try:
        with open(file, "rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"{shown(file)}: cannot read it: {getattr(error, 'strerror', '') or error}"
        ) from error
    if len(data) > MAX_BYTES:
        raise ConfigError(f"{shown(file)}: over {MAX_BYTES:,} bytes: no settings are that long")
    project = os.path.basename(file) == PROJECT_FILE
    # Looking for the name in the bytes is far cheaper than loading a TOML parser.
    if project and TABLE.encode() not in data:
        return None
    text, document = _toml(file, data)
    tool = document.get("tool")
    table = tool.get(TABLE) if isinstance(tool, dict) else None
    if not project and (table is None or len(document) > 1 or len(tool or ()) > 1):
        table = document
    if table is None:
        return None
    reader = Reader(file, text)
    return reader, reader.values(table)


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
        raise ConfigError(f"{shown(file)}: not valid TOML: {error}") from error
