"""A guard in the code that writes back, sketched in the language that was read: the next round is told and ends there.

A person fits it in; nothing of the code is ever edited.
"""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.graph.cycle_search import Step
from recursion_lint.remedies.case import Case, Offer
from recursion_lint.remedies.sketches import MOST_ROUNDS, Guarded, Language, language_of, sketch
from recursion_lint.services.registry import declared


def code_guard(case: Case, step: Step) -> Iterator[Offer]:
    """The test that tells what the code wrote itself; nothing where its code was not read or does not write back."""
    said = case.said(step)
    if said is None or said.site is None or said.verdict not in ("writes-back", "conditional"):
        return
    language = language_of(said.site.file)
    if language is None:
        return
    service = declared(step.end.trigger.channel.service)
    guarded = service.guarded_by
    if service.keyed:
        yield from _by_key(case, step, language)
    elif guarded == "item":
        yield _by_item(case, step, language, said.site.events == ("REMOVE",))
    elif guarded != "":
        yield rounds(case, step)


def _by_key(case: Case, step: Step, language: Language) -> Iterator[Offer]:
    """Keys that begin or end as no other object's do."""
    keys = case.written_keys(step)
    if keys is None or not declared(step.end.trigger.consumer.service).runs_handler:
        return
    told = f"begins with {keys.begin}" if keys.begin else f"ends with {keys.end}"
    actor = case.label(step.end.trigger.consumer)
    yield Offer(
        "key-guard",
        f"Let {actor} return where the key {told}, as what it writes does",
        case.hop(step.end.trigger),
        f"the same bucket: 2 invocations per object; no object whose key {told} is processed any more",
        f"in the handler, return where the key {told}\n\n" + sketch("key", language, keys.begin, keys.end),
        "manual",
    )


def _by_item(case: Case, step: Step, language: Language, removed: bool) -> Offer:
    """An attribute that only the function's own writes set, or the kind of change where it only deletes."""
    actor, table = case.label(step.end.trigger.consumer), case.label(step.end.trigger.channel)
    title = f"Let {actor} pass over the items that it has written to {table} itself"
    steps = "in the handler, pass over records whose item has an attribute that only its own writes set"
    if removed:
        title = f"Let {actor} pass over what it has deleted from {table}"
        steps = "in the handler, pass over records of REMOVE: it makes no others"
    return Offer(
        "item-guard",
        title,
        case.hop(step.end.trigger),
        "the same table: 2 invocations per change"
        + (
            "; what others remove is passed over too"
            if removed
            else "; whoever changes an item anew must take the attribute away"
        ),
        f"{steps}\n\n" + sketch("removed" if removed else "item", language),
        "manual",
    )


def rounds(case: Case, step: Step) -> Offer:
    """A counter in what is sent: the loop is bounded, however the work goes. A sketch where the code was read."""
    trigger, said = step.end.trigger, case.said(step)
    actor = case.label(step.write.actor if step.write is not None else trigger.consumer)
    channel = case.label(trigger.channel)
    kind = declared(trigger.channel.service)
    language = language_of(said.site.file) if said is not None and said.site is not None else None
    guarded: Guarded | None = kind.guarded_by or None
    to = "itself" if channel == actor else channel
    steps = "in the handler, read the counter, stop at the last round, and send it on with one more"
    if language is not None and guarded is not None:
        steps += "\n\n" + sketch(guarded, language)
    return Offer(
        "round-counter",
        f"Put a round counter into what {actor} sends to {to}, and stop at a maximum",
        case.hop(trigger),
        f"{MOST_ROUNDS} rounds for each {kind.unit} at most; bounds the loop, for work that is done again on purpose",
        steps,
        "manual",
    )
