"""Facts of many repositories → one report: loops within each and across them, but for what somebody accepted."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from recursion_lint.assessment.baseline import Entry, more_than_accepted
from recursion_lint.assessment.copies import merged
from recursion_lint.config import Config, by_rule_name
from recursion_lint.fleet.binding import with_imports
from recursion_lint.fleet.facts_file import FactsError, loads, read_facts
from recursion_lint.fleet.inventory import Inventory, inventory
from recursion_lint.fleet.judge import Judged, Names, across, judged
from recursion_lint.fleet.repository import Origin, Repository
from recursion_lint.graph.event_graph import link as linked_graph
from recursion_lint.model.findings import Finding, fingerprint
from recursion_lint.model.report import Problem, Report
from recursion_lint.report.graph.scene import pictured
from recursion_lint.run.accepted import (
    Accepted,
    configured,
    text_of_baseline,
    without_baselined,
    without_suppressed,
    worth_telling,
)

if TYPE_CHECKING:
    from recursion_lint.report.graph.scene import Picture

ENDINGS = (".jsonl", ".jsonl.gz")
"""How the names of files of facts end, in a folder that is read."""
MAX_FILES = 2_000_000


class Reading:
    """Reads files of facts one by one. What could not be read is told in ``problems``.

    ``deployed`` tells the account and the region of repositories that do not tell them themselves.
    """

    def __init__(self, deployed: Callable[[Origin], Origin] | None = None) -> None:
        self.problems: list[Problem] = []
        self._deployed = deployed
        self._files: dict[str, str] = {}

    def __call__(self, paths: Iterable[str]) -> Iterator[tuple[bytes, Repository]]:
        """The lines and the repository of each file of facts in the files and folders at ``paths``."""
        for path in files_of(paths):
            try:
                lines = read_facts(path)
                one = loads(lines, deployed=self._deployed)
            except FactsError as problem:
                self.problems.append(Problem(path, problem.line, f"cannot be used: {problem.message}"))
                continue
            name = one.origin.repository
            first = self._files.setdefault(name, path)
            if first is path:
                yield lines, one
            else:
                told = (
                    f"cannot be used: {first} has the facts of {name} already (--origin names a part of it)"
                )
                self.problems.append(Problem(path, 1, told))


def files_of(paths: Iterable[str]) -> Iterator[str]:
    """The files of facts at ``paths``: files as they are, of folders those whose names end so, in order."""
    for path in paths:
        if not os.path.isdir(path):
            yield path
            continue
        for folder, below, names in os.walk(path):
            below.sort()
            yield from (os.path.join(folder, name) for name in sorted(names) if name.endswith(ENDINGS))


def report_on(
    repositories: Sequence[Repository],
    config: Config,
    only_across: bool = False,
    problems: Sequence[Problem] = (),
    results: Judged | None = None,
    whole: Callable[[Iterable[str]], Sequence[Repository]] | None = None,
    everything: bool = False,
) -> Report:
    """The report over ``repositories``, with what was judged of them where that is known. Raises ``ConfigError``.

    ``whole`` gives some of them with all their facts, where ``repositories`` have not all: a drawing needs those.
    ``everything``: what is drawn is all that they declare.
    """
    started = time.perf_counter()
    config = by_rule_name(config)
    baseline = text_of_baseline(config)
    results = judged(repositories) if results is None else results
    found = across(results.findings) if only_across else results.findings
    stacks = tuple(one for each in repositories for one in each.stacks)
    in_code = tuple(one for each in repositories for one in each.suppressions)
    accepted = without_suppressed(configured(found, config), stacks, config, in_code)
    # Whether a suppression is of use tells the check of its own repository.
    accepted = accepted._replace(findings=tuple(one for one in accepted.findings if one.hops or one.cycle))
    accepted = _without_own_baselines(accepted, repositories)
    if baseline is not None:
        names = Names(repositories)
        accepted = without_baselined(accepted, found, baseline, config, lambda file: bool(names.of(file)))
    accepted = worth_telling(accepted, config)
    findings = merged(accepted.findings)
    levels = [finding.severity for finding in findings]
    return Report(
        findings,
        tuple(dict.fromkeys((*results.notes, *accepted.notes))),
        (*problems, *(problem for one in repositories for problem in one.problems)),
        results.summary._replace(
            error=levels.count("error"),
            warning=levels.count("warning"),
            info=levels.count("info"),
            suppressed=len(accepted.suppressed),
            baselined=accepted.baselined,
            hidden=accepted.hidden,
        ),
        elapsed=time.perf_counter() - started,
        suppressed=accepted.suppressed,
        pictured=partial(_inventory if everything else _pictured, findings, repositories, results, whole),
    )


def _pictured(
    findings: Sequence[Finding],
    repositories: Sequence[Repository],
    results: Judged,
    whole: Callable[[Iterable[str]], Sequence[Repository]] | None,
) -> Picture:
    """The repositories that the loops pass, as a scene to draw."""
    near = {at.name for finding in findings for at in finding.repositories}
    if whole is not None:
        repositories = whole(near)
        results = judged(repositories)
    stacks = with_imports(
        [one for each in repositories if each.origin.repository in near for one in each.stacks]
    )
    cycles = {name: cycle for one in reversed(results.systems) for name, cycle in one.cycles.items()}
    return pictured(linked_graph(stacks), findings, cycles, _no_text)


def _inventory(
    findings: Sequence[Finding],
    repositories: Sequence[Repository],
    results: Judged,
    whole: Callable[[Iterable[str]], Sequence[Repository]] | None,
) -> Inventory:
    """All that the repositories declare."""
    if whole is not None:
        repositories = whole([one.origin.repository for one in repositories])
        results = judged(repositories)
    return inventory(repositories, results, findings)


def _no_text(file: str) -> None:
    """No file is opened: facts name those of other machines."""


def _without_own_baselines(accepted: Accepted, repositories: Sequence[Repository]) -> Accepted:
    """What the baselines leave that repositories keep for themselves: each is for loops within its own."""
    entries = {
        one.origin.repository: {entry.fingerprint: entry for entry in one.accepted}
        for one in repositories
        if one.accepted
    }
    if not entries:
        return accepted
    names = Names(repositories)
    kept = tuple(one for one in accepted.findings if not _accepted(one, names, entries))
    return accepted._replace(findings=kept, baselined=accepted.baselined + len(accepted.findings) - len(kept))


def _accepted(finding: Finding, names: Names, entries: dict[str, dict[str, Entry]]) -> bool:
    inside = {at.name for at in finding.repositories}
    if len(inside) != 1:
        return False
    name = inside.pop()
    own = [
        node._replace(file=node.file.removeprefix(f"{name}/")) if names.of(node.file) == name else node
        for node in finding.cycle
    ]
    entry = entries.get(name, {}).get(fingerprint(finding.rule, own))
    return entry is not None and not more_than_accepted(finding, entry)
