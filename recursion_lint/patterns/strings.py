"""Strings that a filter let through: what another filter makes of them.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

from __future__ import annotations

from recursion_lint.model.described import Described
from recursion_lint.model.text import ANY, Symbol, Text
from recursion_lint.patterns.keys import covers, decide
from recursion_lint.patterns.operators import (
    Equal,
    Exists,
    Operator,
    OtherNumber,
    Pattern,
    Range,
    Verdict,
    Words,
    folded,
)


class Among(Described):
    """Any string that all ``parts`` let through, if there is one."""

    __slots__ = ("parts",)

    def __init__(self, parts: tuple[Words, ...]) -> None:
        self.parts = parts

    def test(self, operator: Operator) -> Verdict:
        """``matches``: every such string does, and there surely is one."""
        if isinstance(operator, Words):
            return self._words(operator)
        if isinstance(operator, (Equal, Range)) or (isinstance(operator, Exists) and not operator.present):
            return "disjoint"
        return self._if_any() if isinstance(operator, (Exists, OtherNumber)) else "unknown"

    def _words(self, operator: Words) -> Verdict:
        parts = (*self.parts, operator)
        folding = any(part.fold for part in parts)
        wide = [
            _folded(pattern.wide) if folding else pattern.wide for part in parts for pattern in part.required
        ]
        # Where case does not count, what is excluded by its case excludes nothing.
        barred = [
            pattern.tight
            for part in parts
            for pattern in part.excluded
            if pattern.tight is not None and part.fold == folding
        ]
        if decide([(ANY,), *wide], barred).verdict == "disjoint":
            return "disjoint"
        inside = all(self._within(pattern, operator.fold) for pattern in operator.required)
        outside = all(self._without(pattern, operator.fold) for pattern in operator.excluded)
        return self._if_any() if inside and outside else "unknown"

    def _known(self, folding: bool) -> list[Text]:
        """Patterns that each hold all of these strings (in lower case, if ``folding``)."""
        found = [
            _folded(pattern.wide) if folding else pattern.wide
            for part in self.parts
            if folding or not part.fold
            for pattern in part.required
        ]
        return [*found, (ANY,)]

    def _within(self, pattern: Pattern, folding: bool) -> bool:
        tight = pattern.tight
        return tight is not None and any(covers([tight], known) for known in self._known(folding))

    def _without(self, pattern: Pattern, folding: bool) -> bool:
        if any(decide([known, pattern.wide]).verdict == "disjoint" for known in self._known(folding)):
            return True
        excluded = [other.tight for part in self.parts if part.fold == folding for other in part.excluded]
        return any(tight is not None and covers([tight], pattern.wide) for tight in excluded)

    def _if_any(self) -> Verdict:
        barred = [pattern.wide for pattern in self.parts[0].excluded]
        if len(self.parts) == 1 and not any(covers([wide], (ANY,)) for wide in barred):
            return "matches"  # the shortest string of one pattern, or one that is longer than all it excludes
        if any(part.fold for part in self.parts):
            return "unknown"
        required = [pattern.tight for part in self.parts for pattern in part.required]
        excluded = [pattern.wide for part in self.parts for pattern in part.excluded]
        sure = [tight for tight in required if tight is not None]
        if len(sure) < len(required) or (excluded and any(map(_symbolic, [*sure, *excluded]))):
            return "unknown"
        return "matches" if decide([(ANY,), *sure], excluded).verdict == "overlaps" else "unknown"

    @property
    def shown(self) -> str:
        return " and ".join(part.shown for part in self.parts)


def _folded(word: Text) -> Text:
    return folded(word) or (ANY,)


def _symbolic(word: Text) -> bool:
    return any(isinstance(part, Symbol) and not part.wild for part in word)
