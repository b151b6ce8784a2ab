"""What a loop needs to exist at all: conditions of the template, values of parameters, something switched on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from recursion_lint.graph.cycle_search import Cycle, Step
from recursion_lint.graph.event_graph import EventGraph
from recursion_lint.graph.matching import meet
from recursion_lint.model.facts import Switch
from recursion_lint.model.path_conditions import Requirement, Requires
from recursion_lint.model.text import Symbol, Text, literal, render

MAX_TERMS = 4
"""A condition of more comparisons is told by its name."""
MAX_CHAIN = 20
"""A condition that hangs on more others than that is told by its name."""


class Needs(NamedTuple):
    """What a loop needs, in words. ``off``: something must be switched on; ``by_default``: the defaults allow it."""

    words: tuple[str, ...] = ()
    off: bool = False
    by_default: bool = True


def needs(cycle: Cycle, graph: EventGraph) -> Needs:
    """What the cycle needs beyond what always holds; nothing that each of several ways round would do without."""
    required = sorted(_required(cycle, graph))
    switches = [switch for step in cycle if (switch := step.end.trigger.switch) is not None]
    words = [_told(one, graph) for one in required] + [switch.words for switch in switches]
    holding = all(holds_by_default(one, graph) is not False for one in required)
    return Needs(
        tuple(dict.fromkeys(words)),
        any(switch.state == "off" for switch in switches),
        holding and not any(switch.state == "off by default" for switch in switches),
    )


# --- which requirements ------------------------------------------------------------------------------


def _required(cycle: Cycle, graph: EventGraph) -> Requires:
    found: set[Requirement] = set()
    for step in cycle:
        trigger = step.end.trigger
        found |= graph.requires(trigger.channel) | graph.requires(trigger.consumer)
        if trigger.requires:
            found |= trigger.requires.intersection(*_like_triggers(step, graph))
        if step.write is not None and step.write.requires:
            found |= step.write.requires.intersection(*_like_writes(step, graph))
    return frozenset(found)


def _like_triggers(step: Step, graph: EventGraph) -> Iterator[Requires]:
    """What the triggers between the same two need that accept what is written."""
    trigger = step.end.trigger
    for other in graph.by_channel.get(trigger.channel, ()):
        alike = other.trigger.consumer == trigger.consumer and _runs(other.trigger.switch)
        if alike and (step.write is None or meet(step.write, other.trigger) is not None):
            yield other.trigger.requires


def _runs(switch: Switch | None) -> bool:
    return switch is None or switch.state == "on by default"


def _like_writes(step: Step, graph: EventGraph) -> Iterator[Requires]:
    """What the actor's other writes need that the same trigger accepts."""
    if step.write is None:
        return
    actor = step.write.actor
    granted = (write for write, _ in graph.grants.selective(actor))
    for write in (*graph.writes.get(actor, ()), *granted):
        started_alike = write.only_after in (None, step.write.only_after)
        if (
            started_alike
            and write.channel == step.write.channel
            and meet(write, step.end.trigger) is not None
        ):
            yield write.requires


# --- in words ----------------------------------------------------------------------------------------


def _told(required: Requirement, graph: EventGraph) -> str:
    asked = ("is", required.condition)
    terms = list(dict.fromkeys(_terms(asked, required.holds, required.scope, graph, set())))
    if not terms or None in terms or len(terms) > MAX_TERMS:
        held = "holds" if required.holds else "does not hold"
        usual = {None: "", True: " (by default so)", False: " (by default not)"}
        return f"the condition {required.condition} {held}{usual[holds_by_default(required, graph)]}"
    return " and ".join(term for term in terms if term)


def _terms(
    expression: tuple[Any, ...], holds: bool, scope: str, graph: EventGraph, seen: set[tuple[str, bool]]
) -> Iterator[str | None]:
    """The comparisons that must all come out; ``None`` for what is none. Each condition is looked at once."""
    known = graph.conditions.get(scope, {})
    kind, *parts = expression
    if kind == "is" and (parts[0], holds) in seen:
        return
    if kind == "is" and parts[0] in known and len(seen) < MAX_CHAIN:
        seen.add((parts[0], holds))
        yield from _terms(known[parts[0]], holds, scope, graph, seen)
    elif kind == "not":
        yield from _terms(parts[0], not holds, scope, graph, seen)
    elif kind == ("and" if holds else "or"):
        for part in parts:
            yield from _terms(part, holds, scope, graph, seen)
    elif kind == "equals":
        yield _comparison(parts[0], parts[1], holds, graph)
    else:
        yield None


def _comparison(left: Text, right: Text, holds: bool, graph: EventGraph) -> str | None:
    if literal(left) is not None:
        left, right = right, left
    only = left[0] if len(left) == 1 else ""
    if not isinstance(only, Symbol) or only.kind == "unknown" or literal(right) is None:
        return None
    default = _default(only, graph)
    usual = f" (default: {default or 'empty'})" if default is not None else ""
    return f"{only.name} is {'' if holds else 'not '}{render(right) or 'empty'}{usual}"


# --- by default --------------------------------------------------------------------------------------


def _default(symbol: Symbol, graph: EventGraph) -> str | None:
    return graph.defaults.get(symbol.scope, {}).get(symbol.name) if symbol.kind == "parameter" else None


def holds_by_default(required: Requirement, graph: EventGraph) -> bool | None:
    """Is it so where every parameter has its default? ``None`` where the defaults do not tell."""
    known = graph.conditions.get(required.scope, {})
    found = _Defaults(known, graph).named(required.condition, 0)
    return None if found is None else found == required.holds


class _Defaults:
    """Which conditions hold where every parameter has its default; each is worked out once."""

    def __init__(self, known: Mapping[str, tuple[Any, ...]], graph: EventGraph) -> None:
        self._known = known
        self._graph = graph
        self._found: dict[str, bool | None] = {}

    def named(self, name: str, depth: int) -> bool | None:
        """Does a condition hold? ``None`` where the defaults do not tell, or it hangs on a chain of too many others."""
        if name not in self._found and name in self._known and depth < MAX_CHAIN:
            self._found[name] = None  # what a condition says that leads back to itself
            self._found[name] = self._value(self._known[name], depth + 1)
        return self._found.get(name)

    def _value(self, expression: tuple[Any, ...], depth: int) -> bool | None:
        kind, *parts = expression
        if kind == "is":
            return self.named(parts[0], depth)
        if kind == "not":
            found = self._value(parts[0], depth)
            return None if found is None else not found
        if kind in ("and", "or"):
            return _combined((self._value(part, depth) for part in parts), kind == "and")
        if kind == "equals":
            left, right = (known_text(part, self._graph) for part in parts[:2])
            return None if left is None or right is None else left == right
        return None


def _combined(values: Iterable[bool | None], every: bool) -> bool | None:
    found = list(values)
    if (not every) in found:
        return not every
    return None if None in found else every


def known_text(value: Text, graph: EventGraph) -> str | None:
    """A text where every parameter has its default; ``None`` where the defaults do not tell."""
    parts = [part if isinstance(part, str) else _default(part, graph) for part in value]
    return None if None in parts else "".join(part for part in parts if part is not None)
