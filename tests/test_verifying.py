"""Verifying remedies: each distinct edit is linted once, within as much work as the run has done, and the rest is said."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from small_loops import LOOP

from recursion_lint.run import advise
from recursion_lint.run.collect import reread
from recursion_lint.run.lint import lint


def write(folder: Path, files: int, loops: int) -> None:
    for at in range(files):
        text = "".join(LOOP.replace("@", f"{at}x{number}") for number in range(loops))
        (folder / f"t{at}.yaml").write_text(f"Resources:\n{text}")


def test_each_edit_is_read_once_however_findings_follow_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The findings of four files take turns, so nothing may be remembered for the last file only."""
    write(tmp_path, 4, 2)
    seen: Counter[tuple[str, str]] = Counter()

    def counted(root: str, config: Any, edited: dict[str, str], *others: Any) -> Any:
        seen[root, edited[root]] += 1
        return reread(root, config, edited, *others)

    monkeypatch.setattr(advise, "reread", counted)
    report = lint([str(tmp_path)])
    assert len(report.findings) == 8
    assert all(any(remedy.diff for remedy in one.remedies) for one in report.findings)
    assert set(seen.values()) == {1}


def test_what_is_not_verified_is_said_and_is_advice_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, 1, 12)
    monkeypatch.setattr(advise, "MIN_VERIFYING", 0)
    report = lint([str(tmp_path)])
    verified = [any(remedy.diff for remedy in one.remedies) for one in report.findings]
    assert 0 < sum(verified) < 12
    assert verified == sorted(verified, reverse=True)  # the first ones are what a person begins with
    assert all(one.remedies for one in report.findings)
    (told,) = [note.message for note in report.notes if "verified" in note.message]
    assert told.endswith("findings in one file: their remedies are not all verified, --diff does that")


def test_verifying_costs_no_more_than_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty files with five loops each: as many stacks are assessed again as it takes to read them all once or twice."""
    write(tmp_path, 20, 5)
    monkeypatch.setattr(advise, "MIN_VERIFYING", 0)
    stacks = 0

    def counted(facts: Any, *others: Any) -> Any:
        nonlocal stacks
        stacks += len(facts)
        return assess_apart(facts, *others)

    assess_apart = advise.assess_apart
    monkeypatch.setattr(advise, "assess_apart", counted)
    assert len(lint([str(tmp_path)]).findings) == 100
    assert 0 < stacks <= 45


def test_no_fix_leaves_an_if_without_a_branch(tmp_path: Path) -> None:
    """The grant is one of two branches: to take it out would leave a function that CloudFormation refuses."""
    text = LOOP.replace("@", "").replace(
        "        - SQSSendMessagePolicy: {QueueName: !GetAtt In.QueueName}\n",
        "        - !If\n          - Prod\n          - SQSSendMessagePolicy: {QueueName: !GetAtt In.QueueName}\n"
        "          - AWSLambdaBasicExecutionRole\n",
    )
    path = tmp_path / "template.yaml"
    path.write_text(f"Conditions: {{Prod: !Equals [!Ref 'AWS::Region', x]}}\nResources:\n{text}")
    (finding,) = lint([str(path)]).findings
    assert {remedy.id: remedy.diff is not None for remedy in finding.remedies}["drop-grant"] is False


def test_no_fix_ends_a_loop_by_taking_a_function_its_events(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, 1, 1)

    def without_events(*asked: Any) -> Any:
        return tuple(one._replace(triggers=()) for one in reread(*asked))

    monkeypatch.setattr(advise, "reread", without_events)
    (finding,) = lint([str(tmp_path)]).findings
    assert finding.remedies
    assert not any(remedy.diff for remedy in finding.remedies)
