"""What a rule or a bucket hands on, as the next channel's filters see it.

* a classic bus to another one: the event as it was,
* a rule to a queue, a topic or a stream: the event as JSON in the message, unless the target asks for something else,
* a bucket to a topic or a queue: what happened, as JSON in the message.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-bus-to-bus.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
"""

from collections.abc import Iterator

from recursion_lint.model.facts import Produces, Trigger
from recursion_lint.model.text import Text, glob, has_wildcard
from recursion_lint.patterns.events import Doc, Glob, Items, OneOf
from recursion_lint.patterns.fields import choices
from recursion_lint.patterns.narrowing import narrowed, plain
from recursion_lint.services.eventbridge.rules import second_version
from recursion_lint.services.s3.notifications import is_notification
from recursion_lint.services.sns import BODY

_BODIES = {"sqs": "body", "sns": BODY, "kinesis": "data"}
"""Under which key filters look for what a message holds."""


def forwarded(arriving: Produces, trigger: Trigger) -> Iterator[Produces]:
    """What ``trigger`` hands on of what arrives; nothing where it surely hands on nothing."""
    if trigger.channel.service == "s3" and is_notification(trigger):
        yield from _notified(arriving, trigger)
    elif trigger.channel.service == "events" and not second_version(trigger.channel) and not trigger.reshaped:
        yield from _events(arriving, trigger)
    else:
        yield Produces()


def _events(arriving: Produces, trigger: Trigger) -> Iterator[Produces]:
    event = arriving.document if isinstance(arriving.document, Doc) else Doc({}, open=True)
    for pattern in trigger.accepts.content or ({},):
        for choice in choices(pattern) if isinstance(pattern, dict) else ({},):
            left = narrowed(event, choice)
            if left is None:
                continue
            if trigger.kind == "bus":
                yield Produces(document=left, passed=(choice,) if plain(choice) else ())
            else:
                yield _in_message(left, trigger)


def _notified(arriving: Produces, trigger: Trigger) -> Iterator[Produces]:
    """A notification tells in ``Records`` of one event, and names it without ``s3:``."""
    events = trigger.accepts.of(arriving.events)
    if events is None:
        yield Produces()
        return
    names = OneOf(tuple(_named(name) for name in sorted(events)))
    record = Doc({"eventSource": ("aws:s3",), "eventName": names}, open=True)
    yield _in_message(Doc({"Records": Items((record,))}, open=True), trigger)


def _named(event: str) -> Text | Glob:
    """``s3:ObjectRemoved:Delete`` → ``ObjectRemoved:Delete``; a family whose members are not known is a pattern."""
    name = glob((event.removeprefix("s3:"),))
    return Glob(name) if has_wildcard(name) else name


def _in_message(content: Doc, trigger: Trigger) -> Produces:
    key = _BODIES.get(trigger.consumer.service)
    return Produces(document=Doc({key: content}, open=True)) if key else Produces()
