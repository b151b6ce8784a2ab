"""JavaScript and TypeScript source as a tree, by tree-sitter with the grammar of TypeScript, which reads both.

The parsers are imported when the first file is read. A file with syntax errors gives what could be read, and a problem.
"""

from functools import cache
from typing import TYPE_CHECKING

from recursion_lint.code.syntax.javascript_statements import Reader
from recursion_lint.code.syntax.tree import TooDeep
from recursion_lint.code.syntax.tree_statements import Parsed

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

_WITH_ELEMENTS = (".tsx", ".jsx")
_TYPED = (".ts", ".mts", ".cts")


def parse(source: str, name: str) -> Parsed:
    """The tree of a module; the ending of ``name`` tells the dialect (``.tsx`` and ``.jsx`` may hold elements)."""
    text = source.encode("utf-8", "replace")
    dialect = "tsx" if name.endswith(_WITH_ELEMENTS) else "typescript"
    root = _parser(dialect).parse(text).root_node
    if root.has_error and not name.endswith((*_TYPED, *_WITH_ELEMENTS)):
        other = _parser("tsx").parse(text).root_node
        root = root if other.has_error else other
    problem = f"syntax error in line {_first_error(root)}" if root.has_error else None
    try:
        return Parsed(Reader(text).module(root), problem)
    except (TooDeep, RecursionError):
        return Parsed((), "nested too deeply")


@cache
def _parser(dialect: str) -> "Parser":
    import tree_sitter
    import tree_sitter_typescript

    grammar = (
        tree_sitter_typescript.language_tsx
        if dialect == "tsx"
        else tree_sitter_typescript.language_typescript
    )
    return tree_sitter.Parser(tree_sitter.Language(grammar()))


def _first_error(node: "Node") -> int:
    """The line of the first place that did not fit the grammar."""
    while True:
        inner = next((child for child in node.children if child.has_error or child.is_missing), None)
        if node.type == "ERROR" or inner is None:
            return int(node.start_point[0]) + 1
        node = inner
