"""What nodes of JavaScript say by themselves: their place, their parts, their operator, the values of literals."""

import re
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from recursion_lint.code.syntax.tree import At, Call, Constant, Expression, Name, Unread

if TYPE_CHECKING:
    from tree_sitter import Node


_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": ""}


def place(node: "Node") -> At:
    """Where a node stands."""
    start, end = node.start_point, node.end_point
    return start[0] + 1, start[1], end[0] + 1, end[1]


def parts(node: "Node") -> "list[Node]":
    """The named children but for comments and types of calls."""
    return [child for child in node.named_children if child.type not in ("comment", "type_arguments")]


def operator(node: "Node") -> str:
    """The operator of an expression, or the word between the parts of a ``for``."""
    found = node.child_by_field_name("operator")
    if found is not None:
        return found.type
    return next((child.type for child in node.children if child.type in ("of", "in")), "")


def unescaped(text: str) -> str:
    """A string's content with its escapes taken back."""
    if "\\" not in text:
        return text
    return _ESCAPED.sub(_character, text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


_ESCAPED = re.compile(
    r"\\(?:x(?P<two>[0-9a-fA-F]{2})|u(?P<four>[0-9a-fA-F]{4})|u\{(?P<any>[0-9a-fA-F]{1,6})\}|(?P<one>[\s\S]|$))"
)


def _character(found: re.Match[str]) -> str:
    by_number = found["two"] or found["four"] or found["any"]
    if by_number:
        return chr(min(int(by_number, 16), sys.maxunicode))
    return _ESCAPES.get(found["one"], found["one"])


def number(text: str, at: At) -> Expression:
    """A number as it is written; those that Python writes otherwise are not read."""
    for read in (lambda digits: int(digits, 0), float):
        with suppress(ValueError):
            return Constant(read(text.replace("_", "")), at)
    return Unread((), at)


def regular_expression(text_of: "Callable[[Node], str]", node: "Node") -> Expression:
    """``/pattern/flags`` as what it stands for, a ``RegExp`` that is made."""
    at = place(node)
    pattern, flags = (node.child_by_field_name(name) for name in ("pattern", "flags"))
    words = [Constant(text_of(part) if part is not None else "", at) for part in (pattern, flags)]
    return Call(Name("RegExp", at), tuple(words), (), True, at)
