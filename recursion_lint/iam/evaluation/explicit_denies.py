"""What denials leave of a grant: the resources that an action may still be used on.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from recursion_lint.iam.evaluation.resource_matching import resources_of
from recursion_lint.model.facts import Endpoint, Statement
from recursion_lint.model.path_conditions import Requires
from recursion_lint.model.text import ANY, Text
from recursion_lint.patterns.keys import covers, decide
from recursion_lint.services.naming import resource_forms
from recursion_lint.services.registry import by_name
from recursion_lint.template.choices import merged

Denial = tuple[Statement, Requires]
Scope = tuple[tuple[Text, ...], tuple[Text, ...]]
"""Resource patterns, and those that are taken from them."""
_MOST_CONDITIONS = 3
"""Where denials depend on more, they count only where the grant needs the same."""


def in_force(denials: Iterable[Denial], role: Text, requires: Requires) -> list[Statement]:
    """The denials to a role that hold wherever a grant with these conditions does, and those of their resources.

    What its boundary leaves out stands on no role.
    """
    return [
        statement._replace(resources=tuple(one for one in statement.resources if one[1] <= requires))
        for statement, needed in denials
        if needed <= requires and statement.role in (role, ())
    ]


class Granted(NamedTuple):
    """Actions of a service that a statement allows on a channel, by these resource patterns."""

    channel: Endpoint
    service: str
    actions: frozenset[str]
    patterns: tuple[Text, ...]


def spared(
    allows: Granted,
    requires: Requires,
    denials: Sequence[Denial],
    role: Text,
    relevant: Callable[[Statement], Mapping[str, frozenset[str]]],
) -> Iterator[tuple[Requires, dict[Scope, list[str]], list[Statement]]]:
    """What denials leave of a grant on each way that their conditions may be, with the conditional denials there.

    ``requires`` is what the grant needs to hold; ``relevant`` gives the actions of a statement by service.
    """
    found: list[tuple[dict[Scope, list[str]], list[Statement], list[Requires]]] = []
    for way in _ways(denials, role, requires):
        denied = in_force(denials, role, way)
        barring = [denial for denial in denied if not denial.condition]
        told = [denial for denial in denied if denial.condition]
        left = _undenied(allows, barring, relevant)
        same = next((ways for known, asked, ways in found if known == left and asked == told), None)
        if same is None:
            found.append((left, told, [way]))
        else:
            same.append(way)
    for left, told, ways in found:
        yield from ((way, left, told) for way in merged(ways))


def _ways(denials: Iterable[Denial], role: Text, requires: Requires) -> list[Requires]:
    """The ways that the conditions of denials may be where a grant is; that way alone where there are too many."""
    asked = {
        condition
        for statement, needed in denials
        if statement.role in (role, ())
        for one in (needed, *(more for _, more in statement.resources))
        for condition in one - requires
        if condition._replace(holds=not condition.holds) not in requires
    }
    conditions = sorted({condition._replace(holds=True) for condition in asked})
    found = [requires]
    for condition in conditions if len(conditions) <= _MOST_CONDITIONS else ():
        found = [way | {condition._replace(holds=holds)} for way in found for holds in (True, False)]
    return found


def _undenied(
    allows: Granted,
    denials: Sequence[Statement],
    relevant: Callable[[Statement], Mapping[str, frozenset[str]]],
) -> dict[Scope, list[str]]:
    """The actions that remain, by the resources that each may still be used on."""
    channel, service, patterns = allows.channel, allows.service, allows.patterns
    found: dict[Scope, list[str]] = {}
    acts_on = by_name()[service].acts_on
    for action in by_name()[service].writes:
        start = acts_on.get(action, "")
        meant = (
            action in allows.actions and of_type(patterns, start) and of_type(resource_forms(channel), start)
        )
        scope: Scope | None = (patterns, ()) if meant else None
        for denial in denials:
            if scope is not None and action in relevant(denial).get(service, ()):
                scope = without(scope, denial, channel, start)
        if scope is not None:
            found.setdefault(scope, []).append(action)
    return found


def of_type(patterns: tuple[Text, ...], start: str) -> bool:
    """May one of the resources begin with ``start``? No resources stand for all but some."""
    if not start or not patterns:
        return True
    return any(decide([pattern, (start, ANY)]).verdict != "disjoint" for pattern in patterns)


def without(scope: Scope, denial: Statement, channel: Endpoint, start: str) -> Scope | None:
    """What a denial leaves of the resources that an action may be used on; ``None`` for nothing.

    The action may be used on resources that begin with ``start``.
    """
    patterns, excluded = scope
    forms = tuple(form for form in resource_forms(channel) if of_type((form,), start))
    if denial.not_resources and not denial.resources:
        kept = resources_of(denial.not_resources)
        unread = len(kept) < len(denial.not_resources)
        if unread or any(covers([spared], form) for spared in kept for form in forms):
            return scope
        kept = [spared for spared in kept if _may_mean(spared, channel, forms)]
        left = [
            narrow for pattern in patterns or forms for spared in kept for narrow in _both(pattern, spared)
        ]
        return (tuple(dict.fromkeys(left)), excluded) if left else None
    named = tuple(pattern for pattern, _ in denial.resources)
    barred = resources_of(named)
    if channel.name in named or any(covers([resource], form) for resource in barred for form in forms):
        return None
    return patterns, (*excluded, *barred)


def _may_mean(resource: Text, channel: Endpoint, forms: tuple[Text, ...]) -> bool:
    """May a resource be one of a channel's? Of one that a parameter names, or that all share, its forms say little."""
    if channel.service == "?" or by_name()[channel.service].shared:
        return True
    return any(_both(resource, form) for form in forms)


def _both(pattern: Text, other: Text) -> tuple[Text, ...]:
    """The resources that two patterns have in common, or ``pattern`` where that is no pattern; nothing for none."""
    if decide([pattern, other]).verdict == "disjoint":
        return ()
    return (other,) if covers([pattern], other) else (pattern,)
