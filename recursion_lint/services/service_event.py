"""An event that an AWS service puts on the default bus about its own work, and the calls that cause it.

https://docs.aws.amazon.com/eventbridge/latest/ref/welcome.html
"""

from collections.abc import Mapping
from typing import NamedTuple

Said = Mapping[str, tuple[str, ...]]
"""Field of an event, below ``detail`` (``status-details.status``), → the values that it may have."""


class ServiceEvent(NamedTuple):
    """Detail types of one source that the same calls cause.

    Without ``types`` it is any event of the source that is no recorded API call.

    ``calls`` maps an IAM action (``athena:StartQueryExecution``) to what the event says after that call and no
    other; ``usual`` is what it says at some time in the usual course of things, be it what else may happen. ``names``
    maps a field of the whole event (``detail.workgroupName``) to how it names the resource: ``name`` or ``arn``;
    ``arn`` is what comes before the name in the resource of its ARN, and ``argument`` the parameter of the calls that
    names it. ``types_of`` are the types of resources each of which has a channel of its own, of the service
    ``service``; ``operation`` is the field whose values are the event types of these channels.
    """

    source: str
    types: tuple[str, ...]
    calls: Mapping[str, Said]
    usual: Mapping[str, tuple[str, ...]] = {}
    names: Mapping[str, str] = {}
    arn: str = ""
    argument: str = ""
    service: str = ""
    types_of: tuple[str, ...] = ()
    operation: str = ""

    @property
    def name(self) -> str:
        """What it is known by in a run, and called in a report."""
        return f"{self.source}: {self.types[0] if self.types else 'any event'}"


def calls(prefix: str, *actions: str, **said: tuple[str, ...]) -> Mapping[str, Said]:
    """The actions of one IAM prefix that cause an event, with what it says then (``_`` in a field is ``-``)."""
    fields = {name.replace("_", "-"): values for name, values in said.items()}
    return {f"{prefix}:{action}": fields for action in actions}
