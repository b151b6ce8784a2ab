"""Each `fixed-<remedy>` in `fixtures/` is its template after that remedy, and no longer has the finding.

To add one, make an empty file of that name; `UPDATE_GOLDENS=1 pytest tests/test_fixed_fixtures.py` writes it. Read
the difference before you commit it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import pytest

from recursion_lint.config import Config
from recursion_lint.model.findings import SEVERITIES, Finding, Remedy
from recursion_lint.remedies.apply import plan
from recursion_lint.run.lint import lint, remedied
from recursion_lint.template.template import is_template
from recursion_lint.template.yaml.files import read_text
from recursion_lint.template.yaml.nodes import parse

ROOT = Path(__file__).resolve().parent.parent
FIXED = sorted(file.relative_to(ROOT) for file in ROOT.glob("fixtures/*/*/fixed-*.*"))
IDS = {
    "allow-loop",
    "created-only",
    "deny-trigger-keys",
    "detect-again",
    "drop-destination",
    "drop-grant",
    "drop-receive",
    "drop-redrive",
    "exclude-log-bucket",
    "explicit-deny",
    "key-filter",
    "leave-policy",
    "literal-filter",
    "log-bucket",
    "name-by-parameter",
    "own-source",
    "read-only-grant",
    "safety-nets",
    "second-event-bus",
    "second-queue",
    "second-stream",
    "second-table",
    "second-topic",
    "stream-filter",
    "two-buckets",
    "use-other-bucket",
    "use-other-queue",
    "use-other-stream",
}
"""The remedies that can have a diff."""

each_fixed = pytest.mark.parametrize("file", FIXED, ids=lambda file: file.relative_to("fixtures").as_posix())


@pytest.fixture(autouse=True)
def at_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def named(file: Path) -> str:
    return file.stem.removeprefix("fixed-")


def template(file: Path) -> Path:
    return file.with_name("template" + file.suffix)


@cache
def findings(path: Path) -> Sequence[Finding]:
    return lint([path.as_posix()]).findings


def remedy(file: Path) -> Remedy:
    """The remedy that a file is named after, as the first finding of the template offers it."""
    offered = findings(template(file))[0].remedies
    return next(one for one in offered if one.id == named(file) and one.diff)


def applied(file: Path) -> str:
    """The template after the remedy, whether or not ``--fix`` would choose it."""
    chosen = remedy(file)._replace(applicability="unsafe", breaks=1)
    path = template(file).as_posix()
    made = plan([findings(template(file))[0]._replace(remedies=(chosen,))], read_text, unsafe=True)
    assert list(made.texts) == [path]
    return made.texts[path]


def left(file: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The fixed text under the name of its template, in an empty folder: fingerprints hold the name."""
    path = folder / template(file)
    shutil.copytree((ROOT / file).parent, path.parent)
    path.write_bytes((ROOT / file).read_bytes())
    monkeypatch.chdir(folder)
    return template(file)


def test_every_remedy_with_a_diff_has_a_fixed_template() -> None:
    assert {named(file) for file in FIXED} == IDS
    assert {file.suffix for file in FIXED} == {".yaml", ".json"}


@each_fixed
def test_the_remedy_comes_to_the_fixed_template(file: Path, golden: Callable[[str, str], None]) -> None:
    golden(str(ROOT / file), applied(file))


@each_fixed
def test_the_fixed_template_no_longer_has_the_finding(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = findings(template(file))
    ends = remedy(file).breaks is not None
    first = before[0]
    path = left(file, tmp_path, monkeypatch)
    assert is_template(parse(read_text(path.as_posix()), path.as_posix()))
    after = lint([path.as_posix()]).findings
    same = [one for one in after if one.fingerprint == first.fingerprint]
    if ends:
        assert not same
    # What is left was there before, and is no worse now.
    known = {one.fingerprint: SEVERITIES.index(one.severity) for one in before}
    if named(file) == "allow-loop":  # it ends nothing, and what it switches off is said
        assert [one.severity for one in same] == [first.severity]
        after = tuple(one for one in after if one.rule != "recursion-detection-off")
    assert all(SEVERITIES.index(one.severity) >= known[one.fingerprint] for one in after)


@each_fixed
def test_fixing_it_again_changes_nothing_of_the_finding(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, chosen = findings(template(file))[0], remedy(file)
    path = left(file, tmp_path, monkeypatch)
    report = lint([path.as_posix()])
    _, plan_again = remedied([path.as_posix()], Config(unsafe_fixes=True))
    if chosen.breaks is not None:
        assert first.fingerprint not in {choice.finding.fingerprint for choice in plan_again.applied}
        if not report.findings:
            assert plan_again.texts == {}
        return
    # A net ends no loop; but it is not spanned a second time.
    again = [one for one in report.findings if one.fingerprint == first.fingerprint]
    assert not any(one.id == chosen.id and one.diff for found in again for one in found.remedies)
