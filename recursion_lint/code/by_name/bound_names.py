"""The only value that a name has in a source of Java, Go, C#, Ruby or Rust, if it has only one.

A parameter, a variable of a loop, what is assigned twice or might be set by another file has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from recursion_lint.code.by_name.tokens import Tokens, tokens
from recursion_lint.code.location.function_source import SourceLanguage

OWN = frozenset({"this", "self", "Self"})
"""How code calls the object that it belongs to."""
_NO_TYPES = frozenset(
    (
        *(
            "return",
            "new",
            "throw",
            "in",
            "case",
            "await",
            "is",
            "else",
            "yield",
            "and",
            "or",
            "not",
            "async",
        ),
        *("instanceof", "do", "when", "unless", "if", "puts", "raise", "then", "assert", "ref", "out"),
    )
)
"""Words before a name that are no type, so that the name is not declared there."""


class Sources(NamedTuple):
    """The files that a handler is built from, as tokens."""

    language: SourceLanguage
    files: dict[str, Tokens]
    texts: dict[str, str]


_ENDINGS = (".java", ".go", ".cs", ".rb", ".rs")


def sources(language: SourceLanguage, texts: tuple[tuple[str, str], ...]) -> Sources | None:
    """Take the files of a handler apart; ``None`` where that is not done in the language, or fails in one of them."""
    if language in ("python", "javascript") or not all(file.endswith(_ENDINGS) for file, _ in texts):
        return None
    files: dict[str, Tokens] = {}
    for file, text in texts:
        apart = tokens(text, language)
        if apart is None:
            return None
        files[file] = apart
    return Sources(language, files, dict(texts))


def definition(found: Sources, file: str, name: str, member: bool = False) -> tuple[int, int] | None:
    """The tokens of the only value that is put into a name in a file; ``None`` where there may be another."""
    read = found.files[file]
    if _set_elsewhere(found, file, name):
        return None
    values: list[tuple[int, int]] = []
    for index in read.words.get(name, ()):
        kind = _use(found.language, read, index, member)
        if kind == "bound":
            return None
        if kind == "set":
            values.append((index + 1, 0))
    if len(values) != 1:
        return None
    begin = _after_sign(read, values[0][0])
    return (begin, _end_of_value(found.language, read, begin)) if begin is not None else None


_FILLED_IN = r"@(?:Value|ConfigProperty|Property|Inject|Autowired|Named|Setter|Data)"
"""Annotations by which a framework puts a value into a field."""


def _set_elsewhere(found: Sources, file: str, name: str) -> bool:
    """May code in another file set it? What looks like an assignment to that name without declaring it counts."""
    bare = name.lstrip("@").lower()
    mentioned = [(other, text) for other, text in found.texts.items() if bare in text.lower()]
    plain = re.escape(name.lstrip("@"))
    assigned = re.compile(
        rf"(?:\.|^\s*){plain}\s*=[^=~>]|\bset_?{plain}\s*\(|\battr_(?:accessor|writer)\b[^\n]*:{plain}\b"
        + (rf"|^\s*@{plain}\s*\|?\|?=[^=~]" if name.startswith("@") else ""),
        re.M | re.I,
    )
    writers = re.compile(
        rf"\battr_(?:accessor|writer)\b[^\n]*:{plain}\b|\bset_?{plain}\s*\(|{_FILLED_IN}\b[^;]{{0,120}}?\b{plain}\b",
        re.I,
    )
    return any((assigned if other != file else writers).search(text) is not None for other, text in mentioned)


def _after_sign(read: Tokens, index: int) -> int | None:
    """The first token of what is assigned: ``= value``, ``: Type = value``, ``Type = value``."""
    for at in range(index, min(index + 12, len(read.all))):
        if read.is_sign(at, "=", ":=", "||="):
            return at + 1
    return index + 1 if read.is_sign(index, ":") else None


def _end_of_value(language: SourceLanguage, read: Tokens, begin: int) -> int:
    """Where a value ends: at a semicolon or comma outside of brackets, or with the line."""
    index = begin
    by_line = language in ("go", "ruby")
    while index < len(read.all):
        if read.is_sign(index, ";", ",", ")", "]", "}"):
            return index
        if by_line and index > begin and read.all[index].line > read.all[index - 1].line:
            goes_on = read.is_sign(index, ".", "&.") or read.is_sign(index - 1, ".", "+", "||", "(", ",", "=")
            if not goes_on:
                return index
        index = read.partner[index] + 1 if read.is_sign(index, "(", "[", "{") else index + 1
    return index


def _use(language: SourceLanguage, read: Tokens, index: int, member: bool) -> str:
    """What happens to a name at a place: it is ``set``, ``bound`` to what is not seen here, or ``read``."""
    if read.is_sign(index + 1, "+=", "...") or _is_parameter(language, read, index):
        return "bound"
    before = read.is_sign(index - 1, ".", "?.", "&.", "::")
    if read.is_sign(index + 1, "=", "||="):
        if language == "csharp" and read.is_sign(index - 1, "{", ",") and not _is_statement(read, index):
            return "set" if member else "read"
        if before and read.word(index - 2) not in OWN and not member:
            return "bound"
        return "bound" if _is_one_of_many(read, index) else "set"
    if read.is_sign(index + 1, ":="):
        return "bound" if _is_one_of_many(read, index) or read.word(index + 2) == "range" else "set"
    return _other_use(language, read, index, member)


def _other_use(language: SourceLanguage, read: Tokens, index: int, member: bool) -> str:
    """A use without a sign of assignment behind the name."""
    previous = read.word(index - 1)
    if language == "rust":
        if previous in ("let", "mut", "const", "static") and read.is_sign(index + 1, ":"):
            return "set"
        if read.is_sign(index + 1, "@") or previous in ("mut", "ref", "let", "const", "static"):
            return "bound"
        return "set" if member and read.is_sign(index + 1, ":") else "read"
    if language == "go":
        if previous in ("var", "const") and read.word(index + 1) and read.is_sign(index + 2, "="):
            return "set"
        if read.word(index + 1) == "string" and read.is_sign(index + 2, "="):
            return "set"
        if read.is_sign(index - 1, "&") and not read.is_sign(index - 2, ":"):
            return "bound"
        if read.is_sign(index + 1, ",") and _is_one_of_many(read, index):
            return "bound"
        return "set" if member and read.is_sign(index + 1, ":") else "read"
    if language == "ruby":
        return "bound" if read.is_sign(index + 1, ",") and _is_one_of_many(read, index) else "read"
    declared = (previous and previous not in _NO_TYPES) or read.is_sign(index - 1, ">", "]", "?")
    if previous in ("ref", "out"):
        return "bound"
    if declared:
        return "read" if read.is_sign(index + 1, ";") else "bound"
    return "read"


def _is_statement(read: Tokens, index: int) -> bool:
    """Does an assignment end with a semicolon?"""
    end = _end_of_value("csharp", read, index + 2)
    return read.is_sign(end, ";")


def _is_one_of_many(read: Tokens, index: int) -> bool:
    """``a, b = f()``: is a name one of several that are assigned together?"""
    line = read.all[index].line
    signs = ("=", ":=")
    if read.is_sign(index + 1, *signs):
        outer = read.around[index]
        return (
            read.is_sign(index - 1, ",") and read.all[index - 1].line == line and not read.is_sign(outer, "(")
        )
    at = index + 1
    while (
        at < len(read.all)
        and read.all[at].line == line
        and (read.word(at) or read.is_sign(at, ",", "*", "_"))
    ):
        at += 1
    return read.is_sign(at, *signs) and read.all[at].line == line


def _is_parameter(language: SourceLanguage, read: Tokens, index: int) -> bool:
    """Is it bound by a function, a block, a loop or a handler of errors?"""
    previous = read.word(index - 1)
    if language == "ruby" and _on_the_line_of("def", read, index):
        return True
    if read.is_sign(index + 1, "->") or (read.is_sign(index + 1, "=>") and language != "ruby"):
        return True
    if language == "ruby" and (read.is_sign(index - 1, "=>") and read.word(index - 2) == "rescue"):
        return True
    if previous in ("for", "catch", "rescue", "foreach"):
        return True
    if language in ("ruby", "rust") and (read.is_sign(index - 1, "|") or _between_bars(read, index)):
        return True
    return any(_binds(language, read, bracket) for bracket in _brackets(read, index))


def _on_the_line_of(word: str, read: Tokens, index: int) -> bool:
    """Does the line that a token stands on begin with a word?"""
    line, at = read.all[index].line, index
    while at > 0 and read.all[at - 1].line == line:
        at -= 1
    return at < index and word in (read.word(at), read.word(at + 1))


def _between_bars(read: Tokens, index: int) -> bool:
    """``|a, b|``"""
    line = read.all[index].line
    before = any(read.is_sign(at, "|") for at in range(max(index - 6, 0), index) if read.all[at].line == line)
    after = any(
        read.is_sign(at, "|")
        for at in range(index + 1, min(index + 7, len(read.all)))
        if read.all[at].line == line
    )
    return before and after


def _brackets(read: Tokens, index: int) -> Iterator[int]:
    """The round and square brackets around a token, up to the block."""
    outer = read.around[index]
    while outer >= 0 and not read.is_sign(outer, "{"):
        yield outer
        outer = read.around[outer]


def _binds(language: SourceLanguage, read: Tokens, bracket: int) -> bool:
    """Does a bracket hold what a function takes, or a pattern?"""
    close = read.partner[bracket]
    if read.is_sign(close + 1, "->", "=>") and language in ("java", "csharp"):
        return True
    first, second = read.word(bracket - 1), read.word(bracket - 2)
    heads = ("func", "def", "fn", "for", "foreach", "catch")
    if first in heads or second in heads:
        return True
    if language == "go":
        return read.is_sign(bracket - 2, ")") and read.word(read.partner[bracket - 2] - 1) == "func"
    if language == "ruby":
        return read.is_sign(bracket - 2, ".") and read.word(bracket - 4) == "def"
    if language == "rust":
        # A pattern: ``if let Ok(name) = …``, ``Some(name) =>``, a generic function's parameters.
        return read.is_sign(close + 1, "=", "=>") or (
            read.is_sign(bracket - 1, ">")
            and any(read.word(at) == "fn" for at in range(bracket - 8, bracket))
        )
    return False
