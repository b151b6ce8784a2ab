"""Verified advice: the edited text is linted again before a remedy may claim to break a loop."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from recursion_lint.model.findings import Finding, severity_rank
from recursion_lint.remedies.case import Change, Editors, Offer
from recursion_lint.template.template import is_template
from recursion_lint.template.yaml.edits import EditError, apply_edits
from recursion_lint.template.yaml.files import SourceError
from recursion_lint.template.yaml.nodes import Node, parse, walk

OVERLAPPING = "overlapping-notifications"
"""The rule on what S3 refuses to create: no edit may give rise to one more, whatever else it ends."""

LETTERS = 50
"""To edit and parse so many letters takes as long as to read one fact."""

Relint = Callable[[Mapping[str, str]], Sequence[Finding] | None]
"""The findings with some texts exchanged; ``None`` where something is no more started that was."""


class Effort:
    """The work that may be spent on verifying, in facts that are read again; ``None`` for any amount.

    ``until`` is when the time is over, by ``time.perf_counter``.
    """

    def __init__(self, allowed: int | None = None) -> None:
        self.allowed = allowed
        self.spent = 0
        self.until: float | None = None

    @property
    def left(self) -> bool:
        if self.until is not None and time.perf_counter() > self.until:
            return False
        return self.allowed is None or self.spent < self.allowed

    def read(self, texts: Iterable[str]) -> None:
        """Count that texts are parsed."""
        self.spent += sum(map(len, texts)) // LETTERS


class Verifier:
    """Lints edited texts, each combination once, and compares with the findings of the texts as they are.

    ``skipped`` counts the offers that were not tried because the ``effort`` was spent.
    """

    def __init__(self, editors: Editors, relint: Relint, effort: Effort) -> None:
        self._effort = effort
        self._editors = editors
        self._relint = relint
        self._known: dict[tuple[tuple[str, str], ...], Mapping[str, Finding] | None] = {}
        self._overlaps: dict[tuple[tuple[str, str], ...], Counter[str]] = {}
        self.skipped = 0

    def edited(self, offer: Offer, finding: Finding) -> Mapping[str, str]:
        """The new texts by file of an offer that does what it says; none for one that does not."""
        if not self._effort.left:
            self.skipped += 1
            return {}
        edited = self._edited(offer.changes())
        if not edited:
            return {}
        before, after = self._findings({}), self._findings(edited)
        if before is None or after is None or not _better(before, after, finding, offer.breaks is None):
            return {}
        if self._refused(edited) - self._refused({}):
            return {}
        return edited

    def _edited(self, changes: Sequence[Change]) -> dict[str, str]:
        """The new texts; none where two changes collide, nothing changes, or more would be lost than is meant."""
        edited: dict[str, str] = {}
        for file in dict.fromkeys(change.file for change in changes):
            old = self._editors.text(file)
            self._effort.read([old])
            try:
                new = apply_edits(
                    old, dict.fromkeys(change.edit for change in changes if change.file == file)
                )
                if new == old or not _is_whole(parse(new, file), self._root(file)):
                    return {}
            except (EditError, SourceError):
                return {}
            edited[file] = new
        return edited

    def _root(self, file: str) -> Node | None:
        editor = self._editors(file)
        return editor.root if editor is not None else None

    def _findings(self, edited: Mapping[str, str]) -> Mapping[str, Finding] | None:
        """Fingerprint → severity; ``None`` where the edited texts cannot be linted."""
        key = tuple(sorted(edited.items()))
        if key not in self._known:
            try:
                found = self._relint(edited)
                self._known[key] = None if found is None else _worst(found)
                self._overlaps[key] = Counter(
                    one.fingerprint for one in found or () if one.rule == OVERLAPPING
                )
            except SourceError:
                self._known[key] = None
        return self._known[key]

    def _refused(self, edited: Mapping[str, str]) -> Counter[str]:
        """How many notifications S3 refuses, by fingerprint: two of the same bucket and targets have the same one."""
        return self._overlaps.get(tuple(sorted(edited.items())), Counter())


def _is_whole(root: Node, before: Node | None) -> bool:
    """Is what an edit came to a template, with all resources that were there, and no key twice that stood once?"""
    if not is_template(root) or not all(map(_has_its_operands, walk(root))):
        return False
    return before is None or (_resources(before) <= _resources(root) and _repeated(root) <= _repeated(before))


def _repeated(root: Node) -> Counter[str]:
    """The keys that a map holds more than once. An edit that takes too much away leaves the rest under another key."""
    return Counter(key for node in walk(root) for key, _ in node.duplicates)


def _has_its_operands(node: Node) -> bool:
    """Has ``Fn::If`` its condition and both branches? CloudFormation refuses a template in which one lacks any.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-conditions.html
    """
    call = node.intrinsic
    return call is None or call[0] != "Fn::If" or len(call[1].elements()) == 3


def _resources(root: Node) -> set[str]:
    """The logical ids of a template as they are written, those in the body of a ``Fn::ForEach`` included."""
    section = root.get("Resources")
    found: set[str] = set()
    for name, body in section.items() if section is not None else ():
        looped = body.elements()[2:3] if name.startswith("Fn::ForEach") else []
        found |= {name, *(key for below in looped for key, _ in below.items())}
    return found


def _worst(findings: Sequence[Finding]) -> Mapping[str, Finding]:
    found: dict[str, Finding] = {}
    for finding in findings:
        known = found.get(finding.fingerprint)
        if known is None or severity_rank(finding.severity) < severity_rank(known.severity):
            found[finding.fingerprint] = finding
    return found


def _better(
    before: Mapping[str, Finding], after: Mapping[str, Finding], finding: Finding, accepts: bool
) -> bool:
    """Is the finding gone, and has nothing as bad come? A loop that is accepted may stay, whatever is said of it."""
    level = severity_rank(finding.severity)
    left = after.get(finding.fingerprint)
    if left is not None and not accepts and not _is_lesser(left, finding):
        return False
    return not any(
        severity_rank(other.severity) <= level
        and not (accepts and _passed(other) == _passed(finding))
        and (name not in before or severity_rank(other.severity) < severity_rank(before[name].severity))
        for name, other in after.items()
    )


def _passed(finding: Finding) -> set[tuple[str, str]]:
    """What a loop passes, wherever an edit has moved it."""
    return {(node.resource, node.file) for node in finding.cycle}


def _is_lesser(left: Finding, finding: Finding) -> bool:
    """Is what is left another way round the same resources: one that only a broad grant makes?"""
    broad = [any(hop.evidence == "broad" for hop in one.hops) for one in (left, finding)]
    return severity_rank(left.severity) > severity_rank(finding.severity) and broad == [True, False]
