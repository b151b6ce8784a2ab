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
    """What is ``done`` of a text, continued by each of the ``choices`` that can be there with it.

    The texts of ``done`` are used up: each is continued itself by the last choice, and copied for the others.
    """
    found: list[tuple[list[Part], Requires]] = []
    for parts, needed in done:
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
    return not any(Requirement(r.scope, r.condition, not r.holds) in many for r in few)
