"""The keys of a bucket that start a loop: what a Deny has to name, and what the words of a remedy ask about."""

from __future__ import annotations

from recursion_lint.graph.cycle_search import Step
from recursion_lint.model.facts import Trigger
from recursion_lint.model.text import ANY, Text, text
from recursion_lint.remedies.case import Case
from recursion_lint.services.registry import declared


def trigger_keys(step: Step) -> Text:
    """The one pattern of the keys that start the trigger; every key for one without a filter, or with several."""
    found = trigger_patterns(step)
    return found[0] if len(found) == 1 else ()


def trigger_patterns(step: Step) -> tuple[Text, ...]:
    """The patterns of the keys that start the trigger; none for one that every key starts."""
    return _patterns(step.end.trigger)


def loop_patterns(case: Case, step: Step) -> tuple[Text, ...]:
    """``trigger_patterns`` of all triggers that lead from the channel into the same loop.

    A bucket may notify one queue of several prefixes, by a configuration each: the loop goes on through any of them.
    None where every key starts one, or where there are more than a person would deny.
    """
    trigger, write = step.end.trigger, step.write
    on_loop = {one.end.trigger.consumer for one in case.cycle}
    found = dict.fromkeys(trigger_patterns(step))
    for vertex in case.graph.by_channel.get(trigger.channel, ()) if found and write is not None else ():
        other = vertex.trigger
        events = other.accepts.of(write.produces.events) if write is not None else None
        if other.consumer not in on_loop or events == frozenset():
            continue
        patterns = _patterns(other)
        if not patterns:
            return ()
        found.update(dict.fromkeys(patterns))
        if len(found) > MOST_DENIED:
            return ()
    return tuple(found)


MOST_DENIED = 10
"""Patterns of keys that one Deny names."""


def _patterns(trigger: Trigger) -> tuple[Text, ...]:
    if not declared(trigger.channel.service).keyed:
        return ()
    found: list[Text] = []
    for required, _ in trigger.accepts.keys:
        if not required:
            return ()
        pattern: Text = (ANY,)
        for rule in required:
            ends = rule[:1] == (ANY,)
            pattern = text([*pattern, *rule[1:]] if ends else [*rule, *pattern])
        if all(part == ANY for part in pattern):
            return ()
        found.append(pattern)
    return tuple(found)
