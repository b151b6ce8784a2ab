"""Replication as a hop: what a bucket's new objects start in the bucket that S3 copies them to.

A replica has the key of its original, so each pair of a replication rule and a trigger of the destination becomes one
path, with the filters of both at its start. Nothing leads on to a further replication: S3 does not replicate replicas.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-what-is-isnot-replicated.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from recursion_lint.model.facts import (
    LOG_DELIVERY,
    REPLICATION,
    Accepts,
    Declared,
    Endpoint,
    Facts,
    Replication,
    Trigger,
)
from recursion_lint.model.text import Symbol, render
from recursion_lint.patterns.keys import starts_with
from recursion_lint.services.s3.replication import SERVICE as REPLICA

UNDOCUMENTED = "AWS does not document that a replica starts what new objects start; in practice it does"
"""Users tell of s3:ObjectCreated:Put. The pages on replication and on notifications say neither yes nor no.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
"""


class Copies(NamedTuple):
    """The two triggers of one path and what stands between them: the bucket, as the place of its replicas."""

    place: Declared
    triggers: tuple[tuple[Trigger, str], ...]


def replicas(
    facts: Iterable[Facts], live: Iterable[tuple[Trigger, str]], declared: Mapping[Endpoint, Declared]
) -> Iterator[Copies]:
    """The paths through the replications of ``facts`` to what ``live`` says of their destinations."""
    started: dict[Endpoint, list[tuple[Trigger, str]]] = {}
    for trigger, root in live:
        started.setdefault(trigger.channel, []).append((trigger, root))
    number = 0
    for found in facts:
        for replication in found.replications:
            for trigger, root in started.get(replication.target, ()):
                events = trigger.accepts.events
                if events is None or events & replication.events:
                    number += 1
                    place = _place(replication, number, declared)
                    first = _first(replication, place.endpoint, trigger.accepts)
                    yield Copies(place, ((first, found.root), (_second(trigger, place.endpoint), root)))


def _place(replication: Replication, number: int, declared: Mapping[Endpoint, Declared]) -> Declared:
    bucket = replication.target
    replicated = Endpoint(REPLICA.name, (*bucket.name, Symbol("replica", str(number))))
    known = declared.get(bucket)
    if known is not None:
        return known._replace(endpoint=replicated)
    return Declared(replicated, render(bucket.name), bucket.service, replication.span, ())


def _first(replication: Replication, replicated: Endpoint, accepts: Accepts) -> Trigger:
    prefix = (starts_with(replication.prefix),) if replication.prefix else ()
    keys = tuple(((*prefix, *required), excluded) for required, excluded in accepts.keys or (((), ()),))
    under = f" under {render(replication.prefix)}" if replication.prefix else ""
    return Trigger(
        replication.source,
        replicated,
        f"new objects{under} in {{source}} are replicated to {{target}}",
        replication.span,
        REPLICATION,
        Accepts(
            replication.events,
            keys if prefix else accepts.keys,
            accepts.content,
            undecided=replication.undecided,
        ),
        delivery="service",
        guards=(UNDOCUMENTED,),
        requires=replication.requires,
    )


def _second(trigger: Trigger, replicated: Endpoint) -> Trigger:
    undecided = trigger.accepts.undecided
    if trigger.kind == LOG_DELIVERY:
        undecided = "whether S3 logs what it replicates cannot be told"
    return trigger._replace(channel=replicated, accepts=Accepts(undecided=undecided))
