"""The commands and what each says of itself, by click; the work is done next door, and loaded on use."""

from __future__ import annotations

import os
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import click

from recursion_lint.cli.check import (
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    EXIT_REFUSED,
    asked,
    checked,
    linted,
    tell_problems,
)
from recursion_lint.cli.click_options import PATHS, Grouped, Rules, for_a_catalogue, options
from recursion_lint.cli.company import extract, link
from recursion_lint.cli.console import (
    STDIN,
    Refused,
    colored,
    complain,
    emit,
    streams_of_protocol,
    text_of_stdin,
    width,
)
from recursion_lint.cli.explain_function import explain_function
from recursion_lint.cli.options import BASELINE, CHECK, COLOR, EXAMPLES, GRAPH, RULES_FORMAT
from recursion_lint.cli.watch import watch
from recursion_lint.version import __version__


def run(args: Sequence[str] | None) -> int:
    """Run the command that ``args`` (those of the process if ``None``) name, and return the exit status."""
    try:
        returned = program.main(args=args, prog_name="recursion-lint", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.exceptions.Abort:
        return EXIT_INTERRUPTED
    return returned if isinstance(returned, int) else 0


class _Program(click.Group):
    """The group of commands; a path in place of a command gets a hint, as ``check`` is easily forgotten."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args and not ctx.resilient_parsing:
            # click before 8.2 would print the help as if it had been asked for, with status 0.
            complain(ctx.get_help())
            ctx.exit(EXIT_REFUSED)
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        word = args[0]
        if self.get_command(ctx, word) is None and (word == STDIN or os.path.exists(word)):
            ctx.fail(f"No such command {word!r}. To check that path: {ctx.command_path} check {word}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=_Program,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""\b
Start here:
  recursion-lint check                 check every template below the current folder
  recursion-lint check template.yaml   check one template
  recursion-lint explain s3-loop       why it matters, and how to break such a loop

\b
Exit status: 0 nothing found, 1 findings, 2 wrong usage or settings,
3 a file that cannot be read as a template, with --strict also none at all, or an internal error.""",
)
@click.version_option(__version__, "-V", "--version", message="%(prog)s %(version)s")
def program() -> None:
    """Find recursive loops in AWS SAM and CloudFormation templates before you deploy them.

    A function that writes to the bucket, queue, topic or table that triggers it can run away, and so can
    your bill. This reads templates and, of functions on loops, the code: nothing is run, and it
    needs no AWS account and no network.
    """


@program.command(
    cls=Grouped,
    short_help="Report the loops in templates.",
    epilog="""\b
Examples:
  recursion-lint check                              every template below the current folder
  recursion-lint check template.yaml stacks/        one file, and all in a folder
  cdk synth | recursion-lint check -                what another program prints
  recursion-lint check --watch template.yaml        again whenever it or its code changes
  recursion-lint check --format sarif --output loops.sarif
  recursion-lint check --parameter BucketName=photos --select s3-loop template.yaml""",
)
@PATHS
@options(*CHECK)
def check(paths: tuple[str, ...], **given: Any) -> int:
    """Report the loops in templates: files, folders, or - for standard input.

    Without a PATH it checks the current folder. A folder is searched for templates; other files in it, and
    what .gitignore names below it, are skipped.
    """
    _refuse_contradictions(given)
    if given.pop("watch"):
        return watch(paths, given)
    return checked(paths, given)


def _refuse_contradictions(given: dict[str, Any]) -> None:
    if given["fix"] and given["diff"]:
        raise click.UsageError("--fix and --diff exclude each other")
    if given["unsafe_fixes"] and not (given["fix"] or given["diff"]):
        raise click.UsageError("--unsafe-fixes needs --fix or --diff")
    if given["diff"] and given["format_"]:
        raise click.UsageError("--diff prints a patch: it takes no --format")
    if given["show_files"] and (given["fix"] or given["diff"] or given["format_"]):
        raise click.UsageError("--show-files prints paths: it takes no --fix, --diff or --format")
    for name, what in (("statistics", "counts"), ("show_settings", "settings")):
        if given[name] and (given["fix"] or given["diff"] or given["format_"] or given["show_files"]):
            option = name.replace("_", "-")
            raise click.UsageError(
                f"--{option} prints {what}: it takes no --fix, --diff, --format or --show-files"
            )
    if given["watch"] and any(given[name] for name in ("fix", "diff", "show_files", "show_settings")):
        raise click.UsageError("--watch reports again and again: it takes no --fix, --diff or --show-…")
    if given["statistics"] and given["show_settings"]:
        raise click.UsageError("--statistics and --show-settings exclude each other")


@program.command(
    epilog="""\b
Examples:
  recursion-lint graph template.yaml                           for a Markdown page on GitHub
  recursion-lint graph --format html --output graph.html .     a page to open in a browser
  recursion-lint graph --format dot . | dot -Tsvg > graph.svg"""
)
@PATHS
@options(*GRAPH)
def graph(paths: tuple[str, ...], **given: Any) -> int:
    """Draw who triggers whom, with the loops marked."""
    from recursion_lint.run.lint import drawing

    paths, catalogue = paths or (".",), for_a_catalogue(given)
    stdin = text_of_stdin(paths)
    if catalogue is None:
        drawn = drawing(paths, asked(given), given["format_"], stdin=stdin)
    else:
        from recursion_lint.fleet.inventory import described  # the store and its kin, for this format alone

        drawn = described(paths, asked(given), *catalogue, stdin)
    if drawn.templates or not drawn.problems:
        emit(drawn.text, given["output"])
    tell_problems(drawn.problems)
    if not drawn.templates and not drawn.problems:
        complain("warning: there is nothing to draw: no SAM or CloudFormation template was found")
    failed = any(problem.named or not drawn.templates for problem in drawn.problems)
    return EXIT_FAILED if failed else 0


@program.command(
    short_help="Print the page of a rule.",
    epilog="""\b
Examples:
  recursion-lint explain s3-loop
  recursion-lint explain R1200 --examples""",
)
@click.argument("rule", type=Rules(), metavar="RULE")
@options(EXAMPLES, COLOR)
def explain(rule: tuple[str, ...], examples: bool, color: bool | None) -> None:
    """Print what a rule finds and how to break such a loop; with --examples its whole page, each remedy worked out."""
    bold = colored(color, None)
    told = _pages().whole if examples else _pages().first_screen
    pages = [told(one.name, one.page) for one in _rules() if one.name in rule]
    lines = "\n\n".join(pages).splitlines()
    emit(
        "".join(
            f"{click.style(line, bold=True) if bold and line.startswith('#') else line}\n" for line in lines
        )
    )


@program.command()
@options(RULES_FORMAT)
def rules(format_: str) -> None:
    """List the rules: name, code, severities, what each finds."""
    if format_ == "json":
        emit(_rules_as_json(_rules()))
        return
    emit(_pages().table(_rules(), width()))


def _pages() -> ModuleType:
    """What prints rules: loaded only where one is asked for."""
    from recursion_lint.cli import rule_page

    return rule_page


def _rules() -> Sequence[Any]:
    from recursion_lint.rules import all_rules

    return all_rules()


def _rules_as_json(known: Sequence[Any]) -> str:
    import json

    listed = [
        {
            "name": one.name,
            "code": one.code,
            "severities": one.severities,
            "summary": one.summary,
            "page": one.page,
        }
        for one in known
    ]
    return json.dumps({"schema": 1, "rules": listed}, ensure_ascii=False, indent=2) + "\n"


@program.command(
    short_help="Accept today's findings.",
    epilog="""\b
Examples:
  recursion-lint baseline                 accept what is there today
  recursion-lint check --baseline .recursion-lint-baseline.json""",
)
@PATHS
@options(*BASELINE)
def baseline(paths: tuple[str, ...], **given: Any) -> int:
    """Accept today's findings, so that `check --baseline` reports only new ones."""
    from recursion_lint.assessment.baseline import DEFAULT_FILE, render

    config = asked(given)
    file = given["output"] or config.baseline or DEFAULT_FILE
    # What an older baseline accepts must stay in the new one.
    report = linted(paths, config._replace(baseline=None))
    tell_problems(report.problems)
    if any(problem.named for problem in report.problems):
        return EXIT_FAILED
    emit(render(report.findings), file)
    count = sum(1 + len(finding.copies) for finding in report.findings)
    emit(f"Accepted {count} finding{'' if count == 1 else 's'} in {file}\n")
    if file != config.baseline:
        emit(f'To use it: recursion-lint check --baseline {file}, or baseline = "{file}" in the settings\n')
    return 0


@program.command(
    short_help="Serve an editor while you type.",
    epilog="""\b
An editor starts it and talks to it over standard input and output; docs/editors.md has the settings for
VS Code, Neovim, Helix, JetBrains and Zed.""",
)
@click.option("--stdio", is_flag=True, help="Over standard input and output: there is no other way.")
def server(stdio: bool) -> int:
    """Tell an editor about loops while you type, by the Language Server Protocol.

    It needs the extra `server`: pip install 'recursion-lint[server]', or '.[server]' in a clone.
    """
    try:
        from recursion_lint.server.language_server import serve
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in ("pygls", "lsprotocol"):
            raise
        raise Refused(
            f"the server needs {error.name}, which is not installed: install the extra `server` "
            "(pip install 'recursion-lint[server]', or '.[server]' in a clone)"
        ) from None
    with streams_of_protocol() as (stdin, stdout):
        serve(stdin, stdout)
    return 0


@program.command(
    short_help="Answer coding agents (needs the extra mcp).",
    epilog="""\b
Example, as the settings of an agent say it:
  {"mcpServers": {"recursion-lint": {"command": "recursion-lint", "args": ["mcp", "."]}}}""",
)
@click.argument("folder", type=click.Path(exists=True, file_okay=False), default=".")
def mcp(folder: str) -> None:
    """Answer coding agents over the standard streams: check, explain, and a preview of fixes.

    It speaks the Model Context Protocol, writes nothing, and reads nothing outside of FOLDER.
    """
    # It loads all that answers need.
    from recursion_lint.cli.mcp_server import serve

    serve(folder)


for command in (explain_function, extract, link):
    program.add_command(command)
