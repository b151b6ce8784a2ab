"""Expressions of JavaScript and TypeScript as parts of the tree."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from recursion_lint.code.syntax.javascript_literals import (
    number,
    operator,
    parts,
    place,
    regular_expression,
    unescaped,
)
from recursion_lint.code.syntax.javascript_reading import LOGICAL, NodeReader
from recursion_lint.code.syntax.tree import (
    Accessor,
    AssignExpression,
    Attribute,
    Await,
    Binary,
    Boolean,
    Call,
    ClassExpression,
    Compare,
    Conditional,
    Constant,
    Expression,
    FunctionExpression,
    Index,
    InOrder,
    ListLiteral,
    Name,
    ObjectLiteral,
    Spread,
    Template,
    Unary,
    Unread,
    Yield,
)

if TYPE_CHECKING:
    from tree_sitter import Node

_COMPARISONS = {"===": "==", "!==": "!=", "in": "has"}
_PLAIN_COMPARISONS = frozenset({"==", "!=", "<", ">", "<=", ">=", "instanceof"})


def _template(reader: NodeReader, node: "Node") -> Expression:
    found: list[Expression] = []
    for child in node.named_children:
        if child.type == "template_substitution":
            inner = parts(child)
            found.append(reader.expression(inner[0]) if inner else Unread((), place(child)))
        elif child.type in ("string_fragment", "escape_sequence"):
            found.append(Constant(unescaped(reader.text(child)), place(child)))
    return Template(tuple(found), place(node))


def _member(reader: NodeReader, node: "Node") -> Expression:
    owner = reader.expression(node.child_by_field_name("object"))
    return Attribute(owner, reader.key_text(node.child_by_field_name("property")), place(node))


def _subscript(reader: NodeReader, node: "Node") -> Expression:
    owner = reader.expression(node.child_by_field_name("object"))
    return Index(owner, reader.expression(node.child_by_field_name("index")), place(node))


def _call(reader: NodeReader, node: "Node") -> Expression:
    function, given = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    at = place(node)
    if given is not None and given.type == "template_string":
        inner = [parts(child) for child in given.named_children if child.type == "template_substitution"]
        values = (reader.expression(one[0]) for one in inner if one)
        return Call(reader.expression(function), (reader.expression(given), *values), (), False, at)
    called = (
        Name("require", at)
        if function is not None and function.type == "import"
        else reader.expression(function)
    )
    return Call(called, reader.arguments(given), (), False, at)


def _new(reader: NodeReader, node: "Node") -> Expression:
    made = reader.expression(node.child_by_field_name("constructor"))
    return Call(made, reader.arguments(node.child_by_field_name("arguments")), (), True, place(node))


def _object(reader: NodeReader, node: "Node") -> Expression:
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
            words = {part.type for part in child.children}
            method: Expression = FunctionExpression(function, at)
            if words & {"get", "set"}:
                method = Accessor(method, "set" in words, at)
            entries.append((Constant(function.name, at), method))
    return ObjectLiteral(tuple(entries), place(node))


def _key(reader: NodeReader, node: "Node") -> Expression:
    key = node.child_by_field_name("key")
    if key is not None and key.type == "computed_property_name":
        return reader.expression(key.named_children[0])
    return Constant(reader.key_text(key), place(node))


def _array(reader: NodeReader, node: "Node") -> Expression:
    return ListLiteral(tuple(reader.with_holes(node, reader.expression)), place(node))


def _spread(reader: NodeReader, node: "Node") -> Expression:
    return Spread(reader.expression(node.named_children[0]), place(node))


def _assertion(reader: NodeReader, node: "Node") -> Expression:
    return reader.expression(parts(node)[-1])


def _binary(reader: NodeReader, node: "Node") -> Expression:
    sign, at = operator(node), place(node)
    if sign in LOGICAL:
        first = reader.expression if sign == "??" else reader.tested
        either = first(node.child_by_field_name("left")), reader.expression(node.child_by_field_name("right"))
        return Boolean(LOGICAL[sign], either, at)
    left = reader.expression(node.child_by_field_name("left"))
    right = reader.expression(node.child_by_field_name("right"))
    if sign in _COMPARISONS or sign in _PLAIN_COMPARISONS:
        return Compare(_COMPARISONS.get(sign, sign), left, right, at)
    return Binary(sign, left, right, at)


def _unary(reader: NodeReader, node: "Node") -> Expression:
    sign, operand = operator(node), node.child_by_field_name("argument")
    if sign == "!":
        return Unary("not", reader.tested(operand), place(node))
    return Unary(sign, reader.expression(operand), place(node))


def _conditional(reader: NodeReader, node: "Node") -> Expression:
    then, otherwise = (
        reader.expression(node.child_by_field_name(name)) for name in ("consequence", "alternative")
    )
    return Conditional(reader.tested(node.child_by_field_name("condition")), then, otherwise, place(node))


def _assignment(reader: NodeReader, node: "Node") -> Expression:
    target = reader.pattern(node.child_by_field_name("left"))
    return AssignExpression(target, reader.expression(node.child_by_field_name("right")), place(node))


def _augmented(reader: NodeReader, node: "Node") -> Expression:
    left, at = node.child_by_field_name("left"), place(node)
    sign = operator(node).removesuffix("=")
    old, new = reader.expression(left), reader.expression(node.child_by_field_name("right"))
    value: Expression = Binary(sign, old, new, at)
    if sign in LOGICAL:
        value = Boolean(LOGICAL[sign], (old, new), at)
    return AssignExpression(reader.pattern(left), value, at)


def _update(reader: NodeReader, node: "Node") -> Expression:
    target, at = reader.expression(node.child_by_field_name("argument")), place(node)
    return AssignExpression(target, Binary(operator(node)[:1], target, Constant(1, at), at), at)


def _yield(reader: NodeReader, node: "Node") -> Expression:
    inner = parts(node)
    many = any(child.type == "*" for child in node.children)
    return Yield(reader.expression(inner[0] if inner else None), many, place(node))


_READERS: "dict[str, Callable[[NodeReader, Node], Expression]]" = {
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
    "await_expression": lambda reader, node: Await(
        reader.expression(next(iter(parts(node)), None)), place(node)
    ),
}


class ExpressionReader(NodeReader):
    """Reads expressions; the reader of statements goes on from here."""

    readers = _READERS
