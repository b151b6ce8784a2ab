"""The house: few modules in the root, none too long, no circle of imports, few imports within functions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import networkx

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "recursion_lint"
MOST_LINES = 400
MOST_IN_ROOT = 7
LATE = 134
"""Imports of our own modules within functions. The number only falls."""


class Import(NamedTuple):
    """One import of a module of ours; ``late`` ones stand within a function, ``typing`` ones serve mypy alone."""

    source: str
    target: str
    line: int
    late: bool
    typing: bool


def modules() -> dict[str, Path]:
    found = {}
    for file in [*PACKAGE.rglob("*.py"), *(ROOT / "rules").glob("*.py")]:
        within = file.relative_to(ROOT if file.is_relative_to(PACKAGE) else ROOT / "rules").with_suffix("")
        parts = within.parts if file.is_relative_to(PACKAGE) else ("recursion_lint", "rules", *within.parts)
        found[".".join(parts).removesuffix(".__init__")] = file
    return found


MODULES = modules()


def imports() -> Iterator[Import]:
    for name, file in MODULES.items():
        yield from _imports(name, ast.parse(file.read_text(encoding="utf-8")), False, False)


def _imports(name: str, node: ast.AST, late: bool, typing: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ImportFrom) and (child.module or "").startswith("recursion_lint"):
            for alias in child.names:
                whole = f"{child.module}.{alias.name}"
                yield Import(
                    name, whole if whole in MODULES else str(child.module), child.lineno, late, typing
                )
        within = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef))
        only_types = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
        yield from _imports(name, child, late or within, typing or only_types)


def test_the_root_has_few_modules() -> None:
    assert len(list(PACKAGE.glob("*.py"))) <= MOST_IN_ROOT


def test_no_module_is_too_long() -> None:
    lines = {name: file.read_text(encoding="utf-8").count("\n") for name, file in MODULES.items()}
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Not through lazy imports, and not for types either, but for the public names, which are loaded on use."""
    graph = networkx.DiGraph()
    graph.add_edges_from(
        (one.source, one.target) for one in imports() if one.source not in (one.target, "recursion_lint")
    )
    circles = [sorted(part) for part in networkx.strongly_connected_components(graph) if len(part) > 1]
    assert circles == []


def test_imports_within_functions_are_few_and_say_why() -> None:
    late = [one for one in imports() if one.late and not one.typing]
    assert len(late) <= LATE
