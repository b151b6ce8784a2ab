"""Suppressions in templates: comments, and ``Metadata`` for JSON, which has no comments.

# recursion-lint: ignore[sqs-loop] through Jobs, Worker -- the requeue is bounded by the retry counter
Metadata: {recursion-lint: {ignore: [sqs-loop], through: [Jobs, Worker], reason: "…", until: 2027-01-31}}

What is not written exactly so accepts nothing: with a slip in it a suppression may mean other than it seems to say.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from datetime import date

from recursion_lint.model.spans import Span
from recursion_lint.model.suppressions import Suppression
from recursion_lint.template.yaml.nodes import Node, walk

MARK = "recursion-lint"
NO_DATE = "its end is no date such as 2027-01-31"
_KEYS = ("ignore", "through", "reason", "until")


def in_comments(content: str, file: str, root: Node) -> tuple[Suppression, ...]:
    """The suppression comments of a text whose root node is ``root``."""
    return _outside(_commented(content, file, "#"), root)


def in_code(content: str, file: str) -> tuple[Suppression, ...]:
    """The suppression comments of a handler, which begin with ``#`` or ``//``."""
    return _commented(content, file, "(?:#|//)")


def _commented(content: str, file: str, begin: str) -> tuple[Suppression, ...]:
    if MARK not in content:
        return ()
    # Prose may begin with the name; with a colon, or before the word, it is an order.
    pattern = re.compile(begin + r"\s*recursion-lint(?:(:)\s*|\s+(?=ignore\b))(.*)$")
    found = []
    for number, line in enumerate(content.splitlines(), 1):
        match = pattern.search(line) if MARK in line else None
        if match is not None:
            span = Span(file, number, match.start() + 1, number, len(line) + 1)
            read = _comment(match[2].strip(), span)
            found.append(read if match[1] else read._replace(problem=f"write '{MARK}: ' with a colon"))
    return tuple(found)


def _comment(words: str, span: Span) -> Suppression:
    """The suppression that is written behind the mark; it has a ``problem`` if it is none."""
    told, _, reason = (part.strip() for part in words.partition("--"))
    until = re.search(r"\buntil (\d{4}-\d\d-\d\d)\b", reason)
    found = Suppression(span, ("*",), reason, until[1] if until else "", problem="")
    what = re.match(r"ignore(?:\[([^\[\]]*)\])?(?:\s+|$)", told)
    if what is None:
        return found._replace(problem=_suggestion(told))
    if what[1] is not None:
        found = found._replace(rules=_names(what[1]))
    rest = told[what.end() :]
    while rest:
        through = re.match(r"through\s+([^\s,]+(?:\s*,\s*[^\s,]+)*)(?:\s+|$)", rest)
        end = re.match(r"until\b\s*(\S*)\s*", rest)
        if through is not None:
            found = found._replace(through=_names(through[1]))
        elif end is not None:
            found = found._replace(until=end[1] or "?")
        else:
            return found._replace(problem=_suggestion(told))
        rest = rest[(through or end).end() :]  # type: ignore[union-attr]
    return _checked(found)


def _suggestion(told: str) -> str:
    """What was probably meant by words that are no suppression."""
    before = re.split(r"\b(?:until|through)\b", told)[0]
    names = re.findall(r"[A-Za-z]\w*(?:-\w+)+|\bR\d{4}\b", before)
    return f"{told!r} is not understood, write 'ignore[{', '.join(names) or 'sqs-loop'}]'"


def _checked(found: Suppression) -> Suppression:
    problem = found.problem
    if not problem and not found.rules:
        problem = "it names no rule, write 'ignore[sqs-loop]'"
    if not problem and found.until and not _is_date(found.until):
        problem = NO_DATE
    return found._replace(problem=problem)


def _is_date(text: str) -> bool:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _quoted(root: Node) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Where values and keys in quotes begin and end, in order: there a sign for a comment is text like any other."""
    spans = []
    for node in walk(root):
        if node.kind == "scalar" and node.quoted and not node.block:
            spans.append(node.span)
        spans += [key for _, key, _ in node.entries()]
    return sorted(((span.line, span.column), (span.end_line, span.end_column)) for span in spans)


def _outside(found: Sequence[Suppression], root: Node) -> tuple[Suppression, ...]:
    """Those that stand in no string."""
    quoted = _quoted(root) if found else []
    kept = []
    for one in found:
        at = (one.span.line, one.span.column)
        before = bisect_right(quoted, (at, (_FAR, _FAR))) - 1
        if before < 0 or at >= quoted[before][1]:
            kept.append(one)
    return tuple(kept)


_FAR = 1 << 60


def in_metadata(node: Node | None, resource: str) -> tuple[Suppression, ...]:
    """The suppression in a ``Metadata`` map, if it holds one."""
    given = node.get(MARK) if node is not None else None
    if node is None or given is None:
        return ()
    reason, until = (
        (told.text or "?") if (told := given.get(key)) is not None else "" for key in ("reason", "until")
    )
    found = Suppression(node.key_span(MARK), ("*",), reason, until, resource)
    if given.kind != "map":
        return (found._replace(problem="it is no map such as {ignore: [sqs-loop]}"),)
    if given.get("ignore") is not None:
        found = found._replace(rules=_listed(given, "ignore"))
    found = found._replace(through=_listed(given, "through"))
    unknown = [name for name, _ in given.items() if name not in _KEYS]
    if unknown:
        return (found._replace(problem=f"unknown key {unknown[0]!r} (known: {', '.join(_KEYS)})"),)
    return (_checked(found),)


def _listed(given: Node, key: str) -> tuple[str, ...]:
    """The texts in a list, or the one text in its place; nothing for what is neither."""
    node = given.get(key)
    return tuple(item.text for item in node.each() if item.text) if node is not None else ()


def _names(listed: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in listed.split(",") if name.strip())
