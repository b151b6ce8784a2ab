"""`explain` and docs/ tell of every remedy, with examples that are those of the fixtures."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner
from recursion_lint.rules import all_rules

from recursion_lint.cli.commands import program
from recursion_lint.remedies import catalogue

ROOT = Path(__file__).resolve().parent.parent
RULES = {rule.name for rule in all_rules()}


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    path = ROOT / "scripts" / "generate_remedy_examples.py"
    spec = importlib.util.spec_from_file_location("generate_remedy_examples", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_examples_are_fresh(generator: ModuleType) -> None:
    stale = "run scripts/generate_remedy_examples.py, then scripts/generate_docs.py"
    assert Path(catalogue.EXAMPLES).read_text(encoding="utf-8") == generator.made(), stale


def test_check_tells_stale_examples(
    generator: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(generator, "EXAMPLES", str(tmp_path / "data" / "examples.json"))
    monkeypatch.setattr(generator, "made", lambda: "{}\n")
    assert generator.main(["--check"]) == 1
    assert "examples.json is stale" in capsys.readouterr().err
    assert generator.main([]) == 0
    assert generator.main(["--check"]) == 0
    assert generator.main(["--nonsense"]) == 2


def test_every_rule_about_loops_has_remedies() -> None:
    assert RULES - set(catalogue.examples()) <= {"unused-suppression"}
    assert set(catalogue.examples()) <= RULES


@pytest.mark.parametrize("rule", sorted(catalogue.examples()))
def test_explain_ends_with_the_remedies(rule: str) -> None:
    output = CliRunner().invoke(program, ["explain", rule, "--examples", "--no-color"]).output
    page, heading, remedies = output.partition("\n## Remedies\n")
    assert heading
    assert "## Read more" in page
    fitting = catalogue.examples()[rule]
    assert re.findall(r"(?m)^### (.*)$", remedies) == [one.id for one in fitting]
    for one in fitting:
        entry = remedies.partition(f"### {one.id}\n")[2].partition("\n### ")[0]
        words = " ".join(entry.split())
        kind = catalogue.KINDS[one.id]
        assert f"{kind.title}. Applicability: {one.applicability}. Cost: {kind.cost}." in words
        assert ("```diff\n--- template." in entry) == bool(one.diff)
        assert "In the case `" in entry or "For an example see `recursion-lint explain " in entry
    assert max(len(line) for line in remedies.splitlines() if "```" not in line and line[:1].isalpha()) <= 120


def test_a_remedy_that_a_template_can_hold_is_shown_somewhere() -> None:
    shown = {one.id for ways in catalogue.examples().values() for one in ways if one.diff}
    applicable = {
        one.id for ways in catalogue.examples().values() for one in ways if one.applicability != "manual"
    }
    assert applicable <= shown


def test_the_seed_remedies_are_worked_out_for_buckets() -> None:
    section = catalogue.section("s3-loop")
    for part in ("S3ReadPolicy", "CallsOutput", "Value: input/", "head_object", "ExpiresAt", "INSERT"):
        assert part in section


def test_a_rule_without_remedies_has_no_section() -> None:
    assert catalogue.section("nonsense") == ""
