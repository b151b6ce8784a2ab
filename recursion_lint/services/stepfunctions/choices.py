"""Choice states of a definition: which of them decides whether a state runs at all.

https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from recursion_lint.model.path_conditions import ALWAYS
from recursion_lint.services.stepfunctions.inputs import targets
from recursion_lint.template.references import Resolver
from recursion_lint.template.yaml.nodes import Node

_MOST = 1_000
"""Of a definition with more states no Choice is said to decide anything."""
_FAILS = ""
"""Where a Choice without a ``Default`` leads to if no rule of it fits: the execution fails."""


class _Ways(NamedTuple):
    """Which states follow a state and come before it, by name; ``choices`` are the states that decide."""

    start: Sequence[str]
    after: Mapping[str, Sequence[str]]
    before: Mapping[str, Sequence[str]]
    choices: frozenset[str]


def deciding(resolver: Resolver, machine: Node, given: Mapping[str, Node]) -> Mapping[str, str]:
    """The states that a definition comes to by a Choice alone which may leave them out, with the first such Choice.

    A Choice all of whose branches lead to a state in the end decides nothing about it, nor does one that another way
    there goes around.
    """
    ways = _ways(resolver, machine, given)
    if len(given) > _MOST:
        return {}
    order = [name for name in _led_to(ways.start, ways.after) if name in ways.choices]
    around = {name: _led_to(ways.start, ways.after, (name,)) for name in order}
    found: dict[str, str] = {}
    for name in given if order else ():
        leading = _led_to([name], ways.before)
        for choice in order:
            leads = {branch in leading for branch in ways.after[choice]}
            if name not in around[choice] and leads == {True, False}:
                found[name] = choice
                break
    return found


def _led_to(
    begin: Iterable[str], ahead: Mapping[str, Sequence[str]], ends: Iterable[str] = ()
) -> Mapping[str, None]:
    """The states that ``begin`` leads to, and itself, nearest first; what ``ends`` lead to is left out."""
    found = dict.fromkeys(begin)
    last = frozenset(ends)
    waiting = list(found)
    for name in waiting:
        for target in () if name in last else ahead.get(name, ()):
            if target not in found:
                found[target] = None
                waiting.append(target)
    return found


def _ways(resolver: Resolver, machine: Node, given: Mapping[str, Node]) -> _Ways:
    start = machine.get("StartAt")
    after: dict[str, list[str]] = {}
    before: dict[str, list[str]] = {}
    choices: set[str] = set()
    for name, node in given.items():
        # A way that is there under some condition is a way: what must hold for it does not matter here.
        for state, _needed in resolver.branches(node, ALWAYS):
            ahead = list(targets(state))
            if _is_choice(state):
                choices.add(name)
                ahead += [_FAILS] if state.get("Default") is None else []
            after[name] = [*after.get(name, ()), *ahead]
            for target in ahead:
                before.setdefault(target, []).append(name)
    return _Ways([start.text] if start is not None and start.text else [], after, before, frozenset(choices))


def _is_choice(state: Node) -> bool:
    kind = state.get("Type")
    return kind is not None and kind.text == "Choice"
