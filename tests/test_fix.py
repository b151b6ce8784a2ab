"""`check --fix` and `--diff` from end to end: the real command line on real files."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from small_loops import LOOP

from recursion_lint.cli.main import main
from recursion_lint.model.findings import Finding, FindingHop, Remedy, Span, TextEdit
from recursion_lint.remedies.apply import Choice, Linted, Plan, settle
from recursion_lint.run import advise as advising
from recursion_lint.template.yaml import files as source
from recursion_lint.template.yaml.edits import changed_lines
from recursion_lint.template.yaml.files import SourceError, read_text

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
SAFE = "sqs-loop/grant-left-over"
UNSAFE = "sqs-loop/wrong-variable"
CASES = [
    SAFE,
    UNSAFE,
    "sqs-loop/two-queues-allowed",
    "s3-loop/output-is-the-input",
    "s3-loop/crud-policy-by-name",
    "s3-loop/two-buckets-in-a-ring",
    "s3-access-log-loop/ring",
    "lambda-loop/destinations",
    "dynamodb-loop/deletes-from-its-own-table",
    "cloudtrail-loop/all-buckets",
    "eventbridge-loop/two-buses",
    "recursion-detection-off/redrive-is-no-bound",
]


class Outcome(NamedTuple):
    status: int
    out: str
    err: str


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty repository to work in."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str]) -> type[Outcome]:
    def call(*args: str) -> Outcome:
        status = main(["check", *args])
        return Outcome(status, *capsys.readouterr())

    return call  # type: ignore[return-value]


def put(case: str, path: str = "template.yaml") -> Path:
    """A copy of a case's template."""
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(FIXTURES / case / "template.yaml", file)
    return file


def contents(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file() and ".git" not in file.parts
    }


def fixed(case: str, remedy: str) -> bytes:
    return (FIXTURES / case / f"fixed-{remedy}.yaml").read_bytes()


def test_fix_applies_only_what_is_safe(run: type[Outcome]) -> None:
    put(SAFE, "safe.yaml")
    unsafe = put(UNSAFE, "unsafe.yaml")
    before = unsafe.read_bytes()
    outcome = run("--fix")
    assert Path("safe.yaml").read_bytes() == fixed(SAFE, "drop-grant")
    assert unsafe.read_bytes() == before
    assert "fixed 1 finding in 1 file\n" in outcome.err
    assert outcome.status == 1
    assert "1 error, 0 warnings" in outcome.out, "what is left is reported"


def test_unsafe_fixes_apply_the_first_one(run: type[Outcome]) -> None:
    put(UNSAFE)
    outcome = run("--fix", "--unsafe-fixes", "--format", "json")
    assert Path("template.yaml").read_bytes() == fixed(UNSAFE, "use-other-queue")
    assert outcome.status == 0
    assert json.loads(outcome.out)["findings"] == []


@pytest.mark.parametrize("eol", [b"\n", b"\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("final", [True, False], ids=["final", "no-final"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "bom"])
def test_line_endings_stay(run: type[Outcome], eol: bytes, final: bool, mark: bytes) -> None:
    def shaped(data: bytes) -> bytes:
        # Without the queue that is meant, one is added at the end of the file.
        data = data.replace(b"  Results:\n    Type: AWS::SQS::Queue\n\n", b"")
        return mark + (data if final else data.removesuffix(b"\n")).replace(b"\n", eol)

    for case, remedy in ((SAFE, "drop-grant"), (UNSAFE, "second-queue")):
        file = put(case, f"{remedy}.yaml")
        file.write_bytes(shaped(file.read_bytes()))
        assert run("--fix", "--unsafe-fixes", file.name).status == 0
        assert file.read_bytes() == shaped(fixed(case, remedy))


@pytest.mark.parametrize("unsafe", [[], ["--unsafe-fixes"]], ids=["safe", "unsafe"])
def test_fixing_twice_is_fixing_once(run: type[Outcome], folder: Path, unsafe: list[str]) -> None:
    for at, case in enumerate(CASES):
        put(case, f"stack{at}/template.yaml")
    before = contents(folder)
    run("--fix", *unsafe)
    once = contents(folder)
    assert sum(once[name] != before[name] for name in before) >= (10 if unsafe else 1)
    outcome = run("--fix", *unsafe)
    assert contents(folder) == once
    assert "fixed 0 findings in 0 files" in outcome.err


def test_a_folder_of_more_templates_than_rounds(run: type[Outcome], folder: Path) -> None:
    for at in range(60):
        put(SAFE, f"stack{at}/template.yaml")
    assert "fixed 60 findings in 60 files" in run("--fix", "--quiet").err
    assert set(contents(folder).values()) == {fixed(SAFE, "drop-grant")}


@pytest.mark.parametrize("place", [".", "template.yaml", "absolute"])
def test_git_applies_what_diff_shows(run: type[Outcome], folder: Path, place: str) -> None:
    for case in ("s3-access-log-loop/ring", UNSAFE):
        file = put(case)
        path = str(file.resolve()) if place == "absolute" else place
        before = file.read_bytes()
        patch = run("--diff", "--unsafe-fixes", path).out
        assert file.read_bytes() == before
        subprocess.run(["git", "apply", "-"], input=patch.encode(), check=True)
        patched = file.read_bytes()
        file.write_bytes(before)
        run("--fix", "--unsafe-fixes", path)
        assert file.read_bytes() == patched != before


def test_diff_reads_standard_input_and_fix_refuses_it(
    run: type[Outcome], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import io

    text = (FIXTURES / SAFE / "template.yaml").read_bytes()
    for args, status in ((["--diff", "-"], 1), (["--fix", "-"], 2)):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
        outcome = run(*args)
        assert outcome.status == status
        assert ("-            QueueName: !GetAtt Drafts" in outcome.out) == (status == 1)
    assert "cannot change standard input" in outcome.err


def test_a_file_that_cannot_be_written_is_an_error(
    run: type[Outcome], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.yaml", "b.yaml", "c.yaml"):
        put(SAFE, name)
    before = contents(folder)
    access = os.access
    # For root nothing is unwritable, so the system's answer is given here.
    monkeypatch.setattr(
        os, "access", lambda path, mode: not str(path).endswith("b.yaml") and access(path, mode)
    )
    outcome = run("--fix")
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.startswith("error: nothing was changed: b.yaml cannot be written: permission denied")
    assert contents(folder) == before


def test_a_replacement_that_fails_is_taken_back(
    run: type[Outcome], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.yaml", "b.yaml", "c.yaml"):
        put(SAFE, name).chmod(0o640)
    before = contents(folder)
    replace = os.replace

    def refuse(old: str, new: str) -> None:
        if new.endswith("b.yaml"):
            raise PermissionError(1, "the file is in use")
        replace(old, new)

    monkeypatch.setattr(source.os, "replace", refuse)
    outcome = run("--fix")
    assert outcome.status == 2
    assert "b.yaml cannot be written: the file is in use" in outcome.err
    assert contents(folder) == before
    assert stat.S_IMODE(os.stat("a.yaml").st_mode) == 0o640


def test_a_link_stays_a_link(run: type[Outcome]) -> None:
    put(SAFE, "real/stack.yaml")
    Path("template.yaml").symlink_to("real/stack.yaml")
    run("--fix", "template.yaml")
    assert Path("template.yaml").is_symlink()
    assert Path("real/stack.yaml").read_bytes() == fixed(SAFE, "drop-grant")


def test_a_broken_template_beside_does_not_stop_the_others(run: type[Outcome]) -> None:
    put(SAFE, "good.yaml")
    Path("bad.yaml").write_text("Resources: [\n")
    outcome = run("--fix", "good.yaml", "bad.yaml")
    assert outcome.status == 3
    assert outcome.out.startswith("error: bad.yaml:2: ")
    assert Path("good.yaml").read_bytes() == fixed(SAFE, "drop-grant")


def test_what_is_suppressed_or_accepted_is_left_alone(run: type[Outcome], folder: Path) -> None:
    file = put(SAFE)
    assert main(["baseline"]) == 0
    before = file.read_bytes()
    run("--fix", "--baseline", ".recursion-lint-baseline.json")
    assert file.read_bytes() == before
    text = before.decode().replace(
        "        Draft:\n", "        Draft: # recursion-lint: ignore[sqs-loop] -- meant\n"
    )
    file.write_bytes(text.encode())
    run("--fix")
    assert file.read_bytes().decode() == text


def test_as_a_process(folder: Path) -> None:
    put(SAFE)
    command = [sys.executable, "-m", "recursion_lint", "check", "--fix", "template.yaml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "fixed 1 finding in 1 file\n")
    assert Path("template.yaml").read_bytes() == fixed(SAFE, "drop-grant")


# --- settling ------------------------------------------------------------------------------------------


def finding(file: str, name: str, edits: tuple[TextEdit, ...], severity: str = "error") -> Finding:
    span = Span(file, 1, 1, 1, 2)
    return Finding(
        rule="sqs-loop",
        code="R1200",
        severity=severity,  # type: ignore[arg-type]
        confidence="certain",
        message=name,
        span=span,
        cycle=(),
        hops=(FindingHop("A", "B", "poll", "declared", "", span),),
        remedies=(Remedy("drop-grant", "Drop it", 1, "", "safe", edits=edits),),
        fingerprint=name,
    )


def patch(file: str, old: str, new: str) -> tuple[TextEdit, ...]:
    return changed_lines(file, old + "\n", new + "\n")


def test_remedies_that_go_ill_together_are_applied_one_by_one() -> None:
    texts = {"a": "1\n", "b": "1\n"}
    one, two = (finding(name, name, patch(name, "1", "2")) for name in "ab")

    def again(edited: Mapping[str, str]) -> Linted:
        left = [found for found in (one, two) if edited.get(found.span.file) != "2\n"]
        # Each remedy ends both, but both together bring something else.
        if len(edited) == 2:
            return Linted([finding("a", "worse", ())])
        return Linted(left if len(left) == 2 else [])

    plan = settle(Linted([one, two]), texts.get, again)
    assert plan.texts == {"a": "2\n"}
    assert plan.applied == (Choice(one, one.remedies[0]),)


def test_a_remedy_that_cannot_be_applied_does_not_stop_the_others(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = {"a": "1\n", "b": "1\n"}
    gone, good = finding("b", "gone", patch("gone", "1", "2")), finding("b", "b", patch("b", "1", "2"))
    plan = settle(Linted([gone, good]), texts.get, lambda edited: Linted([gone] if edited else [gone, good]))
    assert plan.texts == {"b": "2\n"}
    assert [choice.reason for choice in plan.skipped] == ["gone is not at hand"]
    import recursion_lint.run.lint

    put(SAFE)
    shown = Plan({}, (), plan.skipped)
    monkeypatch.setattr(
        recursion_lint.run.lint, "remedied", lambda *a, **k: (recursion_lint.run.lint.lint(["."]), shown)
    )
    main(["check", "--fix"])
    assert "not fixed: b:1: Drop it: gone is not at hand\n" in capsys.readouterr().err


def test_a_remedy_that_ends_nothing_is_not_applied_for_ever() -> None:
    texts = {"a": "1\n"}
    rounds = []

    def again(edited: Mapping[str, str]) -> Linted:
        rounds.append(edited["a"])
        text = edited["a"].strip()
        return Linted([finding("a", "a", patch("a", text, text + "1"))])

    plan = settle(Linted([finding("a", "a", patch("a", "1", "11"))]), texts.get, again)
    assert len(rounds) == len(plan.applied) == 3


def test_only_what_is_applied_next_is_advised_on_and_what_had_nothing_is_asked_again() -> None:
    """``late`` can be remedied only after ``early`` was; ``never`` is asked once for each of the two."""
    texts = {"a": "1\n2\n", "b": "1\n"}
    asked: list[str] = []

    def linted(edited: Mapping[str, str]) -> Linted:
        def advised(one: Finding) -> Finding:
            asked.append(one.fingerprint)
            ready = one.fingerprint == "early" or (one.fingerprint == "late" and edited)
            return one if ready else one._replace(remedies=())

        text = edited.get("a", texts["a"])
        left = [finding("a", "early", patch("a", "1", "x")), finding("a", "next", ()), never, late]
        return Linted([one for one in left if not (one.fingerprint == "early" and text[0] == "x")], advised)

    never, late = finding("b", "never", ()), finding("b", "late", patch("b", "1", "2"))
    plan = settle(linted({}), texts.get, linted)
    assert [choice.finding.fingerprint for choice in plan.applied] == ["early", "late", "late", "late"]
    assert asked[:4] == ["early", "never", "late", "next"]
    assert plan.texts == {"a": "x\n2\n", "b": "2\n"}


def many(count: int) -> str:
    """So many loops in one file, each with a queue of its own."""
    return "Resources:\n" + "".join(LOOP.replace("@", str(number)) for number in range(count))


def test_more_findings_than_a_report_verifies_are_fixed_all_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(advising, "MAX_IN_FILE", 2)
    Path("template.yaml").write_text(many(3))
    main(["check", "--format", "json"])
    report = json.loads(capsys.readouterr().out)
    assert len(report["findings"]) == 3
    assert not any(remedy["diff"] for one in report["findings"] for remedy in one["remedies"])
    assert [note["message"] for note in report["notes"]] == [
        "3 findings in one file: their remedies are not verified, --diff does that"
    ]
    main(["check", "--fix", "--unsafe-fixes"])
    assert "fixed 3 findings in 1 file\n" in capsys.readouterr().err
    main(["check", "--format", "json"])
    assert not json.loads(capsys.readouterr().out)["findings"]


def test_what_takes_too_long_to_fix_is_told_and_fixed_the_next_time(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(advising, "MAX_REREAD", 1)
    Path("template.yaml").write_text(many(2))
    told = "template.yaml: not every remedy was tried, as each takes long; the next run goes on\n"
    main(["check", "--diff", "--unsafe-fixes"])
    captured = capsys.readouterr()
    assert captured.out.count("\n@@") == 1
    assert told in captured.err
    main(["check", "--fix", "--unsafe-fixes"])
    assert told in capsys.readouterr().err
    main(["check", "--fix", "--unsafe-fixes"])
    assert "fixed 1 finding in 1 file\n" in capsys.readouterr().err
    main(["check", "--fix", "--unsafe-fixes"])
    assert capsys.readouterr().err == "fixed 0 findings in 0 files\n"


def test_an_unknown_file_is_told_by_name(folder: Path) -> None:
    with pytest.raises(SourceError, match=r"missing\.yaml cannot be written: No such file"):
        Plan({"missing.yaml": "x"}).write()
    put(SAFE)
    Plan({"template.yaml": "x\n"}).write()
    assert read_text("template.yaml") == "x\n"


INTERRUPTED = """
import os, signal, sys
from recursion_lint.template.yaml import files as source
from recursion_lint.cli.main import main
calls, replace = [], os.replace
def interrupted(*names):
    calls.append(names)
    if len(calls) == int(sys.argv[1]):
        if sys.argv[3] == "after":
            replace(*names)
        os.kill(os.getpid(), getattr(signal, sys.argv[2]))
    replace(*names)
os.replace = interrupted
signal.signal(signal.SIGINT, signal.default_int_handler)  # what a shell starts in the background ignores it
sys.exit(main(["check", "--fix", "--unsafe-fixes", "."]))
"""


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("name", ["SIGINT", "SIGKILL"])
@pytest.mark.parametrize("at", [1, 2])
@pytest.mark.skipif(os.name == "nt", reason="needs signals")
def test_an_interrupted_fix_leaves_every_file_whole(folder: Path, at: int, name: str, moment: str) -> None:
    files = [put(SAFE, f"{stack}/template.yaml") for stack in ("one", "two")]
    before = [file.read_bytes() for file in files]
    shutil.copytree(folder / "one", folder / "done" / "one")
    assert main(["check", "--fix", "--unsafe-fixes", "done"]) == 0
    after = (folder / "done" / "one" / "template.yaml").read_bytes()
    shutil.rmtree(folder / "done")
    ended = subprocess.run([sys.executable, "-c", INTERRUPTED, str(at), name, moment], capture_output=True)
    now = [file.read_bytes() for file in files]
    if name == "SIGINT":
        assert ended.returncode == 130
        assert now == before
        assert sorted(contents(folder)) == ["one/template.yaml", "two/template.yaml"]
    else:
        assert ended.returncode == -9
        assert set(now) <= {before[0], after}
        assert (now != before) == (at == 2 or moment == "after")
