"""The results of functions of values: parts of texts, sizes, choices, as far as they are known."""

from collections.abc import Callable, Mapping

from recursion_lint.code.calls import Concatenation, EventPath, ListValue, Literal, Pure, Value
from recursion_lint.code.deciding import UNTOLD, decide
from recursion_lint.code.fixed_texts import ends, is_text, split_at
from recursion_lint.code.values import NOTHING, concatenated, either, options


def applied(name: str, arguments: tuple[Value, ...]) -> Value:
    """The result of a function of values, as far as it is known."""
    if arguments and len(options(arguments[0])) > 1:
        return either(applied(name, (option, *arguments[1:])) for option in options(arguments[0]))
    run = _FUNCTIONS.get(name)
    if run is None or not arguments:
        return Pure(name, arguments) if name not in _OPAQUE else UNTOLD
    return run(arguments)


def _item(arguments: tuple[Value, ...]) -> Value:
    value, place = arguments
    if not isinstance(place, Literal) or not isinstance(place.value, int):
        return UNTOLD
    if isinstance(value, ListValue) and value.exact:
        inside = -len(value.items) <= place.value < len(value.items)
        return value.items[place.value] if inside else NOTHING
    if not isinstance(value, Pure) or len(value.arguments) < 2:
        return UNTOLD
    text, separator, *limit = value.arguments
    if value.name == "split" and not limit:
        return _piece(text, separator, place.value)
    last = (value.name == "rsplit" and place.value == -1) or (
        value.name == "rpartition" and place.value in (2, -1)
    )
    if last or (value.name == "rsplit" and limit == [Literal(1)] and place.value == 1):
        return _piece(text, separator, -1)
    return UNTOLD


def _piece(text: Value, separator: Value, place: int) -> Value:
    """One of the parts of a text between separators; the first and the last may be told in part."""
    if isinstance(text, Concatenation) and isinstance(separator, Literal) and separator.value:
        pieces, whole = split_at(text, str(separator.value))
        if -len(pieces) <= place < len(pieces) if whole else 0 <= place < len(pieces) - 1:
            return pieces[place]
        if whole:
            return NOTHING
    return _segment(text, separator, place)


def _segment(text: Value, separator: Value, place: int) -> Value:
    """The first or last part of a text between separators."""
    if not isinstance(separator, Literal) or not isinstance(separator.value, str) or not separator.value:
        return UNTOLD
    if place not in (0, -1) or not isinstance(text, (Concatenation, Literal)):
        return UNTOLD
    begin, end = ends(text)
    known, mark = (begin, separator.value) if place == 0 else (end, separator.value)
    if mark in known:
        return Literal(known.split(mark)[place])
    if isinstance(text, Literal):
        return text
    return concatenated((Literal(known), UNTOLD) if place == 0 else (UNTOLD, Literal(known)))


def _split(arguments: tuple[Value, ...]) -> Value:
    if len(arguments) == 2 and is_text(arguments[0]) and isinstance(arguments[1], Literal):
        pieces, whole = (
            split_at(arguments[0], str(arguments[1].value or "")) if arguments[1].value else ([], False)
        )
        if whole:
            return ListValue(tuple(pieces))
    return Pure("split", arguments)


def _basename(arguments: tuple[Value, ...]) -> Value:
    return _segment(arguments[0], Literal("/"), -1)


def _extension(arguments: tuple[Value, ...]) -> Value:
    if not isinstance(arguments[0], (Concatenation, Literal)):
        # A part of the event may be what it was in the first round; of anything else nothing is known.
        return Pure("extension", arguments) if isinstance(arguments[0], EventPath) else UNTOLD
    _, end = ends(arguments[0])
    last = end.rpartition("/")[2]
    if "." not in last:
        return UNTOLD if isinstance(arguments[0], Concatenation) else Literal("")
    found = Literal("." + last.rpartition(".")[2])
    if "." in last.lstrip(".") or "/" in end:
        return found if "." in last.lstrip(".") else Literal("")
    return either((found, Literal("")))  # what comes before may be a folder: its file ".png" has no extension


def _case(upper: bool, arguments: tuple[Value, ...]) -> Value:
    parts = arguments[0].parts if isinstance(arguments[0], Concatenation) else (arguments[0],)
    changed: list[Value] = []
    for part in parts:
        if isinstance(part, Literal):
            changed.append(Literal(str(part.value).upper() if upper else str(part.value).lower()))
        else:
            changed.append(UNTOLD)
    return concatenated(changed) if len(changed) > 1 or isinstance(changed[0], Literal) else UNTOLD


def _number(arguments: tuple[Value, ...]) -> Value:
    value = arguments[0]
    if (
        isinstance(value, Literal)
        and isinstance(value.value, (str, int))
        and not isinstance(value.value, bool)
    ):
        try:
            return Literal(int(value.value))
        except ValueError:
            return UNTOLD
    return UNTOLD


def _dirname(arguments: tuple[Value, ...]) -> Value:
    begin, _ = ends(arguments[0])
    if isinstance(arguments[0], Concatenation) and "/" in begin:
        return concatenated((Literal(begin.rpartition("/")[0]), UNTOLD))
    return UNTOLD


def _length(arguments: tuple[Value, ...]) -> Value:
    value = arguments[0]
    if isinstance(value, ListValue) and value.exact:
        return Literal(len(value.items))
    if isinstance(value, Literal) and isinstance(value.value, str):
        return Literal(len(value.value))
    return Pure("len", arguments) if isinstance(value, Pure) and value.name in ("split", "rsplit") else UNTOLD


def _chosen(arguments: tuple[Value, ...]) -> Value:
    """``when(test, a, b)``."""
    holds = decide(arguments[0])
    return Pure("when", arguments) if holds is None else arguments[1 if holds else 2]


def _stripped(name: str, arguments: tuple[Value, ...]) -> Value:
    """A text without some letters at its ends, which ones it has told."""
    plain = [one.value for one in arguments if isinstance(one, Literal)]
    if len(plain) == len(arguments) == 2 and all(isinstance(one, str) for one in plain):
        return Literal(getattr(plain[0], name)(plain[1]))
    return UNTOLD


_FUNCTIONS: Mapping[str, Callable[[tuple[Value, ...]], Value]] = {
    "len": _length,
    "length": _length,
    "when": _chosen,
    "item": _item,
    "split": _split,
    "basename": _basename,
    "extension": _extension,
    "dirname": _dirname,
    "lower": lambda arguments: _case(False, arguments),
    "upper": lambda arguments: _case(True, arguments),
    "int": _number,
    "strip": lambda arguments: _stripped("strip", arguments),
    "lstrip": lambda arguments: _stripped("lstrip", arguments),
    "rstrip": lambda arguments: _stripped("rstrip", arguments),
}
_OPAQUE = frozenset(
    {"replace", "sub", "substring", "removeprefix", "removesuffix", "partition", "rpartition", "title", "pad",
     "date", "digest", "normalize", "root", "path", "url", "field", "-", "*", "/", "%", "+", "float"}
)  # fmt: skip
