"""What a run is asked to do: the settings of ``pyproject.toml`` or ``.recursion-lint.toml``, checked."""

from recursion_lint.config.config import (
    LEVELS,
    Config,
    ConfigError,
    Deployment,
    Level,
    by_rule_name,
    did_you_mean,
    misnamed,
    rule_names,
)
from recursion_lint.config.settings_file import load, origins, unused_settings
from recursion_lint.config.settings_table import KEYS
from recursion_lint.config.settings_text import as_toml

__all__ = [
    "KEYS",
    "LEVELS",
    "Config",
    "ConfigError",
    "Deployment",
    "Level",
    "as_toml",
    "by_rule_name",
    "did_you_mean",
    "load",
    "misnamed",
    "origins",
    "rule_names",
    "unused_settings",
]
