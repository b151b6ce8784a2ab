"""Jobs that other services run for us: what such a resource has in common, whoever runs it."""

from collections.abc import Iterator
from typing import NamedTuple

from recursion_lint.model.facts import Actor, Endpoint, Mention
from recursion_lint.model.path_conditions import Requires
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.template.template import Resource
from recursion_lint.template.yaml.nodes import Node


class Job(NamedTuple):
    """How to read a job's resource type.

    ``roles`` are the paths to the role that its code runs under. ``variables`` are the paths to lists of
    ``{Name, Value}``; a step ``*`` stands for every element of a list.
    """

    roles: tuple[str, ...]
    variables: tuple[str, ...]

    def read(self, reading: Reading, resource: Resource) -> Iterator[Fact]:
        """The job as something that runs when it is started, and the values that it is given."""
        resolver = reading.resolver
        job = reading.endpoint(resource)
        needed = resolver.resource_requires(resource)
        yield reading.declared(resource, job)
        yield Actor(
            job,
            tuple(
                (role.name, also)
                for path in self.roles
                for node, more in reading.all_below(resource.properties, path.split("."), needed)
                for role, also in reading.endpoints(node, "iam", more)
            ),
        )
        for path in self.variables:
            for entry, more in reading.all_below(resource.properties, path.split("."), needed):
                yield from _mention(reading, job, entry, more)


def _mention(reading: Reading, job: Endpoint, entry: Node, requires: Requires) -> Iterator[Mention]:
    name = reading.resolver.literal(entry.get("Name"))
    node = entry.get("Value")
    if name is not None and node is not None:
        for value, needed in reading.resolver.texts(node, requires):
            yield Mention(job, name, value, node.span, needed)
