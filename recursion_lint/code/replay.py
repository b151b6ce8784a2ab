"""The second round: what was written comes back as the event. Does the way to a write stand open again?

The calls are the nodes of a graph. One leads to another where, after the first one's write, no condition of the second
one is surely false. Without a circle the function stops itself; with a circle of conditions that are all true it loops.
"""

from collections.abc import Callable, Sequence
from typing import Literal as OneOf
from typing import NamedTuple

from recursion_lint.code.applying import applied
from recursion_lint.code.calls import (
    Alternatives,
    CallResult,
    CallSite,
    Concatenation,
    EventPath,
    Guard,
    ListValue,
    Literal,
    ObjectValue,
    Pure,
    Unknown,
    Value,
)
from recursion_lint.code.comebacks import comeback, metadata_comeback
from recursion_lint.code.deciding import UNTOLD, decide
from recursion_lint.code.stream_records import deletes, inserts, written_key
from recursion_lint.code.values import ABSENT, concatenated, either, fallen_back, inner, made_of

Outcome = OneOf["stops-itself", "loops", "undecided"]
_MOST_SITES = 48
_DEEPEST = 14
_SETTINGS = frozenset({"environment"})


class Replayed(NamedTuple):
    """What follows from replaying. ``guards`` are the conditions that stop the next round, where it stops itself."""

    outcome: Outcome
    guards: tuple[Guard, ...] = ()


def replay(
    sites: Sequence[CallSite],
    channel: str,
    accepted: frozenset[str] | None = None,
    names: Sequence[str] = (),
) -> Replayed:
    """What the calls of one function that reach its own trigger lead to, in the rounds after the first.

    ``sites`` are all calls that may write to the channel in a way that the trigger accepts (also those with an unknown
    target, and those on errors); leaving one out makes the answer wrong. ``channel`` is the service of the channel
    (``s3``, ``sqs``, ``sns``, ``dynamodb``, ``events``, ``lambda``, ``kinesis``; of others nothing is known). The loop
    must have no other writing function. ``accepted`` are the types of events that the trigger takes, ``None`` for all;
    ``names`` are the attributes of a table's key, as far as they are known.

    ``stops-itself``: after some rounds no call is reached, whatever was unknown. ``loops``: a circle of calls has
    conditions that all hold again, for sure.
    """
    if not sites or len(sites) > _MOST_SITES:
        return Replayed("undecided")
    stopping: dict[Guard, None] = {}
    answers: list[list[bool | None]] = []
    for first in sites:
        refused = _refused(first, accepted)
        answers.append([False] * len(sites) if refused else _row(first, sites, channel, stopping, names))
    if not _circle(answers, lambda answer: answer is not False):
        return Replayed("stops-itself", tuple(stopping))
    sure = [
        [answer if _sure(site) else None for answer, site in zip(row, sites, strict=True)] for row in answers
    ]
    return Replayed("loops" if _circle(sure, lambda answer: answer is True) else "undecided")


def _refused(site: CallSite, accepted: frozenset[str] | None) -> bool:
    """Is none of the events that a call makes one that the trigger takes?"""
    return accepted is not None and bool(site.events) and not accepted & set(site.events)


def _sure(site: CallSite) -> bool:
    return site.reached and not site.on_error


def _row(
    first: CallSite,
    sites: Sequence[CallSite],
    channel: str,
    stopping: dict[Guard, None],
    names: Sequence[str],
) -> list[bool | None]:
    """Does each call write in the round after the first one's write? ``None`` where that cannot be told.

    Calls share their conditions, and conditions their values: each is worked out once.
    """
    known: dict[Guard, bool | None] = {}
    worked_out: WorkedOut = {}
    found: list[bool | None] = []
    for second in sites:
        if deletes(first) and deletes(second) and same_item(first, second, channel):
            found.append(False)
            continue
        if inserts(second) and same_item(first, second, channel, names):
            # What is there already is not made once more.
            found.append(False)
            continue
        for guard in second.guards:
            if guard not in known:
                known[guard] = holds_again(first, guard, channel, worked_out)
            if known[guard] is False:
                stopping[guard] = None
        answers = [known[guard] for guard in second.guards]
        # Only what is there can be deleted.
        unsure = deletes(second) and (deletes(first) or not same_item(first, second, channel))
        found.append(False if False in answers else None if None in answers or unsure else True)
    return found


def same_item(first: CallSite, second: CallSite, channel: str, names: Sequence[str] = ()) -> bool:
    """Is the item that ``second`` writes in the round after ``first`` surely the one that ``first`` wrote?

    ``names`` are the attributes of the table's key, as far as they are known.
    """
    one, other = written_key(first, names), written_key(second, names)
    return (
        one is not None and other is not None and _told(one) and in_next_round(other, first, channel) == one
    )


_CHANGES = frozenset({"INSERT", "MODIFY"})
_INSERTS = "a write under the key of an item that is there modifies it: only new items start it"
_MODIFIES = "a write under a new key inserts an item: only changes of those that are there start it"


def once_only(site: CallSite, accepted: frozenset[str] | None, names: Sequence[str]) -> str:
    """Why a trigger on some kinds of ``accepted`` changes of items may refuse what a call writes, in words, if it may.

    A call that writes one and the same item in every round inserts it in the first at most. ``names`` are the
    attributes of the table's key. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html
    """
    if accepted is None or not set(site.events) >= _CHANGES or len(_CHANGES & accepted) != 1:
        return ""
    if written_key(site, names) is None:
        return _INSERTS if "INSERT" in accepted else _MODIFIES
    again = same_item(site, site, "dynamodb", names)
    if "INSERT" in accepted:
        return _INSERTS if again else ""
    return "" if again else _MODIFIES


def _told(value: Value) -> bool:
    """Is it the same whenever it is worked out in one round?"""
    if isinstance(value, EventPath):
        return "[]" not in value.path[2:]
    return not isinstance(value, (Unknown, CallResult, Alternatives)) and all(map(_told, inner(value)))


def holds_again(
    written: CallSite, guard: Guard, channel: str, worked_out: "WorkedOut | None" = None
) -> bool | None:
    """Does a condition hold in the round after the call ``written``? ``None`` where that cannot be told.

    ``worked_out`` is what is known of the same call already.
    """
    if guard.on_error:
        return None
    test = in_next_round(guard.test, written, channel, 0, {} if worked_out is None else worked_out)
    found = decide(test)
    if found is not None:
        return found == guard.holds
    settings = made_of(guard.test) == _SETTINGS
    if (test != guard.test and not settings) or "unknown" in made_of(test):
        return None
    same = [one.holds for one in written.guards if one.test == guard.test]
    if guard.holds in same:
        return True
    return False if same and settings else None


WorkedOut = dict[tuple[int, int], tuple[Value, Value]]
"""Values in the next round, by what they come from and its depth. That is kept, so that no other takes its place."""


def in_next_round(
    value: Value, written: CallSite, channel: str, depth: int = 0, worked_out: WorkedOut | None = None
) -> Value:
    """A value in the round after the call ``written``; parts that cannot be told are ``UNTOLD``.

    What of the event comes from what was written is given in terms of the round before. ``worked_out`` is what is known
    of this call, as large values share their parts.
    """
    if depth > _DEEPEST:
        return UNTOLD
    known = {} if worked_out is None else worked_out
    if (id(value), depth) not in known:
        known[id(value), depth] = value, _next(value, written, channel, depth, known)
    return known[id(value), depth][1]


def _next(value: Value, written: CallSite, channel: str, depth: int, known: WorkedOut) -> Value:
    def again(part: Value) -> Value:
        return in_next_round(part, written, channel, depth + 1, known)

    if isinstance(value, EventPath):
        return comeback(value, written, channel)
    if isinstance(value, CallResult):
        return metadata_comeback(value, written) if channel == "s3" else UNTOLD
    if isinstance(value, Concatenation):
        return concatenated(again(part) for part in value.parts)
    if isinstance(value, Pure):
        return applied(value.name, tuple(again(part) for part in value.arguments))
    if isinstance(value, Alternatives):
        options = [again(option) for option in value.options]
        return fallen_back(options, decide(options[0])) if value.fallback else either(options)
    if isinstance(value, ListValue):
        return ListValue(tuple(again(item) for item in value.items), value.exact)
    if isinstance(value, ObjectValue):
        if value.rest is not None or value.computed or (value.open and not value.fields):
            return UNTOLD
        return ObjectValue(tuple((name, again(part)) for name, part in value.fields), value.open)
    return value if value == ABSENT or isinstance(value, Literal) or made_of(value) == _SETTINGS else UNTOLD


def _circle(answers: list[list[bool | None]], counts: Callable[[bool | None], bool]) -> bool:
    """Is there a circle in the graph of the answers that count?"""
    size = len(answers)
    reach = [[counts(answers[start][end]) for end in range(size)] for start in range(size)]
    for middle in range(size):
        for start in range(size):
            if reach[start][middle]:
                for end in range(size):
                    reach[start][end] = reach[start][end] or reach[middle][end]
    return any(reach[place][place] for place in range(size))
