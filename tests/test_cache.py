"""``--cache-dir``: what is said is the same with it and without, whatever happened to the templates or the folder."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from recursion_lint.cli.main import main
from recursion_lint.model.facts import Facts
from recursion_lint.run import cache
from recursion_lint.run.extract import facts_of
from recursion_lint.template.yaml.files import Beside, SourceError, read_text

HERE = Path(__file__).parent.parent
QUEUE = "  Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs}}\n"
CALM = f"Transform: AWS::Serverless-2016-10-31\nResources:\n{QUEUE}"
LOOP = f"""{CALM}  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Policies: [{{SQSSendMessagePolicy: {{QueueName: jobs}}}}]
      Events: {{Job: {{Type: SQS, Properties: {{Queue: !GetAtt Jobs.Arn}}}}}}
"""
MACHINE = """
Resources:
  Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: images, NotificationConfiguration: {EventBridgeConfiguration: {}}}}
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [aws.s3], detail-type: [Object Created]}
      Targets: [{Id: m, Arn: !GetAtt Machine.Arn}]
  Machine: {Type: AWS::Serverless::StateMachine, Properties: {DefinitionUri: machine.json}}
"""
PUT = (
    '{"StartAt": "P", "States": {"P": {"Type": "Task", "End": true, "Resource": '
    '"arn:aws:states:::aws-sdk:s3:putObject", "Parameters": {"Bucket": "images", "Key": "k", "Body": "b"}}}}'
)
Check = Callable[..., str]


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Check:
    """Run ``check`` in a folder of its own, with a cache and without: what it says, and that both say the same."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)

    def said(*words: str) -> str:
        status = main(["check", *words])
        out, err = capsys.readouterr()
        return f"{status}\n{out}{err}"

    def check(*words: str) -> str:
        before = _files(work)
        plain, first, second = (
            said("--format", "json", *words, *more)
            for more in ((), *[("--cache-dir", str(tmp_path / "kept"))] * 2)
        )
        assert plain == first == second
        assert _files(work) == before
        return plain

    return check


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def entries(tmp_path: Path) -> list[Path]:
    return sorted(
        path for path in (tmp_path / "kept").iterdir() if path.name not in ("CACHEDIR.TAG", ".gitignore")
    )


def never(*args: object) -> None:
    raise AssertionError("read, though it is as it was")


def test_what_is_as_it_was_is_not_read_again(
    check: Check, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("t.yaml").write_text(LOOP.replace("QueueName: jobs}}]", "QueueName: done}}]"))
    Path("other.yaml").write_text(
        "a: {Resources: {Type: 'AWS::S3::Bucket'}}\n"
    )  # looks like a template at first sight
    check(".")
    assert len(entries(tmp_path)) == 2
    monkeypatch.setattr("recursion_lint.run.extract.facts_of", never)
    monkeypatch.setenv("RECURSION_LINT_DEBUG", "1")
    with pytest.raises(AssertionError):
        main(["check", "t.yaml"])
    assert main(["check", "--cache-dir", str(tmp_path / "kept"), "."]) == 0


def test_the_folder_says_what_it_is_and_git_passes_it_over(check: Check, tmp_path: Path) -> None:
    Path("t.yaml").write_text(CALM)
    check("t.yaml")
    assert (
        (tmp_path / "kept" / "CACHEDIR.TAG")
        .read_bytes()
        .startswith(b"Signature: 8a477f597d28d172789f06886806bc55")
    )
    assert (tmp_path / "kept" / ".gitignore").read_text() == "*\n"


def test_a_template_that_changed_is_read_again_and_takes_the_place_of_the_old(
    check: Check, tmp_path: Path
) -> None:
    Path("t.yaml").write_text(CALM)
    assert check("t.yaml").startswith("0\n")
    Path("t.yaml").write_text(LOOP)
    assert check("t.yaml").startswith("1\n")
    Path("t.yaml").write_text(LOOP.replace("QueueName: jobs}}]", "QueueName: done}}]"))
    assert check("t.yaml").startswith("0\n")
    assert len(entries(tmp_path)) == 1


def test_a_definition_beside_it_counts(check: Check) -> None:
    Path("t.yaml").write_text(MACHINE)
    assert "no such file" in check("t.yaml")
    Path("machine.json").write_text(PUT)
    assert check("t.yaml").startswith("1\n")
    Path("machine.json").write_text(PUT.replace('"images"', '"others"'))
    assert check("t.yaml").startswith("0\n")
    Path("machine.json").write_text("{")
    assert "was not seen" in check("t.yaml")


def test_nested_stacks_count_and_where_they_lie(check: Check, tmp_path: Path) -> None:
    Path("t.yaml").write_text(
        "Resources: {Below: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: below.yaml}}}\n"
    )
    Path("below.yaml").write_text(CALM)
    assert check("t.yaml").startswith("0\n")
    Path("below.yaml").write_text(LOOP)
    assert check("t.yaml").startswith("1\n")
    Path("below.yaml").rename("elsewhere.yaml")
    assert "no such file" in check("t.yaml")
    (tmp_path / "outside.yaml").write_text(LOOP)
    Path("below.yaml").symlink_to(tmp_path / "outside.yaml")
    assert "outside the repository" in check("t.yaml")


def test_parameters_count(check: Check) -> None:
    Path("t.yaml").write_text(
        LOOP.replace("Resources:", "Parameters: {Name: {Type: String}}\nResources:").replace(
            "QueueName: jobs}}]", "QueueName: !Ref Name}}]"
        )
    )
    assert check("--parameter", "Name=jobs", "t.yaml").startswith("1\n")
    assert check("--parameter", "Name=done", "t.yaml").startswith("0\n")
    assert check("--parameter", "Name=jobs", "t.yaml").startswith("1\n")


def test_imports_count(check: Check) -> None:
    Path("reader.yaml").write_text(LOOP.replace("QueueName: jobs}}]", "QueueName: !ImportValue out}}]"))
    exporter = f"{CALM}Outputs: {{Out: {{Value: NAME, Export: {{Name: out}}}}}}\n"
    Path("exporter.yaml").write_text(exporter.replace("NAME", "jobs").replace("Jobs:", "Other:"))
    assert check(".").startswith("1\n")
    Path("exporter.yaml").write_text(exporter.replace("NAME", "done").replace("Jobs:", "Other:"))
    assert check(".").startswith("0\n")


def test_what_cannot_be_read_is_told_each_time(check: Check, tmp_path: Path) -> None:
    Path("t.yaml").write_text("Resources: {A: [}\n")
    assert check("t.yaml").startswith("3\n")
    Path("t.yaml").write_text("a: [AWS::S3::Bucket]\n")
    assert "it has no Resources" in check("t.yaml")
    assert check(".").startswith("0\n")


def test_the_same_file_from_another_folder_is_another(
    check: Check, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("t.yaml").write_text(LOOP)
    check("t.yaml")
    monkeypatch.chdir(tmp_path)
    main(["check", "--cache-dir", "kept", "work/t.yaml"])
    main(["check", "--cache-dir", "kept", "./work"])
    assert len(entries(tmp_path)) == 2


def test_another_linter_reads_again(check: Check, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("t.yaml").write_text(LOOP)
    check("t.yaml")
    before = [path.read_bytes() for path in entries(tmp_path)]
    monkeypatch.setattr(cache, "_linter", lambda: b"another")
    check("t.yaml")
    assert [path.read_bytes() for path in entries(tmp_path)] != before
    assert len(entries(tmp_path)) == 1


def test_the_linter_is_known_by_its_version_and_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "a.py").write_text("1")
    (tmp_path / "cache.py").write_text("1")
    monkeypatch.setattr(cache, "__file__", str(tmp_path / "cache.py"))

    def linter() -> bytes:
        getattr(cache._linter, "cache_clear", int)()
        return cache._linter()

    seen = [linter(), linter()]
    (tmp_path / "below" / "a.py").write_text("22")
    seen.append(linter())
    os.utime(tmp_path / "cache.py", ns=(1, 1))
    seen.append(linter())
    monkeypatch.setattr(cache, "__version__", "9")
    seen.append(linter())
    with monkeypatch.context() as other:
        other.setattr(sys, "version", "4.0")
        seen.append(linter())
    seen.append(linter())
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "a.pyc").write_text("1")
    seen.append(linter())
    same = [one == other for one, other in pairwise(seen)]
    assert same == [True, False, False, False, False, False, True]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: b"",
        lambda data: data[:20],
        lambda data: data[:-1],
        lambda data: data[:-30] + bytes([data[-30] ^ 1]) + data[-29:],
        lambda data: b"\0" * len(data),
    ],
)
def test_a_spoilt_entry_does_not_count(check: Check, tmp_path: Path, spoil: Callable[[bytes], bytes]) -> None:
    Path("t.yaml").write_text(LOOP)
    said = check("t.yaml")
    (entry,) = entries(tmp_path)
    whole = entry.read_bytes()
    entry.write_bytes(spoil(whole))
    assert check("t.yaml") == said
    assert entry.read_bytes() == whole


HEAD = b'{"format":"recursion-lint facts","version":1}\n'


def with_facts(change: Callable[[list[Any]], object]) -> bytes:
    """An entry's data in which the facts of ``LOOP`` are other ones, as whoever can seal it may write them."""
    data = cache._codec().dumps(facts_of("t.yaml", LOOP, {}, {}, Beside()))
    facts = json.loads(data.splitlines()[1])
    change(facts)
    return b"[]\n" + HEAD + json.dumps(facts).encode() + b"\n"


def _put(at: int, value: object) -> Callable[[list[Any]], object]:
    return lambda facts: facts.__setitem__(at, value)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"[]\n",
        b"{}\n" + HEAD,
        b"[[1, 2, 3]]\n" + HEAD,
        b"[]\n" + HEAD.replace(b"1}", b"2}"),
        b"[]\n" + HEAD + b"[" * 100_000,
        b"[]\n" + HEAD + b"[]\n",
        b"[]\n" + HEAD + b'["a","b"]\n',
        pickle.dumps(((), ())),
        with_facts(_put(0, 1)),
        with_facts(_put(3, [["c", "Doc", []]])),
        with_facts(_put(3, "declared")),
        with_facts(lambda facts: facts[3][0].__setitem__(1, None)),
        with_facts(lambda facts: facts[4][0].__setitem__(4, {"kind": "trigger"})),
        with_facts(lambda facts: facts.extend([0] * 40)),
    ],
)
def test_an_entry_of_another_shape_does_not_count(check: Check, tmp_path: Path, data: bytes) -> None:
    Path("t.yaml").write_text(LOOP)
    said = check("t.yaml")
    (entry,) = entries(tmp_path)
    entry.write_bytes(cache.Subject("t.yaml", LOOP, {}, {}).seal(data) + data)
    assert check("t.yaml") == said
    assert cache.recalled(str(tmp_path / "kept"), cache.Subject("t.yaml", LOOP, {}, {})) is not None


def test_an_entry_that_is_a_link_or_a_pipe_does_not_count(check: Check, tmp_path: Path) -> None:
    Path("t.yaml").write_text(LOOP)
    said = check("t.yaml")
    (entry,) = entries(tmp_path)
    elsewhere = entry.rename(tmp_path / "elsewhere")
    whole = elsewhere.read_bytes()
    entry.symlink_to(elsewhere)
    assert check("t.yaml") == said
    assert (elsewhere.read_bytes(), entry.is_symlink()) == (whole, False)
    entry.unlink()
    os.mkfifo(entry)
    assert check("t.yaml") == said


def test_a_folder_that_is_a_link_in_the_repository_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "home").mkdir()
    work = tmp_path / "work"
    (work / ".git").mkdir(parents=True)
    (work / "link").symlink_to(tmp_path / "home")
    (work / "t.yaml").write_text(CALM)
    monkeypatch.chdir(work)
    for folder in ("link", "link/kept"):
        assert main(["check", "--cache-dir", folder, "t.yaml"]) == 2
        assert capsys.readouterr().err == f"error: no cache can be kept: {work / 'link'} is a link\n"
    assert list((tmp_path / "home").iterdir()) == []


def test_nothing_is_put_among_other_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "t.yaml").write_text(CALM)
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    before = _files(tmp_path)
    assert main(["check", "--cache-dir", ".", "t.yaml"]) == 2
    assert capsys.readouterr().err == "error: no cache can be kept: . holds other files: name a new folder\n"
    assert _files(tmp_path) == before


def test_fixing_keeps_nothing_of_texts_that_were_only_tried(
    check: Check, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("t.yaml").write_text(LOOP)
    assert main(["check", "--fix", "--unsafe-fixes", "--cache-dir", str(tmp_path / "kept"), "t.yaml"]) == 0
    assert len(entries(tmp_path)) == 1
    assert Path("t.yaml").read_text() != LOOP
    capsys.readouterr()
    assert check("t.yaml").startswith("0\n")


def test_standard_input_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recursion_lint.cli.check.text_of_stdin", lambda paths: LOOP)
    assert main(["check", "--cache-dir", str(tmp_path / "kept"), "-"]) == 1
    assert entries(tmp_path) == []


def test_a_folder_that_cannot_be_made_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("t.yaml").write_text(CALM)
    assert main(["check", "--cache-dir", "t.yaml", "t.yaml"]) == 2
    assert capsys.readouterr().err == "error: no cache can be kept: t.yaml cannot be made: File exists\n"
    assert Path("t.yaml").read_text() == CALM


def test_an_entry_that_cannot_be_written_is_left_out(
    check: Check, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: str, data: bytes) -> None:
        raise SourceError("no room")

    Path("t.yaml").write_text(LOOP)
    (tmp_path / "kept").mkdir()
    cache.prepare(str(tmp_path / "kept"))
    monkeypatch.setattr(cache, "replace_bytes", full)
    assert check("t.yaml").startswith("1\n")
    assert entries(tmp_path) == []


def test_facts_too_deep_to_be_written_are_left_out(tmp_path: Path) -> None:
    deep: object = ()
    for _ in range(100_000):
        deep = (deep,)
    subject = cache.Subject("t.yaml", LOOP, {}, {})
    cache.keep(str(tmp_path), subject, Beside(), (Facts("t", "t", "t", conditions={"deep": deep}),))
    assert list(tmp_path.iterdir()) == []


def test_the_environment_may_name_the_folder_and_the_option_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("t.yaml").write_text(CALM)
    monkeypatch.setenv("RECURSION_LINT_CACHE_DIR", "named")
    assert main(["check", "t.yaml"]) == 0
    assert len(list(Path("named").iterdir())) == 3
    assert main(["check", "--cache-dir", "given", "--quiet", "t.yaml"]) == 0
    assert main(["graph", "--cache-dir", "drawn", "t.yaml"]) == 0
    assert main(["check", "--cache-dir=", "t.yaml"]) == 0
    assert sorted(path.name for path in Path().iterdir()) == ["drawn", "given", "named", "t.yaml"]
    assert len(list(Path("drawn").iterdir())) == 3


def test_many_processes_keep_and_find_the_same(
    check: Check, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recursion_lint.run.collect.WORTH_A_PROCESS", 5)
    for number in range(20):
        Path(f"{number}.yaml").write_text(LOOP.replace("jobs", f"jobs-{number}"))
    alone = check(".", "--jobs", "1")
    assert len(entries(tmp_path)) == 20
    for path in entries(tmp_path)[::2]:
        path.unlink()
    assert check(".", "--jobs", "2") == alone
    assert len(entries(tmp_path)) == 20


def test_the_facts_of_every_fixture_come_back(tmp_path: Path) -> None:
    templates = sorted((HERE / "fixtures").rglob("template*.*"))
    assert len(templates) > 250
    for path in templates:
        content = read_text(str(path))
        subject, beside = cache.Subject(str(path), content, {}, {}), Beside()
        try:
            facts = facts_of(str(path), content, {}, {}, beside)
        except SourceError:
            continue
        cache.keep(str(tmp_path), subject, beside, facts)
        assert cache.recalled(str(tmp_path), subject) == facts, path


def test_a_run_over_what_is_kept_loads_no_parser(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(CALM)
    code = (
        "import sys\n"
        "from recursion_lint.cli.main import main\n"
        "main(['check', '--cache-dir', 'kept', '--quiet', 't.yaml'])\n"
        "print([name for name in ('yaml', 'recursion_lint.run.extract') if name in sys.modules])\n"
    )
    env = {**os.environ, "PYTHONPATH": str(HERE)}
    said = [
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, env=env, check=True
        ).stdout
        for _ in range(2)
    ]
    assert said == ["['yaml', 'recursion_lint.run.extract']\n", "[]\n"]


def test_what_lies_beside_is_told_as_it_was_found(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text("")
    (tmp_path / "a.json").write_text("a")
    template = str(tmp_path / "t.yaml")
    path = str(tmp_path / "a.json")
    beside = Beside({path: "instead"})
    assert beside.read(template, "a.json") == (path, "instead")
    assert Beside().read(template, "./a.json") == (path, "a")
    with pytest.raises(SourceError):
        beside.read(template, "b.json")
    assert beside.answers == {(template, "a.json"): (path, "instead"), (template, "b.json"): "no such file"}
