"""Python source as a tree, by the standard library's ``ast``: the syntax of the Python that runs this tool."""

import ast
import sys
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from recursion_lint.code.syntax.python_expressions import BINARY, ExpressionReader, at_of
from recursion_lint.code.syntax.python_patterns import read_match
from recursion_lint.code.syntax.tree import (
    DEEPEST,
    Attribute,
    Await,
    Binary,
    Call,
    Constant,
    FunctionNode,
    Name,
    Statement,
    TooDeep,
    Unary,
    Unread,
)
from recursion_lint.code.syntax.tree_statements import (
    Assign,
    Break,
    ClassDefinition,
    Continue,
    Define,
    Delete,
    Evaluate,
    Handler,
    If,
    ImportPython,
    Loop,
    Method,
    Outer,
    Parsed,
    Raise,
    Return,
    Try,
    With,
)

_LATEST_SYNTAX = (3, 12)
_PROPERTIES = frozenset({"property", "cached_property"})
_METHOD_KINDS = {"staticmethod": "static", "classmethod": "class"}


def parse(source: str) -> Parsed:
    """The tree of a module; a syntax error, or nesting without end, is a problem and no statement is given."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = _module(source)
        return Parsed(_Reader().block(module.body))
    except SyntaxError as error:
        return Parsed((), f"syntax error in line {error.lineno or 0}")
    except (TooDeep, RecursionError, MemoryError):
        return Parsed((), "nested too deeply")
    except ValueError:
        return Parsed((), "not Python source")


def _module(source: str) -> ast.Module:
    """The module, also where it is written for a later Python than the one that runs this."""
    try:
        return ast.parse(source)
    except SyntaxError:
        if sys.version_info >= _LATEST_SYNTAX:
            raise
        from recursion_lint.code.syntax.newer_python import parse_newer  # few handlers need it

        newer = parse_newer(source)
        if newer is None:
            raise
        return newer


class _Reader(ExpressionReader):
    """Turns a module into the tree."""

    def block(self, body: Sequence[ast.stmt]) -> tuple[Statement, ...]:
        self.depth += 1
        if self.depth > DEEPEST:
            raise TooDeep
        found: list[Statement] = []
        for node in body:
            read = _STATEMENTS.get(type(node))
            if read is not None:
                found += read(self, node)
        self.depth -= 1
        return tuple(found)


# Statements -----------------------------------------------------------------------------------------------------------


def _evaluate(reader: _Reader, node: Any) -> list[Statement]:
    return [Evaluate(reader.expression(node.value), at_of(node))]


def _assign(reader: _Reader, node: Any) -> list[Statement]:
    value = reader.expression(node.value)
    return [Assign(reader.expression(target), value, True, at_of(node)) for target in node.targets]


def _annotated(reader: _Reader, node: Any) -> list[Statement]:
    if node.value is None:
        return []
    return [Assign(reader.expression(node.target), reader.expression(node.value), True, at_of(node))]


def _augmented(reader: _Reader, node: Any) -> list[Statement]:
    target = reader.expression(node.target)
    value = Binary(BINARY.get(type(node.op), "?"), target, reader.expression(node.value), at_of(node))
    return [Assign(target, value, True, at_of(node))]


def _delete(reader: _Reader, node: Any) -> list[Statement]:
    return [Delete(reader.expression(target), at_of(node)) for target in node.targets]


def _if(reader: _Reader, node: Any) -> list[Statement]:
    return [If(reader.expression(node.test), reader.block(node.body), reader.block(node.orelse), at_of(node))]


def _for(reader: _Reader, node: Any) -> list[Statement]:
    target, iterable = reader.expression(node.target), reader.expression(node.iter)
    return [Loop(target, iterable, None, reader.block(node.body), reader.block(node.orelse), at_of(node))]


def _while(reader: _Reader, node: Any) -> list[Statement]:
    test = reader.expression(node.test)
    return [Loop(None, None, test, reader.block(node.body), reader.block(node.orelse), at_of(node))]


def _return(reader: _Reader, node: Any) -> list[Statement]:
    return [Return(reader.expression(node.value) if node.value is not None else None, at_of(node))]


def _raise(reader: _Reader, node: Any) -> list[Statement]:
    return [Raise(reader.expression(node.exc) if node.exc is not None else None, at_of(node))]


def _assert(reader: _Reader, node: Any) -> list[Statement]:
    test = Unary("not", reader.expression(node.test), at_of(node.test))
    return [If(test, (Raise(None, at_of(node)),), (), at_of(node))]


def _try(reader: _Reader, node: Any) -> list[Statement]:
    handlers = tuple(
        Handler(
            Name(handler.name, at_of(handler)) if handler.name else None,
            reader.block(handler.body),
            at_of(handler),
        )
        for handler in node.handlers
    )
    body, after, final = (reader.block(part) for part in (node.body, node.orelse, node.finalbody))
    return [Try(body, handlers, after, final, at_of(node))]


def _with(reader: _Reader, node: Any) -> list[Statement]:
    body = reader.block(node.body)
    for item in reversed(node.items):
        at = at_of(item.context_expr)
        target = reader.expression(item.optional_vars) if item.optional_vars is not None else None
        manager = Name(f"with {at[0]}:{at[1]}", at)
        closed = _closed(item.context_expr)
        if closed is not None:
            close = Evaluate(Call(Attribute(manager, "close", at), (), (), False, at), at)
            given = [Assign(manager, reader.expression(closed), True, at)]
            given += [Assign(target, manager, True, at)] if target is not None else []
            body = (*given, Try(body, (), (), (close,), at_of(node)))
            continue
        nothing = (Constant(None, at),) * 3
        waiting = isinstance(node, ast.AsyncWith)
        leave = Call(Attribute(manager, "__aexit__" if waiting else "__exit__", at), nothing, (), False, at)
        last = Await(leave, at) if waiting else leave
        expression = reader.expression(item.context_expr)
        body = (With(manager, expression, target, waiting, body, (Evaluate(last, at),), at_of(node)),)
    return list(body)


def _closed(expression: Any) -> Any:
    """What ``contextlib.closing`` is given, if it is that."""
    name = ast.unparse(expression.func).rpartition(".")[2] if isinstance(expression, ast.Call) else ""
    return expression.args[0] if name in ("closing", "aclosing") and len(expression.args) == 1 else None


def _define(reader: _Reader, node: Any) -> list[Statement]:
    return [Define(reader.function(node, node.name, reader.block(node.body)), at_of(node))]


def _class(reader: _Reader, node: Any) -> list[Statement]:
    methods, rest = [], []
    for part in node.body:
        if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef)):
            function = reader.function(part, part.name, reader.block(part.body))
            methods.append(Method(function, _method_kind(function), at_of(part)))
        else:
            rest.append(part)
    bases, decorators = reader.several(node.bases), reader.several(node.decorator_list)
    body, annotated = reader.block(rest), tuple(_annotated_names(rest))
    if node.keywords:
        values = reader.several(keyword.value for keyword in node.keywords)
        body = (Evaluate(Unread(values, at_of(node)), at_of(node)), *body)
    return [ClassDefinition(node.name, bases, tuple(methods), (), body, decorators, annotated, at_of(node))]


def _annotated_names(body: Sequence[ast.stmt]) -> Iterable[str]:
    return (
        part.target.id
        for part in body
        if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)
    )


def _method_kind(function: FunctionNode) -> str:
    for decorator in function.decorators:
        name = decorator.name if isinstance(decorator, (Name, Attribute)) else ""
        if name in _PROPERTIES:
            return "getter"
        if isinstance(decorator, Attribute) and name in ("setter", "deleter"):
            return name
        if name in _METHOD_KINDS:
            return _METHOD_KINDS[name]
    return "method"


def _import(reader: _Reader, node: Any) -> list[Statement]:
    del reader
    return [ImportPython(alias.name, 0, alias.asname, None, at_of(node)) for alias in node.names]


def _import_from(reader: _Reader, node: Any) -> list[Statement]:
    del reader
    names = tuple((alias.name, alias.asname or alias.name) for alias in node.names)
    return [ImportPython(node.module or "", node.level, None, names, at_of(node))]


def _outer(reader: _Reader, node: Any) -> list[Statement]:
    del reader
    return [Outer(tuple(node.names), isinstance(node, ast.Global), at_of(node))]


_STATEMENTS: dict[type[ast.stmt], Callable[[_Reader, Any], list[Statement]]] = {
    ast.Expr: _evaluate,
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.Delete: _delete,
    ast.If: _if,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.While: _while,
    ast.Return: _return,
    ast.Raise: _raise,
    ast.Break: lambda _, node: [Break(at_of(node))],
    ast.Continue: lambda _, node: [Continue(at_of(node))],
    ast.Assert: _assert,
    ast.Try: _try,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Match: read_match,
    ast.FunctionDef: _define,
    ast.AsyncFunctionDef: _define,
    ast.ClassDef: _class,
    ast.Import: _import,
    ast.ImportFrom: _import_from,
    ast.Global: _outer,
    ast.Nonlocal: _outer,
}
if hasattr(ast, "TryStar"):
    _STATEMENTS[ast.TryStar] = _try


# Expressions ----------------------------------------------------------------------------------------------------------
