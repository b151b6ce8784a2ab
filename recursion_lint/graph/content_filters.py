"""Do patterns on the content of events let through what a write produces? A filter on messages, a rule's pattern."""

from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

from recursion_lint.model.facts import Produces, Trigger
from recursion_lint.model.text import ANY
from recursion_lint.patterns.events import Doc, Glob, overlap
from recursion_lint.services.registry import declared
from recursion_lint.template.resource_types import ACCOUNT, REGION

_FILTERS = {
    "criteria": "the filter criteria",
    "rule": "the rule's event pattern",
    "policy": "the subscription's filter policy",
}
_HERE = {"account": (ACCOUNT,), "region": (REGION,)}
_ALWAYS_THERE = ("id", "source", "detail-type", "time")
"""https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html"""


class Passed(NamedTuple):
    """All of what is written passes, or that cannot be told: ``guard`` names the filter then."""

    extent: Literal["all", "unknown"]
    guard: str | None = None


def passing(produces: Produces, trigger: Trigger) -> Passed | None:
    """How a trigger with patterns lets it through, by any of them; ``None``: none does, which is a proof."""
    service = declared(trigger.channel.service)
    reserved = service.only_aws_puts
    unknown: Passed | None = None
    for pattern in trigger.accepts.content:
        if reserved is not None and not produces.by_aws and reserved(pattern):
            continue
        document = produces.document if isinstance(produces.document, Doc) else Doc({}, open=True)
        if service.filtered_by == "rule":
            # Whatever is put here, or told by a service, says of itself that it is of this account and region.
            here = {} if produces.apart else _HERE
            document = Doc({"version": ("0",), **here, **document.fields}, document.open)
            pattern = _but_what_all_meet(pattern, document)
        found = overlap(_not_passed(pattern, produces.passed), document)
        if found.verdict == "matches":
            return Passed("all")
        if found.verdict == "unknown" and unknown is None:
            unknown = Passed("unknown", f"{_FILTERS[service.filtered_by]} ({found.reason})")
    return unknown


def _but_what_all_meet(pattern: Any, document: Doc) -> Any:
    """``pattern`` without what any string meets, of the fields that every event has and ``document`` does not tell."""
    told = document.fields
    asked = [
        name for name in _ALWAYS_THERE if name not in told and isinstance(pattern, dict) and name in pattern
    ]
    whatever = Glob((ANY,))
    met = {
        name for name in asked if overlap({name: pattern[name]}, Doc({name: whatever})).verdict == "matches"
    }
    return {key: part for key, part in pattern.items() if key not in met} if met else pattern


def _not_passed(pattern: Any, passed: Iterable[Any]) -> Any:
    """``pattern`` without what another one, that the event came through, asks in the same words."""
    if not isinstance(pattern, dict):
        return pattern
    same = {key for one in passed for key, part in one.items() if pattern.get(key) == part}
    return {key: part for key, part in pattern.items() if key not in same} if same else pattern
