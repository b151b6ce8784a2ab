"""Patterns of .gitignore: against Git itself, and bounded whatever they are."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pathspec import GitIgnoreSpec

from recursion_lint.run.ignore_patterns import IgnorePatterns

PATHS = ("a", "b", "ab", "a/b", "a/b/c", "b/a", "c/a/b", "a.yaml", "c/ab.yaml", "a/c.yaml", "a/b/ab", "ba/a")
LINES = st.lists(st.sampled_from(["a", "b", "c", "*", "?", "/", "**/", "/**", "[ab]", "."]), max_size=6)


def ignored_by_git(folder: Path, lines: list[str]) -> set[str]:
    """The paths that Git ignores."""
    (folder / ".gitignore").write_text("\n".join(lines) + "\n")
    asked = subprocess.run(
        ["git", "-C", str(folder), "check-ignore", "--no-index", "--stdin"],
        input="\n".join(PATHS),
        capture_output=True,
        text=True,
        check=False,
    )
    return set(asked.stdout.split())


@pytest.mark.parametrize(
    "lines",
    [
        ["a"],
        ["/a"],
        ["*.yaml", "!a.yaml"],
        ["a/"],
        ["**/b"],
        ["a/**"],
        ["a/**/c"],
        ["?b"],
        ["[ab]"],
        ["[!a]"],
        ["# a", "", "b "],
        [r"\a"],
        ["a*b*l"],
        ["c/*"],
    ],
)
def test_as_git_does(tmp_path: Path, lines: list[str]) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    ours = IgnorePatterns.from_lines(lines)
    assert {path for path in PATHS if ours.match_file(path)} == ignored_by_git(tmp_path, lines)


@given(LINES.map("".join), st.sampled_from(PATHS))
@settings(max_examples=300, deadline=None)
def test_as_pathspec_does(line: str, path: str) -> None:
    if (
        line.startswith("/**")
        or "//" in line
        or "***" in line
        or "**" in line.replace("**/", "").replace("/**", "")
    ):
        return  # where Git and pathspec differ, or nobody writes it
    assert IgnorePatterns.from_lines([line]).match_file(path) == GitIgnoreSpec.from_lines([line]).match_file(
        path
    )


def test_a_chain_of_stars_takes_no_longer_than_its_length() -> None:
    """*a*a*a…b on a name of many letters a."""
    patterns = IgnorePatterns.from_lines(["*a" * 60 + "*b", "**/a/" * 40 + "b"])
    calls = 0

    def count(*_: object) -> None:
        nonlocal calls
        calls += 1

    sys.setprofile(count)
    try:
        assert not patterns.match_file("a" * 4000)
        assert not patterns.match_file("a/" * 1000 + "c")
    finally:
        sys.setprofile(None)
    assert calls < 400_000
