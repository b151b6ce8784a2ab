"""Suppressions in templates: comments, and ``Metadata`` for JSON, which has no comments.

# recursion-lint: ignore[sqs-loop] -- the requeue is bounded by the retry counter
Metadata: {recursion-lint: {ignore: [sqs-loop], reason: "…", until: 2027-01-31}}
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from recursion_lint.model.findings import Span
from recursion_lint.model.suppressions import Suppression
from recursion_lint.template.yaml.nodes import Node, walk

MARK = "recursion-lint:"
NO_DATE = "its end is no date such as 2027-01-31"


def in_comments(content: str, file: str, root: Node) -> tuple[Suppression, ...]:
    """The suppression comments of a text whose root node is ``root``."""
    found = _commented(content, file, "#")
    if not found:
        return ()
    strings = sorted(_strings(root))
    return tuple(one for one in found if not _within_any((one.span.line, one.span.column), strings))


def in_code(content: str, file: str) -> tuple[Suppression, ...]:
    """The suppression comments of a handler, which begin with ``#`` or ``//``."""
    return _commented(content, file, "(?:#|//)")


def _commented(content: str, file: str, begin: str) -> tuple[Suppression, ...]:
    if MARK not in content:
        return ()
    pattern = re.compile(begin + r"\s*recursion-lint:\s*(ignore)?\s*(?:\[([^\]]*)\])?\s*(.*)$")
    found = []
    for number, line in enumerate(content.splitlines(), 1):
        match = pattern.search(line)
        if match is None:
            continue
        span = Span(file, number, match.start() + 1, number, len(line) + 1)
        named, rest = match[2], match[3].strip()
        until = re.search(r"\buntil (\d{4}-\d\d-\d\d)\b", rest)
        told, _, reason = (part.strip() for part in rest.partition("--"))
        problem = "" if match[1] else "it has no 'ignore'"
        if not problem and not until and re.search(r"\buntil\b", told):
            problem = NO_DATE
        found.append(Suppression(span, _names(named), reason, until[1] if until else "", problem=problem))
    return tuple(found)


_Place = tuple[int, int]


def _strings(root: Node) -> Iterator[tuple[_Place, _Place]]:
    """Where the values and keys in quotes begin and end: there a sign for a comment is text like any other."""
    for node in walk(root):
        spans = [node.span] if node.kind == "scalar" and node.quoted and not node.block else []
        for span in (*spans, *(key for _, key, _ in node.entries())):
            yield (span.line, span.column), (span.end_line, span.end_column)


def _within_any(at: _Place, strings: Sequence[tuple[_Place, _Place]]) -> bool:
    """Does a place lie in one of ``strings``, which are sorted and do not overlap?"""
    before = bisect_right(strings, at, key=lambda string: string[0])
    return before > 0 and at < strings[before - 1][1]


def in_metadata(node: Node | None, resource: str) -> tuple[Suppression, ...]:
    """The suppression in a ``Metadata`` map, if it holds one."""
    given = node.get("recursion-lint") if node is not None else None
    if node is None or given is None:
        return ()
    rules = given.get("ignore")
    names = tuple(item.text for item in rules.each() if item.text) if rules is not None else ("*",)
    reason, until = (
        found.text if (found := given.get(key)) is not None else "" for key in ("reason", "until")
    )
    unknown = [name for name, _ in given.items() if name not in ("ignore", "reason", "until")]
    problem = f"unknown key {unknown[0]!r} (known: ignore, reason, until)" if unknown else ""
    if not problem and given.get("until") is not None and not re.fullmatch(r"\d{4}-\d\d-\d\d", until or ""):
        problem = NO_DATE
    return (
        Suppression(node.key_span("recursion-lint"), names, reason or "", until or "", resource, problem),
    )


def _names(listed: str | None) -> tuple[str, ...]:
    names = tuple(name.strip() for name in (listed or "").split(",") if name.strip())
    return names or ("*",)
