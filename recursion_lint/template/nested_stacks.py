"""A template and the nested stacks below it → one resolver each, tied together by parameters and outputs.

Only local templates are followed; a ``TemplateURL`` elsewhere becomes a note.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-nested-stacks.html
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from recursion_lint.model.findings import Note
from recursion_lint.model.path_conditions import ALWAYS, Alternatives, Requires
from recursion_lint.model.text import Text, render
from recursion_lint.template import sam
from recursion_lint.template.references import Resolver
from recursion_lint.template.resource_types import ResourceKind
from recursion_lint.template.template import Resource, Template
from recursion_lint.template.yaml.files import SourceError
from recursion_lint.template.yaml.nodes import Node

MAX_DEPTH = 10
STACK = "AWS::CloudFormation::Stack"
STACK_SET = "AWS::CloudFormation::StackSet"

Load = Callable[[str, str], Template]
"""``load(file, relative)``: the template at a path relative to ``file``. Raises ``SourceError``."""


class Instance(NamedTuple):
    """One stack: a template with what it is given. ``path`` holds the logical ids of the stacks around it."""

    template: Template
    resolver: Resolver
    path: tuple[str, ...]
    notes: tuple[Note, ...]


class _Arguments(Mapping[str, Alternatives]):
    """What a parent stack passes down, resolved in the parent when it is asked for."""

    def __init__(self, parent: Resolver, given: Node | None) -> None:
        self.parent = parent
        self.given = dict(given.items()) if given is not None else {}
        self._read: dict[str, Alternatives] = {}

    def __getitem__(self, name: str) -> Alternatives:
        found = self._read.get(name)
        if found is None:
            node = self.given[name]
            found = self._read[name] = self.parent.apart(lambda: self.parent.texts(node))
        return found

    def __contains__(self, name: object) -> bool:
        return name in self.given

    def __iter__(self) -> Iterator[str]:
        return iter(self.given)

    def __len__(self) -> int:
        return len(self.given)


def instances(
    template: Template,
    kinds: Mapping[str, ResourceKind],
    arguments: Mapping[str, Alternatives],
    load: Load,
    imports: Mapping[Text, Alternatives],
) -> list[Instance]:
    """The stack of ``template`` first, then the nested stacks below it, depth first."""
    return list(_instances(template, kinds, arguments, load, imports, ALWAYS, (), (template.file,)))


def _instances(
    template: Template,
    kinds: Mapping[str, ResourceKind],
    arguments: Mapping[str, Alternatives],
    load: Load,
    imports: Mapping[Text, Alternatives],
    requires: Requires,
    path: tuple[str, ...],
    files: tuple[str, ...],
) -> Iterator[Instance]:
    expanded = sam.expand(template)
    resolver = Resolver(expanded, kinds, arguments, requires, imports)
    notes: list[Note] = []
    below: list[Instance] = []
    for resource in expanded.resources.values():
        if resource.type == STACK_SET:
            notes.append(Note(resource.span, f"what the stack set {resource.id} deploys was not seen"))
        if resource.type != STACK:
            continue
        child = _child(resource, resolver, load, files, notes)
        if child is None:
            continue
        inner = (*path, resource.id)
        child = child._replace(scope="/".join((files[0], *inner)))
        found = list(
            _instances(
                child,
                kinds,
                _Arguments(resolver, resource.get("Parameters")),
                load,
                imports,
                resolver.resource_requires(resource),
                inner,
                (*files, child.file),
            )
        )
        resolver.nested[resource.id] = found[0].resolver
        below += found
    yield Instance(expanded, resolver, path, tuple(notes))
    yield from below


def _child(
    resource: Resource, resolver: Resolver, load: Load, files: tuple[str, ...], notes: list[Note]
) -> Template | None:
    """The template of a nested stack; ``None``, with a note, when it is not a local file or contains itself."""
    location = resource.get("TemplateURL")
    value = resolver.text(location) if location is not None else None
    span = location.span if location is not None else resource.span
    where = render(value) if value else "elsewhere"
    if value is None or len(value) != 1 or not isinstance(value[0], str) or "://" in value[0]:
        notes.append(Note(span, f"the nested stack {resource.id} is {where}; what is in it was not seen"))
        return None
    try:
        child = load(resolver.template.file, value[0])
    except SourceError as problem:
        notes.append(
            Note(span, f"the nested stack {resource.id} could not be read: {where} {problem.message}")
        )
        return None
    if child.file in files or len(files) > MAX_DEPTH:
        notes.append(Note(span, f"the nested stack {resource.id} contains itself; it was read once"))
        return None
    return child
