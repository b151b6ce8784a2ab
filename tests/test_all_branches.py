"""Every alternative of a value is read: a look at the source for calls that would take the first, and for sentinels."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "recursion_lint"
READERS = [
    *PACKAGE.glob("services/**/*.py"),
    *PACKAGE.glob("iam/policies/*.py"),
    PACKAGE / "run" / "extract.py",
]
ALTERNATIVES = {
    "texts",
    "items",
    "branches",
    "endpoints",
    "names",
    "arns",
    "references",
    "attributes",
    "argument",
}
"""Calls that give alternatives, each with what it requires."""
MADE_OF_ALTERNATIVES = {"list", "tuple", "sorted", "iter"}


def _gives_alternatives(node: ast.AST, names: set[str]) -> bool:
    if isinstance(node, ast.Name):
        return node.id in names
    if not isinstance(node, ast.Call):
        return False
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if called in MADE_OF_ALTERNATIVES:
        return any(_gives_alternatives(argument, names) for argument in node.args)
    # A map of nodes has items as well, and no arguments for them.
    return called in ALTERNATIVES and bool(node.args)


def _drops_requirements(target: ast.AST) -> bool:
    """``for value, _ in …``"""
    parts = target.elts if isinstance(target, ast.Tuple) else []
    return bool(parts) and isinstance(parts[-1], ast.Name) and parts[-1].id == "_"


def _verdict(node: ast.AST, names: set[str]) -> str | None:
    if isinstance(node, ast.Subscript):
        one = isinstance(node.slice, ast.Constant) and _gives_alternatives(node.value, names)
        return "takes one alternative" if one else None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "next":
        given = node.args[0]
        given = given.generators[0].iter if isinstance(given, ast.GeneratorExp) else given
        return "takes the first alternative" if _gives_alternatives(given, names) else None
    if isinstance(node, (ast.For, ast.comprehension)) and _drops_requirements(node.target):
        return "drops what an alternative requires" if _gives_alternatives(node.iter, names) else None
    return None


def takes_one_of_several(source: str) -> set[str]:
    """What in a source takes the first of some alternatives, or takes them without what they require: line and reason."""
    found = set()
    for scope in ast.walk(ast.parse(source)):
        if not isinstance(scope, ast.FunctionDef):
            continue
        names: set[str] = set()
        for node in ast.walk(scope):
            if isinstance(node, ast.Assign) and _gives_alternatives(node.value, names):
                names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        for node in ast.walk(scope):
            reason = _verdict(node, names)
            if reason is not None:
                line = node.iter.lineno if isinstance(node, ast.comprehension) else getattr(node, "lineno", 0)
                found.add(f"line {line} {reason}")
    return found


@pytest.mark.parametrize("path", READERS, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_reader_takes_one_of_several_values(path: Path) -> None:
    assert takes_one_of_several(path.read_text()) == set()


@pytest.mark.parametrize(
    "line",
    [
        "x = resolver.texts(node)[0]",
        "found = reading.resolver.texts(node)\n    x = found[0][0]",
        "x = next(reading.endpoints(node, 's3', needed))",
        "x = next((value for value, more in resolver.texts(node)), None)",
        "x = [value for value, _ in resolver.texts(node)]",
        "for item, _ in resolver.items(node):\n        print(item)",
        "x = list(resolver.branches(node))[0]",
        "found = list(reading.endpoints(node, 's3', needed))\n    x = [one for one, _ in found]",
    ],
)
def test_the_check_finds_calls_that_take_the_first(line: str) -> None:
    assert takes_one_of_several(f"def read():\n    {line}\n")


@pytest.mark.parametrize(
    "line",
    [
        "x = resolver.text(node)",
        "for item, more in resolver.items(node, needed):\n        yield item, more",
        "for key, _ in node.items():\n        print(key)",
        "x = resolver.elements(node)[0]",
    ],
)
def test_the_check_lets_others_pass(line: str) -> None:
    assert not (takes_one_of_several(f"def read():\n    {line}\n"))


def _stands_for_something(value: object) -> bool:
    return isinstance(value, str) and any(
        letter == "\0" or 0xE000 <= ord(letter) <= 0xF8FF or ord(letter) >= 0xF0000 for letter in value
    )


# The reports' fingerprints join parts that hold no NUL, a path or a source with a NUL is refused, JavaScript writes
# one as ``\\0``; Git parts names with one under ``-z``.
WITH_NUL = {
    "report/gitlab.py",
    "report/graph/backstage.py",
    "run/changed_files.py",
    "run/discovery.py",
    "template/yaml/files.py",
    "code/location/source_files.py",
    "code/location/zip_archives.py",
    "code/syntax/javascript_literals.py",
    "cli/mcp_server.py",
    "server/documents.py",
}


@pytest.mark.parametrize(
    "path",
    [path for path in PACKAGE.rglob("*.py") if path.relative_to(PACKAGE).as_posix() not in WITH_NUL],
    ids=lambda path: str(path.relative_to(PACKAGE)),
)
def test_no_letter_of_a_string_stands_for_something(path: Path) -> None:
    tree = ast.parse(path.read_text())
    found = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and _stands_for_something(node.value)
    ]
    assert not found
