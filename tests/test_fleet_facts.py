"""Files of facts: the same bytes for the same repository, no line of its source, and nothing but facts is read back."""

from __future__ import annotations

import ast
import gzip
import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from recursion_lint.cli.main import main
from recursion_lint.config import Config, ConfigError
from recursion_lint.fleet import facts_file
from recursion_lint.fleet.extract import facts_of
from recursion_lint.fleet.facts_file import FactsError, loads
from recursion_lint.fleet.link import report_on
from recursion_lint.fleet.origin import commit_of, name_in, owners, repository_name
from recursion_lint.model.described import Described

HERE = Path(__file__).parent
FIXTURES = HERE.parent / "fixtures"
OLD = HERE / "facts" / "v1.jsonl"
SCHEMA = HERE.parent / "docs" / "schema" / "facts-v1.schema.json"
RULES = ("sqs-loop", "s3-loop", "eventbridge-loop", "lambda-loop", "stepfunctions-loop")
PLACE = {"account": "111122223333", "region": "eu-west-1"}


@pytest.fixture(scope="module")
def facts() -> dict[str, bytes]:
    """The facts of some folders of fixtures, each as a repository of its own."""
    return {
        rule: facts_of([str(FIXTURES / rule)], Config(), f"acme/{rule}", commit="1" * 40).lines
        for rule in RULES
    }


def test_the_same_repository_gives_the_same_bytes_wherever_it_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for folder in (tmp_path / "one", tmp_path / "far" / "away"):
        shutil.copytree(FIXTURES / "s3-loop", folder)
        (folder / ".git").mkdir()
        found.append(facts_of([str(folder)], Config(), "acme/files", commit="1"))
        monkeypatch.chdir(folder)
        found.append(facts_of(["."], Config(), "acme/files", commit="1"))
    assert len({one.lines for one in found}) == 1
    assert len({one.packed for one in found}) == 1
    assert gzip.decompress(found[0].packed) == found[0].lines
    assert str(tmp_path).encode() not in found[0].lines


def test_what_is_read_is_what_was_written(facts: dict[str, bytes]) -> None:
    for lines in facts.values():
        assert facts_file.dumps(loads(lines, linked=False)) == lines


def comments_and_prose(file: Path) -> Iterator[str]:
    """The comments of a file, and texts of several words in Python."""
    text = file.read_text(encoding="utf-8")
    yield from (found.strip() for found in re.findall(r"(?m)(?:^|\s)(?:#|//)\s?(.{12,})$", text))
    if file.suffix == ".py":
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.count(" ") > 5:
                yield node.value


def test_facts_hold_no_comment_no_prose_and_no_line_of_code(facts: dict[str, bytes]) -> None:
    looked_at = 0
    for rule, lines in facts.items():
        told = lines.decode()
        for file in (FIXTURES / rule).rglob("*"):
            if file.suffix not in (".py", ".js", ".ts", ".yaml"):
                continue
            for text in comments_and_prose(file):
                if "recursion-lint" not in text:  # a suppression's reason is a fact
                    assert json.dumps(text)[1:-1] not in told, (file, text)
                    looked_at += 1
            if file.suffix != ".yaml":
                for line in file.read_text(encoding="utf-8").splitlines():
                    if len(line.strip()) > 24 and "(" in line:
                        assert json.dumps(line.strip())[1:-1] not in told, (file, line)
                        looked_at += 1
    assert looked_at > 100


SECRETS = """
Parameters:
  Password: {Type: String, NoEcho: true, Default: default-hunter2}
  Given: {Type: String, NoEcho: "true"}
  Open: {Type: String, Default: open-default}
Resources:
  Worker:
    Type: AWS::Lambda::Function
    Properties:
      Role: arn:aws:iam::1:role/r
      Runtime: python3.12
      Handler: index.handler
      Environment: {Variables: {DB_PASSWORD: env-hunter2, NOTE: !Ref Given, P: !Ref Password, OUT_QUEUE: mails}}
      Code:
        ZipFile: |
          import boto3
          def handler(event, context):
              boto3.client("sqs").send_message(QueueUrl="mails", MessageBody={"password": "code-hunter2"})
"""


def test_facts_hold_no_secret(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(SECRETS)
    told = facts_of([str(tmp_path)], Config(parameters={"Given": "given-hunter2"}), "acme/x").lines
    assert b"hunter2" not in told
    assert b"open-default" in told
    assert b"OUT_QUEUE" in told
    assert b"send_message" in told


def strings(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """All texts in facts, with the classes and fields that they are in."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, tuple) and hasattr(value, "_fields"):
        for field, one in zip(value._fields, value, strict=True):
            yield from strings(one, f"{type(value).__name__}.{field}")
    elif isinstance(value, dict):
        for pair in value.items():
            yield from strings(pair, name)
    elif isinstance(value, (tuple, list, frozenset)):
        for one in value:
            yield from strings(one, name)
    elif isinstance(value, Described):
        for field in type(value).__init__.__code__.co_varnames[1 : type(value).__init__.__code__.co_argcount]:
            yield from strings(getattr(value, field), f"{type(value).__name__}.{field}")


def test_every_path_stands_behind_the_name_of_its_repository(facts: dict[str, bytes]) -> None:
    """A class with a new path in it is noticed here: two repositories must not share a scope."""
    named: set[str] = set()
    for rule, lines in facts.items():
        for name, text in strings(loads(lines)[2:4]):
            if re.match(r"\S*/(template\.yaml|near-miss\.yaml|\w+\.(py|ts|js))", text):
                if text.startswith(f"acme/{rule}/"):
                    named.add(name)
                else:
                    assert name.split(".")[1] in ("reason", "message", "where", "entry_points"), name
    assert {"Span.file", "Symbol.scope", "Requirement.scope", "Facts.root", "CallSite.file"} <= named


def test_the_file_says_where_it_comes_from(tmp_path: Path) -> None:
    git = tmp_path / ".git"
    (git / "refs" / "heads").mkdir(parents=True)
    (git / "config").write_text(
        '[core]\n\tbare = false\n[remote "fork"]\n\turl = https://x.test/me/orders.git\n'
        '[remote "origin"]\n\turl = https://user:hunter2@x.test/acme/orders.git\n'
    )
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    (git / "refs" / "heads" / "main").write_text("a" * 40 + "\n")
    (tmp_path / "CODEOWNERS").write_text(
        "* @acme/all\n/stacks/ @acme/orders me@acme.test # us\n/stacks/none/\n"
    )
    for folder in ("stacks", "stacks/none", "other"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "t.yaml").write_text("Resources: {Q: {Type: AWS::SQS::Queue}}\n")
    lines = facts_of([str(tmp_path / "stacks"), str(tmp_path / "other")], Config(), **PLACE).lines
    assert b"hunter2" not in lines
    found = loads(lines)
    assert found.origin == ("acme/orders", "a" * 40, "111122223333", "eu-west-1")
    assert dict(found.owners) == {
        "other/t.yaml": ("@acme/all",),
        "stacks/t.yaml": ("@acme/orders", "me@acme.test"),
    }
    (git / "refs" / "heads" / "main").unlink()
    (git / "packed-refs").write_text(f"# pack-refs\n{'b' * 40} refs/heads/main\n")
    assert commit_of(str(tmp_path)) == "b" * 40
    (git / "HEAD").write_text("c" * 40)
    assert commit_of(str(tmp_path)) == "c" * 40
    (git / "HEAD").write_text("ref: refs/../../../etc/passwd\n")
    assert commit_of(str(tmp_path)) == ""
    (git / "config").unlink()
    assert repository_name(str(tmp_path)) == tmp_path.name
    assert owners(str(tmp_path), ["stacks/none/t.yaml"]) == ()


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("git@github.test:acme/orders.git", "acme/orders"),
        ("https://token@x.test/acme/orders", "acme/orders"),
        ("ssh://git@x.test:22/acme/a/b.git/", "acme/a/b"),
        ("/srv/git/orders.git", "srv/git/orders"),
        ("https://x.test/acme/or ders%0a..git", "acme/or-ders-0a."),
        ("https://x.test/../../x", "x"),
        ("", ""),
    ],
)
def test_a_remote_gives_a_plain_name(url: str, name: str) -> None:
    assert name_in(url) == name


def test_a_name_that_is_none_is_refused(tmp_path: Path) -> None:
    for name in ("../up", "/abs", "a//b", "a b", "x" * 201, "a\nb"):
        with pytest.raises(ConfigError, match="is no name"):
            facts_of([str(tmp_path)], Config(), name)


GOOD = facts_file.dumps(loads(OLD.read_bytes(), linked=False)) if OLD.exists() else b""
HEAD = GOOD.split(b"\n")[0]


@pytest.mark.parametrize(
    ("data", "line", "message"),
    [
        (b"", 1, "is not valid JSON"),
        (b"\x1f\x8b\xff\xffnonsense", 0, "is no gzip file"),
        (gzip.compress(GOOD)[:-9], 0, "is cut short"),
        (GOOD[:-20], len(GOOD.splitlines()) - 1, "is not valid JSON"),
        (b"\n".join(GOOD.split(b"\n")[:-2]) + b"\n", len(GOOD.splitlines()) - 1, "is cut short"),
        (b'{"format":"something else"}\n', 1, "holds no facts of a repository"),
        (HEAD.replace(b'"version":1', b'"version":2'), 1, "is of version 2, and 1 is known"),
        (HEAD.replace(b'"repository":"acme/', b'"repository":"../'), 1, "is no name of a repository"),
        (HEAD.replace(b'"layouts":{', b'"layouts":{"facts":3,"x":{'), 1, "is not valid JSON"),
        (HEAD + b"\n" + b'{"stack":' + b"[" * 100_000 + b"\n", 2, "is not valid JSON"),
        (HEAD + b'\n{"stack":[' + b"9" * 5_000 + b"]}\n" + b'{"end":1}\n', 2, "is not valid JSON"),
        (HEAD + b'\n{"stack":["a",{"x":1}]}\n{"end":1}\n', 2, "this stack cannot be read"),
        (
            HEAD + b'\n{"code":' + b'["t",' * 400 + b"1" + b"]" * 400 + b'}\n{"end":1}\n',
            2,
            "this code cannot",
        ),
        (HEAD + b"\n[1]\n" + b'{"end":1}\n', 2, "is no line of facts"),
        (HEAD + b'\n{"end":7}\n', 2, "is cut short"),
    ],
)
def test_what_is_no_file_of_facts_is_told_with_its_line(data: bytes, line: int, message: str) -> None:
    with pytest.raises(FactsError, match=re.escape(message)) as raised:
        loads(facts_file.unpacked(data))
    assert raised.value.line == line


def test_a_file_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts_file, "MAX_BYTES", 1_000)
    with pytest.raises(FactsError, match="more than 1,000 bytes"):
        facts_file.unpacked(gzip.compress(b" " * 2_000))


def test_a_link_and_a_folder_are_no_file_of_facts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.symlink(OLD, tmp_path / "a.jsonl")
    assert main(["link", str(tmp_path / "a.jsonl")]) == 3
    assert main(["link", str(tmp_path / "b.jsonl")]) == 3
    out, _ = capsys.readouterr()
    assert "a.jsonl: cannot be used" in out
    assert "b.jsonl: cannot be used" in out


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=3)
    | st.sampled_from(["t", "c", "Pure", "d"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=6,
)


@given(st.data())
@settings(deadline=None, max_examples=200)
def test_whatever_is_altered_is_facts_or_told(data: st.DataObject) -> None:
    lines = GOOD.splitlines()
    number = data.draw(st.integers(1, len(lines) - 2))
    ((kind, raw),) = json.loads(lines[number]).items()
    here = [raw]
    for _ in range(data.draw(st.integers(0, 9))):
        places = [at for at, one in enumerate(here) if isinstance(one, list) and one]
        if not places:
            break
        here = here[data.draw(st.sampled_from(places))]
    here[data.draw(st.integers(0, len(here) - 1))] = data.draw(JUNK)
    lines[number] = json.dumps({kind: raw}).encode()
    try:
        found = loads(b"\n".join(lines) + b"\n")
    except FactsError:
        return
    report_on([found], Config())


def test_a_file_of_the_first_version_is_read() -> None:
    """Kept as it was written: later versions must read it and find the same in it."""
    found = loads(OLD.read_bytes())
    report = report_on([found], Config())
    assert [(one.rule, one.severity) for one in report.findings] == [
        ("sqs-loop", "error"),
        ("s3-loop", "info"),
    ]
    assert report.findings[0].hops[1].code is not None
    assert report.findings[0].repositories[0] == ("acme/first", "1" * 40, ("@acme/first",), "", "")


def test_fields_that_have_come_and_gone_since_are_no_matter() -> None:
    lines = OLD.read_bytes().splitlines()
    head = json.loads(lines[0])
    fields = head["layouts"]["facts"]["Span"]
    head["layouts"]["facts"]["Span"] = [fields[1], fields[0], "shade", *fields[2:]]

    def turned(raw: Any) -> Any:
        if isinstance(raw, list):
            if len(raw) == 5 and isinstance(raw[0], str) and all(type(one) is int for one in raw[1:]):
                return [raw[1], raw[0], "blue", *raw[2:]]
            return [turned(one) for one in raw]
        return raw

    again = [json.dumps(head).encode()]
    for line in lines[1:-1]:
        ((kind, raw),) = json.loads(line).items()
        again.append(json.dumps({kind: turned(raw) if kind != "code" else raw}).encode())
    found = loads(b"\n".join((*again, b'{"later": 1}', json.dumps({"end": len(again)}).encode())))
    assert found == loads(OLD.read_bytes())


def test_the_schema_describes_what_is_written(facts: dict[str, bytes]) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for lines in (*facts.values(), OLD.read_bytes()):
        for line in lines.splitlines():
            assert next(validator.iter_errors(json.loads(line)), None) is None
    for wrong in ({"stack": {}}, {"end": "3"}, {"format": "x"}, {"stack": ["a"]}, {"code": [1]}):
        assert not validator.is_valid(wrong), wrong


def test_the_command_writes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(FIXTURES / "sqs-loop", tmp_path / "repo")
    monkeypatch.chdir(tmp_path)
    assert main(["extract", "repo", "-o", "a.jsonl.gz", "--origin", "acme/a"]) == 0
    assert main(["extract", "repo", "-o", "a.jsonl", "--origin", "acme/a"]) == 0
    _, err = capsys.readouterr()
    assert "wrote the facts of" in err
    assert gzip.decompress((tmp_path / "a.jsonl.gz").read_bytes()) == (tmp_path / "a.jsonl").read_bytes()
    assert main(["extract", "repo"]) == 2
    assert main(["extract", "nothing", "-o", "b.jsonl"]) == 2
    assert main(["extract", "-", "-o", "b.jsonl"]) == 2
    (tmp_path / "repo" / "broken.yaml").write_text(
        "AWSTemplateFormatVersion: 1\nResources: {A: {Type: AWS::SQS::Queue"
    )
    assert main(["extract", "repo", "-o", "b.jsonl", "--origin", "acme/a", "--strict"]) == 3
    assert not (tmp_path / "b.jsonl").exists()
    assert main(["extract", "repo", "-o", "b.jsonl", "--origin", "acme/a"]) == 0
    assert main(["link", "b.jsonl", "--exit-zero"]) == 0
    out, _ = capsys.readouterr()
    assert "acme/a/broken.yaml" in out
