"""A loop that the code itself may bound: the finding is accepted with that bound as the reason, or it is looked for.

Where more than about 16 rounds are meant, Lambda has to be told so, or it ends the work in the middle:
https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from recursion_lint.code.round_limits import (
    held_rounds,
    invoked_by_library,
    limit_name,
    limit_value,
    same_name,
)
from recursion_lint.graph.cycle_search import Step
from recursion_lint.model.text import literal
from recursion_lint.remedies.case import Case, Offer
from recursion_lint.remedies.safety_nets import functions_of

if TYPE_CHECKING:
    from recursion_lint.assessment.evidence.code_verdicts import Said

STOPPED_AFTER = 16
"""Lambda stops a loop that it sees after about so many rounds."""

_COST = "nothing changes: as long as the test stands, the work is done again only where it is meant"
_ALLOW = f"set RecursiveLoop: Allow where more than about {STOPPED_AFTER} rounds are meant"


def accepted(case: Case, fits: Callable[[Case, Step], bool]) -> Iterator[Offer]:
    """A test in the code that may be what ends the loop, of the first step that ``fits``: the reason to accept it."""
    for step in case.cycle:
        said = case.said(step)
        if step.write is None or said is None or said.site is None or not said.guards:
            continue
        if said.verdict not in ("conditional", "stops-itself") or not fits(case, step):
            continue
        yield _with_test(case, step, said)
        return


def _with_test(case: Case, step: Step, said: Said) -> Offer:
    place, most = case.call_place(step), _most_rounds(case, step, said.ends)
    if said.ends:
        because = f"if the test before {_short(place)} ends the loop: {_bare(said.ends)}"
    elif len(said.guards) == 1:
        because = f"if the condition before {_short(place)} bounds the loop"
    else:
        because = f"if the conditions before {_short(place)} bound the loop"
    return Offer(
        "accept-bounded",
        _allowed(case, most) + f"ccept the finding {because}",
        case.hop(step.write) if step.write is not None else None,
        _COST,
        f"{_suppressed(case, 'the test')}; where the test before {place} lets each round through, count the rounds "
        "instead" + _where_more(case, most),
        "manual",
        first=True,
    )


def _bare(guard: str) -> str:
    """A condition as it stands in the code, however it turns out."""
    while guard.startswith("not (") and guard.endswith(")"):
        guard = guard[5:-1]
    return guard


def _short(place: str) -> str:
    """A file's own name and the line: the whole path stands beside the loop."""
    return place.rpartition("/")[2]


def perhaps_bounded(case: Case, step: Step) -> Offer:
    """Code that was not read to the end may bound the loop by a name that tells, or in a way that a person finds."""
    actor = case.label(step.write.actor) if step.write is not None else ""
    texts = case.reader.texts(step) if case.reader is not None else ()
    itself = step.write is not None and step.write.channel == step.write.actor
    library = invoked_by_library(texts) if itself else None
    held = held_rounds(texts) if library is None else None
    most, cost = None, _COST
    if library is not None:
        name, file, line = library
        title = (
            f"Accept the finding: {name} invokes {actor} once for each lazy listener ({_short(file)}:{line})"
        )
        cost = f"nothing changes: {name} starts no listener of an invocation that it has made itself"
        steps = _suppressed(case, f"the lazy listeners of {name}")
        return Offer("accept-bounded", title, None, cost, steps, "manual", first=True)
    if held is not None:
        most = _limit(case, step, held.name)
        title = (
            f"ccept the finding if {held.name} bounds the rounds of {actor} ({_short(held.file)}:{held.line})"
        )
        steps = _suppressed(case, held.name)
    else:
        does = "sends on" if not itself else "invokes itself"
        title = f"ccept the finding if the code of {actor} bounds how often it {does}; else count the rounds there"
        steps = _suppressed(case, "what bounds it")
    return Offer(
        "accept-bounded",
        _allowed(case, most) + title,
        case.hop(step.write) if step.write is not None else None,
        cost,
        f"{steps}; where nothing bounds it, put a counter into what is sent, and stop at a maximum"
        + _where_more(case, most),
        "manual",
        first=True,
    )


def _suppressed(case: Case, reason: str) -> str:
    return f"suppress it with # recursion-lint: ignore[{case.finding.rule}] -- and {reason} as the reason"


def _stops_more(case: Case, most: int | None) -> bool:
    return case.finding.runtime_protection == "stops" and most is not None and most > STOPPED_AFTER


def _allowed(case: Case, most: int | None) -> str:
    """How the title begins: Lambda has to be told, where more rounds are meant than it lets through."""
    if not _stops_more(case, most):
        return "A"
    named = " and ".join(place.id for place in functions_of(case)) or "its functions"
    return (
        f"Set RecursiveLoop: Allow on {named} (up to {most} rounds are meant, Lambda stops it after about "
        f"{STOPPED_AFTER}), and a"
    )


def _where_more(case: Case, most: int | None) -> str:
    """The same where it is not known how many rounds are meant."""
    return f"; {_ALLOW}" if most is None and case.finding.runtime_protection == "stops" else ""


def _most_rounds(case: Case, step: Step, condition: str) -> int | None:
    name = limit_name(condition)
    return _limit(case, step, name) if name else None


def _limit(case: Case, step: Step, name: str) -> int | None:
    """The number behind the name of a maximum: of a variable of the template, or in the code."""
    if step.write is None or case.reader is None:
        return None
    for mention in case.mentions(step.write.actor):
        value = literal(mention.value) if same_name(mention.name, name) else None
        if value is not None and value.isdecimal():
            return int(value)
    return limit_value(name, case.reader.texts(step))
