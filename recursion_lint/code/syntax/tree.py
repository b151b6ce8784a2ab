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
    """``not``, ``-``, ``typeof``, ``delete`` and others; ``tested`` is a call in a test that nothing waits for."""

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
    """A class as a value; ``definition`` is a ``ClassDefinition``."""

    definition: Statement
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
    """A list, or an object where there is a ``value`` beside the ``element``, which is the key then.

    A ``delayed`` one is worked out when something iterates over it.
    """

    generators: tuple[Generator, ...]
    element: Expression
    value: Expression | None
    at: At
    delayed: bool = False


class Accessor(NamedTuple):
    """A function that gives a field of an object when it is read, or one that is called when the field is written."""

    function: Expression
    writes: bool
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


class Await(NamedTuple):
    """What a coroutine or a promise comes to."""

    value: Expression
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
    """A function. ``rest`` and ``named_rest`` take the arguments left; an ``arrow`` has the outer ``this``.

    The first ``by_place`` parameters are never given by their names, the last ``by_name`` never by their place.
    What an ``asynchronous`` one of JavaScript gives is a promise for whoever does not wait for it, one of Python does
    nothing before somebody waits for it.
    """

    name: str
    parameters: tuple[Parameter, ...]
    rest: Expression | None
    named_rest: str | None
    body: tuple[Statement, ...]
    decorators: tuple[Expression, ...]
    arrow: bool
    generator: bool
    at: At
    asynchronous: bool = False
    by_place: int = 0
    by_name: int = 0


class TooDeep(Exception):
    """The source is nested more deeply than is followed."""


DEEPEST = 120
