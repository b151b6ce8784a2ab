"""What a definition asks of what an execution was started with before it comes to a state, by its Choice states.

https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from recursion_lint.model.text import literal, text
from recursion_lint.services.stepfunctions.inputs import keeps, targets
from recursion_lint.template.references import Resolver
from recursion_lint.template.yaml.nodes import Node

Conditions = tuple[Any, ...]
"""Conditions on an event that all hold (``patterns.decisions``)."""
NEVER_ASKED: Conditions = ()

_NAME = r"(?:\.[A-Za-z_][\w-]*|\['[^'\]]+'\])"
_PATH = re.compile(rf"\$({_NAME}+)")
_PARTS = re.compile(r"\.([\w-]+)|\['([^']+)'\]")
_JSONATA = re.compile(
    r"\{%\s*\$states\.input((?:\.[A-Za-z_]\w*|\.`[^`]+`)+)\s*=\s*(?:'([^'\\]*)'|\"([^\"\\]*)\")\s*%\}"
)
_JSONATA_PARTS = re.compile(r"\.(?:`([^`]+)`|(\w+))")
_MOST = 64
_DEEPEST = 8


def before(
    resolver: Resolver, machine: Node, given: Mapping[str, Node]
) -> Mapping[str, tuple[Conditions, ...]]:
    """The states of a definition that are come to on conditions alone, each with its ways: one of them holds.

    Only Choice states count that look at what the execution was started with, as it was.
    """
    start = machine.get("StartAt")
    if start is None or not start.text or not all(_is_plain(state, given) for state in given.values()):
        return {}
    if start.text not in given:
        return {}
    entered = _entered(resolver, start.text, given)
    found: dict[str, list[Conditions]] = {}
    for name, ways in (entered or {}).items():
        for reached in _all_after(name, given):
            found.setdefault(reached, []).extend(ways)
    return {name: tuple(ways) for name, ways in found.items() if NEVER_ASKED not in ways}


def _is_plain(state: Node, given: Mapping[str, Node]) -> bool:
    """Is it known where a state leads to?"""
    if state.kind != "map" or state.intrinsic is not None:
        return False
    lists = [state.get(name) for name in ("Choices", "Catch")]
    if any(one is not None and (one.kind != "list" or one.intrinsic is not None) for one in lists):
        return False
    holders = [state, *(rule for one in lists if one is not None for rule in one.elements())]
    if any(holder.kind != "map" or holder.intrinsic is not None for holder in holders):
        return False
    named = [
        node for holder in holders for key in ("Next", "Default") if (node := holder.get(key)) is not None
    ]
    return all(node.text in given for node in named)


def _entered(
    resolver: Resolver, start: str, given: Mapping[str, Node]
) -> Mapping[str, list[Conditions]] | None:
    """The first states that hand on something else, with the conditions on each way there; ``None`` for too many."""
    found: dict[str, list[Conditions]] = {}
    waiting: list[tuple[str, Conditions]] = [(start, NEVER_ASKED)]
    seen: list[tuple[str, Conditions]] = []
    for name, asked in waiting:
        if (name, asked) in seen:
            continue
        seen.append((name, asked))
        if len(seen) > _MOST:
            return None
        state = given[name]
        if not keeps(state):
            found.setdefault(name, []).append(asked)
        elif _rules(state) is None:
            waiting += [(target, asked) for target in targets(state)]
        else:
            for target, more, kept in _branches(resolver, state):
                ahead = (*asked, *(one for one in more if one and one not in asked))
                if kept:
                    waiting.append((target, ahead))
                else:
                    found.setdefault(target, []).append(ahead)
    return found


def _rules(state: Node) -> Sequence[Node] | None:
    """The rules of a Choice; ``None`` for another state."""
    kind, rules = state.get("Type"), state.get("Choices")
    if kind is None or kind.text != "Choice":
        return None
    return rules.elements() if rules is not None and rules.kind == "list" else ()


def _branches(resolver: Resolver, choice: Node) -> Iterator[tuple[str, Sequence[Any], bool]]:
    """Where a Choice leads to, on what conditions, and whether what it was given is handed on.

    The first rule that fits counts: those before it do not.
    """
    passed: list[Any] = []
    for rule in _rules(choice) or ():
        asked = _condition(resolver, rule)
        target = rule.get("Next")
        if target is not None and target.text:
            yield target.text, (*passed, asked), rule.get("Output") is None
        passed.append({"not": asked} if asked else {})
    default = choice.get("Default")
    if default is not None and default.text:
        yield default.text, tuple(passed), True


def _condition(resolver: Resolver, rule: Node, depth: int = 0) -> Mapping[str, Any]:
    """A rule as a condition; nothing for one that cannot be read."""
    if rule.kind != "map" or rule.intrinsic is not None or depth > _DEEPEST:
        return {}
    for name in ("And", "Or"):
        parts = rule.get(name)
        if parts is not None:
            plain = parts.elements() if parts.kind == "list" else []
            return {name.lower(): [_condition(resolver, one, depth + 1) for one in plain]} if plain else {}
    inner = rule.get("Not")
    if inner is not None:
        return {"not": _condition(resolver, inner, depth + 1)}
    written = rule.get("Condition")
    return _jsonata(written) if written is not None else _compared(resolver, rule)


def _compared(resolver: Resolver, rule: Node) -> Mapping[str, Any]:
    """A rule that compares one field: by JSONPath, with a string or whether it is there."""
    variable = rule.get("Variable")
    path = _PATH.fullmatch(variable.text or "") if variable is not None else None
    if path is None:
        return {}
    names = [first or second for first, second in _PARTS.findall(path[1])]
    there = rule.get("IsPresent")
    if there is not None and there.text in ("true", "false"):
        present = {"path": names, "entry": {"exists": True}}
        return present if there.text == "true" else {"not": present}
    for key, operator in (("StringEquals", ""), ("StringMatches", "wildcard")):
        node = rule.get(key)
        value = resolver.text(node) if node is not None else None
        if value is None or (operator and "\\" in (literal(value) or "\\")):
            continue
        return {"path": names, "entry": {operator: value} if operator else value}
    return {}


def _jsonata(node: Node) -> Mapping[str, Any]:
    found = _JSONATA.fullmatch((node.text or "").strip())
    if found is None:
        return {}
    names = [first or second for first, second in _JSONATA_PARTS.findall(found[1])]
    return {"path": names, "entry": text([found[2] or found[3] or ""])}


def _all_after(name: str, given: Mapping[str, Node]) -> Sequence[str]:
    """A state and all that follow it, whatever they decide."""
    found = [name]
    known = {name}
    for one in found:
        for target in targets(given[one]):
            if target not in known:
                known.add(target)
                found.append(target)
    return found
