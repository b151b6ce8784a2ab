"""Frozen data as JSON Lines and back: what the cache keeps, and what facts are exchanged in.

What is written follows the annotations of the classes, field by field, so a new field needs no line here. The same data
are the same bytes. What is read is somebody else's: every value is checked against the annotation of its place, and
anything else is ``Undecodable``. Nothing is called but the classes that the annotations name and those that were given.
"""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from recursion_lint.model.codec_forms import (
    Conditions,
    Form,
    Undecodable,
    a_list,
    by_name,
    exactly,
    frozenset_of,
    itself,
    kind_of,
    mapping,
    of_kind,
    one_of,
    placed,
)
from recursion_lint.model.facts import Facts
from recursion_lint.model.text import Symbol, Text, substitute

FORMAT = "recursion-lint facts"
VERSION = 1
MAX_BYTES = 50_000_000
"""More is neither written nor read: the facts of the largest template that is read take about as much as it."""
PLACES: Mapping[str, frozenset[str]] = {
    "CallSite": frozenset({"file"}),
    "CycleNode": frozenset({"file"}),
    "Facts": frozenset({"file", "scope", "root", "merged"}),
    "Gap": frozenset({"file"}),
    "Guard": frozenset({"file"}),
    "HandlerSource": frozenset({"file"}),
    "HopCode": frozenset({"read"}),
    "Implied": frozenset({"file"}),
    "Interpreted": frozenset({"files"}),
    "LayerContent": frozenset({"file"}),
    "Named": frozenset({"file"}),
    "NamesTold": frozenset({"files"}),
    "Problem": frozenset({"file"}),
    "Copy": frozenset({"file", "files"}),
    "ReadCode": frozenset({"file", "template"}),
    "Requirement": frozenset({"scope"}),
    "Span": frozenset({"file"}),
    "Symbol": frozenset({"scope"}),
}
"""The fields that hold the path of a file, or a scope, which begins with one."""
Layout = Mapping[str, Sequence[str]]
"""The names of the fields of classes, in order, as they were when something was written."""


class Codec:
    """Writes and reads facts. ``documents`` are the classes that describe the content of events (``Produces``).

    What an older version wrote is read by its ``layout``: fields that have come since are as they are by default, those
    that are no more are passed over. ``place`` is what becomes of the paths of files (``PLACES``) on the way, ``bound``
    are symbols whose values are put into texts that are read.
    """

    def __init__(
        self,
        documents: Iterable[type] = (),
        layout: Layout | None = None,
        place: Callable[[str], str] | None = None,
        bound: Mapping[Symbol, Text] | None = None,
    ) -> None:
        self._documents = {kind.__name__: kind for kind in documents}
        self._layout = layout or {}
        self._place = place
        self._bound = bound
        self._forms: dict[Any, Form] = {}
        self._expression = Form(self._any_written, Conditions(self._form(Text), self._form(Symbol)))

    def dumps(self, stacks: Iterable[Facts]) -> bytes:
        """A line that says what follows, and a line for each stack. Raises ``Undecodable`` for what has no form."""
        form = self._form(Facts)
        try:
            lines = [
                _line({"format": FORMAT, "version": VERSION}),
                *(_line(form.write(one)) for one in stacks),
            ]
        except RecursionError:
            raise Undecodable("nests too deep") from None
        data = b"".join(lines)
        if len(data) > MAX_BYTES:
            raise Undecodable(f"more than {MAX_BYTES:,} bytes")
        return data

    def loads(self, data: bytes) -> tuple[Facts, ...]:
        """What ``dumps`` wrote. Raises ``Undecodable`` for anything else."""
        if len(data) > MAX_BYTES:
            raise Undecodable(f"more than {MAX_BYTES:,} bytes")
        form = self._form(Facts)
        try:
            head, *lines = data.decode("ascii").splitlines()
            if json.loads(head) != {"format": FORMAT, "version": VERSION}:
                raise Undecodable("another format or version")
            return tuple(form.read(json.loads(line)) for line in lines)
        except Undecodable:
            raise
        except (ValueError, TypeError, KeyError, IndexError, RecursionError, MemoryError) as problem:
            raise Undecodable(type(problem).__name__) from None

    def written(self, kind: Any, value: Any) -> Any:
        """A value of an annotation as JSON has it. Raises ``Undecodable`` for what has no form or nests too deep."""
        try:
            return self._form(kind).write(value)
        except RecursionError:
            raise Undecodable("nests too deep") from None

    def read(self, kind: Any, raw: Any) -> Any:
        """What ``written`` made of a value of an annotation. Raises ``Undecodable`` for anything else."""
        try:
            return self._form(kind).read(raw)
        except Undecodable:
            raise
        except (ValueError, TypeError, KeyError, IndexError, RecursionError, MemoryError) as problem:
            raise Undecodable(type(problem).__name__) from None

    def layout(self, *kinds: Any) -> dict[str, list[str]]:
        """The fields of all classes that values of these annotations may hold, in the order of their names."""
        for kind in (*kinds, *(one for one in self._documents.values() if not issubclass(one, Enum))):
            self._form(kind)
        classes = [hint for hint in self._forms if isinstance(hint, type) and self._is_class(hint)]
        return {
            kind.__name__: list(_fields(kind)[0]) for kind in sorted(classes, key=lambda one: one.__name__)
        }

    # --- forms by annotation -----------------------------------------------------------------------

    def _form(self, hint: Any) -> Form:
        found = self._forms.get(hint)
        if found is None:
            # Looked up when it is used, for a class may hold itself.
            self._forms[hint] = Form(
                lambda value: self._forms[hint].write(value), lambda raw: self._forms[hint].read(raw)
            )
            found = self._forms[hint] = self._text() if hint == Text else self._made(hint)
        return found

    def _text(self) -> Form:
        """Symbolic text, the most frequent of all values: strings as they are, symbols by their fields."""
        write, read, _ = self._form(Symbol)
        bound = self._bound

        def text_read(raw: Any) -> Text:
            found: Text = tuple([one if type(one) is str else read(one) for one in a_list(raw)])
            return substitute(found, bound) if bound else found

        return Form(lambda value: [one if type(one) is str else write(one) for one in value], text_read)

    def _made(self, hint: Any) -> Form:
        origin, inside = get_origin(hint), get_args(hint)
        if hint is Any:
            return Form(self._any_written, self._any_read)
        if hint in (str, bool, int, type(None)):
            return Form(itself, exactly(hint), (hint,))
        if hint is float:
            return Form(self._any_written, self._any_read, (float,))
        if origin is Literal:
            return Form(itself, one_of(frozenset(inside)), (str,))
        if origin is tuple:
            return self._tuple(inside)
        if origin is frozenset:
            return frozenset_of(self._form(inside[0]))
        if isinstance(origin, type) and issubclass(origin, Mapping):
            return mapping(self._form(inside[0]), self._form(inside[1]))
        if origin in (Union, types.UnionType):
            return self._union(inside)
        if isinstance(hint, type) and self._is_class(hint):
            return self._class(hint)
        raise Undecodable(f"{hint} has no form")

    def _is_class(self, kind: type) -> bool:
        return hasattr(kind, "_fields") or kind.__name__ in self._documents

    def _tuple(self, inside: tuple[Any, ...]) -> Form:
        if len(inside) == 2 and inside[1] is Ellipsis:
            write, read, _ = self._form(inside[0])
            return Form(
                lambda value: [write(one) for one in value],
                lambda raw: tuple([read(one) for one in a_list(raw)]),
            )
        forms = [self._form(one) for one in inside]
        return Form(
            lambda value: [form.write(one) for form, one in zip(forms, value, strict=True)],
            lambda raw: tuple([form.read(one) for form, one in zip(forms, a_list(raw), strict=True)]),
        )

    def _union(self, inside: tuple[Any, ...]) -> Form:
        """A scalar as itself. Where only one other kind may stand there, that in its form, else with its name."""
        scalars = tuple(kind for one in inside for kind in self._form(one).scalar)
        others = [one for one in inside if not self._form(one).scalar]
        if scalars == (type(None),) and len(others) == 1:
            bare = self._form(others[0])
            return Form(
                lambda value: None if value is None else bare.write(value),
                lambda raw: None if raw is None else bare.read(raw),
            )
        if len(others) > 1 or float in scalars:
            allowed = frozenset(kind_of(one) for one in inside)
            return Form(self._any_written, lambda raw: of_kind(self._any_read(raw), allowed))
        other = self._form(others[0]) if others else None

        def write(value: Any) -> Any:
            return value if type(value) in scalars or other is None else other.write(value)

        def read(raw: Any) -> Any:
            if type(raw) in scalars:
                return raw
            if other is None:
                raise Undecodable("not one of several kinds")
            return other.read(raw)

        return Form(write, read)

    def _class(self, kind: type) -> Form:
        """The values of the fields in order, without those at the end that are as they are by default."""
        names, defaults = _fields(kind)
        forms = [self._field(kind, name, hint) for name, hint in _hints(kind, names).items()]
        least, most = len(names) - len(defaults), len(names)
        writes, reads = [form.write for form in forms], [form.read for form in forms]

        def write(value: Any) -> list[Any]:
            given = [getattr(value, name) for name in names]
            while len(given) > least and given[-1] == defaults[names[len(given) - 1]]:
                given.pop()
            return [write(one) for write, one in zip(writes, given, strict=False)]

        def read(raw: Any) -> Any:
            if type(raw) is not list or not least <= len(raw) <= most:
                raise Undecodable(f"not the fields of {kind.__name__}")
            return kind(*[read(one) for read, one in zip(reads, raw, strict=False)])

        then = self._layout.get(kind.__name__)
        if then is not None and tuple(then) != names:
            return Form(write, by_name(kind, tuple(then), dict(zip(names, reads, strict=True))))
        return Form(write, read)

    def _field(self, kind: type, name: str, hint: Any) -> Form:
        form = self._expression if kind is Facts and name == "conditions" else self._form(hint)
        if self._place is None or name not in PLACES.get(kind.__name__, ()):
            return form
        return placed(form, self._place)

    # --- values that say themselves what they are ----------------------------------------------------

    def _any_written(self, value: Any) -> Any:
        kind = type(value)
        if value is None or kind in (str, bool, int):
            return value
        if kind is float:
            return ["n", repr(value)]
        if kind is tuple:
            return ["t", *map(self._any_written, value)]
        if kind is list:
            return ["l", *map(self._any_written, value)]
        if kind is dict:
            return ["d", *([self._any_written(key), self._any_written(one)] for key, one in value.items())]
        name = kind.__name__
        if isinstance(value, Enum) and name in self._documents:
            return ["e", name, value.value]
        if kind is Symbol or self._documents.get(name) is kind:
            return ["c", name, self._form(kind).write(value)]
        raise Undecodable(f"{name} has no form")

    def _any_read(self, raw: Any) -> Any:
        if raw is None or type(raw) in (str, bool, int):
            return raw
        tag, *inside = a_list(raw)
        if tag == "t":
            found = tuple(map(self._any_read, inside))
            return substitute(found, self._bound) if self._bound else found
        if tag == "l":
            return list(map(self._any_read, inside))
        if tag == "d":
            return {exactly(str)(key): self._any_read(one) for key, one in inside}
        if tag == "n":
            return float(exactly(str)(inside[0]))
        name, data = inside
        kind = Symbol if name == "Symbol" else self._documents[name]
        if tag == "e" and issubclass(kind, Enum):
            return kind(data)
        if tag == "c" and not issubclass(kind, Enum):
            return self._form(kind).read(data)
        raise Undecodable(f"the mark {tag!r}")


def _line(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode("ascii") + b"\n"


def _fields(kind: Any) -> tuple[tuple[str, ...], Mapping[str, Any]]:
    """The names of the fields in the order of the class's arguments, and the defaults of the last ones."""
    if hasattr(kind, "_field_defaults"):
        return kind._fields, kind._field_defaults
    arguments = kind.__init__.__code__.co_varnames[1 : kind.__init__.__code__.co_argcount]
    given = kind.__init__.__defaults__ or ()
    return arguments, dict(zip(arguments[len(arguments) - len(given) :], given, strict=True))


def _hints(kind: Any, names: tuple[str, ...]) -> dict[str, Any]:
    found = get_type_hints(
        kind if hasattr(kind, "_fields") and isinstance(kind._fields, tuple) else kind.__init__
    )
    return {name: found[name] for name in names}
