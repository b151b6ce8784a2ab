"""Outcomes of functions on a bus: what Lambda puts there is not what the function's code puts there."""

from collections.abc import Iterable
from typing import Any

from recursion_lint.model.facts import Trigger, Write
from recursion_lint.model.text import literal
from recursion_lint.patterns.fields import exact, field


def for_destination(granted: Write, trigger: Trigger, declared: Iterable[Write]) -> bool:
    """Is a grant to put events only what a destination of its function needs, as far as ``trigger`` goes?

    It is where the function's outcomes go to the same bus, and the trigger is about outcomes alone: Lambda puts
    these under the role of the function, whose code puts other events if any.
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    if not trigger.accepts.content:
        return False
    declares = any(own.kind == "destination" and own.channel == granted.channel for own in declared)
    return declares and all(map(_of_outcomes, trigger.accepts.content))


def _of_outcomes(pattern: Any) -> bool:
    kinds = [literal(word) or "" for word in exact(field(pattern, "detail-type")) or ()]
    return (
        exact(field(pattern, "source")) == [("lambda",)]
        and bool(kinds)
        and all(kind.startswith("Lambda Function Invocation Result - ") for kind in kinds)
    )
