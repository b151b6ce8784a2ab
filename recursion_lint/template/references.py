"""References → symbolic text. The only reader of what Ref, GetAtt and ImportValue name: parameters, resources, outputs.

The functions around them are read by ``intrinsics``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from recursion_lint.model.path_conditions import ALWAYS, Alternatives, Requirement, Requires, sure
from recursion_lint.model.text import Part, Symbol, Text, literal, render, text
from recursion_lint.template.intrinsics import Intrinsics
from recursion_lint.template.resource_types import ACCOUNT, REGION, URL_SUFFIX, ResourceKind, arn_text
from recursion_lint.template.template import Resource, Template

MAX_NAMES = 20
"""No more resources are followed that are named after each other."""
_OF_SAM = {"Alias": "arn+:{alias}", "Version": "arn+:{version}"}
"""What ``!Ref Function.Alias`` and ``!Ref Function.Version`` return of the alias and version that SAM makes."""


class Resolver(Intrinsics):
    """Reads the values of one template (or of one instance of it, as a nested stack).

    ``arguments`` are what the command line or the parent stack gives to parameters. ``nested`` are the resolvers
    of nested stacks by logical id, from which ``Outputs`` are read; ``requires`` is what the stack itself needs.
    ``imports`` are the exports of other stacks of the run; ``asked`` collects the names of those imported here, and
    ``varying`` the resources whose name depends on a condition, each with the name that it is known by.
    """

    def __init__(
        self,
        template: Template,
        kinds: Mapping[str, ResourceKind],
        arguments: Mapping[str, Alternatives],
        requires: Requires = ALWAYS,
        imports: Mapping[Text, Text] = {},
    ) -> None:
        super().__init__(template)
        self.kinds = kinds
        self.arguments = arguments
        self.requires = requires
        self.imports = imports
        self.nested: dict[str, Resolver] = {}
        self.asked: set[Text] = set()
        self.varying: dict[str, Text] = {}
        self._names: dict[str, Text] = {}
        self._busy: set[str] = set()

    def resource_requires(self, resource: Resource) -> Requires:
        """The condition of a resource, if it has one, and those of the stack that it is in."""
        if resource.condition is None:
            return self.requires
        return self.requires | {Requirement(self.template.scope, resource.condition, True)}

    def _referenced(self, name: str) -> Alternatives:
        """What ``Ref: name`` may return; a parameter with an argument is what the argument may be."""
        if name in self.arguments and self.template.section("Parameters").get(name) is not None:
            return self._once(f"parameter {name}", lambda: self.arguments[name]) or sure(
                self._parameter(name)
            )
        return sure(self.reference(name))

    def _once(self, what: str, read: Callable[[], Alternatives]) -> Alternatives:
        """Follow a value into another stack; ``()`` when that leads back here."""
        if what in self._busy:
            return ()
        self._busy.add(what)
        try:
            return read()
        finally:
            self._busy.discard(what)

    def _parameter(self, name: str) -> Text:
        return (Symbol("parameter", name, self.template.scope),)

    def reference(self, name: str) -> Text:
        """What ``Ref: name`` returns, arguments of parameters aside."""
        if name.startswith("AWS::"):
            if name == "AWS::NoValue":
                return ()
            own = name in ("AWS::StackName", "AWS::StackId")
            return (Symbol("pseudo", name, self.template.scope if own else ""),)
        if self.template.section("Parameters").get(name) is not None:
            return self._parameter(name)
        resource = self.template.resources.get(self.template.generated.get(name, name))
        if resource is not None:
            kind = self.kinds.get(resource.type)
            return self._form(resource, kind.ref) if kind is not None else self.name_of(resource)
        base, _, rest = name.partition(".")
        if base in self.template.resources and rest in ("Alias", "Version"):
            return self.attribute(base, rest)
        return (Symbol("unknown", name, self.template.scope),)

    def _attribute_of(self, name: str, attribute: str) -> Alternatives:
        child = self.nested.get(name)
        if child is not None and attribute.startswith("Outputs."):
            found = self._once(
                f"output {name}.{attribute}", lambda: child.output(attribute.removeprefix("Outputs."))
            )
            if found:
                return found
        return sure(self.attribute(name, attribute))

    def output(self, name: str) -> Alternatives:
        """What the output ``name`` of this stack may be; nothing where there is no such output."""
        return self.texts(self.template.section("Outputs").get(name, "Value"))

    def attribute(self, name: str, attribute: str) -> Text:
        """What ``Fn::GetAtt: [name, attribute]`` returns, outputs of nested stacks aside."""
        made = self.template.generated
        head, _, rest = attribute.partition(".")
        if made and f"{name}.{head}" in made:
            return self.attribute(made[f"{name}.{head}"], rest) if rest else self.reference(f"{name}.{head}")
        resource = self.template.resources.get(name)
        kind = self.kinds.get(resource.type) if resource is not None else None
        if resource is not None and kind is not None:
            form = kind.attributes.get(attribute, _OF_SAM.get(attribute))
            if form is not None:
                return self._form(resource, form)
        return (Symbol("attribute", f"{name}.{attribute}", self.template.scope),)

    def name_of(self, resource: Resource) -> Text:
        """The physical name of a resource: its name property, or the name that CloudFormation generates.

        Names that lead back to themselves, or through too many resources, are as good as generated.
        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html
        """
        known = self._names.get(resource.id)
        if known is not None:
            return known
        kind = self.kinds.get(resource.type)
        found: Alternatives = ()
        busy = resource.id in self._busy or len(self._busy) > MAX_NAMES
        if kind is not None and kind.name is not None and not busy:
            self._busy.add(resource.id)
            *path, last = kind.name.split(".")
            holder = self.one(resource.properties, *path)
            found = self.texts(holder.get(last)) if holder is not None else ()
            self._busy.discard(resource.id)
        given = found[0][0] if found else ()
        if any(value != given for value, _ in found):
            self.varying[resource.id] = given
        if not given:
            stack = Symbol("pseudo", "AWS::StackName", self.template.scope)
            logical = resource.id.lower() if kind is not None and kind.lowercase else resource.id
            given = (stack, f"-{logical}-", Symbol("random", resource.id, self.template.scope))
        self._names[resource.id] = given
        return given

    def arn_of(self, resource: Resource) -> Text:
        """The ARN of a resource of a known kind; a symbol for others."""
        kind = self.kinds.get(resource.type)
        if kind is None:
            return (Symbol("attribute", f"{resource.id}.Arn", self.template.scope),)
        if kind.derive is not None and f"arn {resource.id}" not in self._busy:
            self._busy.add(f"arn {resource.id}")
            derived = kind.derive(self, resource)
            self._busy.discard(f"arn {resource.id}")
            if derived is not None:
                return derived
        return arn_text(kind.arn, self.name_of(resource))

    def _form(self, resource: Resource, form: str) -> Text:
        base, _, suffix = form.partition("+")
        if base == "name":
            value = self.name_of(resource)
        elif base == "url":
            value = text(
                ["https://sqs.", REGION, ".", URL_SUFFIX, "/", ACCOUNT, "/", *self.name_of(resource)]
            )
        else:
            value = self.arn_of(resource)
        if not suffix:
            return value
        tail: list[Part] = []
        for piece in re.split(r"(\{\w+\})", suffix):
            if piece.startswith("{"):
                tail.append(Symbol("random", f"{resource.id}.{piece[1:-1]}", self.template.scope))
            else:
                tail.append(piece)
        return text([*value, *tail])

    def _imported(self, name: Text) -> Text:
        self.asked.add(name)
        scope = self.template.scope if literal(name) is None else ""
        return self.imports.get(name) or (Symbol("import", render(name), scope),)
