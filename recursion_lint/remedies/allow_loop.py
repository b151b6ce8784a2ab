"""A loop that is meant: ``RecursiveLoop: Allow``, with what caps its speed and takes its failures.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
"""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.assessment.coded import guard_in_words
from recursion_lint.remedies.accepting import DETECTION_OFF, suppress, suppression
from recursion_lint.remedies.case import Case, Change, Offer, Place
from recursion_lint.remedies.safety_nets import (
    RESERVED,
    bounds,
    dead_letters_told,
    functions_of,
    is_unbounded,
    listed,
)
from recursion_lint.template.yaml.edits import EditError


def allow_loop(case: Case) -> Iterator[Offer]:
    """Say that the loop is meant, for all its functions; what ends it is the code. Only where Lambda would stop it.

    A loop that is allowed is accepted as well, or it is told again, and ``RecursiveLoop: Allow`` with it.
    """
    functions = functions_of(case)
    off = case.finding.runtime_protection == "off"
    free = is_unbounded(functions)
    if not functions or case.finding.runtime_protection == "none" or (off and not free):
        return
    named = " and ".join(place.id for place in functions)
    caps = [f"reserve concurrency {RESERVED}"] if free else []
    accept = suppress(case, "what ends it", allowed=True)
    yield Offer(
        "allow-loop",
        f"Cap the speed of the loop: reserve concurrency for {named}"
        if off
        else f"If the loop is meant, set RecursiveLoop: Allow on {named}{', cap its speed' if free else ''}, and "
        f"accept {case.finding.rule} and {DETECTION_OFF} with what ends it",
        None,
        "Lambda no longer stops it after about 16 rounds, and none of this ends it: the handler must count its rounds",
        listed(
            [
                *([] if off else ["set RecursiveLoop: Allow"]),
                *caps,
                *dead_letters_told(case),
                *([] if off else [accept]),
            ]
        ),
        "unsafe",
        lambda: (
            *_allowed(functions),
            *bounds(case, functions),
            *(() if off else _accepted(case, functions)),
        ),
    )


def _accepted(case: Case, functions: list[Place]) -> tuple[Change, ...]:
    """The suppression of the loop and of what Lambda no longer does, where the code is known to end the loop."""
    for step in case.cycle:
        said = case.said(step)
        if said is not None and said.ends:
            # Lines move, a reason stays.
            file = case.test_place(step).rpartition(":")[0]
            told = f" ({case.editors.short(file)})" if file not in ("", functions[0].editor.file) else ""
            return (suppression(case, functions[0], f"{guard_in_words(said.ends)}{told}"),)
    return ()


def _allowed(functions: list[Place]) -> tuple[Change, ...]:
    changes: list[Change] = []
    for place in functions:
        if place.properties is None:
            raise EditError("the function has no properties")
        if place.properties.get("RecursiveLoop") is None:
            changes += place.change(place.editor.put(place.properties, ("RecursiveLoop",), "Allow"))
    return tuple(changes)
