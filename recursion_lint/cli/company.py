"""``recursion-lint extract`` and ``link``: the facts of one repository, and one report over those of many."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import click

from recursion_lint.cli.check import (
    EXIT_FAILED,
    MAX_ADVISED,
    asked,
    rendered,
    status_of,
    tell_problems,
    tell_warnings,
)
from recursion_lint.cli.click_options import PATHS, for_a_catalogue, options
from recursion_lint.cli.console import STDIN, Refused, complain, emit, emit_data
from recursion_lint.cli.options import EXTRACT, LINK
from recursion_lint.report.wording import one_line


@click.command(
    short_help="Write the facts of a repository.",
    epilog="""\b
Examples:
  recursion-lint extract --output facts.jsonl.gz
  recursion-lint extract services/orders --output orders.jsonl.gz --origin acme/orders
  recursion-lint extract --output facts.jsonl.gz --account 111122223333 --region eu-west-1""",
)
@PATHS
@options(*EXTRACT)
def extract(paths: tuple[str, ...], **given: Any) -> int:
    """Write what the templates of a repository say about events, and what the code of its functions does,
    for `recursion-lint link`.

    The file holds no line of source and no value of a NoEcho parameter. It says which repository and commit it
    is of, as Git's own files tell, and who owns the files, by CODEOWNERS.
    """
    from recursion_lint.fleet import extract as fleet

    output = given["output"]
    if not output:
        raise click.UsageError("--output names the file to write")
    if STDIN in paths:
        raise Refused("facts are of a repository: standard input is none")
    config = asked(given)
    missing = [path for path in paths if not os.path.exists(path)]
    if missing:
        raise Refused(f"{missing[0]}: no such file or folder")
    told = {name: given[name] or "" for name in ("commit", "account", "region")}
    made = fleet.facts_of(paths or (".",), config, given["origin"] or "", **told)
    tell_problems(made.problems)
    if any(problem.named or config.strict for problem in made.problems):
        return EXIT_FAILED
    if given["format_"] == "parquet":
        fleet.write_tables(made, output)
    else:
        emit_data(made.packed if output.endswith(".gz") else made.lines, output)
    templates = f"{made.templates} template{'' if made.templates == 1 else 's'}"
    complain(f"wrote the facts of {templates} of {made.name} to {output}")
    return 0


@click.command(
    short_help="Report the loops across repositories.",
    epilog="""\b
Examples:
  recursion-lint link facts/                                  all files of facts in a folder
  recursion-lint link orders.jsonl.gz mail.jsonl.gz --only-across
  recursion-lint link --store company.db --update facts/      take them into a store
  recursion-lint link --store company.db                      all that the store holds""",
)
@PATHS
@options(*LINK)
def link(paths: tuple[str, ...], **given: Any) -> int:
    """Report the loops over the facts of many repositories, as one run over all of them would.

    Each PATH is a file that `extract` wrote, a folder of such files, or a store. Two repositories whose account
    and region nobody gave are linked all the same, and such a loop is weak.
    """
    from recursion_lint.fleet import company

    config = asked(given)
    catalogue = for_a_catalogue(given)
    asked_for = company.Asked(
        paths,
        store=given["store"] or "",
        updates=given["update"],
        removals=given["remove"],
        account=given["account"] or "",
        region=given["region"] or "",
        deployments=given["deployments"] or "",
        only_across=given["only_across"],
        drawn=given["format_"] in ("html", "graphml", "backstage"),
        everything=catalogue is not None,
        tables=given["output"] or "" if given["format_"] == "parquet" else "",
    )
    if given["format_"] == "parquet" and not asked_for.tables:
        raise click.UsageError("--output names the folder to write tables to")
    try:
        if given["history"]:
            emit(_history(company.history(asked_for.store or "".join(paths[:1]))), given["output"])
            return 0
        report = company.link(asked_for, config._replace(advise_at_most=MAX_ADVISED))
        drawn = company.as_entities(report, *catalogue) if catalogue is not None else ""
    except company.CompanyError as error:
        raise Refused(str(error)) from None
    shown = report if config.show_suppressed else report._replace(suppressed=())
    if not asked_for.tables:
        if given["format_"] == "graphml":
            drawn = company.as_graphml(report)
        text = drawn if given["format_"] in ("graphml", "backstage") else rendered(shown, given)
        if (
            catalogue is None or not report.problems
        ):  # half a catalogue would delete the other half where it is read
            emit(text, given["output"], ready=True)
    if given["output"] or given["format_"] not in (None, "text", "github"):
        tell_problems(report.problems)
    tell_warnings(report.warnings)
    return status_of(report, config)


def _history(events: Sequence[Any]) -> str:
    """A line for each loop that a store has known."""
    lines = []
    for one in events:
        state = f"gone {one.gone}" if one.gone else "there"
        where = " and ".join(at.name for at in one.finding.repositories)
        told = one_line(f"{one.finding.rule}: {one.finding.message} ({where})")
        lines.append(f"since {one.first}  {state:15}  {one.finding.fingerprint}  {told}\n")
    return "".join(lines)
