"""Which condition before a write ends the loop: the one that what was written does not pass in the next round.

What the code shows of that goes first: a condition that surely fails then, a maximum of rounds, a time, a constant that
is another one than what is written, the token of the next page. Batches, records and settings end nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from recursion_lint.code.asked_parts import (
    LOGIC,
    OF_A_BATCH,
    asks_for_a_change,
    depended_on,
    never_set,
    of_this_round,
    parts,
    runs_out,
    skips_a_part,
)
from recursion_lint.code.calls import (
    Alternatives,
    CallResult,
    CallSite,
    EventPath,
    Guard,
    Literal,
    ObjectValue,
    Pure,
    Value,
)
from recursion_lint.code.comebacks import comeback
from recursion_lint.code.deciding import UNTOLD, decide
from recursion_lint.code.record_images import holds_for_changes, of_another_kind
from recursion_lint.code.replay import WorkedOut, holds_again, in_next_round
from recursion_lint.code.round_limits import compares_rounds, compares_time, counted_to, same_name
from recursion_lint.code.values import made_of

_DEEPEST = 14
_STORED = ("s3", "dynamodb")
"""What is read back from these is what the write has put there."""
_NO_BOUND = re.compile(
    r"refused|status_?code|statustext|status[\"'\])]*\s*={2,3}\s*[\"'](?:success|succeeded|ok)\b|\bok\b|isempty|is_empty|(?:\.(?:length|size\(\))|len\([^)]*\))\s*={2,3}\s*0",
    re.IGNORECASE,
)
_LOOKS_FOR_NOTHING = re.compile(r"(?i)(undefined|null|none|empty|nan|length ?={2,3} ?0)")
_ABSENT = re.compile(r"^(?:not |!)\s*\(?[\w.\[\]'\" ]+\)?$|^not \([\w. ]+ or [\w. ]+\)$")
_WRITE_CONDITION = "only if "
_EXISTS = re.compile(r"attribute_exists\s*\([^)]*\)", re.IGNORECASE)
_EQUALS = re.compile(r"#?[\w.]+\s*=\s*(:\w+)")

_PAGE = re.compile(
    r"next_?(?:page_?)?(?:token|marker)|last_?evaluated_?key|continuation|cursor|^marker$", re.IGNORECASE
)
_COMPARED = re.compile(
    r"(?:[\w.?\[\]'\"]*?(?:\.|\[[\"']|\.get\([\"']))?(?P<name>[A-Za-z_]\w*)(?:[\"']\]|[\"']\)|\(\))?"
    r"\s*(?P<how>={2,3}|!={1,2}|\bnot\s+in\b|\bin\b)\s*"
    r"(?P<texts>[\[({]?(?:\s*[\"'][^\"']*[\"']\s*,?)+\s*[\])}]?)"
)
"""A field that is compared to constants: ``record["type"] == "END"``, ``type in ["A", "B"]``."""
_AND = re.compile(r"\s+and\s+|\s*&&\s*")
_TEXTS = re.compile(r"[\"']([^\"']*)[\"']")
SAYS_NOTHING = 3
"""The rank of a condition that ends no loop."""
_MOST_VARIANTS = 16


def deciding(
    written: CallSite,
    came: CallSite | None,
    channel: str,
    others: Sequence[CallSite] = (),
    changed: Collection[str] = (),
    told_anywhere: Collection[str] | None = None,
) -> Guard | None:
    """The condition of ``written`` that ends the loop; ``None`` where none is known to.

    ``came`` is the call that wrote what starts the next round, ``None`` where that is not known: ``written`` itself
    where a function starts itself. ``channel`` is the service of the channel between the two, as for ``replay``. A
    condition that only chooses between ``written`` and ``others``, the other calls that write there, ends nothing.
    ``changed`` are the services whose state the code changes: what is left to do there may come to an end. A mark that
    is not in ``told_anywhere``, the names and texts that the code writes, ends nothing; ``None`` where that is unknown.
    """
    turned = {(guard.text, not guard.holds) for other in others for guard in other.guards}
    told = [guard for guard in written.guards if not guard.on_error and guard.text and _whole(guard.text)]
    told = [guard for guard in told if (guard.text, guard.holds) not in turned]
    asked = [guard for guard in told if not says_nothing(guard, written)]
    # What holds for what is written as well lets each round through, unless it is the time that passes.
    worked_out: WorkedOut = {}
    again = [guard for guard in asked if not passes(guard, written, came, channel, worked_out)]
    sure = {guard: fails(guard, came, channel, worked_out) for guard in again} if came is not None else {}
    if any(sure.values()):
        return max(sure, key=sure.__getitem__)
    for fits in (_held, _counted):
        found = next((guard for guard in again if fits(guard)), None)
        if found is not None:
            return found
    timed = next((guard for guard in asked if compares_time(guard.text)), None)
    if timed is not None:
        return timed
    if told_anywhere is not None and came is written:
        again = [guard for guard in again if not never_set(guard, told_anywhere)]
    found = _by_what_came(again, written, came, channel)
    found = found or next((guard for guard in told if runs_out(guard, changed)), None)
    return found or _left([guard for guard in again if not skips_a_part(guard, written)])


def _by_what_came(
    guards: Sequence[Guard], written: CallSite, came: CallSite | None, channel: str
) -> Guard | None:
    """The first condition on what was written before, or on what is handed on to the next round."""
    for fits in (asks_for_a_change, lambda guard: came is not None and _moved(guard, came, channel)):
        found = next((guard for guard in guards if fits(guard)), None)
        if found is not None:
            return found
    for guard in guards:
        if _hands_on_a_page(guard, written):
            return guard
    found = next((guard for guard in guards if _read_back(guard, channel)), None)
    return found or next((guard for guard in guards if _answered(guard)), None)


def _answered(guard: Guard) -> bool:
    """Does the condition look at what another function, which does the work, has answered?"""
    parts_asked = (part for part in depended_on(guard.test) if isinstance(part, CallResult))
    return any(part.operation == "Invoke" and part.path != ("exception",) for part in parts_asked)


def _left(guards: Sequence[Guard]) -> Guard | None:
    """The one condition that is left, of those that look at more than whether a list has elements."""
    telling = [guard for guard in guards if any(True for _ in depended_on(guard.test))]
    found = _only(telling)
    if found is not None and len(telling) < len(guards) and _asks_whether_it_is_there(found):
        return None
    return found


def _only(guards: Sequence[Guard]) -> Guard | None:
    """The one condition that is left: it ends the loop, if anything does."""
    for left in (guards, [guard for guard in guards if not _asks_whether_it_is_there(guard)]):
        if len(left) == 1:
            return left[0]
    return None


def rank(
    guard: Guard,
    written: CallSite,
    came: CallSite | None,
    channel: str,
    worked_out: WorkedOut | None = None,
) -> int:
    """How little a condition says of whether the loop ends: what compares rounds says most, a look at a batch least."""
    if says_nothing(guard, written) or passes(guard, written, came, channel, worked_out):
        return SAYS_NOTHING
    if _asks_whether_it_is_there(guard):
        return 2
    return 0 if _held(guard) or _counted(guard) else 1


def says_nothing(guard: Guard, written: CallSite) -> bool:
    """Is a condition about whether a call went well, about a batch, a setting, or an item that is there in any case?"""
    if (
        guard.on_error
        or _NO_BOUND.search(guard.text) is not None
        or OF_A_BATCH.search(guard.text) is not None
    ):
        return True
    timed = compares_time(guard.text) or "<" in guard.text or ">" in guard.text
    if not timed and made_of(guard.test) in ({"environment"}, {"context"}):
        return True
    if not compares_time(guard.text) and of_this_round(guard):
        return True
    if guard.text.startswith(_WRITE_CONDITION):
        return _holds_for_an_item(guard.text, written)
    # Who asks for a next page and does not hand its token on begins with the first one again.
    return bool(_pages(guard)) and not _hands_on_a_page(guard, written)


def _holds_for_an_item(text: str, written: CallSite) -> bool:
    """Does the condition of a write ask for no more than that the item is there, by name or by its own key?"""
    key = [part for _, part in written.key.fields] if isinstance(written.key, ObjectValue) else []
    values = written.value("values")
    for part in re.split(r"\s+and\s+", text.removeprefix(_WRITE_CONDITION), flags=re.IGNORECASE):
        compared = _EQUALS.fullmatch(part.strip(" ()"))
        given = values.get(compared[1]) if compared is not None and isinstance(values, ObjectValue) else None
        if _EXISTS.fullmatch(part.strip()) is None and (given is None or given not in key):
            return False
    return True


def fails(guard: Guard, came: CallSite, channel: str, worked_out: WorkedOut | None = None) -> int:
    """How surely a condition fails for what the call ``came`` has written; 0 where nothing says that it does.

    3: by the values, 2 and 1: by the names of what it compares, with and without the very constant that is written.
    """
    again = in_next_round(guard.test, came, channel, 0, worked_out)
    if again != guard.test and decide(again) not in (None, guard.holds):
        return 3
    if of_another_kind(guard, came, channel) == (not guard.holds):
        return 3
    told, failing = _by_name(guard, came)
    return 0 if not failing else 2 if f'"{told}"' in guard.text or f"'{told}'" in guard.text else 1


def passes(
    guard: Guard,
    written: CallSite,
    came: CallSite | None,
    channel: str,
    worked_out: WorkedOut | None = None,
) -> bool:
    """Does a condition hold for what was written as well, whatever else comes?"""
    if came is None:
        return False
    if came is written and holds_again(written, guard, channel, worked_out) is True:
        return True
    again = in_next_round(guard.test, came, channel, 0, worked_out)
    if again != guard.test and decide(again) == guard.holds:
        return True
    told, failing = _by_name(guard, came)
    if (told and not failing) or of_another_kind(guard, came, channel) == guard.holds:
        return True
    if holds_for_changes(guard, came, channel):
        return True
    defaults = any(isinstance(part, Alternatives) for part in parts(guard.test))
    return defaults and _same_constant(again, guard.holds)


def _same_constant(again: Value, holds: bool) -> bool:
    """Does a condition hold by a constant that is just what was written, whatever stands for it where it is missing?"""
    return isinstance(again, (Pure, Alternatives)) and any(
        decide(one) == holds and any(_equal_texts(part) for part in parts(one)) for one in _variants(again)
    )


def _equal_texts(part: Value) -> bool:
    if not isinstance(part, Pure) or part.name != "==" or len(part.arguments) != 2:
        return False
    first, second = part.arguments
    return isinstance(first, Literal) and first == second and isinstance(first.value, str)


def _variants(value: Value, depth: int = 0) -> list[Value]:
    """A test for each way that its parts may turn out."""
    if isinstance(value, Alternatives):
        return [one for option in value.options for one in _variants(option, depth + 1)][:_MOST_VARIANTS]
    if not isinstance(value, Pure) or value.name not in LOGIC or depth > _DEEPEST:
        return [value]
    found: list[tuple[Value, ...]] = [()]
    for argument in value.arguments:
        more = _variants(argument, depth + 1)
        found = [(*before, one) for before in found for one in more][:_MOST_VARIANTS]
    return [Pure(value.name, arguments) for arguments in found]


def _by_name(guard: Guard, came: CallSite) -> tuple[str, bool]:
    """The constant that ``came`` writes into a field which is compared by its name, and whether the condition fails."""
    written = dict(_constants(value for _, value in came.content))
    either = " or " in guard.text or "||" in guard.text or not guard.holds
    for part in [guard.text] if either else _AND.split(guard.text) if written else ():
        found = _COMPARED.fullmatch(part.strip(" ()"))
        told = found and next(
            (text for name, text in written.items() if same_name(name, found["name"])), None
        )
        if found is not None and told is not None:
            equal = (told in _TEXTS.findall(found["texts"])) == (found["how"] in ("==", "===", "in"))
            return told, equal != guard.holds
    return "", False


def _constants(values: Iterable[Value], depth: int = 0) -> Iterable[tuple[str, str]]:
    """The fields of what is written that always hold one text."""
    for value in values if depth < _DEEPEST else ():
        if isinstance(value, ObjectValue):
            for name, part in value.fields:
                if isinstance(part, Literal) and isinstance(part.value, str):
                    yield name, part.value
                elif isinstance(part, ObjectValue) and len(part.fields) == 1 and part.fields[0][0] == "S":
                    yield from ((name, text) for _, text in _constants((part,), depth + 1))
                else:
                    yield from _constants((part,), depth + 1)
        elif isinstance(value, Pure):
            yield from _constants(value.arguments, depth + 1)


def _held(guard: Guard) -> bool:
    return compares_rounds(guard.text)


def _counted(guard: Guard) -> bool:
    return counted_to(guard.text) is not None


def _moved(guard: Guard, came: CallSite, channel: str) -> bool:
    """Does the condition look at a part of the event that the write makes another one of?"""
    return any(
        isinstance(part, EventPath) and part.path and comeback(part, came, channel) not in (part, UNTOLD)
        for part in depended_on(guard.test)
    )


def _hands_on_a_page(guard: Guard, written: CallSite) -> bool:
    """Is there another page to be read, whose token is handed on? The last one ends the loop."""
    tokens = _pages(guard)
    sent = [part for _, value in written.content for part in parts(value)] if tokens else []
    return any(token in sent for token in tokens)


def _pages(guard: Guard) -> list[CallResult]:
    """The tokens of further pages that a condition looks at."""
    found = (part for part in parts(guard.test) if isinstance(part, CallResult) and part.path)
    return [part for part in found if _PAGE.search(part.path[-1])]


def _read_back(guard: Guard, channel: str) -> bool:
    """Does the condition look at what the write has put where it is read from?"""
    if channel not in _STORED:
        return False
    if any(source.startswith(f"sdk:{channel}.") for source in made_of(guard.test)):
        return True
    return any(
        isinstance(part, CallResult)
        and part.service == channel
        and part.path[:1] not in (("exception",), ("ResponseMetadata",), ("$metadata",))
        for part in parts(guard.test)
    )


def _asks_whether_it_is_there(guard: Guard) -> bool:
    """Does the code only leave where something that it needs is missing?"""
    return _LOOKS_FOR_NOTHING.search(guard.text) is not None or (
        not guard.holds and _ABSENT.fullmatch(guard.text) is not None
    )


def _whole(text: str) -> bool:
    """Is a condition given in full, so that it can be cited?"""
    depth = 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if depth < 0:
            return False
    return depth == 0 or text.endswith("…")
