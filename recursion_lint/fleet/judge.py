"""The facts of several repositories → findings, by the stages of a run: its graph, its search, its judge."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from recursion_lint import rules
from recursion_lint.assessment.assess import Assessment
from recursion_lint.assessment.evidence.handler_code import FunctionCode, ToldCode
from recursion_lint.assessment.evidence.hub_steps import hubs_of
from recursion_lint.assessment.systems import all_findings, assess_apart
from recursion_lint.fleet.binding import with_imports
from recursion_lint.fleet.repository import Origin, Repository
from recursion_lint.fleet.shared_names import channel_names
from recursion_lint.graph.cycle_search import Cycle
from recursion_lint.model.facts import Endpoint, Facts
from recursion_lint.model.findings import Finding, Note, RepositoryAt
from recursion_lint.model.report import Summary
from recursion_lint.remedies import Workshop, advise
from recursion_lint.remedies.case import Editors
from recursion_lint.run.accepted import Accepted
from recursion_lint.run.lint import summary_of
from recursion_lint.services.registry import declared

Place = tuple[str, str]
"""An account and a region, "" for what is not known."""


class Names:
    """The repositories of a link by name, and to which of them a path belongs."""

    def __init__(self, repositories: Iterable[Repository]) -> None:
        self.origins: dict[str, Origin] = {}
        self._owners: dict[str, tuple[str, ...]] = {}
        for one in repositories:
            self.origins[one.origin.repository] = one.origin
            for file, owners in one.owners:
                self._owners[f"{one.origin.repository}/{file}"] = owners

    def of(self, file: str) -> str:
        """The name of the repository that a path begins with; "" for none of them."""
        end = file.rfind("/")
        while end > 0:
            if file[:end] in self.origins:
                return file[:end]
            end = file.rfind("/", 0, end)
        return ""

    def owners(self, file: str) -> tuple[str, ...]:
        """Who owns a file by its repository's ``CODEOWNERS``."""
        return self._owners.get(file, ())

    def passed(self, finding: Finding) -> tuple[RepositoryAt, ...]:
        """The repositories whose files a finding names, in the order of its loop."""
        spans = (finding.span.file, *(hop.span.file for hop in finding.hops))
        files = dict.fromkeys((*spans, *(node.file for node in finding.cycle), *sorted(finding.files)))
        found: dict[str, dict[str, None]] = {}
        for file in files:
            if name := self.of(file):
                found.setdefault(name, {}).update(dict.fromkeys(self._owners.get(file, ())))
        return tuple(
            RepositoryAt(name, origin.commit, tuple(owners), origin.account, origin.region)
            for name, owners in found.items()
            for origin in (self.origins[name],)
        )


class Judged(NamedTuple):
    """What some repositories come to together: findings with their repositories and remedies, and the counts.

    ``systems`` are what was judged, for whoever draws it.
    """

    findings: tuple[Finding, ...]
    notes: tuple[Note, ...]
    summary: Summary
    systems: tuple[Assessment, ...] = ()


class Whole(NamedTuple):
    """What whoever judges a part of a company knows of the whole: how many stacks it has, and its hubs by name."""

    stacks: int
    hubs: frozenset[str]

    def is_hub(self, channel: Endpoint) -> bool:
        """Does a channel start more consumers than are looked at one by one?"""
        return any(name in self.hubs for name in channel_names(channel))


def judged(repositories: Sequence[Repository], whole: Whole | None = None) -> Judged:
    """Judge repositories together: those that may share an account and a region are one system.

    They are all of a company, or a part of a ``whole``.
    """
    names = Names(repositories)
    systems: list[Assessment] = []
    for place in places(repositories):
        systems += _systems(repositories, place, whole.is_hub if whole is not None else _no_hub)
    told = (one._replace(repositories=names.passed(one)) for one in all_findings(systems))
    found = _advised([_weak(one, systems, names) for one in told], systems, repositories, whole)
    # What of a template is not known, the check of its own repository tells.
    notes = dict.fromkeys(note for one in systems for note in one.notes)
    return Judged(found, tuple(notes), summary_of(systems, Accepted(())), tuple(systems))


def _systems(
    repositories: Sequence[Repository], place: Place, is_hub: Callable[[Endpoint], bool]
) -> tuple[Assessment, ...]:
    """What is judged of the repositories that may be in an account and region."""
    near = [one for one in repositories if _may_be_in(one.origin, place)]
    facts = with_imports(sorted((one for each in near for one in each.stacks), key=_in_order))
    return assess_apart(facts, rules, None, None, _told(near, is_hub))


def _no_hub(channel: Endpoint) -> bool:
    """Of a whole company the hubs are seen in its graph."""
    return False


def places(repositories: Iterable[Repository]) -> list[Place]:
    """The accounts and regions that repositories are in; what is known less well than others may be in each of them."""
    told = {(one.origin.account, one.origin.region) for one in repositories}
    vague = {
        place
        for place in told
        for other in told
        if other != place and _fits(place, other) and _less(place, other)
    }
    return sorted(told - vague) or [("", "")]


def _less(place: Place, other: Place) -> bool:
    return sum(map(bool, place)) < sum(map(bool, other))


def _fits(place: Place, other: Place) -> bool:
    return all(one in ("", two) or not two for one, two in zip(place, other, strict=True))


def _may_be_in(origin: Origin, place: Place) -> bool:
    return _fits((origin.account, origin.region), place)


def _in_order(facts: Facts) -> tuple[str, str]:
    return facts.root, facts.scope


def _told(repositories: Iterable[Repository], is_hub: Callable[[Endpoint], bool]) -> ToldCode:
    """The code of functions, by the templates that tell of it."""
    found: dict[Endpoint, dict[str, FunctionCode]] = {}
    for one in repositories:
        for read in one.code:
            found.setdefault(read.function, {})[read.template] = read.as_code()
    return ToldCode(found, is_hub)


def _system_of(finding: Finding, systems: Sequence[Assessment]) -> Assessment | None:
    return next((one for one in systems if finding.fingerprint in one.cycles), None)


def _weak(finding: Finding, systems: Sequence[Assessment], names: Names) -> Finding:
    """A loop through several repositories is weak where nobody said that they share an account and a region."""
    vague = [one.name for one in finding.repositories if not (one.account and one.region)]
    system = _system_of(finding, systems)
    if len(finding.repositories) < 2 or not vague or system is None:
        return finding
    cycle = system.cycles[finding.fingerprint]
    if all(declared(channel.service).keyed for channel in _shared(cycle, names)):
        return finding  # the names of buckets are taken once in the world
    told = " and ".join(one.name for one in finding.repositories)
    words = f"{told} are deployed to the same account and region (--account, --region)"
    return finding._replace(severity="info", confidence="weak", only_where=(*finding.only_where, words))


def _shared(cycle: Cycle, names: Names) -> Iterator[Endpoint]:
    """The channels of a loop that one repository writes to and another one listens to."""
    for step in cycle:
        before = step.write.span.file if step.write is not None else step.start.trigger.span.file
        if names.of(before) != names.of(step.end.trigger.span.file):
            yield step.end.trigger.channel


def _no_text(file: str) -> None:
    """No text is at hand."""


def _advised(
    findings: Sequence[Finding],
    systems: Sequence[Assessment],
    repositories: Sequence[Repository],
    whole: Whole | None,
) -> tuple[Finding, ...]:
    """The findings with their ways out. Of many stacks a loop is looked at with those of its own repositories."""
    size = whole.stacks if whole is not None else sum(len(one.stacks) for one in repositories)
    if size <= MAX_WEIGHED:
        return tuple(_with_remedies(one, systems) for one in findings)
    hubs = frozenset().union(*(hubs_of(one.graph) for one in systems)) if whole is None else frozenset()
    is_hub = whole.is_hub if whole is not None else hubs.__contains__
    known = {one.origin.repository: one for one in repositories}
    found: list[Finding] = []
    for finding in findings:
        near = [known[name] for name in sorted({at.name for at in finding.repositories})]
        few = sum(len(one.stacks) for one in near) <= MAX_NEAR
        own = _systems(near, _place_of(near), is_hub) if finding.severity != "info" and few else ()
        found.append(_with_remedies(finding, own))
    return tuple(found)


MAX_WEIGHED = 2_000
"""To weigh the ways out of a loop everything beside it is looked at: of so many stacks at most."""
MAX_NEAR = 2_000
"""So many stacks may the repositories of one loop have for that."""


def _place_of(repositories: Sequence[Repository]) -> Place:
    """The account and the region that repositories of one loop are in."""
    return places(repositories)[0]


def _with_remedies(finding: Finding, systems: Sequence[Assessment]) -> Finding:
    """A finding with its ways out in words: without the texts none can be tried."""
    system = _system_of(finding, systems)
    if system is None or finding.severity == "info":
        return finding
    shop = Workshop(Editors(_no_text), None, system.reader)
    return finding._replace(remedies=advise(system.cycles[finding.fingerprint], finding, system.graph, shop))


def across(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings that pass several repositories."""
    return tuple(one for one in findings if len(one.repositories) > 1)
