"""A loop that is meant: ``RecursiveLoop: Allow``, with what caps its speed and takes its failures.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
"""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.remedies.case import Case, Change, Offer, Place
from recursion_lint.remedies.safety_nets import RESERVED, bounds, dead_letters_told, functions_of, listed
from recursion_lint.template.yaml.edits import EditError


def allow_loop(case: Case) -> Iterator[Offer]:
    """Say that the loop is meant, for all its functions; what ends it is the code. Only where Lambda would stop it."""
    functions = functions_of(case)
    if not functions or case.finding.runtime_protection == "none":
        return
    named = " and ".join(place.id for place in functions)
    off = case.finding.runtime_protection == "off"
    queues = dead_letters_told(case)
    yield Offer(
        "allow-loop",
        f"Cap the speed of the loop: reserve concurrency for {named}"
        if off
        else f"If the loop is meant, set RecursiveLoop: Allow on {named}, and cap its speed",
        None,
        "Lambda no longer stops it after about 16 rounds, and none of this ends it: the handler must count its rounds",
        listed([*([] if off else ["set RecursiveLoop: Allow"]), f"reserve concurrency {RESERVED}", *queues]),
        "unsafe",
        lambda: (*_allowed(functions), *bounds(case, functions)),
    )


def _allowed(functions: list[Place]) -> tuple[Change, ...]:
    changes: list[Change] = []
    for place in functions:
        if place.properties is None:
            raise EditError("the function has no properties")
        if place.properties.get("RecursiveLoop") is None:
            changes += place.change(place.editor.put(place.properties, ("RecursiveLoop",), "Allow"))
    return tuple(changes)
