"""What a service module sees of a template."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar, Union

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
from recursion_lint.model.path_conditions import ALWAYS, Requires, agree
from recursion_lint.model.spans import Note, Span
from recursion_lint.model.text import Text, parameter_of, render
from recursion_lint.services.naming import endpoint_of, qualifier_of
from recursion_lint.template.choices import merged
from recursion_lint.template.embedded import parse_text
from recursion_lint.template.references import OF_STORE, Resolver
from recursion_lint.template.template import Resource, Template
from recursion_lint.template.yaml.files import Beside, SourceError
from recursion_lint.template.yaml.nodes import Node

_Read = TypeVar("_Read")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
"""What is no text where it is not quoted."""

MOST_DIGITS = 9
"""No property that is counted has a longer number."""

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

    def declared(
        self, resource: Resource, endpoint: Endpoint | None = None, bounds: tuple[str, ...] = ()
    ) -> Declared:
        """``resource`` as what carries or handles the events of ``endpoint``, or of the endpoint that it is."""
        return Declared(
            endpoint or self.endpoint(resource),
            resource.id,
            resource.declared_type,
            resource.span,
            self.resolver.arn_of(resource),
            self.resolver.resource_requires(resource),
            bounds,
        )

    def endpoints(
        self, node: Node | None, service: str, requires: Requires
    ) -> Iterator[tuple[Endpoint, Requires]]:
        """The endpoints that a value (a name, an ARN, a queue URL, or a list of them) points to."""
        for item, needed in self.resolver.items(node, requires):
            for value, more in self.resolver.texts(item, needed):
                if value:
                    yield endpoint_of(value, service), more

    def named(self, node: Node | None, service: str) -> list[Endpoint]:
        """The endpoints that a value points to, on the way that is being read."""
        return [endpoint_of(value, service) for value in self.strings(node) if value]

    def qualifier(self, node: Node | None) -> Text | None:
        """The alias or version of a function that a value names, nothing for the function itself, or ``None``."""
        found = set(map(qualifier_of, dict(self.resolver.texts(node))))
        return found.pop() if len(found) == 1 else None

    def facts(
        self, read: Callable[[], Iterable[_Read]], requires: Requires = ALWAYS, at: Span | None = None
    ) -> Iterator[_Read]:
        """The facts that ``read`` yields, for each way that the conditions which it asks may be, with what that way is.

        ``at`` is where a note stands if there are more ways than are followed.
        """
        found = self.resolver.explored(lambda: [*read()], requires, at)
        if len(found) == 1:
            yield from found[0][0]
        else:
            yield from _by_ways(found)

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

    def strings(self, node: Node | None) -> list[Text]:
        """The texts of a list (or of a single value), on the way that is being read."""
        found = (self.resolver.text(item) for item in self.resolver.elements(node))
        return [value for value in found if value is not None]

    def default_of(self, value: Text) -> str | None:
        """What a value that is a parameter of this template is by default; ``None`` for others, and without one.

        The default of a parameter of the Systems Manager is only its name.
        """
        parameter = parameter_of(value)
        if parameter is None or parameter.scope != self.template.scope:
            return None
        declared = self.template.section("Parameters").get(parameter.name)
        kind, given = (
            (declared.get("Type"), declared.get("Default")) if declared is not None else (None, None)
        )
        of_store = kind is not None and (kind.text or "").startswith(OF_STORE)
        return None if given is None or of_store else given.text

    def number(self, node: Node | None) -> int | None:
        """The whole number that a value is, the same in every branch; ``None`` where it cannot be told."""
        value = self.resolver.constant(node) if node is not None else None
        return int(value) if value is not None and value.isdecimal() and len(value) < MOST_DIGITS else None

    def has_type(self, *types: str) -> bool:
        """Does the template have a resource of one of the types?"""
        return next(self.of_type(*types), None) is not None

    def all_below(self, node: Node, path: list[str], requires: Requires) -> Iterator[tuple[Node, Requires]]:
        """The nodes at ``path``, through ``Fn::If``; a step ``*`` stands for every element of a list."""
        if not path:
            yield node, requires
            return
        children = self.resolver.items if path[0] == "*" else self.resolver.branches
        for child, needed in children(node if path[0] == "*" else node.get(path[0]), requires):
            yield from self.all_below(child, path[1:], needed)

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
            return [self.document(item, depth + 1) for item in self.resolver.elements(found)]
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
        try:
            return parse_text(value, node.span.file, node.span)
        except SourceError as problem:
            raise SourceError(
                f"{render(value)[:40]!r} does not hold JSON: {problem.message}", node.span.line
            ) from None


def _by_ways(found: list[tuple[list[_Read], Requires]]) -> Iterator[_Read]:
    """The facts of several ways, each once, with what the ways have in common that it was read on."""
    places: dict[object, list[tuple[_Read, list[Requires]]]] = {}
    order: list[tuple[_Read, list[Requires]]] = []
    for facts, way in found:
        for fact in facts:
            if not agree(getattr(fact, "requires", ALWAYS), way):
                continue
            alike = places.setdefault((type(fact), getattr(fact, "span", None)), [])
            known = next((ways for one, ways in alike if one == fact), None)
            if known is None:
                alike.append((fact, [way]))
                order.append(alike[-1])
            elif known[-1] != way:
                known.append(way)
    for fact, ways in order:
        yield from (_on_way(fact, way) for way in ([ALWAYS] if len(ways) == len(found) else merged(ways)))


def _on_way(fact: Any, way: Requires) -> Any:
    """``fact`` as far as it holds where ``way`` does."""
    if not way:
        return fact
    if isinstance(fact, Actor):
        return fact._replace(roles=tuple((role, needed | way) for role, needed in fact.roles))
    if isinstance(fact, Policy):
        stated = tuple(one._replace(requires=one.requires | way) for one in fact.statements)
        return fact._replace(statements=stated)
    if isinstance(fact, Refusal):
        return fact._replace(statement=fact.statement._replace(requires=fact.statement.requires | way))
    needed = getattr(fact, "requires", None)
    return fact if needed is None else fact._replace(requires=needed | way)


def json_map(reading: Reading, node: Node) -> Node:
    """A map that is given as one or as JSON; what is no JSON stays as it is."""
    spelled = node.intrinsic is not None and node.intrinsic[0] in ("Fn::Sub", "Fn::Join")
    if node.kind != "scalar" and not spelled:
        return node
    try:
        return reading.embedded(reading.resolver.text(node) or (), node)
    except SourceError:
        return node
