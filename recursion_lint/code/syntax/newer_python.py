"""Python of 3.12 and later as a tree, where the Python that runs this tool is older.

What stands in the braces of an f-string may hold any quotes, backslashes, comments and lines since Python 3.12: it is
taken out, read by itself and put back. Type parameters and ``type`` statements are left out, as nothing is run by them.
https://peps.python.org/pep-0701/ https://peps.python.org/pep-0695/
"""

from __future__ import annotations

import ast
import re
import sys
from typing import NamedTuple

_TEXT = re.compile(r"(\w*)(\"\"\"|'''|\"|')")
_PREFIXES = frozenset({"", "r", "u", "b", "f", "br", "rb", "fr", "rf"})
_COMMENT_OR_TEXT = re.compile(r"#[^\n]*|\w*(?:\"\"\"|'''|\"|')")
_SPECIAL = re.compile(r"['\"#\\\n]")
_TYPE_PARAMETERS = re.compile(r"^[ \t]*(?:(?:async[ \t]+)?def|class)[ \t]+\w+[ \t]*(\[)", re.M)
_TYPE_STATEMENT = re.compile(r"^([ \t]*)type([ \t]+)(\w+)(?=[ \t]*[=\[])", re.M)
_EXCEPT_GROUP = re.compile(r"^[ \t]*except[ \t]*(\*)", re.M)
_CONVERSION = re.compile(r"!\s*(\w+)\s*")
_DEEPEST = 20
_CLOSING = {"(": ")", "[": "]", "{": "}"}


class _Field(NamedTuple):
    """A replacement field: where its expression stands, and where the whole ends (behind its brace)."""

    begin: int
    end: int
    told: bool  # ``{x=}`` tells its own text
    behind: int


class _Unclear(Exception):
    """A text that does not end, or that is not worth the trouble."""


def parse_newer(source: str) -> ast.Module | None:
    """The module, by a grammar that may be older than it; ``None`` where that does not help. Lines stay the same."""
    try:
        return _Rewriter(source).module()
    except (_Unclear, SyntaxError, ValueError, RecursionError, IndexError):
        return None


class _Rewriter:
    """One source and what is taken out of it."""

    def __init__(self, source: str, depth: int = 0) -> None:
        if depth > _DEEPEST:
            raise _Unclear
        self.source = source
        self.depth = depth
        self.taken: dict[str, ast.expr] = {}
        self.mark = "_f"
        while self.mark in source:
            self.mark += "_"

    def module(self) -> ast.Module:
        found = ast.parse(self._rewritten() + "\n")
        return _PutBack(self.taken).visit(found) if self.taken else found

    def expression(self, line: int, column: int) -> ast.expr:
        """The source as an expression that stands at a place of its module; columns are bytes."""
        found = ast.parse("(" + self._rewritten() + "\n)", mode="eval").body
        for node in ast.walk(found):
            if isinstance(node, (ast.expr, ast.keyword, ast.arg)):
                _shift(node, line, column)
        return found if not self.taken else _PutBack(self.taken).visit(found)

    def _rewritten(self) -> str:
        pieces: list[tuple[str, bool]] = []
        source, at = self.source, 0
        while found := _COMMENT_OR_TEXT.search(source, at):
            begin = found.start()
            opened = _opened(source, begin)
            if opened is None:
                pieces += [(source[at:begin], True), (found[0], False)]
                at = found.end()
                continue
            prefix, begin, quote, letters = opened
            pieces.append((source[at:begin], True))
            if "f" in prefix:
                text, at = self._formatted(begin, letters, quote, "r" in prefix)
            else:
                at = _end_of_text(source, letters, quote)
                text = source[begin:at]
            pieces.append((text, False))
        return _without_types([*pieces, (source[at:], True)])

    def _formatted(self, begin: int, at: int, quote: str, raw: bool) -> tuple[str, int]:
        out, lines = [self.source[begin:at]], 0
        while not self.source.startswith(quote, at):
            piece, at, more = self._piece(at, quote, raw, spec=False)
            out.append(piece)
            lines += more
        return "".join(out) + quote + "\\\n" * lines, at + len(quote)

    def _piece(self, at: int, quote: str, raw: bool, spec: bool) -> tuple[str, int, int]:
        """A letter, an escape or a field; with the lines that were taken out."""
        source = self.source
        if at >= len(source) or (len(quote) == 1 and source[at] == "\n"):
            raise _Unclear
        if source.startswith("\\N{", at) and not raw:
            end = source.index("}", at) + 1
            return source[at:end], end, 0
        if source[at] == "\\" and source[at + 1] not in "{}":
            return source[at : at + 2], at + 2, 0
        if source[at : at + 2] in ("{{", "}}") and not spec:
            return source[at : at + 2], at + 2, 0
        if source[at] != "{":
            return source[at], at + 1, 0
        return self._replacement(at, quote, raw)

    def _replacement(self, at: int, quote: str, raw: bool) -> tuple[str, int, int]:
        field = _field(self.source, at + 1)
        text = self.source[field.begin : field.end]
        plain = not _SPECIAL.search(text)
        inner, lines = text, 0
        if field.told and not plain:
            raise _Unclear
        if not plain:
            inner, lines = self._take_out(field, quote)
        end = field.behind
        out = ["{", inner, self.source[field.end : end]]
        if self.source[end] == "!":
            conversion = _CONVERSION.match(self.source, end)
            if conversion is None:
                raise _Unclear
            out.append("!" + conversion[1])
            end = conversion.end()
        if self.source[end] == ":":
            out.append(":")
            end += 1
            while self.source[end] != "}":
                piece, end, more = self._piece(end, quote, raw, spec=True)
                out.append(piece)
                lines += more
        if self.source[end] != "}":
            raise _Unclear
        return "".join(out) + "}", end + 1, lines

    def _take_out(self, field: _Field, quote: str) -> tuple[str, int]:
        """A name in place of an expression, and the lines that go with it."""
        text = self.source[field.begin : field.end]
        before = self.source[: field.begin]
        column = len(before[before.rfind("\n") + 1 :].encode())
        name = f"{self.mark}{len(self.taken)}"
        inner = _Rewriter(text, self.depth + 1)
        self.taken[name] = inner.expression(before.count("\n") + 1, column)
        lines = text.count("\n")
        if len(quote) == 3:
            return name + "\n" * lines, 0
        return name + " " * max(0, len(text) - len(name) if not lines else 0), lines


class _PutBack(ast.NodeTransformer):
    def __init__(self, taken: dict[str, ast.expr]) -> None:
        self.taken = taken

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.taken.get(node.id, node)


def _shift(node: ast.expr | ast.keyword | ast.arg, line: int, column: int) -> None:
    """Moves a node that was read behind a bracket to its place in the module."""
    if node.lineno == 1:
        node.col_offset += column - 1
    if node.end_lineno == 1 and node.end_col_offset is not None:
        node.end_col_offset += column - 1
    node.lineno += line - 1
    if node.end_lineno is not None:
        node.end_lineno += line - 1


def _end_of_text(source: str, at: int, quote: str) -> int:
    """Behind the closing quote of a plain text."""
    while not source.startswith(quote, at):
        if at >= len(source) or (len(quote) == 1 and source[at] == "\n"):
            raise _Unclear
        at += 2 if source[at] == "\\" else 1
    return at + len(quote)


def _end_of_formatted(source: str, at: int, quote: str, raw: bool, depth: int) -> int:
    """Behind the closing quote of an f-string."""
    while not source.startswith(quote, at):
        if at >= len(source) or (len(quote) == 1 and source[at] == "\n"):
            raise _Unclear
        if source.startswith("\\N{", at) and not raw:
            at = source.index("}", at) + 1
        elif (source[at] == "\\" and source[at + 1] not in "{}") or source[at : at + 2] in ("{{", "}}"):
            at += 2
        elif source[at] == "{":
            at = _end_of_field(source, at + 1, quote, raw, depth)
        else:
            at += 1
    return at + len(quote)


def _end_of_field(source: str, at: int, quote: str, raw: bool, depth: int) -> int:
    """Behind the brace that closes a field."""
    at = _field(source, at, depth).behind
    while source[at] not in ":}":
        at += 1
    if source[at] == "}":
        return at + 1
    at += 1
    while source[at] != "}":
        if len(quote) == 1 and source[at] == "\n":
            raise _Unclear
        at = _end_of_field(source, at + 1, quote, raw, depth) if source[at] == "{" else at + 1
    return at + 1


def _field(source: str, at: int, depth: int = 0) -> _Field:
    """The field whose expression begins at a place."""
    if depth > _DEEPEST:
        raise _Unclear
    begin, open_brackets = at, []
    while True:
        letter = source[at]
        if letter in "'\"" or letter.isalnum() or letter == "_":
            at = _past_word(source, at, depth)
        elif letter == "#":
            at = source.index("\n", at)
        elif letter in _CLOSING:
            open_brackets.append(_CLOSING[letter])
            at += 1
        elif open_brackets and letter == open_brackets[-1]:
            open_brackets.pop()
            at += 1
        elif not open_brackets and (letter in ":}" or (letter == "!" and source[at + 1] != "=")):
            break
        else:
            at += 2 if source[at : at + 2] in ("!=", "==", "<=", ">=") else 1
    text = source[begin:at]
    bare = text.rstrip()
    told = bare.endswith("=") and bare[-2:] not in ("==", "!=", "<=", ">=")
    end = begin + (len(bare) - 1 if told else len(text))
    return _Field(begin, end, told, at)


def _past_word(source: str, at: int, depth: int) -> int:
    """Behind a word, or behind the text that it is the prefix of."""
    opened = _opened(source, at)
    if opened is None:
        while source[at].isalnum() or source[at] == "_":
            at += 1
        return at
    prefix, begin, quote, letters = opened
    if begin > at:
        return begin
    if "f" in prefix:
        return _end_of_formatted(source, letters, quote, "r" in prefix, depth + 1)
    return _end_of_text(source, letters, quote)


def _opened(source: str, at: int) -> tuple[str, int, str, int] | None:
    """Prefix, begin, quote and begin of the letters of the text that opens at a place, perhaps behind a word."""
    found = _TEXT.match(source, at)
    if found is None:
        return None
    prefix = found[1].lower()
    begin = at if prefix in _PREFIXES else found.start(2)
    return prefix if prefix in _PREFIXES else "", begin, found[2], found.end()


def _without_types(pieces: list[tuple[str, bool]]) -> str:
    """The source without type parameters and ``type`` statements. Each piece is code, or a text or a comment."""
    text = "".join(piece for piece, _ in pieces)
    bare = "".join(piece if code else re.sub(r"[^\n]", "_", piece) for piece, code in pieces)
    edits: list[tuple[int, int, str]] = []
    for found in _TYPE_PARAMETERS.finditer(bare):
        edits.append(_blank(bare, text, found.start(1)))
    for found in _TYPE_STATEMENT.finditer(bare):
        name = found[3] + " " * (found.end() - found.start(3))
        edits.append(
            (found.end(1), found.end(), name[: found.end() - found.end(1)].ljust(found.end() - found.end(1)))
        )
        after = re.compile(r"[ \t]*\[").match(bare, found.end())
        if after is not None:
            edits.append(_blank(bare, text, after.end() - 1))
    if sys.version_info < (3, 11):
        edits += [(found.start(1), found.end(1), " ") for found in _EXCEPT_GROUP.finditer(bare)]
    for begin, end, told in sorted(edits, reverse=True):
        text = text[:begin] + told + text[end:]
    return text


def _blank(bare: str, text: str, at: int) -> tuple[int, int, str]:
    """Nothing in place of what stands in brackets."""
    depth = 0
    for end in range(at, len(bare)):
        depth += (bare[end] == "[") - (bare[end] == "]")
        if not depth:
            lines = text.count("\n", at, end)
            return at, end + 1, " " * (end + 1 - at - lines) + "\\\n" * lines
    raise _Unclear
