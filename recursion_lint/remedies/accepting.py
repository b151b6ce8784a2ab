"""How a loop is accepted, in words: by a comment, or by ``Metadata`` where the template can hold no comments.

JSON has none, and those of a CDK app do not get into its template: docs/suppressions-and-baseline.md, docs/cdk.md.
"""

from __future__ import annotations

from collections.abc import Iterable

from recursion_lint.remedies.case import Case, Change, Place
from recursion_lint.template.cloud_assembly import is_synthesised
from recursion_lint.template.yaml.edits import EditError
from recursion_lint.template.yaml.emitter import Value

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


def suppression(case: Case, place: Place, reason: str) -> Change:
    """The same as an edit: a comment above the resource ``place``, or its ``Metadata`` where there are no comments.

    Raises ``EditError`` for a template that a CDK app writes.
    """
    editor, rules, passed = place.editor, [case.finding.rule, DETECTION_OFF], _passed(case)
    if is_synthesised(editor.text):
        raise EditError("the template is written by a CDK app")
    if editor.style.json:
        told: dict[str, Value] = {"ignore": list(rules), "reason": reason}
        if passed:
            told = {"ignore": list(rules), "through": list(passed), "reason": reason}
        return Change(editor.file, editor.put(place.body, ("Metadata", "recursion-lint"), told))
    resources = editor.root.get("Resources")
    if resources is None:
        raise EditError("the template has no resources")
    through = f" through {', '.join(passed)}" if passed else ""
    words = f"recursion-lint: ignore[{', '.join(rules)}]{through} -- {reason}"
    return Change(editor.file, editor.comment(resources, place.id, words))


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
