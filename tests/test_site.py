"""The documentation as a site: built strictly from docs/, with a search, and nothing fetched from elsewhere."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from recursion_lint.version import __version__

ROOT = Path(__file__).resolve().parent.parent
pytest.importorskip("properdocs", reason="needs pip install -e '.[docs]'")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """What the site is built from, elsewhere: a build must not meet another one."""
    for name in ("docs", "fixtures", "scripts", "skills"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for name in ("README.md", "AGENTS.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def built(copy: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(copy / "scripts" / "build_site.py")]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_it_is_built_without_a_warning(copy: Path) -> None:
    done = built(copy)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    site = copy / "build" / "site" / __version__
    pages = {file.relative_to(ROOT / "docs").with_suffix(".html") for file in (ROOT / "docs").rglob("*.md")}
    named = {Path(page.parent, "index.html") if page.name == "README.html" else page for page in pages}
    assert not [page for page in named if not (site / page).is_file()]
    assert f"{__version__}/index.html" in (site.parent / "index.html").read_text(encoding="utf-8")
    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))
    assert any("put-function-concurrency" in page["text"] for page in index["docs"])
    # What a fixture's template says is text, and no page asks another server for a script or a style.
    fixture = site / "fixtures" / "sqs-loop" / "wrong-variable.html"
    assert "TARGET_QUEUE" in fixture.read_text(encoding="utf-8")
    fetched = re.compile(r"<(?:script|link|img)[^>]+(?:src|href)=\"(?:https?:)?//[^\"]+")
    found = {
        hit for page in site.rglob("*.html") for hit in fetched.findall(page.read_text(encoding="utf-8"))
    }
    assert not {hit for hit in found if "canonical" not in hit}


@pytest.mark.parametrize("link", ["gone.md", "faq.md#no-such-title", "../fixtures/gone/"])
def test_a_dead_link_fails(copy: Path, link: str) -> None:
    page = copy / "docs" / "faq.md"
    page.write_text(page.read_text(encoding="utf-8") + f"\n[there]({link})\n", encoding="utf-8")
    done = built(copy)
    assert done.returncode != 0
    assert "WARNING" in done.stderr
