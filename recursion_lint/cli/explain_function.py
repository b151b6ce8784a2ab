"""``recursion-lint explain-function``: the loops through a function that AWS has named, and what to do about them."""

from __future__ import annotations

import os
from typing import Any

import click

from recursion_lint.cli.check import EXIT_FAILED, MAX_ADVISED, asked, tell_problems
from recursion_lint.cli.click_options import options
from recursion_lint.cli.console import STDIN, Refused, complain, emit, legible, text_of_stdin, width
from recursion_lint.cli.options import FUNCTIONS


@click.command(
    "explain-function",
    short_help="The loops through a function; would AWS stop them?",
    epilog="""\b
Examples:
  recursion-lint explain-function Worker
  recursion-lint explain-function prod-Worker-1A2B3C4D5E6F stacks/
  recursion-lint explain-function --format json .   all functions, for an audit""",
)
@click.argument(
    "words", nargs=-1, metavar="[NAME] [PATH]...", type=click.Path(allow_dash=True, readable=False)
)
@options(*FUNCTIONS)
def explain_function(words: tuple[str, ...], **given: Any) -> int:
    """Tell which loops pass a function, whether Lambda's recursive loop detection stops them, whether the
    function's code ends them, and what to change.

    NAME is a logical id, a function's name or its ARN, as AWS's e-mails and metrics have them. Without a
    NAME (the first word is a file or a folder) it is a table of all functions.
    """
    from recursion_lint.report import functions as report
    from recursion_lint.run import functions as run

    name, paths = _sorted(words)
    config = asked(given)._replace(advise_at_most=MAX_ADVISED)
    answers, problems, templates = run.functions(paths, config, stdin=text_of_stdin(paths))
    tell_problems(problems)
    failed = any(problem.named for problem in problems)
    if not answers:
        what = "declares a function" if templates else "is a SAM or CloudFormation template"
        complain(f"warning: nothing that was read {what}")
    if name is not None and answers:
        found = run.called(name, answers)
        if not found:
            raise Refused(_unknown(name, [one.name for one in answers]))
        answers = found
    if given["format_"] == "json":
        emit(report.as_json(answers), given["output"])
    elif answers:
        text = report.explanation(answers, width()) if name is not None else report.table(answers)
        emit(legible(text, given["output"]), given["output"])
    return EXIT_FAILED if failed or (problems and not templates) else 0


def _sorted(words: tuple[str, ...]) -> tuple[str | None, tuple[str, ...]]:
    """The name, if the first word is none of a path, and the paths."""
    if not words:
        return None, (".",)
    first, *rest = words
    if first == STDIN or os.path.exists(first):
        return None, words
    return first, tuple(rest) or (".",)


def _unknown(name: str, known: list[str]) -> str:
    from recursion_lint import config

    # Of a name that CloudFormation has made the logical id is what somebody knows.
    near = config.did_you_mean(name, known) or config.did_you_mean(name.split("-")[-2:][0], known)
    return f"no template that was read declares a function {name!r}{near}"
