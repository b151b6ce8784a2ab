"""A small tree that both front ends give and one interpreter walks: what matters of a language, and no more.

``At`` are places in the source: first line and column, last line and column; lines from 1, columns from 0 in bytes.
``Expression`` and ``Statement`` stand for the classes below. They are no unions of them: type checkers compare named
tuples field by field, and take minutes over unions that contain themselves.
"""

from typing import Any, NamedTuple, TypeAlias

from recursion_lint.code.calls import Scalar

At: TypeAlias = tuple[int, int, int, int]
NOWHERE: At = (0, 0, 0, 0)
Expression: TypeAlias = tuple[Any, ...]
Statement: TypeAlias = tuple[Any, ...]


class Constant(NamedTuple):
    """A literal; bytes are text."""

    value: Scalar
    at: At


class Template(NamedTuple):
    """Parts put together as one text."""

    parts: tuple[Expression, ...]
    at: At


class Name(NamedTuple):
    """A variable; ``this`` and ``super`` are such names."""

    name: str
    at: At


class Attribute(NamedTuple):
    """``object.name``."""

    object: Expression
    name: str
    at: At


class Index(NamedTuple):
    """``object[key]``."""

    object: Expression
    key: Expression
    at: At


class Slice(NamedTuple):
    """``object[lower:upper]``."""

    object: Expression
    bounds: tuple[Expression, ...]
    at: At


class Call(NamedTuple):
    """A call; ``new`` where it makes an object. ``keywords`` are named arguments."""

    function: Expression
    arguments: tuple[Expression, ...]
    keywords: tuple[tuple[str, Expression], ...]
    new: bool
    at: At


class Spread(NamedTuple):
    """All elements of a list (``*a``, ``...a``), in arguments and lists."""

    value: Expression
    at: At


class KeywordSpread(NamedTuple):
    """All fields of an object as named arguments (``**a``)."""

    value: Expression
    at: At


class ObjectLiteral(NamedTuple):
    """Pairs of key and value; without a key the value is an object whose fields are taken over."""

    entries: tuple[tuple[Expression | None, Expression], ...]
    at: At


class ListLiteral(NamedTuple):
    """A list, a tuple or a set; as a pattern it takes a list apart."""

    items: tuple[Expression, ...]
    at: At


class ObjectPattern(NamedTuple):
    """Takes an object apart: key, target and default of each; the key ``...`` takes what is left."""

    entries: tuple[tuple[str, Expression, Expression | None], ...]
    at: At


class Default(NamedTuple):
    """A target with a value for where there is nothing."""

    target: Expression
    value: Expression
    at: At


class Binary(NamedTuple):
    """Arithmetic, and ``+`` and ``%`` of texts."""

    operator: str
    left: Expression
    right: Expression
    at: At


class Boolean(NamedTuple):
    """``and``, ``or`` or ``??`` of two or more."""

    operator: str
    operands: tuple[Expression, ...]
    at: At


class Unary(NamedTuple):
    """``not``, ``-``, ``typeof``, ``delete`` and others."""

    operator: str
    operand: Expression
    at: At


class Compare(NamedTuple):
    """A comparison: ``==``, ``!=``, ``<``, ``in``, ``not in``, ``has`` (a field of an object), ``instanceof``, ..."""

    operator: str
    left: Expression
    right: Expression
    at: At


class Conditional(NamedTuple):
    """One value or the other."""

    test: Expression
    then: Expression
    otherwise: Expression
    at: At


class FunctionExpression(NamedTuple):
    """A function as a value."""

    function: "FunctionNode"
    at: At


class ClassExpression(NamedTuple):
    """A class as a value."""

    definition: "ClassDefinition"
    at: At


class AssignExpression(NamedTuple):
    """An assignment that is a value."""

    target: Expression
    value: Expression
    at: At


class Generator(NamedTuple):
    """One ``for`` of a comprehension with its conditions."""

    target: Expression
    iterable: Expression
    conditions: tuple[Expression, ...]


class Comprehension(NamedTuple):
    """A list, or an object where there is a ``value`` beside the ``element``, which is the key then."""

    generators: tuple[Generator, ...]
    element: Expression
    value: Expression | None
    at: At


class InOrder(NamedTuple):
    """Several expressions; the last is the value."""

    parts: tuple[Expression, ...]
    at: At


class Keys(NamedTuple):
    """The names of an object's fields (``for … in`` of JavaScript)."""

    object: Expression
    at: At


class Yield(NamedTuple):
    """A value given to whoever iterates; ``many`` where it is a list of them."""

    value: Expression
    many: bool
    at: At


class Unread(NamedTuple):
    """Something that is not modelled: its parts are evaluated, its value is not known."""

    parts: tuple[Expression, ...]
    at: At


class Parameter(NamedTuple):
    """One parameter: where it goes, its default, and whether it becomes a property of ``this`` by itself."""

    target: Expression
    default: Expression | None = None
    property: bool = False


class FunctionNode(NamedTuple):
    """A function. ``rest`` and ``named_rest`` take the arguments left; an ``arrow`` has the outer ``this``."""

    name: str
    parameters: tuple[Parameter, ...]
    rest: Expression | None
    named_rest: str | None
    body: tuple[Statement, ...]
    decorators: tuple[Expression, ...]
    arrow: bool
    generator: bool
    at: At


class Evaluate(NamedTuple):
    """An expression for its effects."""

    value: Expression
    at: At


class Assign(NamedTuple):
    """``declares``: the name is made here, whatever an outer scope has."""

    target: Expression
    value: Expression
    declares: bool
    at: At


class Delete(NamedTuple):
    """A name, a field or an element is taken away."""

    target: Expression
    at: At


class If(NamedTuple):
    """A branch."""

    test: Expression
    then: tuple[Statement, ...]
    otherwise: tuple[Statement, ...]
    at: At


class Loop(NamedTuple):
    """Over an ``iterable`` into a ``target``, or while a ``test`` holds; ``after`` runs when it was not broken off."""

    target: Expression | None
    iterable: Expression | None
    test: Expression | None
    body: tuple[Statement, ...]
    after: tuple[Statement, ...]
    at: At


class Once(NamedTuple):
    """A block that a ``break`` leaves: a ``switch``."""

    body: tuple[Statement, ...]
    at: At


class Return(NamedTuple):
    """Leaves the function."""

    value: Expression | None
    at: At


class Raise(NamedTuple):
    """Leaves for the next handler of exceptions."""

    value: Expression | None
    at: At


class Break(NamedTuple):
    """Leaves the loop."""

    at: At


class Continue(NamedTuple):
    """Goes on to the next round."""

    at: At


class Handler(NamedTuple):
    """What is done with an exception; ``target`` gets it."""

    target: Expression | None
    body: tuple[Statement, ...]
    at: At


class Try(NamedTuple):
    """``after`` is run when there was no exception, ``final`` in any case."""

    body: tuple[Statement, ...]
    handlers: tuple[Handler, ...]
    after: tuple[Statement, ...]
    final: tuple[Statement, ...]
    at: At


class Define(NamedTuple):
    """A function under its name."""

    function: FunctionNode
    at: At


class Field(NamedTuple):
    """A field of a class; ``static`` ones belong to the class itself. ``None``: declared and not set."""

    name: str
    value: Expression | None
    static: bool
    at: At


class Method(NamedTuple):
    """A method of a class; ``kind`` says how it is reached."""

    function: FunctionNode
    kind: str  # method, getter, static, class
    at: At


class ClassDefinition(NamedTuple):
    """A class under its name; ``body`` holds what is neither method nor field, ``annotated`` names fields in order."""

    name: str
    bases: tuple[Expression, ...]
    methods: tuple[Method, ...]
    fields: tuple[Field, ...]
    body: tuple[Statement, ...]
    decorators: tuple[Expression, ...]
    annotated: tuple[str, ...]
    at: At


class ImportPython(NamedTuple):
    """``import a.b`` (``alias``), or ``from a.b import names`` (name and alias of each; ``*`` for all)."""

    module: str
    level: int
    alias: str | None
    names: tuple[tuple[str, str], ...] | None
    at: At


class ImportJavaScript(NamedTuple):
    """``import default, * as namespace, {names} from "module"``."""

    module: str
    default: str | None
    namespace: str | None
    names: tuple[tuple[str, str], ...]
    at: At


class ExportAll(NamedTuple):
    """``export * from "module"``."""

    module: str
    at: At


class Outer(NamedTuple):
    """The names belong to an outer scope (``global``, ``nonlocal``)."""

    names: tuple[str, ...]
    module: bool
    at: At


class Parsed(NamedTuple):
    """A file as a tree; ``problem`` says what of it could not be read."""

    body: tuple[Statement, ...]
    problem: str | None = None


class TooDeep(Exception):
    """The source is nested more deeply than is followed."""


DEEPEST = 120
