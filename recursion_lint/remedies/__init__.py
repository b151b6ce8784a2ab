"""From "this loops" to a diff that ends it: the remedies that fit a finding, best first, each one verified.

Imported only when there is a finding.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from recursion_lint.graph.cycle_search import Cycle
from recursion_lint.graph.event_graph import EventGraph
from recursion_lint.model.findings import Finding, Remedy
from recursion_lint.remedies.case import Case, Editors, Offer, Texts
from recursion_lint.remedies.families import offers
from recursion_lint.remedies.verify import Relint, Verifier
from recursion_lint.template.yaml.edits import changed_lines, unified

MAX_VERIFIED = 3
"""Diffs for one finding: a person reads the first, seldom the second."""
MAX_MANUAL = 4


def advise(
    cycle: Cycle | None, finding: Finding, graph: EventGraph, texts: Texts, relint: Relint | None
) -> tuple[Remedy, ...]:
    """The remedies for ``finding``, best first.

    ``cycle`` is the loop behind it, if it is one; ``texts`` gives the text of a file, ``None`` for what is no file;
    ``relint`` lints the templates with some texts exchanged. A remedy has a diff only if the finding is gone
    after it and nothing as severe has come; an offer that fails is left to a person. Without ``relint`` nothing
    is verified, and no remedy has a diff.
    """
    editors, verifier = _workshop(texts, relint)
    case = Case(cycle or (), finding, graph, editors)
    limit = 1 if finding.severity == "info" else MAX_VERIFIED
    kept: dict[str, list[Remedy]] = {"verified": [], "manual": [], "net": []}
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
        if not edited and offer.only_as_diff and verifier is not None:
            continue
        seen.add((offer.id, offer.breaks))
        kind = "net" if offer.breaks is None else "verified" if edited else "manual"
        kept[kind].append(_remedy(offer, edited, editors))
    # A safe one goes first; sorting keeps the order of the others.
    verified = sorted(kept["verified"], key=lambda one: one.applicability != "safe")
    return (*verified, *kept["manual"][:MAX_MANUAL], *kept["net"])


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


@lru_cache(maxsize=1)
def _workshop(texts: Texts, relint: Relint | None) -> tuple[Editors, Verifier | None]:
    """The parsed texts and the verdicts of one run, shared by all its findings."""
    editors = Editors(texts)
    return editors, Verifier(editors, relint) if relint is not None else None
