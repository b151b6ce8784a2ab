"""A function that starts the state machine which invokes it: what it starts that with is its own next event."""

from __future__ import annotations

from collections.abc import Sequence

from recursion_lint.assessment.evidence.code_values import Around
from recursion_lint.assessment.evidence.own_items import accepted_changes, table_keys
from recursion_lint.assessment.evidence.task_inputs import tasks_like
from recursion_lint.code.calls import CallSite
from recursion_lint.code.passed_on import invoked
from recursion_lint.code.replay import Replayed, replay
from recursion_lint.model.facts import Write


def passing(place: Around) -> Write | None:
    """How the machine that a step starts invokes the function that makes the step; ``None`` where none does."""
    writes = [step.write for step in place.cycle if step.write is not None and step is not place.step]
    found = writes[0] if len(writes) == 1 else None
    if found is None or found.kind != "task" or found.actor != place.channel:
        return None
    return found if found.channel == place.function else None


def replayed(sites: Sequence[CallSite], place: Around) -> Replayed:
    """What the calls lead to in the rounds after the first, also where they start such a machine."""
    write = passing(place)
    if write is None:
        names = table_keys(place)
        return replay(sites, place.channel.service, accepted_changes(place) if names else None, names)
    tasks = [(task.produces.document, task.echoes) for task in tasks_like(place.graph.facts, write)]
    return replay([invoked(site, tasks) for site in sites], place.function.service)
