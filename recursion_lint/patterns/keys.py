"""Keys and names: is there a string that matches several patterns and none of some others?

A pattern is a ``Text``: an object ARN's key part with its wildcards, the prefix and the suffix of an S3
notification, a wildcard of an event pattern. Prefix and suffix are two patterns that must both match, so
they may share characters: prefix ``data.txt`` and suffix ``.txt`` accept ``data.txt``.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html

Symbols are read in one of two ways:

* *opaque*: a symbol is one letter of its own, equal to itself only. ``*`` absorbs it, ``?`` does not (a
  symbol may have any length). A word found this way, with the symbols' values put in, matches every
  required pattern **whatever the values are**.
* *any text*: each symbol is a ``*``. What is empty in this reading is empty **whatever the values are**.

The question is decided exactly in both readings, by a breadth-first search over the sets of positions at
which each pattern may stand; the search is bounded and says so when it gives up.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import combinations, count, takewhile
from typing import Literal, NamedTuple

from recursion_lint.model.text import ANY, ONE, Part, Text, text
from recursion_lint.patterns.machines import (
    Machine,
    fixed_start,
    in_order,
    is_any,
    is_symbolic,
    letters_of,
    machine_of,
    spell,
    step_on,
)

SEARCH_LIMIT = 200_000
"""Moves of one pattern by one letter in the search of one question."""
EXAMPLE_LIMIT = 20_000
"""The same where some word is known already, and only a shorter one is sought."""
_FILLERS = "abcdefghijklmnopqrstuvwxyz0123456789"


class Undecided(Exception):
    """The patterns are too entangled: the search was given up after ``SEARCH_LIMIT`` moves."""


Verdict = Literal["disjoint", "overlaps", "unknown"]


class Overlap(NamedTuple):
    """Whether patterns have a word in common, and the shortest such word.

    ``overlaps``: there is a word with the symbols read as opaque. Without excluded patterns it is a match
    for every value of the symbols; with some, the values may bring it under an excluded pattern.
    ``disjoint``: there is no word, whatever the values of the symbols. ``unknown``: it depends on the
    values, or the search was given up.
    """

    verdict: Verdict
    witness: Text | None


def starts_with(prefix: Text) -> Text:
    """The pattern of all strings that begin with ``prefix``."""
    return text((*prefix, ANY))


def ends_with(suffix: Text) -> Text:
    """The pattern of all strings that end with ``suffix``."""
    return text((ANY, *suffix))


def shortest(required: Sequence[Text], excluded: Sequence[Text] = ()) -> Text | None:
    """The shortest word that matches all of ``required`` and none of ``excluded``; ``None`` if there is none.

    Symbols are opaque. Among equally short words the answer is always the same one: free places take ``a``
    (or the next letter that no pattern mentions), then the letters of the patterns in order, ``/`` and the
    symbols last. Raises ``Undecided`` when the search is given up.
    """
    decided, word = _shortest(tuple(required), tuple(excluded))
    if not decided:
        raise Undecided
    return word


def decide(required: Sequence[Text], excluded: Sequence[Text] = ()) -> Overlap:
    """Whether some string matches all of ``required`` and none of ``excluded``; see ``Overlap``."""
    return _decide(tuple(required), tuple(excluded))


def meet(required: Sequence[Text]) -> bool:
    """Does some string match all of ``required``? ``shortest`` without an example; raises ``Undecided``."""
    return _surely_meet(required) or shortest(required) is not None


def verdict(required: Sequence[Text], excluded: Sequence[Text] = ()) -> Verdict:
    """The verdict of ``decide``, for which no example need be sought."""
    near = [pattern for pattern in excluded if not any(_begin_apart(pattern, one) for one in required)]
    if not near and _surely_meet(required):
        return "overlaps"
    return decide(required, near).verdict


def _begin_apart(one: Text, other: Text) -> bool:
    """Do two patterns ask for different letters at the same place, counted from the start, whatever symbols are?"""
    for mine, theirs in zip(machine_of(one).lead, machine_of(other).lead, strict=False):
        if mine != theirs or not isinstance(mine, str):
            return isinstance(mine, str) and isinstance(theirs, str)
    return False


def may_meet(patterns: Sequence[Text]) -> bool:
    """Do the ends of patterns agree? If not, no string is known to match all of them."""
    return _ends_agree([machine_of(pattern) for pattern in patterns])


def _surely_meet(patterns: Sequence[Text]) -> bool:
    """Do patterns without other wildcards than ``*`` agree on both ends? Between them there is room for all."""
    wanted = [machine_of(pattern) for pattern in patterns]
    return all(machine.stars for machine in wanted) and _ends_agree(wanted)


def matches(pattern: Text, name: Text) -> bool:
    """Does ``pattern`` match a name without wildcards? Symbols are opaque."""
    machine = machine_of(pattern)
    return in_order(machine, name) if machine.literals else machine.accepts(spell(name))


def covers(wide: Sequence[Text], narrow: Text) -> bool:
    """Whether every word of ``narrow`` matches every pattern in ``wide``, whatever the symbols' values.

    ``False`` also when that cannot be said: it depends on a value, or the search was given up.
    """
    return all(_covers(pattern, narrow) for pattern in wide)


class _Answer(NamedTuple):
    decided: bool
    word: Text | None


@lru_cache(maxsize=4096)
def _shortest(required: tuple[Text, ...], excluded: tuple[Text, ...]) -> _Answer:
    wanted = [machine_of(pattern) for pattern in dict.fromkeys(required)]
    barred = [machine_of(pattern) for pattern in dict.fromkeys(excluded)]
    answer = _at_a_glance(wanted, barred)
    if answer is not None:
        return answer
    built = _built(wanted, barred)
    found = _search(wanted, barred, SEARCH_LIMIT if built is None else EXAMPLE_LIMIT)
    return found if found.decided or built is None else built


def _ends_agree(wanted: Sequence[Machine]) -> bool:
    """Can a string begin as each of some patterns asks for, and end so?"""
    lead: Text = ()
    tail: Text = ()
    for machine in wanted:
        own = machine.lead
        if len(own) > len(lead):
            own, lead = lead, own
        if lead[: len(own)] != own:
            return False
        own = machine.tail
        if len(own) > len(tail):
            own, tail = tail, own
        if tail[len(tail) - len(own) :] != own:
            return False
    return True


def _built(wanted: list[Machine], barred: list[Machine]) -> _Answer | None:
    """A word of patterns without other wildcards than ``*``: both ends, and between what each asks for in turn.

    It is one as soon as the ends agree, but not the shortest. ``None`` where an excluded pattern matches it.
    """
    if not all(machine.stars for machine in wanted):
        return None
    lead = max((machine.lead for machine in wanted), key=len, default=())
    tail = max((machine.tail for machine in wanted), key=len, default=())
    word = (*lead, *(piece for machine in wanted for piece in machine.inner), *tail)
    return None if any(machine.accepts(word) for machine in barred) else _Answer(True, text(word))


def _at_a_glance(wanted: list[Machine], barred: list[Machine]) -> _Answer | None:
    """The answer where no search is needed: an exact name, contradicting ends, prefixes and suffixes only."""
    exact = next((machine for machine in wanted if machine.exact), None)
    if exact:
        word = exact.lead
        matched = all(machine.accepts(word) for machine in wanted)
        free = matched and not any(machine.accepts(word) for machine in barred)
        return _Answer(True, text(word) if free else None)
    if not _ends_agree(wanted):
        return _Answer(True, None)
    if not all(machine.simple for machine in wanted):
        return None
    lead = max((machine.lead for machine in wanted), key=len, default=())
    tail = max((machine.tail for machine in wanted), key=len, default=())
    # No pattern asks for more than both ends side by side, so each place of the shortest word is dictated.
    least = max((len(machine.lead) + len(machine.tail) for machine in wanted), default=0)
    most = len(lead) + len(tail)
    shared = next(size for size in range(most - least, -1, -1) if lead[len(lead) - size :] == tail[:size])
    word = lead + tail[shared:]
    return None if any(machine.accepts(word) for machine in barred) else _Answer(True, text(word))


def _alphabet(wanted: list[Machine], barred: list[Machine]) -> list[Part]:
    """One letter for all that no pattern mentions, then the mentioned ones, the most readable first."""
    named = dict.fromkeys(letter for machine in wanted for letter in machine.letters)
    # A symbol that only an excluded pattern knows has no place in a witness.
    named.update(
        dict.fromkeys(letter for machine in barred for letter in machine.letters if isinstance(letter, str))
    )
    filler = next(letter for letter in _spare() if letter not in named)
    rank = {"/": 1}
    mentioned = sorted(named, key=lambda letter: rank.get(letter, 0) if isinstance(letter, str) else 2)
    return [filler, *mentioned]


def _spare() -> Iterator[str]:
    yield from _FILLERS
    yield from map(chr, count(0xC0))


def _search(wanted: list[Machine], barred: list[Machine], limit: int) -> _Answer:
    """Breadth first over the positions of all patterns at once; the first word found is the shortest."""
    machines = [*wanted, *barred]
    loops = [machine.loops for machine in machines]
    finals = [machine.final for machine in machines]
    rows = [(letter, [machine.hit(letter) for machine in machines]) for letter in _alphabet(wanted, barred)]
    need = len(wanted)
    start = (1,) * len(machines)
    most = limit // (len(rows) * len(machines) or 1)
    # The empty word needs no look: where it matches, the answer was seen at a glance or it is excluded.
    came: dict[tuple[int, ...], tuple[tuple[int, ...], Part] | None] = {start: None}
    queue = [start]
    for states in queue:
        for letter, hits in rows:
            after = _advance(states, hits, loops, finals, need)
            if after is None or after in came:
                continue
            came[after] = (states, letter)
            if _accepting(after, finals, need):
                return _Answer(True, _trace(came, after))
            queue.append(after)
        most -= 1
        if most < 0:
            return _Answer(False, None)
    return _Answer(True, None)


def _advance(
    states: tuple[int, ...], hits: list[int], loops: list[int], finals: list[int], need: int
) -> tuple[int, ...] | None:
    """The states after a letter; ``None`` when no continuation can be a witness any more."""
    after: list[int] = []
    for state, hit, loop, final in zip(states, hits, loops, finals, strict=True):
        moved = step_on(state, hit, loop)
        if len(after) < need:
            if not moved:
                return None
        elif moved & final & loop:
            return None  # an excluded pattern that ends in * has matched: it matches all that follows
        after.append(moved)
    return tuple(after)


def _accepting(states: tuple[int, ...], finals: list[int], need: int) -> bool:
    matched = [state & final for state, final in zip(states, finals, strict=True)]
    return all(matched[:need]) and not any(matched[need:])


def _trace(came: dict[tuple[int, ...], tuple[tuple[int, ...], Part] | None], states: tuple[int, ...]) -> Text:
    word: list[Part] = []
    step = came[states]
    while step:
        states, letter = step
        word.append(letter)
        step = came[states]
    return text(reversed(word))


@lru_cache(maxsize=4096)
def _decide(required: tuple[Text, ...], excluded: tuple[Text, ...]) -> Overlap:
    decided, word = _shortest(required, excluded)
    if word is not None:
        return Overlap("overlaps", word)
    symbolic = any(is_symbolic(pattern) for pattern in (*required, *excluded))
    empty = _never(required, excluded) if symbolic else decided
    return Overlap("disjoint" if empty else "unknown", None)


def _never(required: tuple[Text, ...], excluded: tuple[Text, ...]) -> bool:
    """Whether no values of the symbols leave a word.

    An excluded pattern that covers a required one is enough, and so are two that contradict each other: a symbol may be
    common to these two only.
    """
    plain = [pattern for pattern in excluded if machine_of(pattern).simple]
    if any(_covers(pattern, wanted) for pattern in plain for wanted in required):
        return True
    wanted = tuple(spell(pattern) for pattern in required)
    barred = tuple(spell(pattern) for pattern in excluded)
    groups = dict.fromkeys([wanted, *combinations(wanted, 2)])
    if any(_empty_between_common_ends(group, barred) for group in groups):  # first: it seldom has to search
        return True
    return _empty_as_any_text(wanted, barred)


def _empty_as_any_text(wanted: tuple[Text, ...], barred: tuple[Text, ...]) -> bool:
    """Emptiness with each symbol of ``wanted`` read as ``*``.

    No such word holds a symbol, so an excluded pattern that asks for one excludes nothing.
    """
    opened = tuple(
        text(piece if isinstance(piece, str) else (ANY if not piece.wild else piece) for piece in pieces)
        for pieces in wanted
    )
    return _empty(opened, barred)


@lru_cache(maxsize=4096)
def _empty(required: tuple[Text, ...], excluded: tuple[Text, ...]) -> bool:
    """Is there surely no word? Where one can be put together none is sought."""
    wanted = [machine_of(pattern) for pattern in dict.fromkeys(required)]
    barred = [machine_of(pattern) for pattern in dict.fromkeys(excluded)]
    answer = _at_a_glance(wanted, barred) or _built(wanted, barred)
    return (answer or _search(wanted, barred, SEARCH_LIMIT)) == _Answer(True, None)


def _empty_between_common_ends(wanted: tuple[Text, ...], barred: tuple[Text, ...]) -> bool:
    """The same without the symbols at the ends that all of ``wanted`` share: they stand for one value."""
    first, barred = _behead(wanted, barred)
    second, barred = _behead(_mirror(first), _mirror(barred))
    if first == wanted and second == _mirror(first):
        return False  # nothing in common: the plain reading will answer
    return _empty_as_any_text(second, barred)


def _mirror(words: tuple[Text, ...]) -> tuple[Text, ...]:
    return tuple(pieces[::-1] for pieces in words)


def _behead(wanted: tuple[Text, ...], barred: tuple[Text, ...]) -> tuple[tuple[Text, ...], tuple[Text, ...]]:
    """``wanted`` without their common beginning up to its last symbol, ``barred`` as they go on after it."""
    columns = zip(*map(fixed_start, wanted), strict=False)
    common = [column[0] for column in takewhile(lambda column: len(set(column)) == 1, columns)]
    while common and isinstance(common[-1], str):
        common.pop()
    rests = tuple(dict.fromkeys(barred))
    for letter in common:
        rests = tuple(dict.fromkeys(rest for pieces in rests for rest in _after(pieces, letter)))
    return tuple(pieces[len(common) :] for pieces in wanted), rests


def _after(pieces: Text, letter: Part) -> Iterator[Text]:
    """What the pattern ``pieces`` still asks for when ``letter`` has been read: one pattern a possibility."""
    for at, piece in enumerate(pieces):
        if is_any(piece):
            yield pieces[at:]
            continue
        if letter in letters_of(piece) or (piece == ONE and isinstance(letter, str)):
            yield pieces[at + 1 :]
        return


@lru_cache(maxsize=4096)
def _covers(wide: Text, narrow: Text) -> bool:
    outer, inner = machine_of(wide), machine_of(narrow)
    if outer.simple:
        # A wildcard of `narrow` can always be a letter that contradicts, so only its fixed ends count.
        size = len(outer.lead) + len(outer.tail)
        starts = inner.lead[: len(outer.lead)] == outer.lead
        ends = inner.tail[len(inner.tail) - len(outer.tail) :] == outer.tail
        return starts and ends and inner.final.bit_length() > size
    return _shortest((narrow,), (wide,)) == _Answer(True, None)
