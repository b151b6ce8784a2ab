"""A template's text with its nodes: where each begins and ends in the text, and how the file is written."""

import json
import re
from bisect import bisect_right
from functools import cached_property
from typing import NamedTuple

from recursion_lint.model.spans import Span
from recursion_lint.template.yaml.emitter import Style
from recursion_lint.template.yaml.nodes import Node, parse, walk


class Trail(NamedTuple):
    """A node, and the keys and indexes that lead to it, with the containers on the way (the root first)."""

    node: Node
    path: tuple[str | int, ...]
    parents: tuple[Node, ...]


BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")  # what YAML counts as the end of a line
_TAG = re.compile(r"[!&][^\s\[\]{},]*[ \t]*")


_Entry = tuple[str, Span, Node]
FEW = 16
"""Maps of fewer entries are looked through one by one."""


class Document:
    """A template's text with its nodes."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text
        self.root = parse(text, file)
        self._starts = [0, *(found.end() for found in BREAK.finditer(text))]
        self.eol = "\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n"
        self._entries: dict[int, list[tuple[str, Span, Node]]] = {}
        self._located: dict[Span, Trail | None] = {}
        self._key_starts: dict[int, list[tuple[int, int]]] = {}

    @cached_property
    def style(self) -> Style:
        """How the file is written: asked for where something is to be added."""
        return _style(self)

    # --- places ------------------------------------------------------------------------------------

    def offset(self, line: int, column: int) -> int:
        if line > len(self._starts):
            return len(self.text)
        return min(self._starts[line - 1] + column - 1, len(self.text))

    def start(self, span: Span) -> int:
        return self.offset(span.line, span.column)

    def end(self, node: Node) -> int:
        """Where the text of a node ends: without the blank lines and comments after it."""
        if self.is_flow(node) or (node.kind == "scalar" and not self.is_literal(node)):
            return self.offset(node.span.end_line, node.span.end_column)
        if node.kind == "map":
            own = self.entries(node)
            return self.entry_end(*own[-1][1:]) if own else self.start(node.span)
        if node.kind == "list":
            items = node.elements()
            return max(self.end(items[-1]), self.start(node.span)) if items else self.start(node.span)
        end = self.offset(node.span.end_line, node.span.end_column)
        return max(len(self.text[:end].rstrip()), self.start(node.span))

    def entries(self, node: Node) -> list[tuple[str, Span, Node]]:
        """The entries that are written in a map itself: those of ``<<`` are not."""
        known = self._entries.get(id(node)) if node.kind == "map" else []
        if known is None:
            first, last = self.start(node.span), self.offset(node.span.end_line, node.span.end_column)
            known = [item for item in node.entries() if first <= self.start(item[1]) <= last]
            self._entries[id(node)] = known
        return known

    def entry_end(self, span: Span, value: Node) -> int:
        """Where an entry ends whose key stands at ``span``; an alias is as long as its line."""
        if self.start(value.span) < self.start(span):
            return len(self.text[: self.line_end(self.start(span))].rstrip())
        # A short form has no key of its own; and to YAML a block ends where what follows begins.
        if value.span == span:
            return self.end(value)
        return max(self.end(value), self.offset(span.end_line, span.end_column))

    def is_flow(self, node: Node) -> bool:
        """Is a map or list written in brackets?"""
        if node.kind not in ("map", "list"):
            return False
        at = self.content(node)
        if self.text[at : at + 1] in ("{", "["):
            return True
        # A short-form function on a scalar ends where the scalar does.
        call = node.intrinsic
        return call is not None and call[1].kind == "scalar" and call[1].span == node.span

    def content(self, node: Node) -> int:
        """Where a node's text begins after its tag and anchor."""
        at = self.start(node.span)
        while (found := _TAG.match(self.text, at)) is not None:
            at = found.end()
        return at

    def is_literal(self, node: Node) -> bool:
        return node.quoted and self.text[self.content(node) : self.content(node) + 1] in ("|", ">")

    def line_start(self, at: int) -> int:
        return self._starts[bisect_right(self._starts, at) - 1]

    def line_end(self, at: int) -> int:
        """The offset after the line break of the line that ``at`` is on."""
        index = bisect_right(self._starts, at)
        return self._starts[index] if index < len(self._starts) else len(self.text)

    def lead(self, at: int) -> str:
        """What stands before ``at`` on its line."""
        return self.text[self.line_start(at) : at]

    def source(self, node: Node) -> str:
        """A node's own text."""
        return self.text[self.start(node.span) : self.end(node)]

    def locate(self, span: Span) -> Trail | None:
        """The node that ``span`` is the span of (its own or its key's), the innermost one."""
        if span not in self._located:
            self._located[span] = self._locate(span)
        return self._located[span]

    def _locate(self, span: Span) -> Trail | None:
        found: Trail | None = None
        trails = [Trail(self.root, (), ())]
        while trails:
            trail = trails.pop()
            node, path, parents = trail
            if node.span == span:
                found = trail
            for key, where, child in self._near(node, node.entries(), span):
                is_key = where == span and node.span != span
                if is_key or _within(span, child.span):
                    deeper = Trail(child, (*path, key), (*parents, node))
                    if is_key:
                        return deeper
                    trails.append(deeper)
            for index, child in self._near_elements(node, span):
                if _within(span, child.span):
                    trails.append(Trail(child, (*path, index), (*parents, node)))
        return found

    def _near(self, node: Node, entries: list[_Entry], span: Span) -> list[_Entry]:
        """Those of a map's entries that ``span`` may be in: of many, the last one that begins before it ends.

        A map of few, or one of a text with aliases, whose parts may stand anywhere, is looked through.
        """
        if len(entries) < FEW or node.shared:
            return entries
        starts = self._key_starts.get(id(node))
        if starts is None:
            starts = self._key_starts[id(node)] = [(where.line, where.column) for _, where, _ in entries]
        at = bisect_right(starts, (span.line, span.column))
        return entries[max(at - 1, 0) : at + 1]

    def _near_elements(self, node: Node, span: Span) -> list[tuple[int, Node]]:
        """Those of a list's elements that ``span`` may be in, with their places, as ``_near`` tells them."""
        elements = list(enumerate(node.elements()))
        if len(elements) < FEW or node.shared:
            return elements
        starts = self._key_starts.get(id(node))
        if starts is None:
            starts = [(child.span.line, child.span.column) for _, child in elements]
            self._key_starts[id(node)] = starts
        at = bisect_right(starts, (span.line, span.column))
        return elements[max(at - 1, 0) : at + 1]

    def trail(self, *path: str | int) -> Trail | None:
        """The node at ``path``, with its way."""
        node: Node | None = self.root
        parents: list[Node] = []
        for part in path:
            if node is None:
                return None
            parents.append(node)
            if isinstance(part, int):
                node = node.elements()[part] if part < len(node.elements()) else None
            else:
                node = node.get(part)
        return Trail(node, path, tuple(parents)) if node is not None else None


def _within(inner: Span, outer: Span) -> bool:
    return (outer.line, outer.column) <= (inner.line, inner.column) and (
        inner.end_line,
        inner.end_column,
    ) <= (
        outer.end_line,
        outer.end_column,
    )


def _style(document: Document) -> Style:
    """The file's habits: JSON or YAML, one level of indentation, lists, quotes, ``!Ref`` or ``Ref``."""
    text = document.text
    is_json = _is_json(text)
    unit = "  "
    resources = document.root.get("Resources")
    if resources is not None and document.entries(resources):
        outer = document.lead(document.start(document.root.key_span("Resources")))
        inner = document.lead(document.start(document.entries(resources)[0][1]))
        if not inner.strip() and inner.startswith(outer) and inner != outer:
            unit = inner[len(outer) :]
    quote = "'" if text.count("'") > text.count('"') else '"'
    short = bool(re.search(r"!(Ref|Sub|GetAtt|If|Join)\b", text)) or not re.search(r"\b(Fn::\w+|Ref):", text)
    return Style(is_json, unit, "" if is_json else _dash_indent(document, unit), quote, short)


def _is_json(text: str) -> bool:
    """Braces alone do not make it JSON: YAML has them too, and there keys go without quotes."""
    if not text.lstrip("\ufeff \t\r\n").startswith("{"):
        return False
    try:
        json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError):
        return False
    return True


def _dash_indent(document: Document, unit: str) -> str:
    """What stands between the column of a key and the dash of its list, as most lists have it."""
    counts: dict[int, int] = {}
    for node in walk(document.root, 5000):
        for _, span, child in node.entries():
            if child.kind == "list" and child.span.line > span.line and not document.is_flow(child):
                deeper = child.span.column - span.column
                counts[deeper] = counts.get(deeper, 0) + 1
    return " " * max(counts, key=lambda deeper: (counts[deeper], deeper), default=len(unit))
