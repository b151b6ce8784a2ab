"""Texts put together of letters and of fixed parts that the template or a variable gives: compared part by part.

A fixed part is not known, but the same wherever it stands: ``${Stage}-in`` is itself, and never ``${Stage}-out``.
Anything else in a text may be any letters, and ends what can be compared from that side.
"""

from recursion_lint.code.calls import Concatenation, Environment, Literal, Value
from recursion_lint.code.values import concatenated

TEMPLATE = "template:"
"""How the name of a fixed part begins that the template gives, and no variable: ``template:random Uploads``."""
_PLAIN = (f"{TEMPLATE}pseudo ", f"{TEMPLATE}random ")
"""Of these it is known that no ``:``, ``/`` or ``,`` stands in them: an account, a region, a generated name."""
_RANDOM = _PLAIN[1]


def parts_of(value: Value) -> tuple[Value, ...]:
    """The parts of a text, one after the other."""
    return value.parts if isinstance(value, Concatenation) else (value,)


def ends(text: Value) -> tuple[str, str]:
    """What a text surely begins and ends with."""
    parts = parts_of(text)
    first, last = parts[0], parts[-1]
    begin = str(first.value) if isinstance(first, Literal) else ""
    return begin, str(last.value) if isinstance(last, Literal) else ""


def is_text(value: Value) -> bool:
    """Is a value a text of which something can be compared?"""
    if isinstance(value, Literal):
        return isinstance(value.value, str)
    return isinstance(value, (Concatenation, Environment))


def equal_texts(first: Value, second: Value) -> bool | None:
    """Are two texts the same? ``None`` where that cannot be told."""
    one, other = _stripped(parts_of(first), parts_of(second))
    if one is None or other is None:
        return False
    one, other = _stripped(one, other, at_end=True)
    if one is None or other is None:
        return False
    if not one and not other:
        return True
    if not one or not other:
        return False if any(isinstance(part, Literal) for part in one or other) else None
    generated = one[-1] != other[-1] and all(_begins_so(parts[-1], (_RANDOM,)) for parts in (one, other))
    return False if generated else None


def bordered(text: Value, border: Value, at_start: bool) -> bool | None:
    """Does a text begin (or end) with another one?"""
    one, other = _stripped(parts_of(text), parts_of(border), at_end=not at_start)
    if one is None or other is None:
        return False
    if not other:
        return True
    return False if not one and any(isinstance(part, Literal) for part in other) else None


def holds_text(whole: Value, part: Value) -> bool | None:
    """Does a text that is no constant stand in another? ``None`` where that cannot be told: none is proved not to."""
    parts, wanted = parts_of(whole), parts_of(part)
    if not all(isinstance(one, (Literal, Environment)) for one in wanted):
        return None
    found = any(_begins_at(parts, at, wanted) for at in range(len(parts)))
    return True if found else None


def split_at(text: Value, separator: str) -> tuple[list[Value], bool]:
    """The pieces between separators, and whether these are all: else the text goes on in the last of them, somehow."""
    pieces: list[list[Value]] = [[]]
    for part in parts_of(text):
        if isinstance(part, Literal):
            head, *rest = str(part.value).split(separator)
            pieces[-1].append(Literal(head))
            pieces += [[Literal(piece)] for piece in rest]
        elif separator in (":", "/", ",") and _begins_so(part, _PLAIN):
            pieces[-1].append(part)
        else:
            return [concatenated(piece) for piece in pieces], False
    return [concatenated(piece) for piece in pieces], True


def _begins_so(part: Value, words: tuple[str, ...]) -> bool:
    return isinstance(part, Environment) and part.name.startswith(words)


def _begins_at(parts: tuple[Value, ...], at: int, wanted: tuple[Value, ...]) -> bool:
    """Does ``wanted`` stand from the part ``at`` on, or from a letter of it?"""
    first, begin = parts[at], wanted[0]
    if isinstance(first, Literal) and isinstance(begin, Literal):
        text, word = str(first.value), str(begin.value)
        if not text.endswith(word):
            return False
        return bordered(concatenated(parts[at + 1 :]), concatenated(wanted[1:]), True) is True
    return bordered(concatenated(parts[at:]), concatenated(wanted), True) is True


def _stripped(
    one: tuple[Value, ...], other: tuple[Value, ...], at_end: bool = False
) -> tuple[tuple[Value, ...] | None, tuple[Value, ...] | None]:
    """Both texts without what they surely have in common at one side; ``None`` where they differ there."""
    first, second = list(one), list(other)
    if not at_end:
        first.reverse()
        second.reverse()
    while first and second:
        here, there = first.pop(), second.pop()
        if isinstance(here, Literal) and isinstance(there, Literal):
            left, right = str(here.value), str(there.value)
            size = min(len(left), len(right))
            if (left[-size:] != right[-size:]) if at_end and size else left[:size] != right[:size]:
                return None, None
            cut = slice(None, len(left) - size), slice(None, len(right) - size)
            rest = (left[cut[0]], right[cut[1]]) if at_end else (left[size:], right[size:])
            first += [Literal(rest[0])] if rest[0] else []
            second += [Literal(rest[1])] if rest[1] else []
        elif not isinstance(here, Environment) or here != there:
            first.append(here)
            second.append(there)
            break
    if not at_end:
        first.reverse()
        second.reverse()
    return tuple(first), tuple(second)
