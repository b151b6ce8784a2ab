"""The command line: options, exit status, where text goes. The linter behind it is a stand-in here."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest

from recursion_lint.cli.main import main
from recursion_lint.config import Config
from recursion_lint.model.findings import CycleNode, Finding, Remedy, Severity, Span
from recursion_lint.model.report import Problem, Report, Summary
from recursion_lint.remedies.apply import Plan
from recursion_lint.run.lint import Drawing
from recursion_lint.version import __version__

ROOT = Path(__file__).resolve().parent.parent
Run = Callable[..., "Outcome"]


class FakeRule(NamedTuple):
    name: str
    code: str
    severities: tuple[Severity, ...]
    summary: str
    page: str


RULES = (
    FakeRule("s3-loop", "R1100", ("error", "warning"), "a loop through a bucket", "# s3-loop\n\nWhy.\n"),
    FakeRule("sqs-loop", "R1200", ("error",), "a loop through a queue", "# sqs-loop\n\nBecause.\n"),
)


class Outcome(NamedTuple):
    status: int
    out: str
    err: str


class Engine:
    """Stands in for ``recursion_lint.run.lint``: returns ``report`` and remembers what it was asked."""

    def __init__(self) -> None:
        self.report = Report()
        self.error: BaseException | None = None
        self.paths: tuple[str, ...] = ()
        self.config = Config()
        self.stdin: str | None = None
        self.texts: dict[str, str] = {}

    def remedied(
        self, paths: Sequence[str], config: Config, *, stdin: str | None = None
    ) -> tuple[Report, Plan]:
        return self.lint(paths, config, stdin=stdin), Plan(self.texts)

    def lint(self, paths: Sequence[str], config: Config, *, stdin: str | None = None) -> Report:
        self.paths, self.config, self.stdin = tuple(paths), config, stdin
        if self.error is not None:
            raise self.error
        return self.report

    def drawing(
        self, paths: Sequence[str], config: Config, format_: str, *, stdin: str | None = None
    ) -> Drawing:
        report = self.lint(paths, config, stdin=stdin)
        return Drawing(f"graph as {format_}\n", report.problems, report.summary.templates)


def finding(
    severity: Severity, *remedies: Remedy, rule: str = "sqs-loop", fingerprint: str = "f1"
) -> Finding:
    return Finding(
        rule=rule,
        code="R1200",
        severity=severity,
        confidence="certain",
        message="it loops",
        span=Span("template.yaml", 3, 1, 3, 9),
        cycle=(CycleNode("Queue", "AWS::SQS::Queue", "template.yaml", 3),),
        hops=(),
        remedies=remedies,
        fingerprint=fingerprint,
    )


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Engine:
    """A stand-in engine, rules and report, in an empty repository."""
    engine = Engine()
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "RECURSION_LINT_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    install(monkeypatch, "run.lint", lint=engine.lint, drawing=engine.drawing, remedied=engine.remedied)
    install(monkeypatch, "rules", all_rules=lambda: RULES)
    own = [str(ROOT / "recursion_lint" / "report")]
    install(monkeypatch, "report", FORMATS=("text", "json", "sarif"), render=render, __path__=own)
    return engine


def install(monkeypatch: pytest.MonkeyPatch, name: str, **members: object) -> None:
    module = ModuleType(f"recursion_lint.{name}")
    vars(module).update(members)
    monkeypatch.setitem(sys.modules, module.__name__, module)


def render(report: Report, format_: str, **given: Any) -> str:
    rules = [rule.name for rule in given.pop("rules")]
    return f"{format_} {len(report.findings)} {given} {rules} ①→\n"


@pytest.fixture
def run(engine: Engine, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*args: str) -> Outcome:
        status = main(args)
        return Outcome(status, *capsys.readouterr())

    return call


# -- exit status -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("severity", "fail_on", "status"),
    [
        ("error", "error", 1),
        ("warning", "error", 0),
        ("error", "warning", 1),
        ("warning", "warning", 1),
        ("info", "warning", 0),
        ("info", "info", 1),
        ("error", "never", 0),
    ],
)
def test_fail_on(engine: Engine, run: Run, severity: Severity, fail_on: str, status: int) -> None:
    engine.report = Report(findings=(finding(severity),))
    assert run("check", "--fail-on", fail_on).status == status
    Path(".recursion-lint.toml").write_text(f'fail-on = "{fail_on}"')
    assert run("check").status == status


def test_warnings_fail_unless_told_otherwise(engine: Engine, run: Run) -> None:
    assert run("check").status == 0
    engine.report = Report(findings=(finding("info"), finding("warning")))
    assert run("check").status == 1
    assert run("check", "--exit-zero").status == 0
    engine.report = Report(findings=(finding("info"),))
    assert run("check").status == 0


def test_a_file_that_cannot_be_read_is_3_and_the_findings_are_still_told(engine: Engine, run: Run) -> None:
    problems = (Problem("bad.yaml", 7, "not YAML"), Problem("gone.yaml", 0, "no such file"))
    engine.report = Report(findings=(finding("error"),), problems=problems)
    outcome = run("check", "bad.yaml", "gone.yaml", "--exit-zero")
    assert outcome.status == 3
    assert outcome.out.startswith("text 1 ")
    # The report tells of them where a person reads it, and nothing is told twice.
    assert outcome.err == ""
    for elsewhere in (["--format", "json"], ["--output", "report.txt"]):
        told = run("check", "bad.yaml", "gone.yaml", *elsewhere).err
        assert told == "error: bad.yaml:7: not YAML\nerror: gone.yaml: no such file\n"


def test_a_file_that_was_found_fails_only_where_strict(engine: Engine, run: Run) -> None:
    engine.report = Report(problems=(Problem("t.yaml", 7, "not YAML", named=False),), summary=Summary(1))
    assert run("check").status == 0
    assert run("check", "--strict", "--exit-zero").status == 3
    Path(".recursion-lint.toml").write_text("strict = true")
    assert run("check").status == 3
    assert run("check", "--format", "json").err == "warning: t.yaml:7: not YAML\n"


def test_nothing_to_check_fails_where_strict(engine: Engine, run: Run) -> None:
    assert run("check").status == 0
    assert run("check", "--strict").status == 3
    # A hook is given whatever a commit touches.
    assert run("check", "--strict", "--only-templates", "a.yaml").status == 0
    engine.report = Report(summary=Summary(templates=1))
    assert run("check", "--strict").status == 0


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["check", "--nonsense"], "No such option"),
        (["check", "--format", "xml"], "'xml' is not one of 'text', 'json', 'sarif'"),
        (["check", "--fail-on", "warn"], "'warn' is not one of"),
        (["check", "--select", "sqs-lop"], "unknown rule 'sqs-lop', did you mean 'sqs-loop'?"),
        (["check", "--ignore", "s3-loop,R9"], "unknown rule 'R9'"),
        (["check", "--parameter", "Name"], "'Name' is not KEY=VALUE"),
        (["check", "--parameter", "=x"], "'=x' is not KEY=VALUE"),
        (["check", "--jobs", "-1"], "-1 is not in the range"),
        (["check", "--fix", "--diff"], "--fix and --diff exclude each other"),
        (["check", "--unsafe-fixes"], "--unsafe-fixes needs --fix or --diff"),
        (["check", "--diff", "--format", "json"], "--diff prints a patch"),
        (["check", "--show-files", "--format", "json"], "--show-files prints paths"),
        (["check", "--statistics", "--format", "json"], "--statistics prints counts"),
        (["check", "--show-settings", "--fix"], "--show-settings prints settings"),
        (["check", "--show-settings", "--statistics"], "exclude each other"),
        (["check", "--watch", "--fix"], "--watch reports again and again"),
        (["check", "--watch", "--show-files"], "--watch reports again and again"),
        (["check", "--watch", "-"], "--watch has nothing to watch on standard input"),
        (["check", "--min-severity", "never"], "'never' is not one of"),
        (["check", "--min-confidence", "error"], "'error' is not one of"),
        (["check", "--stdin-filename", "a.yaml", "b.yaml"], "--stdin-filename names what is read"),
        (["check", "--isolated", "--config", "own.toml"], "--isolated uses no settings file"),
        (["check", "--config", "no.toml"], "error: no.toml: cannot read it"),
        (["check", "--output", "no/such/folder.txt"], "error: no/such/folder.txt: cannot write it"),
        (["graph", "--format", "png"], "'png' is not one of"),
        (["explain", "s4-loop"], "unknown rule 's4-loop', did you mean 's3-loop'?"),
        (["explain"], "Missing argument 'RULE'"),
        (["."], "To check that path: recursion-lint check ."),
    ],
)
def test_wrong_usage_is_2_and_told_on_stderr(run: Run, args: list[str], message: str) -> None:
    outcome = run(*args)
    assert outcome.status == 2
    assert outcome.out == ""
    assert message in outcome.err
    assert "Traceback" not in outcome.err


def test_a_refused_setting_is_2(run: Run) -> None:
    Path(".recursion-lint.toml").write_text("fail-onn = 1")
    outcome = run("check")
    assert outcome == (
        2,
        "",
        "error: .recursion-lint.toml:1: unknown key 'fail-onn', did you mean 'fail-on'?\n",
    )


def test_an_internal_error_is_3_without_a_traceback(
    engine: Engine, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.error = RecursionError("too deep")
    outcome = run("check")
    assert outcome.status == 3
    assert outcome.out == ""
    assert outcome.err.startswith(
        "error: internal error: RecursionError: too deep (set RECURSION_LINT_DEBUG=1"
    )
    assert "Traceback" not in outcome.err
    monkeypatch.setenv("RECURSION_LINT_DEBUG", "1")
    with pytest.raises(RecursionError):
        main(["check"])


def test_an_interrupt_is_130(engine: Engine, run: Run) -> None:
    engine.error = KeyboardInterrupt()
    outcome = run("check")
    assert outcome.status == 130
    assert "Traceback" not in outcome.err


# -- options reach the engine ------------------------------------------------------------------------------


def test_paths(engine: Engine, run: Run) -> None:
    run("check")
    assert (engine.paths, engine.config, engine.stdin) == ((".",), Config(advise_at_most=10), None)
    run("check", "a.yaml", "b")
    assert engine.paths == ("a.yaml", "b")


@pytest.mark.parametrize("data", [b"R: \xc3\xa4", b"\xef\xbb\xbfR: \xc3\xa4", "R: ä".encode("utf-16")])
def test_standard_input_in_any_unicode(
    engine: Engine, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, data: bytes
) -> None:
    (tmp_path / "input").write_bytes(data)
    with open(tmp_path / "input", encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        run("check", "-")
    assert (engine.paths, engine.stdin) == (("-",), "R: ä")


def test_options_on_top_of_the_settings(engine: Engine, run: Run) -> None:
    Path(".recursion-lint.toml").write_text(
        'select = ["s3-loop"]\nignore = ["sqs-loop"]\nbaseline = "old.json"\nrequire-reason = true\njobs = 4\n'
        'fail-on = "error"\n[parameters]\nA = "1"\nB = "2"\n'
    )
    run("check")
    from_file = engine.config
    assert (from_file.select, from_file.ignore, from_file.jobs) == (("s3-loop",), ("sqs-loop",), 4)
    assert from_file.require_reason
    assert not from_file.show_suppressed
    run(
        "check", "--select", "R1200,s3-loop", "--ignore", "r1100", "--parameter", "B=x=y", "--parameter", "C="
    )
    assert engine.config.select == ("sqs-loop", "s3-loop")
    assert engine.config.ignore == ("s3-loop",)
    assert engine.config.parameters == {"A": "1", "B": "x=y", "C": ""}
    run("check", "--baseline", "new.json", "--jobs", "0", "--fail-on", "info", "--show-suppressed")
    config = engine.config
    assert (config.baseline, config.jobs, config.fail_on) == ("new.json", 0, "info")
    assert config.show_suppressed
    assert config.require_reason


def test_named_files_that_are_no_templates_can_be_skipped(engine: Engine, run: Run) -> None:
    run("check", "values.yaml")
    assert not engine.config.only_templates
    run("check", "--only-templates", "values.yaml")
    assert engine.config.only_templates


def test_select_repeats(engine: Engine, run: Run) -> None:
    run("check", "--select", "s3-loop", "--select", "sqs-loop")
    assert engine.config.select == ("s3-loop", "sqs-loop")


def test_what_is_read_can_be_said_by_hand(engine: Engine, run: Run) -> None:
    run("check")
    default = engine.config
    assert (default.respect_gitignore, default.force_exclude, default.no_ignores) == (True, False, False)
    run("check", "--no-respect-gitignore", "--force-exclude", "--no-ignores", "--parameter", "A=b")
    given = engine.config
    assert (given.respect_gitignore, given.force_exclude, given.no_ignores) == (False, True, True)
    assert given.given_parameters == ("A",)


def test_warnings_of_a_run_are_told(engine: Engine, run: Run) -> None:
    engine.report = Report(warnings=("no template declares the parameter 'A'",))
    assert run("check").err == "warning: no template declares the parameter 'A'\n"


def test_a_gate_takes_no_settings_from_the_repository_and_tells_of_them(engine: Engine, run: Run) -> None:
    engine.report = Report(findings=(finding("error"),), summary=Summary(1))
    Path(".recursion-lint.toml").write_text('fail-on = "never"\nignore = ["sqs-loop"]')
    Path("own.toml").write_text('ignore = ["sqs-loop"]')
    assert run("check").status == 0
    assert run("check", "--isolated") == (
        1,
        "text 1 {'color': False, 'quiet': False, 'verbose': False, 'width': 100} [] ①→\n",
        "",
    )
    assert engine.config == Config(advise_at_most=10, config_env="")
    unused = "warning: .recursion-lint.toml: its setting 'fail-on' is not in use\n"
    assert run("check", "--config", "own.toml", "--report-settings").err == unused
    told = run("check", "--isolated", "--report-settings")
    ignore = "warning: .recursion-lint.toml: its setting 'ignore' is not in use\n"
    assert (told.status, told.err) == (1, ignore + unused)
    assert run("check", "--isolated", "--report-settings", "--strict", "--exit-zero").status == 3
    Path(".recursion-lint.toml").write_text("ignore = 5")
    assert (
        "settings that are not in use cannot be read" in run("check", "--isolated", "--report-settings").err
    )
    Path(".recursion-lint.toml").unlink()
    assert run("check", "--isolated", "--report-settings", "--strict", "--exit-zero") == (
        0,
        "text 1 {'color': False, 'quiet': False, 'verbose': False, 'width': 100} [] ①→\n",
        "",
    )


def test_the_settings_that_hold_are_shown(engine: Engine, run: Run) -> None:
    Path("base.toml").write_text("jobs = 2")
    Path(".recursion-lint.toml").write_text('extend = "base.toml"\nfail-on = "error"')
    status, out, err = run(
        "check", "--show-settings", "--strict", "--parameter", "A=b", "--min-severity", "warning"
    )
    assert (status, err, engine.paths) == (0, "", ())
    lines = out.splitlines()
    assert "jobs = 2  # base.toml" in lines
    assert 'fail-on = "error"  # .recursion-lint.toml' in lines
    assert "strict = true  # command line" in lines
    assert 'min-severity = "warning"  # command line' in lines
    assert lines[lines.index("[parameters]  # command line") + 1] == '"A" = "b"'
    assert "jobs = 0  # default" in run("check", "--show-settings", "--isolated").out
    run("check", "--show-settings", "-o", "shown.toml")
    assert "jobs = 2  # base.toml" in Path("shown.toml").read_text()


def test_statistics_and_links_reach_the_report(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("check", "--statistics").out.startswith("statistics 0")
    assert "links" not in run("check", "--color").out
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    assert "'links': True" in run("check", "--no-color").out
    run("check", "-o", "x")
    assert "links" not in Path("x").read_text(encoding="utf-8")
    monkeypatch.setenv("TERM", "dumb")
    assert "links" not in run("check").out


def test_settings_named_by_hand(engine: Engine, run: Run) -> None:
    Path("other.toml").write_text("jobs = 9")
    run("check", "--config", "other.toml")
    assert engine.config.jobs == 9


def test_fix_is_passed_on(engine: Engine, run: Run) -> None:
    run("check", "--fix")
    assert (engine.config.fix, engine.config.unsafe_fixes) == ("apply", False)
    run("check", "--diff", "--unsafe-fixes")
    assert (engine.config.fix, engine.config.unsafe_fixes) == ("diff", True)
    run("check")
    assert engine.config.fix == "none"


def test_diff_prints_what_fix_writes(engine: Engine, run: Run) -> None:
    engine.report = Report(findings=(finding("error"), finding("info")))
    Path("t.yaml").write_text("a: 1\n")
    engine.texts = {"t.yaml": "a: 2\n"}
    shown = run("check", "--diff")
    assert (shown.status, shown.out) == (1, "--- a/t.yaml\n+++ b/t.yaml\n@@ -1 +1 @@\n-a: 1\n+a: 2\n")
    assert Path("t.yaml").read_text() == "a: 1\n"
    assert "fixed 0 findings in 1 file" in run("check", "--fix").err
    engine.texts = {}
    status, out, err = run("check", "--diff")
    assert (status, out) == (0, "")
    assert err == "nothing to apply: no finding has a safe remedy (--unsafe-fixes shows the others)\n"
    engine.report = Report()
    assert run("check", "--diff").err == "nothing to apply: there are no findings\n"
    assert Path("t.yaml").read_text() == "a: 2\n"


# -- the report --------------------------------------------------------------------------------------------


def test_format_and_quiet_reach_the_report(run: Run) -> None:
    assert (
        run("check").out == "text 0 {'color': False, 'quiet': False, 'verbose': False, 'width': 100} [] ①→\n"
    )
    assert run("check", "--format", "json").out.startswith("json 0")
    assert "'quiet': True" in run("check", "-q").out
    assert "['s3-loop', 'sqs-loop']" in run("check", "--format", "sarif").out


def test_output_goes_to_the_file_only(engine: Engine, run: Run) -> None:
    engine.report = Report(findings=(finding("error"),))
    assert run("check", "--output", "out.txt") == (1, "", "")
    assert Path("out.txt").read_text(encoding="utf-8").endswith("①→\n")


@pytest.mark.parametrize(
    ("args", "environment", "tty", "colored"),
    [
        ([], {}, False, False),
        ([], {}, True, True),
        ([], {"NO_COLOR": "1"}, True, False),
        ([], {"NO_COLOR": ""}, True, True),
        ([], {"TERM": "dumb"}, True, False),
        ([], {"FORCE_COLOR": "1"}, False, True),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
        (["--color"], {"NO_COLOR": "1"}, False, True),
        (["--no-color"], {"FORCE_COLOR": "1"}, True, False),
        (["--output", "x"], {"FORCE_COLOR": "1"}, True, False),
        (["--output", "x", "--color"], {}, False, True),
    ],
)
def test_color(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    args: list[str],
    environment: dict[str, str],
    tty: bool,
    colored: bool,
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: tty, raising=False)
    out = run("check", *args).out
    assert f"'color': {colored}" in (Path("x").read_text(encoding="utf-8") if "--output" in args else out)


# -- the other commands ------------------------------------------------------------------------------------


def test_version(run: Run) -> None:
    assert run("--version") == run("-V") == (0, f"recursion-lint {__version__}\n", "")


def test_rules_lists_them_in_columns(run: Run) -> None:
    assert run("rules").out.splitlines() == [
        "RULE      CODE   SEVERITY        FINDS",
        "s3-loop   R1100  error, warning  a loop through a bucket",
        "sqs-loop  R1200  error           a loop through a queue",
    ]


def test_rules_for_programs(run: Run) -> None:
    assert json.loads(run("rules", "-f", "json").out) == {
        "schema": 1,
        "rules": [
            {
                "name": "s3-loop",
                "code": "R1100",
                "severities": ["error", "warning"],
                "summary": "a loop through a bucket",
                "page": "# s3-loop\n\nWhy.\n",
            },
            {
                "name": "sqs-loop",
                "code": "R1200",
                "severities": ["error"],
                "summary": "a loop through a queue",
                "page": "# sqs-loop\n\nBecause.\n",
            },
        ],
    }


def test_explain_prints_the_page_by_name_or_code(run: Run) -> None:
    status, out, err = run("explain", "sqs-loop", "--examples")
    assert (status, err) == (0, "")
    assert out.startswith("# sqs-loop\n\nBecause.\n\n## Remedies\n")
    assert run("explain", "r1100", "-v").out.startswith("# s3-loop\n\nWhy.\n\n## Remedies\n")
    assert run("explain", "r1100", "-v", "--color").out.startswith(
        "\x1b[1m# s3-loop\x1b[0m\n\nWhy.\n\n\x1b[1m## Rem"
    )


def test_nothing_to_check_beside_an_app_that_is_not_built_names_the_command(engine: Engine, run: Run) -> None:
    engine.report = Report()
    assert run("check").err == ""
    Path("serverless.yml").touch()
    Path("app").mkdir()
    Path("app/cdk.json").touch()
    serverless = "serverless.yml is here: run `serverless package`, then `recursion-lint check .serverless`"
    assert run("check").err == f"warning: {serverless}\n"
    cdk = (
        f"{Path('app/cdk.json')} is here: run `cdk synth`, then `recursion-lint check {Path('app/cdk.out')}`"
    )
    assert run("check", "app").err == f"warning: {cdk}\n"
    # Where something was checked or could not be read, that is what there is to say.
    engine.report = Report(summary=Summary(templates=1))
    assert run("check").err == ""


def test_rules_fit_the_terminal_and_stay_on_a_line_elsewhere(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(run("rules").out.splitlines()) == 3
    monkeypatch.setattr("recursion_lint.cli.commands.width", lambda: 45)
    lines = run("rules").out.splitlines()
    assert len(lines) > 3
    assert max(map(len, lines)) <= 45


def test_graph(engine: Engine, run: Run) -> None:
    engine.report = Report(summary=Summary(templates=1))
    assert run("graph", "t.yaml", "--parameter", "A=b") == (0, "graph as mermaid\n", "")
    assert (engine.paths, engine.config.parameters) == (("t.yaml",), {"A": "b"})
    assert run("graph", "--format", "dot", "--output", "g.dot").out == ""
    assert Path("g.dot").read_text() == "graph as dot\n"
    assert engine.paths == (".",)


def test_a_graph_of_what_cannot_be_read_fails(engine: Engine, run: Run) -> None:
    engine.report = Report(problems=(Problem("gone.yaml", 0, "no such file"),))
    assert run("graph", "gone.yaml") == (3, "", "error: gone.yaml: no such file\n")
    engine.report = engine.report._replace(summary=Summary(templates=1))
    assert run("graph", "gone.yaml", "t.yaml").out == "graph as mermaid\n"
    assert run("graph", "gone.yaml", "t.yaml").status == 3
    found = Problem("t.yaml", 3, "not YAML", named=False)
    engine.report = Report(problems=(found,))
    assert run("graph", "folder") == (3, "", "warning: t.yaml:3: not YAML\n")
    engine.report = Report()
    status, out, err = run("graph")
    assert (status, out) == (0, "graph as mermaid\n")
    assert "no SAM or CloudFormation template was found" in err


def test_baseline_accepts_everything_found(engine: Engine, run: Run) -> None:
    Path(".recursion-lint.toml").write_text('baseline = "accepted.json"')
    engine.report = Report(findings=(finding("error"), finding("info", rule="s3-loop", fingerprint="f0")))
    assert run("baseline") == (0, f"Accepted 2 findings in {Path('accepted.json').absolute()}\n", "")
    # An older baseline must not hide from the new one what it accepts.
    assert engine.config.baseline is None
    entries = json.loads(Path("accepted.json").read_text())["findings"]
    assert [entry["fingerprint"] for entry in entries] == ["f0", "f1"]
    assert run("baseline", "--output", "b.json").out == (
        "Accepted 2 findings in b.json\n"
        'To use it: recursion-lint check --baseline b.json, or baseline = "b.json" in the settings\n'
    )
    Path(".recursion-lint.toml").unlink()
    engine.report = Report(findings=(finding("error"),))
    assert run("baseline").out.startswith("Accepted 1 finding in .recursion-lint-baseline.json\nTo use it: ")


def test_baseline_is_not_written_from_half_the_files(engine: Engine, run: Run) -> None:
    engine.report = Report(problems=(Problem("bad.yaml", 1, "not YAML"),))
    assert run("baseline") == (3, "", "error: bad.yaml:1: not YAML\n")
    assert not Path(".recursion-lint-baseline.json").exists()


@pytest.mark.parametrize("command", ["check", "graph", "explain", "rules", "baseline"])
def test_help_fits_the_screen_and_names_every_option(run: Run, command: str) -> None:
    status, out, _ = run(command, "--help")
    assert status == 0
    assert len(out.splitlines()) <= 80
    assert max(map(len, out.splitlines())) <= 100


def test_without_a_command_the_help_is_shown(run: Run) -> None:
    outcome = run()
    assert outcome.status == 2
    for command in ("check", "graph", "explain", "rules", "baseline", "Start here"):
        assert command in outcome.out + outcome.err


# -- a process of its own ----------------------------------------------------------------------------------

STAND_IN = """
import sys, types
from importlib import import_module
for name, members in {
    "rules": {"all_rules": lambda: ()},
    "report": {"FORMATS": ("text",), "render": lambda *a, **k: "\\u2460\\u2192\\n" * SIZE},
    "run.lint": {"lint": lambda *a, **k: import_module("recursion_lint.model.report").Report()},
}.items():
    module = sys.modules["recursion_lint." + name] = types.ModuleType("recursion_lint." + name)
    vars(module).update(members)
from recursion_lint.cli.main import main
sys.exit(main(["check"]))
"""


def python(*args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    command = [sys.executable, *args]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=env, check=False)


def test_as_a_module() -> None:
    done = python("-m", "recursion_lint", "--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"recursion-lint {__version__}\n", "")
    assert python("-m", "recursion_lint", "check", "--nonsense").returncode == 2


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_terminal_without_unicode_gets_signs_that_it_has(encoding: str) -> None:
    done = python("-c", "SIZE = 1" + STAND_IN, PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stdout, done.stderr) == (0, "(1)>\n", "")


@pytest.mark.skipif(os.name == "nt", reason="needs pipes that report a reader who has gone")
@pytest.mark.parametrize("size", [1, 1_000_000])
def test_a_reader_that_has_gone_is_no_error(size: int) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    # Without its buffer Python has nothing left to flush at the end, which is what must not fail.
    env.pop("PYTHONUNBUFFERED", None)
    command = [sys.executable, "-c", f"SIZE = {size}" + STAND_IN]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, env=env, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is full")
def test_a_full_disk_is_told_in_one_line_and_once() -> None:
    with open("/dev/full", "w") as full:
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", "SIZE = 1" + STAND_IN]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, env=env, text=True, check=False)
        silent = subprocess.run(command, stdout=full, stderr=full, env=env, check=False)
    told = "error: the output cannot be written: No space left on device\n"
    assert (done.returncode, done.stderr, silent.returncode) == (2, told, 2)


def test_starting_loads_nothing_that_a_run_may_not_need() -> None:
    heavy = {
        "cfnlint",
        "click",
        "difflib",
        "hypothesis",
        "importlib.metadata",
        "json",
        "jsonschema",
        "networkx",
        "pathspec",
        "recursion_lint.config",
        "recursion_lint.report",
        "recursion_lint.rules",
        "ruamel",
        "tomllib",
        "yaml",
    }
    code = f"import sys, recursion_lint.cli.main; print(sorted({heavy!r} & set(sys.modules)))"
    done = python("-c", code)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_an_option_that_is_not_given_is_as_if_it_were_not_there() -> None:
    """A plain check goes past click and gives no options at all: click's defaults must mean the same.

    A flag that is not given is no ``False``: that would win over the settings file.
    """
    from recursion_lint.cli.commands import check

    given = check.make_context("check", ["template.yaml"]).params
    assert given.pop("paths") == ("template.yaml",)
    assert {name: value for name, value in given.items() if value not in (None, ())} == {}


@pytest.mark.parametrize(
    "words",
    [
        ["check"],
        ["check", "a.yaml", "b.yaml"],
        ["check", "absent.yaml"],
        ["check", "--only-templates", "a.yaml", "b.yaml"],
        ["check", "a.yaml", "-q", "--exit-zero"],
        ["check", "--fail-on", "never", "loop.yaml"],
        ["check", "loop.yaml", "--fail-on", "error", "--fail-on", "warning"],
        ["check", "--fail-on", "all", "loop.yaml"],
        ["check", "loop.yaml", "--fail-on"],
        ["check", "--exit-zero", "--", "-q"],
        ["check", "--quite"],
        ["check", "--cache-dir", "kept", "loop.yaml"],
        ["check", "--cache-dir", "", "loop.yaml"],
        ["check", "--cache-dir=kept", "loop.yaml"],
        ["check", "--cache-dir=", "loop.yaml"],
        ["check", "--fail-on=error", "loop.yaml"],
        ["check", "--fail-on=", "loop.yaml"],
        ["check", "--fail-on=a=b", "loop.yaml"],
        ["check", "--exit-zero=yes", "loop.yaml"],
        ["check", "loop.yaml", "--cache-dir"],
        ["check", "loop.yaml", "--no-code", "--isolated"],
        ["check", "loop.yaml", "--format", "concise"],
        ["check", "loop.yaml", "--format=json", "--output", "out.json"],
        ["check", "--format", "yaml", "loop.yaml"],
        ["check", "-v", "loop.yaml", "--strict"],
        ["check", "-qv", "loop.yaml"],
        ["check", "loop.yaml", "--fix", "--diff"],
        ["check", "loop.yaml", "--unsafe-fixes"],
        ["check", "loop.yaml", "--show-files"],
        ["check", "--baseline", "absent.json", "loop.yaml"],
        ["check", "--config", "absent.toml", "loop.yaml"],
        ["check", "--isolated", "--config=absent.toml", "loop.yaml"],
        ["check", "--no-color", "loop.yaml"],
        ["check", "--timeout", "0", "loop.yaml"],
        ["check", "--select", "no-such-rule", "loop.yaml"],
        ["check", "--help"],
        ["check", "-h", "loop.yaml"],
        ["check", "--", "--cache-dir", "kept"],
        ["check", "loop.yaml", "-f", "json", "-o", "out.json"],
        ["check", "loop.yaml", "-f=json"],
        ["check", "loop.yaml", "-o=out.json"],
        ["check", "loop.yaml", "-oout.json"],
        ["check", "loop.yaml", "--min-severity", "error", "--min-confidence=weak"],
        ["check", "loop.yaml", "--min-severity", "never"],
        ["check", "loop.yaml", "--statistics"],
        ["check", "--statistics", "--format", "json", "loop.yaml"],
        ["check", "--show-settings", "--strict"],
        ["check", "--stdin-filename", "a.yaml", "loop.yaml"],
    ],
)
def test_a_plain_check_is_what_click_makes_of_it(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text("Resources: {A: {Type: AWS::SNS::Topic}}\n")
    Path("b.yaml").write_text("Resources: {A: [}\n")
    shutil.copyfile(ROOT / "fixtures/sqs-loop/for-each/template.yaml", "loop.yaml")
    ways = []
    for plain in (True, False):
        if not plain:
            monkeypatch.setattr(sys.modules["recursion_lint.cli.main"], "plainly_given", lambda *asked: None)
        status = main(words)
        printed = capsys.readouterr()
        written = Path("out.json").read_text() if Path("out.json").exists() else ""
        texts = (re.sub(r"in [\d.]+ m?s", "", text) for text in (printed.out, printed.err, written))
        ways.append((status, *texts))
    assert ways[0] == ways[1]
