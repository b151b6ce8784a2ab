"""Which templates of a run can be one system: what two of them declare by the same name is deployed apart.

Names are unique in an account and region, so two templates that declare one are for different ones: production and
test, two deployments of a file, copies. What neither of them declares may stand beside each.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from recursion_lint.assessment.assess import Assessment, ReadText, assess, in_order
from recursion_lint.assessment.ruleset import Rules
from recursion_lint.model.facts import Endpoint, Facts
from recursion_lint.model.levels import severity_rank
from recursion_lint.model.spans import Note

if TYPE_CHECKING:
    from recursion_lint.assessment.evidence.code_reader import CodeReader
    from recursion_lint.assessment.evidence.handler_code import ToldCode
    from recursion_lint.model.findings import Finding

MAX_SYSTEMS = 8
"""So many systems are judged as wholes; of more, what declares a name of another is judged with its folder alone."""
MAX_JUDGED = 20_000
"""Facts that are judged in all these systems together, but for the first."""
MAX_FOLDER = 20
"""In a larger folder a template is judged by itself."""

_System = tuple[Facts, ...]


def assess_apart(
    facts: Sequence[Facts],
    rules: Rules,
    read_text: ReadText | None = None,
    before: CodeReader | None = None,
    code: ToldCode | None = None,
) -> tuple[Assessment, ...]:
    """Judge everything that ``facts`` say, as ``assess`` does: each system that the templates can be, one at least."""
    found, alone = systems(facts)
    judged: list[Assessment] = []
    for system in (*found, *alone):
        judged.append(assess(system, rules, read_text, before, code))
        before = judged[-1].reader or before
    if alone:
        span = next(one.declared[0].span for one in alone[0] if one.declared)
        told = f"{len(alone)} templates declare names of others and were judged with no more than their own folders"
        judged[0] = judged[0]._replace(notes=(*judged[0].notes, Note(span, told)))
    return tuple(judged)


def all_findings(judged: Sequence[Assessment]) -> tuple[Finding, ...]:
    """The findings of all systems, worst first; one that several have as the worst of them has it."""
    if len(judged) == 1:
        return judged[0].findings
    kept: dict[object, Finding] = {}
    for one in judged:
        for finding in one.findings:
            what = finding.rule, finding.fingerprint, finding.span
            known = kept.get(what)
            if known is None or severity_rank(finding.severity) < severity_rank(known.severity):
                kept[what] = finding
    return tuple(sorted(kept.values(), key=in_order))


def systems(facts: Sequence[Facts]) -> tuple[tuple[_System, ...], tuple[_System, ...]]:
    """The systems that templates can be, in whatever order they come, and parts of those that are too many."""
    stacks: dict[str, _System] = {}
    for one in sorted(facts, key=lambda one: one.root):
        stacks[one.root] = (*stacks.get(one.root, ()), one)
    apart = _apart(stacks)
    if not apart:
        return (tuple(one for system in stacks.values() for one in system),), ()
    size = sum(len(one.declared) + len(one.triggers) + len(one.statements) for one in facts)
    wholes = min(MAX_SYSTEMS, 1 + MAX_JUDGED // max(size, 1))
    found: dict[frozenset[str], _System] = {}
    covered: set[str] = set()
    for seed in apart:
        if len(found) < wholes and seed not in covered:
            names = _around(seed, stacks, apart)
            found[frozenset(names)] = tuple(one for root in sorted(names) for one in stacks[root])
            covered |= names
    parts = (_folder(root, stacks, apart) for root in apart if root not in covered)
    return tuple(found.values()), tuple(
        tuple(one for root in sorted(names) for one in stacks[root]) for names in dict.fromkeys(parts)
    )


def _folder(seed: str, stacks: Mapping[str, _System], apart: Mapping[str, set[str]]) -> frozenset[str]:
    """A template with what of its folder can stand beside it."""
    folder = os.path.dirname(seed)
    near = {root: stacks[root] for root in stacks if os.path.dirname(root) == folder}
    return frozenset(_around(seed, near, apart) if len(near) <= MAX_FOLDER else {seed})


def _apart(stacks: Mapping[str, _System]) -> dict[str, set[str]]:
    """Template → those that declare a name that it declares, by path."""
    declaring: dict[Endpoint, dict[str, None]] = {}
    for root, system in stacks.items():
        for one in system:
            for item in one.declared:
                if item.endpoint.name:
                    declaring.setdefault(item.endpoint, {})[root] = None
    apart: dict[str, set[str]] = {}
    for roots in declaring.values():
        if len(roots) > 1:
            for root in roots:
                apart.setdefault(root, set()).update(other for other in roots if other != root)
    return {root: apart[root] for root in sorted(apart)}


def _around(seed: str, stacks: Mapping[str, _System], apart: Mapping[str, set[str]]) -> set[str]:
    """A template with all that can stand beside it; of those that cannot stand together, what is named most like it."""
    chosen = {seed}
    for root in _by_likeness(seed, stacks):
        if root != seed and not apart.get(root, set()) & chosen:
            chosen.add(root)
    return chosen


def _by_likeness(seed: str, roots: Iterable[str]) -> Iterator[str]:
    words = _words(seed)
    yield from sorted(roots, key=lambda root: (-len(words & _words(root)), root))


def _words(path: str) -> set[str]:
    return set(re.split(r"[^A-Za-z0-9]+", path))
