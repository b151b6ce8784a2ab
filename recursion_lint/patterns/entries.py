"""The entries of a pattern's leaf list, read into operators.

A string in an entry may be a symbolic ``Text``. Whatever is malformed or unknown becomes ``Undecided``:
AWS refuses it, or knows more than this linter does.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from recursion_lint.model.text import ANY, Symbol, Text, as_text, either_case, has_wildcard, literal, text
from recursion_lint.patterns.keys import ends_with, starts_with
from recursion_lint.patterns.operators import (
    Equal,
    Exists,
    Network,
    Operator,
    OtherNumber,
    Pattern,
    Range,
    Undecided,
    Verdict,
    Words,
    folded,
    is_address,
    is_number,
    join,
    opened,
    show,
    within,
)


def parse(entry: Any) -> Operator:
    """The operator that one ``entry`` of a leaf list stands for."""
    if isinstance(entry, Mapping):
        if len(entry) != 1:
            return Undecided("an unknown operator")
        ((name, operand),) = entry.items()
        reader = _READERS.get(name)
        return (reader(operand) if reader else None) or Undecided(f"the operator {name}")
    word = as_text(entry)
    if word is not None:
        return _exact(word)
    if entry is None or isinstance(entry, (bool, int, float)):
        return Equal(entry)
    return Undecided("an unreadable value")


def string_constraints(leaf_list: Any) -> list[tuple[list[Text], list[Text]]] | None:
    """The strings a leaf list accepts, for an exact intersection with the keys that a grant allows.

    One (required, excluded) pair of key patterns an entry: a string is accepted when, for some entry, it
    matches all required and no excluded pattern. ``None`` when some entry is not about strings or cannot be
    said this way.
    """
    if not isinstance(leaf_list, list) or not leaf_list:
        return None
    pairs: list[tuple[list[Text], list[Text]]] = []
    for entry in leaf_list:
        operator = parse(entry)
        if isinstance(operator, Exists) and operator.present:
            pairs.append(([(ANY,)], []))
            continue
        patterns = (*operator.required, *operator.excluded) if isinstance(operator, Words) else ()
        exact = all(pattern.tight == pattern.wide for pattern in patterns)
        if not isinstance(operator, Words) or not exact:
            return None
        spelled = _in_any_case if operator.fold else text
        required = [spelled(pattern.wide) for pattern in operator.required] or [(ANY,)]
        pairs.append((required, [spelled(pattern.wide) for pattern in operator.excluded]))
    return pairs


def _in_any_case(word: Text) -> Text:
    """``word`` with each letter in upper or lower case."""
    return text(
        piece for part in word for piece in (map(either_case, part) if isinstance(part, str) else (part,))
    )


def _exact(word: Text) -> Operator:
    name = literal(word)
    if name is not None and is_address(name) and within(name, name) == "matches":
        return Network(name, show(word))
    return Words((_plain(word),), (), show(word))


def _fold_pattern(word: Text) -> Pattern | None:
    lower = folded(word)
    return None if lower is None else Pattern(lower, None if _has_symbol(word) else lower)


def _has_symbol(word: Text) -> bool:
    return any(isinstance(part, Symbol) for part in word)


def _wildcard_pattern(word: Text) -> Pattern | None:
    """``*`` is any text, ``\\*`` a star, ``\\\\`` a backslash; no other escape, no two ``*`` side by side."""
    out: list[str | Symbol] = []
    for part in word:
        if isinstance(part, Symbol):
            out.append(part)
            continue
        letters = iter(part)
        for letter in letters:
            if letter == "*":
                if out and out[-1] == ANY:
                    return None
                out.append(ANY)
            elif letter == "\\":
                escaped = next(letters, "")
                if escaped not in ("*", "\\"):
                    return None
                out.append(escaped)
            else:
                out.append(letter)
    pattern = text(out)
    # The value of a symbol may itself hold a *: nothing is sure about it.
    return Pattern(opened(pattern), None) if _has_symbol(word) else Pattern(pattern, pattern)


def _plain(word: Text) -> Pattern:
    # A wildcard in the pattern's own text stands for something the template does not say.
    return Pattern(word, None if has_wildcard(word) else word)


def _starts(word: Text) -> Pattern:
    return _around(_plain(word), starts_with)


def _ends(word: Text) -> Pattern:
    return _around(_plain(word), ends_with)


def _around(pattern: Pattern, place: Callable[[Text], Text]) -> Pattern:
    return Pattern(place(pattern.wide), None if pattern.tight is None else place(pattern.tight))


def _end(place: Callable[[Text], Text], words: str, operand: Any) -> Operator | None:
    fold = isinstance(operand, Mapping)
    if fold and len(operand) != 1:
        return None
    word = as_text(operand.get("equals-ignore-case") if fold else operand)
    pattern = None if word is None else _fold_pattern(word) if fold else _plain(word)
    if word is None or pattern is None:
        return None
    shown = f"{words} {show(word)}" + (" in any case" if fold else "")
    return Words((_around(pattern, place),), (), shown, fold)


def _ignore_case(operand: Any) -> Operator | None:
    word = as_text(operand)
    pattern = None if word is None else _fold_pattern(word)
    if word is None or pattern is None:
        return None
    fold = any(isinstance(part, Symbol) or part.lower() != part.upper() for part in word)
    return Words((pattern,), (), f"{show(word)} in any case", fold)


def _wildcard(operand: Any) -> Operator | None:
    word = as_text(operand)
    pattern = None if word is None else _wildcard_pattern(word)
    if word is None or pattern is None:
        return None
    return Words((pattern,), (), f"like {show(word)}")


_BUT: Mapping[str, tuple[Callable[[Text], Pattern | None], str]] = {
    "prefix": (_starts, "starting with "),
    "suffix": (_ends, "ending with "),
    "wildcard": (_wildcard_pattern, "like "),
    "equals-ignore-case": (_fold_pattern, "in any case "),
}


def _anything_but(operand: Any) -> Operator | None:
    if not isinstance(operand, Mapping):
        values = operand if isinstance(operand, list) else [operand]
        if values and all(is_number(value) for value in values):
            return OtherNumber(tuple(values))
        return _without(values, _plain, "", numbers="matches")
    if len(operand) != 1:
        return None
    ((name, inner),) = operand.items()
    known = _BUT.get(name)
    values = inner if isinstance(inner, list) else [inner]
    if known is None or (name in ("prefix", "suffix") and any(as_text(value) == () for value in values)):
        return None
    form, words = known
    return _without(values, form, words, numbers="unknown", fold=name == "equals-ignore-case")


def _without(
    values: list[Any],
    form: Callable[[Text], Pattern | None],
    words: str,
    numbers: Verdict,
    fold: bool = False,
) -> Operator | None:
    known = [word for word in map(as_text, values) if word is not None]
    patterns = [pattern for pattern in map(form, known) if pattern is not None]
    if not values or len(patterns) != len(values):
        return None
    shown = "anything but " + words + join(map(show, known))
    return Words((), tuple(patterns), shown, fold, numbers)


def _numeric(operand: Any) -> Operator | None:
    if not isinstance(operand, list) or len(operand) not in (2, 4):
        return None
    signs = tuple(literal(as_text(sign) or ()) or "" for sign in operand[::2])
    pairs = tuple(zip(signs, operand[1::2], strict=True))
    if not all(is_number(bound) for _, bound in pairs):
        return None
    if len(pairs) == 1:
        return Range(pairs) if signs[0] in ("=", "<", "<=", ">", ">=") else None
    bounds = signs[0] in (">", ">=") and signs[1] in ("<", "<=") and pairs[0][1] < pairs[1][1]
    return Range(pairs) if bounds else None


def _cidr(operand: Any) -> Operator | None:
    network = literal(as_text(operand) or ())
    if network is None or "/" not in network or within(network.partition("/")[0], network) != "matches":
        return None
    return Network(network, f"an address in {network}")


def _exists(operand: Any) -> Operator | None:
    return Exists(operand) if isinstance(operand, bool) else None


_READERS: Mapping[str, Callable[[Any], Operator | None]] = {
    "prefix": partial(_end, starts_with, "starting with"),
    "suffix": partial(_end, ends_with, "ending with"),
    "equals-ignore-case": _ignore_case,
    "wildcard": _wildcard,
    "anything-but": _anything_but,
    "numeric": _numeric,
    "cidr": _cidr,
    "exists": _exists,
}
