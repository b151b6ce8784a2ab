"""Which resource must exist before which: the references that keep a stack from being created.

CloudFormation creates a resource after all that it refers to (``Ref``, ``Fn::GetAtt``, ``Fn::Sub``, ``DependsOn``).
A bucket needs the targets of its notifications first, and refuses to be created when one of them needs the bucket.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-s3-bucket-notificationconfig.html
https://repost.aws/knowledge-center/unable-validate-circular-dependency-cloudformation
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from recursion_lint.model.facts import CircularReference
from recursion_lint.model.loops import CycleNode, FindingHop
from recursion_lint.model.path_conditions import ALWAYS, Requirement, Requires
from recursion_lint.model.spans import Span
from recursion_lint.template.template import NOTIFICATIONS, Resource, Template
from recursion_lint.template.yaml.nodes import Node

MAX_NODES = 20_000
"""No more values of one resource are looked at."""

_VARIABLE = re.compile(r"\$\{([^!}][^}]*)\}")
# SAM makes resources of their own of these: the function does not wait for what they refer to.
_APART = frozenset({"Events", "FunctionUrlConfig"})


class Reference(NamedTuple):
    """A resource refers to ``target`` at ``span``. ``kind``: notifies, needs or waits (``DependsOn``)."""

    target: str
    span: Span
    requires: Requires
    kind: str = "needs"


def circular_notifications(template: Template) -> Iterator[CircularReference]:
    """For each bucket of an expanded template, the shortest ring of references through one of its notifications."""
    search = _Search(template)
    for resource in template.resources.values():
        if resource.type == "AWS::S3::Bucket":
            found = search.ring(resource)
            if found is not None:
                yield found


class _Search:
    def __init__(self, template: Template) -> None:
        self.template = template
        self.known: dict[str, tuple[Reference, ...]] = {}

    def ring(self, bucket: Resource) -> CircularReference | None:
        """Breadth first from the bucket's notifications, back to the bucket."""
        came: dict[str, tuple[str, Reference]] = {}
        queue: list[tuple[str, Reference]] = [(bucket.id, first) for first in self._notifications(bucket)]
        for source, reference in queue:
            target = reference.target
            if target in came or (target == bucket.id and source == bucket.id):
                continue
            came[target] = source, reference
            if target == bucket.id:
                return self._circle(bucket, came)
            queue += [(target, onward) for onward in self._of(target)]
        return None

    def _notifications(self, bucket: Resource) -> Iterator[Reference]:
        """What the bucket waits for because it notifies: targets, and the permissions that it depends on."""
        found: list[Reference] = []
        node = bucket.get("NotificationConfiguration")
        if node is not None:
            found += [reference._replace(kind="notifies") for reference in self._within(node)]
        for added in self.template.additions:
            name = added.get("BucketName") if added.type == NOTIFICATIONS else None
            if name is not None and any(target == bucket.id for target in _named(name)):
                found.append(Reference(added.id, added.span, self._conditions(added), "notifies"))
        if found:
            yield from found
            yield from self._waits(bucket)

    def _of(self, name: str) -> tuple[Reference, ...]:
        known = self.known.get(name)
        if known is None:
            known = tuple(self._read(name))
            self.known[name] = known
        return known

    def _read(self, name: str) -> Iterator[Reference]:
        resource = self.template.resources.get(name)
        if resource is None:
            return
        nodes = [resource.properties]
        if resource.declared_type.startswith("AWS::Serverless::"):
            nodes += _written(resource)
        needed = self._conditions(resource)
        for node in nodes:
            for reference in self._within(node):
                yield reference._replace(requires=reference.requires | needed)
        yield from self._waits(resource)

    def _waits(self, resource: Resource) -> Iterator[Reference]:
        given = resource.body.get("DependsOn")
        for node in given.each() if given is not None else ():
            if node.text in self.template.resources:
                yield Reference(node.text or "", node.span, self._conditions(resource), "waits")

    def _within(self, node: Node) -> Iterator[Reference]:
        """The references to resources in ``node``, with the branches of ``Fn::If`` that they stand in."""
        stack = [(node, ALWAYS)]
        for _ in range(MAX_NODES):
            if not stack:
                return
            here, requires = stack.pop()
            for target in _named(here):
                if target in self.template.resources:
                    yield Reference(target, here.span, requires)
            call = here.intrinsic
            parts = call[1].elements() if call is not None and call[0] == "Fn::If" else []
            if len(parts) == 3 and parts[0].text is not None:
                for part, holds in ((parts[2], False), (parts[1], True)):
                    stack.append((part, requires | {Requirement(self.template.scope, parts[0].text, holds)}))
            else:
                children = [child for _, child in here.items()] + here.elements()
                stack += [(child, requires) for child in reversed(children)]

    def _conditions(self, resource: Resource) -> Requires:
        if resource.condition is None:
            return ALWAYS
        return frozenset({Requirement(self.template.scope, resource.condition, True)})

    def _circle(self, bucket: Resource, came: dict[str, tuple[str, Reference]]) -> CircularReference:
        steps = [came[bucket.id]]
        while steps[0][0] != bucket.id:
            steps.insert(0, came[steps[0][0]])
        resources = [self.template.resources[source] for source, _ in steps]
        requires = self._conditions(bucket).union(*(reference.requires for _, reference in steps))
        nodes = (
            CycleNode(one.id, one.declared_type or one.type, one.span.file, one.span.line)
            for one in resources
        )
        return CircularReference(tuple(nodes), tuple(_hop(*step) for step in steps), requires)


_REASONS = {
    "notifies": "{} is created after {}, which it notifies",
    "needs": "{} is created after {}, to which it refers",
    "waits": "{} is created after {} (DependsOn)",
}


def _hop(source: str, reference: Reference) -> FindingHop:
    reason = _REASONS[reference.kind].format(source, reference.target)
    return FindingHop(source, reference.target, "reference", "declared", reason, reference.span)


def _written(resource: Resource) -> list[Node]:
    """The properties that SAM was given, as far as they end up in the resource or in the role that SAM writes."""
    given = resource.body.get("Properties")
    if given is None:
        return []
    left = _APART if given.get("Role") is None else _APART | {"Policies"}
    return [node for key, node in given.items() if key not in left]


def _named(node: Node) -> Iterator[str]:
    """The logical ids that an intrinsic function names."""
    call = node.intrinsic
    if call is None:
        return
    name, argument = call
    if name in ("Ref", "Fn::GetAtt"):
        first = argument.elements()[0] if argument.elements() else argument
        yield (first.text or "").partition(".")[0]
    elif name == "Fn::Sub":
        pattern, *given = argument.elements() or [argument]
        own = {key for variables in given for key, _ in variables.items()}
        for variable in _VARIABLE.findall(pattern.text or ""):
            if variable.strip() not in own:
                yield variable.strip().partition(".")[0]
