"""The verdict on code in a language that is not interpreted: by names of operations, and targets that calls state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recursion_lint.assessment.evidence.code_values import Around, relation
from recursion_lint.assessment.evidence.handler_code import FunctionCode
from recursion_lint.assessment.evidence.said import Said
from recursion_lint.code.sdk_calls import complete

if TYPE_CHECKING:
    from recursion_lint.code.by_name.names_only import NamesRead, NamesTold

NOT_FOLLOWED = "what leads to the call is not followed in this language"
"""The reason of a call whose target is told in a language that is not interpreted."""


def by_names(service: str, place: Around, code: FunctionCode) -> Said:
    """The verdict where names were looked for, and targets as far as calls state them."""
    names = code.names
    if names is None:
        return Said("unread", code.reason)
    found = names.on(service)
    if found:
        return _by_targets(service, place, code, names) or Said(
            "may", f"{names.language} is read by names alone", named=found[0]
        )
    if names.gaps:
        return Said("unread", f"{names.gaps[0].reason} ({names.gaps[0].file}:{names.gaps[0].line})")
    if not complete(service):
        return Said("may", "not every way to write there is an SDK call that is known")
    return Said("never", "no such call stands in it", lowers=2 if code.exact else 1)


def _by_targets(service: str, place: Around, code: FunctionCode, names: NamesRead | NamesTold) -> Said | None:
    """The verdict by what calls state as their targets; ``None`` where no call is told from other uses of its name.

    Whether a call is reached, and with what, is not known: at best it may write there.
    """
    sites = names.targets(service)
    if not sites:
        return None
    told = [(relation(site.target, place), site) for site in sites]
    for asked in ("same", "perhaps", "unknown"):
        site = next((site for found, site in told if found == asked), None)
        if site is not None:
            reason = NOT_FOLLOWED if asked == "same" else "where it writes cannot be told"
            return Said("may", reason, site=site)
    if names.gaps:
        gap = names.gaps[0]
        return Said("unread", f"{gap.reason} ({gap.file}:{gap.line})", site=sites[0])
    if not complete(service):
        return Said("may", "not every way to write there is an SDK call that is known", site=sites[0])
    return Said("elsewhere", site=sites[0], lowers=2 if code.exact else 1)
