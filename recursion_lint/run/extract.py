"""A template's text → its ``Facts``, one set for each stack: what services and policies read of its resources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress

from recursion_lint.iam.policies.readers import readers as policy_readers
from recursion_lint.model.facts import (
    Actor,
    Attachment,
    Boundary,
    Declared,
    Facts,
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
from recursion_lint.model.path_conditions import ALWAYS, Alternatives, under
from recursion_lint.model.spans import Note
from recursion_lint.model.suppressions import Suppression
from recursion_lint.model.text import Text
from recursion_lint.services.declaration import Reader
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.services.registry import kinds, readers
from recursion_lint.template.conditions import expressions
from recursion_lint.template.creation_order import circular_notifications
from recursion_lint.template.nested_stacks import Instance, instances
from recursion_lint.template.references import Resolver, stored_as
from recursion_lint.template.suppressions import in_comments, in_metadata
from recursion_lint.template.template import (
    CUSTOM_RESOURCE,
    Resource,
    Template,
    is_headless,
    is_template,
    read,
)
from recursion_lint.template.yaml.files import Beside, SourceError
from recursion_lint.template.yaml.nodes import Node, parse


def facts_of(
    path: str,
    content: str,
    parameters: Mapping[str, str],
    imports: Mapping[Text, Alternatives],
    beside: Beside,
) -> tuple[Facts, ...]:
    """What the template with the text ``content`` and its nested stacks say about events; ``()`` if it is none.

    ``parameters`` are known values of its parameters; ``imports`` are values exported by other stacks; ``beside``
    opens what it names: nested stacks, definitions. Raises ``SourceError`` for what cannot be parsed.
    """
    root = parse(content, path)
    if not is_template(root):
        return ()
    comments = {path: in_comments(content, path, root)}
    return _facts_of(root, path, comments, parameters, imports, beside)


def facts_of_merged(
    files: Mapping[str, str],
    parameters: Mapping[str, str],
    imports: Mapping[Text, Alternatives],
    beside: Beside,
) -> tuple[Facts, ...]:
    """What ``files``, texts by their paths, say as the template that they are fragments of. Raises ``SourceError``."""
    from recursion_lint.run.fragments import merged

    first, *others = files
    comments = {
        first: tuple(
            one for path, text in files.items() for one in in_comments(text, path, parse(text, path))
        )
    }
    root = merged(list(files), lambda path: files[path])
    own, *nested = _facts_of(root, first, comments, parameters, imports, beside)
    told = Note(root.span, f"read together with {', '.join(others)}: they refer to each other's resources")
    return (own._replace(merged=tuple(others), notes=(*own.notes, told)), *nested)


def _facts_of(
    root: Node,
    path: str,
    comments: dict[str, tuple[Suppression, ...]],
    parameters: Mapping[str, str],
    imports: Mapping[Text, Alternatives],
    beside: Beside,
) -> tuple[Facts, ...]:
    headless = is_headless(root)
    template = read(root, path, parameters=parameters)
    hidden = {name for name, parameter in template.section("Parameters").items() if _is_secret(parameter)}
    arguments: dict[str, Alternatives] = {
        name: (((value,), ALWAYS),) for name, value in parameters.items() if name not in hidden
    }
    found = [
        _facts(stack, path, beside)
        for stack in instances(template, kinds(), arguments, _Library(beside, comments), imports)
    ]
    return tuple(
        facts._replace(
            suppressions=(*facts.suppressions, *comments.pop(facts.file, ())),
            headless=headless and facts.file == path,
        )
        for facts in found
    )


class _Library:
    """The templates that nested stacks name, read as they are asked for; ``comments`` takes their suppressions."""

    def __init__(self, beside: Beside, comments: dict[str, tuple[Suppression, ...]]) -> None:
        self._beside = beside
        self._comments = comments

    def beside(self, file: str, relative: str) -> Template:
        path, text = self._beside.read(file, relative)
        node = parse(text, path)
        if not is_template(node):
            raise SourceError("is not a template")
        self._comments[path] = in_comments(text, path, node)
        return read(node, path)

    def named(self, name: str, file: str) -> list[Template]:
        found = []
        namesakes = self._beside.namesakes(name, file)
        for path in namesakes if len(namesakes) <= MAX_NAMESAKES else ():
            with suppress(SourceError):
                found.append(self.beside("", path))
        return found


MAX_NAMESAKES = 20
"""Of more files of one name none is the one that is meant."""


def _facts(instance: Instance, root: str, beside: Beside) -> Facts:
    template = instance.template
    reading = Reading(template, instance.resolver, beside)
    found: dict[type, list[Fact]] = {}
    for resource in template.every_resource():
        for reader in (*readers(resource.type), *policy_readers(resource.type)):
            for fact in _read(reading, reader, resource):
                found.setdefault(type(fact), []).append(fact)
    if any(resource.type == CUSTOM_RESOURCE for resource in template.resources.values()):
        from recursion_lint.iam.policies.custom_roles import roles_made_elsewhere

        for fact in roles_made_elsewhere(reading, _of(found, Actor), _of(found, Declared)):
            found.setdefault(type(fact), []).append(fact)
    declared = _of(found, Declared)
    return Facts(
        template.file,
        template.scope,
        root,
        declared=tuple(item._replace(stack=instance.path) for item in declared)
        if instance.path
        else declared,
        triggers=_of(found, Trigger),
        writes=_of(found, Write),
        replications=_of(found, Replication),
        statements=_of(found, Statement),
        policies=_of(found, Policy),
        attachments=_of(found, Attachment),
        boundaries=_of(found, Boundary),
        roles=_of(found, Role),
        actors=_of(found, Actor),
        mentions=_of(found, Mention),
        circular=tuple(circular_notifications(template)),
        conditions=expressions(instance.resolver),
        notes=(*template.notes, *instance.notes, *_of(found, Note), *_simplified(instance.resolver)),
        resources=sum(1 for resource in template.resources.values() if resource.declared_type),
        suppressions=_suppressions(template),
        exports=_exports(instance.resolver),
        defaults=_defaults(instance.resolver),
        imports=frozenset(instance.resolver.asked),
        refusals=_of(found, Refusal),
        parameters=frozenset(name for name, _ in template.section("Parameters").items()),
        sources=_of(found, HandlerSource),
        layers=_of(found, LayerContent),
    )


def _read(reading: Reading, reader: Reader, resource: Resource) -> Iterator[Fact]:
    return reading.facts(lambda: reader(reading, resource), at=resource.span)


def _simplified(resolver: Resolver) -> Iterator[Note]:
    """What of the values that depend on conditions is left out."""
    for span, told in resolver.cut.items():
        yield Note(span, told)
    for span, told in resolver.limits.passed.items():
        if span.file == resolver.template.file:
            yield Note(span, told)


def _suppressions(template: Template) -> tuple[Suppression, ...]:
    found = in_metadata(template.section("Metadata"), "*")
    for resource in template.resources.values():
        if resource.body.get("Metadata") is not None:
            found += in_metadata(resource.body.get("Metadata"), resource.id)
    return found


def _defaults(resolver: Resolver) -> dict[str, str]:
    """The defaults of the parameters that nobody gives a value, but for those that are secret."""
    found = {
        name: parameter.get("Default")
        for name, parameter in resolver.template.section("Parameters").items()
        if name not in resolver.arguments and not _is_secret(parameter)
    }
    return {name: node.text for name, node in found.items() if node is not None and node.text is not None}


def _is_secret(parameter: Node) -> bool:
    """Is a parameter's value never to be shown? It is not looked at then: no channel is called by it.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
    """
    hidden = parameter.get("NoEcho")
    return hidden is not None and (hidden.text or "").lower() == "true"


def _of(found: Mapping[type, list[Fact]], kind: type) -> tuple:  # type: ignore[type-arg]
    return tuple(found.get(kind, ()))


def _exports(resolver: Resolver) -> dict[Text, Alternatives]:
    """What a stack exports, and what it stores as parameters of the Systems Manager, by name.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html
    """
    found: dict[Text, Alternatives] = {}
    for _, output in resolver.template.section("Outputs").items():
        condition = output.get("Condition")
        needed = resolver.requires_of(condition.text if condition is not None else None)
        export = resolver.one_below(output.get("Export"), "Name")
        for name, more in resolver.texts(export, needed):
            if name:
                found[name] = (*found.get(name, ()), *resolver.texts(output.get("Value"), more))
    for resource in resolver.template.every_resource():
        if resource.type == "AWS::SSM::Parameter" and resource.get("Name") is not None:
            for name, more in under(resolver.names(resource), resolver.resource_requires(resource)):
                key = stored_as(name)
                found[key] = (*found.get(key, ()), *resolver.texts(resource.get("Value"), more))
    return {name: values for name, values in found.items() if values}
