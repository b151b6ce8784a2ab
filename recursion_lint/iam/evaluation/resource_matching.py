"""Which channels the resources of a policy statement mean: by name where one is given, by pattern else."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, product
from typing import Literal, NamedTuple, get_args

from recursion_lint.iam.evaluation.naming_heuristics import channel_stem
from recursion_lint.model.arns import set_apart, split_arn
from recursion_lint.model.facts import Endpoint, Statement
from recursion_lint.model.path_conditions import ALWAYS, Requires
from recursion_lint.model.text import (
    ANY,
    ONE,
    Part,
    Symbol,
    Text,
    has_wildcard,
    literal,
    split_text,
    strip_prefix,
)
from recursion_lint.patterns.keys import Undecided, covers, matches, meet
from recursion_lint.services.naming import channel_named, endpoint_of, kind_told, resource_forms
from recursion_lint.services.registry import by_name
from recursion_lint.template.choices import merged

Breadth = Literal["granted", "stack", "broad"]
"""How narrowly a resource pattern means a channel: by name, by its stack alone, or as one of many."""
MAX_REACHED = 100
"""A statement whose patterns name nothing and reach more channels than that counts as one on ``*``."""

_BREADTHS = get_args(Breadth)


class Reach(NamedTuple):
    """How a statement reaches a channel: by which of its resource patterns, how broadly, under which conditions."""

    patterns: tuple[Text, ...]
    evidence: Breadth
    requires: Requires = ALWAYS


def _together(reaches: list[Reach], service: str) -> list[Reach]:
    """Several ways to reach a channel as few: those of different conditions stay apart where parts of it are granted.

    What one branch names of a bucket, of its keys, holds on that branch only.
    """
    in_parts = by_name()[service].keyed or by_name()[service].shared
    if not in_parts or all(one.requires == reaches[0].requires for one in reaches):
        return [_united(reaches, frozenset.intersection(*(one.requires for one in reaches)))]
    ways: dict[Requires, list[Reach]] = {}
    for one in reaches:
        ways.setdefault(one.requires, []).append(one)
    alike: dict[tuple[Text, ...], list[Requires]] = {}
    for requires, group in ways.items():
        alike.setdefault(tuple(one.patterns[0] for one in group), []).append(requires)
    return [
        _united([one for requires in same for one in ways[requires]][: len(patterns)], way)
        for patterns, same in alike.items()
        for way in merged(same)
    ]


def _united(reaches: list[Reach], requires: Requires) -> Reach:
    """All patterns together, as narrow as the narrowest."""
    best = min((one.evidence for one in reaches), key=_BREADTHS.index)
    return Reach(tuple(pattern for one in reaches for pattern in one.patterns), best, requires)


class Channels:
    """The channels of a run, to be found by what a resource pattern says.

    ``families`` are the outermost stacks that each belongs to; ``services`` those that have channels here.
    ``polled`` tells of which services a channel may be that a parameter alone names.
    """

    def __init__(
        self,
        channels: Iterable[Endpoint],
        families: Mapping[Endpoint, frozenset[str]],
        services: Iterable[str],
        polled: Mapping[Endpoint, frozenset[str]],
    ) -> None:
        self._polled = polled
        self._sweeping: dict[tuple[tuple[Text, ...], tuple[str, ...], str], bool] = {}
        self._matched: dict[tuple[Text, str, str], tuple[tuple[Endpoint, Text, Breadth], ...]] = {}
        self._known = dict.fromkeys(channels)
        self._local: dict[tuple[str, str], dict[Endpoint, tuple[Text, ...]]] = {}
        self._literal: dict[str, list[Endpoint]] = {}
        self._namesakes: dict[tuple[str, str], list[Endpoint]] = {}
        for endpoint in self._known:
            for root in families.get(endpoint, ("",)):
                for service in self.services_of(endpoint):
                    self._local.setdefault((service, root), {})[endpoint] = resource_forms(endpoint)
            if literal(endpoint.name):
                self._literal.setdefault(endpoint.service, []).append(endpoint)
            if channel_stem(endpoint.name)[1]:
                self._namesakes.setdefault(channel_stem(endpoint.name), []).append(endpoint)
        self._shared = {
            name: [end for end in self._known if end.service == name]
            for name in services
            if by_name()[name].shared
        }

    def services_of(self, channel: Endpoint) -> Iterable[str]:
        """The service of a channel; those that it may be of where a parameter alone names it."""
        return self._polled.get(channel, ()) if channel.service == "?" else (channel.service,)

    def within_sweep(
        self, statement: Statement, channel: Endpoint, service: str, family: str
    ) -> Iterator[tuple[Endpoint, Reach]]:
        """What ``reached`` finds for one channel, where every pattern of the statement is ``*``."""
        if channel in (self._known if by_name()[service].shared else self._local.get((service, family), ())):
            reaches = [Reach(((ANY,),), "broad", requires) for _, requires in statement.resources]
            yield from ((channel, reach) for reach in _together(reaches, service))

    def reached(self, statement: Statement, service: str, family: str) -> Iterator[tuple[Endpoint, Reach]]:
        """The channels of a service that a statement reaches: looked up where a name is given, else tried."""
        if not statement.resources and statement.not_resources:
            barred = resources_of(statement.not_resources)
            for channel, forms in self._nearby(service, family, ()):
                spared = channel.name in statement.not_resources
                if not spared and not any(covers([pattern], form) for pattern in barred for form in forms):
                    yield channel, Reach((), "broad")
            return
        found: dict[Endpoint, list[Reach]] = {}
        for pattern, requires in statement.resources:
            for channel, resource, evidence in self._known_matches(pattern, service, family):
                found.setdefault(channel, []).append(Reach((resource,), evidence, requires))
        for channel, reaches in found.items():
            yield from ((channel, reach) for reach in _together(reaches, service))

    def sweeps(self, statement: Statement, services: Iterable[str], family: str) -> bool:
        """Does a statement reach so many channels, none of them by name, that it counts as one on ``*``?"""
        asked = tuple(pattern for pattern, _ in statement.resources), tuple(services), family
        known = self._sweeping.get(asked)
        if known is None:
            known = self._sweeping[asked] = self._sweeps(*asked)
        return known

    def _sweeps(self, patterns: Iterable[Text], services: Iterable[str], family: str) -> bool:
        count = 0
        for pattern, service in product(patterns, services):
            reached = self._known_matches(pattern, service, family, MAX_REACHED + 1)
            if any(evidence == "granted" for _, _, evidence in reached):
                return False
            count += len(reached)
        return count > MAX_REACHED

    def _known_matches(
        self, pattern: Text, service: str, family: str, most: int | None = None
    ) -> tuple[tuple[Endpoint, Text, Breadth], ...]:
        """``_matches``, at most so many; worked out once for statements that say the same."""
        asked = (pattern, service, family)
        known = self._matched.get(asked)
        if known is None:
            known = tuple(islice(self._matches(pattern, service, family), most))
            if len(known) != most:
                self._matched[asked] = known
        return known

    def _matches(self, pattern: Text, service: str, family: str) -> Iterator[tuple[Endpoint, Text, Breadth]]:
        arn = split_arn(pattern)
        if arn is None:
            for channel in (endpoint_of(pattern, service), Endpoint("?", pattern)):
                if channel in self._known:
                    yield channel, (ANY,), "granted"
            return
        if len(arn.service) != 1 or arn.service[0] not in (service, ANY):
            return
        named = channel_named(pattern, service)
        if by_name()[service].shared:
            for channel in self._shared.get(service, ()):
                meant = split_text(arn.resource, "/", 1)[-1]  # what follows topic/ or identity/
                yield channel, arn.resource, "granted" if _telling(meant) else "broad"
            return
        if not has_wildcard(named.name):
            yield from self._named(named, arn.resource)
            return
        for channel, forms in self._nearby(service, family, named.name):
            if _reaches(arn.resource, forms) if channel.service == service else not _telling(named.name):
                yield channel, arn.resource, breadth(named.name, channel)

    def _named(self, named: Endpoint, resource: Text) -> Iterator[tuple[Endpoint, Text, Breadth]]:
        """The channel of that name, and channels known by a parameter that may well mean the same."""
        if named in self._known and _reaches(resource, resource_forms(named)):
            yield named, resource, "granted"
        for channel in self._namesakes.get(channel_stem(named.name), ()):
            if channel != named and channel.service in ("?", named.service):
                yield channel, (ANY,), "broad"

    def _nearby(self, service: str, family: str, name: Text) -> Iterator[tuple[Endpoint, tuple[Text, ...]]]:
        """The channels that a wildcard may mean, with the forms of their resources.

        Those of its own stacks, and those elsewhere that it spells out.

        Templates of one run need not share an account, so ``*`` reaches no further than its own.
        """
        yield from self._local.get((service, family), {}).items()
        lead = name[0] if name and isinstance(name[0], str) else ""
        for channel in self._literal.get(service, ()) if len(lead) > 2 else ():
            if channel not in self._local.get((service, family), {}) and str(channel.name[0]).startswith(
                lead
            ):
                yield channel, resource_forms(channel)


def breadth(pattern: Text, channel: Endpoint) -> Breadth:
    """How narrowly a pattern of names means ``channel``, which it is known to reach.

    ``*Walker*`` and ``jobs-*-${AWS::Region}`` spell out all words of the name of ``${AWS::StackName}-Walker-…`` and
    ``jobs-main…``'s kin do not: where a wildcard stands for a word of the name, others of that beginning are meant too.
    """
    kind = kind_told(Endpoint(channel.service, pattern))
    told = (strip_prefix(pattern, kind) or ()) if kind else pattern
    name = (strip_prefix(channel.name, kind) or ()) if kind else channel.name
    if _spells_out(told, name):
        return "granted"
    lead = _lead(told)
    own = any(isinstance(part, Symbol) and part.name == "AWS::StackName" for part in lead)
    return "stack" if own else "broad"


def _spells_out(pattern: Text, name: Text) -> bool:
    """Do the wildcards of ``pattern`` stand for nothing in ``name`` that a person chose?

    What CloudFormation or a parameter puts there (a stack's name, an account, a stage, random letters) does not count,
    nor does the one letter of a ``?``.
    """
    atoms = _atoms(name)
    pieces: list[list[Part]] = [[]]
    for part in _atoms(pattern):
        if part in (ANY, ONE):
            pieces.append([])
        else:
            pieces[-1].append(part)
    left, at = [], 0
    for number, piece in enumerate(pieces):
        last = number == len(pieces) - 1
        found = len(atoms) - len(piece) if last and piece else _index(atoms, piece, at)
        if (
            found is None
            or found < at
            or (number == 0 and found)
            or atoms[found : found + len(piece)] != piece
        ):
            return False
        left += atoms[at:found]
        at = found + len(piece)
    left += atoms[at:]
    chosen = sum(1 for atom in left if isinstance(atom, str) and atom.isalnum())
    return chosen <= pattern.count(ONE) and any(
        isinstance(a, Symbol) or a.isalnum() for p in pieces for a in p
    )


def _atoms(name: Text) -> list[Part]:
    """``name`` letter by letter, each symbol as one."""
    return [atom for part in name for atom in ((part,) if isinstance(part, Symbol) else part)]


def _index(atoms: list[Part], piece: list[Part], start: int) -> int | None:
    ends = range(start, len(atoms) - len(piece) + 1)
    return next((at for at in ends if atoms[at : at + len(piece)] == piece), None)


def _lead(name: Text) -> Text:
    """``name`` up to its first wildcard."""
    at = next((at for at, part in enumerate(name) if isinstance(part, Symbol) and part.wild), len(name))
    return name[:at]


def _telling(name: Text) -> bool:
    """Does ``name`` say more than the stack's name before its first wildcard?"""
    told = (part for part in _lead(name) if not (isinstance(part, Symbol) and part.name == "AWS::StackName"))
    return any(isinstance(part, Symbol) or re.search(r"\w", part) for part in told)


def _reaches(resource: Text, forms: tuple[Text, ...]) -> bool:
    """Does a resource pattern reach what goes by one of these forms?"""
    if resource == (ANY,) or resource in forms:
        return True
    try:
        return any(
            meet([resource, form]) if has_wildcard(form) else matches(resource, form) for form in forms
        )
    except Undecided:
        return True


def resources_of(patterns: tuple[Text, ...]) -> list[Text]:
    arns = (split_arn(pattern) for pattern in patterns)
    return [arn.resource for arn in arns if arn is not None]


def apart(statement: Statement, channel: Endpoint) -> Text:
    """The account or region that all of a statement's ARNs of ``channel`` are set apart by."""
    named = [
        set_apart(pattern)
        for pattern, _ in statement.resources
        if channel_named(pattern, channel.service) == channel
    ]
    return named[0] if named and all(named) else ()
