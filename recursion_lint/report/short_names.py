"""Names of what is in stacks within stacks, short: a reader of a dozen lines needs the resource, not the way there."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from recursion_lint.model.findings import Finding, FindingHop, Remedy

_DEEP = re.compile(r"(?<![\w/.-])\w+(?:/\w+)+/(\w+)(?![\w/]|\.\w|-\w)")


def with_short_names(finding: Finding) -> Finding:
    """``Outer/Inner/Worker`` as ``…/Worker`` in all that is told of a finding, where no other name ends so."""
    names = {name for hop in finding.hops for name in (hop.source, hop.target)}
    deep = {name for name in names if name.count("/") > 1 and _DEEP.fullmatch(name)}
    if not deep:
        return finding
    last = [name.rpartition("/")[2] for name in names]
    told = partial(_shortened, frozenset(name for name in last if last.count(name) == 1))
    return finding._replace(
        message=told(finding.message),
        hops=tuple(_hop(hop, told) for hop in finding.hops),
        because=tuple(map(told, finding.because)),
        guards=tuple(map(told, finding.guards)),
        also=tuple(map(told, finding.also)),
        remedies=tuple(_remedy(remedy, told) for remedy in finding.remedies),
    )


def _shortened(unique: frozenset[str], text: str) -> str:
    return _DEEP.sub(lambda found: f"…/{found[1]}" if found[1] in unique else found[0], text)


def _hop(hop: FindingHop, told: Callable[[str], str]) -> FindingHop:
    return hop._replace(source=told(hop.source), target=told(hop.target), reason=told(hop.reason))


def _remedy(remedy: Remedy, told: Callable[[str], str]) -> Remedy:
    return remedy._replace(title=told(remedy.title), steps=told(remedy.steps))
