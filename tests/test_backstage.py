"""Entities for Backstage: by the rules of its descriptor format, owned by whoever CODEOWNERS says, the same from
a checkout and from facts.

https://backstage.io/docs/features/software-catalog/descriptor-format
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from graph_samples import TWO_STACKS, hostile_scene, node
from jsonschema import Draft202012Validator

from recursion_lint.cli.main import main
from recursion_lint.patterns.entities import is_reference
from recursion_lint.report.graph.backstage import Catalogue, File, NoOwner, draw
from recursion_lint.report.graph.scene import Scene

ROOT = Path(__file__).parents[1]
NAME = {"type": "string", "minLength": 1, "maxLength": 63, "pattern": "^[a-zA-Z0-9]+([-_.][a-zA-Z0-9]+)*$"}
REFERENCE = r"^(component|resource):[a-zA-Z0-9]+([-_.][a-zA-Z0-9]+)*$"
WORD = {"type": "string", "minLength": 1}
DEPENDS = {
    "type": "array",
    "minItems": 1,
    "uniqueItems": True,
    "items": {"type": "string", "pattern": REFERENCE},
}
SPECS: dict[str, Any] = {
    "System": {"required": ["owner"], "properties": {"owner": WORD}},
    "Component": {
        "required": ["type", "lifecycle", "owner"],
        "properties": {"type": WORD, "lifecycle": WORD, "owner": WORD, "system": NAME, "dependsOn": DEPENDS},
    },
    "Resource": {
        "required": ["type", "owner"],
        "properties": {"type": WORD, "owner": WORD, "system": NAME, "dependsOn": DEPENDS},
    },
}
METADATA = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": NAME,
        "title": WORD,
        "description": WORD,
        "tags": {
            "type": "array",
            "items": {"type": "string", "maxLength": 63, "pattern": "^[a-z0-9:+#]+(-[a-z0-9:+#]+)*$"},
        },
        "annotations": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "propertyNames": {"pattern": r"^([a-z0-9]+([-.][a-z0-9]+)*/)?[a-zA-Z0-9]+([-_.][a-zA-Z0-9]+)*$"},
        },
    },
}
"""What the page of the descriptor format asks of metadata, and of the three kinds that are written."""


def entities(text: str) -> dict[str, dict[str, Any]]:
    """The entities of a catalogue by how they are referred to, once they are seen to keep the rules."""
    found: dict[str, dict[str, Any]] = {}
    for one in yaml.safe_load_all(text):
        assert list(one) == ["apiVersion", "kind", "metadata", "spec"]
        assert one["apiVersion"] == "backstage.io/v1alpha1"
        Draft202012Validator(METADATA).validate(one["metadata"])
        shape = {"type": "object", "additionalProperties": False, **SPECS[one["kind"]]}
        Draft202012Validator(shape).validate(one["spec"])
        found[f"{one['kind'].lower()}:{one['metadata']['name']}"] = one
    assert len({name.lower() for name in found}) == text.count("\n---\n"), "names are told apart without case"
    for one in found.values():
        assert one["kind"] == "System" or f"system:{one['spec']['system']}" in found
        assert set(one["spec"].get("dependsOn", ())) <= set(found)
    return found


def by_title(text: str) -> dict[str, dict[str, Any]]:
    return {one["metadata"]["title"]: one for one in entities(text).values()}


def known(file: str) -> File:
    return File("acme/orders", file, "c0ffee", ("@acme/payments",))


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of ``acme/shop`` with two stacks that loop through each other."""
    root = tmp_path / "shop"
    (root / ".git").mkdir(parents=True)
    (root / ".git" / "config").write_text(
        '[remote "origin"]\n  url = https://git.example.com/acme/shop.git\n'
    )
    (root / ".git" / "HEAD").write_text("1" * 40)
    (root / "CODEOWNERS").write_text("* @acme/orders @jane\n/billing/ jane.doe@example.com\n")
    for name, text in TWO_STACKS.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)
    monkeypatch.chdir(root)
    return root


def told(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> str:
    capsys.readouterr()
    assert main([*words]) == status
    return capsys.readouterr().out


def test_golden(
    checkout: Path, capsys: pytest.CaptureFixture[str], golden: Callable[[str, str], None]
) -> None:
    source = "https://git.example.com/{repository}/blob/{commit}/{path}"
    text = told(
        capsys, "graph", "--format", "backstage", "--source-url", source, "--lifecycle", "experimental"
    )
    golden("graph/two-stacks.backstage", text)
    found = by_title(text)
    assert found["Accept"]["kind"] == found["Bill"]["kind"] == "Component"
    assert found["Orders"]["kind"] == found["Accepted"]["kind"] == "Resource"
    assert found["Accept"]["spec"]["owner"] == "group:orders"
    assert found["Bill"]["spec"]["owner"] == "user:jane.doe"
    # A function needs what it writes to and what it listens to.
    assert {name.split(":")[1].split("-")[0] for name in found["Bill"]["spec"]["dependsOn"]} == {
        "Orders",
        "Accepted",
    }
    assert "dependsOn" not in found["Orders"]["spec"]


@pytest.mark.parametrize("case", sorted(one.name for one in (ROOT / "fixtures").iterdir() if one.is_dir()))
def test_every_fixture_keeps_the_rules(
    case: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT / "fixtures" / case)
    text = told(capsys, "graph", "--format", "backstage", "--owner", "group:default/payments")
    assert len(entities(text)) > 5


def test_hostile_names_keep_the_rules() -> None:
    scene = hostile_scene()
    found = entities(draw([scene], Catalogue(known)))
    assert len(found) == len(scene.nodes) + 2
    assert all(one["metadata"]["annotations"] for one in found.values() if one["kind"] != "System")


def test_names_that_differ_in_case_or_at_their_end_alone_are_told_apart() -> None:
    long = "A" * 80
    labels = ("Queue", "queue", "Que-ue", "Que.ue", long + "1", long + "2", "日本", "")
    nodes = tuple(node(at, label) for at, label in enumerate(labels, 1))
    found = entities(
        draw([Scene(nodes, (), ())], Catalogue(known, "group:x")).replace("title: ''", "title: x")
    )
    assert len(found) == len(labels) + 1


def test_a_name_stays_whatever_else_there_is(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = entities(told(capsys, "graph", "-f", "backstage"))
    (checkout / "zero.yaml").write_text(TWO_STACKS["orders.yaml"].replace("orders}", "other}"))
    text = (checkout / "orders.yaml").read_text()
    (checkout / "orders.yaml").write_text("# A line more.\n" + text)
    after = entities(told(capsys, "graph", "-f", "backstage"))
    assert before.keys() < after.keys()


def test_nobody_is_made_an_owner(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (checkout / "CODEOWNERS").write_text("/billing/ @jane\n*.yaml\n")
    assert main(["graph", "-f", "backstage", "billing", "orders.yaml"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: acme/shop/billing/bill.yaml: nobody owns it by CODEOWNERS")
    found = by_title(told(capsys, "graph", "-f", "backstage", "--owner", "payments"))
    assert {one["spec"]["owner"] for one in found.values()} == {"payments"}


@pytest.mark.parametrize(
    ("owners", "want"),
    [
        (("@acme/payments",), "group:payments"),
        (("@acme/shop/payments",), "group:payments"),
        (("@jane", "@acme/payments"), "user:jane"),
        (("jane.doe@example.com",), "user:jane.doe"),
        (("jane+aws@example.com", "@acme/payments"), "group:payments"),
        (("@-_-",), "group:x"),
    ],
)
def test_owners(owners: tuple[str, ...], want: str) -> None:
    catalogue = Catalogue(lambda file: File("acme/orders", file, "", owners), "group:x")
    found = entities(draw([Scene((node(1, "Jobs"),), (), ())], catalogue))
    assert {one["spec"]["owner"] for one in found.values()} == {want}


def test_without_any_owner_it_is_refused() -> None:
    catalogue = Catalogue(lambda file: File("acme/orders", file))
    with pytest.raises(NoOwner, match=r"^acme/orders/t\.yaml: nobody owns it"):
        draw([Scene((node(1, "Jobs"),), (), ())], catalogue)
    assert draw([Scene((node(1, "Jobs", file=""),), (), ())], catalogue).count("\n") == 2


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("payments", True),
        ("group:payments", True),
        ("group:default/payments", True),
        ("user:jane.doe", True),
        ("", False),
        ("a b", False),
        ("group:", False),
        ("-x", False),
        ("a/b/c", False),
        ("x" * 64, False),
        ("group:payments\n", False),
    ],
)
def test_references(text: str, is_one: bool) -> None:
    assert is_reference(text) is is_one


@pytest.mark.parametrize(
    "words",
    [
        ["--owner", "a b", "-f", "backstage"],
        ["--owner", "group:x"],
        ["--lifecycle", "production", "-f", "json"],
        ["--source-url", "https://example.com/", "-f", "backstage"],
        ["--source-url", "{path}", "-f", "backstage"],
    ],
)
@pytest.mark.parametrize("command", ["graph", "link"])
def test_what_cannot_be_meant_is_refused(command: str, words: list[str], checkout: Path) -> None:
    assert main([command, ".", *words]) == 2


def test_a_wildcard_is_no_dependency(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    template = tmp_path / "template.yaml"
    template.write_text("""\
Transform: AWS::Serverless-2016-10-31
Resources:
  Jobs: {Type: AWS::SQS::Queue}
  Seldom: {Type: AWS::SNS::Topic}
  Other: {Type: AWS::Serverless::Function, Properties: {Events: {S: {Type: SNS, Properties: {Topic: !Ref Seldom}}}}}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Policies: [{Statement: [{Effect: Allow, Action: 'sns:*', Resource: '*'}]}]
      Events: {Job: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}}
""")
    found = by_title(told(capsys, "graph", str(template), "-f", "backstage", "--owner", "group:x"))
    assert [name.split("-")[0] for name in found["Worker"]["spec"]["dependsOn"]] == ["resource:Jobs"]
    assert [name.split("-")[0] for name in found["Other"]["spec"]["dependsOn"]] == ["resource:Seldom"]


QUEUE = """\
  Open: {Type: AWS::SQS::Queue, Properties: {QueueName: orders}}
  Mailer:
    Type: AWS::Serverless::Function
    Properties: {Events: {Mail: {Type: SQS, Properties: {Queue: !GetAtt Open.Arn}}}}
"""
SENDER = """\
  Sender:
    Type: AWS::Serverless::Function
    Properties:
      Policies: [{SQSSendMessagePolicy: {QueueName: orders}}]
      Events: {Daily: {Type: Schedule, Properties: {Schedule: rate(1 day)}}}
"""
HEAD = "Transform: AWS::Serverless-2016-10-31\nResources:\n"


def extracted(root: Path, name: str, text: str, account: str) -> None:
    here = root / "checkouts" / name
    here.mkdir(parents=True)
    (here / "template.yaml").write_text(HEAD + text)
    (here / "CODEOWNERS").write_text(f"* @acme/{name}\n")
    words = ["--origin", f"acme/{name}", "--commit", "1" * 40, "--account", account, "--region", "eu-west-1"]
    (root / "facts").mkdir(exist_ok=True)
    assert main(["extract", str(here), "-o", str(root / "facts" / f"{name}.jsonl"), *words]) == 0


def test_repositories_depend_on_each_other_within_an_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    extracted(tmp_path, "mail", QUEUE, "111122223333")
    extracted(tmp_path, "mail-test", QUEUE, "444455556666")
    extracted(tmp_path, "orders", SENDER, "111122223333")
    text = told(capsys, "link", "facts", "--format", "backstage")
    found = by_title(text)
    assert found["acme/mail: template.yaml"]["spec"] == {"owner": "group:mail"}
    (needed,) = found["Sender"]["spec"]["dependsOn"]
    annotations = entities(text)[needed]["metadata"]["annotations"]
    assert annotations == {"recursion-lint/declared-at": "acme/mail/template.yaml:3"}
    assert found["Sender"]["spec"]["owner"] == "group:orders"
    told(capsys, "link", "--store", "c.db", "--update", "facts")
    assert told(capsys, "link", "c.db", "--format", "backstage") == text


def test_facts_say_what_the_checkout_says(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--format", "backstage", "--source-url", "https://example.com/{repository}/{commit}/{path}"]
    of_checkout = told(capsys, "graph", *words)
    told(capsys, "extract", "-o", "facts.jsonl")
    found = entities(told(capsys, "link", "facts.jsonl", *words, status=1))
    tagged = [one["metadata"] for one in found.values() if "tags" in one["metadata"]]
    assert len({one["annotations"]["recursion-lint/loops"] for one in tagged}) == 1
    for one in (*found.values(), *(want := entities(of_checkout)).values()):
        one["metadata"].get("annotations", {}).pop(
            "recursion-lint/loops", None
        )  # fingerprints are of whole paths
    assert found == want
    loops = {one["title"] for one in tagged}
    assert loops == {"Orders", "Accept", "Accepted", "Bill"}
