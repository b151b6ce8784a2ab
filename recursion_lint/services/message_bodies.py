"""What a message of a queue, a topic or a stream holds of an event that a service handed on, as filters see it."""

from recursion_lint.model.facts import Produces, Trigger
from recursion_lint.patterns.events import Doc
from recursion_lint.services.registry import declared


def in_message(content: Doc, trigger: Trigger) -> Produces:
    """``content`` in the body of what the consumer of ``trigger`` gets; anything where filters do not look into it."""
    key = declared(trigger.consumer.service).body
    return Produces(document=Doc({key: content}, open=True)) if key else Produces()
