"""Text → the raw nodes of a YAML parser. What would end or exhaust a reader of them is refused.

PyYAML's C composer reads YAML and JSON alike, at node level: raw scalar text and style, no implicit
typing, duplicate keys kept. Texts with the surrogate escapes of JSON, which it refuses, ruamel.yaml reads.
"""

from __future__ import annotations

from typing import Any

from recursion_lint.template.yaml.files import SourceError
from recursion_lint.template.yaml.loader import MAX_SLOW, compose_with_ruamel, pyyaml, untyped_loader

MAX_DEPTH = 400
"""Deeper nesting is refused: no template needs it, and recursive readers must end."""

TOO_DEEP = f"nests deeper than {MAX_DEPTH} levels"

MAX_STACK = 10_000
"""Brackets or dashes in a row that a parser written in C survives."""

MIN_EXPANDED, MAX_SHARING = 100_000, 10
"""With its aliases written out a file may hold this many values, or this many times its own."""

_SEVERAL = "holds several YAML documents: a template is one"
_REASONS = {
    "second occurrence": "found duplicate anchor",
    "but found another document": _SEVERAL,
    "control characters are not allowed": "holds a character that YAML does not allow",
}
_WORDINGS = (
    "block sequence entries are not allowed",
    "could not find expected",
    "did not find expected",
    "did not find the expected",
    "expected",
    "found",
    "mapping keys are not allowed",
    "mapping values are not allowed",
    "sequence entries are not allowed",
)
"""How libyaml's reasons begin that a person understands. What a release words anew is not passed on unread."""


def compose(content: str) -> tuple[Any, bool]:
    """The root of ``content``, and whether it may have aliases: nodes that stand in several places.

    Raises ``SourceError`` with a line for what is neither YAML nor JSON.
    """
    raw = _compose(content)
    if raw is None:
        raise SourceError("is empty", 1)
    aliases = "&" in content and "*" in content and _holds_anchor(content)
    if aliases:
        _refuse_multiplying(raw)
    return raw, aliases


def _compose(content: str) -> Any:
    _refuse_deep_nesting(content)
    halves = r"\ud" in content or r"\uD" in content
    yaml = pyyaml()
    try:
        loader = untyped_loader()
        if halves and issubclass(loader, yaml.SafeLoader):  # the Python parser takes halves, and leaves them
            return _slowly(content)
        try:
            return yaml.compose(content, Loader=loader)
        except yaml.YAMLError as refused:
            if not halves or "escape code" not in (getattr(refused, "problem", None) or ""):
                raise
            return _slowly(content)
    except (yaml.YAMLError, ValueError) as refused:
        # Each release of a parser words its own limit of depth, or has none: what counts is measured here.
        if _deepest(content) > MAX_DEPTH:
            raise SourceError(TOO_DEEP, 1) from None
        message, line = _complaint(refused, content)
        raise SourceError(message, line) from None
    except RecursionError:
        raise SourceError(TOO_DEEP, 1) from None


def _slowly(content: str) -> Any:
    """A text with halves of letters, which only a parser written in Python takes."""
    if _deepest(content) > MAX_DEPTH:
        raise SourceError(TOO_DEEP, 1)
    if len(content) > MAX_SLOW:
        raise SourceError(
            rf"writes letters as two escapes (\ud83d) and is longer than {MAX_SLOW:,} letters", 1
        )
    return compose_with_ruamel(content)


def _refuse_deep_nesting(content: str) -> None:
    """The C composer overflows its stack, and kills the process, at some 30,000 levels."""
    if len(content) > MAX_STACK and _deepest(content) > MAX_STACK:
        raise SourceError(TOO_DEEP, 1)


def _deepest(content: str) -> int:
    """How deep ``content`` nests at most: by its brackets, those in strings too, or by dashes in a row."""
    import re

    deepest = depth = 0
    if content.count("[") + content.count("{") > MAX_DEPTH:
        for bracket in re.findall(r"[\[\]{}]", content):
            depth += 1 if bracket in "[{" else -1
            deepest = max(deepest, depth)
    if content.count("- ") + content.count("? ") > MAX_DEPTH:
        rows = re.finditer(r"(?:[-?] +){100,}", content)
        deepest = max(deepest, *(len(re.findall("[-?]", row[0])) for row in rows), 0)
    return deepest


def _complaint(problem: Any, content: str) -> tuple[str, int]:
    """What a parser refuses, and its line."""
    mark = getattr(problem, "problem_mark", None) or getattr(problem, "context_mark", None)
    text = getattr(problem, "problem", None) or ""
    if hasattr(problem, "character"):
        text = f"holds U+{problem.character:04X}, a character that YAML does not allow"
        return f"is neither valid YAML nor JSON: {text}", _line_of(problem, content)
    reason = _REASONS.get(text) or next((text for words in _WORDINGS if text.startswith(words)), "")
    if reason == _SEVERAL:
        return reason, mark.line + 1 if mark else 1
    told = f"is neither valid YAML nor JSON: {reason}" if reason else "is neither valid YAML nor JSON"
    return told, mark.line + 1 if mark else 1


def _line_of(problem: Any, content: str) -> int:
    """The line of a character: libyaml counts bytes up to it, PyYAML's own reader letters."""
    import re

    letters = problem.encoding == "unicode"
    before = content[: problem.position] if letters else content.encode()[: problem.position].decode()
    return 1 + len(re.findall("\r\n|[\r\n\x85\u2028\u2029]", before))


def _holds_anchor(content: str) -> bool:
    """May there be an anchor? Most ampersands are those of shells and addresses."""
    import re

    starts = (found.start() for found in re.finditer(r"&[^\s&,\[\]{}]", content))
    return any(at == 0 or content[at - 1].isspace() or content[at - 1] in "\ufeff,[{:?-" for at in starts)


def _refuse_multiplying(root: Any) -> None:
    """Aliases can make a value part of itself, or more than anybody can read: who follows them never ends."""
    sizes: dict[int, int] = {}
    open_: set[int] = set()
    stack = [root]
    while stack:
        raw = stack[-1]
        below = () if raw.id == "scalar" else raw.value if raw.id == "sequence" else [v for _, v in raw.value]
        missing = [child for child in below if id(child) not in sizes]
        if not missing:
            sizes[id(raw)] = 1 + sum(sizes[id(child)] for child in below)
            open_.discard(id(raw))
            stack.pop()
        elif id(raw) in open_:
            raise SourceError("has an alias to a value that it is part of", raw.start_mark.line + 1)
        else:
            open_.add(id(raw))
            stack += missing
    if sizes[id(root)] > max(MIN_EXPANDED, MAX_SHARING * len(sizes)):
        raise SourceError("its aliases multiply to more values than a reader can follow", 1)
