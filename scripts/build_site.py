#!/usr/bin/env python3
"""Build the documentation as a site, in build/site/<version>/: a dead link or anchor fails.

    pip install -e '.[docs]'
    python scripts/build_site.py

The pages are those of docs/, the README and its like, and one for each fixture that a page links to. Links lead to
where things lie in the repository, and are turned to where these lie in the site.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from recursion_lint.version import __version__

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "build" / "site-source"
SITE = ROOT / "build" / "site"
SETTINGS = ROOT / "scripts" / "site.yml"
BESIDE = {
    "README.md": "overview.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "CHANGELOG.md": "changelog.md",
    "AGENTS.md": "agents.md",
    "skills/recursion-lint/SKILL.md": "skill.md",
    "LICENSE": "license.md",
}
"""Pages of the root, and what they are called in the site."""
_LINK = re.compile(r"(?<=\]\()([^)\s]+)(?=\))")
_FENCED = re.compile(r"(?ms)^( *)```.*?^\1```")


def prepare() -> None:
    """Write the pages to ``SOURCE``."""
    shutil.rmtree(SOURCE, ignore_errors=True)
    linked: dict[Path, None] = {}
    for file, name in pages():
        text = file.read_text(encoding="utf-8")
        if file.name == "LICENSE":
            text = f"# Licence\n\n```\n{text}```\n"
        _write(SOURCE / name, _turned(text, file, name, linked) if file.suffix == ".md" else text)
    for folder in linked:
        _write(SOURCE / _page_of(folder), _fixture(folder))


def pages() -> Iterator[tuple[Path, str]]:
    """The files that become pages, and their names in the site."""
    for name, page in BESIDE.items():
        yield ROOT / name, page
    for file in sorted((ROOT / "docs").rglob("*")):
        if file.is_file():
            yield file, file.relative_to(ROOT / "docs").as_posix()


def _turned(text: str, file: Path, name: str, linked: dict[Path, None]) -> str:
    """A page with its links turned to where things are in the site; the fixtures among them are noted in ``linked``."""

    def turned(found: re.Match[str]) -> str:
        target, hash_, anchor = found[1].partition("#")
        if not target or "://" in target:
            return found[1]
        there = (file.parent / target).resolve()
        where = _place(there)
        if there.is_dir() and there.is_relative_to(ROOT / "fixtures"):
            linked[there] = None
        return f"{os.path.relpath(where, os.path.dirname(name) or '.')}{hash_}{anchor}" if where else found[1]

    parts, at = [], 0
    for block in _FENCED.finditer(text):
        parts += [_LINK.sub(turned, text[at : block.start()]), block[0]]
        at = block.end()
    return "".join((*parts, _LINK.sub(turned, text[at:])))


def _place(there: Path) -> str:
    """Where something of the repository lies in the site; nothing where it is not in it."""
    if not there.is_relative_to(ROOT):
        return ""
    within = there.relative_to(ROOT).as_posix()
    if within in BESIDE:
        return BESIDE[within]
    if there.is_dir() and within.startswith("fixtures/"):
        return _page_of(there)
    return within.removeprefix("docs/") if within.startswith("docs/") else ""


def _page_of(fixture: Path) -> str:
    return f"{fixture.relative_to(ROOT).as_posix()}.md"


def _fixture(folder: Path) -> str:
    """A fixture as a page: its template and what is reported, then its near miss."""
    parts = [f"# {folder.parent.name}: {folder.name.replace('-', ' ')}"]
    for title, stem in (("The template", "template"), ("A near miss", "near-miss")):
        for file in sorted(folder.glob(f"{stem}.*")):
            if file.suffix == ".txt":
                continue
            report = file.with_suffix(".txt")
            parts.append(f"## {title}\n\n{_code(file)}")
            if report.exists():
                parts.append(f"What is reported:\n\n{_code(report)}")
    return "\n\n".join(parts) + "\n"


def _code(file: Path) -> str:
    """The text of a file as a block of code, whatever stands in it."""
    text = file.read_text(encoding="utf-8").rstrip("\n")
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", text)), default=0))
    return f"{fence}\n{text}\n{fence}"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def main() -> int:
    """Prepare and build; the exit status."""
    prepare()
    target = SITE / __version__
    build = [sys.executable, "-m", "properdocs", "build", "--strict", "--clean"]
    command = [*build, "--config-file", str(SETTINGS), "--site-dir", str(target)]
    status = subprocess.run(command, cwd=ROOT, check=False).returncode  # noqa: S603
    if status == 0:
        # Older versions stay where they are; who comes without one gets the newest that was built.
        page = f'<!doctype html><meta http-equiv="refresh" content="0; url={__version__}/index.html">\n'
        _write(SITE / "index.html", page)
        print(f"built {target.relative_to(ROOT)}")
    return status


if __name__ == "__main__":
    sys.exit(main())
