"""What is advised where nobody has read what the code does: under a condition, and with what is right if it fails.

A permission that unread code may need is taken away by whoever has looked; who follows the words unseen breaks nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from recursion_lint.graph.cycle_search import Step
from recursion_lint.model.arns import split_arn
from recursion_lint.model.facts import LOG_DELIVERY
from recursion_lint.model.loops import FIT_EQUALLY
from recursion_lint.model.text import Text, after, render, text
from recursion_lint.patterns.keys import covers
from recursion_lint.remedies import grant
from recursion_lint.remedies.accepting import suppress
from recursion_lint.remedies.case import Case, Offer
from recursion_lint.remedies.channels import as_sub
from recursion_lint.remedies.narrow_grant import act_on, allows_more, is_unread, permission, verb, wildcard
from recursion_lint.remedies.triggering_keys import loop_patterns, trigger_patterns
from recursion_lint.services.registry import declared

TAKEN_AWAY = ("drop-grant", "read-only-grant", "explicit-deny", "deny-trigger-keys")
"""The remedies that take the permission away."""
BOUNDED = "accept the finding with what bounds its rounds"


def conditional(case: Case, step: Step, offer: Offer) -> Offer:
    """``offer`` with a condition, where it takes a permission away that code which was not read may need."""
    if offer.id not in TAKEN_AWAY or offer.applicability == "safe" or not is_unread(case, step):
        return offer
    who, channel = the_code(case, step), case.label(step.end.trigger.channel)
    does = f"{who} never {uses(step, channel)}"
    steps = f"{offer.steps}; or {suppress(case, 'what bounds its rounds')}"
    if offer.id == "deny-trigger-keys":
        at = f"{does} at {_listed(loop_patterns(case, step))}"
        title = f"If {at}, deny it that; if it does, have it write other keys or {BOUNDED}"
        return offer._replace(title=title, steps=steps)
    if offer.id == "explicit-deny":
        return offer._replace(title=f"If {does}, {offer.title[0].lower()}{offer.title[1:]}")
    fails = "if it does"
    if step.statement is not None and step.statement.label in grant.READS:
        does, fails = f"{who} only reads {channel}", "if not"
    if _puts_objects(step):
        return offer._replace(
            title=f"If {does}, {_left_out(case, step)}; {fails}, have it write to another bucket"
        )
    return offer._replace(title=f"If {does}, {_left_out(case, step)}; {fails}, {BOUNDED}", steps=steps)


def meant_there(case: Case, step: Step) -> Iterator[Offer]:
    """For unread code that its policy lets read and write, by name, what triggers it: such a write is not denied."""
    keys = _named_keys(case, step)
    if step.write is None or keys is None:
        return
    channel, triggering = case.label(step.end.trigger.channel), _listed(loop_patterns(case, step))
    yield Offer(
        "accept-bounded",
        f"If {the_code(case, step)} {third_person(verb(step))} {channel} at {_listed((keys,))}, as its policy lets it, "
        f"have it write outside {triggering}, or {BOUNDED}; if it never does, deny it "
        f"{permission(step) or 'that'} there",
        case.hop(step.write),
        "nothing changes where the loop is meant and bounded",
        suppress(case, "what bounds its rounds"),
        "manual",
        first=True,
    )


def only_there(case: Case, step: Step) -> bool:
    """Does a policy that lets the actor do nothing but write name keys that trigger it? Then the write is meant."""
    return _named_keys(case, step) is not None and not grant.keeps_reads(case, step)


def _named_keys(case: Case, step: Step) -> Text | None:
    """The keys that a statement names to write, where they all trigger."""
    for statement in case.statements(step) if step.write is not None else ():
        for pattern, _ in statement.resources:
            keys = _keys_of(pattern, step)
            if keys is not None and any(covers([one], keys) for one in trigger_patterns(step)):
                return keys
    return None


def _keys_of(pattern: Text, step: Step) -> Text | None:
    """The keys that a statement names; ``None`` where it names the bucket, or any key of it."""
    arn = split_arn(pattern)
    name = step.write.channel.name if step.write is not None else ()
    rest = after(arn.resource, name) if arn is not None and name else None
    if not rest or not isinstance(rest[0], str) or not rest[0].startswith("/") or render(rest) in ("/", "/*"):
        return None
    return text([rest[0][1:], *rest[1:]])


def uses(step: Step, channel: str) -> str:
    """What to look for in the code, on ``channel``: the actions by name, where they are few."""
    given = permission(step)
    itself = step.write is not None and step.write.channel == step.write.actor
    if not given or given.endswith(" more"):
        return third_person(act_on(step, channel))
    return f"uses {given.replace(' and ', ' or ')} on {'itself' if itself else channel}"


def _left_out(case: Case, step: Step) -> str:
    """``without`` after ``uses``, which names the permission already."""
    given, words = permission(step), without(case, step)
    if not given or given.endswith(" more"):
        return words
    return re.sub(rf"remove {re.escape(given)}(?![\w*?])", "remove that", words)


def _listed(keys: tuple[Text, ...]) -> str:
    return " or ".join(as_sub(one) or render(one) for one in keys)


def _puts_objects(step: Step) -> bool:
    """Is it new objects that close the loop? They can go to another bucket; deletions and tags cannot."""
    trigger = step.end.trigger
    if not declared(trigger.channel.service).keyed or trigger.kind == LOG_DELIVERY:
        return False
    return trigger.accepts.events is None or any("ObjectCreated" in name for name in trigger.accepts.events)


def does_it(case: Case, step: Step) -> str:
    """What the actor would do that closes the loop: ``sends to Jobs``, ``invokes itself``."""
    return third_person(act_on(step, case.label(step.end.trigger.channel)))


def without(case: Case, step: Step) -> str:
    """How the actor loses the permission, and where that stands, in words."""
    label = step.statement.label if step.statement is not None else ""
    at = statement_place(case, step)
    if label in grant.READS and not case.sharers(step):
        return f"give it {grant.READS[label]} instead of {label}{at}"
    given = permission(step) or "the permission"
    if not step.specific:
        return f"let {given}{at} leave {case.label(step.end.trigger.channel)} out"
    if case.sharers(step):
        return f"give it a role of its own without {given}{at}"
    wild = wildcard(step)
    if wild and allows_more(step, wild):
        return f"list the actions that it calls in place of {wild}{at}"
    return f"remove {wild or given}{at}"


def third_person(words: str) -> str:
    """``sends to`` of ``send to``."""
    first, blank, rest = words.partition(" ")
    return first + ("es" if first.endswith("sh") else "s") + blank + rest


def statement_place(case: Case, step: Step) -> str:
    """``(line 12)`` of the statement that grants the write, with its file where that is not the finding's own."""
    if step.write is None:
        return ""
    span = step.write.span
    if span.file == case.finding.span.file:
        return f" (line {span.line})"
    return f" ({case.editors.short(f'{span.file}:{span.line}')})"


def the_code(case: Case, step: Step) -> str:
    """The actor by its code, or with a word on that it was not found: then nothing speaks of what it does."""
    if step.statement is not None and step.statement.through is not None:
        return case.holder(step)
    actor = case.label(step.write.actor) if step.write is not None else ""
    if step.write is None or not declared(step.write.actor.service).runs_handler:
        return actor
    found = case.reader is None or _is_found(case, step)
    if found:
        return f"the code of {actor}"
    said = case.said(step)
    _, _, candidates = said.reason.partition(FIT_EQUALLY) if said is not None else ("", "", "")
    return f"{actor} (code not found: look at {candidates})" if candidates else f"{actor} (code not found)"


def _is_found(case: Case, step: Step) -> bool:
    """Was any code of the actor read?"""
    said = case.said(step)
    return said is not None and bool(said.read or said.site is not None or said.named is not None)
