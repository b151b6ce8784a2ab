"""All that is said for and against a granted hop. Each witness looks at one thing; ``confidence`` only counts them."""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.assessment.evidence.corroboration import Witnessed
from recursion_lint.assessment.evidence.variables import variables
from recursion_lint.assessment.evidence.write_only import write_only
from recursion_lint.graph.cycle_search import Step
from recursion_lint.graph.event_graph import EventGraph


def witnesses(graph: EventGraph, step: Step) -> Iterator[Witnessed]:
    """What is said for and against the write of ``step``; nothing of what needs no grant."""
    if step.write is None or step.statement is None:
        return
    yield from variables(graph, step.write.actor, step.write.channel)
    if step.statement.through is not None and step.statement.through.passed:
        return  # a service writes: the code makes no such call, and what may be read is the service's own need
    yield from write_only(graph, step)
