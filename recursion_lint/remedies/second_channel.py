"""Write to another channel of the same kind: one that is there already, or a new one.

The two-bucket pattern of S3, and its kin: a second queue, topic, table, stream, bus.
https://aws.amazon.com/blogs/compute/avoiding-recursive-invocation-with-amazon-s3-and-aws-lambda/
"""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.assessment.evidence.variables import leads_out, points_to, shared_variable
from recursion_lint.graph.cycle_search import Step
from recursion_lint.iam.actions import matches_action
from recursion_lint.model.facts import Endpoint
from recursion_lint.remedies import grant
from recursion_lint.remedies.case import Case, Change, Offer
from recursion_lint.remedies.channel_purposes import for_something_else
from recursion_lint.remedies.channels import (
    Target,
    declaration,
    free_id,
    is_outward,
    outward,
    retarget,
    second,
)
from recursion_lint.remedies.narrow_grant import shared, verb
from recursion_lint.remedies.results_readers import in_words, readers
from recursion_lint.services.registry import declared
from recursion_lint.template.yaml.edits import EditError
from recursion_lint.template.yaml.emitter import Value


def existing(case: Case, step: Step) -> Iterator[Offer]:
    """A channel that the actor may write to already, and that is no part of the loop."""
    if step.write is None or not step.specific:
        return
    write = step.write
    kind, actor = declared(write.channel.service).second, case.label(write.actor)
    variables = outward(case, write.actor, write.channel)
    if kind is None or not kind.interchangeable or not variables:
        return
    for channel in _spare(case, write.actor, write.channel):
        place = case.place(channel)
        if place is None:
            continue
        target = Target(place.id, write.channel.service)
        names = " and ".join(mention.name for mention in variables)

        def make(target: Target = target) -> tuple[Change, ...]:
            cuts = grant.changes(grant.grants(case, step), grant.cut)
            sets = [
                change for mention in variables for change in retarget(case, write.actor, mention, target)
            ]
            return (*cuts, *sets)

        yield Offer(
            f"use-other-{kind.noun.replace(' ', '-')}",
            f"Let {actor} {verb(step)} {place.id} instead of {case.label(write.channel)}",
            case.hop(write),
            kind.price + shared(case, step),
            f"set {names} to {place.id}, and remove the write permission on {case.label(write.channel)} from {actor}",
            "unsafe",
            make,
        )
        return


def mistaken(case: Case, step: Step) -> Iterator[Offer]:
    """The variable that leads out set to the one other channel that can be meant, and the grant with it.

    A variable that is named after where results go and names what they come from is the mistake itself.
    """
    if step.write is None or not step.specific:
        return
    write = step.write
    kind, actor = declared(write.channel.service).second, case.label(write.actor)
    variables = outward(case, write.actor, write.channel)
    if kind is None or not kind.interchangeable or not variables or not all(map(leads_out, variables)):
        return
    if any(shared_variable(case.graph, write.actor, write.channel, one.name) for one in variables):
        return
    meant = list(unnamed(case, write.actor, write.channel))
    place = case.place(meant[0]) if len(meant) == 1 else None
    if place is None:
        return
    target = Target(place.id, write.channel.service)
    aim = grant.Aim(lambda _: target.name, lambda tail, _: target.arn_with(tail))
    granted = meant[0] in case.graph.grants.named(write.actor, write.channel.service)
    names = " and ".join(f"{one.name} (line {one.span.line})" for one in variables)
    yield Offer(
        f"use-other-{kind.noun.replace(' ', '-')}",
        f"Set {names} to {place.id}, not to {case.label(write.channel)}",
        case.hop(write),
        kind.price + shared(case, step),
        f"let {actor} {verb(step)} {place.id} instead: the variable and the permission move to it",
        "unsafe",
        lambda: (
            *grant.changes(
                grant.grants(case, step), grant.cut if granted else lambda one: grant.turn(one, aim)
            ),
            *(change for one in variables for change in retarget(case, write.actor, one, target)),
        ),
    )


def unnamed(case: Case, actor: Endpoint, channel: Endpoint) -> Iterator[Endpoint]:
    """The other channels of the kind in the template that start nothing and that no variable gives to ``actor``."""
    place = case.place(channel)
    on_loop = {end for step in case.cycle for end in (step.end.trigger.channel, step.end.trigger.consumer)}
    for endpoint, known in case.graph.declared.items():
        if endpoint.service != channel.service or endpoint in on_loop or endpoint in case.graph.by_channel:
            continue
        if place is None or known.type != place.type or not _beside(case, endpoint, channel):
            continue
        dead = any(vertex.trigger.consumer == endpoint for vertex in case.graph.vertices)
        told = any(points_to(one, endpoint) for one in case.mentions(actor))
        if not dead and not told and not for_something_else(case, endpoint):
            yield endpoint


def _spare(case: Case, actor: Endpoint, channel: Endpoint) -> Iterator[Endpoint]:
    """Other channels of the kind that the actor may write to and that nothing names to it: granted, and unused."""
    granted = case.graph.grants.named(actor, channel.service)
    on_loop = {end for step in case.cycle for end in (step.end.trigger.channel, step.end.trigger.consumer)}
    kin = {end for end in granted if end.service == channel.service and end not in on_loop}
    found = [end for end in case.graph.declared if end in kin and _beside(case, end, actor)] if kin else []
    found = [end for end in found if channel not in case.graph.declared or _beside(case, end, channel)]
    dead = {vertex.trigger.consumer for vertex in case.graph.vertices if vertex.trigger.kind == "redrive"}
    for endpoint in found:
        if endpoint in dead or any(points_to(one, endpoint) for one in case.mentions(actor)):
            continue
        if not for_something_else(case, endpoint):
            yield endpoint


def _beside(case: Case, endpoint: Endpoint, other: Endpoint) -> bool:
    """Is a channel another resource of the same stack? A template read as a nested stack and alone tells each twice."""
    one, two = case.declared(endpoint), case.declared(other)
    if one is None or two is None:
        return False
    return one.span.file == two.span.file and one.stack == two.stack and one.span != two.span


def new(case: Case, step: Step) -> Iterator[Offer]:
    """A second channel, with the grant and the environment variable that belong to it."""
    if step.write is None or not step.specific:
        return
    write = step.write
    kind, actor = declared(write.channel.service).second, case.label(write.actor)
    if kind is None:
        return
    target = Target(free_id(case, write.channel, kind.suffix), write.channel.service)
    handled = declared(write.actor.service).runs_handler
    variables = outward(case, write.actor, write.channel) if handled and not reads_by_it(case, step) else []
    names = " and ".join(mention.name for mention in variables) or kind.variable
    if variables:
        told = f"{names} names it"
    elif handled:
        told = f"write to the {kind.noun} that {names} names: the handler must read it"
    else:
        told = f"what {actor} runs must write there, and what reads the results must look there"
    others = readers(case, step)
    price = kind.price + shared(case, step)
    if others:
        words = in_words(others, case.label(write.channel))
        price += f"; {words}: it needs the name of the second one, and the right to read there"
    yield Offer(
        kind.remedy or f"second-{kind.noun.replace(' ', '-')}",
        f"Let {actor} {verb(step)} a second {kind.noun}, {target.id}, instead of {case.label(write.channel)}",
        case.hop(write),
        price,
        f"add {target.id}, move the write permission from {case.label(write.channel)} to it; {told}",
        "unsafe" if variables and not others else "manual",
        # Only of functions is it known how a variable is set that their code reads.
        lambda: _second(case, step, target) if handled and not others else (),
        late=bool(others),
    )


def reads_by_it(case: Case, step: Step) -> bool:
    """Does the code read there as well, by a variable that does not say that it leads out? Then that stays as it is.

    Of code that was not read it is taken to, where it may.
    """
    if step.write is None:
        return False
    told = outward(case, step.write.actor, step.write.channel)
    kind = declared(step.write.channel.service)
    called = case.reader.called(step) if case.reader is not None else None
    if not kind.keyed or not told or all(is_outward(one.name) for one in told):
        return False
    if called is None:
        return grant.keeps_reads(case, step)
    return any(matches_action(one, *action.split(":", 1)) for one in kind.reading for action in called)


def _second(case: Case, step: Step, target: Target) -> tuple[Change, ...]:
    if step.write is None:
        raise EditError("nothing is granted here")
    channel, actor = step.write.channel, step.write.actor
    place = case.place(channel) or case.place(actor)
    owner = case.place(actor)
    if place is None or owner is None or owner.properties is None:
        raise EditError("the channel is not in the template")
    aim = grant.Aim(lambda _: target.name, lambda tail, _: target.arn_with(tail))
    found = grant.grants(case, step)
    variables = [] if reads_by_it(case, step) else outward(case, actor, channel)
    sets = [change for mention in variables for change in retarget(case, actor, mention, target)]
    if (
        not variables
        and owner.properties.get("Environment", "Variables", second(target.service).variable) is None
    ):
        value: Value = target.url if second(target.service).ref == "url" else target.name
        value = target.arn if second(target.service).ref == "arn" else value
        path = ("Environment", "Variables", second(target.service).variable)
        sets += owner.change(owner.editor.put(owner.properties, path, value))
    if place.editor is not owner.editor or any(one.editor is not owner.editor for one in found):
        raise EditError("the grant is in another template")
    added = owner.change(owner.editor.add_resource(target.id, declaration(case, channel)))
    return (*grant.changes(found, lambda one: grant.turn(one, aim)), *sets, *added)
