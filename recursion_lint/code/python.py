"""Python source as a tree, by the standard library's ``ast``: the syntax of the Python that runs this tool."""

import ast
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from recursion_lint.code.tree import (
    DEEPEST,
    NOWHERE,
    Assign,
    AssignExpression,
    At,
    Attribute,
    Binary,
    Boolean,
    Break,
    Call,
    ClassDefinition,
    Compare,
    Comprehension,
    Conditional,
    Constant,
    Continue,
    Define,
    Delete,
    Evaluate,
    Expression,
    FunctionExpression,
    FunctionNode,
    Generator,
    Handler,
    If,
    ImportPython,
    Index,
    KeywordSpread,
    ListLiteral,
    Loop,
    Method,
    Name,
    ObjectLiteral,
    Outer,
    Parameter,
    Parsed,
    Raise,
    Return,
    Slice,
    Spread,
    Statement,
    Template,
    TooDeep,
    Try,
    Unary,
    Unread,
    Yield,
)

_BINARY: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.BitOr: "|",
    ast.BitAnd: "&",
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
_PROPERTIES = frozenset({"property", "cached_property"})
_METHOD_KINDS = {"staticmethod": "static", "classmethod": "class"}


def parse(source: str) -> Parsed:
    """The tree of a module; a syntax error, or nesting without end, is a problem and no statement is given."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = ast.parse(source)
        return Parsed(_Reader().block(module.body))
    except SyntaxError as error:
        return Parsed((), f"syntax error in line {error.lineno or 0}")
    except (TooDeep, RecursionError, MemoryError):
        return Parsed((), "nested too deeply")
    except ValueError:
        return Parsed((), "not Python source")


def _at(node: Any) -> At:
    line = getattr(node, "lineno", 0)
    if not line:
        return NOWHERE
    return line, node.col_offset, node.end_lineno or line, node.end_col_offset or node.col_offset


class _Reader:
    """Turns nodes into the small tree. ``depth`` counts how deeply expressions and blocks are nested."""

    def __init__(self) -> None:
        self.depth = 0

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

    def expression(self, node: ast.expr) -> Expression:
        self.depth += 1
        if self.depth > DEEPEST:
            raise TooDeep
        read = _EXPRESSIONS.get(type(node))
        found = read(self, node) if read is not None else self.unread(node)
        self.depth -= 1
        return found

    def several(self, nodes: Iterable[ast.expr]) -> tuple[Expression, ...]:
        return tuple(self.expression(node) for node in nodes)

    def unread(self, node: ast.AST) -> Expression:
        return Unread(
            self.several(x for x in ast.iter_child_nodes(node) if isinstance(x, ast.expr)), _at(node)
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
            rest=Name(given.vararg.arg, _at(given.vararg)) if given.vararg else None,
            named_rest=given.kwarg.arg if given.kwarg else None,
            body=body,
            decorators=decorators,
            arrow=isinstance(node, ast.Lambda),
            generator=any(isinstance(part, (ast.Yield, ast.YieldFrom)) for part in _own_parts(node)),
            at=_at(node),
        )

    def parameter(self, argument: ast.arg, default: ast.expr | None) -> Parameter:
        value = self.expression(default) if default is not None else None
        return Parameter(Name(argument.arg, _at(argument)), value)


def _own_parts(function: Any) -> Iterable[ast.AST]:
    """The parts of a function without those of the functions in it."""
    waiting = list(function.body) if isinstance(function.body, list) else [function.body]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            waiting.extend(ast.iter_child_nodes(node))


# Statements -----------------------------------------------------------------------------------------------------------


def _evaluate(reader: _Reader, node: Any) -> list[Statement]:
    return [Evaluate(reader.expression(node.value), _at(node))]


def _assign(reader: _Reader, node: Any) -> list[Statement]:
    value = reader.expression(node.value)
    return [Assign(reader.expression(target), value, True, _at(node)) for target in node.targets]


def _annotated(reader: _Reader, node: Any) -> list[Statement]:
    if node.value is None:
        return []
    return [Assign(reader.expression(node.target), reader.expression(node.value), True, _at(node))]


def _augmented(reader: _Reader, node: Any) -> list[Statement]:
    target = reader.expression(node.target)
    value = Binary(_BINARY.get(type(node.op), "?"), target, reader.expression(node.value), _at(node))
    return [Assign(target, value, True, _at(node))]


def _delete(reader: _Reader, node: Any) -> list[Statement]:
    return [Delete(reader.expression(target), _at(node)) for target in node.targets]


def _if(reader: _Reader, node: Any) -> list[Statement]:
    return [If(reader.expression(node.test), reader.block(node.body), reader.block(node.orelse), _at(node))]


def _for(reader: _Reader, node: Any) -> list[Statement]:
    target, iterable = reader.expression(node.target), reader.expression(node.iter)
    return [Loop(target, iterable, None, reader.block(node.body), reader.block(node.orelse), _at(node))]


def _while(reader: _Reader, node: Any) -> list[Statement]:
    test = reader.expression(node.test)
    return [Loop(None, None, test, reader.block(node.body), reader.block(node.orelse), _at(node))]


def _return(reader: _Reader, node: Any) -> list[Statement]:
    return [Return(reader.expression(node.value) if node.value is not None else None, _at(node))]


def _raise(reader: _Reader, node: Any) -> list[Statement]:
    return [Raise(reader.expression(node.exc) if node.exc is not None else None, _at(node))]


def _assert(reader: _Reader, node: Any) -> list[Statement]:
    test = Unary("not", reader.expression(node.test), _at(node.test))
    return [If(test, (Raise(None, _at(node)),), (), _at(node))]


def _try(reader: _Reader, node: Any) -> list[Statement]:
    handlers = tuple(
        Handler(
            Name(handler.name, _at(handler)) if handler.name else None,
            reader.block(handler.body),
            _at(handler),
        )
        for handler in node.handlers
    )
    body, after, final = (reader.block(part) for part in (node.body, node.orelse, node.finalbody))
    return [Try(body, handlers, after, final, _at(node))]


def _with(reader: _Reader, node: Any) -> list[Statement]:
    found: list[Statement] = []
    for item in node.items:
        manager = reader.expression(item.context_expr)
        entered = Call(
            Attribute(manager, "__enter__", _at(item.context_expr)), (), (), False, _at(item.context_expr)
        )
        if item.optional_vars is None:
            found.append(Evaluate(entered, _at(node)))
        else:
            found.append(Assign(reader.expression(item.optional_vars), entered, True, _at(node)))
    return [*found, *reader.block(node.body)]


def _match(reader: _Reader, node: Any) -> list[Statement]:
    subject = reader.expression(node.subject)
    otherwise: tuple[Statement, ...] = ()
    for case in reversed(node.cases):
        bound = [
            Assign(Name(part.name, _at(part)), Unread((subject,), _at(part)), True, _at(part))
            for part in ast.walk(case.pattern)
            if isinstance(part, (ast.MatchAs, ast.MatchStar)) and part.name
        ]
        test = _case_test(reader, subject, case)
        otherwise = (If(test, (*bound, *reader.block(case.body)), otherwise, _at(node)),)
    return list(otherwise)


def _case_test(reader: _Reader, subject: Expression, case: Any) -> Expression:
    at = _at(case.pattern)
    test: Expression = Unread((subject,), at)
    if isinstance(case.pattern, ast.MatchValue):
        test = Compare("==", subject, reader.expression(case.pattern.value), at)
    elif isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None:
        test = Constant(True, at)
    if case.guard is None:
        return test
    return Boolean("and", (test, Unread((subject, reader.expression(case.guard)), at)), at)


def _define(reader: _Reader, node: Any) -> list[Statement]:
    return [Define(reader.function(node, node.name, reader.block(node.body)), _at(node))]


def _class(reader: _Reader, node: Any) -> list[Statement]:
    methods, rest = [], []
    for part in node.body:
        if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef)):
            function = reader.function(part, part.name, reader.block(part.body))
            methods.append(Method(function, _method_kind(function), _at(part)))
        else:
            rest.append(part)
    bases, decorators = reader.several(node.bases), reader.several(node.decorator_list)
    body, annotated = reader.block(rest), tuple(_annotated_names(rest))
    return [ClassDefinition(node.name, bases, tuple(methods), (), body, decorators, annotated, _at(node))]


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
        if name in _METHOD_KINDS:
            return _METHOD_KINDS[name]
    return "method"


def _import(reader: _Reader, node: Any) -> list[Statement]:
    del reader
    return [ImportPython(alias.name, 0, alias.asname, None, _at(node)) for alias in node.names]


def _import_from(reader: _Reader, node: Any) -> list[Statement]:
    del reader
    names = tuple((alias.name, alias.asname or alias.name) for alias in node.names)
    return [ImportPython(node.module or "", node.level, None, names, _at(node))]


def _outer(reader: _Reader, node: Any) -> list[Statement]:
    del reader
    return [Outer(tuple(node.names), isinstance(node, ast.Global), _at(node))]


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
    ast.Break: lambda _, node: [Break(_at(node))],
    ast.Continue: lambda _, node: [Continue(_at(node))],
    ast.Assert: _assert,
    ast.Try: _try,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Match: _match,
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


def _constant(reader: _Reader, node: Any) -> Expression:
    del reader
    value = node.value
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if value is None or isinstance(value, (str, int, float, bool)):
        return Constant(value, _at(node))
    return Unread((), _at(node))


def _attribute(reader: _Reader, node: Any) -> Expression:
    return Attribute(reader.expression(node.value), node.attr, _at(node))


def _subscript(reader: _Reader, node: Any) -> Expression:
    value = reader.expression(node.value)
    if isinstance(node.slice, ast.Slice):
        bounds = (node.slice.lower, node.slice.upper, node.slice.step)
        return Slice(value, reader.several(x for x in bounds if x is not None), _at(node))
    return Index(value, reader.expression(node.slice), _at(node))


def _call(reader: _Reader, node: Any) -> Expression:
    arguments: list[Expression] = list(reader.several(node.args))
    keywords = []
    for keyword in node.keywords:
        value = reader.expression(keyword.value)
        if keyword.arg is None:
            arguments.append(KeywordSpread(value, _at(keyword)))
        else:
            keywords.append((keyword.arg, value))
    return Call(reader.expression(node.func), tuple(arguments), tuple(keywords), False, _at(node))


def _dict(reader: _Reader, node: Any) -> Expression:
    entries = tuple(
        (reader.expression(key) if key is not None else None, reader.expression(value))
        for key, value in zip(node.keys, node.values, strict=True)
    )
    return ObjectLiteral(entries, _at(node))


def _formatted(reader: _Reader, node: Any) -> Expression:
    value = reader.expression(node.value)
    return value if node.format_spec is None else Unread((value,), _at(node))


def _binary(reader: _Reader, node: Any) -> Expression:
    left, right = reader.expression(node.left), reader.expression(node.right)
    return Binary(_BINARY.get(type(node.op), "?"), left, right, _at(node))


def _boolean(reader: _Reader, node: Any) -> Expression:
    return Boolean("and" if isinstance(node.op, ast.And) else "or", reader.several(node.values), _at(node))


def _unary(reader: _Reader, node: Any) -> Expression:
    operator = {ast.Not: "not", ast.USub: "-"}.get(type(node.op), "?")
    return Unary(operator, reader.expression(node.operand), _at(node))


def _compare(reader: _Reader, node: Any) -> Expression:
    left, parts = reader.expression(node.left), []
    for operator, comparator in zip(node.ops, node.comparators, strict=True):
        right = reader.expression(comparator)
        parts.append(Compare(_COMPARE[type(operator)], left, right, _at(node)))
        left = right
    return parts[0] if len(parts) == 1 else Boolean("and", tuple(parts), _at(node))


def _comprehension(reader: _Reader, node: Any) -> Expression:
    generators = tuple(
        Generator(reader.expression(one.target), reader.expression(one.iter), reader.several(one.ifs))
        for one in node.generators
    )
    if isinstance(node, ast.DictComp):
        return Comprehension(
            generators, reader.expression(node.key), reader.expression(node.value), _at(node)
        )
    return Comprehension(generators, reader.expression(node.elt), None, _at(node))


def _yield(reader: _Reader, node: Any) -> Expression:
    value = reader.expression(node.value) if node.value is not None else Constant(None, _at(node))
    return Yield(value, isinstance(node, ast.YieldFrom), _at(node))


def _lambda(reader: _Reader, node: Any) -> Expression:
    body = (Return(reader.expression(node.body), _at(node.body)),)
    return FunctionExpression(reader.function(node, "lambda", body), _at(node))


_EXPRESSIONS: dict[type[ast.expr], Callable[[_Reader, Any], Expression]] = {
    ast.Constant: _constant,
    ast.Name: lambda _, node: Name(node.id, _at(node)),
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.Call: _call,
    ast.Starred: lambda reader, node: Spread(reader.expression(node.value), _at(node)),
    ast.Dict: _dict,
    ast.List: lambda reader, node: ListLiteral(reader.several(node.elts), _at(node)),
    ast.Tuple: lambda reader, node: ListLiteral(reader.several(node.elts), _at(node)),
    ast.Set: lambda reader, node: ListLiteral(reader.several(node.elts), _at(node)),
    ast.JoinedStr: lambda reader, node: Template(reader.several(node.values), _at(node)),
    ast.FormattedValue: _formatted,
    ast.BinOp: _binary,
    ast.BoolOp: _boolean,
    ast.UnaryOp: _unary,
    ast.Compare: _compare,
    ast.IfExp: lambda reader, node: Conditional(
        reader.expression(node.test), reader.expression(node.body), reader.expression(node.orelse), _at(node)
    ),
    ast.Lambda: _lambda,
    ast.Await: lambda reader, node: reader.expression(node.value),
    ast.NamedExpr: lambda reader, node: AssignExpression(
        reader.expression(node.target), reader.expression(node.value), _at(node)
    ),
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.DictComp: _comprehension,
    ast.Yield: _yield,
    ast.YieldFrom: _yield,
}
