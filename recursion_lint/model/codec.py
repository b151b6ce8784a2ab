"""Frozen data as JSON Lines and back: what the cache keeps, and what facts are exchanged in.

What is written follows the annotations of the classes, field by field, so a new field needs no line here. The same data
are the same bytes. What is read is somebody else's: every value is checked against the annotation of its place, and
anything else is ``Undecodable``. Nothing is called but the classes that the annotations name and those that were given.
"""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

from recursion_lint.model.facts import Facts
from recursion_lint.model.text import Symbol, Text

FORMAT = "recursion-lint facts"
VERSION = 1
MAX_BYTES = 50_000_000
"""More is neither written nor read: the facts of the largest template that is read take about as much as it."""


class Undecodable(ValueError):
    """These bytes are no facts, or none of this version."""


class _Form(NamedTuple):
    """How values of one annotation are written and read. ``scalar``: as themselves, where JSON has that type."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]
    scalar: tuple[type, ...] = ()


class Codec:
    """Writes and reads facts. ``documents`` are the classes that describe the content of events (``Produces``)."""

    def __init__(self, documents: Iterable[type] = ()) -> None:
        self._documents = {kind.__name__: kind for kind in documents}
        self._forms: dict[Any, _Form] = {}
        self._expression = _Form(self._any_written, _Conditions(self._form(Text), self._form(Symbol)))

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

    # --- forms by annotation -----------------------------------------------------------------------

    def _form(self, hint: Any) -> _Form:
        found = self._forms.get(hint)
        if found is None:
            # Looked up when it is used, for a class may hold itself.
            self._forms[hint] = _Form(
                lambda value: self._forms[hint].write(value), lambda raw: self._forms[hint].read(raw)
            )
            found = self._forms[hint] = self._text() if hint == Text else self._made(hint)
        return found

    def _text(self) -> _Form:
        """Symbolic text, the most frequent of all values: strings as they are, symbols by their fields."""
        write, read, _ = self._form(Symbol)
        return _Form(
            lambda value: [one if type(one) is str else write(one) for one in value],
            lambda raw: tuple([one if type(one) is str else read(one) for one in _list(raw)]),
        )

    def _made(self, hint: Any) -> _Form:
        origin, inside = get_origin(hint), get_args(hint)
        if hint is Any:
            return _Form(self._any_written, self._any_read)
        if hint in (str, bool, int, type(None)):
            return _Form(_itself, _exactly(hint), (hint,))
        if hint is float:
            return _Form(self._any_written, self._any_read, (float,))
        if origin is Literal:
            return _Form(_itself, _one_of(frozenset(inside)), (str,))
        if origin is tuple:
            return self._tuple(inside)
        if origin is frozenset:
            return _frozenset(self._form(inside[0]))
        if isinstance(origin, type) and issubclass(origin, Mapping):
            return _mapping(self._form(inside[0]), self._form(inside[1]))
        if origin in (Union, types.UnionType):
            return self._union(inside)
        if isinstance(hint, type) and (hasattr(hint, "_fields") or hint.__name__ in self._documents):
            return self._class(hint)
        raise Undecodable(f"{hint} has no form")

    def _tuple(self, inside: tuple[Any, ...]) -> _Form:
        if len(inside) == 2 and inside[1] is Ellipsis:
            write, read, _ = self._form(inside[0])
            return _Form(
                lambda value: [write(one) for one in value],
                lambda raw: tuple([read(one) for one in _list(raw)]),
            )
        forms = [self._form(one) for one in inside]
        return _Form(
            lambda value: [form.write(one) for form, one in zip(forms, value, strict=True)],
            lambda raw: tuple([form.read(one) for form, one in zip(forms, _list(raw), strict=True)]),
        )

    def _union(self, inside: tuple[Any, ...]) -> _Form:
        """A scalar as itself. Where only one other kind may stand there, that in its form, else with its name."""
        scalars = tuple(kind for one in inside for kind in self._form(one).scalar)
        others = [one for one in inside if not self._form(one).scalar]
        if scalars == (type(None),) and len(others) == 1:
            bare = self._form(others[0])
            return _Form(
                lambda value: None if value is None else bare.write(value),
                lambda raw: None if raw is None else bare.read(raw),
            )
        if len(others) > 1 or float in scalars:
            allowed = frozenset(_kind(one) for one in inside)
            return _Form(self._any_written, lambda raw: _of_kind(self._any_read(raw), allowed))
        other = self._form(others[0]) if others else None

        def write(value: Any) -> Any:
            return value if type(value) in scalars or other is None else other.write(value)

        def read(raw: Any) -> Any:
            if type(raw) in scalars:
                return raw
            if other is None:
                raise Undecodable("not one of several kinds")
            return other.read(raw)

        return _Form(write, read)

    def _class(self, kind: type) -> _Form:
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

        return _Form(write, read)

    def _field(self, kind: type, name: str, hint: Any) -> _Form:
        return self._expression if kind is Facts and name == "conditions" else self._form(hint)

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
        tag, *inside = _list(raw)
        if tag == "t":
            return tuple(map(self._any_read, inside))
        if tag == "l":
            return list(map(self._any_read, inside))
        if tag == "d":
            return {_exactly(str)(key): self._any_read(one) for key, one in inside}
        if tag == "n":
            return float(_exactly(str)(inside[0]))
        name, data = inside
        kind = Symbol if name == "Symbol" else self._documents[name]
        if tag == "e" and issubclass(kind, Enum):
            return kind(data)
        if tag == "c" and not issubclass(kind, Enum):
            return self._form(kind).read(data)
        raise Undecodable(f"the mark {tag!r}")


def _line(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode("ascii") + b"\n"


def _itself(value: Any) -> Any:
    return value


def _exactly(kind: type) -> Callable[[Any], Any]:
    def read(raw: Any) -> Any:
        if type(raw) is not kind:
            raise Undecodable(f"no {kind.__name__}")
        return raw

    return read


def _one_of(values: frozenset[Any]) -> Callable[[Any], Any]:
    def read(raw: Any) -> Any:
        if type(raw) is not str or raw not in values:
            raise Undecodable("none of the words that may stand there")
        return raw

    return read


def _list(raw: Any) -> list[Any]:
    if type(raw) is not list:
        raise Undecodable("no list")
    return raw


def _frozenset(form: _Form) -> _Form:
    return _Form(
        lambda value: sorted((form.write(one) for one in value), key=json.dumps),
        lambda raw: frozenset([form.read(one) for one in _list(raw)]),
    )


def _mapping(keys: _Form, values: _Form) -> _Form:
    return _Form(
        lambda value: [[keys.write(key), values.write(one)] for key, one in value.items()],
        lambda raw: {keys.read(key): values.read(one) for key, one in _list(raw)},
    )


def _kind(hint: Any) -> type:
    found: type = get_origin(hint) or hint
    return found


def _of_kind(value: Any, allowed: frozenset[type]) -> Any:
    if type(value) not in allowed:
        raise Undecodable(f"a {type(value).__name__} where none may stand")
    return value


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


class _Conditions:
    """Reads the expressions of conditions (``template.conditions``): tuples that begin with a word."""

    def __init__(self, text: _Form, symbol: _Form) -> None:
        self._text = text
        self._symbol = symbol

    def __call__(self, raw: Any) -> dict[str, Any]:
        return {_exactly(str)(name): self._expression(one) for name, one in _tagged(raw, "d")}

    def _expression(self, raw: Any) -> tuple[Any, ...]:
        word, *parts = _tagged(raw, "t")
        if word in ("and", "or", "not"):
            return (word, *map(self._expression, parts))
        if word == "is":
            (name,) = parts
            return (word, _exactly(str)(name))
        if word == "equals":
            left, right, allowed = parts
            return (word, self._side(left), self._side(right), self._allowed(allowed))
        if word == "?":
            (place,) = parts
            return (word, _exactly(str)(place))
        raise Undecodable("no expression of a condition")

    def _side(self, raw: Any) -> Text:
        found: Text = tuple([one if type(one) is str else self._named(one) for one in _tagged(raw, "t")])
        return found

    def _named(self, raw: Any) -> Symbol:
        name, data = _tagged(raw, "c")
        if name != "Symbol":
            raise Undecodable("no symbol")
        found: Symbol = self._symbol.read(data)
        return found

    def _allowed(self, raw: Any) -> tuple[tuple[Symbol, tuple[str, ...]], ...]:
        pairs = [_tagged(pair, "t") for pair in _tagged(raw, "t")]
        return tuple(
            [(self._named(which), tuple(map(_exactly(str), _tagged(words, "t")))) for which, words in pairs]
        )


def _tagged(raw: Any, tag: str) -> list[Any]:
    """What follows the mark of a value that says itself what it is."""
    if not _list(raw) or raw[0] != tag:
        raise Undecodable(f"no {tag!r}")
    rest: list[Any] = raw[1:]
    return rest
