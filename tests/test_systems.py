"""What can be one system is judged as one, in whatever order it comes; what cannot is judged apart."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import pytest

from recursion_lint import Report, lint
from recursion_lint.assessment.systems import MAX_SYSTEMS, systems
from recursion_lint.model.facts import Declared, Endpoint, Facts
from recursion_lint.model.findings import CycleNode, Span, fingerprint


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def template(
    grant: str = "", name: str = "mailer", queue: str = "!GetAtt Mails.Arn", own: bool = True
) -> str:
    policy = f"Policies: [{{Statement: [{{Effect: Allow, Action: sqs:SendMessage, Resource: {grant}}}]}}]"
    return f"""\
Transform: AWS::Serverless-2016-10-31
Resources:
  {"Mails: {Type: AWS::SQS::Queue}" if own else "Nothing: {Type: AWS::SNS::Topic}"}
  Mailer:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: {name}
      Handler: mailer.handler
      {policy if grant else "Timeout: 3"}
      Events: {{In: {{Type: SQS, Properties: {{Queue: {queue}}}}}}}
"""


LOOP = template("!GetAtt Mails.Arn")
CALM = template()


def seen(report: Report) -> list[tuple[str, str, str, tuple[str, ...]]]:
    return [
        (one.rule, one.severity, one.fingerprint, tuple(sorted({hop.span.file for hop in one.hops})))
        for one in report.findings
    ]


@pytest.mark.parametrize("names", [("prod", "test"), ("test", "prod")])
def test_two_templates_of_one_literal_name_are_judged_apart(names: tuple[str, str]) -> None:
    looping, calm = (f"{name}.yaml" for name in names)
    Path(looping).write_text(LOOP)
    Path(calm).write_text(CALM)
    for order in ([looping, calm], [calm, looping], ["."]):
        report = lint(order)
        assert [(rule, files) for rule, _, _, files in seen(report)] == [("sqs-loop", (looping,))]
        assert (report.summary.templates, report.summary.triggers) == (2, 2)


def test_what_two_deployments_do_together_is_no_loop() -> None:
    """The trigger of one and the grant of the other never meet: near miss of a loop in one template."""
    arn = "arn:aws:sqs:eu-west-1:111122223333:mails"
    Path("one.yaml").write_text(template(queue=arn, own=False))
    Path("two.yaml").write_text(template(grant=arn).replace("Events: {In", "Events: {}\n      X: {In"))
    assert not lint(["."]).findings


def test_deployments_are_judged_with_what_they_share_and_with_their_own_kind() -> None:
    hub = "Resources: {Hub: {Type: AWS::SQS::Queue, Properties: {QueueName: hub-%s}}}\n"
    arn = "arn:aws:sqs:eu-west-1:111122223333:hub-%s"
    for stage in ("prod", "stage", "test"):
        grant = arn % stage if stage == "test" else ""
        Path(f"app-{stage}.yaml").write_text(template(grant, queue=arn % stage, own=False))
        Path(f"hub-{stage}.yaml").write_text(hub % stage)
    report = lint(["."])
    assert [files for _, _, _, files in seen(report)] == [("app-test.yaml",)]


def test_many_deployments_are_told_and_each_is_looked_at() -> None:
    for at in range(MAX_SYSTEMS + 4):
        Path(f"copy{at:02}.yaml").write_text(LOOP if at in (0, MAX_SYSTEMS + 3) else CALM)
    report = lint(["."])
    (finding,) = report.findings
    assert [finding.span.file, *(copy.file for copy in finding.copies)] == [
        "copy00.yaml",
        f"copy{MAX_SYSTEMS + 3:02}.yaml",
    ]
    assert [n.message for n in report.notes if "own folders" in n.message] == [
        "4 templates declare names of others and were judged with no more than their own folders"
    ]


def test_the_graph_of_a_run_has_all_systems() -> None:
    Path("prod.yaml").write_text(LOOP)
    Path("test.yaml").write_text(CALM)
    graph = lint(["."]).graph()
    assert {told["file"] for _, told in graph.nodes(data=True) if told["file"]} == {"prod.yaml", "test.yaml"}
    marked = [(told["file"], told["loops"]) for _, _, told in graph.edges(data=True) if told["loops"]]
    assert {file for file, _ in marked} == {"prod.yaml"}


def test_systems_are_the_same_for_any_order() -> None:
    def facts(root: str, *names: str) -> Facts:
        at = Span(root, 1, 1, 1, 2)
        return Facts(
            root, root, root, tuple(Declared(Endpoint("sqs", (n,)), n, "T", at, (n,)) for n in names)
        )

    every = [
        facts("a-prod", "a"),
        facts("a-test", "a"),
        facts("b-prod", "b"),
        facts("b-test", "b"),
        facts("shared", "c"),
    ]
    answers = {
        tuple(tuple(one.root for one in system) for system in systems(order)[0])
        for order in itertools.permutations(every)
    }
    assert answers == {(("a-prod", "b-prod", "shared"), ("a-test", "b-test", "shared"))}
    assert [len(system) for system in systems(every[::2])[0]] == [3]


def test_the_remedies_of_a_deployment_are_verified() -> None:
    Path("prod.yaml").write_text(LOOP)
    Path("test.yaml").write_text(CALM)
    (found,) = lint(["."]).findings
    assert any(remedy.diff for remedy in found.remedies)


# The order of resources


RING = """\
Transform: AWS::Serverless-2016-10-31
Resources:
"""
PARTS = [
    "  Jobs: {Type: AWS::SQS::Queue}\n",
    "  Done: {Type: AWS::SNS::Topic}\n",
    "  Worker:\n    Type: AWS::Serverless::Function\n    Properties:\n      Handler: w.handler\n"
    "      Policies: [{SNSPublishMessagePolicy: {TopicName: !GetAtt Done.TopicName}}]\n"
    "      Events: {In: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}}\n",
    "  Again:\n    Type: AWS::Serverless::Function\n    Properties:\n      Handler: a.handler\n"
    "      Policies: [{SQSSendMessagePolicy: {QueueName: !GetAtt Jobs.QueueName}}]\n"
    "      Events: {In: {Type: SNS, Properties: {Topic: !Ref Done}}}\n",
]


def test_a_ring_is_known_by_the_same_fingerprint_wherever_its_resources_stand() -> None:
    answers = set()
    for order in itertools.permutations(PARTS):
        Path("t.yaml").write_text(RING + "".join(order))
        answers.add(tuple((one.rule, one.severity, one.fingerprint) for one in lint(["t.yaml"]).findings))
    assert len(answers) == 1
    assert len(answers.pop()) == 1


def test_a_ring_turned_is_the_same_and_another_way_round_is_not() -> None:
    nodes = [CycleNode(name, "T", "f", at) for at, name in enumerate("BCA")]
    known = fingerprint("r", nodes)
    assert fingerprint("r", nodes[1:] + nodes[:1]) == fingerprint("r", nodes[2:] + nodes[:2]) == known
    assert fingerprint("r", nodes[::-1]) != known
    assert fingerprint("q", nodes) != known
    assert fingerprint("r", [nodes[0], *nodes]) == known
    # A ring that passes a resource twice is no other one when it is entered elsewhere.
    twice = [nodes[0], nodes[1], nodes[0], nodes[2]]
    assert fingerprint("r", twice) == fingerprint("r", twice[1:] + twice[:1])
    assert fingerprint("r", ()) != fingerprint("r", nodes[:1]) == fingerprint("r", nodes[:1] * 2)


ROOT = Path(__file__).resolve().parent.parent


def test_the_order_of_many_files_changes_nothing() -> None:
    files = [str(path) for path in sorted((ROOT / "fixtures").glob("*/*/*.yaml"))]
    chance = random.Random(18)
    some = chance.sample(files, 60)
    first = lint(some)
    for _ in range(3):
        chance.shuffle(some)
        again = lint(some)
        assert again.findings == first.findings
        assert sorted(again.notes) == sorted(first.notes)
        assert again.summary == first.summary
