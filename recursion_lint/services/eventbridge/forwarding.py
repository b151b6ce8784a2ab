"""What a rule hands on: a bus the event as it was, a queue, a topic or a stream the event as JSON in the message.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-bus-to-bus.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

from collections.abc import Iterator

from recursion_lint.model.facts import Produces, Trigger
from recursion_lint.patterns.events import Doc
from recursion_lint.patterns.fields import choices
from recursion_lint.patterns.narrowing import narrowed, plain
from recursion_lint.services.message_bodies import in_message


def matched(arriving: Produces, trigger: Trigger) -> Iterator[Produces]:
    """What the rule behind ``trigger`` hands on of what arrives; nothing where it surely hands on nothing."""
    event = arriving.document if isinstance(arriving.document, Doc) else Doc({}, open=True)
    for pattern in trigger.accepts.content or ({},):
        for choice in choices(pattern) if isinstance(pattern, dict) else ({},):
            left = narrowed(event, choice)
            if left is None:
                continue
            if trigger.kind == "bus":
                yield Produces(document=left, passed=(choice,) if plain(choice) else ())
            else:
                yield in_message(left, trigger)
