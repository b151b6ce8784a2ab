"""The public interface: ``lint(paths, config) -> Report``. The command line is one caller of it."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, Union

from recursion_lint import rules
from recursion_lint.assessment.assess import Assessment, assess
from recursion_lint.assessment.systems import all_findings, assess_apart
from recursion_lint.config import Config, ConfigError, by_rule_name, did_you_mean
from recursion_lint.graph.event_graph import link
from recursion_lint.model.facts import Facts
from recursion_lint.model.report import Problem, Report, Summary
from recursion_lint.run.accepted import (
    Accepted,
    InView,
    configured,
    of_changed_files,
    text_of_baseline,
    without_baselined,
    without_suppressed,
    worth_telling,
)
from recursion_lint.run.collect import Intake, collect, file_of_stdin
from recursion_lint.run.deployments import complaints, systems
from recursion_lint.run.texts import Texts
from recursion_lint.template.yaml.files import read_text

if TYPE_CHECKING:
    from networkx import MultiDiGraph

    from recursion_lint.model.findings import Finding
    from recursion_lint.remedies.apply import Plan
    from recursion_lint.report.graph.backstage import Catalogue
    from recursion_lint.report.graph.scene import Picture
    from recursion_lint.run.advise import Adviser, System
    from recursion_lint.run.memory import Memory


Paths = Union[str, "os.PathLike[str]", Iterable[Union[str, "os.PathLike[str]"]]]


def lint(
    paths: Paths,
    config: Config = Config(),
    *,
    stdin: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Lint the templates at ``paths`` as one system.

    ``paths`` is a file, a folder, or several of them, as strings or ``Path``s; ``-`` is the text ``stdin``. Files that
    cannot be read are ``problems`` of the report; nothing is raised for bad input. ``progress`` is called after each
    file with the number of files read so far and in all. Raises ``TypeError`` for paths that are none, and
    ``ConfigError`` for a baseline or a parameter file that cannot be used and a rule that there is not. Several
    parameter files of a template are several systems, told apart where they differ.

    >>> from recursion_lint import Config, lint
    >>> report = lint("fixtures/sqs-loop/wrong-variable/template.yaml", Config(select=("sqs-loop",)))
    >>> [(finding.rule, finding.severity) for finding in report.findings]
    [('sqs-loop', 'error')]
    """
    found = [(one, found_in(_each(paths), one, stdin, {}, progress).report()) for one in systems(config)]
    if len(found) == 1:
        return found[0][1]
    from recursion_lint.run.deployed_apart import together

    return together(found)


def _one_system(config: Config, what: str) -> Config:
    """The settings with what the parameter files say: ``what`` is so for one deployment. Raises ``ConfigError``."""
    first, *others = systems(config)
    if others:
        raise ConfigError(f"{what} for one deployment at a time: give one --parameter-file for a template")
    return first


def audited(
    paths: Paths, config: Config, *, stdin: str | None = None
) -> tuple[Report, tuple[Assessment, ...]]:
    """The report on ``paths``, with the systems that were judged for it."""
    found = found_in(_each(paths), _one_system(config, "a function is explained"), stdin, {})
    return found.report(), found.judged


def _each(paths: Paths) -> tuple[str, ...]:
    """A single path is one path, not its letters."""
    if isinstance(paths, (str, os.PathLike)):
        return (os.fspath(paths),)
    return tuple(os.fspath(path) for path in paths)


def remedied(
    paths: Sequence[str],
    config: Config = Config(),
    *,
    stdin: str | None = None,
) -> "tuple[Report, Plan]":
    """The report on ``paths``, and what applying its remedies comes to: new texts, not yet written.

    Safe remedies, or with ``config.unsafe_fixes`` the first of each finding that a template alone can hold; one by
    one, each linted before the next is chosen. The report names remedies only where none was applied.
    """
    config = _one_system(config, "remedies are applied")
    first = found_in(paths, config, stdin, {})
    plan = settled(first, lambda edited: found_in(paths, config, stdin, edited))
    return first.report(advised=not plan.texts), plan


def settled(
    first: "Found",
    again: "Callable[[Mapping[str, str]], Found]",
    wanted: "Callable[[Finding], bool]" = lambda finding: True,
) -> "Plan":
    """What applying the remedies of the ``wanted`` findings of a run comes to; ``again`` runs with edited texts."""
    from recursion_lint.remedies import apply

    spent: Counter[System] = Counter()
    given_up: dict[str, None] = {}

    def linted(found: Found) -> apply.Linted:
        adviser = found.adviser(spent)

        def advised(finding: "Finding") -> "Finding":
            if not wanted(finding):
                return finding
            if adviser.within_budget(finding):
                return adviser.advised(finding)
            given_up[finding.span.file] = None
            return finding

        return apply.Linted(found.accepted.findings, advised)

    plan = apply.settle(
        linted(first), first.texts, lambda edited: linted(again(edited)), first.config.unsafe_fixes
    )
    return plan._replace(
        given_up=tuple(given_up),
        before={file: text for file in plan.texts if (text := first.texts(file)) is not None},
    )


class Found(NamedTuple):
    """What a run found, without remedies."""

    config: Config
    intake: Intake
    judged: tuple[Assessment, ...]
    accepted: Accepted
    texts: Texts
    edited: Mapping[str, str]
    started: float

    def adviser(self, spent: "Counter[System]") -> "Adviser":
        from recursion_lint.run.advise import Adviser

        return Adviser(self.judged, self.intake, self.config, self.texts, self.edited, spent)

    def report(self, advised: bool = True) -> Report:
        """The report; its findings have their remedies if they are to be ``advised`` on."""
        findings = self.accepted.findings
        if findings:  # a clean run does not load what they are made of
            from recursion_lint.assessment.copies import merged

            findings = merged(findings)
        notes = (
            *self.intake.notes,
            *(note for one in self.judged for facts in one.graph.facts for note in facts.notes),
            *(note for one in self.judged for note in one.notes),
            *self.accepted.notes,
        )
        if findings and advised:
            findings, unverified = self.adviser(Counter()).report(findings)
            notes = (*notes, *unverified)
        files = sorted({file for finding in findings for file in finding.files})
        return Report(
            findings,
            tuple(dict.fromkeys(notes)),
            self.intake.problems,
            summary_of(self.judged, self.accepted._replace(findings=findings)),
            {file: text for file in files if (text := self.texts(file)) is not None},
            time.perf_counter() - self.started,
            suppressed=self.accepted.suppressed,
            linked=partial(self.linked, findings),
            pictured=partial(self.pictured, findings),
            unfinished=self._unfinished(),
            warnings=tuple(_unknown_parameters(self.config, self.intake)),
        )

    def linked(self, findings: "Sequence[Finding]") -> "MultiDiGraph[str]":
        """The graph of the run, the loops among ``findings`` marked; systems that were judged apart are in one."""
        from recursion_lint.report.graph.networkx_graph import as_networkx

        return as_networkx(self.pictured(findings).scene)

    def pictured(self, findings: "Sequence[Finding]") -> "Picture":
        """The same as a scene to draw."""
        from recursion_lint.report.graph.scene import pictured

        first, *others = self.judged
        graph = link(_in_order_of_roots(self.intake)) if others else first.graph
        cycles = {name: cycle for one in reversed(self.judged) for name, cycle in one.cycles.items()}
        return pictured(graph, findings, cycles, self.texts)

    def _unfinished(self) -> str:
        """What was not looked at because the time was over."""
        unread, timeout = self.intake.unread, self.config.timeout
        if unread:
            more = f" and {len(unread) - 1} more files were" if len(unread) > 1 else " was"
            return f"the {timeout:g} seconds of --timeout were over: {unread[0]}{more} not read"
        if timeout and time.perf_counter() - self.started > timeout:
            return f"the {timeout:g} seconds of --timeout were over: not all remedies were verified"
        return ""


def found_in(
    paths: Sequence[str],
    config: Config,
    stdin: str | None,
    edited: Mapping[str, str],
    progress: Callable[[int, int], None] | None = None,
    memory: "Memory | None" = None,
) -> Found:
    """Lint with ``edited`` in place of some files; what ``memory`` knows of the run before is not read again."""
    started = time.perf_counter()
    config = by_rule_name(config)
    baseline = text_of_baseline(config)
    texts = {**_given_text(paths, config, stdin), **edited}
    intake = collect(paths, config, texts, progress, memory)
    facts = intake.all_facts()
    judged = _judged(facts, config, memory)
    found = all_findings(judged)
    accepted = without_suppressed(configured(found, config), facts, config)
    if baseline is not None:
        accepted = without_baselined(accepted, found, baseline, config, InView(intake))
    near = next((path for path in paths if path != "-"), file_of_stdin(config))
    accepted = of_changed_files(worth_telling(accepted, config), config, near, texts)
    return Found(config, intake, judged, accepted, Texts(texts), edited, started)


def _judged(facts: list[Facts], config: Config, memory: "Memory | None") -> tuple[Assessment, ...]:
    if memory is None:
        return assess_apart(facts, rules, read_text if config.code else None)
    read = memory.text_of_code if config.code else None
    return memory.judged(facts, lambda: assess_apart(facts, rules, read, memory.code))


def _given_text(paths: Sequence[str], config: Config, stdin: str | None) -> dict[str, str]:
    """The text of standard input, if it is asked for, by the file that it is told at."""
    return {file_of_stdin(config): stdin or ""} if "-" in paths else {}


def draw(
    paths: Sequence[str],
    config: Config = Config(),
    format: str = "mermaid",
    *,
    stdin: str | None = None,
) -> str:
    """Draw who triggers whom at ``paths``, loops marked: as ``mermaid``, ``dot``, ``html`` or ``json``."""
    return drawing(paths, config, format, stdin=stdin).text


class Drawing(NamedTuple):
    """A drawing, and what it does not show because it could not be read."""

    text: str
    problems: tuple[Problem, ...]
    templates: int


def drawing(
    paths: Sequence[str],
    config: Config = Config(),
    format: str = "mermaid",
    *,
    stdin: str | None = None,
    catalogue: "Catalogue | None" = None,
) -> Drawing:
    """What ``draw`` gives, with what could not be read and the number of templates that were.

    ``catalogue`` is what a catalogue of software is told besides; raises ``NoOwner``.
    """
    from recursion_lint.report.graph import drawn

    config = _one_system(by_rule_name(config), "a graph is drawn")
    given = _given_text(paths, config, stdin)
    intake = collect(paths, config, given)
    facts = _in_order_of_roots(intake)
    found = assess(facts, rules, read_text if config.code else None)
    texts = Texts(given)
    findings = configured(found.findings, config)
    if findings and format == "html":  # the other formats do not show the ways out
        run = Found(config, intake, (found,), Accepted(findings), texts, {}, 0.0)
        findings, _ = run.adviser(Counter()).report(findings)
    text = drawn(found.graph, findings, found.cycles, format, texts, catalogue)
    return Drawing(text, intake.problems, len(facts))


def _in_order_of_roots(intake: Intake) -> list[Facts]:
    return sorted(intake.all_facts(), key=lambda one: one.root)


def _unknown_parameters(config: Config, intake: Intake) -> Iterator[str]:
    """Parameters that were given by hand and that no template declares, each in a sentence."""
    declared = {root: group[0].parameters for root, group in intake.facts.items()}
    yield from complaints(config, declared, did_you_mean)
    if not config.given_parameters:
        return
    known = {name for group in intake.facts.values() for name in group[0].parameters}
    for name in config.given_parameters:
        if name not in known:
            yield f"no template declares the parameter {name!r}{did_you_mean(name, known)}"


def summary_of(judged: Sequence[Assessment], accepted: Accepted) -> Summary:
    """What was checked in these systems, and what is left of the findings, in numbers."""
    levels = [finding.severity for finding in accepted.findings]
    graphs = {(one.root, one.scope): (found.graph, one) for found in judged for one in found.graph.facts}
    stacks = [one for _, one in graphs.values()]
    return Summary(
        templates=len({file for one in stacks for file in one.files}),
        resources=sum(one.resources for one in stacks),
        triggers=sum(len(one.triggers) for one in stacks),
        writes=sum(
            len(one.writes) + sum(map(graph.grants.grants_a_write, one.statements))
            for graph, one in graphs.values()
        ),
        error=levels.count("error"),
        warning=levels.count("warning"),
        info=levels.count("info"),
        suppressed=len(accepted.suppressed),
        baselined=accepted.baselined,
        hidden=accepted.hidden,
        unchanged=accepted.unchanged,
    )
