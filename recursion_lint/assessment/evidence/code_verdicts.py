"""What a handler's code says about one granted step of a loop: that it is taken, that it is not, or nothing.

Whatever is not certain is said in the loop's favour: a gap, a guess, a value that is not known keep it alive.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from recursion_lint.assessment.evidence.code_content import (
    below_another_folder,
    in_later_rounds,
    produced,
    same_key,
    stands,
)
from recursion_lint.assessment.evidence.code_values import Around, Relation, around, settings, usual
from recursion_lint.assessment.evidence.default_keys import keys_by_default
from recursion_lint.assessment.evidence.handler_code import FunctionCode
from recursion_lint.assessment.evidence.handler_inputs import known_before
from recursion_lint.assessment.evidence.machine_inputs import passing, replayed
from recursion_lint.assessment.evidence.own_items import as_told
from recursion_lint.assessment.evidence.said import Said
from recursion_lint.assessment.evidence.verdicts_by_name import by_names
from recursion_lint.code.any_event import of_any_event
from recursion_lint.code.asked_parts import read_went_well, told_by
from recursion_lint.code.ending_tests import SAYS_NOTHING, deciding, rank
from recursion_lint.code.event_forms import missing
from recursion_lint.code.replay import Replayed, WorkedOut, holds_again
from recursion_lint.code.round_limits import as_written
from recursion_lint.code.sdk_calls import complete, operation
from recursion_lint.code.settings import Known, switched_off, with_settings
from recursion_lint.code.stream_records import deletes
from recursion_lint.graph.event_graph import EventGraph
from recursion_lint.graph.matching import Meeting, meet
from recursion_lint.graph.paths import Cycle, Step, carried
from recursion_lint.model.facts import Write
from recursion_lint.services.registry import declared

if TYPE_CHECKING:
    from recursion_lint.code.by_name.names_only import Named
    from recursion_lint.code.calls import CallSite, Gap, Implied


class _Row(NamedTuple):
    """A call on the channel's service: how its target stands to the channel, and how what it writes is accepted."""

    site: CallSite
    relation: Relation
    meeting: Meeting | None
    unusual: bool = False
    """It is accepted only where a parameter has not its default."""

    @property
    def live(self) -> bool:
        """May it reach the trigger?"""
        return self.relation != "different" and self.meeting is not None


def verdict(graph: EventGraph, step: Step, cycle: Cycle, code: FunctionCode) -> Said:
    """What ``code``, that of the step's function, says of a granted step of ``cycle``."""
    service = step.write.service if step.write is not None else ""
    if code.located is None or code.names is None:
        return Said("unread", code.reason)
    read = tuple(dict.fromkeys((*code.names.files, *(code.calls.files if code.calls is not None else ()))))
    place = around(graph, step, cycle, code.placeholders)
    if code.calls is None:
        return by_names(service, place, code)._replace(read=read)
    if not code.calls.entered:
        reason = code.calls.gaps[0].reason if code.calls.gaps else "the handler was not found in its file"
        return Said("unread", reason, read=read)
    rows = [_row(site, place, cycle) for site in _on(code.calls.calls, service)]
    return _as_set(rows, place, code)._replace(read=read, guessed=not code.exact)


def _on(sites: Iterable[CallSite], service: str) -> list[CallSite]:
    return [site for site in sites if operation(site.operation).channel == service]


def _row(site: CallSite, place: Around, cycle: Cycle) -> _Row:
    found = stands(site, place)
    row = _Row(site, found, _meeting(site, place, cycle) if found != "different" else None)
    write = place.step.write
    if row.meeting is None or row.meeting.extent == "all" or write is None or not _writes_keys(site, place):
        return row
    written = write._replace(produces=produced(site, place))
    told, usual = keys_by_default(written, place.step.end.trigger, place.graph)
    if not told:
        return row
    return row._replace(meeting=usual or row.meeting, unusual=usual is None)


def _writes_keys(site: CallSite, place: Around) -> bool:
    """Does the code say under which keys it writes objects?"""
    told = site.key is not None and operation(site.operation).effect != "trigger"
    return told and declared(place.channel.service).keyed and not same_key(site, place)


def _meeting(site: CallSite, place: Around, cycle: Cycle) -> Meeting | None:
    """How what the call writes meets the trigger, and all that pass it on; ``None``: it is surely refused."""
    step = place.step
    if step.write is None:
        return step.meeting
    if operation(site.operation).effect == "trigger":
        return step.meeting._replace(extent="unknown")
    write = step.write._replace(produces=produced(site, place))
    if declared(place.channel.service).keyed:
        if below_another_folder(site, place):
            return None
        if same_key(site, place) and step.start.number == step.end.number:
            keys = step.write.produces.keys
            write = write._replace(produces=write.produces._replace(keys=keys))
            found = meet(write, step.end.trigger)
            return found._replace(extent="all") if found is not None else None
    found = in_later_rounds(meet(write, step.end.trigger), site, place)
    if found is None:
        return None
    told = tuple(one._replace(write=write, meeting=found) if one is step else one for one in cycle)
    onward = carried(told)
    if onward is None:
        return None
    return max((one.meeting for one in onward if one.write is None or one.write is write), key=_doubt)


def _doubt(meeting: Meeting) -> int:
    return ("all", "some", "unknown").index(meeting.extent)


def _as_set(rows: Sequence[_Row], place: Around, code: FunctionCode) -> Said:
    """The verdict with the values that the template gives to the function's variables.

    What they switch off is not done: it is told where nothing else is.
    """
    given = Known(settings(place))
    off = [row for row in rows if row.live and switched_off(row.site, given)] if given.variables else []
    known = known_before(place)
    held = [(row, guards) for row in rows if row.live and (guards := switched_off(row.site, known))]
    if not off and not held:
        return _decided(rows, place, known, code)
    refused = {id(row) for row in (*off, *(row for row, _ in held))}
    left = [row._replace(meeting=None) if id(row) in refused else row for row in rows]
    said = _decided(left, place, known, code)
    if said.verdict != "elsewhere":
        return said
    if off:
        return said._replace(
            verdict="never",
            reason="the environment variables of the template switch it off",
            site=off[0].site,
            guards=as_written(off[0].site.guards),
        )
    row, guards = held[0]
    words = as_written(guards)
    return said._replace(verdict="stops-itself", site=row.site, guards=words, ends=words[0] if words else "")


def _decided(rows: Sequence[_Row], place: Around, known: Known, code: FunctionCode) -> Said:
    """The verdict, in the order of what weighs most."""
    live = [row for row in rows if row.live]
    here = [row for row in live if row.relation in ("same", "perhaps") and row.site.reached]
    again = _in_later_rounds(live, place, known, code)
    if again is not None and _puts_back(rows, live):
        again = again._replace(outcome="undecided")
    stopped = again is not None and again.outcome == "stops-itself" and _alone(place)
    gaps = _gaps(code)
    implied = _implied(code, place)
    if stopped and again is not None and not gaps and not implied:
        return _stopping(here or live, again, code)
    hot = [row for row in here if not row.site.on_error]
    sure = [row for row in hot if _sure(row, place, again)]
    if sure and code.exact:
        return Said("writes-back", site=sure[0].site, calls=tuple(row.site for row in hot))
    if hot:
        unusual = all(row.unusual for row in live) and not gaps and not implied
        return _conditional(hot, place, known, code)._replace(lowers=1 if unusual else 0)
    unclear = [row for row in live if not row.site.on_error]
    if unclear:
        return Said("may", "where it writes cannot be told", site=unclear[0].site)
    if gaps:
        site = live[0].site if live else None
        return Said("unread", f"{gaps[0].reason} ({gaps[0].file}:{gaps[0].line})", site=site)
    if implied:
        return Said("may", _words_of(implied[0]), site=live[0].site if live else None)
    if live:
        return Said("on-error", site=live[0].site, guards=as_written(live[0].site.guards), lowers=1)
    return _not_done(rows, place, code)


def _in_later_rounds(
    live: Sequence[_Row], place: Around, known: Known, code: FunctionCode
) -> Replayed | None:
    """What the calls lead to in the rounds after the first; ``None`` where there are none."""
    if not live:
        return None
    sites = [with_settings(row.site, known) for row in live]
    told = as_told(sites, code.calls.calls if code.calls is not None else (), place)
    if told != sites:
        again = replayed(told, place)
        if again.outcome == "stops-itself":
            return again
    return replayed(sites, place)


def _puts_back(rows: Sequence[_Row], live: Sequence[_Row]) -> bool:
    """May an item that a call deletes be put back by another one? Then it can be deleted in each round."""
    return any(deletes(row.site) for row in live) and any(
        row.relation != "different" and not deletes(row.site) for row in rows
    )


def _implied(code: FunctionCode, place: Around) -> list[Implied]:
    """The calls on the channel's service in functions that were not entered and may be called without their names."""
    service = place.step.write.service if place.step.write is not None else ""
    found = code.calls.implied if code.calls is not None else ()
    return [one for one in found if operation(one.operation).channel == service]


def _words_of(implied: Implied) -> str:
    return f"{implied.function} may be called without its name ({implied.file}:{implied.line})"


def _alone(place: Around) -> bool:
    """Is the function the only one on the loop that writes by itself? Only then is the next round its own."""
    return sum(1 for step in place.cycle if step.write is not None) == 1 or passing(place) is not None


def _sure(row: _Row, place: Around, again: Replayed | None) -> bool:
    """Is the call made in every round, on this very channel, with something that is accepted in full?"""
    if row.relation != "same" or row.meeting is None or row.meeting.extent != "all":
        return False
    if _missing(row, place) or _off_by_default(row, place):
        return False
    conditions = [guard for guard in row.site.guards if not guard.on_error]
    if not conditions and not deletes(row.site):
        return True
    return _alone(place) and again is not None and again.outcome == "loops"


def _off_by_default(row: _Row, place: Around) -> bool:
    """Is the call not made where parameters have their defaults, and variables that nobody sets are not set?"""
    return bool(switched_off(row.site, Known(usual(place), told=place.variables.keys())))


def _missing(row: _Row, place: Around) -> str:
    """The part of an event that the call needs, where those of the function's trigger on the loop never have it."""
    trigger = place.step.start.trigger
    return "" if trigger.reshaped else missing(row.site, trigger.channel.service, trigger.kind)


def _stopping(rows: Sequence[_Row], again: Replayed, code: FunctionCode) -> Said:
    """The next round is held back by the code's own condition."""
    words = as_written(again.guards) or as_written(rows[0].site.guards)
    return Said(
        "stops-itself",
        site=rows[0].site,
        guards=words,
        ends=words[0] if words and again.guards else "",
        test=again.guards[0] if again.guards else None,
        calls=tuple(row.site for row in rows),
        lowers=2 if code.exact else 1,
    )


def _conditional(hot: Sequence[_Row], place: Around, known: Known, code: FunctionCode) -> Said:
    """The call is made on conditions that cannot be decided; the freest of several calls is told."""
    row = min(
        _going_on(hot, place),
        key=lambda one: (one.unusual, _doubt(one.meeting) if one.meeting else 9, len(one.site.guards)),
    )
    doubts = []
    if row.relation == "perhaps":
        doubts.append("on some ways it writes elsewhere")
    if row.meeting is not None and row.meeting.extent != "all":
        doubts.append(row.meeting.guard or "only some of what it writes is accepted")
    if row.unusual:
        doubts.append("with the defaults of the parameters it writes under keys that are not listened to")
    if absent := _missing(row, place):
        doubts.append(f"the events that start it have no {absent!r}, which it reads")
    if _off_by_default(row, place):
        doubts.append("by default its variables switch it off")
    if not code.exact:
        doubts.append("its code was found by name only")
    partly = row.meeting is not None and row.meeting.extent != "all"
    calls = tuple(one.site for one in hot)
    said = Said("conditional", "; ".join(doubts), site=row.site, partly=partly, calls=calls)
    every = code.calls.calls if code.calls is not None else ()
    said = said._replace(
        always=tuple(one for one in row.site.guards if of_any_event(one, known) or read_went_well(one)),
        told=told_by(every),
        changed=frozenset(one.operation.partition(".")[0] for one in every),
    )
    return _with_end(said, row.site if _alone(place) else None, place.channel.service)


def _with_end(said: Said, came: CallSite | None, channel: str) -> Said:
    """The conditions of a call, first that which ends the loop where ``came`` wrote what starts the next round."""
    if said.site is None:
        return said
    site = said.site._replace(guards=tuple(one for one in said.site.guards if one not in said.always))
    ends = deciding(site, came, channel, said.calls, said.changed, said.told)
    worked_out: WorkedOut = {}
    ranks = {one: rank(one, site, came, channel, worked_out) for one in site.guards if one != ends}
    told = [*sorted(ranks, key=ranks.__getitem__), *said.always]
    words = as_written(([ends] if ends is not None else []) + told)
    return said._replace(
        guards=words,
        ends=words[0] if ends is not None and words else "",
        test=ends,
        telling=ends is not None or any(one < SAYS_NOTHING for one in ranks.values()),
    )


def after(said: Said, before: Said, channel: str) -> Said:
    """What is ``said`` of a function, with what the call ``before`` it has written to the ``channel`` that starts it.

    A call that is followed by no other leaves it as it is.
    """
    if said.verdict != "conditional" or before.site is None:
        return said
    return _with_end(said, before.site, channel)


def _going_on(hot: Sequence[_Row], place: Around) -> Sequence[_Row]:
    """The calls that may follow themselves; others begin the loop, and what they write ends in another branch."""
    service = place.channel.service
    if len(hot) < 2 or not _alone(place):
        return hot
    return [row for row in hot if _may_follow_itself(row.site, service)] or hot


def _may_follow_itself(site: CallSite, service: str) -> bool:
    worked_out: WorkedOut = {}
    return all(holds_again(site, guard, service, worked_out) is not False for guard in site.guards)


def _gaps(code: FunctionCode) -> tuple[Gap, ...]:
    """What was not followed, by either reader."""
    calls = code.calls.gaps if code.calls is not None else ()
    return (*calls, *(code.names.gaps if code.names is not None else ()))


def _not_done(rows: Sequence[_Row], place: Around, code: FunctionCode) -> Said:
    """No call reaches the channel: said only where nothing can have been missed.

    The plain search must agree. A name in a file where no call of it was found may be one that was missed.
    """
    service = place.step.write.service if place.step.write is not None else ""
    if not complete(service) or code.names is None:
        return Said("may", "not every way to write there is an SDK call that is known")
    missed = _missed([row.site for row in rows], code.names.on(service))
    if rows:
        return Said("elsewhere", site=rows[0].site, lowers=1 if missed or not code.exact else 2)
    if missed:
        return Said("never", "no way leads to it", named=missed[0], lowers=1)
    return Said("never", "no such call stands in it", lowers=2 if code.exact else 1)


def _missed(sites: Sequence[CallSite], named: Iterable[Named]) -> list[Named]:
    """The names of which no call was found in their files, by that name or another of the same call."""
    known = {(site.file, site.operation) for site in sites}
    files = {site.file for site in sites}
    return [
        one
        for one in named
        if (one.file, one.operation) not in known and (one.file not in files or not _same_word(one, sites))
    ]


def _same_word(named: Named, sites: Sequence[CallSite]) -> bool:
    """Is a name in a file that of a call which was found there, told by another name of the same call?"""
    return any(site.file == named.file and named.word in site.call for site in sites)


def writes_there(graph: EventGraph, step: Step, code: FunctionCode) -> tuple[Write, ...] | None:
    """All that the code of a granted step's function writes to its channel, whatever listens there.

    ``None`` where that is not known for sure: then the grant alone counts.
    """
    write = step.write
    if write is None or code.names is None or code.calls is None or not code.exact or not code.calls.entered:
        return None
    service = write.service
    if _gaps(code) or not complete(service) or declared(service).keyed:
        return None
    sites = _on(code.calls.calls, service)
    if _missed(sites, code.names.on(service)):
        return None
    place = around(graph, step, (step,), code.placeholders)
    if _implied(code, place):
        return None
    near = [site for site in sites if stands(site, place) != "different"]
    if any(operation(site.operation).effect == "trigger" for site in near):
        return None
    return tuple(write._replace(produces=produced(site, place)) for site in near)
