"""The edits that a remedy carries do what its diff shows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recursion_lint.model.findings import Span, TextEdit
from recursion_lint.template.yaml.edits import EditError, apply_edits, changed_lines, offsets

LINES = st.lists(st.sampled_from(["a", "b", "  c: d", "", "--- x", "+++ y", "\\ No newline"]), max_size=12)


def as_an_editor(text: str, edits: tuple[TextEdit, ...]) -> str:
    """Carry out ``edits`` by their lines and columns, from the last to the first."""
    for span, new in reversed(edits):
        lines = text.split("\n")
        begin = len("\n".join(lines[: span.line - 1])) + (span.line > 1)
        end = len("\n".join(lines[: span.end_line - 1])) + (span.end_line > 1) + span.end_column - 1
        text = text[:begin] + new + text[end:]
    return text


@given(LINES, LINES, st.booleans(), st.booleans())
def test_carrying_them_out_gives_the_new_text(
    old: list[str], new: list[str], old_ends: bool, new_ends: bool
) -> None:
    before = "\n".join(old) + ("\n" if old_ends and old and old[-1] else "")
    after = "\n".join(new) + ("\n" if new_ends and new and new[-1] else "")
    edits = changed_lines("t.yaml", before, after)
    assert as_an_editor(before, edits) == after
    assert apply_edits(before, offsets(before, edits)) == after


def test_each_run_of_changed_lines_is_one_edit() -> None:
    old = "".join(f"{number}\n" for number in range(1, 9))
    new = old.replace("2\n", "two\nzwei\n").replace("5\n", "").replace("8\n", "8\nnine\n")
    assert changed_lines("t.yaml", old, new) == (
        TextEdit(Span("t.yaml", 2, 1, 3, 1), "two\nzwei\n"),
        TextEdit(Span("t.yaml", 5, 1, 6, 1), ""),
        TextEdit(Span("t.yaml", 9, 1, 9, 1), "nine\n"),
    )


def test_a_file_that_ends_without_a_newline_has_no_next_line_to_end_at() -> None:
    assert changed_lines("t", "a\nlast", "a\nend") == (TextEdit(Span("t", 2, 1, 2, 5), "end"),)


def test_carriage_returns_stay() -> None:
    assert changed_lines("t", "a\r\nc\r\n", "b\r\nc\r\n") == (TextEdit(Span("t", 1, 1, 2, 1), "b\r\n"),)


def test_a_text_that_has_become_shorter_is_not_edited() -> None:
    with pytest.raises(EditError, match="the text has changed"):
        offsets("a\n", [TextEdit(Span("t", 5, 1, 6, 1), "")])
