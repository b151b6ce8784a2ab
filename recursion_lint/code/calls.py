"""What reading a handler gives: its SDK calls, with symbolic values for their targets, keys and contents.

Values are frozen and compare by kind and content; they are dataclasses, as named tuples of two kinds with the same
fields would be equal. All paths name object fields one by one; ``[]`` is any element of a list and ``json`` the parsed
form of a text. Environment variables stay symbolic: whoever knows the template gives them their values. ``weight`` is
how many values one consists of.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal as OneOf
from typing import NamedTuple, Protocol, TypeAlias

Scalar: TypeAlias = str | int | float | bool | None
MOST_ALTERNATIVES = 8


def _weight() -> int:
    """The field that counts the values that a value consists of."""
    return field(init=False, repr=False, compare=False, default=1)


def _hashed() -> int:
    """The field that keeps the hash once it was asked for; 0 before that."""
    return field(init=False, repr=False, compare=False, default=0)


def _origin() -> frozenset[str] | None:
    """The field that keeps what a value was made of once it was asked for (``values.made_of``)."""
    none: frozenset[str] | None = field(init=False, repr=False, compare=False, default=None)
    return none


def _hash_once(value: object, parts: object) -> int:
    """The hash of a value of these parts, kept: values are large, shared, and asked for it over and over."""
    found = hash(parts) or 1
    object.__setattr__(value, "hashed", found)
    return found


def weight_of(values: "Iterable[Value]") -> int:
    """How many values a value of these parts consists of."""
    return 1 + sum(getattr(value, "weight", 1) for value in values)


def _weight_of_object(value: "ObjectValue") -> int:
    parts = [part for _, part in value.fields] + [part for pair in value.computed for part in pair]
    return weight_of(parts if value.rest is None else [*parts, value.rest])


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant: text, number, truth value, or nothing (``None``, ``null`` and ``undefined`` are one)."""

    value: Scalar


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment variable. ``default`` is what the code puts in its place where it is not set."""

    name: str
    default: "Value | None" = None


@dataclass(frozen=True, slots=True)
class EventPath:
    """A part of the event that the handler gets: ``("Records", "[]", "s3", "bucket", "name")``; ``()`` is all of it."""

    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ContextPath:
    """A part of the handler's context, as the code spells it: ``("function_name",)`` or ``("functionName",)``."""

    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Concatenation:
    """Texts one after the other; neighbouring literals are one."""

    parts: "tuple[Value, ...]"
    weight: int = _weight()
    hashed: int = _hashed()
    origin: frozenset[str] | None = _origin()

    def __post_init__(self) -> None:
        object.__setattr__(self, "weight", weight_of(self.parts))

    def __hash__(self) -> int:
        return self.hashed or _hash_once(self, self.parts)


@dataclass(frozen=True, slots=True)
class Pure:
    """A function of values that depends on nothing else, also a test: ``split(key, "/")``, ``==(a, b)``, ``not(a)``.

    ``when(test, a, b)`` is ``a`` where the test holds, else ``b``. ``json(a)`` is the text of ``a``.
    ``queue_url(name)`` and ``topic_arn(name)`` are what a look-up or a creation by name gives.
    """

    name: str
    arguments: "tuple[Value, ...]"
    weight: int = _weight()
    hashed: int = _hashed()
    origin: frozenset[str] | None = _origin()

    def __post_init__(self) -> None:
        object.__setattr__(self, "weight", weight_of(self.arguments))

    def __hash__(self) -> int:
        return self.hashed or _hash_once(self, (self.name, self.arguments))


@dataclass(frozen=True, slots=True)
class CallResult:
    """A part of what an SDK call returned; ``parameters`` is what it was called with, where that is known.

    A ``path`` of ``("exception",)`` says whether the call was refused, as a test.
    """

    service: str
    operation: str
    path: tuple[str, ...] = ()
    parameters: "ObjectValue | None" = None
    weight: int = _weight()
    hashed: int = _hashed()

    def __post_init__(self) -> None:
        object.__setattr__(self, "weight", 1 if self.parameters is None else self.parameters.weight + 1)

    def __hash__(self) -> int:
        return self.hashed or _hash_once(self, (self.service, self.operation, self.path, self.parameters))


@dataclass(frozen=True, slots=True)
class Alternatives:
    """One or the other, by a branch that is not decided; two to ``MOST_ALTERNATIVES`` of them, none an alternative."""

    options: "tuple[Value, ...]"
    weight: int = _weight()
    hashed: int = _hashed()
    origin: frozenset[str] | None = _origin()

    def __post_init__(self) -> None:
        object.__setattr__(self, "weight", weight_of(self.options))

    def __hash__(self) -> int:
        return self.hashed or _hash_once(self, self.options)


@dataclass(frozen=True, slots=True)
class ObjectValue:
    """Fields in order; one that is perhaps not there has ``Unknown("absent")`` among its alternatives.

    ``open``: there may be others. ``rest`` gives those that are not named, where it is known (a copy of the event with
    a field added: ``rest`` is the event). ``computed`` holds what was put in under names that are values.
    """

    fields: "tuple[tuple[str, Value], ...]"
    open: bool = False
    rest: "Value | None" = None
    computed: "tuple[tuple[Value, Value], ...]" = ()
    weight: int = _weight()
    hashed: int = _hashed()
    origin: frozenset[str] | None = _origin()

    def __post_init__(self) -> None:
        object.__setattr__(self, "weight", _weight_of_object(self))

    def __hash__(self) -> int:
        return self.hashed or _hash_once(self, (self.fields, self.open, self.rest, self.computed))

    def get(self, name: str) -> "Value | None":
        """The field's value; ``None`` where it is not among the named ones."""
        for key, value in self.fields:
            if key == name:
                return value
        return None


@dataclass(frozen=True, slots=True)
class ListValue:
    """Elements. ``exact``: these and no others, in this order; else any number, each like one of them."""

    items: "tuple[Value, ...]"
    exact: bool = True
    weight: int = _weight()
    hashed: int = _hashed()
    origin: frozenset[str] | None = _origin()

    def __post_init__(self) -> None:
        object.__setattr__(self, "weight", weight_of(self.items))

    def __hash__(self) -> int:
        return self.hashed or _hash_once(self, (self.items, self.exact))


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing is known of it but what it was ``made_of``: ``event``, ``environment``, ``context``, ``error`` or
    ``sdk:<service>.<operation>``. ``reason`` says in words why."""

    reason: str = ""
    made_of: frozenset[str] = frozenset()


Value: TypeAlias = (
    Literal
    | Environment
    | EventPath
    | ContextPath
    | Concatenation
    | Pure
    | CallResult
    | Alternatives
    | ObjectValue
    | ListValue
    | Unknown
)


class Guard(NamedTuple):
    """A condition on the way to a call: ``test`` must be true, or false where ``holds`` is ``False``.

    ``text`` is the condition as it stands in the source, on one line and cut to 120 characters. ``on_error``: the way
    leads through an exception handler, and ``test`` says nothing.
    """

    test: Value
    holds: bool
    file: str
    line: int
    text: str
    on_error: bool = False


class CallSite(NamedTuple):
    """One SDK call that matters for loops, on one way through the code. The same place may stand in several of these.

    ``line`` and ``column`` count from 1, columns in characters; the end is the first place after the call. ``call`` is
    the call as written without its arguments (``s3.put_object``). ``operation`` is the key into the catalogue
    (``sdk_calls.operation``), ``events`` what it puts on the channel, narrowed by its parameters (``()``: not told).
    ``target`` is ``None`` where no target was given at all (``PutEvents`` without a bus), ``key`` where there is none.
    ``content`` maps a role of the catalogue (``body``, ``item``, ``source``, ``detail_type``, ``attributes``, ...) to
    what is written there; a role that is missing was surely left out. ``reached`` is ``False`` where the call stands in
    a function that was handed to code that was not read: it may be called.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    call: str
    operation: str
    events: tuple[str, ...]
    target: Value | None
    key: Value | None
    content: tuple[tuple[str, Value], ...]
    guards: tuple[Guard, ...]
    on_error: bool = False
    reached: bool = True

    def value(self, role: str) -> Value | None:
        """What is written in ``role``; ``None`` where the call leaves it out."""
        return next((value for name, value in self.content if name == role), None)


class Gap(NamedTuple):
    """Something that could not be followed: while there is one, nothing may be said *not* to be done."""

    reason: str
    file: str
    line: int


class Interpreted(NamedTuple):
    """All that was found. ``files`` were read in full. ``third_party`` are packages that were not read and that the
    project's own lists of packages name. ``entered``: the handler was found and run. ``used`` are all operations that
    were called, also those that the catalogue does not tell of, as ``(service, operation)``."""

    calls: tuple[CallSite, ...]
    gaps: tuple[Gap, ...]
    files: tuple[str, ...]
    steps: int
    third_party: tuple[str, ...] = ()
    entered: bool = True
    used: tuple[tuple[str, str], ...] = ()


Language = OneOf["python", "javascript"]


class Entry(NamedTuple):
    """Where to begin. ``function`` is the handler within ``file`` (``handler``, ``a.b`` for ``exports.a.b``).

    ``roots`` are the folders that absolute imports start from, ``layers`` those of the layers' content. JavaScript
    stands for TypeScript too. Paths have ``/`` between their parts, as ``SourceFiles`` takes them.
    """

    file: str
    function: str
    language: Language
    roots: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()


class SourceFiles(Protocol):
    """Access to the files that may be read; the caller keeps it within its folders and budgets."""

    def read(self, path: str) -> str | None:
        """The text of a file; ``None`` where there is none, or where it may not be read (size, budget, not text)."""

    def exists(self, path: str) -> bool:
        """Is there a file of this path? A folder is none."""

    def unique(self, name: str) -> str | None:
        """The only file whose path ends with ``/`` + ``name``; ``None`` where there is none or more than one."""
