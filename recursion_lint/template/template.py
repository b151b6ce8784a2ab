"""A root ``Node`` → ``Template``: resources, parameters, mappings, conditions, outputs."""

from collections.abc import Iterator, Mapping
from operator import is_
from typing import NamedTuple

from recursion_lint.model.spans import Note, Span
from recursion_lint.template.yaml.nodes import Node, scalar, sequence

SAM_TRANSFORM = "AWS::Serverless-2016-10-31"
CUSTOM_RESOURCE = "AWS::CloudFormation::CustomResource"
NOTIFICATIONS = "Custom::S3BucketNotifications"
"""The CDK's custom resource, and what SAM's S3 events are read as: it has a reader of its own."""
_MODULE = "::MODULE"
_SECTIONS = ("Parameters", "Mappings", "Conditions", "Outputs", "Globals", "Metadata", "Rules")
_EMPTY = Node("map", [], Span("", 1, 1, 1, 1))

_LOOP, _EXTENSIONS = "Fn::ForEach::", "AWS::LanguageExtensions"

MAX_LOOPS = 4
"""Loops nested deeper are not written out."""

MAX_COPIES, MAX_COPIED_VALUES = 1_000, 100_000
"""``Fn::ForEach`` makes so many resources in one template, and of so many values: CloudFormation takes 500 resources. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"""


class Resource(NamedTuple):
    """One resource. ``type`` is what it is read as, ``declared_type`` what the template says (SAM differs).

    ``id`` is the logical id that a person knows; resources that SAM adds carry the id of what adds them.
    ``span`` is the span of the id, or of the event or policy that adds the resource.
    """

    id: str
    type: str
    span: Span
    properties: Node
    body: Node
    condition: str | None = None
    declared_type: str = ""

    def get(self, *path: str) -> Node | None:
        """The property below ``path``, or ``None``."""
        return self.properties.get(*path)


class Template(NamedTuple):
    """A parsed template; ``scope`` names it (or one instance of it as a nested stack) in symbols.

    ``generated`` are the ids of what SAM adds by the names that a template may use for it: ``Function.Alias``.
    """

    file: str
    scope: str
    resources: Mapping[str, Resource]
    sections: Mapping[str, Node]
    transforms: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    additions: tuple[Resource, ...] = ()
    generated: Mapping[str, str] = {}

    @property
    def serverless(self) -> bool:
        return SAM_TRANSFORM in self.transforms or any(
            resource.type.startswith("AWS::Serverless::") for resource in self.resources.values()
        )

    def section(self, name: str) -> Node:
        """A top-level section; an empty map where the template has none."""
        return self.sections.get(name, _EMPTY)

    def every_resource(self) -> Iterator[Resource]:
        """The declared resources and those that SAM adds, in template order."""
        yield from self.resources.values()
        yield from self.additions


def looks_like_template(content: str) -> bool:
    """A cheap sniff before parsing: does the text hold what every template with resources holds?

    ``Resources`` is required, and each resource needs a ``Type`` with ``::`` in it.
    """
    return "Resources" in content and "::" in content and "Type" in content


def claims_to_be_template(content: str) -> bool:
    """Does a text say that it is a template, whether or not it can be read?

    By a format version, a transform, or ``Resources`` with a type of AWS's in them.
    """
    if "AWSTemplateFormatVersion" not in content and "AWS::" not in content and "Custom::" not in content:
        return False
    import re

    said = r"""(?m)^[\s{,"']*(?:AWSTemplateFormatVersion["']?\s*:|Transform["']?\s*:[\s\["'-]*AWS::)"""
    if re.search(said, content[:_HEAD]):
        return True
    typed = re.search(r"""["']?\bType["']?\s*:\s*["']?(?:AWS|Custom|Alexa)::\w""", content)
    return typed is not None and re.search(r"""(?m)^[\s{,"']*Resources["']?\s*:""", content) is not None


_HEAD = 100_000
"""Letters in which a header is looked for."""


def is_template(root: Node) -> bool:
    """Is ``root`` a template: a map with ``Resources``, at least one of them with a ``Type`` like ``A::B``?"""
    resources = root.get("Resources")
    if resources is None or resources.kind != "map":
        return False
    if root.get("AWSTemplateFormatVersion") is not None or root.get("Transform") is not None:
        return True
    for name, body in resources.items():
        kind = body.get("Type")
        if name.startswith("Fn::") or (kind is not None and "::" in (kind.text or "")):
            return True
    return False


def is_headless(root: Node) -> bool:
    """Has a template no header, so that it may be a fragment of another?"""
    return root.get("AWSTemplateFormatVersion") is None and root.get("Transform") is None


def read(root: Node, file: str, scope: str | None = None, parameters: Mapping[str, str] = {}) -> Template:
    """Build the ``Template`` of a root node; ill-typed parts are left out with a note.

    ``parameters`` are the values that are given to its parameters, for the loops over them.
    """
    notes: list[Note] = []
    resources: dict[str, Resource] = {}
    section = root.get("Resources") or _EMPTY
    for name, span in section.duplicates:
        notes.append(Note(span, f"{name} is declared twice; the last declaration counts"))
    expansion = _Expansion(root, notes, parameters)
    for name, span, given in expansion.entries(section):
        body = expansion.within(given)
        kind = body.get("Type")
        if not name:
            notes.append(Note(span, "a resource without a logical id was not read"))
            continue
        if body.kind != "map" or kind is None or kind.text is None:
            notes.append(Note(span, f"{name} has no Type and was not read"))
            continue
        if kind.text.endswith(_MODULE):
            notes.append(Note(span, f"{name} is a module of the registry; what is in it was not seen"))
        properties = body.get("Properties")
        condition = body.get("Condition")
        for part in (body, properties):
            transform = part.get("Fn::Transform") if part is not None else None
            if transform is not None:
                notes.append(_transformed(transform, transform.span, name))
        resources[name] = Resource(
            name,
            _read_as(kind.text),
            span,
            properties if properties is not None and properties.kind == "map" else _EMPTY,
            body,
            condition.text if condition is not None else None,
            kind.text,
        )
    transform = root.get("Transform")
    transforms = tuple(
        (part.text or (part.get("Name") or part).text or "?")
        for part in (transform.each() if transform else [])
    )
    notes += [
        Note(transform.span, f"the transform {name} may change resources; what it adds was not seen")
        for name in transforms
        if transform is not None and name not in (SAM_TRANSFORM, _EXTENSIONS)
    ]
    found = {name: node for name in _SECTIONS if (node := root.get(name)) is not None and node.kind == "map"}
    return Template(file, file if scope is None else scope, resources, found, transforms, tuple(notes))


def _transformed(call: Node, span: Span, what: str) -> Note:
    """A macro that is called in one place, ``AWS::Include`` most often.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-transform.html
    """
    name = call.get("Name")
    macro = name.text if name is not None and name.text else "a transform"
    return Note(span, f"{macro} may change {what}; what it adds was not seen")


def _read_as(kind: str) -> str:
    """Whatever follows in ``Custom::Name`` is its author's: such a resource is a custom resource like all others.

    So are the types of others than AWS in the registry, ``Acme::Security::Role`` and modules among them.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-cloudformation-customresource.html
    https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-types.html
    """
    of_others = "::" in kind and not kind.startswith("AWS::") and kind != NOTIFICATIONS
    return CUSTOM_RESOURCE if of_others or kind.endswith(_MODULE) else kind


def with_additions(
    template: Template,
    resources: Mapping[str, Resource],
    additions: list[Resource],
    generated: Mapping[str, str],
    notes: list[Note],
) -> Template:
    """``template`` as SAM leaves it: resources rewritten, others added."""
    return template._replace(
        resources=resources,
        additions=tuple(additions),
        generated=generated,
        notes=(*template.notes, *notes),
    )


class _Expansion:
    """Writes out the ``Fn::ForEach`` of a template's resources, in all as many copies as are followed.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-foreach.html
    """

    def __init__(self, root: Node, notes: list[Note], parameters: Mapping[str, str]) -> None:
        self._root = root
        self._parameters = parameters
        self._notes = notes
        self._copies = MAX_COPIES
        self._values = MAX_COPIED_VALUES
        self._given_up = False
        transform = root.get("Transform")
        extended = any(one.text == _EXTENSIONS for one in (transform.each() if transform else []))
        resources = root.get("Resources") if extended else None
        self._looped = resources is not None and resources.has_key_like(_LOOP)

    def entries(self, section: Node, depth: int = 0) -> Iterator[tuple[str, Span, Node]]:
        """The entries of a section, those of its loops written out."""
        for name, span, body in section.entries():
            if name.startswith(_LOOP):
                yield from self._loop(name, span, body, depth)
            elif not name.startswith("Fn::"):
                self._copies -= depth > 0
                yield name, span, body
            elif name == "Fn::Transform":
                self._notes.append(_transformed(body, span, "the resources"))

    def within(self, body: Node) -> Node:
        """A resource with the loops among its properties written out; itself where it has none."""
        return self._written_out(body) if self._looped else body

    def _written_out(self, node: Node) -> Node:
        if node.kind == "list":
            items = node.elements()
            copied = [self._written_out(item) for item in items]
            return node if all(map(is_, items, copied)) else sequence(copied, node.span)
        if node.kind != "map":
            return node
        given = list(node.entries())
        looped = any(name.startswith(_LOOP) for name, _, _ in given)
        found = [
            (name, span, self._written_out(child))
            for name, span, child in (self.entries(node, depth=1) if looped else given)
        ]
        same = not looped and all(new[2] is old[2] for new, old in zip(found, given, strict=True))
        return node if same else Node("map", found, node.span)

    def _loop(self, name: str, span: Span, body: Node, depth: int) -> Iterator[tuple[str, Span, Node]]:
        parts = body.elements()
        values = _collection(parts[1], self._root, self._parameters) if len(parts) == 3 else None
        if values is None or depth >= MAX_LOOPS or parts[0].text is None:
            self._notes.append(
                Note(span, f"{name} loops over values that the template does not hold; it was not read")
            )
            return
        for value in values:
            if self._copies <= 0 or self._values <= 0:
                self._give_up(name, span)
                return
            yield from self.entries(self._copy(parts[2], parts[0].text, value), depth + 1)

    def _give_up(self, name: str, span: Span) -> None:
        """Say once how far the loops were written out."""
        if not self._given_up:
            self._given_up = True
            most = f"{MAX_COPIES:,} resources" if self._copies <= 0 else f"{MAX_COPIED_VALUES:,} values"
            self._notes.append(Note(span, f"{name} makes too much: loops were written out up to {most}"))

    def _copy(self, node: Node, variable: str, value: str) -> Node:
        """A copy of ``node`` in which the loop variable is replaced by ``value``; spans stay."""
        self._values -= 1
        if node.kind == "scalar":
            changed = _named(node.value, variable, value)
            return node if changed == node.value else Node("scalar", changed, node.span, node.quoted)
        if node.kind == "list":
            return sequence([self._copy(item, variable, value) for item in node.value], node.span)
        call = node.intrinsic
        if call and call[0] == "Ref" and call[1].text == variable:
            return scalar(value, node.span)
        entries = [
            (_named(key, variable, value), span, self._copy(child, variable, value))
            for key, span, child in node.value
        ]
        return Node("map", entries, node.span)


def _named(text: str, variable: str, value: str) -> str:
    """``text`` with the value of a loop variable in it: ``&{}`` is for what of it a logical id may have."""
    plain = "".join(letter for letter in value if letter.isascii() and letter.isalnum())
    return text.replace("${" + variable + "}", value).replace("&{" + variable + "}", plain)


def _collection(node: Node, root: Node, parameters: Mapping[str, str]) -> list[str] | None:
    """The values of a ForEach: a literal list, the list that a parameter is, what a mapping holds."""
    call = node.intrinsic
    if call and call[0] == "Fn::FindInMap":
        return _mapped(call[1].elements(), root)
    if call and call[0] == "Ref" and call[1].text is not None:
        hidden = root.get("Parameters", call[1].text, "NoEcho")
        if hidden is not None and (hidden.text or "").lower() == "true":
            return None
        default = root.get("Parameters", call[1].text, "Default")
        listed = parameters.get(call[1].text, default.text if default is not None else None)
        return [item.strip() for item in listed.split(",") if item.strip()] if listed is not None else None
    values = [item.text for item in node.elements()]
    return [value for value in values if value is not None] if values and None not in values else None


def _mapped(parts: list[Node], root: Node) -> list[str] | None:
    """The lists that ``Fn::FindInMap`` may find, together: a key that is no plain text may be any."""
    named = parts[0].text if parts else None
    rows = [root.get("Mappings", named)] if len(parts) >= 3 and named is not None else []
    for key in parts[1:3]:
        found = [row for row in rows if row is not None]
        if key.text is not None:
            rows = [row.get(key.text) for row in found]
        else:
            rows = [row.get(name) for row in found for name in _keys(key, row, root)]
    if not any(rows) and len(parts) > 3:
        rows = [parts[3].get("DefaultValue")]
    values = [item.text for row in rows if row is not None for item in row.elements()]
    return list(dict.fromkeys(value for value in values if value is not None)) or None


def _keys(key: Node, row: Node, root: Node) -> list[str]:
    """The keys of a mapping that an expression may name; a parameter with allowed values names one of those."""
    call = key.intrinsic
    name = call[1].text if call is not None and call[0] == "Ref" else None
    allowed = root.get("Parameters", name, "AllowedValues") if name is not None else None
    values = {item.text for item in allowed.elements()} if allowed is not None else set()
    return [name for name, _ in row.items() if not values or name in values]
