"""Text → the raw nodes of a YAML parser. What would end or exhaust a reader of them is refused.

PyYAML's C composer reads YAML and JSON alike, at node level: raw scalar text and style, no implicit
typing, duplicate keys kept. What it refuses (JSON surrogate pairs, for one) goes to ruamel.yaml.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from recursion_lint.source import SourceError

MAX_DEPTH = 400
"""Deeper nesting is refused: no template needs it, and recursive readers must end."""

MIN_EXPANDED, MAX_SHARING = 100_000, 10
"""With its aliases written out a file may hold this many values, or this many times its own."""


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
    import yaml

    _refuse_deep_nesting(content)
    try:
        return yaml.compose(content, Loader=_loader())
    except (yaml.YAMLError, ValueError) as refused:
        return _compose_fallback(content, refused)
    except RecursionError:
        raise SourceError(f"nests deeper than {MAX_DEPTH} levels", 1) from None


@cache
def _loader() -> Any:
    """A loader that leaves plain scalars untyped: the text and its style are all that is asked of them."""
    import yaml

    # Called for every node, so they are written in C: "?" whatever is given, and two that do nothing.
    members = {"resolve": "?".format, "descend_resolver": {}.get, "ascend_resolver": {}.clear}
    return type("Untyped", (getattr(yaml, "CSafeLoader", yaml.SafeLoader),), members)


def _refuse_deep_nesting(content: str) -> None:
    """The C composer overflows its stack, and kills the process, at some 30,000 levels."""
    if len(content) < 10_000:
        return
    brackets = content.count("[") + content.count("{")
    if brackets > 10_000:
        depth = 0
        for letter in content:
            if letter in "[{":
                depth += 1
                if depth > 10_000:
                    raise SourceError(f"nests deeper than {MAX_DEPTH} levels", 1)
            elif letter in "]}":
                depth -= 1
    if content.count("- ") + content.count("? ") > 10_000:
        import re

        if re.search(r"(?:[-?] +){1000}", content):
            raise SourceError(f"nests deeper than {MAX_DEPTH} levels", 1)


def _compose_fallback(content: str, refused: Exception) -> Any:
    """Read with ruamel.yaml what the C parser refuses; keep the C parser's message if both refuse."""
    message, line = _complaint(refused)
    if r"\ud" not in content.lower():
        raise SourceError(message, line)
    import warnings

    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that an anchor's name is used again is nothing to tell
            root = YAML(typ="safe", pure=True).compose(content)
    except (YAMLError, ValueError, RecursionError):
        raise SourceError(message, line) from None
    _join_surrogates(root)
    return root


def _join_surrogates(root: Any) -> None:
    """Two escapes that are one letter in JSON become that letter; a half alone stays."""
    stack, seen = [root], {id(root)}
    while stack:
        raw = stack.pop()
        if raw.id == "scalar":
            raw.value = raw.value.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
            continue
        below = raw.value if raw.id == "sequence" else [one for entry in raw.value for one in entry]
        stack += [child for child in below if id(child) not in seen]
        seen.update(map(id, below))


def _complaint(problem: Exception) -> tuple[str, int]:
    mark = getattr(problem, "problem_mark", None) or getattr(problem, "context_mark", None)
    text = getattr(problem, "problem", None) or str(problem).splitlines()[0]
    if "unacceptable character" in str(problem) or "special characters" in str(problem):
        text = "holds characters that YAML does not allow"
    return f"is neither valid YAML nor JSON: {text}", mark.line + 1 if mark else 1


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
