"""Which remedies a finding is offered, in order of preference."""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.graph.cycle_search import Step
from recursion_lint.model.facts import LOG_DELIVERY
from recursion_lint.remedies import grant, key_filter, narrow_grant, second_channel
from recursion_lint.remedies.allow_loop import allow_loop
from recursion_lint.remedies.bounded import decided
from recursion_lint.remedies.carry_on import carry_on
from recursion_lint.remedies.case import Case, Offer
from recursion_lint.remedies.channels import is_outward, outward
from recursion_lint.remedies.code_guard import code_guard
from recursion_lint.remedies.content_filter import content_filter
from recursion_lint.remedies.dedupe_table import dedupe_table
from recursion_lint.remedies.definition import declared_write, log_elsewhere, other_callers, redrive, words
from recursion_lint.remedies.intent import makes_it, ranked
from recursion_lint.remedies.log_bucket import log_bucket
from recursion_lint.remedies.metadata_guard import metadata_guard
from recursion_lint.remedies.misconfiguration import misconfiguration
from recursion_lint.remedies.needs import heeding
from recursion_lint.remedies.passed_role import passing
from recursion_lint.remedies.permissions_in_use import keeping
from recursion_lint.remedies.requeue import requeue, requeued
from recursion_lint.remedies.safety_nets import safety_nets
from recursion_lint.remedies.triggering_keys import trigger_patterns
from recursion_lint.remedies.unpolled import unpolled
from recursion_lint.remedies.unread_code import conditional, meant_there, only_there
from recursion_lint.remedies.work_group import by_work_group
from recursion_lint.services.registry import declared

MAX_STEPS = 4
"""Steps of a long loop that remedies are looked for at: breaking one is enough."""


def offers(case: Case) -> Iterator[Offer]:
    """Everything that may help, best first; what is verified and what is not is told apart later."""
    yield from misconfiguration(case)
    yield from log_bucket(case)
    yield from unpolled(case)
    steps = _open(case)[:MAX_STEPS]
    again = requeued(case)
    if again is not None:
        yield from requeue(case, again)
    else:
        yield from carry_on(case)
    for step in steps if again is None else ():
        if step.statement is not None and step.statement.unseen:
            yield from key_filter.key_filter(case, step)  # its policy is another team's, and not here
            continue
        offered = (conditional(case, step, ranked(case, step, offer)) for offer in _for_grant(case, step))
        yield from passing(case, step, keeping(case, step, heeding(case, step, offered)))
    for step in case.cycle:
        yield from declared_write(case, step)
        yield from log_elsewhere(case, step)
        yield from redrive(case, step)
    for step in steps:
        if not _logged(step):
            yield from code_guard(case, step)
    for step in steps[:1]:
        if _creates(step) and not _logged(step) and case.permission_use(step) is None:
            yield from metadata_guard(case, step)
            yield from dedupe_table(case, step)
    if not steps:
        yield from decided(case)
    yield from words(case)
    if case.finding.severity != "info":
        yield from allow_loop(case)
        yield from safety_nets(case)


def _open(case: Case) -> list[Step]:
    """The steps that a permission makes; of a loop that code does not close those alone that it does not take.

    The others are what the functions are for: led elsewhere they would starve what they feed, and end no loop.
    """
    steps = list(case.granted())
    undone = [one for one in steps if (said := case.said(one)) and said.verdict in ("never", "elsewhere")]
    return undone or steps


def _creates(step: Step) -> bool:
    """Do new objects close the loop? Deletions and tags have no other bucket to go to."""
    events = step.end.trigger.accepts.events
    return (
        events is None
        or any("ObjectCreated" in name for name in events)
        or not declared(step.end.trigger.channel.service).keyed
    )


def _logged(step: Step) -> bool:
    """Does a write close the loop because it is logged? It is, whatever its key and its metadata."""
    return step.end.trigger.kind == LOG_DELIVERY


def _elsewhere(case: Case, step: Step, unread: bool) -> Iterator[Offer]:
    """What leaves the actor all but what starts the loop; of ``unread`` code nothing else is taken."""
    if not narrow_grant.is_unread(case, step):
        yield from narrow_grant.deny_what_triggers(case, step)
    mistaken = list(second_channel.mistaken(case, step))
    yield from mistaken
    if unread and not mistaken:
        yield from meant_there(case, step)
    yield from second_channel.existing(case, step)
    yield from other_callers(case, step)
    if unread:
        for offer in narrow_grant.deny_what_triggers(case, step):
            yield offer._replace(first=offer.first and not mistaken)


def _told_to_write(case: Case, step: Step) -> bool:
    """Does a variable tell the actor to write there? Unread code may read what a variable names that says neither."""
    if step.write is None:
        return False
    told = outward(case, step.write.actor, step.write.channel)
    if declared(step.write.channel.service).keyed and narrow_grant.is_unread(case, step):
        return any(is_outward(one.name) for one in told)
    return bool(told)


def _for_grant(case: Case, step: Step) -> Iterator[Offer]:
    if step.write is None:
        return
    if not _creates(step):
        # What is notified of new objects as well misses nothing that its tags are made of.
        if key_filter.hears_created(case, step.end.trigger):
            yield from key_filter.created_only(case, step)
        yield from narrow_grant.read_only(case, step)
        yield from key_filter.created_only(case, step)
        yield from narrow_grant.deny(case, step)
        return
    yield from by_work_group(case, step)
    # What the code does not need is taken away before anything is moved elsewhere.
    use, keys = case.permission_use(step), case.written_keys(step)
    apart = keys is not None and not _logged(step)
    if apart and ((use is not None and use.needed) or (use is None and keys is not None and keys.begin)):
        yield from key_filter.key_filter(case, step)
    elif use is not None:
        yield from narrow_grant.read_only(case, step)
        yield from narrow_grant.nowhere(case, step)
    unread = narrow_grant.is_unread(case, step) and bool(trigger_patterns(step))
    unread = unread and not only_there(case, step)
    yield from _elsewhere(case, step, unread)
    # A grant that reads as well may write by accident; one that only writes is meant, and so is a variable.
    by_accident = grant.keeps_reads(case, step) and not _told_to_write(case, step)
    by_accident = by_accident and not makes_it(case, step) and not unread
    if by_accident and use is None:
        yield from narrow_grant.read_only(case, step)
    # An info on a bus is about a pattern that cannot be decided: a condition on the content decides it.
    by_source = declared(step.write.channel.service).content_filter == "event-source"
    undecided = case.finding.severity == "info" and by_source
    if undecided:
        yield from content_filter(case, step)
    yield from second_channel.new(case, step)
    if not _logged(step):
        yield from key_filter.key_filter(case, step)
    if not undecided:
        yield from content_filter(case, step)
    if not by_accident:
        yield from narrow_grant.read_only(case, step)
    yield from narrow_grant.deny(case, step)
