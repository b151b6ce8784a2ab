"""MQTT topics: does a topic filter let a topic, or some topic of a pattern, through?

In a filter ``+`` is one level and ``#`` the rest; a filter that begins with one of them takes no topic that
begins with ``$``. A topic is a ``Text``: wildcards are those of an IAM resource, which cross levels, and a
symbol is text of unknown value, within one level if it is of the kind ``level``.
https://docs.aws.amazon.com/iot/latest/developerguide/topics.html

Whether ``a/#`` takes ``a`` itself stays open: the MQTT standard says so, AWS's page begins its list at ``a/``.
https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/os/mqtt-v3.1.1-os.html
"""

from collections import deque
from typing import Literal, NamedTuple

from recursion_lint.model.text import ANY, ONE, Part, Symbol, Text, text

_LEVEL = Symbol("mqtt", "+")
_REST = Symbol("mqtt", "#")
_MANY = (_LEVEL, _REST)
_FILLER = "a"


class Overlap(NamedTuple):
    """``overlaps``, with an example: whatever the symbols are. ``disjoint``: never. ``unknown``: it may be."""

    verdict: Literal["disjoint", "overlaps", "unknown"]
    example: Text | None = None


def decide(topic_filter: Text, topic: Text) -> Overlap:
    """Is there a topic of the pattern ``topic`` that ``topic_filter`` lets through?"""
    spelt, tokens = _spell(topic), _tokens(topic_filter)
    any_level = bool(tokens) and tokens[0] in _MANY
    if any_level and spelt[:1] == ("$",):
        return Overlap("disjoint")
    # A letter in front, so that no example begins with the $ after a *.
    led = (ONE, *spelt) if any_level and spelt[:1] == (ANY,) else spelt
    word = _search(_filled(spelt), _filled(tokens)) or _search(led, tokens)
    if word is not None:
        return Overlap("overlaps", word)
    perhaps = [tokens, tokens[:-2]] if tokens[-2:] == ("/", _REST) else [tokens]
    possible = any(_possible(spelt, other) for other in perhaps)
    return Overlap("unknown" if possible else "disjoint")


def covers(topic_filter: Text, topic: Text) -> bool:
    """Does ``topic_filter`` let every topic of the pattern through? ``False`` also where that cannot be said."""
    spelt = _spell(topic)
    at = next((at for at, piece in enumerate(spelt) if piece in (ANY, ONE)), None)
    if at is None:
        return decide(topic_filter, topic).verdict == "overlaps"
    rest = _tokens(topic_filter)
    if rest[-1:] != (_REST,):
        return False
    if rest == (_REST,):
        return at > 0 and spelt[0] != "$"
    # a/+/# takes all below a/b/: the levels before the pattern's first wildcard must be those before #
    levels = rest.count("/")
    cuts = [cut + 1 for cut, piece in enumerate(spelt[:at]) if piece == "/"]
    if not 0 < levels <= len(cuts):
        return False
    return decide(rest[:-1], spelt[: cuts[levels - 1]]).verdict == "overlaps"


def _spell(value: Text) -> Text:
    return tuple(piece for part in value for piece in (part if isinstance(part, str) else (part,)))


def _tokens(value: Text) -> Text:
    """The filter letter by letter, with its wildcards as such."""
    wild: dict[Part, Part] = {"+": _LEVEL, "#": _REST}
    return tuple(wild.get(piece, piece) for piece in _spell(value))


def _filled(tokens: Text) -> Text:
    """The same with something in each wildcard: a/b/c is a better example than a//c."""
    out: list[Part] = []
    for piece in tokens:
        out += [ONE, piece] if piece == ANY or piece in _MANY else [piece]
    return tuple(out)


def _possible(topic: Text, tokens: Text) -> bool:
    """Do some values of the symbols give both a topic in common?"""
    return not _apart(topic, tokens) and _search(*_opened(topic, tokens)) is not None


def _opened(topic: Text, tokens: Text) -> tuple[Text, Text]:
    """Both with each symbol as any text, without what they begin with in common (there a symbol is one value)."""
    same = 0
    while same < min(len(topic), len(tokens)) and topic[same] == tokens[same]:
        same += 1
    return (
        tuple(_any_value(piece) if _unknown(piece) else piece for piece in topic[same:]),
        tuple(_REST if _unknown(piece) else piece for piece in tokens[same:]),
    )


def _any_value(piece: Part) -> Symbol:
    return _LEVEL if isinstance(piece, Symbol) and piece.kind == "level" else ANY


def _apart(topic: Text, tokens: Text) -> bool:
    """Is one of them for reserved topics (``$aws``) and the other a value's? Nobody hides ``$aws`` in a parameter."""
    first = {*topic[:1], *tokens[:1]}
    return "$" in first and any(_unknown(piece) for piece in first)


def _unknown(piece: Part) -> bool:
    return isinstance(piece, Symbol) and not piece.wild and piece not in _MANY


def _search(topic: Text, tokens: Text) -> Text | None:
    """The shortest word of both, by a walk over pairs of positions; ``None`` when there is none.

    All ways to a pair of positions have the same number of moves without a letter, one a wildcard passed: the way
    with the fewest moves spells the shortest word.
    """
    goal = (len(topic), len(tokens))
    came: dict[tuple[int, int], Text] = {(0, 0): ()}
    queue = deque(came)
    while queue:
        here = queue.popleft()
        if here == goal:
            return text(came[here])
        for after, letter in _moves(topic, tokens, *here):
            if after not in came:
                came[after] = (*came[here], letter)
                queue.append(after)
    return None


def _moves(topic: Text, tokens: Text, i: int, j: int) -> list[tuple[tuple[int, int], Part]]:
    """Where a letter (or, for ``""``, nothing) leads from position ``i`` of the topic and ``j`` of the filter."""
    piece = topic[i] if i < len(topic) else None
    token = tokens[j] if j < len(tokens) else None
    moves: list[tuple[tuple[int, int], Part]] = []
    repeats = piece in (ANY, _LEVEL)
    if repeats:
        moves.append(((i + 1, j), ""))
    if token in _MANY:
        moves.append(((i, j + 1), ""))
    if piece is None or token is None:
        return moves
    letter = _common(piece, token)
    if letter is not None:
        moves.append(((i if repeats else i + 1, j if token in _MANY else j + 1), letter))
    return moves


def _common(piece: Part, token: Part) -> Part | None:
    """A letter that both allow here."""
    if piece == _LEVEL:
        within = _FILLER if token in _MANY or token == ONE else token
        return within if isinstance(within, str) and within != "/" else None
    if piece in (ANY, ONE):
        if token in _MANY or token == ONE:
            return _FILLER
        return token if piece == ANY or isinstance(token, str) else None
    if token == ONE:
        return piece if piece != "/" else None
    if token == _REST or (token == _LEVEL and piece != "/"):
        return piece
    return piece if piece == token else None
