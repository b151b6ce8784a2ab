"""Expressions of Python as parts of the tree."""

import ast
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from recursion_lint.code.syntax.tree import (
    DEEPEST,
    NOWHERE,
    AssignExpression,
    At,
    Attribute,
    Await,
    Binary,
    Boolean,
    Call,
    Compare,
    Comprehension,
    Conditional,
    Constant,
    Expression,
    FunctionExpression,
    FunctionNode,
    Generator,
    Index,
    KeywordSpread,
    ListLiteral,
    Name,
    ObjectLiteral,
    Parameter,
    Slice,
    Spread,
    Statement,
    Template,
    TooDeep,
    Unary,
    Unread,
    Yield,
)
from recursion_lint.code.syntax.tree_statements import Return

BINARY: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.BitOr: "|",
    ast.BitAnd: "&",
    ast.BitXor: "^",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.MatMult: "@",
}


_COMPARE: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.In: "in",
    ast.NotIn: "not in",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.Lt: "<",
    ast.Gt: ">",
    ast.LtE: "<=",
    ast.GtE: ">=",
}


def at_of(node: Any) -> At:
    line = getattr(node, "lineno", 0)
    if not line:
        return NOWHERE
    return line, node.col_offset, node.end_lineno or line, node.end_col_offset or node.col_offset


class ExpressionReader:
    """Turns nodes of expressions into the tree. ``depth`` counts how deeply nodes are nested."""

    def __init__(self) -> None:
        self.depth = 0

    def block(self, body: Sequence[ast.stmt]) -> tuple[Statement, ...]:
        """The statements of a block; the reader of statements says how."""
        raise NotImplementedError

    def expression(self, node: ast.expr) -> Expression:
        self.depth += 1
        if self.depth > DEEPEST:
            raise TooDeep
        read = EXPRESSIONS.get(type(node))
        found = read(self, node) if read is not None else self.unread(node)
        self.depth -= 1
        return found

    def several(self, nodes: Iterable[ast.expr]) -> tuple[Expression, ...]:
        return tuple(self.expression(node) for node in nodes)

    def unread(self, node: ast.AST) -> Expression:
        return Unread(
            self.several(x for x in ast.iter_child_nodes(node) if isinstance(x, ast.expr)), at_of(node)
        )

    def function(self, node: Any, name: str, body: tuple[Statement, ...]) -> FunctionNode:
        given = node.args
        positional = [*given.posonlyargs, *given.args]
        defaults = [None] * (len(positional) - len(given.defaults)) + list(given.defaults)
        pairs = [
            *zip(positional, defaults, strict=True),
            *zip(given.kwonlyargs, given.kw_defaults, strict=True),
        ]
        decorators = self.several(getattr(node, "decorator_list", ()))
        return FunctionNode(
            name=name,
            parameters=tuple(self.parameter(argument, default) for argument, default in pairs),
            rest=Name(given.vararg.arg, at_of(given.vararg)) if given.vararg else None,
            named_rest=given.kwarg.arg if given.kwarg else None,
            body=body,
            decorators=decorators,
            arrow=isinstance(node, ast.Lambda),
            generator=any(isinstance(part, (ast.Yield, ast.YieldFrom)) for part in _own_parts(node)),
            at=at_of(node),
            asynchronous=isinstance(node, ast.AsyncFunctionDef),
            by_place=len(given.posonlyargs),
            by_name=len(given.kwonlyargs),
        )

    def parameter(self, argument: ast.arg, default: ast.expr | None) -> Parameter:
        value = self.expression(default) if default is not None else None
        return Parameter(Name(argument.arg, at_of(argument)), value)


def _own_parts(function: Any) -> Iterable[ast.AST]:
    """The parts of a function without those of the functions in it."""
    waiting = list(function.body) if isinstance(function.body, list) else [function.body]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            waiting.extend(ast.iter_child_nodes(node))


def _constant(reader: ExpressionReader, node: Any) -> Expression:
    del reader
    value = node.value
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if value is None or isinstance(value, (str, int, float, bool)):
        return Constant(value, at_of(node))
    return Unread((), at_of(node))


def _attribute(reader: ExpressionReader, node: Any) -> Expression:
    return Attribute(reader.expression(node.value), node.attr, at_of(node))


def _subscript(reader: ExpressionReader, node: Any) -> Expression:
    value = reader.expression(node.value)
    if isinstance(node.slice, ast.Slice):
        bounds = (node.slice.lower, node.slice.upper, node.slice.step)
        return Slice(value, reader.several(x for x in bounds if x is not None), at_of(node))
    return Index(value, reader.expression(node.slice), at_of(node))


def _call(reader: ExpressionReader, node: Any) -> Expression:
    arguments: list[Expression] = list(reader.several(node.args))
    keywords = []
    for keyword in node.keywords:
        value = reader.expression(keyword.value)
        if keyword.arg is None:
            arguments.append(KeywordSpread(value, at_of(keyword)))
        else:
            keywords.append((keyword.arg, value))
    return Call(reader.expression(node.func), tuple(arguments), tuple(keywords), False, at_of(node))


def _dict(reader: ExpressionReader, node: Any) -> Expression:
    entries = tuple(
        (reader.expression(key) if key is not None else None, reader.expression(value))
        for key, value in zip(node.keys, node.values, strict=True)
    )
    return ObjectLiteral(entries, at_of(node))


def _formatted(reader: ExpressionReader, node: Any) -> Expression:
    value = reader.expression(node.value)
    plain = node.format_spec is None and node.conversion in (-1, ord("s"))
    return value if plain else Unread((value,), at_of(node))


def _binary(reader: ExpressionReader, node: Any) -> Expression:
    left, right = reader.expression(node.left), reader.expression(node.right)
    return Binary(BINARY.get(type(node.op), "?"), left, right, at_of(node))


def _boolean(reader: ExpressionReader, node: Any) -> Expression:
    return Boolean("and" if isinstance(node.op, ast.And) else "or", reader.several(node.values), at_of(node))


def _unary(reader: ExpressionReader, node: Any) -> Expression:
    operator = {ast.Not: "not", ast.USub: "-"}.get(type(node.op), "?")
    return Unary(operator, reader.expression(node.operand), at_of(node))


def _compare(reader: ExpressionReader, node: Any) -> Expression:
    left, parts = reader.expression(node.left), []
    for operator, comparator in zip(node.ops, node.comparators, strict=True):
        right = reader.expression(comparator)
        parts.append(Compare(_COMPARE[type(operator)], left, right, at_of(node)))
        left = right
    return parts[0] if len(parts) == 1 else Boolean("and", tuple(parts), at_of(node))


def _comprehension(reader: ExpressionReader, node: Any) -> Expression:
    generators = tuple(
        Generator(reader.expression(one.target), reader.expression(one.iter), reader.several(one.ifs))
        for one in node.generators
    )
    if isinstance(node, ast.DictComp):
        return Comprehension(
            generators, reader.expression(node.key), reader.expression(node.value), at_of(node)
        )
    delayed = isinstance(node, ast.GeneratorExp)
    return Comprehension(generators, reader.expression(node.elt), None, at_of(node), delayed)


def _yield(reader: ExpressionReader, node: Any) -> Expression:
    value = reader.expression(node.value) if node.value is not None else Constant(None, at_of(node))
    return Yield(value, isinstance(node, ast.YieldFrom), at_of(node))


def _lambda(reader: ExpressionReader, node: Any) -> Expression:
    body = (Return(reader.expression(node.body), at_of(node.body)),)
    return FunctionExpression(reader.function(node, "lambda", body), at_of(node))


EXPRESSIONS: dict[type[ast.expr], Callable[[ExpressionReader, Any], Expression]] = {
    ast.Constant: _constant,
    ast.Name: lambda _, node: Name(node.id, at_of(node)),
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.Call: _call,
    ast.Starred: lambda reader, node: Spread(reader.expression(node.value), at_of(node)),
    ast.Dict: _dict,
    ast.List: lambda reader, node: ListLiteral(reader.several(node.elts), at_of(node)),
    ast.Tuple: lambda reader, node: ListLiteral(reader.several(node.elts), at_of(node)),
    ast.Set: lambda reader, node: ListLiteral(reader.several(node.elts), at_of(node)),
    ast.JoinedStr: lambda reader, node: Template(reader.several(node.values), at_of(node)),
    ast.FormattedValue: _formatted,
    ast.BinOp: _binary,
    ast.BoolOp: _boolean,
    ast.UnaryOp: _unary,
    ast.Compare: _compare,
    ast.IfExp: lambda reader, node: Conditional(
        reader.expression(node.test),
        reader.expression(node.body),
        reader.expression(node.orelse),
        at_of(node),
    ),
    ast.Lambda: _lambda,
    ast.Await: lambda reader, node: Await(reader.expression(node.value), at_of(node)),
    ast.NamedExpr: lambda reader, node: AssignExpression(
        reader.expression(node.target), reader.expression(node.value), at_of(node)
    ),
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.DictComp: _comprehension,
    ast.Yield: _yield,
    ast.YieldFrom: _yield,
}
