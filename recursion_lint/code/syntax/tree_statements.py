"""The statements of the tree."""

from typing import NamedTuple

from recursion_lint.code.syntax.tree import At, Expression, FunctionNode, Statement


class Evaluate(NamedTuple):
    """An expression for its effects."""

    value: Expression
    at: At


class Assign(NamedTuple):
    """``declares``: the name is made here, whatever an outer scope has; ``whole``: for the whole function (``var``)."""

    target: Expression
    value: Expression
    declares: bool
    at: At
    whole: bool = False


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


class With(NamedTuple):
    """``value`` is entered into ``target``; ``last`` is done at the end of ``body``, on what is kept as ``manager``."""

    manager: Expression
    value: Expression
    target: Expression | None
    asynchronous: bool
    body: tuple[Statement, ...]
    last: tuple[Statement, ...]
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
