"""From "this loops" to a diff that ends it: the remedies that fit a finding, best first, each one verified.

Imported only when there is a finding.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from recursion_lint.graph.cycle_search import Cycle
from recursion_lint.graph.event_graph import EventGraph
from recursion_lint.model.findings import Finding, Remedy
from recursion_lint.remedies.case import Case, Editors, Offer
from recursion_lint.remedies.families import offers
from recursion_lint.remedies.in_the_cdk import cdk_words
from recursion_lint.remedies.verify import Verifier
from recursion_lint.template.yaml.edits import changed_lines, unified

if TYPE_CHECKING:
    from recursion_lint.assessment.evidence.code_reader import CodeReader

MAX_VERIFIED = 3
"""Diffs for one finding: a person reads the first, seldom the second."""
MAX_MANUAL = 4
MAX_LATE = 2


class Workshop(NamedTuple):
    """The parsed texts of a run, and the verdicts on edits of one system: shared by all findings in it.

    Without a ``verifier`` nothing is verified. ``reader`` has read the code of the functions on the loops.
    """

    editors: Editors
    verifier: Verifier | None = None
    reader: CodeReader | None = None


def advise(
    cycle: Cycle | None, finding: Finding, graph: EventGraph, workshop: Workshop
) -> tuple[Remedy, ...]:
    """The remedies for ``finding``, best first.

    ``cycle`` is the loop behind it, if it is one. A remedy has a diff only if the finding is gone after it and
    nothing as severe has come; an offer that fails, or that was not verified, is left to a person.
    """
    editors, verifier, reader = workshop
    case = Case(cycle or (), finding, graph, editors, reader)
    limit = 1 if finding.severity == "info" else MAX_VERIFIED
    kept: dict[str, list[Remedy]] = {"first": [], "verified": [], "manual": [], "late": [], "net": []}
    seen: set[tuple[str, int | None]] = set()
    for offer in offers(case):
        enough = len(kept["verified"]) >= limit and offer.breaks is not None
        narrowed = offer.only_as_diff and any(one.breaks == offer.breaks for one in kept["verified"])
        if (
            (offer.last_resort and seen)
            or (offer.id, offer.breaks) in seen
            or (enough and offer.changes())
            or narrowed
        ):
            continue
        edited = verifier.edited(offer, finding) if verifier is not None else {}
        if not edited and offer.only_as_diff:
            continue
        seen.add((offer.id, offer.breaks))
        kind = "net" if offer.breaks is None else "verified" if edited else "manual"
        kind = "first" if offer.first else "late" if offer.late else kind
        kept[kind].append(_remedy(offer, edited, editors)._replace(cdk=cdk_words(case, offer)))
    if kept["first"]:
        # What the write is for speaks against these: a person decides.
        kept["verified"] = [_left_to_a_person(one) for one in kept["verified"]]
    # A safe one goes first; sorting keeps the order of the others.
    verified = sorted(kept["verified"], key=lambda one: one.applicability != "safe")
    return (*kept["first"], *verified, *kept["manual"][:MAX_MANUAL], *kept["late"][:MAX_LATE], *kept["net"])


def _left_to_a_person(remedy: Remedy) -> Remedy:
    return remedy._replace(applicability="manual") if remedy.applicability == "unsafe" else remedy


def _remedy(offer: Offer, edited: Mapping[str, str], editors: Editors) -> Remedy:
    told = Remedy(offer.id, offer.title, offer.breaks, offer.trade_off, steps=offer.steps)
    changes = [(file, editors.text(file), edited[file]) for file in sorted(edited)]
    if not changes:
        return told
    return told._replace(
        applicability=offer.applicability,
        diff="".join(unified(*change) for change in changes),
        edits=tuple(edit for change in changes for edit in changed_lines(*change)),
    )
