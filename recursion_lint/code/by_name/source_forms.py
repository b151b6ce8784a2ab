"""What a name in a source of Java, Go, C# or Ruby is part of: an import, a declaration, the making of a request."""

from __future__ import annotations

from recursion_lint.code.by_name.bound_names import OWN
from recursion_lint.code.by_name.tokens import Tokens
from recursion_lint.code.location.function_source import SourceLanguage

_NO_CALL = frozenset(
    (
        "return",
        "new",
        "await",
        "throw",
        "else",
        "yield",
        "in",
        "case",
        "and",
        "or",
        "not",
        "do",
        "go",
        "defer",
    )
)
"""Words before a name after which it is no declaration."""


def sets(read: Tokens, at: int) -> bool:
    """Is something put into what stands before a name? To ask for it is none."""
    if read.is_sign(at + 1, "("):
        return read.is_sign(at - 1, ".") and read.partner[at + 1] > at + 2
    if read.is_sign(at + 1, "="):
        of_another = read.is_sign(at - 1, ".") and read.word(at - 2) not in OWN
        return of_another or read.is_sign(at - 1, "{", ",")
    return read.is_sign(at + 1, ":") and read.is_sign(at - 1, "{", ",", "")


def request_of(language: SourceLanguage, read: Tokens, at: int) -> str:
    """The kind of request whose making a setter is part of; empty where that is not seen."""
    if language == "java":
        index = at - 1
        while read.is_sign(index, ".") and read.is_sign(index - 1, ")"):
            name = read.partner[index - 1] - 1
            if read.word(name) == "builder":
                return read.word(name - 2)
            if read.word(name - 1) == "new":
                return read.word(name)
            index = name - 1
        return ""
    brace = read.around[at]
    if brace < 0 or not read.is_sign(brace, "{"):
        return ""
    index = brace - 1
    if read.is_sign(index, ")"):
        index = read.partner[index] - 1
    word = read.word(index)
    made = read.word(index - 1) == "new" or read.word(index - 3) == "new" or language == "go"
    return word if word[:1].isupper() and made else ""


def imported(read: Tokens, index: int) -> bool:
    """Does a name stand in an import?"""
    line, at = read.all[index].line, index
    while at > 0 and (read.all[at - 1].line == line or read.is_sign(read.around[at], "{")):
        at -= 1
        if read.is_sign(at, ";", "(", "="):
            return False
        if read.word(at) in ("import", "using", "use", "require"):
            return True
    return read.word(at) in ("import", "using", "use", "require")


def declares(language: SourceLanguage, read: Tokens, index: int) -> bool:
    """Is a name that of a function which is declared there?"""
    previous = read.word(index - 1)
    if language in ("ruby", "rust", "go") and previous in ("def", "fn", "func"):
        return True
    if language == "ruby":
        return (
            read.is_sign(index - 1, ".") and read.word(index - 2) == "self" and read.word(index - 3) == "def"
        )
    if language == "go":
        method = read.is_sign(index - 1, ")") and read.word(read.partner[index - 1] - 1) == "func"
        outer = read.around[index]
        return method or (outer >= 0 and read.word(outer - 1) == "interface")
    if language in ("java", "csharp") and read.is_sign(index + 1, "("):
        return bool(previous and previous not in _NO_CALL) or read.is_sign(index - 1, ">", "]", "?")
    return False


def past_arguments(read: Tokens, index: int) -> int:
    """The brace behind a constructor's arguments, or where it would be."""
    return read.partner[index] + 1 if read.is_sign(index, "(") else index


def target_typed(read: Tokens, at: int) -> int | None:
    """The brace of ``Request name = new() { … }``."""
    if read.word(at + 1) and read.is_sign(at + 2, "=") and read.word(at + 3) == "new":
        return past_arguments(read, at + 4) if read.is_sign(at + 4, "(") else None
    return None


def assigned_to(read: Tokens, at: int) -> str:
    """The name that a request is put into as it is made."""
    index = at - 1
    while read.is_sign(index, ".", "&", "*") or read.word(index) == "new":
        index -= 2 if read.is_sign(index, ".") else 1
    if read.is_sign(at + 2, "=") and read.word(at + 1):
        return read.word(at + 1)
    return read.word(index - 1) if read.is_sign(index, "=", ":=") else ""
