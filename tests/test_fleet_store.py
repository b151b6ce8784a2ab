"""The store: what linking all facts finds, however it came to hold them; whole after a kill and with two writers."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recursion_lint.assessment.evidence.hub_steps import FEW
from recursion_lint.cli.main import main
from recursion_lint.config import Config
from recursion_lint.fleet.extract import facts_of
from recursion_lint.fleet.facts_file import loads
from recursion_lint.fleet.judge import judged
from recursion_lint.fleet.store import Store, StoreError
from recursion_lint.fleet.taking_in import Update
from recursion_lint.model.findings import Finding

FACTS = Callable[..., Update]


def service(name: str, hears: str, sends: str, declares: str = "") -> str:
    """A function that hears a queue and may send to another; it may declare a third one."""
    queue = f"  Own: {{Type: AWS::SQS::Queue, Properties: {{QueueName: {declares}}}}}\n" if declares else ""
    return f"""Transform: AWS::Serverless-2016-10-31
Resources:
{queue}  {name}:
    Type: AWS::Serverless::Function
    Properties:
      Policies: [{{SQSSendMessagePolicy: {{QueueName: {sends}}}}}]
      Events: {{In: {{Type: SQS, Properties: {{Queue: !Sub "arn:aws:sqs:${{AWS::Region}}:${{AWS::AccountId}}:{hears}"}}}}}}
"""


@pytest.fixture
def facts(tmp_path: Path) -> FACTS:
    def made(repository: str, template: str) -> Update:
        folder = tmp_path / "work" / repository
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "template.yaml").write_text(template)
        lines = facts_of([str(folder)], Config(), f"acme/{repository}", account="1", region="r").lines
        return Update(lines, loads(lines))

    return made


def told(findings: tuple[Finding, ...]) -> list[Any]:
    return sorted((one.rule, one.fingerprint, one.severity, one.message, one.also) for one in findings)


def linked(updates: dict[str, Update]) -> list[Any]:
    """What linking all facts anew says."""
    return told(judged([updates[name].repository for name in sorted(updates)]).findings)


@pytest.mark.parametrize("seed", range(12))
def test_it_says_what_linking_all_facts_says(facts: FACTS, tmp_path: Path, seed: int) -> None:
    """Whatever comes, changes and goes, in whatever order; few queues, so that rings open and close all the time."""
    chance = random.Random(seed)
    store = Store(str(tmp_path / "s.db"))
    held: dict[str, Update] = {}
    loops = 0
    for _ in range(20):
        if held and chance.random() < 0.2:
            name = chance.choice(sorted(held))
            del held[name]
            store.update([], [f"acme/{name}"], "2026-01-01")
        else:
            name = f"team-{chance.randrange(6)}"
            queues = [f"q{chance.randrange(3)}" for _ in range(3)]
            text = service("Work", queues[0], queues[1], queues[2] if chance.random() < 0.5 else "")
            held[name] = facts(name, text)
            store.update([held[name]], [], "2026-01-01")
        results = store.results()
        assert told(tuple(one._replace(since="") for one in results.findings)) == linked(held)
        loops += len(results.findings)
    assert loops > 3
    store.close()


IMPORTS = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Work:
    Type: AWS::Serverless::Function
    Properties:
      Policies: [{Statement: [{Effect: Allow, Action: sqs:SendMessage, Resource: WRITES}]}]
      Events: {In: {Type: SQS, Properties: {Queue: HEARS}}}
"""
EXPORTS = """
Resources:
  One: {Type: AWS::SQS::Queue}
  Two: {Type: AWS::SQS::Queue}
  Kept: {Type: AWS::SSM::Parameter, Properties: {Name: /acme/two, Type: String, Value: !GetAtt Two.Arn}}
Outputs:
  One: {Value: !GetAtt One.Arn, Export: {Name: one-arn}}
"""
ROLE = """
Resources:
  Role: {Type: AWS::IAM::Role, Properties: {RoleName: shared-role, AssumeRolePolicyDocument: {Statement: []}, Policies: [
    {PolicyName: p, PolicyDocument: {Statement: [{Effect: Allow, Action: "sqs:SendMessage", Resource: "arn:aws:sqs:r:1:jobs"}]}}]}}
"""
USER = """
Resources:
  Work: {Type: AWS::Lambda::Function, Properties: {Role: "arn:aws:iam::1:role/shared-role", Code: {S3Bucket: b, S3Key: k}}}
  Map: {Type: AWS::Lambda::EventSourceMapping, Properties: {FunctionName: !Ref Work, EventSourceArn: "arn:aws:sqs:r:1:jobs"}}
"""
BUS = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Work:
    Type: AWS::Serverless::Function
    Properties:
      Policies: [{Statement: [{Effect: Allow, Action: events:PutEvents, Resource: "arn:aws:events:r:1:event-bus/shared"}]}]
      Events: {In: {Type: EventBridgeRule, Properties: {EventBusName: shared, Pattern: {source: [SOURCE]}}}}
"""
TOGETHER = {
    "exports": {
        "queues": EXPORTS,
        "a": IMPORTS.replace("WRITES", "!ImportValue one-arn").replace(
            "HEARS", "'{{resolve:ssm:/acme/two}}'"
        ),
        "b": IMPORTS.replace("HEARS", "!ImportValue one-arn").replace(
            "WRITES", "'{{resolve:ssm:/acme/two}}'"
        ),
    },
    "role": {"roles": ROLE, "user": USER},
    "bus": {"a": BUS.replace("SOURCE", "acme.a"), "b": BUS.replace("SOURCE", "acme.b")},
    "declared": {"a": service("A", "x", "y"), "b": service("B", "y", "x"), "c": service("C", "n", "m", "x")},
}


@pytest.mark.parametrize("shape", TOGETHER)
def test_whichever_part_changes_last_closes_the_loop(facts: FACTS, tmp_path: Path, shape: str) -> None:
    parts = {name: facts(name, text) for name, text in TOGETHER[shape].items()}
    want = linked(parts)
    assert want
    for last in parts:
        path = str(tmp_path / f"{last}.db")
        store = Store(path)
        store.update([one for name, one in parts.items() if name != last], [], "2026-01-01")
        store.update([parts[last]], [], "2026-01-02")
        found = store.results().findings
        assert told(tuple(one._replace(since="") for one in found)) == want, last
        store.update([], [f"acme/{last}"], "2026-01-03")
        rest = {name: one for name, one in parts.items() if name != last}
        found = store.results().findings
        assert told(tuple(one._replace(since="") for one in found)) == linked(rest), last
        store.close()


def test_a_change_looks_at_its_neighbours_alone(
    facts: FACTS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(str(tmp_path / "s.db"))
    ring = {f"ring-{at}": facts(f"ring-{at}", service("W", f"r{at}", f"r{(at + 1) % 3}")) for at in range(3)}
    others = {f"other-{at}": facts(f"other-{at}", service("W", f"o{at}", f"o{at + 1}")) for at in range(20)}
    store.update([*ring.values(), *others.values()], [], "2026-01-01")
    asked: list[list[str]] = []

    def watched(repositories: list[Any], *whole: Any) -> Any:
        asked.append([one.origin.repository for one in repositories])
        return judged(repositories, *whole)

    monkeypatch.setattr("recursion_lint.fleet.store.judged", watched)
    store.update([facts("ring-1", service("Other", "r1", "r2"))], [], "2026-01-01")
    store.update([facts("other-3", service("Other", "o3", "o4"))], [], "2026-01-01")
    assert asked == [["acme/ring-0", "acme/ring-1", "acme/ring-2"], ["acme/other-3"]]
    store.close()


def two(name: str, *others: tuple[str, str]) -> str:
    """A template with several functions that have nothing to do with each other but the repository."""
    parts = [service(f"{name}{at}", hears, sends) for at, (hears, sends) in enumerate(others)]
    head, body = parts[0].split("Resources:\n")
    return head + "Resources:\n" + "".join([body, *(part.split("Resources:\n")[1] for part in parts[1:])])


def test_loops_that_meet_in_a_repository_are_not_looked_at_together(
    facts: FACTS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Function by function nothing leads from one ring to the next, though each passes a repository of the other."""
    store = Store(str(tmp_path / "s.db"))
    held = {
        "meet": facts("meet", two("M", ("a0", "a1"), ("b0", "b1"))),
        "a": facts("a", service("A", "a1", "a0")),
        "b": facts("b", two("B", ("b1", "b0"), ("c0", "c1"))),
        "c": facts("c", service("C", "c1", "c0")),
    }
    store.update(held.values(), [], "2026-01-01")
    assert len(store.results().findings) == 3
    asked: list[list[str]] = []

    def watched(repositories: list[Any], *whole: Any) -> Any:
        asked.append([one.origin.repository for one in repositories])
        return judged(repositories, *whole)

    monkeypatch.setattr("recursion_lint.fleet.store.judged", watched)
    held["a"] = facts("a", service("Other", "a1", "a0"))
    store.update([held["a"]], [], "2026-01-02")
    assert asked == [
        ["acme/a", "acme/b", "acme/meet"]
    ]  # loops that pass what a loop of the changed one passes
    found = store.results().findings
    assert told(tuple(one._replace(since="") for one in found)) == linked(held)
    store.close()


REACHING = {
    "a grant with a wildcard": ("SEND", '!Sub "arn:aws:sqs:r:1:q*"'),
    "a queue without a name": ("SEND", "!GetAtt Inner.Arn"),
    "a function that is started": ("lambda:InvokeFunction", "!GetAtt Second.Arn"),
}


@pytest.mark.parametrize("way", REACHING)
def test_what_leads_on_inside_a_stack_is_followed(facts: FACTS, tmp_path: Path, way: str) -> None:
    """The loop goes in by one function of ``meet`` and out by another one; each repository changes last."""
    action, resource = REACHING[way]
    heard = "!GetAtt Inner.Arn" if way != "a grant with a wildcard" else '"arn:aws:sqs:r:1:q-inner"'
    meet = f"""Transform: AWS::Serverless-2016-10-31
Resources:
  Inner: {{Type: AWS::SQS::Queue}}
  First:
    Type: AWS::Serverless::Function
    Properties:
      Policies: [{{Statement: [{{Effect: Allow, Action: {action.replace("SEND", "sqs:SendMessage")}, Resource: {resource}}}]}}]
      Events: {{In: {{Type: SQS, Properties: {{Queue: "arn:aws:sqs:r:1:in"}}}}}}
  Second:
    Type: AWS::Serverless::Function
    Properties:
      Policies: [{{SQSSendMessagePolicy: {{QueueName: out}}}}]
      Events: {{In: {{Type: SQS, Properties: {{Queue: {heard}}}}}}}
"""
    parts = {"meet": facts("meet", meet), "back": facts("back", service("B", "out", "in"))}
    want = linked(parts)
    for last in parts:
        store = Store(str(tmp_path / f"{last}.db"))
        store.update([one for name, one in parts.items() if name != last], [], "2026-01-01")
        store.update([parts[last]], [], "2026-01-02")
        found = store.results().findings
        assert told(tuple(one._replace(since="") for one in found)) == want, last
        assert 2 in {len(one.repositories) for one in found}
        store.close()


SAYS = """
      Runtime: python3.12
      Handler: index.handler
      InlineCode: |
        import boto3
        def handler(event, context):
            boto3.client("events").put_events(Entries=[{"EventBusName": "shared", "Source": "SAID", "Detail": "{}"}])
"""


def test_a_hub_stays_one_where_a_part_is_judged(facts: FACTS, tmp_path: Path) -> None:
    """Steps over a hub that the code does not take are left out, also where few of its consumers are looked at."""

    def team(name: str, hears: str, says: str) -> Update:
        head, body = BUS.replace("[SOURCE]", f"[{hears}]").split("    Properties:\n")
        text = f"{head}    Properties:{SAYS.replace('SAID', says)}{body}"
        return facts(name, text.replace("source: [x.shared]", "source: [{prefix: x.}]"))

    store = Store(str(tmp_path / "s.db"))
    held = {f"o{at}": team(f"o{at}", f"acme.o{at}", f"acme.p{at}") for at in range(FEW)}
    held["a"], held["b"] = team("a", "x.shared", "x.shared"), team("b", "x.shared", "acme.none")
    store.update(held.values(), [], "2026-01-01")
    full = store.results().findings
    assert told(tuple(one._replace(since="") for one in full)) == linked(held)
    assert [[at.name for at in one.repositories] for one in full] == [["acme/a"]]
    for name in ("b", "a"):
        store.update([held[name]], [], "2026-01-02")
        found = store.results().findings
        assert told(tuple(one._replace(since="") for one in found)) == linked(held), name
    store.close()


def test_a_loop_has_a_history(facts: FACTS, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(tmp_path / "s.db")
    store = Store(path)
    a, b = facts("a", service("A", "x", "y")), facts("b", service("B", "y", "x"))
    calm = facts("b", service("B", "y", "z"))
    for updates, day in (([a, b], "01"), ([a], "02"), ([calm], "03"), ([a], "04")):
        store.update(updates, [], f"2026-01-{day}")
    assert [(one.first, one.gone) for one in store.history()] == [("2026-01-01", "2026-01-03")]
    assert store.results().findings == ()
    store.update([b], [], "2026-01-05")
    assert [(one.first, one.gone) for one in store.history()] == [("2026-01-05", "")]
    assert [one.since for one in store.results().findings] == ["2026-01-05"]
    store.close()
    assert main(["link", "--store", path, "--history"]) == 0
    assert "since 2026-01-05  there" in capsys.readouterr().out


def test_the_command_keeps_a_store_and_tries_a_change(
    facts: FACTS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, one in (
        ("a", facts("a", service("A", "x", "y"))),
        ("calm", facts("b", service("B", "y", "z"))),
        ("b", facts("b", service("B", "y", "x"))),
    ):
        (tmp_path / f"{name}.jsonl").write_bytes(one.lines)
    assert main(["link", "--store", "c.db", "--update", "a.jsonl", "--update", "calm.jsonl"]) == 0
    before = (tmp_path / "c.db").read_bytes()
    assert main(["link", "--store", "c.db", "b.jsonl", "--format", "json"]) == 1
    out, _ = capsys.readouterr()
    tried = json.loads(out[out.index("{") :])["findings"]
    assert [[at["name"] for at in one["repositories"]] for one in tried] == [["acme/a", "acme/b"]]
    assert (tmp_path / "c.db").read_bytes() == before
    assert main(["link", "c.db"]) == 0
    assert main(["link", "--store", "c.db", "--update", "b.jsonl"]) == 1
    for format_ in ("json", "html", "graphml"):
        assert main(["link", "c.db", "--format", format_, "-o", f"out.{format_}"]) == 1
        assert "acme/a/template.yaml" in (tmp_path / f"out.{format_}").read_text()
    assert main(["link", "--store", "c.db", "--remove", "acme/a"]) == 0
    capsys.readouterr()
    for words in (
        ["--store", "c.db", "--remove", "acme/a"],
        ["--store", "none.db"],
        ["a.jsonl", "--update", "b.jsonl"],
        ["--store", "c.db", "a.jsonl", "--update", "b.jsonl"],
        ["--store", "a.jsonl", "--update", "b.jsonl"],
    ):
        assert main(["link", *words]) == 2, words
        assert "error: " in capsys.readouterr().err
    assert not (tmp_path / "none.db").exists()


def test_what_is_no_store_is_told(tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as db:
        db.execute("CREATE TABLE t (x)")
    db.close()
    with pytest.raises(StoreError, match="is no store"):
        Store(str(other))
    broken = tmp_path / "broken.db"
    store = Store(str(broken))
    store.close()
    data = bytearray(broken.read_bytes())
    data[4096:8192] = os.urandom(4096)
    broken.write_bytes(data)
    store = Store(str(broken))
    with pytest.raises(StoreError, match="cannot be used as a store"):
        store.results()
    store.close()
    late = tmp_path / "late.db"
    Store(str(late)).close()
    with sqlite3.connect(late) as db:
        db.execute("PRAGMA user_version = 9")
    db.close()
    with pytest.raises(StoreError, match="is a store of version 9"):
        Store(str(late))


def _updating(path: Path, file: Path) -> subprocess.Popen[bytes]:
    words = [
        sys.executable,
        "-m",
        "recursion_lint",
        "link",
        "--store",
        str(path),
        "--update",
        str(file),
        "-q",
    ]
    return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def test_whoever_is_killed_leaves_the_old_or_the_new_store(facts: FACTS, tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    one, other = facts("a", service("A", "x", "x")), facts("a", service("A", "x", "z"))
    files = [tmp_path / "one.jsonl", tmp_path / "other.jsonl"]
    for file, update in zip(files, (one, other), strict=True):
        file.write_bytes(update.lines)
    store = Store(str(path))
    store.update([one], [], "2026-01-01")
    store.close()
    wanted = {1, 0}
    chance = random.Random(3)
    for at in range(8):
        process = _updating(path, files[(at + 1) % 2])
        time.sleep(chance.random() * 0.9)
        process.send_signal(signal.SIGKILL)
        process.wait()
        with sqlite3.connect(path) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        db.close()
        store = Store(str(path))
        held = store.whole(["acme/a"])[0]
        loops = len(store.results().findings)
        assert loops in wanted
        assert loops == (1 if held == one.repository else 0)
        assert held in (one.repository, other.repository)
        store.close()


def test_two_writers_both_have_their_way(facts: FACTS, tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    files = []
    for at in range(4):
        files.append(tmp_path / f"{at}.jsonl")
        files[-1].write_bytes(facts(f"team-{at}", service("W", f"q{at}", f"q{(at + 1) % 4}")).lines)
    processes = [_updating(path, file) for file in files]
    assert {process.wait() for process in processes} <= {0, 1}
    store = Store(str(path))
    assert len(store.repositories()) == 4
    assert [len(one.repositories) for one in store.results().findings] == [4]
    store.close()
