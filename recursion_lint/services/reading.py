"""What a service module sees of a template."""

from collections.abc import Iterator, Mapping
from typing import Any, Union

from recursion_lint.model.facts import (
    Actor,
    Attachment,
    Boundary,
    Declared,
    Endpoint,
    HandlerSource,
    LayerContent,
    Mention,
    Policy,
    Refusal,
    Replication,
    Role,
    Statement,
    Trigger,
    Write,
)
from recursion_lint.model.findings import Note
from recursion_lint.model.path_conditions import Requires
from recursion_lint.model.text import Symbol, Text, render
from recursion_lint.services.naming import endpoint_of
from recursion_lint.template.references import Resolver
from recursion_lint.template.template import Resource, Template
from recursion_lint.template.yaml.files import Beside, SourceError
from recursion_lint.template.yaml.nodes import Node, parse

_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
"""What is no text where it is not quoted."""

UNDELIVERED = "only what cannot be delivered gets there"
"""The filter that stands before the dead-letter queue of a rule's target or of a subscription."""

Fact = Union[
    Declared,
    Trigger,
    Write,
    Replication,
    Statement,
    Actor,
    Mention,
    HandlerSource,
    LayerContent,
    Note,
    Policy,
    Attachment,
    Boundary,
    Role,
    Refusal,
]


class Reading:
    """One template being read: its resources, the resolver of its values, the files beside it."""

    def __init__(self, template: Template, resolver: Resolver, beside: Beside) -> None:
        self.template = template
        self.resolver = resolver
        self.beside = beside
        self._by_type: dict[str, list[tuple[int, Resource]]] | None = None

    def endpoint(self, resource: Resource) -> Endpoint:
        """The endpoint that a declared resource is."""
        return Endpoint(self.resolver.kinds[resource.type].service, self.resolver.name_of(resource))

    def endpoints(
        self, node: Node | None, service: str, requires: Requires
    ) -> Iterator[tuple[Endpoint, Requires]]:
        """The endpoints that a value (a name, an ARN, a queue URL, or a list of them) points to."""
        for item, needed in self.resolver.items(node, requires):
            for value, more in self.resolver.texts(item, needed):
                if value:
                    yield endpoint_of(value, service), more

    def of_type(self, *types: str) -> Iterator[Resource]:
        """The resources of the given types, SAM's additions included."""
        if self._by_type is None:
            self._by_type = {}
            for at, resource in enumerate(self.template.every_resource()):
                self._by_type.setdefault(resource.type, []).append((at, resource))
        found = [placed for kind in dict.fromkeys(types) for placed in self._by_type.get(kind, ())]
        if len(types) > 1:
            found.sort(key=lambda placed: placed[0])
        return (resource for _, resource in found)

    def has_type(self, *types: str) -> bool:
        """Does the template have a resource of one of the types?"""
        return next(self.of_type(*types), None) is not None

    def below(self, node: Node, path: list[str], requires: Requires) -> Iterator[tuple[Node, Requires]]:
        """The nodes at ``path``, through ``Fn::If``; a step ``*`` stands for every element of a list."""
        if not path:
            yield node, requires
            return
        children = self.resolver.items if path[0] == "*" else self.resolver.branches
        for child, needed in children(node if path[0] == "*" else node.get(path[0]), requires):
            yield from self.below(child, path[1:], needed)

    def document(self, node: Node | None, depth: int = 0) -> Any:
        """A JSON-like value of ``node``: dicts, lists, texts, numbers, booleans, ``None``.

        A string that holds JSON (an event pattern, a filter, a policy) is read as what it holds. Strings become
        ``Text``. Raises ``SourceError`` for a string that should hold JSON and does not.
        """
        found = self.resolver.one(node)
        if found is None or depth > 60:
            return None
        if found.kind == "scalar" or found.intrinsic is not None:
            return self._scalar(found, depth)
        if found.kind == "list":
            return [self.document(item, depth + 1) for item, _ in self.resolver.items(found)]
        return {key: self.document(child, depth + 1) for key, child in found.items()}

    def _scalar(self, node: Node, depth: int) -> Any:
        if node.kind == "scalar" and not node.quoted:
            word = node.value.lower()
            if word in _WORDS:
                return _WORDS[word]
            try:
                return int(node.value) if node.value.lstrip("-").isdigit() else float(node.value)
            except ValueError:
                pass
        value = self.resolver.text(node) or ()
        if depth == 0:
            return self.json_text(value, node)
        return value

    def json_text(self, value: Text, node: Node) -> Any:
        """Parse symbolic text as JSON; symbols inside its strings stay symbols."""
        return self.document(self.embedded(value, node), 1)

    def embedded(self, value: Text, node: Node) -> Node:
        """The root node of JSON or YAML held in a string; every span is the string's. Raises ``SourceError``."""
        marks: dict[str, Symbol] = {}
        plain: list[str] = []
        for part in value:
            if isinstance(part, Symbol):
                mark = f"\ue000{len(marks)}\ue001"
                marks[mark] = part
                plain.append(mark)
            else:
                plain.append(part)
        try:
            root = parse("".join(plain), node.span.file)
        except SourceError as problem:
            raise SourceError(
                f"{render(value)[:40]!r} does not hold JSON: {problem.message}", node.span.line
            ) from None
        return _respanned(root, node, marks)


def _respanned(root: Node, at: Node, marks: Mapping[str, Symbol]) -> Node:
    """``root`` with the span of ``at`` everywhere, and placeholders turned into ``Fn::Join`` of symbols."""
    if root.kind == "list":
        return Node("list", [_respanned(child, at, marks) for child in root.value], at.span)
    if root.kind == "map":
        return Node(
            "map", [(key, at.span, _respanned(child, at, marks)) for key, child in root.items()], at.span
        )
    if "\ue000" not in root.value:
        return Node("scalar", root.value, at.span, root.quoted)
    return Node(
        "map", [("Fn::Symbols", at.span, Node("symbols", _restored(root.value, marks), at.span))], at.span
    )


def _restored(value: str, marks: Mapping[str, Symbol]) -> Text:
    from recursion_lint.model.text import text

    parts: list[Any] = []
    for piece in value.split("\ue000"):
        number, mark, rest = piece.partition("\ue001")
        if mark:
            parts += [marks[f"\ue000{number}\ue001"], rest]
        else:
            parts.append(piece)
    return text(parts)


def json_map(reading: Reading, node: Node) -> Node:
    """A map that is given as one or as JSON; what is no JSON stays as it is."""
    spelled = node.intrinsic is not None and node.intrinsic[0] in ("Fn::Sub", "Fn::Join")
    if node.kind != "scalar" and not spelled:
        return node
    try:
        return reading.embedded(reading.resolver.text(node) or (), node)
    except SourceError:
        return node
