"""JSON or YAML that a string holds, with symbols where the template computes a part of it → nodes.

The parser is given a word for each symbol. The words are made from a digest of the whole text, so that no text can hold
one of its own, written out or escaped.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence

from recursion_lint.model.spans import Span
from recursion_lint.model.text import Part, Symbol, Text, render, text
from recursion_lint.template.yaml.nodes import Node, parse, symbols

_DIGEST_BYTES = 12
_PLACEHOLDER = re.compile(r"\$\{([\w.:-]+)\}")


class ComputedKey(str):
    """The key of a map that the template computes: ``text`` is what it is, the string only shows it."""

    __slots__ = ("text",)
    text: Text

    def __new__(cls, value: Text) -> ComputedKey:
        made = super().__new__(cls, render(value))
        made.text = value
        return made


def with_placeholders(value: Text) -> Text:
    """``value`` with each ``${Name}`` in its strings as a symbol: ``"Max": ${Max}`` is no JSON otherwise."""
    return text(piece for part in value for piece in _placeholders(part))


def _placeholders(part: Part) -> Sequence[Part]:
    if not isinstance(part, str) or "${" not in part:
        return (part,)
    pieces = _PLACEHOLDER.split(part)
    return [Symbol("placeholder", piece) if at % 2 else piece for at, piece in enumerate(pieces)]


def parse_text(value: Text, file: str, at: Span | None = None) -> Node:
    """The root node of the JSON or YAML in ``value``, where a string with a symbol in it is symbolic text.

    The span of everything is ``at``; without it the spans are those in ``value``, where a placeholder is as wide as it
    is written. Raises ``SourceError`` with a line for what is neither JSON nor YAML.
    """
    held = [part for part in value if isinstance(part, Symbol)]
    if not held:
        root = parse("".join(map(str, value)), file)
        return root if at is None else _restored(root, None, held, at)
    stem = _stem(value)
    words = {id(part): f"{stem}{number}x" for number, part in enumerate(held)}
    pieces = [(part, words.get(id(part), "")) for part in value]
    content = "".join(word or str(part) for part, word in pieces)
    root = parse(content, file, None if at is not None else _columns(pieces))
    return _restored(root, re.compile(rf"{stem}(\d+)x"), held, at)


def _stem(value: Text) -> str:
    """What the words for the symbols of ``value`` begin with."""
    from hashlib import blake2b  # it loads OpenSSL, which most runs do without

    digest = blake2b(digest_size=_DIGEST_BYTES)
    for part in value:
        given = repr(part) if isinstance(part, Symbol) else part
        digest.update(f"{len(given)},".encode())
        digest.update(given.encode("utf-8", "surrogatepass"))
    return f"m{digest.hexdigest()}x"


def _restored(node: Node, word: re.Pattern[str] | None, held: Sequence[Symbol], at: Span | None) -> Node:
    """``node`` with symbols for their words, and with the span ``at`` everywhere if there is one."""
    if node.kind == "list":
        return Node("list", [_restored(child, word, held, at) for child in node.value], at or node.span)
    if node.kind == "map":
        entries = [
            (_key(key, word, held), at or span, _restored(child, word, held, at))
            for key, span, child in node.entries()
        ]
        return Node("map", entries, at or node.span)
    found = _symbolic(node.value, word, held)
    if found is not None:
        return symbols(found, at or node.span)
    return node if at is None else Node("scalar", node.value, at, node.quoted)


def _key(key: str, word: re.Pattern[str] | None, held: Sequence[Symbol]) -> str:
    found = _symbolic(key, word, held)
    return key if found is None else ComputedKey(found)


def _symbolic(value: str, word: re.Pattern[str] | None, held: Sequence[Symbol]) -> Text | None:
    """A string with the symbols whose words are in it; ``None`` where there are none."""
    pieces = word.split(value) if word is not None else []
    if len(pieces) < 2:
        return None
    return text(held[int(piece)] if at % 2 else piece for at, piece in enumerate(pieces))


def _columns(pieces: Sequence[tuple[Part, str]]) -> Callable[[int, int], int]:
    """Line and column of what is parsed → the column before words stood for placeholders. All count from 0."""
    line, column, narrower = 0, 0, 0
    moved: dict[int, list[tuple[int, int]]] = {}
    for part, word in pieces:
        if not isinstance(part, Symbol):
            lines = re.split(r"\r\n|[\n\r\x85\u2028\u2029]", part)
            if len(lines) > 1:
                line, column, narrower = line + len(lines) - 1, 0, 0
            column += len(lines[-1])
            continue
        column += len(word)
        narrower += len(word) - len(part.name) - len("${}")
        moved.setdefault(line, [(0, 0)]).append((column, narrower))
    return lambda at, there: there - _moved(moved, at, there)


def _moved(moved: Mapping[int, list[tuple[int, int]]], line: int, column: int) -> int:
    steps = moved.get(line)
    return steps[bisect_right(steps, (column, column)) - 1][1] if steps else 0
