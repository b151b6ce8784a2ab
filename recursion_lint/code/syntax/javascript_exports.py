"""Imports and exports of JavaScript and TypeScript as parts of the tree."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from recursion_lint.code.syntax.javascript_expressions import ExpressionReader
from recursion_lint.code.syntax.javascript_literals import parts, place
from recursion_lint.code.syntax.tree import (
    At,
    Attribute,
    Call,
    Constant,
    Expression,
    ListLiteral,
    Name,
    ObjectPattern,
    Spread,
    Statement,
)
from recursion_lint.code.syntax.tree_statements import (
    Assign,
    ClassDefinition,
    Define,
    ExportAll,
    ImportJavaScript,
)

if TYPE_CHECKING:
    from tree_sitter import Node


def read_import(reader: ExpressionReader, node: "Node") -> list[Statement]:
    source, at = node.child_by_field_name("source"), place(node)
    if source is None:
        return _import_required(reader, node)
    if any(child.type == "type" for child in node.children):
        return []
    default = namespace = None
    names: list[tuple[str, str]] = []
    for clause in node.named_children:
        for part in clause.named_children if clause.type == "import_clause" else ():
            if part.type == "identifier":
                default = reader.text(part)
            elif part.type == "namespace_import":
                namespace = reader.text(part.named_children[0])
            elif part.type == "named_imports":
                names.extend(_specifiers(reader, part, "import_specifier"))
    return [ImportJavaScript(reader.key_text(source), default, namespace, tuple(names), at)]


def _import_required(reader: ExpressionReader, node: "Node") -> list[Statement]:
    at = place(node)
    for clause in node.named_children:
        if clause.type == "import_require_clause" and len(clause.named_children) > 1:
            name, module = clause.named_children[0], clause.named_children[1]
            loaded = Call(Name("require", at), (Constant(reader.key_text(module), at),), (), False, at)
            return [Assign(Name(reader.text(name), at), loaded, True, at)]
    return []


def _specifiers(reader: ExpressionReader, node: "Node", kind: str) -> Iterator[tuple[str, str]]:
    for child in node.named_children:
        name = child.child_by_field_name("name")
        if (
            child.type == kind
            and name is not None
            and not any(part.type == "type" for part in child.children)
        ):
            alias = child.child_by_field_name("alias")
            yield reader.key_text(name), reader.key_text(alias if alias is not None else name)


def read_export(reader: ExpressionReader, node: "Node") -> list[Statement]:
    source, at = node.child_by_field_name("source"), place(node)
    clauses = [child for child in node.named_children if child.type == "export_clause"]
    names = [pair for clause in clauses for pair in _specifiers(reader, clause, "export_specifier")]
    if source is not None:
        return _reexport(reader, node, reader.key_text(source), names)
    declared, value = node.child_by_field_name("declaration"), node.child_by_field_name("value")
    if declared is not None:
        return _export_declared(reader, node, declared)
    if value is not None:
        return [_exported("default", reader.expression(value), at)]
    if names or clauses:
        reader.ending.extend(_exported(alias, Name(name, at), at) for name, alias in names)
        return []
    whole = [child for child in parts(node) if child.type != "decorator"]
    module = Attribute(Name("module", at), "exports", at)
    return [Assign(module, reader.expression(child), False, at) for child in whole]


def _reexport(
    reader: ExpressionReader, node: "Node", module: str, names: list[tuple[str, str]]
) -> list[Statement]:
    at = place(node)
    if any(child.type == "type" for child in node.children):
        return []
    loaded = Call(Name("require", at), (Constant(module, at),), (), False, at)
    if any(child.type == "export_clause" for child in node.named_children):
        return [_exported(alias, Attribute(loaded, name, at), at) for name, alias in names]
    for child in node.named_children:
        if child.type == "namespace_export":
            return [_exported(reader.text(child.named_children[0]), loaded, at)]
    return [ExportAll(module, at)]


def _export_declared(reader: ExpressionReader, node: "Node", declared: "Node") -> list[Statement]:
    at = place(node)
    made = list(reader.statements([declared]))
    names = [name for statement in made for name in _names(statement)]
    default = any(child.type == "default" for child in node.children)
    exports = [_exported("default" if default else name, Name(name, at), at) for name in names if name]
    return [*made, *exports]


def _names(statement: Statement) -> list[str]:
    if isinstance(statement, Define):
        return [statement.function.name]
    if isinstance(statement, ClassDefinition):
        return [statement.name]
    return _bound(statement.target) if isinstance(statement, Assign) else []


def _bound(target: Expression) -> list[str]:
    if isinstance(target, Name):
        return [target.name]
    if isinstance(target, ObjectPattern):
        return [name for _, inner, _ in target.entries for name in _bound(inner)]
    if isinstance(target, ListLiteral):
        return [name for inner in target.items for name in _bound(inner)]
    return _bound(target.value) if isinstance(target, Spread) else []


def _exported(name: str, value: Expression, at: At) -> Statement:
    return Assign(Attribute(Name("exports", at), name, at), value, False, at)
