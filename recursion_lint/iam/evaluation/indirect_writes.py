"""Calls that AWS tells of: as an event of the service that does the work, as a record of a trail."""

from collections.abc import Callable, Collection, Iterable, Iterator

from recursion_lint.iam.evaluation.caused_events import caused_writes
from recursion_lint.iam.evaluation.trail_requests import recorded_writes
from recursion_lint.model.facts import Endpoint, Statement, Write


def indirect_writes(
    actor: Endpoint,
    statement: Statement,
    channels: Iterable[Endpoint],
    denials: Collection[Statement],
    declared: Collection[Endpoint],
    reached: Callable[[str], Iterator[object]],
) -> Iterator[Write]:
    """What the calls that ``statement`` allows ``actor`` put on ``channels``, but for what ``denials`` take away."""
    for channel in channels:
        if channel.service == "service-event":
            yield from caused_writes(actor, statement, channel, denials, declared, reached)
        else:
            yield from recorded_writes(actor, statement, channel, denials)
