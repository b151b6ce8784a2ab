"""One value of an event against one entry of a pattern's leaf list, in three values.

The operators are those of EventBridge; SNS filter policies and the filter criteria of Lambda and Pipes use
the same ones.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple, Union

from recursion_lint.model.text import ANY, Symbol, Text, as_text, literal, render, text
from recursion_lint.patterns.keys import covers, decide

Verdict = Literal["disjoint", "matches", "unknown"]
Scalar = Union[str, int, float, bool, None]
Known = Union[Scalar, Text]

_SURENESS: Mapping[Verdict, int] = {"disjoint": 0, "unknown": 1, "matches": 2}
# SNS compares numbers within +-10^9 and five digits after the point, EventBridge a little more of both.
_LARGEST = 10**9
_FINEST = 1e-5
_ADDRESS_LETTERS = frozenset("0123456789abcdefABCDEF.:")


class Pattern(NamedTuple):
    """A set of strings, known between two bounds: ``tight`` (``None``: nothing is sure) and ``wide``."""

    wide: Text
    tight: Text | None


class Words(NamedTuple):
    """Strings in all of ``required`` and none of ``excluded``; ``numbers`` says what a number does."""

    required: tuple[Pattern, ...]
    excluded: tuple[Pattern, ...]
    shown: str
    fold: bool = False
    numbers: Verdict = "disjoint"

    def test(self, value: Known) -> Verdict:
        word = as_text(value)
        if word is not None:
            return self._word(folded(word) if self.fold else word)
        if is_number(value):
            return self.numbers
        # AWS does not say what anything-but makes of true, false and null.
        return "unknown" if self.excluded else "disjoint"

    def _word(self, word: Text | None) -> Verdict:
        if word is None:
            return "unknown"
        barred = tuple(pattern.tight for pattern in self.excluded if pattern.tight is not None)
        if decide((word, *(pattern.wide for pattern in self.required)), barred).verdict == "disjoint":
            return "disjoint"
        wanted = [pattern.tight for pattern in self.required if pattern.tight is not None]
        inside = len(wanted) == len(self.required) and covers(wanted, word)
        outside = all(decide((word, pattern.wide)).verdict == "disjoint" for pattern in self.excluded)
        return "matches" if inside and outside else "unknown"


class Equal(NamedTuple):
    """Exactly this number, boolean or null."""

    value: Scalar

    def test(self, value: Known) -> Verdict:
        if is_number(self.value) and is_number(value):
            return _same_number(value, self.value)
        return "matches" if type(value) is type(self.value) and value == self.value else "disjoint"

    @property
    def shown(self) -> str:
        return show(self.value)


class OtherNumber(NamedTuple):
    """``anything-but`` one or several numbers: other numbers, and strings."""

    values: tuple[Scalar, ...]

    def test(self, value: Known) -> Verdict:
        if as_text(value) is not None:
            return "matches"
        if not is_number(value):
            return "unknown"
        same = any_of(_same_number(value, other) for other in self.values)
        return _opposite(same)

    @property
    def shown(self) -> str:
        return "anything but " + join(show(value) for value in self.values)


class Range(NamedTuple):
    """``numeric``: JSON numbers that satisfy one or two comparisons."""

    comparisons: tuple[tuple[str, Scalar], ...]

    def test(self, value: Known) -> Verdict:
        if not is_number(value):
            return "disjoint"
        return all_of(_compare(value, sign, bound) for sign, bound in self.comparisons)

    @property
    def shown(self) -> str:
        return "a number " + " and ".join(f"{sign} {show(bound)}" for sign, bound in self.comparisons)


class Network(NamedTuple):
    """``cidr``, and a plain string that is an IP address: it matches the address however it is written."""

    network: str
    shown: str

    def test(self, value: Known) -> Verdict:
        if as_text(value) is None:
            return "disjoint"
        word = literal(as_text(value) or ())
        return "unknown" if word is None else within(word, self.network)


class Exists(NamedTuple):
    """The field is there, or is not."""

    present: bool

    def test(self, value: Known) -> Verdict:
        return "matches" if self.present else "disjoint"

    @property
    def shown(self) -> str:
        return "any value" if self.present else "no such field"


class Undecided(NamedTuple):
    """An operator that is unknown, malformed or beyond what can be decided."""

    shown: str


Operator = Union[Words, Equal, OtherNumber, Range, Network, Exists, Undecided]


def any_of(verdicts: Iterable[Verdict]) -> Verdict:
    return max(verdicts, key=_SURENESS.__getitem__, default="disjoint")


def all_of(verdicts: Iterable[Verdict]) -> Verdict:
    return min(verdicts, key=_SURENESS.__getitem__)


def join(shown: Iterable[str], most: int = 4) -> str:
    """``a``, ``b`` and so on with *or* between them, cut after ``most``."""
    parts = list(dict.fromkeys(shown))
    if len(parts) > most:
        parts = [*parts[: most - 1], f"{len(parts) - most + 1} others"]
    return " or ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def show(value: Known) -> str:
    """A scalar as JSON would have it, strings in quotes with symbols as ``${Name}``."""
    word = as_text(value)
    if word is not None:
        return f'"{render(word)}"'
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def opened(word: Text) -> Text:
    """``word`` with each symbol as any text."""
    return text(ANY if isinstance(part, Symbol) and not part.wild else part for part in word)


def folded(word: Text) -> Text | None:
    """``word`` in lower case, symbols as any text; ``None`` beyond ASCII, where case has no one meaning."""
    if not all(part.isascii() for part in word if isinstance(part, str)):
        return None
    return tuple(part.lower() if isinstance(part, str) else part for part in opened(word))


def _opposite(verdict: Verdict) -> Verdict:
    return "unknown" if verdict == "unknown" else "disjoint" if verdict == "matches" else "matches"


def _same_number(left: Any, right: Any) -> Verdict:
    if left == right:
        return "matches"
    if abs(left) > _LARGEST or abs(right) > _LARGEST:
        return "disjoint" if isinstance(left, int) and isinstance(right, int) else "unknown"
    return "unknown" if abs(left - right) < _FINEST else "disjoint"


def _compare(value: Any, sign: str, bound: Any) -> Verdict:
    if abs(value) > _LARGEST or abs(bound) > _LARGEST:
        return "unknown"
    same = _same_number(value, bound)
    if same == "unknown" or sign == "=":
        return same
    if same == "matches":
        return "matches" if sign in ("<=", ">=") else "disjoint"
    return "matches" if (value < bound) == sign.startswith("<") else "disjoint"


def is_address(word: str) -> bool:
    return (":" in word or "." in word) and _ADDRESS_LETTERS.issuperset(word)


def within(word: str, network: str) -> Verdict:
    if not is_address(word):
        return "disjoint"
    from ipaddress import ip_address, ip_network

    try:
        address = ip_address(word)
        block = ip_network(network, strict=False)
    except ValueError:
        return "unknown"  # AWS may read more spellings than this
    if address.version != block.version:
        # ::ffff:10.0.0.1 is an IPv4 address to some readers
        six = address if address.version == 6 else block.network_address
        return "unknown" if getattr(six, "ipv4_mapped", None) else "disjoint"
    return "matches" if address in block else "disjoint"
