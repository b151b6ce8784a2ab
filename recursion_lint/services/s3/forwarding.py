"""What a bucket tells a queue or a topic: what happened, as JSON in the message.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
"""

from collections.abc import Iterator

from recursion_lint.model.facts import Produces, Trigger
from recursion_lint.model.text import Text, glob, has_wildcard
from recursion_lint.patterns.events import Doc, Glob, Items, OneOf
from recursion_lint.services.message_bodies import in_message


def notification(arriving: Produces, trigger: Trigger) -> Iterator[Produces]:
    """A notification tells in ``Records`` of one event, and names it without ``s3:``."""
    events = trigger.accepts.of(arriving.events)
    if events is None:
        yield Produces()
        return
    names = OneOf(tuple(_named(name) for name in sorted(events)))
    record = Doc({"eventSource": ("aws:s3",), "eventName": names}, open=True)
    yield in_message(Doc({"Records": Items((record,))}, open=True), trigger)


def _named(event: str) -> Text | Glob:
    """``s3:ObjectRemoved:Delete`` → ``ObjectRemoved:Delete``; a family whose members are not known is a pattern."""
    name = glob((event.removeprefix("s3:"),))
    return Glob(name) if has_wildcard(name) else name
