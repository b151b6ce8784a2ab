"""A pattern of keys made ready for the search: which positions each letter moves on from.

Symbols are opaque here: one letter each, equal to itself only.
"""

from functools import lru_cache
from itertools import takewhile
from typing import NamedTuple

from recursion_lint.model.text import ANY, ONE, Part, Symbol, Text, render


class Machine(NamedTuple):
    """A pattern made ready: bit *i* of a state says that *i* letters (wildcards ``?`` included) are matched.

    ``letters`` and ``ones`` are the positions that a given letter, or any character, moves on from;
    ``loops`` those where a ``*`` stands, which stay. ``lead`` and ``tail`` are the letters before the
    first and after the last wildcard; ``stars`` is any number of ``*`` and no other wildcard, ``simple`` one ``*``
    and no other. ``literals`` is what stands between the ``*`` where there is neither another wildcard nor a symbol;
    ``longest`` is the longest of them, and ``inner`` all between ``lead`` and ``tail`` but for the wildcards.
    """

    letters: dict[Part, int]
    ones: int
    loops: int
    final: int
    lead: Text
    tail: Text
    exact: bool
    simple: bool
    stars: bool
    literals: tuple[str, ...]
    longest: str
    inner: Text

    def hit(self, letter: Part) -> int:
        """The positions that ``letter`` moves on from."""
        found = self.letters.get(letter, 0)
        return found | self.ones if isinstance(letter, str) else found

    def accepts(self, word: Text) -> bool:
        state = 1
        for letter in word:
            state = step_on(state, self.hit(letter), self.loops)
        return bool(state & self.final)


def step_on(state: int, hit: int, loops: int) -> int:
    """The positions after a letter, without those that the furthest ``*`` reached makes superfluous."""
    state = (state & hit) << 1 | state & loops
    kept = state & loops
    if kept:
        # Whatever an earlier position can still match, the later * can match too: this tames a*a*a*...b.
        furthest = kept.bit_length() - 1
        state = state >> furthest << furthest
    return state


def spell(pattern: Text) -> Text:
    """``pattern`` with one letter, symbol or wildcard an element."""
    return tuple(piece for part in pattern for piece in (part if isinstance(part, str) else (part,)))


def is_wild(part: Part) -> bool:
    return isinstance(part, Symbol) and part.wild


def letters_of(part: Part) -> tuple[Part, ...]:
    """The letters that a piece stands for, where these are few: itself, or both cases of a letter."""
    if not isinstance(part, Symbol) or not part.wild:
        return (part,)
    return () if part == ONE or is_any(part) else tuple(part.name[1:-1])


def is_any(part: Part) -> bool:
    return part == ANY  # not `is`: a Text that came from another process has its own copies


def is_symbolic(pattern: Text) -> bool:
    return any(isinstance(part, Symbol) and not part.wild for part in pattern)


def fixed_start(pieces: Text) -> Text:
    """The letters before the first wildcard."""
    return tuple(takewhile(lambda piece: not is_wild(piece), pieces))


@lru_cache(maxsize=4096)
def machine_of(pattern: Text) -> Machine:
    pieces = spell(pattern)
    letters: dict[Part, int] = {}
    ones = loops = 0
    at = 1
    for piece in pieces:
        if is_any(piece):
            loops |= at
            continue
        if piece == ONE:
            ones |= at
        for letter in letters_of(piece):
            letters[letter] = letters.get(letter, 0) | at
        at <<= 1
    lead = fixed_start(pieces)
    tail = fixed_start(pieces[::-1])[::-1]
    exact = len(lead) == len(pieces)
    stars = loops > 0 and all(is_any(piece) for piece in pieces if is_wild(piece))
    literals = (
        tuple(render(part) for part in _between_stars(pieces)) if stars and not is_symbolic(pieces) else ()
    )
    inner = tuple(piece for piece in pieces[len(lead) : len(pieces) - len(tail)] if not is_any(piece))
    simple = stars and loops.bit_count() == 1
    longest = max(literals, key=len, default="")
    return Machine(letters, ones, loops, at, lead, tail, exact, simple, stars, literals, longest, inner)


def _between_stars(pieces: Text) -> list[Text]:
    found: list[list[Part]] = [[]]
    for piece in pieces:
        if is_any(piece):
            found.append([])
        else:
            found[-1].append(piece)
    return [tuple(one) for one in found]


def in_order(machine: Machine, name: Text) -> bool:
    """Does ``name`` begin with the first of the literals, end with the last, and hold the others between in order?"""
    lead, *inner, tail = machine.literals
    first, last = (name[0], name[-1]) if name else ("", "")
    if lead and not (isinstance(first, str) and first.startswith(lead)):
        return False
    if tail and not (isinstance(last, str) and last.endswith(tail)):
        return False
    end = len(last) - len(tail) if isinstance(last, str) else 0
    part, at = 0, len(lead)
    if len(name) == 1 and isinstance(first, str):
        if machine.longest not in first:
            return False
        for wanted in inner:
            at = first.find(wanted, at, end)
            if at < 0:
                return False
            at += len(wanted)
        return at <= end
    for wanted in inner:
        while part < len(name):
            here = name[part]
            most = end if part == len(name) - 1 else None
            found = here.find(wanted, at, most) if isinstance(here, str) else -1
            if found >= 0:
                at = found + len(wanted)
                break
            part, at = part + 1, 0
        else:
            return False
    return part < len(name) - 1 or at <= end
