"""Findings in what the CDK synthesised are told at the lines of the app."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from recursion_lint.cli.main import main
from recursion_lint.model.findings import Remedy
from recursion_lint.remedies.catalogue import KINDS
from recursion_lint.run.generated import for_a_person

SCHEMA = Path(__file__).resolve().parent.parent / "docs/schema/report-v1.schema.json"
APP = """\
const queue = new sqs.Queue(this, 'Jobs');
const work = new lambda.Function(this, 'Work', { handler: 'work.handler' });
queue.grantSendMessages(work);
work.addEventSource(new SqsEventSource(queue));
"""
RESOURCES: dict[str, Any] = {
    "Jobs1A2B": ("AWS::SQS::Queue", "Shop/Jobs/Resource", {}),
    "WorkRole3C4D": (
        "AWS::IAM::Role",
        "Shop/Work/ServiceRole/Resource",
        {
            "AssumeRolePolicyDocument": {},
            "Policies": [
                {
                    "PolicyName": "send",
                    "PolicyDocument": {
                        "Statement": [
                            {
                                "Effect": "Allow",
                                "Action": "sqs:SendMessage",
                                "Resource": {"Fn::GetAtt": ["Jobs1A2B", "Arn"]},
                            }
                        ]
                    },
                }
            ],
        },
    ),
    "Work5E6F": (
        "AWS::Lambda::Function",
        "Shop/Work/Resource",
        {"Role": {"Fn::GetAtt": ["WorkRole3C4D", "Arn"]}, "Handler": "work.handler", "Runtime": "nodejs20.x"},
    ),
    "WorkJobs7A8B": (
        "AWS::Lambda::EventSourceMapping",
        "Shop/Work/SqsEventSource:ShopJobs/Resource",
        {
            "EventSourceArn": {"Fn::GetAtt": ["Jobs1A2B", "Arn"]},
            "FunctionName": {"Ref": "Work5E6F"},
        },
    ),
}


def trace(line: int, file: str) -> dict[str, Any]:
    frames = [
        "...new Function2 in aws-cdk-lib...",
        f"new Shop ({file}:{line}:3)",
        "<anonymous> (/else.ts:1:1)",
    ]
    return {"type": "aws:cdk:creationStack", "data": frames}


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    (tmp_path / "cdk.out").mkdir()
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/shop.ts").write_text(APP)
    resources = {
        name: {"Type": kind, "Properties": properties, "Metadata": {"aws:cdk:path": path}}
        for name, (kind, path, properties) in RESOURCES.items()
    }
    (tmp_path / "cdk.out/Shop.template.json").write_text(json.dumps({"Resources": resources}, indent=1))
    return tmp_path


def manifest(app: Path, file: str, beside: str = "") -> None:
    """The manifest of the assembly; the metadata stands in it, or in the file ``beside``."""
    metadata = {
        "/Shop/Jobs/Resource": [trace(1, file)],
        "/Shop/Work/Resource": [{"type": "aws:cdk:logicalId", "data": "Work5E6F"}, trace(2, file)],
        "/Shop/Work/SqsEventSource:ShopJobs/Resource": [trace(4, file)],
    }
    stack: dict[str, Any] = {"properties": {"templateFile": "Shop.template.json"}}
    if beside:
        stack["additionalMetadataFile"] = beside
        (app / "cdk.out" / beside).write_text(json.dumps(metadata))
    else:
        stack["metadata"] = metadata
    (app / "cdk.out/manifest.json").write_text(json.dumps({"artifacts": {"Shop": stack}}))


def checked(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    main(["check", "cdk.out", "--fail-on", "never", *words])
    return capsys.readouterr().out


@pytest.mark.parametrize("beside", ["", "Shop.metadata.json"])
def test_a_finding_is_told_at_the_lines_of_the_app(
    app: Path, beside: str, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest(app, str(app / "lib/shop.ts"), beside)
    told = checked(capsys)
    assert told.startswith(
        "lib/shop.ts:4:3: warning[sqs-loop] Work5E6F may re-trigger itself through Jobs1A2B"
    )
    assert "Shop/Jobs ─①→ Shop/Work ─②→ Shop/Jobs" in told
    assert "work.addEventSource(new SqsEventSource(queue));" in told
    # The role has no trace of its own: it is a part of the function, which has one.
    assert "const work = new lambda.Function" in told

    report = json.loads(checked(capsys, "--format", "json"))
    jsonschema.validate(report, json.loads(SCHEMA.read_text(encoding="utf-8")))
    (finding,) = report["findings"]
    assert (finding["file"], finding["line"]) == ("lib/shop.ts", 4)
    assert finding["template"] == {
        "file": "cdk.out/Shop.template.json",
        "line": finding["template"]["line"],
        "resource": "WorkJobs7A8B",
        "construct": "Shop/Work/SqsEventSource:ShopJobs",
    }
    assert [(node["resource"], node["construct"]) for node in finding["cycle"]] == [
        ("Jobs1A2B", "Shop/Jobs"),
        ("Work5E6F", "Shop/Work"),
    ]


@pytest.mark.parametrize(
    "file",
    [
        "/etc/passwd",
        "/etc/hosts.ts",
        "{app}/../outside.ts",
        "{app}/.npmrc",
        "{app}/node_modules/x/shop.ts",
        "{app}/no.ts",
    ],
)
def test_a_trace_that_leads_out_of_the_app_is_not_followed(
    app: Path, file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (app / ".npmrc").write_text("secret\n")
    (app / "node_modules/x").mkdir(parents=True)
    (app / "node_modules/x/shop.ts").write_text("secret\n")
    (app.parent / "outside.ts").write_text("secret\n")
    manifest(app, file.format(app=app))
    told = checked(capsys, "-v")
    assert told.startswith("cdk.out/Shop.template.json:")
    assert "secret" not in told
    assert "Shop/Jobs ─①→ Shop/Work" in told


@pytest.mark.parametrize(
    "manifest",
    [
        "",
        "[]",
        "{",
        '{"artifacts": []}',
        '{"artifacts": {"a": 1, "b": {"properties": 2}}}',
        '{"artifacts": {"a": {"properties": {"templateFile": "Shop.template.json"}, "metadata": {"/Shop": [1, {"data": 2}]}}}}',
        '{"artifacts": {"a": {"properties": {"templateFile": "Shop.template.json"}, "additionalMetadataFile": "../x.json"}}}',
        "[" * 100_000,
    ],
)
def test_a_manifest_that_is_none_costs_no_finding(
    app: Path, manifest: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (app.parent / "x.json").write_text(
        json.dumps({"/Shop/Jobs/Resource": [trace(1, str(app / "lib/shop.ts"))]})
    )
    (app / "cdk.out/manifest.json").write_text(manifest)
    assert checked(capsys).startswith("cdk.out/Shop.template.json:")


def test_a_baseline_knows_the_template_wherever_a_finding_is_told(
    app: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest(app, str(app / "lib/shop.ts"))
    main(["baseline", "cdk.out"])
    capsys.readouterr()
    told = checked(capsys, "--baseline", ".recursion-lint-baseline.json")
    assert "warning[" not in told
    assert "1 baselined" in told


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("cdk.out/Shop.template.json", "the CDK app"),
        ("deploy/Shop.template.json", "the CDK app"),
        (".aws-sam/build/template.yaml", "the template that `sam build` read"),
        (".serverless/cloudformation-template-update-stack.json", "serverless.yml"),
        ("template.json", ""),
    ],
)
def test_what_a_build_writes_is_not_edited(
    app: Path, file: str, source: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (app / "cdk.out/Shop.template.json").read_text()
    if source != "the CDK app":
        text = text.replace("aws:cdk:path", "Note")
    (app / file).parent.mkdir(parents=True, exist_ok=True)
    (app / file).write_text(text)
    main(["check", file, "-v", "--fail-on", "never"])
    told = " ".join(capsys.readouterr().out.split())
    in_the_app = "in the CDK app, take Jobs.grantSendMessages(Work) away"
    assert (in_the_app in told) == (source == "the CDK app")
    assert (f"make the change in {source}" in told) == (source not in ("", "the CDK app"))
    assert ("applies it" in told) == (not source)
    main(["check", file, "--fix", "--unsafe-fixes", "--fail-on", "never"])
    assert ((app / file).read_text() == text) == bool(source)


def test_a_trace_of_python_tells_no_column(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """jsii tells file and line; what lies in site-packages is not the app's."""
    (app / "lib/shop.py").write_text("\n".join(f"    {line}" for line in APP.splitlines()))
    library = app / "env/lib/site-packages/x.py"
    library.parent.mkdir(parents=True)
    library.write_text("secret\n")
    manifest(app, str(app / "lib/shop.ts"))
    told = json.loads((app / "cdk.out/manifest.json").read_text())
    for entries in told["artifacts"]["Shop"]["metadata"].values():
        for entry in entries:
            if entry["type"] == "aws:cdk:creationStack":
                line = entry["data"][1].split(":")[-2]
                entry["data"][1:] = [f"__init__ ({library}:1)", f"__init__ ({app}/lib/shop.py:{line})"]
    (app / "cdk.out/manifest.json").write_text(json.dumps(told))
    assert checked(capsys).startswith("lib/shop.py:4:5: warning[sqs-loop]")
    (finding,) = json.loads(checked(capsys, "--format", "json"))["findings"]
    assert (finding["column"], finding["end_column"]) == (5, 5 + len(APP.splitlines()[3]))
    assert "secret" not in json.dumps(finding)


def test_loops_made_by_one_line_of_the_app_have_a_cut_each(
    app: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A function of the app that makes Lambda functions: no one permission ends all loops."""
    renamed = {"Shop": "Shop2", "Work": "Other", "Jobs": "More"}

    def other(text: str) -> str:
        for name, new in renamed.items():
            text = text.replace(name, new)
        return text

    text = (app / "cdk.out/Shop.template.json").read_text()
    (app / "cdk.out/Shop2.template.json").write_text(other(text))
    manifest(app, str(app / "lib/shop.ts"))
    told = json.loads((app / "cdk.out/manifest.json").read_text())
    told["artifacts"]["Shop2"] = json.loads(
        other(json.dumps(told["artifacts"]["Shop"])).replace("new Shop2", "x")
    )
    (app / "cdk.out/manifest.json").write_text(json.dumps(told))
    report = checked(capsys)
    assert report.count("lib/shop.ts:4:3: ") == 2
    assert "Findings by rule" in report
    assert "ends all" not in report


@pytest.mark.parametrize("listed", [True, False])
def test_what_an_earlier_synth_left_in_the_assembly_is_not_read(
    app: Path, listed: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """A stack that was taken out of the app leaves its template, a stage its assembly; a nested stack is an asset."""
    text = (app / "cdk.out/Shop.template.json").read_text()
    stage = app / "cdk.out/assembly-Prod"
    stage.mkdir()
    for file in (
        "cdk.out/Old.template.json",
        "cdk.out/Part.nested.template.json",
        "cdk.out/assembly-Prod/In.template.json",
    ):
        (app / file).write_text(text.replace("1A2B", file[-22:-14].replace("/", "")))
    manifest(app, str(app / "lib/shop.ts"))
    if listed:
        told = json.loads((app / "cdk.out/manifest.json").read_text())
        told["artifacts"] |= {
            "Old": {"properties": {"templateFile": "Old.template.json"}},
            "Prod": {"properties": {"directoryName": "assembly-Prod"}},
            "Shop.assets": {"properties": {"file": "Shop.assets.json"}},
        }
        (app / "cdk.out/manifest.json").write_text(json.dumps(told))
        assets = {"files": {"1": {"source": {"path": "Part.nested.template.json"}}, "2": 1}}
        (app / "cdk.out/Shop.assets.json").write_text(json.dumps(assets))
    main(["check", "cdk.out", "--show-files"])
    read = capsys.readouterr().out.split()
    every = [
        "cdk.out/Old.template.json",
        "cdk.out/Part.nested.template.json",
        "cdk.out/Shop.template.json",
        "cdk.out/assembly-Prod/In.template.json",
    ]
    assert sorted(read) == (every if listed else every[2:3])


def test_where_no_manifest_tells_all_templates_are_read(
    app: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for manifest in ("[]", "{}", '{"artifacts": {"a": {"properties": {"file": "x"}}}}'):
        (app / "cdk.out/manifest.json").write_text(manifest)
        main(["check", "cdk.out", "--show-files"])
        assert capsys.readouterr().out == "cdk.out/Shop.template.json\n"


LOGS = {
    "Files1A2B": {
        "Type": "AWS::S3::Bucket",
        "Properties": {"LoggingConfiguration": {"LogFilePrefix": "logs/"}},
        "Metadata": {"aws:cdk:path": "Shop/Files/Resource"},
    }
}


def test_a_remedy_names_the_property_of_the_construct(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (app / "cdk.out/Shop.template.json").write_text(json.dumps({"Resources": LOGS}))
    assert "in the CDK app, set serverAccessLogsBucket of Files to another bucket" in " ".join(
        checked(capsys).split()
    )


def test_a_broad_statement_is_not_taken_for_a_grant_of_the_channel(
    app: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    template = json.loads((app / "cdk.out/Shop.template.json").read_text())
    policy = template["Resources"]["WorkRole3C4D"]["Properties"]["Policies"][0]
    policy["PolicyDocument"]["Statement"][0]["Resource"] = "*"
    (app / "cdk.out/Shop.template.json").write_text(json.dumps(template))
    remedies = json.loads(checked(capsys, "--format", "json"))["findings"][0]["remedies"]
    told = [one["steps"].split("\n")[0] for one in remedies]
    assert "in the CDK app, call Work.addToRolePolicy with a PolicyStatement of Effect.DENY for Jobs" in told
    assert not any("grantSendMessages" in one for one in told)


def test_every_remedy_can_be_told_in_the_words_of_the_cdk() -> None:
    """The words are a format: what is in braces is known."""
    names = {"actor", "channel", "source", "consumer", "trigger", "grant", "narrowed", "write", "read"}
    for name, kind in KINDS.items():
        told = kind.cdk.format_map(dict.fromkeys(names, "X"))
        assert not told.endswith("."), name
        assert len(told) <= 120, name


def test_what_is_in_a_nested_stack_has_its_construct_and_its_lines(
    app: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The assembly's metadata tells of it with the stack around it."""
    nested = json.loads((app / "cdk.out/Shop.template.json").read_text().replace("Shop/", "Shop/Part/"))
    (app / "cdk.out/Part.nested.template.json").write_text(json.dumps(nested, indent=1))
    stack = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": {"Fn::Sub": "https://s3/${AWS::Region}/1.json"}},
        "Metadata": {
            "aws:cdk:path": "Shop/Part.NestedStack/Part.NestedStackResource",
            "aws:asset:path": "Part.nested.template.json",
            "aws:asset:property": "TemplateURL",
        },
    }
    (app / "cdk.out/Shop.template.json").write_text(json.dumps({"Resources": {"PartStack": stack}}))
    manifest(app, str(app / "lib/shop.ts"))
    told = (app / "cdk.out/manifest.json").read_text().replace("/Shop/", "/Shop/Part/")
    (app / "cdk.out/manifest.json").write_text(
        told.replace('"properties"', '"additionalMetadataFile": "x.json", "properties"')
    )
    report = checked(capsys)
    assert "lib/shop.ts:4:3: warning[sqs-loop]" in report
    assert "Shop/Part/Jobs ─①→ Shop/Part/Work ─②→ Shop/Part/Jobs" in report


def test_what_synth_prints_can_be_told_at_the_lines_of_the_app(
    app: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """``cdk synth Shop`` prints YAML; with the name of its template the assembly tells of it, and has its handlers."""
    manifest(app, str(app / "lib/shop.ts"))
    printed = yaml.safe_dump(json.loads((app / "cdk.out/Shop.template.json").read_text()), sort_keys=False)

    def checked_as(*words: str) -> str:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(printed.encode())))
        main(["check", "-", "--fail-on", "never", *words])
        return capsys.readouterr().out

    assert checked_as().startswith("<stdin>:")
    assert "Shop/Jobs ─①→ Shop/Work" in checked_as()
    assert checked_as("--stdin-filename", "cdk.out/Shop.template.json").startswith("lib/shop.ts:4:3: ")


def test_a_remedy_without_a_diff_says_it_in_the_words_of_the_cdk_too() -> None:
    remedy = Remedy(
        "filter-policy", "Filter", 1, "", steps="add a FilterPolicy", cdk="set filterPolicy of Sub"
    )
    (told,) = for_a_person((remedy,), {})
    assert told.steps == "in the CDK app, set filterPolicy of Sub\n\nadd a FilterPolicy"
