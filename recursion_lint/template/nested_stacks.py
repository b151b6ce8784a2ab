"""A template and the nested stacks below it → one resolver each, tied together by parameters and outputs.

Only templates of the run and those beside them are followed; a ``TemplateURL`` elsewhere becomes a note.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-nested-stacks.html
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple, Protocol

from recursion_lint.model.path_conditions import ALWAYS, Alternatives, Requires
from recursion_lint.model.spans import Note
from recursion_lint.model.text import Text, literal, render
from recursion_lint.template import sam
from recursion_lint.template.limits import MAX_STACKS, Limits
from recursion_lint.template.references import Resolver
from recursion_lint.template.resource_types import ResourceKind
from recursion_lint.template.template import Resource, Template
from recursion_lint.template.yaml.files import SourceError
from recursion_lint.template.yaml.nodes import Node

MAX_DEPTH = 10
STACK = "AWS::CloudFormation::Stack"
STACK_SET = "AWS::CloudFormation::StackSet"


class Library(Protocol):
    """Where the templates of nested stacks are found."""

    def beside(self, file: str, relative: str) -> Template:
        """The template at a path relative to ``file``. Raises ``SourceError``."""

    def named(self, name: str, file: str) -> list[Template]:
        """The templates of the run whose path ends with the part ``name``, those of ``file``'s repository first."""


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
    library: Library,
    imports: Mapping[Text, Alternatives],
) -> list[Instance]:
    """The stack of ``template`` first, then the nested stacks below it, depth first."""
    limits = Limits()
    return list(
        _instances(template, kinds, arguments, library, imports, ALWAYS, (), (template.file,), limits)
    )


def _instances(
    template: Template,
    kinds: Mapping[str, ResourceKind],
    arguments: Mapping[str, Alternatives],
    library: Library,
    imports: Mapping[Text, Alternatives],
    requires: Requires,
    path: tuple[str, ...],
    files: tuple[str, ...],
    limits: Limits,
) -> Iterator[Instance]:
    expanded = sam.expand(template)
    resolver = Resolver(expanded, kinds, arguments, requires, imports)
    resolver.limits = limits
    limits.grant(len(expanded.resources))
    notes: list[Note] = []
    below: list[Instance] = []
    for resource, child in _children(expanded, resolver, library, files, notes, limits):
        inner = (*path, resource.id)
        child = child._replace(scope="/".join((files[0], *inner)))
        found = list(
            _instances(
                child,
                kinds,
                _Arguments(resolver, resource.get("Parameters")),
                library,
                imports,
                resolver.resource_requires(resource),
                inner,
                (*files, child.file),
                limits,
            )
        )
        resolver.nested[resource.id] = found[0].resolver
        below += found
    yield Instance(expanded, resolver, path, tuple(notes))
    yield from below


def _children(
    template: Template,
    resolver: Resolver,
    library: Library,
    files: tuple[str, ...],
    notes: list[Note],
    limits: Limits,
) -> Iterator[tuple[Resource, Template]]:
    """The nested stacks of a template that can be read, with their resources; of the others ``notes`` are made."""
    for resource in template.resources.values():
        if resource.type == STACK_SET:
            notes.append(Note(resource.span, f"what the stack set {resource.id} deploys was not seen"))
        if resource.type != STACK:
            continue
        child = _child(resource, resolver, library, files, notes)
        if child is None:
            continue
        limits.stacks += 1
        if limits.stacks > MAX_STACKS:
            more = f"more than {MAX_STACKS} nested stacks: this one and later ones were not read"
            notes.append(Note(resource.span, more))
            return
        yield resource, child


def _child(
    resource: Resource, resolver: Resolver, library: Library, files: tuple[str, ...], notes: list[Note]
) -> Template | None:
    """The template of a nested stack; ``None``, with a note, when it is not at hand or contains itself."""
    location = resource.get("TemplateURL")
    value = (resolver.text(location) if location is not None else None) or ()
    span = location.span if location is not None else resource.span
    where = render(value) or "elsewhere"
    path = _asset(resource) or (literal(value) or "")
    if not path or "://" in path:
        refused = f"the nested stack {resource.id} is {where}; what is in it was not seen"
        child = None
    else:
        try:
            refused, child = "", library.beside(resolver.template.file, path)
        except SourceError as problem:
            refused = f"the nested stack {resource.id} could not be read: {where} {problem.message}"
            child = None
    if child is None:
        child = _namesake(value, library, files)
        taken = (
            f"{resource.id} was taken for {child.file}, the one template of that name here" if child else ""
        )
        notes.append(Note(span, f"the nested stack {taken}" if taken else refused))
    if child is not None and (child.file in files or len(files) > MAX_DEPTH):
        notes.append(Note(span, f"the nested stack {resource.id} contains itself; it was read once"))
        return None
    return child


def _asset(resource: Resource) -> str:
    """Where the CDK put the template of a nested stack whose address is known only once it is published.

    https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.cx_api-readme.html
    """
    path = resource.body.get("Metadata", "aws:asset:path")
    of = resource.body.get("Metadata", "aws:asset:property")
    return (path.text or "") if path is not None and of is not None and of.text == "TemplateURL" else ""


def _namesake(location: Text, library: Library, files: tuple[str, ...]) -> Template | None:
    """The template of the run that the last part of an address names, if it is one and does not hold this stack."""
    end = location[-1] if location else ""
    if not isinstance(end, str) or (len(location) > 1 and "/" not in end):
        return None
    name = end.partition("?")[0].replace("\\", "/").rpartition("/")[2]
    found = library.named(name, files[-1]) if name else []
    return found[0] if len(found) == 1 and found[0].file not in files else None
