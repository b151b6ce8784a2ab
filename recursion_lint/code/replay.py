"""The second round: what was written comes back as the event. Does the way to a write stand open again?"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from recursion_lint.code.calls import CallSite, Guard

Outcome = Literal["stops-itself", "loops", "undecided"]


class Replayed(NamedTuple):
    """What follows from replaying. ``guards`` are the conditions that stop the next round, where it stops itself."""

    outcome: Outcome
    guards: tuple[Guard, ...] = ()


def replay(sites: Sequence[CallSite], channel: str) -> Replayed:
    """What the calls of one function that reach its own trigger lead to, in the rounds after the first.

    ``sites`` are all calls that may write to the channel in a way that the trigger accepts (also those with an unknown
    target, and those on errors); leaving one out makes the answer wrong. ``channel`` is the service of the channel
    (``s3``, ``sqs``, ``sns``, ``dynamodb``, ``events``, ``lambda``, ``states``, ...). The loop must have no other writing
    function. ``stops-itself``: after some rounds no call is reached, whatever was unknown. ``loops``: a round of calls
    has conditions that all hold again, for sure.
    """
    del sites, channel
    return Replayed("undecided")
