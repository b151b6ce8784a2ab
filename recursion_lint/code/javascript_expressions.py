"""Expressions, patterns and functions of JavaScript and TypeScript as parts of the tree."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from recursion_lint.code.javascript_literals import (
    number,
    operator,
    parts,
    place,
    regular_expression,
    unescaped,
)
from recursion_lint.code.tree import (
    DEEPEST,
    NOWHERE,
    AssignExpression,
    Attribute,
    Binary,
    Boolean,
    Call,
    ClassExpression,
    Compare,
    Conditional,
    Constant,
    Default,
    Expression,
    FunctionExpression,
    FunctionNode,
    Index,
    InOrder,
    ListLiteral,
    Name,
    ObjectLiteral,
    ObjectPattern,
    Parameter,
    Spread,
    Statement,
    Template,
    TooDeep,
    Unary,
    Unread,
    Yield,
)
from recursion_lint.code.tree_statements import ClassDefinition, Return

if TYPE_CHECKING:
    from tree_sitter import Node

_COMPARISONS = {"===": "==", "!==": "!=", "in": "has"}
_PLAIN_COMPARISONS = frozenset({"==", "!=", "<", ">", "<=", ">=", "instanceof"})
_LOGICAL = {"&&": "and", "||": "or", "??": "??"}
_WRAPPERS = frozenset(
    {
        "parenthesized_expression",
        "await_expression",
        "non_null_expression",
        "as_expression",
        "satisfies_expression",
        "instantiation_expression",
    }
)
_FUNCTIONS = frozenset({"arrow_function", "function_expression", "function", "generator_function"})
_NOT_EXPRESSIONS = frozenset(
    {"comment", "type_annotation", "type_arguments", "type_identifier", "predefined_type"}
)


class ExpressionReader:
    """Turns nodes of expressions into the tree. ``depth`` counts how deeply nodes are nested; ``ending`` holds the
    exports that are to be made when all names are defined."""

    def __init__(self, text: bytes) -> None:
        self.source = text
        self.depth = 0
        self.ending: list[Statement] = []

    def statements(self, nodes: "Sequence[Node]") -> tuple[Statement, ...]:
        """The statements of a block; the reader of statements says how."""
        raise NotImplementedError

    def class_definition(self, node: "Node") -> ClassDefinition:
        """A class; the reader of statements says how."""
        raise NotImplementedError

    def text(self, node: "Node") -> str:
        return self.source[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def expression(self, node: "Node | None") -> Expression:
        if node is None:
            return Constant(None, NOWHERE)
        self.depth += 1
        if self.depth > DEEPEST:
            raise TooDeep
        found = self._expression(node)
        self.depth -= 1
        return found

    def _expression(self, node: "Node") -> Expression:
        kind = node.type
        read = _READERS.get(kind)
        if read is not None:
            return read(self, node)
        if kind in _FUNCTIONS:
            return FunctionExpression(self.function(node), place(node))
        if kind in _WRAPPERS:
            inner = parts(node)
            return self.expression(inner[0]) if inner else Unread((), place(node))
        return self.unread(node)

    def tested(self, node: "Node | None") -> Expression:
        """An expression of which only the truth counts: that of a promise is ``true`` whatever comes of it."""
        if node is not None and node.type == "parenthesized_expression" and len(parts(node)) == 1:
            return self.tested(parts(node)[0])
        if node is not None and node.type == "call_expression":
            return Unary("tested", self.expression(node), place(node))
        if node is not None and node.type == "binary_expression" and operator(node) in ("&&", "||"):
            sides = (self.tested(node.child_by_field_name(side)) for side in ("left", "right"))
            return Boolean(_LOGICAL[operator(node)], tuple(sides), place(node))
        return self.expression(node)

    def several(self, nodes: "Sequence[Node]") -> tuple[Expression, ...]:
        return tuple(self.expression(node) for node in nodes)

    def unread(self, node: "Node") -> Expression:
        return Unread(
            self.several([x for x in node.named_children if x.type not in _NOT_EXPRESSIONS]), place(node)
        )

    def arguments(self, node: "Node | None") -> tuple[Expression, ...]:
        return self.several(parts(node)) if node is not None else ()

    def pattern(self, node: "Node | None") -> Expression:
        """What a declaration or an assignment puts a value into."""
        if node is None:
            return Unread((), NOWHERE)
        if node.type == "object_pattern":
            return ObjectPattern(tuple(self._pattern_entries(node)), place(node))
        if node.type == "array_pattern":
            return ListLiteral(tuple(self._with_holes(node, self.pattern)), place(node))
        if node.type in ("assignment_pattern", "object_assignment_pattern"):
            left, right = (node.child_by_field_name(side) for side in ("left", "right"))
            return Default(self.pattern(left), self.expression(right), place(node))
        is_rest = node.type == "rest_pattern"
        return Spread(self.pattern(node.named_children[0]), place(node)) if is_rest else self.expression(node)

    def _pattern_entries(self, node: "Node") -> "Iterator[tuple[str, Expression, Expression | None]]":
        for child in parts(node):
            if child.type == "shorthand_property_identifier_pattern":
                yield self.text(child), Name(self.text(child), place(child)), None
            elif child.type == "object_assignment_pattern":
                left, value = child.child_by_field_name("left"), child.child_by_field_name("right")
                name = self.text(left) if left is not None else ""
                yield name, Name(name, place(child)), self.expression(value)
            elif child.type == "pair_pattern":
                inner = self.pattern(child.child_by_field_name("value"))
                target, default = (inner.target, inner.value) if isinstance(inner, Default) else (inner, None)
                yield self.key_text(child.child_by_field_name("key")), target, default
            elif child.type == "rest_pattern":
                yield "...", self.pattern(child.named_children[0]), None

    def _with_holes(
        self, node: "Node", read: "Callable[[Node | None], Expression]"
    ) -> "Iterator[Expression]":
        """The elements of an array, nothing in the places that are left out (``[, second]``)."""
        empty = True
        for child in node.children:
            if child.type == ",":
                if empty:
                    yield Constant(None, place(child))
                empty = True
            elif child.is_named and child.type != "comment":
                empty = False
                yield read(child)

    def key_text(self, node: "Node | None") -> str:
        """The name of a property as it stands in an object, without quotes."""
        if node is None:
            return ""
        if node.type == "string":
            return unescaped(self.text(node)[1:-1])
        return self.text(node).lstrip("#")

    def function(self, node: "Node") -> FunctionNode:
        name = node.child_by_field_name("name")
        parameters, rest = self._parameters(node)
        return FunctionNode(
            name=self.key_text(name),
            parameters=parameters,
            rest=rest,
            named_rest=None,
            body=self._function_body(node.child_by_field_name("body")),
            decorators=self.decorators(node),
            arrow=node.type == "arrow_function",
            generator="generator" in node.type or any(child.type == "*" for child in node.children),
            at=place(node),
            asynchronous=any(child.type == "async" for child in node.children),
        )

    def decorators(self, node: "Node") -> tuple[Expression, ...]:
        found = [child for child in node.children if child.type == "decorator" and child.named_children]
        return tuple(self.expression(child.named_children[0]) for child in found)

    def _function_body(self, node: "Node | None") -> tuple[Statement, ...]:
        if node is None:
            return ()
        if node.type == "statement_block":
            return self.statements(node.named_children)
        return (Return(self.expression(node), place(node)),)

    def _parameters(self, node: "Node") -> tuple[tuple[Parameter, ...], Expression | None]:
        single = node.child_by_field_name("parameter")
        if single is not None:
            return (Parameter(self.pattern(single)),), None
        given = node.child_by_field_name("parameters")
        found: list[Parameter] = []
        rest: Expression | None = None
        for child in parts(given) if given is not None else ():
            one = self._parameter(child)
            target = one.target if one is not None else None
            if isinstance(target, Spread):
                rest = target.value
            elif one is not None:
                found.append(one)
        return tuple(found), rest

    def _parameter(self, node: "Node") -> Parameter | None:
        if node.type not in ("required_parameter", "optional_parameter"):
            target = self.pattern(node)
            return (
                Parameter(target.target, target.value) if isinstance(target, Default) else Parameter(target)
            )
        pattern, value = node.child_by_field_name("pattern"), node.child_by_field_name("value")
        if pattern is None or pattern.type == "this":
            return None
        property_ = any(child.type in ("accessibility_modifier", "readonly") for child in node.children)
        return Parameter(
            self.pattern(pattern), self.expression(value) if value is not None else None, property_
        )


def _template(reader: ExpressionReader, node: "Node") -> Expression:
    found: list[Expression] = []
    for child in node.named_children:
        if child.type == "template_substitution":
            inner = parts(child)
            found.append(reader.expression(inner[0]) if inner else Unread((), place(child)))
        elif child.type in ("string_fragment", "escape_sequence"):
            found.append(Constant(unescaped(reader.text(child)), place(child)))
    return Template(tuple(found), place(node))


def _member(reader: ExpressionReader, node: "Node") -> Expression:
    owner = reader.expression(node.child_by_field_name("object"))
    return Attribute(owner, reader.key_text(node.child_by_field_name("property")), place(node))


def _subscript(reader: ExpressionReader, node: "Node") -> Expression:
    owner = reader.expression(node.child_by_field_name("object"))
    return Index(owner, reader.expression(node.child_by_field_name("index")), place(node))


def _call(reader: ExpressionReader, node: "Node") -> Expression:
    function, given = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    at = place(node)
    if given is not None and given.type == "template_string":
        return Unread((reader.expression(function), reader.expression(given)), at)
    called = (
        Name("require", at)
        if function is not None and function.type == "import"
        else reader.expression(function)
    )
    return Call(called, reader.arguments(given), (), False, at)


def _new(reader: ExpressionReader, node: "Node") -> Expression:
    made = reader.expression(node.child_by_field_name("constructor"))
    return Call(made, reader.arguments(node.child_by_field_name("arguments")), (), True, place(node))


def _object(reader: ExpressionReader, node: "Node") -> Expression:
    entries: list[tuple[Expression | None, Expression]] = []
    for child in parts(node):
        at = place(child)
        if child.type == "pair":
            entries.append((_key(reader, child), reader.expression(child.child_by_field_name("value"))))
        elif child.type == "shorthand_property_identifier":
            entries.append((Constant(reader.text(child), at), Name(reader.text(child), at)))
        elif child.type == "spread_element":
            entries.append((None, reader.expression(child.named_children[0])))
        elif child.type == "method_definition":
            function = reader.function(child)
            entries.append((Constant(function.name, at), FunctionExpression(function, at)))
    return ObjectLiteral(tuple(entries), place(node))


def _key(reader: ExpressionReader, node: "Node") -> Expression:
    key = node.child_by_field_name("key")
    if key is not None and key.type == "computed_property_name":
        return reader.expression(key.named_children[0])
    return Constant(reader.key_text(key), place(node))


def _array(reader: ExpressionReader, node: "Node") -> Expression:
    return ListLiteral(tuple(reader._with_holes(node, reader.expression)), place(node))


def _spread(reader: ExpressionReader, node: "Node") -> Expression:
    return Spread(reader.expression(node.named_children[0]), place(node))


def _assertion(reader: ExpressionReader, node: "Node") -> Expression:
    return reader.expression(parts(node)[-1])


def _binary(reader: ExpressionReader, node: "Node") -> Expression:
    sign, at = operator(node), place(node)
    if sign in _LOGICAL:
        first = reader.expression if sign == "??" else reader.tested
        either = first(node.child_by_field_name("left")), reader.expression(node.child_by_field_name("right"))
        return Boolean(_LOGICAL[sign], either, at)
    left = reader.expression(node.child_by_field_name("left"))
    right = reader.expression(node.child_by_field_name("right"))
    if sign in _COMPARISONS or sign in _PLAIN_COMPARISONS:
        return Compare(_COMPARISONS.get(sign, sign), left, right, at)
    return Binary(sign, left, right, at)


def _unary(reader: ExpressionReader, node: "Node") -> Expression:
    sign, operand = operator(node), node.child_by_field_name("argument")
    if sign == "!":
        return Unary("not", reader.tested(operand), place(node))
    return Unary(sign, reader.expression(operand), place(node))


def _conditional(reader: ExpressionReader, node: "Node") -> Expression:
    then, otherwise = (
        reader.expression(node.child_by_field_name(name)) for name in ("consequence", "alternative")
    )
    return Conditional(reader.tested(node.child_by_field_name("condition")), then, otherwise, place(node))


def _assignment(reader: ExpressionReader, node: "Node") -> Expression:
    target = reader.pattern(node.child_by_field_name("left"))
    return AssignExpression(target, reader.expression(node.child_by_field_name("right")), place(node))


def _augmented(reader: ExpressionReader, node: "Node") -> Expression:
    left, at = node.child_by_field_name("left"), place(node)
    sign = operator(node).removesuffix("=")
    old, new = reader.expression(left), reader.expression(node.child_by_field_name("right"))
    value: Expression = Binary(sign, old, new, at)
    if sign in _LOGICAL:
        value = Boolean(_LOGICAL[sign], (old, new), at)
    return AssignExpression(reader.pattern(left), value, at)


def _update(reader: ExpressionReader, node: "Node") -> Expression:
    target, at = reader.expression(node.child_by_field_name("argument")), place(node)
    return AssignExpression(target, Binary(operator(node)[:1], target, Constant(1, at), at), at)


def _yield(reader: ExpressionReader, node: "Node") -> Expression:
    inner = parts(node)
    many = any(child.type == "*" for child in node.children)
    return Yield(reader.expression(inner[0] if inner else None), many, place(node))


_READERS: "dict[str, Callable[[ExpressionReader, Node], Expression]]" = {
    "identifier": lambda reader, node: Name(reader.text(node), place(node)),
    "shorthand_property_identifier": lambda reader, node: Name(reader.text(node), place(node)),
    "shorthand_property_identifier_pattern": lambda reader, node: Name(reader.text(node), place(node)),
    "this": lambda _, node: Name("this", place(node)),
    "super": lambda _, node: Name("super", place(node)),
    "undefined": lambda _, node: Constant(None, place(node)),
    "null": lambda _, node: Constant(None, place(node)),
    "true": lambda _, node: Constant(True, place(node)),
    "false": lambda _, node: Constant(False, place(node)),
    "string": lambda reader, node: Constant(unescaped(reader.text(node)[1:-1]), place(node)),
    "number": lambda reader, node: number(reader.text(node), place(node)),
    "regex": lambda reader, node: regular_expression(reader.text, node),
    "template_string": _template,
    "member_expression": _member,
    "subscript_expression": _subscript,
    "call_expression": _call,
    "new_expression": _new,
    "object": _object,
    "array": _array,
    "spread_element": _spread,
    "class": lambda reader, node: ClassExpression(reader.class_definition(node), place(node)),
    "type_assertion": _assertion,
    "binary_expression": _binary,
    "unary_expression": _unary,
    "ternary_expression": _conditional,
    "assignment_expression": _assignment,
    "augmented_assignment_expression": _augmented,
    "update_expression": _update,
    "sequence_expression": lambda reader, node: InOrder(reader.several(parts(node)), place(node)),
    "yield_expression": _yield,
}
