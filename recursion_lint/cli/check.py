"""What ``check`` does: the settings with the options on top, the lint, the fixes, the report, the exit status."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

from recursion_lint.cli.console import (
    STDIN,
    Refused,
    colored,
    complain,
    emit,
    is_watched,
    legible,
    linking,
    text_of_stdin,
    width,
)
from recursion_lint.model.levels import SEVERITIES

if TYPE_CHECKING:
    from recursion_lint.config import Config
    from recursion_lint.model.report import Problem, Report

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
    "force_exclude",
    "respect_gitignore",
    "no_ignores",
    "strict",
    "min_severity",
    "min_confidence",
    "stdin_filename",
    "changed_since",
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
    if given.get("show_settings"):
        emit(_settings_in_use(config, given), output)
        return 0
    if config.stdin_filename and STDIN not in paths:
        raise Refused("--stdin-filename names what is read from standard input: it needs - as a path")
    if given.get("show_files"):
        return _show_files(paths, config)
    changed = _settings_not_used(config) if given.get("report_settings") else ()
    if config.fix == "none":
        report = _at_app_source(linted(paths, config))
    else:
        report, patch = _fixed(paths, config)
        if patch is not None:
            emit(patch, output)
            tell_problems(report.problems)
            tell_warnings(_odd(changed, report))
            return status_of(report if patch else report._replace(findings=()), config, changed)
    shown = report if config.show_suppressed else report._replace(suppressed=())
    emit(rendered(shown, given), output, ready=True)
    if output or given.get("format_") not in _TELLING:
        tell_problems(report.problems)
    tell_warnings(_odd(changed, report))
    if not (report.summary.templates or report.problems):
        tell_warnings(_generated_first(paths))
    return status_of(report, config, changed)


_GENERATED = (
    (
        ("serverless.yml", "serverless.yaml", "serverless.ts", "serverless.js", "serverless.json"),
        "serverless package",
        ".serverless",
    ),
    (("cdk.json",), "cdk synth", "cdk.out"),
)
"""What describes an application without being a template, what makes templates of it, and the folder with these."""


def _generated_first(paths: tuple[str, ...]) -> tuple[str, ...]:
    """What to run first where nothing was checked because the templates have yet to be made, or are left out."""
    return tuple(
        f"{os.path.join(folder, name) if folder != '.' else name} is here: run `{command}`, then `recursion-lint check "
        f"{os.path.join(folder, made) if folder != '.' else made}`"
        for folder in paths or (".",)
        for names, command, made in _GENERATED
        for name in [one for one in names if os.path.isfile(os.path.join(folder, one))][:1]
    )


_TELLING = (None, "text", "github")
"""Formats that a person reads where they are printed: what could not be read stands there."""


def _odd(changed: tuple[str, ...], report: Report) -> tuple[str, ...]:
    """What the run was not asked for or did not come to."""
    return (*changed, *report.warnings, *([report.unfinished] if report.unfinished else []))


def _show_files(paths: tuple[str, ...], config: Config) -> int:
    from recursion_lint.run.collect import template_files

    named = tuple(path for path in paths or (".",) if path != STDIN)
    files, told = template_files(named, config)
    emit("".join(f"{_words().printable(file)}\n" for file in files))
    tell_warnings(tuple(told))
    return EXIT_FAILED if config.strict and not files else 0


def _settings_not_used(config: Config) -> tuple[str, ...]:
    from recursion_lint import config as settings

    return settings.unused_settings(config)


def _settings_in_use(config: Config, given: Mapping[str, Any]) -> str:
    """The settings that hold, each with its file, or with the command line where that says something else."""
    from recursion_lint import config as settings

    explicit, isolated = given.get("config"), given.get("isolated")
    origins = {} if isolated else dict(settings.origins(explicit=explicit))
    found = settings.Config() if isolated else settings.load(explicit=explicit)
    changed = (name for name in config._fields if getattr(config, name) != getattr(found, name))
    return settings.as_toml(config, {**origins, **dict.fromkeys(changed, "command line")})


def _at_app_source(report: Report) -> Report:
    """The report told at the lines of the CDK app where there is one; a run without findings loads nothing for it."""
    if not report.findings:
        return report
    from recursion_lint.run.app_source import at_app_source

    return at_app_source(report)


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
    from recursion_lint import config as settings

    if given.get("isolated"):
        if given.get("config"):
            raise Refused("--isolated uses no settings file, and --config names one")
        found = settings.Config()
    else:
        found = settings.load(explicit=given.get("config"))
    changes = {key: given[key] for key in _SETTINGS if given.get(key) is not None}
    select = tuple(name for names in given.get("select", ()) for name in names)
    ignore = tuple(name for names in given.get("ignore", ()) for name in names)
    changes["select"] = select or found.select
    # Asking for a rule by hand wins over a settings file that ignores it.
    changes["ignore"] = tuple(
        dict.fromkeys([*(name for name in found.ignore if name not in select), *ignore])
    )
    changes["cache_dir"] = _cache_dir(given.get("cache_dir"))
    parameters = dict(given.get("parameter", ()))
    changes["parameters"] = {**found.parameters, **parameters}
    changes["given_parameters"] = tuple(parameters)
    changes["parameter_files"] = tuple(given.get("parameter_file", ()))
    if given.get("config_env") is not None or given.get("isolated"):
        changes["config_env"] = given.get("config_env") or ""
    if given.get("exit_zero"):
        changes["fail_on"] = "never"
    if given.get("format_") in (None, "text", "markdown", "github", "gitlab", "junit"):
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


def rendered(report: Report, given: Mapping[str, Any]) -> str:
    """The report in the format that was asked for."""
    from recursion_lint.report import render
    from recursion_lint.rules import all_rules

    format_ = "statistics" if given.get("statistics") else given.get("format_") or "text"
    text = render(
        report,
        format_,
        color=colored(given.get("color"), given.get("output")),
        quiet=given.get("quiet", False),
        verbose=given.get("verbose", False),
        width=width(),
        rules=all_rules() if format_ == "sarif" else (),
        **({"links": True} if linking(given.get("output")) else {}),
    )
    return legible(text, given.get("output")) if format_ in ("text", "concise") else text


def _fixed(paths: tuple[str, ...], config: Config) -> tuple[Report, str | None]:
    """Apply the remedies, or with ``--diff`` only show them: the report (on what is left), and the patch to print."""
    from recursion_lint.run.lint import remedied
    from recursion_lint.template.yaml.files import SourceError, read_text

    stdin = text_of_stdin(paths)
    report, plan = remedied(paths or (".",), config, stdin=stdin)
    for file in plan.given_up:
        complain(f"{file}: not every remedy was tried, as each takes long; the next run goes on")
    if config.fix == "diff":
        if not plan.texts:
            complain(f"nothing to apply: {_why_nothing(report, config)}")
        return report, plan.diff(lambda file: plan.before[file] if file in plan.before else read_text(file))
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


def _why_nothing(report: Report, config: Config) -> str:
    if not report.findings:
        return "there are no findings"
    if config.unsafe_fixes:
        return "no finding has a remedy that a template alone can hold"
    return "no finding has a safe remedy (--unsafe-fixes shows the others)"


def status_of(report: Report, config: Config, changed: tuple[str, ...] = ()) -> int:
    """The exit status that a report comes to. ``changed``: settings that were not used."""
    if any(problem.named or config.strict for problem in report.problems):
        return EXIT_FAILED
    if config.strict and report.unfinished:
        return EXIT_FAILED
    # A hook is given whatever a commit touches, which need not be a template.
    if config.strict and (changed or not (report.summary.templates or config.only_templates)):
        return EXIT_FAILED
    if config.fail_on == "never":
        return 0
    failing = SEVERITIES[: SEVERITIES.index(config.fail_on) + 1]
    return EXIT_FINDINGS if any(finding.severity in failing for finding in report.findings) else 0


def tell_problems(problems: Sequence[Problem]) -> None:
    """Print what could not be read."""
    for problem in problems:
        complain(f"{'error' if problem.named else 'warning'}: {_words().problem_line(problem)}")


def tell_warnings(warnings: Sequence[str]) -> None:
    """Print what is odd about how a run was asked for."""
    for warning in warnings:
        complain(f"warning: {_words().one_line(warning)}")


def _words() -> ModuleType:
    """What reports say things with: loaded only where there is something to say."""
    from recursion_lint.report import wording

    return wording
