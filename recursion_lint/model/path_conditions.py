"""What must hold for a part of a template to exist: its conditions, and the values that depend on them."""

from functools import lru_cache
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
    """What is ``done`` of a text, continued by each of the ``choices`` that can be there with it.

    The texts of ``done`` are used up: each is continued itself by the last choice, and copied for the others. Once
    there are more than ``MAX_ALTERNATIVES`` the rest is left out.
    """
    found: list[tuple[list[Part], Requires]] = []
    if len(choices) == 1 and not choices[0][1]:
        for parts, _ in done:
            parts.extend(choices[0][0])
        return done
    for parts, needed in done:
        if len(found) > MAX_ALTERNATIVES:
            break
        fitting = [(value, more) for value, more in choices if agree(needed, more)]
        found += [([*parts, *value], needed | more) for value, more in fitting[:-1]]
        if fitting:
            value, more = fitting[-1]
            parts.extend(value)
            found.append((parts, needed | more))
    return found


def agree(needed: Requires, more: Requires) -> bool:
    """May both hold? No condition must both hold and not hold."""
    if not needed or not more:
        return True
    few, many = (needed, more) if len(needed) < len(more) else (more, needed)
    return _opposite(few).isdisjoint(many)


@lru_cache(maxsize=4096)
def _opposite(requires: Requires) -> Requires:
    """What must not hold with ``requires``. The same ones are asked again and again."""
    return frozenset(Requirement(one.scope, one.condition, not one.holds) for one in requires)
