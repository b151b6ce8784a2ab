"""A loop that the code itself may bound: the finding is accepted with that bound as the reason, or it is looked for.

Where more than about 16 rounds are meant, Lambda has to be told so, or it ends the work in the middle:
https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from recursion_lint.code.round_limits import (
    cited,
    counted_to,
    held_rounds,
    invoked_by_library,
    limit_name,
    limit_value,
    names_a_maximum,
    same_name,
)
from recursion_lint.graph.cycle_search import Step
from recursion_lint.model.text import literal
from recursion_lint.remedies.accepting import suppress
from recursion_lint.remedies.case import Case, Offer
from recursion_lint.remedies.needs import declared_need
from recursion_lint.remedies.safety_nets import functions_of
from recursion_lint.remedies.unread_code import does_it, the_code, without

if TYPE_CHECKING:
    from recursion_lint.assessment.evidence.said import Said

STOPPED_AFTER = 16
"""Lambda stops a loop that it sees after about so many rounds."""

_LONGEST = 60
_COST = "nothing changes: as long as the test stands, the work is done again only where it is meant"
_ALLOW = f"set RecursiveLoop: Allow where more than about {STOPPED_AFTER} rounds are meant"


def accepted(case: Case, fits: Callable[[Case, Step], bool]) -> Iterator[Offer]:
    """A test in the code that may be what ends the loop, of a step that ``fits``: the reason to accept it."""
    found = []
    for step in case.cycle:
        said = case.said(step)
        if step.write is None or said is None or said.site is None or not said.guards or not said.telling:
            continue
        if said.verdict in ("conditional", "stops-itself") and fits(case, step):
            found.append((step, said))
    # Of a ring that several functions make, one that ends it is enough.
    for step, said in sorted(found, key=lambda one: not one[1].ends)[:1]:
        yield _with_test(case, step, said)


def _with_test(case: Case, step: Step, said: Said) -> Offer:
    place, most = case.call_place(step), _most_rounds(case, step, said.ends)
    if said.ends:
        at = case.test_place(step) or place
        because = (
            f"if the test at {case.editors.short(at)} ends the loop: {_brief(bare_condition(said.ends))}"
        )
    elif len(said.guards) == 1:
        because = f"if the condition before {case.editors.short(place)} bounds the loop"
    else:
        because = f"if the conditions before {case.editors.short(place)} bound the loop"
    return Offer(
        "accept-bounded",
        _allowed(case, most) + f"ccept the finding {because}",
        case.hop(step.write) if step.write is not None else None,
        _COST,
        f"{_suppressed(case, 'the test', most)}; where the test before {place} lets each round through, count the "
        "rounds instead" + _where_more(case, most),
        "manual",
        first=True,
    )


def _brief(condition: str) -> str:
    """A condition that fits into a title: the whole of it stands above, as what speaks against the loop."""
    return condition if len(condition) <= _LONGEST else condition[: _LONGEST - 1].rstrip() + "…"


def decided(case: Case) -> Iterator[Offer]:
    """A definition that decides itself whether the loop goes on: the reason to accept it."""
    step = next((one for one in case.cycle if one.guard), None)
    if step is not None and step.write is not None:
        yield Offer(
            "accept-bounded",
            f"Accept the finding if that ends the loop: {step.guard}",
            case.hop(step.write),
            _COST,
            f"{suppress(case, 'what ends it')}; where nothing does, count the rounds in the input",
            "manual",
            first=True,
        )


def bare_condition(guard: str) -> str:
    """A condition as it stands in the code, however it turns out, and of several the one that ends the loop."""
    while guard.startswith("not (") and guard.endswith(")"):
        guard = guard[5:-1]
    return cited(guard)


def rounds_meant(case: Case, step: Step, said: Said) -> int | None:
    """How many rounds the test lets through that ends the loop; ``None`` where that is not known."""
    return _most_rounds(case, step, said.ends)


def perhaps_bounded(case: Case, step: Step) -> Offer:
    """Code that was not read to the end may bound the loop by a name that tells, or in a way that a person finds."""
    actor = case.label(step.write.actor) if step.write is not None else ""
    texts = case.reader.texts(step) if case.reader is not None else ()
    itself = step.write is not None and step.write.channel == step.write.actor
    library = invoked_by_library(texts) if itself else None
    if library is not None:
        name, file, line = library
        at = case.editors.short(f"{file}:{line}")
        title = f"Accept the finding: {name} invokes {actor} once for each lazy listener ({at})"
        cost = f"nothing changes: {name} starts no listener of an invocation that it has made itself"
        steps = _suppressed(case, f"the lazy listeners of {name}", 1)
        return Offer("accept-bounded", title, None, cost, steps, "manual", first=True)
    held = held_rounds(texts)
    if held is None:
        return if_ever(case, step)
    most = held.most if held.most is not None else _limit(case, step, held.name)
    begin = _allowed(case, most)
    if most is None and case.finding.runtime_protection == "stops":
        named = " and ".join(place.id for place in functions_of(case)) or "its functions"
        begin = f"If {held.name} may be more than {STOPPED_AFTER}, set RecursiveLoop: Allow on {named}; a"
    at = case.editors.short(f"{held.file}:{held.line}")
    title = f"ccept the finding if {held.name} bounds the rounds of {actor} ({at})"
    return Offer(
        "accept-bounded",
        begin + title,
        case.hop(step.write) if step.write is not None else None,
        _COST,
        f"{_suppressed(case, held.name, most)}; where nothing bounds it, put a counter into what is sent, and stop at "
        "a maximum" + _where_more(case, most),
        "manual",
        first=True,
    )


def if_ever(case: Case, step: Step) -> Offer:
    """Whether the code does it at all is asked before what bounds it: the permission may be left over."""
    write, does = step.write, does_it(case, step)
    who = the_code(case, step)
    kept = bool(declared_need(case, step))
    title = f"If {who} never {does}, {without(case, step)}; if it does, accept the finding with "
    if kept:
        title = f"Accept the finding if {who} never {does}, or with "
    return Offer(
        "accept-bounded",
        title + "what bounds its rounds",
        case.hop(write) if write is not None else None,
        "nothing changes where the loop is meant and bounded"
        + ("" if kept else "; no cost where nothing uses the permission"),
        f"{_suppressed(case, 'what bounds it')}{_look_at(case, step)}; where nothing bounds it, put a counter into "
        "what is sent, and stop at a maximum" + _where_more(case, None),
        "manual",
        first=True,
    )


def _look_at(case: Case, step: Step) -> str:
    """Where a person looks first: by its name alone a variable may bound pages or tries within one round as well."""
    mentions = case.mentions(step.write.actor) if step.write is not None else ()
    named = next((one for one in mentions if names_a_maximum(one.name)), None)
    if named is None:
        return ""
    at = case.editors.short(f"{named.span.file}:{named.span.line}")
    return f" (look at what the code compares with {named.name}, {at})"


def _suppressed(case: Case, reason: str, most: int | None = None) -> str:
    return suppress(case, reason, allowed=_stops_more(case, most))


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
    if most is not None or case.finding.runtime_protection != "stops":
        return ""
    return f"; {_ALLOW}, and name recursion-detection-off beside {case.finding.rule}"


def _most_rounds(case: Case, step: Step, condition: str) -> int | None:
    name = limit_name(condition)
    return _limit(case, step, name) if name else counted_to(condition)


def _limit(case: Case, step: Step, name: str) -> int | None:
    """The number behind the name of a maximum: of a variable of the template, or in the code."""
    if step.write is None or case.reader is None:
        return None
    values = [literal(one.value) for one in case.mentions(step.write.actor) if same_name(one.name, name)]
    numbers = [int(value) for value in values if value is not None and value.isdecimal()]
    return max(numbers) if numbers else limit_value(name, case.reader.texts(step))
