"""What ``check`` does: the settings with the options on top, the lint, the fixes, the report, the exit status."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from recursion_lint.cli.console import (
    Refused,
    colored,
    complain,
    emit,
    is_watched,
    text_of_stdin,
    width,
)

if TYPE_CHECKING:
    from recursion_lint.config import Config
    from recursion_lint.model.findings import Report

EXIT_FINDINGS = 1
EXIT_REFUSED = 2
EXIT_FAILED = 3
EXIT_INTERRUPTED = 130
CACHE_DIR = "RECURSION_LINT_CACHE_DIR"
"""The variable of the environment that stands for ``--cache-dir``."""
_SETTINGS = (
    "code",
    "fail_on",
    "baseline",
    "jobs",
    "require_reason",
    "show_suppressed",
    "unsafe_fixes",
    "only_templates",
    "timeout",
)
"""The options that are settings by the same name."""
MAX_ADVISED = 10
"""Reports that show no diffs verify the remedies of so many findings; an audit of more gets words."""


def checked(paths: tuple[str, ...], given: Mapping[str, Any]) -> int:
    """Check ``paths`` (the current folder if there are none) and print the report; the exit status.

    ``given`` are the options of the command line by name; one that is missing was not given.
    Raises ``Refused``.
    """
    config = asked(given)
    output = given.get("output")
    if config.fix == "none":
        report = linted(paths, config)
    else:
        report, patch = _fixed(paths, config)
        if patch is not None:
            emit(patch, output)
            tell_problems(report)
            return _status(report, config)
    shown = report if config.show_suppressed else report._replace(suppressed=())
    emit(_rendered(shown, given), output, ready=True)
    tell_problems(report)
    return _status(report, config)


def linted(paths: tuple[str, ...], config: Config) -> Report:
    """The report on ``paths`` (the current folder if there are none), with a bar for whoever watches."""
    from recursion_lint.run.lint import lint

    paths, stdin = paths or (".",), text_of_stdin(paths)
    if not is_watched():
        return lint(paths, config, stdin=stdin)
    from recursion_lint.cli.progress import Bar

    bar = Bar(sys.stderr)
    try:
        return lint(paths, config, stdin=stdin, progress=bar)
    finally:
        bar.clear()


def asked(given: Mapping[str, Any]) -> Config:
    """The settings file with the options of the command line on top. Raises ``Refused``."""
    from recursion_lint.config import ConfigError, load

    try:
        found = load(explicit=given.get("config"))
    except ConfigError as error:
        raise Refused(str(error)) from error
    changes = {key: given[key] for key in _SETTINGS if given.get(key) is not None}
    select = tuple(name for names in given.get("select", ()) for name in names)
    ignore = tuple(name for names in given.get("ignore", ()) for name in names)
    changes["select"] = select or found.select
    # Asking for a rule by hand wins over a settings file that ignores it.
    changes["ignore"] = tuple(
        dict.fromkeys([*(name for name in found.ignore if name not in select), *ignore])
    )
    changes["cache_dir"] = _cache_dir(given.get("cache_dir"))
    changes["parameters"] = {**found.parameters, **dict(given.get("parameter", ()))}
    if given.get("exit_zero"):
        changes["fail_on"] = "never"
    if given.get("format_") in (None, "text", "github", "gitlab", "junit"):
        changes["advise_at_most"] = MAX_ADVISED
    if given.get("fix") or given.get("diff"):
        changes["advise_at_most"] = 0
        changes["fix"] = "apply" if given["fix"] else "diff"
    return found._replace(**changes)


def _cache_dir(given: str | None) -> str:
    """The folder to keep facts in, made ready; "" for none. Raises ``Refused``."""
    folder = os.environ.get(CACHE_DIR, "") if given is None else given
    if folder:
        from recursion_lint.run.cache import prepare
        from recursion_lint.template.yaml.files import SourceError

        try:
            prepare(folder)
        except SourceError as error:
            raise Refused(f"no cache can be kept: {error}") from error
    return folder


def _rendered(report: Report, given: Mapping[str, Any]) -> str:
    from recursion_lint.report import render
    from recursion_lint.rules import all_rules

    format_ = given.get("format_") or "text"
    return render(
        report,
        format_,
        color=colored(given.get("color"), given.get("output")),
        quiet=given.get("quiet", False),
        width=width(),
        rules=all_rules() if format_ == "sarif" else (),
    )


def _fixed(paths: tuple[str, ...], config: Config) -> tuple[Report, str | None]:
    """Apply the remedies, or with ``--diff`` only show them: the report (on what is left), and the patch to print."""
    from recursion_lint.run.lint import remedied
    from recursion_lint.template.yaml.files import SourceError, read_text

    stdin = text_of_stdin(paths)
    report, plan = remedied(paths or (".",), config, stdin=stdin)
    for file in plan.given_up:
        complain(f"{file}: not every remedy was tried, as each takes long; the next run goes on")
    if config.fix == "diff":
        return report, plan.diff(lambda file: stdin if file == "<stdin>" else read_text(file))
    if stdin is not None:
        raise Refused("--fix changes files: it cannot change standard input (use --diff)")
    try:
        plan.write()
    except SourceError as error:
        raise Refused(f"nothing was changed: {error}") from error
    for finding, remedy, reason in plan.skipped:
        complain(f"not fixed: {finding.span.file}:{finding.span.line}: {remedy.title}: {reason}")
    done, files = len(plan.applied), len(plan.texts)
    complain(f"fixed {done} finding{'' if done == 1 else 's'} in {files} file{'' if files == 1 else 's'}")
    return (linted(paths, config) if done else report), None


def _status(report: Report, config: Config) -> int:
    from recursion_lint.model.findings import SEVERITIES

    fail_on = config.fail_on
    if report.problems or (config.strict and report.unfinished):
        return EXIT_FAILED
    if fail_on == "never":
        return 0
    failing = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
    return EXIT_FINDINGS if any(finding.severity in failing for finding in report.findings) else 0


def tell_problems(report: Report) -> None:
    """Print what could not be read."""
    for problem in report.problems:
        where = f"{problem.file}:{problem.line}" if problem.line else problem.file
        complain(f"error: {where}: {problem.message}")
    if report.unfinished:
        complain(f"warning: {report.unfinished}")
