"""A function that starts the state machine which invokes it: what it starts that with is its own next event."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from recursion_lint.assessment.evidence.code_values import Around
from recursion_lint.assessment.evidence.task_inputs import tasks_like
from recursion_lint.code.calls import CallSite
from recursion_lint.code.passed_on import invoked
from recursion_lint.model.facts import Write


def passing(place: Around) -> Write | None:
    """How the machine that a step starts invokes the function that makes the step; ``None`` where none does."""
    writes = [step.write for step in place.cycle if step.write is not None and step is not place.step]
    found = writes[0] if len(writes) == 1 else None
    if found is None or found.kind != "task" or found.actor != place.channel:
        return None
    return found if found.channel == place.function else None


def through_machine(sites: Iterable[CallSite], place: Around) -> Sequence[CallSite] | None:
    """The calls as invocations of the function by what they start; ``None`` where no such machine is on the loop."""
    write = passing(place)
    if write is None:
        return None
    tasks = [(task.produces.document, task.echoes) for task in tasks_like(place.graph.facts, write)]
    return [invoked(site, tasks) for site in sites]
