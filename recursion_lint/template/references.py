"""References → symbolic text. The only reader of what Ref, GetAtt and ImportValue name: parameters, resources, outputs.

The functions around them are read by ``intrinsics``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from recursion_lint.model.path_conditions import ALWAYS, Alternatives, Requirement, Requires, sure, under
from recursion_lint.model.text import UNDECIDED, Part, Symbol, Text, literal, render, strip_prefix, text
from recursion_lint.template.allowed_values import allowed_values
from recursion_lint.template.choices import Undecided
from recursion_lint.template.intrinsics import Intrinsics
from recursion_lint.template.resource_types import ACCOUNT, REGION, URL_SUFFIX, ResourceKind, arn_text
from recursion_lint.template.structure import is_absent
from recursion_lint.template.template import Resource, Template

MAX_NAMES = 20
"""No more resources are followed that are named after each other."""
OF_STORE = ("AWS::SSM::Parameter::Value<",)
"""How types begin of parameters whose value is the name of a parameter of the Systems Manager.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html
"""
_OF_SAM = {"Alias": "arn+:{alias}", "Version": "arn+:{version}"}
"""What ``!Ref Function.Alias`` and ``!Ref Function.Version`` return of the alias and version that SAM makes."""


class Resolver(Intrinsics):
    """Reads the values of one template (or of one instance of it, as a nested stack).

    ``arguments`` are what the command line or the parent stack gives to parameters. ``nested`` are the resolvers
    of nested stacks by logical id, from which ``Outputs`` are read; ``requires`` is what the stack itself needs.
    ``imports`` are the values that stacks of the run export, and those that they store (``stored_as``), by name;
    ``asked`` collects the names of those that are asked for here.
    """

    def __init__(
        self,
        template: Template,
        kinds: Mapping[str, ResourceKind],
        arguments: Mapping[str, Alternatives],
        requires: Requires = ALWAYS,
        imports: Mapping[Text, Alternatives] = {},
    ) -> None:
        super().__init__(template)
        self.kinds = kinds
        self.arguments = arguments
        self.requires = requires
        self.imports = imports
        self.nested: dict[str, Resolver] = {}
        self.asked: set[Text] = set()
        self._names: dict[str, Alternatives] = {}
        self._allowed: Mapping[str, tuple[str, ...]] | None = None
        self._busy: set[str] = set()

    def resource_requires(self, resource: Resource) -> Requires:
        """The condition of a resource, if it has one, and those of the stack that it is in."""
        return self.requires_of(resource.condition)

    def requires_of(self, condition: str | None) -> Requires:
        """A condition, if there is one, and those of the stack that it is in."""
        if condition is None:
            return self.requires
        return self.requires | {Requirement(self.template.scope, condition, True)}

    def _referenced(self, name: str) -> Alternatives:
        """What ``Ref: name`` may return; a parameter with an argument is what the argument may be."""
        given = self.template.section("Parameters").get(name)
        if given is None:
            return self.references(name)
        found: Alternatives = ()
        if name in self.arguments:
            found = self._once(f"parameter {name}", lambda: self.arguments[name])
        kind = given.get("Type")
        if kind is None or kind.text is None or not kind.text.startswith(OF_STORE):
            return found or sure(self._parameter(name))
        default = given.get("Default")
        if not found and default is not None and default.text:
            return self._stored((default.text,)) or sure(self._parameter(name))
        return tuple(one for key, needed in found for one in under(self._kept(key), needed)) or sure(
            self._parameter(name)
        )

    def _kept(self, name: Text) -> Alternatives:
        """The value of a parameter of the Systems Manager; a symbol where no template of the run sets it."""
        return self._stored(name) or sure((Symbol("dynamic", f"resolve:ssm:{render(name)}"),))

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
        allowed = self.allowed(name)
        if len(allowed) == 1 and not self.is_list(name):
            return (allowed[0],) if allowed[0] else ()
        return (Symbol("parameter", name, self.template.scope),)

    def allowed(self, name: str) -> tuple[str, ...]:
        """The values that a parameter may have, by its ``AllowedValues`` and the ``Rules``; ``()`` for any."""
        if self._allowed is None:
            self._allowed = allowed_values(self.template)
        return self._allowed.get(name, ())

    def reference(self, name: str) -> Text:
        """What ``Ref: name`` returns on the way that is being read, arguments of parameters aside."""
        return self._sole(self.references(name))

    def references(self, name: str) -> Alternatives:
        """What ``Ref: name`` may return, arguments of parameters aside."""
        if name.startswith("AWS::"):
            if name == "AWS::NoValue":
                return sure(())
            own = name in ("AWS::StackName", "AWS::StackId")
            return sure((Symbol("pseudo", name, self.template.scope if own else ""),))
        if self.template.section("Parameters").get(name) is not None:
            return sure(self._parameter(name))
        resource = self.template.resources.get(self.template.generated.get(name, name))
        if resource is not None:
            kind = self.kinds.get(resource.type)
            return self._form(resource, kind.ref) if kind is not None else self.names(resource)
        base, _, rest = name.partition(".")
        if base in self.template.resources and rest in ("Alias", "Version"):
            return self.attributes(base, rest)
        return sure((Symbol("unknown", name, self.template.scope),))

    def _sole(self, found: Alternatives) -> Text:
        """The one of ``found`` on the way that is being read; a symbol that is itself where that is not decided."""
        try:
            return self._chosen(found) or ()
        except Undecided:
            return (Symbol(UNDECIDED, " or ".join(render(value) for value, _ in found), self.template.scope),)

    def _attribute_of(self, name: str, attribute: str) -> Alternatives:
        child = self.nested.get(name)
        if child is not None and attribute.startswith("Outputs."):
            found = self._once(
                f"output {name}.{attribute}", lambda: child.output(attribute.removeprefix("Outputs."))
            )
            if found:
                return found
        return self.attributes(name, attribute)

    def output(self, name: str) -> Alternatives:
        """What the output ``name`` of this stack may be; nothing where there is no such output."""
        return self.texts(self.template.section("Outputs").get(name, "Value"))

    def attribute(self, name: str, attribute: str) -> Text:
        """What ``Fn::GetAtt: [name, attribute]`` returns on the way that is being read, nested stacks aside."""
        return self._sole(self.attributes(name, attribute))

    def attributes(self, name: str, attribute: str) -> Alternatives:
        """What ``Fn::GetAtt: [name, attribute]`` may return, outputs of nested stacks aside."""
        made = self.template.generated
        head, _, rest = attribute.partition(".")
        if made and f"{name}.{head}" in made:
            return (
                self.attributes(made[f"{name}.{head}"], rest) if rest else self.references(f"{name}.{head}")
            )
        resource = self.template.resources.get(name)
        kind = self.kinds.get(resource.type) if resource is not None else None
        if resource is not None and kind is not None:
            form = kind.attributes.get(attribute, _OF_SAM.get(attribute))
            if form is not None:
                return self._form(resource, form)
        return sure((Symbol("attribute", f"{name}.{attribute}", self.template.scope),))

    def name_of(self, resource: Resource) -> Text:
        """The physical name of a resource on the way that is being read."""
        return self._sole(self.names(resource))

    def names(self, resource: Resource) -> Alternatives:
        """The physical names of a resource: those of its name property, or the one that CloudFormation generates.

        A name that is given under a condition, or else generated, is taken for given. Names that lead back to
        themselves, or through too many resources, are as good as generated.
        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html
        """
        known = self._names.get(resource.id)
        if known is not None:
            return known
        kind = self.kinds.get(resource.type)
        found: Alternatives = ()
        busy = resource.id in self._busy or len(self._busy) > MAX_NAMES
        if kind is not None and kind.name is not None and not busy:
            path = kind.name
            self._busy.add(resource.id)
            found = self.apart(lambda: self._given_names(resource, path))
            self._busy.discard(resource.id)
        if not found:
            lowered = kind is not None and kind.lowercase
            found = sure(self._generated_name(resource.id.lower() if lowered else resource.id, resource.id))
        self._names[resource.id] = found
        return found

    def _given_names(self, resource: Resource, path: str) -> Alternatives:
        """The names that a property gives; where there are two of them, also the one that is there without it."""
        *outer, last = path.split(".")
        holders = list(self.branches(resource.get(*outer)) if outer else ((resource.properties, ALWAYS),))
        given = [(node, more) for holder, more in holders if (node := holder.get(last)) is not None]
        found = tuple(one for node, more in given for one in self.texts(node, more))
        values = {value for value, _ in found}
        if len(values) < 2:
            return sure(values.pop()) if values - {()} else ()
        generated = self._generated_name(resource.id, resource.id)
        gone = tuple(
            (generated, needed)
            for node, more in given
            for branch, needed in self.branches(node, more, absent=True)
            if is_absent(branch)
        )
        return tuple((value or generated, needed) for value, needed in found) + gone

    def _generated_name(self, shown: str, logical_id: str) -> Text:
        stack = Symbol("pseudo", "AWS::StackName", self.template.scope)
        return (stack, f"-{shown}-", Symbol("random", logical_id, self.template.scope))

    def arn_of(self, resource: Resource) -> Text:
        """The ARN of a resource of a known kind, on the way that is being read; a symbol for others."""
        return self._sole(self.arns(resource))

    def arns(self, resource: Resource) -> Alternatives:
        """The ARNs that a resource of a known kind may have; a symbol for others."""
        kind = self.kinds.get(resource.type)
        if kind is None:
            return sure((Symbol("attribute", f"{resource.id}.Arn", self.template.scope),))
        if kind.derive is not None and f"arn {resource.id}" not in self._busy:
            derive = kind.derive
            self._busy.add(f"arn {resource.id}")
            derived = self.apart(lambda: self.explored(lambda: derive(self, resource), at=resource.span))
            self._busy.discard(f"arn {resource.id}")
            found = tuple((value, needed) for value, needed in derived if value is not None)
            if found:
                return found
        return tuple((arn_text(kind.arn, name), needed) for name, needed in self.names(resource))

    def _form(self, resource: Resource, form: str) -> Alternatives:
        base, _, suffix = form.partition("+")
        if base == "value":
            return self.texts(resource.get("Value"))
        if base == "name":
            values = self.names(resource)
        elif base == "url":
            head: tuple[Part, ...] = ("https://sqs.", REGION, ".", URL_SUFFIX, "/", ACCOUNT, "/")
            values = tuple((text([*head, *name]), needed) for name, needed in self.names(resource))
        else:
            values = self.arns(resource)
        if not suffix:
            return values
        tail: list[Part] = []
        for piece in re.split(r"(\{\w+\})", suffix):
            if piece.startswith("{"):
                tail.append(Symbol("random", f"{resource.id}.{piece[1:-1]}", self.template.scope))
            else:
                tail.append(piece)
        return tuple((text([*value, *tail]), needed) for value, needed in values)

    def _imported(self, name: Text) -> Alternatives:
        self.asked.add(name)
        scope = self.template.scope if literal(name) is None else ""
        return self.imports.get(name) or sure((Symbol("import", render(name), scope),))

    def _stored(self, name: Text) -> Alternatives:
        key = stored_as(name)
        self.asked.add(key)
        return self.imports.get(key, ())


def stored_as(name: Text) -> Text:
    """By what a parameter of the Systems Manager is known among exports; a slash before its name is as good as none."""
    return (Symbol("stored", ""), *(strip_prefix(name, "/") or name))
