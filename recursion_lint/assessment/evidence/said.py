"""The verdict of a handler's code on one step of a loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from recursion_lint.model.levels import CodeVerdict

if TYPE_CHECKING:
    from recursion_lint.code.by_name.names_only import Named
    from recursion_lint.code.calls import CallSite, Guard


class Said(NamedTuple):
    """The verdict on a step. ``lowers`` is what it may take off the severity.

    ``site`` is the call that it is about, or ``named`` the place where an operation only stands by name. ``guards`` are
    the conditions that hold the call back, in words.
    """

    verdict: CodeVerdict
    reason: str = ""
    site: CallSite | None = None
    named: Named | None = None
    guards: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    ends: str = ""
    """The condition that another round changes, in words: what ends the loop, where that is known."""
    test: Guard | None = None
    """The same as it was read, with its place."""
    always: tuple[Guard, ...] = ()
    """Those of its conditions that every event of its trigger passes."""
    changed: frozenset[str] = frozenset()
    """The services whose state the code of the function changes."""
    told: frozenset[str] | None = None
    """The names and texts in what the code of the function writes; ``None`` where that is not known."""
    telling: bool = True
    """Is there a condition that may end the loop, whether or not it is known which one does?"""
    partly: bool = False
    """Is only some of what the call writes accepted, or is that not known?"""
    calls: tuple[CallSite, ...] = ()
    """All calls that may write there, ``site`` among them."""
    guessed: bool = False
    """Was the code found by a guess? Then it raises nothing."""
    lowers: int = 0
    """0: nothing, 1: one rung, 2: to info."""
