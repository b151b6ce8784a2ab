"""What must hold for a part of a template to exist: its conditions, and the values that depend on them."""

from typing import NamedTuple

from recursion_lint.model.text import Part, Text

MAX_ALTERNATIVES = 16


class Requirement(NamedTuple):
    """A condition of a template that must hold (or not) for something to exist."""

    scope: str
    condition: str
    holds: bool


Requires = frozenset[Requirement]
Alternatives = tuple[tuple[Text, Requires], ...]
ALWAYS: Requires = frozenset()


def sure(value: Text) -> Alternatives:
    return ((value, ALWAYS),)


def under(found: Alternatives, requires: Requires) -> Alternatives:
    """``found`` as far as it can be where ``requires`` holds."""
    if not requires:
        return found
    return tuple((value, requires | needed) for value, needed in found if agree(requires, needed))


def product(
    done: list[tuple[list[Part], Requires]], choices: Alternatives
) -> list[tuple[list[Part], Requires]]:
    """What is ``done`` of a text, continued by each of the ``choices`` that can be there with it."""
    return [
        ([*parts, *value], needed | more)
        for parts, needed in done
        for value, more in choices
        if agree(needed, more)
    ]


def agree(needed: Requires, more: Requires) -> bool:
    """May both hold? No condition must both hold and not hold."""
    if not needed or not more:
        return True
    return not any(Requirement(r.scope, r.condition, not r.holds) in needed for r in more)
