"""Values that can change, or that are no data: objects, lists, functions, classes, modules, SDK clients.

What can change lies in cells, and every change of a cell goes through the journal.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

from recursion_lint.code.calls import MOST_ALTERNATIVES, Alternatives, Guard, Unknown, Value
from recursion_lint.code.syntax.tree import At, FunctionNode
from recursion_lint.code.syntax.tree_statements import ClassDefinition
from recursion_lint.code.values import ABSENT


class Mark:
    """What a cell holds beside the fields of a program: no string, so that no field has its name.

    Compared by identity, and hashed by it: an enumeration would hash in Python, half a million times a second.
    """

    __slots__ = ("meaning",)

    def __init__(self, meaning: str) -> None:
        self.meaning = meaning


OPEN = Mark("there may be other fields")
REST = Mark("what other fields come from")
ANY = Mark("what was put in under computed names")
ANY_KEY = Mark("the computed names")
ITEMS = Mark("the elements of a list")
CHOSEN = Mark("the names that came in after it was made empty, and the conditions on which there are any")
MARKS = frozenset({OPEN, REST, ANY, ANY_KEY, CHOSEN})


class Cell(dict[Any, Any]):
    """Variables of a scope, or fields of an object. ``born`` numbers cells in the order they were made.

    ``lasting``: made while a module was loaded, so it keeps what earlier invocations have put into it.
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
    """

    __slots__ = ("born", "lasting", "scope")

    def __init__(self, born: int, scope: bool = False) -> None:
        super().__init__()
        self.born = born
        self.scope = scope
        self.lasting = False


class Thing:
    """A value that is no frozen one. Two are the same only if they are one object."""

    __slots__ = ()


V: TypeAlias = Value | Thing


class Record(Thing):
    """An object or a dictionary. Its cell may have marks: ``OPEN`` (there may be other fields), ``REST`` (the value
    that they come from), ``ANY`` and ``ANY_KEY`` (what was put in under computed names, and these), ``CHOSEN`` (for one
    that was made empty the names that came in, as ``Items``, with the conditions on which there are any)."""

    __slots__ = ("cell",)

    def __init__(self, cell: Cell) -> None:
        self.cell = cell


class Items(NamedTuple):
    """What a list holds; ``exact``: just these in this order. ``chosen`` are the conditions on which there are any."""

    values: tuple[V, ...]
    exact: bool
    chosen: tuple[Guard, ...] = ()


NO_ITEMS = Items((), True)


def either(first: Items, second: Items) -> tuple[Guard, ...]:
    """The conditions on which there are elements of one or the other. Two sets of conditions say nothing together."""
    if not first.values or not second.values:
        return first.chosen if first.values else second.chosen
    if not first.chosen or not second.chosen or first.chosen == second.chosen:
        return first.chosen and second.chosen
    if set(first.chosen) == set(second.chosen):
        return first.chosen and second.chosen
    known = first.chosen[0]
    return (known._replace(test=Unknown("elements", frozenset({"event"})), holds=True),)


def any_of(first: Items, second: Items) -> Items:
    """Elements of which there are some on the conditions of one or the other."""
    return Items(first.values, True, either(first, second))


class Sequence(Thing):
    """A list; its cell holds ``Items``."""

    __slots__ = ("cell",)

    def __init__(self, cell: Cell) -> None:
        self.cell = cell

    @property
    def items(self) -> Items:
        found = self.cell[ITEMS]
        return found if isinstance(found, Items) else Items((Unknown("element"),), False)


class Scope:
    """Variables of a module, a function, a class body, or a block (JavaScript). ``outer`` are names that an outer
    scope owns; ``owns`` is the class whose body it is: methods do not see its names."""

    __slots__ = ("block", "cell", "module", "outer", "owns", "up")

    def __init__(self, cell: Cell, up: "Scope | None", module: "Module", block: bool = False) -> None:
        self.block = block
        self.owns: Class | None = None
        self.cell = cell
        self.up = up
        self.module = module
        self.outer: dict[str, Scope] = {}

    def whole(self) -> "Scope":
        """The scope of the function or module that a block stands in."""
        scope = self
        while scope.block and scope.up is not None:
            scope = scope.up
        return scope

    def owner(self, name: str) -> "Scope | None":
        """The nearest scope that has the variable."""
        scope: Scope | None = self
        while scope is not None and name not in scope.cell:
            scope = scope.up
        return scope


class Module(Thing):
    """A file of the project. ``exports`` is what a module of JavaScript gives; ``lines`` is its source; ``loaded``:
    its statements have been run."""

    __slots__ = ("exports", "lines", "loaded", "path", "scope")

    def __init__(self, path: str, cell: Cell) -> None:
        self.path = path
        self.lines: list[bytes] = []
        self.scope = Scope(cell, None, self)
        self.exports: V = ABSENT
        self.loaded = False


class Function(Thing):
    """A function with the scope it was made in. ``receiver`` is its ``self`` or ``this``, ``bound`` comes before
    its arguments. ``defaults`` of parameters, by place, are those that were there when it was defined (Python)."""

    __slots__ = ("bound", "defaults", "node", "owner", "receiver", "scope")

    def __init__(
        self,
        node: FunctionNode,
        scope: Scope,
        receiver: V | None = None,
        owner: "Class | None" = None,
        bound: tuple[V, ...] = (),
    ) -> None:
        self.node = node
        self.scope = scope
        self.receiver = receiver
        self.owner = owner
        self.bound = bound
        self.defaults: dict[int, V] = {}

    def with_receiver(self, receiver: V | None) -> "Function":
        return self.with_bound(receiver, self.bound)

    def with_bound(self, receiver: V | None, bound: tuple[V, ...]) -> "Function":
        made = Function(self.node, self.scope, receiver, self.owner, bound)
        made.defaults = self.defaults
        return made


class Class(Thing):
    """A class: its members by name (a function with how it is reached, or a value), and the fields of its instances."""

    __slots__ = ("bases", "cell", "definition", "kinds", "scope")

    def __init__(self, definition: ClassDefinition, bases: tuple[V, ...], cell: Cell, scope: Scope) -> None:
        self.definition = definition
        self.bases = bases
        self.cell = cell
        self.scope = scope
        self.kinds: dict[str, str] = {}

    def ancestry(self) -> "list[Class]":
        """The class and the classes it derives from, nearest first; those of libraries are left out."""
        found: list[Class] = []
        waiting: list[V] = [self]
        while waiting and len(found) < 20:
            one = waiting.pop(0)
            if isinstance(one, Class) and one not in found:
                found.append(one)
                waiting.extend(one.bases)
        return found

    def foreign(self) -> list[V]:
        """The bases, near and far, that are no classes of the project."""
        return [base for one in self.ancestry() for base in one.bases if not isinstance(base, Class)]


class Instance(Thing):
    """An object of a class of the project."""

    __slots__ = ("cell", "of")

    def __init__(self, of: Class, cell: Cell) -> None:
        self.of = of
        self.cell = cell


class Opaque(Thing):
    """Something that was not read. ``callbacks`` are functions that it wraps: calling it calls them; ``listeners`` are
    those that it may call at any time, ``handed`` other things of libraries that it was given. ``root`` is what it was
    got from."""

    __slots__ = ("callbacks", "handed", "listeners", "reason", "root", "sources")

    def __init__(
        self, reason: str, sources: frozenset[str] = frozenset(), root: "Opaque | None" = None
    ) -> None:
        self.reason = reason
        self.sources = sources
        self.root: Opaque | None = root.root or root if root is not None else None
        self.callbacks: list[Function] = []
        self.handed: list[Opaque] = []
        self.listeners: list[Function] = []

    def registered(self) -> list[Function]:
        """The functions that it may call at any time, kept where it was got from."""
        return self.root.registered() if self.root is not None else self.listeners


class Library(Opaque):
    """A part of a package that is not the project's, by its dotted name: ``@aws-sdk/client-s3.S3Client``."""

    __slots__ = ()

    @property
    def name(self) -> str:
        return self.reason


class Client(Thing):
    """An SDK client. ``style``: ``client``, ``resource`` (boto3), ``document`` (DynamoDB of JavaScript)."""

    __slots__ = ("service", "style")

    def __init__(self, service: str, style: str = "client") -> None:
        self.service = service
        self.style = style


class Resource(Thing):
    """A resource object of boto3 with the parameters that identify it."""

    __slots__ = ("kind", "parameters", "service")

    def __init__(self, service: str, kind: str, parameters: Mapping[str, V]) -> None:
        self.service = service
        self.kind = kind
        self.parameters = parameters


class Command(Thing):
    """A command of the JavaScript SDK that is still to be sent, and where it was made."""

    __slots__ = ("at", "module", "name", "parameters", "service")

    def __init__(self, service: str, name: str, parameters: V, module: Module, at: At) -> None:
        self.service = service
        self.name = name
        self.parameters = parameters
        self.module = module
        self.at = at


class Bound(Thing):
    """A method taken from its object without being called."""

    __slots__ = ("name", "receiver")

    def __init__(self, receiver: V, name: str) -> None:
        self.receiver = receiver
        self.name = name


class Partial(Thing):
    """Something to be called that has some of its arguments already: those come first."""

    __slots__ = ("function", "named", "positional", "rest")

    def __init__(
        self, function: V, positional: tuple[V, ...], named: Mapping[str, V], rest: V | None = None
    ) -> None:
        self.function = function
        self.positional = positional
        self.named = named
        self.rest = rest


class Late(Thing):
    """What a module will export that is still being loaded: two modules import each other."""

    __slots__ = ("module", "name")

    def __init__(self, module: Module, name: str) -> None:
        self.module = module
        self.name = name


class Getter(Thing):
    """A field that a function gives when it is read: what bundlers make of exports."""

    __slots__ = ("function",)

    def __init__(self, function: V) -> None:
        self.function = function


class EnvironmentAll(Thing):
    """All environment variables (``os.environ``, ``process.env``)."""

    __slots__ = ()


class Either(Thing):
    """One or the other, where some are no frozen values; ``tests`` say when it is which, where that is known."""

    __slots__ = ("options", "tests")

    def __init__(self, options: tuple[V, ...], tests: tuple[Value, ...] = ()) -> None:
        self.options = options
        self.tests = tests


class Delayed(Thing):
    """What ``run`` gives when it is asked for: a generator, a coroutine.

    ``guards`` are the conditions on which it was made, in ``module``. ``started``: it was asked for, ``dropped``: it
    surely was not, ``running``: it is being asked for.
    """

    __slots__ = ("dropped", "guards", "module", "run", "running", "started")

    def __init__(self, run: Callable[[], V], guards: tuple[Guard, ...], module: Module) -> None:
        self.run = run
        self.guards = guards
        self.module = module
        self.started = self.dropped = self.running = False


class Promised(Thing):
    """A promise (JavaScript) of a value."""

    __slots__ = ("value",)

    def __init__(self, value: V) -> None:
        self.value = value


ENVIRONMENT_ALL = EnvironmentAll()
CALLED = (Function, Bound, Partial)


def options_of(value: V) -> tuple[V, ...]:
    """The alternatives that a value is, or the value itself."""
    return value.options if isinstance(value, (Either, Alternatives)) else (value,)


def join(values: Iterable[V]) -> V:
    """One or the other of several values."""
    found: list[V] = []
    for value in values:
        if isinstance(value, (Either, Alternatives)):
            found += [option for option in value.options if option not in found]
        elif value not in found:
            found.append(value)
    if len(found) > MOST_ALTERNATIVES:
        return Unknown("many values", frozenset({"unknown"}))
    if len(found) == 1:
        return found[0]
    if not found:
        return Unknown("no value")
    frozen = [option for option in found if not isinstance(option, Thing)]
    return Alternatives(tuple(frozen)) if len(frozen) == len(found) else Either(tuple(found))
