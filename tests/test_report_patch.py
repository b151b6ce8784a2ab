"""Replacements read from a diff do what the diff does."""

from __future__ import annotations

import difflib

from hypothesis import given
from hypothesis import strategies as st

from recursion_lint.report.patch import Replacement, replacements


def apply(text: str, changes: list[Replacement]) -> str:
    """Carry out ``changes`` as an editor would, from the last to the first."""
    lines = text.split("\n")
    for change in reversed(changes):
        begin = len("\n".join(lines[: change.line - 1])) + (change.line > 1)
        end = len("\n".join(lines[: change.end_line - 1])) + (change.end_line > 1) + change.end_column - 1
        whole = "\n".join(lines)
        lines = (whole[:begin] + change.text + whole[end:]).split("\n")
    return "\n".join(lines)


def diff(old: str, new: str, context: int = 3) -> str:
    """A unified diff as git writes it, which marks a missing newline at the end of a file."""
    rows: list[str] = []
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    for row in difflib.unified_diff(before, after, "a/t.yaml", "b/t.yaml", n=context):
        rows.append(row if row.endswith("\n") else row + "\n\\ No newline at end of file\n")
    return "".join(rows)


LINES = st.lists(st.sampled_from(["a", "b", "  c: d", "", "--- x", "+++ y", "@@ -1 +1 @@"]), max_size=12)


@given(LINES, LINES, st.booleans(), st.booleans(), st.integers(0, 3))
def test_applying_gives_the_new_text(
    old: list[str], new: list[str], old_ends: bool, new_ends: bool, context: int
) -> None:
    before = "\n".join(old) + ("\n" if old_ends and old and old[-1] else "")
    after = "\n".join(new) + ("\n" if new_ends and new and new[-1] else "")
    assert apply(before, replacements(diff(before, after, context))) == after


def test_each_run_is_one_replacement_of_whole_lines() -> None:
    old = "".join(f"{number}\n" for number in range(1, 9))
    new = old.replace("2\n", "two\nzwei\n").replace("5\n", "").replace("8\n", "8\nnine\n")
    assert replacements(diff(old, new)) == [
        Replacement("t.yaml", 2, 3, 1, "two\nzwei\n"),
        Replacement("t.yaml", 5, 6, 1, ""),
        Replacement("t.yaml", 9, 9, 1, "nine\n"),
    ]


def test_the_end_of_a_file_without_a_newline() -> None:
    assert replacements(diff("a\nlast", "a\nend")) == [Replacement("t.yaml", 2, 2, 5, "end")]


def test_carriage_returns_stay() -> None:
    changes = replacements("--- a/t\n+++ b/t\n@@ -1,2 +1,2 @@\n-a\r\n+b\r\n c\r\n")
    assert changes == [Replacement("t", 1, 2, 1, "b\r\n")]


def test_names_of_files() -> None:
    hunk = "@@ -1 +1 @@\n-a\n+b\n"
    names = {
        "--- a/x.yaml\n+++ b/x.yaml\n": "x.yaml",
        "--- x.yaml\n+++ x.yaml\n": "x.yaml",
        "--- b/x.yaml\n+++ b/x.yaml\n": "b/x.yaml",
        "--- a/my file.yaml\t2026-01-01\n+++ b/my file.yaml\t2026-01-02\n": "my file.yaml",
    }
    for head, name in names.items():
        assert [change.file for change in replacements(head + hunk)] == [name]


def test_two_files() -> None:
    hunk = "@@ -1 +1 @@\n-a\n+b\n"
    both = f"--- a/x\n+++ b/x\n{hunk}--- a/y\n+++ b/y\n{hunk}"
    assert [change.file for change in replacements(both)] == ["x", "y"]


def test_what_is_no_diff_gives_nothing() -> None:
    for text in ("", "set the prefix", "@@ here @@", "@@ -x +y @@\n-a\n+b", "--- a\n+++ b\n"):
        assert replacements(text) == []
