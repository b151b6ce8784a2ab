"""Source text of Java, Go, C#, Ruby and Rust as words, texts and signs, with brackets matched.

No grammar: enough to see what is called with what. A file that does not come out even is not taken apart at all.
"""

import re
from functools import lru_cache
from typing import Literal, NamedTuple

from recursion_lint.code.location.function_source import SourceLanguage

Kind = Literal["word", "text", "template", "number", "sign"]
"""A ``template`` is a text of which not every letter is known."""


class Token(NamedTuple):
    """A piece of source. ``value`` is a text without its quotes; ``at`` counts characters, ``line`` from 1."""

    kind: Kind
    value: str
    at: int
    end: int
    line: int


class Tokens(NamedTuple):
    """All of a file. ``partner`` leads from a bracket to the other one; ``around`` from a token to the bracket that it
    stands in, -1 where there is none."""

    all: tuple[Token, ...]
    partner: dict[int, int]
    around: tuple[int, ...]
    by_place: dict[int, int]
    """By the place of their first character."""
    words: dict[str, tuple[int, ...]]

    def is_sign(self, index: int, *signs: str) -> bool:
        """Is there one of these signs?"""
        if not 0 <= index < len(self.all):
            return False
        token = self.all[index]
        return token.kind == "sign" and token.value in signs

    def word(self, index: int) -> str:
        """The word there; empty where there is something else."""
        return self.all[index].value if 0 <= index < len(self.all) and self.all[index].kind == "word" else ""

    def parts(self, low: int, high: int, *signs: str) -> list[tuple[int, int]]:
        """The ranges between signs that stand in no bracket of their own."""
        found, begin, index = [], low, low
        while index < high:
            if self.is_sign(index, *signs):
                found.append((begin, index))
                begin = index + 1
            index = self.partner[index] + 1 if self.is_sign(index, "(", "[", "{") else index + 1
        return [*found, (begin, high)] if begin < high else found


_SIGNS = r":=|=>|->|===|==|!=|<=|>=|&&|\|\|=|\|\||\?\?=|\?\?|::|\?\.|&\.|\.\.\.|\+=|[^\w\s]"
_DOUBLE = r'"(?:\\.|[^"\\\n])*"'
_SLASHES = r"//[^\n]*|/\*.*?\*/"
_QUOTED: dict[SourceLanguage, tuple[str, str, str]] = {
    # What says nothing, texts, and texts with something put in.
    "java": (_SLASHES, _DOUBLE, r'""".*?"""|' + r"'(?:\\.[^']*|[^'\\\n])'"),
    "go": (_SLASHES, _DOUBLE + r"|`[^`]*`", r"'(?:\\.[^']*|[^'\\\n])'"),
    "csharp": (
        _SLASHES + r"|(?m:^)[ \t]*\#[^\n]*",
        _DOUBLE,
        r'\$*"{3,}.*?"{3,}|(?:\$@|@\$?)"(?:""|[^"])*"'
        r'|\$"(?:\\.|\{\{|\}\}|\{[^{}\n]*\}|[^"\\{}\n])*"' + r"|'(?:\\.[^']*|[^'\\\n])'",
    ),
    "ruby": (
        r"\#[^\n]*|(?m:^)=begin\b.*?(?m:^)=end\b|(?m:^)__END__.*",
        _DOUBLE.replace(r"\\.|", r"\\.|\#\{[^{}]*\}|") + r"|'(?:\\.|[^'\\])*'",
        r"%[qQwWiIrsx](?:\[[^\]]*\]|\([^)]*\)|\{[^}]*\}|<[^>]*>|\|[^|]*\||![^!]*!)|`[^`]*`"
        r"|<<[~-]?(?P<q>['\"]?)(?P<here>[A-Z]\w*)(?P=q)(?=[^\n]*\n.*?^[ \t]*(?P=here)\s*$)"
        r"|(?:(?<=[(,=~|&!?:\[{] )|(?<=[(,=~|&!?:\[{])|(?<=\bif )|(?<=\bwhen ))/(?:\\.|[^/\\\n])+/",
    ),
    "rust": (
        _SLASHES,
        r'"(?:\\.|[^"\\])*"',
        r'b?r(?P<h>\#*)".*?"(?P=h)|b"(?:\\.|[^"\\])*"|b?' + r"'(?:\\[^']+|[^'\\\n])'|'[a-z_]\w*",
    ),
}
_WORDS: dict[SourceLanguage, str] = {"ruby": r"(?:@{1,2}|\$)?[^\W\d]\w*(?:[?!](?![=~]))?"}
_CLOSES = {")": "(", "]": "[", "}": "{"}


def tokens(text: str, language: SourceLanguage) -> Tokens | None:
    """The tokens of a file; ``None`` where its quotes or brackets do not come out even."""
    found: list[Token] = []
    line, counted, place = 1, 0, 0
    skip: tuple[int, int] | None = None
    search = _pattern(language).search
    while (match := search(text, place)) is not None:
        if skip is not None and match.end() > skip[0]:
            # The line on which a text was announced is over: what follows is that text.
            place, skip = skip[1], None
            continue
        line += text.count("\n", counted, match.start())
        counted, place = match.start(), match.end()
        kind, value = match.lastgroup, match[0]
        if kind == "sign" and value in ('"', "`"):
            return None
        here = match.groupdict().get("here")
        if here:
            skip = _text_below(text, match.end(), here)
        if kind != "nothing":
            found.append(_token(kind, value, match, line))
    return _matched(tuple(found))


def _text_below(text: str, start: int, word: str) -> tuple[int, int]:
    """Where a text begins that ends with a word on a line of its own, and where it is over."""
    begin = text.find("\n", start)
    end = re.compile(rf"^[ \t]*{word}\s*$", re.M).search(text, begin)
    return begin, end.end() if end else len(text)


def _token(kind: str | None, value: str, match: re.Match[str], line: int) -> Token:
    place = match.start(), match.end(), line
    if kind == "text":
        inner = value[1:-1]
        holes = "\\" in inner or "#{" in inner
        return Token("template" if holes else "text", "" if holes else inner, *place)
    if kind == "word":
        return Token("word", value, *place)
    if kind == "number":
        return Token("number", value, *place)
    return Token("sign", value, *place) if kind == "sign" else Token("template", "", *place)


def _matched(found: tuple[Token, ...]) -> Tokens | None:
    partner: dict[int, int] = {}
    around: list[int] = []
    words: dict[str, list[int]] = {}
    open_: list[int] = []
    for index, token in enumerate(found):
        if token.kind == "sign" and token.value in _CLOSES:
            if not open_ or found[open_[-1]].value != _CLOSES[token.value]:
                return None
            partner[index] = open_[-1]
            partner[open_.pop()] = index
        around.append(open_[-1] if open_ else -1)
        if token.kind == "sign" and token.value in _CLOSES.values():
            open_.append(index)
        if token.kind == "word":
            words.setdefault(token.value, []).append(index)
    if open_:
        return None
    places = {token.at: index for index, token in enumerate(found)}
    return Tokens(found, partner, tuple(around), places, {word: tuple(held) for word, held in words.items()})


@lru_cache(maxsize=8)
def _pattern(language: SourceLanguage) -> re.Pattern[str]:
    nothing, quoted, with_holes = _QUOTED[language]
    word = _WORDS.get(language, r"@?[^\W\d]\w*")
    return re.compile(
        f"(?P<nothing>{nothing})|(?P<template>{with_holes})|(?P<text>{quoted})"
        rf"|(?P<word>{word})|(?P<number>\d[\w.]*)|(?P<sign>{_SIGNS})",
        re.S | re.M,
    )
