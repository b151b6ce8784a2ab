"""The public interface, as docs/api.md tells it."""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import recursion_lint
import recursion_lint.config
from recursion_lint import Config, Report, lint
from recursion_lint.config import ConfigError
from recursion_lint.model.findings import Finding

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
CASE = "fixtures/sqs-loop/wrong-variable/template.yaml"


@pytest.fixture(autouse=True)
def at_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def block(language: str) -> str:
    (found,) = re.findall(rf"(?ms)^```{language}\n(.*?)^```", PAGE)
    return str(found)


def test_the_example_prints_what_the_page_says() -> None:
    done = subprocess.run(
        [sys.executable, "-c", block("python")], capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.stderr == ""
    assert done.stdout == block("text")


def test_the_public_names() -> None:
    assert set(recursion_lint.__all__) == {"Config", "Report", "__version__", "lint"}
    assert set(recursion_lint.__all__) <= set(dir(recursion_lint))
    assert re.fullmatch(r"\d+\.\d+\.\d+", recursion_lint.__version__)
    with pytest.raises(AttributeError, match="no attribute 'linter'"):
        recursion_lint.linter  # noqa: B018


def test_importing_the_package_loads_nothing_of_it() -> None:
    code = "import sys, recursion_lint; print([name for name in sys.modules if name.startswith('recursion_lint.')])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


def test_a_report_and_a_config_cannot_be_changed() -> None:
    report = lint([CASE])
    assert isinstance(report, Report)
    with pytest.raises(AttributeError):
        report.findings = ()  # type: ignore[misc]
    with pytest.raises(AttributeError):
        Config().jobs = 3  # type: ignore[misc]


@pytest.mark.parametrize("paths", [CASE, Path(CASE), [Path(CASE)], (CASE,)], ids=repr)
def test_one_path_is_one_path(paths: Any) -> None:
    report = lint(paths)
    assert (report.summary.templates, [finding.rule for finding in report.findings]) == (1, ["sqs-loop"])


@pytest.mark.parametrize("module", ["recursion_lint.run.lint", "recursion_lint.model.report"])
def test_the_examples_of_docstrings_run(module: str) -> None:
    found = doctest.testmod(import_module(module))
    assert found.attempted
    assert not found.failed


def test_a_report_gives_its_graph() -> None:
    graph = lint(CASE).graph()
    assert sorted((told["label"], told["type"], told["line"]) for _, told in graph.nodes(data=True)) == [
        ("Jobs", "AWS::SQS::Queue", 6),
        ("Worker", "AWS::Serverless::Function", 12),
    ]
    assert sorted(
        (told["kind"], told["evidence"], told["loops"]) for _, _, told in graph.edges(data=True)
    ) == [
        ("trigger", "declared", (1,)),
        ("write", "granted", (1,)),
    ]
    with pytest.raises(ValueError, match="no run has made this report"):
        Report().graph()


def test_networkx_is_loaded_for_a_graph_alone() -> None:
    code = (
        "import sys; from recursion_lint import lint; "
        f"report = lint({CASE!r}); print('networkx' in sys.modules); report.graph(); print('networkx' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]


def test_linting_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    lint([CASE, "no-such-file.yaml"])
    assert capfd.readouterr() == ("", "")


def test_bad_input_is_a_problem_and_raises_nothing(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("Resources: [\n", encoding="utf-8")
    report = lint([str(broken), "no-such-file.yaml"])
    assert {problem.file for problem in report.problems} == {str(broken), "no-such-file.yaml"}
    assert all(problem.message for problem in report.problems)
    assert not report.findings


def test_standard_input_is_what_is_passed() -> None:
    text = Path(CASE).read_text(encoding="utf-8")
    (finding,) = lint(["-"], stdin=text).findings
    assert (finding.rule, finding.span.file) == ("sqs-loop", "<stdin>")


def test_the_settings_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".recursion-lint.toml").write_text('ignore = ["sqs-loop"]\n', encoding="utf-8")
    (tmp_path / "template.yaml").write_text(Path(CASE).read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert [finding.rule for finding in lint(["."]).findings] == ["sqs-loop"]
    assert not lint(["."], recursion_lint.config.load()).findings


def test_progress_is_told_up_to_the_last_file() -> None:
    calls: list[tuple[int, int]] = []
    lint([CASE, CASE.replace("template", "near-miss")], progress=lambda done, of: calls.append((done, of)))
    assert calls[-1] == (2, 2)


def test_the_page_names_the_fields() -> None:
    rows = set(re.findall(r"(?m)^\| `(\w+)` \|", PAGE.partition("## `Report`")[2]))
    assert rows == set(Report._fields)
    named = set(re.findall(r"`(\w+)`", PAGE))
    assert set(Finding._fields) <= named
    settings = set(re.findall(r"`(\w+)`", PAGE.partition("## `Config`")[2].partition("\n## ")[0]))
    assert settings - {"recursion_lint"} - {"Config"} <= set(Config._fields)


def test_a_parameter_that_no_template_declares_is_told(tmp_path: Path) -> None:
    template = tmp_path / "t.yaml"
    template.write_text("Parameters: {BucketName: {Type: String}}\nResources: {Q: {Type: AWS::SQS::Queue}}\n")

    def warnings(*names: str) -> tuple[str, ...]:
        config = Config(parameters=dict.fromkeys(names, "x"), given_parameters=names)
        return lint([str(template)], config).warnings

    assert warnings("BucketName") == ()
    assert warnings("BucketNam", "Zzz") == (
        "no template declares the parameter 'BucketNam', did you mean 'BucketName'?",
        "no template declares the parameter 'Zzz'",
    )
    # Those of a settings file are for all templates of a repository.
    assert lint([str(template)], Config(parameters={"Zzz": "x"})).warnings == ()


@pytest.mark.parametrize(
    ("config", "error", "message"),
    [
        (Config(select=("s3-lop",)), ConfigError, "unknown rule 's3-lop', did you mean 's3-loop'"),
        (Config(ignore=("R9999",)), ConfigError, "unknown rule 'R9999'"),
        (Config(severity={"s3-lop": "off"}), ConfigError, "unknown rule 's3-lop'"),
        (
            Config(severity={"s3-loop": "of"}),
            ConfigError,
            "severity of s3-loop must be one of .*did you mean 'off'",
        ),  # type: ignore[dict-item]
        (Config(per_path=(("a/*", ("s3-lop",)),)), ConfigError, "unknown rule 's3-lop'"),
        (Config(fail_on="eror"), ConfigError, "fail_on must be one of .*did you mean 'error'"),  # type: ignore[arg-type]
        (Config(select="s3-loop"), TypeError, "not one string"),  # type: ignore[arg-type]
    ],
)
def test_a_rule_that_there_is_not_is_refused(config: Config, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        lint(CASE, config)


def test_a_program_may_give_codes_as_the_command_line_does() -> None:
    by_name, by_code = (lint(CASE, Config(select=(name,))).findings for name in ("sqs-loop", "r1200"))
    assert by_name == by_code != ()
    assert lint(CASE, Config(ignore=("R1200",))).findings == ()
    assert lint(CASE, Config(per_path=(("fixtures/**", ("R1200",)),))).findings == ()
    assert {finding.severity for finding in lint(CASE, Config(severity={"R1200": "info"})).findings} == {
        "info"
    }
