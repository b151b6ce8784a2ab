"""What values of a kind look like as JSON, and how each is checked when it is read: the parts of ``codec``."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, get_origin

from recursion_lint.model.text import Symbol, Text


class Undecodable(ValueError):
    """These bytes are no facts, or none of this version."""


class Form(NamedTuple):
    """How values of one annotation are written and read. ``scalar``: as themselves, where JSON has that type."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]
    scalar: tuple[type, ...] = ()


def by_name(
    kind: type, then: tuple[str, ...], reads: Mapping[str, Callable[[Any], Any]]
) -> Callable[[Any], Any]:
    """Reads what was written when a class had other fields."""

    def read(raw: Any) -> Any:
        if type(raw) is not list or len(raw) > len(then):
            raise Undecodable(f"not the fields of {kind.__name__}")
        given = zip(then, raw, strict=False)
        return kind(**{name: reads[name](one) for name, one in given if name in reads})

    return read


def placed(form: Form, place: Callable[[str], str]) -> Form:
    """Paths, one or several, each put where it belongs; an empty one is none."""

    def moved(value: Any) -> Any:
        if type(value) is str:
            return place(value) if value else value
        return type(value)([place(one) for one in value])

    return Form(lambda value: form.write(moved(value)), lambda raw: moved(form.read(raw)))


def itself(value: Any) -> Any:
    return value


def exactly(kind: type) -> Callable[[Any], Any]:
    def read(raw: Any) -> Any:
        if type(raw) is not kind:
            raise Undecodable(f"no {kind.__name__}")
        return raw

    return read


def one_of(values: frozenset[Any]) -> Callable[[Any], Any]:
    def read(raw: Any) -> Any:
        if type(raw) is not str or raw not in values:
            raise Undecodable("none of the words that may stand there")
        return raw

    return read


def a_list(raw: Any) -> list[Any]:
    if type(raw) is not list:
        raise Undecodable("no list")
    return raw


def frozenset_of(form: Form) -> Form:
    return Form(
        lambda value: sorted((form.write(one) for one in value), key=json.dumps),
        lambda raw: frozenset([form.read(one) for one in a_list(raw)]),
    )


def mapping(keys: Form, values: Form) -> Form:
    return Form(
        lambda value: [[keys.write(key), values.write(one)] for key, one in value.items()],
        lambda raw: {keys.read(key): values.read(one) for key, one in a_list(raw)},
    )


def kind_of(hint: Any) -> type:
    found: type = get_origin(hint) or hint
    return found


def of_kind(value: Any, allowed: frozenset[type]) -> Any:
    if type(value) not in allowed:
        raise Undecodable(f"a {type(value).__name__} where none may stand")
    return value


class Conditions:
    """Reads the expressions of conditions (``template.conditions``): tuples that begin with a word."""

    def __init__(self, text: Form, symbol: Form) -> None:
        self._text = text
        self._symbol = symbol

    def __call__(self, raw: Any) -> dict[str, Any]:
        return {exactly(str)(name): self._expression(one) for name, one in tagged(raw, "d")}

    def _expression(self, raw: Any) -> tuple[Any, ...]:
        word, *parts = tagged(raw, "t")
        if word in ("and", "or", "not"):
            return (word, *map(self._expression, parts))
        if word == "is":
            (name,) = parts
            return (word, exactly(str)(name))
        if word == "equals":
            left, right, allowed = parts
            return (word, self._side(left), self._side(right), self._allowed(allowed))
        if word == "?":
            (place,) = parts
            return (word, exactly(str)(place))
        raise Undecodable("no expression of a condition")

    def _side(self, raw: Any) -> Text:
        found: Text = tuple([one if type(one) is str else self._named(one) for one in tagged(raw, "t")])
        return found

    def _named(self, raw: Any) -> Symbol:
        name, data = tagged(raw, "c")
        if name != "Symbol":
            raise Undecodable("no symbol")
        found: Symbol = self._symbol.read(data)
        return found

    def _allowed(self, raw: Any) -> tuple[tuple[Symbol, tuple[str, ...]], ...]:
        pairs = [tagged(pair, "t") for pair in tagged(raw, "t")]
        return tuple(
            [(self._named(which), tuple(map(exactly(str), tagged(words, "t")))) for which, words in pairs]
        )


def tagged(raw: Any, tag: str) -> list[Any]:
    """What follows the mark of a value that says itself what it is."""
    if not a_list(raw) or raw[0] != tag:
        raise Undecodable(f"no {tag!r}")
    rest: list[Any] = raw[1:]
    return rest
