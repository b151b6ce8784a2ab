"""What reading nodes of JavaScript and TypeScript has in common: nested expressions, patterns, functions."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from recursion_lint.code.syntax.javascript_literals import (
    operator,
    parts,
    place,
    unescaped,
)
from recursion_lint.code.syntax.tree import (
    DEEPEST,
    NOWHERE,
    Boolean,
    Constant,
    Default,
    Expression,
    FunctionExpression,
    FunctionNode,
    ListLiteral,
    Name,
    ObjectPattern,
    Parameter,
    Spread,
    Statement,
    TooDeep,
    Unary,
    Unread,
)
from recursion_lint.code.syntax.tree_statements import ClassDefinition, Return

if TYPE_CHECKING:
    from tree_sitter import Node

LOGICAL = {"&&": "and", "||": "or", "??": "??"}
_WRAPPERS = frozenset(
    {
        "parenthesized_expression",
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


class NodeReader:
    """Turns nodes of expressions into the tree. ``depth`` counts how deeply nodes are nested; ``ending`` holds the
    exports that are to be made when all names are defined, ``readers`` say how kinds of expressions are read."""

    readers: "ClassVar[Mapping[str, Callable[[Any, Node], Expression]]]"

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
        read = self.readers.get(kind)
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
            return Boolean(LOGICAL[operator(node)], tuple(sides), place(node))
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
            return ListLiteral(tuple(self.with_holes(node, self.pattern)), place(node))
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

    def with_holes(self, node: "Node", read: "Callable[[Node | None], Expression]") -> "Iterator[Expression]":
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
