"""A remedy in the words of a CDK app: its constructs, their properties and grants. The words stand in the catalogue.

https://docs.aws.amazon.com/cdk/v2/guide/permissions.html
"""

from __future__ import annotations

from recursion_lint.graph.cycle_search import Step
from recursion_lint.model.facts import Endpoint
from recursion_lint.remedies import grant
from recursion_lint.remedies.case import Case, Offer
from recursion_lint.remedies.catalogue import KINDS
from recursion_lint.services.declaration import CdkGrants
from recursion_lint.services.registry import declared
from recursion_lint.services.s3.notifications import is_notification
from recursion_lint.template.cloud_assembly import PATH

_STATEMENT = "the PolicyStatement"
"""What grants where no method of the channel's construct does."""


def cdk_words(case: Case, offer: Offer) -> str:
    """What to change in the app; nothing for a template that the CDK did not write, and for what is code alone."""
    kind = KINDS.get(offer.id)
    if kind is None or not kind.cdk or PATH not in case.editors.text(case.finding.span.file):
        return ""
    step = _step(case, offer.breaks)
    if step is not None:
        return kind.cdk.format_map(_words(case, step))
    return "" if "{" in kind.cdk else kind.cdk  # what is no loop has no names for its words


def _step(case: Case, breaks: int | None) -> Step | None:
    """The step that has the hop ``breaks``; for what breaks none the first one."""
    for step in case.cycle:
        facts = (step.end.trigger, *((step.write,) if step.write is not None else ()))
        if breaks is None or any(case.hop(fact) == breaks for fact in facts):
            return step
    return None


def _words(case: Case, step: Step) -> dict[str, str]:
    write, trigger = step.write, step.end.trigger
    channel = construct(case, write.channel if write is not None else trigger.channel)
    actor = construct(case, write.actor) if write is not None else ""
    source = construct(case, trigger.channel)
    service = declared(write.channel.service if write is not None else "")
    methods = service.cdk or CdkGrants("")
    reads = bool(methods.both) and grant.keeps_reads(case, step)
    both = methods.both if reads else methods.write
    specific = step.specific and bool(both)
    return {
        "actor": actor,
        "channel": channel,
        "source": source,
        "trigger": f"the addEventNotification of {source}"
        if is_notification(trigger)
        else "the eventPattern of the Rule",
        "consumer": construct(case, trigger.consumer),
        "grant": f"{channel}.{both}({actor})" if specific else f"{_STATEMENT} of {actor}",
        "narrowed": _narrowed(methods, reads, channel, actor),
        "write": f"{methods.write}({actor})" if methods.write else f"{_STATEMENT} of {actor}",
        "read": f"{channel}.{methods.read}({actor})" if methods.read else f"{_STATEMENT} with the reads",
    }


def _narrowed(methods: CdkGrants, reads: bool, channel: str, actor: str) -> str:
    """The grants of writes under one prefix alone: what is read lies under another."""
    if not methods.put:
        return f"a PolicyStatement of {actor} for that prefix"
    put = f"{channel}.{methods.put}({actor}, '<other prefix>/*')"
    return f"call {channel}.{methods.read}({actor}) and {put}" if reads else f"call {put}"


def construct(case: Case, endpoint: Endpoint) -> str:
    """The id of the construct that an endpoint is of; its name where it is of none."""
    place = case.place(endpoint)
    path = place.body.get("Metadata", PATH) if place is not None else None
    told = (path.text or "") if path is not None else ""
    return told.removesuffix("/Resource").rpartition("/")[2] or case.label(endpoint)
