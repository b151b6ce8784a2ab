"""Policy documents → ``Statement`` facts on roles.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial

from recursion_lint.model.facts import Statement
from recursion_lint.model.path_conditions import Requires
from recursion_lint.model.spans import Note, Span
from recursion_lint.model.text import Part, Symbol, Text, glob, render, text, undecided
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.template.yaml.files import SourceError
from recursion_lint.template.yaml.nodes import Node

Condition = Mapping[str, Mapping[str, tuple[Text, ...]]]


def document(
    reading: Reading, node: Node | None, role: Text, label: str, requires: Requires
) -> Iterator[Fact]:
    """The statements of a policy document, as grants to ``role``."""
    for statement, needed in statement_nodes(reading, node, requires):
        if isinstance(statement, Note):
            yield statement
        else:
            yield from reading.facts(
                partial(grant, reading, statement, role, label, needed), needed, statement.span
            )


def statement_nodes(
    reading: Reading, node: Node | None, requires: Requires
) -> Iterator[tuple[Node | Note, Requires]]:
    """The statements of a policy document, given as a map or as a JSON string, and what each needs to hold."""
    for found, needed in reading.resolver.branches(node, requires):
        if found.kind == "scalar" or (
            found.intrinsic is not None and found.intrinsic[0] in ("Fn::Sub", "Fn::Join")
        ):
            try:
                found = reading.embedded(reading.resolver.text(found) or (), found)
            except SourceError as problem:
                yield Note(found.span, f"a policy document could not be read: {problem.message}"), needed
                continue
        yield from reading.resolver.items(found.get("Statement"), needed)


def grant(
    reading: Reading, node: Node, role: Text, label: str, requires: Requires
) -> Iterator[Statement | Note]:
    """What one statement allows to ``role``, or denies it."""
    effect = reading.resolver.literal(node.get("Effect")) or "Allow"
    named = reading.resolver.elements(node.get("Action"))
    given, others = reading.strings(node.get("Action")), reading.strings(node.get("NotAction"))
    if not given and not others:
        return
    excluded = tuple(map(resource_pattern, reading.strings(node.get("NotResource"))))
    if effect == "Deny" and undecided(*others, *excluded):
        return  # it may deny less than what is not named here
    actions, not_actions = tuple(map(render, given)), tuple(map(render, others))
    resources = [
        (resource_pattern(value), needed)
        for item, more in reading.resolver.items(node.get("Resource"), requires)
        for value, needed in reading.resolver.texts(item, more)
    ]
    shown = node.get("Action") or node.get("NotAction") or node
    if effect == "Allow" and any(isinstance(part, Symbol) and not part.wild for one in given for part in one):
        yield Note(shown.span, "which actions a statement allows is not known; what they write was not seen")
    # What is denied through an access point may still be written past it.
    if effect == "Allow" and any(_of_access_point(value) for value, _ in resources):
        from recursion_lint.services.s3.access_points import in_buckets

        resources, notes = in_buckets(reading, resources, node.span)
        yield from notes
    yield Statement(
        role,
        effect,
        actions,
        not_actions,
        tuple(resources),
        excluded,
        condition_of(reading, node.get("Condition")),
        _first_line(shown),
        label,
        requires,
        spans=tuple(item.span for item in named) if len(named) == len(actions) else (),
    )


def resource_pattern(value: Text) -> Text:
    """A resource with its wildcards and policy variables read; ``${*}``, ``${?}`` and ``${$}`` are plain characters.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    """
    if not any(isinstance(part, str) and "${" in part for part in value):
        return glob(value)
    parts: list[Part] = []
    for part in value:
        pieces = re.split(r"\$\{([^}]*)\}", part) if isinstance(part, str) else [part]
        for at, piece in enumerate(pieces):
            if isinstance(piece, Symbol):
                parts.append(piece)
            elif at % 2 == 0:
                parts += glob((piece,))
            else:
                parts.append(piece if piece in ("*", "?", "$") else Symbol("variable", piece))
    return text(parts)


def _of_access_point(value: Text) -> bool:
    return any(isinstance(part, str) and ":accesspoint/" in part for part in value)


def _first_line(node: Node) -> Span:
    first = node.elements()[0] if node.elements() else node
    return first.span


def condition_of(reading: Reading, node: Node | None) -> Condition:
    """``Condition`` as operator → key → values; ill-formed parts are left out."""
    found = reading.resolver.one(node)
    condition: dict[str, dict[str, tuple[Text, ...]]] = {}
    for operator, given in found.items() if found is not None else ():
        keys = reading.resolver.one(given)
        for key, values in keys.items() if keys is not None else ():
            condition.setdefault(operator, {})[key] = tuple(reading.strings(values))
    return condition
