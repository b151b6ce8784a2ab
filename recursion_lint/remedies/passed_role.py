"""A step that a service takes by a role which it is passed: the role delivers results, so it keeps its right to.

What may be too much is that a function can pass it, or that the role may write where its results start a job again.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from recursion_lint.graph.cycle_search import Step
from recursion_lint.iam.actions import matches_action
from recursion_lint.remedies.accepting import suppress
from recursion_lint.remedies.case import Case, Offer
from recursion_lint.remedies.channels import as_sub, is_outward
from recursion_lint.remedies.narrow_grant import permission
from recursion_lint.remedies.triggering_keys import loop_patterns
from recursion_lint.remedies.unread_code import TAKEN_AWAY
from recursion_lint.services.registry import declared

_LED_ELSEWHERE = ("second-", "use-other-", "two-buckets", "key-filter")
_LETTERS = re.compile("[A-Za-z]+")


def passing(case: Case, step: Step, offers: Iterable[Offer]) -> Iterator[Offer]:
    """``offers``; for a step by a passed role first what lets the actor pass it, and nothing that stops its service."""
    through = step.statement.through if step.statement is not None else None
    if through is None or not through.passed or step.write is None:
        yield from offers
        return
    others = _other_passers(case, step)
    yield _not_passed(case, step, through.holder, others)
    for offer in offers:
        if offer.id in TAKEN_AWAY or offer.id == "accept-bounded":
            continue
        if not offer.id.startswith(_LED_ELSEWHERE):
            yield offer
        elif not others and not _results_expected(case, step):
            yield offer._replace(applicability="manual", make=tuple)


def _not_passed(case: Case, step: Step, role: str, others: tuple[str, ...]) -> Offer:
    actor = case.label(step.write.actor) if step.write is not None else ""
    given, channel = permission(step) or "the write", case.label(step.end.trigger.channel)
    remove = f"remove iam:PassRole on {role} from {actor}{_place(case, step)}"
    keys = " or ".join(as_sub(one) or "" for one in loop_patterns(case, step))
    bounded = "accept the finding with what bounds its rounds"
    if not keys or others or _results_expected(case, step):
        does = bounded
    else:
        does = f"allow {role} {given} on {channel} only at the prefix of its results, away from {keys}, or {bounded}"
    kept = f"{role} keeps {given}: the service delivers its results by it"
    if others:
        kept += f", also for {' and '.join(others[:2])}" + (
            f" and {len(others) - 2} more" * (len(others) > 2)
        )
    runs = step.write is not None and declared(step.write.actor.service).runs_handler
    who = f"the code of {actor}" if runs else actor
    title = f"If {who} starts no job with {role}, {remove}; if it does, {does}"
    if _never_passes(case, step):
        title = f"{remove[0].upper()}{remove[1:]}: its code names no role and no such service"
    return Offer(
        "drop-grant",
        title,
        case.hop(step.write) if step.write is not None else None,
        kept,
        f"take iam:PassRole on {role} out of the policy of {actor}, with the actions that start its jobs; or "
        f"{suppress(case, 'what bounds its rounds')}",
        "manual",
        first=True,
    )


def _place(case: Case, step: Step) -> str:
    """Where the actor is allowed to pass roles: ``(line 12)``; nothing where several statements allow it."""
    if step.write is None:
        return ""
    lines = {
        one.span
        for one, _ in case.graph.grants.statements(step.write.actor)
        if one.through is None and any(matches_action(action, "iam", "PassRole") for action in one.actions)
    }
    span = next(iter(lines)) if len(lines) == 1 else None
    if span is None:
        return ""
    if span.file == case.finding.span.file:
        return f" (line {span.line})"
    return f" ({case.editors.short(f'{span.file}:{span.line}')})"


def _other_passers(case: Case, step: Step) -> tuple[str, ...]:
    """Who else may have a service act by the role: what it writes is meant for them, and for who waits for it."""
    if step.statement is None or step.write is None:
        return ()
    held = case.graph.grants.holders(step.statement.span)
    return tuple(sorted({case.label(one) for one in held if one != step.write.actor}))


def _results_expected(case: Case, step: Step) -> bool:
    """Do the keys that start the loop say that results are waited for there: ``output/…``?"""
    words = [word for one in loop_patterns(case, step) for word in _LETTERS.findall(as_sub(one) or "")]
    return any(map(is_outward, words))


def _never_passes(case: Case, step: Step) -> bool:
    """Was all code of the actor read, and does it name neither a role nor the service that would act by it?"""
    if case.reader is None or step.write is None or step.statement is None or step.statement.through is None:
        return False
    service = step.statement.through.words.rpartition(" to ")[2].rpartition(".")[2]
    return all(case.reader.never_names(step.write.actor, word) for word in ("role", service))
