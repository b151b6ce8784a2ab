"""What ends a loop in the code itself: the condition that another round changes, a maximum that rounds are compared to.

A condition about whether a call went well, or about an empty batch, ends nothing: the next round has another batch.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from recursion_lint.code.calls import CallResult, CallSite, EventPath, Guard, Value
from recursion_lint.code.comebacks import comeback
from recursion_lint.code.deciding import UNTOLD
from recursion_lint.code.replay import WorkedOut, holds_again
from recursion_lint.code.values import inner, made_of

_DEEPEST = 14
_ROUNDS = r"(?:invocation|round|hop|depth|level|attempt|retr|iteration|spawn|recurs|generation|rerun|loop|continuation)"
_LIMIT = rf"\b(?:\w+\.)*(\w*(?:max|limit)\w*{_ROUNDS}\w*|\w*{_ROUNDS}\w*(?:max|limit)\w*)\b(?:\(\))?"
_NAMED = re.compile(_LIMIT, re.IGNORECASE)
_HELD = re.compile(rf"(?:(?<=[\s)])[<>]=?\s*{_LIMIT}|{_LIMIT}\s*[<>]=?(?![<>]))", re.IGNORECASE)
_COUNTER = (
    r"(?<![\w.])([\w.\[\]'\"?!]{0,60}?"
    r"(?:lambda|invocation|execution|spawn|continuation|rerun|round|hop|recurs)_?\w{0,40})(?:\(\))?"
)
"""What counts rounds by its name, where it is compared to a number."""
_COUNTED = re.compile(rf"{_COUNTER}(?:\s*\+\s*1)?\s*[<>]=?\s*(\d+)\b(?!\.)", re.IGNORECASE)
_TIMED = re.compile(
    r"[<>]=?\s*[\w.]*(?:timeout|deadline|max_?age|max_?duration)"
    r"|(?:timeout|deadline|max_?age|max_?duration)\w*\s*[<>]",
    re.IGNORECASE,
)
_COMPARED = re.compile(
    r"(?<![\w.])([A-Za-z_][\w.]{0,80})(?:\(\))?\)?(?:\s*\+\s*1)?\s*[<>]=?|[<>]=?\s*([A-Za-z_][\w.]*)"
)
_OPERANDS = re.compile(r"\s+and\s+|\s+or\s+|\s*&&\s*|\s*\|\|\s*")
_AGAIN_HERE = re.compile(r"^[\s})]*(?:while|for|until|do)\b")
_REMARKS = ("#", "//", "*", "/*")
_LONGEST = 1000
"""Of a longer line, of minified code, no place would tell a reader anything."""
_NO_BOUND = re.compile(
    r"refused|status_?code|statustext|\bok\b|isempty|is_empty|(?:\.(?:length|size\(\))|len\([^)]*\))\s*={2,3}\s*0",
    re.IGNORECASE,
)
_STORED = ("s3", "dynamodb")
"""What is read back from these is what the write has put there."""
_LAZY = re.compile(r"\blazy\s*=\s*[\[(]")
_LAZILY = (("slack_bolt", "Slack Bolt"),)


class Held(NamedTuple):
    """Where a maximum of rounds is compared, and by which name, or which number; lines count from 1."""

    name: str
    file: str
    line: int
    most: int | None = None


def deciding(written: CallSite, channel: str, others: Sequence[CallSite] = ()) -> Guard | None:
    """The condition of ``written`` that another round changes; ``None`` where none is known to.

    ``channel`` is the service of the channel, as for ``replay``. A maximum of rounds goes before what the event tells,
    and that before what is read back. A condition that only chooses between ``written`` and ``others``, the other
    calls that write there, ends nothing.
    """
    turned = {(guard.text, not guard.holds) for other in others for guard in other.guards}
    guards = [guard for guard in written.guards if not guard.on_error and guard.text]
    guards = [guard for guard in guards if _NO_BOUND.search(guard.text) is None and _whole(guard.text)]
    guards = [guard for guard in guards if (guard.text, guard.holds) not in turned]
    # What holds for what is written as well lets each round through, unless it is the time that passes.
    worked_out: WorkedOut = {}
    again = [guard for guard in guards if holds_again(written, guard, channel, worked_out) is not True]
    for fits in (_held, _counted, _timed, _moved, _read_back):
        asked = guards if fits is _timed else again
        found = next((guard for guard in asked if fits(guard, written, channel)), None)
        if found is not None:
            return found
    return None


def says_nothing(guard: Guard) -> bool:
    """Is a condition about whether a call went well, or about an empty batch?"""
    return _NO_BOUND.search(guard.text) is not None


def _whole(text: str) -> bool:
    """Is a condition given in full, so that it can be cited?"""
    depth = 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if depth < 0:
            return False
    return depth == 0 or text.endswith("…")


def _held(guard: Guard, written: CallSite, channel: str) -> bool:
    return _HELD.search(guard.text) is not None


def _counted(guard: Guard, written: CallSite, channel: str) -> bool:
    return _counted_to(guard.text) is not None


def _timed(guard: Guard, written: CallSite, channel: str) -> bool:
    """Is a time compared to how long the work may last?"""
    return _TIMED.search(guard.text) is not None


def _counted_to(text: str) -> int | None:
    """The number that something which counts rounds by its name is compared to; one round is a look at the first."""
    found = _COUNTED.search(text)
    return int(found[2]) if found is not None and int(found[2]) > 1 else None


def cited(condition: str) -> str:
    """The part of a condition that ends the loop, where one compares rounds: the others say which work it is."""
    parts = _OPERANDS.split(condition)
    for fits in (_HELD.search, _counted_to, _TIMED.search):
        found = next((part for part in parts if fits(part)), "")
        if found:
            return found.replace("not (", "").strip(" ()") if found.count("(") != found.count(")") else found
    return condition


def _moved(guard: Guard, written: CallSite, channel: str) -> bool:
    """Does the condition look at a part of the event that the write makes another one of?"""
    for part in _parts(guard.test):
        if isinstance(part, EventPath) and part.path:
            again = comeback(part, written, channel)
            if again not in (part, UNTOLD):
                return True
    return False


def _read_back(guard: Guard, written: CallSite, channel: str) -> bool:
    """Does the condition look at what the write has put where it is read from?"""
    if channel not in _STORED:
        return False
    if any(source.startswith(f"sdk:{channel}.") for source in made_of(guard.test)):
        return True
    return any(
        isinstance(part, CallResult)
        and part.service == channel
        and part.path[:1] not in (("exception",), ("ResponseMetadata",), ("$metadata",))
        for part in _parts(guard.test)
    )


def _parts(value: Value, depth: int = 0) -> Iterable[Value]:
    yield value
    if depth < _DEEPEST:
        for part in inner(value):
            yield from _parts(part, depth + 1)


def held_rounds(texts: Sequence[tuple[str, str]]) -> Held | None:
    """Where the texts of a handler (file, text) compare how many rounds there were; ``None`` where they do not.

    What is counted must travel from round to round: a loop that tries a call again counts from a number of its own.
    """
    for file, text in texts:
        for number, line in enumerate(text.splitlines(), 1):
            if len(line) > _LONGEST or _AGAIN_HERE.match(line) or line.lstrip().startswith(_REMARKS):
                continue
            found = _HELD.search(line)
            if found is not None and _travels(line, texts):
                return Held(next(name for name in found.groups() if name), file, number)
            most, counted = _counted_to(line), _COUNTED.search(line)
            if most is not None and counted is not None and _travels(line, texts):
                return Held(" ".join(counted[0].split()), file, number, most)
    return None


def _travels(line: str, texts: Sequence[tuple[str, str]]) -> bool:
    """Is what the line compares to a maximum a field of something, so that it may come with the event?"""
    for found in _COMPARED.finditer(line):
        told = (found[1] or found[2] or "").rpartition(".")[2]
        name = re.escape(told.replace("get", "", 1) if told.startswith("get") else told)
        if not told or _NAMED.fullmatch(told) is not None:
            continue
        field = re.compile(
            rf"[\"']{name}[\"']|(?<!this)(?<!self)\.{name}\b(?!\s*\()|\b{name}\??\s*:\s|\bget{name}\(",
            re.IGNORECASE,
        )
        begun = re.compile(rf"\b{name}\s*(?::\s*\w+\s*)?=\s*-?\d")
        if any(field.search(text) for _, text in texts) and not any(begun.search(text) for _, text in texts):
            return True
    return False


def limit_name(condition: str) -> str:
    """The name of the maximum that a condition compares; empty for none."""
    found = _HELD.search(condition)
    return next((name for name in found.groups() if name), "") if found is not None else ""


def counted_to(condition: str) -> int | None:
    """The number of rounds that a condition itself names; ``None`` for one that names none."""
    return _counted_to(condition)


def names_a_maximum(name: str) -> bool:
    """Is ``name`` that of a maximum of rounds?"""
    return _NAMED.fullmatch(name) is not None and "retr" not in name.lower()


def same_name(first: str, second: str) -> bool:
    """``maxInvocations`` and ``MAX_INVOCATIONS`` are one."""
    return first.replace("_", "").lower() == second.replace("_", "").lower()


def limit_value(name: str, texts: Sequence[tuple[str, str]]) -> int | None:
    """The number that a maximum is set to in the texts of a handler, or its default there; ``None`` where none is."""
    for _, text in texts:
        for line in text.splitlines():
            left, equals, right = line.partition("=")
            named = _NAMED.search(left)
            if not equals or right.startswith("=") or named is None or not same_name(named[1], name):
                continue
            numbers = re.findall(r"(?<![\w.])\d[\d_]*(?![\w.]|\s*\*)", right)
            if numbers:
                return int(numbers[-1].replace("_", ""))
    return None


def invoked_by_library(texts: Sequence[tuple[str, str]]) -> tuple[str, str, int] | None:
    """The library that invokes the function itself for its lazy listeners, with the file and the line of one.

    Slack Bolt for Python does that, once for each listener: https://tools.slack.dev/bolt-python/concepts/lazy-listeners
    """
    for file, text in texts:
        found = _LAZY.search(text)
        for module, library in _LAZILY if found is not None else ():
            if found is not None and re.search(rf"\b{module}\b", text):
                return library, file, text.count("\n", 0, found.start()) + 1
    return None
