"""Functions that were read and never entered, though the language or a library may call them without naming them.

Special methods, properties, functions that were handed over or put into a list, methods that were asked for in vain:
where one of them makes a call, or names a function that does, nobody may say that no way leads to the call. A function
that nothing names, and one that the code names on a way that is surely not taken, is none of them.
"""

from collections.abc import Iterable, Iterator

from recursion_lint.code.by_name.spelled_operations import places
from recursion_lint.code.calls import Implied, Language
from recursion_lint.code.evaluation.heap import (
    Bound,
    Class,
    Function,
    Instance,
    Library,
    Module,
    Record,
    V,
    options_of,
)
from recursion_lint.code.sdk_calls import operations, spellings
from recursion_lint.code.syntax.tree import Attribute, FunctionNode, Name

_MOST_FUNCTIONS = 400
_MOST_LOST = 40
_ENTERED_BY_NAME = frozenset({"__init__", "constructor"})
_OF_CLASSES = frozenset({"__init_subclass__", "__set_name__", "__class_getitem__", "__prepare__"})
_SPECIAL = frozenset({"toString", "toJSON", "valueOf", "then", "toLocaleString", "inspect"})
"""Methods of JavaScript that operators, templates, ``JSON.stringify`` and ``await`` call."""


class Seen:
    """What was seen of functions: those that were defined, by which names, which were handed over, and which names were
    asked for where nothing was known under them. ``made`` are the classes, by their definitions, of which there are
    objects. ``methods`` are the functions that are methods or fields, by name; ``called`` the names of methods that
    were called on what is not known, ``lost`` the objects that were put where nothing finds them again."""

    __slots__ = (
        "again",
        "asked",
        "called",
        "defined",
        "fields",
        "handed",
        "lost",
        "made",
        "methods",
        "names",
    )

    def __init__(self) -> None:
        self.defined: dict[int, tuple[FunctionNode, Module, Class | None]] = {}
        self.names: dict[int, set[str]] = {}
        self.fields: dict[int, set[str]] = {}
        self.handed: set[int] = set()
        self.made: set[int] = set()
        self.asked: set[str] = set()
        self.methods: dict[str, dict[int, Function]] = {}
        self.called: set[str] = set()
        self.lost: list[Instance | Record] = []
        self.again: set[tuple[int, str]] = set()

    def define(self, function: Function) -> None:
        """A function was defined."""
        self.defined.setdefault(id(function.node), (function.node, function.scope.module, function.owner))
        if function.owner is not None:
            self.methods.setdefault(function.node.name, {})[id(function.node)] = function

    def name(self, value: V, name: str) -> None:
        """A value was put into a variable."""
        if isinstance(value, Function):
            self.names.setdefault(id(value.node), set()).add(name)

    def field(self, value: V, name: str) -> None:
        """A value was put into a field."""
        self.name(value, name)
        if isinstance(value, Function):
            self.fields.setdefault(id(value.node), set()).add(name)
            self.methods.setdefault(name, {})[id(value.node)] = value

    def lose(self, value: V) -> None:
        """A value was put into a field of something that is not known, or of the event: others may find it there."""
        found = [option for option in options_of(value) if isinstance(option, (Instance, Record))]
        self.lost += found[: _MOST_LOST - len(self.lost)]

    def hand(self, values: Iterable[V]) -> None:
        """Values were handed over, or put into a list."""
        for value in values:
            for option in options_of(value):
                inner = option.receiver if isinstance(option, Bound) else option
                if isinstance(inner, Function):
                    self.handed.add(id(inner.node))

    def make(self, of: Class) -> None:
        """There is an object of a class."""
        self.made.update(id(one.definition) for one in of.ancestry())


def implied(seen: Seen, called: set[int], language: Language) -> tuple[Implied, ...]:
    """The writing operations that stand by name in functions that may be called without being named."""
    begin = [key for key in seen.defined if key not in called and _may_be_called(seen, key)]
    if not begin:
        return ()
    found: dict[tuple[str, str], Implied] = {}
    asked = [(key, spellings(entry, language)) for key, entry in operations().items()]
    for key in _reached(seen, begin):
        node, module, _ = seen.defined[key]
        text = b"\n".join(module.lines[node.at[0] - 1 : node.at[2]]).decode("utf-8", "replace")
        for operation, words in asked:
            if (module.path, operation) not in found and (
                place := next(places(words, text), None)
            ) is not None:
                line = node.at[0] + text.count("\n", 0, place.start())
                found[module.path, operation] = Implied(operation, _told(seen, begin[0]), module.path, line)
    return tuple(found.values())


def _told(seen: Seen, key: int) -> str:
    node = seen.defined[key][0]
    return node.name or next(iter(sorted(seen.names.get(key, ()))), "a function")


def _may_be_called(seen: Seen, key: int) -> bool:
    """May a function that was never entered be called without its name?"""
    node, _, owner = seen.defined[key]
    if key in seen.handed or not seen.asked.isdisjoint(seen.fields.get(key, ())):
        return True
    if owner is None or node.name in _ENTERED_BY_NAME:
        return False
    if node.name in _OF_CLASSES or node.name in seen.asked:
        return True
    kind = owner.kinds.get(node.name, "")
    accessor = kind == "getter" or any(
        owner.cell.get(f"{word} {node.name}") is not None for word in ("set", "delete")
    )
    special = (node.name.startswith("__") and node.name.endswith("__")) or node.name.startswith("[")
    if not (accessor or special or node.name in _SPECIAL):
        return False
    return id(owner.definition) in seen.made or any(
        isinstance(base, Library) and base.name.endswith(".type") for base in owner.foreign()
    )


def _reached(seen: Seen, begin: list[int]) -> list[int]:
    """These functions, and those whose names stand in them, and so on."""
    by_name: dict[str, list[int]] = {}
    for key, (node, _, owner) in seen.defined.items():
        names = {node.name, *seen.names.get(key, ())}
        if owner is not None and node.name in _ENTERED_BY_NAME:
            names = {owner.definition.name}
        for name in names - {""}:
            by_name.setdefault(name, []).append(key)
    found = dict.fromkeys(begin)
    waiting = list(begin)
    while waiting and len(found) < _MOST_FUNCTIONS:
        for name in _names_in(seen.defined[waiting.pop()][0]):
            new = [key for key in by_name.get(name, ()) if key not in found]
            found.update(dict.fromkeys(new))
            waiting += new
    return list(found)


def _names_in(node: FunctionNode) -> Iterator[str]:
    """The names that stand in a function: of variables, attributes and fields."""
    waiting: list[object] = [node.body]
    while waiting:
        part = waiting.pop()
        if isinstance(part, (Name, Attribute)):
            yield part.name
        if isinstance(part, tuple):
            waiting.extend(inner for inner in part if isinstance(inner, tuple))
