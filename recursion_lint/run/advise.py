"""Findings → findings with remedies, each diff verified by linting the edited text again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from recursion_lint import rules
from recursion_lint.assessment.assess import Assessment
from recursion_lint.assessment.systems import all_findings, assess_apart
from recursion_lint.config import Config
from recursion_lint.graph.cross_stack import Exports
from recursion_lint.model.facts import Facts
from recursion_lint.model.findings import Finding, Note
from recursion_lint.run.collect import Intake, reread
from recursion_lint.template.yaml.files import SourceError

if TYPE_CHECKING:
    from recursion_lint.remedies.verify import Relint

MAX_ADVISED_HOPS = 50
"""Nobody weighs the remedies of each hop of a loop longer than this; any one hop breaks it."""

MAX_IN_FILE = 30
"""Of more findings in one file a report verifies no remedies: each lints the file again several times."""

MAX_REREAD = 100_000
"""Remedies to be applied are sought until so many facts of a system were read again: some ten seconds' work."""

System = frozenset[str]
"""The root templates that a loop runs through."""


class Adviser:
    """Advises on the findings of one run.

    ``texts`` gives the text of a file, ``None`` for what is no file; ``before`` are texts that stand in place of
    files already. ``spent`` counts the facts that were read again, by system, in this run and those before it.
    """

    def __init__(
        self,
        found: Sequence[Assessment],
        intake: Intake,
        config: Config,
        texts: Callable[[str], str | None],
        before: Mapping[str, str],
        spent: Counter[System],
    ) -> None:
        self._found = found
        self._intake = intake
        self._config = config
        self._texts = texts
        self._before = before
        self._spent = spent
        self._exports = Exports(intake.facts)
        self._relints: dict[System, Relint] = {}

    def advised(self, finding: Finding, verified: bool = True) -> Finding:
        """The finding with its remedies; no diffs where nothing is to be verified, nothing for a very long loop."""
        from recursion_lint.remedies import advise

        if len(finding.hops) > MAX_ADVISED_HOPS:
            return finding
        found = self._judged(finding)
        cycle = found.cycles.get(finding.fingerprint)
        relint = self._relint_of(self._system(finding)) if verified else None
        graph = found.graph
        try:
            remedies = advise(cycle, finding, graph, self._texts, relint)
        except SourceError:  # a template that nests too deep is read where it must be, but not edited
            remedies = advise(cycle, finding, graph, _no_text, None)
        return finding._replace(remedies=remedies)

    def _judged(self, finding: Finding) -> Assessment:
        """The assessment that a finding is of."""
        known = (
            one for one in self._found if any(finding.fingerprint == own.fingerprint for own in one.findings)
        )
        return next(known, self._found[0]) if len(self._found) > 1 else self._found[0]

    def within_budget(self, finding: Finding) -> bool:
        """May the system of a finding be linted again to verify its remedies?"""
        return self._spent[self._system(finding)] < MAX_REREAD

    def report(self, findings: Sequence[Finding]) -> tuple[tuple[Finding, ...], tuple[Note, ...]]:
        """All findings with their remedies, and notes on what was not verified.

        Of more than ``config.advise_at_most`` none is verified, and infos get no advice: a person begins with the
        first ones.
        """
        brief = 0 < self._config.advise_at_most < len(findings)
        in_file = Counter(finding.span.file for finding in findings)
        many = {file: count for file, count in in_file.items() if count > MAX_IN_FILE}
        first = {finding.span.file: finding.span for finding in reversed(findings)}
        return (
            tuple(
                finding
                if brief and finding.severity == "info"
                else self.advised(finding, not brief and finding.span.file not in many)
                for finding in findings
            ),
            tuple(
                Note(
                    first[file],
                    f"{count} findings in one file: their remedies are not verified, --diff does that",
                )
                for file, count in many.items()
                if not brief
            ),
        )

    def _system(self, finding: Finding) -> System:
        files = finding.files
        facts = self._intake.facts
        return frozenset(root for root, group in facts.items() if any(files & {*one.files} for one in group))

    def _relint_of(self, system: System) -> Relint:
        """Lints the templates of a system; what lies elsewhere does not change with them."""
        if system not in self._relints:
            near = self._intake._replace(facts={root: self._intake.facts[root] for root in sorted(system)})

            def relint(changed: Mapping[str, str]) -> Sequence[Finding]:
                edited = {**self._before, **changed}
                groups = {
                    root: reread(
                        root, self._config, edited, self._intake.ground, self._exports.imported(group)
                    )
                    if changed.keys() & {file for one in group for file in one.files}
                    else group
                    for root, group in near.facts.items()
                }
                facts = near._replace(facts=groups).all_facts()
                self._spent[system] += sum(map(_size, facts))
                return all_findings(assess_apart(facts, rules))

            self._relints[system] = relint
        return self._relints[system]


def _no_text(file: str) -> None:
    """No text is at hand."""


def _size(facts: Facts) -> int:
    return sum(map(len, (facts.declared, facts.triggers, facts.writes, facts.statements)))
