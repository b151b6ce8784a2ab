"""Text → ``Node``s with spans, made from the parser's raw nodes when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Literal

from recursion_lint.model.spans import Span
from recursion_lint.model.text import Text
from recursion_lint.template.yaml.composer import MAX_DEPTH, compose
from recursion_lint.template.yaml.files import SourceError

Kind = Literal["map", "list", "scalar", "symbols"]


class Node:
    """A value of a template with its span. Short-form tags (``!Ref x``) read as their long form.

    ``value`` holds a list of ``(key, key span, node)`` for a map, of nodes for a list, the raw text for a
    scalar, and symbolic text for ``symbols`` (a placeholder in JSON held by a string). ``quoted`` tells
    ``"true"`` from ``true``. Of keys that stand twice in a map the last one wins, as in CloudFormation.

    Nodes of a file are made when they are asked for: most of a template says nothing about events.
    """

    __slots__ = ("_call", "_depth", "_index", "_raw", "_raws", "_span", "_tree", "_value", "kind", "quoted")

    def __init__(
        self,
        kind: Kind,
        value: Any,
        span: Span | None,
        quoted: bool = False,
        raw: Any = None,
        tree: _Tree | None = None,
        depth: int = 0,
    ) -> None:
        self.kind = kind
        self.quoted = quoted
        self._value = value
        self._span = span
        self._raw = raw
        self._tree = tree
        self._depth = depth
        # The entries of a map: as PyYAML has them, and the nodes that were made of them.
        self._raws: dict[str, tuple[Any, Any]] | None = None
        self._index: dict[str, Node] | None = None
        self._call: tuple[str, Node] | Literal[False] | None = None

    @property
    def span(self) -> Span:
        if self._span is None and self._tree is not None:
            self._span = self._tree.span(self._raw)
        return self._span  # type: ignore[return-value]

    @property
    def value(self) -> Any:
        if self._value is None:
            if self.kind == "map":
                self._value = self._entries()
            elif self._tree is not None:
                self._value = [self._tree.node(item, self._depth + 1) for item in self._raw.value]
        return self._value

    @property
    def duplicates(self) -> list[tuple[str, Span]]:
        """The keys of a map that stand there again later, with the places that do not count."""
        return self._tree.duplicates(self) if self._tree is not None and self.kind == "map" else []

    def items(self) -> list[tuple[str, Node]]:
        """The keys of a map in order with what they hold; nothing for other kinds."""
        if self.kind != "map":
            return []
        index = self._made()
        if self._value is not None:
            return [(name, child) for name, _, child in self._value]
        return [(name, index[name]) for name in self._raws or index]

    def entries(self) -> list[tuple[str, Span, Node]]:
        """The keys of a map in order, where they stand and what they hold; nothing for other kinds."""
        return self.value if self.kind == "map" else []

    def elements(self) -> list[Node]:
        """The items of a list; nothing for other kinds."""
        return self.value if self.kind == "list" else []

    def each(self) -> list[Node]:
        """The items of a list, or the node itself where one value stands for a list of one."""
        return self.value if self.kind == "list" else [self]

    def get(self, *path: str) -> Node | None:
        """The node below ``path`` of map keys, or ``None``."""
        # Readers ask for many keys, most of them absent: what is not there must be told without further calls.
        node = self
        for key in path:
            if node.kind != "map":
                return None
            index = node._index
            if index is None:
                index = node._open()
            found = index.get(key)
            if found is None:
                raws = node._raws
                if raws is None or key not in raws or node._tree is None:
                    return None
                found = index[key] = node._tree.node(raws[key][1], node._depth + 1)
            node = found
        return node

    def _open(self) -> dict[str, Node]:
        """Make the entries of a map ready to be asked for, without making a node of each."""
        if self._index is None:
            if self._value is None and self._tree is not None:
                self._raws = _plain_entries(self._raw)
                if self._raws is None:
                    self._value = self._tree.merged(self._raw, self._depth + 1)
            self._index = {} if self._raws is not None else {name: child for name, _, child in self._value}
        return self._index

    def _made(self) -> dict[str, Node]:
        """The nodes of a map by name, each of them made."""
        index, tree = self._open(), self._tree
        if self._raws is not None and tree is not None and len(index) < len(self._raws):
            for name, (_, child) in self._raws.items():
                if name not in index:
                    index[name] = tree.node(child, self._depth + 1)
        return index

    def _entries(self) -> list[tuple[str, Span, Node]]:
        """The entries of a map, with the spans of their keys."""
        index, tree = self._made(), self._tree
        if self._value is not None:
            entries: list[tuple[str, Span, Node]] = self._value
            return entries
        if self._raws is None or tree is None:
            return [(name, child.span, child) for name, child in index.items()]
        return [(name, tree.span(key), index[name]) for name, (key, _) in self._raws.items()]

    def key_span(self, key: str) -> Span:
        """The span of ``key`` in a map; the map's own where it is absent."""
        return next((span for name, span, _ in self.entries() if name == key), self.span)

    def has_key_like(self, begin: str) -> bool:
        """Does some key below begin so? Tells it without making a node."""
        stack, seen, length = [self._raw] if self._raw is not None else [], set(), len(begin)
        while stack:
            raw = stack.pop()
            if raw.id == "scalar" or id(raw) in seen:
                continue
            seen.add(id(raw))
            if raw.id == "sequence":
                stack += raw.value
                continue
            for key, value in raw.value:
                if key.id == "scalar" and key.value[:length] == begin:
                    return True
                stack.append(value)
        return False

    @property
    def text(self) -> str | None:
        """The raw text of a scalar, else ``None``."""
        return self._value if self.kind == "scalar" else None

    @property
    def null(self) -> bool:
        return self.kind == "scalar" and not self.quoted and self._value in ("", "~", "null", "Null", "NULL")

    @property
    def block(self) -> bool:
        """Is it a block of lines, after ``|`` or ``>``?"""
        return self._raw is not None and self._raw.style in ("|", ">")

    @property
    def shared(self) -> bool:
        """May it, or what is below it, stand in another place too? Nodes of a text with aliases may."""
        return self._tree is None or self._tree.made is not None

    @property
    def boolean(self) -> bool | None:
        """``True``/``False`` for the spellings CloudFormation takes (``"false"`` too), else ``None``."""
        if self.kind != "scalar":
            return None
        return {"true": True, "false": False, "yes": True, "no": False, "on": True, "off": False}.get(
            self.value.lower()
        )

    @property
    def intrinsic(self) -> tuple[str, Node] | None:
        """``("Fn::Sub", argument)`` for a map of one key that names a function, else ``None``."""
        if self.kind != "map":
            return None
        if self._call is None:
            self._call = self._called() or False
        return self._call or None

    def _called(self) -> tuple[str, Node] | None:
        index = self._open()
        names: Mapping[str, Any] = index if self._raws is None else self._raws
        if len(names) == 1:
            (name,) = names
            if name == "Ref" or name == "Condition" or name.startswith("Fn::"):
                argument = self.get(name)
                return (name, argument) if argument is not None else None
        return None


def mapping(entries: list[tuple[str, Node]], span: Span) -> Node:
    """A map made by us (SAM's expansions), whose values keep their own spans; a key stands where its value does."""
    made = Node("map", None, span)
    made._index = dict(entries)
    return made


def scalar(value: str, span: Span) -> Node:
    """A scalar made by us, standing for what ``span`` says."""
    return Node("scalar", value, span, quoted=True)


def symbols(value: Text, span: Span) -> Node:
    """Symbolic text made by us, as the value of a function that no template can hold."""
    return Node("map", [("Fn::Symbols", span, Node("symbols", value, span))], span)


def sequence(nodes: list[Node], span: Span) -> Node:
    """A list made by us."""
    return Node("list", nodes, span)


def parse(content: str, file: str, column: Callable[[int, int], int] | None = None) -> Node:
    """Text → its root node. Raises ``SourceError`` with a line for what is neither YAML nor JSON.

    ``column`` tells which column is meant by a line and a column of ``content``, counted from 0, if another.
    """
    return _parsed(content, file, column)


@lru_cache(maxsize=1)
def _parsed(content: str, file: str, column: Callable[[int, int], int] | None) -> Node:
    """What was just read is read again: to be edited, and to be linted as it was edited."""
    raw, aliases = compose(content)
    return _Tree(file, aliases, column, _end_without_newline(content)).node(raw, 0)


LINE_ENDS = "\n\r\x85\u2028\u2029"
"""What ends a line of YAML 1.1: https://yaml.org/spec/1.1/#id871136"""


def _end_without_newline(content: str) -> tuple[int, int] | None:
    """Letters in all and in the last line of a text that ends within a line: the parser ends a block one line below."""
    last = content[max(map(content.rfind, LINE_ENDS)) + 1 :]
    return (len(content), len(last)) if last else None


_SHORT_FORMS = {"!Ref": "Ref", "!Condition": "Condition"}


class _Tree:
    """Makes the nodes of one file from PyYAML's. With ``aliases`` what is shared there is shared here.

    A file without aliases keeps no list of its nodes: they would hold one another until garbage is looked for.
    """

    def __init__(
        self,
        file: str,
        aliases: bool,
        column: Callable[[int, int], int] | None = None,
        end: tuple[int, int] | None = None,
    ) -> None:
        self.file = file
        self.column = column
        self.end = end
        self.made: dict[int, Node] | None = {} if aliases else None

    def node(self, raw: Any, depth: int) -> Node:
        if self.made is not None and id(raw) in self.made:
            return self.made[id(raw)]
        if depth > MAX_DEPTH:
            raise SourceError(f"nests deeper than {MAX_DEPTH} levels", raw.start_mark.line + 1)
        kind = _KINDS[raw.id]
        if kind == "scalar":
            node = Node(kind, raw.value, None, raw.style in _QUOTED, raw, self, depth)
        else:
            node = Node(kind, None, None, False, raw, self, depth)
        tag = raw.tag
        if tag and tag[0] == "!" and len(tag) > 1:
            node = _long_form(str(tag), node)
        if self.made is not None:
            self.made[id(raw)] = node
        return node

    def span(self, raw: Any) -> Span:
        start, end = raw.start_mark, raw.end_mark
        if self.column is not None:
            first, last = self.column(start.line, start.column), self.column(end.line, end.column)
            return Span(self.file, start.line + 1, first + 1, end.line + 1, last + 1)
        if self.end is not None and end.column == 0 and end.index >= self.end[0]:
            return Span(self.file, start.line + 1, start.column + 1, max(end.line, 1), self.end[1] + 1)
        return Span(self.file, start.line + 1, start.column + 1, end.line + 1, end.column + 1)

    def merged(self, raw: Any, depth: int) -> list[tuple[str, Span, Node]]:
        """The entries of a map with ``<<`` or with keys that stand twice: the last of a name counts."""
        entries: dict[str, tuple[Span, Node]] = {}
        merged: list[Node] = []
        for raw_key, raw_value in raw.value:
            name = raw_key.value
            if not isinstance(name, str):
                continue
            child = self.node(raw_value, depth)
            if name == "<<" and raw_key.style is None:
                merged += child.each()
                continue
            entries.pop(name, None)
            entries[name] = (self.span(raw_key), child)
        for below in merged:
            for name, where, child in below.entries():
                entries.setdefault(name, (where, child))
        return [(name, where, child) for name, (where, child) in entries.items()]

    def duplicates(self, node: Node) -> list[tuple[str, Span]]:
        """The keys of a map that stand there again later; a short form has one key."""
        if any(argument._raw is node._raw for argument in (node._index or {}).values()):
            return []
        keys = [key for key, _ in node._raw.value if isinstance(key.value, str)]
        last = {key.value: key for key in keys}
        return [(key.value, self.span(key)) for key in keys if last[key.value] is not key]


_QUOTED = frozenset({"'", '"', "|", ">"})
_KINDS: Mapping[str, Kind] = {"scalar": "scalar", "sequence": "list", "mapping": "map"}


def _plain_entries(raw: Any) -> dict[str, tuple[Any, Any]] | None:
    """Name → key and value of a map as PyYAML has it; ``None`` where names repeat, merge or are no strings."""
    try:
        found = {key.value: (key, child) for key, child in raw.value}
    except TypeError:  # a list or a map as a key
        return None
    return found if len(found) == len(raw.value) and "<<" not in found else None


def _long_form(tag: str, node: Node) -> Node:
    """``!Sub x`` as the map ``Fn::Sub: x``, whose key stands where the tag does."""
    name = _SHORT_FORMS.get(tag, "Fn::" + tag[1:])
    outer = Node("map", None, None, False, node._raw, node._tree, node._depth)
    outer._index = {name: node}
    return outer


def walk(node: Node, budget: int = 100_000) -> Iterator[Node]:
    """``node`` and everything below it, each shared node once, at most ``budget`` of them."""
    seen: set[int] = set()
    stack = [node]
    while stack and len(seen) < budget:
        here = stack.pop()
        if id(here) in seen:
            continue
        seen.add(id(here))
        yield here
        if here.kind == "map":
            stack += [child for _, child in reversed(here.items())]
        elif here.kind == "list":
            stack += reversed(here.value)


def written(node: Node, budget: int = 12) -> str:
    """``node`` as one line that tells it from others, shortened where it is deep."""
    if node.kind == "scalar":
        return str(node.value)
    if budget == 0:
        return "…"
    if node.kind == "list":
        return "[" + ",".join(written(item, budget - 1) for item in node.elements()) + "]"
    return "{" + ",".join(f"{key}:{written(child, budget - 1)}" for key, child in node.items()) + "}"
