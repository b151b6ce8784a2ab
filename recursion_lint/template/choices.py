"""What depends on conditions is read once for each way that they may be: symbolic execution of a reader.

A reader asks for values as if each had one. The first ``Fn::If`` that it asks is taken to hold and remembered; the
reader then runs again from its start with that condition not holding. So values under the same condition are always
taken together, and nothing that a reader is told of is one branch of several.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from recursion_lint.model.path_conditions import ALWAYS, MAX_ALTERNATIVES, Requirement, Requires, agree
from recursion_lint.model.spans import Span
from recursion_lint.template.limits import MANY_AGAIN, MANY_VALUES, MAX_AGAIN, Limits

_Found = TypeVar("_Found")


class Undecided(Exception):
    """Nobody reads the other ways: what is asked for is none of its branches, but unknown."""


class Choices:
    """Which branches are being read. ``cut`` says where there are more alternatives than are followed."""

    def __init__(self) -> None:
        self.cut: dict[Span, str] = {}
        self.limits = Limits()
        self._assumed: Requires = ALWAYS
        # The other ways, to be read later; ``None`` where nobody asks for them.
        self._waiting: list[Requires] | None = None
        self._undecided = False
        self._again = 0

    def explored(
        self, read: Callable[[], _Found], requires: Requires = ALWAYS, at: Span | None = None
    ) -> list[tuple[_Found, Requires]]:
        """What ``read`` returns for each way that the conditions may be which it asks, with what that way requires.

        At most ``MAX_ALTERNATIVES`` ways are followed, and no more after ``MAX_AGAIN``. Where there are more, one
        reading follows that stands for all others: in it each value that depends on a condition is unknown.
        """
        before = self._assumed, self._waiting, self._undecided
        begin = self._assumed | requires if requires else self._assumed
        waiting: list[Requires] = []
        self._assumed, self._waiting, self._undecided = begin, waiting, False
        try:
            found = [(read(), self._assumed)]
            while waiting:
                self._assumed, before_it = waiting.pop(), self.limits.spent
                many = len(found) == MAX_ALTERNATIVES
                if many or self._again > MAX_AGAIN:
                    if at is not None:
                        self.cut[at] = MANY_VALUES if many else MANY_AGAIN
                    self._assumed, self._undecided = begin, True
                    waiting.clear()
                found.append((read(), self._assumed))
                self._again += self.limits.spent - before_it
        finally:
            self._assumed, self._waiting, self._undecided = before
        return found

    def apart(self, read: Callable[[], _Found]) -> _Found:
        """What ``read`` returns where nothing is assumed: for what is remembered, whoever asks for it first."""
        before = self._assumed, self._waiting, self._undecided
        self._assumed, self._waiting, self._undecided = ALWAYS, None, False
        try:
            return read()
        finally:
            self._assumed, self._waiting, self._undecided = before

    def _possible(self, condition: Requirement) -> bool:
        """May ``condition`` hold on the way that is being read?"""
        return not self._assumed or condition._replace(holds=not condition.holds) not in self._assumed

    def _chosen(self, found: Sequence[tuple[_Found, Requires]]) -> _Found | None:
        """The one of these alternatives that holds on the way that is being read; the others are read later.

        Raises ``Undecided`` where the others will not be read.
        """
        if len(found) == 1 and not found[0][1]:
            return found[0][0]
        if found and all(one[0] == found[0][0] for one in found):
            return found[0][0]
        held = [one for one in found if agree(one[1], self._assumed)]
        decided = [one for one in held if one[1] <= self._assumed]
        if decided:
            return max(decided, key=lambda one: len(one[1]))[0]
        if not held:
            return None
        if self._undecided or self._waiting is None:
            raise Undecided
        (value, needed), *others = held
        self._waiting += [self._assumed | other for _, other in reversed(others)]
        self._assumed |= needed
        return value


def merged(ways: Iterable[Requires]) -> list[Requires]:
    """The same in fewer words: what holds with a condition and without it holds always."""
    found = list(dict.fromkeys(ways))
    at = 0
    while at < len(found):
        one = found[at]
        for other in found[at + 1 :]:
            differ = one ^ other
            if len(differ) == 2 and len({part._replace(holds=True) for part in differ}) == 1:
                found = [way for way in found if way not in (one, other)]
                found.insert(0, one & other)
                found = list(dict.fromkeys(found))
                at = -1
                break
        at += 1
    return found
