"""What the write of a loop is for, as far as the template and the code show it: that decides what is advised first.

Taking a write away is no remedy where the work ends with the loop: what hands its own work on, keeps its state in a
table, or is the only one to feed what another function consumes keeps its permission.
"""

from __future__ import annotations

from recursion_lint.graph.cycle_search import Step
from recursion_lint.model.facts import LOG_DELIVERY, Write
from recursion_lint.remedies import grant
from recursion_lint.remedies.case import Case, Offer, Place
from recursion_lint.remedies.channels import is_outward, outward
from recursion_lint.remedies.own_permission import refers
from recursion_lint.services import sns
from recursion_lint.services.registry import declared

_TAKEN_AWAY = ("drop-grant", "read-only-grant", "explicit-deny")
_LED_ELSEWHERE = ("second-queue", "second-topic", "second-table", "second-stream", "second-event-bus")
_STARTS = ("Schedule", "ScheduleV2", "Api", "HttpApi")
_ANOTHER_BUCKET = "two-buckets"


def makes_it(case: Case, step: Step) -> bool:
    """Does the code make this very write?"""
    said = case.said(step)
    return said is not None and said.verdict in ("writes-back", "conditional", "stops-itself")


def tests_first(case: Case, step: Step) -> bool:
    """Does the code make the write only where some test holds?"""
    said = case.said(step)
    return said is not None and said.verdict in ("conditional", "stops-itself")


def hands_on(case: Case, step: Step) -> bool:
    """Does it start itself on purpose, with nothing in between: a function that is allowed just that, or does it?"""
    if step.write is None or step.write.channel != step.write.actor:
        return False
    return step.specific or makes_it(case, step)


def results(case: Case, step: Step) -> bool:
    """Does the name of a variable say that what is written are results, which belong elsewhere?"""
    if step.write is None:
        return False
    return any(is_outward(one.name) for one in outward(case, step.write.actor, step.write.channel))


def keeps_state(case: Case, step: Step) -> bool:
    """Is what is written a table that its writer knows as its own, so that a second one would split the state?"""
    if step.write is None or declared(step.end.trigger.channel.service).guarded_by != "item":
        return False
    return not by_accident(case, step) and not results(case, step)


def feeds_another(case: Case, step: Step) -> bool:
    """Is the actor the only one in the templates to write what another one consumes?

    Objects come into a bucket from anywhere; messages, calls and records come from where they are sent.
    """
    write, trigger = step.write, step.end.trigger
    if write is None or not step.specific or trigger.consumer == write.actor:
        return False
    if declared(trigger.channel.service).keyed or trigger.kind == LOG_DELIVERY or by_accident(case, step):
        return False
    return case.graph.grants.writers(write.channel) <= {write.actor}


def fans_out(case: Case, step: Step) -> bool:
    """Does a function that something else starts spread its work over a topic that nobody else is seen to use?

    A second topic would have no subscriber, and without the permission nothing would be done.
    """
    write, trigger = step.write, step.end.trigger
    if write is None or write.channel.service != sns.SERVICE.name or not step.specific:
        return False
    if len(case.cycle) != 1 or write.actor != trigger.consumer or results(case, step):
        return False
    if not declared(write.actor.service).runs_handler or case.permission_use(step) is not None:
        return False
    place = case.place(write.channel)
    if place is None or any(place.id in vertex.trigger.via for vertex in case.graph.vertices):
        return False
    if not _started_otherwise(case.place(write.actor)):
        return False
    heard = {vertex.trigger.consumer for vertex in case.graph.by_channel.get(write.channel, ())}
    return heard == {write.actor} and _only_writer(case, write)


def _started_otherwise(place: Place | None) -> bool:
    """Does a custom resource, a schedule or an API start the function, so that a first message is its own?"""
    if place is None:
        return False
    events = place.body.get("Properties", "Events")
    kinds = [event.get("Type") for _, event in events.items()] if events is not None else []
    if any(kind is not None and kind.text in _STARTS for kind in kinds):
        return True
    resources = place.editor.root.get("Resources")
    for _, body in resources.items() if resources is not None else ():
        kind, token = body.get("Type"), body.get("Properties", "ServiceToken")
        timed = body.get("Properties", "ScheduleExpression") is not None and refers(body, place.id)
        if kind is not None and (timed or (token is not None and refers(token, place.id))):
            return True
    return False


def _only_writer(case: Case, write: Write) -> bool:
    """Is no other actor in the templates seen to write to the channel?"""
    granted = (one for actor in case.graph.actors for one, _ in case.graph.grants.writes(actor))
    told = (one for facts in case.graph.facts for one in facts.writes)
    return all(
        one.actor == write.actor
        for found in (granted, told)
        for one in found
        if one.channel == write.channel and one.evidence != "broad"
    )


def by_accident(case: Case, step: Step) -> bool:
    """May the write be an accident: its grant reads as well, no variable names the channel, no code writes?"""
    if step.write is None or makes_it(case, step):
        return False
    return grant.keeps_reads(case, step) and not outward(case, step.write.actor, step.write.channel)


def only_messages(case: Case) -> bool:
    """Is all that goes round sent, so that a counter in it can go round as well?"""
    kinds = [declared(step.end.trigger.channel.service) for step in case.cycle]
    return bool(kinds) and not any(kind.keyed or kind.guarded_by == "item" for kind in kinds)


def ranked(case: Case, step: Step, offer: Offer) -> Offer:
    """``offer`` after all others where the work would end with the loop. Infos are about what is hardly meant."""
    if case.finding.severity == "info" or case.permission_use(step) is not None or offer.late:
        return offer
    if ends_work(case, step, offer.id):
        # A diff of it is shown, but never applied unasked.
        return offer._replace(late=True, applicability="manual")
    # A Deny is for what is too broad to narrow.
    return offer._replace(late=True) if offer.id == "explicit-deny" and step.specific else offer


def ends_work(case: Case, step: Step, remedy: str) -> bool:
    """Would the work end with the loop, were the write taken away, or led where nobody looks for it?"""
    if remedy in _TAKEN_AWAY:
        meant = makes_it(case, step) or hands_on(case, step) or keeps_state(case, step)
        return meant or feeds_another(case, step) or fans_out(case, step) or bool(case.sharers(step))
    if remedy in _LED_ELSEWHERE:
        if keeps_state(case, step) or feeds_another(case, step) or fans_out(case, step):
            return True
        return tests_first(case, step) and not results(case, step)
    return remedy == _ANOTHER_BUCKET and tests_first(case, step)
