"""What ``explain`` prints of a rule: the first screen, or its whole page with each remedy; and what ``rules`` lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from recursion_lint.remedies.catalogue import section
from recursion_lint.report.columns import fitted

_BEGUN, _ALL = ("What it finds", "Why it is bad"), ("How to break it",)
"""The sections, by their headings, of which the first screen has the first paragraph, and those that it has whole."""


def whole(rule: str, page: str) -> str:
    """All of the ``page`` of a rule, and the remedies with their examples."""
    return f"{page.strip()}\n\n{section(rule)}".strip()


def first_screen(rule: str, page: str) -> str:
    """What the ``page`` of a rule sums up: what it finds, why that is bad, the ways out; then where the rest is."""
    head, *sections = page.strip().split("\n## ")
    shown = []
    for one in sections:
        title, _, text = one.partition("\n")
        title, text = title.strip(), text.strip()
        if title in _BEGUN:
            text = text.partition("\n\n")[0]
        if title in (*_BEGUN, *_ALL):
            shown.append(f"{title}\n\n{text}")
    more = f"recursion-lint explain {rule} --examples: the whole page, with each remedy worked out"
    return "\n\n".join([head.strip(), *(f"## {one}" for one in shown), more])


def table(rules: Sequence[Any], width: int) -> str:
    """A line for each of ``rules``; in a terminal of ``width`` columns that is too narrow, broken between words."""
    rows = [("RULE", "CODE", "SEVERITY", "FINDS")]
    rows += [(rule.name, rule.code, ", ".join(rule.severities), rule.summary) for rule in rules]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = ("  ".join([*map(str.ljust, row[:3], widths), row[3]]) for row in rows)
    return "".join("\n    ".join(fitted(line, width)) + "\n" for line in lines)
