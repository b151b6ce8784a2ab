"""User-defined metadata tells an original object from a processed one: same bucket, same key.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
"""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.graph.cycle_search import Step
from recursion_lint.remedies import handlers
from recursion_lint.remedies.case import Case, Offer
from recursion_lint.remedies.sketches import Language, language_of, sketch
from recursion_lint.services.registry import declared


def metadata_guard(case: Case, step: Step) -> Iterator[Offer]:
    """Only code can do this, so there is no diff: a sketch of the handler instead."""
    if (
        step.write is None
        or not declared(step.write.channel.service).keyed
        or not declared(step.write.actor.service).runs_handler
    ):
        return
    actor = case.label(step.write.actor)
    yield Offer(
        "metadata-guard",
        f"Let {actor} process only objects whose metadata says that they are originals",
        case.hop(step.end.trigger),
        "the same bucket, the same key, uploaders must set metadata (original=true): 2 invocations per object, "
        "and one HeadObject each",
        "in the handler, return unless the object's metadata says original=true\n\n"
        + sketch("metadata", _read(case, step) or handlers.language(case, step.write.actor)),
        "manual",
    )


def _read(case: Case, step: Step) -> Language | None:
    """The language of the handler, where its code was read."""
    said = case.said(step)
    return language_of(said.read[0]) if said is not None and said.read else None
