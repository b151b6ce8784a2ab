"""The nodes that SAM's resources are rewritten with: parts kept, Globals merged, references made."""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.model.spans import Span
from recursion_lint.template.yaml.nodes import Node, mapping, scalar, sequence


def kept(node: Node, *names: str) -> list[tuple[str, Node]]:
    """The entries of a map under ``names``."""
    return [(name, child) for name, child in node.items() if name in names]


def merged(below: Node, above: Node) -> Node:
    """Maps merged key by key, lists concatenated, anything else taken from ``above``."""
    if below.kind == "list" and above.kind == "list":
        return sequence([*below.elements(), *above.elements()], above.span)
    if (
        below.kind != "map"
        or above.kind != "map"
        or above.intrinsic is not None
        or below.intrinsic is not None
    ):
        return above
    entries = {name: (name, span, node) for name, span, node in below.entries()}
    for name, span, node in above.entries():
        entries[name] = (name, span, merged(entries[name][2], node) if name in entries else node)
    return Node("map", list(entries.values()), above.span)


def chosen_refs(node: Node) -> Iterator[str]:
    """The logical ids that ``node`` refers to, itself or in a branch of ``Fn::If``."""
    call = node.intrinsic
    if call is not None and call[0] == "Ref":
        yield call[1].text or ""
    elif call is not None and call[0] == "Fn::If":
        for part in call[1].elements()[1:]:
            yield from chosen_refs(part)


def instead_of_nothing(node: Node, value: Node) -> Node:
    """``node``, an ``Fn::If``, with ``value`` in the branch that is ``AWS::NoValue``."""
    call = node.intrinsic
    if call is not None and call[0] == "Ref" and call[1].text == "AWS::NoValue":
        return value
    if call is None or call[0] != "Fn::If":
        return node
    condition, *branches = call[1].elements()
    chosen = [condition, *(instead_of_nothing(branch, value) for branch in branches)]
    return mapping([("Fn::If", sequence(chosen, node.span))], node.span)


def get_att(name: str, attribute: str, span: Span) -> Node:
    """``Fn::GetAtt: name.attribute``."""
    return mapping([("Fn::GetAtt", scalar(f"{name}.{attribute}", span))], span)


def ref(name: str, span: Span) -> Node:
    """``Ref: name``."""
    return mapping([("Ref", scalar(name, span))], span)
