"""The declared options as click's: how each value is read, refused and completed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from recursion_lint.cli.options import CATALOGUE, GROUPS, Kind, Option
from recursion_lint.patterns.entities import is_reference

if TYPE_CHECKING:
    _Type = click.ParamType[Any]
else:
    # Generic only in newer versions of click.
    _Type = click.ParamType

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


class _Choice(_Type):
    """One of the choices of an option, which are only looked up when it is named."""

    name = "choice"

    def __init__(self, choices: Callable[[], Sequence[str]]) -> None:
        self._choices = choices

    def get_metavar(self, param: Any, ctx: Any = None) -> str:
        return "[" + "|".join(self._choices()) + "]"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        return click.Choice(self._choices()).convert(value, param, ctx)

    def shell_complete(self, ctx: Any, param: Any, incomplete: str) -> list[Any]:
        return click.Choice(self._choices()).shell_complete(ctx, param, incomplete)


class _Parameter(_Type):
    """``KEY=VALUE``; the value may be empty and may hold ``=``."""

    name = "KEY=VALUE"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[str, str]:
        key, equals, text = str(value).partition("=")
        if not key or not equals:
            self.fail(f"{value!r} is not KEY=VALUE", param, ctx)
        return key, text


class _Entity(_Type):
    """An entity as Backstage refers to it."""

    name = "entity"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        if not is_reference(str(value)):
            self.fail(f"{value!r} is no entity of Backstage: it is like group:payments", param, ctx)
        return str(value)


class _Address(_Type):
    """The address of a file, with a place for its path."""

    name = "URL"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        if not str(value).startswith(("https://", "http://")) or "{path}" not in str(value):
            self.fail("it is like https://github.com/{repository}/blob/{commit}/{path}", param, ctx)
        return str(value)


PATHS = click.argument(
    "paths", nargs=-1, metavar="[PATH]...", type=click.Path(allow_dash=True, readable=False)
)


def options(*declared: Option) -> Callable[[_Command], _Command]:
    """Decorate a command with the options ``declared``, listed in this order by ``--help``."""

    def decorate(command: _Command) -> _Command:
        for option in reversed(declared):
            command = _as_click(option)(command)
        return command

    return decorate


FIRST_COLUMN = 23
"""Of the help: longer names of options stand on a line of their own."""


class Grouped(click.Command):
    """A command whose help lists its options below the titles of ``GROUPS``."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = {
            str(one.name): row
            for one in self.get_params(ctx)
            if isinstance(one, click.Option) and (row := one.get_help_record(ctx))
        }
        titled = {title: [option.key for option in listed] for title, listed in GROUPS.items()}
        known = {key for keys in titled.values() for key in keys}
        # What click adds is the help.
        titled["Help"] = [name for name in rows if name not in known]
        for title, keys in titled.items():
            with formatter.section(title):
                formatter.write_dl([rows[key] for key in keys], col_max=FIRST_COLUMN)


def for_a_catalogue(given: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """The values of ``CATALOGUE`` where one is asked for. Raises ``UsageError`` for any beside another format."""
    told = {option.key: given[option.key] for option in CATALOGUE}
    if given["format_"] == "backstage":
        owner, lifecycle, source_url = (value or "" for value in told.values())
        return owner, lifecycle, source_url
    for option in CATALOGUE:
        if told[option.key] is not None:
            raise click.UsageError(f"{option.names} is for --format backstage")
    return None


def _as_click(option: Option) -> Callable[[_Command], _Command]:
    return click.option(
        *option.names.split(","),
        option.key,
        help=option.help,
        metavar=option.metavar,
        default=option.default,
        show_default=option.default is not None,
        **_reading(option),
    )


def _reading(option: Option) -> dict[str, Any]:
    """What click is to do with the value of an option. One that is not given is ``None`` or empty, so settings hold."""
    if option.choices is not None:
        return {"type": _Choice(option.choices)}
    readings: dict[Kind, dict[str, Any]] = {
        Kind.FLAG: {"is_flag": True},
        Kind.DENIAL: {"is_flag": True, "flag_value": False},
        Kind.SWITCH: {},
        Kind.PATH: {"type": click.Path()},
        Kind.PATHS: {"multiple": True, "type": click.Path()},
        Kind.NAME: {},
        Kind.COUNT: {"type": click.IntRange(min=0)},
        Kind.SECONDS: {"type": click.FloatRange(min=0)},
        Kind.RULES: {"multiple": True, "type": Rules()},
        Kind.ENTITY: {"type": _Entity()},
        Kind.ADDRESS: {"type": _Address()},
        Kind.PARAMETER: {"multiple": True, "type": _Parameter()},
    }
    return readings[option.kind]
