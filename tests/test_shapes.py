"""Every shape of a loop has a case that shows it, or a reason; and the generated pages are those of the code."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
from recursion_lint.rules import all_rules

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
SHAPES = tomllib.loads((ROOT / "fixtures" / "shapes.toml").read_text(encoding="utf-8"))
FAMILIES = {
    "S3": 13,
    "SQS": 4,
    "SNS": 2,
    "EB": 7,
    "DDB": 3,
    "KIN": 1,
    "FH": 1,
    "LAM": 4,
    "SFN": 3,
    "CWL": 4,
    "CT": 1,
}
FAMILIES |= {"IOT": 2, "SES": 1, "COG": 1, "CFG": 1, "CP": 1, "ALM": 1, "MQ-KFK-DOC": 1, "CFN": 1, "BK-GD": 1}


def test_every_shape_is_listed() -> None:
    assert set(SHAPES) == {f"{name}-{at + 1}" for name, count in FAMILIES.items() for at in range(count)}


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_has_a_case_or_a_reason(name: str) -> None:
    shape = SHAPES[name]
    assert set(shape) in ({"title", "fixture"}, {"title", "out"})
    if "out" in shape:
        assert shape["out"].endswith(".")
        return
    rule, case = shape["fixture"].split("/")
    assert rule in {one.name for one in all_rules()}
    folder = ROOT / "fixtures" / rule / case
    for stem in ("template", "near-miss"):
        assert [file for file in folder.glob(f"{stem}.*") if file.suffix != ".txt"], f"{folder} has no {stem}"


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_docs", ROOT / "scripts" / "generate_docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_generated_pages_are_fresh(generator: ModuleType) -> None:
    assert list(generator.stale(ROOT / "docs")) == []


def test_stale_and_forgotten_pages_are_named(generator: ModuleType, tmp_path: Path) -> None:
    made = generator.pages()
    for name, content in made.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
    assert list(generator.stale(tmp_path)) == []
    (tmp_path / "services.md").write_text("old", encoding="utf-8")
    (tmp_path / "rules" / "gone.md").write_text("old", encoding="utf-8")
    assert list(generator.stale(tmp_path)) == ["services.md", "rules/gone.md"]


def test_pages_say_what_the_code_says(generator: ModuleType) -> None:
    made = generator.pages()
    for rule in all_rules():
        assert rule.page.strip() in made[f"rules/{rule.name}.md"]
        assert f"[{rule.name}]({rule.name}.md)" in made["rules/README.md"]
    assert "`AWS::IoT::TopicRule`" in made["services.md"]
    assert "`kafka-cluster:WriteData`" in made["services.md"]
    assert "[iot-loop/republish-own-topic](../fixtures/iot-loop/republish-own-topic/)" in made["shapes.md"]
