"""The log groups of builds, tasks and jobs: the one that they name, else the one that their service makes.

https://docs.aws.amazon.com/codebuild/latest/userguide/change-project.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html
https://docs.aws.amazon.com/batch/latest/userguide/using_cloudwatch_logs.html
"""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.model.facts import Endpoint
from recursion_lint.model.path_conditions import Requires
from recursion_lint.model.spans import Span
from recursion_lint.model.text import text
from recursion_lint.services.reading import Reading
from recursion_lint.template.template import Resource
from recursion_lint.template.yaml.nodes import Node

Logged = tuple[Resource, Endpoint, Span, Requires]
_CONTAINERS = {
    "AWS::ECS::TaskDefinition": ("ContainerDefinitions.*",),
    "AWS::Batch::JobDefinition": (
        "ContainerProperties",
        "EcsProperties.TaskProperties.*.Containers.*",
        "NodeProperties.NodeRangeProperties.*.Container",
    ),
}
WORKERS = ("AWS::CodeBuild::Project", *_CONTAINERS)


def worker_logs(reading: Reading) -> Iterator[Logged]:
    """The projects, tasks and jobs of the template, each with a log group that it writes to."""
    for resource in reading.of_type("AWS::CodeBuild::Project"):
        yield from _of_build(reading, resource)
    for kind, paths in _CONTAINERS.items():
        for resource in reading.of_type(kind):
            needed = reading.resolver.resource_requires(resource)
            for path in paths:
                for container, more in reading.all_below(resource.properties, path.split("."), needed):
                    yield from _of_container(reading, resource, container, more)


def _of_build(reading: Reading, resource: Resource) -> Iterator[Logged]:
    """``/aws/codebuild/<project>`` where ``LogsConfig`` says nothing."""
    needed = reading.resolver.resource_requires(resource)
    given = reading.resolver.one(resource.get("LogsConfig"), "CloudWatchLogs")
    if given is not None and reading.resolver.literal(given.get("Status")) == "DISABLED":
        return
    node = given.get("GroupName") if given is not None else None
    for group, more in reading.endpoints(node, "logs", needed):
        yield resource, group, node.span if node is not None else resource.span, more
    if node is None:
        name = text(["/aws/codebuild/", *reading.endpoint(resource).name])
        yield resource, Endpoint("logs", name), resource.span, needed


def _of_container(
    reading: Reading, resource: Resource, container: Node, needed: Requires
) -> Iterator[Logged]:
    """The ``awslogs`` driver; a job without any logs to ``/aws/batch/job``."""
    resolver = reading.resolver
    given = resolver.one(container.get("LogConfiguration"))
    if given is None:
        if resource.type == "AWS::Batch::JobDefinition":
            yield resource, Endpoint("logs", ("/aws/batch/job",)), resource.span, needed
        return
    if resolver.literal(given.get("LogDriver")) != "awslogs":
        return
    node = reading.resolver.one_below(given, "Options", "awslogs-group")
    for group, more in reading.endpoints(node, "logs", needed):
        yield resource, group, node.span if node is not None else resource.span, more
