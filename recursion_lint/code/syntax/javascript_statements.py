"""Statements, classes, imports and exports of JavaScript and TypeScript as parts of the tree.

An export is an assignment to a property of ``exports``, whichever of the two module systems it is written in.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from recursion_lint.code.syntax.javascript_exports import read_export, read_import
from recursion_lint.code.syntax.javascript_expressions import ExpressionReader
from recursion_lint.code.syntax.javascript_literals import operator, parts, place
from recursion_lint.code.syntax.tree import (
    DEEPEST,
    AssignExpression,
    Compare,
    Constant,
    Expression,
    Keys,
    Name,
    ObjectLiteral,
    Statement,
    TooDeep,
    Unary,
)
from recursion_lint.code.syntax.tree_statements import (
    Assign,
    Break,
    ClassDefinition,
    Continue,
    Define,
    Delete,
    Evaluate,
    Field,
    Handler,
    If,
    Loop,
    Method,
    Once,
    Raise,
    Return,
    Try,
)

if TYPE_CHECKING:
    from tree_sitter import Node

_LEAVING = (Break, Continue, Return, Raise)


class Reader(ExpressionReader):
    """Turns a module into the tree."""

    def module(self, root: "Node") -> tuple[Statement, ...]:
        body = self.statements(root.named_children)
        return (*body, *self.ending)

    def statements(self, nodes: "Sequence[Node]") -> tuple[Statement, ...]:
        """The statements of a block, the functions that it declares first."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise TooDeep
        found: list[Statement] = []
        functions: list[Statement] = []
        for node in nodes:
            read = _STATEMENTS.get(node.type)
            made = read(self, node) if read is not None else [Evaluate(self.expression(node), place(node))]
            hoisted = bool(made) and isinstance(made[0], Define)
            (functions if hoisted else found).extend(made)
        self.depth -= 1
        return (*functions, *found)

    def body(self, node: "Node | None") -> tuple[Statement, ...]:
        if node is None:
            return ()
        return self.statements(node.named_children if node.type == "statement_block" else [node])

    def class_definition(self, node: "Node") -> ClassDefinition:
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        methods: list[Method] = []
        fields: list[Field] = []
        rest: list[Statement] = []
        for member in parts(body) if body is not None else ():
            if member.type == "method_definition":
                methods.append(Method(self.function(member), _method_kind(member), place(member)))
            elif member.type in ("public_field_definition", "field_definition"):
                fields.append(self._field(member))
            elif member.type == "class_static_block":
                rest.extend(self.body(member.child_by_field_name("body")))
        return ClassDefinition(
            name=self.text(name) if name is not None else "",
            bases=tuple(self._bases(node)),
            methods=tuple(methods),
            fields=tuple(fields),
            body=tuple(rest),
            decorators=self.decorators(node),
            annotated=(),
            at=place(node),
        )

    def _field(self, node: "Node") -> Field:
        key = node.child_by_field_name("name") or node.child_by_field_name("property")
        value = node.child_by_field_name("value")
        static = any(child.type == "static" for child in node.children)
        return Field(
            self.key_text(key), self.expression(value) if value is not None else None, static, place(node)
        )

    def _bases(self, node: "Node") -> Iterator[Expression]:
        for heritage in node.named_children:
            if heritage.type != "class_heritage":
                continue
            for clause in heritage.named_children:
                if clause.type == "extends_clause":
                    yield self.expression(clause.child_by_field_name("value"))
                elif clause.type != "implements_clause":
                    yield self.expression(clause)


def _method_kind(node: "Node") -> str:
    words = {child.type for child in node.children}
    if "get" in words:
        return "getter"
    if "set" in words:
        return "setter"
    return "static" if "static" in words else "method"


def _nothing(reader: Reader, node: "Node") -> list[Statement]:
    del reader, node
    return []


def _expression(reader: Reader, node: "Node") -> list[Statement]:
    inner = parts(node)
    if not inner:
        return []
    value = reader.expression(inner[0])
    if isinstance(value, AssignExpression):
        return [Assign(value.target, value.value, False, place(node))]
    if isinstance(value, Unary) and value.operator == "delete":
        return [Delete(value.operand, place(node))]
    return [Evaluate(value, place(node))]


def _declaration(reader: Reader, node: "Node") -> list[Statement]:
    found: list[Statement] = []
    for child in node.named_children:
        if child.type == "variable_declarator":
            value = reader.expression(child.child_by_field_name("value"))
            target, whole = (
                reader.pattern(child.child_by_field_name("name")),
                node.type == "variable_declaration",
            )
            if child.child_by_field_name("value") is not None or not whole:
                found.append(Assign(target, value, True, place(child), whole))
    return found


def _function(reader: Reader, node: "Node") -> list[Statement]:
    return [Define(reader.function(node), place(node))]


def _class(reader: Reader, node: "Node") -> list[Statement]:
    return [reader.class_definition(node)]


def _if(reader: Reader, node: "Node") -> list[Statement]:
    other = node.child_by_field_name("alternative")
    if other is not None and other.type == "else_clause":
        other = next(iter(parts(other)), None)
    test = reader.tested(node.child_by_field_name("condition"))
    return [If(test, reader.body(node.child_by_field_name("consequence")), reader.body(other), place(node))]


def _for_each(reader: Reader, node: "Node") -> list[Statement]:
    target = reader.pattern(node.child_by_field_name("left"))
    iterable = reader.expression(node.child_by_field_name("right"))
    if operator(node) != "of":
        iterable = Keys(iterable, place(node))
    body = reader.body(node.child_by_field_name("body"))
    kind = node.child_by_field_name("kind")
    if kind is None or kind.type == "var":
        # The variable is not the block's own: it keeps its value after the loop.
        element = Name("(element)", place(node))
        body = (Assign(target, element, kind is not None, place(node), kind is not None), *body)
        target = element
    return [Loop(target, iterable, None, body, (), place(node))]


def _for(reader: Reader, node: "Node") -> list[Statement]:
    first = node.child_by_field_name("initializer")
    found = list(reader.statements([first])) if first is not None else []
    test, step = node.child_by_field_name("condition"), node.child_by_field_name("increment")
    body = reader.body(node.child_by_field_name("body"))
    if step is not None:
        body = (*body, Evaluate(reader.expression(step), place(step)))
    condition = parts(test)[0] if test is not None and test.type == "expression_statement" else test
    if condition is None or condition.type == "empty_statement":
        read: Expression = Constant(True, place(node))
    else:
        read = reader.expression(condition)
    return [*found, Loop(None, None, read, body, (), place(node))]


def _while(reader: Reader, node: "Node") -> list[Statement]:
    test = reader.expression(node.child_by_field_name("condition"))
    body = reader.body(node.child_by_field_name("body"))
    if node.type == "do_statement":
        leave = If(test, (), (Break(place(node)),), place(node))
        return [Loop(None, None, Constant(True, place(node)), (*body, leave), (), place(node))]
    return [Loop(None, None, test, body, (), place(node))]


def _return(reader: Reader, node: "Node") -> list[Statement]:
    inner = parts(node)
    return [Return(reader.expression(inner[0]) if inner else None, place(node))]


def _throw(reader: Reader, node: "Node") -> list[Statement]:
    inner = parts(node)
    return [Raise(reader.expression(inner[0]) if inner else None, place(node))]


def _block(reader: Reader, node: "Node") -> list[Statement]:
    return [If(Constant(True, place(node)), reader.statements(node.named_children), (), place(node))]


def _broken(reader: Reader, node: "Node") -> list[Statement]:
    """What could still be read of something that does not fit the grammar."""
    return list(reader.statements(node.named_children))


def _labelled(reader: Reader, node: "Node") -> list[Statement]:
    inner = node.child_by_field_name("body")
    body = reader.body(inner)
    block = node.type == "labeled_statement" and inner is not None and inner.type == "statement_block"
    return [Once(body, place(node))] if block else list(body)


def _try(reader: Reader, node: "Node") -> list[Statement]:
    handler, final = node.child_by_field_name("handler"), node.child_by_field_name("finalizer")
    handlers: tuple[Handler, ...] = ()
    if handler is not None:
        caught = handler.child_by_field_name("parameter")
        target = reader.pattern(caught) if caught is not None else None
        handlers = (Handler(target, reader.body(handler.child_by_field_name("body")), place(handler)),)
    last = reader.body(final.child_by_field_name("body")) if final is not None else ()
    return [Try(reader.body(node.child_by_field_name("body")), handlers, (), last, place(node))]


def _switch(reader: Reader, node: "Node") -> list[Statement]:
    """One branch a case, in which the cases below it stand too where it runs on into them."""
    subject = reader.expression(node.child_by_field_name("value"))
    body = node.child_by_field_name("body")
    cases = parts(body) if body is not None else []
    blocks: list[tuple[Statement, ...]] = [()] * (len(cases) + 1)
    for number in range(len(cases) - 1, -1, -1):
        own = reader.statements(
            [x for x in parts(cases[number]) if x != cases[number].child_by_field_name("value")]
        )
        runs_on = not own or not isinstance(own[-1], _LEAVING)
        blocks[number] = (*own, *blocks[number + 1]) if runs_on else own
    otherwise: tuple[Statement, ...] = ()
    for case, block in zip(cases, blocks, strict=False):
        if case.type == "switch_default":
            otherwise = block
    for case, block in reversed(list(zip(cases, blocks, strict=False))):
        if case.type == "switch_case":
            value = case.child_by_field_name("value")
            at = place(case)[:2] + place(value if value is not None else case)[2:]
            test = Compare("==", subject, reader.expression(value), at)
            otherwise = (If(test, block, otherwise, place(case)),)
    return [Once(otherwise, place(node))]


def _enumeration(reader: Reader, node: "Node") -> list[Statement]:
    body, entries, number = node.child_by_field_name("body"), [], 0
    for child in parts(body) if body is not None else ():
        at = place(child)
        if child.type == "enum_assignment":
            key, value = (
                reader.key_text(child.child_by_field_name("name")),
                child.child_by_field_name("value"),
            )
            entries.append((Constant(key, at), reader.expression(value)))
        else:
            entries.append((Constant(reader.key_text(child), at), Constant(number, at)))
            number += 1
    name = reader.text(node.child_by_field_name("name") or node)
    return [Assign(Name(name, place(node)), ObjectLiteral(tuple(entries), place(node)), True, place(node))]


_STATEMENTS: "dict[str, Callable[[Reader, Node], list[Statement]]]" = {
    **dict.fromkeys(
        (
            "comment",
            "empty_statement",
            "interface_declaration",
            "type_alias_declaration",
            "ambient_declaration",
            "function_signature",
            "hash_bang_line",
            "import_alias",
        ),
        _nothing,
    ),
    **dict.fromkeys(("function_declaration", "generator_function_declaration"), _function),
    **dict.fromkeys(("class_declaration", "abstract_class_declaration"), _class),
    **dict.fromkeys(("lexical_declaration", "variable_declaration"), _declaration),
    **dict.fromkeys(("while_statement", "do_statement"), _while),
    "statement_block": _block,
    "ERROR": _broken,
    **dict.fromkeys(("labeled_statement", "internal_module", "module"), _labelled),
    "expression_statement": _expression,
    "if_statement": _if,
    "for_in_statement": _for_each,
    "for_statement": _for,
    "return_statement": _return,
    "throw_statement": _throw,
    "break_statement": lambda _, node: [Break(place(node))],
    "continue_statement": lambda _, node: [Continue(place(node))],
    "try_statement": _try,
    "switch_statement": _switch,
    "enum_declaration": _enumeration,
    "import_statement": read_import,
    "export_statement": read_export,
}
