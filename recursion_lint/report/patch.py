"""A unified diff as replacements of whole lines, for the formats that carry fixes."""

from typing import NamedTuple


class Replacement(NamedTuple):
    """The text from column 1 of ``line`` up to ``end_line``, ``end_column`` (exclusive) becomes ``text``."""

    file: str
    line: int
    end_line: int
    end_column: int
    text: str


def replacements(diff: str) -> list[Replacement]:
    """What ``diff`` changes, in order; nothing for what is not a unified diff."""
    lines = diff.split("\n")
    changes: list[Replacement] = []
    file = ""
    index = 0
    while index < len(lines):
        line = lines[index]
        header = _hunk_header(line)
        index += 1
        if line.startswith("+++ ") and index > 1:
            file = _file_name(lines[index - 2], line)
        elif header is not None:
            at, old, new = header
            body = _body(lines, index, old, new)
            index += len(body)
            changes += _changes(file, at, body)
    return changes


def _hunk_header(line: str) -> tuple[int, int, int] | None:
    """First old line, number of old lines, number of new lines of ``@@ -a,b +c,d @@``."""
    words = line.split(" ")
    if len(words) < 4 or words[0] != "@@" or words[3] != "@@":
        return None
    try:
        start, old = _range(words[1])
        _, new = _range(words[2])
    except ValueError:
        return None
    # A hunk without old lines names the line before the insertion.
    return (start if old else start + 1), old, new


def _range(word: str) -> tuple[int, int]:
    start, _, count = word[1:].partition(",")
    return int(start), int(count or "1")


def _file_name(old: str, new: str) -> str:
    before, after = old[4:].split("\t")[0], new[4:].split("\t")[0]
    return after[2:] if before.startswith("a/") and after.startswith("b/") else after


def _body(lines: list[str], index: int, old: int, new: int) -> list[str]:
    body: list[str] = []
    for line in lines[index:]:
        if not line.startswith("\\"):
            if old <= 0 and new <= 0:
                break
            old -= not line.startswith("+")
            new -= not line.startswith("-")
        body.append(line)
    return body


def _changes(file: str, at: int, body: list[str]) -> list[Replacement]:
    """One replacement for each run of removed and added lines."""
    changes: list[Replacement] = []
    run: list[str] = []
    for line in [*body, " "]:
        if line[:1] in ("-", "+", "\\"):
            run.append(line)
            continue
        if any(entry[0] != "\\" for entry in run):
            changes.append(_replacement(file, at, run))
        at += sum(entry[0] == "-" for entry in run) + 1
        run = []
    return changes


def _replacement(file: str, at: int, run: list[str]) -> Replacement:
    removed = [entry[1:] for entry in run if entry[0] == "-"]
    text = "".join(entry[1:] + "\n" for entry in run if entry[0] == "+")
    open_ends = {run[at - 1][0] for at, entry in enumerate(run) if at and entry[0] == "\\"}
    if "+" in open_ends:
        text = text[:-1]
    if "-" in open_ends:
        # The file ends without a newline: there is no next line for the region to end at.
        last = at + len(removed) - 1
        return Replacement(file, at, last, len(removed[-1]) + 1, text)
    return Replacement(file, at, at + len(removed), 1, text)
