"""How a loop is accepted, in words: by a comment, or by ``Metadata`` where the template can hold no comments.

JSON has none, and those of a CDK app do not get into its template: docs/suppressions-and-baseline.md, docs/cdk.md.
"""

from __future__ import annotations

from collections.abc import Iterable

from recursion_lint.remedies.case import Case
from recursion_lint.template.cloud_assembly import is_synthesised

DETECTION_OFF = "recursion-detection-off"
"""The rule about what ``RecursiveLoop: Allow`` takes away: accepted with the loop, or it is told in its stead."""


def suppress(case: Case, reason: str, allowed: bool = False) -> str:
    """What to write so that the finding is accepted, with ``reason`` in words, that which follows "and".

    ``allowed``: the loop is allowed to AWS as well, so both rules are named.
    """
    rules = [case.finding.rule]
    if (allowed or case.finding.runtime_protection == "off") and DETECTION_OFF not in rules:
        rules.append(DETECTION_OFF)
    text = case.editors.text(case.finding.span.file)
    names, passed = ", ".join(rules), _passed(case)
    if is_synthesised(text):
        quoted, through = _listed(rules, "'"), f", through: [{_listed(passed, chr(39))}]" if passed else ""
        return (
            f"accept it in the CDK app: addMetadata('recursion-lint', {{ignore: [{quoted}]{through}, reason: '…'}}) on "
            f"{_resource(case)}, with {reason} as the reason"
        )
    if text.lstrip("\ufeff \t\r\n").startswith("{"):
        quoted, through = _listed(rules, '"'), f', "through": [{_listed(passed, chr(34))}]' if passed else ""
        return (
            f'suppress it in the Metadata of {_resource(case)}, "recursion-lint": {{"ignore": [{quoted}]{through}, '
            f'"reason": "…"}}, with {reason} as the reason'
        )
    through = f" through {', '.join(passed)}" if passed else ""
    return f"suppress it with # recursion-lint: ignore[{names}]{through} -- and {reason} as the reason"


def _passed(case: Case) -> tuple[str, ...]:
    """What all loops of a finding pass that stands for several: a suppression without names accepts one of them."""
    if not case.finding.members:
        return ()
    named = (name for member in case.finding.members for name in member)
    return tuple(dict.fromkeys((*(node.resource for node in case.finding.cycle), *named)))


def _listed(names: Iterable[str], quote: str) -> str:
    return ", ".join(f"{quote}{name}{quote}" for name in names)


def _resource(case: Case) -> str:
    """A resource of the loop that stands in the finding's own template, by its logical id there."""
    own = (node.resource for node in case.finding.cycle if node.file == case.finding.span.file)
    return next(own, case.finding.cycle[0].resource if case.finding.cycle else "a resource").rpartition("/")[
        2
    ]
