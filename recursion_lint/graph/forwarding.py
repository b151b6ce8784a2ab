"""What a channel hands on of what arrives, as the next channel's filters see it; each service says so itself."""

from collections.abc import Iterator

from recursion_lint.model.facts import Produces, Trigger
from recursion_lint.services.registry import declared


def forwarded(arriving: Produces, trigger: Trigger) -> Iterator[Produces]:
    """What ``trigger`` hands on of what arrives; nothing where it surely hands on nothing."""
    hands_on = declared(trigger.channel.service).hands_on
    if hands_on is None:
        # What a rule passes on of a service's own channel, the service told the default bus.
        yield Produces(by_aws=trigger.kind == "bus")
    else:
        yield from hands_on(arriving, trigger)
