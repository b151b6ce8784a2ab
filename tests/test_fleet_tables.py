"""The tables of a store as Parquet, and a company judged group by group: what linking all of it says."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from test_fleet_store import BUS, TOGETHER, facts, service, two  # noqa: F401 (a fixture)

from recursion_lint.cli.main import main
from recursion_lint.fleet import components
from recursion_lint.fleet.facts_file import deployed
from recursion_lint.fleet.judge import Whole, judged
from recursion_lint.fleet.parts import MAX_PARTS
from recursion_lint.fleet.repository import Repository
from recursion_lint.fleet.shared_names import shared_names
from recursion_lint.fleet.store import Store
from recursion_lint.fleet.tables import TABLES
from recursion_lint.fleet.taking_in import Update
from recursion_lint.model.findings import Finding

ROOT = Path(__file__).parent.parent
FACTS = Callable[..., Update]


def by_groups(repositories: Sequence[Repository]) -> tuple[list[Finding], list[tuple[str, ...]]]:
    """The findings of all groups, found by the same questions as on other engines, and the groups."""
    db = sqlite3.connect(":memory:")
    db.execute("CREATE TABLE names (kind, name, source, repository, part)")
    for one in repositories:
        rows = [(*row[:3], one.origin.repository, row.part) for row in shared_names(one)]
        db.executemany("INSERT INTO names VALUES (?, ?, ?, ?, ?)", rows)
    db.execute(f"CREATE TABLE edges AS {components.EDGES}")
    for _ in range(components.ROUNDS):
        db.execute(f"CREATE TABLE fewer AS {components.PEELED}")
        db.execute("DROP TABLE edges")
        db.execute("ALTER TABLE fewer RENAME TO edges")
    known = {one.origin.repository: one for one in repositories}
    stacks = sum(len(one.stacks) for one in repositories)
    found = components.groups(db.execute("SELECT here, there FROM edges"), known, stacks)
    db.execute("CREATE TABLE members (number, repository)")
    for group in found:
        db.executemany(
            "INSERT INTO members VALUES (?, ?)", [(group.number, one) for one in group.repositories]
        )
    support: dict[int, set[str]] = {}
    for number, name in db.execute(components.SUPPORT):
        support.setdefault(number, set()).add(name)
    hubs = components.hubs(db.execute(components.ENDS))
    db.close()
    whole = Whole(stacks, hubs)
    findings = [
        finding
        for group in found
        for finding in components.judge_group(
            group.repositories,
            [known[name] for name in {*group.repositories, *support.get(group.number, ())}],
            whole,
        )
    ]
    return list(components.together(findings, (0, 0, 0, 0)).findings), [one.repositories for one in found]


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any company is one of many stacks, whose loops are weighed apart."""
    monkeypatch.setattr("recursion_lint.fleet.judge.MAX_WEIGHED", 0)
    monkeypatch.setattr("recursion_lint.fleet.judge.MAX_NEAR", 100)


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("shape", TOGETHER)
def test_groups_say_what_linking_all_says(facts: FACTS, shape: str) -> None:  # noqa: F811
    parts = [facts(name, text).repository for name, text in TOGETHER[shape].items()]
    want = judged(parts).findings
    assert want
    assert by_groups(parts)[0] == list(want)


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("seed", range(8))
def test_any_company_is_judged_group_by_group(facts: FACTS, seed: int) -> None:  # noqa: F811
    chance = random.Random(seed)
    found = []
    for at in range(10):
        queues = [f"q{chance.randrange(8)}" for _ in range(4)]
        text = (
            two("W", (queues[0], queues[1]), (queues[2], queues[3])) if at % 3 else service("W", *queues[:3])
        )
        found.append(facts(f"team-{at}", text).repository)
    found.append(facts("bus", BUS.replace("SOURCE", "acme.a")).repository)
    assert by_groups(found)[0] == list(judged(found).findings)


def test_a_small_company_is_one_group(facts: FACTS) -> None:  # noqa: F811
    parts = [facts(name, text).repository for name, text in TOGETHER["declared"].items()]
    found, groups = by_groups(parts)
    assert (found, groups) == (list(judged(parts).findings), [("acme/a", "acme/b", "acme/c")])


@pytest.mark.usefixtures("large")
def test_what_no_loop_joins_is_apart(facts: FACTS) -> None:  # noqa: F811
    chain = [facts(f"chain-{at}", service("W", f"c{at}", f"c{at + 1}")).repository for at in range(20)]
    ring = [facts(f"ring-{at}", service("W", f"r{at}", f"r{(at + 1) % 3}")).repository for at in range(3)]
    found, groups = by_groups([*chain, *ring])
    assert [len(one.repositories) for one in found] == [3]
    assert [one for one in groups if len(one) > 1] == [("acme/ring-0", "acme/ring-1", "acme/ring-2")]


@pytest.fixture
def company(facts: FACTS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Update]:  # noqa: F811
    """Two repositories with a loop across them, and one without, as files in the folder ``facts``."""
    pytest.importorskip("pyarrow")
    monkeypatch.chdir(tmp_path)
    made = [
        facts("a", service("A", "x", "y")),
        facts("b", service("B", "y", "x")),
        facts("c", service("C", "n", "m")),
    ]
    (tmp_path / "facts").mkdir()
    for at, one in enumerate(made):
        (tmp_path / "facts" / f"{at}.jsonl").write_bytes(one.lines)
    return made


def rows(folder: str) -> list[dict[str, Any]]:
    import pyarrow.parquet

    return [dict(one) for one in pyarrow.parquet.read_table(folder).to_pylist()]


def test_tables_hold_what_a_store_holds(company: list[Update]) -> None:
    import pyarrow.parquet

    assert main(["link", "facts", "--format", "parquet", "--output", "t"]) == 1
    for table, columns in TABLES.items():
        schema = pyarrow.parquet.read_schema(f"t/{table}/part-0.parquet")
        kinds = {one.name: str(one.type).replace("element: ", "") for one in schema}
        assert kinds == {name: "list<string>" if "list" in kind else kind for name, kind in columns.items()}
    for row, update in zip(rows("t/facts"), company, strict=True):
        origin = update.repository.origin
        assert deployed(row["lines"], origin.commit, origin.account, origin.region) == update.repository
    assert main(["link", "--store", "s.db", "--update", "facts"]) == 1
    store = Store("s.db")
    held = {
        (kind, name, source, ("acme/a", "acme/b", "acme/c")[place // MAX_PARTS - 1], place % MAX_PARTS)
        for kind, name, source, place in store._db.execute("SELECT * FROM names")
    }
    assert {tuple(row.values()) for row in rows("t/names")} == held
    assert [row["repositories"] for row in rows("t/loops")] == [["acme/a", "acme/b"]]
    assert [row["name"] for row in rows("t/repositories")] == ["acme/a", "acme/b", "acme/c"]
    store.close()
    assert main(["link", "s.db", "--format", "parquet", "--output", "u"]) == 1
    for table in ("facts", "names", "repositories"):
        assert rows(f"t/{table}") == rows(f"u/{table}")
    assert [row["known_as"] for row in rows("t/loops")] == [row["known_as"] for row in rows("u/loops")]


def test_each_repository_adds_its_files(company: list[Update], tmp_path: Path) -> None:
    first = b""
    for at in ("a", "b", "a"):
        words = ["extract", f"work/{at}", "--format", "parquet", "--output", "t", "--origin", f"acme/{at}"]
        assert main([*words, "--account", "1", "--region", "r"]) == 0
        first = first or Path("t/facts/acme__a.parquet").read_bytes()
    assert sorted(path.name for path in Path("t/facts").iterdir()) == ["acme__a.parquet", "acme__b.parquet"]
    assert [row["name"] for row in rows("t/repositories")] == ["acme/a", "acme/b"]
    assert Path("t/facts/acme__a.parquet").read_bytes() == first


def test_tables_need_a_folder_and_pyarrow(
    company: list[Update], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["link", "facts", "--format", "parquet"]) == 2
    Path("file").write_text("")
    assert main(["link", "facts", "--format", "parquet", "--output", "file"]) == 2
    assert "cannot write it" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert main(["extract", "work/a", "--format", "parquet", "--output", "t"]) == 2
    assert "pip install 'recursion-lint[fleet]'" in capsys.readouterr().err


@pytest.mark.slow
def test_spark_finds_what_link_finds(company: list[Update], tmp_path: Path) -> None:
    """With the real engine, in this one process and its workers."""
    pytest.importorskip("pyspark")
    submit = Path(sys.executable).parent / "spark-submit"
    if shutil.which("java") is None or not submit.exists():
        pytest.skip("there is no Java")
    assert main(["link", "facts", "--format", "parquet", "--output", "t"]) == 1
    assert main(["link", "facts", "--format", "json", "--output", "link.json"]) == 1
    job = ROOT / "integrations" / "spark" / "link_tables.py"
    words = [
        "--master",
        "local[2]",
        "--conf",
        "spark.ui.enabled=false",
        "--conf",
        "spark.sql.shuffle.partitions=2",
    ]
    told = subprocess.run(
        [str(submit), *words, str(job), "t", "--output", "spark.json", "--loops", "found", "--few", "0"],
        env={"PATH": "/usr/bin:/bin", "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"},
        capture_output=True,
        timeout=600,
        check=False,
    )
    assert Path("spark.json").exists(), told.stderr[-2000:]
    one, other = (json.loads(Path(f"{name}.json").read_text())["findings"] for name in ("link", "spark"))
    assert one == other != []
    assert len(rows("found")) == len(one)
