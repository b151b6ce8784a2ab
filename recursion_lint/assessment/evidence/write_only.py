"""A grant to write objects without one to read them: it is there to be used."""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.assessment.evidence.corroboration import Witnessed
from recursion_lint.graph.cycle_search import Step
from recursion_lint.graph.event_graph import EventGraph
from recursion_lint.services.registry import declared


def write_only(graph: EventGraph, step: Step) -> Iterator[Witnessed]:
    """May write objects but not read them: what else would the grant be for?

    Not said of queues and topics, whose grants never do both, nor of tables, whose streams bring the item along.
    """
    if step.write is None or step.statement is None or not declared(step.write.channel.service).keyed:
        return
    if step.evidence != "granted":
        return
    if not graph.grants.may_be_named(step.write.actor, step.write.channel.service, "GetObject"):
        yield Witnessed(
            "write-only",
            f"{graph.label(step.write.actor)} may write to {graph.label(step.write.channel)}, not read",
        )
