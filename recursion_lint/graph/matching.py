"""Does what a write can produce meet what a trigger accepts? Decided per pair, with a witness."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice, takewhile
from typing import Literal, NamedTuple

from recursion_lint.graph.forwarding import forwarded
from recursion_lint.model.facts import Accepts, Endpoint, Produces, Trigger, Write
from recursion_lint.model.text import ANY, ONE, Text, has_wildcard, render, text
from recursion_lint.patterns.keys import Undecided, covers, decide, shortest, verdict
from recursion_lint.services.registry import declared

Extent = Literal["all", "some", "unknown"]
_RANK: Mapping[Extent, int] = {"all": 0, "some": 1, "unknown": 2}
_ANYTHING = (Produces(),)
MAX_PAIRS = 2_000
"""So many pairs of a pattern that is written and a filter are compared for one hop; more cannot be told."""


class Meeting(NamedTuple):
    """How far a trigger accepts what arrives: ``all`` of it, ``some`` of it, or it cannot be told (``unknown``).

    ``guard`` names the filter that cannot be decided. ``event`` and ``key`` are an example that passes.
    """

    extent: Extent
    event: str | None = None
    key: str | None = None
    guard: str | None = None


def meet(write: Write | None, trigger: Trigger, before: Trigger | None = None) -> Meeting | None:
    """How ``write`` meets ``trigger``; ``None`` when nothing that it can produce is accepted (a proof).

    ``write`` is ``None`` where the channel forwards what it got (a topic to its queue): nothing is known of it
    but what ``before``, the trigger that it came by, let through.
    """
    if write is not None:
        return _met(write.produces, trigger)
    return meet_any(passed_on(_ANYTHING, before) if before is not None else _ANYTHING, trigger)


def meet_by_events(write: Write, trigger: Trigger) -> Meeting | None:
    """``meet`` where there are more writes and filters than are compared: only what happens is looked at."""
    events = trigger.accepts.of(write.produces.events)
    if events is not None and not events:
        return None
    return Meeting("unknown", min(events, key=plainest) if events else None, None, MANY_FILTERS)


MANY_FILTERS = "more writes and filters meet on this channel than are compared"


def meet_any(arriving: Sequence[Produces], trigger: Trigger) -> Meeting | None:
    """How what arrives, as one or the other of ``arriving``, meets ``trigger``."""
    found = [_met(produces, trigger) for produces in arriving]
    met = [meeting for meeting in found if meeting is not None]
    widest = min(met, key=lambda meeting: _RANK[meeting.extent], default=None)
    if widest is not None and widest.extent == "all" and any(one != widest for one in found):
        return widest._replace(extent="some")
    return widest


def passed_on(arriving: Sequence[Produces], trigger: Trigger) -> Sequence[Produces]:
    """What the consumer of ``trigger`` gets of what arrives: one or the other of these."""
    if trigger.kind not in ("bus", "forward"):
        return _ANYTHING
    return [onward for produces in arriving for onward in forwarded(produces, trigger)]


def _met(produces: Produces, trigger: Trigger) -> Meeting | None:
    accepts = trigger.accepts
    events = accepts.of(produces.events)
    if events is not None and not events:
        return None
    key_extent, key = _keys(trigger.channel, produces, accepts)
    topics = _topics(trigger.channel.service, produces, accepts)
    if key_extent is None or topics is None:
        return None
    filtered: str | None = None
    content: Extent = "all"
    if accepts.content:
        from recursion_lint.graph.content_filters import passing  # few triggers have such patterns

        passed = passing(produces, trigger)
        if passed is None:
            return None
        content, filtered = passed
    undecided = accepts.undecided if accepts.undecided not in produces.passes else ""
    if produces.apart:
        undecided = f"whether {render(produces.apart)} is the stack's own account or region cannot be told"
    extents: list[Extent] = [key_extent, topics.extent, content, "unknown" if undecided else "all"]
    event = min(events, key=plainest) if events else topics.event
    guard = (
        filtered or topics.guard or undecided or _one_key(produces, accepts) or _exception(produces, events)
    )
    return Meeting(max(extents, key=_RANK.__getitem__), event, key, guard)


def _one_key(produces: Produces, accepts: Accepts) -> str | None:
    """A trigger on a single key (a pipeline's source archive) is seldom what a grant on the whole bucket is for."""
    exact = [rule for required, _ in accepts.keys for rule in required if not has_wildcard(rule)]
    if not exact or any(not has_wildcard(pattern) for pattern in produces.keys):
        return None
    return f"only the key {render(exact[0])} starts it"


def _exception(produces: Produces, events: frozenset[str] | None) -> str | None:
    """A trigger on what is written only by exception."""
    seldom = produces.seldom
    return seldom.words if seldom is not None and events and events <= seldom.events else None


def plainest(event: str) -> tuple[bool, str]:
    """The everyday event of a family first: a Put rather than a CompleteMultipartUpload."""
    return not event.endswith((":Put", ":Delete")), event


def _keys(channel: Endpoint, produces: Produces, accepts: Accepts) -> tuple[Extent | None, str | None]:
    """Object keys: the grant's resource patterns against the trigger's key rules, decided exactly."""
    if not declared(channel.service).keyed:
        return "all", None
    bucket = text([*channel.name, "/"])
    best: tuple[Extent, _Question] | None = None
    for question in islice(_questions(bucket, produces, accepts), MAX_PAIRS):
        extent = _key_extent(question)
        if extent is not None and (best is None or _RANK[extent] < _RANK[best[0]]):
            best = extent, question
            if extent == "all":
                break
    else:
        if best is None and _asked(produces, accepts) > MAX_PAIRS:
            return "unknown", None
    if best is None or best[0] == "unknown":
        return (None if best is None else best[0]), None
    return best[0], _stripped(_example(best[1]), bucket)


class _Question(NamedTuple):
    """Keys of ``pattern`` that lie ``inside``, match all of ``wanted`` and none of ``barred``: are there any?"""

    pattern: Text
    inside: Text
    wanted: tuple[Text, ...]
    barred: tuple[Text, ...]


def _asked(produces: Produces, accepts: Accepts) -> int:
    """How many questions there are."""
    return max(len(produces.keys), 1) * max(len(accepts.keys), 1)


def _questions(bucket: Text, produces: Produces, accepts: Accepts) -> Iterator[_Question]:
    """Each pattern that is written against each alternative that is accepted."""
    inside = text([*bucket, ANY])
    denied = [_within_bucket(denial, bucket) for denial in produces.excluded]
    for pattern in produces.keys or (inside,):
        own = _within_bucket(pattern, bucket)
        if own == ():
            continue  # a grant on ``bucket/`` itself: no key is empty
        for required, excluded in accepts.keys or (((), ()),):
            if own is not None and None not in denied:
                barred = (*excluded, *(denial for denial in denied if denial is not None))
                yield _Question(own, (ANY,), tuple(required), barred)
            else:
                wanted = tuple(text([*bucket, *rule]) for rule in required)
                barred = (*(text([*bucket, *rule]) for rule in excluded), *produces.excluded)
                yield _Question(pattern, inside, wanted, barred)


@lru_cache(maxsize=4096)
def _within_bucket(pattern: Text, bucket: Text) -> Text | None:
    """The key part of a pattern that spells the bucket out; ``None`` for one that leaves it open."""
    head, tail = bucket[:-1], bucket[-1]
    first = pattern[len(head)] if len(pattern) > len(head) else None
    if pattern[: len(head)] != head or not isinstance(first, str) or not isinstance(tail, str):
        return None
    return text([first[len(tail) :], *pattern[len(head) + 1 :]]) if first.startswith(tail) else None


def _key_extent(question: _Question) -> Extent | None:
    """How far the keys of a pattern are wanted; ``None`` for none of them."""
    pattern, inside, wanted, barred = question
    met = verdict([pattern, *(() if inside == (ANY,) else (inside,)), *wanted], barred)
    if met != "overlaps":
        return None if met == "disjoint" else "unknown"
    return "all" if not barred and (covers(wanted, pattern) or covers(wanted, inside)) else "some"


def _example(question: _Question) -> Text | None:
    """A key that a person understands, else any."""
    pattern, inside, wanted, barred = question
    example = readable(pattern, inside, list(wanted), list(barred))
    return example or decide([pattern, inside, *wanted], barred).witness


def readable(pattern: Text, inside: Text, wanted: list[Text], barred: list[Text]) -> Text | None:
    """The shortest key with a letter of its own between the fixed ends: ``in/a.txt``, not ``in/.txt``."""
    known = [pattern, inside, *wanted]
    prefix = max((_fixed(rule) for rule in known), key=_length)
    suffix = max((_fixed(rule[::-1])[::-1] for rule in known), key=_length)
    try:
        return shortest([*known, text([*prefix, ONE, ANY, *suffix])], barred)
    except Undecided:
        return None


def _fixed(pattern: Text) -> Text:
    """The parts before the first wildcard."""
    return tuple(takewhile(lambda part: isinstance(part, str) or not part.wild, pattern))


def _length(parts: Text) -> int:
    return len(render(parts))


def _topics(service: str, produces: Produces, accepts: Accepts) -> Meeting | None:
    """MQTT and Kafka topics: those that are written against those that are read."""
    if not produces.topics or not accepts.topics:
        return Meeting("all")
    found = [_topic(service, wanted, topic) for wanted in accepts.topics for topic in produces.topics]
    return min((one for one in found if one is not None), key=lambda one: _RANK[one.extent], default=None)


def _topic(service: str, wanted: Text, topic: Text) -> Meeting | None:
    from recursion_lint.patterns import mqtt

    decided = mqtt.decide(wanted, topic) if declared(service).shared else decide([wanted, topic])
    if decided.verdict == "disjoint":
        return None
    if decided.verdict == "unknown":
        return Meeting(
            "unknown", guard=f"whether {render(topic)} is a topic of {render(wanted)} cannot be told"
        )
    whole = mqtt.covers(wanted, topic) if declared(service).shared else covers([wanted], topic)
    return Meeting("all" if whole else "some", f"a message on {render(decided[1] or ())}")


def _stripped(witness: Text | None, bucket: Text) -> str | None:
    if witness is None:
        return None
    whole, prefix = render(witness), render(bucket)
    return whole.removeprefix(prefix)
