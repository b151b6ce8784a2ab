"""What a repository says of its deployments gives the parameters of templates their values."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from recursion_lint import Config, Report, lint
from recursion_lint.cli.main import main
from recursion_lint.config import ConfigError

# The worker writes to the queue that triggers it only where Target is jobs.
TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Parameters:
  Target: {Type: String, Default: elsewhere}
  Stage: {Type: String, Default: test}
Resources:
  Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs}}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Policies:
        - SQSSendMessagePolicy: {QueueName: !Ref Target}
      Events:
        Job: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}
"""
Loops = Callable[..., bool]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    Path("template.yaml").write_text(TEMPLATE)
    return tmp_path


def checked(*files: str, **settings: object) -> Report:
    return lint(["template.yaml"], Config(parameter_files=files, **settings))  # type: ignore[arg-type]


def loops(*files: str, **settings: object) -> bool:
    return bool(checked(*files, **settings).findings)


FORMS = {
    "list.json": json.dumps(
        [
            {"ParameterKey": "Target", "ParameterValue": "jobs", "ResolvedValue": "x"},
            {"ParameterKey": "Stage", "UsePreviousValue": True},
        ]
    ),
    "words.json": json.dumps(["Target=jobs", "Stage=a=b"]),
    "map.json": json.dumps({"Parameters": {"Target": "jobs", "Stage": "x"}, "Tags": {"Unknown": "y"}}),
    "lines.properties": "# who\n\nStage=some thing\nTarget=jobs\n",
    "line.txt": "Stage='a b' Target=jobs",
    "sam.txt": "ParameterKey=Target,ParameterValue=jobs ParameterKey=Stage,ParameterValue=a,b",
    "sync.yaml": "template-file-path: ./template.yaml\nparameters:\n  Target: jobs\ntags:\n  Unknown: y\n",
    "plain.yaml": "Target: jobs\nStage: [a, b]\n",
    "bom.json": "\ufeff" + json.dumps({"Parameters": {"Target": "jobs"}}),
}


def test_without_a_file_the_default_holds(repository: Path) -> None:
    assert not loops()


@pytest.mark.parametrize("name", FORMS)
def test_each_form_is_read(repository: Path, name: str) -> None:
    Path(name).write_text(FORMS[name], encoding="utf-8")
    report = checked(name)
    assert (len(report.findings), report.warnings) == (1, ())
    # The near miss: another value in the same form.
    Path(name).write_text(FORMS[name].replace("jobs", "other"), encoding="utf-8")
    assert not loops(name)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"Parameters": {"Target": "jobs"}', "p.json:2: cannot be used as a parameter file: "),
        (
            '{"Parameters": {\n"Target": {"a": 1}}}',
            ":2: cannot be used as a parameter file: the value of 'Target' is no text",
        ),
        ('{"Parameters":\n[]}', ":2: cannot be used as a parameter file: the parameters are no map of names"),
        (
            '[\n{"ParameterValue": "x"}]',
            ":2: cannot be used as a parameter file: an entry has no ParameterKey",
        ),
        (
            '[{"ParameterKey": "Target"}]',
            ":1: cannot be used as a parameter file: 'Target' has no ParameterValue",
        ),
        ("Target=jobs\nStage", ":2: cannot be used as a parameter file: 'Stage' is not Key=value"),
        ("Resources: {}", ":1: cannot be used as a parameter file: it holds no parameters"),
        ("just words", ":1: cannot be used as a parameter file: it holds no parameters"),
        (
            "template-file-path: []\nparameters: {}",
            ":1: cannot be used as a parameter file: template-file-path must",
        ),
        ("", ": cannot be used as a parameter file: "),
        (json.dumps({f"P{number}": "x" for number in range(1001)}), "more than 1,000 parameters"),
        ("#" * 1_000_001, "over 1,000,000 characters"),
    ],
)
def test_a_file_that_is_broken_is_told_with_its_line(
    repository: Path, capsys: pytest.CaptureFixture[str], text: str, told: str
) -> None:
    Path("p.json").write_text(text)
    assert main(["check", "--parameter-file", "p.json"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: p.json")
    assert told in err
    assert len(err.splitlines()) == 1


def test_a_file_that_is_not_there_is_told(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--parameter-file", "gone.json"]) == 2
    assert capsys.readouterr().err == "error: gone.json: cannot be used as a parameter file: no such file\n"


def test_a_parameter_that_no_template_declares_is_told(repository: Path) -> None:
    Path("p.json").write_text('{"Parameters": {"Traget": "jobs"}}')
    assert checked("p.json").warnings == (
        "p.json: no template declares the parameter 'Traget', did you mean 'Target'?",
    )
    Path("p.json").write_text("template-file-path: gone.yaml\nparameters: {Target: jobs}")
    assert checked("p.json").warnings == ("p.json: gone.yaml is no template of this run",)


def test_the_command_line_wins_over_files_and_files_over_the_rest(repository: Path) -> None:
    Path("p.json").write_text('{"Parameters": {"Target": "jobs"}}')
    sam("Target=other")
    assert loops("p.json", parameters={"Target": "other"})
    assert not loops("p.json", parameters={"Target": "other"}, given_parameters=("Target",))
    sam("Target=jobs")
    assert loops(parameters={"Target": "other"})
    assert not loops(parameters={"Target": "other"}, config_env="")


# -- several deployments -----------------------------------------------------------------------------------


def test_deployments_that_differ_are_told_apart(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, target in (("dev", "other"), ("prod", "jobs"), ("live", "jobs")):
        Path(f"{name}.json").write_text(json.dumps({"Parameters": {"Target": target}}))
    (finding,) = checked("dev.json", "prod.json").findings
    assert finding.only_where[-1] == "it is deployed with prod.json"
    (finding,) = checked("prod.json", "live.json").findings
    assert finding.only_where == ()
    (finding,) = checked("dev.json", "live.json", "prod.json").findings
    assert finding.only_where == ("it is deployed with live.json or prod.json",)
    report = checked("dev.json", "prod.json")
    assert (report.summary.warning, report.summary.templates) == (1, 1)
    words = ["check", "--parameter-file", "dev.json", "--parameter-file", "prod.json"]
    assert main([*words, "template.yaml"]) == 1
    assert "only where it is deployed with prod.json" in capsys.readouterr().out


def test_the_order_of_the_files_changes_no_verdict(repository: Path) -> None:
    for name, target in (("a", "other"), ("b", "jobs")):
        Path(f"{name}.json").write_text(json.dumps({"Parameters": {"Target": target}}))
    assert checked("a.json", "b.json").findings == checked("b.json", "a.json").findings


def test_deployment_files_of_several_templates_make_systems(repository: Path) -> None:
    """Each template has a file for test and one for production: those of a stage belong together."""
    Path("template.yaml").unlink()
    Path("jobs.yaml").write_text(
        "Parameters: {Name: {Type: String}}\nResources:\n  Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Name}}\n"
        "Outputs: {Arn: {Value: !GetAtt Jobs.Arn, Export: {Name: jobs-arn}}}\n"
    )
    Path("work.yaml").write_text(
        TEMPLATE.replace("  Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs}}\n", "").replace(
            "!GetAtt Jobs.Arn", "!ImportValue jobs-arn"
        )
    )
    for stage, name in (("test", "jobs"), ("prod", "work-queue")):
        Path(f"{stage}-jobs.yaml").write_text(f"template-file-path: jobs.yaml\nparameters: {{Name: {name}}}")
    for stage, name in (("prod", "jobs"), ("test", "elsewhere")):
        Path(f"{stage}-work.yaml").write_text(
            f"template-file-path: work.yaml\nparameters: {{Target: {name}}}"
        )
    files = ["prod-work.yaml", "test-jobs.yaml", "test-work.yaml", "prod-jobs.yaml"]
    templates = ["jobs.yaml", "work.yaml"]
    assert lint(templates, Config(parameter_files=tuple(files))).findings == ()
    Path("prod-work.yaml").write_text("template-file-path: work.yaml\nparameters: {Target: work-queue}")
    (finding,) = lint(templates, Config(parameter_files=tuple(files))).findings
    assert finding.only_where[-1] == "it is deployed with prod-jobs.yaml and prod-work.yaml"


def test_a_deployment_file_is_for_its_own_template(repository: Path) -> None:
    Path("other.yaml").write_text(TEMPLATE.replace("jobs", "other-jobs").replace("Worker", "Other"))
    Path("a.yaml").write_text("template-file-path: template.yaml\nparameters: {Target: other-jobs}")
    templates = ["template.yaml", "other.yaml"]
    assert lint(templates, Config(parameter_files=("a.yaml",))).findings == ()
    Path("a.yaml").write_text("template-file-path: other.yaml\nparameters: {Target: other-jobs}")
    (finding,) = lint(templates, Config(parameter_files=("a.yaml",))).findings
    assert finding.span.file == "other.yaml"


def test_a_suppression_that_one_deployment_needs_is_of_use(repository: Path) -> None:
    Path("template.yaml").write_text(
        TEMPLATE.replace("        Job:", "        # recursion-lint: ignore\n        Job:")
    )
    for name, target in (("dev", "other"), ("prod", "jobs")):
        Path(f"{name}.json").write_text(json.dumps({"Parameters": {"Target": target}}))
    report = checked("dev.json", "prod.json")
    assert (report.findings, report.summary.suppressed) == ((), 1)
    assert [one.rule for one in checked("dev.json").findings] == ["unused-suppression"]


def test_fixes_and_graphs_are_for_one_deployment(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a", "b"):
        Path(f"{name}.json").write_text('{"Parameters": {"Target": "jobs"}}')
    both = ["--parameter-file", "a.json", "--parameter-file", "b.json"]
    for words in (["check", "--diff"], ["check", "--fix"], ["graph"]):
        assert main([*words, *both]) == 2
        assert "for one deployment at a time" in capsys.readouterr().err
    assert main(["check", "--diff", "--unsafe-fixes", "--parameter-file", "a.json"]) == 1
    assert capsys.readouterr().out.startswith("--- a/template.yaml")
    assert main(["graph", "--parameter-file", "a.json"]) == 0
    assert "1 loop" in capsys.readouterr().out


def test_so_many_files_are_refused(repository: Path) -> None:
    with pytest.raises(ConfigError, match="more than 20 parameter files"):
        checked(*(f"{number}.json" for number in range(21)))


# -- samconfig.toml ----------------------------------------------------------------------------------------


def sam(overrides: str, environment: str = "default", command: str = "deploy", more: str = "") -> None:
    told = overrides if overrides.startswith(("[", "{")) else json.dumps(overrides)
    text = f"version = 0.1\n[{environment}.{command}.parameters]\nparameter_overrides = {told}\n{more}"
    Path("samconfig.toml").write_text(text)


@pytest.mark.parametrize(
    "overrides",
    [
        "Target=jobs Stage=x",
        "Stage='a b' Target=jobs",
        'Target="jobs"',
        '["Target=jobs", "Stage=a=b"]',
        "ParameterKey=Target,ParameterValue=jobs",
        '{Target = "jobs", Stage = 3}',
    ],
)
def test_samconfig_is_found_beside_the_template(repository: Path, overrides: str) -> None:
    sam(overrides)
    assert loops()
    sam(overrides.replace("jobs", "other"))
    assert not loops()


def test_an_environment_is_asked_for(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sam("Target=jobs", "prod")
    assert not loops()
    assert loops(config_env="prod")
    assert main(["check", "--config-env", "prod"]) == 1
    assert main(["check", "--config-env", "prod", "--isolated"]) == 1
    capsys.readouterr()
    assert main(["check", "--config-env", "live"]) == 0
    assert capsys.readouterr().err == (
        "warning: no samconfig.toml beside a template has the environment 'live'\n"
    )


def test_a_gate_reads_no_samconfig(repository: Path) -> None:
    sam("Target=jobs")
    assert main(["check"]) == 1
    assert main(["check", "--isolated"]) == 0


def test_a_samconfig_elsewhere_is_not_read_through_a_link(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    sam("Target=jobs")
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "samconfig.toml"
    Path("samconfig.toml").rename(elsewhere)
    Path("samconfig.toml").symlink_to(elsewhere)
    report = checked()
    assert report.findings == ()
    assert report.warnings == (
        "samconfig.toml: its parameters are not used: 'samconfig.toml' lies outside the repository",
    )


def test_what_sam_deploys_is_what_the_file_is_for(repository: Path) -> None:
    Path("template.yaml").rename("app.yaml")
    sam("Target=jobs")
    assert not lint(["app.yaml"]).findings
    sam("Target=jobs", more='template_file = "app.yaml"\n')
    assert lint(["app.yaml"]).findings
    sam("Target=jobs", command="global", more='template_file = "app.yaml"\n')
    assert lint(["app.yaml"]).findings
    sam("Target=jobs", command="sync")
    Path("app.yaml").rename("template.yaml")
    assert not loops()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x = = 1", "not valid TOML: "),
        (
            "[default.deploy.parameters]\nparameter_overrides = 3",
            "parameter_overrides is no text, no list of texts",
        ),
        ("[default.deploy.parameters]\nparameter_overrides = 'Target'", "'Target' is not Key=value"),
        (
            "[default.deploy.parameters]\nparameter_overrides = 'Target=\"x'",
            "parameter_overrides: No closing quotation",
        ),
        ("a = " + "[" * 5000, "not valid TOML"),
    ],
)
def test_a_samconfig_that_is_broken_is_a_warning(
    repository: Path, capsys: pytest.CaptureFixture[str], text: str, told: str
) -> None:
    Path("samconfig.toml").write_text(text)
    assert main(["check"]) == 0
    err = capsys.readouterr().err
    assert err.startswith("warning: samconfig.toml: its parameters are not used: ")
    assert told in err


@pytest.mark.parametrize(
    "text", ["default = 1", "[default]\ndeploy = 1", "[default.deploy]\nparameters = 1", ""]
)
def test_a_samconfig_that_says_nothing_is_passed_by(repository: Path, text: str) -> None:
    Path("samconfig.toml").write_text(text)
    assert checked().warnings == ()
