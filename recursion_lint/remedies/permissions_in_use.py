"""A permission that the code uses on the channel stays there: what it writes starts nothing, so the loop is not made.

To take it away, or to lead it to another channel, would break the code and end nothing. It may be narrowed to what the
code writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from recursion_lint.graph.cycle_search import Step
from recursion_lint.remedies.case import Case, Offer
from recursion_lint.remedies.narrow_grant import in_use

_TAKING = ("drop-grant", "read-only-grant", "second-", "use-other-", "two-buckets")
"""What the ids of the remedies begin with that leave the actor no such permission on the channel."""


def keeping(case: Case, step: Step, offers: Iterable[Offer]) -> Iterator[Offer]:
    """The offers that leave a permission in use where it is; of keys that the code does not name no diff is made."""
    if not in_use(case, step):
        yield from offers
        return
    for offer in offers:
        if offer.id.startswith(_TAKING):
            continue
        made_up = offer.id == "key-filter" and case.written_keys(step) is None
        yield offer._replace(applicability="manual", make=tuple) if made_up else offer
