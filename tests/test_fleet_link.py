"""Facts of many repositories, linked: what one run over all of them finds, with repositories, commits and owners."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from recursion_lint import lint
from recursion_lint.cli.main import main
from recursion_lint.config import Config
from recursion_lint.fleet.extract import facts_of
from recursion_lint.fleet.facts_file import loads
from recursion_lint.fleet.link import report_on
from recursion_lint.model.findings import Finding

FIXTURES = Path(__file__).parent.parent / "fixtures"
PLACE = ["--account", "111122223333", "--region", "eu-west-1"]
Link = Callable[..., Any]

ORDERS = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      Policies: [{SQSSendMessagePolicy: {QueueName: mails}}]
      Environment: {Variables: {MAIL_QUEUE_URL: "https://sqs.eu-west-1.amazonaws.com/1/mails"}}
      Events: {Order: {Type: SQS, Properties: {Queue: !Sub "arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:orders"}}}
"""
MAIL = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Mails: {Type: AWS::SQS::Queue, Properties: {QueueName: mails}}
  Open: {Type: AWS::SQS::Queue, Properties: {QueueName: orders}}
  Mailer:
    Type: AWS::Serverless::Function
    Properties:
      Policies: [{SQSSendMessagePolicy: {QueueName: orders}}]
      Environment: {Variables: {OUT_URL: !Ref Open}}
      Events: {Mail: {Type: SQS, Properties: {Queue: !GetAtt Mails.Arn}}}
"""


@pytest.fixture
def link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Link:
    """Extract templates, each as a repository of its name, link them, and give the report as JSON."""
    monkeypatch.chdir(tmp_path)

    def linked(
        templates: dict[str, str], *words: str, extract: Mapping[str, list[str]] = MappingProxyType({})
    ) -> Any:
        for name, text in templates.items():
            folder = tmp_path / "checkouts" / name
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "template.yaml").write_text(text)
            (folder / "CODEOWNERS").write_text(f"* @acme/{name}\n")
            output = str(tmp_path / "facts" / f"{name}.jsonl.gz")
            (tmp_path / "facts").mkdir(exist_ok=True)
            given = [*extract.get(name, []), "--origin", f"acme/{name}", "--commit", f"{len(name)}" * 40]
            assert main(["extract", str(folder), "-o", output, *given]) == 0
        shutil.rmtree(tmp_path / "checkouts")  # nothing but the facts may be asked
        capsys.readouterr()
        status = main(["link", "facts", "--format", "json", *words])
        out, err = capsys.readouterr()
        return {**json.loads(out), "status": status, "err": err}

    return linked


def test_one_by_one_is_as_all_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every folder of fixtures is a repository; a run over all of them says the same as their facts."""
    names = sorted(one.name for one in FIXTURES.iterdir() if one.is_dir())
    for name in names:
        shutil.copytree(FIXTURES / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    whole = lint(names, Config(advise_at_most=1))
    made = [facts_of([name], Config(), name) for name in names]
    linked = report_on([loads(one.lines) for one in made], Config())

    def told(one: Finding) -> tuple[Any, ...]:
        codes = [
            (hop.code.verdict, hop.code.span, hop.code.call, hop.code.read) for hop in one.hops if hop.code
        ]
        return (
            one.fingerprint,
            one.rule,
            one.severity,
            one.confidence,
            one.message,
            one.span,
            [hop[:6] for hop in one.hops],
            codes,
            one.only_where,
            one.also,
            [copy.file for copy in one.copies],
        )

    want = [told(one) for one in whole.findings if one.rule != "unused-suppression"]
    assert len(want) > 150
    assert sorted(map(told, linked.findings), key=repr) == sorted(want, key=repr)


def test_a_loop_through_two_repositories_names_them(link: Link) -> None:
    report = link({"orders": ORDERS, "mail": MAIL}, *PLACE)
    (finding,) = report["findings"]
    assert (finding["rule"], finding["severity"], report["status"]) == ("sqs-loop", "error", 1)
    assert [(one["name"], one["commit"][:7], one["owners"]) for one in finding["repositories"]] == [
        ("acme/mail", "4444444", ["@acme/mail"]),
        ("acme/orders", "6666666", ["@acme/orders"]),
    ]
    assert {hop["file"] for hop in finding["hops"]} == {
        "acme/mail/template.yaml",
        "acme/orders/template.yaml",
    }
    assert all(hop["line"] > 1 for hop in finding["hops"])


def test_alone_neither_is_a_loop(link: Link) -> None:
    assert link({"orders": ORDERS}, *PLACE)["findings"] == []
    other = MAIL.replace("QueueName: orders}}]", "QueueName: others}}]")
    (tmp,) = link({"mail": other, "orders": ORDERS}, *PLACE)["findings"] or [None]
    assert tmp is None


def test_where_nobody_says_the_account_it_is_weak_and_said(link: Link) -> None:
    report = link({"orders": ORDERS, "mail": MAIL})
    (finding,) = report["findings"]
    assert (finding["severity"], finding["confidence"], report["status"]) == ("info", "weak", 0)
    assert finding["only_where"][-1].startswith("acme/mail and acme/orders are deployed to the same account")


def test_accounts_that_differ_share_no_queue(link: Link, tmp_path: Path) -> None:
    both = {"orders": ORDERS, "mail": MAIL}
    apart = {"orders": ["--account", "1", "--region", "r"], "mail": ["--account", "2", "--region", "r"]}
    assert link(both, extract=apart)["findings"] == []
    told = tmp_path / "deployments.yaml"
    told.write_text('acme/mail: {account: "0123", region: r}\n"acme/*": {account: "0123", region: r}\n')
    one = link(both, "--deployments", str(told))
    assert [finding["severity"] for finding in one["findings"]] == ["error"]
    assert one["findings"][0]["repositories"][0]["account"] == "0123"
    told.write_text('acme/mail: {account: "0124", region: r}\n"acme/*": {account: "0123", region: r}\n')
    assert link(both, "--deployments", str(told))["findings"] == []


def test_a_known_account_takes_the_place_of_the_pseudo_parameter(link: Link) -> None:
    writer = ORDERS.replace("QueueName: mails", 'QueueName: !Sub "mails-${AWS::AccountId}"')
    reader = MAIL.replace("QueueName: mails}", "QueueName: mails-111122223333}")
    found = link({"orders": writer.replace("1/mails", "1/x"), "mail": reader}, *PLACE)["findings"]
    assert [finding["rule"] for finding in found] == ["sqs-loop"]


def test_a_bucket_is_the_same_in_all_accounts(link: Link) -> None:
    bucket = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Files: {Type: AWS::S3::Bucket, Properties: {BucketName: acme-files, NotificationConfiguration: {QueueConfigurations: [
    {Event: "s3:ObjectCreated:*", Queue: "arn:aws:sqs:eu-west-1:111122223333:files"}]}}}
"""
    reader = ORDERS.replace(":orders", ":files").replace(
        "{SQSSendMessagePolicy: {QueueName: mails}}", "{S3WritePolicy: {BucketName: acme-files}}"
    )
    (finding,) = link({"store": bucket, "reader": reader})["findings"]
    assert finding["confidence"] == "weak"  # the queue between them is of an account
    direct = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: files-worker
      Policies: [{S3WritePolicy: {BucketName: acme-files}}]
"""
    shared = bucket.replace("QueueConfigurations", "LambdaConfigurations").replace(
        'Queue: "arn:aws:sqs:eu-west-1:111122223333:files"',
        'Function: "arn:aws:lambda:eu-west-1:111122223333:function:files-worker"',
    )
    (finding,) = link({"store": shared, "reader": direct})["findings"]
    assert (finding["confidence"], len(finding["repositories"])) == ("likely", 2)


EXPORTING = """
Resources:
  Jobs: {Type: AWS::SQS::Queue}
  Stored: {Type: AWS::SSM::Parameter, Properties: {Name: /acme/jobs, Type: String, Value: !GetAtt Jobs.Arn}}
Outputs:
  Arn: {Value: !GetAtt Jobs.Arn, Export: {Name: jobs-arn}}
  Own: {Value: !GetAtt Jobs.Arn, Export: {Name: !Sub "${AWS::StackName}-JobsArn"}}
"""
IMPORTING = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  QueueStack: {Type: String}
  Stored: {Type: "AWS::SSM::Parameter::Value<String>", Default: /acme/jobs}
Resources:
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Policies: [{Statement: [{Effect: Allow, Action: sqs:SendMessage, Resource: VALUE}]}]
      Events: {Job: {Type: SQS, Properties: {Queue: VALUE}}}
"""


@pytest.mark.parametrize(
    "value",
    [
        "{'Fn::ImportValue': jobs-arn}",
        "{'Fn::ImportValue': !Sub '${QueueStack}-JobsArn'}",
        "'{{resolve:ssm:/acme/jobs}}'",
        "'{{resolve:ssm:/acme/jobs:1}}'",
        "!Ref Stored",
    ],
)
def test_what_one_repository_exports_another_imports(link: Link, value: str) -> None:
    report = link({"queue": EXPORTING, "worker": IMPORTING.replace("VALUE", value)}, *PLACE)
    (finding,) = report["findings"]
    assert [node["resource"] for node in finding["cycle"]] == ["Jobs", "Worker"]
    assert [one["name"] for one in finding["repositories"]] == ["acme/worker", "acme/queue"]


def test_only_across_leaves_out_what_each_sees_itself(link: Link) -> None:
    own = MAIL.replace(
        "QueueName: orders}}]", "QueueName: mails}}, {SQSSendMessagePolicy: {QueueName: orders}}]"
    )
    both = {"orders": ORDERS, "mail": own}
    assert len(link(both, *PLACE)["findings"]) == 2
    across = link(both, *PLACE, "--only-across")["findings"]
    assert [len(one["repositories"]) for one in across] == [2]


def test_suppressions_travel_with_the_facts(link: Link) -> None:
    meant = MAIL.replace("  Mailer:", "  Mailer:  # recursion-lint: ignore[sqs-loop] -- agreed")
    both = {"orders": ORDERS, "mail": meant}
    report = link(both, *PLACE, "--show-suppressed")
    assert report["findings"] == []
    assert report["suppressed"][0]["reason"] == "agreed"
    assert len(link(both, *PLACE, "--no-ignores")["findings"]) == 1
    alone = link({"orders": ORDERS.replace("MAIL_QUEUE_URL", "X"), "mail": meant}, *PLACE, "--only-across")
    assert alone["findings"] == []


def test_suppressions_in_handlers_travel_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "repo"
    folder.mkdir()
    code = (
        'import boto3\ndef handler(event, context):\n    boto3.client("sqs").send_message('
        'QueueUrl="jobs", MessageBody="x")  # recursion-lint: ignore[sqs-loop]\n'
    )
    (folder / "app.py").write_text(code)
    (folder / "template.yaml").write_text(
        "Transform: AWS::Serverless-2016-10-31\nResources:\n"
        "  Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs}}\n"
        "  Worker: {Type: AWS::Serverless::Function, Properties: {Runtime: python3.12, Handler: app.handler, CodeUri: .,\n"
        "    Policies: [{SQSSendMessagePolicy: {QueueName: jobs}}],\n"
        "    Events: {Job: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}}}}\n"
    )
    monkeypatch.chdir(folder)
    made = facts_of(["."], Config(), "acme/x")
    shutil.rmtree(folder)
    report = report_on([loads(made.lines)], Config())
    assert report.findings == ()
    assert len(report.suppressed) == 1


def test_a_baseline_travels_with_the_facts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(FIXTURES / "sqs-loop", "repo")
    monkeypatch.chdir("repo")
    assert main(["baseline", "."]) == 0
    config = Config(baseline=".recursion-lint-baseline.json")
    made = loads(facts_of(["."], config, "acme/x").lines)
    assert len(made.accepted) > 5
    report = report_on([made], Config())
    assert report.findings == ()
    assert report.summary.baselined == len(made.accepted)
    worse = made._replace(
        accepted=tuple(
            one._replace(severity="info") if one.severity == "error" else one for one in made.accepted
        )
    )
    assert report_on([worse], Config()).findings != ()


def test_order_of_files_is_no_matter(tmp_path: Path) -> None:
    made = []
    for name, text in {"orders": ORDERS, "mail": MAIL, "queue": EXPORTING}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "template.yaml").write_text(text)
        made.append(
            loads(facts_of([str(tmp_path / name)], Config(), f"acme/{name}", account="1", region="r").lines)
        )
    one, other = report_on(made, Config()), report_on(made[::-1], Config())
    assert one.findings == other.findings != ()
    assert one.summary == other.summary


@pytest.mark.parametrize(
    "format_",
    ["text", "concise", "markdown", "sarif", "html", "graphml", "github", "gitlab", "junit", "rdjson"],
)
def test_every_format_names_both_repositories(
    link: Link, format_: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    link({"orders": ORDERS, "mail": MAIL}, *PLACE)
    assert main(["link", "facts", "--format", format_, *PLACE]) == 1
    out, _ = capsys.readouterr()
    assert "acme/mail/template.yaml" in out
    if format_ not in ("concise", "github", "gitlab", "junit", "rdjson"):
        assert "acme/orders" in out


def test_what_cannot_be_read_is_told_and_fails(link: Link, tmp_path: Path) -> None:
    link({"orders": ORDERS}, *PLACE)
    whole = (tmp_path / "facts" / "orders.jsonl.gz").read_bytes()
    (tmp_path / "facts" / "broken.jsonl").write_bytes(b'{"format":"x"}\n')
    (tmp_path / "facts" / "twice.jsonl.gz").write_bytes(whole)
    report = link({"mail": MAIL}, *PLACE)
    assert report["status"] == 3
    told = {Path(one["file"]).name: (one["line"], one["message"]) for one in report["problems"]}
    assert told["broken.jsonl"] == (1, "cannot be used: holds no facts of a repository")
    assert "has the facts of acme/orders already" in told["twice.jsonl.gz"][1]
    assert len(report["findings"]) == 1


def test_nothing_to_link_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["link", str(tmp_path)]) == 2
    (tmp_path / "d.yaml").write_text("acme/x: 3\n")
    assert main(["link", str(tmp_path), "--deployments", str(tmp_path / "d.yaml")]) == 2
    assert "d.yaml:1: cannot be used as a file of deployments" in capsys.readouterr().err


def test_on_a_shared_bus_planted_loops_are_found_and_near_misses_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each function may put events to the rules of all others; what its code puts tells which loops are made."""
    benchmarks = Path(__file__).parent.parent / "benchmarks"
    if not benchmarks.is_dir():
        pytest.skip("the benchmarks are not in a source distribution")
    monkeypatch.syspath_prepend(str(benchmarks))
    made = []
    for name, files in import_module("company").company(70, 8, 12, 5):
        folder = tmp_path / name
        for path, text in files.items():
            if path.startswith(("template", "src")):
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_text(text)
        made.append(loads(facts_of([str(folder)], Config(), name, account="1", region="r").lines))
    report = report_on(made, Config())
    told = {node.resource.split("n")[0]: one.severity for one in report.findings for node in one.cycle}
    planted = {name: severity for name, severity in told.items() if name.startswith("Loop")}
    assert planted == {f"Loop{number}": "error" for number in range(8)}
    assert {severity for name, severity in told.items() if name.startswith("Miss")} <= {"info"}
    assert any("steps over it that the code" in note.message for note in report.notes)
    assert {len(one.repositories) for one in report.findings if one.severity == "error"} >= {2, 3, 4}
