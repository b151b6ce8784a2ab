"""Does what a write can produce meet what a trigger accepts? Decided per pair, with a witness."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from recursion_lint.facts import Accepts, Endpoint, Produces, Trigger, Write
from recursion_lint.patterns.keys import Undecided, covers, decide, shortest
from recursion_lint.values import ANY, ONE, Text, literal, render, text

Extent = Literal["all", "some", "unknown"]
_RANK: Mapping[Extent, int] = {"all": 0, "some": 1, "unknown": 2}


class Meeting(NamedTuple):
    """How far a trigger accepts what arrives: ``all`` of it, ``some`` of it, or it cannot be told (``unknown``).

    ``guard`` names the filter that cannot be decided. ``event`` and ``key`` are an example that passes.
    """

    extent: Extent
    event: str | None = None
    key: str | None = None
    guard: str | None = None


def meet(write: Write | None, trigger: Trigger) -> Meeting | None:
    """How ``write`` meets ``trigger``; ``None`` when nothing that it can produce is accepted (a proof).

    ``write`` is ``None`` where the channel forwards what it got (a topic to its queue): nothing is known of it.
    """
    produces = write.produces if write is not None else Produces()
    accepts = trigger.accepts
    events = _common(produces.events, accepts.events)
    if events is not None and not events:
        return None
    key_extent, key = _keys(trigger.channel, produces, accepts)
    if key_extent is None:
        return None
    content = _content(produces, trigger)
    if content is None:
        return None
    extent = max(key_extent, content.extent, key=_RANK.__getitem__)
    return Meeting(extent, min(events, key=_plainest) if events else None, key, content.guard)


def _plainest(event: str) -> tuple[bool, str]:
    """The everyday event of a family first: a Put rather than a CompleteMultipartUpload."""
    return not event.endswith((":Put", ":Delete")), event


def _common(produced: frozenset[str] | None, accepted: frozenset[str] | None) -> frozenset[str] | None:
    if produced is None or accepted is None:
        return produced if accepted is None else accepted
    return produced & accepted


def _keys(channel: Endpoint, produces: Produces, accepts: Accepts) -> tuple[Extent | None, str | None]:
    """Object keys: the grant's resource patterns against the trigger's key rules, decided exactly."""
    if channel.service != "s3":
        return "all", None
    bucket = text([*channel.name, "/"])
    inside = text([*bucket, ANY])
    rules = accepts.keys or (((), ()),)
    best: tuple[Extent | None, str | None] = (None, None)
    for pattern in produces.keys or (inside,):
        for required, excluded in rules:
            wanted = [text([*bucket, *rule]) for rule in required]
            barred = [*(text([*bucket, *rule]) for rule in excluded), *produces.excluded]
            found = _key_extent(pattern, inside, wanted, barred)
            if found[0] is not None and (best[0] is None or _RANK[found[0]] < _RANK[best[0]]):
                key = _stripped(found[1], bucket)
                best = (found[0], key)
    return best


def _key_extent(
    pattern: Text, inside: Text, wanted: list[Text], barred: list[Text]
) -> tuple[Extent | None, Text | None]:
    decided = decide([pattern, inside, *wanted], barred)
    if decided.verdict == "disjoint":
        return None, None
    if decided.verdict == "unknown":
        return "unknown", None
    readable = _readable(pattern, inside, wanted, barred)
    whole = not barred and (not wanted or covers(wanted, pattern if pattern[0] != ANY else inside))
    return ("all" if whole else "some"), readable or decided.witness


def _readable(pattern: Text, inside: Text, wanted: list[Text], barred: list[Text]) -> Text | None:
    """The shortest key with a letter of its own between what the filter asks for: ``in/a.txt``, not ``in/.txt``."""
    prefix = max((rule[:-1] for rule in wanted if rule[-1] == ANY), key=len, default=inside[:-1])
    suffix = max((rule[rule.index(ANY) + 1 :] for rule in wanted if ANY in rule[:-1]), key=len, default=())
    try:
        return shortest([pattern, text([*prefix, ONE, ANY, *suffix]), *wanted], barred)
    except Undecided:
        return None


def _stripped(witness: Text | None, bucket: Text) -> str | None:
    if witness is None:
        return None
    whole, prefix = render(witness), render(bucket)
    return whole.removeprefix(prefix)


class _Content(NamedTuple):
    extent: Extent
    guard: str | None = None


_FILTERS = {
    "sns": "the subscription's filter policy",
    "events": "the rule's event pattern",
}


def _content(produces: Produces, trigger: Trigger) -> _Content | None:
    """Patterns on the content: any of them may let the event through."""
    patterns = trigger.accepts.content
    if not patterns:
        return _Content("all")
    from recursion_lint.patterns.events import Doc, overlap

    results: list[_Content] = []
    for pattern in patterns:
        if trigger.channel.service == "events" and _reserved(pattern):
            continue
        document = produces.document
        if document is None or not isinstance(document, Doc):
            document = Doc({}, open=True)
        found = overlap(pattern, document)
        if found.verdict == "matches":
            results.append(_Content("all"))
        elif found.verdict == "unknown":
            name = _FILTERS.get(trigger.channel.service, "the filter criteria")
            results.append(_Content("unknown", f"{name} ({found.reason})"))
    return min(results, key=lambda result: _RANK[result.extent], default=None)


def _reserved(pattern: Any) -> bool:
    """A pattern that takes only sources beginning with ``aws.``, which nobody but AWS can put.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
    """
    sources = pattern.get("source") if isinstance(pattern, dict) else None
    if not isinstance(sources, list) or not sources:
        return False
    return all(_plain(source).startswith("aws.") for source in sources)


def _plain(source: Any) -> str:
    if isinstance(source, dict):
        source = source.get("prefix")
    return literal(source) or "" if isinstance(source, tuple) else ""
