"""Edits of a template's text that leave everything else as it is: comments, order, quoting, line endings.

An ``Editor`` is a parsed text. Its methods give ``Edit``s (offsets and new text); ``apply_edits`` makes the new
text of them. What cannot be edited with certainty raises ``EditError``: nothing is forced.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from recursion_lint.model.findings import TextEdit
from recursion_lint.model.spans import Span
from recursion_lint.template.yaml.document import BREAK, Document
from recursion_lint.template.yaml.emitter import Value, entry, inline, lines
from recursion_lint.template.yaml.nodes import Node


class EditError(Exception):
    """An edit that the text has no certain place for, or two edits of the same place."""


class Edit(NamedTuple):
    """The text from ``start`` to ``end`` (offsets, exclusive) becomes ``text``."""

    start: int
    end: int
    text: str

    @property
    def depth(self) -> int:
        """The indentation of the first line: of two insertions at one place, the inner one comes first."""
        body = self.text.strip("\r\n")
        return len(body) - len(body.lstrip())


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """``text`` after all ``edits``; of two insertions at one place the inner one comes first.

    Raises ``EditError`` where they overlap.
    """
    pieces: list[str] = []
    at = 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end, -edit.depth)):
        if edit.start < at or edit.end < edit.start:
            raise EditError("two changes touch the same text")
        pieces += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join([*pieces, text[at:]])


CONTEXT = 3
"""The lines that a diff shows before and after a change."""
_RANGE = re.compile(r"([-+])(\d+)(?=,| )")


class Editor(Document):
    """A document that is changed: every method gives an edit of its text, or raises ``EditError``."""

    def replace(self, node: Node, value: Value) -> Edit:
        """Another value in the place of ``node``: on one line, or laid out as JSON over several lines is."""
        start = self.start(node.span)
        lead = self.lead(start)
        if self.style.json and "\n" in self.source(node):
            indent = lead[: len(lead) - len(lead.lstrip())]
            laid = self.eol.join(lines(value, self.style, indent))
            return Edit(start, self.end(node), laid[len(indent) :])
        return Edit(self.start(node.span), self.end(node), inline(value, self.style, self._inside_flow(node)))

    def rename(self, span: Span, key: str) -> Edit:
        """Another key in the place of the one at ``span``, its quotes kept."""
        start, end = self.start(span), self.offset(span.end_line, span.end_column)
        quote = self.text[start] if self.text[start] in "'\"" else ""
        return Edit(start, end, f"{quote}{key}{quote}")

    def put(self, node: Node, path: tuple[str, ...], value: Value) -> Edit:
        """Set what is below ``path`` of map keys, making the maps that are missing."""
        key, rest = path[0], path[1:]
        found = node.get(key)
        if node.kind != "map" or node.intrinsic is not None:
            raise EditError(f"{key} cannot be set here")
        if found is None or found.null:
            for name in reversed(rest):
                value = {name: value}
            if found is None:
                return self.add_entry(node, key, value)
            return self._fill(node, key, value)
        if rest:
            return self.put(found, rest, value)
        return self._set(node, key, found, value)

    def _set(self, node: Node, key: str, old: Node, value: Value) -> Edit:
        span = node.key_span(key)
        if self.start(old.span) < self.start(span):
            raise EditError(f"{key} is an alias")
        if self.is_flow(old) or (old.kind == "scalar" and not self.is_literal(old)):
            return self.replace(old, value)
        colon = self.offset(span.end_line, span.end_column) + 1
        return Edit(colon, self.end(old), " " + inline(value, self.style))

    def _fill(self, node: Node, key: str, value: Value) -> Edit:
        """A value for a key that has none."""
        if self.is_flow(node):
            raise EditError(f"{key} has no value")
        span = node.key_span(key)
        indent = self._key_indent(node)
        body = entry(key, value, self.style, indent)
        head = body[0][len(indent) :]
        start, end = self.start(span), self.offset(span.end_line, span.end_column) + 1
        rest = "".join(self.eol + line for line in body[1:])
        if rest and self.text[end : self.line_end(end)].strip():
            raise EditError(f"a comment stands after {key}")
        return Edit(start, end, head + rest)

    def add_entry(self, node: Node, key: str, value: Value, blank: bool = False) -> Edit:
        """``key: value`` at the end of a map; ``blank`` puts an empty line before it (YAML)."""
        own = self.entries(node)
        if self.is_flow(node):
            return self._add_in_flow(
                node,
                [(self.start(span), self.entry_end(span, child)) for _, span, child in own],
                key,
                value,
            )
        if not own:
            raise EditError("an empty map has no style to follow")
        body = entry(key, value, self.style, self._key_indent(node))
        return self._add_lines(self.entry_end(*own[-1][1:]), [""] * blank + body)

    def add_item(self, node: Node, value: Value, after: int = -1) -> Edit:
        """An item of a list, after the item of index ``after`` (the last one if not given)."""
        items = node.elements()
        if self.is_flow(node):
            places = [(self.start(item.span), self.end(item)) for item in items]
            return self._add_in_flow(node, places[: after + 1] if after >= 0 else places, None, value)
        if not items:
            raise EditError("an empty list has no style to follow")
        at = self._dash(items[0])
        return self._add_lines(self.end(items[after]), lines([value], self.style, " " * len(self.lead(at))))

    def swap_item(self, node: Node, index: int, value: Value) -> Edit:
        """Another item in the place of one of a list; in a block list on lines of its own."""
        item = node.elements()[index]
        if self.is_flow(node):
            return self.replace(item, value)
        dash = self._dash(item)
        if self.lead(dash).strip():
            raise EditError("the item does not begin a line")
        body = lines([value], self.style, self.lead(dash))
        end = self.end(item)
        return Edit(self.line_start(dash), end, self.eol.join(body))

    def remove_item(self, node: Node, index: int) -> Edit:
        """Delete one of several items of a list."""
        items = node.elements()
        if len(items) < 2:
            raise EditError("the only item of a list is not deleted alone")
        if self.is_flow(node):
            return self._remove_in_flow([(self.start(item.span), self.end(item)) for item in items], index)
        dash = self._dash(items[index])
        if self.lead(dash).strip():
            raise EditError("the list begins in the middle of a line")
        return Edit(self.line_start(dash), self.line_end(self.end(items[index])), "")

    def remove_entry(self, node: Node, key: str) -> Edit:
        """Delete one of several entries of a map."""
        own = self.entries(node)
        names = [name for name, _, _ in own]
        if len(own) < 2 or key not in names:
            raise EditError(f"{key} cannot be deleted alone")
        index = names.index(key)
        if self.is_flow(node):
            return self._remove_in_flow(
                [(self.start(span), self.entry_end(span, child)) for _, span, child in own], index
            )
        start = self.start(own[index][1])
        if self.lead(start).strip():
            if index + 1 == len(own):
                raise EditError(f"{key} shares its line")
            return Edit(start, self.start(own[index + 1][1]), "")
        return Edit(self.line_start(start), self.line_end(self.entry_end(*own[index][1:])), "")

    def add_resource(self, name: str, body: Mapping[str, Value]) -> Edit:
        """A new resource at the end of ``Resources``."""
        resources = self.root.get("Resources")
        if resources is None or resources.kind != "map" or name in {key for key, _ in resources.items()}:
            raise EditError(f"{name} cannot be added")
        return self.add_entry(resources, name, body, blank=not self.style.json and self._spaced(resources))

    def comment(self, node: Node, key: str, words: str) -> Edit:
        """A comment on a line of its own above an entry of a map (YAML)."""
        if self.style.json or self.is_flow(node) or node.get(key) is None:
            raise EditError(f"no comment can stand above {key}")
        start = self.start(node.key_span(key))
        if self.lead(start).strip():
            raise EditError(f"{key} does not begin its line")
        at = self.line_start(start)
        return Edit(at, at, f"{self.lead(start)}# {words}{self.eol}")

    def _spaced(self, node: Node) -> bool:
        own = self.entries(node)
        if len(own) < 2:
            return False
        before = self.text[: self.line_start(self.start(own[-1][1]))]
        return before.endswith(("\n\n", "\r\n\r\n"))

    def _inside_flow(self, node: Node) -> bool:
        """Might a bracket around ``node`` end its text? JSON is written with quotes anyway."""
        if self.style.json:
            return True
        around = self.text[self.line_start(self.start(node.span)) : self.start(node.span)]
        return "[" in around or "{" in around.replace("${", "")

    def _key_indent(self, node: Node) -> str:
        return " " * len(self.lead(self.start(self.entries(node)[0][1]))) if not self.style.json else ""

    def _dash(self, item: Node) -> int:
        """The offset of the ``-`` before a block list's item."""
        start = self.start(item.span)
        before = self.text[:start].rstrip()
        if not before.endswith("-") or "#" in self.text[len(before) : start]:
            raise EditError("the item's dash is not where it should be")
        return len(before) - 1

    def _add_lines(self, after: int, body: list[str]) -> Edit:
        """Whole lines below the one that ``after`` is on."""
        at = self.line_end(after)
        text = "".join(line + self.eol for line in body)
        if at and not BREAK.match(self.text[at - 1]):
            return Edit(at, at, self.eol + text.removesuffix(self.eol))
        return Edit(at, at, text)

    def _add_in_flow(self, node: Node, places: list[tuple[int, int]], key: str | None, value: Value) -> Edit:
        """In brackets: on a line of its own where the others have theirs, else on the same line."""
        if not places:
            at = self.content(node) + 1
            if self.text[at : self.offset(node.span.end_line, node.span.end_column) - 1].strip():
                raise EditError("the brackets hold a comment")
            written = (
                inline({key: value}, self.style)[1:-1] if key is not None else inline(value, self.style, True)
            )
            return Edit(at, at, written)
        first, last = places[0][0], places[-1][1]
        indent = self.lead(first)
        comma = re.compile(r"\s*,").match(self.text, last)
        if indent.strip():
            written = (
                inline({key: value}, self.style, True)[1:-1]
                if key is not None
                else inline(value, self.style, True)
            )
            return Edit(last, last, ", " + written)
        style = self.style._replace(json=True) if not self.style.json else self.style
        if not self.style.json and _has_call(value):
            raise EditError("brackets over several lines are not written in YAML")
        body = entry(key, value, style, indent) if key is not None else lines(value, style, indent)
        if comma is not None and len(places) == len(node.value):
            raise EditError("a comma ends the brackets")
        return Edit(last, last, "," + "".join(self.eol + line for line in body))

    def _remove_in_flow(self, places: list[tuple[int, int]], index: int) -> Edit:
        if index + 1 < len(places):
            return Edit(places[index][0], places[index + 1][0], "")
        return Edit(places[index - 1][1], places[index][1], "")


def _has_call(value: Value) -> bool:
    if isinstance(value, Mapping):
        return any(_has_call(item) for item in value.values())
    if isinstance(value, list):
        return any(_has_call(item) for item in value)
    return not isinstance(value, (str, int))


def unified(file: str, old: str, new: str) -> str:
    """The change as a unified diff that ``git apply`` takes; empty where there is none."""
    if old == new:
        return ""
    before, after = _lines(old), _lines(new)
    # Only what lies between the first and the last change is compared, which takes a tenth of the time.
    skipped = max(_alike(before, after) - CONTEXT, 0)
    rest = max(_alike(reversed(before[skipped:]), reversed(after[skipped:])) - CONTEXT, 0)
    near = _hunks(file, before[skipped : len(before) - rest], after[skipped : len(after) - rest], skipped)
    around = (*(near[3 : 3 + CONTEXT] if skipped else ()), *(near[-CONTEXT:] if rest else ()))
    return "".join(near if _stay(around) else _hunks(file, before, after, 0))


def _stay(lines: Sequence[str]) -> bool:
    """Do lines stay? Without any around the changes ``git apply`` takes it for an end of the file."""
    return all(line.startswith(" ") for line in lines)


def _hunks(file: str, before: list[str], after: list[str], skipped: int) -> list[str]:
    """The lines of a unified diff of a part of a file, of which so many lines were ``skipped`` at the start."""
    import difflib

    name = file.replace("\\", "/") + ("\t" if " " in file else "")
    written: list[str] = []
    for line in difflib.unified_diff(before, after, f"a/{name}", f"b/{name}", n=CONTEXT):
        if len(written) < 2:
            line = line.rstrip("\n").rstrip("\t") + ("\t" if " " in file else "") + "\n"
        elif line.startswith("@@ "):
            line = _RANGE.sub(lambda found: f"{found[1]}{int(found[2]) + skipped}", line)
        written.append(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n")
    return written


def changed_lines(file: str, old: str, new: str) -> tuple[TextEdit, ...]:
    """What became of the lines of ``old`` in ``new``: one edit for each run of lines that changed."""
    from difflib import SequenceMatcher

    before, after = _lines(old), _lines(new)
    same = _alike(before, after)
    rest = _alike(reversed(before[same:]), reversed(after[same:]))
    inner = before[same : len(before) - rest], after[same : len(after) - rest]
    found: list[TextEdit] = []
    for what, first, last, begin, end in SequenceMatcher(None, *inner, autojunk=False).get_opcodes():
        if what != "equal":
            span = _of_lines(file, before, same + first, same + last)
            found.append(TextEdit(span, "".join(inner[1][begin:end])))
    return tuple(found)


def _of_lines(file: str, lines: list[str], first: int, last: int) -> Span:
    """The span of whole lines; where a file ends without a newline there is no next line for it to end at."""
    if last > first and not lines[last - 1].endswith("\n"):
        return Span(file, first + 1, 1, last, len(lines[last - 1]) + 1)
    return Span(file, first + 1, 1, last + 1, 1)


def offsets(text: str, edits: Iterable[TextEdit]) -> list[Edit]:
    """``edits`` of one file as edits of its ``text``. Raises ``EditError`` where they reach beyond it."""
    starts = [0, *(place + 1 for place, letter in enumerate(text) if letter == "\n"), len(text)]
    found: list[Edit] = []
    for span, new in edits:
        if max(span.line, span.end_line) > len(starts):
            raise EditError("the text has changed")
        found.append(Edit(starts[span.line - 1], starts[span.end_line - 1] + span.end_column - 1, new))
    return found


def _alike(one: Iterable[str], other: Iterable[str]) -> int:
    """How many lines the two have in common at their beginning."""
    count = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        count += 1
    return count


def _lines(text: str) -> list[str]:
    parts = text.split("\n")
    return [part + "\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])
