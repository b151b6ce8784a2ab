"""What a release is made of: one version, the same bytes twice, everything pinned by hash, no address that is made up."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from recursion_lint.version import __version__

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


def script(name: str) -> ModuleType:
    spec = spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# -- one version -------------------------------------------------------------------------------------------------


def test_the_version_stands_in_one_place() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["dynamic"] == ["version"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {
        "attr": "recursion_lint.version.__version__"
    }
    assert script("release_notes").version() == __version__


def test_the_changelog_begins_with_the_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    titles = re.findall(r"(?m)^## (\S+) \((not yet released|\d{4}-\d\d-\d\d)\)$", changelog)
    assert len(titles) == changelog.count("\n## ")
    assert titles[0][0] == __version__
    versions = [Version(name) for name, _ in titles]
    assert versions == sorted(versions, reverse=True)


def test_the_pages_name_this_version_and_no_other() -> None:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        assert set(re.findall(r"(?:ref: |rev: |recursion[-_]lint[@=-]+)v?(\d+\.\d+\.\d+)", text)) <= {
            __version__
        }, page


def test_the_notes_of_a_release_are_its_section() -> None:
    notes = script("release_notes").notes
    told = f"# Changelog\n\n## {__version__} (2027-01-31)\n\n* New.\n\n## 0.0.1 (2026-01-01)\n\n* Old.\n"
    assert notes(f"v{__version__}", told) == "* New.\n"
    for tag, text, wrong in (
        ("v9.9.9", told, "the tag is v9.9.9"),
        (f"v{__version__}", told.replace("2027-01-31", "not yet released"), "has no date"),
        (f"v{__version__}", told.replace(f"## {__version__}", "## 8.0.0"), "no section"),
    ):
        with pytest.raises(ValueError, match=wrong):
            notes(tag, text)


# -- the same bytes ----------------------------------------------------------------------------------------------


def sources(folder: Path) -> Path:
    """A small project of the same make: a build of all fixtures takes half a minute."""
    for name in ("recursion_lint", "rules"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "MANIFEST.in"):
        shutil.copyfile(ROOT / name, folder / name)
    (folder / "scripts").mkdir()
    shutil.copyfile(ROOT / "scripts/build_release.py", folder / "scripts/build_release.py")
    return folder


@pytest.mark.slow
def test_two_builds_are_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("build", reason="needs pip install -e '.[release]'")
    build = script("build_release").build
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1800000000")
    first, second = tmp_path / "a", tmp_path / "another folder" / "b"
    for folder in (first, second):
        folder.mkdir(parents=True)
        sources(folder)
    # The second is of another day and another hand, and something lies about in it.
    for file in second.rglob("*.py"):
        os.utime(file, (1_000_000_000, 1_000_000_000))
        file.chmod(0o600)
    (second / "build" / "lib" / "recursion_lint").mkdir(parents=True)
    (second / "build" / "lib" / "recursion_lint" / "gone.py").write_text("stale = 1\n")
    one = build(first, tmp_path / "one")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    before = os.umask(0o077)
    try:
        other = build(second, tmp_path / "other")
    finally:
        os.umask(before)
    assert [file.name for file in one] == [file.name for file in other]
    assert [file.name for file in one if file.read_bytes() != other[one.index(file)].read_bytes()] == []
    assert {file.suffix for file in one} == {".whl", ".gz"}
    pytest.importorskip("twine")
    command = [sys.executable, "-m", "twine", "check", "--strict", *map(str, one)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_what_is_built_is_what_git_tracks(tmp_path: Path) -> None:
    files = script("build_release")._files
    (tmp_path / "a.py").touch()
    for made in ("dist/x.whl", "build/lib/a.py", "a.egg-info/PKG-INFO", "PKG-INFO", "setup.cfg"):
        (tmp_path / made).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / made).touch()
    assert files(tmp_path) == ["a.py"]
    if shutil.which("git"):
        subprocess.run(["git", "init", "-q", tmp_path], check=True)
        assert files(tmp_path) == []
        subprocess.run(["git", "-C", tmp_path, "add", "a.py"], check=True)
        assert files(tmp_path) == ["a.py"]


# -- pinned by hash ----------------------------------------------------------------------------------------------


def steps(text: str) -> list[dict[str, Any]]:
    document = yaml.safe_load(text)
    if "runs" in document:
        return list(document["runs"]["steps"])
    return [step for job in document["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("file", [*WORKFLOWS, ROOT / "action.yml"], ids=lambda file: file.name)
def test_actions_and_packages_are_pinned(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    for step in steps(text):
        if "uses" in step:
            assert re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", step["uses"]), step["uses"]
            assert re.search(rf"{re.escape(step['uses'])} # v\d+\.\d+\.\d+$", text, re.MULTILINE)
    if file.name in ("release.yml", "action.yml"):
        for line in re.findall(r"(?m)^.*(?:pip\"? install|  install) (.*)$", text):
            assert re.search(r"--require-hashes|--no-deps|recursion-lint==\$VERSION", line), line


def test_a_release_is_published_without_a_secret() -> None:
    text = (ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8")
    jobs = yaml.safe_load(text)["jobs"]
    assert yaml.safe_load(text)["permissions"] == {}
    assert "secrets." not in text
    # Only who signs and who publishes may say who it is, and only after what is published was built and compared.
    assert [name for name, job in jobs.items() if "id-token" in job["permissions"]] == ["attest", "publish"]
    assert [job.get("needs") for job in jobs.values()] == [None, "build", "attest", "publish"]
    assert "permissions" in jobs["build"]
    assert jobs["build"]["permissions"] == {"contents": "read"}
    assert not re.search(r"run: .*\$\{\{", text)


def pins(name: str) -> dict[str, list[tuple[Requirement, int]]]:
    """The requirements of a pinned file by package, each with how many hashes it has."""
    found: dict[str, list[tuple[Requirement, int]]] = {}
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    assert "://" not in text
    for line in re.sub(r" *\\\n +", " ", text).splitlines():
        requirement, *hashes = line.split(" --hash=")
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", one) for one in hashes)
        one = Requirement(requirement)
        found.setdefault(canonicalize_name(one.name), []).append((one, len(hashes)))
    return found


@pytest.mark.parametrize("name", ["runtime", "build", "release"])
def test_every_package_has_its_hash(name: str) -> None:
    assert pins(name)
    for found in pins(name).values():
        for one, hashes in found:
            assert str(one.specifier).startswith("=="), one
            assert hashes, one


def test_what_is_pinned_is_what_is_needed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    needed = {
        "runtime": project["project"]["dependencies"],
        "build": project["build-system"]["requires"],
        "release": (ROOT / "requirements/release.in").read_text().splitlines(),
    }
    for name, requirements in needed.items():
        pinned = pins(name)
        for text in requirements:
            requirement = Requirement(text)
            for one, _ in pinned[canonicalize_name(requirement.name)]:
                assert requirement.specifier.contains(str(one.specifier).removeprefix("==")), (
                    name,
                    text,
                    one,
                )
    assert set((ROOT / "requirements/build.in").read_text().split()) == set(needed["build"])


def test_the_image_is_pinned_and_has_no_root() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    bases = re.findall(r"(?m)^FROM (\S+)", text)
    assert bases
    for base in bases:
        assert re.fullmatch(r"[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}", base)
    last = text.rpartition("\nFROM ")[2]
    (user,) = re.findall(r"(?m)^USER (\d+):(\d+)$", last)
    assert "0" not in user
    for line in re.findall(r"(?m)pip install (.*)$", text):
        assert "--require-hashes" in line or "--no-deps" in line
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8")
    for words in re.findall(r"(?m)^COPY (?!--from)(.+)$", text):
        for source in words.split()[:-1]:
            assert (ROOT / source).exists(), source
            assert f"!{source.split('/')[0]}\n" in ignored, source


# -- no address that is made up ----------------------------------------------------------------------------------


def test_no_placeholder_stands_for_an_address() -> None:
    told = [*PAGES, *WORKFLOWS, ROOT / "action.yml", ROOT / "pyproject.toml", ROOT / ".pre-commit-hooks.yaml"]
    told += [*(ROOT / "recursion_lint").rglob("*.py"), *(ROOT / "rules").glob("*.py"), ROOT / "Dockerfile"]
    for file in told:
        found = re.search(
            r"\bOWNER\b|YOUR[-_]?(?:ORG|NAME|USER)|example\.(?:com|org)/recursion|<owner>|TODO|FIXME|github\.com/[\w.-]+/recursion-lint",
            file.read_text(encoding="utf-8"),
        )
        assert found is None, f"{file.relative_to(ROOT)}: {found}"


def test_zizmor_finds_nothing() -> None:
    zizmor = Path(sys.executable).with_name("zizmor")
    if not zizmor.exists():
        pytest.skip("zizmor is not installed")
    done = subprocess.run(
        ["bash", "scripts/check_workflows.sh"], cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "BIN": str(zizmor.parent)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No findings to report" in done.stdout + done.stderr
