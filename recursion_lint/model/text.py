"""Symbolic text: what a template says about a string before anything is deployed.

A ``Text`` is a sequence of literal strings and ``Symbol``s. A symbol stands for one unknown but
fixed string (a parameter, a pseudo parameter, the random tail of a generated name); ``ANY`` and
``ONE`` are the wildcards ``*`` and ``?`` of an IAM resource or a key pattern; ``either_case`` makes a third kind.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Union


class Symbol(NamedTuple):
    """One unknown string. ``kind``: parameter, pseudo, random, attribute, import, dynamic, unknown, level, wild, ….

    A ``level`` is unknown text without a slash: one level of an MQTT topic.

    ``scope`` is the template (or stack instance) that gives the name its meaning; it is empty where
    the meaning is the same in all templates of one account and region.
    """

    kind: str
    name: str
    scope: str = ""

    @property
    def wild(self) -> bool:
        return self.kind == "wild"


UNDECIDED = "undecided"
"""The kind of a symbol for what depends on more conditions than are followed."""

Part = Union[str, Symbol]
Text = tuple[Part, ...]

ANY = Symbol("wild", "*")
ONE = Symbol("wild", "?")


def either_case(letter: str) -> Part:
    """The wildcard that stands for a letter in upper or lower case, as ``[aA]``; the letter where it has no case."""
    cases = dict.fromkeys((letter.lower(), letter.upper()))
    return letter if len(cases) == 1 or not letter.isascii() else one_of("".join(cases))


def one_of(letters: str) -> Symbol:
    """The wildcard that stands for one of ``letters``."""
    return Symbol("wild", f"[{letters}]")


def text(parts: Iterable[Part]) -> Text:
    """Join ``parts`` into the normal form: neighbouring literals merged, empty ones dropped."""
    out: list[Part] = []
    pending = ""
    for part in parts:
        if isinstance(part, str):
            pending += part
            continue
        if pending:
            out.append(pending)
            pending = ""
        elif out and out[-1] == ANY == part:
            continue
        out.append(part)
    return (*out, pending) if pending else tuple(out)


def literal(value: Text) -> str | None:
    """The plain string when ``value`` holds no symbol, else ``None``."""
    if not value:
        return ""
    return value[0] if len(value) == 1 and isinstance(value[0], str) else None


def parameter_of(value: Text) -> Symbol | None:
    """The parameter that ``value`` is and no more, else ``None``."""
    only = value[0] if len(value) == 1 else ""
    return only if isinstance(only, Symbol) and only.kind == "parameter" else None


def as_text(value: Any) -> Text | None:
    """A string, symbolic or not, as ``Text``; ``None`` for anything else."""
    if isinstance(value, str):
        return (value,) if value else ()
    if isinstance(value, tuple) and len(value) == 1 and value[0] and isinstance(value[0], (str, Symbol)):
        return value
    if isinstance(value, tuple) and all(isinstance(part, (str, Symbol)) for part in value):
        return text(value)
    return None


def glob(value: Text) -> Text:
    """Read ``*`` and ``?`` in the literal parts as the wildcards of an IAM pattern."""
    out: list[Part] = []
    for part in value:
        if isinstance(part, Symbol) or not ("*" in part or "?" in part):
            out.append(part)
            continue
        pieces = re.split(r"([*?])", part)
        out += [piece if at % 2 == 0 else ANY if piece == "*" else ONE for at, piece in enumerate(pieces)]
    return text(out)


def undecided(*values: Text) -> bool:
    """Does one of ``values`` depend on more conditions than are followed?"""
    return any(isinstance(part, Symbol) and part.kind == UNDECIDED for value in values for part in value)


def has_wildcard(value: Text) -> bool:
    return any(isinstance(part, Symbol) and part.wild for part in value)


def substitute(value: Text, bindings: Mapping[Symbol, Text]) -> Text:
    """Replace bound symbols (a nested stack's parameters, an import) by what is known of them."""
    if not any(isinstance(part, Symbol) and part in bindings for part in value):
        return value
    parts: list[Part] = []
    for part in value:
        parts.extend(bindings.get(part, (part,)) if isinstance(part, Symbol) else (part,))
    return text(parts)


def split_text(value: Text, delimiter: str, limit: int = -1) -> list[Text]:
    """Split at ``delimiter`` in the literal parts, at most ``limit`` times."""
    fields: list[list[Part]] = [[]]
    for part in value:
        if isinstance(part, Symbol):
            fields[-1].append(part)
            continue
        left = limit - len(fields) + 1 if limit >= 0 else -1
        head, *rest = part.split(delimiter, left) if left != 0 else [part]
        fields[-1].append(head)
        fields += [[piece] for piece in rest]
    return [tuple(filter(None, field)) for field in fields]


def strip_prefix(value: Text, prefix: str) -> Text | None:
    """``value`` without a literal beginning; ``None`` where it does not begin so. Anything begins with nothing."""
    if not prefix:
        return value
    if value and isinstance(value[0], str) and value[0].startswith(prefix):
        rest = value[0][len(prefix) :]
        return (rest, *value[1:]) if rest else value[1:]
    return None


def after(value: Text, part: Text) -> Text | None:
    """What follows the first ``part`` in ``value``; ``None`` where it is not in there."""
    given, wanted = _letters(value), _letters(part)
    for at in range(len(given) - len(wanted) + 1):
        if given[at : at + len(wanted)] == wanted:
            return text(given[at + len(wanted) :])
    return None


def _letters(value: Text) -> list[Part]:
    """The letters and symbols of ``value``, one by one."""
    return [letter for part in value for letter in ((part,) if isinstance(part, Symbol) else part)]


def concatenated(left: Text, right: Text) -> Text:
    """``text((*left, *right))`` of two texts in normal form, which only their seam can put out of it."""
    if not left or not right:
        return left or right
    return (*left[:-1], *text((left[-1], right[0])), *right[1:])


def dynamic_references(value: Text) -> list[tuple[Text, bool]]:
    """``value`` cut at its ``{{resolve:…}}``: the pieces in order, with whether each is what stands in such braces."""
    found: list[tuple[Text, bool]] = []
    piece: list[Part] = []
    inside = False
    for part in value:
        rest = part
        while isinstance(rest, str):
            before, mark, after = rest.partition("}}" if inside else "{{resolve:")
            piece.append(before)
            if not mark:
                break
            found.append((text(piece), inside))
            piece = [] if inside else ["resolve:"]
            inside, rest = not inside, after
        else:
            piece.append(rest)
    # Braces that are not closed are text.
    return [*found, (text(["{{", *piece] if inside else piece), False)]


def render(value: Text) -> str:
    """``value`` for a person: literals as they are, wildcards as ``*``, symbols as ``${Name}``."""
    return "".join(
        part if isinstance(part, str) else part.name if part.wild else "${" + part.name + "}"
        for part in value
    )
