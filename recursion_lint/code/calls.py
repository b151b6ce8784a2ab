"""What reading a handler gives: its SDK calls, with symbolic values for their targets, keys and contents.

Values compare by kind and content, which named tuples of two kinds with the same fields would not; no field is set
again. All paths name object fields one by one; ``[]`` is any element of a list, ``json`` the parsed form of a text and
``unmarshalled`` what attributes of a table are without their types.
Environment variables stay symbolic: whoever knows the template gives them their values. ``weight`` is how many values
one consists of.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple, Protocol, TypeAlias
from typing import Literal as OneOf

from recursion_lint.model.described import Described

Scalar: TypeAlias = str | int | float | bool | None
MOST_ALTERNATIVES = 8
UNMARSHALLED: Final = "unmarshalled"


def weight_of(values: "Iterable[Value]") -> int:
    """How many values a value of these parts consists of."""
    return 1 + sum(getattr(value, "weight", 1) for value in values)


def _weight_of_object(value: "ObjectValue") -> int:
    parts = [part for _, part in value.fields] + [part for pair in value.computed for part in pair]
    return weight_of(parts if value.rest is None else [*parts, value.rest])


class _Weighed(Described):
    """A value of other values, with how many it consists of.

    What is worked out from its fields is remembered with it: its hash, its ``origin`` (``values.made_of``) and whether
    it counts as true (``deciding.decide``). Values are shared by many conditions, and asked over and over.
    """

    __slots__ = ("decided", "hashed", "origin", "weight")

    def _weigh(self, weight: int) -> None:
        self.weight = weight
        self.hashed = 0
        self.origin: frozenset[str] | None = None
        self.decided: tuple[bool | None] | None = None

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        # What differs nearly always has another hash, and the weight bounds what is left to compare.
        return type(self) is type(other) and hash(self) == hash(other) and super().__eq__(other)

    def __hash__(self) -> int:
        if not self.hashed:
            self.hashed = hash((type(self), self._fields())) or 1
        return self.hashed


class Literal(Described):
    """A constant: text, number, truth value, or nothing (``None``, ``null`` and ``undefined`` are one)."""

    __slots__ = ("value",)

    def __init__(self, value: Scalar) -> None:
        self.value: Final = value


class Environment(Described):
    """An environment variable. ``default`` is what the code puts in its place where it is not set."""

    __slots__ = ("default", "name")

    def __init__(self, name: str, default: "Value | None" = None) -> None:
        self.name: Final = name
        self.default: Final = default


class EventPath(Described):
    """A part of the event that the handler gets: ``("Records", "[]", "s3", "bucket", "name")``; ``()`` is all of it."""

    __slots__ = ("path",)

    def __init__(self, path: tuple[str, ...] = ()) -> None:
        self.path: Final = path


class ContextPath(Described):
    """A part of the handler's context, as the code spells it: ``("function_name",)`` or ``("functionName",)``."""

    __slots__ = ("path",)

    def __init__(self, path: tuple[str, ...] = ()) -> None:
        self.path: Final = path


class Concatenation(_Weighed):
    """Texts one after the other; neighbouring literals are one."""

    __slots__ = ("parts",)

    def __init__(self, parts: "tuple[Value, ...]") -> None:
        self.parts: Final = parts
        self._weigh(weight_of(parts))


class Pure(_Weighed):
    """A function of values that depends on nothing else, also a test: ``split(key, "/")``, ``==(a, b)``, ``not(a)``.

    ``when(test, a, b)`` is ``a`` where the test holds, else ``b``. ``json(a)`` is the text of ``a``.
    ``queue_url(name)`` and ``topic_arn(name)`` are what a look-up or a creation by name gives.
    """

    __slots__ = ("arguments", "name")

    def __init__(self, name: str, arguments: "tuple[Value, ...]") -> None:
        self.name: Final = name
        self.arguments: Final = arguments
        self._weigh(weight_of(arguments))


class CallResult(_Weighed):
    """A part of what an SDK call returned; ``parameters`` is what it was called with, where that is known.

    A ``path`` of ``("exception",)`` says whether the call was refused, as a test.
    """

    __slots__ = ("operation", "parameters", "path", "service")

    def __init__(
        self,
        service: str,
        operation: str,
        path: tuple[str, ...] = (),
        parameters: "ObjectValue | None" = None,
    ) -> None:
        self.service: Final = service
        self.operation: Final = operation
        self.path: Final = path
        self.parameters: Final = parameters
        self._weigh(1 if parameters is None else parameters.weight + 1)


class Alternatives(_Weighed):
    """One or the other, by a branch that is not decided; two to ``MOST_ALTERNATIVES`` of them, none an alternative.

    ``fallback``: the second of two stands in where the first is nothing, and nowhere else.
    """

    __slots__ = ("fallback", "options")

    def __init__(self, options: "tuple[Value, ...]", fallback: bool = False) -> None:
        self.options: Final = options
        self.fallback: Final = fallback
        self._weigh(weight_of(options))


class ObjectValue(_Weighed):
    """Fields in order; one that is perhaps not there has ``Unknown("absent")`` among its alternatives.

    ``open``: there may be others. ``rest`` gives those that are not named, where it is known (a copy of the event with
    a field added: ``rest`` is the event). ``computed`` holds what was put in under names that are values.
    """

    __slots__ = ("computed", "fields", "open", "rest")

    def __init__(
        self,
        fields: "tuple[tuple[str, Value], ...]",
        open: bool = False,
        rest: "Value | None" = None,
        computed: "tuple[tuple[Value, Value], ...]" = (),
    ) -> None:
        self.fields: Final = fields
        self.open: Final = open
        self.rest: Final = rest
        self.computed: Final = computed
        self._weigh(_weight_of_object(self))

    def get(self, name: str) -> "Value | None":
        """The field's value; ``None`` where it is not among the named ones."""
        for key, value in self.fields:
            if key == name:
                return value
        return None


class ListValue(_Weighed):
    """Elements. ``exact``: these and no others, in this order; else any number, each like one of them."""

    __slots__ = ("exact", "items")

    def __init__(self, items: "tuple[Value, ...]", exact: bool = True) -> None:
        self.items: Final = items
        self.exact: Final = exact
        self._weigh(weight_of(items))


class Unknown(Described):
    """Nothing is known of it but what it was ``made_of``: ``event``, ``environment``, ``context``, ``error`` or
    ``sdk:<service>.<operation>``. ``reason`` says in words why."""

    __slots__ = ("made_of", "reason")

    def __init__(self, reason: str = "", made_of: frozenset[str] = frozenset()) -> None:
        self.reason: Final = reason
        self.made_of: Final = made_of


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


class Implied(NamedTuple):
    """An operation that stands by name in a function that was never entered, but may be called without its name.

    ``function`` is the one by which that begins.
    """

    operation: str
    function: str
    file: str
    line: int


class Interpreted(NamedTuple):
    """All that was found. ``files`` were read in full. ``third_party`` are packages that were not read and that the
    project's own lists of packages name. ``entered``: the handler was found and run. ``used`` are all operations that
    were called, also those that the catalogue does not tell of, as ``(service, operation)``. ``implied`` are those
    of which nobody can say that no way leads to them."""

    calls: tuple[CallSite, ...]
    gaps: tuple[Gap, ...]
    files: tuple[str, ...]
    steps: int
    third_party: tuple[str, ...] = ()
    entered: bool = True
    used: tuple[tuple[str, str], ...] = ()
    implied: tuple[Implied, ...] = ()


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

    def imported(self, name: str, file: str, layers: tuple[str, ...]) -> str | None:
        """The file that the project's own settings make of an import of ``name`` in ``file``: path mappings, packages
        of the workspace. ``None`` where they tell none, or several."""
