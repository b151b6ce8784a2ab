"""Open documents linted over and over: what is remembered between two runs must not be told from a run of its own."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest

from recursion_lint.config import Config
from recursion_lint.model.findings import Finding
from recursion_lint.run.lint import found_in
from recursion_lint.run.session import Session

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "fixtures"
LOOP = (FIXTURES / "sqs-loop/wrong-variable/template.yaml").read_text(encoding="utf-8")
BROKEN = LOOP.replace("  Results:\n", "  Results: {\n")
PARENT = "Resources: {C: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: child.yaml}}}\n"
CALLS = "import boto3\n\ndef handler(event, context):\n    boto3.client('sqs').send_message(QueueUrl=QUEUE, MessageBody='x')\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def anew(opened: dict[str, str]) -> tuple[Finding, ...]:
    """What a run that knows nothing finds in the same texts."""
    return found_in(list(opened), Config(only_templates=True), None, opened).accepted.findings


@pytest.mark.parametrize(
    "case",
    [
        "sqs-loop/wrong-variable",
        "sqs-loop/grant-left-over",
        "s3-loop/two-buckets-in-a-ring",
        "s3-loop/code-writes-a-folder",
        "eventbridge-loop",
    ],
)
def test_edits_come_to_what_a_new_run_finds(here: Path, case: str) -> None:
    """Lines are taken away and put back, in two documents by turns."""
    folder = FIXTURES / case
    folder = folder if (folder / "template.yaml").exists() else sorted(folder.iterdir())[0]
    shutil.copytree(folder, here, dirs_exist_ok=True)
    opened = {
        "template.yaml": (folder / "template.yaml").read_text(encoding="utf-8"),
        "near-miss.yaml": (folder / "near-miss.yaml").read_text(encoding="utf-8"),
    }
    session, luck, whole = Session(), random.Random(case), dict(opened)
    compared = 0
    for _ in range(40):
        name = luck.choice(sorted(opened))
        lines = whole[name].splitlines(keepends=True)
        del lines[luck.randrange(len(lines))]
        opened[name] = whole[name] if luck.random() < 0.3 else "".join(lines)
        checked = session.check(opened)
        if not checked.problems:
            assert checked.findings == anew(opened)
            compared += 1
    assert compared > 10


def test_a_nested_template_that_changes_on_disk_is_read_again(here: Path) -> None:
    child = here / "child.yaml"
    (here / "parent.yaml").write_text(PARENT, encoding="utf-8")
    session = Session()
    assert session.check({"parent.yaml": PARENT}).findings == ()
    child.write_text(LOOP, encoding="utf-8")
    assert [one.span.file for one in session.check({"parent.yaml": PARENT}).findings] == ["child.yaml"]
    child.write_text(LOOP.replace("!GetAtt Jobs.Q", "!GetAtt Results.Q"), encoding="utf-8")
    assert session.check({"parent.yaml": PARENT}).findings == ()


def test_code_that_changes_on_disk_is_read_again(here: Path) -> None:
    (here / "src").mkdir()
    (here / "template.yaml").write_text(LOOP, encoding="utf-8")
    code = here / "src/worker.py"
    session = Session()
    verdicts = []
    for text in (CALLS, "def handler(event, context):\n    pass\n", CALLS):
        code.write_text(text, encoding="utf-8")
        (found,) = session.check({"template.yaml": LOOP}).findings
        assert (found,) == anew({"template.yaml": LOOP})
        verdicts.append(found.hops[1].code and found.hops[1].code.verdict)
    assert verdicts[1] == "never"
    assert verdicts[0] == verdicts[2] != "never"


def test_an_open_file_of_code_stands_for_the_one_on_disk(here: Path) -> None:
    (here / "src").mkdir()
    (here / "template.yaml").write_text(LOOP, encoding="utf-8")
    (here / "src/worker.py").write_text(CALLS, encoding="utf-8")
    opened = {
        "template.yaml": LOOP,
        os.path.join("src", "worker.py"): "def handler(event, context):\n    pass\n",
    }
    (found,) = Session().check(opened).findings
    assert found.hops[1].code is not None
    assert found.hops[1].code.verdict == "never"


def test_what_cannot_be_read_is_told_with_the_findings_of_before(here: Path) -> None:
    session = Session()
    before = session.check({"template.yaml": LOOP})
    broken = session.check({"template.yaml": BROKEN})
    assert broken.findings == before.findings
    assert broken.texts == {"template.yaml": LOOP}
    assert [(one.file, bool(one.line)) for one in broken.problems] == [("template.yaml", True)]
    assert session.check({"template.yaml": LOOP}).problems == ()
    session.check({})
    opened_broken = session.check({"template.yaml": BROKEN})
    assert opened_broken.findings == ()
    assert len(opened_broken.problems) == 1


def test_facts_that_are_known_are_not_read_again(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from recursion_lint.run import extract

    read: list[str] = []
    real = extract.facts_of
    monkeypatch.setattr(
        extract, "facts_of", lambda path, *others: (read.append(path), real(path, *others))[1]
    )
    other = LOOP.replace("Jobs", "Tasks")
    session = Session()
    session.check({"one.yaml": LOOP, "two.yaml": other})
    assert read == ["one.yaml", "two.yaml"]
    session.check({"one.yaml": LOOP, "two.yaml": f"# more\n{other}"})
    assert read[2:] == ["two.yaml"]
    session.check({"one.yaml": LOOP, "two.yaml": other})
    assert read[3:] == []


def test_what_changes_no_fact_is_not_judged_again(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from recursion_lint.run import lint

    judged: list[int] = []
    real = lint.assess_apart
    monkeypatch.setattr(lint, "assess_apart", lambda *given: (judged.append(1), real(*given))[1])
    session = Session()
    session.check({"one.yaml": LOOP})
    session.check({"one.yaml": f"{LOOP}# said below all\n"})
    assert len(judged) == 1
    session.check({"one.yaml": f"# said above all\n{LOOP}"})
    assert len(judged) == 2
    session.forget()
    session.check({"one.yaml": f"# said above all\n{LOOP}"})
    assert len(judged) == 3


def test_a_run_ends_where_it_is_told_to(here: Path) -> None:
    def stop(done: int, of: int) -> None:
        raise KeyError(done)

    session = Session()
    with pytest.raises(KeyError):
        session.check({"template.yaml": LOOP}, progress=stop)
    assert len(session.check({"template.yaml": LOOP}).findings) == 1


def test_a_text_that_is_too_long_is_not_read(here: Path) -> None:
    checked = Session().check({"template.yaml": LOOP + "#" * 20_000_001})
    assert checked.findings == ()
    assert "are not read" in checked.problems[0].message
