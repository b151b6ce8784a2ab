"""The command line: options in, a report on stdout and an exit status out. The linter itself is loaded on use."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TextIO

import click

from recursion_lint import __version__
from recursion_lint.options import CHECK, CHOICE, COLOR, GRAPH_FORMATS, OUTPUT, PATHS, SHARED, Rules, options

if TYPE_CHECKING:
    from recursion_lint.config import Config, FailOn
    from recursion_lint.findings import Report

STDIN = "-"
EXIT_FINDINGS = 1
EXIT_REFUSED = 2
EXIT_FAILED = 3
EXIT_INTERRUPTED = 130
EXIT_BROKEN_PIPE = 141
DEBUG = "RECURSION_LINT_DEBUG"


class Refused(click.ClickException):
    """A setting or option that cannot be used: the message goes to stderr, the exit status is 2."""

    exit_code = EXIT_REFUSED

    def show(self, file: Any = None) -> None:
        click.echo(f"error: {self.format_message()}", file=file, err=True)


class _Program(click.Group):
    """The group of commands; a path in place of a command gets a hint, as ``check`` is easily forgotten."""

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
3 a file that cannot be read as a template, or an internal error.""",
)
@click.version_option(__version__, message="%(prog)s %(version)s")
def program() -> None:
    """Find recursive loops in AWS SAM and CloudFormation templates before you deploy them.

    A function that writes to the bucket, queue, topic or table that triggers it can run away, and so can
    your bill. This reads templates only: it needs no AWS account and no network.
    """


@program.command(
    short_help="Report the loops in templates.",
    epilog="""\b
Examples:
  recursion-lint check                              every template below the current folder
  recursion-lint check template.yaml stacks/        one file, and all in a folder
  cdk synth | recursion-lint check -                what another program prints
  recursion-lint check --format sarif --output loops.sarif
  recursion-lint check --parameter BucketName=photos --select s3-loop template.yaml""",
)
@PATHS
@options(*CHECK)
def check(paths: tuple[str, ...], **given: Any) -> int:
    """Report the loops in templates: files, folders, or - for standard input.

    Without a PATH it checks the current folder. A folder is searched for templates; other files in it, and
    what .gitignore names, are skipped.
    """
    _refuse_contradictions(given)
    config = _config(given)
    report = _lint(paths, config) if config.fix == "none" else None
    if report is None:
        report, patch = _fixed(paths, config)
        if patch is not None:
            _emit(patch, given["output"])
            _tell_problems(report)
            return _status(report, config.fail_on)
    shown = report if config.show_suppressed else report._replace(suppressed=())
    _emit(_rendered(shown, given), given["output"])
    _tell_problems(report)
    return _status(report, config.fail_on)


@program.command(
    epilog="""\b
Examples:
  recursion-lint graph template.yaml                           for a Markdown page on GitHub
  recursion-lint graph --format html --output graph.html .     a page to open in a browser
  recursion-lint graph --format dot . | dot -Tsvg > graph.svg"""
)
@PATHS
@options(
    click.option(
        "--format",
        "format_",
        type=click.Choice(GRAPH_FORMATS),
        default="mermaid",
        show_default=True,
        help="How to draw.",
    ),
    OUTPUT,
    *SHARED,
)
def graph(paths: tuple[str, ...], **given: Any) -> None:
    """Draw who triggers whom, with the loops marked."""
    from recursion_lint.api import draw

    text = draw(paths or (".",), _config(given), given["format_"], stdin=_stdin(paths))
    _emit(text, given["output"])


@program.command(
    short_help="Print the page of a rule.",
    epilog="""\b
Examples:
  recursion-lint explain s3-loop
  recursion-lint explain R1200""",
)
@click.argument("rule", type=Rules(), metavar="RULE")
@COLOR
def explain(rule: tuple[str, ...], color: bool | None) -> None:
    """Print the page of a rule: what it finds, why, and how to break such a loop, with worked examples."""
    from recursion_lint.remedies.catalogue import section
    from recursion_lint.rules import all_rules

    bold = _color(color, None)
    pages = [f"{one.page.strip()}\n\n{section(one.name)}".strip() for one in all_rules() if one.name in rule]
    lines = "\n\n".join(pages).splitlines()
    _emit(
        "".join(
            f"{click.style(line, bold=True) if bold and line.startswith('#') else line}\n" for line in lines
        )
    )


@program.command()
def rules() -> None:
    """List the rules: name, code, severities, what each finds."""
    from recursion_lint.rules import all_rules

    rows = [("RULE", "CODE", "SEVERITY", "FINDS")]
    rows += [(rule.name, rule.code, ", ".join(rule.severities), rule.summary) for rule in all_rules()]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        _emit(
            "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]) + "\n"
        )


@program.command(
    short_help="Accept today's findings.",
    epilog="""\b
Examples:
  recursion-lint baseline                 accept what is there today
  recursion-lint check --baseline .recursion-lint-baseline.json""",
)
@PATHS
@options(
    click.option(
        "--output", type=click.Path(), metavar="FILE", help="Default: .recursion-lint-baseline.json"
    ),
    *CHOICE,
    *SHARED,
)
def baseline(paths: tuple[str, ...], **given: Any) -> int:
    """Accept today's findings, so that `check --baseline` reports only new ones."""
    from dataclasses import replace

    from recursion_lint.baseline import DEFAULT_FILE, render

    config = _config(given)
    file = given["output"] or config.baseline or DEFAULT_FILE
    # What an older baseline accepts must stay in the new one.
    report = _lint(paths, replace(config, baseline=None))
    _tell_problems(report)
    if report.problems:
        return EXIT_FAILED
    _emit(render(report.findings), file)
    count = len(report.findings)
    _emit(f"Accepted {count} finding{'' if count == 1 else 's'} in {file}\n")
    return 0


RARELY = (100_000, 10, 10)


def main(args: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status; whatever goes wrong, no traceback."""
    try:
        if args is None:
            return _alone()
        return _as_status(program.main(args=args, prog_name="recursion-lint", standalone_mode=False))
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.exceptions.Abort, KeyboardInterrupt):
        return EXIT_INTERRUPTED
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        detail = f"internal error: {type(error).__name__}: {error}"
        click.echo(f"error: {detail} (set {DEBUG}=1 to see where, and please report it)", err=True)
        return EXIT_FAILED


def _alone() -> int:
    """Run as the only thing that this process does: what it makes lives to its end, so garbage is hardly looked for.

    That takes a sixth of a run otherwise.
    """
    gc.set_threshold(*RARELY)
    try:
        return _as_status(program.main(prog_name="recursion-lint", standalone_mode=False))
    finally:
        gc.freeze()


def _as_status(returned: object) -> int:
    return returned if isinstance(returned, int) else 0


def _lint(paths: tuple[str, ...], config: Config) -> Report:
    from recursion_lint.api import lint

    if not (sys.stderr and sys.stderr.isatty()) or os.environ.get("TERM") == "dumb":
        return lint(paths or (".",), config, stdin=_stdin(paths))
    from recursion_lint.progress import Bar

    bar = Bar(sys.stderr)
    try:
        return lint(paths or (".",), config, stdin=_stdin(paths), progress=bar)
    finally:
        bar.clear()


MAX_ADVISED = 10
"""Reports that show no diffs verify the remedies of so many findings; an audit of more gets words."""


def _config(given: dict[str, Any]) -> Config:
    """The settings file with the options of the command line on top."""
    from dataclasses import replace

    from recursion_lint.config import ConfigError, load

    try:
        found = load(explicit=given["config"])
    except ConfigError as error:
        raise Refused(str(error)) from error
    changes: dict[str, Any] = {
        key: given[key]
        for key in (
            "fail_on",
            "baseline",
            "jobs",
            "require_reason",
            "show_suppressed",
            "unsafe_fixes",
            "only_templates",
        )
        if given.get(key) is not None
    }
    select = tuple(name for names in given.get("select", ()) for name in names)
    ignore = tuple(name for names in given.get("ignore", ()) for name in names)
    changes["select"] = select or found.select
    # Asking for a rule by hand wins over a settings file that ignores it.
    changes["ignore"] = tuple(
        dict.fromkeys([*(name for name in found.ignore if name not in select), *ignore])
    )
    changes["parameters"] = {**found.parameters, **dict(given["parameter"])}
    if given.get("exit_zero"):
        changes["fail_on"] = "never"
    if given.get("format_") in (None, "text", "github", "gitlab", "junit"):
        changes["advise_at_most"] = MAX_ADVISED
    if given.get("fix") or given.get("diff"):
        changes["advise_at_most"] = 0
        changes["fix"] = "apply" if given["fix"] else "diff"
    return replace(found, **changes)


def _refuse_contradictions(given: dict[str, Any]) -> None:
    if given["fix"] and given["diff"]:
        raise click.UsageError("--fix and --diff exclude each other")
    if given["unsafe_fixes"] and not (given["fix"] or given["diff"]):
        raise click.UsageError("--unsafe-fixes needs --fix or --diff")
    if given["diff"] and given["format_"]:
        raise click.UsageError("--diff prints a patch: it takes no --format")


def _stdin(paths: Iterable[str]) -> str | None:
    """The text on standard input, when a path asks for it."""
    if STDIN not in paths:
        return None
    data: bytes = sys.stdin.buffer.read() if sys.stdin else b""
    # PowerShell pipes UTF-16 with a byte order mark.
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    return data.decode(encoding, errors="replace")


def _rendered(report: Report, given: dict[str, Any]) -> str:
    from recursion_lint.report import render
    from recursion_lint.rules import all_rules

    format_ = given["format_"] or "text"
    return render(
        report,
        format_,
        color=_color(given["color"], given["output"]),
        quiet=given["quiet"],
        width=_width(),
        rules=all_rules() if format_ == "sarif" else (),
    )


def _width() -> int:
    """The columns to fill: those of the terminal within reason, else a hundred."""
    if not (sys.stdout and sys.stdout.isatty()):
        return 100
    from shutil import get_terminal_size

    return min(max(get_terminal_size((100, 24)).columns, 60), 140)


def _color(asked: bool | None, output: str | None) -> bool:
    if asked is not None:
        return asked
    if output or os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout is not None and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def _fixed(paths: tuple[str, ...], config: Config) -> tuple[Report, str | None]:
    """Apply the remedies, or with ``--diff`` only show them: the report (on what is left), and the patch to print."""
    from recursion_lint.api import remedied
    from recursion_lint.source import SourceError, read_text

    stdin = _stdin(paths)
    report, plan = remedied(paths or (".",), config, stdin=stdin)
    if config.fix == "diff":
        return report, plan.diff(lambda file: stdin if file == "<stdin>" else read_text(file))
    if stdin is not None:
        raise click.UsageError("--fix changes files: it cannot change standard input (use --diff)")
    try:
        plan.write()
    except SourceError as error:
        raise Refused(f"nothing was changed: {error}") from error
    for finding, remedy, reason in plan.skipped:
        click.echo(f"not fixed: {finding.span.file}:{finding.span.line}: {remedy.title}: {reason}", err=True)
    done, files = len(plan.applied), len(plan.texts)
    click.echo(
        f"fixed {done} finding{'' if done == 1 else 's'} in {files} file{'' if files == 1 else 's'}", err=True
    )
    return (_lint(paths, config) if done else report), None


def _status(report: Report, fail_on: FailOn) -> int:
    from recursion_lint.findings import SEVERITIES

    if report.problems:
        return EXIT_FAILED
    if fail_on == "never":
        return 0
    failing = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
    return EXIT_FINDINGS if any(finding.severity in failing for finding in report.findings) else 0


def _tell_problems(report: Report) -> None:
    for problem in report.problems:
        where = f"{problem.file}:{problem.line}" if problem.line else problem.file
        click.echo(f"error: {where}: {problem.message}", err=True)


def _emit(text: str, output: str | None = None) -> None:
    """Write ``text`` to the file ``output``, or to standard output."""
    if output:
        try:
            with open(output, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
                stream.write(text)
        except OSError as error:
            raise Refused(f"{output}: cannot write it: {error.strerror or error}") from error
        return
    out: TextIO | None = sys.stdout
    if out is None:
        return
    # A terminal without UTF-8 must not end the run; JSON reads the escapes as the letters they stand for.
    if hasattr(out, "reconfigure"):
        out.reconfigure(errors="backslashreplace")
    try:
        out.write(text)
        out.flush()
    except BrokenPipeError:
        # The reader has gone (`| head`); the interpreter must not try to flush to it again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
        raise click.exceptions.Exit(EXIT_BROKEN_PIPE) from None
