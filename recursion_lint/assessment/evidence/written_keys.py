"""What all object keys that a handler writes to a bucket begin or end with, where the code itself says so."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile
from typing import NamedTuple

from recursion_lint.assessment.evidence.code_values import Around, relation, texts
from recursion_lint.code.calls import Alternatives, CallSite, Concatenation, Environment, Literal, Value
from recursion_lint.code.sdk_calls import operation
from recursion_lint.model.text import literal
from recursion_lint.services.registry import declared

_LEAST = 2


class WrittenKeys(NamedTuple):
    """What the keys that code writes begin with and end with, and the actions that it writes them with."""

    begin: str
    end: str
    actions: frozenset[str]


def written_keys(sites: Iterable[CallSite], place: Around) -> WrittenKeys | None:
    """The constant ends of all keys that may be written to the channel of a step; ``None`` where there are none.

    The event's own key is no constant, whatever its trigger lets through. What deletes or tags writes no key.
    """
    service = place.channel.service
    if not declared(service).keyed:
        return None
    begins: list[str] = []
    ends: list[str] = []
    actions: set[str] = set()
    for site in sites:
        entry = operation(site.operation)
        if entry.channel != service or entry.effect not in ("write", "delegated"):
            continue
        if relation(site.target, place) == "different":
            continue
        if entry.effect == "delegated":
            return None
        actions.update(action for action in entry.actions if action not in entry.action_parameters)
        for option in site.key.options if isinstance(site.key, Alternatives) else (site.key,):
            parts = option.parts if isinstance(option, Concatenation) else (option,)
            begins.append(_constant(parts[0], place))
            ends.append(_constant(parts[-1], place))
    begin, end = _telling(_shared(begins), _shared([one[::-1] for one in ends])[::-1], place)
    return WrittenKeys(begin, end, frozenset(actions)) if begin or end else None


def _shared(texts: list[str]) -> str:
    """What all texts begin with."""
    first, last = min(texts, default=""), max(texts, default="")
    same = takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    return "".join(one for one, _ in same)


def _constant(value: Value | None, place: Around) -> str:
    """The text of a literal, or of a variable that the template sets to one; empty for anything else."""
    if not isinstance(value, (Literal, Environment)):
        return ""
    found = texts(value, place)
    return (literal(found[0]) or "") if len(found) == 1 else ""


def _telling(begin: str, end: str, place: Around) -> tuple[str, str]:
    """The ends that tell what is written from what comes in: those that the trigger does not ask for itself."""
    for pattern in (one for rule in place.step.end.trigger.accepts.keys for one in rule[0]):
        first, last = pattern[0] if pattern else "", pattern[-1] if pattern else ""
        if isinstance(first, str) and first.startswith(begin):
            begin = ""
        if isinstance(last, str) and last.endswith(end):
            end = ""
    return begin if len(begin) >= _LEAST else "", end if len(end) >= _LEAST else ""
