"""What the code of functions says of a whole loop, and what that does to how sure and how bad it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from recursion_lint.assessment.confidence import Weighed, hop_confidence
from recursion_lint.assessment.evidence.corroboration import Witnessed
from recursion_lint.graph.cycle_search import Cycle, Step
from recursion_lint.model.findings import Confidence, HopCode, Severity

if TYPE_CHECKING:
    from recursion_lint.assessment.evidence.code_reader import CodeReader
    from recursion_lint.assessment.evidence.said import Said

_CONFIDENCE: dict[Severity, Confidence] = {"error": "likely", "warning": "possible", "info": "weak"}
"""The confidence in a loop whose severity the code has changed."""


class Coded(NamedTuple):
    """The words of the code on the steps of a loop, and how a finding shows them."""

    words: tuple[tuple[Step, Said], ...] = ()
    shown: tuple[HopCode, ...] = ()
    sentences: tuple[str, ...] = ()

    def of(self, step: Step) -> HopCode | None:
        """What the hop of a step shows."""
        found = (shown for (one, _), shown in zip(self.words, self.shown, strict=True) if one is step)
        return next(found, None)

    def settled(self, step: Step) -> bool:
        """Does the code itself say whether a step is taken?"""
        return any(one is step and said.verdict not in ("unread", "may") for one, said in self.words)

    def heard(self, step: Step, words: Iterator[Witnessed]) -> Iterator[Witnessed]:
        """The witnesses on a step that are still asked: none where the code has settled it.

        Where it was read, though not to the end, it may use a variable for anything: then none speaks for the step.
        """
        if self.settled(step):
            return
        partly = any(one is step and said.verdict == "unread" and said.read for one, said in self.words)
        yield from (word for word in words if word.direction == "lowers" or not partly)

    @property
    def guards(self) -> tuple[str, ...]:
        """The code's own conditions before the calls that lead on."""
        kept = [said for _, said in self.words if said.verdict in ("conditional", "stops-itself")]
        # What ends the loop is told first.
        first = [said.ends for said in kept if said.ends]
        rest = [guard for said in kept for guard in said.guards if guard not in _of_all(said)]
        return tuple(dict.fromkeys(guard_in_words(guard) for guard in (*first, *rest)))

    def judged(
        self, loop: tuple[Weighed, ...], severity: Severity, confidence: Confidence, held_back: bool
    ) -> tuple[Severity, Confidence]:
        """Severity and confidence with the code in mind. ``held_back``: something holds the loop as a whole back."""
        if not self.words:
            return severity, confidence
        from recursion_lint.assessment.evidence.code_reader import severity_with_code

        by_step = {id(step): said for step, said in self.words}
        granted = [hop.step for hop in loop if hop.step.statement is not None]
        others = [hop for hop in loop if hop.step.statement is None]
        closed = not held_back and all(hop_confidence(hop) in ("certain", "likely") for hop in others)
        closed = closed and not any(step.end.trigger.guards for step in granted)
        found = severity_with_code(severity, [by_step.get(id(step)) for step in granted], closed)
        return (severity, confidence) if found == severity else (found, _CONFIDENCE[found])


def _of_all(said: Said) -> set[str]:
    """The conditions that every event passes, as they are told: none of them speaks against the loop."""
    return {words for one in said.always for words in (one.text, f"not ({one.text})")}


def guard_in_words(guard: str) -> str:
    """A condition as it stands in the code, said of the write: without a negation of a negation."""
    turned = 0
    while (inner := _negated(guard)) is not None:
        guard, turned = inner, turned + 1
    if guard.startswith("only if "):
        return f"the write itself is made {guard}"
    others = [_negated(part) for part in guard.split(" and ")]
    if turned % 2 and len(others) > 1 and None not in others:
        # Not (neither a nor b) is a or b.
        guard, turned = " or ".join(filter(None, others)), turned + 1
    bare = guard.removeprefix("not ")
    if turned % 2 and bare != guard and not {" and ", " or "} & {f" {word} " for word in bare.split()}:
        return _only(bare)
    return f"the code stops before the write if {guard}" if turned % 2 else _only(guard)


def _only(guard: str) -> str:
    """A branch of a ``switch`` is told as one."""
    if not guard.startswith("case "):
        return f"the code writes only if {guard}"
    return f"the code writes only in case {guard[len('case ') :].replace(' or case ', ' or ')}"


def _negated(guard: str) -> str | None:
    """What ``not (…)`` negates; ``None`` where the parenthesis ends before the text does, or there is none."""
    if not guard.startswith("not ("):
        return None
    depth = 0
    for at, letter in enumerate(guard):
        depth += (letter == "(") - (letter == ")")
        if letter == ")" and not depth:
            return guard[len("not (") : -1] if at == len(guard) - 1 else None
    return None


def coded(cycle: Cycle, reader: CodeReader | None) -> Coded:
    """The words of ``reader`` on the steps of a cycle; none without one."""
    if reader is None:
        return Coded()
    words = tuple((step, said) for step in cycle if (said := reader.said(step, cycle)) is not None)
    sentences = (reader.sentence(step, said) for step, said in words)
    return Coded(
        words,
        tuple(reader.hop_code(step, said) for step, said in words),
        tuple(sentence for sentence in sentences if sentence),
    )
