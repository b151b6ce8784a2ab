"""Findings → findings with remedies, each diff verified by linting the edited text again."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from recursion_lint import rules
from recursion_lint.assessment.assess import Assessment
from recursion_lint.assessment.systems import all_findings, assess_apart
from recursion_lint.config import Config
from recursion_lint.graph.cross_stack import Exports
from recursion_lint.model.facts import Endpoint, Facts
from recursion_lint.model.findings import Finding, Note, Remedy
from recursion_lint.remedies import Workshop, advise
from recursion_lint.remedies.case import Editors
from recursion_lint.remedies.short_places import known_files
from recursion_lint.remedies.verify import Effort, Verifier
from recursion_lint.run.collect import Intake, reread
from recursion_lint.run.generated import for_a_person, perhaps_written_from, written_from
from recursion_lint.services.registry import declared
from recursion_lint.template.yaml.files import SourceError, read_text

MAX_ADVISED_HOPS = 50
"""Nobody weighs the remedies of each hop of a loop longer than this; any one hop breaks it."""

MAX_IN_FILE = 30
"""Of more findings in one file a report verifies no remedies: each lints the file again several times."""

MAX_REREAD = 100_000
"""Remedies to be applied are sought until so many facts of a system were read again: some ten seconds' work."""

MIN_VERIFYING = 10_000
"""For a report so much is read again to verify remedies, or once as much as the run has read: a second's work."""

PAIRS = 4
"""So many pairs of a granted pattern and a filter take as long as one fact."""

STEPS = 100
"""So many steps of the search for loops take as long as one fact."""

FOR_A_FINDING = 8
"""To judge a finding takes as long as to read so many facts."""

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
        self._workshops: dict[System, Workshop] = {}
        self._editors: Editors | None = None
        self._effort: Effort | None = None
        self._roots: dict[str, dict[str, None]] | None = None

    def advised(self, finding: Finding, verified: bool = True) -> Finding:
        """The finding with its remedies; no diffs where nothing is to be verified, nothing for a very long loop."""
        if len(finding.hops) > MAX_ADVISED_HOPS:
            return finding
        found = self._judged(finding)
        cycle = found.cycles.get(finding.fingerprint)
        graph = found.graph
        try:
            shop = self._workshop(self._system(finding)) if verified else Workshop(self._edited())
            remedies = advise(cycle, finding, graph, shop._replace(reader=found.reader))
        except SourceError:  # a template that nests too deep is read where it must be, but not edited
            remedies = advise(cycle, finding, graph, Workshop(Editors(_no_text)))
        file = finding.span.file
        return finding._replace(
            remedies=for_a_person(
                remedies,
                self._generated(remedies),
                perhaps_written_from(file, self._texts(file) or "", self._texts),
            )
        )

    def _generated(self, remedies: Sequence[Remedy]) -> Mapping[str, str]:
        """What the edited files are written from, of those that a build writes."""
        files = {edit.span.file for remedy in remedies for edit in remedy.edits}
        return {file: written_from(file, self._texts(file) or "") for file in files}

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
        many = {file for file, count in in_file.items() if count > MAX_IN_FILE}
        self._effort_spent().until = (
            time.perf_counter() + self._config.timeout if self._config.timeout else None
        )
        everything = _cost(self._intake.all_facts(), len(findings), sum(one.work for one in self._found))
        self._effort_spent().allowed = max(MIN_VERIFYING, everything)
        advised: list[Finding] = []
        left: dict[str, list[Finding]] = {}
        for finding in findings:
            if brief and finding.severity == "info":
                advised.append(finding)
                continue
            skipped = self._skipped()
            verify = not brief and finding.span.file not in many
            advised.append(self.advised(finding, verify))
            if not brief and (not verify or self._skipped() > skipped):
                left.setdefault(finding.span.file, []).append(finding)
        return tuple(advised), tuple(
            Note(some[0].span, _unverified(len(some), in_file[file], file in many))
            for file, some in left.items()
        )

    def _skipped(self) -> int:
        shops = self._workshops.values()
        return sum(shop.verifier.skipped for shop in shops if shop.verifier is not None)

    def _system(self, finding: Finding) -> System:
        if self._roots is None:
            self._roots = {}
            for root, group in self._intake.facts.items():
                for file in (file for one in group for file in one.files):
                    self._roots.setdefault(file, {})[root] = None
        return frozenset(root for file in finding.files for root in self._roots.get(file, ()))

    def _effort_spent(self) -> Effort:
        if self._effort is None:
            self._effort = Effort()
        return self._effort

    def _edited(self) -> Editors:
        """The texts of the run, parsed once for all findings."""
        if self._editors is None:
            self._editors = Editors(self._texts, known_files(self._intake.all_facts()))
        return self._editors

    def _workshop(self, system: System) -> Workshop:
        """What verifies the edits of a system: what lies elsewhere does not change with them."""
        if system not in self._workshops:
            near = self._intake._replace(facts={root: self._intake.facts[root] for root in sorted(system)})

            started = _started(near.all_facts())

            def relint(changed: Mapping[str, str]) -> Sequence[Finding] | None:
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
                read = read_text if self._config.code else None
                judged = assess_apart(facts, rules, read, self._found[0].reader)
                found = all_findings(judged)
                cost = _cost(facts, len(found), sum(one.work for one in judged))
                self._spent[system] += cost
                effort.spent += cost
                effort.read(changed.values())
                return found if started <= _started(facts) else None

            effort = self._effort_spent()
            self._workshops[system] = Workshop(self._edited(), Verifier(self._edited(), relint, effort))
        return self._workshops[system]


def _no_text(file: str) -> None:
    """No text is at hand."""


def _started(stacks: Sequence[Facts]) -> set[Endpoint]:
    """The functions that some channel starts: an edit that takes one all its triggers ends more than the loop."""
    started = (trigger.consumer for one in stacks for trigger in one.triggers)
    return {consumer for consumer in started if declared(consumer.service).runs_handler}


def _unverified(count: int, of: int, none: bool) -> str:
    """What a note says of findings whose remedies are not verified, all of them or ``none``."""
    left = f"remedies are not {'' if none else 'all '}verified, --diff does that"
    if of == 1:
        return f"one finding in a file: its {left}"
    some = f"{count} findings in one file" if count == of else f"{count} of {of} findings in one file"
    return f"{some}: their {left}"


def _cost(stacks: Sequence[Facts], findings: int, work: int) -> int:
    """What it takes to assess some stacks together that come to so many findings, in facts.

    ``work`` are the steps that the search looked at.
    """
    facts = sum(
        len(one.declared) + len(one.triggers) + len(one.writes) + len(one.statements) for one in stacks
    )
    patterns = sum(len(statement.resources) for one in stacks for statement in one.statements)
    filters = sum(max(len(trigger.accepts.keys), 1) for one in stacks for trigger in one.triggers)
    return facts + patterns * filters // PAIRS + findings * FOR_A_FINDING + work // STEPS
