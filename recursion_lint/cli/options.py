"""The options of the command line: what each is called, how it reads, what ``--help`` says of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    _Type = click.ParamType[Any]
else:
    # Generic only in newer versions of click.
    _Type = click.ParamType

GRAPH_FORMATS = ("mermaid", "dot", "html", "json", "graphml")

_Command = TypeVar("_Command", bound=Callable[..., Any])


class Rules(_Type):
    """Rule names or codes with commas between them."""

    name = "RULE,..."

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[str, ...]:
        from recursion_lint.config import ConfigError, rule_names

        try:
            return rule_names(one for one in str(value).split(",") if one.strip())
        except ConfigError as error:
            self.fail(str(error), param, ctx)

    def shell_complete(self, ctx: Any, param: Any, incomplete: str) -> list[Any]:
        from click.shell_completion import CompletionItem

        from recursion_lint.rules import all_rules

        return [CompletionItem(rule.name) for rule in all_rules() if rule.name.startswith(incomplete)]


class _Format(_Type):
    """One of the report formats, which are only looked up when a format is named."""

    name = "format"

    def get_metavar(self, param: Any, ctx: Any = None) -> str:
        return "[" + "|".join(_formats()) + "]"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        return click.Choice(_formats()).convert(value, param, ctx)

    def shell_complete(self, ctx: Any, param: Any, incomplete: str) -> list[Any]:
        return click.Choice(_formats()).shell_complete(ctx, param, incomplete)


class _Parameter(_Type):
    """``KEY=VALUE``; the value may be empty and may hold ``=``."""

    name = "KEY=VALUE"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[str, str]:
        key, equals, text = str(value).partition("=")
        if not key or not equals:
            self.fail(f"{value!r} is not KEY=VALUE", param, ctx)
        return key, text


def _formats() -> tuple[str, ...]:
    from recursion_lint.report import FORMATS

    return tuple(FORMATS)


PATHS = click.argument(
    "paths", nargs=-1, metavar="[PATH]...", type=click.Path(allow_dash=True, readable=False)
)
OUTPUT = click.option("--output", type=click.Path(), metavar="FILE", help="Write to FILE, not to stdout.")
COLOR = click.option("--color/--no-color", default=None, help="Default: on a terminal without NO_COLOR.")
SHARED = (
    click.option(
        "--parameter",
        multiple=True,
        type=_Parameter(),
        metavar="KEY=VALUE",
        help="Set a template parameter. Repeatable.",
    ),
    click.option(
        "--config", type=click.Path(), metavar="FILE", help="Settings to use in place of those found."
    ),
    click.option("--isolated", is_flag=True, help="No settings file: only what is given here."),
    click.option(
        "--respect-gitignore/--no-respect-gitignore",
        default=None,
        help="Whether what .gitignore names is left out of folders. Default: it is.",
    ),
    click.option(
        "--force-exclude", is_flag=True, default=None, help="`exclude` holds for named files too (for hooks)."
    ),
    click.option(
        "--jobs", type=click.IntRange(min=0), metavar="N", help="Processes; 0 (default) lets it choose."
    ),
    click.option(
        "--no-code",
        "code",
        is_flag=True,
        flag_value=False,
        default=None,
        help="Do not read the code of functions on loops.",
    ),
    click.option(
        "--cache-dir",
        type=click.Path(),
        metavar="DIR",
        help="Keep what was read in DIR; only what changed is parsed again.",
    ),
)
CHOICE = (
    click.option(
        "--select",
        multiple=True,
        type=Rules(),
        metavar="RULE,...",
        help="Only these rules, by name or code.",
    ),
    click.option("--ignore", multiple=True, type=Rules(), metavar="RULE,...", help="Not these rules."),
)
CHECK = (
    click.option("--format", "format_", type=_Format(), help="How to report. Default: text."),
    OUTPUT,
    click.option(
        "--fail-on",
        type=click.Choice(["error", "warning", "info", "never"]),
        help="Least severity to fail on. Default: warning.",
    ),
    click.option("--exit-zero", is_flag=True, help="Findings do not change the exit status."),
    click.option(
        "--strict",
        is_flag=True,
        default=None,
        help="Fail (3) if a template cannot be read, or there is none.",
    ),
    *CHOICE,
    click.option(
        "--baseline", type=click.Path(), metavar="FILE", help="Leave out the findings accepted in FILE."
    ),
    *SHARED,
    click.option("--fix", is_flag=True, help="Apply the remedies that are safe to apply."),
    click.option("--diff", is_flag=True, help="Show, as a patch, what --fix would change."),
    click.option("--unsafe-fixes", is_flag=True, help="Also remedies that may change behaviour."),
    click.option(
        "--timeout",
        type=click.FloatRange(min=0),
        metavar="SECONDS",
        help="After that read and verify no more; what was left is said.",
    ),
    click.option(
        "--no-ignores", is_flag=True, default=None, help="Suppressions in templates count for nothing."
    ),
    click.option("--show-suppressed", is_flag=True, default=None, help="Also report what was suppressed."),
    click.option(
        "--require-reason", is_flag=True, default=None, help="Accept only suppressions with a reason."
    ),
    click.option(
        "--only-templates", is_flag=True, help="Skip named files that look like no template (for hooks)."
    ),
    click.option("--show-files", is_flag=True, help="Only list the templates that would be read."),
    click.option(
        "--report-settings",
        is_flag=True,
        help="Warn of settings in the repository that are not in use; with --strict, fail (3).",
    ),
    click.option("--quiet", "-q", is_flag=True, help="Only the findings: no summary, no notes."),
    click.option("--verbose", "-v", is_flag=True, help="All of each finding, and all notes."),
    COLOR,
)


def options(*chosen: Callable[[_Command], _Command]) -> Callable[[_Command], _Command]:
    """Decorate a command with ``chosen``, listed in this order by ``--help``."""

    def decorate(command: _Command) -> _Command:
        for option in reversed(chosen):
            command = option(command)
        return command

    return decorate
